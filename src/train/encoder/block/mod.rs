//! One block of Shift-GCN in training: its weights, and the forward pass with what the way back needs.

mod backward;

use std::collections::BTreeMap;

use crate::encoder::config::{BlockConfig, JOINTS, Residual};
use crate::encoder::fold::{mask_factors, repeated};
use crate::encoder::product::{FramePermutation, multiply};
use crate::encoder::shift::{shift_in, shift_out};
use crate::encoder::weights::{PlainTensor, StreamWeights};
use crate::train::encoder::kernels;
use crate::train::encoder::norm::{Affine, Norm, NormCache};
use crate::train::encoder::param::Param;
use crate::train::encoder::temporal::TemporalShift;

/// A 1x1 convolution and its batch norm: `down` and the strided residual.
#[derive(Clone, Debug)]
struct Projection {
    weight: Param,
    bias: Param,
    norm: Norm,
    names: [&'static str; 2],
    before_norm: Vec<f32>,
    cache: NormCache,
}

/// A block's weights and what its forward pass leaves for the way back.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    config: BlockConfig,
    mask: Param,
    spatial: Param,
    spatial_bias: Param,
    spatial_norm: Norm,
    down: Option<Projection>,
    opening: Norm,
    shift_first: TemporalShift,
    temporal: Param,
    temporal_bias: Param,
    shift_second: TemporalShift,
    closing: Norm,
    residual: Option<Projection>,
    permutations: [FramePermutation; 2],
    state: State,
}

/// Activations, each `[clip and body][frame][joint][channel]`.
#[derive(Clone, Debug, Default)]
struct State {
    /// The input after shift and mask.
    shifted: Vec<f32>,
    /// The spatial product, shifted back, before its norm.
    spatial: Vec<f32>,
    spatial_cache: NormCache,
    /// Behind the spatial part's `ReLU`.
    graph: Vec<f32>,
    graph_cache: NormCache,
    /// Behind the first temporal shift.
    filtered: Vec<f32>,
    /// Behind the 1x1 convolution's `ReLU`.
    mixed: Vec<f32>,
    /// Behind the second temporal shift, before its norm.
    closed: Vec<f32>,
    closed_cache: NormCache,
    /// The strided input of the residual's projection.
    kept: Vec<f32>,
    out: Vec<f32>,
}

/// Working memory that all blocks share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    first: Vec<f32>,
    second: Vec<f32>,
    third: Vec<f32>,
    frame: Vec<f32>,
}

/// A norm, its name, and the bias before it where there is one.
pub(crate) type NamedNorm<'a> = (String, &'a mut Norm, Option<&'a [f32]>);

/// How many sequences a batch has, and their frames before and after a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) sequences: usize,
    pub(crate) frames: usize,
}

impl Projection {
    fn new(
        weights: &StreamWeights,
        block: &str,
        names: [&'static str; 2],
        config: BlockConfig,
    ) -> Self {
        let [convolution, norm] = names;
        let values = |part: &str| weights.values(&format!("{block}.{convolution}.{part}"));
        let shape = [config.output, config.input, 1, 1];
        Self {
            weight: Param::new(values("weight"), &shape, true),
            bias: Param::new(values("bias"), &[config.output], false),
            norm: Norm::new(weights, &format!("{block}.{norm}"), false),
            names,
            before_norm: Vec::new(),
            cache: NormCache::default(),
        }
    }

    /// The product, kept, and the norm that is to be applied to it.
    fn forward(&mut self, values: &[f32], [input, output]: [usize; 2]) -> Affine {
        let rows = values.len() / input;
        self.before_norm.resize(rows * output, 0.0);
        let size = [rows, input, output];
        multiply(
            &mut self.before_norm,
            values,
            &self.weight.value,
            size,
            false,
        );
        self.cache = self.norm.measure(&self.before_norm, Some(&self.bias.value));
        self.norm.affine(&self.cache)
    }

    fn params<'a>(&'a mut self, block: &str, out: &mut Vec<(String, &'a mut Param)>) {
        let [convolution, norm] = self.names;
        out.push((format!("{block}.{convolution}.weight"), &mut self.weight));
        out.push((format!("{block}.{convolution}.bias"), &mut self.bias));
        out.push((format!("{block}.{norm}.weight"), &mut self.norm.gain));
        out.push((format!("{block}.{norm}.bias"), &mut self.norm.bias));
    }
}

impl Block {
    pub(crate) fn new(weights: &StreamWeights, config: BlockConfig, name: &str) -> Self {
        let BlockConfig {
            input,
            output,
            stride,
            residual,
        } = config;
        let values = |part: &str| weights.values(&format!("{name}.{part}"));
        let param = |part: &str, shape: &[usize]| Param::new(values(part), shape, false);
        let norm = |part: &str, apart| Norm::new(weights, &format!("{name}.{part}"), apart);
        let projection = |names| Projection::new(weights, name, names, config);
        Self {
            config,
            mask: param("gcn1.Feature_Mask", &[1, JOINTS, input]),
            spatial: param("gcn1.Linear_weight", &[input, output]),
            spatial_bias: param("gcn1.Linear_bias", &[1, 1, output]),
            spatial_norm: norm("gcn1.bn", true),
            down: config
                .has_down()
                .then(|| projection(["gcn1.down.0", "gcn1.down.1"])),
            opening: norm("tcn1.bn", false),
            shift_first: TemporalShift::new(param("tcn1.shift_in.ypos", &[output]), 1),
            temporal: Param::new(
                values("tcn1.temporal_linear.weight"),
                &[output, output, 1, 1],
                true,
            ),
            temporal_bias: param("tcn1.temporal_linear.bias", &[output]),
            shift_second: TemporalShift::new(param("tcn1.shift_out.ypos", &[output]), stride),
            closing: norm("tcn1.bn2", false),
            residual: (residual == Residual::Product)
                .then(|| projection(["residual.conv", "residual.bn"])),
            permutations: [shift_in(input), shift_out(output)],
            state: State::default(),
        }
    }

