//! From a typed phrase to verb, noun and motion card, and from those to vectors.

mod bert;
mod error;
pub mod motion;
mod neighbours;
mod sentence;
pub mod split;
mod weights;
mod word2vec;

pub use self::error::LanguageError;
pub use self::neighbours::lexicon_vectors;
pub use self::sentence::SentenceEncoder;

use self::motion::MotionLexicon;
use self::neighbours::Neighbours;
use crate::phrases::motion::{MotionCard, MotionSource};
use crate::phrases::{Phrase, PhraseEntry, shortened, split_description, split_performed};
use burn::tensor::Device;
use std::path::Path;
use std::sync::Arc;

/// The longest phrase that is read, in characters, its description included.
pub const LONGEST_PHRASE: usize = 500;

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
///
/// It remembers the vectors it has made, so it belongs to one thread.
#[derive(Debug)]
pub struct Language {
    encoder: SentenceEncoder,
    lexicon: MotionLexicon,
    /// `None` where the vectors are of another lexicon or encoder: then words are only known by their spelling.
    neighbours: Option<Neighbours<'static>>,
}

impl Language {
    /// Loads the sentence encoder in `minilm/` of the folder of models.
    pub fn load(models: &Path, device: &Device) -> Result<Self, LanguageError> {
        Ok(Self::with_encoder(SentenceEncoder::load(
            &models.join("minilm"),
            device,
        )?))
    }

    /// Reads with the builtin tables and embeds with the given encoder.
    pub fn with_encoder(encoder: SentenceEncoder) -> Self {
        let lexicon = MotionLexicon::builtin();
        let neighbours = Neighbours::builtin(&lexicon, &encoder)
            .map_err(|error| tracing::warn!("{error}"))
            .ok();
        Self {
            encoder,
            lexicon,
            neighbours,
        }
    }

    /// The motion lexicon.
    pub fn lexicon(&self) -> &MotionLexicon {
        &self.lexicon
    }

    /// The sentence encoder.
    pub fn encoder(&self) -> &SentenceEncoder {
        &self.encoder
    }

    /// Reads a phrase: verb, noun, confidence and motion card.
    ///
    /// Never fails: of a text that [`Self::read_entry`] refuses the start is read, with a confidence of 0 where there is nothing to read.
    pub fn read(&self, text: &str) -> Phrase {
        let start: String = text.chars().take(LONGEST_PHRASE).collect();
        let full = start.trim();
        let (phrase, _) = split_description(full);
        let found = split::split(phrase);
        Phrase {
            motion: self.card(full, &found.verb, found.noun.as_deref()),
            text: phrase.to_owned(),
            verb: found.verb,
            noun: found.noun,
            confidence: found.confidence,
        }
    }

    /// Reads an entry of a phrase list; what the user set wins over what is read.
    pub fn read_entry(&self, entry: &PhraseEntry) -> Result<Phrase, LanguageError> {
        let text = entry.text.trim();
        check(text)?;
        let mut phrase = self.read(text);
        let set = |own: &Option<String>| own.as_deref().map(|own| own.trim().to_lowercase());
        if let Some(verb) = set(&entry.verb).filter(|verb| !verb.is_empty()) {
            check(&verb)?;
            phrase.verb = verb;
            phrase.confidence = 1.0;
        }
        if let Some(noun) = set(&entry.noun) {
            check_length(&noun)?;
            phrase.noun = Some(noun).filter(|noun| !noun.is_empty());
            phrase.confidence = 1.0;
        }
        let own_motion = entry.motion.as_deref().map(split_performed);
        if let Some((words, performed)) = own_motion.filter(|(words, _)| !words.is_empty()) {
            phrase.motion =
                self.lexicon
                    .parse_words(words)
                    .map_err(|error| LanguageError::Motion {
                        text: shortened(text),
                        reason: error.to_string(),
                    })?;
            if performed {
                phrase.motion.source = MotionSource::Performance;
            }
        } else if entry.verb.is_some() || entry.noun.is_some() {
            phrase.motion = self.card(text, &phrase.verb, phrase.noun.as_deref());
        }
        if phrase.verb.is_empty() {
            return Err(LanguageError::NoVerb {
                text: shortened(text),
            });
        }
        Ok(phrase)
    }

