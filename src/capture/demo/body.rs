//! The demo performer's body: limbs of constant length, posed by forward kinematics and two-bone reaches.

use crate::capture::demo::pose::{Arm, Foot, LEFT, Pose, RIGHT};
use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use glam::{EulerRot, Quat, Vec3};

/// The camera stands this high above the floor, metres.
const CAMERA_HEIGHT: f32 = 0.95;
/// The performer stands this far from the camera, metres.
const DISTANCE: f32 = 2.5;

// An adult of 1.76 m, metres, in the proportions that Kinect v2 reports.
const ANKLE_HEIGHT: f32 = 0.085;
const SHIN: f32 = 0.39;
const THIGH: f32 = 0.43;
const HIP_WIDTH: f32 = 0.085;
const HIP_DROP: f32 = 0.02;
const SPINE_HALF: f32 = 0.25;
const UPPER_ARM: f32 = 0.275;
const FOREARM: f32 = 0.245;
const HAND: f32 = 0.08;
const HAND_TIP: f32 = 0.075;
const STANCE_WIDTH: f32 = 0.115;

/// Hips above the floor at rest: the knees are never quite straight.
const HIPS_HEIGHT: f32 = ANKLE_HEIGHT + (SHIN + THIGH) * 0.992 + HIP_DROP;

/// Where every joint of a pose is, camera axes, metres.
pub(super) fn joints(pose: &Pose) -> Joints {
    let mut at = [Vec3::ZERO; JOINT_COUNT];
    let hips_turn = turned(pose.turn, pose.tilt, pose.sway);
    let ankles = [LEFT, RIGHT].map(|side| ankle(&pose.feet[side], side, pose.turn));
    let mut base = Vec3::new(pose.hips.x, HIPS_HEIGHT + pose.hips.y, -pose.hips.z);
    for (side, ankle) in ankles.iter().enumerate() {
        base.y = base
            .y
            .min(highest_hips(base, hips_turn * hip_offset(side), *ankle));
    }
    at[Joint::SpineBase as usize] = base;
    let lower = hips_turn * turned(pose.twist * 0.4, pose.bend * 0.35, pose.lean * 0.4);
    let chest = hips_turn * turned(pose.twist, pose.bend, pose.lean);
    let middle = base + lower * Vec3::new(0.0, SPINE_HALF, 0.012);
    let top = middle + chest * Vec3::new(0.0, SPINE_HALF, 0.008);
    let neck = top + chest * Vec3::new(0.0, 0.052, -0.008);
    // The eyes stay on the camera: the head takes back half of what the chest leans and turns.
    let head = chest
        * turned(
            pose.look - pose.twist * 0.5,
            pose.nod - pose.bend * 0.3,
            -pose.lean * 0.4,
        );
    at[Joint::SpineMid as usize] = middle;
    at[Joint::SpineShoulder as usize] = top;
    at[Joint::Neck as usize] = neck;
    at[Joint::Head as usize] = neck + head * Vec3::new(0.0, 0.148, -0.025);
    for side in [RIGHT, LEFT] {
        let right_wrist = at[Joint::WristRight as usize];
        let held = (side == LEFT && pose.grip > 0.0).then_some((right_wrist, pose.grip));
        pose_arm(&mut at, pose, side, chest, held);
        pose_leg(
            &mut at,
            base + hips_turn * hip_offset(side),
            ankles[side],
            pose,
            side,
        );
    }
    at.map(|joint| [joint.x, joint.y - CAMERA_HEIGHT, joint.z + DISTANCE])
}

/// A turn to the left, a bend ahead and a lean to the right, degrees.
fn turned(left: f32, ahead: f32, right: f32) -> Quat {
    Quat::from_euler(
        EulerRot::YXZ,
        left.to_radians(),
        -ahead.to_radians(),
        -right.to_radians(),
    )
}

/// 1 on the right, -1 on the left: the sign of outwards.
fn outwards(side: usize) -> f32 {
    if side == RIGHT { 1.0 } else { -1.0 }
}

fn hip_offset(side: usize) -> Vec3 {
    Vec3::new(HIP_WIDTH * outwards(side), -HIP_DROP, 0.0)
}

fn ankle(foot: &Foot, side: usize, turn: f32) -> Vec3 {
    // The feet follow a turn of the whole body only halfway: they stay where they stand.
    let turn = Quat::from_rotation_y((turn * 0.25).to_radians());
    turn * Vec3::new(outwards(side) * (STANCE_WIDTH + foot.at.x), 0.0, -foot.at.z)
        + Vec3::Y * (ANKLE_HEIGHT + foot.at.y)
}

/// How high the hips can be for a foot on the floor to stay there; a foot in the air does not hold them.
fn highest_hips(base: Vec3, hip_offset: Vec3, ankle: Vec3) -> f32 {
    let lifted = ((ankle.y - ANKLE_HEIGHT) / 0.06).clamp(0.0, 1.0);
    let hip = base + hip_offset;
    let away = (hip.x - ankle.x).hypot(hip.z - ankle.z);
    let leg = (SHIN + THIGH) * 0.998;
    let highest = ankle.y + (leg * leg - away * away).max(0.0).sqrt() - hip_offset.y;
    highest + lifted * 2.0
}

