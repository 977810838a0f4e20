//! A pose as rotations of a tree of bones: what BVH wants of joint positions.

use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use glam::{DMat3, DQuat, DVec3};

/// The tree, parents before children, each as `(joint, parent, direction of its bone at rest)`.
///
/// At rest the performer stands facing +z with the arms out to the sides, +x to the performer's left, y up.
pub(super) const TREE: [(Joint, Option<Joint>, [f64; 3]); JOINT_COUNT] = [
    (Joint::SpineBase, None, [0.0, 0.0, 0.0]),
    (Joint::SpineMid, Some(Joint::SpineBase), [0.0, 1.0, 0.0]),
    (Joint::SpineShoulder, Some(Joint::SpineMid), [0.0, 1.0, 0.0]),
    (Joint::Neck, Some(Joint::SpineShoulder), [0.0, 1.0, 0.0]),
    (Joint::Head, Some(Joint::Neck), [0.0, 1.0, 0.0]),
    (
        Joint::ShoulderLeft,
        Some(Joint::SpineShoulder),
        [1.0, 0.0, 0.0],
    ),
    (Joint::ElbowLeft, Some(Joint::ShoulderLeft), [1.0, 0.0, 0.0]),
    (Joint::WristLeft, Some(Joint::ElbowLeft), [1.0, 0.0, 0.0]),
    (Joint::HandLeft, Some(Joint::WristLeft), [1.0, 0.0, 0.0]),
    (Joint::HandTipLeft, Some(Joint::HandLeft), [1.0, 0.0, 0.0]),
    (Joint::ThumbLeft, Some(Joint::HandLeft), [0.6, 0.0, 0.8]),
    (
        Joint::ShoulderRight,
        Some(Joint::SpineShoulder),
        [-1.0, 0.0, 0.0],
    ),
    (
        Joint::ElbowRight,
        Some(Joint::ShoulderRight),
        [-1.0, 0.0, 0.0],
    ),
    (Joint::WristRight, Some(Joint::ElbowRight), [-1.0, 0.0, 0.0]),
    (Joint::HandRight, Some(Joint::WristRight), [-1.0, 0.0, 0.0]),
    (
        Joint::HandTipRight,
        Some(Joint::HandRight),
        [-1.0, 0.0, 0.0],
    ),
    (Joint::ThumbRight, Some(Joint::HandRight), [-0.6, 0.0, 0.8]),
    (Joint::HipLeft, Some(Joint::SpineBase), [1.0, 0.0, 0.0]),
    (Joint::KneeLeft, Some(Joint::HipLeft), [0.0, -1.0, 0.0]),
    (Joint::AnkleLeft, Some(Joint::KneeLeft), [0.0, -1.0, 0.0]),
    (Joint::FootLeft, Some(Joint::AnkleLeft), [0.0, -0.6, 0.8]),
    (Joint::HipRight, Some(Joint::SpineBase), [-1.0, 0.0, 0.0]),
    (Joint::KneeRight, Some(Joint::HipRight), [0.0, -1.0, 0.0]),
    (Joint::AnkleRight, Some(Joint::KneeRight), [0.0, -1.0, 0.0]),
    (Joint::FootRight, Some(Joint::AnkleRight), [0.0, -0.6, 0.8]),
];

/// Where the file has a position: turned about y, so that who faces the sensor faces +z.
pub(super) fn in_file([x, y, z]: [f32; 3]) -> DVec3 {
    DVec3::new(-f64::from(x), f64::from(y), -f64::from(z))
}

/// A joint's place and turn within its parent's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    /// Metres, in the parent's axes; the root's in the scene's.
    pub(super) at: DVec3,
    /// About the parent's axes.
    pub(super) turn: DQuat,
}

/// A pose, in the order of [`TREE`].
pub(super) fn pose(joints: &Joints) -> [Local; JOINT_COUNT] {
    let at = |joint: Joint| in_file(joints[joint as usize]);
    let mut turns = [DQuat::IDENTITY; JOINT_COUNT];
    let mut locals = [Local {
        at: DVec3::ZERO,
        turn: DQuat::IDENTITY,
    }; JOINT_COUNT];
    for (place, (joint, parent, _)) in TREE.into_iter().enumerate() {
        let parent_turn = parent.map_or(DQuat::IDENTITY, |parent| turns[parent as usize]);
        let turn = turn_of(joint, parent_turn, &at);
        turns[joint as usize] = turn;
        let back = parent_turn.inverse();
        locals[place] = Local {
            at: back * (at(joint) - parent.map_or(DVec3::ZERO, at)),
            turn: (back * turn).normalize(),
        };
    }
    locals
}

/// How a joint is turned in the scene: so that the bones on it point where they do at rest.
fn turn_of(joint: Joint, parent: DQuat, at: &impl Fn(Joint) -> DVec3) -> DQuat {
    let bone = |child: Joint| at(child) - at(joint);
    match joint {
        Joint::SpineBase => two_axes(
            (DVec3::Y, bone(Joint::SpineMid)),
            (DVec3::X, at(Joint::HipLeft) - at(Joint::HipRight)),
        ),
        Joint::SpineShoulder => two_axes(
            (DVec3::Y, bone(Joint::Neck)),
            (DVec3::X, at(Joint::ShoulderLeft) - at(Joint::ShoulderRight)),
        ),
        Joint::HandLeft => two_axes(
            (DVec3::X, bone(Joint::HandTipLeft)),
            (DVec3::Z, bone(Joint::ThumbLeft)),
        ),
        Joint::HandRight => two_axes(
            (-DVec3::X, bone(Joint::HandTipRight)),
            (DVec3::Z, bone(Joint::ThumbRight)),
        ),
        _ => None,
    }
    .unwrap_or_else(|| shortest(joint, parent, at))
}

/// The turn that takes the first axis to where it points, and the second as near as can be; `None` where they are too
/// short or too much alike to tell.
fn two_axes(first: (DVec3, DVec3), second: (DVec3, DVec3)) -> Option<DQuat> {
    let basis = |first: DVec3, second: DVec3| {
        let first = first.try_normalize()?;
        let across = first.cross(second).try_normalize()?;
        Some(DMat3::from_cols(first, across.cross(first), across))
    };
    // Noise, not a direction: a micrometre.
    if first.1.cross(second.1).length() < 1e-6 {
        return None;
    }
    let turn = basis(first.1, second.1)? * basis(first.0, second.0)?.transpose();
    Some(DQuat::from_mat3(&turn).normalize())
}

/// The parent's turn, and the shortest one on it that points the joint's first bone where it points.
fn shortest(joint: Joint, parent: DQuat, at: &impl Fn(Joint) -> DVec3) -> DQuat {
    let first = TREE.into_iter().find(|(_, above, _)| *above == Some(joint));
    let Some((child, _, rest)) = first else {
        return parent;
    };
    let (Some(from), Some(to)) = (
        (parent * DVec3::from_array(rest)).try_normalize(),
        (at(child) - at(joint)).try_normalize(),
    ) else {
        return parent;
    };
    (DQuat::from_rotation_arc(from, to) * parent).normalize()
}