    fn card(&self, text: &str, verb: &str, noun: Option<&str>) -> MotionCard {
        let nearest = |words: &str| self.nearest(words);
        self.lexicon.card_with(text, verb, noun, &nearest)
    }

    /// The entries of the lexicon that are nearest in meaning to some words; none where that cannot be told.
    fn nearest(&self, words: &str) -> Vec<(usize, f32)> {
        let Some(neighbours) = &self.neighbours else {
            return Vec::new();
        };
        match self.encoder.embed(&[words]) {
            Ok(vectors) => vectors
                .first()
                .map_or_else(Vec::new, |vector| neighbours.nearest(vector)),
            Err(error) => {
                tracing::warn!("no neighbours: {error}");
                Vec::new()
            }
        }
    }

    /// Embeds phrases: verb, noun and text, in one pass for all that are new.
    pub fn embed(&self, phrases: &[Phrase]) -> Result<Vec<PhraseVectors>, LanguageError> {
        self.embed_by(&self.encoder, phrases)
    }

    /// [`Self::embed`] by another text encoder: its vectors must never be compared with this one's.
    #[expect(
        clippy::unused_self,
        reason = "it stands beside `embed`, from which it differs by the encoder alone"
    )]
    pub fn embed_by(
        &self,
        encoder: &SentenceEncoder,
        phrases: &[Phrase],
    ) -> Result<Vec<PhraseVectors>, LanguageError> {
        let mut texts = Vec::with_capacity(3 * phrases.len());
        for phrase in phrases {
            if phrase.verb.trim().is_empty() {
                return Err(LanguageError::NoVerb {
                    text: shortened(&phrase.text),
                });
            }
            texts.extend([phrase.verb.as_str(), phrase.text.as_str()]);
            texts.extend(phrase.noun.as_deref());
        }
        let mut vectors = encoder.embed(&texts)?.into_iter();
        let mut next = |phrase: &Phrase| {
            vectors
                .next()
                .map(|vector: Arc<[f32]>| vector.to_vec())
                .ok_or_else(|| LanguageError::Embed {
                    text: shortened(&phrase.text),
                    reason: "the encoder gave too few vectors".to_owned(),
                })
        };
        phrases
            .iter()
            .map(|phrase| {
                Ok(PhraseVectors {
                    verb: next(phrase)?,
                    phrase: next(phrase)?,
                    noun: phrase.noun.as_ref().map(|_| next(phrase)).transpose()?,
                    motion: phrase.motion.weights.clone(),
                })
            })
            .collect()
    }
}

fn check_length(text: &str) -> Result<(), LanguageError> {
    let characters = text.chars().count();
    if characters > LONGEST_PHRASE {
        return Err(LanguageError::TooLong {
            characters,
            most: LONGEST_PHRASE,
        });
    }
    Ok(())
}

fn check(text: &str) -> Result<(), LanguageError> {
    if text.is_empty() {
        return Err(LanguageError::Empty);
    }
    check_length(text)?;
    if !text.chars().any(char::is_alphabetic) {
        return Err(LanguageError::NoLetters {
            text: shortened(text),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_phrase_passes() {
        assert!(matches!(check(""), Err(LanguageError::Empty)));
        assert!(matches!(
            check("123 !"),
            Err(LanguageError::NoLetters { .. })
        ));
        assert!(matches!(check("🏌️"), Err(LanguageError::NoLetters { .. })));
        assert!(matches!(
            check(&"a".repeat(10_000)),
            Err(LanguageError::TooLong {
                characters: 10_000,
                ..
            })
        ));
        assert!(check("踢球").is_ok());
    }
}
