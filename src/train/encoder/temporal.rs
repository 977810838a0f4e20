//! The adaptive temporal shift in training.

use super::block::Extent;
use super::param::Param;
use crate::encoder::shift::{TapGroup, TemporalFilter, two_taps};

/// The released code passes on only the sign of a shift's gradient, times this (`shift_cuda_kernel.cu`).
const POSITION_GRADIENT: f32 = 0.01;

/// The gradient of a distance from the slope of the loss along it.
pub(crate) fn position_gradient(slope: f32) -> f32 {
    if slope == 0.0 {
        0.0
    } else {
        slope.signum() * POSITION_GRADIENT
    }
}

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
        // Every value is written below.
        out.resize(values.len(), 0.0);
        let lines = |group: &TapGroup| vec![[0.0; _]; group.taps.len()];
        let mut sums: Vec<_> = filter.groups.iter().map(lines).collect();
        for ((out, grad), values) in out
            .chunks_exact_mut(extent.frames * length)
            .zip(grad.chunks_exact(after * length))
            .zip(values.chunks_exact(extent.frames * length))
        {
            filter.backward(out, grad, extent.frames);
            filter.add_slopes(&mut sums, grad, values, extent.frames);
        }
        for (group, sums) in filter.groups.iter().zip(&sums) {
            for lane in 0..group.width {
                let channel = group.channel + lane;
                let (first, _) = two_taps(self.ypos.value[channel], self.stride);
                let of_frame = |frame: isize| {
                    let taps = group.taps.iter().zip(sums);
                    let mut found = taps.filter(|(tap, _)| tap.frame == frame);
                    found.next().map_or(0.0, |(_, sum)| sum[lane])
                };
                self.ypos.grad[channel] = position_gradient(of_frame(first + 1) - of_frame(first));
            }
        }
    }
}
