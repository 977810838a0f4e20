//! Frames are taken as they come, and the newest is answered for.

use super::{Flow, Inference};
use crate::live::playing::Item;
use crate::live::rates::Spent;
use crate::live::{Event, RING_FRAMES};
use std::time::{Duration, Instant};

/// A frame for which a prediction is due.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// When it came.
    captured: Instant,
    /// How long it waited.
    queue: Duration,
    /// How long it took to take it in.
    push: Duration,
}

impl Inference {
    /// Takes in all that has come, then predicts once, so that lateness never piles up; played fast, at every hop.
    pub(super) fn take_frames(&mut self) -> Flow {
        let mut newest = None;
        // No more than the ring holds: whatever comes meanwhile rings again, and a source played fast with no bundle to
        // slow it down must not keep commands and the session's end waiting.
        for _ in 0..RING_FRAMES {
            let Some(item) = self.lines.frames.pop() else {
                break;
            };
            let (frame, at, (source, number)) = match item {
                Item::Frame {
                    frame,
                    at,
                    journey,
                    source,
                    number,
                } => {
                    self.rates.arrived(journey);
                    self.lines.notes.taken.set(Some(at));
                    (frame, at, (source, number))
                }
                Item::Ended => {
                    if self.predict(newest.take()) == Flow::Over {
                        return Flow::Over;
                    }
                    self.end_unsaid = true;
                    if self.say_end() == Flow::Over {
                        return Flow::Over;
                    }
                    continue;
                }
            };
            // Another source plays: its end is the one to tell of.
            self.end_unsaid = false;
            let Some(core) = &mut self.core else { continue };
            if source != self.source {
                // Ids and clocks of another source mean nothing here.
                core.recognizer.reset();
                self.source = source;
            }
            self.lines.notes.seen(self.seen, (at, number));
            self.seen = Some((at, number));
            let taken = Instant::now();
            if core.recognizer.push(frame) {
                newest = Some(Taken {
                    captured: at,
                    queue: taken.duration_since(at),
                    push: taken.elapsed(),
                });
                if self.options.fast && self.predict(newest.take()) == Flow::Over {
                    return Flow::Over;
                }
            }
        }
        self.predict(newest)
    }

    /// Tells of the source's end if that is still to be told; a face that does not read hears of it at a later tick.
    pub(super) fn say_end(&mut self) -> Flow {
        if !self.end_unsaid {
            return Flow::On;
        }
        let outbox = &self.lines.outbox;
        let taken = if self.options.fast {
            outbox.wait_and_say(Event::SourceEnded).then_some(true)
        } else {
            outbox.try_say(Event::SourceEnded)
        };
        match taken {
            Some(taken) => {
                self.end_unsaid = !taken;
                Flow::On
            }
            None => Flow::Over,
        }
    }

    /// Predicts for a frame that was taken, if there is one.
    fn predict(&mut self, newest: Option<Taken>) -> Flow {
        let (Some(taken), Some(core)) = (newest, &mut self.core) else {
            return Flow::On;
        };
        let begun = Instant::now();
        let looked = core.recognizer.look();
        let window = taken.push + begun.elapsed();
        let begun = Instant::now();
        let predictions = match looked.and_then(|looked| core.recognizer.name(looked)) {
            Ok(predictions) => predictions,
            Err(error) => return self.tell(error.to_string()),
        };
        let latency = taken.captured.elapsed();
        let spent = Spent {
            latency,
            queue: taken.queue,
            window,
            inference: begun.elapsed(),
        };
        if !predictions.is_empty() {
            self.rates.predicted(spent);
        }
        for prediction in predictions {
            self.lines
                .notes
                .prediction(&prediction, taken.captured, latency);
            let event = Event::Prediction(prediction, latency);
            let outbox = &self.lines.outbox;
            let heard = if self.options.fast {
                outbox.wait_and_say(event)
            } else {
                outbox.say(event)
            };
            if !heard {
                return Flow::Over;
            }
        }
        Flow::On
    }
}
