//! What a depth camera makes of a body: some millimetres of noise that lingers, worse at the hands, and guesses where
//! a limb is hidden.

use crate::skeleton::{JOINT_COUNT, Joint, Joints, Tracking};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// How much of its noise a joint keeps from one frame to the next.
const LINGERS: f32 = 0.72;

/// Depth is measured worse than what lies across the picture.
const DEPTH_FACTOR: f32 = 1.5;

/// A guessed joint is this much noisier.
const INFERRED_FACTOR: f32 = 2.5;

/// Noise across the picture, standard deviation in metres, of Kinect v2 at 2.5 m.
fn deviation(joint: Joint) -> f32 {
    match joint {
        Joint::SpineBase | Joint::SpineMid | Joint::SpineShoulder | Joint::Neck => 0.0015,
        Joint::Head
        | Joint::ShoulderLeft
        | Joint::ShoulderRight
        | Joint::HipLeft
        | Joint::HipRight => 0.002,
        Joint::ElbowLeft | Joint::ElbowRight | Joint::KneeLeft | Joint::KneeRight => 0.003,
        Joint::WristLeft | Joint::WristRight | Joint::AnkleLeft | Joint::AnkleRight => 0.004,
        Joint::HandLeft | Joint::HandRight | Joint::FootLeft | Joint::FootRight => 0.005,
        Joint::HandTipLeft | Joint::HandTipRight | Joint::ThumbLeft | Joint::ThumbRight => 0.008,
    }
}

/// How often, per frame, the sensor loses a joint that it should see.
fn lapse(joint: Joint) -> f64 {
    match joint {
        Joint::HandTipLeft | Joint::HandTipRight | Joint::ThumbLeft | Joint::ThumbRight => 0.006,
        Joint::FootLeft | Joint::FootRight => 0.003,
        Joint::WristLeft | Joint::WristRight | Joint::HandLeft | Joint::HandRight => 0.001,
        _ => 0.0,
    }
}

/// The sensor's state from frame to frame.
#[derive(Clone, Debug)]
pub(super) struct Sensor {
    rng: ChaCha8Rng,
    noise: Joints,
    lapsed: [bool; JOINT_COUNT],
}

impl Sensor {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            // Its own stream: the noise must not depend on how much the schedule draws.
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x5e45_0b5e),
            noise: [[0.0; 3]; JOINT_COUNT],
            lapsed: [false; JOINT_COUNT],
        }
    }

    /// The joints as the sensor reports them.
    pub(super) fn see(&mut self, truth: &Joints) -> (Joints, [Tracking; JOINT_COUNT]) {
        let mut seen = *truth;
        let mut tracking = [Tracking::Tracked; JOINT_COUNT];
        let fresh = (1.0 - LINGERS * LINGERS).sqrt();
        for (index, joint) in Joint::ALL.into_iter().enumerate() {
            let ends: f64 = if self.lapsed[index] {
                0.12
            } else {
                lapse(joint)
            };
            if self.rng.random_bool(ends) {
                self.lapsed[index] = !self.lapsed[index];
            }
            let inferred = self.lapsed[index] || hidden(truth, joint);
            if inferred {
                tracking[index] = Tracking::Inferred;
            }
            let deviation = deviation(joint) * if inferred { INFERRED_FACTOR } else { 1.0 };
            for (axis, value) in seen[index].iter_mut().enumerate() {
                let drawn: f32 = self.rng.sample(StandardNormal);
                let depth = if axis == 2 { DEPTH_FACTOR } else { 1.0 };
                let noise = &mut self.noise[index][axis];
                *noise = *noise * LINGERS + drawn * deviation * depth * fresh;
                *value += *noise;
            }
        }
        (seen, tracking)
    }
}

/// Whether a joint of an arm is behind the trunk, or one of a leg behind the other leg.
fn hidden(joints: &Joints, joint: Joint) -> bool {
    let at = joints[joint as usize];
    match joint {
        Joint::ElbowLeft
        | Joint::ElbowRight
        | Joint::WristLeft
        | Joint::WristRight
        | Joint::HandLeft
        | Joint::HandRight
        | Joint::HandTipLeft
        | Joint::HandTipRight
        | Joint::ThumbLeft
        | Joint::ThumbRight => {
            let (base, top) = (
                joints[Joint::SpineBase as usize],
                joints[Joint::SpineShoulder as usize],
            );
            let beside = (at[0] - (base[0] + top[0]) * 0.5).abs();
            let between = at[1] > base[1] - 0.05 && at[1] < top[1];
            beside < 0.15 && between && at[2] > base[2].min(top[2]) + 0.06
        }
        Joint::KneeLeft | Joint::AnkleLeft | Joint::FootLeft => behind(at, joints, [17, 18, 19]),
        Joint::KneeRight | Joint::AnkleRight | Joint::FootRight => behind(at, joints, [13, 14, 15]),
        _ => false,
    }
}

fn behind(at: [f32; 3], joints: &Joints, others: [usize; 3]) -> bool {
    others.into_iter().any(|other| {
        let other = joints[other];
        (at[0] - other[0]).abs() < 0.06 && (at[1] - other[1]).abs() < 0.1 && at[2] > other[2] + 0.12
    })
}
