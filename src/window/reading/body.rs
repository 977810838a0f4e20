//! A body in its own axes, and what its trunk, its hips and its place in the room say.

use super::{Seen, soft};
use crate::skeleton::{Joint, Joints};
use crate::window::geometry::{
    LEFT, Pose, RIGHT, at, in_view, shoulders, unwrapped, within_half_turn,
};
use crate::window::reading::arms::Arm;
use crate::window::reading::legs::Leg;
use crate::window::statistics::{deviation, extent, median, quantile};
use glam::{DMat3, DVec3};
use std::f64::consts::PI;
use std::iter::Sum;
use std::ops::Div;

/// Frames on each side over which the way that a body faces is averaged.
const FACING: usize = 8;

/// A line across the body that is no longer than this as seen from above, trunks, belongs to somebody who lies on a side and
/// tells nothing of where he faces.
const FLAT: f64 = 0.15;

/// A body in its own axes at every moment: x to its left, y up, z forward, from below its spine base, in trunks.
pub(super) struct Movement {
    pub(super) places: Vec<Pose>,
    /// Frames a second.
    pub(super) rate: f64,
    /// How far the spine base has gone, by the body's axes of each moment: x to its left, z forward, trunks.
    pub(super) gone: Vec<DVec3>,
    /// How far the body goes through the room: 0 on the spot, 1 elsewhere.
    pub(super) travels: f64,
    /// How far the upper body bends to the front, 0 to 1.
    pub(super) bends: f64,
    /// Which way the shoulders face, radians, without jumps; more is farther to the right.
    pub(super) yaw: Vec<f64>,
    /// The shoulders' turn against the hips, radians.
    twist: Vec<f64>,
    /// Thigh and shin, trunks.
    pub(super) leg: f64,
    /// Where the feet stand.
    pub(super) floor: f64,
    /// How high the spine base is above the lower ankle, in legs: about 1 of somebody who stands.
    pub(super) stands: Vec<f64>,
    /// How far the trunk leans to the front, radians.
    forward: Vec<f64>,
    /// How far the trunk leans to its left, radians.
    pub(super) sideways: Vec<f64>,
    /// The livelier arm first.
    pub(super) arms: [Arm; 2],
    /// The livelier leg first.
    pub(super) legs: [Leg; 2],
}

impl Movement {
    /// `None` of nobody, and of a body without extent.
    pub(super) fn of(track: &[Joints], rate: f64) -> Option<Self> {
        let (mut places, size) = in_view(track);
        if places.is_empty() || size < 1e-3 {
            return None;
        }
        for place in places.iter_mut().flatten() {
            *place /= size;
        }
        let yaw = unwrapped(facing(places.iter().map(shoulders)));
        let hips = unwrapped(facing(places.iter().map(hips_line)));
        let twist = (yaw.iter().zip(&hips))
            .map(|(shoulders, hips)| within_half_turn(shoulders - hips))
            .collect();
        let flat = DVec3::new(1.0, 0.0, 1.0);
        let ground: Vec<DVec3> = (places.iter())
            .map(|pose| at(pose, Joint::SpineBase) * flat)
            .collect();
        let across: Vec<DVec3> = (places.iter())
            .map(|pose| (shoulders(pose) + hips_line(pose)) * flat)
            .collect();
        let mut left = DVec3::NEG_X;
        let (mut gone, mut before) = (Vec::with_capacity(ground.len()), ground.first().copied());
        for ((pose, ground), across) in
            (places.iter_mut().zip(&ground)).zip(averaged(&across, FACING))
        {
            if across.length() > FLAT {
                left = across.normalize();
            }
            let own = DMat3::from_cols(left, DVec3::Y, left.cross(DVec3::Y)).transpose();
            *pose = pose.map(|place| own * (place - *ground));
            let step = own * (*ground - before.replace(*ground).unwrap_or_default());
            gone.push(gone.last().copied().unwrap_or_default() + step);
        }
        let bones = |pose: &Pose| {
            let [left, right] = [&LEFT, &RIGHT].map(|side| {
                let knee = at(pose, side.knee);
                at(pose, side.hip).distance(knee) + knee.distance(at(pose, side.ankle))
            });
            (left + right) / 2.0
        };
        let leg = median(places.iter().map(bones).collect()).max(1e-3);
        let ankle = each(&places, |pose| {
            at(pose, Joint::AnkleLeft)
                .y
                .min(at(pose, Joint::AnkleRight).y)
        });
        let stands = (places.iter().zip(&ankle))
            .map(|(pose, ankle)| (at(pose, Joint::SpineBase).y - ankle) / leg)
            .collect();
        let leaning: Vec<DVec3> = places.iter().map(lean).collect();
        let forward = tilt(&leaning, |line| line.z);
        let usual = median(forward.clone()).min(0.15);
        let (x, z): (Vec<f64>, Vec<f64>) = ground.iter().map(|place| (place.x, place.z)).unzip();
        let mut arms = [&LEFT, &RIGHT].map(|side| Arm::of(&places, side, rate));
        arms.sort_by(|a, b| b.work.total_cmp(&a.work));
        let mut legs = [&LEFT, &RIGHT].map(|side| Leg::of(&places, side, rate));
        legs.sort_by(|a, b| b.room.total_cmp(&a.room));
        Some(Self {
            rate,
            travels: soft(extent(&x).hypot(extent(&z)), 1.1, 0.2),
            bends: soft(quantile(forward.clone(), 0.95) - usual, 0.55, 0.1),
            gone,
            yaw,
            twist,
            leg,
            floor: quantile(ankle, 0.1),
            stands,
            forward,
            sideways: tilt(&leaning, |line| line.x),
            arms,
            legs,
            places,
        })
    }

