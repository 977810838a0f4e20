//! Which bodies of a recording are worth keeping: two at most, the liveliest, no ghosts; and clips made of those.

use crate::skeleton::{Frame, JOINT_COUNT, Joint, Joints};
use crate::window::clip::{Clip, ClipConfig};
use crate::window::normalize::{is_absent, tracks_by_id, tracks_by_slot};
use crate::window::{WindowError, misplaced};

/// How the bodies of a recording are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// By the tracker's id; ghosts are left out, and somebody who was lost and found again is one body.
    #[default]
    Tracker,
    /// By the place in the frame, the first four of them, as the released code does (`ntu_gendata.py`): when somebody
    /// leaves, another may take over his place, and ghosts count as bodies.
    Place,
}

/// The bodies of a recording that were kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    /// `[body][frame]`, the body of the highest motion energy first; all zeros where a body is out of view. None where
    /// nobody is in view at all.
    pub tracks: Vec<Vec<Joints>>,
    /// Tracks that were left out as ghosts.
    pub ghosts: usize,
}

/// A track in view for so few frames is a ghost where there are others (NTU's own preparation as published with later
/// networks, e.g. HCN, SGN and CTR-GCN: `noise_len_thres`).
const GHOST_FRAMES: usize = 11;

/// A body is taller than wide: one that is not, in most of its frames, is furniture (`noise_spr_thres1` there).
const WIDTH_OF_HEIGHT: f32 = 0.8;

/// The share of frames from which on it is (`noise_spr_thres2` there).
const FURNITURE_SHARE: f64 = 0.697_54;

/// Nobody is farther from where he was lost when he is found again, metres.
const FOUND_WITHIN: f32 = 1.0;

/// The `bodies` of the highest motion energy.
///
/// What the recording is said to show plays no part: a choice that knew the action would tell it to who is to guess it.
pub fn choose(frames: &[Frame], bodies: usize, identity: Identity) -> Chosen {
    let (mut tracks, ghosts) = match identity {
        Identity::Place => (tracks_by_slot(frames, bodies), 0),
        Identity::Tracker => {
            let all = tracks_by_id(frames, usize::MAX);
            let (kept, ghosts) = without_ghosts(all);
            (joined(kept), ghosts)
        }
    };
    tracks.truncate(bodies);
    tracks.retain(|track| !track.iter().all(is_absent));
    Chosen { tracks, ghosts }
}

/// Leaves out ghosts, as long as somebody is left.
fn without_ghosts(tracks: Vec<Vec<Joints>>) -> (Vec<Vec<Joints>>, usize) {
    let count = tracks.len();
    if count < 2 {
        return (tracks, 0);
    }
    let liveliest = tracks.first().cloned();
    let mut kept: Vec<_> = tracks
        .into_iter()
        .filter(|track| !is_ghost(track))
        .collect();
    if kept.is_empty() {
        kept.extend(liveliest);
    }
    let ghosts = count - kept.len();
    (kept, ghosts)
}

fn is_ghost(track: &[Joints]) -> bool {
    let present = || track.iter().filter(|joints| !is_absent(joints));
    let count = present().count();
    let wide = present().filter(|joints| extent(joints, 0) > WIDTH_OF_HEIGHT * extent(joints, 1));
    count <= GHOST_FRAMES || wide.count() as f64 >= FURNITURE_SHARE * count as f64
}

fn extent(joints: &Joints, axis: usize) -> f32 {
    let values = || joints.iter().map(|joint| joint[axis]);
    values().fold(f32::NEG_INFINITY, f32::max) - values().fold(f32::INFINITY, f32::min)
}

/// The tracker gives a new id to whom it has lost: a track that is never in view together with a livelier one, and
/// begins or ends near where that ends or begins, goes on with it.
fn joined(tracks: Vec<Vec<Joints>>) -> Vec<Vec<Joints>> {
    let mut bodies: Vec<Vec<Joints>> = Vec::new();
    for track in tracks {
        match bodies.iter_mut().find(|body| continues(body, &track)) {
            Some(body) => {
                for (joints, more) in body.iter_mut().zip(&track) {
                    if is_absent(joints) {
                        *joints = *more;
                    }
                }
            }
            None => bodies.push(track),
        }
    }
    bodies
}

fn continues(body: &[Joints], track: &[Joints]) -> bool {
    let seen = |joints: &Joints| !is_absent(joints);
    if body.iter().zip(track).any(|(a, b)| seen(a) && seen(b)) {
        return false;
    }
    let (Some(first), Some(last)) = (track.iter().position(seen), track.iter().rposition(seen))
    else {
        return false;
    };
    let before = body[..first].iter().rfind(|joints| seen(joints));
    let after = body[last..].iter().find(|joints| seen(joints));
    [(before, &track[first]), (after, &track[last])]
        .into_iter()
        .any(|(own, other)| own.is_some_and(|own| distance(own, other) <= FOUND_WITHIN))
}

fn distance(a: &Joints, b: &Joints) -> f32 {
    let (a, b) = (a[Joint::SpineMid as usize], b[Joint::SpineMid as usize]);
    (0..3)
        .map(|axis| (a[axis] - b[axis]).powi(2))
        .sum::<f32>()
        .sqrt()
}