    /// The block's output of the last forward pass.
    pub(crate) fn out(&self) -> &[f32] {
        &self.state.out
    }

    pub(crate) fn stride(&self) -> usize {
        self.config.stride
    }

    /// Trained tensors under PyTorch's names.
    pub(crate) fn params<'a>(&'a mut self, name: &str, out: &mut Vec<(String, &'a mut Param)>) {
        let mut push =
            |part: &str, param: &'a mut Param| out.push((format!("{name}.{part}"), param));
        push("gcn1.Feature_Mask", &mut self.mask);
        push("gcn1.Linear_weight", &mut self.spatial);
        push("gcn1.Linear_bias", &mut self.spatial_bias);
        push("gcn1.bn.weight", &mut self.spatial_norm.gain);
        push("gcn1.bn.bias", &mut self.spatial_norm.bias);
        push("tcn1.bn.weight", &mut self.opening.gain);
        push("tcn1.bn.bias", &mut self.opening.bias);
        push("tcn1.shift_in.ypos", &mut self.shift_first.ypos);
        push("tcn1.temporal_linear.weight", &mut self.temporal);
        push("tcn1.temporal_linear.bias", &mut self.temporal_bias);
        push("tcn1.shift_out.ypos", &mut self.shift_second.ypos);
        push("tcn1.bn2.weight", &mut self.closing.gain);
        push("tcn1.bn2.bias", &mut self.closing.bias);
        for projection in [&mut self.down, &mut self.residual].into_iter().flatten() {
            projection.params(name, out);
        }
    }

    /// The norms under PyTorch's names, each with the bias before it that is left out.
    pub(crate) fn norms<'a>(&'a mut self, name: &str, out: &mut Vec<NamedNorm<'a>>) {
        let mut push = |part: &str, norm: &'a mut Norm, before: Option<&'a [f32]>| {
            out.push((format!("{name}.{part}"), norm, before));
        };
        let before = Some(self.spatial_bias.value.as_slice());
        push("gcn1.bn", &mut self.spatial_norm, before);
        push("tcn1.bn", &mut self.opening, None);
        push("tcn1.bn2", &mut self.closing, None);
        for projection in [&mut self.down, &mut self.residual].into_iter().flatten() {
            let before = Some(projection.bias.value.as_slice());
            push(projection.names[1], &mut projection.norm, before);
        }
    }

    /// Running statistics under PyTorch's names.
    pub(crate) fn insert_running(&self, name: &str, tensors: &mut BTreeMap<String, PlainTensor>) {
        let norms = [
            ("gcn1.bn", &self.spatial_norm),
            ("tcn1.bn", &self.opening),
            ("tcn1.bn2", &self.closing),
        ];
        for (part, norm) in norms {
            norm.insert_running(&format!("{name}.{part}"), tensors);
        }
        for projection in [&self.down, &self.residual].into_iter().flatten() {
            let norm = format!("{name}.{}", projection.names[1]);
            projection.norm.insert_running(&norm, tensors);
        }
    }

    /// `[sequences][frames][joints][input]` to [`Self::out`], `[sequences][frames / stride][joints][output]`.
    pub(crate) fn forward(&mut self, input: &[f32], extent: Extent, scratch: &mut Scratch) {
        self.forward_spatial(input, scratch);
        self.forward_temporal(extent, scratch);
        self.forward_close(input, extent, scratch);
    }

