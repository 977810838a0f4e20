//! A clip: the network's input, the same for training and live.

pub use crate::window::stream::Stream;

use crate::skeleton::{Body, Frame, JOINT_COUNT, Joint, Joints};
use crate::window::stream::FRAME_VALUES;
use crate::window::{WindowError, kinematics, misplaced, normalize, reading, resample};

/// How a recording of any length becomes a clip of a fixed one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// Linear interpolation at even distances in time between the first and the last frame in which the main body is
    /// in view. Bodies are told apart by the tracker's id. Used live and in training.
    #[default]
    Uniform,
    /// The released code's way (`ntu_gendata.py`, `preprocess.py`): frames are taken as they are and the tail is filled
    /// by playing the clip again; what exceeds the length is cut off. Bodies are told apart by their place in the
    /// frame, the first four of them.
    Loop,
}

/// The shape of a clip, and how it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipConfig {
    /// Bodies, 1 or 2.
    pub bodies: usize,
    /// Frames.
    pub frames: usize,
    /// How a recording's length becomes `frames`.
    pub sampling: Sampling,
}

impl Default for ClipConfig {
    /// What the default bundle sees live: one body, 64 frames.
    fn default() -> Self {
        Self {
            bodies: 1,
            frames: 64,
            sampling: Sampling::Uniform,
        }
    }
}

impl ClipConfig {
    /// The released code's own clips for NTU RGB+D: two bodies, 300 frames.
    pub const fn ntu() -> Self {
        Self {
            bodies: 2,
            frames: 300,
            sampling: Sampling::Loop,
        }
    }

    /// Clips of `bodies` and `frames` as they are made live and in training.
    pub const fn uniform(bodies: usize, frames: usize) -> Self {
        Self {
            bodies,
            frames,
            sampling: Sampling::Uniform,
        }
    }

    pub(super) fn check(&self) -> Result<(), WindowError> {
        if (1..=2).contains(&self.bodies) && self.frames > 0 {
            return Ok(());
        }
        Err(WindowError::BadConfig {
            bodies: self.bodies,
            frames: self.frames,
        })
    }
}

/// Normalised joints of one or two bodies over a fixed number of frames.
///
/// The origin is the first body's [`Joint::SpineMid`] in every frame; the axes are those of its first frame: from
/// [`Joint::SpineBase`] to [`Joint::SpineMid`] is z, from the left to the right shoulder is x.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// `[body][frame][joint][xyz]`, flat, metres after normalisation.
    pub joints: Vec<f32>,
    /// Bodies, 1 or 2; an absent second body is all zeros.
    pub bodies: usize,
    /// Frames.
    pub frames: usize,
    /// What can be measured of the first body's movement, in its own room and not after normalisation, which loses where
    /// it goes and which way is up: `[KINEMATIC_MEASURES]`; `None` where a clip came normalised.
    pub measures: Option<Vec<f32>>,
    /// The motion card that is read from the first body's movement, 0 to 1, in the order of [`READ`](crate::window::READ); `None` where a clip
    /// came normalised.
    pub card: Option<Vec<f32>>,
}

impl Clip {
    /// Chooses the bodies of the highest motion energy, brings them to the clip's length and normalises.
    ///
    /// Distances in time come from the timestamps where these always rise, and are even where they do not.
    pub fn from_frames(frames: &[Frame], config: &ClipConfig) -> Result<Self, WindowError> {
        config.check()?;
        check_frames(frames)?;
        let tracks = match config.sampling {
            Sampling::Uniform => normalize::tracks_by_id(frames, config.bodies),
            Sampling::Loop => normalize::tracks_by_slot(frames, config.bodies),
        };
        if tracks.iter().flatten().all(normalize::is_absent) {
            return Err(WindowError::NobodyInView {
                frames: frames.len(),
            });
        }
        Ok(Self::from_tracks(&times(frames), &tracks, config))
    }

    /// The clip of one body that is in view in every frame, at an even rate.
    pub fn from_joints(joints: &[Joints], config: &ClipConfig) -> Result<Self, WindowError> {
        let frames: Vec<Frame> = joints
            .iter()
            .zip(0_u64..)
            .map(|(joints, index)| Frame {
                timestamp_micros: index,
                bodies: vec![Body::tracked(0, *joints)],
            })
            .collect();
        Self::from_frames(&frames, config)
    }

    /// A clip of values that are normalised already, laid out `[body][frame][joint][xyz]`.
    pub fn from_values(
        joints: Vec<f32>,
        bodies: usize,
        frames: usize,
    ) -> Result<Self, WindowError> {
        ClipConfig::uniform(bodies, frames).check()?;
        let expected = bodies.saturating_mul(frames).saturating_mul(FRAME_VALUES);
        if joints.len() != expected {
            return Err(WindowError::ShapeMismatch {
                bodies,
                frames,
                expected,
                got: joints.len(),
            });
        }
        if let Some(at) = joints.iter().position(|value| !value.is_finite()) {
            return Err(WindowError::NotFinite {
                frame: at / FRAME_VALUES % frames,
                body: (at / FRAME_VALUES / frames) as u64,
                joint: joint_at(at % FRAME_VALUES / 3),
            });
        }
        Ok(Self {
            joints,
            bodies,
            frames,
            measures: None,
            card: None,
        })
    }

