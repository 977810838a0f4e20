//! The demo performer: a person of ours, animated in code, for machines with no camera and no recordings.
//!
//! The same seed gives the same performance to the bit, with the noise of the sensor that it pretends to be seen by.

mod actions;
mod body;
mod gestures;
mod noise;
mod pose;
mod schedule;
mod sports;
mod whole_body;

use crate::capture::{CaptureError, Source};
use crate::skeleton::{Body, Frame};
use actions::ACTIONS;
use noise::Sensor;
use pose::Pose;
use schedule::{Moment, Schedule};
use std::f32::consts::TAU;

/// The rate of the sensor that the performer pretends to be seen by.
pub const FPS: f32 = 30.0;

/// The tracker id of the performer.
const BODY: u64 = 1;

/// An endless performance.
#[derive(Clone, Debug)]
pub struct Demo {
    schedule: Schedule,
    sensor: Sensor,
    frame: u64,
    now: Moment,
}

impl Demo {
    /// The performance of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            schedule: Schedule::new(seed),
            sensor: Sensor::new(seed),
            frame: 0,
            now: Moment::default(),
        }
    }

    /// What the newest frame shows: an action's phrase, or `None` between two actions.
    pub fn performing(&self) -> Option<&'static str> {
        self.now.action.map(|action| ACTIONS[action].phrase)
    }

    /// The phrases of everything that is performed, in the order of their first time.
    pub fn phrases() -> impl Iterator<Item = &'static str> {
        ACTIONS.iter().map(|action| action.phrase)
    }

    /// What a seed's performance shows at a timestamp, without playing it to there.
    pub fn performing_at(seed: u64, timestamp_micros: u64) -> Option<&'static str> {
        let mut schedule = Schedule::new(seed);
        let moment = schedule.at(timestamp_micros as f64 * 1e-6);
        moment.action.map(|action| ACTIONS[action].phrase)
    }

    /// The next frame; there always is one.
    pub fn perform(&mut self) -> Frame {
        let seconds = self.frame as f64 / f64::from(FPS);
        self.now = self.schedule.at(seconds);
        let mut pose = match self.now.action {
            Some(action) => (ACTIONS[action].pose)(self.now.seconds),
            None => self.now.stance.pose(),
        };
        if self.now.mirrored {
            pose = pose.mirrored();
        }
        live(&mut pose, seconds);
        let (joints, tracking) = self.sensor.see(&body::joints(&pose));
        let frame = Frame {
            timestamp_micros: (seconds * 1e6).round() as u64,
            bodies: vec![Body {
                id: BODY,
                joints,
                tracking,
            }],
        };
        self.frame += 1;
        frame
    }
}

impl Source for Demo {
    fn name(&self) -> String {
        "demo".to_owned()
    }

    fn fps(&self) -> f32 {
        FPS
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        Ok(Some(self.perform()))
    }
}

/// What nobody can help doing: breathing, swaying, looking about, arms that are never quite still.
fn live(pose: &mut Pose, seconds: f64) {
    // Periods that have no common multiple, so that it never looks repeated.
    let wave = |period: f64, phase: f32| ((seconds / period).fract() as f32 * TAU + phase).sin();
    let breath = wave(4.1, 0.0);
    pose.bend -= 0.7 * breath;
    pose.shrug += 0.004 * breath;
    let weight = 0.6 * wave(9.7, 1.0) + 0.4 * wave(5.3, 2.0);
    pose.hips.x += 0.014 * weight;
    pose.hips.z += 0.008 * wave(7.9, 0.5);
    pose.sway -= 0.9 * weight;
    pose.lean += 1.0 * weight;
    pose.turn += 1.6 * wave(13.1, 0.3);
    pose.look += 4.0 * wave(11.3, 2.2) + 2.0 * wave(6.1, 0.9);
    pose.nod += 1.6 * wave(7.3, 1.7);
    for (arm, phase) in pose.arms.iter_mut().zip([0.0, 2.1]) {
        arm.hand.x += 0.005 * wave(5.9, phase);
        arm.hand.z += 0.009 * wave(6.7, phase + 1.0);
        arm.flex += 4.0 * wave(8.3, phase);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::DEMO_SEED;
    use crate::skeleton::{BONES, JOINT_COUNT, Joint, Tracking};

    #[test]
    fn the_demo_is_the_same_every_time_and_says_what_it_performs() {
        let (mut once, mut again, mut other) = (Demo::new(5), Demo::new(5), Demo::new(6));
        let mut phrases = Vec::new();
        let mut differs = false;
        for _ in 0..9000 {
            let frame = once.perform();
            assert_eq!(frame, again.perform());
            differs |= frame != other.perform();
            assert_eq!(
                once.performing(),
                Demo::performing_at(5, frame.timestamp_micros)
            );
            phrases.extend(
                once.performing()
                    .filter(|phrase| phrases.last() != Some(phrase)),
            );
        }
        assert!(differs);
        let first: Vec<&str> = Demo::phrases().collect();
        assert!(first.len() >= 12);
        assert_eq!(phrases[..first.len()], first);
        assert_eq!(Demo::performing_at(5, 0), None);
    }

    #[test]
    fn the_demo_performer_is_a_person_seen_by_a_sensor() {
        let mut source = crate::capture::open(&crate::capture::SourceSpec::Demo).unwrap();
        assert_eq!((source.name(), source.fps()), ("demo".to_owned(), 30.0));
        let mut truth = Demo::new(DEMO_SEED);
        let mut lengths = vec![Vec::new(); BONES.len()];
        let (mut inferred, mut joints) = (0, 0);
        for index in 0..6000_u64 {
            let frame = source.next_frame().unwrap().unwrap();
            assert_eq!(frame, truth.perform());
            assert_eq!(
                frame.timestamp_micros,
                (index as f64 * 1e6 / 30.0).round() as u64
            );
            let body = &frame.bodies[0];
            assert!(body.is_finite() && (2.0..3.2).contains(&body.joint(Joint::SpineBase)[2]));
            inferred += body
                .tracking
                .iter()
                .filter(|state| **state != Tracking::Tracked)
                .count();
            joints += JOINT_COUNT;
            for ((child, parent), lengths) in BONES.into_iter().zip(&mut lengths) {
                let (child, parent) = (body.joint(child), body.joint(parent));
                let square: f32 = (0..3)
                    .map(|axis| (child[axis] - parent[axis]).powi(2))
                    .sum();
                lengths.push(square.sqrt());
            }
        }
        let share = inferred as f64 / joints as f64;
        assert!(
            (0.002..0.1).contains(&share),
            "{share} of the joints are guessed"
        );
        for ((child, _), lengths) in BONES.into_iter().zip(&lengths) {
            let mean = lengths.iter().sum::<f32>() / lengths.len() as f32;
            let deviation = lengths
                .iter()
                .map(|length| (length - mean).powi(2))
                .sum::<f32>()
                / lengths.len() as f32;
            let deviation = deviation.sqrt();
            // A sensor's noise, of millimetres, and no more.
            assert!(
                (0.0008..0.015).contains(&deviation),
                "{child:?}: {deviation} m"
            );
        }
    }
}
