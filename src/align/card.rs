//! The card part: the motion card that is read from the movement against the phrases' own.
//!
//! What is read (`window::READ`) was never trained, so it knows of attributes that no training clip shows; but some of it can
//! hardly be told from joints, and attributes go together. So a linear map is learned from what is read to the phrases'
//! cards, by ridge regression towards the identity: where the training clips say nothing, what is read is believed as it is.
//!
//! Sides are not learned; they have a part of their own beside this one (`sides`).

use super::balance::{Balance, Map};
use super::decision::{Calibration, Decision, MotionDecoder, ScoredPart, View};
use super::layers::{Layer, Layers};
use super::network::{Activation, Dense};
use super::part::Part;
use super::ridge::text_statistics;
use super::sides;
use super::standard::Standard;
use super::synse::Latents;
use super::{AlignError, Aligner, Head, check_vector};
use crate::language::PhraseVectors;
use crate::phrases::motion::SIDES;
use crate::window::READ;
use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2};
use std::ops::Range;
use std::sync::Arc;

/// What the identity is worth against the training clips, as variance of what is read. The best of 0.01, 0.03, 0.1, 0.3 and
/// no learning at all on the validation phrases of the Kinect splits.
const TRUST: f64 = 0.1;

/// How many attributes of a card are compared by what was learned.
const SIZE: usize = SIDES.start;

/// How cards that are read are compared with those of phrases.
#[derive(Clone, Debug, PartialEq)]
pub struct CardPart {
    /// Its weight in the sum of cosines.
    pub weight: f32,
    /// How phrases' cards are standardised, without their sides.
    pub standard: Standard,
    /// From a card that is read to a standardised one, `[SIDES.start, SIDES.start]`.
    pub map: Dense,
    /// How far readings of one phrase lie around its card, standardised.
    pub deviation: Vec<f32>,
}

impl CardPart {
    /// Learns from features that end with the card that was read, with labels that point into `phrases`; every class counts
    /// the same.
    pub fn fit(
        features: &[&[f32]],
        labels: &[usize],
        phrases: &[PhraseVectors],
        weight: f32,
    ) -> Result<Self, AlignError> {
        let balance = Balance::of(labels, phrases.len())?;
        let seen: Vec<&PhraseVectors> = (balance.classes.iter())
            .map(|&class| &phrases[class])
            .collect();
        let (_, standard) = text_statistics(Part::Card, &seen)?;
        if standard.width() != SIZE {
            return Err(AlignError::Width {
                what: "a phrase's motion card".to_owned(),
                expected: SIZE,
                got: standard.width(),
            });
        }
        let told = |(feature, &label): (&&[f32], &usize)| {
            let read = &tail(feature)?[..SIZE];
            let read = DVector::from_iterator(SIZE, read.iter().map(|&x| f64::from(x)));
            let share = balance.place(label).map_or(0.0, |(_, share)| share);
            Ok((read, standardised(&standard, &phrases[label]), share))
        };
        let told = features.iter().zip(labels).map(told);
        let told = told.collect::<Result<Vec<_>, AlignError>>()?;
        let samples = || told.iter().cloned();
        let believed =
            DMatrix::from_diagonal_element(SIZE, SIZE, 1.0 / f64::from(standard.scale[0]));
        let map = Map::learned(samples, TRUST, &believed, "cards that are read")?;
        Ok(Self {
            weight,
            standard,
            map: map.layer(),
            deviation: map.deviations(samples()),
        })
    }

    /// Where the latents of card and sides lie behind others that end there.
    pub(super) fn shares(from: usize) -> [Range<usize>; 2] {
        let middle = from + SIZE;
        [from..middle, middle..middle + sides::WIDTH]
    }

    /// What card and sides weigh.
    pub(super) fn weights(&self) -> [f32; 2] {
        let share = Part::Sides.default_weight() / Part::Card.default_weight();
        [self.weight, share * self.weight]
    }

    /// The latents of what was read: the card as a standardised one, and its sides.
    pub fn read(&self, feature: &[f32]) -> Vec<f32> {
        let read = tail(feature).unwrap_or(&[0.0; READ.len()]);
        let mut latent = self.map.forward_one(&read[..SIZE]);
        latent.extend(sides::read(&read[SIDES]));
        latent
    }

