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
    /// One per channel.
    pub(crate) moves: Vec<Move>,
    /// Input frames per output frame.
    pub(crate) stride: usize,
    /// The same weights by channels, for the CPU.
    pub(crate) groups: Vec<TapGroup>,
}

/// The first of the two frames that a channel reads, relative to the output's, and the weights of both.
pub(crate) type Move = (isize, [f32; 2]);

/// Channels that are filtered together: what the widest vector register holds.
const LANES: usize = 16;

/// A few channels side by side and the frames that they read.
///
/// A trained network moves its channels by up to seven frames either way, but any sixteen of them reach over far fewer
/// frames than all together, and their sum stays in a register.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TapGroup {
    /// The first channel.
    pub(crate) channel: usize,
    /// Channels, at most [`LANES`].
    pub(crate) width: usize,
    /// In the order of their frames.
    pub(crate) taps: Vec<Tap>,
}

/// One frame that a group reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tap {
    /// The frame, relative to the output's.
    pub(crate) frame: isize,
    /// Each channel's weight, 0 beyond the group's width.
    pub(crate) weights: [f32; LANES],
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
        let two = |(channel, &y): (usize, &f32)| {
            let (first, part) = two_taps(y, stride);
            let scale = scale.map_or(1.0, |scale| scale[channel]);
            (first, [(1.0 - part) * scale, part * scale])
        };
        let moves: Vec<_> = ypos.iter().enumerate().map(two).collect();
        Self {
            groups: groups(&moves),
            moves,
            stride,
        }
    }

    /// Values per frame.
    pub(crate) fn frame_len(&self) -> usize {
        JOINTS * self.moves.len()
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
        let values = &values[..frames * length];
        let start = (frame * self.stride).cast_signed();
        for group in &self.groups {
            let reads = |tap: &Tap| (0..frames.cast_signed()).contains(&(start + tap.frame));
            sum_taps(out, values, start, group.reading(reads), group.place());
        }
    }

    /// The way back for one body's clip: writes the gradient of the filter's input to `out`, from that of its output.
    pub(crate) fn backward(&self, out: &mut [f32], grad: &[f32], frames: usize) {
        let length = self.frame_len();
        let after = frames / self.stride;
        let grad = &grad[..after * length];
        for (at, out) in out.chunks_exact_mut(length).take(frames).enumerate() {
            for group in &self.groups {
                sum_taps_back(
                    out,
                    grad,
                    [at, self.stride, after],
                    &group.taps,
                    group.place(),
                );
            }
        }
    }

    /// Adds each tap's products of output gradients and input values to `sums`, one line per tap of every group.
    pub(crate) fn add_slopes(
        &self,
        sums: &mut [Vec<[f32; LANES]>],
        grad: &[f32],
        values: &[f32],
        frames: usize,
    ) {
        let length = self.frame_len();
        for (frame, grad) in grad.chunks_exact(length).enumerate() {
            let start = (frame * self.stride).cast_signed();
            let within = |tap: &Tap| (0..frames.cast_signed()).contains(&(start + tap.frame));
            for (group, sums) in self.groups.iter().zip(sums.iter_mut()) {
                let taps = group.taps.iter().zip(sums);
                for (tap, sum) in taps.filter(|(tap, _)| within(tap)) {
                    let at = (start + tap.frame) as usize * length;
                    add_tap_product(sum, grad, &values[at..at + length], group.place());
                }
            }
        }
    }
}

impl TapGroup {
    /// First channel and number of channels.
    fn place(&self) -> [usize; 2] {
        [self.channel, self.width]
    }

    /// The taps that fall within the clip: they lie side by side, since taps are in order.
    fn reading(&self, reads: impl Fn(&Tap) -> bool) -> &[Tap] {
        let first = self.taps.iter().position(&reads).unwrap_or(0);
        let count = self.taps[first..].iter().take_while(|tap| reads(tap));
        &self.taps[first..first + count.count()]
    }
}

