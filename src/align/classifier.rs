//! The paper's zero-shot classifier: one dense layer and a softmax, trained on generated latents (section 2.4).

use super::adam::{Adam, AdamConfig};
use super::examples::Mixture;
use super::network::{Activation, Dense};
use super::synse::Profile;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::ops::Range;

/// Latents that are generated of each phrase (section 3.2 of the paper; table 3 has others).
pub const GENERATED: usize = 500;

/// How latents are generated and learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifierConfig {
    /// What the logits go through: the released code rectifies them, so that classes can die.
    pub activation: Activation,
    /// Whether all dimensions of a part share one noise value, as in the released code.
    pub shared_noise: bool,
    /// Whether each part's share of a latent vector is brought to a length of its own first.
    pub normalised: bool,
    /// The parts' shares of the latent space, each with the part's weight: its share of the squared length.
    pub shares: Vec<(Range<usize>, f32)>,
    /// Generated latents per phrase.
    pub per_class: usize,
    /// Optimiser steps.
    pub epochs: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// How many latents a step sees, all phrases together. The generated latents are dealt into slices with
    /// equally many of each phrase, and the steps go through the slices in turn: with it an edit of a long list
    /// takes a time in proportion to the list. `None` shows all of them to every step, as the paper does.
    pub rows_per_step: Option<usize>,
}

impl ClassifierConfig {
    /// The paper's numbers, with a profile's choices.
    pub fn of(profile: Profile, shares: &[(Range<usize>, f32)]) -> Self {
        let ours = profile == Profile::Ours;
        Self {
            activation: profile.activation(),
            shared_noise: !ours,
            normalised: ours,
            shares: shares.to_vec(),
            per_class: GENERATED,
            epochs: 300,
            learning_rate: 1e-3,
            rows_per_step: ours.then_some(1_000),
        }
    }

    /// Latents of each phrase in a step.
    fn slice_depth(&self, classes: usize) -> usize {
        let all = self.per_class.max(1);
        self.rows_per_step
            .map_or(all, |rows| (rows / classes.max(1)).clamp(1, all))
    }
}

/// A trained classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    dense: Dense,
    activation: Activation,
    normalised: bool,
    shares: Vec<(Range<usize>, f32)>,
}

impl Classifier {
    /// From a trained layer, `[phrases, latent]`.
    pub(super) fn new(dense: Dense, config: &ClassifierConfig) -> Self {
        Self {
            dense,
            activation: config.activation,
            normalised: config.normalised,
            shares: config.shares.clone(),
        }
    }

    /// Logits of the phrases for a latent mean.
    pub fn logits(&self, latent: &[f32]) -> Vec<f32> {
        let mut latent = latent.to_vec();
        if self.normalised {
            equalise(&mut latent, &self.shares);
        }
        let mut logits = self.dense.forward_one(&latent);
        if self.activation == Activation::Relu {
            for logit in &mut logits {
                *logit = logit.max(0.0);
            }
        }
        logits
    }
}

/// Generates latents from each phrase's means and deviations, and from those of its examples, and trains on them.
pub fn train(latents: &[Mixture], config: &ClassifierConfig, seed: u64) -> Classifier {
    let classes = latents.len();
    let width = config.shares.last().map_or(0, |(share, _)| share.end);
    let mut start = ChaCha8Rng::seed_from_u64(seed);
    let mut fit = Fit::new(Dense::xavier(width, classes, classes, &mut start), config);
    if classes > 0 {
        let depth = config.slice_depth(classes);
        let slices = config.per_class.max(1).div_ceil(depth);
        // Few slices come round often and are kept; many would only fill the memory.
        let mut kept: Vec<Option<Array2<f32>>> = vec![None; if slices <= 32 { slices } else { 0 }];
        for epoch in 0..config.epochs {
            let slice = epoch % slices;
            let make = || generate(latents, config, depth, &mut stream(seed, slice));
            match kept.get_mut(slice) {
                Some(place) => fit.step(place.get_or_insert_with(make).view()),
                None => fit.step(make().view()),
            };
        }
    }
    Classifier::new(fit.dense, config)
}

