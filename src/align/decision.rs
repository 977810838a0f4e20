//! A decision: how a feature is scored against one list of phrases, in plain numbers.

use super::card::CardPart;
use super::classifier::Classifier;
use super::layers::Layers;
use super::network::Dense;
use super::part::Part;
use super::scorer::Scorer;
use super::standard::Standard;
use super::synse::Latents;
use std::ops::Range;
use std::sync::Arc;

/// The motion decoder: its share of the latent space, its layer, and the standardisation to undo.
pub(super) type MotionDecoder = (Range<usize>, Dense, Standard);

/// From a feature to the space in which phrases lie: the same for all decisions of a model.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Standardisation, and whatever a method has between that and the comparison.
    pub(super) layers: Layers,
    pub(super) motion: Option<MotionDecoder>,
    /// Reads the card at the feature's end, whose place is behind all that the layers give.
    pub(super) card: Option<CardPart>,
}

impl View {
    fn latent(&self, feature: &[f32]) -> Vec<f32> {
        let mut latent = self.layers.apply(feature);
        if let Some(card) = &self.card {
            latent.extend(card.read(feature));
        }
        latent
    }
}

/// The phrases as one part sees them.
#[derive(Clone, Debug)]
pub(super) struct ScoredPart {
    part: Option<Part>,
    weight: f32,
    share: Range<usize>,
    /// Unit vectors, one per phrase.
    prototypes: Vec<Vec<f32>>,
}

impl ScoredPart {
    pub(super) fn new(
        part: Option<Part>,
        weight: f32,
        share: Range<usize>,
        mut prototypes: Vec<Vec<f32>>,
    ) -> Self {
        for prototype in &mut prototypes {
            normalise(prototype);
        }
        Self {
            part,
            weight,
            share,
            prototypes,
        }
    }

    /// By the share of phrases' latents that is this part's.
    pub(super) fn of_latents(
        part: Part,
        weight: f32,
        share: Range<usize>,
        latents: &[Latents],
    ) -> Self {
        let own = |(mean, _): &Latents| mean[share.clone()].to_vec();
        let prototypes = latents.iter().map(own).collect();
        Self::new(Some(part), weight, share, prototypes)
    }

    /// Whether it says how much is alike, and not only on which side.
    fn is_counted(&self) -> bool {
        self.part != Some(Part::Sides)
    }

    fn says_something(&self) -> bool {
        self.is_counted() || self.prototypes.iter().flatten().any(|x| *x != 0.0)
    }

    /// One cosine per phrase.
    fn cosines(&self, latent: &[f32]) -> Vec<f32> {
        let mut own = latent[self.share.clone()].to_vec();
        normalise(&mut own);
        let dot = |prototype: &Vec<f32>| prototype.iter().zip(&own).map(|(a, b)| a * b).sum();
        self.prototypes.iter().map(dot).collect()
    }
}

/// How scores become probabilities.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    pub(super) temperature: f32,
    /// Takes the place of the cosines where there is one.
    pub(super) scorer: Option<Arc<Scorer>>,
}

/// What one part of the phrases says of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct PartScore {
    /// Which part; `None` where a method compares phrases whole.
    pub part: Option<Part>,
    /// Its weight in the sum.
    pub weight: f32,
    /// Its cosine to each phrase, -1 to 1.
    pub cosines: Vec<f32>,
}

/// How near a feature is to one phrase, before temperature and softmax, and whatever the head: no other phrase of
/// the list has a say in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    /// The weighted mean of the parts' cosines, -1 to 1. Sides have no say in it: they tell phrases apart, and not what is known
    /// from what is not.
    pub whole: f32,
    /// The motion part's cosine, -1 to 1; the whole's where a method has no motion part.
    pub motion: f32,
}

