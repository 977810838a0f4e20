//! One training step of `JPoSE`: its three spaces, their hinges and triplets, and the gradients of both.

use crate::align::network::Activation::{Relu, Tanh};
use crate::train::align::chain::{Chain, Trace};
use crate::train::align::losses::{Units, hinge};
use ndarray::{Array2, Axis, concatenate, s};
use rand_chacha::ChaCha8Rng;

/// The margin of hinges and triplets.
const MARGIN: f32 = 0.3;
/// The weight of the triplets.
const TRIPLETS: f32 = 0.01;
/// The width of each space.
pub(super) const SPACE: usize = 50;

/// The two ways into one space.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// From features.
    pub visual: Chain,
    /// From words.
    pub text: Chain,
}

impl Space {
    fn zeros_like(other: &Self) -> Self {
        Self {
            visual: Chain::zeros_like(&other.visual),
            text: Chain::zeros_like(&other.text),
        }
    }
}

/// The three spaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Of verbs.
    pub verb: Space,
    /// Of nouns.
    pub noun: Space,
    /// Of both.
    pub joint: Space,
}

impl Network {
    /// As training starts.
    pub fn new(feature_width: usize, text_width: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut part = || Space {
            visual: Chain::uniform(&[feature_width, SPACE], &[Tanh], rng),
            text: Chain::uniform(&[text_width, 512, SPACE], &[Tanh, Relu], rng),
        };
        let (verb, noun) = (part(), part());
        let joint = Space {
            visual: Chain::uniform(&[2 * SPACE, SPACE], &[Tanh], rng),
            text: Chain::uniform(&[2 * SPACE, SPACE], &[Tanh], rng),
        };
        Self { verb, noun, joint }
    }

    /// All chains: features and words of the verbs' space, the nouns' and the joint one.
    pub fn chains_mut(&mut self) -> Vec<&mut Chain> {
        let spaces = [&mut self.verb, &mut self.noun, &mut self.joint];
        let chains = spaces
            .into_iter()
            .map(|Space { visual, text }| [visual, text]);
        chains.flatten().collect()
    }
}

/// The terms of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// What is minimised: the hinges, and the triplets times 0.01.
    pub total: f32,
    /// The hinge of verb, noun and joint space.
    pub hinges: [f32; 3],
    /// The triplets of verb and noun space.
    pub triplets: [f32; 2],
}

/// What one way into a space gives: unit vectors in the end.
#[derive(Clone, Debug)]
pub struct Way {
    trace: Trace,
    /// `[rows, width]`, each of unit length.
    pub units: Units,
}

impl Way {
    fn of(chain: &Chain, input: Array2<f32>) -> Self {
        let trace = chain.forward(input);
        Self {
            units: Units::of(trace.output()),
            trace,
        }
    }

    fn backward(&self, chain: &Chain, errors: Array2<f32>, gradient: &mut Chain) -> Array2<f32> {
        chain.backward_through(&self.trace, self.units.backward(errors), gradient)
    }
}

/// Everything computed in a step: of each space the samples' side and the classes'.
#[derive(Clone, Debug)]
pub struct Step {
    /// The losses.
    pub losses: Losses,
    /// Verb, noun and joint space: a row per sample.
    pub visual: [Way; 3],
    /// Verb, noun and joint space: a row per class.
    pub text: [Way; 3],
    /// Gradients of all parameters.
    pub gradient: Network,
}

/// What a step learns from.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// Features of unit length, `[samples, width]`.
    pub features: Array2<f32>,
    /// Verbs and nouns of all seen classes, of unit length, `[classes, width]`.
    pub texts: [&'a Array2<f32>; 2],
    /// Each sample's class, a row of both.
    pub rows: Vec<usize>,
    /// Each sample's verb and noun: the same number where the word is the same.
    pub words: [Vec<usize>; 2],
}

