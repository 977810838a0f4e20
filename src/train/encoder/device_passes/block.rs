//! One block of Shift-GCN in training on a device.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor};

use super::norm::{NormTrace, sums};
use super::shift::DeviceShift;
use super::{Gradients, Statistics, Weights, spread, weight_gradient};
use crate::encoder::config::{BlockConfig, JOINTS, Residual};
use crate::encoder::gather::{every, places, product};
use crate::encoder::product::FramePermutation;
use crate::encoder::shift::{shift_in, shift_out};

/// A block's shape, and its spatial shifts with their ways back.
#[derive(Clone, Debug)]
pub(super) struct DeviceBlock {
    pub(super) config: BlockConfig,
    name: String,
    shift_in: [Tensor<1, Int>; 2],
    shift_out: [Tensor<1, Int>; 2],
}

/// What a block's forward pass leaves for the way back; each `[sequences, frames, joints * channels]`.
#[derive(Clone, Debug)]
pub(super) struct BlockTrace {
    input: Tensor<3>,
    /// The input after shift and mask.
    shifted: Tensor<3>,
    spatial_norm: NormTrace,
    down: Option<NormTrace>,
    /// Behind the spatial part's `ReLU`.
    graph: Tensor<3>,
    opening: NormTrace,
    shift_first: DeviceShift,
    /// Behind the first temporal shift.
    filtered: Tensor<3>,
    /// Behind the 1x1 convolution's `ReLU`.
    mixed: Tensor<3>,
    shift_second: DeviceShift,
    closing: NormTrace,
    /// The strided input of the residual's projection, and its norm.
    residual: Option<(Tensor<3>, NormTrace)>,
    out: Tensor<3>,
}

/// Keeps the gradient where the rectified value is above zero.
fn gate(grad: Tensor<3>, rectified: &Tensor<3>) -> Tensor<3> {
    grad.mask_fill(rectified.clone().lower_equal_elem(0.0), 0.0)
}

impl DeviceBlock {
    pub(super) fn new(config: BlockConfig, name: String, device: &Device) -> Self {
        let both =
            |there: &FramePermutation| [places(there, device), places(&there.inverse(), device)];
        Self {
            shift_in: both(&shift_in(config.input)),
            shift_out: both(&shift_out(config.output)),
            config,
            name,
        }
    }

    fn full(&self, part: &str) -> String {
        format!("{}.{part}", self.name)
    }

    /// The norm of that name over values.
    fn norm(&self, weights: &Weights, part: &str, values: Tensor<3>) -> (Tensor<3>, NormTrace) {
        let of = |value: &str| weights.get(&self.full(&format!("{part}.{value}")));
        NormTrace::forward(values, of("weight"), of("bias"))
    }

    /// The matrix of that name, `[input, output]`.
    fn matrix(&self, weights: &Weights, part: &str, input: usize) -> Tensor<2> {
        let values = weights.get(&self.full(part));
        values.reshape([input, self.config.output])
    }

    fn shift(&self, weights: &Weights, part: &str, stride: usize, frames: usize) -> DeviceShift {
        let ypos = weights.plain(&self.full(part));
        DeviceShift::new(weights.device(), ypos, stride, frames)
    }

    /// The mask's factors, `[joints * input]`.
    fn mask(&self, weights: &Weights) -> Tensor<1> {
        weights.get(&self.full("gcn1.Feature_Mask")).tanh() + 1.0
    }

