//! When each frame of a recording is due, from its timestamp.

use std::time::{Duration, Instant};

/// Steps between frames that are longer than this are played as if they were a frame's normal distance.
const LONGEST_STEP: Duration = Duration::from_secs(2);

/// When each frame is due, from its timestamp.
pub(super) struct Pace {
    /// A frame's nominal distance.
    period: Duration,
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
            anchor: None,
        }
    }

    /// The next frame is due at once.
    pub(super) fn restart(&mut self) {
        self.anchor = None;
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
            Some(step) if step <= LONGEST_STEP => moment + step,
            // Time ran backwards or made a leap: the device's clock restarted, or the recording has a hole.
            _ => moment.max(now) + self.period,
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
    fn a_source_that_was_held_up_does_not_rush() {
        let (mut pace, now) = (Pace::new(f32::NAN), Instant::now());
        pace.due(0, now);
        let late = now + LONGEST_STEP * 3;
        assert_eq!(pace.due(33_000, late), late);
        pace.restart();
        assert_eq!(pace.due(66_000, late), late);
    }
}
