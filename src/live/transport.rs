//! Moving within a recording that plays, and where it stands.

#[cfg(doc)]
use super::{FASTEST, SLOWEST};

/// How to move within a recording. Moments are microseconds after its begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    /// Go to the first frame at that moment or after it.
    Seek(u64),
    /// Hold, and go so many frames on or, below zero, back.
    Step(i32),
    /// Play so many times faster, [`SLOWEST`] to [`FASTEST`].
    Speed(f32),
    /// Play only from here to there, and over again where it is looping.
    Range {
        /// The in point.
        start: u64,
        /// The out point; `None` is the end.
        end: Option<u64>,
        /// Whether to begin again at the out point.
        looping: bool,
    },
}

/// Where a recording that plays stands. Moments are microseconds after its begin.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is its own fact: held, at its end, over again"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playback {
    /// The newest frame's moment.
    pub position_micros: u64,
    /// How long it is.
    pub length_micros: u64,
    /// Whether it is held.
    pub is_held: bool,
    /// Whether it stands at its end.
    pub has_ended: bool,
    /// How many times faster it plays than it was captured.
    pub speed: f32,
    /// In and out point.
    pub range_micros: (u64, Option<u64>),
    /// Whether it begins again at the out point.
    pub is_looping: bool,
}
