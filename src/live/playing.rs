//! The capture thread: it owns the source, plays it at its own pace, and hands frames on.

use super::beside::Beside;
use super::handing::Handed;
use super::outbox::Outbox;
use super::pace::Pace;
use super::ring::Producer;
use super::stages::OpenSource;
use super::tap::Tap;
use super::{Event, Playback, Transport};
use crate::capture::{CaptureError, Journey, Source, Step};
use crate::recognizer::Identities;
use crate::skeleton::Frame;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
use std::cell::Cell;
use std::time::{Duration, Instant};

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
    /// Move within the source.
    Move(Transport),
}

/// What capture gives to inference.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame, when it came here, what is known of its way before, which stretch it is of (they are numbered as sources
    /// are opened and moved within), and its own number, from 1.
    Frame {
        frame: Frame,
        at: Instant,
        journey: Journey,
        source: u64,
        number: u64,
    },
    /// The source ended.
    Ended,
}

/// How long a source is waited for before orders are looked at again.
const PATIENCE: Duration = Duration::from_millis(40);

/// How long what the recorder had no room for waits until it is tried again.
const RETRY_PERIOD: Duration = Duration::from_millis(20);

/// Where a recording stands is told this often while it plays.
const TELL_PERIOD: Duration = Duration::from_millis(100);

/// The capture thread's state.
pub(super) struct Player {
    pub(super) open: OpenSource,
    pub(super) orders: Receiver<Order>,
    pub(super) frames: Producer<Item>,
    pub(super) newest: Producer<Frame>,
    pub(super) tap: Tap,
    pub(super) outbox: Outbox,
    pub(super) fast: bool,
    /// Whether bodies are turned upright.
    pub(super) levelled: Cell<bool>,
    /// The frame that was handed on last.
    pub(super) handed: Cell<Handed>,
}

/// What became of a source.
pub(super) enum Over {
    /// It came to its end.
    Ended,
    /// Another source is wanted.
    Open(String),
    /// The session is over.
    Session,
}

/// A frame that waits for its time.
pub(super) struct Pending {
    pub(super) frame: Frame,
    /// Its moment in the recording, microseconds after the begin.
    pub(super) micros: u64,
    pub(super) due: Instant,
}

/// A source that plays.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is its own fact: told, held, at its end, over again"
)]
pub(super) struct Playing {
    pub(super) source: Box<dyn Source>,
    /// Whether its name and rate were told.
    pub(super) opened: bool,
    /// Which way is up, where the camera can tell.
    pub(super) up: Option<[f32; 3]>,
    pub(super) beside: Beside,
    pub(super) people: Identities,
    /// The stretch: frames after a leap have nothing to do with those before.
    pub(super) number: u64,
    pub(super) pace: Pace,
    /// Read, and waiting for its time.
    pub(super) pending: Option<Pending>,
    /// The moment of the frame that was handed on last, microseconds after the begin; 0 for cameras.
    pub(super) shown_micros: u64,
    pub(super) held: bool,
    /// A recording stands at its end until it is moved.
    pub(super) ended: bool,
    pub(super) range: (u64, Option<u64>),
    pub(super) looping: bool,
    /// Whether the round that goes on was begun by looping, and no frame of it has come.
    pub(super) round_is_empty: bool,
    pub(super) told: Option<Instant>,
}

impl Playing {
    fn is_still(&self) -> bool {
        self.held || self.ended
    }

    /// The moment of the frame that was read last.
    pub(super) fn read_micros(&mut self) -> u64 {
        let place = self.source.seekable();
        place.map_or(0, |place| place.position_micros())
    }

    /// What is to be shown of where it stands; `None` for cameras.
    pub(super) fn playback(&mut self) -> Option<Playback> {
        let (held, ended, shown_micros) = (self.held, self.ended, self.shown_micros);
        let place = self.source.seekable()?;
        Some(Playback {
            position_micros: shown_micros,
            length_micros: place.length_micros(),
            is_held: held,
            has_ended: ended,
            speed: self.pace.speed(),
            range_micros: self.range,
            is_looping: self.looping,
        })
    }
}

