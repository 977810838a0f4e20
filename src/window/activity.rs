//! Tells acting from idle by how fast the limbs move, and finds where an action began.

use crate::skeleton::{Body, Joint, Joints, Tracking};
use crate::window::misplaced;
use crate::window::sliding::continues;
use std::collections::VecDeque;

/// Joints that move together; a limb's speed is their mean, so that one joint that flickers does not count for much.
const LIMBS: [&[Joint]; 5] = [
    &[Joint::ElbowLeft, Joint::WristLeft, Joint::HandLeft],
    &[Joint::ElbowRight, Joint::WristRight, Joint::HandRight],
    &[Joint::KneeLeft, Joint::AnkleLeft],
    &[Joint::KneeRight, Joint::AnkleRight],
    &[
        Joint::SpineBase,
        Joint::SpineMid,
        Joint::SpineShoulder,
        Joint::Head,
    ],
];

/// Positions are smoothed with this time constant before their speed is taken, seconds.
const SMOOTHING_SECONDS: f32 = 0.08;

/// A speed is taken over this time, which averages the sensor's noise out, seconds.
const SPEED_SECONDS: f32 = 0.2;

/// An action's start is looked for this far before it became fast, microseconds.
const RUN_UP_MICROS: u64 = 1_200_000;

/// Whether a body does anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// Standing or sitting still.
    #[default]
    Idle,
    /// In the middle of an action.
    Acting,
}

/// Where idle ends and acting begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivityConfig {
    /// A limb faster than this acts, metres per second.
    pub start_speed: f32,
    /// All limbs slower than this are idle, metres per second.
    pub stop_speed: f32,
    /// Fast for this long before it counts, seconds.
    pub start_seconds: f32,
    /// Slow for this long before the action is over, seconds.
    pub stop_seconds: f32,
    /// No action is shorter, seconds.
    pub shortest_action_seconds: f32,
}

impl Default for ActivityConfig {
    /// Between the sway and noise of somebody who stands and the slowest actions of the recorded data sets.
    fn default() -> Self {
        Self {
            start_speed: 0.3,
            stop_speed: 0.16,
            start_seconds: 0.1,
            stop_seconds: 0.5,
            shortest_action_seconds: 0.5,
        }
    }
}

/// What a body does at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ActivityState {
    /// Idle or acting.
    pub activity: Activity,
    /// When that began on the device's clock: an action from its first movement.
    pub since_micros: u64,
    /// The fastest limb's speed, metres per second.
    pub speed: f32,
}

/// Follows one body.
#[derive(Clone, Debug, Default)]
pub struct ActivityDetector {
    config: ActivityConfig,
    state: ActivityState,
    /// Time and smoothed joints of the last moments.
    smoothed: VecDeque<(u64, Joints)>,
    /// Time and joints as they came, the last three.
    raw: VecDeque<(u64, Joints)>,
    /// Time and speed of the last moments.
    speeds: VecDeque<(u64, f32)>,
    /// Since when the speed is beyond the threshold that would change the state.
    pending_since: Option<u64>,
}

impl ActivityDetector {
    /// A detector that has seen nothing yet.
    pub fn new(config: ActivityConfig) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// What was found last.
    pub fn state(&self) -> ActivityState {
        self.state
    }

    /// Takes the body as it is at a moment of the device's clock.
    ///
    /// Gaps, jumps and time that runs backwards begin anew, idle; a body that is not of numbers changes nothing.
    pub fn push(&mut self, body: &Body, timestamp_micros: u64) -> ActivityState {
        let newest = self.raw.back();
        if misplaced(&body.joints).is_some()
            || newest.is_some_and(|(time, _)| *time == timestamp_micros)
        {
            return self.state;
        }
        let goes_on = newest
            .is_some_and(|(time, joints)| continues(*time, joints, timestamp_micros, &body.joints));
        if !goes_on {
            *self = Self::new(self.config);
            self.state.since_micros = timestamp_micros;
        }
        if self.raw.len() == 3 {
            self.raw.pop_front();
        }
        self.raw.push_back((timestamp_micros, body.joints));
        self.smooth(body, timestamp_micros);
        self.state.speed = self.speed(timestamp_micros);
        self.speeds.push_back((timestamp_micros, self.state.speed));
        let oldest = timestamp_micros.saturating_sub(RUN_UP_MICROS);
        while self.speeds.front().is_some_and(|(time, _)| *time < oldest) {
            self.speeds.pop_front();
        }
        self.decide(timestamp_micros);
        self.state
    }

    /// Takes the median of three, so that a position that is wrong once is not seen at all, and smooths it.
    fn smooth(&mut self, body: &Body, now: u64) {
        let [(_, first), (_, second), (_, third)] = self.raw.make_contiguous() else {
            return;
        };
        let mut joints = *second;
        let values = joints.as_flattened_mut().iter_mut();
        for ((value, a), b) in values.zip(first.as_flattened()).zip(third.as_flattened()) {
            *value = value.clamp(a.min(*b), a.max(*b));
        }
        if let Some((time, last)) = self.smoothed.back() {
            let part = 1.0 - (-seconds(*time, now) / SMOOTHING_SECONDS).exp();
            for ((joint, last), tracking) in joints.iter_mut().zip(last).zip(body.tracking) {
                // A guessed position is followed slowly, none at all where there is none.
                let part = match tracking {
                    Tracking::Tracked => part,
                    Tracking::Inferred => part * 0.5,
                    Tracking::NotTracked => 0.0,
                };
                for (value, last) in joint.iter_mut().zip(last) {
                    *value = last + (*value - last) * part;
                }
            }
        }
        self.smoothed.push_back((now, joints));
        while self.smoothed.len() > 2 && seconds(self.smoothed[1].0, now) >= SPEED_SECONDS {
            self.smoothed.pop_front();
        }
    }

