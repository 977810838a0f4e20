//! One training step of SA-DVAE, and one of its discriminator: the losses and their gradients, worked out by hand.

use crate::align::network::Dense;
use crate::evaluate::methods::lesson::LINEAR;
use crate::train::align::chain::Chain;
use crate::train::align::losses::squared_error;
use crate::train::align::step::Coefficients;
use ndarray::{Array2, Axis, concatenate, s};
use rand_chacha::ChaCha8Rng;

/// The two autoencoders, single layers each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    /// To means of the shared and of the own part, then to their logarithms of variances.
    pub(super) visual_encoder: Chain,
    /// From both parts.
    pub(super) visual_decoder: Chain,
    /// To means and logarithms of variances of the shared part.
    pub(super) text_encoder: Chain,
    /// From the shared part.
    pub(super) text_decoder: Chain,
}

impl Network {
    /// As training starts.
    pub(super) fn new(
        [feature, text]: [usize; 2],
        shared: usize,
        own: usize,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let mut layer = |inputs, outputs, fan_out| Chain {
            layers: vec![(Dense::xavier(inputs, outputs, fan_out, rng), LINEAR)],
        };
        let both = shared + own;
        Self {
            visual_encoder: layer(feature, 2 * both, both),
            visual_decoder: layer(both, feature, feature),
            text_encoder: layer(text, 2 * shared, shared),
            text_decoder: layer(shared, text, text),
        }
    }

    fn zeros_like(other: &Self) -> Self {
        Self {
            visual_encoder: Chain::zeros_like(&other.visual_encoder),
            visual_decoder: Chain::zeros_like(&other.visual_decoder),
            text_encoder: Chain::zeros_like(&other.text_encoder),
            text_decoder: Chain::zeros_like(&other.text_decoder),
        }
    }

    /// All chains, in the order of the fields.
    pub(super) fn chains_mut(&mut self) -> Vec<&mut Chain> {
        vec![
            &mut self.visual_encoder,
            &mut self.visual_decoder,
            &mut self.text_encoder,
            &mut self.text_decoder,
        ]
    }

    pub(super) fn shared(&self) -> usize {
        self.text_decoder.layers[0].0.weight.ncols()
    }
}

/// What a step learns from.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// `[samples, feature width]`.
    pub(super) features: Array2<f32>,
    /// `[classes, text width]`.
    pub(super) texts: Array2<f32>,
    /// Each sample's class.
    pub(super) rows: Vec<usize>,
    /// `[samples, shared + own]`.
    pub(super) visual_noise: Array2<f32>,
    /// `[samples, shared]`.
    pub(super) text_noise: Array2<f32>,
}

/// `mean + noise * exp(log variance / 2)` for each sample, read in its row of `hidden`; and the KL term, negative as
/// in the released code.
pub(super) fn sample(
    hidden: &Array2<f32>,
    rows: &[usize],
    noise: &Array2<f32>,
) -> (Array2<f32>, f32) {
    let size = noise.ncols();
    let mut term = 0.0;
    let mut latent = noise.clone();
    for (mut latent, &row) in latent.outer_iter_mut().zip(rows) {
        let hidden = hidden.row(row);
        for j in 0..size {
            let (mean, log_variance) = (hidden[j], hidden[size + j]);
            latent[j] = mean + latent[j] * (0.5 * log_variance).exp();
            term += 1.0 + log_variance - mean * mean - log_variance.exp();
        }
    }
    (latent, 0.5 * term / rows.len().max(1) as f32)
}

/// Gradients of `hidden`, from those of the latent vectors and of the KL term (`loss -= kl * term`).
fn sample_backward(
    hidden: &Array2<f32>,
    rows: &[usize],
    noise: &Array2<f32>,
    errors: &Array2<f32>,
    kl: f32,
) -> Array2<f32> {
    let size = noise.ncols();
    let kl = kl / rows.len().max(1) as f32;
    let mut gradient = Array2::zeros(hidden.dim());
    for (i, &row) in rows.iter().enumerate() {
        let hidden = hidden.row(row);
        let mut slopes = gradient.row_mut(row);
        for j in 0..size {
            let (error, deviation) = (errors[[i, j]], (0.5 * hidden[size + j]).exp());
            slopes[j] += error + kl * hidden[j];
            let spread = error * noise[[i, j]] * deviation - kl * (1.0 - deviation * deviation);
            slopes[size + j] += 0.5 * spread;
        }
    }
    gradient
}

