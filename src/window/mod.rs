//! From a stream of frames to clips: sliding window, activity, resampling, normalisation.

pub mod activity;
pub mod bodies;
pub mod clip;
mod geometry;
mod kinematics;
mod normalize;
mod reading;
mod resample;
pub mod sliding;
mod statistics;
mod stream;

pub use self::kinematics::KINEMATIC_MEASURES;
pub use self::reading::READ;
use crate::skeleton::{Joint, Joints};

/// The version of all that is said of a clip beside its joints: the kinematic measures and the card that is read.
///
/// Whoever changes what comes out of clips like those that models learn from raises it, and fits the shipped bundles anew: a model
/// is misled by other numbers than those that it learned from, and one of another version is refused.
pub const RULES: u32 = 2;

/// No camera sees farther than this, metres; much larger numbers would become infinite on the way to the network.
const FARTHEST_METRES: f32 = 1000.0;

/// The index of the first joint that is at no place: not a number, or too far away.
fn misplaced(joints: &Joints) -> Option<usize> {
    joints
        .iter()
        .position(|joint| !joint.iter().all(|value| value.abs() <= FARTHEST_METRES))
}

/// Why frames do not make a clip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// There is nothing to make a clip of.
    #[error("a clip needs at least one frame, and there is none")]
    NoFrames,
    /// There are frames, but nobody is in any of them.
    #[error("nobody is in view in any of the {frames} frames")]
    NobodyInView {
        /// Frames looked at.
        frames: usize,
    },
    /// A coordinate is not a number, or farther away than any camera sees.
    #[error(
        "joint {joint:?} of body {body} in frame {frame} is at no place that can be measured in metres"
    )]
    NotFinite {
        /// Index into the frames.
        frame: usize,
        /// The tracker's id.
        body: u64,
        /// The first joint found so.
        joint: Joint,
    },
    /// A clip of no frames, or of none or more than two bodies, was asked for.
    #[error(
        "a clip has 1 or 2 bodies and at least 1 frame; asked for {bodies} bodies and {frames} frames"
    )]
    BadConfig {
        /// Bodies asked for.
        bodies: usize,
        /// Frames asked for.
        frames: usize,
    },
    /// Flat values of the wrong number.
    #[error("{bodies} bodies x {frames} frames x 25 joints x 3 are {expected} values, got {got}")]
    ShapeMismatch {
        /// Bodies.
        bodies: usize,
        /// Frames.
        frames: usize,
        /// Values that this needs.
        expected: usize,
        /// Values given.
        got: usize,
    },
}
