//! What arms say: where hands are, and what they come near.

use super::body::{Movement, change, each, fall, rise};
use super::{Seen, soft};
use crate::skeleton::Joint;
use crate::window::geometry::{Pose, Side, angle, at, lengths, room, velocities};
use crate::window::statistics::{mean, median, quantile};
use glam::DVec3;

/// Where a hanging hand is from its shoulder: outward, up, forward, in trunks.
const HANGING: DVec3 = DVec3::new(0.1, -0.95, 0.05);

/// An arm over time, trunks and seconds, mirrored so that outward is outward on both sides.
pub(super) struct Arm {
    /// +1 the left one, -1 the right.
    pub(super) outward: f64,
    /// From the shoulder to the wrist.
    pub(super) reach: Vec<DVec3>,
    pub(super) speed: Vec<f64>,
    /// How much the arm has to do with what is done: by where it is held all the time, and by how far it moves in a second.
    pub(super) work: f64,
    /// How far the wrist is from where it hangs.
    pub(super) raised: Vec<f64>,
    /// The diagonal of the room that the wrist takes, beside its shoulder.
    pub(super) room: f64,
    /// The elbow's angle, 0 folded to pi stretched.
    elbow: Vec<f64>,
    pub(super) wrist: Vec<DVec3>,
    /// How near the wrist is to the head, to the front of the face, to the trunk, to the other shoulder, to knees and ankles.
    head: Vec<f64>,
    face: Vec<f64>,
    trunk: Vec<f64>,
    other: Vec<f64>,
    legs: Vec<f64>,
}

impl Arm {
    pub(super) fn of(places: &[Pose], side: &Side, rate: f64) -> Self {
        let outward = DVec3::new(side.outward, 1.0, 1.0);
        let reach: Vec<DVec3> = (places.iter())
            .map(|pose| (at(pose, side.wrist) - at(pose, side.shoulder)) * outward)
            .collect();
        let raised: Vec<f64> = reach.iter().map(|reach| reach.distance(HANGING)).collect();
        let speed = lengths(&velocities(&reach, rate));
        let wrist: Vec<DVec3> = places.iter().map(|pose| at(pose, side.wrist)).collect();
        let nearest = |joints: &[Joint]| {
            each(places, |pose| {
                let distance = |joint: &Joint| at(pose, side.wrist).distance(at(pose, *joint));
                joints.iter().map(distance).fold(f64::INFINITY, f64::min)
            })
        };
        let other = if side.outward > 0.0 {
            Joint::ShoulderRight
        } else {
            Joint::ShoulderLeft
        };
        let mouth = DVec3::new(0.0, -0.05, 0.2);
        Self {
            outward: side.outward,
            work: mean(&raised) + mean(&speed),
            speed,
            room: room(&reach),
            elbow: each(places, |pose| {
                angle(pose, side.shoulder, side.elbow, side.wrist)
            }),
            head: nearest(&[Joint::Head]),
            face: each(places, |pose| {
                at(pose, side.wrist).distance(at(pose, Joint::Head) + mouth)
            }),
            trunk: nearest(&[
                Joint::SpineBase,
                Joint::SpineMid,
                Joint::HipLeft,
                Joint::HipRight,
            ]),
            other: nearest(&[other]),
            legs: nearest(&[
                Joint::KneeLeft,
                Joint::KneeRight,
                Joint::AnkleLeft,
                Joint::AnkleRight,
            ]),
            raised,
            wrist,
            reach,
        }
    }

    /// The elbow's angle where the arm is raised most.
    fn bend(&self) -> f64 {
        let up = 0.8 * quantile(self.raised.clone(), 0.95);
        let raised = self.elbow.iter().zip(&self.raised);
        let raised = raised.filter(|(_, raised)| **raised >= up);
        median(raised.map(|(elbow, _)| *elbow).collect())
    }

    /// One axis of where the wrist is from its shoulder.
    pub(super) fn along(&self, axis: usize) -> Vec<f64> {
        self.reach.iter().map(|reach| reach[axis]).collect()
    }

    /// The share of frames in which this holds.
    pub(super) fn share(&self, holds: impl Fn(usize) -> bool) -> f64 {
        let frames = self.reach.len();
        (0..frames).filter(|&frame| holds(frame)).count() as f64 / frames.max(1) as f64
    }
}

impl Movement {
    /// How much both arms work, and one alone, each 0 to 1.
    pub(super) fn sharing(&self) -> (f64, f64) {
        let [most, least] = self.arms.each_ref().map(|arm| arm.work);
        let both = soft(least / (most + 1e-6), 0.65, 0.1);
        let busy = self.busy();
        (busy * both, busy * (1.0 - both))
    }

    /// Whether arms have anything to do with it, 0 to 1: one works, or is held up.
    pub(super) fn busy(&self) -> f64 {
        let lively = &self.arms[0];
        soft(lively.work, 1.4, 0.2).max(soft(median(lively.raised.clone()), 0.8, 0.1))
    }

