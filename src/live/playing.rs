//! The capture thread: it owns the source, plays it at its own pace, and hands frames on.

use super::Event;
use super::outbox::Outbox;
use super::ring::Producer;
use super::stages::OpenSource;
use crate::capture::Source;
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
}

/// What capture gives to inference.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame, when it was captured, and which source it is of: sources are numbered as they are opened.
    Frame {
        frame: Frame,
        at: Instant,
        source: u64,
    },
    /// That source ended.
    Ended,
}

/// Steps between frames that are longer than this are played as if they were a frame's normal distance.
const LONGEST_STEP: Duration = Duration::from_secs(2);

/// The capture thread's state.
pub(super) struct Player {
    pub(super) open: OpenSource,
    pub(super) orders: Receiver<Order>,
    pub(super) frames: Producer<Item>,
    pub(super) newest: Producer<Frame>,
    pub(super) outbox: Outbox,
    pub(super) fast: bool,
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
        let fps = source.fps();
        self.outbox.insist(Event::SourceOpened {
            name: source.name(),
            fps,
        });
        let mut pace = Pace::new(fps);
        loop {
            match self.orders_now(&mut pace) {
                Wait::Done => {}
                other => return other,
            }
            let mut frame = match source.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return self.end(),
                Err(error) => {
                    let text = format!("{}: {error}", source.name());
                    return if self.outbox.problem(text) {
                        self.end()
                    } else {
                        Wait::Over
                    };
                }
            };
            // A coordinate that is no number would poison everything after it.
            frame.bodies.retain(crate::skeleton::Body::is_finite);
            if !self.fast {
                let due = pace.due(frame.timestamp_micros, Instant::now());
                match self.wait_until(due, &mut pace) {
                    Wait::Done => {}
                    other => return other,
                }
            }
            if !self.hand_on(frame, number) {
                return Wait::Over;
            }
        }
    }

    fn hand_on(&self, frame: Frame, source: u64) -> bool {
        self.newest.push(frame.clone());
        let item = Item::Frame {
            frame,
            at: Instant::now(),
            source,
        };
        let heard = if self.fast {
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
            Order::Pause => {}
        }
        loop {
            match self.orders.recv() {
                Ok(Order::Open(wanted)) => return Wait::Open(wanted),
                Ok(Order::Pause) => {}
                Ok(Order::Resume) => {
                    pace.restart();
                    return Wait::Done;
                }
                Err(_) => return Wait::Over,
            }
        }
    }
}

/// When each frame is due, from its timestamp.
struct Pace {
    /// A frame's nominal distance.
    period: Duration,
    /// A timestamp and the moment at which it was due.
    anchor: Option<(u64, Instant)>,
}

impl Pace {
    fn new(fps: f32) -> Self {
        let fps = if fps.is_finite() {
            fps.clamp(1.0, 1000.0)
        } else {
            30.0
        };
        Self {
            period: Duration::from_secs_f32(1.0 / fps),
            anchor: None,
        }
    }

    /// The next frame is due at once.
    fn restart(&mut self) {
        self.anchor = None;
    }

    /// When a frame with this timestamp is due: never more than [`LONGEST_STEP`] from now.
    fn due(&mut self, timestamp_micros: u64, now: Instant) -> Instant {
        let Some((before, moment)) = self.anchor else {
            self.anchor = Some((timestamp_micros, now));
            return now;
        };
        let step = timestamp_micros
            .checked_sub(before)
            .map(Duration::from_micros);
        let due = match step {
            Some(step) if step <= LONGEST_STEP => moment + step,
            // Time ran backwards or made a leap: the device's clock restarted, or the recording has a hole.
            _ => moment.max(now) + self.period,
        };
        // Late frames set the pace anew, so that lateness is not made good for by a rush.
        let due = if due + LONGEST_STEP < now { now } else { due };
        self.anchor = Some((timestamp_micros, due));
        due
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_STEP, Pace};
    use std::time::{Duration, Instant};

    #[test]
    fn frames_are_due_by_their_timestamps() {
        let (mut pace, now) = (Pace::new(30.0), Instant::now());
        assert_eq!(pace.due(5_000_000, now), now);
        assert_eq!(pace.due(5_040_000, now), now + Duration::from_millis(40));
        assert_eq!(pace.due(5_140_000, now), now + Duration::from_millis(140));
    }

    #[test]
    fn time_that_runs_backwards_or_leaps_costs_one_period() {
        // A rate whose period is a round number in binary too.
        let (mut pace, now) = (Pace::new(32.0), Instant::now());
        pace.due(5_000_000, now);
        assert_eq!(
            pace.due(1_000_000, now),
            now + Duration::from_micros(31_250)
        );
        assert_eq!(pace.due(u64::MAX, now), now + Duration::from_micros(62_500));
        assert_eq!(pace.due(0, now), now + Duration::from_micros(93_750));
    }

    #[test]
    fn a_source_that_was_held_up_does_not_rush() {
        let (mut pace, now) = (Pace::new(f32::NAN), Instant::now());
        pace.due(0, now);
        let late = now + LONGEST_STEP * 3;
        assert_eq!(pace.due(33_000, late), late);
        pace.restart();
        assert_eq!(pace.due(66_000, late), late);
    }
}
