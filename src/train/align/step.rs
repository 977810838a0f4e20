//! One training step of SynSE: the losses of equations 1 to 4 and their gradients, worked out by hand.

use super::chain::dense_backward;
use crate::align::network::{Activation, Network, Vae};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, s};

/// How much each term of the loss counts at one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// Of the skeleton's KL divergence: the paper's beta.
    pub kl: f32,
    /// Of the text parts' KL divergences.
    pub text_kl: f32,
    /// Of the cross-modal reconstruction: the paper's alpha.
    pub cross: f32,
}

/// The terms of the loss. The KL terms are negative, as the released code has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losses {
    /// What is minimised.
    pub total: f32,
    /// The skeleton from its own latent vector.
    pub visual: f32,
    /// Each part from its own latent vector.
    pub texts: Vec<f32>,
    /// The skeleton's KL term.
    pub visual_kl: f32,
    /// Each part's KL term.
    pub texts_kl: Vec<f32>,
    /// The skeleton from the parts' latent vectors.
    pub visual_cross: f32,
    /// Each part from its share of the skeleton's latent vector.
    pub texts_cross: Vec<f32>,
}

/// What a step learns from. All samples of a class have the same words, so those are encoded once per class.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Features, `[batch, feature width]`.
    pub features: Array2<f32>,
    /// One matrix per part, `[classes in the batch, part width]`.
    pub texts: Vec<Array2<f32>>,
    /// Each sample's row in `texts`.
    pub rows: Vec<usize>,
    /// The skeleton's noise, `[batch, latent]`, or `[batch, 1]` where one number is shared by all dimensions.
    pub visual_noise: Array2<f32>,
    /// Each part's noise, in the same form.
    pub text_noise: Vec<Array2<f32>>,
}

/// What one autoencoder computes in a step. The rows of `latent` and `output` are the batch twice: first from
/// the autoencoder's own latent vectors, then from the other side's.
#[derive(Clone, Debug)]
pub struct Side {
    /// Means, then logarithms of variances, `[rows, 2 latent]`.
    pub hidden: Array2<f32>,
    /// Latent vectors, `[2 batch, latent]`.
    pub latent: Array2<f32>,
    /// Reconstructions, `[2 batch, width]`.
    pub output: Array2<f32>,
    /// `exp(log variance / 2)`, `[rows, latent]`.
    deviation: Array2<f32>,
    output_gradient: Array2<f32>,
    latent_gradient: Array2<f32>,
    hidden_gradient: Array2<f32>,
}

/// What an encoder read: its input, each sample's row in it, and the samples' noise.
struct Reading<'a> {
    input: &'a Array2<f32>,
    rows: &'a [usize],
    noise: &'a Array2<f32>,
}

impl Side {
    fn new(vae: &Vae, rows: usize, batch: usize) -> Self {
        let (width, latent) = (vae.width(), vae.latent());
        Self {
            hidden: Array2::zeros((rows, 2 * latent)),
            latent: Array2::zeros((2 * batch, latent)),
            output: Array2::zeros((2 * batch, width)),
            deviation: Array2::zeros((rows, latent)),
            output_gradient: Array2::zeros((2 * batch, width)),
            latent_gradient: Array2::zeros((2 * batch, latent)),
            hidden_gradient: Array2::zeros((rows, 2 * latent)),
        }
    }

    /// Encodes and samples: `z = mu + epsilon * exp(log variance / 2)`. Gives the KL term.
    fn encode(&mut self, vae: &Vae, reading: &Reading<'_>) -> f32 {
        let (size, classes) = (vae.latent(), reading.input.nrows());
        vae.encoder.forward(
            reading.input.view(),
            self.hidden.slice_mut(s![..classes, ..]),
        );
        let log_variances = self.hidden.slice(s![.., size..]);
        self.deviation
            .zip_mut_with(&log_variances, |deviation, x| *deviation = (0.5 * x).exp());
        let mut divergence = 0.0;
        for (i, &row) in reading.rows.iter().enumerate() {
            let (hidden, deviation) = (self.hidden.row(row), self.deviation.row(row));
            let noise = reading.noise.row(i);
            for j in 0..size {
                let epsilon = noise[j.min(noise.len() - 1)];
                self.latent[[i, j]] = hidden[j] + epsilon * deviation[j];
                divergence +=
                    1.0 + hidden[size + j] - hidden[j] * hidden[j] - deviation[j] * deviation[j];
            }
        }
        0.5 * divergence / reading.rows.len().max(1) as f32
    }

