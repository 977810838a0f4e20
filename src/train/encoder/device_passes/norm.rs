//! Batch norm with batch statistics on a device, forward and backward, over frames of `[joint][channel]`.

use burn::tensor::Tensor;

use super::spread;
use crate::encoder::fold::NORM_EPSILON;

/// What a norm's forward pass leaves for the way back.
#[derive(Clone, Debug)]
pub(super) struct NormTrace {
    /// The values less their mean, `[sequences, frames, joints * channels]`.
    centred: Tensor<3>,
    inverse: Tensor<1>,
    gain: Tensor<1>,
    mean: Tensor<1>,
    variance: Tensor<1>,
    /// Values that share a mean.
    count: usize,
}

/// Sums over sequences, frames and, where `width` is that of the channels, joints too.
///
/// Step by step, so that each step has thousands of sums to make at once.
pub(super) fn sums(values: Tensor<3>, width: usize) -> Tensor<1> {
    let [sequences, frames, length] = values.dims();
    let values = if length == width {
        values
    } else {
        values
            .reshape([sequences * frames, length / width, width])
            .sum_dim(1)
            .reshape([sequences, frames, width])
    };
    values
        .sum_dim(1)
        .reshape([sequences, width])
        .sum_dim(0)
        .reshape([width])
}

impl NormTrace {
    /// The normalised values of `[sequences, frames, joints * channels]`; gain and bias have a value per channel, or one
    /// for every joint's.
    pub(super) fn forward(
        values: Tensor<3>,
        gain: Tensor<1>,
        bias: Tensor<1>,
    ) -> (Tensor<3>, Self) {
        let [sequences, frames, length] = values.dims();
        let [width] = gain.dims();
        let count = sequences * frames * length / width;
        let mean = sums(values.clone(), width) / count as f32;
        let centred = values - spread(mean.clone(), length);
        let variance = sums(centred.clone() * centred.clone(), width) / count as f32;
        let inverse = (variance.clone() + NORM_EPSILON).sqrt().recip();
        let trace = Self {
            centred,
            inverse,
            gain,
            mean,
            variance,
            count,
        };
        (trace.normalised(bias), trace)
    }

    /// The forward pass' result once more, which is not kept.
    pub(super) fn normalised(&self, bias: Tensor<1>) -> Tensor<3> {
        let [_, _, length] = self.centred.dims();
        let factor = self.gain.clone() * self.inverse.clone();
        self.centred.clone() * spread(factor, length) + spread(bias, length)
    }

    /// The gradient before the norm from that behind it, and those of gain and bias.
    pub(super) fn backward(&self, grad: Tensor<3>) -> (Tensor<3>, [Tensor<1>; 2]) {
        let [_, _, length] = grad.dims();
        let [width] = self.gain.dims();
        let bias_grad = sums(grad.clone(), width);
        let products = sums(grad.clone() * self.centred.clone(), width);
        let gain_grad = products * self.inverse.clone();
        let factor = self.gain.clone() * self.inverse.clone();
        let share = factor.clone() / self.count as f32;
        let slope = share.clone() * self.inverse.clone() * gain_grad.clone();
        let before = grad * spread(factor, length)
            - self.centred.clone() * spread(slope, length)
            - spread(share * bias_grad.clone(), length);
        (before, [gain_grad, bias_grad])
    }

    /// Mean and variance of the batch, a value each per value of the gain, and how many values they were taken of.
    pub(super) fn statistics(&self) -> ([Tensor<1>; 2], usize) {
        ([self.mean.clone(), self.variance.clone()], self.count)
    }
}