    /// A value of every frame.
    pub(super) fn each(&self, value: impl Fn(&Pose) -> f64) -> Vec<f64> {
        each(&self.places, value)
    }

    /// Bending, leaning, twisting, and what the head does by itself.
    pub(super) fn trunk(&self, seen: &mut Seen) {
        let bends = self.bends;
        let range =
            |values: &[f64]| quantile(values.to_vec(), 0.95) - quantile(values.to_vec(), 0.05);
        let turn = range(&self.yaw);
        // Trackers lose the shoulders of somebody who bends or walks away.
        let trusted = (1.0 - 0.8 * self.travels) * (1.0 - 0.6 * bends);
        let twists =
            soft(range(&self.twist), 0.7, 0.12).max(soft(turn, 0.9, 0.12) * soft(turn, 2.0, -0.2));
        // A camera that looks up makes everybody lean.
        let always = median(self.forward.clone()).min(0.0);
        let back = quantile(self.forward.clone(), 0.06) - 0.5 * always;
        let aside = self.sideways.iter().map(|lean| lean.abs()).collect();
        let head: Vec<DVec3> = (self.places.iter())
            .map(|pose| {
                (at(pose, Joint::Head) - at(pose, Joint::Neck)).normalize_or_zero() - lean(pose)
            })
            .collect();
        let wags = [0, 1, 2]
            .map(|axis| deviation(&head.iter().map(|line| line[axis]).collect::<Vec<_>>()).powi(2));
        seen.extend([
            ("torso_bends_forward", bends),
            ("torso_leans_back", soft(back, -0.25, -0.05)),
            (
                "torso_leans_sideways",
                soft(quantile(aside, 0.9), 0.3, 0.05) * (1.0 - bends),
            ),
            ("torso_twists", twists * trusted),
            ("turns_around", soft(extent(&self.yaw), 2.6, 0.25)),
            (
                "head_moves",
                soft(wags.iter().sum::<f64>().sqrt(), 0.3, 0.04) * (1.0 - bends),
            ),
        ]);
    }

