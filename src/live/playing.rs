//! The capture thread: it owns the source, plays it at its own pace, and hands frames on.

use super::outbox::Outbox;
use super::pace::Pace;
use super::recorder::Tap;
use super::ring::Producer;
use super::stages::OpenSource;
use super::{Event, Playback, Transport};
use crate::capture::{CaptureError, Source};
use crate::skeleton::Frame;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
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
    /// Move within the source.
    Move(Transport),
}

/// What capture gives to inference.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame, when it was captured, and which stretch it is of: they are numbered as sources are opened and moved within.
    Frame {
        frame: Frame,
        at: Instant,
        source: u64,
    },
    /// The source ended.
    Ended,
}

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
}

/// What became of a source.
enum Over {
    /// It came to its end.
    Ended,
    /// Another source is wanted.
    Open(String),
    /// The session is over.
    Session,
}

/// A frame that waits for its time.
struct Pending {
    frame: Frame,
    /// Its moment in the recording, microseconds after the begin.
    micros: u64,
    due: Instant,
}

/// A source that plays.
struct Playing {
    source: Box<dyn Source>,
    /// The stretch: frames after a leap have nothing to do with those before.
    number: u64,
    pace: Pace,
    /// Read, and waiting for its time.
    pending: Option<Pending>,
    /// The moment of the frame that was handed on last, microseconds after the begin; 0 for cameras.
    shown_micros: u64,
    held: bool,
    /// A recording stands at its end until it is moved.
    ended: bool,
    range: (u64, Option<u64>),
    looping: bool,
    told: Option<Instant>,
}

impl Playing {
    fn is_still(&self) -> bool {
        self.held || self.ended
    }

    /// The next frame, and its moment.
    fn next_frame(&mut self) -> Result<Option<(Frame, u64)>, CaptureError> {
        let frame = self.source.next_frame()?;
        let place = self.source.seekable();
        let micros = place.map_or(0, |place| place.position_micros());
        Ok(frame.map(|frame| (frame, micros)))
    }

    /// What is to be shown of where it stands; `None` for cameras.
    fn playback(&mut self) -> Option<Playback> {
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
                None => match self.orders.recv() {
                    Ok(Order::Open(wanted)) => wanted,
                    Ok(Order::Pause | Order::Resume | Order::Move(_)) => continue,
                    Err(_) => return,
                },
            };
            stretches += 1;
            let played = match (self.open)(&wanted) {
                Ok(source) => self.play(source, &mut stretches),
                Err(problem) => {
                    if !self.outbox.problem(problem) {
                        return;
                    }
                    self.end()
                }
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
        let (name, fps) = (source.name(), source.fps());
        self.tap.source(&name, fps);
        self.outbox.insist(Event::SourceOpened { name, fps });
        let mut playing = Playing {
            source,
            number: *stretches,
            pace: Pace::new(fps),
            pending: None,
            shown_micros: 0,
            held: false,
            ended: false,
            range: (0, None),
            looping: false,
            told: None,
        };
        loop {
            let step = match self.order(&playing) {
                Ok(Some(order)) => self.obey(order, &mut playing, stretches),
                Ok(None) => self.go_on(&mut playing, stretches),
                Err(over) => return over,
            };
            let step = step.unwrap_or_else(|error| {
                let text = format!("{}: {error}", playing.source.name());
                Some(if self.outbox.problem(text) {
                    self.end()
                } else {
                    Over::Session
                })
            });
            if let Some(over) = step {
                return over;
            }
        }
    }