/// The taps by groups of channels; a group has all frames that one of its channels interpolates between.
fn groups(moves: &[Move]) -> Vec<TapGroup> {
    let group = |(index, moves): (usize, &[Move])| {
        let both = |&(first, _): &Move| [first, first + 1];
        let mut frames: Vec<isize> = moves.iter().flat_map(both).collect();
        frames.sort_unstable();
        frames.dedup();
        let tap = |frame: isize| {
            let mut weights = [0.0; LANES];
            for (weight, (first, of_both)) in weights.iter_mut().zip(moves) {
                *weight = match frame - first {
                    0 => of_both[0],
                    1 => of_both[1],
                    _ => 0.0,
                };
            }
            Tap { frame, weights }
        };
        TapGroup {
            channel: index * LANES,
            width: moves.len(),
            taps: frames.into_iter().map(tap).collect(),
        }
    };
    moves.chunks(LANES).enumerate().map(group).collect()
}

/// Adds one line of products to a sum; lines of a whole vector stay in registers.
#[expect(
    clippy::inline_always,
    reason = "a call would leave the callers' wide registers"
)]
#[inline(always)]
fn add_line(sum: &mut [f32; LANES], values: &[f32], weights: &[f32]) {
    if let (Ok(values), Ok(weights)) = (
        <&[f32; LANES]>::try_from(values),
        <&[f32; LANES]>::try_from(weights),
    ) {
        for i in 0..LANES {
            sum[i] += values[i] * weights[i];
        }
    } else {
        for ((sum, value), weight) in sum.iter_mut().zip(values).zip(weights) {
            *sum += value * weight;
        }
    }
}

vectorised! {
    /// One output frame of a group: `out = sum over taps of weight * values[start + tap]`.
    fn sum_taps(out: &mut [f32], values: &[f32], start: isize, taps: &[Tap], place: [usize; 2]) {
        let [channel, width] = place;
        let length = out.len();
        let channels = length / JOINTS;
        for joint in 0..JOINTS {
            let at = joint * channels + channel;
            let mut sum = [0.0; LANES];
            for tap in taps {
                let from = (start + tap.frame) as usize * length + at;
                add_line(&mut sum, &values[from..from + width], &tap.weights);
            }
            out[at..at + width].copy_from_slice(&sum[..width]);
        }
    }
}

vectorised! {
    /// One input frame of a group on the way back; `span` is that frame, the stride, and the output's frames.
    fn sum_taps_back(
        out: &mut [f32],
        grad: &[f32],
        span: [usize; 3],
        taps: &[Tap],
        place: [usize; 2],
    ) {
        let [frame, stride, after] = span;
        let [channel, width] = place;
        let length = out.len();
        let channels = length / JOINTS;
        // Which output frames read this one, and by which taps: a group has at most two taps per channel.
        let mut readers = [(0, 0); 2 * LANES];
        let mut count = 0;
        for (index, tap) in taps.iter().enumerate().take(readers.len()) {
            if let Ok(at) = usize::try_from(frame.cast_signed() - tap.frame)
                && at.is_multiple_of(stride)
                && at / stride < after
            {
                readers[count] = (at / stride * length, index);
                count += 1;
            }
        }
        for joint in 0..JOINTS {
            let at = joint * channels + channel;
            let mut sum = [0.0; LANES];
            for &(base, index) in &readers[..count] {
                let from = base + at;
                add_line(&mut sum, &grad[from..from + width], &taps[index].weights);
            }
            out[at..at + width].copy_from_slice(&sum[..width]);
        }
    }
}

vectorised! {
    /// `sum += grad * values`, over the joints of a group's channels in one frame.
    fn add_tap_product(sum: &mut [f32; LANES], grad: &[f32], values: &[f32], place: [usize; 2]) {
        let [channel, width] = place;
        let channels = grad.len() / JOINTS;
        for joint in 0..JOINTS {
            let part = joint * channels + channel..joint * channels + channel + width;
            add_line(sum, &grad[part.clone()], &values[part]);
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