    /// The clip of bodies that were seen at these times, the main one first.
    pub(super) fn from_tracks(times: &[f64], bodies: &[Vec<Joints>], config: &ClipConfig) -> Self {
        let card = bodies.first().map(|main| reading::read(times, main));
        let mut tracks = match config.sampling {
            Sampling::Uniform => resample::uniform(times, bodies, config.frames),
            Sampling::Loop => (bodies.iter())
                .map(|track| resample::looped(track, config.frames))
                .collect(),
        };
        tracks.resize(config.bodies, vec![normalize::ABSENT; config.frames]);
        let measures = tracks.first().map(|main| kinematics::measure(main));
        normalize::normalize(&mut tracks);
        Self {
            joints: tracks
                .iter()
                .flat_map(|track| track.as_flattened().as_flattened())
                .copied()
                .collect(),
            bodies: config.bodies,
            frames: config.frames,
            measures,
            card,
        }
    }

    /// One stream's values, laid out as [`Self::joints`].
    pub fn stream(&self, stream: Stream) -> Vec<f32> {
        stream.of(&self.joints, self.frames)
    }
}

/// The joint of an index below [`JOINT_COUNT`]; beyond it, the last.
fn joint_at(index: usize) -> Joint {
    Joint::ALL[index.min(JOINT_COUNT - 1)]
}

fn check_frames(frames: &[Frame]) -> Result<(), WindowError> {
    if frames.is_empty() {
        return Err(WindowError::NoFrames);
    }
    for (index, frame) in frames.iter().enumerate() {
        for body in &frame.bodies {
            if let Some(at) = misplaced(&body.joints) {
                return Err(WindowError::NotFinite {
                    frame: index,
                    body: body.id,
                    joint: joint_at(at),
                });
            }
        }
    }
    Ok(())
}