    fn forward_spatial(&mut self, input: &[f32], scratch: &mut Scratch) {
        let [width, output] = [self.config.input, self.config.output];
        let (length, output_length) = (width * JOINTS, output * JOINTS);
        let rows = input.len() / width;
        let state = &mut self.state;
        let mask = mask_factors(&self.mask.value);
        state.shifted.resize(input.len(), 0.0);
        for (out, values) in state
            .shifted
            .chunks_exact_mut(length)
            .zip(input.chunks_exact(length))
        {
            self.permutations[0].apply(out, values);
            kernels::scale(out, &mask);
        }
        let product = &mut scratch.first;
        product.resize(rows * output, 0.0);
        let size = [rows, width, output];
        multiply(product, &state.shifted, &self.spatial.value, size, false);
        state.spatial.resize(rows * output, 0.0);
        for (out, values) in state
            .spatial
            .chunks_exact_mut(output_length)
            .zip(product.chunks_exact(output_length))
        {
            self.permutations[1].apply(out, values);
        }
        let before = &self.spatial_bias.value;
        state.spatial_cache = self.spatial_norm.measure(&state.spatial, Some(before));
        let norm = self.spatial_norm.affine(&state.spatial_cache);
        let down = self
            .down
            .as_mut()
            .map(|down| (down.forward(input, [width, output]), &down.before_norm));
        state.graph.resize(rows * output, 0.0);
        scratch.frame.resize(output_length, 0.0);
        for (index, (out, values)) in state
            .graph
            .chunks_exact_mut(output_length)
            .zip(state.spatial.chunks_exact(output_length))
            .enumerate()
        {
            let part = index * output_length..(index + 1) * output_length;
            let residual = match &down {
                Some((norm, values)) => {
                    let frame = &mut scratch.frame;
                    kernels::affine(frame, &values[part], &norm.factor, &norm.addend);
                    frame.as_slice()
                }
                None => &input[part],
            };
            kernels::affine_add_rectify(out, values, &norm.factor, &norm.addend, residual);
        }
    }

    fn forward_temporal(&mut self, extent: Extent, scratch: &mut Scratch) {
        let output = self.config.output;
        let length = output * JOINTS;
        let rows = extent.sequences * extent.frames * JOINTS;
        let state = &mut self.state;
        state.graph_cache = self.opening.measure(&state.graph, None);
        let norm = self.opening.affine(&state.graph_cache);
        let opened = &mut scratch.first;
        opened.resize(rows * output, 0.0);
        for (out, values) in opened
            .chunks_exact_mut(length)
            .zip(state.graph.chunks_exact(length))
        {
            kernels::affine(out, values, &norm.factor, &norm.addend);
        }
        self.shift_first
            .forward(&mut state.filtered, opened, extent);
        state.mixed.resize(rows * output, 0.0);
        let size = [rows, output, output];
        multiply(
            &mut state.mixed,
            &state.filtered,
            &self.temporal.value,
            size,
            false,
        );
        let bias = repeated(&self.temporal_bias.value);
        for out in state.mixed.chunks_exact_mut(length) {
            kernels::add_rectify(out, &bias);
        }
        self.shift_second
            .forward(&mut state.closed, &state.mixed, extent);
        state.closed_cache = self.closing.measure(&state.closed, None);
    }

    fn forward_close(&mut self, input: &[f32], extent: Extent, scratch: &mut Scratch) {
        let [width, output] = [self.config.input, self.config.output];
        let (length, output_length) = (width * JOINTS, output * JOINTS);
        let state = &mut self.state;
        let norm = self.closing.affine(&state.closed_cache);
        let stride = self.config.stride;
        let projected = self.residual.as_mut().map(|residual| {
            state.kept.clear();
            // Frames are even in number, so a pair never spans two sequences.
            debug_assert!(
                extent.frames.is_multiple_of(stride),
                "frames fit the stride"
            );
            for frames in input.chunks_exact(length * stride) {
                state.kept.extend_from_slice(&frames[..length]);
            }
            let norm = residual.forward(&state.kept, [width, output]);
            (norm, &residual.before_norm)
        });
        state.out.resize(state.closed.len(), 0.0);
        scratch.frame.resize(output_length, 0.0);
        for (index, (out, values)) in state
            .out
            .chunks_exact_mut(output_length)
            .zip(state.closed.chunks_exact(output_length))
            .enumerate()
        {
            let part = index * output_length..(index + 1) * output_length;
            let residual = match (&projected, self.config.residual) {
                (Some((norm, values)), _) => {
                    let frame = &mut scratch.frame;
                    kernels::affine(frame, &values[part], &norm.factor, &norm.addend);
                    frame.as_slice()
                }
                (None, Residual::None) => {
                    scratch.frame.fill(0.0);
                    scratch.frame.as_slice()
                }
                (None, _) => &input[part],
            };
            kernels::affine_add_rectify(out, values, &norm.factor, &norm.addend, residual);
        }
    }
}
