//! Batch norm with batch statistics, forward and backward, over frames of `[joint][channel]`.

use std::collections::BTreeMap;

use super::param::Param;
use crate::encoder::config::JOINTS;
use crate::encoder::fold::NORM_EPSILON;
use crate::encoder::simd::vectorised;
use crate::encoder::weights::{PlainTensor, StreamWeights};

/// How much of a batch's statistics the running ones take over (PyTorch's default).
const MOMENTUM: f64 = 0.1;

/// Frames that are summed in single precision before their sum goes to double.
const FRAMES_PER_SUM: usize = 32;

/// A batch norm.
#[derive(Clone, Debug)]
pub(crate) struct Norm {
    pub(crate) gain: Param,
    pub(crate) bias: Param,
    running_mean: Vec<f32>,
    running_variance: Vec<f32>,
    /// How often a frame repeats the norm's values: 25 where all joints share them, else 1.
    repeats: usize,
}

/// A batch's statistics, spread to a frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct NormCache {
    mean: Vec<f32>,
    inverse: Vec<f32>,
    count: f64,
}

/// What maps a frame before the norm to one behind it: `x * factor + addend`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Affine {
    pub(crate) factor: Vec<f32>,
    pub(crate) addend: Vec<f32>,
}

/// Sums over a batch's frames of the gradient and of its product with the normalised values.
#[derive(Clone, Debug)]
pub(crate) struct NormSums {
    grad: Vec<f32>,
    product: Vec<f32>,
}

impl Norm {
    /// The norm of PyTorch's name; `joints_apart` says whether every joint has its own values.
    pub(crate) fn new(weights: &StreamWeights, name: &str, joints_apart: bool) -> Self {
        let values = |part: &str| weights.values(&format!("{name}.{part}"));
        let width = values("weight").len();
        Self {
            gain: Param::new(values("weight"), &[width], false),
            bias: Param::new(values("bias"), &[width], false),
            running_mean: values("running_mean").to_vec(),
            running_variance: values("running_var").to_vec(),
            repeats: if joints_apart { 1 } else { JOINTS },
        }
    }

    /// Values of a frame.
    pub(crate) fn frame_len(&self) -> usize {
        self.gain.value.len() * self.repeats
    }

    /// Puts the running statistics among the tensors of a checkpoint.
    pub(crate) fn insert_running(&self, name: &str, tensors: &mut BTreeMap<String, PlainTensor>) {
        for (part, values) in [
            ("running_mean", &self.running_mean),
            ("running_var", &self.running_variance),
        ] {
            let tensor = PlainTensor {
                shape: vec![values.len()],
                values: values.clone(),
            };
            tensors.insert(format!("{name}.{part}"), tensor);
        }
    }

    /// Takes a batch's statistics; `before` is a bias that was left out because the mean takes it away again.
    pub(crate) fn measure(&mut self, values: &[f32], before: Option<&[f32]>) -> NormCache {
        let width = self.gain.value.len();
        let length = width * self.repeats;
        let (mut sum, mut square) = (vec![0.0; width], vec![0.0; width]);
        for part in values.chunks(FRAMES_PER_SUM * length) {
            let (mut part_sum, mut part_square) = (vec![0.0; length], vec![0.0; length]);
            for frame in part.chunks_exact(length) {
                add_moments(frame, &mut part_sum, &mut part_square);
            }
            fold(&mut sum, &part_sum);
            fold(&mut square, &part_square);
        }
        let count = (values.len() / width) as f64;
        let mut cache = NormCache {
            mean: Vec::with_capacity(length),
            inverse: Vec::with_capacity(length),
            count,
        };
        for (index, (sum, square)) in sum.iter().zip(&square).enumerate() {
            let mean = sum / count;
            let variance = (square / count - mean * mean).max(0.0);
            cache.mean.push(mean as f32);
            let inverse = 1.0 / (variance + f64::from(NORM_EPSILON)).sqrt();
            cache.inverse.push(inverse as f32);
            self.follow(index, [mean, variance], count, before);
        }
        cache.mean = cache.mean.repeat(self.repeats);
        cache.inverse = cache.inverse.repeat(self.repeats);
        cache
    }

