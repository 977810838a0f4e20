//! A block's way back: gradients of its weights and of its input.

use super::{Block, Extent, Projection, Scratch};
use crate::encoder::config::{JOINTS, Residual};
use crate::encoder::fold::mask_factors;
use crate::encoder::product::{multiply, multiply_transposed, transposed};
use crate::encoder::shift::add_product;
use crate::train::encoder::kernels;
use crate::train::encoder::norm::{Norm, NormCache, NormSums};
use crate::train::encoder::param::channel_sums;

impl Projection {
    /// Turns the gradient behind the norm into the one before it, in `out`, and sets the weights' gradients.
    fn backward(&mut self, out: &mut Vec<f32>, grad: &[f32], values: &[f32], input: usize) {
        let output = self.bias.value.len();
        let rows = values.len() / input;
        norm_backward(&mut self.norm, &self.cache, out, grad, &self.before_norm);
        let size = [input, rows, output];
        multiply_transposed(&mut self.weight.grad, values, out, size, false);
    }
}

/// Sums, gradients of gain and bias, and the gradient before the norm in `out`.
fn norm_backward(
    norm: &mut Norm,
    cache: &NormCache,
    out: &mut Vec<f32>,
    grad: &[f32],
    values: &[f32],
) {
    let length = norm.frame_len();
    let mut sums = NormSums::new(length);
    for (grad, values) in grad.chunks_exact(length).zip(values.chunks_exact(length)) {
        sums.add(grad, values, cache);
    }
    let factors = norm.backward(cache, &sums);
    out.resize(grad.len(), 0.0);
    apply_factors(out, grad, values, &factors);
}

fn apply_factors(out: &mut [f32], grad: &[f32], values: &[f32], factors: &[Vec<f32>; 3]) {
    let length = factors[0].len();
    let factors = [&*factors[0], &*factors[1], &*factors[2]];
    for ((out, grad), values) in out
        .chunks_exact_mut(length)
        .zip(grad.chunks_exact(length))
        .zip(values.chunks_exact(length))
    {
        kernels::norm_backward(out, grad, values, factors);
    }
}

impl Block {
    /// Takes the gradient of [`Self::out`] and gives the one of the input, in the same vector; sets all gradients.
    pub(crate) fn backward(
        &mut self,
        grad: &mut Vec<f32>,
        input: &[f32],
        extent: Extent,
        scratch: &mut Scratch,
    ) {
        for (grad, out) in grad.chunks_mut(4096).zip(self.state.out.chunks(4096)) {
            kernels::gate(grad, out);
        }
        let Scratch {
            first,
            second,
            third: input_grad,
            ..
        } = scratch;
        norm_backward(
            &mut self.closing,
            &self.state.closed_cache,
            first,
            grad,
            &self.state.closed,
        );
        self.backward_temporal(first, second, extent);
        // `first` is now the gradient behind the spatial part's ReLU, gated.
        let [width, output] = [self.config.input, self.config.output];
        let rows = input.len() / width;
        self.backward_spatial(first, second, input, input_grad);
        match (&mut self.residual, self.config.residual) {
            (Some(residual), _) => {
                residual.backward(second, grad, &self.state.kept, width);
                let back = transposed(&residual.weight.value, width, output);
                let size = [rows / self.config.stride, output, width];
                first.resize(size[0] * width, 0.0);
                multiply(first, second, &back, size, false);
                let length = width * JOINTS;
                for (out, values) in input_grad
                    .chunks_exact_mut(length * self.config.stride)
                    .zip(first.chunks_exact(length))
                {
                    kernels::add(&mut out[..length], values);
                }
            }
            (None, Residual::None) => {}
            (None, _) => kernels::add(input_grad, grad),
        }
        std::mem::swap(grad, input_grad);
    }

