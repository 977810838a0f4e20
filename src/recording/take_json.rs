//! How a take is written as JSON; the fields are stable.

use serde::{Deserialize, Serialize};

/// What `format` says in every file.
pub(super) const FORMAT: &str = "synse-take";
/// The version that is written, and the newest that is read.
pub(super) const VERSION: u32 = 1;

/// A take.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TakeJson {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) name: String,
    #[serde(default)]
    pub(super) dataset: String,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) label: String,
    #[serde(default)]
    pub(super) phrase: String,
    #[serde(default)]
    pub(super) verb: String,
    #[serde(default)]
    pub(super) noun: String,
    /// Frames per second.
    pub(super) fps: f32,
    /// The joints' names, in the order of every body's positions.
    pub(super) joints: Vec<String>,
    pub(super) frames: Vec<FrameJson>,
}

/// A frame.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FrameJson {
    /// The device's clock, microseconds.
    pub(super) timestamp_micros: u64,
    pub(super) bodies: Vec<BodyJson>,
}

/// A body.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct BodyJson {
    pub(super) id: u64,
    /// `[joint][x, y, z]`, metres.
    pub(super) positions: Vec<[f32; 3]>,
    /// 0 not tracked, 1 inferred, 2 tracked; a value per joint, or none where all are tracked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tracking: Vec<u8>,
}
