//! Rates and latencies over the last second.

use super::{Delays, Stats};
use crate::capture::Journey;
use std::time::Duration;

/// Counts what happens between two reports.
#[derive(Debug, Default)]
pub(super) struct Rates {
    predictions: u32,
    latencies_millis: Vec<f32>,
    tracker_millis: Vec<f32>,
    queue_millis: Vec<f32>,
    window_millis: Vec<f32>,
    inference_millis: Vec<f32>,
    captured_before: u64,
    /// What the source said last of frames that it dropped.
    journey: Journey,
}

/// Where one prediction's time went.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// From the frame's arrival to the prediction.
    pub(super) latency: Duration,
    /// From the frame's arrival until inference took it.
    pub(super) queue: Duration,
    /// Making clips.
    pub(super) window: Duration,
    /// Encoding and deciding.
    pub(super) inference: Duration,
}

impl Rates {
    /// Notes what is known of a frame's way here.
    pub(super) fn arrived(&mut self, journey: Journey) {
        self.journey = journey;
        self.tracker_millis.extend(journey.tracker.map(millis));
    }

    /// Notes one round of predictions and where its time went.
    pub(super) fn predicted(&mut self, spent: Spent) {
        self.predictions += 1;
        self.latencies_millis.push(millis(spent.latency));
        self.queue_millis.push(millis(spent.queue));
        self.window_millis.push(millis(spent.window));
        self.inference_millis.push(millis(spent.inference));
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
            delays: Delays {
                tracker_millis: (!self.tracker_millis.is_empty())
                    .then(|| median(&mut self.tracker_millis)),
                queue_millis: median(&mut self.queue_millis),
                window_millis: median(&mut self.window_millis),
                inference_millis: median(&mut self.inference_millis),
            },
            captured_frames: captured,
            dropped_by_tracker: self.journey.dropped_by_tracker,
            dropped_on_link: self.journey.dropped_on_link,
            // That is the recorder's to know.
            is_recording: false,
        };
        self.tracker_millis.clear();
        self.captured_before = captured;
        self.predictions = 0;
        self.latencies_millis.clear();
        stats
    }
}

/// The middle value, and an empty list for the next second.
fn median(values: &mut Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    let median = quantile(values, 0.5);
    values.clear();
    median
}

fn millis(time: Duration) -> f32 {
    time.as_secs_f32() * 1e3
}

/// The value below which that share of sorted values lies; 0 of none.
fn quantile(sorted: &[f32], share: f32) -> f32 {
    let rank = (share * sorted.len() as f32).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{Rates, Spent, quantile};
    use crate::capture::Journey;
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
        let spent = |latency| Spent {
            latency: Duration::from_millis(latency),
            queue: Duration::from_millis(latency / 4),
            window: Duration::from_millis(1),
            inference: Duration::from_millis(latency / 2),
        };
        rates.arrived(Journey {
            tracker: Some(Duration::from_millis(60)),
            dropped_by_tracker: 4,
            ..Journey::default()
        });
        rates.predicted(spent(40));
        rates.predicted(spent(20));
        let stats = rates.report(Duration::from_secs(2), 60, 3);
        assert_eq!((stats.capture_hz, stats.inference_hz), (30.0, 1.0));
        assert_eq!((stats.dropped_frames, stats.dropped_by_tracker), (3, 4));
        let delays = stats.delays;
        assert_eq!(delays.tracker_millis, Some(60.0));
        assert!((delays.queue_millis - 5.0).abs() < 1e-3, "{delays:?}");
        assert!((delays.inference_millis - 10.0).abs() < 1e-3, "{delays:?}");
        assert!((stats.latency_p95_millis - 40.0).abs() < 1e-3);
        let stats = rates.report(Duration::from_secs(1), 90, 3);
        assert_eq!((stats.capture_hz, stats.inference_hz), (30.0, 0.0));
        assert_eq!(stats.latency_median_millis, 0.0);
        assert_eq!(stats.delays.tracker_millis, None);
    }
}