/// All that a decision says of one feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The latent means, all parts side by side.
    pub latent: Vec<f32>,
    /// Probabilities of the phrases, in their order; they sum to 1.
    pub probabilities: Vec<f32>,
    /// How near the feature is to each phrase.
    pub nearness: Vec<Nearness>,
    /// The motion attributes that the model sees, 0 to 1, in the order of `phrases::motion::ATTRIBUTES`; empty where the
    /// model has no motion part.
    pub motion: Vec<f32>,
}

/// How a feature is scored against a list of phrases: plain numbers, made beside inference and swapped in whole.
#[derive(Clone, Debug)]
pub struct Decision {
    view: Arc<View>,
    parts: Arc<[ScoredPart]>,
    phrases: usize,
    calibration: Calibration,
}

impl Decision {
    pub(super) fn new(
        view: Arc<View>,
        parts: Vec<ScoredPart>,
        phrases: usize,
        calibration: Calibration,
    ) -> Self {
        Self {
            view,
            parts: parts.into(),
            phrases,
            calibration,
        }
    }

    /// How many phrases it knows.
    pub fn phrase_count(&self) -> usize {
        self.phrases
    }

    /// The width of the features that it takes.
    pub fn feature_width(&self) -> usize {
        self.view.layers.width()
    }

    /// All that is said of a feature, from one look at it.
    ///
    /// A feature of another width, or with values that are not finite, says nothing: all phrases get the same
    /// probability, and the rest is empty.
    pub fn read(&self, feature: &[f32]) -> Reading {
        if !self.reads(feature) {
            return Reading {
                probabilities: vec![1.0 / self.phrases.max(1) as f32; self.phrases],
                ..Reading::default()
            };
        }
        let latent = self.view.latent(feature);
        let cosines = self.cosines(&latent);
        Reading {
            probabilities: softmax(&self.scores_of(&latent, &cosines), 1.0),
            nearness: self.nearness_of(&cosines),
            motion: self.motion_of(&latent),
            latent,
        }
    }

    /// Probabilities of the phrases, in their order; they sum to 1. As in [`Self::read`].
    pub fn probabilities(&self, feature: &[f32]) -> Vec<f32> {
        self.read(feature).probabilities
    }

    /// Logits of the phrases, in their order: the weighted sum of cosines over the temperature, or what the
    /// trained classifier says, or whatever else the method compares with. Zeros for a feature that cannot be read.
    pub fn scores(&self, feature: &[f32]) -> Vec<f32> {
        if !self.reads(feature) {
            return vec![0.0; self.phrases];
        }
        let latent = self.view.latent(feature);
        self.scores_of(&latent, &self.cosines(&latent))
    }

    /// Each part's cosines to the phrases, to explain an answer; empty for a feature that cannot be read.
    pub fn part_scores(&self, feature: &[f32]) -> Vec<PartScore> {
        if !self.reads(feature) {
            return Vec::new();
        }
        let explain = |(part, cosines): (&ScoredPart, Vec<f32>)| PartScore {
            part: part.part,
            weight: part.weight,
            cosines,
        };
        let cosines = self.cosines(&self.view.latent(feature));
        self.parts.iter().zip(cosines).map(explain).collect()
    }

    /// How near a feature is to each phrase, in their order; empty for a feature that cannot be read.
    pub fn nearness(&self, feature: &[f32]) -> Vec<Nearness> {
        self.nearness_at(&self.latent(feature))
    }

    /// How near latent means are to each phrase: those of [`Reading::latent`], from this decision or from another one of
    /// the same model. Empty for none.
    pub fn nearness_at(&self, latent: &[f32]) -> Vec<Nearness> {
        if self.parts.iter().any(|part| part.share.end > latent.len()) {
            return Vec::new();
        }
        self.nearness_of(&self.cosines(latent))
    }

    /// The motion attributes that the model sees in the performer, 0 to 1, in the order of
    /// `phrases::motion::ATTRIBUTES`; empty where the model has no motion part or the feature cannot be read.
    pub fn decoded_motion(&self, feature: &[f32]) -> Vec<f32> {
        if self.reads(feature) {
            self.motion_of(&self.view.latent(feature))
        } else {
            Vec::new()
        }
    }

