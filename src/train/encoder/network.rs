//! One stream of Shift-GCN in training, written by hand: on a CPU several times faster than automatic differentiation.

use std::collections::BTreeMap;

use burn::tensor::Device;

use super::block::{Block, Extent, NamedNorm, Scratch};
use super::device_passes::{Backward, DevicePasses};
use super::kernels;
use super::norm::{Norm, NormCache, NormSums};
use super::param::{Param, initial_tensors};
use super::temporal::position_gradient;
use crate::encoder::config::{COORDINATES, JOINTS, ShiftGcnConfig};
use crate::encoder::error::EncoderError;
use crate::encoder::product::{multiply, multiply_transposed, transposed};
use crate::encoder::weights::StreamWeights;

/// Values of one body in one frame of input.
const FRAME: usize = JOINTS * COORDINATES;

/// A network in training.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    config: ShiftGcnConfig,
    data_norm: Norm,
    data_cache: NormCache,
    /// The input `[clip][frame][body][joint][xyz]`.
    raw: Vec<f32>,
    /// Behind its norm, `[clip][body][frame][joint][xyz]`.
    input: Vec<f32>,
    blocks: Vec<Block>,
    /// From block 10 to the feature, where their widths differ.
    projection: Option<(Param, Param)>,
    head: Param,
    head_bias: Param,
    /// Where the blocks' passes run, if not here.
    device: Option<DevicePasses>,
    scratch: Scratch,
    /// Clips and frames of the last forward pass.
    batch: [usize; 2],
    pooled: Vec<f32>,
    features: Vec<f32>,
}

/// What a forward pass gives for a batch.
#[derive(Clone, Debug)]
pub(crate) struct BatchOutput {
    /// `[clips, feature width]`.
    pub(crate) features: Vec<f32>,
    /// `[clips, classes]`.
    pub(crate) logits: Vec<f32>,
}

impl Network {
    /// Continues from weights.
    pub(crate) fn new(weights: &StreamWeights) -> Self {
        let config = *weights.config();
        let blocks = config.blocks();
        let block = |(index, config)| Block::new(weights, config, &format!("l{}", index + 1));
        let head_shape = [config.classes, config.feature];
        let feature_shape = [config.feature, config.widths[2]];
        Self {
            config,
            data_norm: Norm::new(weights, "data_bn", true),
            data_cache: NormCache::default(),
            raw: Vec::new(),
            input: Vec::new(),
            blocks: blocks.into_iter().enumerate().map(block).collect(),
            projection: config.has_projection().then(|| {
                let matrix = weights.values("feature.weight");
                let bias = weights.values("feature.bias");
                (
                    Param::new(matrix, &feature_shape, true),
                    Param::new(bias, &[config.feature], false),
                )
            }),
            head: Param::new(weights.values("fc.weight"), &head_shape, true),
            head_bias: Param::new(weights.values("fc.bias"), &[config.classes], false),
            device: None,
            scratch: Scratch::default(),
            batch: [0, 0],
            pooled: Vec::new(),
            features: Vec::new(),
        }
    }

    /// Begins with weights drawn as the released code draws them.
    pub(crate) fn random(
        config: &ShiftGcnConfig,
        uniform: impl FnMut() -> f32,
        normal: impl FnMut() -> f32,
    ) -> Result<Self, EncoderError> {
        let tensors = initial_tensors(config, uniform, normal);
        Ok(Self::new(&StreamWeights::new(*config, tensors, None)?))
    }

    /// The same network with the blocks' passes on a device.
    pub(crate) fn on(mut self, device: &Device) -> Self {
        self.device = Some(DevicePasses::new(self.config, device));
        self
    }

