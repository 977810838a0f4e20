//! Capture's line to the recorder: it never waits for it.

use super::recorded::RecorderOrder;
use super::ring::Producer;
use super::waiting::Line;
use crate::recording::session::Change;
use crate::skeleton::Frame;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Where the frame path hands frames to the recorder: it overwrites, and never waits.
#[derive(Debug)]
pub(super) struct Tap {
    pub(super) frames: Producer<(Frame, Instant)>,
    pub(super) line: Line<RecorderOrder>,
    pub(super) on: Arc<AtomicBool>,
    /// Where nothing may be lost, as in a source that is played fast, it does wait.
    pub(super) waits: bool,
}

impl Tap {
    pub(super) fn frame(&self, frame: &Frame, at: Instant) {
        self.line.go_on();
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let item = (frame.clone(), at);
        if self.waits {
            self.frames.push_waiting(item);
        } else {
            self.frames.push(item);
        }
    }

    pub(super) fn source(&self, name: &str, fps: f32) {
        let name = name.to_owned();
        self.line.order(RecorderOrder::Source { name, fps });
    }

    pub(super) fn up(&self, up: [f32; 3]) {
        self.line.order(RecorderOrder::Up(up));
    }

    pub(super) fn levelled(&self, levelled: bool) {
        self.line.order(RecorderOrder::Levelled(levelled));
    }

    /// Something holds for the frames after one that was handed on.
    pub(super) fn change(&self, after: Option<Instant>, change: Change) {
        self.line.order(RecorderOrder::Change(after, change));
    }

    pub(super) fn ended(&self) {
        self.happened("ended", "the source ended");
    }

    pub(super) fn happened(&self, kind: &str, text: &str) {
        self.line.order(RecorderOrder::happened(kind, text));
    }
}
