//! Cards for words that name no act of the lexicon: bare hands, the nearest entries, or the mean of all.

use super::Contribution;
use super::around::is_instrument;
use super::compose::Reader;
use super::sides::leave_open;
use crate::phrases::motion::{ATTRIBUTE_COUNT, attribute_index};
use crate::phrases::shortened;

/// How many of the nearest entries make a guess.
const NEIGHBOURS: usize = 5;

impl Reader<'_> {
    /// "Hands up", "arm out": the card to which words without an act are put, one arm or both.
    pub(super) fn bare_hands(&self, text: &str) -> Vec<f32> {
        let mut weights = vec![0.0; ATTRIBUTE_COUNT];
        let tokens = self.lexicon.vocabulary.tokens(text);
        let hand = (0..tokens.len())
            .find(|&place| is_instrument(&tokens, place))
            .and_then(|place| tokens.get(place));
        let Some(hand) = hand else { return weights };
        let name = if hand.typed == hand.word {
            "one_arm"
        } else {
            "both_arms"
        };
        if let Some(slot) = attribute_index(name).and_then(|index| weights.get_mut(index)) {
            *slot = 1.0;
        }
        weights
    }

    /// A card for words that the lexicon lacks: the nearest entries by meaning and by spelling, or the mean of all.
    pub(super) fn guess(&mut self, text: &str, unknown: &[String]) -> Vec<f32> {
        let lexicon = self.lexicon;
        let mut found: Vec<(usize, f32)> =
            (self.nearest)(text).into_iter().take(NEIGHBOURS).collect();
        found.extend(
            unknown
                .iter()
                .take(3)
                .filter_map(|word| lexicon.spelt_like(word)),
        );
        let mut weights = vec![0.0; ATTRIBUTE_COUNT];
        let mut total = 0.0;
        for (entry, similarity) in found {
            let Some(entry) = lexicon.entries.get(entry).filter(|_| similarity > 0.3) else {
                continue;
            };
            let share = similarity.min(1.0).powi(8);
            total += share;
            weights
                .iter_mut()
                .zip(&entry.weights)
                .for_each(|(slot, weight)| *slot += share * weight);
            let piece = Contribution {
                piece: shortened(text.trim()),
                read_as: entry.key.clone(),
                effects: Vec::new(),
            };
            self.pieces.push(piece);
        }
        if total <= f32::EPSILON {
            self.note(&shortened(text.trim()), "", &[]);
            return leave_open(lexicon.neutral.clone());
        }
        for weight in &mut weights {
            *weight /= total;
        }
        leave_open(weights)
    }
}
