//! RelationNet-style embedding, the second of the baselines of Jasani and Mazagonwalla (2019), after Sung et al.
//! ("Learning to compare", CVPR 2018).
//!
//! Words, the mean of verb and noun, go through a network to the width of features; a second network looks at a
//! feature and a phrase side by side and says from 0 to 1 whether they belong together, which squared errors teach
//! it. The form is Sung's for zero-shot learning, its sizes are ours: a feature here has 256 values and not 2,048.

use super::Method;
use super::lesson::{LINEAR, Lesson, balanced, check_loss};
use crate::align::Aligner;
use crate::align::layers::{Layer, Layers};
use crate::align::network::Activation::Relu;
use crate::align::part::Part;
use crate::align::standard::Standard;
use crate::align::towers::{Comparison, Reading, Towers, Words};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::chain::{Chain, Descent};
use ndarray::{Array2, Axis};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// The width of the words' hidden layer.
const WORDS: usize = 512;
/// The width of the relation's hidden layer.
const HIDDEN: usize = 256;

/// The relation network with its settings.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Optimiser steps.
    pub steps: usize,
    /// Samples in a step; classes are balanced.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The weight decay of the words' network.
    pub text_decay: f32,
}

impl Relation {
    /// What the tables use; the weight decay is Sung's.
    pub fn ours() -> Self {
        Self {
            steps: 1_700,
            batch: 64,
            learning_rate: 1e-4,
            text_decay: 1e-5,
        }
    }
}

/// The only variant.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![Box::new(Relation::ours())]
}

/// The networks. The relation's first layer reads both sides, so each has its own half of the matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// From words to the width of features.
    pub text: Chain,
    /// A feature's half of the relation's hidden layer.
    pub from_visual: Chain,
    /// A phrase's half.
    pub from_text: Chain,
    /// From the hidden layer to the answer.
    pub answer: Chain,
}

impl Network {
    /// As training starts.
    pub fn new(feature_width: usize, text_width: usize, rng: &mut ChaCha8Rng) -> Self {
        let sizes = [text_width, WORDS, feature_width];
        Self {
            text: Chain::uniform(&sizes, &[Relu, Relu], rng),
            from_visual: Chain::uniform(&[feature_width, HIDDEN], &[LINEAR], rng),
            from_text: Chain::uniform(&[feature_width, HIDDEN], &[LINEAR], rng),
            answer: Chain::uniform(&[HIDDEN, 1], &[LINEAR], rng),
        }
    }

    fn zeros_like(other: &Self) -> Self {
        Self {
            text: Chain::zeros_like(&other.text),
            from_visual: Chain::zeros_like(&other.from_visual),
            from_text: Chain::zeros_like(&other.from_text),
            answer: Chain::zeros_like(&other.answer),
        }
    }

    /// All chains, in the order of the fields.
    pub fn chains_mut(&mut self) -> Vec<&mut Chain> {
        vec![
            &mut self.text,
            &mut self.from_visual,
            &mut self.from_text,
            &mut self.answer,
        ]
    }

    /// The mean squared error over all pairs of a sample and a class, and its gradients.
    pub fn step(&self, features: Array2<f32>, texts: Array2<f32>, rows: &[usize]) -> (f32, Self) {
        let text = self.text.forward(texts);
        let from_text = self.from_text.forward(text.output().clone());
        let from_visual = self.from_visual.forward(features);
        let (seen, words) = (from_visual.output(), from_text.output());
        let mut gradient = Self::zeros_like(self);
        let (dense, answer) = (&self.answer.layers[0].0, &mut gradient.answer.layers[0].0);
        let weight = dense.weight.row(0);
        let (mut seen_errors, mut word_errors) =
            (Array2::zeros(seen.dim()), Array2::zeros(words.dim()));
        let share = 1.0 / (rows.len() * words.nrows()).max(1) as f32;
        let mut loss = 0.0_f64;
        for (i, seen) in seen.outer_iter().enumerate() {
            for (class, words) in words.outer_iter().enumerate() {
                let hidden = (&seen + &words).mapv_into(|x| x.max(0.0));
                let said = 1.0 / (1.0 + (-(hidden.dot(&weight) + dense.bias[0])).exp());
                let error = said - f32::from(u8::from(class == rows[i]));
                loss += f64::from(error * error);
                let slope = 2.0 * share * error * said * (1.0 - said);
                answer.weight.row_mut(0).scaled_add(slope, &hidden);
                answer.bias[0] += slope;
                let mut errors = hidden;
                // 1 behind an open ReLU, else 0.
                errors.mapv_inplace(|x| f32::from(u8::from(x > 0.0)));
                errors.zip_mut_with(&weight, |open, &weight| *open *= slope * weight);
                word_errors.row_mut(class).scaled_add(1.0, &errors);
                seen_errors.row_mut(i).scaled_add(1.0, &errors);
            }
        }
        (self.from_visual).backward(&from_visual, seen_errors, &mut gradient.from_visual);
        let errors =
            (self.from_text).backward_through(&from_text, word_errors, &mut gradient.from_text);
        self.text.backward(&text, errors, &mut gradient.text);
        ((loss * f64::from(share)) as f32, gradient)
    }
}

