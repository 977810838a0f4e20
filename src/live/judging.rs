//! The judging thread: segments of a recording, named whole beside inference, for a matrix of confusions.

use super::Event;
use super::outbox::Outbox;
use super::ring::Consumer;
use crate::recognizer::{Identities, Recognizer};
use crate::skeleton::Frame;
use crossbeam_channel::TryRecvError;

/// A segment of a recording, and what is performed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The phrase that is performed.
    pub label: String,
    /// Its frames.
    pub frames: Vec<Frame>,
}

impl Take {
    /// A segment as inference would get it: whoever is lost for a moment and found again goes by one name.
    pub fn new(label: String, mut frames: Vec<Frame>) -> Self {
        let mut people = Identities::default();
        for frame in &mut frames {
            people.rename(frame);
        }
        Self { label, frames }
    }
}

/// What a segment was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The phrase that is performed.
    pub label: String,
    /// The best of the ranking, or why there is none.
    pub answer: Result<String, String>,
}

/// What the judging thread is asked for; the newest order ends the one before it.
pub(super) enum JudgeOrder {
    /// Name these by a recognizer of their own, which shares the bundle with inference.
    Judge(Box<Recognizer>, Vec<Take>),
    /// Leave it.
    Stop,
}

/// Works until the session ends.
pub(super) fn run(orders: &Consumer<JudgeOrder>, outbox: &Outbox) {
    while orders.doorbell().recv().is_ok() {
        let mut next = orders.pop();
        while let Some(JudgeOrder::Judge(recognizer, takes)) = next {
            next = judge(*recognizer, takes, orders, outbox);
        }
    }
}

/// Names whole segments, as `classify` does, and tells after each how far it is. Gives the order that ended it before
/// its time, if one did.
fn judge(
    mut recognizer: Recognizer,
    takes: Vec<Take>,
    orders: &Consumer<JudgeOrder>,
    outbox: &Outbox,
) -> Option<JudgeOrder> {
    let of = takes.len();
    let mut judged = Vec::with_capacity(of);
    for Take { label, frames } in takes {
        let closed = orders.doorbell().try_recv() == Err(TryRecvError::Disconnected);
        let next = orders.pop();
        if closed || next.is_some() {
            return next;
        }
        let verdict = recognizer.classify_frames(&frames);
        let answer = verdict.map_err(|error| error.to_string());
        let answer = answer.and_then(|verdict| {
            let best = verdict.ranking.first();
            best.map(|best| best.phrase.to_string())
                .ok_or_else(|| "nothing is in play".to_owned())
        });
        judged.push(Judged { label, answer });
        let done = judged.len();
        if !outbox.say(Event::Judging { done, of }) {
            return None;
        }
    }
    outbox.insist(Event::Judged(judged));
    None
}