    /// The largest of both arms' values.
    fn most(&self, value: impl Fn(&Arm) -> f64) -> f64 {
        self.arms
            .iter()
            .map(value)
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// The smallest of both arms' values.
    fn least(&self, value: impl Fn(&Arm) -> f64) -> f64 {
        self.arms.iter().map(value).fold(f64::INFINITY, f64::min)
    }

    /// Where hands are and what they come near.
    pub(super) fn arms(&self, seen: &mut Seen) {
        let (both, one) = self.sharing();
        let [lively, other] = &self.arms;
        let above_head = |arm: &Arm| {
            let above = |(wrist, pose): (&DVec3, &Pose)| wrist.y - at(pose, Joint::Head).y;
            quantile(arm.wrist.iter().zip(&self.places).map(above).collect(), 0.9)
        };
        let level = |arm: &Arm| arm.share(|frame| (-0.45..0.55).contains(&arm.reach[frame].y));
        let low = |arm: &Arm| {
            let above = |wrist: &DVec3| (wrist.y - self.floor) / self.leg;
            quantile(arm.wrist.iter().map(above).collect(), 0.03)
        };
        let behind = |arm: &Arm| {
            let middle = |pose: &Pose| {
                (at(pose, Joint::SpineShoulder).z + at(pose, Joint::SpineBase).z) / 2.0
            };
            let before = |(wrist, pose): (&DVec3, &Pose)| wrist.z - middle(pose);
            quantile(
                arm.wrist.iter().zip(&self.places).map(before).collect(),
                0.05,
            )
        };
        let touches = |arm: &Arm| {
            arm.share(|frame| {
                (arm.trunk[frame] < 0.5 || arm.other[frame] < 0.4) && arm.elbow[frame] < 2.2
            })
        };
        let stretched =
            |arm: &Arm| arm.share(|frame| arm.reach[frame].x > 0.75 && arm.elbow[frame] > 2.3);
        let apart = |frame: usize| lively.wrist[frame].distance(other.wrist[frame]);
        let joined = lively.share(|frame| {
            apart(frame) < 0.5 && lively.raised[frame] > 0.4 && other.raised[frame] > 0.4
        });
        let away: Vec<f64> = (lively.reach.iter())
            .map(|reach| (*reach * DVec3::new(1.0, 0.3, 1.0)).length())
            .collect();
        let ends = (self.places.len() / 10).max(1);
        let climbs = self.arms.each_ref().map(|arm| change(&arm.along(1), ends));
        let climb = if climbs[1].abs() > climbs[0].abs() {
            climbs[1]
        } else {
            climbs[0]
        };
        let work: f64 = self.arms.iter().map(|arm| arm.work).sum();
        let bend = (self.arms.iter())
            .map(|arm| arm.work * arm.bend())
            .sum::<f64>();
        seen.extend([
            ("both_arms", both),
            ("one_arm", one),
            ("hands_overhead", soft(self.most(above_head), 0.1, 0.12)),
            (
                "hands_at_shoulder_height",
                soft(self.most(level), 0.25, 0.07),
            ),
            ("hands_low", soft(self.least(low), 0.62, -0.09)),
            (
                "reaches_forward",
                soft(self.most(|arm| quantile(arm.along(2), 0.95)), 0.95, 0.1),
            ),
            (
                "crosses_midline",
                soft(self.least(|arm| quantile(arm.along(0), 0.04)), -0.6, -0.08),
            ),
            (
                "hand_behind",
                soft(self.least(behind), -0.5, -0.08) * (1.0 - 0.5 * self.travels),
            ),
            (
                "hand_to_head",
                soft(
                    self.least(|arm| quantile(arm.head.clone(), 0.06)),
                    0.5,
                    -0.06,
                ),
            ),
            (
                "hand_to_mouth",
                soft(
                    self.least(|arm| quantile(arm.face.clone(), 0.06)),
                    0.45,
                    -0.06,
                ),
            ),
            (
                "hands_to_legs",
                soft(
                    self.least(|arm| quantile(arm.legs.clone(), 0.06)),
                    0.4,
                    -0.06,
                ),
            ),
            ("hands_on_own_body", soft(self.most(touches), 0.4, 0.08)),
            ("hands_together", soft(joined, 0.15, 0.05)),
            ("arms_outstretched", soft(self.most(stretched), 0.25, 0.06)),
            ("arms_bent", soft(bend / (work + 1e-6), 1.9, -0.15)),
            ("pulls_in", soft(fall(&away) - rise(&away), 0.35, 0.08)),
            ("hands_rise", soft(climb, 0.35, 0.08)),
            ("hands_fall", soft(-climb, 0.35, 0.08)),
            ("symmetric", self.mirrored() * both),
        ]);
    }

    /// Whether the hands are, or move, as in a mirror, 0 to 1.
    fn mirrored(&self) -> f64 {
        let beside = |joint: Joint, from: Joint| -> Vec<DVec3> {
            let line = |pose: &Pose| at(pose, joint) - at(pose, from);
            self.places.iter().map(line).collect()
        };
        let mirror = DVec3::new(-1.0, 1.0, 1.0);
        let moves = |joint| velocities(&beside(joint, Joint::SpineShoulder), 1.0);
        let (left, right) = (moves(Joint::WristLeft), moves(Joint::WristRight));
        let energy = |moves: &[DVec3]| moves.iter().map(|step| step.length_squared()).sum::<f64>();
        let both: f64 = left
            .iter()
            .zip(&right)
            .map(|(a, b)| (*a * mirror).dot(*b))
            .sum();
        let alike = both / ((energy(&left) * energy(&right)).sqrt() + 1e-6);
        let left = beside(Joint::WristLeft, Joint::ShoulderLeft);
        let right = beside(Joint::WristRight, Joint::ShoulderRight);
        let unlike = left
            .iter()
            .zip(&right)
            .map(|(a, b)| (*a * mirror).distance(*b));
        soft(alike, 0.6, 0.08).max(soft(median(unlike.collect()), 0.35, -0.06))
    }
}
