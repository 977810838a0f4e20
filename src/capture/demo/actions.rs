//! What the demo performer can do: each action as a pose for every moment of it.

use crate::capture::demo::pose::Pose;
use crate::capture::demo::{gestures, sports, whole_body};

/// Where an action begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stance {
    Standing,
    Seated,
}

impl Stance {
    /// The pose between actions.
    pub(super) const fn pose(self) -> Pose {
        match self {
            Self::Standing => Pose::STANDING,
            Self::Seated => Pose::SEATED,
        }
    }
}

/// One action.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    /// What it is called.
    pub(super) phrase: &'static str,
    /// How long it takes at a normal pace.
    pub(super) seconds: f32,
    /// The pose at a moment of it; at both ends that of the stances.
    pub(super) pose: fn(f32) -> Pose,
    /// Where it begins.
    pub(super) from: Stance,
    /// Where it ends.
    pub(super) to: Stance,
    /// Whether it may be done with the other hand or foot.
    pub(super) either_side: bool,
}

const fn standing(phrase: &'static str, seconds: f32, pose: fn(f32) -> Pose) -> Action {
    Action {
        phrase,
        seconds,
        pose,
        from: Stance::Standing,
        to: Stance::Standing,
        either_side: true,
    }
}

/// All actions; the first ones open every performance, in this order.
pub(super) const ACTIONS: [Action; 22] = [
    standing("wave hand", 3.4, gestures::wave_hand),
    standing("jump up", 4.2, whole_body::jump_up),
    standing("punch", 3.6, sports::punch),
    Action {
        to: Stance::Seated,
        ..standing("sit down", 2.5, whole_body::sit_down)
    },
    Action {
        from: Stance::Seated,
        ..standing("stand up", 2.4, whole_body::stand_up)
    },
    standing("draw circle", 4.4, gestures::draw_circle),
    Action {
        either_side: false,
        ..standing("swing golf club", 4.2, sports::swing_golf_club)
    },
    standing("clap hands", 3.4, gestures::clap_hands),
    standing("kick forward", 2.7, sports::kick_forward),
    standing("walk in place", 5.2, whole_body::walk_in_place),
    standing("throw ball", 3.0, sports::throw_ball),
    standing("bow", 3.4, whole_body::bow),
    standing("raise both hands", 3.4, gestures::raise_both_hands),
    standing("twist hips", 4.4, whole_body::twist_hips),
    standing("salute", 3.0, gestures::salute),
    standing("squat", 4.4, whole_body::squat),
    standing("wave two hands", 3.6, gestures::wave_two_hands),
    standing("swing tennis racket", 3.0, sports::swing_tennis_racket),
    standing("lift leg to the side", 3.4, sports::lift_leg_to_the_side),
    standing("fly like an airplane", 4.8, gestures::fly_like_an_airplane),
    standing("drink from a cup", 3.6, gestures::drink_from_a_cup),
    standing("do jumping jacks", 4.6, sports::do_jumping_jacks),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::demo::body::joints;
    use crate::skeleton::{BONES, Joints};

    fn distance(joints: &Joints, a: usize, b: usize) -> f32 {
        (0..3)
            .map(|axis| (joints[a][axis] - joints[b][axis]).powi(2))
            .sum::<f32>()
            .sqrt()
    }

    #[test]
    fn actions_begin_and_end_in_their_stances() {
        for action in ACTIONS {
            for (t, stance) in [(0.0, action.from), (action.seconds, action.to)] {
                let (pose, rest) = (joints(&(action.pose)(t)), joints(&stance.pose()));
                for (a, b) in pose.as_flattened().iter().zip(rest.as_flattened()) {
                    assert!((a - b).abs() < 1e-3, "{} at {t}: {a} {b}", action.phrase);
                }
            }
        }
    }

    #[test]
    fn limbs_keep_their_lengths_and_nobody_moves_faster_than_people_do() {
        let rest = joints(&Pose::STANDING);
        for action in ACTIONS {
            let mut before = joints(&(action.pose)(0.0));
            for frame in 1..=(action.seconds * 30.0) as usize {
                let now = joints(&(action.pose)(frame as f32 / 30.0));
                for (child, parent) in BONES {
                    let (child, parent) = (child as usize, parent as usize);
                    let stretch =
                        (distance(&now, child, parent) - distance(&rest, child, parent)).abs();
                    // Only the middle of the back bends within a bone.
                    assert!(
                        stretch < 0.002,
                        "{} frame {frame}: {child} by {stretch}",
                        action.phrase
                    );
                }
                for joint in 0..rest.len() {
                    let speed = (0..3)
                        .map(|axis| (now[joint][axis] - before[joint][axis]).powi(2))
                        .sum::<f32>()
                        .sqrt()
                        * 30.0;
                    assert!(
                        speed < 11.0,
                        "{} frame {frame}: joint {joint} at {speed} m/s",
                        action.phrase
                    );
                }
                before = now;
            }
        }
    }

    #[test]
    fn nobody_sinks_into_the_floor() {
        for action in ACTIONS {
            for frame in 0..=(action.seconds * 30.0) as usize {
                let joints = joints(&(action.pose)(frame as f32 / 30.0));
                let lowest = joints
                    .iter()
                    .map(|joint| joint[1])
                    .fold(f32::INFINITY, f32::min);
                assert!(
                    lowest > -0.95 - 0.02,
                    "{} frame {frame}: {lowest}",
                    action.phrase
                );
            }
        }
    }
}