/// The loss of a batch and the gradients of the autoencoders.
pub(super) fn step(
    network: &Network,
    discriminator: &Chain,
    batch: &Batch,
    weights: Coefficients,
    independence: f32,
) -> (f32, Network) {
    let (count, shared) = (batch.rows.len(), network.shared());
    let every: Vec<usize> = (0..count).collect();
    let seen = network.visual_encoder.forward(batch.features.clone());
    let read = network.text_encoder.forward(batch.texts.clone());
    let (latent, visual_kl) = sample(seen.output(), &every, &batch.visual_noise);
    let (words, text_kl) = sample(read.output(), &batch.rows, &batch.text_noise);
    // The batch twice: from its own latent vectors, then from the other side's.
    let own = latent.slice(s![.., shared..]);
    let across = concatenate![Axis(1), words.view(), own];
    let rebuilt = (network.visual_decoder).forward(concatenate![Axis(0), latent, across]);
    let from_seen = concatenate![Axis(0), words.view(), latent.slice(s![.., ..shared])];
    let reworded = network.text_decoder.forward(from_seen);
    let share = 1.0 / count.max(1) as f32;
    let mut halves = vec![share; count];
    halves.resize(2 * count, share * weights.cross);
    let twice = |input: &Array2<f32>| concatenate![Axis(0), input.view(), input.view()];
    let features = twice(&batch.features);
    let (visual, errors) = squared_error(rebuilt.output(), features.view(), Some(&halves));
    let targets = twice(&batch.texts.select(Axis(0), &batch.rows));
    let (text, text_errors) = squared_error(reworded.output(), targets.view(), Some(&halves));

    let mut gradient = Network::zeros_like(network);
    let errors =
        (network.visual_decoder).backward_through(&rebuilt, errors, &mut gradient.visual_decoder);
    let text_errors =
        (network.text_decoder).backward_through(&reworded, text_errors, &mut gradient.text_decoder);
    let mut for_latent = errors.slice(s![..count, ..]).to_owned();
    let crossed = errors.slice(s![count.., ..]);
    let mut part = for_latent.slice_mut(s![.., shared..]);
    part += &crossed.slice(s![.., shared..]);
    let mut part = for_latent.slice_mut(s![.., ..shared]);
    part += &text_errors.slice(s![count.., ..]);
    let for_words = &text_errors.slice(s![..count, ..]) + &crossed.slice(s![.., ..shared]);

    let judged = discriminator.forward(latent);
    let mut slopes = judged.output().mapv(sigmoid);
    let dependence = slopes.sum() * share;
    slopes.mapv_inplace(|said| independence * share * said * (1.0 - said));
    // The discriminator itself learns elsewhere.
    let mut unused = Chain::zeros_like(discriminator);
    for_latent += &discriminator.backward_through(&judged, slopes, &mut unused);

    let (noise, hidden) = (&batch.visual_noise, seen.output());
    let errors = sample_backward(hidden, &every, noise, &for_latent, weights.kl);
    (network.visual_encoder).backward(&seen, errors, &mut gradient.visual_encoder);
    let (noise, hidden) = (&batch.text_noise, read.output());
    let errors = sample_backward(hidden, &batch.rows, noise, &for_words, weights.text_kl);
    (network.text_encoder).backward(&read, errors, &mut gradient.text_encoder);
    let divergence = weights.kl * visual_kl + weights.text_kl * text_kl;
    (
        visual + text - divergence + independence * dependence,
        gradient,
    )
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Cross entropy of the discriminator and its gradient: the rows of the first half are true pairs.
pub(super) fn discriminate(discriminator: &Chain, pairs: Array2<f32>) -> (f32, Chain) {
    let count = pairs.nrows();
    let judged = discriminator.forward(pairs);
    let mut errors = judged.output().mapv(sigmoid);
    let mut loss = 0.0;
    for (i, said) in errors.iter_mut().enumerate() {
        let truth = f32::from(u8::from(2 * i < count));
        loss -= (1.0 - (*said - truth).abs()).max(1e-12).ln() / count as f32;
        *said = (*said - truth) / count as f32;
    }
    let mut gradient = Chain::zeros_like(discriminator);
    discriminator.backward(&judged, errors, &mut gradient);
    (loss, gradient)
}

#[cfg(test)]
mod tests {
    use super::{Batch, Chain, Coefficients, LINEAR, Network, discriminate, step};
    use crate::align::network::Activation::Relu;
    use ndarray::Array2;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Holds the length of each tensor's gradient against the slope of the loss along it.
    fn check(chains: &[Chain], gradients: &mut [Chain], loss: impl Fn(&[Chain]) -> f32) {
        for (i, gradient) in gradients.iter_mut().enumerate() {
            for (tensor, gradient) in gradient.slices_mut().into_iter().enumerate() {
                let length = gradient.iter().map(|x| x * x).sum::<f32>().sqrt();
                let at_offset = |offset: f32| {
                    let mut moved = chains.to_vec();
                    let slice = &mut moved[i].slices_mut()[tensor];
                    let along = slice.iter_mut().zip(&*gradient);
                    along.for_each(|(x, g)| *x += offset * g / length);
                    loss(&moved)
                };
                let slope = (at_offset(0.01) - at_offset(-0.01)) / 0.02;
                assert!(
                    length > 0.0 && (slope - length).abs() < 0.02 * length.max(0.01),
                    "chain {i}, tensor {tensor}: {length} for {slope}"
                );
            }
        }
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let network = Network::new([6, 5], 3, 2, &mut rng);
        let discriminator = Chain::uniform(&[5, 2, 1], &[Relu, LINEAR], &mut rng);
        let mut draw = |shape| Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0));
        let batch = Batch {
            features: draw((4, 6)),
            texts: draw((3, 5)),
            rows: vec![0, 2, 1, 2],
            visual_noise: draw((4, 5)),
            text_noise: draw((4, 3)),
        };
        let weights = Coefficients {
            kl: 0.3,
            text_kl: 0.2,
            cross: 0.7,
        };
        let (_, gradient) = step(&network, &discriminator, &batch, weights, 0.5);
        let split = |network: Network| {
            let Network {
                visual_encoder,
                visual_decoder,
                text_encoder,
                text_decoder,
            } = network;
            [visual_encoder, visual_decoder, text_encoder, text_decoder]
        };
        check(&split(network), &mut split(gradient), |chains| {
            let [visual_encoder, visual_decoder, text_encoder, text_decoder] = chains else {
                panic!("four chains")
            };
            let moved = Network {
                visual_encoder: visual_encoder.clone(),
                visual_decoder: visual_decoder.clone(),
                text_encoder: text_encoder.clone(),
                text_decoder: text_decoder.clone(),
            };
            step(&moved, &discriminator, &batch, weights, 0.5).0
        });
        let pairs = draw((6, 5));
        let (_, gradient) = discriminate(&discriminator, pairs.clone());
        check(&[discriminator], &mut [gradient], |chains| {
            discriminate(&chains[0], pairs.clone()).0
        });
    }
}
