//! Left and right: which side does an act, and which way it goes.

use super::MotionLexicon;
use super::around::{CONTACT_VERBS, TOWARDS, is_instrument, is_towards};
use super::compose::Reader;
use super::find::{Match, is_function_word};
use super::spans::Span;
use super::table::Line;
use super::words::Token;
use crate::phrases::motion::{SIDES, attribute_index};

/// Attributes of acts that go somewhere: "left turn" is a turn to the left, "left punch" one with the left arm.
const GOING: [&str; 5] = [
    "sideways",
    "turns_around",
    "steps",
    "travels",
    "torso_leans_sideways",
];

/// Attributes of acts in which the body goes ahead or back where it is said: "hop forward", but not "punch forward".
const WALKING: [&str; 3] = ["steps", "travels", "jumps"];

/// Verbs of which a hand that is named right after them is what is moved; after others of contact it is touched.
const MOVING: [&str; 9] = [
    "put", "place", "bring", "push", "pull", "reach", "show", "point", "cross",
];

/// Words after a side that are no thing: "three times".
const COUNTING: [&str; 14] = [
    "two", "three", "four", "five", "six", "ten", "several", "many", "multiple", "few", "once",
    "twice", "time", "more",
];

/// Words after which a limb does the act.
const WITH: [&str; 4] = ["with", "using", "by", "in"];

impl Reader<'_> {
    /// The side that works, where it is said with a limb that is no goal: "kick with the left leg", but not "touch the left
    /// knee".
    pub(super) fn working_side(&self, act: &[Token], verb: &str) -> Option<(usize, f32)> {
        let word = |place: usize| act.get(place).map_or("", |token| token.word.as_str());
        let sided = |place: &usize| {
            let is_limb = self.lexicon.is_part(word(*place)) || is_instrument(act, *place);
            let before = word(place.saturating_sub(2));
            // "The left and the right hand", "left or right leg".
            let is_either = *place >= 2 && (before == "and" || side(before).is_some());
            is_limb && !is_either && side(word(*place - 1)).is_some()
        };
        let before = |place: usize| place.checked_sub(2).map_or("", word);
        let sided: Vec<usize> = (1..act.len()).filter(sided).collect();
        let with = sided.iter().find(|place| WITH.contains(&before(**place)));
        let works = |place: &&usize| {
            let touched = CONTACT_VERBS.contains(&verb) && !MOVING.contains(&verb);
            let is_goal =
                touched && is_instrument(act, **place) || TOWARDS.contains(&before(**place));
            !is_goal && !is_towards(act, **place, verb)
        };
        let place = with.or_else(|| sided.iter().find(works))?;
        side(word(place - 1))
    }

    /// What a modifier says of sides in an act, in place of what stands in its line; `None` of other modifiers.
    pub(super) fn side_said(
        &self,
        act: &[Token],
        span: Span,
        line: &Line,
        matches: &[(Match, f32)],
        weights: &[f32],
    ) -> Option<Vec<(usize, f32)>> {
        let is = |names: &[&str]| {
            names.iter().any(|name| {
                let weight = attribute_index(name).and_then(|index| weights.get(index));
                weight.is_some_and(|weight| *weight >= 0.5)
            })
        };
        let body_goes = match line.key.as_str() {
            "left" | "right" | "to left" | "to right" => None,
            "forward" => Some("goes_forward"),
            "backward" => Some("goes_backward"),
            _ => return None,
        };
        if let Some(way) = body_goes {
            let own = attribute_index(way).filter(|_| is(&WALKING));
            let effects = line.effects.iter().copied();
            return Some(effects.chain(own.map(|index| (index, 1.0))).collect());
        }
        let before = span.start.checked_sub(1).and_then(|place| act.get(place));
        let last = span.start + span.len - 1;
        let describes = self.lexicon.describes_a_thing(act, last);
        if before.is_some_and(|before| WITH.contains(&before.word.as_str())) && !describes {
            // "Wave with the left": the hand or the leg is meant.
            return side(&line.key).map(|side| vec![side]);
        }
        let first = matches.iter().flat_map(|(found, _)| &found.tokens).min();
        let opens = first.is_some_and(|first| span.start < *first);
        if opens && !is(&GOING) {
            return Some(side(&line.key).into_iter().collect());
        }
        // "Check the watch on the left wrist", "the person left the room".
        (!opens && describes).then(Vec::new)
    }
}

impl MotionLexicon {
    /// Whether "left" or "right" at a place says nothing of an entry: it belongs to a noun that the entry has not ("move the left
    /// wrist"), or to another side ("swipe from left to right").
    pub(super) fn is_side_of_another(
        &self,
        act: &[Token],
        place: usize,
        words: &[String],
        spans: &[Span],
    ) -> bool {
        let is_side = |place: &usize| act.get(*place).is_some_and(|it| side(&it.word).is_some());
        let next_is_own = (act.get(place + 1)).is_some_and(|next| words.contains(&next.word));
        let beside_another = |span: &&Span| {
            let places = span.start..span.start + span.len;
            places.contains(&place) && places.filter(is_side).count() > 1
        };
        let both = words.iter().filter(|word| side(word).is_some()).count() > 1;
        is_side(&place)
            && (!next_is_own && self.describes_a_thing(act, place)
                || !both && spans.iter().any(|span| beside_another(&span)))
    }

