//! Trained weights made ready for inference: batch norms folded, masks and shifts as tables.

use crate::encoder::config::{BlockConfig, COORDINATES, JOINTS, Residual, ShiftGcnConfig};
use crate::encoder::product::{FramePermutation, transposed};
use crate::encoder::shift::{TemporalFilter, shift_in, shift_out};
use crate::encoder::weights::StreamWeights;

/// PyTorch's default for batch norms, which the released code keeps.
pub(crate) const NORM_EPSILON: f32 = 1e-5;

/// A block's values ready to compute with; "frame" is `[joint][channel]`, matrices are row-major `[input, output]`.
#[derive(Clone, Debug)]
pub(crate) struct FoldedBlock {
    pub(crate) config: BlockConfig,
    /// The shift before the spatial product.
    pub(crate) shift_in: FramePermutation,
    /// `tanh(Feature_Mask) + 1`, a frame of inputs.
    pub(crate) mask: Vec<f32>,
    /// The spatial product.
    pub(crate) spatial: Vec<f32>,
    /// The shift after the spatial product.
    pub(crate) shift_out: FramePermutation,
    /// The spatial batch norm's factor, a frame.
    pub(crate) scale: Vec<f32>,
    /// The spatial batch norm's and bias' and `down`'s addend, a frame.
    pub(crate) bias: Vec<f32>,
    /// `down` with its batch norm's factor.
    pub(crate) down: Option<Vec<f32>>,
    /// The temporal part's opening batch norm, frames.
    pub(crate) opening: (Vec<f32>, Vec<f32>),
    /// The first temporal shift.
    pub(crate) filter_in: TemporalFilter,
    /// The 1x1 convolution in time.
    pub(crate) temporal: Vec<f32>,
    /// Its bias, a frame.
    pub(crate) temporal_bias: Vec<f32>,
    /// The second temporal shift with the closing batch norm's factor.
    pub(crate) filter_out: TemporalFilter,
    /// The closing batch norm's and the residual's addend, a frame.
    pub(crate) closing_bias: Vec<f32>,
    /// The residual's product with its batch norm's factor.
    pub(crate) residual: Option<Vec<f32>>,
}

/// One stream ready to compute with.
#[derive(Clone, Debug)]
pub(crate) struct FoldedStream {
    pub(crate) config: ShiftGcnConfig,
    /// The input's batch norm: factor and addend, `[body][joint][xyz]`.
    pub(crate) input: (Vec<f32>, Vec<f32>),
    pub(crate) blocks: Vec<FoldedBlock>,
    /// From block 10 to the feature, `[width, feature]` and its bias, where the feature is wider or narrower.
    projection: Option<(Vec<f32>, Vec<f32>)>,
    /// The last layer, `[feature, classes]`.
    pub(crate) head: Vec<f32>,
    pub(crate) head_bias: Vec<f32>,
}

impl FoldedStream {
    pub(crate) fn new(weights: &StreamWeights) -> Self {
        let config = *weights.config();
        let blocks = config.blocks();
        let fold = |(index, block): (usize, &BlockConfig)| {
            FoldedBlock::new(weights, *block, &format!("l{}", index + 1))
        };
        Self {
            config,
            input: norm(weights, "data_bn"),
            blocks: blocks.iter().enumerate().map(fold).collect(),
            projection: config.has_projection().then(|| {
                let matrix = weights.values("feature.weight");
                let bias = weights.values("feature.bias").to_vec();
                (transposed(matrix, config.feature, config.widths[2]), bias)
            }),
            head: transposed(weights.values("fc.weight"), config.classes, config.feature),
            head_bias: weights.values("fc.bias").to_vec(),
        }
    }

    /// Values of one frame of input.
    pub(crate) fn input_len() -> usize {
        JOINTS * COORDINATES
    }

    /// The feature of block 10's mean over frames, joints and bodies.
    pub(crate) fn feature(&self, pooled: Vec<f32>) -> Vec<f32> {
        match &self.projection {
            Some((matrix, bias)) => linear(&pooled, matrix, bias),
            None => pooled,
        }
    }

    /// Logits of a feature.
    pub(crate) fn logits(&self, feature: &[f32]) -> Vec<f32> {
        linear(feature, &self.head, &self.head_bias)
    }
}

