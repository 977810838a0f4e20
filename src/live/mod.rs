//! All threads and channels: capture, ring buffer, inference, events and commands.

use crate::align::Head;
use crate::gate::GateMode;
use crate::phrases::{Phrase, PhraseEntry};
use crate::recognizer::Prediction;
use std::path::PathBuf;
use std::time::Duration;

/// What a face may ask of a session.
#[derive(Clone, Debug)]
pub enum Command {
    /// Play another source: `demo`, `replay:FILE#CLIP`, ...
    OpenSource(String),
    /// Hold the source where it is.
    Pause,
    /// Go on.
    Resume,
    /// The whole phrase list as it now stands; phrases are read, embedded and decided beside inference.
    SetPhrases(Vec<PhraseEntry>),
    /// Use another decision head.
    SetHead(Head),
    /// Use the gate otherwise.
    SetGate(GateMode),
    /// Abstain below this smoothed probability.
    SetThreshold(f32),
    /// Load another model bundle from a folder.
    LoadBundle(PathBuf),
}

/// What a session reports.
#[derive(Clone, Debug)]
pub enum Event {
    /// An answer, and how long after the capture of its newest frame it came.
    Prediction(Prediction, Duration),
    /// A phrase list has taken effect: each entry's id with the phrase as it was read, and what took how long.
    Phrases {
        /// As read, in the list's order, disabled ones included.
        phrases: Vec<(u64, Phrase)>,
        /// From the command to the decision.
        took: Duration,
    },
    /// A source plays.
    SourceOpened {
        /// As the user would name it.
        name: String,
        /// Nominal frames per second.
        fps: f32,
    },
    /// The source came to its end.
    SourceEnded,
    /// A bundle is in use.
    BundleLoaded(BundleInfo),
    /// Once a second.
    Stats(Stats),
    /// Something went wrong, in plain words; everything else goes on.
    Problem(String),
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct BundleInfo {
    /// Its name.
    pub name: String,
    /// The seen classes.
    pub seen: Vec<String>,
    /// Where inference runs.
    pub device: String,
}

/// Rates and latencies over the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Frames captured per second.
    pub capture_hz: f32,
    /// Predictions per second.
    pub inference_hz: f32,
    /// Frames overwritten in the ring since the start.
    pub dropped_frames: u64,
    /// Capture to prediction, median, milliseconds.
    pub latency_median_millis: f32,
    /// Capture to prediction, 95th percentile, milliseconds.
    pub latency_p95_millis: f32,
}
