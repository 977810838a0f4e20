//! A trained tensor with its gradient, and how it is named and laid out in PyTorch.

use crate::encoder::config::{JOINTS, ShiftGcnConfig};
use crate::encoder::product::transposed;
use crate::encoder::weights::PlainTensor;

/// A trained tensor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Param {
    /// Values; matrices are `[input, output]`.
    pub(crate) value: Vec<f32>,
    /// The gradient of the last backward pass.
    pub(crate) grad: Vec<f32>,
    /// PyTorch's shape.
    shape: Vec<usize>,
    /// Whether PyTorch keeps this matrix as `[output, input]`.
    is_transposed: bool,
}

impl Param {
    /// A tensor of PyTorch's values.
    pub(crate) fn new(values: &[f32], shape: &[usize], is_transposed: bool) -> Self {
        let value = if is_transposed {
            transposed(values, shape[0], shape[1])
        } else {
            values.to_vec()
        };
        Self {
            grad: vec![0.0; value.len()],
            value,
            shape: shape.to_vec(),
            is_transposed,
        }
    }

    /// The values in PyTorch's layout.
    pub(crate) fn plain(&self) -> PlainTensor {
        PlainTensor {
            shape: self.shape.clone(),
            values: self.in_pytorch_order(&self.value),
        }
    }

    /// The gradient in PyTorch's layout.
    #[cfg(test)]
    pub(crate) fn plain_grad(&self) -> Vec<f32> {
        self.in_pytorch_order(&self.grad)
    }

    fn in_pytorch_order(&self, values: &[f32]) -> Vec<f32> {
        if self.is_transposed {
            transposed(values, self.shape[1], self.shape[0])
        } else {
            values.to_vec()
        }
    }
}

/// Initial weights as the released code draws them, under PyTorch's names.
///
/// `uniform` gives numbers between -1 and 1, `normal` of unit variance.
pub(crate) fn initial_tensors(
    config: &ShiftGcnConfig,
    mut uniform: impl FnMut() -> f32,
    mut normal: impl FnMut() -> f32,
) -> std::collections::BTreeMap<String, PlainTensor> {
    let mut tensors = std::collections::BTreeMap::new();
    for (name, shape) in config.tensors() {
        let length: usize = shape.iter().product();
        let values: Vec<f32> = if name.ends_with("Linear_weight") {
            // normal(0, sqrt(1 / out_channels)), `Shift_gcn.__init__`.
            let deviation = (1.0 / shape[1] as f32).sqrt();
            (0..length).map(|_| normal() * deviation).collect()
        } else if name == "fc.weight" {
            // normal(0, sqrt(2 / classes)), `Model.__init__`.
            let deviation = (2.0 / shape[0] as f32).sqrt();
            (0..length).map(|_| normal() * deviation).collect()
        } else if name == "feature.weight" {
            // Ten blocks of residuals make large sums; a feature begins small, as a teacher's is.
            let deviation = 0.1 * (1.0 / shape[1] as f32).sqrt();
            (0..length).map(|_| normal() * deviation).collect()
        } else if name.ends_with("ypos") {
            (0..length).map(|_| uniform()).collect()
        } else if shape.len() == 4 {
            // Kaiming normal, fan out.
            let deviation = (2.0 / shape[0] as f32).sqrt();
            (0..length).map(|_| normal() * deviation).collect()
        } else if name.ends_with("weight") || name.ends_with("running_var") {
            vec![1.0; length]
        } else {
            vec![0.0; length]
        };
        tensors.insert(name, PlainTensor { shape, values });
    }
    tensors
}

/// A frame's sums per channel: joints added up.
pub(crate) fn channel_sums(frame: &[f32], channels: usize) -> Vec<f32> {
    debug_assert_eq!(frame.len(), channels * JOINTS, "a frame has all joints");
    let mut sums = vec![0.0; channels];
    for line in frame.chunks_exact(channels.max(1)) {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += value;
        }
    }
    sums
}