impl Clip {
    /// The clip of bodies that are told apart already, `[body][frame]` at an even rate, all of one length, the main one
    /// first; all zeros where a body is out of view.
    pub fn from_bodies(bodies: &[Vec<Joints>], config: &ClipConfig) -> Result<Self, WindowError> {
        ClipConfig::uniform(config.bodies, config.frames).check()?;
        let bodies = &bodies[..bodies.len().min(config.bodies)];
        let frames = bodies.first().map_or(0, Vec::len);
        if frames == 0 {
            return Err(WindowError::NoFrames);
        }
        for (body, track) in bodies.iter().enumerate() {
            if track.len() != frames {
                return Err(WindowError::ShapeMismatch {
                    bodies: bodies.len(),
                    frames,
                    expected: bodies.len() * frames * JOINT_COUNT * 3,
                    got: bodies.iter().map(Vec::len).sum::<usize>() * JOINT_COUNT * 3,
                });
            }
            let bad = (0..frames).find_map(|at| Some((at, misplaced(&track[at])?)));
            if let Some((frame, joint)) = bad {
                return Err(WindowError::NotFinite {
                    frame,
                    body: body as u64,
                    joint: Joint::ALL[joint],
                });
            }
        }
        if bodies.iter().flatten().all(is_absent) {
            return Err(WindowError::NobodyInView { frames });
        }
        // Nobody said how fast: the frames' numbers are as good as times.
        let times: Vec<f64> = (0..frames).map(|frame| frame as f64).collect();
        Ok(Self::from_tracks(&times, bodies, config))
    }
}

#[cfg(test)]
mod tests {
    use super::{Chosen, Identity, choose};
    use crate::skeleton::{Body, Frame, JOINT_COUNT, Joints};
    use crate::window::clip::{Clip, ClipConfig};

    /// Somebody who stands at `x` and moves by `speed` per frame.
    fn person(x: f32, speed: f32, t: usize) -> Joints {
        std::array::from_fn(|joint| {
            let high = joint as f32 * 0.07;
            [x + (joint % 5) as f32 * 0.05 + speed * t as f32, high, 2.5]
        })
    }

    /// As wide as a table.
    fn table(t: usize) -> Joints {
        std::array::from_fn(|joint| {
            [
                joint as f32 * 0.1,
                (joint % 3) as f32 * 0.1,
                3.0 + t as f32 * 0.05,
            ]
        })
    }

    fn frames(bodies: impl Fn(usize) -> Vec<(u64, Joints)>) -> Vec<Frame> {
        let frame = |t: usize| Frame {
            timestamp_micros: t as u64,
            bodies: bodies(t)
                .into_iter()
                .map(|(id, joints)| Body::tracked(id, joints))
                .collect(),
        };
        (0..60).map(frame).collect()
    }

    #[test]
    fn ghosts_go_and_the_livelier_of_two_people_comes_first() {
        let seen = frames(|t| {
            let mut bodies = vec![
                (7, table(t)),
                (3, person(0.0, 0.001, t)),
                (9, person(1.0, 0.01, t)),
            ];
            if t < 11 {
                bodies.push((1, person(-2.0, 0.5, t)));
            }
            bodies
        });
        let Chosen { tracks, ghosts } = choose(&seen, 2, Identity::Tracker);
        assert_eq!(ghosts, 2);
        assert_eq!(tracks.len(), 2);
        assert_eq!(tracks[0][59], person(1.0, 0.01, 59));
        assert_eq!(tracks[1][59], person(0.0, 0.001, 59));
        let alone = choose(&frames(|t| vec![(7, table(t))]), 2, Identity::Tracker);
        assert_eq!(
            (alone.tracks.len(), alone.ghosts),
            (1, 0),
            "a faller may lie wide"
        );
    }

    #[test]
    fn somebody_who_was_lost_is_found_again() {
        let seen = frames(|t| match t {
            0..30 => vec![(4, person(0.0, 0.01, t))],
            30..33 => Vec::new(),
            _ => vec![(5, person(0.0, 0.01, t))],
        });
        let tracks = choose(&seen, 2, Identity::Tracker).tracks;
        assert_eq!(tracks.len(), 1);
        assert_eq!(tracks[0][59], person(0.0, 0.01, 59));
        assert_eq!(tracks[0][31], [[0.0; 3]; JOINT_COUNT]);
        let far = frames(|t| match t {
            0..30 => vec![(4, person(0.0, 0.01, t))],
            _ => vec![(5, person(3.0, 0.01, t))],
        });
        assert_eq!(choose(&far, 2, Identity::Tracker).tracks.len(), 2);
        assert_eq!(choose(&far, 2, Identity::Place).tracks.len(), 1);
        assert!(
            choose(&frames(|_| Vec::new()), 2, Identity::Place)
                .tracks
                .is_empty()
        );
    }

    #[test]
    fn clips_of_chosen_bodies_are_those_of_the_frames() {
        let seen = frames(|t| vec![(1, person(0.0, 0.002, t)), (2, person(1.0, 0.02, t))]);
        for config in [
            ClipConfig::ntu(),
            ClipConfig::uniform(2, 48),
            ClipConfig::default(),
        ] {
            let tracks = choose(&seen, 2, Identity::Place).tracks;
            let clip = Clip::from_bodies(&tracks, &config).unwrap();
            let expected = Clip::from_frames(&seen, &config).unwrap();
            let off = clip
                .joints
                .iter()
                .zip(&expected.joints)
                .map(|(a, b)| (a - b).abs());
            assert!(off.fold(0.0, f32::max) < 1e-5, "{config:?}");
        }
        assert!(Clip::from_bodies(&[], &ClipConfig::ntu()).is_err());
        assert!(
            Clip::from_bodies(&[vec![[[0.0; 3]; JOINT_COUNT]; 3]], &ClipConfig::ntu()).is_err()
        );
        let uneven = [vec![person(0.0, 0.0, 0); 3], vec![person(0.0, 0.0, 0); 2]];
        assert!(Clip::from_bodies(&uneven, &ClipConfig::ntu()).is_err());
    }
}
