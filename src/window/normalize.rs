//! Chooses a clip's bodies and moves them into the first body's own axes, as the released code does.

use crate::skeleton::{Frame, JOINT_COUNT, Joint, Joints};
use std::collections::BTreeMap;

/// A body that is out of view, as the released code stores it.
pub(super) const ABSENT: Joints = [[0.0; 3]; JOINT_COUNT];

/// The released code looks at the first four bodies of a frame (`ntu_gendata.py`, `max_body_kinect`).
const SLOTS: usize = 4;

/// Whether a body is out of view.
pub(super) fn is_absent(joints: &Joints) -> bool {
    joints.as_flattened().iter().all(|value| *value == 0.0)
}

/// The `bodies` tracks of the highest motion energy, `[body][frame]`, told apart by their place in the frame.
///
/// This is what the released code does; when somebody leaves, another may take over his place.
pub(super) fn tracks_by_slot(frames: &[Frame], bodies: usize) -> Vec<Vec<Joints>> {
    let tracks = (0..SLOTS).map(|slot| {
        let joints = |frame: &Frame| frame.bodies.get(slot).map_or(ABSENT, |body| body.joints);
        let track: Vec<Joints> = frames.iter().map(joints).collect();
        (motion_energy(&track), track)
    });
    liveliest(tracks.collect(), bodies)
}

/// The `bodies` tracks of the highest motion energy, `[body][frame]`, told apart by the tracker's id.
///
/// The energy counts in proportion to the time in view, so that a ghost that flickers for a moment is not chosen.
pub(super) fn tracks_by_id(frames: &[Frame], bodies: usize) -> Vec<Vec<Joints>> {
    let mut tracks: BTreeMap<u64, Vec<Joints>> = BTreeMap::new();
    for (index, frame) in frames.iter().enumerate() {
        for body in &frame.bodies {
            let track = tracks
                .entry(body.id)
                .or_insert_with(|| vec![ABSENT; frames.len()]);
            track[index] = body.joints;
        }
    }
    let weigh = |track: Vec<Joints>| {
        let present = track.iter().filter(|joints| !is_absent(joints)).count();
        // A body that holds perfectly still is still in view.
        let energy = (motion_energy(&track) + f64::EPSILON) * present as f64;
        (energy, track)
    };
    liveliest(tracks.into_values().map(weigh).collect(), bodies)
}

/// Ties go to the later track, as in the released code (`argsort()[::-1]`).
fn liveliest(mut tracks: Vec<(f64, Vec<Joints>)>, bodies: usize) -> Vec<Vec<Joints>> {
    tracks.sort_by(|a, b| a.0.total_cmp(&b.0));
    tracks
        .into_iter()
        .rev()
        .take(bodies)
        .map(|(_, track)| track)
        .collect()
}

/// Standard deviation of all joints over the frames in view, summed over the axes (`ntu_gendata.py`, `get_nonzero_std`).
fn motion_energy(track: &[Joints]) -> f64 {
    (0..3)
        .map(|axis| {
            let values = || {
                track
                    .iter()
                    .filter(|joints| !is_absent(joints))
                    .flatten()
                    .map(move |joint| f64::from(joint[axis]))
            };
            let count = values().count().max(1) as f64;
            let mean = values().sum::<f64>() / count;
            (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
        })
        .sum()
}

/// Subtracts the first body's [`Joint::SpineMid`] per frame, then turns everything so that in its first frame the bone
/// from [`Joint::SpineBase`] to [`Joint::SpineMid`] lies on z and then the shoulders, left to right, on x
/// (`preprocess.py`, `pre_normalization`). Joints at the origin are absent and stay there.
pub(super) fn normalize(tracks: &mut [Vec<Joints>]) {
    let Some(centers) = tracks.first().map(|main| {
        main.iter()
            .map(|joints| joints[Joint::SpineMid as usize])
            .collect::<Vec<_>>()
    }) else {
        return;
    };
    for track in tracks.iter_mut() {
        for (joints, center) in track.iter_mut().zip(&centers) {
            for joint in joints.iter_mut().filter(|joint| **joint != [0.0; 3]) {
                for axis in 0..3 {
                    joint[axis] -= center[axis];
                }
            }
        }
    }
    turn(tracks, Joint::SpineBase, Joint::SpineMid, [0.0, 0.0, 1.0]);
    turn(
        tracks,
        Joint::ShoulderLeft,
        Joint::ShoulderRight,
        [1.0, 0.0, 0.0],
    );
}

/// Turns all tracks so that in the first body's first frame the line between two joints points along `onto`.
fn turn(tracks: &mut [Vec<Joints>], from: Joint, to: Joint, onto: [f64; 3]) {
    let Some(first) = tracks.first().and_then(|main| main.first()) else {
        return;
    };
    let (from, to) = (first[from as usize], first[to as usize]);
    let line = [0, 1, 2].map(|axis| f64::from(to[axis]) - f64::from(from[axis]));
    let Some(rotation) = rotation(line, onto) else {
        return;
    };
    for value in tracks.iter_mut().flatten().flatten() {
        let old = value.map(f64::from);
        *value = rotation.map(|row| (row[0] * old[0] + row[1] * old[1] + row[2] * old[2]) as f32);
    }
}

/// The shortest rotation that takes `line` onto the unit vector `onto`; none where the lines are parallel, opposite or
/// nothing, which the released code leaves as they are (`rotation_matrix`).
fn rotation(line: [f64; 3], onto: [f64; 3]) -> Option<[[f64; 3]; 3]> {
    let axis = cross(line, onto);
    if axis.iter().map(|value| value.abs()).sum::<f64>() < 1e-6 {
        return None;
    }
    let length = norm(axis);
    let [x, y, z] = axis.map(|value| value / length);
    let cos = (dot(line, onto) / norm(line)).clamp(-1.0, 1.0);
    let sin = (1.0 - cos * cos).sqrt();
    let rest = 1.0 - cos;
    Some([
        [
            cos + x * x * rest,
            x * y * rest - z * sin,
            x * z * rest + y * sin,
        ],
        [
            y * x * rest + z * sin,
            cos + y * y * rest,
            y * z * rest - x * sin,
        ],
        [
            z * x * rest - y * sin,
            z * y * rest + x * sin,
            cos + z * z * rest,
        ],
    ])
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn norm(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::Body;

    #[test]
    fn a_ghost_of_a_moment_is_not_chosen() {
        let body = |id: u64, size: f32, t: usize| {
            let at = |joint: usize| [joint as f32 * size, t as f32 * 0.01, 2.5];
            Body::tracked(id, std::array::from_fn(at))
        };
        let (person, ghost) = (|t| body(1, 0.02, t), |t| body(2, 0.2, t));
        let frames: Vec<Frame> = (0..60)
            .map(|t| Frame {
                timestamp_micros: t as u64,
                bodies: if t == 5 {
                    vec![ghost(t), person(t)]
                } else {
                    vec![person(t)]
                },
            })
            .collect();
        let tracks = tracks_by_id(&frames, 1);
        assert_eq!(tracks[0][5], person(5).joints);
    }

    #[test]
    fn opposite_lines_are_left_alone() {
        assert_eq!(rotation([0.0, 0.0, -2.0], [0.0, 0.0, 1.0]), None);
        assert_eq!(rotation([0.0; 3], [0.0, 0.0, 1.0]), None);
        let turned = rotation([0.0, 3.0, 0.0], [0.0, 0.0, 1.0]).unwrap();
        assert!((turned[2][1] - 1.0).abs() < 1e-12);
    }
}