    /// The next order, waited for until the next frame is due, or while nothing plays.
    fn order(&self, playing: &Playing) -> Result<Option<Order>, Over> {
        if playing.is_still() {
            return self.orders.recv().map(Some).map_err(|_error| Over::Session);
        }
        let waited = match &playing.pending {
            Some(pending) => self.orders.recv_deadline(pending.due),
            None => self.orders.try_recv().map_err(|error| match error {
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
        let out = playing.range.1.unwrap_or(u64::MAX);
        match playing.next_frame()? {
            Some((frame, micros)) if micros <= out => {
                let due = if self.fast {
                    Instant::now()
                } else {
                    playing.pace.due(frame.timestamp_micros, Instant::now())
                };
                playing.pending = Some(Pending { frame, micros, due });
            }
            _ if playing.looping && playing.source.seekable().is_some() => {
                let start = playing.range.0;
                self.leap(playing, stretches, |place| place.seek(start))?;
                // An empty range must not spin.
                playing.held = playing.playback().is_some_and(|at| at.length_micros == 0);
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

    fn obey(
        &self,
        order: Order,
        playing: &mut Playing,
        stretches: &mut u64,
    ) -> Result<Option<Over>, CaptureError> {
        match order {
            Order::Open(wanted) => return Ok(Some(Over::Open(wanted))),
            Order::Pause => playing.held = true,
            Order::Resume => {
                if std::mem::take(&mut playing.ended) {
                    let start = playing.range.0;
                    self.leap(playing, stretches, |place| place.seek(start))?;
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

    /// Moves within a recording. `false` when nobody listens any more.
    fn travel(
        &self,
        transport: &Transport,
        playing: &mut Playing,
        stretches: &mut u64,
    ) -> Result<bool, CaptureError> {
        match *transport {
            Transport::Seek(micros) => {
                self.leap(playing, stretches, |place| place.seek(micros))?;
                playing.shown_micros = micros;
                return if playing.held {
                    self.show_next(playing)
                } else {
                    Ok(true)
                };
            }
            Transport::Step(frames) => {
                playing.held = true;
                if frames >= 0 {
                    playing.ended = false;
                    return self.show_next(playing);
                }
                for _ in 0..frames.unsigned_abs() {
                    let here = playing.shown_micros;
                    self.leap(playing, stretches, |place| place.seek_before(here))?;
                    if !self.show_next(playing)? {
                        return Ok(false);
                    }
                }
            }
            Transport::Speed(speed) => {
                playing.pace.set_speed(speed);
                if let Some(pending) = &mut playing.pending {
                    pending.due = pending.due.min(Instant::now());
                }
            }
            Transport::Range {
                start,
                end,
                looping,
            } => {
                playing.range = (start, end.filter(|end| *end > start));
                playing.looping = looping;
            }
        }
        Ok(true)
    }

    /// Goes elsewhere in a recording: a new stretch begins.
    fn leap(
        &self,
        playing: &mut Playing,
        stretches: &mut u64,
        go: impl FnOnce(&mut dyn crate::capture::Seekable) -> Result<(), CaptureError>,
    ) -> Result<(), CaptureError> {
        playing.pending = None;
        playing.ended = false;
        playing.pace.restart();
        *stretches += 1;
        playing.number = *stretches;
        playing.source.seekable().map_or(Ok(()), go)
    }

    /// Hands the next frame on at once. `false` when nobody listens any more.
    fn show_next(&self, playing: &mut Playing) -> Result<bool, CaptureError> {
        let next = match playing.pending.take() {
            Some(pending) => Some((pending.frame, pending.micros)),
            None => playing.next_frame()?,
        };
        Ok(match next {
            Some((frame, micros)) => self.hand_on(frame, micros, playing),
            None => true,
        })
    }

    fn hand_on(&self, mut frame: Frame, micros: u64, playing: &mut Playing) -> bool {
        playing.shown_micros = micros;
        let at = Instant::now();
        self.tap.frame(&frame, at);
        // A coordinate that is no number would poison everything after it.
        frame.bodies.retain(crate::skeleton::Body::is_finite);
        self.newest.push(frame.clone());
        let source = playing.number;
        let item = Item::Frame { frame, at, source };
        let heard = if self.fast {
            self.frames.push_waiting(item)
        } else {
            self.frames.push(item)
        };
        self.tell(playing, false);
        self.outbox.wake();
        heard
    }

    /// Tells where a recording stands; while it plays, now and then.
    fn tell(&self, playing: &mut Playing, at_once: bool) {
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

    fn end(&self) -> Over {
        self.tap.ended();
        let heard = if self.fast {
            self.frames.push_waiting(Item::Ended)
        } else {
            self.frames.push(Item::Ended)
        };
        if heard { Over::Ended } else { Over::Session }
    }
}
