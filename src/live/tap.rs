//! Capture's line to the recorder: it never waits for it.

use super::recorded::{RecorderOrder, Told};
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
    pub(super) line: Line<Told>,
    pub(super) on: Arc<AtomicBool>,
    /// Where nothing may be lost, as in a source that is played fast, it does wait.
    pub(super) waits: bool,
}

impl Tap {
    /// Passes on what the recorder had no room for. Whether anything still waits for it.
    pub(super) fn go_on(&self) -> bool {
        // Without a recorder nothing waits.
        self.line.go_on();
        self.line.is_waiting()
    }

    /// Hands a frame over, whether anything is recorded or not: a recording holds what came right before it too.
    pub(super) fn frame(&self, frame: &Frame, at: Instant) {
        let item = (frame.clone(), at);
        if self.waits && self.on.load(Ordering::Relaxed) {
            self.frames.push_waiting(item);
        } else {
            self.frames.push(item);
        }
    }

    /// Tells of something that is so from now on.
    fn tell(&self, order: RecorderOrder) {
        self.line.order(Told::now(order));
    }

    pub(super) fn source(&self, name: &str, fps: f32) {
        let name = name.to_owned();
        self.tell(RecorderOrder::Source { name, fps });
    }

    pub(super) fn up(&self, up: [f32; 3]) {
        self.tell(RecorderOrder::Up(up));
    }

    pub(super) fn levelled(&self, levelled: bool) {
        self.tell(RecorderOrder::Levelled(levelled));
    }

    /// Something holds for the frames after one that was handed on.
    pub(super) fn change(&self, after: Option<Instant>, change: Change) {
        self.tell(RecorderOrder::Change(after, change));
    }

    pub(super) fn ended(&self) {
        self.happened("ended", "the source ended");
    }

    pub(super) fn happened(&self, kind: &str, text: &str) {
        self.tell(RecorderOrder::happened(kind, text));
    }
}
