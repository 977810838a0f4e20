//! The other threads' lines to the recorder: they never wait for it, and what must not be lost waits its turn.

use super::recorded::RecorderOrder;
use super::ring::Producer;
use crate::recording::session::Change;
use crate::skeleton::Frame;
use crossbeam_channel::{SendTimeoutError, Sender, TrySendError};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Orders that wait for room at most. A user makes a few in a minute.
const MOST_WAITING: usize = 1024;

/// How long the end of the session waits for a recorder that has no room for what waits.
const LAST_PATIENCE: Duration = Duration::from_secs(2);

/// A line of orders to the recorder, in their order.
#[derive(Debug)]
pub(super) struct Line {
    orders: Sender<RecorderOrder>,
    /// What found no room, the oldest first.
    waiting: RefCell<VecDeque<RecorderOrder>>,
}

impl Line {
    pub(super) fn new(orders: Sender<RecorderOrder>) -> Self {
        Self {
            orders,
            waiting: RefCell::default(),
        }
    }

    /// Tells it, unless there is no room: its disk keeps it busy. Then `false`, and it is not told later either.
    pub(super) fn try_tell(&self, order: RecorderOrder) -> bool {
        if !self.go_on() {
            return false;
        }
        match self.orders.try_send(order) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!("the recorder did not hear {error}");
                false
            }
        }
    }

    /// Tells it, now or as soon as there is room.
    pub(super) fn tell(&self, order: RecorderOrder) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= MOST_WAITING {
            // The newest list and the newest settings are what counts in the end.
            tracing::warn!(
                "the recorder has been held up for long: the oldest of what it was to note is lost"
            );
            waiting.pop_front();
        }
        waiting.push_back(order);
        drop(waiting);
        self.go_on();
    }

    /// Passes on what waits as far as there is room. `false` where something still waits.
    pub(super) fn go_on(&self) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(order) = waiting.pop_front() {
            match self.orders.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => {
                    waiting.push_front(order);
                    return false;
                }
                // The session is over.
                Err(TrySendError::Disconnected(_)) => waiting.clear(),
            }
        }
        true
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let until = Instant::now() + LAST_PATIENCE;
        for order in self.waiting.take() {
            match self.orders.send_deadline(order, until) {
                Ok(()) => {}
                Err(SendTimeoutError::Timeout(_) | SendTimeoutError::Disconnected(_)) => {
                    tracing::warn!(
                        "the recorder is held up by its disk: the last edits are not recorded"
                    );
                    return;
                }
            }
        }
    }
}

/// Where the frame path hands frames to the recorder: it overwrites, and never waits.
#[derive(Debug)]
pub(super) struct Tap {
    pub(super) frames: Producer<(Frame, Instant)>,
    pub(super) line: Line,
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
        self.line.tell(RecorderOrder::Source { name, fps });
    }

    pub(super) fn up(&self, up: [f32; 3]) {
        self.line.tell(RecorderOrder::Up(up));
    }

    pub(super) fn levelled(&self, levelled: bool) {
        self.line.tell(RecorderOrder::Levelled(levelled));
    }

    /// Something holds for the frames after one that was handed on.
    pub(super) fn change(&self, after: Option<Instant>, change: Change) {
        self.line.tell(RecorderOrder::Change(after, change));
    }

    pub(super) fn ended(&self) {
        self.happened("ended", "the source ended");
    }

    pub(super) fn happened(&self, kind: &str, text: &str) {
        self.line.tell(RecorderOrder::happened(kind, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    fn labels(orders: impl IntoIterator<Item = RecorderOrder>) -> Vec<String> {
        let label = |order| match order {
            RecorderOrder::Mark(label) => label,
            other => panic!("{other:?}"),
        };
        orders.into_iter().map(label).collect()
    }

    #[test]
    fn what_finds_no_room_is_told_in_its_turn() {
        let (orders, told) = bounded(2);
        let line = Line::new(orders);
        let mark = |text: &str| RecorderOrder::Mark(text.to_owned());
        for text in ["a", "b", "c", "d"] {
            line.tell(mark(text));
        }
        assert!(!line.try_tell(mark("no room")), "it would overtake");
        assert_eq!(labels(told.try_iter()), ["a", "b"]);
        assert!(!line.go_on() || told.len() == 2);
        assert_eq!(labels(told.try_iter()), ["c", "d"]);
        assert!(line.go_on() && line.try_tell(mark("e")));
        assert_eq!(labels(told.try_iter()), ["e"]);
    }

    #[test]
    fn the_end_waits_for_what_was_not_told_yet() {
        let (orders, told) = bounded(1);
        let line = Line::new(orders);
        std::thread::scope(|threads| {
            for text in ["a", "b", "c"] {
                line.tell(RecorderOrder::Mark(text.to_owned()));
            }
            let reader = threads.spawn(|| labels(told.iter()));
            drop(line);
            assert_eq!(reader.join().unwrap(), ["a", "b", "c"]);
        });
    }
}
