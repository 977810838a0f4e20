//! What both ways to look at a movement need of space and time: limbs, angles, speeds.

use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use crate::window::normalize::is_absent;
use crate::window::statistics::median;
use glam::DVec3;
use std::f64::consts::{PI, TAU};

/// All joints of a body at one moment.
pub(super) type Pose = [DVec3; JOINT_COUNT];

/// Frames on each side over which a joint's place is averaged: trackers tremble.
const SMOOTHED: usize = 2;

/// The joints of one side.
pub(super) struct Side {
    /// +1 on the left, where the body's x axis points.
    pub(super) outward: f64,
    pub(super) shoulder: Joint,
    pub(super) elbow: Joint,
    pub(super) wrist: Joint,
    pub(super) hip: Joint,
    pub(super) knee: Joint,
    pub(super) ankle: Joint,
}

pub(super) const LEFT: Side = Side {
    outward: 1.0,
    shoulder: Joint::ShoulderLeft,
    elbow: Joint::ElbowLeft,
    wrist: Joint::WristLeft,
    hip: Joint::HipLeft,
    knee: Joint::KneeLeft,
    ankle: Joint::AnkleLeft,
};

pub(super) const RIGHT: Side = Side {
    outward: -1.0,
    shoulder: Joint::ShoulderRight,
    elbow: Joint::ElbowRight,
    wrist: Joint::WristRight,
    hip: Joint::HipRight,
    knee: Joint::KneeRight,
    ankle: Joint::AnkleRight,
};

/// The frames in which a body is in view, smoothed, and how long its trunk is: spine base to the shoulders' middle, metres.
pub(super) fn in_view(track: &[Joints]) -> (Vec<Pose>, f64) {
    let seen: Vec<Pose> = track
        .iter()
        .filter(|joints| !is_absent(joints))
        .map(|joints| joints.map(|[x, y, z]| DVec3::new(x.into(), y.into(), z.into())))
        .collect();
    let places = smooth(&seen);
    let trunk = |pose: &Pose| at(pose, Joint::SpineShoulder).distance(at(pose, Joint::SpineBase));
    let size = median(places.iter().map(trunk).collect());
    (places, size)
}

pub(super) fn at<T: Copy>(pose: &[T; JOINT_COUNT], joint: Joint) -> T {
    pose[joint as usize]
}

pub(super) fn shoulders(pose: &Pose) -> DVec3 {
    at(pose, Joint::ShoulderLeft) - at(pose, Joint::ShoulderRight)
}

/// The angle in the middle one of three joints, 0 folded to pi stretched.
pub(super) fn angle(pose: &Pose, from: Joint, middle: Joint, to: Joint) -> f64 {
    let a = (at(pose, from) - at(pose, middle)).normalize_or_zero();
    let b = (at(pose, to) - at(pose, middle)).normalize_or_zero();
    a.dot(b).clamp(-1.0, 1.0).acos()
}

/// Each joint's mean over its neighbours in time; the ends are held.
fn smooth(places: &[Pose]) -> Vec<Pose> {
    let last = places.len().saturating_sub(1);
    let around = |frame: usize| {
        let mut sum = [DVec3::ZERO; JOINT_COUNT];
        for near in frame..=frame + 2 * SMOOTHED {
            for (sum, place) in sum
                .iter_mut()
                .zip(&places[near.saturating_sub(SMOOTHED).min(last)])
            {
                *sum += *place;
            }
        }
        sum.map(|sum| sum / (2 * SMOOTHED + 1) as f64)
    };
    (0..places.len()).map(around).collect()
}

/// How fast each place changes, `rate` times as much as from one frame to the next: by the neighbours on both sides, at
/// the ends by the one there is.
pub(super) fn slopes<const N: usize>(places: &[[DVec3; N]], rate: f64) -> Vec<[DVec3; N]> {
    let last = places.len().saturating_sub(1);
    let slope = |frame: usize| {
        let (before, after) = (frame.saturating_sub(1), (frame + 1).min(last));
        let pace = rate / (after - before).max(1) as f64;
        std::array::from_fn(|joint| (places[after][joint] - places[before][joint]) * pace)
    };
    (0..places.len()).map(slope).collect()
}

/// [`slopes`] of one place.
pub(super) fn velocities(places: &[DVec3], rate: f64) -> Vec<DVec3> {
    let single: Vec<[DVec3; 1]> = places.iter().map(|place| [*place]).collect();
    let speeds = slopes(&single, rate);
    speeds.into_iter().map(|[speed]| speed).collect()
}

/// The diagonal of the smallest box around places.
pub(super) fn room(places: &[DVec3]) -> f64 {
    let corner = |of: fn(DVec3, DVec3) -> DVec3| places.iter().copied().reduce(of);
    let (low, high) = (corner(DVec3::min), corner(DVec3::max));
    low.unwrap_or_default().distance(high.unwrap_or_default())
}

pub(super) fn lengths(vectors: &[DVec3]) -> Vec<f64> {
    vectors.iter().map(|vector| vector.length()).collect()
}

pub(super) fn travelled(places: &[DVec3]) -> f64 {
    places
        .windows(2)
        .map(|pair| pair[0].distance(pair[1]))
        .sum()
}

/// Angles without the jumps of whole turns.
pub(super) fn unwrapped(mut angles: Vec<f64>) -> Vec<f64> {
    for frame in 1..angles.len() {
        let before = angles[frame - 1];
        angles[frame] = before + within_half_turn(angles[frame] - before);
    }
    angles
}

pub(super) fn within_half_turn(angle: f64) -> f64 {
    (angle + PI).rem_euclid(TAU) - PI
}

/// Somebody who stands upright and faces the camera, arms hanging; a trunk is half a metre.
#[cfg(test)]
pub(super) fn standing() -> Joints {
    let mut joints = [[0.0; 3]; JOINT_COUNT];
    for (joint, x, y) in [
        (Joint::SpineBase, 0.0, 0.0),
        (Joint::SpineMid, 0.0, 0.3),
        (Joint::SpineShoulder, 0.0, 0.5),
        (Joint::Neck, 0.0, 0.55),
        (Joint::Head, 0.0, 0.7),
    ] {
        joints[joint as usize] = [x, y, 2.5];
    }
    for (side, x) in [(&LEFT, -1.0_f32), (&RIGHT, 1.0)] {
        for (joint, out, y) in [
            (side.shoulder, 0.2, 0.5),
            (side.elbow, 0.25, 0.25),
            (side.wrist, 0.25, 0.0),
            (side.hip, 0.1, -0.05),
            (side.knee, 0.1, -0.45),
            (side.ankle, 0.1, -0.85),
        ] {
            joints[joint as usize] = [x * out, y, 2.5];
        }
    }
    joints
}
