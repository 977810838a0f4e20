//! The adaptive temporal shift on a device, forward and backward.

use burn::tensor::{Device, Tensor};

use super::norm::sums;
use crate::encoder::gather::{Gather, gathered};
use crate::encoder::shift::TemporalFilter;

/// A shift by learned distances, for clips of one length.
#[derive(Clone, Debug)]
pub(super) struct DeviceShift {
    forward: [Gather; 2],
    backward: [Gather; 2],
    channels: usize,
}

impl DeviceShift {
    /// The shift of a learned `ypos` for clips of `frames` frames, of which every `stride`-th is written.
    pub(super) fn new(device: &Device, ypos: &[f32], stride: usize, frames: usize) -> Self {
        let filter = TemporalFilter::new(ypos, stride, None);
        Self {
            forward: Gather::both(device, &filter, frames),
            backward: Gather::both_back(device, &filter, frames),
            channels: ypos.len(),
        }
    }

    /// `[sequences, frames, joints * channels]` to `[sequences, frames / stride, joints * channels]`.
    pub(super) fn forward(&self, values: Tensor<3>) -> Tensor<3> {
        gathered(&self.forward, values)
    }

    /// The gradient of `values` from that of the forward pass' result, and per channel the slope of the loss along the
    /// distance.
    pub(super) fn backward(&self, grad: Tensor<3>, values: Tensor<3>) -> (Tensor<3>, Tensor<1>) {
        let [first, second] = &self.forward;
        let difference = second.within(values.clone()) - first.within(values);
        let products = difference.reshape(grad.dims()) * grad.clone();
        (
            gathered(&self.backward, grad),
            sums(products, self.channels),
        )
    }
}
