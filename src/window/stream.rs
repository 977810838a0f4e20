//! The four views of a clip that the four networks see.

use crate::skeleton::{JOINT_COUNT, NTU_BONES};

/// Values of one frame of one body.
pub(super) const FRAME_VALUES: usize = JOINT_COUNT * 3;

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

    /// The stream of joints laid out `[body][frame][joint][xyz]`, laid out alike.
    ///
    /// The last frame of a motion stream is zero (`gen_motion_data.py`), and so is the bone of the centre joint
    /// (`gen_bone_data.py`).
    pub(super) fn of(self, joints: &[f32], frames: usize) -> Vec<f32> {
        match self {
            Self::Joint => joints.to_vec(),
            Self::Bone => bones(joints),
            Self::JointMotion => motion(joints, frames),
            Self::BoneMotion => motion(&bones(joints), frames),
        }
    }
}

fn bones(joints: &[f32]) -> Vec<f32> {
    let mut bones = vec![0.0; joints.len()];
    for (bones, joints) in bones
        .chunks_exact_mut(FRAME_VALUES)
        .zip(joints.chunks_exact(FRAME_VALUES))
    {
        for (child, parent) in NTU_BONES {
            let (child, parent) = (child as usize * 3, parent as usize * 3);
            for axis in 0..3 {
                bones[child + axis] = joints[child + axis] - joints[parent + axis];
            }
        }
    }
    bones
}

fn motion(values: &[f32], frames: usize) -> Vec<f32> {
    let mut motion = vec![0.0; values.len()];
    let body = frames * FRAME_VALUES;
    for (motion, values) in motion.chunks_exact_mut(body).zip(values.chunks_exact(body)) {
        for (at, next) in values.iter().enumerate().skip(FRAME_VALUES) {
            motion[at - FRAME_VALUES] = next - values[at - FRAME_VALUES];
        }
    }
    motion
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::Joint;

    #[test]
    fn streams_are_differences() {
        // Two bodies of five frames, no two values alike.
        let joints: Vec<f32> = (0..10 * FRAME_VALUES)
            .map(|at| (at as f32 * 0.7).sin())
            .collect();
        let bones = Stream::Bone.of(&joints, 5);
        let (tip, thumb) = (
            Joint::HandTipLeft as usize * 3,
            Joint::ThumbLeft as usize * 3,
        );
        assert_eq!(bones[tip], joints[tip] - joints[thumb]);
        assert_eq!(bones[Joint::SpineShoulder as usize * 3], 0.0);
        let motion = Stream::BoneMotion.of(&joints, 5);
        assert_eq!(motion[tip], bones[tip + FRAME_VALUES] - bones[tip]);
        for last in [4 * FRAME_VALUES, 9 * FRAME_VALUES] {
            assert!(motion[last..last + FRAME_VALUES].iter().all(|x| *x == 0.0));
        }
    }
}
