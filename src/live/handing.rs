//! The capture thread hands a frame on: to the recorder as it was captured, to screen and inference upright and by one name.

use super::playing::{Item, Player, Playing};
use crate::recording::session::Change;
use crate::skeleton::{Body, Frame, Upright};
use std::time::{Duration, Instant};

/// What is known of the frame that was handed on last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Handed {
    /// How many there were.
    count: u64,
    /// When it came.
    at: Option<Instant>,
    /// Its stretch.
    stretch: u64,
    /// Whether bodies were turned upright, and from which way up.
    upright: Option<(bool, Option<[f32; 3]>)>,
}

impl Player {
    /// Hands a frame on, and before it to the recorder what holds from it on. `false` when nobody listens any more.
    pub(super) fn hand_on(&self, mut frame: Frame, micros: u64, playing: &mut Playing) -> bool {
        playing.shown_micros = micros;
        let (now, journey) = (Instant::now(), playing.source.journey());
        let at = now.checked_sub(journey.link).unwrap_or(now);
        let at = self.note(at, playing);
        // Recorded as it was captured: whoever replays it decides anew what to make of it.
        self.tap.frame(&frame, at);
        // A coordinate that is no number would poison everything after it.
        frame.bodies.retain(Body::is_finite);
        if self.levelled.get() {
            Upright::new(playing.up).turn(&mut frame);
        }
        // Screen and inference call everybody by one name.
        let trackers: Vec<u64> = frame.bodies.iter().map(|body| body.id).collect();
        playing.people.rename(&mut frame);
        self.tell_beside(playing, &trackers, &frame);
        self.newest.push(frame.clone());
        let item = Item::Frame {
            frame,
            at,
            journey,
            source: playing.number,
            number: self.handed.get().count,
        };
        // Who waits for a camera would only be ever later.
        let heard = if self.fast && !playing.source.is_live() {
            self.frames.push_waiting(item)
        } else {
            self.frames.push(item)
        };
        self.tell(playing, false);
        self.outbox.wake();
        heard
    }

    /// Tells the recorder what is otherwise for the frame that came then, and gives that time: no two frames have the same,
    /// since it is by their times that a recording says which of them something was said of.
    fn note(&self, at: Instant, playing: &Playing) -> Instant {
        let last = self.handed.get();
        let next = last.at.map(|last| last + Duration::from_nanos(1));
        let at = next.map_or(at, |next| at.max(next));
        let (levelled, up) = (self.levelled.get(), playing.up);
        if last.stretch != playing.number {
            self.tap.change(last.at, Change::Stretch);
        }
        if last.upright != Some((levelled, up)) {
            self.tap.change(last.at, Change::Upright { levelled, up });
        }
        self.handed.set(Handed {
            count: last.count + 1,
            at: Some(at),
            stretch: playing.number,
            upright: Some((levelled, up)),
        });
        at
    }
}