    /// Moves a running mean and variance towards a batch's, taken of `count` values; `before` as in [`Self::measure`].
    pub(crate) fn follow(
        &mut self,
        index: usize,
        [mean, variance]: [f64; 2],
        count: f64,
        before: Option<&[f32]>,
    ) {
        let before = before.map_or(0.0, |before| f64::from(before[index % before.len()]));
        let unbiased = variance * count / (count - 1.0).max(1.0);
        let blend = |running: &mut f32, new: f64| {
            *running = ((1.0 - MOMENTUM) * f64::from(*running) + MOMENTUM * new) as f32;
        };
        blend(&mut self.running_mean[index], mean + before);
        blend(&mut self.running_variance[index], unbiased);
    }

    /// The norm with a batch's statistics.
    pub(crate) fn affine(&self, cache: &NormCache) -> Affine {
        let gains = self.gain.value.iter().cycle();
        let biases = self.bias.value.iter().cycle();
        let mut affine = Affine::default();
        for (((mean, inverse), gain), bias) in
            cache.mean.iter().zip(&cache.inverse).zip(gains).zip(biases)
        {
            affine.factor.push(gain * inverse);
            affine.addend.push(bias - gain * inverse * mean);
        }
        affine
    }

    /// Sets the gradients of gain and bias from the sums, and gives what turns the gradient behind the norm into the
    /// one before it: `grad * factors[0] + value * factors[1] + factors[2]`.
    pub(crate) fn backward(&mut self, cache: &NormCache, sums: &NormSums) -> [Vec<f32>; 3] {
        let width = self.gain.value.len();
        let (mut grad, mut product) = (vec![0.0; width], vec![0.0; width]);
        fold(&mut grad, &sums.grad);
        fold(&mut product, &sums.product);
        let mut factors = [const { Vec::new() }; 3];
        for index in 0..width {
            let (mean, inverse) = (
                f64::from(cache.mean[index]),
                f64::from(cache.inverse[index]),
            );
            let factor = f64::from(self.gain.value[index]) * inverse;
            let slope = -factor * inverse * product[index] / cache.count;
            factors[0].push(factor as f32);
            factors[1].push(slope as f32);
            factors[2].push((-factor * grad[index] / cache.count - slope * mean) as f32);
            self.gain.grad[index] = product[index] as f32;
            self.bias.grad[index] = grad[index] as f32;
        }
        factors.map(|values| values.repeat(self.repeats))
    }
}

impl NormSums {
    /// No frames yet.
    pub(crate) fn new(length: usize) -> Self {
        Self {
            grad: vec![0.0; length],
            product: vec![0.0; length],
        }
    }

    /// Adds a frame's gradient behind the norm and its values before it.
    pub(crate) fn add(&mut self, grad: &[f32], values: &[f32], cache: &NormCache) {
        let statistics = [cache.mean.as_slice(), cache.inverse.as_slice()];
        add_sums(
            [&mut self.grad, &mut self.product],
            grad,
            values,
            statistics,
        );
    }
}

/// Adds a frame, or what repeats of it, to sums of double precision.
fn fold(sums: &mut [f64], frame: &[f32]) {
    for line in frame.chunks_exact(sums.len().max(1)) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += f64::from(*value);
        }
    }
}

vectorised! {
    /// `sum += x`, `square += x * x`.
    fn add_moments(frame: &[f32], sum: &mut [f32], square: &mut [f32]) {
        for ((x, sum), square) in frame.iter().zip(sum).zip(square) {
            *sum += x;
            *square += x * x;
        }
    }
}

vectorised! {
    /// `sums[0] += grad`, `sums[1] += grad * (value - mean) * inverse`.
    fn add_sums(sums: [&mut [f32]; 2], grad: &[f32], values: &[f32], statistics: [&[f32]; 2]) {
        let [sum, product] = sums;
        let length = grad.len();
        let (sum, product) = (&mut sum[..length], &mut product[..length]);
        let (values, mean, inverse) =
            (&values[..length], &statistics[0][..length], &statistics[1][..length]);
        for i in 0..length {
            sum[i] += grad[i];
            product[i] += grad[i] * (values[i] - mean[i]) * inverse[i];
        }
    }
}
