//! Shift-GCN in burn, for the GPU: the same folded values as the CPU's path, all clips of a batch at once.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::encoder::config::{BlockConfig, JOINTS, Residual};
use crate::encoder::cpu::{StreamEncoding, check_clip};
use crate::encoder::error::EncoderError;
use crate::encoder::fold::{FoldedBlock, FoldedStream};
use crate::encoder::gather::{Gather, every, gathered, numbers, places, product};
use crate::encoder::shift::TemporalFilter;
use crate::encoder::weights::StreamWeights;

/// One stream on a device.
#[derive(Clone, Debug)]
pub struct ShiftGcn {
    network: FoldedStream,
    input_factor: Tensor<3>,
    input_addend: Tensor<3>,
    blocks: Vec<Block>,
    /// The blocks' two temporal shifts, for clips of that many frames: those of the last call.
    shifts: (usize, Vec<[[Gather; 2]; 2]>),
    device: Device,
}

/// A block (Shift-GCN, `TCN_GCN_unit`); tensors of one frame are `[1, 1, joints * channels]`.
#[derive(Clone, Debug)]
struct Block {
    config: BlockConfig,
    shift_in: Tensor<1, Int>,
    mask: Tensor<3>,
    spatial: Tensor<2>,
    shift_out: Tensor<1, Int>,
    scale: Tensor<3>,
    bias: Tensor<3>,
    down: Option<Tensor<2>>,
    opening: (Tensor<3>, Tensor<3>),
    filter_in: TemporalFilter,
    temporal: Tensor<2>,
    temporal_bias: Tensor<3>,
    filter_out: TemporalFilter,
    closing_bias: Tensor<3>,
    residual: Option<Tensor<2>>,
}

impl ShiftGcn {
    /// Puts a stream on a device.
    pub fn new(weights: &StreamWeights, device: &Device) -> Self {
        let network = FoldedStream::new(weights);
        let bodies = network.config.bodies;
        let per_body = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [bodies, 1, FoldedStream::input_len()]);
            Tensor::from_data(data, device)
        };
        Self {
            input_factor: per_body(&network.input.0),
            input_addend: per_body(&network.input.1),
            blocks: network
                .blocks
                .iter()
                .map(|block| Block::new(block, device))
                .collect(),
            network,
            shifts: (0, Vec::new()),
            device: device.clone(),
        }
    }

    /// Encodes clips of one length: each `[body][frame][joint][xyz]` of this stream.
    pub fn encode(
        &mut self,
        clips: &[&[f32]],
        bodies: usize,
        frames: usize,
    ) -> Result<Vec<StreamEncoding>, EncoderError> {
        let all = self.network.config.bodies;
        let length = frames * FoldedStream::input_len();
        let mut values = Vec::with_capacity(clips.len() * all * length);
        for clip in clips {
            check_clip(clip, bodies, frames, all)?;
            values.extend_from_slice(clip);
            values.resize(values.len() + (all - bodies) * length, 0.0);
        }
        let data = TensorData::new(values, [clips.len() * all, frames, length / frames]);
        let mut layers = self.forward(Tensor::from_data(data, &self.device));
        let width = self.network.config.widths[2];
        let mut features = Vec::new();
        if let Some(last) = layers.pop() {
            let rows = last.dims()[1] * JOINTS;
            let feature = last
                .reshape([clips.len(), all * rows, width])
                .mean_dim(1)
                .reshape([clips.len(), width]); // [clips, width]
            features = numbers(feature)?;
        }
        let encoding = |pooled: &[f32]| {
            let feature = self.network.feature(pooled.to_vec());
            let logits = self.network.logits(&feature);
            StreamEncoding { feature, logits }
        };
        Ok(features.chunks_exact(width).map(encoding).collect())
    }

    /// The input after its batch norm and every block's output for one clip's bodies: for checks.
    ///
    /// Each is `[body][frame][joint][channel]`.
    pub fn layers(&mut self, values: &[f32], frames: usize) -> Result<Vec<Vec<f32>>, EncoderError> {
        let all = self.network.config.bodies;
        check_clip(values, all, frames, all)?;
        let data = TensorData::new(values.to_vec(), [all, frames, FoldedStream::input_len()]);
        self.forward(Tensor::from_data(data, &self.device))
            .into_iter()
            .map(numbers)
            .collect()
    }

    /// `[clips * bodies, frames, joints * xyz]` to the normalised input and every block's output.
    fn forward(&mut self, input: Tensor<3>) -> Vec<Tensor<3>> {
        let [rows, frames, length] = input.dims();
        self.prepare(frames);
        let bodies = self.network.config.bodies;
        let clips = rows / bodies;
        let factor = self.input_factor.clone().repeat_dim(0, clips); // [clips * bodies, 1, length]
        let addend = self.input_addend.clone().repeat_dim(0, clips); // [clips * bodies, 1, length]
        let mut state = input.reshape([rows, frames, length]) * factor + addend;
        let mut layers = vec![state.clone()];
        for (block, shifts) in self.blocks.iter().zip(&self.shifts.1) {
            state = block.forward(state, shifts);
            layers.push(state.clone());
        }
        layers
    }

    /// Makes the shifts' tables for clips of that many frames.
    fn prepare(&mut self, frames: usize) {
        if self.shifts.0 == frames {
            return;
        }
        let mut left = frames;
        let of_block = |block: &Block| {
            let both = [&block.filter_in, &block.filter_out]
                .map(|filter| Gather::both(&self.device, filter, left));
            left /= block.config.stride;
            both
        };
        self.shifts = (frames, self.blocks.iter().map(of_block).collect());
    }
}

