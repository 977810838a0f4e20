//! What inference tells the recorder: while a camera plays it never waits, whatever the disk does.

use super::recorded::{self, RecorderOrder, Told};
use super::waiting::Line;
use super::{BundleInfo, SessionOptions};
use crate::recognizer::Prediction;
use crate::recording::session::Change;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Inference's line to the recorder.
pub(super) struct Notes {
    pub(super) line: Line<Told>,
    /// Whether anything is recorded.
    pub(super) on: Arc<AtomicBool>,
    /// Where nothing may be lost, as of a source that is played fast, it does wait.
    pub(super) waits: bool,
    /// When the frame came that was taken last: what changes holds for the frames after it.
    pub(super) taken: Cell<Option<Instant>>,
}

impl Notes {
    /// Passes on what the user asked for at that moment, now or as soon as the recorder has room. `false` where there is none
    /// any more.
    pub(super) fn order(&self, order: RecorderOrder, at: Instant) -> bool {
        self.line.order(Told { order, at })
    }

    pub(super) fn phrases(&self, options: &SessionOptions, at: Instant) {
        self.order(RecorderOrder::Phrases(options.phrases.clone()), at);
    }

    pub(super) fn settings(&self, options: &SessionOptions, at: Instant) {
        let decision = RecorderOrder::Decision {
            head: options.head,
            by_examples: options.by_examples,
            gate: options.gate,
            threshold: options.threshold,
        };
        self.order(decision, at);
        self.change(Change::Answering {
            gate: recorded::name_of(options.gate),
            threshold: options.threshold,
        });
    }

    pub(super) fn bundle(&self, info: &BundleInfo) {
        self.order(RecorderOrder::bundle(info), Instant::now());
        self.change(Change::Model {
            bundle: info.name.clone(),
            fingerprint: info.fingerprint.clone(),
        });
    }

    /// Something holds for the frames after the one that was taken last.
    pub(super) fn change(&self, change: Change) {
        let change = RecorderOrder::Change(self.taken.get(), change);
        self.order(change, Instant::now());
    }

    /// The recognizer takes a frame after another one, each by its moment and number: those between them it has not seen.
    pub(super) fn seen(&self, before: Option<(Instant, u64)>, (at, number): (Instant, u64)) {
        let is_next = before.map_or(1, |(_, before)| before + 1) == number;
        if !is_next {
            let after = before.map(|(at, _)| at);
            self.order(RecorderOrder::Unseen(after, at), Instant::now());
        }
    }

    /// Whether anything is recorded.
    pub(super) fn is_recording(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// A prediction was made. The recorder hears of it whether anything is recorded or not: a recording that begins goes on from
    /// what was answered before.
    pub(super) fn prediction(&self, prediction: &Prediction, at: Instant, latency: Duration) {
        let record = Box::new(recorded::prediction_record(prediction, latency));
        let order = RecorderOrder::Prediction(record);
        let told = Told { order, at };
        if self.waits && self.is_recording() {
            self.line.order_waiting(told);
        } else if !self.line.offer(told) {
            let lost = vec![(at, prediction.body)];
            self.order(RecorderOrder::Unwritten(lost), at);
        }
    }
}
