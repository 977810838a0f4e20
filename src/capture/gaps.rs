//! Frames that a camera's SDK dropped by itself: no SDK tells of them, but they are missing in the device's timestamps.

/// Whoever stands still for longer has another clock afterwards, microseconds.
const LONGEST_GAP_MICROS: u64 = 10_000_000;

/// Counts frames that are missing between two that came.
#[derive(Clone, Debug)]
pub(super) struct Gaps {
    /// From one frame to the next where none is missing, microseconds.
    period_micros: u64,
    /// Whether the camera may be slower for a while without losing anything, as a Kinect v2 is in the dark.
    may_slow: bool,
    /// Of the newest frame, on the device's clock, microseconds.
    newest_micros: Option<u64>,
    /// Between the newest two, microseconds; 0 where that is not known.
    gap_micros: u64,
}

impl Gaps {
    /// Of a camera that keeps its rate, frames per second.
    pub(super) fn steady(fps: f32) -> Self {
        Self {
            period_micros: (1e6 / fps.clamp(1.0, 1000.0)) as u64,
            may_slow: false,
            newest_micros: None,
            gap_micros: 0,
        }
    }

    /// Of a camera that gives so many frames per second, or fewer for a while: a gap that is as long as the one before it
    /// is such a while.
    pub(super) fn slowing(fps: f32) -> Self {
        Self {
            may_slow: true,
            ..Self::steady(fps)
        }
    }

    /// How many frames are missing before this one, which was taken at that moment of the device's clock. A clock that
    /// starts anew says nothing.
    pub(super) fn before(&mut self, micros: u64) -> u64 {
        let newest = self.newest_micros.replace(micros);
        let gap = newest.and_then(|newest| micros.checked_sub(newest));
        let gap = gap.filter(|gap| *gap <= LONGEST_GAP_MICROS).unwrap_or(0);
        let before = std::mem::replace(&mut self.gap_micros, gap);
        let period = if self.may_slow {
            self.period_micros.max(before)
        } else {
            self.period_micros
        };
        // No two frames are exactly a period apart.
        ((gap + period / 2) / period).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Gaps;

    fn missing(mut gaps: Gaps, times: &[u64]) -> Vec<u64> {
        times.iter().map(|time| gaps.before(*time)).collect()
    }

    #[test]
    fn what_is_missing_is_counted_where_it_is() {
        let times = [1_000_000, 1_033_400, 1_066_600, 1_166_700, 1_200_000];
        assert_eq!(missing(Gaps::steady(30.0), &times), [0, 0, 0, 2, 0]);
        assert_eq!(missing(Gaps::slowing(30.0), &times), [0, 0, 0, 2, 0]);
    }

    #[test]
    fn a_clock_that_starts_anew_or_leaps_says_nothing() {
        let times = [5_000_000, 0, 33_333, 90_000_000, 90_033_333, u64::MAX];
        assert_eq!(missing(Gaps::steady(30.0), &times), [0; 6]);
    }

    #[test]
    fn a_slower_camera_loses_nothing_if_it_may_be_slower() {
        let times: Vec<u64> = (0..5).map(|index| index * 66_667).collect();
        assert_eq!(missing(Gaps::steady(30.0), &times), [0, 1, 1, 1, 1]);
        assert_eq!(missing(Gaps::slowing(30.0), &times), [0, 1, 0, 0, 0]);
    }
}
