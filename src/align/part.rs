//! The parts of a phrase: each has an own text encoder and an own share of the latent space.

use crate::language::PhraseVectors;
use crate::phrases::motion::SIDES;

/// One part of a phrase. The published model has noun and verb, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The noun's sentence embedding.
    Noun,
    /// The verb's sentence embedding.
    Verb,
    /// The whole phrase's sentence embedding.
    Phrase,
    /// The motion card without its sides, as far as a model has learned to see it.
    Motion,
    /// All parts that have an autoencoder, side by side in one closed form.
    Bilinear,
    /// The motion card without its sides, beside the one that is read from the movement.
    Card,
    /// The sides of both cards.
    Sides,
}

impl Part {
    /// All parts that have an autoencoder, in the order of the latent space.
    pub const ALL: [Self; 4] = [Self::Noun, Self::Verb, Self::Phrase, Self::Motion];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Noun => "noun",
            Self::Verb => "verb",
            Self::Phrase => "phrase",
            Self::Motion => "motion",
            Self::Bilinear => "bilinear",
            Self::Card => "card",
            Self::Sides => "sides",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Several parts' names as one.
    pub fn joined(parts: &[Self]) -> String {
        let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
        names.join("+")
    }

    /// Its vector in a phrase; `None` where the phrase has no noun, and of what has no vector of its own.
    pub fn vector(self, phrase: &PhraseVectors) -> Option<&[f32]> {
        match self {
            Self::Noun => phrase.noun.as_deref(),
            Self::Verb => Some(&phrase.verb),
            Self::Phrase => Some(&phrase.phrase),
            // Training phrases leave sides open, so there is nothing to learn of them.
            Self::Motion | Self::Card => {
                Some(&phrase.motion[..phrase.motion.len().min(SIDES.start)])
            }
            Self::Bilinear => None,
            Self::Sides => phrase.motion.get(SIDES),
        }
    }

    /// Its weight in the sum of cosines, as found on phrases that were held out: movement says more than words do by themselves. That
    /// of sides tells left from right where all else is alike, and makes nobody who kicks with the right leg out of somebody who
    /// waves with the right hand.
    pub fn default_weight(self) -> f32 {
        match self {
            Self::Noun | Self::Verb | Self::Phrase => 1.0,
            Self::Motion => 4.0,
            Self::Sides => 8.0,
            Self::Bilinear => 24.0,
            Self::Card => 32.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn names_lead_back_to_parts() {
        for part in Part::ALL {
            assert_eq!(Part::from_name(part.name()), Some(part));
        }
        assert_eq!(Part::from_name("adverb"), None);
    }
}