    /// The latents of a phrase and how far movements lie around them.
    pub(super) fn latents(
        &self,
        index: usize,
        phrase: &PhraseVectors,
    ) -> Result<Latents, AlignError> {
        let what = || format!("the motion card of phrase {index}");
        check_vector(what, &phrase.motion, READ.len())?;
        let mut mean = self.standard.apply(&phrase.motion[..SIZE]);
        let mut deviation = self.deviation.clone();
        let (said, around) = sides::said(&phrase.motion[SIDES]);
        mean.extend(said);
        deviation.extend(around);
        Ok((mean, deviation))
    }

    /// The parts of a decision, whose latents lie behind others that end at `from`.
    pub(super) fn scored(&self, from: usize, latents: &[Latents]) -> Vec<ScoredPart> {
        let parts = [Part::Card, Part::Sides].into_iter().zip(self.weights());
        let part = |((part, weight), share): ((Part, f32), Range<usize>)| {
            ScoredPart::of_latents(part, weight, share, latents)
        };
        parts.zip(Self::shares(from)).map(part).collect()
    }

    /// What brings latents that lie behind others back to attributes.
    pub(super) fn decoder(&self, from: usize) -> MotionDecoder {
        let [card, sides] = Self::shares(from);
        let weight = Array2::from_shape_fn((READ.len(), sides.end - from), |(row, column)| {
            if row < SIZE {
                f32::from(row == column)
            } else {
                (column.checked_sub(SIZE))
                    .map_or(0.0, |value| sides::weight_back(row - SIZE, value))
            }
        });
        let back = Dense {
            weight,
            bias: Array1::zeros(READ.len()),
        };
        let mut standard = self.standard.clone();
        standard.mean.resize(READ.len(), 0.0);
        standard.scale.resize(READ.len(), 1.0);
        (card.start..sides.end, back, standard)
    }
}

/// Decides by cards alone.
#[derive(Clone, Debug)]
pub struct CardAligner {
    /// What is compared.
    pub card: CardPart,
    /// The width of the features.
    pub width: usize,
    /// Divides the cosine before the softmax.
    pub temperature: f32,
}

impl Aligner for CardAligner {
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        _seed: u64,
    ) -> Result<Decision, AlignError> {
        Head::Cosine.is_only_one_of("the card alone", head)?;
        let latents = phrases.iter().enumerate();
        let latents = latents.map(|(index, phrase)| self.card.latents(index, phrase));
        let latents = latents.collect::<Result<Vec<_>, _>>()?;
        let view = View {
            layers: Layers::new(self.width).then(Layer::Dense(
                Dense::zeros(self.width, 0),
                Activation::Linear,
            )),
            motion: Some(self.card.decoder(0)),
            card: Some(self.card.clone()),
        };
        let calibration = Calibration {
            temperature: self.temperature,
            scorer: None,
        };
        Ok(Decision::new(
            Arc::new(view),
            self.card.scored(0, &latents),
            phrases.len(),
            calibration,
        ))
    }

    fn feature_width(&self) -> usize {
        self.width
    }
}

/// The card at the end of a feature.
fn tail(feature: &[f32]) -> Result<&[f32], AlignError> {
    let found = feature.len().checked_sub(READ.len());
    found
        .map(|from| &feature[from..])
        .ok_or_else(|| AlignError::Width {
            what: "a feature that ends with a card".to_owned(),
            expected: READ.len(),
            got: feature.len(),
        })
}

