//! Two towers: features and words are each brought into one space by layers of their own, and compared there.
//!
//! Most baselines are this once they are trained: they differ in their layers, in which words they read, and in how
//! they compare.

use super::decision::{Calibration, Decision, ScoredPart, View};
use super::layers::Layers;
use super::part::Part;
use super::ridge::text_statistics;
use super::scorer::{Relation, Scorer};
use super::standard::Standard;
use super::{AlignError, Aligner, Head, check_vector};
use crate::language::PhraseVectors;
use std::sync::Arc;

/// Which vectors of a phrase a method reads, and how they become one.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    parts: Vec<WordPart>,
    reading: Reading,
}

/// How several vectors become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Side by side; the mean of the training phrases' vectors stands in for one that is missing.
    SideBySide,
    /// Their mean; one that is missing takes no part in it. All must have the same width.
    Mean,
}

#[derive(Clone, Debug, PartialEq)]
struct WordPart {
    part: Part,
    placeholder: Vec<f32>,
    standard: Standard,
}

impl Words {
    /// Learns widths, placeholders and standardisations from the training phrases.
    pub fn learn(
        parts: &[Part],
        reading: Reading,
        seen: &[&PhraseVectors],
    ) -> Result<Self, AlignError> {
        let mut learned: Vec<WordPart> = Vec::new();
        for &part in parts {
            if reading == Reading::Mean && seen.iter().all(|phrase| part.vector(phrase).is_none()) {
                continue;
            }
            let (placeholder, standard) = text_statistics(part, seen)?;
            let first = learned.first().map(|first| first.placeholder.len());
            if let Some(expected) = first.filter(|_| reading == Reading::Mean) {
                let what = || format!("the {} vectors, of which the mean is taken,", part.name());
                check_vector(what, &placeholder, expected)?;
            }
            learned.push(WordPart {
                part,
                placeholder,
                standard,
            });
        }
        if learned.is_empty() {
            let reason = "a method needs at least one part of the phrases to read";
            return Err(AlignError::Unsolvable(reason.to_owned()));
        }
        Ok(Self {
            parts: learned,
            reading,
        })
    }

    /// The width of each part.
    pub fn widths(&self) -> Vec<usize> {
        let width = |part: &WordPart| part.placeholder.len();
        self.parts.iter().map(width).collect()
    }

    /// The width of what is read.
    pub fn width(&self) -> usize {
        match self.reading {
            Reading::SideBySide => self.widths().iter().sum(),
            Reading::Mean => self.widths().first().copied().unwrap_or_default(),
        }
    }

    /// Centres each part and gives it unit variance as a whole; for parts that are read side by side.
    pub fn standard(&self) -> Standard {
        let side_by_side = |values: fn(&Standard) -> &Vec<f32>| {
            let each = self.parts.iter().flat_map(|part| values(&part.standard));
            each.copied().collect::<Vec<f32>>()
        };
        Standard {
            mean: side_by_side(|standard| &standard.mean),
            scale: side_by_side(|standard| &standard.scale),
            limit: f32::INFINITY,
        }
    }

    /// The vector of a phrase; `index` is its place in its list, for errors.
    pub fn read(&self, index: usize, phrase: &PhraseVectors) -> Result<Vec<f32>, AlignError> {
        let mut vectors = Vec::new();
        for part in &self.parts {
            let own = part.part.vector(phrase);
            let vector = match self.reading {
                Reading::SideBySide => own.unwrap_or(&part.placeholder),
                Reading::Mean => match own {
                    Some(own) => own,
                    None => continue,
                },
            };
            let what = || format!("the {} vector of phrase {index}", part.part.name());
            check_vector(what, vector, part.placeholder.len())?;
            vectors.push(vector);
        }
        if self.reading == Reading::SideBySide {
            return Ok(vectors.concat());
        }
        if vectors.is_empty() {
            return Ok(self.parts[0].placeholder.clone());
        }
        let mut mean = vec![0.0; self.width()];
        for vector in &vectors {
            let share = 1.0 / vectors.len() as f32;
            mean.iter_mut()
                .zip(*vector)
                .for_each(|(sum, x)| *sum += share * x);
        }
        Ok(mean)
    }
}

/// How the two sides are compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// By cosine.
    Cosine,
    /// By product.
    Product,
    /// By the end of a relation network, whose hidden layer both towers end in.
    Relation {
        /// The weight of each hidden unit.
        weight: Vec<f32>,
        /// The bias of the answer.
        bias: f32,
    },
}

/// A trained method of two towers.
#[derive(Clone, Debug, PartialEq)]
pub struct Towers {
    /// The method's name, for errors.
    pub method: &'static str,
    /// What is read of a phrase.
    pub words: Words,
    /// From a feature to the common space.
    pub visual: Layers,
    /// From the words to the common space.
    pub text: Layers,
    /// How both are compared there.
    pub comparison: Comparison,
    /// Divides the scores before the softmax.
    pub temperature: f32,
}

impl Aligner for Towers {
    /// There is one head only, which needs no training: [`Head::Cosine`], whatever the comparison is.
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        _seed: u64,
    ) -> Result<Decision, AlignError> {
        Head::Cosine.is_only_one_of(self.method, head)?;
        let mut vectors = Vec::with_capacity(phrases.len());
        for (index, phrase) in phrases.iter().enumerate() {
            vectors.push(self.text.apply(&self.words.read(index, phrase)?));
        }
        let scorer = match &self.comparison {
            Comparison::Cosine => None,
            Comparison::Product => Some(Scorer::Products(vectors.clone())),
            Comparison::Relation { weight, bias } => Some(Scorer::Relation(Relation {
                phrases: vectors.clone(),
                weight: weight.clone(),
                bias: *bias,
            })),
        };
        let width = vectors.first().map_or(0, Vec::len);
        let part = ScoredPart::new(None, 1.0, 0..width, vectors);
        let view = View {
            layers: self.visual.clone(),
            motion: None,
            card: None,
        };
        let calibration = Calibration {
            temperature: self.temperature,
            scorer: scorer.map(Arc::new),
        };
        // Halves of a hidden layer have no angle that would explain anything.
        let parts = match self.comparison {
            Comparison::Relation { .. } => Vec::new(),
            Comparison::Cosine | Comparison::Product => vec![part],
        };
        Ok(Decision::new(
            Arc::new(view),
            parts,
            phrases.len(),
            calibration,
        ))
    }

    fn feature_width(&self) -> usize {
        self.visual.width()
    }
}
