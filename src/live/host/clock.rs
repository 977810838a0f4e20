//! One clock of a device's clock that may start anew.

use std::time::Instant;

/// A device's clock that leaps farther than this was set anew, microseconds.
const LONGEST_LEAP_MICROS: u64 = 60_000_000;

/// Makes one clock of a device's clock that may start anew: it never runs backwards.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Added to the device's, wrapping.
    offset: u64,
    /// The newest time given, and when.
    newest: Option<(u64, Instant)>,
}

impl Clock {
    /// The time of a frame, microseconds; of a camera's, strictly later than the one before.
    pub(super) fn of(&mut self, device_micros: u64, live: bool) -> u64 {
        let now = Instant::now();
        let mut micros = device_micros.wrapping_add(self.offset);
        if let Some((newest, at)) = self.newest {
            let leap = micros.checked_sub(newest);
            if leap.is_none_or(|leap| live && (leap == 0 || leap > LONGEST_LEAP_MICROS)) {
                let passed = u64::try_from(now.duration_since(at).as_micros()).unwrap_or(0);
                micros = newest.saturating_add(passed.max(1));
                self.offset = micros.wrapping_sub(device_micros);
            }
        }
        self.newest = Some((micros, now));
        micros
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_clock_that_starts_anew_goes_on() {
        let mut clock = Clock::default();
        assert_eq!(clock.of(5_000_000, true), 5_000_000);
        assert_eq!(clock.of(5_033_000, true), 5_033_000);
        let restarted = clock.of(0, true);
        assert!((5_033_001..6_000_000).contains(&restarted), "{restarted}");
        assert_eq!(clock.of(33_000, true), restarted + 33_000);
        let leapt = clock.of(u64::MAX, true);
        assert!((restarted + 33_001..7_000_000).contains(&leapt), "{leapt}");
        assert!(clock.of(33_000, true) > leapt);
        // A recording with a hole keeps its times.
        let mut clock = Clock::default();
        clock.of(0, false);
        assert_eq!(clock.of(LONG, false), LONG);
    }

    const LONG: u64 = super::LONGEST_LEAP_MICROS * 3;
}
