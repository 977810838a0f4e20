//! From a typed phrase to verb, noun and motion card, and from those to vectors.

pub mod motion;

use crate::phrases::Phrase;

/// The vectors of one phrase, one per part.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseVectors {
    /// The verb's sentence embedding, unit length.
    pub verb: Vec<f32>,
    /// The noun's sentence embedding, unit length; `None` where the phrase has none (the aligner puts in its placeholder).
    pub noun: Option<Vec<f32>>,
    /// The whole phrase's sentence embedding, unit length.
    pub phrase: Vec<f32>,
    /// The motion card's weights.
    pub motion: Vec<f32>,
}

/// Splitter, motion lexicon and sentence encoder together.
#[derive(Debug)]
pub struct Language;

impl Language {
    /// Reads a phrase: verb, noun, confidence and motion card.
    pub fn read(&self, text: &str) -> Phrase {
        let _ = text;
        unimplemented!()
    }

    /// Embeds phrases.
    pub fn embed(&self, phrases: &[Phrase]) -> Vec<PhraseVectors> {
        let _ = phrases;
        Vec::new()
    }
}
