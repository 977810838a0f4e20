//! The card part: the motion card that is read from the movement against the phrases' own.
//!
//! What is read (`window::READ`) was never trained, so it knows of attributes that no training clip shows; but some of it can
//! hardly be told from joints, and attributes go together. So a linear map is learned from what is read to the phrases'
//! cards, by ridge regression towards the identity: where the training clips say nothing, what is read is believed as it is.
//!
//! Sides ([`SIDES`]) are not learned: of a phrase that leaves them open nobody can say which side is wrong. Left counts as the
//! opposite of right, and either only for phrases that say it.

use super::decision::{Calibration, Decision, MotionDecoder, ScoredPart, View};
use super::layers::{Layer, Layers};
use super::network::{Activation, Dense};
use super::part::Part;
use super::ridge::text_statistics;
use super::standard::Standard;
use super::{AlignError, Aligner, Head, check_vector};
use crate::language::PhraseVectors;
use crate::phrases::motion::{SIDES, opposite};
use crate::window::READ;
use nalgebra::{Cholesky, DMatrix, DVector};
use ndarray::{Array1, Array2};
use std::ops::Range;
use std::sync::Arc;

/// What the identity is worth against the training clips, as variance of what is read. The best of 0.01, 0.03, 0.1, 0.3 and
/// no learning at all on the validation phrases of the Kinect splits.
const TRUST: f64 = 0.1;

/// The least that readings of one phrase are taken to differ.
const LEAST_DEVIATION: f32 = 1e-3;

/// How far readings of a side lie around what a phrase says of it.
const SIDE_DEVIATION: f32 = 0.3;