impl Player {
    /// Plays until the session ends.
    pub(super) fn run(self) {
        let mut stretches = 0_u64;
        let mut next = None;
        loop {
            let wanted = match next.take() {
                Some(wanted) => wanted,
                None => match self.next_order() {
                    Some(Order::Open(wanted)) => wanted,
                    Some(Order::Pause | Order::Resume | Order::Move(_)) => continue,
                    Some(Order::Level(levelled)) => {
                        self.level(levelled);
                        continue;
                    }
                    None => return,
                },
            };
            stretches += 1;
            let played = match (self.open)(&wanted) {
                Ok(source) => self.play(source, &mut stretches),
                Err(problem) => self.fail(problem),
            };
            match played {
                Over::Ended => {}
                Over::Open(wanted) => next = Some(wanted),
                Over::Session => return,
            }
        }
    }

    /// Plays one source to its end, or until another is wanted. A recording that can be moved within stays at its end.
    fn play(&self, source: Box<dyn Source>, stretches: &mut u64) -> Over {
        let mut playing = Playing {
            pace: Pace::new(source.fps()),
            source,
            opened: false,
            up: None,
            beside: Beside::default(),
            people: Identities::default(),
            number: *stretches,
            pending: None,
            shown_micros: 0,
            held: false,
            ended: false,
            range: (0, None),
            looping: false,
            round_is_empty: false,
            told: None,
        };
        loop {
            // Whether a frame comes or not.
            self.tap.go_on();
            let step = match self.order(&playing) {
                Ok(Some(order)) => self.obey(order, &mut playing, stretches),
                Ok(None) if playing.held => self.pass_over(&mut playing),
                Ok(None) => self.go_on(&mut playing, stretches),
                Err(over) => return over,
            };
            let step = step.unwrap_or_else(|error| {
                let text = match &error {
                    // It says of which source it speaks.
                    CaptureError::Host { .. } => error.to_string(),
                    error => format!("{}: {error}", playing.source.name()),
                };
                Some(self.fail(text))
            });
            if let Some(over) = step {
                return over;
            }
        }
    }