/// A phrase's card as the part compares it, without its sides.
fn standardised(standard: &Standard, phrase: &PhraseVectors) -> DVector<f64> {
    let card = standard.apply(&phrase.motion[..SIZE]);
    DVector::from_iterator(SIZE, card.iter().map(|&x| f64::from(x)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::motion::ATTRIBUTES;

    fn phrase(card: &[(usize, f32)]) -> PhraseVectors {
        let mut motion = vec![0.0; READ.len()];
        for &(attribute, value) in card {
            motion[attribute] = value;
        }
        PhraseVectors {
            verb: vec![1.0],
            noun: None,
            phrase: vec![1.0],
            motion,
        }
    }

    fn feature(card: &[(usize, f32)]) -> Vec<f32> {
        [vec![9.0], phrase(card).motion].concat()
    }

    #[test]
    fn what_is_read_are_the_attributes_of_a_card() {
        let names: Vec<&str> = ATTRIBUTES.iter().map(|attribute| attribute.name).collect();
        assert_eq!(names, READ);
    }

    #[test]
    fn an_attribute_that_nobody_showed_is_believed_and_one_that_misleads_is_not() {
        let phrases = [phrase(&[(0, 1.0)]), phrase(&[(1, 1.0)]), phrase(&[])];
        // The first two attributes are told well; the third is seen in every second clip, whatever is performed.
        let clips = (0..30).map(|clip| {
            let label = clip % 3;
            let noise = (2, (clip / 3 % 2) as f32);
            let card = if label < 2 {
                vec![(label, 0.8), noise]
            } else {
                vec![noise]
            };
            (feature(&card), label)
        });
        let (features, labels): (Vec<_>, Vec<_>) = clips.unzip();
        let rows: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
        let part = CardPart::fit(&rows, &labels, &phrases, 1.0).unwrap();
        let moved = |attribute: usize| {
            let (without, with) = (
                part.read(&feature(&[])),
                part.read(&feature(&[(attribute, 1.0)])),
            );
            (with[attribute] - without[attribute]) * part.standard.scale[attribute]
        };
        assert!((moved(40) - 1.0).abs() < 1e-3, "{}", moved(40));
        assert!(moved(0) > 0.7, "{}", moved(0));
        assert!(moved(2) < 0.4, "{}", moved(2));
        assert!(part.deviation[2] > part.deviation[40]);
    }

    #[test]
    fn a_side_counts_for_phrases_that_say_it_and_is_learned_from_none() {
        let [left, right] = [SIDES.start, SIDES.start + 1];
        let phrases = [phrase(&[(0, 1.0)]), phrase(&[(1, 1.0)])];
        // Whoever did the first was right-handed, whoever did the second left-handed.
        let clips = (0..20).map(|clip| {
            let label = clip % 2;
            (feature(&[(label, 0.8), (right - label, 1.0)]), label)
        });
        let (features, labels): (Vec<_>, Vec<_>) = clips.unzip();
        let rows: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
        let aligner = CardAligner {
            card: CardPart::fit(&rows, &labels, &phrases, 1.0).unwrap(),
            width: rows[0].len(),
            temperature: 1.0,
        };
        let scores = |phrases: &[PhraseVectors], card: &[(usize, f32)]| {
            let decision = aligner.decide(phrases, Head::Cosine, 0).unwrap();
            decision.scores(&feature(card))
        };
        // With either hand an open phrase is what it is.
        for hand in [left, right] {
            let scores = scores(&phrases, &[(0, 0.8), (hand, 1.0)]);
            assert!(scores[0] > scores[1], "{scores:?}");
        }
        let sided = [
            phrase(&[(0, 1.0)]),
            phrase(&[(0, 1.0), (left, 1.0)]),
            phrase(&[(0, 1.0), (right, 1.0)]),
        ];
        for (hand, own, other) in [(left, 1, 2), (right, 2, 1)] {
            let scores = scores(&sided, &[(0, 0.8), (hand, 1.0)]);
            assert!(scores[own] > scores[0], "{scores:?}");
            assert!(scores[0] > scores[other], "{scores:?}");
        }
        let both = scores(&sided, &[(0, 0.8)]);
        assert!(
            both.iter().all(|score| (score - both[0]).abs() < 1e-4),
            "{both:?}"
        );
    }

    #[test]
    fn features_that_are_shorter_than_a_card_are_refused() {
        let phrases = [phrase(&[(0, 1.0)]), phrase(&[])];
        let short: [&[f32]; 2] = [&[1.0; 54], &[1.0; 54]];
        let error = CardPart::fit(&short, &[0, 1], &phrases, 1.0).unwrap_err();
        assert!(error.to_string().contains("54"), "{error}");
    }
}