impl Block {
    fn new(block: &FoldedBlock, device: &Device) -> Self {
        let frame = |values: &[f32]| frame_tensor(values, device);
        let BlockConfig { input, output, .. } = block.config;
        let matrix = |values: &[f32], input: usize| {
            Tensor::from_data(TensorData::new(values.to_vec(), [input, output]), device)
        };
        Self {
            config: block.config,
            shift_in: places(&block.shift_in, device),
            mask: frame(&block.mask),
            spatial: matrix(&block.spatial, input),
            shift_out: places(&block.shift_out, device),
            scale: frame(&block.scale),
            bias: frame(&block.bias),
            down: block.down.as_ref().map(|values| matrix(values, input)),
            opening: (frame(&block.opening.0), frame(&block.opening.1)),
            filter_in: block.filter_in.clone(),
            temporal: matrix(&block.temporal, output),
            temporal_bias: frame(&block.temporal_bias),
            filter_out: block.filter_out.clone(),
            closing_bias: frame(&block.closing_bias),
            residual: block.residual.as_ref().map(|values| matrix(values, input)),
        }
    }

    /// `[bodies, frames, joints * input]` to `[bodies, frames / stride, joints * output]`.
    fn forward(&self, state: Tensor<3>, [first, second]: &[[Gather; 2]; 2]) -> Tensor<3> {
        let shifted = state.clone().select(2, self.shift_in.clone()) * self.mask.clone();
        let spatial = product(shifted, self.spatial.clone()).select(2, self.shift_out.clone());
        let added = match &self.down {
            Some(down) => product(state.clone(), down.clone()),
            None => state.clone(),
        };
        let spatial = relu(spatial * self.scale.clone() + self.bias.clone() + added);
        let opened = spatial * self.opening.0.clone() + self.opening.1.clone();
        let mixed = product(gathered(first, opened), self.temporal.clone());
        let mixed = relu(mixed + self.temporal_bias.clone());
        let closed = gathered(second, mixed) + self.closing_bias.clone();
        match (&self.residual, self.config.residual) {
            (Some(matrix), _) => {
                let kept = every(state, self.config.stride);
                relu(closed + product(kept, matrix.clone()))
            }
            (None, Residual::None) => relu(closed),
            (None, _) => relu(closed + state),
        }
    }
}

fn frame_tensor(values: &[f32], device: &Device) -> Tensor<3> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [1, 1, values.len()]),
        device,
    )
}