impl FoldedBlock {
    fn new(weights: &StreamWeights, config: BlockConfig, name: &str) -> Self {
        let BlockConfig {
            input,
            output,
            stride,
            residual,
        } = config;
        let values = |part: &str| weights.values(&format!("{name}.{part}"));
        let (scale, mut bias) = norm(weights, &format!("{name}.gcn1.bn"));
        // The bias is added before the shift, which keeps a value's channel: all joints get the same.
        let spatial_bias = repeated(values("gcn1.Linear_bias"));
        for ((bias, scale), addend) in bias.iter_mut().zip(&scale).zip(&spatial_bias) {
            *bias += scale * addend;
        }
        let product = |convolution: &str, norm_name: &str, bias: &mut [f32]| {
            let factor = norm(weights, &format!("{name}.{norm_name}"));
            let (matrix, addend) = folded_convolution(
                values(&format!("{convolution}.weight")),
                values(&format!("{convolution}.bias")),
                &factor,
                [input, output],
            );
            add_repeated(bias, &addend);
            matrix
        };
        let down = config
            .has_down()
            .then(|| product("gcn1.down.0", "gcn1.down.1", &mut bias));
        let (closing, closing_bias) = norm(weights, &format!("{name}.tcn1.bn2"));
        let mut closing_bias = repeated(&closing_bias);
        let residual = (residual == Residual::Product)
            .then(|| product("residual.conv", "residual.bn", &mut closing_bias));
        let opening = norm(weights, &format!("{name}.tcn1.bn"));
        let filter_out = TemporalFilter::new(values("tcn1.shift_out.ypos"), stride, Some(&closing));
        Self {
            config,
            shift_in: shift_in(input),
            mask: mask_factors(values("gcn1.Feature_Mask")),
            spatial: values("gcn1.Linear_weight").to_vec(),
            shift_out: shift_out(output),
            scale,
            bias,
            down,
            opening: (repeated(&opening.0), repeated(&opening.1)),
            filter_in: TemporalFilter::new(values("tcn1.shift_in.ypos"), 1, None),
            temporal: transposed(values("tcn1.temporal_linear.weight"), output, output),
            temporal_bias: repeated(values("tcn1.temporal_linear.bias")),
            filter_out,
            closing_bias,
            residual,
        }
    }
}

/// `input * matrix + bias` for one row.
fn linear(input: &[f32], matrix: &[f32], bias: &[f32]) -> Vec<f32> {
    let mut out = bias.to_vec();
    for (value, row) in input.iter().zip(matrix.chunks_exact(bias.len().max(1))) {
        for (out, weight) in out.iter_mut().zip(row) {
            *out += value * weight;
        }
    }
    out
}

/// `tanh(mask) + 1`, what the shifted input is multiplied by.
pub(crate) fn mask_factors(mask: &[f32]) -> Vec<f32> {
    mask.iter().map(|x| x.tanh() + 1.0).collect()
}

/// A value per channel, repeated for every joint of a frame.
pub(crate) fn repeated(channels: &[f32]) -> Vec<f32> {
    channels.repeat(JOINTS)
}

fn add_repeated(frame: &mut [f32], channels: &[f32]) {
    for line in frame.chunks_exact_mut(channels.len().max(1)) {
        for (value, addend) in line.iter_mut().zip(channels) {
            *value += addend;
        }
    }
}

/// A batch norm's running statistics as a factor and an addend.
fn norm(weights: &StreamWeights, name: &str) -> (Vec<f32>, Vec<f32>) {
    let part = |part: &str| weights.values(&format!("{name}.{part}"));
    let (gain, bias) = (part("weight"), part("bias"));
    let (mean, variance) = (part("running_mean"), part("running_var"));
    let factor: Vec<f32> = gain
        .iter()
        .zip(variance)
        .map(|(gain, variance)| gain / (variance.max(0.0) + NORM_EPSILON).sqrt())
        .collect();
    let addend = bias
        .iter()
        .zip(&factor)
        .zip(mean)
        .map(|((bias, factor), mean)| bias - factor * mean)
        .collect();
    (factor, addend)
}

/// A 1x1 convolution `[output, input]` and the batch norm after it as one matrix `[input, output]` and an addend.
fn folded_convolution(
    weight: &[f32],
    bias: &[f32],
    (factor, addend): &(Vec<f32>, Vec<f32>),
    [input, output]: [usize; 2],
) -> (Vec<f32>, Vec<f32>) {
    let mut matrix = transposed(weight, output, input);
    for row in matrix.chunks_exact_mut(output) {
        for (value, factor) in row.iter_mut().zip(factor) {
            *value *= factor;
        }
    }
    let addend = bias
        .iter()
        .zip(factor)
        .zip(addend)
        .map(|((bias, factor), addend)| bias * factor + addend)
        .collect();
    (matrix, addend)
}
