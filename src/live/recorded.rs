//! What the recorder is told, and what it knows of the disk.

use super::BundleInfo;
use crate::align::Head;
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::recognizer::{Activity, Prediction, Ranked};
use crate::recording::session::{
    Change, EventRecord, PredictionRecord, RankedRecord, SettingsRecord,
};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How far a recording has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// Its file.
    pub path: PathBuf,
    /// How long it has been going on.
    pub seconds: f64,
    /// Frames written.
    pub frames: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Room that is left on the disk; `None` where the system does not say.
    pub free_bytes: Option<u64>,
    /// Frames that a slow disk cost.
    pub dropped: u64,
}

/// What the recorder is told by the other threads.
#[derive(Debug)]
pub(super) enum RecorderOrder {
    /// Record into this file, or into a new one in this folder.
    Start(PathBuf),
    /// End the recording.
    Stop,
    /// Mark this moment.
    Mark(String),
    /// A labelled segment begins.
    Begin(String),
    /// It ends.
    End,
    /// A prediction was made for the frame that came then.
    Prediction(Box<PredictionRecord>),
    /// There was no room for these predictions: when the frame of each came, and whose it was.
    Unwritten(Vec<(Instant, u64)>),
    /// The phrase list from here on.
    Phrases(Vec<PhraseEntry>),
    /// Another source plays.
    Source { name: String, fps: f32 },
    /// The camera found out which way is up.
    Up([f32; 3]),
    /// Bodies are turned upright from now on, or not.
    Levelled(bool),
    /// Another bundle is in use.
    Bundle {
        name: String,
        fingerprint: String,
        device: String,
    },
    /// The decision is made otherwise.
    Decision {
        head: Head,
        by_examples: bool,
        gate: GateMode,
        threshold: f32,
    },
    /// Something happened.
    Happened(EventRecord),
    /// Something holds for the frames after the one that came then; for all of them where there was none.
    Change(Option<Instant>, Change),
    /// The frames between these two were answered for by nobody.
    Unseen(Option<Instant>, Instant),
}

/// An order, and the moment for which it counts: when a key was pressed or something happened, and not when the recorder
/// comes to it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) order: RecorderOrder,
    pub(super) at: Instant,
}

impl Told {
    pub(super) fn now(order: RecorderOrder) -> Self {
        Self {
            order,
            at: Instant::now(),
        }
    }
}

impl RecorderOrder {
    pub(super) fn happened(kind: &str, text: &str) -> Self {
        Self::Happened(EventRecord {
            kind: kind.to_owned(),
            text: text.to_owned(),
        })
    }

    pub(super) fn bundle(info: &BundleInfo) -> Self {
        Self::Bundle {
            name: info.name.clone(),
            fingerprint: info.fingerprint.clone(),
            device: info.device.clone(),
        }
    }
}

/// What a recording calls a head or a gate.
pub(super) fn name_of(choice: impl Debug) -> String {
    format!("{choice:?}").to_lowercase()
}

/// What a recording begins with.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) settings: SettingsRecord,
    pub(super) phrases: Vec<PhraseEntry>,
}

impl Known {
    /// Takes note of a setting; `false` where it is none, or no other than before.
    pub(super) fn take(&mut self, order: RecorderOrder) -> bool {
        let before = self.settings.clone();
        let settings = &mut self.settings;
        match order {
            RecorderOrder::Source { name, fps } => {
                settings.source = name;
                settings.fps = fps;
                settings.up = None;
            }
            RecorderOrder::Up(up) => settings.up = Some(up),
            RecorderOrder::Levelled(levelled) => settings.levelled = levelled,
            RecorderOrder::Bundle {
                name,
                fingerprint,
                device,
            } => {
                settings.bundle = name;
                settings.fingerprint = fingerprint;
                settings.device = device;
            }
            RecorderOrder::Decision {
                head,
                by_examples,
                gate,
                threshold,
            } => {
                settings.head = name_of(head);
                settings.by_examples = by_examples;
                settings.gate = name_of(gate);
                settings.threshold = threshold;
            }
            _ => {}
        }
        before != *settings
    }
}

/// A prediction as it is recorded.
pub(super) fn prediction_record(prediction: &Prediction, latency: Duration) -> PredictionRecord {
    let lines = |ranking: &[Ranked]| {
        let kept = ranking.iter().take(10);
        kept.map(|ranked| RankedRecord {
            phrase: ranked.phrase.to_string(),
            probability: ranked.probability,
            seen: ranked.seen,
        })
        .collect()
    };
    PredictionRecord {
        t: prediction.timestamp_micros as f64 * 1e-6,
        body: prediction.body,
        state: match prediction.activity {
            Activity::Idle => "idle",
            Activity::Acting => "acting",
        }
        .to_owned(),
        ranking: lines(&prediction.ranking),
        smoothed: lines(&prediction.smoothed),
        answer: prediction
            .answer
            .as_ref()
            .map(|answer| answer.phrase.to_string()),
        p_seen: prediction.p_seen,
        motion: prediction.motion.clone(),
        latency_ms: latency.as_secs_f64() * 1e3,
    }
}

/// Whether a recorded prediction is of somebody in the middle of an action.
pub(super) fn is_acting(record: &PredictionRecord) -> bool {
    record.state == "acting"
}

/// Room on the disk of a file; `None` where the system does not say.
pub(super) fn free_bytes(path: &Path) -> Option<u64> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    fs4::available_space(folder.unwrap_or(Path::new("."))).ok()
}

/// Whether the file that is being written still has its name: a removed one takes up what is written, and loses it.
pub(super) fn is_there(path: &Path) -> bool {
    path.exists()
}