/// Trains from given weights on given latents, all of them in every step; row `i` belongs to class
/// `i % classes`. Gives the layer and the loss before each step.
pub fn train_on(
    start: Dense,
    rows: ArrayView2<'_, f32>,
    config: &ClassifierConfig,
) -> (Dense, Vec<f32>) {
    let mut fit = Fit::new(start, config);
    let losses = (0..config.epochs).map(|_| fit.step(rows)).collect();
    (fit.dense, losses)
}

/// Noise of one slice, apart from that of the initial weights and of the other slices.
fn stream(seed: u64, slice: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(slice as u64 + 1);
    rng
}

/// `depth` latents of each phrase, phrases taking turns, `[depth * phrases, latent]`.
fn generate(
    latents: &[Mixture],
    config: &ClassifierConfig,
    depth: usize,
    rng: &mut impl Rng,
) -> Array2<f32> {
    let width = config.shares.last().map_or(0, |(share, _)| share.end);
    let mut rows = Array2::zeros((depth * latents.len(), width));
    let pairs = rows.outer_iter_mut().zip(latents.iter().cycle());
    for (mut row, mixture) in pairs {
        // Nothing is drawn for a phrase without examples: its classifier is as it always was.
        let by_example = !mixture.examples.is_empty() && rng.random::<f32>() < mixture.share;
        let (means, deviations) = if by_example {
            &mixture.examples[rng.random_range(0..mixture.examples.len())]
        } else {
            &mixture.words
        };
        for (share, _) in &config.shares {
            let shared: f32 = if config.shared_noise {
                rng.sample(StandardNormal)
            } else {
                0.0
            };
            for j in share.clone() {
                let noise = if config.shared_noise {
                    shared
                } else {
                    rng.sample(StandardNormal)
                };
                row[j] = means[j] + deviations[j] * noise;
            }
        }
        if let Some(row) = row.as_slice_mut().filter(|_| config.normalised) {
            equalise(row, &config.shares);
        }
    }
    rows
}

/// Gives each share its part of the length that all would have if values were of size 1: by its weight, as a sum of cosines
/// counts it.
fn equalise(latent: &mut [f32], shares: &[(Range<usize>, f32)]) {
    let total: f32 = shares.iter().map(|(_, weight)| weight).sum();
    let width = latent.len() as f32;
    for (share, weight) in shares {
        let part = &mut latent[share.clone()];
        super::decision::normalise(part);
        let length = (width * weight / total.max(f32::MIN_POSITIVE)).sqrt();
        for x in part {
            *x *= length;
        }
    }
}

/// Softmax regression under way.
struct Fit {
    dense: Dense,
    gradient: Dense,
    adam: Adam,
    activation: Activation,
    errors: Array2<f32>,
}

impl Fit {
    fn new(dense: Dense, config: &ClassifierConfig) -> Self {
        let (classes, width) = dense.weight.dim();
        Self {
            gradient: Dense::zeros(width, classes),
            adam: Adam::new(
                AdamConfig::new(config.learning_rate),
                &[classes * width, classes],
            ),
            activation: config.activation,
            errors: Array2::zeros((0, classes)),
            dense,
        }
    }

    /// One step on rows that take turns among the classes; gives the mean cross entropy before it.
    fn step(&mut self, rows: ArrayView2<'_, f32>) -> f32 {
        let classes = self.dense.bias.len();
        if self.errors.nrows() != rows.nrows() {
            self.errors = Array2::zeros((rows.nrows(), classes));
        }
        self.dense.forward(rows, self.errors.view_mut());
        let count = rows.nrows().max(1) as f32;
        let mut loss = 0.0_f64;
        for (i, mut row) in self.errors.outer_iter_mut().enumerate() {
            if let Some(row) = row.as_slice_mut() {
                loss += f64::from(cross_entropy(row, i % classes, count, self.activation));
            }
        }
        general_mat_mul(1.0, &self.errors.t(), &rows, 0.0, &mut self.gradient.weight);
        self.gradient.bias.fill(0.0);
        for row in self.errors.outer_iter() {
            self.gradient.bias += &row;
        }
        let tensors = self
            .dense
            .slices_mut()
            .into_iter()
            .zip(self.gradient.slices_mut());
        self.adam
            .step(tensors.map(|(tensor, gradient)| (tensor, &*gradient, 0.0)));
        (loss / f64::from(count)) as f32
    }
}