    /// `[sequences, frames, joints * input]` to `[sequences, frames / stride, joints * output]`.
    pub(super) fn forward(&self, weights: &Weights, input: Tensor<3>) -> (Tensor<3>, BlockTrace) {
        let BlockConfig {
            input: width,
            output,
            stride,
            residual,
        } = self.config;
        let [_, frames, length] = input.dims();
        let matrix = |part, width| self.matrix(weights, part, width);
        let shifted =
            input.clone().select(2, self.shift_in[0].clone()) * spread(self.mask(weights), length);
        let spatial = product(shifted.clone(), matrix("gcn1.Linear_weight", width))
            .select(2, self.shift_out[0].clone());
        let (spatial, spatial_norm) = self.norm(weights, "gcn1.bn", spatial);
        let (added, down) = if self.config.has_down() {
            let values = product(input.clone(), matrix("gcn1.down.0.weight", width));
            let (values, trace) = self.norm(weights, "gcn1.down.1", values);
            (values, Some(trace))
        } else {
            (input.clone(), None)
        };
        let graph = relu(spatial + added);

        let (opened, opening) = self.norm(weights, "tcn1.bn", graph.clone());
        let shift_first = self.shift(weights, "tcn1.shift_in.ypos", 1, frames);
        let filtered = shift_first.forward(opened);
        let mixed = product(
            filtered.clone(),
            matrix("tcn1.temporal_linear.weight", output),
        );
        let bias = weights.get(&self.full("tcn1.temporal_linear.bias"));
        let mixed = relu(mixed + spread(bias, JOINTS * output));
        let shift_second = self.shift(weights, "tcn1.shift_out.ypos", stride, frames);
        let closed = shift_second.forward(mixed.clone());
        let (closed, closing) = self.norm(weights, "tcn1.bn2", closed);

        let (out, residual) = match residual {
            Residual::None => (relu(closed), None),
            Residual::Identity => (relu(closed + input.clone()), None),
            Residual::Product => {
                let kept = every(input.clone(), stride);
                let values = product(kept.clone(), matrix("residual.conv.weight", width));
                let (values, trace) = self.norm(weights, "residual.bn", values);
                (relu(closed + values), Some((kept, trace)))
            }
        };
        let trace = BlockTrace {
            input,
            shifted,
            spatial_norm,
            down,
            graph,
            opening,
            shift_first,
            filtered,
            mixed,
            shift_second,
            closing,
            residual,
            out: out.clone(),
        };
        (out, trace)
    }

    /// The gradient of the input from that of the output; sets those of all weights.
    pub(super) fn backward(
        &self,
        weights: &Weights,
        trace: &BlockTrace,
        grad: Tensor<3>,
        gradients: &mut Gradients,
    ) -> Tensor<3> {
        let BlockConfig { input, stride, .. } = self.config;
        let grad = gate(grad, &trace.out);
        let graph_grad = self.backward_temporal(weights, trace, grad.clone(), gradients);
        let input_grad = self.backward_spatial(weights, trace, graph_grad, gradients);
        match (&trace.residual, self.config.residual) {
            (Some((kept, norm)), _) => {
                let grad = self.backward_norm(norm, "residual.bn", grad, gradients);
                let matrix = self.matrix(weights, "residual.conv.weight", input);
                gradients.set(
                    self.full("residual.conv.weight"),
                    weight_gradient(kept.clone(), grad.clone(), input),
                );
                let grad = product(grad, matrix.transpose()); // [sequences, frames / stride, joints * input]
                input_grad + between_zeros(grad, stride)
            }
            (None, Residual::None) => input_grad,
            (None, _) => input_grad + grad,
        }
    }

    fn backward_norm(
        &self,
        norm: &NormTrace,
        part: &str,
        grad: Tensor<3>,
        gradients: &mut Gradients,
    ) -> Tensor<3> {
        let (grad, [gain, bias]) = norm.backward(grad);
        gradients.set(self.full(&format!("{part}.weight")), gain);
        gradients.set(self.full(&format!("{part}.bias")), bias);
        grad
    }

