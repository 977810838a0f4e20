//! Whom and what the window looks at, as its state has it.

use crate::capture::{Notice, NoticeKind};
use crate::ui::followed::Whom;
use crate::ui::state::{BODY_GONE_SECONDS, BodyTrack, State};
use std::collections::BTreeSet;
use std::time::Duration;

impl State {
    /// The bodies with a fresh prediction.
    pub fn present(&self) -> impl Iterator<Item = (u64, &BodyTrack)> {
        let fresh = |track: &BodyTrack| self.played - track.at < BODY_GONE_SECONDS;
        self.bodies
            .iter()
            .filter(move |(_, track)| fresh(track))
            .map(|(id, track)| (*id, track))
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
        let known = in_frame
            .map(|body| body.id)
            .chain(self.bodies.keys().copied());
        let known: BTreeSet<u64> = known.collect();
        self.colours.retain(|id, _| known.contains(id));
        for id in known {
            if !self.colours.contains_key(&id) {
                let taken: BTreeSet<usize> = self.colours.values().copied().collect();
                let free = (0..).find(|colour| !taken.contains(colour));
                self.colours.insert(id, free.unwrap_or(0));
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
            NoticeKind::Said => self.say(notice.text),
        }
    }
}
