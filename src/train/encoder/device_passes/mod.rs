//! The passes of training on a GPU, over burn's tensors: what the network's own loops do on a CPU.
//!
//! Weights, loss and optimiser stay where they are; a step sends the weights and a batch there, and takes back pooled
//! features, then gradients and the norms' statistics, each in one transfer.

mod block;
mod norm;
mod shift;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};

use self::block::{BlockTrace, DeviceBlock};
use self::norm::NormTrace;
use crate::encoder::config::{COORDINATES, JOINTS, ShiftGcnConfig};
use crate::encoder::error::EncoderError;
use crate::encoder::gather::numbers;

/// Values of one body in one frame of input.
const FRAME: usize = JOINTS * COORDINATES;

/// A network's ten blocks and its input's norm on a device.
#[derive(Clone, Debug)]
pub(crate) struct DevicePasses {
    device: Device,
    config: ShiftGcnConfig,
    blocks: Vec<DeviceBlock>,
    last: Option<Trace>,
}

/// The last forward pass.
#[derive(Clone, Debug)]
struct Trace {
    weights: Weights,
    input: NormTrace,
    blocks: Vec<BlockTrace>,
    /// Of the last block's output: sequences, frames, values of a frame.
    shape: [usize; 3],
}

/// Tensors of numbers by PyTorch's names.
pub(crate) type Named = BTreeMap<String, Vec<f32>>;

/// A norm's batch: mean, variance and how many values they were taken of.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
    pub(crate) count: usize,
}

/// What a backward pass gives.
#[derive(Debug)]
pub(crate) struct Backward {
    /// Gradients of all weights up to the pooled feature.
    ///
    /// Of a temporal shift's distances it is the slope of the loss, whose sign the released code goes by.
    pub(crate) gradients: Named,
    /// The norms' statistics.
    pub(crate) moments: BTreeMap<String, Moments>,
}

/// The weights on the device and, since shifts become tables, beside it.
#[derive(Clone, Debug)]
struct Weights {
    device: Device,
    plain: Named,
    tensors: BTreeMap<String, Tensor<1>>,
}

/// Gradients on the device.
#[derive(Debug, Default)]
struct Gradients(BTreeMap<String, Tensor<1>>);

/// Statistics of norms on the device.
#[derive(Debug, Default)]
struct Statistics(BTreeMap<String, ([Tensor<1>; 2], usize)>);

impl Weights {
    /// Sends all weights in one transfer.
    fn send(plain: Named, device: &Device) -> Self {
        let all: Vec<f32> = plain.values().flatten().copied().collect();
        let count = all.len();
        let all: Tensor<1> = Tensor::from_data(TensorData::new(all, [count]), device);
        let mut start = 0;
        let mut tensors = BTreeMap::new();
        for (name, values) in &plain {
            let tensor = all.clone().narrow(0, start, values.len());
            tensors.insert(name.clone(), tensor);
            start += values.len();
        }
        Self {
            device: device.clone(),
            plain,
            tensors,
        }
    }

    fn device(&self) -> &Device {
        &self.device
    }

    /// A weight by its name; every name that a block asks for is one of [`ShiftGcnConfig::tensors`].
    fn get(&self, name: &str) -> Tensor<1> {
        let found = self.tensors.get(name);
        debug_assert!(found.is_some(), "{name} is a tensor of the network");
        found
            .cloned()
            .unwrap_or_else(|| Tensor::zeros([0], &self.device))
    }

