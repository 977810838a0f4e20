//! An example of a phrase: a performance of it that was recorded, kept as joints, since features are an encoder's own.

use crate::skeleton::{Body, Frame, Joints};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

/// Examples are kept in steps of this, metres: those of a clip store, so that writing one changes nothing.
const METRES_PER_STEP: f32 = 0.0002;

/// Bodies of an example, at most.
const MOST_BODIES: usize = 2;

/// Rates that an example may have, frames per second: those of a clip store.
const RATES: std::ops::RangeInclusive<f32> = 0.1..=1000.0;

/// Why a performance cannot be an example.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExampleError {
    /// Nobody is in view for two frames.
    #[error("\"{name}\" is no example: it shows somebody in {frames} frames, and needs two")]
    TooShort {
        /// The example.
        name: String,
        /// Frames in which somebody is in view.
        frames: usize,
    },
    /// A rate, a number of bodies or their lengths that no clip has.
    #[error("\"{name}\" is no example: {reason}")]
    Shape {
        /// The example.
        name: String,
        /// What was found, and what was expected.
        reason: String,
    },
    /// A joint that is nowhere, or too far away to be kept.
    #[error(
        "\"{name}\" is no example: a joint of frame {frame} is at {metres} m, expected -6.55 to 6.55"
    )]
    Place {
        /// The example.
        name: String,
        /// The frame, counted from 0.
        frame: usize,
        /// Where the joint is.
        metres: f32,
    },
}

/// A recorded performance of a phrase. Two are the same where they show the same, whatever they are called.
#[derive(Clone)]
pub struct Example(Arc<Kept>);

struct Kept {
    name: String,
    fps: f32,
    /// `[body][frame]`, metres; all zeros where a body is out of view.
    tracks: Vec<Vec<Joints>>,
    fingerprint: String,
}

impl Example {
    /// An example of one or two bodies, `[body][frame]` in metres; all zeros where one is out of view.
    pub fn new(name: &str, fps: f32, mut tracks: Vec<Vec<Joints>>) -> Result<Self, ExampleError> {
        let shape = |reason: String| ExampleError::Shape {
            name: name.to_owned(),
            reason,
        };
        if !RATES.contains(&fps) {
            return Err(shape(format!(
                "{fps} frames per second, expected 0.1 to 1000"
            )));
        }
        let frames = tracks.first().map_or(0, Vec::len);
        if tracks.len() > MOST_BODIES || tracks.iter().any(|track| track.len() != frames) {
            let lengths: Vec<usize> = tracks.iter().map(Vec::len).collect();
            return Err(shape(format!(
                "bodies of {lengths:?} frames, expected one or two of one length"
            )));
        }
        let mut hash = Sha256::new();
        hash.update(fps.to_le_bytes());
        hash.update((tracks.len() as u64).to_le_bytes());
        for (frame, joints) in tracks
            .iter_mut()
            .flat_map(|track| track.iter_mut().enumerate())
        {
            for value in joints.as_flattened_mut() {
                let step = (*value / METRES_PER_STEP).round();
                if !(f32::from(i16::MIN)..=f32::from(i16::MAX)).contains(&step) {
                    return Err(ExampleError::Place {
                        name: name.to_owned(),
                        frame,
                        metres: *value,
                    });
                }
                let step = step as i16;
                hash.update(step.to_le_bytes());
                *value = f32::from(step) * METRES_PER_STEP;
            }
        }
        let shown = (0..frames)
            .filter(|&frame| tracks.iter().any(|track| in_view(&track[frame])))
            .count();
        if shown < 2 {
            return Err(ExampleError::TooShort {
                name: name.to_owned(),
                frames: shown,
            });
        }
        let digits = hash.finalize();
        let fingerprint = digits.iter().take(8).map(|byte| format!("{byte:02x}"));
        Ok(Self(Arc::new(Kept {
            name: name.to_owned(),
            fps,
            fingerprint: fingerprint.collect(),
            tracks,
        })))
    }

    /// What it is called: where it came from.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Frames per second.
    pub fn fps(&self) -> f32 {
        self.0.fps
    }