impl Step {
    /// Losses and gradients of a batch.
    pub fn run(network: &Network, batch: &Batch<'_>) -> Self {
        let spaces = [&network.verb, &network.noun];
        let seen = spaces.map(|space| Way::of(&space.visual, batch.features.clone()));
        let [verb, noun] = [0, 1].map(|i| Way::of(&spaces[i].text, batch.texts[i].clone()));
        let both = |[a, b]: [&Way; 2]| concatenate![Axis(1), a.units.rows, b.units.rows];
        let joint_seen = Way::of(&network.joint.visual, both([&seen[0], &seen[1]]));
        let joint_text = Way::of(&network.joint.text, both([&verb, &noun]));
        let [seen_verb, seen_noun] = seen;
        let visual = [seen_verb, seen_noun, joint_seen];
        let text = [verb, noun, joint_text];
        let compared = [0, 1, 2].map(|i| {
            hinge(
                &visual[i].units.rows,
                &text[i].units.rows,
                &batch.rows,
                MARGIN,
            )
        });
        let drawn = [0, 1].map(|i| triplets(&visual[i].units.rows, &batch.words[i]));
        let hinges = [0, 1, 2].map(|i| compared[i].loss);
        let mined = [drawn[0].0, drawn[1].0];
        let losses = Losses {
            total: hinges.iter().sum::<f32>() + TRIPLETS * (mined[0] + mined[1]),
            hinges,
            triplets: mined,
        };
        let mut gradient = Network {
            verb: Space::zeros_like(&network.verb),
            noun: Space::zeros_like(&network.noun),
            joint: Space::zeros_like(&network.joint),
        };
        let [of_verb, of_noun, of_joint] = compared;
        let joint = &mut gradient.joint;
        let from_seen =
            visual[2].backward(&network.joint.visual, of_joint.visual, &mut joint.visual);
        let from_text = text[2].backward(&network.joint.text, of_joint.texts, &mut joint.text);
        let gradients = [&mut gradient.verb, &mut gradient.noun];
        let parts = gradients.into_iter().zip([of_verb, of_noun]).zip(drawn);
        for (i, ((gradient, compared), (_, mined))) in parts.enumerate() {
            let share = s![.., i * SPACE..(i + 1) * SPACE];
            let errors = compared.visual + mined * TRIPLETS + from_seen.slice(share);
            visual[i].backward(&spaces[i].visual, errors, &mut gradient.visual);
            let errors = compared.texts + from_text.slice(share);
            text[i].backward(&spaces[i].text, errors, &mut gradient.text);
        }
        Self {
            losses,
            visual,
            text,
            gradient,
        }
    }
}

/// The triplet loss of unit vectors and its gradient.
///
/// For each sample the least similar one with the same word is mined as its positive, and the most similar one as its
/// negative. The released code looks for negatives among all samples, so each finds itself; and it holds every anchor
/// against the mined pairs of the whole batch. So it pulls all samples towards the outliers of each word and away
/// from the others, as a sum over all anchors and pairs. Mined samples are constants.
fn triplets(units: &Array2<f32>, words: &[usize]) -> (f32, Array2<f32>) {
    let share = 1.0 / words.len().max(1) as f32;
    let similar = units.dot(&units.t());
    let farthest = |(k, row): (usize, ndarray::ArrayView1<'_, f32>)| {
        let same = (0..words.len()).filter(|&j| words[j] == words[k]);
        same.fold(k, |best, j| if row[j] < row[best] { j } else { best })
    };
    let positives: Vec<usize> = similar.outer_iter().enumerate().map(farthest).collect();
    let mut slopes = Array2::<f32>::zeros(similar.dim());
    let mut loss = 0.0_f64;
    for (row, mut slopes) in similar.outer_iter().zip(slopes.outer_iter_mut()) {
        for (k, &positive) in positives.iter().enumerate() {
            let over = MARGIN + row[k] - row[positive];
            if over > 0.0 {
                loss += f64::from(over);
                slopes[k] += share;
                slopes[positive] -= share;
            }
        }
    }
    ((loss * f64::from(share)) as f32, slopes.dot(units))
}