    fn plain(&self, name: &str) -> &[f32] {
        self.plain.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Gradients {
    fn set<const D: usize>(&mut self, name: String, gradient: Tensor<D>) {
        self.0.insert(name, gradient.flatten(0, D - 1));
    }
}

impl Statistics {
    fn add(&mut self, name: String, norm: &NormTrace) {
        self.0.insert(name, norm.statistics());
    }
}

impl DevicePasses {
    pub(crate) fn new(config: ShiftGcnConfig, device: &Device) -> Self {
        let block = |(index, config)| DeviceBlock::new(config, format!("l{}", index + 1), device);
        Self {
            device: device.clone(),
            config,
            blocks: config.blocks().into_iter().enumerate().map(block).collect(),
            last: None,
        }
    }

    /// Pooled features, `[clips, width]`, of `[clip][body][frame][joint][xyz]`; matrices of `weights` are
    /// `[input, output]`.
    pub(crate) fn forward(
        &mut self,
        weights: Named,
        values: &[f32],
        frames: usize,
    ) -> Result<Vec<f32>, EncoderError> {
        let bodies = self.config.bodies;
        let clips = values.len() / (bodies * frames * FRAME);
        let weights = Weights::send(weights, &self.device);
        let data = TensorData::new(values.to_vec(), [clips, bodies, frames, FRAME]);
        let values: Tensor<4> = Tensor::from_data(data, &self.device);
        let values = values
            .swap_dims(1, 2)
            .reshape([clips, frames, bodies * FRAME]);
        let [gain, bias] = ["data_bn.weight", "data_bn.bias"].map(|name| weights.get(name));
        let (values, input) = NormTrace::forward(values, gain, bias);
        let mut state = values
            .reshape([clips, frames, bodies, FRAME])
            .swap_dims(1, 2)
            .reshape([clips * bodies, frames, FRAME]);
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let (out, trace) = block.forward(&weights, state);
            blocks.push(trace);
            state = out;
        }
        let shape = state.dims();
        let width = self.config.widths[2];
        let rows = shape[0] / clips * shape[1] * JOINTS;
        let pooled = state
            .reshape([clips, rows, width])
            .mean_dim(1)
            .reshape([clips * width]);
        self.last = Some(Trace {
            weights,
            input,
            blocks,
            shape,
        });
        numbers(pooled)
    }

    /// Gradients of all weights from that of the last forward pass' pooled features, `[clips, width]`.
    pub(crate) fn backward(&mut self, pooled_grad: &[f32]) -> Result<Backward, EncoderError> {
        let Some(trace) = self.last.take() else {
            debug_assert!(false, "a backward pass follows a forward pass");
            return Ok(Backward {
                gradients: Named::new(),
                moments: BTreeMap::new(),
            });
        };
        let width = self.config.widths[2];
        let bodies = self.config.bodies;
        let clips = pooled_grad.len() / width;
        let [sequences, frames, length] = trace.shape;
        let rows = sequences / clips * frames * JOINTS;
        let data = TensorData::new(pooled_grad.to_vec(), [clips, 1, width]);
        let grad: Tensor<3> = Tensor::from_data(data, &self.device) / rows as f32;
        let mut grad = grad
            .repeat_dim(1, rows)
            .reshape([sequences, frames, length]);
        let mut gradients = Gradients::default();
        let mut statistics = Statistics::default();
        for (block, of_block) in self.blocks.iter().zip(&trace.blocks).rev() {
            grad = block.backward(&trace.weights, of_block, grad, &mut gradients);
            block.statistics(of_block, &mut statistics);
        }
        let [_, frames, _] = grad.dims();
        let grad = grad
            .reshape([clips, bodies, frames, FRAME])
            .swap_dims(1, 2)
            .reshape([clips, frames, bodies * FRAME]);
        let (_, [gain, bias]) = trace.input.backward(grad);
        gradients.set("data_bn.weight".to_owned(), gain);
        gradients.set("data_bn.bias".to_owned(), bias);
        statistics.add("data_bn".to_owned(), &trace.input);
        fetch(gradients, statistics)
    }
}

/// Brings everything back in one transfer.
fn fetch(gradients: Gradients, statistics: Statistics) -> Result<Backward, EncoderError> {
    let mut tensors: Vec<Tensor<1>> = gradients.0.values().cloned().collect();
    for ([mean, variance], _) in statistics.0.values() {
        tensors.extend([mean.clone(), variance.clone()]);
    }
    let lengths: Vec<usize> = tensors.iter().map(|tensor| tensor.dims()[0]).collect();
    let all = numbers(Tensor::cat(tensors, 0))?;
    let mut rest = all.as_slice();
    let mut parts = lengths.into_iter().map(|length| {
        let (part, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        part.to_vec()
    });
    let mut next = || parts.next().unwrap_or_default();
    Ok(Backward {
        gradients: gradients.0.into_keys().map(|name| (name, next())).collect(),
        moments: statistics
            .0
            .into_iter()
            .map(|(name, (_, count))| {
                let [mean, variance] = [next(), next()];
                let moments = Moments {
                    mean,
                    variance,
                    count,
                };
                (name, moments)
            })
            .collect(),
    })
}

/// A value per place of a frame, or per channel and then for every joint alike, as `[1, 1, length]`.
fn spread(values: Tensor<1>, length: usize) -> Tensor<3> {
    let [width] = values.dims();
    let row = values.reshape([1, width]);
    let row = if width == length {
        row
    } else {
        row.repeat_dim(0, length / width)
    };
    row.reshape([1, 1, length])
}

/// A matrix' gradient, `[input, output]`, from what it was multiplied with and the gradient of the product.
///
/// One product per sequence, added up afterwards: a single one would be a few sums of a hundred thousand terms.
fn weight_gradient(values: Tensor<3>, grad: Tensor<3>, input: usize) -> Tensor<2> {
    let [sequences, frames, length] = grad.dims();
    let output = length / JOINTS;
    let rows = frames * JOINTS;
    let values = values.reshape([sequences, rows, input]).swap_dims(1, 2);
    values
        .matmul(grad.reshape([sequences, rows, output])) // [sequences, input, output]
        .sum_dim(0)
        .reshape([input, output])
}
