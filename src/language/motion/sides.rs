//! Left and right: which side does an act, and which way it goes.

use super::around::{is_instrument, is_towards};
use super::compose::Reader;
use super::find::Match;
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

impl Reader<'_> {
    /// The side that works, where it is said with a limb that is no goal: "kick with the left leg", but not "touch the left
    /// knee".
    pub(super) fn working_side(&self, act: &[Token], verb: &str) -> Option<(usize, f32)> {
        let word = |place: usize| act.get(place).map_or("", |token| token.word.as_str());
        (1..act.len()).find_map(|place| {
            let one_after_other = place >= 3 && word(place - 2) == "and";
            let is_limb = self.lexicon.is_part(word(place)) || is_instrument(act, place);
            if !is_limb || one_after_other || is_towards(act, place, verb) {
                return None;
            }
            side(word(place - 1))
        })
    }

    /// What "left" or "right" sets where it stands alone before an act that goes nowhere: the side that works.
    pub(super) fn side_before(
        &self,
        span: Span,
        line: &Line,
        matches: &[(Match, f32)],
        weights: &[f32],
    ) -> Option<(usize, f32)> {
        let first = matches.iter().flat_map(|(found, _)| &found.tokens).min()?;
        let goes = |name: &&str| {
            let weight = attribute_index(name).and_then(|index| weights.get(index));
            weight.is_some_and(|weight| *weight >= 0.5)
        };
        if span.start > *first || GOING.iter().any(|name| goes(&name)) {
            return None;
        }
        side(&line.key)
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

/// A card that was guessed knows nothing of sides, whatever its neighbours are.
pub(super) fn leave_open(mut weights: Vec<f32>) -> Vec<f32> {
    weights.iter_mut().skip(SIDES.start).for_each(|x| *x = 0.0);
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
        ] {
            assert!(sides(text).is_empty(), "{text}: {:?}", sides(text));
        }
        let of_knee = sides("touch the left knee with the right hand");
        assert_eq!(of_knee, ["right_limb"]);
    }
}