    /// From the gradient before the last `ReLU` to the one behind the spatial `ReLU`, gated.
    fn backward_temporal(
        &self,
        weights: &Weights,
        trace: &BlockTrace,
        grad: Tensor<3>,
        gradients: &mut Gradients,
    ) -> Tensor<3> {
        let output = self.config.output;
        let grad = self.backward_norm(&trace.closing, "tcn1.bn2", grad, gradients);
        let (grad, slopes) = trace.shift_second.backward(grad, trace.mixed.clone());
        gradients.set(self.full("tcn1.shift_out.ypos"), slopes);
        let grad = gate(grad, &trace.mixed);
        gradients.set(
            self.full("tcn1.temporal_linear.bias"),
            sums(grad.clone(), output),
        );
        gradients.set(
            self.full("tcn1.temporal_linear.weight"),
            weight_gradient(trace.filtered.clone(), grad.clone(), output),
        );
        let matrix = self.matrix(weights, "tcn1.temporal_linear.weight", output);
        let grad = product(grad, matrix.transpose());
        // The input of the first shift is not kept: its norm is applied once more.
        let opened = trace
            .opening
            .normalised(weights.get(&self.full("tcn1.bn.bias")));
        let (grad, slopes) = trace.shift_first.backward(grad, opened);
        gradients.set(self.full("tcn1.shift_in.ypos"), slopes);
        let grad = self.backward_norm(&trace.opening, "tcn1.bn", grad, gradients);
        gate(grad, &trace.graph)
    }

    /// From the gated gradient behind the spatial `ReLU` to the input's, the block's own residual left out.
    fn backward_spatial(
        &self,
        weights: &Weights,
        trace: &BlockTrace,
        graph_grad: Tensor<3>,
        gradients: &mut Gradients,
    ) -> Tensor<3> {
        let width = self.config.input;
        let length = JOINTS * width;
        let grad = self.backward_norm(
            &trace.spatial_norm,
            "gcn1.bn",
            graph_grad.clone(),
            gradients,
        );
        let grad = grad.select(2, self.shift_out[1].clone());
        gradients.set(
            self.full("gcn1.Linear_weight"),
            weight_gradient(trace.shifted.clone(), grad.clone(), width),
        );
        let matrix = self.matrix(weights, "gcn1.Linear_weight", width);
        let grad = product(grad, matrix.transpose());
        let mask = self.mask(weights);
        // The shifted values carry the factor; d tanh(m) / dm = 1 - tanh(m)^2.
        let tanh = mask.clone() - 1.0;
        let slope = (tanh.clone() * tanh).neg() + 1.0;
        let products = sums(grad.clone() * trace.shifted.clone(), length);
        gradients.set(
            self.full("gcn1.Feature_Mask"),
            products / mask.clone().clamp_min(1e-12) * slope,
        );
        let input_grad = (grad * spread(mask, length)).select(2, self.shift_in[1].clone());
        let Some(down) = &trace.down else {
            return input_grad + graph_grad;
        };
        let grad = self.backward_norm(down, "gcn1.down.1", graph_grad, gradients);
        gradients.set(
            self.full("gcn1.down.0.weight"),
            weight_gradient(trace.input.clone(), grad.clone(), width),
        );
        let matrix = self.matrix(weights, "gcn1.down.0.weight", width);
        input_grad + product(grad, matrix.transpose())
    }

    /// The statistics of all norms under PyTorch's names.
    pub(super) fn statistics(&self, trace: &BlockTrace, into: &mut Statistics) {
        let norms = [
            ("gcn1.bn", Some(&trace.spatial_norm)),
            ("gcn1.down.1", trace.down.as_ref()),
            ("tcn1.bn", Some(&trace.opening)),
            ("tcn1.bn2", Some(&trace.closing)),
            ("residual.bn", trace.residual.as_ref().map(|(_, norm)| norm)),
        ];
        for (part, norm) in norms {
            if let Some(norm) = norm {
                into.add(self.full(part), norm);
            }
        }
    }
}

/// Puts frames of zeros behind each frame, so that there are `stride` times as many.
fn between_zeros(values: Tensor<3>, stride: usize) -> Tensor<3> {
    let [sequences, frames, length] = values.dims();
    let device = values.device();
    let values = values.reshape([sequences, frames, 1, length]);
    let zeros = Tensor::zeros([sequences, frames, stride - 1, length], &device);
    Tensor::cat(vec![values, zeros], 2).reshape([sequences, frames * stride, length])
}