    /// Rebuilds the input from both sides' latent vectors; gives the two mean squared errors and keeps their
    /// gradients, the second one's times `cross`.
    fn decode(
        &mut self,
        vae: &Vae,
        reading: &Reading<'_>,
        activation: Activation,
        cross: f32,
    ) -> [f32; 2] {
        vae.decoder
            .forward(self.latent.view(), self.output.view_mut());
        if activation == Activation::Relu {
            self.output.mapv_inplace(|x| x.max(0.0));
        }
        let batch = reading.rows.len();
        let elements = (batch * vae.width()).max(1) as f32;
        let mut losses = [0.0_f64; 2];
        let pairs = self
            .output
            .outer_iter()
            .zip(self.output_gradient.outer_iter_mut());
        for (i, (output, mut gradient)) in pairs.enumerate() {
            let target = reading.input.row(reading.rows[i % batch]);
            let slope = 2.0 / elements * if i < batch { 1.0 } else { cross };
            let lines = (
                output.as_slice(),
                target.to_slice(),
                gradient.as_slice_mut(),
            );
            if let (Some(output), Some(target), Some(gradient)) = lines {
                losses[i / batch] +=
                    f64::from(squared_error(output, target, slope, activation, gradient));
            }
        }
        losses.map(|loss| (loss / f64::from(elements)) as f32)
    }

    /// Gradients of the decoder and of the latent vectors, for the first `active` rows.
    fn decode_backward(&mut self, vae: &Vae, gradient: &mut Vae, active: usize) {
        let errors = self.output_gradient.slice(s![..active, ..]);
        dense_backward(
            errors,
            self.latent.slice(s![..active, ..]),
            &mut gradient.decoder,
        );
        let mut latent_gradient = self.latent_gradient.slice_mut(s![..active, ..]);
        general_mat_mul(1.0, &errors, &vae.decoder.weight, 0.0, &mut latent_gradient);
    }

    /// Gradients of the encoder, from those of its latent vectors and of the KL term (`loss -= kl * term`).
    fn encode_backward(&mut self, reading: &Reading<'_>, kl: f32, gradient: &mut Vae) {
        let size = self.latent.ncols();
        let kl = kl / reading.rows.len().max(1) as f32;
        self.hidden_gradient.fill(0.0);
        for (i, &row) in reading.rows.iter().enumerate() {
            let (hidden, deviation) = (self.hidden.row(row), self.deviation.row(row));
            let (own, noise) = (self.latent_gradient.row(i), reading.noise.row(i));
            let mut slopes = self.hidden_gradient.row_mut(row);
            for j in 0..size {
                let epsilon = noise[j.min(noise.len() - 1)];
                let variance = deviation[j] * deviation[j];
                slopes[j] += own[j] + kl * hidden[j];
                slopes[size + j] += 0.5 * (own[j] * epsilon * deviation[j] - kl * (1.0 - variance));
            }
        }
        let errors = self.hidden_gradient.slice(s![..reading.input.nrows(), ..]);
        dense_backward(errors, reading.input.view(), &mut gradient.encoder);
    }
}

/// Sum of squared errors; their gradients, times `slope`, go to `gradient`. A rectified output of zero has none.
fn squared_error(
    output: &[f32],
    target: &[f32],
    slope: f32,
    activation: Activation,
    gradient: &mut [f32],
) -> f32 {
    let rectified = activation == Activation::Relu;
    // Sixteen sums side by side, so that the compiler may use vector registers.
    let mut sums = [0.0_f32; 16];
    let lines = output
        .chunks(16)
        .zip(target.chunks(16))
        .zip(gradient.chunks_mut(16));
    for ((output, target), gradient) in lines {
        let lanes = output.iter().zip(target).zip(gradient).zip(&mut sums);
        for (((&output, &target), gradient), sum) in lanes {
            let error = output - target;
            *sum += error * error;
            *gradient = if rectified && output <= 0.0 {
                0.0
            } else {
                slope * error
            };
        }
    }
    sums.iter().sum()
}

/// The memory of a step, kept between steps: everything computed on the way, and the gradients.
#[derive(Clone, Debug)]
pub struct Step {
    /// The skeleton's side.
    pub visual: Side,
    /// Each part's side.
    pub texts: Vec<Side>,
    /// Gradients of all parameters, in the network's own form.
    pub gradient: Network,
}

