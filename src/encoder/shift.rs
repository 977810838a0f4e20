//! The two shifts of Shift-GCN: channels move between joints, and between frames by a learned distance.

use crate::encoder::config::JOINTS;
use crate::encoder::product::FramePermutation;
use crate::encoder::simd::vectorised;

/// The shift before the spatial product: `in[v*C + c] = (v*C + c + c*C) mod 25*C` (released code, `Shift_gcn`).
pub(crate) fn shift_in(channels: usize) -> FramePermutation {
    let length = JOINTS * channels;
    FramePermutation::new((0..length).map(|i| (i + (i % channels) * channels) % length))
}

/// The shift after the spatial product: `out[v*D + d] = (v*D + d - d*D) mod 25*D` (released code, `Shift_gcn`).
pub(crate) fn shift_out(channels: usize) -> FramePermutation {
    shift_in(channels).inverse()
}

/// The adaptive temporal shift as a short filter in time, one per channel.
///
/// The released code moves channel `c` by `ypos[c]` frames (half a frame more at stride 2) and interpolates between two
/// frames, zero outside the clip. All channels together reach over few frames, so the same is computed as a filter
/// with contiguous reads: `out[t] = sum over taps i of weight[i] * in[stride * t + first + i]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TemporalFilter {
    /// Frame of the first tap, relative to the output's.
    pub(crate) first: isize,
    /// Weights per tap, each `[joint][channel]` with all joints alike.
    pub(crate) taps: Vec<Vec<f32>>,
    /// Input frames per output frame.
    pub(crate) stride: usize,
}

/// The farthest that a channel may be moved, in frames; beyond it a clip holds nothing but zeros.
const FARTHEST: f32 = 4096.0;

/// A channel's two taps: the first one's frame, and the second one's weight.
pub(crate) fn two_taps(ypos: f32, stride: usize) -> (isize, f32) {
    let moved = if stride == 2 { ypos + 0.5 } else { ypos };
    let moved = moved.clamp(-FARTHEST, FARTHEST);
    (moved.floor() as isize, moved - moved.floor())
}

impl TemporalFilter {
    /// The filter of a learned `ypos`, its output multiplied by `scale` per channel.
    pub(crate) fn new(ypos: &[f32], stride: usize, scale: Option<&[f32]>) -> Self {
        let pairs: Vec<(isize, f32)> = ypos.iter().map(|&y| two_taps(y, stride)).collect();
        let first = pairs.iter().map(|pair| pair.0).min().unwrap_or(0);
        let last = pairs.iter().map(|pair| pair.0 + 1).max().unwrap_or(0);
        let channels = ypos.len();
        let mut taps = vec![vec![0.0; JOINTS * channels]; (last - first + 1) as usize];
        for (channel, &(frame, part)) in pairs.iter().enumerate() {
            let scale = scale.map_or(1.0, |scale| scale[channel]);
            for joint in 0..JOINTS {
                let place = joint * channels + channel;
                taps[(frame - first) as usize][place] = (1.0 - part) * scale;
                taps[(frame - first + 1) as usize][place] = part * scale;
            }
        }
        Self {
            first,
            taps,
            stride,
        }
    }

    /// Values per frame.
    pub(crate) fn frame_len(&self) -> usize {
        self.taps.first().map_or(0, Vec::len)
    }

    /// The input frames and weights of an output frame, those outside `frames` left out.
    pub(crate) fn reads(
        &self,
        frame: usize,
        frames: usize,
    ) -> impl Iterator<Item = (usize, &[f32])> {
        let start = (frame * self.stride).cast_signed() + self.first;
        let within = move |at: isize| (0..frames.cast_signed()).contains(&at);
        self.taps
            .iter()
            .enumerate()
            .map(move |(tap, weights)| (start + tap.cast_signed(), weights.as_slice()))
            .filter(move |(at, _)| within(*at))
            .map(|(at, weights)| (at as usize, weights))
    }

    /// Filters one body's clip; `out` holds `frames / stride` frames.
    pub(crate) fn apply(&self, out: &mut [f32], values: &[f32], frames: usize) {
        let length = self.frame_len();
        for (frame, out) in out.chunks_exact_mut(length).enumerate() {
            self.frame(out, values, frame, frames);
        }
    }

    /// One frame of [`Self::apply`].
    pub(crate) fn frame(&self, out: &mut [f32], values: &[f32], frame: usize, frames: usize) {
        let length = self.frame_len();
        let mut is_first = true;
        for (at, weights) in self.reads(frame, frames) {
            let values = &values[at * length..(at + 1) * length];
            if is_first {
                set_product(out, values, weights);
            } else {
                add_product(out, values, weights);
            }
            is_first = false;
        }
        if is_first {
            out.fill(0.0);
        }
    }
}

vectorised! {
    /// `out = values * weights`.
    pub(crate) fn set_product(out: &mut [f32], values: &[f32], weights: &[f32]) {
        for ((out, value), weight) in out.iter_mut().zip(values).zip(weights) {
            *out = value * weight;
        }
    }
}

vectorised! {
    /// `out += values * weights`.
    pub(crate) fn add_product(out: &mut [f32], values: &[f32], weights: &[f32]) {
        for ((out, value), weight) in out.iter_mut().zip(values).zip(weights) {
            *out += value * weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spatial_shifts_follow_the_released_formulas() {
        let (channels, length) = (64, 25 * 64);
        let (table_in, table_out) = (shift_in(channels), shift_out(channels));
        for v in 0..JOINTS {
            for c in 0..channels {
                let i = v * channels + c;
                assert_eq!(table_in.table()[i] as usize, (i + c * channels) % length);
                let back = (i + length * channels - c * channels) % length;
                assert_eq!(table_out.table()[i] as usize, back);
            }
        }
    }

    #[test]
    fn a_temporal_shift_interpolates_between_two_frames_and_is_zero_outside() {
        let filter = TemporalFilter::new(&[0.25, -1.5], 1, None);
        // Channel 0 is 1, 2, 3, 4; channel 1 is 10, 20, 30, 40; all joints alike.
        let values: Vec<f32> = (0..4 * JOINTS)
            .flat_map(|i| {
                let frame = (i / JOINTS) as f32 + 1.0;
                [frame, 10.0 * frame]
            })
            .collect();
        let mut out = vec![0.0; values.len()];
        filter.apply(&mut out, &values, 4);
        let at = |frame: usize, channel: usize| out[frame * 2 * JOINTS + channel];
        assert_eq!(
            [at(0, 0), at(1, 0), at(2, 0), at(3, 0)],
            [1.25, 2.25, 3.25, 3.0]
        );
        assert_eq!(
            [at(0, 1), at(1, 1), at(2, 1), at(3, 1)],
            [0.0, 5.0, 15.0, 25.0]
        );
    }

    #[test]
    fn stride_two_reads_half_a_frame_later() {
        let filter = TemporalFilter::new(&[0.0], 2, None);
        let values: Vec<f32> = (0..4 * JOINTS).map(|i| (i / JOINTS) as f32).collect();
        let mut out = vec![0.0; 2 * JOINTS];
        filter.apply(&mut out, &values, 4);
        assert_eq!([out[0], out[JOINTS]], [0.5, 2.5]);
    }
}
