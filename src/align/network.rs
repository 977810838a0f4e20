//! SynSE's layers as plain numbers: one variational autoencoder for the skeleton, one for each text part.
//!
//! All of it is single dense layers (paper, section 2.6), so forward and backward passes are a few matrix
//! products, and a tape of operations would cost more than they do.

use nalgebra::{DMatrix, DVector};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, concatenate};
use rand::{Rng, RngExt as _};

/// What is done after a dense layer. SynSE's decoders and its classifier know the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// The released code's `ReLU`, which can give no negative value.
    Relu,
    /// The hyperbolic tangent, with which the baselines' embeddings end.
    Tanh,
}

impl Activation {
    /// The value after it.
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Self::Linear => x,
            Self::Relu => x.max(0.0),
            Self::Tanh => x.tanh(),
        }
    }

    /// Its slope where it gave `output`; a rectified output of zero has none.
    pub fn slope(self, output: f32) -> f32 {
        match self {
            Self::Linear => 1.0,
            Self::Relu => f32::from(u8::from(output > 0.0)),
            Self::Tanh => 1.0 - output * output,
        }
    }
}

/// A dense layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// `[out, in]`.
    pub weight: Array2<f32>,
    /// `[out]`.
    pub bias: Array1<f32>,
}

impl Dense {
    /// All zeros.
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        Self {
            weight: Array2::zeros((outputs, inputs)),
            bias: Array1::zeros(outputs),
        }
    }

    /// Xavier-uniform weights with gain 0.5 and zero bias, as the released code starts.
    ///
    /// `fan_out` differs from the number of outputs where two layers share one matrix.
    pub fn xavier(inputs: usize, outputs: usize, fan_out: usize, rng: &mut impl Rng) -> Self {
        let bound = 0.5 * (6.0 / (inputs + fan_out).max(1) as f32).sqrt();
        Self {
            weight: Array2::from_shape_simple_fn((outputs, inputs), || {
                rng.random_range(-bound..=bound)
            }),
            bias: Array1::zeros(outputs),
        }
    }

    /// Weights and biases between plus and minus one over the root of the inputs: how PyTorch starts a layer that
    /// nobody starts otherwise, and so how the baselines of the release start.
    pub fn uniform(inputs: usize, outputs: usize, rng: &mut impl Rng) -> Self {
        let bound = 1.0 / (inputs.max(1) as f32).sqrt();
        let mut draw = || rng.random_range(-bound..=bound);
        Self {
            weight: Array2::from_shape_simple_fn((outputs, inputs), &mut draw),
            bias: Array1::from_shape_simple_fn(outputs, &mut draw),
        }
    }

    /// From what was solved for in double precision.
    pub(super) fn solved(weight: &DMatrix<f64>, bias: &DVector<f64>) -> Self {
        Self {
            weight: Array2::from_shape_fn(weight.shape(), |at| weight[at] as f32),
            bias: bias.iter().map(|&x| x as f32).collect(),
        }
    }

    /// One layer that gives this one's outputs and then another one's, of an input that suits both.
    #[must_use]
    pub fn followed_by(&self, other: &Self) -> Self {
        Self {
            weight: concatenate![Axis(0), self.weight.view(), other.weight.view()],
            bias: concatenate![Axis(0), self.bias.view(), other.bias.view()],
        }
    }

    /// `input * weight^T + bias`; `input` is `[rows, in]`, `output` is `[rows, out]`.
    pub fn forward(&self, input: ArrayView2<'_, f32>, mut output: ArrayViewMut2<'_, f32>) {
        output.assign(&self.bias);
        general_mat_mul(1.0, &input, &self.weight.t(), 1.0, &mut output);
    }

    /// The same for one vector.
    pub fn forward_one(&self, input: &[f32]) -> Vec<f32> {
        let dot = |row: ndarray::ArrayView1<'_, f32>| {
            row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>()
        };
        self.weight
            .outer_iter()
            .zip(&self.bias)
            .map(|(row, bias)| dot(row) + bias)
            .collect()
    }

    /// Weight and bias as slices, for the optimiser.
    pub fn slices_mut(&mut self) -> [&mut [f32]; 2] {
        // Both arrays are made in standard layout and never sliced, so neither is ever empty by mistake.
        [
            self.weight.as_slice_mut().unwrap_or_default(),
            self.bias.as_slice_mut().unwrap_or_default(),
        ]
    }
}

/// A variational autoencoder of two dense layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Vae {
    /// Gives `latent` means, then `latent` logarithms of variances: two layers of the paper in one matrix.
    pub encoder: Dense,
    /// From a latent vector back to the input.
    pub decoder: Dense,
}

impl Vae {
    /// All zeros: the form in which gradients are kept.
    pub fn zeros(width: usize, latent: usize) -> Self {
        Self {
            encoder: Dense::zeros(width, 2 * latent),
            decoder: Dense::zeros(latent, width),
        }
    }

    /// As training starts.
    pub fn xavier(width: usize, latent: usize, rng: &mut impl Rng) -> Self {
        Self {
            encoder: Dense::xavier(width, 2 * latent, latent, rng),
            decoder: Dense::xavier(latent, width, width, rng),
        }
    }

    /// The width of what it reads and rebuilds.
    pub fn width(&self) -> usize {
        self.decoder.bias.len()
    }

    /// The size of its latent space.
    pub fn latent(&self) -> usize {
        self.decoder.weight.ncols()
    }

    /// Latent mean and logarithm of the variance of one input.
    pub fn encode(&self, input: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut mean = self.encoder.forward_one(input);
        let log_variance = mean.split_off(self.latent());
        (mean, log_variance)
    }
}

/// The skeleton's autoencoder and one for each text part; the skeleton's latent space is theirs side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The skeleton's.
    pub visual: Vae,
    /// One for each part, in the order of their shares.
    pub texts: Vec<Vae>,
}

impl Network {
    /// All zeros, with the sizes of another.
    pub fn zeros_like(other: &Self) -> Self {
        let zeros = |vae: &Vae| Vae::zeros(vae.width(), vae.latent());
        Self {
            visual: zeros(&other.visual),
            texts: other.texts.iter().map(zeros).collect(),
        }
    }

    /// As training starts: `texts` has width and latent size of each part.
    pub fn xavier(feature_width: usize, texts: &[(usize, usize)], rng: &mut impl Rng) -> Self {
        let latent = texts.iter().map(|(_, latent)| latent).sum();
        Self {
            visual: Vae::xavier(feature_width, latent, rng),
            texts: texts
                .iter()
                .map(|&(width, latent)| Vae::xavier(width, latent, rng))
                .collect(),
        }
    }

    /// Where each part's share of the skeleton's latent space begins and ends.
    pub fn shares(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        let share = |vae: &Vae| {
            let range = start..start + vae.latent();
            start = range.end;
            range
        };
        self.texts.iter().map(share).collect()
    }

    /// Every tensor as a slice: the skeleton's four, then each part's.
    pub fn slices_mut(&mut self) -> Vec<&mut [f32]> {
        let vaes = std::iter::once(&mut self.visual).chain(&mut self.texts);
        let layers = vaes.flat_map(|Vae { encoder, decoder }| [encoder, decoder]);
        layers.flat_map(Dense::slices_mut).collect()
    }
}
