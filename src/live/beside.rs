//! What a camera tells beside its frames: the floor that it sees, and what hands do.

use super::Event;
use super::playing::{Player, Playing};
use crate::capture::Notice;
use crate::skeleton::{Frame, Hands, Plane};

/// A floor that came nearer or went farther by less than this is where it was, metres.
const LEAST_METRES: f32 = 0.02;

/// As it was told last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Beside {
    floor: Option<Plane>,
    hands: Vec<Hands>,
}

impl Player {
    /// Passes on what the source says of itself.
    pub(super) fn hear(&self, notice: Notice) {
        tracing::warn!("{}", notice.text);
        self.tap.happened("camera", &notice.text);
        self.outbox.insist(Event::Source(notice));
    }

    /// Tells of floor and hands where they are no longer as they were told. `trackers` are the ids that the tracker gave the
    /// frame's bodies, in their order: a recording keeps those, the screen goes by the frame's own.
    pub(super) fn tell_beside(&self, playing: &mut Playing, trackers: &[u64], frame: &Frame) {
        let floor = playing.source.floor();
        if is_elsewhere(playing.beside.floor, floor) {
            playing.beside.floor = floor;
            if let Some([x, y, z, w]) = floor {
                self.tap
                    .happened("floor", &format!("{x:.4} {y:.4} {z:.4} {w:.3}"));
            }
            self.outbox.say(Event::SourceFloor(floor));
        }
        let told = playing.source.hands();
        let of = |tracker: &u64| told.iter().find(|hands| hands.body == *tracker);
        let hands: Vec<Hands> = trackers
            .iter()
            .zip(&frame.bodies)
            .filter_map(|(tracker, body)| {
                let body = body.id;
                of(tracker).map(|hands| Hands { body, ..*hands })
            })
            .collect();
        if hands != playing.beside.hands {
            self.tap.happened("hands", &in_words(told));
            playing.beside.hands.clone_from(&hands);
            self.outbox.say(Event::SourceHands(hands));
        }
    }
}

fn is_elsewhere(told: Option<Plane>, now: Option<Plane>) -> bool {
    match (told, now) {
        (Some([.., told]), Some([.., now])) => (told - now).abs() >= LEAST_METRES,
        (told, now) => told.is_some() != now.is_some(),
    }
}

/// Hands as a recording keeps them: `ID LEFT, RIGHT; ID LEFT, RIGHT`.
fn in_words(hands: &[Hands]) -> String {
    let hands: Vec<String> = hands
        .iter()
        .map(|hands| format!("{} {}, {}", hands.body, hands.left, hands.right))
        .collect();
    hands.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::Hand;

    #[test]
    fn a_floor_that_trembles_is_told_once() {
        let at = |height: f32| Some([0.0, 1.0, 0.0, height]);
        assert!(is_elsewhere(None, at(1.0)) && is_elsewhere(at(1.0), None));
        assert!(!is_elsewhere(at(1.0), at(1.01)) && is_elsewhere(at(1.0), at(1.03)));
        assert!(!is_elsewhere(None, None));
    }

    #[test]
    fn hands_are_kept_by_the_trackers_numbers() {
        let hands = |body, left, right| Hands { body, left, right };
        let both = [
            hands(7, Hand::Open, Hand::Closed),
            hands(9, Hand::NotTracked, Hand::Lasso),
        ];
        assert_eq!(in_words(&both), "7 open, closed; 9 not seen, two fingers");
    }
}