    /// Each part's cosines to the phrases.
    fn cosines(&self, latent: &[f32]) -> Vec<Vec<f32>> {
        self.parts.iter().map(|part| part.cosines(latent)).collect()
    }

    fn scores_of(&self, latent: &[f32], cosines: &[Vec<f32>]) -> Vec<f32> {
        if let Some(scorer) = &self.calibration.scorer {
            return scorer.logits(latent, self.calibration.temperature);
        }
        let mut scores = vec![0.0; self.phrases];
        for (part, cosines) in self.parts.iter().zip(cosines) {
            for (score, cosine) in scores.iter_mut().zip(cosines) {
                *score += part.weight * cosine / self.calibration.temperature;
            }
        }
        scores
    }

    fn nearness_of(&self, cosines: &[Vec<f32>]) -> Vec<Nearness> {
        let total = self.total_weight();
        let parts = || (self.parts.iter().zip(cosines)).filter(|(part, _)| part.is_counted());
        let motion = parts().find(|(part, _)| part.part == Some(Part::Motion));
        let of = |phrase: usize| {
            let sum = parts().map(|(part, cosines)| part.weight * cosines[phrase]);
            let whole = sum.sum::<f32>() / total;
            Nearness {
                whole,
                motion: motion.map_or(whole, |(_, cosines)| cosines[phrase]),
            }
        };
        let phrases = if cosines.is_empty() { 0 } else { self.phrases };
        (0..phrases).map(of).collect()
    }

    fn motion_of(&self, latent: &[f32]) -> Vec<f32> {
        let Some((share, decoder, standard)) = &self.view.motion else {
            return Vec::new();
        };
        let decoded = standard.invert(&decoder.forward_one(&latent[share.clone()]));
        decoded
            .into_iter()
            .map(|weight| weight.clamp(0.0, 1.0))
            .collect()
    }

    /// The weight of all parts that every phrase has.
    fn total_weight(&self) -> f32 {
        let counted = self.parts.iter().filter(|part| part.is_counted());
        counted.map(|part| part.weight).sum()
    }

    /// The temperature that the weighted mean of cosines is divided by before the softmax.
    pub(super) fn mean_temperature(&self) -> f32 {
        self.calibration.temperature / self.total_weight().max(f32::MIN_POSITIVE)
    }

    /// Each part's share of the latent space, and the square root of its share of all weight; parts of which no phrase says
    /// anything are left out.
    pub(super) fn scales(&self) -> Vec<(Range<usize>, f32)> {
        let total = self.total_weight();
        let scale = |part: &ScoredPart| (part.share.clone(), (part.weight / total).sqrt());
        let parts = self.parts.iter().filter(|part| part.says_something());
        parts.map(scale).collect()
    }

    /// The latent means of a feature; empty for one that cannot be read.
    pub fn latent(&self, feature: &[f32]) -> Vec<f32> {
        if self.reads(feature) {
            self.view.latent(feature)
        } else {
            Vec::new()
        }
    }

    /// The classifier of the trained head.
    pub fn classifier(&self) -> Option<&Classifier> {
        match self.calibration.scorer.as_deref() {
            Some(Scorer::Classifier(classifier)) => Some(classifier),
            _ => None,
        }
    }

    fn reads(&self, feature: &[f32]) -> bool {
        feature.len() == self.view.layers.width() && feature.iter().all(|x| x.is_finite())
    }
}

/// `exp(score / temperature)`, scaled to sum to 1.
pub fn softmax(scores: &[f32], temperature: f32) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut powers: Vec<f32> = scores
        .iter()
        .map(|score| ((score - highest) / temperature).exp())
        .collect();
    let sum: f32 = powers.iter().sum();
    for power in &mut powers {
        *power /= sum;
    }
    powers
}

/// Brings a vector to unit length; a vector of zeros stays.
pub(crate) fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 1e-12 {
        for x in vector {
            *x /= length;
        }
    }
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
