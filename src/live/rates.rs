//! Rates and latencies over the last second.

use super::Stats;
use std::time::Duration;

/// Counts what happens between two reports.
#[derive(Debug, Default)]
pub(super) struct Rates {
    predictions: u32,
    latencies_millis: Vec<f32>,
    captured_before: u64,
}

impl Rates {
    /// Notes one round of predictions and how long after the capture of its newest frame it came.
    pub(super) fn predicted(&mut self, latency: Duration) {
        self.predictions += 1;
        self.latencies_millis.push(latency.as_secs_f32() * 1e3);
    }

    /// Reports the time since the last report, and begins anew. `captured` and `dropped` count from the start.
    pub(super) fn report(&mut self, elapsed: Duration, captured: u64, dropped: u64) -> Stats {
        let seconds = elapsed.as_secs_f32().max(1e-3);
        self.latencies_millis.sort_by(f32::total_cmp);
        let stats = Stats {
            capture_hz: captured.saturating_sub(self.captured_before) as f32 / seconds,
            inference_hz: self.predictions as f32 / seconds,
            dropped_frames: dropped,
            latency_median_millis: quantile(&self.latencies_millis, 0.5),
            latency_p95_millis: quantile(&self.latencies_millis, 0.95),
        };
        self.captured_before = captured;
        self.predictions = 0;
        self.latencies_millis.clear();
        stats
    }
}

/// The value below which that share of sorted values lies; 0 of none.
fn quantile(sorted: &[f32], share: f32) -> f32 {
    let rank = (share * sorted.len() as f32).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{Rates, quantile};
    use std::time::Duration;

    #[test]
    fn quantiles_are_of_the_values_that_there_are() {
        let values: Vec<f32> = (1..=20_u8).map(f32::from).collect();
        assert_eq!(quantile(&values, 0.5), 10.0);
        assert_eq!(quantile(&values, 0.95), 19.0);
        assert_eq!(quantile(&[7.0], 0.95), 7.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_report_covers_the_time_since_the_last() {
        let mut rates = Rates::default();
        rates.predicted(Duration::from_millis(40));
        rates.predicted(Duration::from_millis(20));
        let stats = rates.report(Duration::from_secs(2), 60, 3);
        assert_eq!((stats.capture_hz, stats.inference_hz), (30.0, 1.0));
        assert_eq!(stats.dropped_frames, 3);
        assert!((stats.latency_p95_millis - 40.0).abs() < 1e-3);
        let stats = rates.report(Duration::from_secs(1), 90, 3);
        assert_eq!((stats.capture_hz, stats.inference_hz), (30.0, 0.0));
        assert_eq!(stats.latency_median_millis, 0.0);
    }
}
