//! What inference tells the recorder: it never waits, whatever the disk does.

use super::recorded::{self, RecorderOrder};
use super::waiting::Line;
use super::{BundleInfo, SessionOptions};
use crate::recognizer::Prediction;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Inference's line to the recorder.
pub(super) struct Notes {
    pub(super) recorder: Line<RecorderOrder>,
    /// Whether anything is recorded.
    pub(super) on: Arc<AtomicBool>,
}

impl Notes {
    /// Passes on what the user asked for, now or as soon as the recorder has room. `false` where there is none any more.
    pub(super) fn order(&mut self, order: RecorderOrder) -> bool {
        self.recorder.order(order)
    }

    pub(super) fn phrases(&mut self, options: &SessionOptions) {
        self.order(RecorderOrder::phrases(&options.phrases));
    }

    pub(super) fn decision(&mut self, options: &SessionOptions) {
        self.order(RecorderOrder::Decision {
            head: options.head,
            by_examples: options.by_examples,
            gate: options.gate,
            threshold: options.threshold,
        });
    }

    pub(super) fn bundle(&mut self, info: &BundleInfo) {
        self.order(RecorderOrder::bundle(info));
    }

    /// Whether anything is recorded.
    pub(super) fn is_recording(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(super) fn prediction(&self, prediction: &Prediction, at: Instant, latency: Duration) {
        if self.is_recording() {
            let record = Box::new(recorded::prediction_record(prediction, latency));
            self.recorder.offer(RecorderOrder::Prediction(record, at));
        }
    }
}
