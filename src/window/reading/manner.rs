//! How a movement is done: how fast, how often, along which figure.

use super::arms::Arm;
use super::body::{Movement, averaged};
use super::legs::{Leg, turns};
use super::rhythm::comes_again;
use super::{Seen, soft};
use crate::skeleton::Joint;
use crate::window::geometry::{at, room, unwrapped};
use crate::window::statistics::{deviation, mean, quantile};
use glam::DVec3;

/// Frames on each side whose mean is the slow part of a movement: more than half a second.
const SLOW: usize = 12;

impl Movement {
    /// How it is done: how fast, how often, how far around, in which direction.
    pub(super) fn manner(&self, seen: &mut Seen) {
        let (_, one) = self.sharing();
        let ([arm, other], [leg, second]) = (&self.arms, &self.legs);
        let fastest = quantile(arm.speed.clone(), 0.97).max(quantile(leg.speed.clone(), 0.97));
        let widest = arm.room.max(leg.room);
        let beside = |first: &[f64], second: &[f64]| -> Vec<f64> {
            first.iter().zip(second).map(|(a, b)| a - b).collect()
        };
        let depth = |leg: &Leg| leg.ankle.iter().map(|ankle| ankle.z).collect::<Vec<_>>();
        let knees = beside(&leg.knee_height, &second.knee_height);
        let feet = beside(&depth(leg), &depth(second));
        let steps = turns(&knees).max(turns(&feet)) as f64;
        let still = 0.25 * quantile(arm.speed.clone(), 0.95).max(1.2);
        let held = arm.share(|frame| arm.speed[frame] < still && arm.raised[frame] > 0.5);
        let before = arm.share(|frame| arm.reach[frame].y > -0.7 && arm.reach[frame].z > 0.3);
        let figure = Figure::of(arm, self.rate);
        let apart = (arm.wrist.iter().zip(&other.wrist)).map(|(a, b)| a.distance(*b));
        let mut channels = vec![
            (apart.collect(), 0.1),
            (knees, 0.08),
            (feet, 0.12),
            (self.each(|pose| at(pose, Joint::SpineBase).y), 0.08),
        ];
        for arm in &self.arms {
            channels.extend((0..3).map(|axis| (arm.along(axis), 0.1)));
        }
        let again = |(values, least): &(Vec<f64>, f64)| comes_again(values, *least, self.rate);
        let again = channels.iter().map(again).fold(0.0, f64::max);
        seen.extend([
            ("fast", soft(fastest, 5.5, 0.9)),
            ("slow", soft(fastest, 2.0, -0.3) * soft(widest, 0.6, 0.1)),
            ("small_motion", soft(widest, 0.7, -0.1)),
            (
                "wide_swing",
                soft(widest, 1.6, 0.12) * soft(fastest, 4.5, 0.6),
            ),
            ("held_still", soft(held, 0.45, 0.08)),
            (
                "steps",
                soft(steps, 3.2, 0.5) * soft(leg.room.min(second.room), 0.22, 0.04),
            ),
            ("repeated", soft(again, 3.0, 0.6)),
            ("circular", figure.round()),
            ("sideways", figure.along(0, 0.45)),
            ("up_and_down", figure.along(1, 0.5)),
            (
                "draws_in_the_air",
                soft(before, 0.5, 0.08) * one * figure.wanders(),
            ),
        ]);
    }
}

/// The path of the livelier hand while it is raised.
pub(super) struct Figure {
    pub(super) reach: Vec<DVec3>,
    /// What is quick in it where it is raised most, so neither raising nor taking down; all of it where it hardly ever is.
    quick: Vec<DVec3>,
    /// Trunks.
    length: f64,
}

impl Figure {
    pub(super) fn of(arm: &Arm, rate: f64) -> Self {
        let raised = |share: f64| {
            let up = (share * quantile(arm.raised.clone(), 0.95)).max(0.5);
            let frames = 0..arm.reach.len();
            let raised: Vec<usize> = (frames.clone())
                .filter(|&frame| arm.raised[frame] > up)
                .collect();
            if raised.len() > 5 {
                raised
            } else {
                frames.collect()
            }
        };
        let (frames, slow) = (raised(0.45), averaged(&arm.reach, SLOW));
        Self {
            reach: frames.iter().map(|&frame| arm.reach[frame]).collect(),
            quick: (raised(0.7).into_iter())
                .map(|frame| arm.reach[frame] - slow[frame])
                .collect(),
            length: frames.iter().map(|&frame| arm.speed[frame]).sum::<f64>() / rate,
        }
    }

    /// Whether more than a share of it goes along an axis, and far.
    fn along(&self, axis: usize, share: f64) -> f64 {
        let energy: DVec3 = self.quick.iter().map(|quick| quick * quick).sum();
        let along: Vec<f64> = self.quick.iter().map(|quick| quick[axis]).collect();
        let of_all = energy[axis] / (energy.element_sum() + 1e-6);
        soft(of_all, share, 0.08) * soft(deviation(&along), 0.1, 0.03)
    }

    /// Whether it goes around its middle, seen from the front, at about the same distance.
    fn round(&self) -> f64 {
        let (rounds, even) = self.turns();
        soft(rounds.abs(), 0.7, 0.1) * even
    }

    /// How often it goes around its middle, from outward to up above 0, and whether that is a circle, 0 to 1.
    pub(super) fn turns(&self) -> (f64, f64) {
        let middle = self.reach.iter().sum::<DVec3>() / self.reach.len().max(1) as f64;
        let around: Vec<DVec3> = self.reach.iter().map(|reach| *reach - middle).collect();
        let distances: Vec<f64> = around.iter().map(|line| line.x.hypot(line.y)).collect();
        let angles = unwrapped(around.iter().map(|line| line.y.atan2(line.x)).collect());
        let turned = angles.last().zip(angles.first());
        let rounds = turned.map_or(0.0, |(last, first)| (last - first) / std::f64::consts::TAU);
        let uneven = deviation(&distances) / (mean(&distances) + 1e-6);
        let even = soft(uneven, 0.42, -0.06) * soft(room(&self.reach), 0.5, 0.1);
        (rounds, even)
    }

    /// Whether it is much longer than the room that it takes.
    fn wanders(&self) -> f64 {
        soft(self.length / (room(&self.reach) + 1e-6), 1.8, 0.2)
    }
}
