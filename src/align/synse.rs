//! SynSE: what was learned, as plain numbers, and how it decides among phrases.

use super::bilinear::BilinearPart;
use super::card::CardPart;
use super::classifier::{self, Classifier, ClassifierConfig};
use super::decision::{Calibration, Decision, ScoredPart, View};
use super::examples::{Mixture, WORTH};
use super::layers::{Layer, Layers};
use super::network::{Activation, Dense, Network};
use super::part::Part;
use super::scorer::Scorer;
use super::standard::Standard;
use super::{AlignError, Aligner, Head, check_vector};
use crate::language::PhraseVectors;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::ops::Range;
use std::sync::Arc;

/// Whose choices are followed where the paper and its released code differ from what is sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// The sound choices: linear decoders, independent noise, standardised inputs, motion as a third part.
    #[default]
    Ours,
    /// The released code: rectified decoders and classifier, one noise value per row, raw inputs.
    Reference,
}

impl Profile {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Reference => "reference",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ours, Self::Reference]
            .into_iter()
            .find(|profile| profile.name() == name)
    }

    /// What decoders and classifier do after their dense layer.
    pub fn activation(self) -> Activation {
        match self {
            Self::Ours => Activation::Linear,
            Self::Reference => Activation::Relu,
        }
    }
}

/// A phrase's latent means and standard deviations, all parts side by side.
pub type Latents = (Vec<f32>, Vec<f32>);

/// What one text part needs beside its autoencoder.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPart {
    /// Which part.
    pub part: Part,
    /// Its weight in the sum of cosines.
    pub weight: f32,
    /// How its vectors are standardised.
    pub standard: Standard,
    /// Stands in for a missing vector: the mean of the training phrases' vectors (paper, section 2.6).
    pub placeholder: Vec<f32>,
}

/// A trained model with all that it needs to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Synse {
    /// How it was trained, and so how it decides.
    pub profile: Profile,
    /// Divides the weighted sum of cosines before the softmax.
    pub temperature: f32,
    /// How features are standardised.
    pub standard: Standard,
    /// The text parts, in the order of their shares of the latent space.
    pub parts: Vec<TextPart>,
    /// The autoencoders.
    pub network: Network,
    /// The bilinear part, where the model has one; it has no autoencoder.
    pub bilinear: Option<BilinearPart>,
    /// The card part, where features end with a card that was read; it has no autoencoder.
    pub card: Option<CardPart>,
}

impl Synse {
    /// The standardised vectors of a phrase, one per part.
    pub fn text_inputs(
        &self,
        index: usize,
        phrase: &PhraseVectors,
    ) -> Result<Vec<Vec<f32>>, AlignError> {
        let read = |text: &TextPart| {
            let vector = text.part.vector(phrase).unwrap_or(&text.placeholder);
            let what = || format!("the {} vector of phrase {index}", text.part.name());
            check_vector(what, vector, text.standard.width())?;
            Ok(text.standard.apply(vector))
        };
        self.parts.iter().map(read).collect()
    }

    /// Latent means and deviations of a phrase, all parts side by side.
    pub fn text_latents(
        &self,
        index: usize,
        phrase: &PhraseVectors,
    ) -> Result<Latents, AlignError> {
        let (mut means, mut deviations) = (Vec::new(), Vec::new());
        let inputs = self.text_inputs(index, phrase)?;
        for (vae, input) in self.network.texts.iter().zip(&inputs) {
            let (mean, log_variance) = vae.encode(input);
            means.extend(mean);
            deviations.extend(log_variance.iter().map(|x| (0.5 * x).exp()));
        }
        if let Some(bilinear) = &self.bilinear {
            let (mean, deviation) = bilinear.latents(&inputs);
            means.extend(mean);
            deviations.extend(deviation);
        }
        if let Some(card) = &self.card {
            let (mean, deviation) = card.latents(index, phrase)?;
            means.extend(mean);
            deviations.extend(deviation);
        }
        Ok((means, deviations))
    }

    /// Latent means and deviations of a feature, all parts side by side; none are known of sides.
    fn visual_latents(&self, feature: &[f32]) -> Latents {
        let standardised = self.standard.apply(feature);
        let (mut mean, log_variance) = self.network.visual.encode(&standardised);
        let mut deviation: Vec<f32> = log_variance.iter().map(|x| (0.5 * x).exp()).collect();
        if let Some(bilinear) = &self.bilinear {
            mean.extend(bilinear.visual.forward_one(&standardised));
            deviation.extend(&bilinear.deviation);
        }
        if let Some(card) = &self.card {
            mean.extend(card.read(feature));
            deviation.extend(&card.deviation);
            deviation.resize(mean.len(), 0.0);
        }
        (mean, deviation)
    }