    /// Down, up, off the floor and through the room.
    pub(super) fn way(&self, seen: &mut Seen) {
        let travels = self.travels;
        let ends = (self.stands.len() / 8).max(1);
        let net = change(&self.stands, ends);
        let (falls, rises) = (fall(&self.stands), rise(&self.stands));
        // Coming up again after going down is no rising, unless one ends up higher.
        let again = if net < 0.1 { 0.5 * falls } else { 0.0 };
        let above = |heights: Vec<f64>| {
            let usual = median(heights.clone());
            heights.into_iter().map(move |height| height - usual)
        };
        let height = |joint: Joint| above(self.each(|pose| at(pose, joint).y));
        let air: Vec<f64> = height(Joint::AnkleLeft)
            .zip(height(Joint::AnkleRight))
            .zip(height(Joint::SpineBase))
            .zip(height(Joint::Head))
            .map(|(((left, right), base), head)| left.min(right).min(base).min(head))
            .collect();
        // For three frames or nearly: one alone is the tracker's.
        let share = 1.0 - 2.0 / air.len().max(2) as f64;
        let jump = quantile(air, share);
        let head = self.each(|pose| (at(pose, Joint::Head).y - self.floor) / (self.leg + 1.5));
        seen.extend([
            ("hips_lower", soft(falls - 0.5 * net.max(0.0), 0.22, 0.05)),
            (
                "hips_rise",
                soft(rises - (-net).max(0.0) - again, 0.2, 0.05),
            ),
            ("hips_low", soft(median(self.stands.clone()), 0.8, -0.05)),
            ("body_on_floor", soft(median(head), 0.45, -0.05)),
            ("jumps", soft(jump, 0.13, 0.03) * (1.0 - 0.8 * travels)),
            ("travels", travels),
        ]);
    }
}

/// A value of every frame.
pub(super) fn each(places: &[Pose], value: impl Fn(&Pose) -> f64) -> Vec<f64> {
    places.iter().map(value).collect()
}

/// The most that a value rises at any time after any other.
pub(super) fn rise(values: &[f64]) -> f64 {
    let mut lowest = f64::INFINITY;
    values.iter().fold(0.0, |most, value| {
        lowest = lowest.min(*value);
        f64::max(most, value - lowest)
    })
}

/// The most that a value falls.
pub(super) fn fall(values: &[f64]) -> f64 {
    let turned: Vec<f64> = values.iter().map(|value| -value).collect();
    rise(&turned)
}

/// From the first so many frames to as many at the end.
pub(super) fn change(values: &[f64], ends: usize) -> f64 {
    let ends = ends.min(values.len());
    median(values[values.len() - ends..].to_vec()) - median(values[..ends].to_vec())
}

/// Each value's mean over its neighbours in time; the ends are held.
pub(super) fn averaged<T>(values: &[T], around: usize) -> Vec<T>
where
    T: Copy + Sum + Div<f64, Output = T>,
{
    let last = values.len().saturating_sub(1);
    let mean = |frame: usize| {
        let near = frame..=frame + 2 * around;
        let sum: T = near
            .map(|near| values[near.saturating_sub(around).min(last)])
            .sum();
        sum / (2 * around + 1) as f64
    };
    (0..values.len()).map(mean).collect()
}

/// From spine base to shoulders, of length 1.
fn lean(pose: &Pose) -> DVec3 {
    (at(pose, Joint::SpineShoulder) - at(pose, Joint::SpineBase)).normalize_or_zero()
}

/// How far lines tilt along an axis, radians.
fn tilt(lines: &[DVec3], axis: fn(&DVec3) -> f64) -> Vec<f64> {
    lines
        .iter()
        .map(|line| axis(line).atan2(line.y.max(0.05)))
        .collect()
}

fn hips_line(pose: &Pose) -> DVec3 {
    at(pose, Joint::HipLeft) - at(pose, Joint::HipRight)
}

/// Which way lines point as seen from above, radians; one that points up or down goes on as the one before.
fn facing(lines: impl Iterator<Item = DVec3>) -> Vec<f64> {
    let mut angle = PI;
    lines
        .map(|line| {
            if line.x.hypot(line.z) > FLAT {
                angle = line.z.atan2(line.x);
            }
            angle
        })
        .collect()
}
