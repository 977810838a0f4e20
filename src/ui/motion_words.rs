//! A motion card as the words of a phrase list, `one_arm=1 fast=0.5`, read where the user clicked it together.

use crate::phrases::motion::{ATTRIBUTE_COUNT, MotionCard, MotionSource, attribute_index};

/// What [`MotionCard`] writes where nothing is set.
const NOTHING: &str = "none";

/// Weights written as [`words_from_weights`] does; `None` where the words say it otherwise.
pub(crate) fn weights_from_words(words: &str) -> Option<Vec<f32>> {
    let mut weights = vec![0.0; ATTRIBUTE_COUNT];
    if words.trim() == NOTHING {
        return Some(weights);
    }
    let mut any = false;
    for word in words.split_whitespace() {
        let (name, weight) = word.split_once('=')?;
        let weight = weight.parse::<f32>().ok().filter(|w| w.is_finite())?;
        weights[attribute_index(name)?] = weight.clamp(0.0, 1.0);
        any = true;
    }
    any.then_some(weights)
}

/// The words of a card with these weights.
pub(crate) fn words_from_weights(weights: Vec<f32>) -> String {
    let source = MotionSource::User;
    MotionCard { weights, source }.to_string()
}

/// A taken card leaves out what is weaker than this: the decoder is never quite silent.
const TAKEN_FROM: f32 = 0.2;

/// A decoded weight as it goes onto a card: in twentieths, and nothing where it is weak.
pub(crate) fn taken(weight: f32) -> f32 {
    if weight < TAKEN_FROM {
        0.0
    } else {
        (weight * 20.0).round() / 20.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_survive_being_written_as_words() {
        let mut weights = vec![0.0; ATTRIBUTE_COUNT];
        for (index, value) in [
            (0, 0.25),
            (7, 1.0),
            (ATTRIBUTE_COUNT - 1, 0.5),
            (7, 0.0),
            (0, 0.0),
        ] {
            weights[index] = value;
            let words = words_from_weights(weights.clone());
            assert_eq!(
                weights_from_words(&words).as_ref(),
                Some(&weights),
                "{words}"
            );
        }
        assert_eq!(
            weights_from_words(&words_from_weights(vec![0.0; ATTRIBUTE_COUNT])),
            Some(vec![0.0; ATTRIBUTE_COUNT])
        );
    }

    #[test]
    fn a_taken_card_has_round_weights() {
        assert_eq!([0.19, 0.21, 0.514, 1.0].map(taken), [0.0, 0.2, 0.5, 1.0]);
    }

    #[test]
    fn other_words_are_left_to_the_reader() {
        assert_eq!(weights_from_words("one arm, fast"), None);
        assert_eq!(weights_from_words("no_such_thing=1"), None);
        assert_eq!(weights_from_words("fast=NaN"), None);
        assert_eq!(weights_from_words(""), None);
    }
}
