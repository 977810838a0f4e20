//! Shift-GCN on the CPU: plain numbers, frames `[time][joint][channel]`, every pass fused that can be.
//!
//! Per block two products and, between them, three passes: the spatial shift with the mask; the shift back with batch
//! norm, residual, `ReLU` and the next batch norm; the temporal shifts as short filters with all that follows them.

use crate::encoder::config::{JOINTS, Residual};
use crate::encoder::error::EncoderError;
use crate::encoder::fold::{FoldedBlock, FoldedStream};
use crate::encoder::product::multiply;
use crate::encoder::simd::vectorised;
use crate::encoder::weights::StreamWeights;
use std::sync::Arc;

/// What one stream says of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamEncoding {
    /// The penultimate feature: the mean over frames, joints and bodies.
    pub feature: Vec<f32>,
    /// Logits of the classes that the stream was trained on.
    pub logits: Vec<f32>,
}

/// One stream with its working memory; those that are cloned share the weights.
#[derive(Clone, Debug)]
pub struct CpuStream {
    network: Arc<FoldedStream>,
    buffers: Buffers,
    absent: Option<AbsentBody>,
}

/// The feature of an absent second body: all zeros, so it depends on the number of frames only.
#[derive(Clone, Debug)]
struct AbsentBody {
    frames: usize,
    feature: Vec<f32>,
}

#[derive(Clone, Debug, Default)]
struct Buffers {
    /// A block's input, then its output.
    state: Vec<f32>,
    next: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
    added: Vec<f32>,
    frame: Vec<f32>,
}

impl CpuStream {
    /// Makes a stream ready.
    pub fn new(weights: &StreamWeights) -> Self {
        Self {
            network: Arc::new(FoldedStream::new(weights)),
            buffers: Buffers::default(),
            absent: None,
        }
    }

    /// Encodes one clip: `values` is `[body][frame][joint][xyz]` of this stream.
    pub fn encode(
        &mut self,
        values: &[f32],
        bodies: usize,
        frames: usize,
    ) -> Result<StreamEncoding, EncoderError> {
        check_clip(values, bodies, frames, self.network.config.bodies)?;
        let all = self.network.config.bodies;
        let mut sum = vec![0.0; self.network.config.widths[2]];
        for body in 0..all {
            let length = frames * FoldedStream::input_len();
            let values = values.get(body * length..(body + 1) * length);
            let present = values.filter(|values| body == 0 || values.iter().any(|&x| x != 0.0));
            let feature = match present {
                Some(values) => self.body_feature(values, body, frames, &mut |_, _| {}),
                None => self.absent_feature(body, frames),
            };
            for (sum, value) in sum.iter_mut().zip(feature) {
                *sum += value;
            }
        }
        for value in &mut sum {
            *value /= all as f32;
        }
        let feature = self.network.feature(sum);
        let logits = self.network.logits(&feature);
        Ok(StreamEncoding { feature, logits })
    }

    /// The input after its batch norm and every block's output for one body, for checks.
    ///
    /// Each is `[frame][joint][channel]`.
    pub fn layers(
        &mut self,
        values: &[f32],
        body: usize,
        frames: usize,
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        check_clip(values, 1, frames, self.network.config.bodies)?;
        let mut layers = Vec::new();
        self.body_feature(values, body, frames, &mut |_, values| {
            layers.push(values.to_vec());
        });
        Ok(layers)
    }

    fn absent_feature(&mut self, body: usize, frames: usize) -> Vec<f32> {
        if let Some(absent) = &self.absent
            && absent.frames == frames
        {
            return absent.feature.clone();
        }
        let zeros = vec![0.0; frames * FoldedStream::input_len()];
        let feature = self.body_feature(&zeros, body, frames, &mut |_, _| {});
        self.absent = Some(AbsentBody {
            frames,
            feature: feature.clone(),
        });
        feature
    }

    fn body_feature(
        &mut self,
        values: &[f32],
        body: usize,
        frames: usize,
        observe: &mut dyn FnMut(usize, &[f32]),
    ) -> Vec<f32> {
        let length = FoldedStream::input_len();
        let (factor, addend) = &self.network.input;
        let body = body.min(self.network.config.bodies - 1);
        let part = body * length..(body + 1) * length;
        let (factor, addend) = (&factor[part.clone()], &addend[part]);
        let buffers = &mut self.buffers;
        buffers.state.resize(frames * length, 0.0);
        for (out, values) in buffers
            .state
            .chunks_exact_mut(length)
            .zip(values.chunks_exact(length))
        {
            out.copy_from_slice(values);
            scale_and_add(out, factor, addend);
        }
        observe(0, &buffers.state);
        let mut frames = frames;
        for (index, block) in self.network.blocks.iter().enumerate() {
            run_block(block, buffers, frames);
            frames /= block.config.stride;
            observe(index + 1, &buffers.state);
        }
        let width = self.network.config.widths[2];
        let mut feature = vec![0.0; width];
        for row in buffers.state.chunks_exact(width) {
            for (sum, value) in feature.iter_mut().zip(row) {
                *sum += value;
            }
        }
        let count = (frames * JOINTS) as f32;
        for value in &mut feature {
            *value /= count;
        }
        feature
    }
}

