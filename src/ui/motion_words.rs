//! A motion card as words of a phrase list: `one_arm=1 fast=0.5`.

use crate::phrases::motion::ATTRIBUTES;

/// Weights written as `one_arm=1 fast=0.5`; `None` where the words say it otherwise.
pub(crate) fn weights_from_words(words: &str) -> Option<Vec<f32>> {
    let mut weights = vec![0.0; ATTRIBUTES.len()];
    let mut any = false;
    for word in words.split_whitespace() {
        let (name, weight) = word.split_once('=')?;
        let index = ATTRIBUTES
            .iter()
            .position(|attribute| attribute.name == name)?;
        weights[index] = weight
            .parse::<f32>()
            .ok()
            .filter(|w| w.is_finite())?
            .clamp(0.0, 1.0);
        any = true;
    }
    any.then_some(weights)
}

/// The reverse of [`weights_from_words`]; the attribute just `changed` is named even at 0, so that the field is never empty.
pub(crate) fn words_from_weights(weights: &[f32], changed: usize) -> String {
    let named = |(index, weight): (usize, &f32)| {
        let attribute = ATTRIBUTES.get(index)?;
        let rounded = (weight * 100.0).round() / 100.0;
        (rounded > 0.0 || index == changed).then(|| format!("{}={rounded}", attribute.name))
    };
    weights
        .iter()
        .enumerate()
        .filter_map(named)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_survive_being_written_as_words() {
        let mut weights = vec![0.0; ATTRIBUTES.len()];
        weights[0] = 0.25;
        assert_eq!(
            weights_from_words(&words_from_weights(&weights, 0)),
            Some(weights.clone())
        );
        weights[0] = 0.0;
        assert_eq!(
            weights_from_words(&words_from_weights(&weights, 0)),
            Some(weights)
        );
        assert_eq!(weights_from_words("one arm, fast"), None);
        assert_eq!(weights_from_words("no_such_thing=1"), None);
        assert_eq!(weights_from_words(""), None);
    }
}
