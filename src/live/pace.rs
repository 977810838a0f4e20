//! When each frame of a source is due.

use std::time::{Duration, Instant};

/// Steps between frames that are longer than this are played as if they were a frame's normal distance.
const LONGEST_STEP: Duration = Duration::from_secs(2);

/// The slowest that a recording plays.
pub const SLOWEST: f32 = 0.1;

/// The fastest that a recording plays.
pub const FASTEST: f32 = 8.0;

/// When each frame is due, from its timestamp.
#[derive(Clone)]
pub(super) struct Pace {
    /// A frame's nominal distance.
    period: Duration,
    /// How many times faster than it was captured.
    speed: f32,
    /// A timestamp and the moment at which it was due.
    anchor: Option<(u64, Instant)>,
}

impl Pace {
    pub(super) fn new(fps: f32) -> Self {
        let fps = if fps.is_finite() {
            fps.clamp(1.0, 1000.0)
        } else {
            30.0
        };
        Self {
            period: Duration::from_secs_f32(1.0 / fps),
            speed: 1.0,
            anchor: None,
        }
    }

    /// Plays so many times faster from the next frame on, 0.1 to 8.
    pub(super) fn set_speed(&mut self, speed: f32) {
        self.speed = if speed.is_finite() {
            speed.clamp(SLOWEST, FASTEST)
        } else {
            1.0
        };
        self.restart();
    }

    /// How many times faster than it was captured.
    pub(super) fn speed(&self) -> f32 {
        self.speed
    }

    /// The next frame is due at once.
    pub(super) fn restart(&mut self) {
        self.anchor = None;
    }

    /// The next frame is due one period after the last, whatever its timestamp.
    pub(super) fn begin_again(&mut self) {
        // A timestamp behind every other makes the next look like time that ran backwards.
        self.anchor = self.anchor.map(|(_, moment)| (u64::MAX, moment));
    }

    /// When a frame with this timestamp is due: never more than [`LONGEST_STEP`] from now.
    pub(super) fn due(&mut self, timestamp_micros: u64, now: Instant) -> Instant {
        let Some((before, moment)) = self.anchor else {
            self.anchor = Some((timestamp_micros, now));
            return now;
        };
        let step = timestamp_micros
            .checked_sub(before)
            .map(Duration::from_micros);
        let due = match step {
            Some(step) if step <= LONGEST_STEP => moment + step.div_f64(f64::from(self.speed)),
            // Time ran backwards or made a leap: the device's clock restarted, or the recording has a hole.
            _ => moment.max(now) + self.period.div_f64(f64::from(self.speed)),
        };
        // Late frames set the pace anew, so that lateness is not made good for by a rush.
        let due = if due + LONGEST_STEP < now { now } else { due };
        self.anchor = Some((timestamp_micros, due));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_STEP, Pace};
    use std::time::{Duration, Instant};

    #[test]
    fn frames_are_due_by_their_timestamps() {
        let (mut pace, now) = (Pace::new(30.0), Instant::now());
        assert_eq!(pace.due(5_000_000, now), now);
        assert_eq!(pace.due(5_040_000, now), now + Duration::from_millis(40));
        assert_eq!(pace.due(5_140_000, now), now + Duration::from_millis(140));
    }

    #[test]
    fn time_that_runs_backwards_or_leaps_costs_one_period() {
        // A rate whose period is a round number in binary too.
        let (mut pace, now) = (Pace::new(32.0), Instant::now());
        pace.due(5_000_000, now);
        assert_eq!(
            pace.due(1_000_000, now),
            now + Duration::from_micros(31_250)
        );
        assert_eq!(pace.due(u64::MAX, now), now + Duration::from_micros(62_500));
        assert_eq!(pace.due(0, now), now + Duration::from_micros(93_750));
    }

    #[test]
    fn what_begins_again_waits_one_period() {
        let (mut pace, now) = (Pace::new(32.0), Instant::now());
        pace.due(5_000_000, now);
        pace.begin_again();
        // The same frame over again, as where only one is played.
        assert_eq!(
            pace.due(5_000_000, now),
            now + Duration::from_micros(31_250)
        );
        assert_eq!(
            pace.due(5_040_000, now),
            now + Duration::from_micros(71_250)
        );
    }

    #[test]
    fn a_source_that_was_held_up_does_not_rush() {
        let (mut pace, now) = (Pace::new(f32::NAN), Instant::now());
        pace.due(0, now);
        let late = now + LONGEST_STEP * 3;
        assert_eq!(pace.due(33_000, late), late);
        pace.restart();
        assert_eq!(pace.due(66_000, late), late);
    }

    #[test]
    fn twice_the_speed_is_half_the_distance() {
        let (mut pace, now) = (Pace::new(30.0), Instant::now());
        pace.set_speed(2.0);
        pace.due(0, now);
        assert_eq!(pace.due(40_000, now), now + Duration::from_millis(20));
        pace.set_speed(1000.0);
        assert_eq!(pace.speed(), super::FASTEST);
        pace.set_speed(f32::NAN);
        assert_eq!(pace.speed(), 1.0);
    }
}
