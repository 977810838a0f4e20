//! The adaptive temporal shift on a device: two gathers, since every channel reads two frames.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::encoder::config::JOINTS;
use crate::encoder::error::EncoderError;
use crate::encoder::product::FramePermutation;
use crate::encoder::shift::TemporalFilter;

/// For every frame that is written and channel: the frame that is read, and what it weighs.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    /// Places in a sequence, `[frames written * joints * channels]`.
    places: Tensor<1, Int>,
    /// `[1, frames written, 1, channels]`.
    weights: Tensor<4>,
    /// 1 where the frame that is read is within the clip, else 0; like the weights.
    within: Tensor<4>,
}

impl Gather {
    /// `read(frame, channel)` says for a frame that is written which one is read, if it is within the clip, and its weight.
    pub(crate) fn new(
        device: &Device,
        [written, channels]: [usize; 2],
        read: impl Fn(usize, usize) -> (Option<usize>, f32),
    ) -> Self {
        let size = written * channels;
        let mut frames = Vec::with_capacity(size);
        let [mut weights, mut within] = [(); 2].map(|()| Vec::with_capacity(size));
        for frame in 0..written {
            for channel in 0..channels {
                let (found, weight) = read(frame, channel);
                let is_within = f32::from(u8::from(found.is_some()));
                frames.push((found.unwrap_or(0) as u32).cast_signed());
                weights.push(weight * is_within);
                within.push(is_within);
            }
        }
        let per_channel = |values: Vec<f32>| {
            Tensor::from_data(TensorData::new(values, [1, written, 1, channels]), device)
        };
        let frame_len = JOINTS * channels;
        let frames: Tensor<3, Int> =
            Tensor::from_data(TensorData::new(frames, [written, 1, channels]), device);
        let in_frame: Vec<i32> = (0..frame_len as u32).map(u32::cast_signed).collect();
        let in_frame: Tensor<3, Int> =
            Tensor::from_data(TensorData::new(in_frame, [1, JOINTS, channels]), device);
        let places = (frames * i64::from(frame_len as u32)).repeat_dim(1, JOINTS)
            + in_frame.repeat_dim(0, written);
        Self {
            places: places.reshape([written * frame_len]),
            weights: per_channel(weights),
            within: per_channel(within),
        }
    }

    /// The two gathers of a filter, for clips of `frames` frames.
    pub(crate) fn both(device: &Device, filter: &TemporalFilter, frames: usize) -> [Self; 2] {
        let size = [frames / filter.stride, filter.moves.len()];
        [0, 1].map(|tap| {
            Self::new(device, size, |frame, channel| {
                let (first, weights) = filter.moves[channel];
                let from = (frame * filter.stride + tap).checked_add_signed(first);
                (from.filter(|from| *from < frames), weights[tap])
            })
        })
    }

    /// The other way: for every frame that a filter reads, the frames that read it.
    pub(crate) fn both_back(device: &Device, filter: &TemporalFilter, frames: usize) -> [Self; 2] {
        let after = frames / filter.stride;
        [0, 1].map(|tap| {
            Self::new(device, [frames, filter.moves.len()], |frame, channel| {
                let (first, weights) = filter.moves[channel];
                let from = frame
                    .checked_add_signed(-first)
                    .and_then(|from| from.checked_sub(tap))
                    .filter(|from| from.is_multiple_of(filter.stride))
                    .map(|from| from / filter.stride);
                (from.filter(|from| *from < after), weights[tap])
            })
        })
    }

    /// `[sequences, frames, joints * channels]` to `[sequences, frames written, joints, channels]`, not weighed.
    fn read(&self, values: Tensor<3>) -> Tensor<4> {
        let [sequences, frames, length] = values.dims();
        let [_, written, _, channels] = self.weights.dims();
        values
            .reshape([sequences, frames * length])
            .select(1, self.places.clone()) // [sequences, frames written * joints * channels]
            .reshape([sequences, written, JOINTS, channels])
    }

    /// What is read, zeros outside the clip: `[sequences, frames written, joints, channels]`.
    pub(crate) fn within(&self, values: Tensor<3>) -> Tensor<4> {
        self.read(values) * self.within.clone()
    }
}

/// Both reads, weighed and added: `[sequences, frames written, joints * channels]`.
pub(crate) fn gathered([first, second]: &[Gather; 2], values: Tensor<3>) -> Tensor<3> {
    let sum = first.read(values.clone()) * first.weights.clone()
        + second.read(values) * second.weights.clone(); // [sequences, frames written, joints, channels]
    let [sequences, written, joints, channels] = sum.dims();
    sum.reshape([sequences, written, joints * channels])
}

/// A permutation of a frame's values as places for a selection.
pub(crate) fn places(permutation: &FramePermutation, device: &Device) -> Tensor<1, Int> {
    let places = permutation.table().iter();
    let places: Vec<i32> = places.map(|&place| place.cast_signed()).collect();
    Tensor::from_data(TensorData::new(places, [permutation.len()]), device)
}

/// Every `stride`-th frame of `[sequences, frames, length]`.
pub(crate) fn every(values: Tensor<3>, stride: usize) -> Tensor<3> {
    if stride == 1 {
        return values;
    }
    let [sequences, frames, length] = values.dims();
    values
        .reshape([sequences, frames / stride, stride, length])
        .slice([0..sequences, 0..frames / stride, 0..1, 0..length])
        .reshape([sequences, frames / stride, length])
}

/// `[sequences, frames, joints * input]` times `[input, output]`.
pub(crate) fn product(values: Tensor<3>, matrix: Tensor<2>) -> Tensor<3> {
    let [sequences, frames, _] = values.dims();
    let [input, output] = matrix.dims();
    values
        .reshape([sequences * frames * JOINTS, input])
        .matmul(matrix) // [sequences * frames * joints, output]
        .reshape([sequences, frames, JOINTS * output])
}

/// What a tensor holds; a device may have gone since it was asked.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, EncoderError> {
    let expected = tensor.dims().iter().product();
    let failed = |got: String| EncoderError::Device { got, expected };
    let data = tensor
        .try_into_data()
        .map_err(|error| failed(error.to_string()))?;
    let values: Vec<f32> = data
        .convert::<f32>()
        .try_to_vec()
        .map_err(|error| failed(format!("{error:?}")))?;
    if values.len() == expected {
        return Ok(values);
    }
    Err(failed(format!("{} values", values.len())))
}
