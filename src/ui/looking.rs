//! Whom and what the window looks at, as its state has it.

use crate::capture::{Notice, NoticeKind};
use crate::ui::followed::Whom;
use crate::ui::history::CURVES;
use crate::ui::state::{BODY_GONE_SECONDS, BodyTrack, Play, State};
use std::collections::BTreeSet;
use std::time::Duration;

impl State {
    /// The bodies with a fresh prediction.
    pub fn present(&self) -> impl Iterator<Item = (u64, &BodyTrack)> {
        // Where somebody seeks in what is held, an answer is shown beside the moment that it is of and no other.
        let held_micros = self.frame.as_ref().filter(|_| self.is_held());
        let held_micros = held_micros.map(|frame| frame.timestamp_micros);
        let fresh = move |track: &BodyTrack| {
            let apart =
                held_micros.map_or(0, |held| held.abs_diff(track.prediction.timestamp_micros));
            self.played - track.at < BODY_GONE_SECONDS && (apart as f64) < BODY_GONE_SECONDS * 1e6
        };
        self.bodies
            .iter()
            .filter(move |(_, track)| fresh(track))
            .map(|(id, track)| (*id, track))
    }

    /// Whether a moment is held to be looked at: a source that is paused, or has come to its end and nobody waits for the next.
    pub(super) fn is_held(&self) -> bool {
        match self.source.play {
            Play::Paused => true,
            Play::Ended => self.presenting.is_none() && self.source.failure.is_none(),
            Play::Playing | Play::Opening | Play::Nothing => false,
        }
    }

    /// The body that is looked at: the user's choice while it is there, or else who is followed, or anybody.
    pub fn focus(&self) -> Option<(u64, &BodyTrack)> {
        let wanted = self.chosen_body.into_iter();
        let wanted = wanted.chain(self.followed.looked_at().iter().copied());
        let mut known = wanted.filter_map(|id| self.present().find(|(other, _)| *other == id));
        known.next().or_else(|| self.present().next())
    }

    /// The other of a pair, where two are looked at.
    pub fn partner(&self) -> Option<(u64, &BodyTrack)> {
        if self.settings.whom != Whom::Pair {
            return None;
        }
        let focus = self.focus().map(|(id, _)| id)?;
        let mut others = self.followed.looked_at().iter().filter(|id| **id != focus);
        others.find_map(|id| self.present().find(|(other, _)| other == id))
    }

    /// How far the camera leans from upright, degrees, where it can tell.
    pub fn tilt_degrees(&self) -> Option<f32> {
        let up = glam::Vec3::from(self.up?).try_normalize()?;
        Some(up.angle_between(glam::Vec3::Y).to_degrees())
    }

    /// Takes note of how long an event waited to be shown: with the time of painting, that is the display's share.
    pub fn displayed(&mut self, waited: Duration, painting: Duration) {
        let millis = (waited + painting).as_secs_f32() * 1e3;
        self.display_millis += (millis - self.display_millis) * 0.1;
    }

    /// A body's colour, as an index that does not change while it is in view.
    pub fn colour_of(&self, body: u64) -> usize {
        self.colours.get(&body).copied().unwrap_or(0)
    }

    /// Gives whoever is new the first colour that nobody has, and takes those of who is not known any more.
    pub(super) fn give_colours(&mut self) {
        let in_frame = self.frame.iter().flat_map(|frame| &frame.bodies);
        let in_view: BTreeSet<u64> = in_frame.map(|body| body.id).collect();
        let known = in_view.iter().chain(self.bodies.keys());
        let known: BTreeSet<u64> = known.copied().collect();
        self.colours.retain(|id, _| known.contains(id));
        for id in &known {
            if !self.colours.contains_key(id) {
                let has = |colour: usize, others: &BTreeSet<u64>| {
                    let mut theirs = self.colours.iter().filter(|(id, _)| others.contains(id));
                    theirs.any(|(_, other)| *other == colour)
                };
                // Those who left make room where the palette is used up.
                let free = (0..CURVES).find(|colour| !has(*colour, &known));
                let free = free.or_else(|| (0..).find(|colour| !has(*colour, &in_view)));
                self.colours.insert(*id, free.unwrap_or(0));
            }
        }
    }

    /// Takes note of what the source says of itself.
    pub(super) fn hear_of_source(&mut self, notice: Notice) {
        match notice.kind {
            NoticeKind::Lost | NoticeKind::Preparing => self.source.trouble = Some(notice.text),
            NoticeKind::Back => {
                self.source.trouble = None;
                self.say(notice.text);
            }
            // What is worth knowing to an operator is nothing for an audience.
            NoticeKind::Said if self.presenting.is_some() => {}
            NoticeKind::Said => self.say(notice.text),
        }
    }
}