impl Step {
    /// Memory for batches of `batch` samples from at most `batch` classes.
    pub fn new(network: &Network, batch: usize) -> Self {
        let side = |vae| Side::new(vae, batch, batch);
        Self {
            visual: side(&network.visual),
            texts: network.texts.iter().map(side).collect(),
            gradient: Network::zeros_like(network),
        }
    }

    /// Losses and gradients of one batch.
    ///
    /// The batch must have as many samples as the memory was made for; rows of `texts` beyond the batch's
    /// classes are not read.
    pub fn run(
        &mut self,
        network: &Network,
        batch: &Batch,
        activation: Activation,
        weights: Coefficients,
    ) -> Losses {
        let samples: Vec<usize> = (0..batch.rows.len()).collect();
        let seen = Reading {
            input: &batch.features,
            rows: &samples,
            noise: &batch.visual_noise,
        };
        let inputs = batch.texts.iter().zip(&batch.text_noise);
        let read: Vec<Reading<'_>> = inputs
            .map(|(input, noise)| Reading {
                input,
                rows: &batch.rows,
                noise,
            })
            .collect();
        let mut losses = Losses {
            visual_kl: self.visual.encode(&network.visual, &seen),
            ..Losses::default()
        };
        for ((side, vae), reading) in self.texts.iter_mut().zip(&network.texts).zip(&read) {
            losses.texts_kl.push(side.encode(vae, reading));
        }
        self.exchange(network, samples.len());
        [losses.visual, losses.visual_cross] =
            self.visual
                .decode(&network.visual, &seen, activation, weights.cross);
        for ((side, vae), reading) in self.texts.iter_mut().zip(&network.texts).zip(&read) {
            let [own, cross] = side.decode(vae, reading, activation, weights.cross);
            losses.texts.push(own);
            losses.texts_cross.push(cross);
        }
        losses.total = total(&losses, weights);
        self.backward(network, weights, &seen, &read);
        losses
    }

    /// Gives each side the other's latent vectors: `z_l = [z_n, z_v, ..]`, and `z_s` in shares (section 2.3).
    fn exchange(&mut self, network: &Network, batch: usize) {
        for (side, share) in self.texts.iter_mut().zip(network.shares()) {
            let (own, mut other) = self.visual.latent.view_mut().split_at(Axis(0), batch);
            let (text, mut from_visual) = side.latent.view_mut().split_at(Axis(0), batch);
            from_visual.assign(&own.slice(s![.., share.clone()]));
            other.slice_mut(s![.., share]).assign(&text);
        }
    }

    fn backward(
        &mut self,
        network: &Network,
        weights: Coefficients,
        seen: &Reading<'_>,
        read: &[Reading<'_>],
    ) {
        let batch = seen.rows.len();
        // Without cross-modal terms the second half has no gradient: three quarters of all steps.
        let crossing = weights.cross != 0.0;
        let active = if crossing { 2 * batch } else { batch };
        self.visual
            .decode_backward(&network.visual, &mut self.gradient.visual, active);
        let gradients = self.gradient.texts.iter_mut();
        for ((side, vae), gradient) in self.texts.iter_mut().zip(&network.texts).zip(gradients) {
            side.decode_backward(vae, gradient, active);
        }
        if crossing {
            for (side, share) in self.texts.iter_mut().zip(network.shares()) {
                let (mut own, other) = self
                    .visual
                    .latent_gradient
                    .view_mut()
                    .split_at(Axis(0), batch);
                let (mut text, from_visual) =
                    side.latent_gradient.view_mut().split_at(Axis(0), batch);
                let mut own_share = own.slice_mut(s![.., share.clone()]);
                own_share += &from_visual;
                text += &other.slice(s![.., share]);
            }
        }
        self.visual
            .encode_backward(seen, weights.kl, &mut self.gradient.visual);
        let gradients = self.gradient.texts.iter_mut();
        for ((side, reading), gradient) in self.texts.iter_mut().zip(read).zip(gradients) {
            side.encode_backward(reading, weights.text_kl, gradient);
        }
    }
}

/// Equation 4 with the schedule's weights.
fn total(losses: &Losses, weights: Coefficients) -> f32 {
    let sum = |terms: &[f32]| terms.iter().sum::<f32>();
    let own = losses.visual + sum(&losses.texts);
    let divergence = weights.kl * losses.visual_kl + weights.text_kl * sum(&losses.texts_kl);
    let cross = losses.visual_cross + sum(&losses.texts_cross);
    own - divergence + weights.cross * cross
}