/// Turns one row of raw logits into the gradient of the mean cross entropy; gives the row's cross entropy.
fn cross_entropy(row: &mut [f32], class: usize, count: f32, activation: Activation) -> f32 {
    let rectified = activation == Activation::Relu;
    let rectify = |x: f32| if rectified { x.max(0.0) } else { x };
    let highest = row
        .iter()
        .fold(f32::NEG_INFINITY, |highest, &x| highest.max(rectify(x)));
    let own = rectify(row[class]);
    let dead = rectified && row[class] <= 0.0;
    let mut sum = 0.0;
    for x in row.iter_mut() {
        // Rectified logits near zero turn on the last bit, so the reference profile takes no shortcut here.
        let power = if rectified {
            f64::from(rectify(*x) - highest).exp() as f32
        } else {
            exponential(*x - highest)
        };
        sum += power;
        // A rectified logit lets no gradient through; its power stays in the sum.
        *x = if rectified && *x <= 0.0 { 0.0 } else { power };
    }
    let scale = 1.0 / (sum * count);
    for x in row.iter_mut() {
        *x *= scale;
    }
    if !dead {
        row[class] -= 1.0 / count;
    }
    sum.ln() + highest - own
}

/// `exp` for arguments up to 0, within 2e-7, in steps that a compiler can vectorise.
fn exponential(x: f32) -> f32 {
    let halvings = (x * std::f32::consts::LOG2_E).max(-126.0);
    let whole = (halvings - 0.5) as i32;
    let rest = (halvings - whole as f32) * std::f32::consts::LN_2;
    let series = 1.0
        + rest
            * (1.0
                + rest
                    * (0.5
                        + rest
                            * (1.0 / 6.0
                                + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest / 720.0)))));
    series * f32::from_bits(((whole + 127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    use super::{ClassifierConfig, exponential, train};
    use crate::align::decision::softmax;
    use crate::align::examples::Mixture;
    use crate::align::synse::Profile;

    #[test]
    fn the_fast_exponential_is_exact_enough() {
        for i in 0..20_000 {
            let x = -i as f32 * 0.004;
            assert!(
                (exponential(x) / x.exp() - 1.0).abs() < 1e-5,
                "exp({x}) = {}",
                exponential(x)
            );
        }
    }

    /// Two phrases whose latents differ in the first share only.
    fn latents() -> Vec<Mixture> {
        let deviations = vec![0.3; 4];
        vec![
            (vec![1.0, 0.2, 0.5, 0.5], deviations.clone()).into(),
            (vec![-1.0, 0.2, 0.5, 0.5], deviations).into(),
        ]
    }

    #[test]
    fn examples_are_learned_from_beside_the_words() {
        let config = ClassifierConfig::of(Profile::Ours, &[(0..2, 1.0), (2..4, 1.0)]);
        let elsewhere = (vec![0.2, -1.0, 0.5, -0.5], vec![0.3; 4]);
        let before = train(&latents(), &config, 1);
        let mut mixtures = latents();
        mixtures[1] = Mixture::new(mixtures[1].words.clone(), vec![elsewhere.clone(); 3], 3.0);
        let after = train(&mixtures, &config, 1);
        let chance = |classifier: &super::Classifier, latent: &[f32]| {
            softmax(&classifier.logits(latent), 1.0)[1]
        };
        assert!(chance(&after, &elsewhere.0) > chance(&before, &elsewhere.0) + 0.1);
        assert!(
            chance(&after, &mixtures[1].words.0) > 0.6,
            "the words still count"
        );
    }

    #[test]
    fn tells_generated_latents_apart() {
        for profile in [Profile::Ours, Profile::Reference] {
            let classifier = train(
                &latents(),
                &ClassifierConfig::of(profile, &[(0..2, 1.0), (2..4, 1.0)]),
                1,
            );
            for (class, phrase) in latents().iter().enumerate() {
                let probabilities = softmax(&classifier.logits(&phrase.words.0), 1.0);
                assert!(probabilities[class] > 0.6, "{profile:?}: {probabilities:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_classifier() {
        let config = ClassifierConfig::of(Profile::Ours, &[(0..2, 1.0), (2..4, 1.0)]);
        assert_eq!(train(&latents(), &config, 7), train(&latents(), &config, 7));
        assert_ne!(train(&latents(), &config, 7), train(&latents(), &config, 8));
        assert!(train(&[], &config, 7).logits(&[0.0; 4]).is_empty());
    }
}
