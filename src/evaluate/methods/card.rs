//! The card that is read from the movement, alone: neither an encoder nor words take part, and what is learned is one matrix.

use super::lesson::Lesson;
use super::{Method, boxed};
use crate::align::Aligner;
use crate::align::card::{CardAligner, CardPart};
use crate::language::PhraseVectors;
use crate::train::align::FitError;

/// The phrase whose card is nearest to the one that was read.
#[derive(Clone, Copy, Debug)]
pub struct Card;

/// One variant, where features end with a card.
pub(super) fn variants(reads_cards: bool) -> Vec<Box<dyn Method>> {
    boxed(reads_cards.then_some(Card))
}

impl Method for Card {
    fn name(&self) -> &'static str {
        "card"
    }

    fn variant(&self) -> &'static str {
        "the movement's card"
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        _seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let card = CardPart::fit(lesson.features(), labels, phrases, 1.0)?;
        let mut aligner = CardAligner {
            card,
            width: lesson.width(),
            temperature: 1.0,
        };
        let decision = aligner.decide(&lesson.phrase_list(), self.head(), 0)?;
        aligner.temperature = lesson.temperature(&decision);
        Ok(Box::new(aligner))
    }
}