    /// From the gradient before the closing norm to the one behind the spatial `ReLU`, gated, both in `grad`.
    fn backward_temporal(&mut self, grad: &mut Vec<f32>, other: &mut Vec<f32>, extent: Extent) {
        let output = self.config.output;
        let length = output * JOINTS;
        let rows = extent.sequences * extent.frames * JOINTS;
        let state = &mut self.state;
        self.shift_second
            .backward(other, grad, &state.mixed, extent);
        let mut bias_grad = vec![0.0; length];
        for (grad, mixed) in other
            .chunks_exact_mut(length)
            .zip(state.mixed.chunks_exact(length))
        {
            kernels::gate_and_sum(grad, mixed, &mut bias_grad);
        }
        self.temporal_bias.grad = channel_sums(&bias_grad, output);
        let size = [output, rows, output];
        multiply_transposed(&mut self.temporal.grad, &state.filtered, other, size, false);
        let back = transposed(&self.temporal.value, output, output);
        grad.resize(rows * output, 0.0);
        multiply(grad, other, &back, [rows, output, output], false);
        // The input of the first shift is not kept: its norm is applied once more.
        let norm = self.opening.affine(&state.graph_cache);
        let opened = &mut state.filtered;
        for (out, values) in opened
            .chunks_exact_mut(length)
            .zip(state.graph.chunks_exact(length))
        {
            kernels::affine(out, values, &norm.factor, &norm.addend);
        }
        self.shift_first.backward(other, grad, opened, extent);
        norm_backward(
            &mut self.opening,
            &state.graph_cache,
            grad,
            other,
            &state.graph,
        );
        for (grad, graph) in grad.chunks_mut(4096).zip(state.graph.chunks(4096)) {
            kernels::gate(grad, graph);
        }
    }

    /// From the gated gradient behind the spatial `ReLU` to `input_grad`, the block's own residual left out.
    fn backward_spatial(
        &mut self,
        grad: &[f32],
        other: &mut Vec<f32>,
        input: &[f32],
        input_grad: &mut Vec<f32>,
    ) {
        let [width, output] = [self.config.input, self.config.output];
        let (length, output_length) = (width * JOINTS, output * JOINTS);
        let rows = input.len() / width;
        let state = &mut self.state;
        norm_backward(
            &mut self.spatial_norm,
            &state.spatial_cache,
            other,
            grad,
            &state.spatial,
        );
        // The norm takes the mean away, so the bias before it moves nothing.
        self.spatial_bias.grad.fill(0.0);
        let back = self.permutations[1].inverse();
        let product_grad = &mut state.spatial;
        for (out, values) in product_grad
            .chunks_exact_mut(output_length)
            .zip(other.chunks_exact(output_length))
        {
            back.apply(out, values);
        }
        let size = [width, rows, output];
        multiply_transposed(
            &mut self.spatial.grad,
            &state.shifted,
            product_grad,
            size,
            false,
        );
        let matrix = transposed(&self.spatial.value, width, output);
        other.resize(rows * width, 0.0);
        multiply(other, product_grad, &matrix, [rows, output, width], false);

        let mask = mask_factors(&self.mask.value);
        let mut products = vec![0.0; length];
        // Every value is written below.
        input_grad.resize(input.len(), 0.0);
        let back = self.permutations[0].inverse();
        for ((out, values), shifted) in input_grad
            .chunks_exact_mut(length)
            .zip(other.chunks_exact_mut(length))
            .zip(state.shifted.chunks_exact(length))
        {
            add_product(&mut products, values, shifted);
            kernels::scale(values, &mask);
            back.apply(out, values);
        }
        for (((grad, product), mask), factor) in self
            .mask
            .grad
            .iter_mut()
            .zip(products)
            .zip(&self.mask.value)
            .zip(&mask)
        {
            // The shifted values carry the factor; d tanh(m) / dm = 1 - tanh(m)^2.
            *grad = product / factor.max(1e-12) * (1.0 - mask.tanh().powi(2));
        }
        match &mut self.down {
            Some(down) => {
                down.backward(other, grad, input, width);
                let back = transposed(&down.weight.value, width, output);
                multiply(input_grad, other, &back, [rows, output, width], true);
            }
            None => kernels::add(input_grad, grad),
        }
    }
}
