//! What a session tells of its own pace, once a second.

/// Rates and latencies over the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Frames captured per second.
    pub capture_hz: f32,
    /// Predictions per second.
    pub inference_hz: f32,
    /// Frames overwritten in the ring since the start.
    pub dropped_frames: u64,
    /// Capture to prediction, median, milliseconds.
    pub latency_median_millis: f32,
    /// Capture to prediction, 95th percentile, milliseconds.
    pub latency_p95_millis: f32,
    /// Where that time went, and what came before it.
    pub delays: Delays,
    /// Frames that came from the source since the start.
    pub captured_frames: u64,
    /// Frames that the camera or its tracker dropped since the source was opened.
    pub dropped_by_tracker: u64,
    /// Frames that were dropped between the camera's process and this one since the source was opened.
    pub dropped_on_link: u64,
    /// Whether a recording goes on.
    pub is_recording: bool,
}

impl Stats {
    /// Frames dropped anywhere. Some of the numbers may come from another computer, which may say anything.
    pub fn dropped(&self) -> u64 {
        self.dropped_by_tracker
            .saturating_add(self.dropped_on_link)
            .saturating_add(self.dropped_frames)
    }
}

/// Where the time goes between a movement and its answer: medians of the last second, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_field_names,
    reason = "a number says its unit wherever it is used"
)]
pub struct Delays {
    /// From the pictures' arrival at the camera's computer until its tracker gave the frame out; `None` where the source
    /// cannot tell.
    pub tracker_millis: Option<f32>,
    /// From then on until inference took the frame: pipe, ring and waiting.
    pub queue_millis: f32,
    /// Making clips of the last seconds.
    pub window_millis: f32,
    /// Encoding, aligning and deciding.
    pub inference_millis: f32,
}