    /// Each part's share of the latents, those of the card and its sides last.
    fn shares(&self) -> Vec<Range<usize>> {
        let mut shares = self.network.shares();
        let bilinear = self.bilinear.iter();
        shares.extend(bilinear.map(|bilinear| bilinear.share(self.network.visual.latent())));
        if self.card.is_some() {
            shares.extend(CardPart::shares(self.learned()));
        }
        shares
    }

    /// Where the latents end that layers give, and those of the card begin.
    fn learned(&self) -> usize {
        self.network.visual.latent() + self.bilinear.as_ref().map_or(0, BilinearPart::size)
    }

    /// How long latents are, the card's with them.
    fn latent(&self) -> usize {
        self.shares().last().map_or(0, |share| share.end)
    }

    /// The decision with a classifier that was trained elsewhere, one row of `layer` per phrase.
    pub fn decide_with(
        &self,
        phrases: &[PhraseVectors],
        layer: Dense,
    ) -> Result<Decision, AlignError> {
        for (what, expected, got) in [
            ("the classifier's classes", phrases.len(), layer.bias.len()),
            (
                "the classifier's input",
                self.latent(),
                layer.weight.ncols(),
            ),
        ] {
            if expected != got {
                let what = what.to_owned();
                return Err(AlignError::Width {
                    what,
                    expected,
                    got,
                });
            }
        }
        Ok(self.decision(
            &self.all_latents(phrases)?,
            Some(Classifier::new(layer, &self.classifier_config())),
        ))
    }

    /// The decision with a classifier that is trained here as `config` says.
    pub fn decide_trained(
        &self,
        phrases: &[PhraseVectors],
        config: &ClassifierConfig,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        let mixtures = self.mixtures(phrases, &[], WORTH)?;
        let classifier = classifier::train(&mixtures, config, seed);
        Ok(self.decision(&self.mixed(&mixtures), Some(classifier)))
    }

    /// The decision with examples of each phrase, `[phrase][example][value]` or nothing at all; a phrase's words are worth so
    /// many of them.
    pub fn decide_worth(
        &self,
        phrases: &[PhraseVectors],
        examples: &[Vec<Vec<f32>>],
        worth: f32,
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        let mixtures = self.mixtures(phrases, examples, worth)?;
        let trained = match head {
            Head::Cosine => None,
            Head::Trained => {
                let config = self.classifier_config();
                Some(classifier::train(&mixtures, &config, seed))
            }
        };
        Ok(self.decision(&self.mixed(&mixtures), trained))
    }

    /// What is known of each phrase's latents.
    fn mixtures(
        &self,
        phrases: &[PhraseVectors],
        examples: &[Vec<Vec<f32>>],
        worth: f32,
    ) -> Result<Vec<Mixture>, AlignError> {
        if !examples.is_empty() && examples.len() != phrases.len() {
            return Err(AlignError::ExampleCount {
                expected: phrases.len(),
                got: examples.len(),
            });
        }
        let latents = self.all_latents(phrases)?;
        let mixture = |(phrase, words): (usize, Latents)| {
            let features = examples.get(phrase).map_or(&[][..], Vec::as_slice);
            let seen = features.iter().enumerate().map(|(index, feature)| {
                let what = || format!("example {index} of phrase {phrase}");
                check_vector(what, feature, self.standard.width())?;
                let mut example = self.visual_latents(feature);
                if self.card.is_some() {
                    // Who shows a phrase with the right hand does not mean that the left one were wrong.
                    let [_, sides] = CardPart::shares(self.learned());
                    example.0[sides.clone()].copy_from_slice(&words.0[sides.clone()]);
                    example.1[sides.clone()].copy_from_slice(&words.1[sides]);
                }
                Ok(example)
            });
            let seen = seen.collect::<Result<Vec<Latents>, AlignError>>()?;
            Ok(Mixture::new(words, seen, worth))
        };
        latents.into_iter().enumerate().map(mixture).collect()
    }

    /// Each phrase's latents with its examples.
    fn mixed(&self, mixtures: &[Mixture]) -> Vec<Latents> {
        let shares = self.shares();
        mixtures
            .iter()
            .map(|mixture| mixture.latents(&shares))
            .collect()
    }

