//! The capture thread moves within a recording: seeks, steps, speed and range.

use super::Transport;
use super::playing::{Player, Playing};
use crate::capture::{CaptureError, Seekable, Step};
use crate::recognizer::Identities;
use std::time::Instant;

impl Playing {
    /// Goes elsewhere in a recording: a new stretch begins.
    pub(super) fn leap(
        &mut self,
        stretches: &mut u64,
        go: impl FnOnce(&mut dyn Seekable) -> Result<(), CaptureError>,
    ) -> Result<(), CaptureError> {
        self.pending = None;
        self.ended = false;
        self.round_is_empty = false;
        self.pace.restart();
        *stretches += 1;
        self.number = *stretches;
        self.people = Identities::default();
        self.source.seekable().map_or(Ok(()), go)
    }

    /// Goes to the in point for another round. A round in which no frame came is the last: it would only spin.
    pub(super) fn begin_again(&mut self, stretches: &mut u64) -> Result<(), CaptureError> {
        if self.round_is_empty {
            self.held = true;
            return Ok(());
        }
        let (start, mut pace) = (self.range.0, self.pace.clone());
        self.leap(stretches, |place| place.seek(start))?;
        // Rounds of a single frame come no faster than the source's frames do.
        pace.begin_again();
        self.pace = pace;
        self.round_is_empty = true;
        Ok(())
    }
}

impl Player {
    /// Moves within a recording. `false` when nobody listens any more.
    pub(super) fn travel(
        &self,
        transport: &Transport,
        playing: &mut Playing,
        stretches: &mut u64,
    ) -> Result<bool, CaptureError> {
        match *transport {
            Transport::Seek(micros) => {
                playing.leap(stretches, |place| place.seek(micros))?;
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
                    playing.leap(stretches, |place| place.seek_before(here))?;
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
                playing.round_is_empty = false;
            }
        }
        Ok(true)
    }

    /// Hands the next frame on at once. `false` when nobody listens any more.
    fn show_next(&self, playing: &mut Playing) -> Result<bool, CaptureError> {
        if let Some(pending) = playing.pending.take() {
            return Ok(self.hand_on(pending.frame, pending.micros, playing));
        }
        let step = self.step(playing)?;
        let micros = playing.read_micros();
        Ok(match step {
            Step::Frame(frame) => self.hand_on(frame, micros, playing),
            Step::Waiting | Step::Notice(_) | Step::End => true,
        })
    }
}