    /// Trained tensors under PyTorch's names.
    pub(crate) fn params(&mut self) -> Vec<(String, &mut Param)> {
        let mut params = vec![
            ("data_bn.weight".to_owned(), &mut self.data_norm.gain),
            ("data_bn.bias".to_owned(), &mut self.data_norm.bias),
        ];
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.params(&format!("l{}", index + 1), &mut params);
        }
        if let Some((matrix, bias)) = &mut self.projection {
            params.push(("feature.weight".to_owned(), matrix));
            params.push(("feature.bias".to_owned(), bias));
        }
        params.push(("fc.weight".to_owned(), &mut self.head));
        params.push(("fc.bias".to_owned(), &mut self.head_bias));
        params
    }

    /// The norms under PyTorch's names.
    fn norms(&mut self) -> Vec<NamedNorm<'_>> {
        let mut norms = vec![("data_bn".to_owned(), &mut self.data_norm, None)];
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.norms(&format!("l{}", index + 1), &mut norms);
        }
        norms
    }

    /// The weights as they are now; `frames` is noted for those who load them.
    pub(crate) fn weights(&mut self, frames: usize) -> Result<StreamWeights, EncoderError> {
        let mut tensors: BTreeMap<_, _> = self
            .params()
            .into_iter()
            .map(|(name, param)| (name, param.plain()))
            .collect();
        self.data_norm.insert_running("data_bn", &mut tensors);
        for (index, block) in self.blocks.iter().enumerate() {
            block.insert_running(&format!("l{}", index + 1), &mut tensors);
        }
        StreamWeights::new(self.config, tensors, Some(frames))
    }

    /// `values` is `[clip][body][frame][joint][xyz]`, frames a multiple of 4.
    pub(crate) fn forward(
        &mut self,
        values: &[f32],
        frames: usize,
    ) -> Result<BatchOutput, EncoderError> {
        let clips = values.len() / (self.config.bodies * frames * FRAME);
        self.batch = [clips, frames];
        match self.device.take() {
            Some(mut device) => {
                let params = self.params().into_iter();
                let weights = params
                    .filter(|(name, _)| !is_of_the_head(name))
                    .map(|(name, param)| (name, param.value.clone()));
                let pooled = device.forward(weights.collect(), values, frames);
                self.device = Some(device);
                self.pooled = pooled?;
            }
            None => self.forward_blocks(values, frames),
        }
        self.project(clips);
        let logits = self.logits(clips);
        Ok(BatchOutput {
            features: self.features.clone(),
            logits,
        })
    }

    fn forward_blocks(&mut self, values: &[f32], frames: usize) {
        let bodies = self.config.bodies;
        let [clips, _] = self.batch;
        swap_body_and_frame(&mut self.raw, values, [bodies, frames]);
        self.data_cache = self.data_norm.measure(&self.raw, None);
        let norm = self.data_norm.affine(&self.data_cache);
        let mut normed = vec![0.0; self.raw.len()];
        for (out, values) in normed
            .chunks_exact_mut(bodies * FRAME)
            .zip(self.raw.chunks_exact(bodies * FRAME))
        {
            kernels::affine(out, values, &norm.factor, &norm.addend);
        }
        swap_body_and_frame(&mut self.input, &normed, [frames, bodies]);

        let mut extent = Extent {
            sequences: clips * bodies,
            frames,
        };
        for index in 0..self.blocks.len() {
            let (before, rest) = self.blocks.split_at_mut(index);
            let input = before.last().map_or(self.input.as_slice(), Block::out);
            if let Some(block) = rest.first_mut() {
                block.forward(input, extent, &mut self.scratch);
                extent.frames /= block.stride();
            }
        }
        self.pool(clips);
    }

    fn pool(&mut self, clips: usize) {
        let width = self.config.widths[2];
        let last = self.blocks.last().map_or(&[][..], Block::out);
        let per_clip = last.len() / clips.max(1);
        let rows = (per_clip / width) as f32;
        self.pooled.clear();
        for values in last.chunks_exact(per_clip.max(1)) {
            let mut feature = vec![0.0; width];
            for row in values.chunks_exact(width) {
                kernels::add(&mut feature, row);
            }
            self.pooled.extend(feature.iter().map(|sum| sum / rows));
        }
    }

    /// The features of what is pooled.
    fn project(&mut self, clips: usize) {
        let width = self.config.widths[2];
        self.features.clear();
        match &self.projection {
            Some((matrix, bias)) => {
                self.features = bias.value.repeat(clips);
                let size = [clips, width, self.config.feature];
                multiply(&mut self.features, &self.pooled, &matrix.value, size, true);
            }
            None => self.features.extend_from_slice(&self.pooled),
        }
    }

    fn logits(&self, clips: usize) -> Vec<f32> {
        let classes = self.config.classes;
        let mut logits = self.head_bias.value.repeat(clips);
        let size = [clips, self.config.feature, classes];
        multiply(&mut logits, &self.features, &self.head.value, size, true);
        logits
    }

    /// Sets all gradients from those of the last forward pass' features and logits.
    pub(crate) fn backward(
        &mut self,
        feature_grad: &[f32],
        logit_grad: &[f32],
    ) -> Result<(), EncoderError> {
        let mut feature_grad = feature_grad.to_vec();
        let head = [&mut self.head, &mut self.head_bias];
        linear_backward(head, &self.features, logit_grad, &mut feature_grad);
        if let Some((matrix, bias)) = &mut self.projection {
            let mut pooled_grad = vec![0.0; self.pooled.len()];
            linear_backward(
                [matrix, bias],
                &self.pooled,
                &feature_grad,
                &mut pooled_grad,
            );
            feature_grad = pooled_grad;
        }
        match &mut self.device {
            Some(device) => {
                let backward = device.backward(&feature_grad)?;
                self.take_over(backward);
            }
            None => self.backward_blocks(&feature_grad),
        }
        Ok(())
    }

    /// Sets gradients, and moves running statistics, as a device found them.
    fn take_over(&mut self, mut backward: Backward) {
        for (name, norm, before) in self.norms() {
            let Some(moments) = backward.moments.remove(&name) else {
                continue;
            };
            let pairs = moments.mean.iter().zip(&moments.variance);
            for (index, (&mean, &variance)) in pairs.enumerate() {
                let pair = [f64::from(mean), f64::from(variance)];
                norm.follow(index, pair, moments.count as f64, before);
            }
        }
        for (name, param) in self.params() {
            match backward.gradients.remove(&name) {
                Some(slopes) if name.ends_with("ypos") => {
                    param.grad = slopes.into_iter().map(position_gradient).collect();
                }
                Some(gradient) => param.grad = gradient,
                None if is_of_the_head(&name) => {}
                // A bias before a norm, which takes the mean away.
                None => param.grad.fill(0.0),
            }
        }
    }

    fn backward_blocks(&mut self, feature_grad: &[f32]) {
        let [clips, frames] = self.batch;
        let width = self.config.widths[2];
        let rows = self.blocks.last().map_or(0, |block| block.out().len()) / width / clips.max(1);
        let mut grad = Vec::with_capacity(clips * rows * width);
        for feature in feature_grad.chunks_exact(width) {
            let row: Vec<f32> = feature.iter().map(|value| value / rows as f32).collect();
            for _ in 0..rows {
                grad.extend_from_slice(&row);
            }
        }
        let sequences = clips * self.config.bodies;
        for index in (0..self.blocks.len()).rev() {
            let (before, rest) = self.blocks.split_at_mut(index);
            let strides: usize = before.iter().map(Block::stride).product();
            let input = before.last().map_or(self.input.as_slice(), Block::out);
            let extent = Extent {
                sequences,
                frames: frames / strides,
            };
            if let Some(block) = rest.first_mut() {
                block.backward(&mut grad, input, extent, &mut self.scratch);
            }
        }
        self.backward_input(&grad, frames);
    }

    fn backward_input(&mut self, grad: &[f32], frames: usize) {
        let bodies = self.config.bodies;
        let mut swapped = Vec::new();
        swap_body_and_frame(&mut swapped, grad, [bodies, frames]);
        let length = bodies * FRAME;
        let mut sums = NormSums::new(length);
        for (grad, values) in swapped
            .chunks_exact(length)
            .zip(self.raw.chunks_exact(length))
        {
            sums.add(grad, values, &self.data_cache);
        }
        self.data_norm.backward(&self.data_cache, &sums);
    }
}

