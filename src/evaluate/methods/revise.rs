//! ReViSE ("Learning robust visual-semantic embeddings", Tsai et al., ICCV 2017), as released with SynSE.
//!
//! An autoencoder for features and one for words, whose hidden layers are drawn together by their maximum mean
//! discrepancy; from each a head leads to the space in which products are compared.

use super::Method;
use super::lesson::{Lesson, check_loss, shares};
use crate::align::Aligner;
use crate::align::layers::{Layer, Layers};
use crate::align::network::Activation::{Relu, Tanh};
use crate::align::part::Part;
use crate::align::towers::{Comparison, Reading, Towers, Words};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::chain::{Chain, Descent, Trace};
use crate::train::align::losses::{discrepancy, hinge, squared_error};
use ndarray::{Array2, Axis};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// The hinge's margin.
const MARGIN: f32 = 0.3;
/// The sharpness of the discrepancy's kernel.
const SHARPNESS: f32 = 32.0;
/// The weight of the contractive term.
const CONTRACTION: f32 = 1e-4;

/// ReViSE with its settings.
#[derive(Clone, Debug)]
pub struct Revise {
    /// Times that all samples are seen.
    pub epochs: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The weight decay of the words' side.
    pub text_decay: f32,
}

impl Revise {
    /// As released.
    pub fn published() -> Self {
        Self {
            epochs: 300,
            learning_rate: 1e-4,
            text_decay: 1e-3,
        }
    }
}

/// The only variant.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![Box::new(Revise::published())]
}

/// One side: an autoencoder, and the way from its hidden layer to the common space.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// To the hidden layer.
    pub encoder: Chain,
    /// From the hidden layer back; rectified, so that it gives no negative value.
    pub decoder: Chain,
    /// From the hidden layer to the common space.
    pub head: Chain,
}

/// Both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Of features.
    pub visual: Side,
    /// Of words.
    pub text: Side,
}

impl Side {
    fn new(sizes: &[usize], rng: &mut ChaCha8Rng) -> Self {
        let back: Vec<usize> = sizes.iter().rev().copied().collect();
        let rectified = vec![Relu; sizes.len()];
        Self {
            encoder: Chain::uniform(sizes, &rectified, rng),
            decoder: Chain::uniform(&back, &rectified, rng),
            head: Chain::uniform(&[back[0], 50], &[Tanh], rng),
        }
    }

    fn zeros_like(other: &Self) -> Self {
        Self {
            encoder: Chain::zeros_like(&other.encoder),
            decoder: Chain::zeros_like(&other.decoder),
            head: Chain::zeros_like(&other.head),
        }
    }

    fn chains_mut(&mut self) -> [&mut Chain; 3] {
        [&mut self.encoder, &mut self.decoder, &mut self.head]
    }
}

impl Network {
    /// As training starts: features go to 100 hidden values at once, words by way of 512.
    pub fn new(feature_width: usize, text_width: usize, rng: &mut ChaCha8Rng) -> Self {
        Self {
            visual: Side::new(&[feature_width, 100], rng),
            text: Side::new(&[text_width, 512, 100], rng),
        }
    }

    /// All chains: encoder, decoder and head of features, then of words.
    pub fn chains_mut(&mut self) -> Vec<&mut Chain> {
        let sides = [&mut self.visual, &mut self.text];
        sides.into_iter().flat_map(Side::chains_mut).collect()
    }
}

/// The terms of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// Their sum, which is minimised.
    pub total: f32,
    /// The features' reconstruction, with the contractive term. That has no gradient in the released code: it is a
    /// number in a log, kept so that the numbers can be compared.
    pub visual: f32,
    /// The words' reconstruction.
    pub text: f32,
    /// The discrepancy of the hidden layers.
    pub discrepancy: f32,
    /// The hinge between the sides.
    pub hinge: f32,
}

/// What one side computes in a step, `[rows, width]` each.
#[derive(Clone, Debug)]
pub struct Pass {
    /// The hidden layer.
    pub hidden: Trace,
    /// The reconstruction.
    pub output: Trace,
    /// The place in the common space.
    pub place: Trace,
}

impl Pass {
    fn of(side: &Side, input: Array2<f32>) -> Self {
        let hidden = side.encoder.forward(input);
        Self {
            output: side.decoder.forward(hidden.output().clone()),
            place: side.head.forward(hidden.output().clone()),
            hidden,
        }
    }

    /// Gradients of a side, from those of its three results.
    fn backward(
        &self,
        side: &Side,
        [output, place, hidden]: [Array2<f32>; 3],
        gradient: &mut Side,
    ) {
        let from_output =
            (side.decoder).backward_through(&self.output, output, &mut gradient.decoder);
        let from_place = (side.head).backward_through(&self.place, place, &mut gradient.head);
        let errors = hidden + from_output + from_place;
        side.encoder
            .backward(&self.hidden, errors, &mut gradient.encoder);
    }
}