fn pose_arm(
    at: &mut [Vec3; JOINT_COUNT],
    pose: &Pose,
    side: usize,
    chest: Quat,
    held: Option<(Vec3, f32)>,
) {
    let [shoulder_at, elbow_at, wrist_at, hand_at, tip_at, thumb_at] = if side == RIGHT {
        [8, 9, 10, 11, 23, 24]
    } else {
        [4, 5, 6, 7, 21, 22]
    };
    let arm: &Arm = &pose.arms[side];
    let mirror = Vec3::new(outwards(side), 1.0, -1.0);
    // The shoulder rises with an arm that goes above it.
    let rise = 0.07
        * (arm.hand.y / arm.hand.length().max(1e-6) * 0.6 + 0.4)
            .clamp(0.0, 1.0)
            .powi(2);
    let collar =
        Vec3::new(0.165 * outwards(side), -0.085 + pose.shrug + rise, 0.0).normalize() * 0.186;
    let shoulder = at[Joint::SpineShoulder as usize] + chest * collar;
    // An arm that hangs hangs straight down, however the chest bends.
    let hanging = (-arm.hand.y / arm.hand.length().max(1e-6) - 0.75) / 0.2;
    let upright = Quat::from_rotation_y((pose.turn + pose.twist * 0.8).to_radians());
    let frame = chest.slerp(upright, hanging.clamp(0.0, 1.0));
    let mut target = shoulder + frame * (arm.hand * mirror);
    if let Some((right_wrist, grip)) = held {
        target = target.lerp(right_wrist + Vec3::new(-0.05, 0.05, 0.0), grip);
    }
    let (elbow, wrist) = reach(
        shoulder,
        target,
        (UPPER_ARM, FOREARM),
        frame * (arm.elbow * mirror),
    );
    let forearm = (wrist - elbow).normalize_or_zero();
    let hinge = (elbow - shoulder)
        .cross(forearm)
        .normalize_or(frame * Vec3::X);
    let pointing = Quat::from_axis_angle(hinge, arm.flex.to_radians()) * forearm;
    let hand = wrist + pointing * HAND;
    // The thumb lies on the side of the hand that looks ahead and inwards.
    let inwards = frame * Vec3::new(-0.6 * outwards(side), 0.1, -0.8);
    let across = inwards.reject_from_normalized(pointing).normalize_or(hinge);
    at[shoulder_at] = shoulder;
    at[elbow_at] = elbow;
    at[wrist_at] = wrist;
    at[hand_at] = hand;
    at[tip_at] = hand + pointing * HAND_TIP;
    at[thumb_at] = hand + (pointing * 0.5 + across * 0.8).normalize_or_zero() * 0.05;
}

fn pose_leg(at: &mut [Vec3; JOINT_COUNT], hip: Vec3, ankle: Vec3, pose: &Pose, side: usize) {
    let [hip_at, knee_at, ankle_at, foot_at] = if side == RIGHT {
        [16, 17, 18, 19]
    } else {
        [12, 13, 14, 15]
    };
    let turn = Quat::from_rotation_y((pose.turn * 0.6).to_radians());
    let knee_ahead = turn * Vec3::new(0.18 * outwards(side), 0.15, -1.0);
    let (knee, ankle) = reach(hip, ankle, (THIGH, SHIN), knee_ahead);
    let toes = pose.feet[side].toes.to_radians();
    let foot =
        Vec3::new(0.2 * outwards(side), -0.45 - toes.sin(), -toes.cos()).normalize_or_zero() * 0.11;
    at[hip_at] = hip;
    at[knee_at] = knee;
    at[ankle_at] = ankle;
    at[foot_at] = ankle + turn * foot;
}

/// Where the middle joint and the end of a two-bone limb come to lie when the end reaches for a target.
///
/// What is out of reach is pointed at; `towards` is where the middle joint goes.
fn reach(root: Vec3, target: Vec3, (upper, lower): (f32, f32), towards: Vec3) -> (Vec3, Vec3) {
    let way = target - root;
    let line = way.normalize_or(Vec3::NEG_Y);
    let length = way
        .length()
        .clamp((upper - lower).abs() + 0.05, (upper + lower) * 0.999);
    let cos = ((upper * upper + length * length - lower * lower) / (2.0 * upper * length))
        .clamp(-1.0, 1.0);
    let bent = towards
        .reject_from_normalized(line)
        .normalize_or(line.any_orthonormal_vector());
    let middle = root + line * (upper * cos) + bent * (upper * (1.0 - cos * cos).sqrt());
    (middle, root + line * length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_keeps_both_lengths() {
        for target in [
            [0.3, -0.1, 0.2],
            [3.0, 0.0, 0.0],
            [0.0; 3],
            [0.0, -0.5, 0.0],
        ] {
            let (middle, end) = reach(
                Vec3::ZERO,
                Vec3::from_array(target),
                (0.3, 0.25),
                Vec3::NEG_Y,
            );
            assert!((middle.length() - 0.3).abs() < 1e-5);
            assert!((end.distance(middle) - 0.25).abs() < 1e-5);
        }
    }

    #[test]
    fn who_stands_faces_the_camera_with_both_feet_on_the_floor() {
        let joints = joints(&Pose::STANDING);
        let at = |joint: Joint| joints[joint as usize];
        assert!(at(Joint::ShoulderLeft)[0] < 0.0 && at(Joint::ShoulderRight)[0] > 0.0);
        assert!(
            at(Joint::FootLeft)[2] < at(Joint::AnkleLeft)[2],
            "toes towards the camera"
        );
        for ankle in [Joint::AnkleLeft, Joint::AnkleRight] {
            assert!((at(ankle)[1] + CAMERA_HEIGHT - ANKLE_HEIGHT).abs() < 1e-4);
        }
        assert!((0.6..0.8).contains(&at(Joint::Head)[1]));
    }
}