/// Seconds since the first frame where the timestamps always rise, else the frames' indices.
fn times(frames: &[Frame]) -> Vec<f64> {
    let rises = frames
        .windows(2)
        .all(|pair| pair[0].timestamp_micros < pair[1].timestamp_micros);
    let first = frames.first().map_or(0, |frame| frame.timestamp_micros);
    frames
        .iter()
        .enumerate()
        .map(|(index, frame)| {
            if rises {
                (frame.timestamp_micros - first) as f64 * 1e-6
            } else {
                index as f64
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that is no symmetric special case, `seed` apart from others.
    fn body(id: u64, seed: f32) -> Body {
        let mut joints = [[0.0; 3]; JOINT_COUNT];
        for (index, joint) in joints.iter_mut().enumerate() {
            let x = index as f32;
            *joint = [
                (x * 1.7 + seed).sin(),
                (x * 0.9 - seed).cos(),
                2.5 + (x + seed).sin() * 0.3,
            ];
        }
        Body::tracked(id, joints)
    }

    fn frame(timestamp_micros: u64, bodies: Vec<Body>) -> Frame {
        Frame {
            timestamp_micros,
            bodies,
        }
    }

    fn distance(clip: &Clip, frame: usize, a: Joint, b: Joint) -> f32 {
        let at = |joint: Joint| (frame * JOINT_COUNT + joint as usize) * 3;
        (0..3)
            .map(|axis| (clip.joints[at(a) + axis] - clip.joints[at(b) + axis]).powi(2))
            .sum::<f32>()
            .sqrt()
    }

    #[test]
    fn the_first_frame_stands_on_the_axes() {
        let frames: Vec<Frame> = (0..9)
            .map(|t| frame(t * 33_333, vec![body(7, t as f32 * 0.1)]))
            .collect();
        let clip = Clip::from_frames(&frames, &ClipConfig::uniform(1, 9)).unwrap();
        let shoulder = |joint: Joint| &clip.joints[joint as usize * 3..][..3];
        let (left, right) = (
            shoulder(Joint::ShoulderLeft),
            shoulder(Joint::ShoulderRight),
        );
        assert!(right[0] - left[0] > 0.01);
        assert!((right[1] - left[1]).abs() < 1e-5 && (right[2] - left[2]).abs() < 1e-5);
        for t in 0..9 {
            let middle = (t * JOINT_COUNT + Joint::SpineMid as usize) * 3;
            assert!(
                clip.joints[middle..middle + 3]
                    .iter()
                    .all(|x| x.abs() < 1e-6)
            );
        }
    }

    #[test]
    fn lengths_survive_normalisation_and_a_turned_camera_changes_nothing() {
        // Shoulders that hang askew come out a little otherwise from another side, in the original too.
        let upright = |seed: f32| {
            let mut body = body(7, seed);
            body.joints[Joint::SpineBase as usize] = [0.1, 0.0, 2.5];
            body.joints[Joint::SpineMid as usize] = [0.1, 0.3, 2.5];
            body.joints[Joint::ShoulderLeft as usize] = [-0.1, 0.5, 2.6];
            body.joints[Joint::ShoulderRight as usize] = [0.3, 0.5, 2.4];
            body
        };
        let frames: Vec<Frame> = (0..9)
            .map(|t| frame(t, vec![upright(t as f32 * 0.1)]))
            .collect();
        let turned: Vec<Frame> = frames
            .iter()
            .map(|old| {
                let mut new = old.clone();
                for [x, y, z] in &mut new.bodies[0].joints {
                    (*x, *y, *z) = (0.6 * *x + 0.8 * *z + 3.0, *y - 1.0, -0.8 * *x + 0.6 * *z);
                }
                new
            })
            .collect();
        let config = ClipConfig::uniform(1, 9);
        let clip = Clip::from_frames(&frames, &config).unwrap();
        let again = Clip::from_frames(&turned, &config).unwrap();
        let raw = &frames[4].bodies[0].joints;
        let expected = (0..3)
            .map(|axis| (raw[3][axis] - raw[19][axis]).powi(2))
            .sum::<f32>()
            .sqrt();
        assert!((distance(&clip, 4, Joint::Head, Joint::FootRight) - expected).abs() < 1e-5);
        for (a, b) in clip.joints.iter().zip(&again.joints) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn timestamps_set_the_pace() {
        // The same straight path, once at an even rate and once with a hole in the recording.
        let at = |t: u64| frame(t * 1_000, vec![body(1, t as f32 * 1e-4)]);
        let even: Vec<Frame> = (0..=100).map(at).collect();
        let holed: Vec<Frame> = (0..=100)
            .filter(|t| !(41..60).contains(t))
            .map(at)
            .collect();
        let config = ClipConfig::uniform(1, 33);
        let even = Clip::from_frames(&even, &config).unwrap();
        let holed = Clip::from_frames(&holed, &config).unwrap();
        for (a, b) in even.joints.iter().zip(&holed.joints) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn the_livelier_body_comes_first_and_an_absent_one_is_zero() {
        let still = body(1, 0.0);
        let frames: Vec<Frame> = (0..20)
            .map(|t| frame(t, vec![still.clone(), body(2, t as f32 * 0.2)]))
            .collect();
        let one = Clip::from_frames(&frames, &ClipConfig::uniform(1, 20)).unwrap();
        let alone: Vec<Frame> = (0..20)
            .map(|t| frame(t, vec![body(2, t as f32 * 0.2)]))
            .collect();
        let two = Clip::from_frames(&alone, &ClipConfig::uniform(2, 20)).unwrap();
        assert_eq!(one.joints, two.joints[..one.joints.len()]);
        assert!(two.joints[one.joints.len()..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn bad_input_is_named() {
        let config = ClipConfig::default();
        assert_eq!(Clip::from_frames(&[], &config), Err(WindowError::NoFrames));
        let empty = [Frame::default()];
        for config in [config, ClipConfig::ntu()] {
            let nobody = Clip::from_frames(&empty, &config);
            assert_eq!(nobody, Err(WindowError::NobodyInView { frames: 1 }));
        }
        let mut broken = frame(0, vec![body(9, 0.0)]);
        broken.bodies[0].joints[3][1] = f32::NAN;
        let error = Clip::from_frames(&[broken], &config).unwrap_err();
        assert_eq!(
            error.to_string(),
            "joint Head of body 9 in frame 0 is at no place that can be measured in metres"
        );
        let frames = [frame(0, vec![body(9, 0.0)])];
        for (bodies, length) in [(0, 64), (3, 64), (1, 0)] {
            assert!(matches!(
                Clip::from_frames(&frames, &ClipConfig::uniform(bodies, length)),
                Err(WindowError::BadConfig { .. })
            ));
        }
        assert!(matches!(
            Clip::from_values(vec![0.0; 74], 1, 1),
            Err(WindowError::ShapeMismatch {
                expected: 75,
                got: 74,
                ..
            })
        ));
        assert!(
            Clip::from_frames(&frames, &config).is_ok(),
            "one frame is held"
        );
    }

    #[test]
    fn joints_that_all_coincide_stay_finite() {
        let frames = [frame(
            0,
            vec![Body::tracked(1, [[1.0, 2.0, 3.0]; JOINT_COUNT])],
        )];
        for config in [ClipConfig::default(), ClipConfig::ntu()] {
            let clip = Clip::from_frames(&frames, &config).unwrap();
            assert!(clip.joints.iter().all(|x| x.is_finite()));
        }
    }
}
