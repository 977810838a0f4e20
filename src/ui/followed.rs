//! Whom of several people the window looks at, kept through short losses.

use crate::skeleton::{Body, Frame, Joint};
use serde::{Deserialize, Serialize};

/// Whom to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// Who has been in view for longest.
    #[default]
    First,
    /// Who is nearest to the sensor.
    Nearest,
    /// The two nearest, side by side.
    Pair,
}

/// Who is lost for so long may come back under another number, seconds.
const HELD_SECONDS: f64 = 3.0;

/// Within this distance of where somebody was lost it is the same person, metres.
const FOUND_WITHIN: f32 = 0.8;

/// Somebody else must be nearer by so much to be followed instead, metres: two people at one distance must not take turns.
const NEARER_BY: f32 = 0.3;

/// Somebody who is or was in view a moment ago.
#[derive(Clone, Debug, PartialEq)]
struct Person {
    id: u64,
    /// Where the trunk was last, metres.
    place: [f32; 3],
    seen_at: f64,
}

/// Who is in view, in the order of their coming, and who of them is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Followed {
    people: Vec<Person>,
    looked_at: Vec<u64>,
}

impl Followed {
    /// Takes note of a frame at a moment of the window's clock. Where a person came back under another id, the old and the
    /// new one.
    pub fn see(&mut self, frame: &Frame, whom: Whom, now: f64) -> Vec<(u64, u64)> {
        self.people
            .retain(|person| (0.0..HELD_SECONDS).contains(&(now - person.seen_at)));
        let mut renamed = Vec::new();
        for body in frame.bodies.iter().filter(|body| body.is_finite()) {
            let known = self.people.iter().position(|person| person.id == body.id);
            let known = known.or_else(|| self.lost_here(frame, body));
            let person = Person {
                id: body.id,
                place: body.joint(Joint::SpineBase),
                seen_at: now,
            };
            match known.and_then(|index| self.people.get_mut(index)) {
                Some(known) => {
                    if known.id != body.id {
                        renamed.push((known.id, body.id));
                    }
                    *known = person;
                }
                None => self.people.push(person),
            }
        }
        for (old, new) in &renamed {
            for id in self.looked_at.iter_mut().filter(|id| *id == old) {
                *id = *new;
            }
        }
        self.look(whom);
        renamed
    }

    /// Forgets everybody: another source begins.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The ids of those who are looked at: one, or two of a pair, the first of them first.
    pub fn looked_at(&self) -> &[u64] {
        &self.looked_at
    }

    fn look(&mut self, whom: Whom) {
        self.looked_at = match whom {
            Whom::First => self.people.iter().take(1).map(|person| person.id).collect(),
            Whom::Nearest => self.nearest(1),
            Whom::Pair => self.nearest(2),
        };
    }

    /// So many of those nearest to the sensor; whoever is looked at now counts as a little nearer than they are.
    fn nearest(&self, count: usize) -> Vec<u64> {
        let mut people: Vec<(f32, u64)> = self
            .people
            .iter()
            .map(|person| {
                let far = person.place[2];
                let held = self.looked_at.contains(&person.id);
                (if held { far - NEARER_BY } else { far }, person.id)
            })
            .collect();
        people.sort_by(|a, b| a.0.total_cmp(&b.0));
        people.truncate(count);
        let mut ids: Vec<u64> = people.into_iter().map(|(_, id)| id).collect();
        // Those of a pair keep their sides of the panel.
        ids.sort_by_key(|id| {
            let before = self.looked_at.iter().position(|other| other == id);
            before.unwrap_or(usize::MAX)
        });
        ids
    }

    /// The nearest person who is in the frame no more, and was lost where this body is now.
    fn lost_here(&self, frame: &Frame, body: &Body) -> Option<usize> {
        let here = body.joint(Joint::SpineBase);
        let in_frame = |id: u64| frame.bodies.iter().any(|body| body.id == id);
        let apart = |person: &Person| {
            let square = |axis: usize| (person.place[axis] - here[axis]).powi(2);
            (square(0) + square(1) + square(2)).sqrt()
        };
        let lost = self.people.iter().enumerate();
        lost.filter(|(_, person)| !in_frame(person.id))
            .map(|(index, person)| (apart(person), index))
            .filter(|(distance, _)| *distance <= FOUND_WITHIN)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, index)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn frame(people: &[(u64, f32, f32)]) -> Frame {
        let body = |&(id, x, z): &(u64, f32, f32)| Body::tracked(id, [[x, 0.0, z]; JOINT_COUNT]);
        Frame {
            timestamp_micros: 0,
            bodies: people.iter().map(body).collect(),
        }
    }

    #[test]
    fn the_first_stays_the_first_and_is_found_again() {
        let mut followed = Followed::default();
        followed.see(&frame(&[(7, 0.0, 3.0)]), Whom::First, 0.0);
        followed.see(&frame(&[(2, 1.5, 1.5), (7, 0.1, 3.0)]), Whom::First, 0.1);
        assert_eq!(followed.looked_at(), [7]);
        // Out of view for two seconds, and back under another id near there.
        followed.see(&frame(&[(2, 1.5, 1.5)]), Whom::First, 1.1);
        assert_eq!(followed.looked_at(), [7], "still held");
        let renamed = followed.see(&frame(&[(2, 1.5, 1.5), (9, 0.3, 3.1)]), Whom::First, 2.1);
        assert_eq!(renamed, [(7, 9)]);
        assert_eq!(followed.looked_at(), [9]);
        // Gone for good: the next is followed, and whoever comes elsewhere is somebody else.
        followed.see(&frame(&[(2, 1.5, 1.5)]), Whom::First, 4.0);
        followed.see(&frame(&[(2, 1.5, 1.5)]), Whom::First, 5.5);
        assert_eq!(followed.looked_at(), [2]);
        let renamed = followed.see(&frame(&[(2, 1.5, 1.5), (11, 0.3, 3.1)]), Whom::First, 5.6);
        assert!(renamed.is_empty());
    }

    #[test]
    fn the_nearest_is_left_only_for_somebody_clearly_nearer() {
        let mut followed = Followed::default();
        followed.see(&frame(&[(1, 0.0, 2.5), (2, 1.0, 2.4)]), Whom::Nearest, 0.0);
        assert_eq!(followed.looked_at(), [2]);
        followed.see(&frame(&[(1, 0.0, 2.2), (2, 1.0, 2.4)]), Whom::Nearest, 0.1);
        assert_eq!(followed.looked_at(), [2]);
        followed.see(&frame(&[(1, 0.0, 2.0), (2, 1.0, 2.4)]), Whom::Nearest, 0.2);
        assert_eq!(followed.looked_at(), [1]);
    }

    #[test]
    fn a_pair_keeps_its_sides() {
        let mut followed = Followed::default();
        let people = [(1, -1.0, 2.0), (2, 1.0, 2.1), (3, 0.0, 4.0)];
        followed.see(&frame(&people), Whom::Pair, 0.0);
        assert_eq!(followed.looked_at(), [1, 2]);
        let people = [(1, -1.0, 2.3), (2, 1.0, 2.1), (3, 0.0, 4.0)];
        followed.see(&frame(&people), Whom::Pair, 0.1);
        assert_eq!(followed.looked_at(), [1, 2], "the sides stay");
        let people = [(1, -1.0, 2.3), (2, 1.0, 4.1), (3, 0.0, 2.0)];
        followed.see(&frame(&people), Whom::Pair, 0.2);
        assert_eq!(followed.looked_at(), [1, 3]);
        followed.forget();
        assert!(followed.looked_at().is_empty());
    }
}
