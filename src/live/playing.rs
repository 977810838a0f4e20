//! The capture thread: it owns the source, plays it at its own pace, and hands frames on.

use super::Event;
use super::outbox::Outbox;
use super::pace::Pace;
use super::ring::Producer;
use super::stages::OpenSource;
use super::upright::Upright;
use crate::capture::{CaptureError, Journey, Source, Step};
use crate::recognizer::Identities;
use crate::skeleton::Frame;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long a source is waited for before orders are looked at again.
const PATIENCE: Duration = Duration::from_millis(40);

/// What inference passes on to capture.
#[derive(Debug)]
pub(super) enum Order {
    /// Play another source.
    Open(String),
    /// Hold.
    Pause,
    /// Go on.
    Resume,
    /// Turn bodies upright, or do not.
    Level(bool),
}

/// What capture gives to inference.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame, when it came here, what is known of its way before, and which source it is of: sources are numbered as
    /// they are opened.
    Frame {
        frame: Frame,
        at: Instant,
        journey: Journey,
        source: u64,
    },
    /// That source ended.
    Ended,
}

/// The capture thread's state.
pub(super) struct Player {
    pub(super) open: OpenSource,
    pub(super) orders: Receiver<Order>,
    pub(super) frames: Producer<Item>,
    pub(super) newest: Producer<Frame>,
    pub(super) outbox: Outbox,
    pub(super) fast: bool,
    /// Whether bodies are turned upright.
    pub(super) levelled: Cell<bool>,
}

/// What became of waiting.
enum Wait {
    /// The time is up.
    Done,
    /// Another source is wanted.
    Open(String),
    /// The session is over.
    Over,
}

impl Player {
    /// Plays until the session ends.
    pub(super) fn run(self) {
        let mut sources = 0_u64;
        let mut next = None;
        loop {
            let wanted = match next.take() {
                Some(wanted) => wanted,
                None => match self.orders.recv() {
                    Ok(Order::Open(wanted)) => wanted,
                    Ok(Order::Pause | Order::Resume) => continue,
                    Ok(Order::Level(levelled)) => {
                        self.levelled.set(levelled);
                        continue;
                    }
                    Err(_) => return,
                },
            };
            sources += 1;
            let played = match (self.open)(&wanted) {
                Ok(source) => self.play(source, sources),
                Err(problem) => {
                    if !self.outbox.problem(problem) {
                        return;
                    }
                    self.end()
                }
            };
            match played {
                Wait::Done => {}
                Wait::Open(wanted) => next = Some(wanted),
                Wait::Over => return,
            }
        }
    }

    /// Plays one source to its end, or until another is wanted.
    fn play(&self, mut source: Box<dyn Source>, number: u64) -> Wait {
        let mut opened = false;
        let mut pace = Pace::new(source.fps());
        let mut people = Identities::default();
        let mut up = None;
        loop {
            match self.orders_now(&mut pace) {
                Wait::Done => {}
                other => return other,
            }
            let step = source.step(PATIENCE);
            if !opened && source.is_open() {
                opened = true;
                let (name, fps) = (source.name(), source.fps());
                pace = Pace::new(fps);
                self.outbox.insist(Event::SourceOpened { name, fps });
            }
            if source.up() != up {
                up = source.up();
                if let Some(up) = up {
                    self.outbox.say(Event::SourceUp(up));
                }
            }
            let mut frame = match step {
                Ok(Step::Frame(frame)) => frame,
                Ok(Step::Waiting) => continue,
                Ok(Step::Notice(notice)) => {
                    tracing::warn!("{}", notice.text);
                    self.outbox.insist(Event::Source(notice));
                    continue;
                }
                Ok(Step::End) => return self.end(),
                Err(error) => {
                    let text = match &error {
                        // It says of which source it speaks.
                        CaptureError::Host { .. } => error.to_string(),
                        error => format!("{}: {error}", source.name()),
                    };
                    return if self.outbox.problem(text) {
                        self.end()
                    } else {
                        Wait::Over
                    };
                }
            };
            if !self.fast && !source.is_live() {
                let due = pace.due(frame.timestamp_micros, Instant::now());
                match self.wait_until(due, &mut pace) {
                    Wait::Done => {}
                    other => return other,
                }
            }
            // A coordinate that is no number would poison everything after it.
            frame.bodies.retain(crate::skeleton::Body::is_finite);
            if self.levelled.get() {
                Upright::new(up).turn(&mut frame);
            }
            // Screen and inference call everybody by one name.
            people.rename(&mut frame);
            if !self.hand_on(frame, source.as_ref(), number) {
                return Wait::Over;
            }
        }
    }

    fn hand_on(&self, frame: Frame, source: &dyn Source, number: u64) -> bool {
        self.newest.push(frame.clone());
        let journey = source.journey();
        let now = Instant::now();
        let item = Item::Frame {
            frame,
            at: now.checked_sub(journey.link).unwrap_or(now),
            journey,
            source: number,
        };
        // Who waits for a camera would only be ever later.
        let heard = if self.fast && !source.is_live() {
            self.frames.push_waiting(item)
        } else {
            self.frames.push(item)
        };
        self.outbox.wake();
        heard
    }

    fn end(&self) -> Wait {
        let heard = if self.fast {
            self.frames.push_waiting(Item::Ended)
        } else {
            self.frames.push(Item::Ended)
        };
        if heard { Wait::Done } else { Wait::Over }
    }

    /// Obeys what has been ordered, without waiting unless held.
    fn orders_now(&self, pace: &mut Pace) -> Wait {
        match self.orders.try_recv() {
            Ok(order) => self.obey(order, pace),
            Err(TryRecvError::Empty) => Wait::Done,
            Err(TryRecvError::Disconnected) => Wait::Over,
        }
    }

    /// Waits until it is time for a frame, obeying orders meanwhile.
    fn wait_until(&self, due: Instant, pace: &mut Pace) -> Wait {
        loop {
            match self.orders.recv_deadline(due) {
                Ok(order) => match self.obey(order, pace) {
                    Wait::Done => {}
                    other => return other,
                },
                Err(RecvTimeoutError::Timeout) => return Wait::Done,
                Err(RecvTimeoutError::Disconnected) => return Wait::Over,
            }
        }
    }

    fn obey(&self, order: Order, pace: &mut Pace) -> Wait {
        match order {
            Order::Open(wanted) => return Wait::Open(wanted),
            Order::Resume => return Wait::Done,
            Order::Level(levelled) => {
                self.levelled.set(levelled);
                return Wait::Done;
            }
            Order::Pause => {}
        }
        loop {
            match self.orders.recv() {
                Ok(Order::Open(wanted)) => return Wait::Open(wanted),
                Ok(Order::Pause) => {}
                Ok(Order::Level(levelled)) => self.levelled.set(levelled),
                Ok(Order::Resume) => {
                    pace.restart();
                    return Wait::Done;
                }
                Err(_) => return Wait::Over,
            }
        }
    }
}