    /// Whether "left" or "right" at a place belongs to a noun after it.
    pub(super) fn describes_a_thing(&self, act: &[Token], place: usize) -> bool {
        let Some(next) = act.get(place + 1).map(|token| token.word.as_str()) else {
            return false;
        };
        let changes = self.modifier_index.get(next).is_some_and(|modifiers| {
            modifiers.iter().any(|&modifier| {
                (self.modifiers.get(modifier)).is_some_and(|(words, _)| words.len() == 1)
            })
        });
        let is_limb = self.is_part(next) || is_instrument(act, place + 1);
        is_limb || !(is_function_word(next) || COUNTING.contains(&next) || changes)
    }
}

/// The side of that name, as it is set on a card.
fn side(word: &str) -> Option<(usize, f32)> {
    let name = match word {
        "left" => "left_limb",
        "right" => "right_limb",
        _ => return None,
    };
    attribute_index(name).map(|index| (index, 1.0))
}

/// The same with sides open: nothing of them can be guessed from other acts.
pub(super) fn leave_open(mut weights: Vec<f32>) -> Vec<f32> {
    weights[SIDES].fill(0.0);
    weights
}

/// The same where a pair of which both are said is open: "step left, then right".
pub(super) fn settled(mut weights: Vec<f32>) -> Vec<f32> {
    for pair in weights[SIDES].chunks_exact_mut(2) {
        if let [one, other] = pair
            && *one > 0.0
            && *other > 0.0
        {
            (*one, *other) = (0.0, 0.0);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use crate::language::motion::MotionLexicon;
    use crate::phrases::motion::{ATTRIBUTES, SIDES};

    fn sides(text: &str) -> Vec<&'static str> {
        let card = MotionLexicon::builtin().card(text, "", None);
        let set = SIDES.filter(|&side| card.weights[side] > 0.5);
        set.map(|side| ATTRIBUTES[side].name).collect()
    }

    #[test]
    fn left_and_right_are_the_side_that_works_or_the_way_that_it_goes() {
        for (text, expected) in [
            ("raise your left hand", &["left_limb"][..]),
            ("right hand wave", &["right_limb"]),
            ("kick with the left leg", &["left_limb"]),
            ("lift the right knee", &["right_limb"]),
            ("throw left-handed", &["left_limb"]),
            ("left punch", &["left_limb"]),
            ("right hook", &["right_limb"]),
            ("punch right", &["to_the_right"]),
            ("swipe left", &["to_the_left"]),
            ("swipe to the right", &["to_the_right"]),
            ("left turn", &["to_the_left"]),
            ("step to the left", &["to_the_left"]),
            ("lean right", &["to_the_right"]),
            (
                "swipe across a screen from left to right",
                &["to_the_right"],
            ),
            (
                "wave to the left with the right hand",
                &["right_limb", "to_the_left"],
            ),
            ("draw a circle clockwise", &["clockwise"]),
            ("draw a circle counter-clockwise", &["counterclockwise"]),
            ("draw an anticlockwise circle", &["counterclockwise"]),
            ("walk backwards", &["goes_backward"]),
            ("step forward", &["goes_forward"]),
            ("stretch - left arm, slowly", &["left_limb"]),
            ("swipe from left to right", &["to_the_right"]),
            ("swipe right to left", &["to_the_left"]),
            ("move from left to right", &["to_the_right"]),
            ("left punch to the right", &["left_limb", "to_the_right"]),
            ("kick the left foot with the right foot", &["right_limb"]),
            ("scratch the left arm with the right hand", &["right_limb"]),
            ("put the right hand on the left shoulder", &["right_limb"]),
            ("hold a ball in the left hand", &["left_limb"]),
            ("left jab", &["left_limb"]),
            ("left uppercut", &["left_limb"]),
            ("salute with the left", &["left_limb"]),
            ("slap the left hand with the right hand", &["right_limb"]),
            ("wave to the left three times", &["to_the_left"]),
            ("walk slowly backwards", &["goes_backward"]),
            ("hop forward", &["goes_forward"]),
            ("run forwards", &["goes_forward"]),
            ("jump back", &["goes_backward"]),
        ] {
            assert_eq!(sides(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_said_stays_open() {
        for text in [
            "wave",
            "touch the left knee",
            "pat someone on the right shoulder",
            "look left and right",
            "raise the left and right hand",
            "hook punch",
            "frobnicate the widget",
            "raise the left arm and the right leg",
            "step left, then right",
            "step left and right",
            "turn the head to the left and right",
            "wave with the left or right hand",
            "walk forwards and backwards",
            "turn clockwise and counterclockwise",
            "scratch the left arm",
            "point at the left hand",
            "check the watch on the left wrist",
            "stretch the left hamstring",
            "the person left the room",
            "walk right away",
            "do it right now",
            "punch forward",
            "move the hand forward",
            "touch the right hand",
            "wave to the left, then to the right",
            "walk forward, then backward",
            "lean back",
        ] {
            assert!(sides(text).is_empty(), "{text}: {:?}", sides(text));
        }
        let of_knee = sides("touch the left knee with the right hand");
        assert_eq!(of_knee, ["right_limb"]);
    }
}