/// How cards that are read are compared with those of phrases.
#[derive(Clone, Debug, PartialEq)]
pub struct CardPart {
    /// Its weight in the sum of cosines.
    pub weight: f32,
    /// How phrases' cards are standardised.
    pub standard: Standard,
    /// From a card that is read to a standardised one, `[READ.len(), READ.len()]`.
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
        let mut counts = vec![0_usize; phrases.len()];
        for &label in labels {
            counts[label] += 1;
        }
        let taught = |class: &usize| counts[*class] > 0;
        let seen: Vec<&PhraseVectors> = (0..phrases.len())
            .filter(taught)
            .map(|class| &phrases[class])
            .collect();
        for (index, phrase) in seen.iter().enumerate() {
            let what = || format!("the motion card of training phrase {index}");
            check_vector(what, &phrase.motion, READ.len())?;
        }
        let (_, standard) = text_statistics(Part::Motion, &seen)?;
        let share = |label: usize| 1.0 / (seen.len() * counts[label]) as f64;
        let told = |(feature, &label): (&&[f32], &usize)| {
            let read = &tail(feature)?[..standard.width()];
            Ok(Told {
                read: DVector::from_iterator(read.len(), read.iter().map(|&x| f64::from(x))),
                phrase: centred_card(&standard, &phrases[label]),
                share: share(label),
            })
        };
        let told = features.iter().zip(labels).map(told);
        let told = told.collect::<Result<Vec<_>, AlignError>>()?;
        let (learned, mut deviation) = learn(&told, standard.scale[0])?;
        deviation.extend(vec![SIDE_DEVIATION / standard.scale[0]; SIDES.len()]);
        Ok(Self {
            weight,
            map: with_sides(&learned, standard.scale[0]),
            standard: standard_with_sides(standard),
            deviation,
        })
    }

    /// The card that was read, as a standardised one.
    pub fn read(&self, feature: &[f32]) -> Vec<f32> {
        tail(feature).map_or_else(|_| vec![0.0; READ.len()], |card| self.map.forward_one(card))
    }

    /// A phrase's card, standardised.
    pub fn card(&self, index: usize, phrase: &PhraseVectors) -> Result<Vec<f32>, AlignError> {
        let what = || format!("the motion card of phrase {index}");
        check_vector(what, &phrase.motion, self.standard.width())?;
        Ok(self.standard.apply(&phrase.motion))
    }

    /// The part of a decision, whose latents have the cards at `share`.
    pub(super) fn scored(&self, share: Range<usize>, cards: Vec<Vec<f32>>) -> ScoredPart {
        ScoredPart::new(Some(Part::Card), self.weight, share, cards)
    }

    /// What brings the cards at `share` of a latent back to attributes.
    pub(super) fn decoder(&self, share: Range<usize>) -> MotionDecoder {
        let same = Dense {
            weight: Array2::eye(READ.len()),
            bias: Array1::zeros(READ.len()),
        };
        (share, same, self.standard.clone())
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
        let cards = phrases.iter().enumerate();
        let cards = cards.map(|(index, phrase)| self.card.card(index, phrase));
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        let share = 0..READ.len();
        let view = View {
            layers: Layers::new(self.width).then(Layer::Dense(
                Dense::zeros(self.width, 0),
                Activation::Linear,
            )),
            motion: Some(self.card.decoder(share.clone())),
            card: Some(self.card.clone()),
        };
        let calibration = Calibration {
            temperature: self.temperature,
            scorer: None,
        };
        Ok(Decision::new(
            Arc::new(view),
            vec![self.card.scored(share, cards)],
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

/// What was read of a clip, beside its phrase's card, and the clip's share among all.
struct Told {
    read: DVector<f64>,
    phrase: DVector<f64>,
    share: f64,
}

/// From cards that were read to standardised ones, and how far off that is: `W = (R'R + trust)^-1 (R'C + trust)`, with what
/// was read, `R`, and the phrases' cards, `C`, centred.
fn learn(told: &[Told], scale: f32) -> Result<(Dense, Vec<f32>), AlignError> {
    let size = told.first().map_or(0, |told| told.read.len());
    let mean: DVector<f64> = told.iter().map(|told| &told.read * told.share).sum();
    let mut moments = DMatrix::<f64>::identity(size, size) * TRUST;
    let mut shared = moments.clone();
    for Told {
        read,
        phrase,
        share,
    } in told
    {
        let centred = read - &mean;
        moments += &centred * centred.transpose() * *share;
        shared += &centred * phrase.transpose() * *share;
    }
    let solved = Cholesky::new(moments)
        .ok_or_else(|| AlignError::Unsolvable("cards that are read are no numbers".to_owned()))?
        .solve(&shared);
    let scale = f64::from(scale);
    let weights = solved.transpose() / scale;
    let bias = -(&weights * &mean);
    let mut spread = DVector::<f64>::zeros(size);
    for Told {
        read,
        phrase,
        share,
    } in told
    {
        let off = &weights * read + &bias - phrase / scale;
        spread += off.component_mul(&off) * *share;
    }
    let map = Dense {
        weight: Array2::from_shape_fn((size, size), |at| weights[at] as f32),
        bias: Array1::from_iter(bias.iter().map(|&x| x as f32)),
    };
    let deviation = spread
        .iter()
        .map(|x| (x.sqrt() as f32).max(LEAST_DEVIATION));
    Ok((map, deviation.collect()))
}

/// A map of all but the sides, and beside it theirs: either is what speaks for it less what speaks for its opposite.
fn with_sides(learned: &Dense, scale: f32) -> Dense {
    let mut map = Dense::zeros(READ.len(), READ.len());
    let size = learned.bias.len();
    let inner = ndarray::s![..size, ..size];
    map.weight.slice_mut(inner).assign(&learned.weight);
    map.bias
        .slice_mut(ndarray::s![..size])
        .assign(&learned.bias);
    for (side, other) in SIDES.filter_map(|side| Some((side, opposite(side)?))) {
        map.weight[[side, side]] = 1.0 / scale;
        map.weight[[side, other]] = -1.0 / scale;
    }
    map
}

/// For whole cards: nothing is usual about a side.
fn standard_with_sides(mut standard: Standard) -> Standard {
    let scale = standard.scale[0];
    standard.mean.resize(READ.len(), 0.0);
    standard.scale.resize(READ.len(), scale);
    standard
}

/// What a phrase's card has beside the usual, without its sides.
fn centred_card(standard: &Standard, phrase: &PhraseVectors) -> DVector<f64> {
    let centred = phrase
        .motion
        .iter()
        .zip(&standard.mean)
        .map(|(x, mean)| f64::from(x - mean));
    DVector::from_iterator(standard.width(), centred)
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
        assert!(both[0] > both[1].max(both[2]), "{both:?}");
    }

    #[test]
    fn features_that_are_shorter_than_a_card_are_refused() {
        let phrases = [phrase(&[(0, 1.0)]), phrase(&[])];
        let short: [&[f32]; 2] = [&[1.0; 54], &[1.0; 54]];
        let error = CardPart::fit(&short, &[0, 1], &phrases, 1.0).unwrap_err();
        assert!(error.to_string().contains("54"), "{error}");
    }
}