/// Whether a tensor lies behind the pooling.
fn is_of_the_head(name: &str) -> bool {
    name.starts_with("fc.") || name.starts_with("feature.")
}

/// Sets a linear layer's gradients and adds its input's to `input_grad`.
fn linear_backward(
    [matrix, bias]: [&mut Param; 2],
    input: &[f32],
    grad: &[f32],
    input_grad: &mut [f32],
) {
    let outputs = bias.value.len();
    let inputs = matrix.value.len() / outputs.max(1);
    let rows = grad.len() / outputs.max(1);
    multiply_transposed(
        &mut matrix.grad,
        input,
        grad,
        [inputs, rows, outputs],
        false,
    );
    bias.grad.fill(0.0);
    for row in grad.chunks_exact(outputs.max(1)) {
        kernels::add(&mut bias.grad, row);
    }
    let back = transposed(&matrix.value, inputs, outputs);
    multiply(input_grad, grad, &back, [rows, outputs, inputs], true);
}

/// `[clip][first][second][joint][xyz]` to `[clip][second][first][joint][xyz]`.
fn swap_body_and_frame(out: &mut Vec<f32>, values: &[f32], [first, second]: [usize; 2]) {
    out.clear();
    for clip in values.chunks_exact(first * second * FRAME) {
        for j in 0..second {
            for i in 0..first {
                let at = (i * second + j) * FRAME;
                out.extend_from_slice(&clip[at..at + FRAME]);
            }
        }
    }
}