/// Everything computed in a step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The losses.
    pub losses: Losses,
    /// The features' side, a row per sample.
    pub visual: Pass,
    /// The words' side, a row per class.
    pub text: Pass,
    /// Gradients of all parameters.
    pub gradient: Network,
}

impl Step {
    /// Losses and gradients of a batch: logarithms of features, `[samples, width]`, and the words of all seen
    /// classes, `[classes, width]`; `rows` has each sample's class.
    ///
    /// The released code sends every sample's words through the network; here each class goes once and counts as
    /// often as it has samples, which is the same.
    pub fn run(
        network: &Network,
        features: &Array2<f32>,
        texts: &Array2<f32>,
        rows: &[usize],
    ) -> Self {
        let shares = shares(rows, texts.nrows());
        let visual = Pass::of(&network.visual, features.clone());
        let text = Pass::of(&network.text, texts.clone());
        let compared = hinge(visual.place.output(), text.place.output(), rows, MARGIN);
        let (visual_loss, visual_errors) =
            squared_error(visual.output.output(), features.view(), None);
        let (text_loss, text_errors) =
            squared_error(text.output.output(), texts.view(), Some(&shares));
        let (apart, visual_hidden, text_hidden) = discrepancy(
            visual.hidden.output(),
            text.hidden.output(),
            &shares,
            SHARPNESS,
        );
        let contraction = contraction(&network.visual.encoder, visual.hidden.output());
        let losses = Losses {
            visual: visual_loss + contraction,
            text: text_loss,
            discrepancy: apart,
            hinge: compared.loss,
            total: visual_loss + contraction + text_loss + apart + compared.loss,
        };
        let mut gradient = Network {
            visual: Side::zeros_like(&network.visual),
            text: Side::zeros_like(&network.text),
        };
        let errors = [visual_errors, compared.visual, visual_hidden];
        visual.backward(&network.visual, errors, &mut gradient.visual);
        let errors = [text_errors, compared.texts, text_hidden];
        text.backward(&network.text, errors, &mut gradient.text);
        Self {
            losses,
            visual,
            text,
            gradient,
        }
    }
}

/// The length of the gradient of all hidden values for the input, times its weight.
fn contraction(encoder: &Chain, hidden: &Array2<f32>) -> f32 {
    let (dense, activation) = &encoder.layers[0];
    let slopes = hidden.mapv(|x| activation.slope(x)).dot(&dense.weight);
    CONTRACTION * slopes.iter().map(|x| x * x).sum::<f32>().sqrt()
}

/// The trained network as towers that read the whole phrase.
pub fn towers(network: &Network, words: Words) -> Towers {
    let width = network.visual.encoder.layers[0].0.weight.ncols();
    let through = |side: &Side, before: Layers| side.head.after(side.encoder.after(before));
    let features = Layers::new(width).then(Layer::Logarithm);
    Towers {
        method: "ReViSE",
        visual: through(&network.visual, features),
        text: through(&network.text, Layers::new(words.width())),
        words,
        comparison: Comparison::Product,
        temperature: 1.0,
    }
}

impl Method for Revise {
    fn name(&self) -> &'static str {
        "revise"
    }

    fn variant(&self) -> &'static str {
        "phrase"
    }

    /// Features are read as `log(1 + x)`; where an encoder gives negative ones, as the mirror image of that.
    /// Batches are as many in an epoch as published, so that a small corpus gets as many steps.
    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let words = Words::learn(&[Part::Phrase], Reading::SideBySide, &lesson.phrases)?;
        let logarithm = Layers::new(lesson.width()).then(Layer::Logarithm);
        let samples = lesson.features_through(&logarithm)?;
        let texts = lesson.words_through(&words, &Layers::new(words.width()))?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut network = Network::new(lesson.width(), words.width(), &mut rng);
        let mut descent = Descent::new(self.learning_rate, network.chains_mut());
        let decays = [
            0.0,
            0.0,
            0.0,
            self.text_decay,
            self.text_decay,
            self.text_decay,
        ];
        for _ in 0..self.epochs {
            for batch in lesson.epoch(lesson.batch(), &mut rng) {
                let rows = lesson.rows_of(&batch);
                let mut step = Step::run(&network, &samples.select(Axis(0), &batch), &texts, &rows);
                check_loss(step.losses.total, descent.steps())?;
                let chains = network.chains_mut().into_iter().zip(decays).collect();
                descent.step(chains, step.gradient.chains_mut());
            }
        }
        Ok(Box::new(lesson.calibrated(towers(&network, words))?))
    }
}
