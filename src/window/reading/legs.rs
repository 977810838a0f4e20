//! What legs say.

use super::body::{Movement, averaged, each};
use super::{Seen, soft};
use crate::skeleton::Joint;
use crate::window::geometry::{Pose, Side, angle, at, lengths, room, velocities};
use crate::window::statistics::{extent, median, quantile};
use glam::DVec3;

/// A leg over time.
pub(super) struct Leg {
    /// +1 the left one, -1 the right.
    pub(super) outward: f64,
    /// From the hip to the ankle, and to the knee, mirrored as of an arm.
    reach: Vec<DVec3>,
    knee: Vec<DVec3>,
    pub(super) speed: Vec<f64>,
    /// The diagonal of the room that the ankle takes, beside its hip.
    pub(super) room: f64,
    /// The knee's angle, 0 folded to pi stretched.
    bend: Vec<f64>,
    pub(super) ankle: Vec<DVec3>,
    pub(super) knee_height: Vec<f64>,
}

impl Leg {
    pub(super) fn of(places: &[Pose], side: &Side, rate: f64) -> Self {
        let outward = DVec3::new(side.outward, 1.0, 1.0);
        let from_hip = |joint: Joint| -> Vec<DVec3> {
            let line = |pose: &Pose| (at(pose, joint) - at(pose, side.hip)) * outward;
            places.iter().map(line).collect()
        };
        let reach = from_hip(side.ankle);
        Self {
            outward: side.outward,
            speed: lengths(&velocities(&reach, rate)),
            room: room(&reach),
            knee: from_hip(side.knee),
            bend: each(places, |pose| angle(pose, side.hip, side.knee, side.ankle)),
            ankle: places.iter().map(|pose| at(pose, side.ankle)).collect(),
            knee_height: each(places, |pose| at(pose, side.knee).y),
            reach,
        }
    }

    fn along(&self, axis: usize) -> Vec<f64> {
        self.reach.iter().map(|reach| reach[axis]).collect()
    }
}

impl Movement {
    /// What legs do beside standing.
    pub(super) fn legs(&self, seen: &mut Seen) {
        let [lively, other] = &self.legs;
        // Who walks swings the legs to all sides.
        let standing = 1.0 - 0.7 * self.travels;
        let upright = soft(median(other.bend.clone()), 2.4, 0.15);
        let forward = quantile(lively.along(2), 0.95) - median(other.along(2));
        let aside = quantile(lively.along(0), 0.95) - median(other.along(0)).clamp(0.0, 0.3);
        let thigh: Vec<f64> = lively
            .knee
            .iter()
            .map(|knee| knee.z.atan2(-knee.y))
            .collect();
        let lifts = quantile(thigh.clone(), 0.93) - 0.5 * median(thigh);
        let heel = |leg: &Leg| {
            let behind = |(knee, ankle): (&DVec3, &DVec3)| knee.z - ankle.z;
            quantile(leg.knee.iter().zip(&leg.reach).map(behind).collect(), 0.95) - 0.35
        };
        let back = |leg: &Leg| heel(leg).max(-quantile(leg.along(2), 0.05) - 0.2);
        let apart =
            self.each(|pose| (at(pose, Joint::AnkleLeft).x - at(pose, Joint::AnkleRight).x).abs());
        let squats = soft(quantile(self.stands.clone(), 0.1), 0.8, 0.05);
        seen.extend([
            ("leg_forward", soft(forward, 0.7, 0.12) * upright * standing),
            ("leg_sideways", soft(aside, 0.55, 0.1) * standing),
            (
                "leg_backward",
                soft(back(lively).max(back(other)), 0.5, 0.08) * standing * squats,
            ),
            (
                "knee_lifts",
                soft(lifts, 0.7, 0.12)
                    * upright
                    * soft(quantile(lively.bend.clone(), 0.05), 2.2, -0.12),
            ),
            ("legs_apart", soft(median(apart), 0.75, 0.1)),
        ]);
    }
}

/// How often the difference of two legs goes from one side to the other, where it is more than a tremble.
pub(super) fn turns(values: &[f64]) -> usize {
    if extent(values) <= 0.12 {
        return 0;
    }
    let usual = median(values.to_vec());
    let beside: Vec<f64> = values.iter().map(|value| value - usual).collect();
    let most = beside.iter().map(|value| value.abs()).fold(0.0, f64::max);
    let mut ways: Vec<bool> = averaged(&beside, 1)
        .iter()
        .filter(|value| value.abs() > 0.4 * most)
        .map(|value| *value > 0.0)
        .collect();
    ways.dedup();
    ways.len()
}