    /// The joints of one or two bodies, `[body][frame]`, metres; all zeros where one is out of view.
    pub fn tracks(&self) -> &[Vec<Joints>] {
        &self.0.tracks
    }

    /// Sixteen hexadecimal digits of what it shows: the same wherever it is kept.
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    /// How long it is, seconds.
    pub fn seconds(&self) -> f32 {
        self.0.tracks.first().map_or(0, Vec::len) as f32 / self.0.fps
    }

    /// Its frames, the first at time 0, its bodies by the ids 1 and 2 while they are in view.
    pub fn frames(&self) -> Vec<Frame> {
        let count = self.0.tracks.first().map_or(0, Vec::len);
        let frame = |index: usize| {
            let bodies = (1..)
                .zip(&self.0.tracks)
                .map(|(id, track)| (id, track[index]));
            Frame {
                timestamp_micros: (index as f64 * 1e6 / f64::from(self.0.fps)).round() as u64,
                bodies: bodies
                    .filter(|(_, joints)| in_view(joints))
                    .map(|(id, joints)| Body::tracked(id, joints))
                    .collect(),
            }
        };
        (0..count).map(frame).collect()
    }
}

fn in_view(joints: &Joints) -> bool {
    joints.as_flattened().iter().any(|value| *value != 0.0)
}

impl PartialEq for Example {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint
    }
}

impl Eq for Example {}

impl fmt::Debug for Example {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Example")
            .field("name", &self.0.name)
            .field("fingerprint", &self.0.fingerprint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn track(frames: usize) -> Vec<Joints> {
        let joints = |frame: usize| [[0.1 + frame as f32 * 0.01, 1.000_07, 2.5]; JOINT_COUNT];
        (0..frames).map(joints).collect()
    }

    #[test]
    fn what_is_shown_makes_it_the_same_wherever_it_is_kept() {
        let example = Example::new("a", 30.0, vec![track(4)]).unwrap();
        let again = Example::new("b", 30.0, example.tracks().to_vec()).unwrap();
        assert_eq!(example, again);
        assert_eq!(example.fingerprint().len(), 16);
        assert_ne!(example, Example::new("a", 15.0, vec![track(4)]).unwrap());
        assert_ne!(example, Example::new("a", 30.0, vec![track(5)]).unwrap());
        let frames = example.frames();
        assert_eq!((frames.len(), frames[3].timestamp_micros), (4, 100_000));
        assert!((frames[0].bodies[0].joints[0][1] - 1.0).abs() < 2e-4);
        assert!((example.seconds() - 4.0 / 30.0).abs() < 1e-6);
    }

    #[test]
    fn a_body_out_of_view_is_left_out() {
        let mut second = vec![[[0.0; 3]; JOINT_COUNT]; 4];
        second[2] = track(1)[0];
        let example = Example::new("two", 30.0, vec![track(4), second]).unwrap();
        let counts: Vec<usize> = example.frames().iter().map(|f| f.bodies.len()).collect();
        assert_eq!(counts, [1, 1, 2, 1]);
    }

    #[test]
    fn what_is_no_performance_says_why() {
        let mut away = track(3);
        away[1][4][2] = 7.0;
        let mut nowhere = track(3);
        nowhere[2][0][0] = f32::NAN;
        for (fps, tracks, why) in [
            (30.0, vec![], "0 frames"),
            (30.0, vec![track(1)], "1 frames"),
            (30.0, vec![vec![[[0.0; 3]; JOINT_COUNT]; 9]], "0 frames"),
            (0.0, vec![track(3)], "0 frames per second"),
            (f32::NAN, vec![track(3)], "NaN frames per second"),
            (30.0, vec![track(3), track(2)], "[3, 2]"),
            (30.0, vec![track(3); 3], "[3, 3, 3]"),
            (30.0, vec![away], "frame 1 is at 7 m"),
            (30.0, vec![nowhere], "frame 2 is at NaN m"),
        ] {
            let error = Example::new("x", fps, tracks).unwrap_err().to_string();
            assert!(error.contains(why), "{error}: {why}");
        }
    }
}