    /// The next order, however long it takes; `None` at the session's end. What the recorder had no room for goes on meanwhile:
    /// no frame comes to take it along.
    fn next_order(&self) -> Option<Order> {
        while self.tap.go_on() {
            match self.orders.recv_timeout(RETRY_PERIOD) {
                Ok(order) => return Some(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        self.orders.recv().ok()
    }

    /// The next order until then; what the recorder had no room for goes on meanwhile, as the next frame may be far.
    fn order_until(&self, due: Instant) -> Result<Order, RecvTimeoutError> {
        while self.tap.go_on() {
            let retry = Instant::now() + RETRY_PERIOD;
            match self.orders.recv_deadline(due.min(retry)) {
                Err(RecvTimeoutError::Timeout) if retry < due => {}
                waited => return waited,
            }
        }
        self.orders.recv_deadline(due)
    }

    /// The next order, waited for until the next frame is due, or while nothing plays.
    fn order(&self, playing: &Playing) -> Result<Option<Order>, Over> {
        if playing.is_still() && !playing.source.is_live() {
            return self.next_order().map(Some).ok_or(Over::Session);
        }
        let waited = match &playing.pending {
            Some(pending) if pending.due > Instant::now() => self.order_until(pending.due),
            _ => self.orders.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            }),
        };
        match waited {
            Ok(order) => Ok(Some(order)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Over::Session),
        }
    }

    /// Hands on the frame that is due, or reads the next.
    fn go_on(
        &self,
        playing: &mut Playing,
        stretches: &mut u64,
    ) -> Result<Option<Over>, CaptureError> {
        if let Some(pending) = playing.pending.take() {
            let heard = self.hand_on(pending.frame, pending.micros, playing);
            return Ok((!heard).then_some(Over::Session));
        }
        let step = self.step(playing)?;
        let micros = playing.read_micros();
        let is_inside = micros <= playing.range.1.unwrap_or(u64::MAX);
        match step {
            Step::Waiting => {}
            Step::Notice(notice) => self.hear(notice),
            Step::Frame(frame) if is_inside => {
                playing.round_is_empty = false;
                let due = if self.fast || playing.source.is_live() {
                    Instant::now()
                } else {
                    playing.pace.due(frame.timestamp_micros, Instant::now())
                };
                playing.pending = Some(Pending { frame, micros, due });
            }
            _ if playing.looping && playing.source.seekable().is_some() => {
                playing.begin_again(stretches)?;
                self.tell(playing, playing.held);
            }
            _ if playing.source.seekable().is_some() => {
                playing.ended = true;
                if let Over::Session = self.end() {
                    return Ok(Some(Over::Session));
                }
                self.tell(playing, true);
            }
            _ => return Ok(Some(self.end())),
        }
        Ok(None)
    }

    /// Asks the source for more, and tells what it says of itself.
    pub(super) fn step(&self, playing: &mut Playing) -> Result<Step, CaptureError> {
        let source = &mut playing.source;
        let step = source.step(PATIENCE);
        if !playing.opened && source.is_open() {
            playing.opened = true;
            let (name, fps) = (source.name(), source.fps());
            // A speed that was asked for before the source was open holds.
            let speed = playing.pace.speed();
            playing.pace = Pace::new(fps);
            playing.pace.set_speed(speed);
            self.tap.source(&name, fps);
            self.outbox.insist(Event::SourceOpened { name, fps });
        }
        if source.up() != playing.up {
            playing.up = source.up();
            if let Some(up) = playing.up {
                self.tap.up(up);
                self.outbox.say(Event::SourceUp(up));
            }
        }
        step
    }

    fn obey(
        &self,
        order: Order,
        playing: &mut Playing,
        stretches: &mut u64,
    ) -> Result<Option<Over>, CaptureError> {
        match order {
            Order::Open(wanted) => return Ok(Some(Over::Open(wanted))),
            Order::Level(levelled) => self.level(levelled),
            Order::Pause => playing.held = true,
            Order::Resume => {
                if std::mem::take(&mut playing.ended) {
                    let start = playing.range.0;
                    playing.leap(stretches, |place| place.seek(start))?;
                }
                playing.held = false;
                playing.pace.restart();
                if let Some(pending) = &mut playing.pending {
                    pending.due = Instant::now();
                }
            }
            Order::Move(_) if playing.source.seekable().is_none() => {}
            Order::Move(transport) => {
                if !self.travel(&transport, playing, stretches)? {
                    return Ok(Some(Over::Session));
                }
            }
        }
        self.tell(playing, true);
        Ok(None)
    }

    fn level(&self, levelled: bool) {
        self.levelled.set(levelled);
        self.tap.levelled(levelled);
    }

    /// Tells where a recording stands; while it plays, now and then.
    pub(super) fn tell(&self, playing: &mut Playing, at_once: bool) {
        let due = playing
            .told
            .is_none_or(|told| told.elapsed() >= TELL_PERIOD);
        if (at_once || due) && !self.fast {
            playing.told = Some(Instant::now());
            if let Some(playback) = playing.playback() {
                self.outbox.say(Event::Playback(playback));
            }
        }
    }

    /// Tells why the source does not play; there is nothing left of it to go on with.
    fn fail(&self, problem: String) -> Over {
        let why = problem.clone();
        if self.outbox.problem(problem) && self.outbox.insist(Event::SourceFailed(why)) {
            self.end()
        } else {
            Over::Session
        }
    }

    pub(super) fn end(&self) -> Over {
        self.tap.ended();
        let heard = if self.fast {
            self.frames.push_waiting(Item::Ended)
        } else {
            self.frames.push(Item::Ended)
        };
        if heard { Over::Ended } else { Over::Session }
    }
}
