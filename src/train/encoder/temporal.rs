//! The adaptive temporal shift in training.

use super::block::Extent;
use super::kernels;
use super::param::{Param, channel_sums};
use crate::encoder::shift::{TemporalFilter, two_taps};

/// The released code passes on only the sign of a shift's gradient, times this (`shift_cuda_kernel.cu`).
const POSITION_GRADIENT: f32 = 0.01;

/// A learned distance in time per channel.
#[derive(Clone, Debug)]
pub(crate) struct TemporalShift {
    pub(crate) ypos: Param,
    stride: usize,
}

impl TemporalShift {
    pub(crate) fn new(ypos: Param, stride: usize) -> Self {
        Self { ypos, stride }
    }

    fn filter(&self) -> TemporalFilter {
        TemporalFilter::new(&self.ypos.value, self.stride, None)
    }

    /// Shifts every sequence; `out` becomes `[sequences][frames / stride][joints][channels]`.
    pub(crate) fn forward(&self, out: &mut Vec<f32>, values: &[f32], extent: Extent) {
        let filter = self.filter();
        let length = filter.frame_len();
        let after = extent.frames / self.stride;
        out.resize(extent.sequences * after * length, 0.0);
        for (out, values) in out
            .chunks_exact_mut(after * length)
            .zip(values.chunks_exact(extent.frames * length))
        {
            filter.apply(out, values, extent.frames);
        }
    }

    /// The gradient of `values` in `out`, and the distances' own.
    pub(crate) fn backward(
        &mut self,
        out: &mut Vec<f32>,
        grad: &[f32],
        values: &[f32],
        extent: Extent,
    ) {
        let filter = self.filter();
        let length = filter.frame_len();
        let after = extent.frames / self.stride;
        out.clear();
        out.resize(values.len(), 0.0);
        let mut products = vec![vec![0.0; length]; filter.taps.len()];
        for ((out, grad), values) in out
            .chunks_exact_mut(extent.frames * length)
            .zip(grad.chunks_exact(after * length))
            .zip(values.chunks_exact(extent.frames * length))
        {
            for (frame, grad) in grad.chunks_exact(length).enumerate() {
                let start = (frame * self.stride).cast_signed() + filter.first;
                for (at, weights) in filter.reads(frame, extent.frames) {
                    let part = at * length..(at + 1) * length;
                    let tap = (at.cast_signed() - start) as usize;
                    let (out, values) = (&mut out[part.clone()], &values[part]);
                    kernels::tap_backward(out, &mut products[tap], grad, values, weights);
                }
            }
        }
        let channels = self.ypos.value.len();
        let sums: Vec<Vec<f32>> = products
            .iter()
            .map(|product| channel_sums(product, channels))
            .collect();
        for (channel, (grad, ypos)) in self.ypos.grad.iter_mut().zip(&self.ypos.value).enumerate() {
            let (first, _) = two_taps(*ypos, self.stride);
            let tap = (first - filter.first) as usize;
            let slope = sums[tap + 1][channel] - sums[tap][channel];
            *grad = if slope == 0.0 {
                0.0
            } else {
                slope.signum() * POSITION_GRADIENT
            };
        }
    }
}