    /// The settings of this model's classifier.
    pub fn classifier_config(&self) -> ClassifierConfig {
        let weights = (self.parts.iter().map(|text| text.weight))
            .chain(self.bilinear.iter().map(|bilinear| bilinear.weight))
            .chain(self.card.iter().flat_map(CardPart::weights));
        let shares: Vec<_> = self.shares().into_iter().zip(weights).collect();
        ClassifierConfig::of(self.profile, &shares)
    }

    fn all_latents(&self, phrases: &[PhraseVectors]) -> Result<Vec<Latents>, AlignError> {
        phrases
            .iter()
            .enumerate()
            .map(|(index, phrase)| self.text_latents(index, phrase))
            .collect()
    }

    fn decision(&self, latents: &[Latents], trained: Option<Classifier>) -> Decision {
        let texts = self.parts.iter().zip(self.network.shares());
        let part = |(text, share): (&TextPart, Range<usize>)| {
            ScoredPart::of_latents(text.part, text.weight, share, latents)
        };
        let bilinear = (self.bilinear.iter())
            .map(|bilinear| bilinear.scored(self.network.visual.latent(), latents));
        let card = (self.card.iter()).flat_map(|card| card.scored(self.learned(), latents));
        let calibration = Calibration {
            temperature: self.temperature,
            scorer: trained.map(|classifier| Arc::new(Scorer::Classifier(classifier))),
        };
        Decision::new(
            Arc::new(self.view()),
            texts.map(part).chain(bilinear).chain(card).collect(),
            latents.len(),
            calibration,
        )
    }

    /// What turns a feature into latent means and motion; shared by all decisions.
    fn view(&self) -> View {
        let latent = self.network.visual.latent();
        let encoder = &self.network.visual.encoder;
        let mut means = Dense {
            weight: encoder.weight.slice(ndarray::s![..latent, ..]).to_owned(),
            bias: encoder.bias.slice(ndarray::s![..latent]).to_owned(),
        };
        if let Some(bilinear) = &self.bilinear {
            means = means.followed_by(&bilinear.visual);
        }
        let mut texts = (self.parts.iter().zip(&self.network.texts)).zip(self.network.shares());
        let motion = match &self.card {
            // What is read says more of the performer than what a model of sixty phrases has learned to see.
            Some(card) => Some(card.decoder(self.learned())),
            None => texts
                .find(|((text, _), _)| text.part == Part::Motion)
                .map(|((text, vae), share)| (share, vae.decoder.clone(), text.standard.clone())),
        };
        View {
            layers: Layers::new(self.standard.width())
                .then(Layer::Standard(self.standard.clone()))
                .then(Layer::Dense(means, Activation::Linear)),
            motion,
            card: self.card.clone(),
        }
    }
}

impl Aligner for Synse {
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        self.decide_worth(phrases, &[], WORTH, head, seed)
    }

    fn decide_by_examples(
        &self,
        phrases: &[PhraseVectors],
        examples: &[Vec<Vec<f32>>],
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        self.decide_worth(phrases, examples, WORTH, head, seed)
    }

    fn generated(
        &self,
        phrases: &[PhraseVectors],
        count: usize,
        seed: u64,
    ) -> Result<Vec<Vec<Vec<f32>>>, AlignError> {
        self.generated_by_examples(phrases, &[], count, seed)
    }

    fn generated_by_examples(
        &self,
        phrases: &[PhraseVectors],
        examples: &[Vec<Vec<f32>>],
        count: usize,
        seed: u64,
    ) -> Result<Vec<Vec<Vec<f32>>>, AlignError> {
        let draw = |(index, (mean, deviation)): (usize, Latents)| {
            // Each phrase has noise of its own: another phrase in the list does not move its cloud.
            let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(index as u64));
            let one = |_| {
                let values = mean.iter().zip(&deviation);
                let noisy = values.map(|(m, d)| m + d * rng.sample::<f32, _>(StandardNormal));
                noisy.collect()
            };
            let drawn: Vec<Vec<f32>> = (0..count).map(one).collect();
            std::iter::once(mean.clone()).chain(drawn).collect()
        };
        let latents = self.mixed(&self.mixtures(phrases, examples, WORTH)?);
        Ok(latents.into_iter().enumerate().map(draw).collect())
    }

    fn feature_width(&self) -> usize {
        self.standard.width()
    }
}