/// Whether a clip's lengths fit each other and the network.
pub(crate) fn check_clip(
    values: &[f32],
    bodies: usize,
    frames: usize,
    most_bodies: usize,
) -> Result<(), EncoderError> {
    let expected = bodies * frames * FoldedStream::input_len();
    let bodies_fit = (1..=most_bodies).contains(&bodies);
    if values.len() != expected || !bodies_fit || frames < 4 || !frames.is_multiple_of(4) {
        return Err(EncoderError::ClipShape {
            bodies,
            frames,
            got: values.len(),
            expected,
            most_bodies,
        });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(EncoderError::ClipNotFinite {
            index,
            value: values[index],
        }),
        None => Ok(()),
    }
}

/// One block: `buffers.state` is its input and then its output.
fn run_block(block: &FoldedBlock, buffers: &mut Buffers, frames: usize) {
    let config = block.config;
    let (input, output) = (config.input, config.output);
    let (input_len, output_len) = (JOINTS * input, JOINTS * output);
    let rows = frames * JOINTS;
    let Buffers {
        state,
        next,
        left,
        right,
        added,
        frame,
    } = buffers;
    left.resize(rows * input, 0.0);
    right.resize(rows * output, 0.0);
    for (out, values) in left
        .chunks_exact_mut(input_len)
        .zip(state.chunks_exact(input_len))
    {
        block.shift_in.apply(out, values);
        scale(out, &block.mask);
    }
    multiply(right, left, &block.spatial, [rows, input, output], false);

    if let Some(down) = &block.down {
        added.resize(rows * output, 0.0);
        multiply(added, state, down, [rows, input, output], false);
    }
    let first_addend: &[f32] = if block.down.is_some() { added } else { state };
    left.resize(rows * output, 0.0);
    frame.resize(output_len, 0.0);
    for ((out, values), residual) in left
        .chunks_exact_mut(output_len)
        .zip(right.chunks_exact(output_len))
        .zip(first_addend.chunks_exact(output_len))
    {
        block.shift_out.apply(frame, values);
        spatial_close(
            out,
            frame,
            residual,
            [&block.scale, &block.bias],
            [&block.opening.0, &block.opening.1],
        );
    }

    block.filter_in.apply(right, left, frames);
    multiply(left, right, &block.temporal, [rows, output, output], false);
    for values in left.chunks_exact_mut(output_len) {
        add_and_rectify(values, &block.temporal_bias);
    }

    let frames_after = frames / config.stride;
    next.resize(frames_after * output_len, 0.0);
    if let Some(product) = &block.residual {
        right.resize(frames_after * input_len, 0.0);
        for (out, values) in right
            .chunks_exact_mut(input_len)
            .zip(state.chunks_exact(input_len * config.stride))
        {
            out.copy_from_slice(&values[..input_len]);
        }
        added.resize(frames_after * output_len, 0.0);
        let size = [frames_after * JOINTS, input, output];
        multiply(added, right, product, size, false);
    }
    for (index, out) in next.chunks_exact_mut(output_len).enumerate() {
        block.filter_out.frame(out, left, index, frames);
        let part = index * output_len..(index + 1) * output_len;
        match config.residual {
            Residual::None => add_and_rectify(out, &block.closing_bias),
            Residual::Identity => add_two_and_rectify(out, &block.closing_bias, &state[part]),
            Residual::Product => add_two_and_rectify(out, &block.closing_bias, &added[part]),
        }
    }
    std::mem::swap(state, next);
}

vectorised! {
    /// `out *= factor`.
    fn scale(out: &mut [f32], factor: &[f32]) {
        for (out, factor) in out.iter_mut().zip(factor) {
            *out *= factor;
        }
    }
}

vectorised! {
    /// `out = out * factor + addend`.
    fn scale_and_add(out: &mut [f32], factor: &[f32], addend: &[f32]) {
        for ((out, factor), addend) in out.iter_mut().zip(factor).zip(addend) {
            *out = *out * factor + addend;
        }
    }
}

vectorised! {
    /// Batch norm, residual and `ReLU` of the spatial part, then the batch norm that opens the temporal part.
    fn spatial_close(
        out: &mut [f32],
        values: &[f32],
        residual: &[f32],
        norm: [&[f32]; 2],
        opening: [&[f32]; 2],
    ) {
        let length = out.len();
        let (values, residual) = (&values[..length], &residual[..length]);
        let (scale, bias) = (&norm[0][..length], &norm[1][..length]);
        let (factor, addend) = (&opening[0][..length], &opening[1][..length]);
        for i in 0..length {
            let sum = values[i] * scale[i] + bias[i] + residual[i];
            out[i] = sum.max(0.0) * factor[i] + addend[i];
        }
    }
}

vectorised! {
    /// `out = max(out + addend, 0)`.
    fn add_and_rectify(out: &mut [f32], addend: &[f32]) {
        for (out, addend) in out.iter_mut().zip(addend) {
            *out = (*out + addend).max(0.0);
        }
    }
}

vectorised! {
    /// `out = max(out + addend + residual, 0)`.
    fn add_two_and_rectify(out: &mut [f32], addend: &[f32], residual: &[f32]) {
        for ((out, addend), residual) in out.iter_mut().zip(addend).zip(residual) {
            *out = (*out + addend + residual).max(0.0);
        }
    }
}