    /// The fastest limb's speed over the last moments, metres per second.
    fn speed(&self, now: u64) -> f32 {
        let (Some((then, before)), Some((_, after))) =
            (self.smoothed.front(), self.smoothed.back())
        else {
            return 0.0;
        };
        // At the very beginning the time is short and the noise would look fast.
        let time = seconds(*then, now).max(SPEED_SECONDS);
        LIMBS
            .iter()
            .map(|limb| {
                let way: f32 = limb
                    .iter()
                    .map(|joint| distance(before[*joint as usize], after[*joint as usize]))
                    .sum();
                way / limb.len() as f32 / time
            })
            .fold(0.0, f32::max)
    }

    fn decide(&mut self, now: u64) {
        let (beyond, hold) = match self.state.activity {
            Activity::Idle => (
                self.state.speed > self.config.start_speed,
                self.config.start_seconds,
            ),
            Activity::Acting => (
                self.state.speed < self.config.stop_speed,
                self.config.stop_seconds,
            ),
        };
        if !beyond {
            self.pending_since = None;
            return;
        }
        let since = *self.pending_since.get_or_insert(now);
        let old_enough =
            seconds(self.state.since_micros, now) >= self.config.shortest_action_seconds;
        if seconds(since, now) < hold || (self.state.activity == Activity::Acting && !old_enough) {
            return;
        }
        self.pending_since = None;
        let (activity, since) = match self.state.activity {
            Activity::Idle => (Activity::Acting, self.run_up(since)),
            Activity::Acting => (Activity::Idle, since),
        };
        self.state.activity = activity;
        self.state.since_micros = since;
    }

    /// When the movement began that was fast at a moment: the last time before it that all was slow.
    fn run_up(&self, fast: u64) -> u64 {
        let slow = self
            .speeds
            .iter()
            .rev()
            .find(|(time, speed)| *time < fast && *speed < self.config.stop_speed)
            .or_else(|| self.speeds.front())
            .map_or(fast, |(time, _)| *time);
        // A speed is taken over the time before it, and an idle spell is not part of the action that follows.
        let began = slow.saturating_sub((SPEED_SECONDS * 0.5e6) as u64);
        began.max(self.state.since_micros)
    }
}

fn seconds(from_micros: u64, to_micros: u64) -> f32 {
    to_micros.saturating_sub(from_micros) as f32 * 1e-6
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3)
        .map(|axis| (a[axis] - b[axis]).powi(2))
        .sum::<f32>()
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_MICROS: u64 = 33_333;

    /// A body whose right arm is at a height, shaken by noise of some millimetres.
    fn body(height: f32, frame: u64) -> Body {
        let noise = |index: u64| ((frame * 31 + index * 17) % 13) as f32 / 13.0 * 0.01 - 0.005;
        let mut body = Body::tracked(
            1,
            std::array::from_fn(|joint| [noise(joint as u64), joint as f32 * 0.05, 2.5]),
        );
        for joint in [Joint::ElbowRight, Joint::WristRight, Joint::HandRight] {
            body.joints[joint as usize][1] += height;
        }
        body
    }

    /// Still for 2 s, up within 1 s, still for 2 s.
    fn height(frame: u64) -> f32 {
        ((frame as f32 - 60.0) / 30.0).clamp(0.0, 1.0) * 0.8
    }

    #[test]
    fn a_movement_is_an_action_from_its_start_to_its_end() {
        let mut detector = ActivityDetector::default();
        let states: Vec<ActivityState> = (0..150)
            .map(|frame| detector.push(&body(height(frame), frame), frame * FRAME_MICROS))
            .collect();
        assert!(
            states[..60]
                .iter()
                .all(|state| state.activity == Activity::Idle)
        );
        assert!(
            states[70..90]
                .iter()
                .all(|state| state.activity == Activity::Acting)
        );
        assert_eq!(states[149].activity, Activity::Idle);
        let began = states[80].since_micros / FRAME_MICROS;
        assert!((52..=62).contains(&began), "{began}");
        let ended = states[149].since_micros / FRAME_MICROS;
        assert!((88..=100).contains(&ended), "{ended}");
    }

    #[test]
    fn a_joint_that_flickers_is_no_action() {
        let mut detector = ActivityDetector::default();
        for frame in 0..300 {
            let mut body = body(0.0, frame);
            if frame % 20 == 0 {
                body.joints[Joint::WristLeft as usize][0] += 0.3;
            }
            let state = detector.push(&body, frame * FRAME_MICROS);
            assert_eq!(state.activity, Activity::Idle, "{frame}: {}", state.speed);
        }
    }

    #[test]
    fn gaps_and_time_running_back_begin_anew() {
        for restart in [10_u64, 60_000_000] {
            let mut detector = ActivityDetector::default();
            for frame in 0..80 {
                detector.push(
                    &body(height(frame), frame),
                    1_000_000 + frame * FRAME_MICROS,
                );
            }
            assert_eq!(detector.state().activity, Activity::Acting);
            let state = detector.push(&body(0.0, 0), restart);
            assert_eq!(
                (state.activity, state.since_micros),
                (Activity::Idle, restart)
            );
        }
    }

    #[test]
    fn a_body_of_no_numbers_changes_nothing() {
        let mut detector = ActivityDetector::default();
        let before = detector.push(&body(0.0, 0), 5);
        let mut broken = body(0.0, 1);
        broken.joints[0][0] = f32::NAN;
        assert_eq!(detector.push(&broken, 10), before);
    }
}