impl Method for Relation {
    fn name(&self) -> &'static str {
        "relation"
    }

    fn variant(&self) -> &'static str {
        "mean of verb and noun"
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let words = Words::learn(&[Part::Verb, Part::Noun], Reading::Mean, &lesson.phrases)?;
        let standard = Standard::z_score(lesson.features());
        let visual = Layers::new(lesson.width()).then(Layer::Standard(standard));
        let text = Layers::new(words.width()).then(Layer::Unit(words.width()));
        let samples = lesson.features_through(&visual)?;
        let classes = lesson.words_through(&words, &text)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut network = Network::new(lesson.width(), words.width(), &mut rng);
        let mut descent = Descent::new(self.learning_rate, network.chains_mut());
        let groups = lesson.samples_of_classes();
        for step in 0..self.steps {
            let batch = balanced(&groups, self.batch, &mut rng);
            let features = samples.select(Axis(0), &batch);
            let rows = lesson.rows_of(&batch);
            let (loss, mut gradient) = network.step(features, classes.clone(), &rows);
            check_loss(loss, step)?;
            let decays = [self.text_decay, 0.0, 0.0, 0.0];
            let chains = network.chains_mut().into_iter().zip(decays).collect();
            descent.step(chains, gradient.chains_mut());
        }
        let (dense, _) = &network.answer.layers[0];
        Ok(Box::new(lesson.calibrated(Towers {
            method: "the relation network",
            visual: network.from_visual.after(visual),
            text: network.from_text.after(network.text.after(text)),
            words,
            comparison: Comparison::Relation {
                weight: dense.weight.row(0).to_vec(),
                bias: dense.bias[0],
            },
            temperature: 1.0,
        })?))
    }
}

#[cfg(test)]
mod tests {
    use super::Network;
    use ndarray::Array2;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let network = Network::new(6, 5, &mut rng);
        let mut draw = |shape| Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0));
        let (features, texts, rows) = (draw((4, 6)), draw((3, 5)), [0, 2, 1, 2]);
        let (_, mut gradient) = network.step(features.clone(), texts.clone(), &rows);
        let chains = gradient.chains_mut().into_iter();
        let gradient: Vec<Vec<f32>> = chains
            .flat_map(super::Chain::slices_mut)
            .map(|slice| slice.to_vec())
            .collect();
        for (tensor, gradient) in gradient.iter().enumerate() {
            // Along the gradient itself the slope is its length.
            let length = gradient.iter().map(|x| x * x).sum::<f32>().sqrt();
            let at_offset = |offset: f32| {
                let mut moved = network.clone();
                let mut slices = moved
                    .chains_mut()
                    .into_iter()
                    .flat_map(super::Chain::slices_mut);
                let slice = slices.nth(tensor).unwrap();
                slice
                    .iter_mut()
                    .zip(gradient)
                    .for_each(|(x, g)| *x += offset * g / length);
                drop(slices);
                moved.step(features.clone(), texts.clone(), &rows).0
            };
            let slope = (at_offset(0.01) - at_offset(-0.01)) / 0.02;
            assert!(
                (slope - length).abs() < 0.02 * length.max(0.01),
                "tensor {tensor}: {length} for {slope}"
            );
        }
    }
}
