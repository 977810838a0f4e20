//! What stands in a session's messages, and how it becomes bytes.

use super::course::{ChangeRecord, ExampleRecord};
use super::scene::{SCENE_SCHEMA, TRANSFORM_SCHEMA};
use super::schemas;
use crate::phrases::PhraseEntry;
use crate::recording::mcap::{ChannelKind, Message};
use crate::skeleton::{Body, Frame, JOINT_COUNT, Tracking};
use serde::{Deserialize, Serialize};

pub(super) const FRAMES: u16 = 1;
pub(super) const PREDICTIONS: u16 = 2;
pub(super) const PHRASES: u16 = 3;
pub(super) const SETTINGS: u16 = 4;
pub(super) const MARKERS: u16 = 5;
pub(super) const EVENTS: u16 = 6;
pub(super) const SCENE: u16 = 7;
pub(super) const OVERVIEW: u16 = 8;
pub(super) const COURSE: u16 = 9;
pub(super) const EXAMPLES: u16 = 10;
pub(super) const BEFORE: u16 = 11;
pub(super) const TRANSFORM: u16 = 12;

/// The file's profile, and the name of its metadata.
pub(super) const PROFILE: &str = "synse";

/// A frame in the ROS 1 message language: fields follow each other in little-endian order, and before a list of unknown
/// length stands its length as a uint32.
const FRAME_SCHEMA: &str = "\
# All bodies that a camera saw at one moment; the message's log time is when the computer had it.
uint64 timestamp_micros   # the device's clock; it starts anywhere and may restart
synse_msgs/Body[] bodies
================================================================================
MSG: synse_msgs/Body
uint64 id                 # the tracker's, stable while the body stays in view
# x, y, z of 25 joints in Kinect v2 order, metres: x to the sensor's left, y up, z away from it
float32[75] joints
uint8[25] tracking        # 0 not tracked, 1 inferred, 2 tracked
";

const fn json(
    id: u16,
    topic: &'static str,
    schema: &'static str,
    text: &'static str,
) -> ChannelKind {
    ChannelKind {
        id,
        topic,
        schema,
        schema_encoding: "jsonschema",
        schema_text: text,
        encoding: "json",
    }
}

/// The channels of version 1, by ids that stay: a file whose front is damaged is read all the same.
pub(super) const CHANNELS: &[ChannelKind] = &[
    ChannelKind {
        id: FRAMES,
        topic: "/frames",
        schema: "synse_msgs/Frame",
        schema_encoding: "ros1msg",
        schema_text: FRAME_SCHEMA,
        encoding: "ros1",
    },
    json(
        PREDICTIONS,
        "/predictions",
        "synse.Prediction",
        schemas::PREDICTION,
    ),
    json(PHRASES, "/phrases", "synse.Phrases", schemas::PHRASES),
    json(SETTINGS, "/settings", "synse.Settings", schemas::SETTINGS),
    json(MARKERS, "/markers", "synse.Marker", schemas::MARKER),
    json(EVENTS, "/events", "synse.Event", schemas::EVENT),
    json(SCENE, "/scene", "foxglove.SceneUpdate", SCENE_SCHEMA),
    json(OVERVIEW, "/overview", "synse.Overview", schemas::OVERVIEW),
    json(COURSE, "/course", "synse.Change", schemas::CHANGE),
    json(EXAMPLES, "/examples", "synse.Example", schemas::EXAMPLE),
    ChannelKind {
        id: BEFORE,
        topic: "/before",
        schema: "synse_msgs/Frame",
        schema_encoding: "ros1msg",
        schema_text: FRAME_SCHEMA,
        encoding: "ros1",
    },
    json(
        TRANSFORM,
        "/tf",
        "foxglove.FrameTransform",
        TRANSFORM_SCHEMA,
    ),
];

/// A line of a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedRecord {
    /// The phrase or seen class.
    pub phrase: String,
    /// Its probability.
    pub probability: f32,
    /// Whether the encoder was trained on it.
    pub seen: bool,
}

/// A prediction: the fields of `watch --json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PredictionRecord {
    /// The device's clock, seconds.
    pub t: f64,
    /// The body's id.
    pub body: u64,
    /// `idle` or `acting`.
    pub state: String,
    /// The clip's ranking, best first.
    pub ranking: Vec<RankedRecord>,
    /// The ranking smoothed over the action so far.
    pub smoothed: Vec<RankedRecord>,
    /// The answer, if there is one.
    pub answer: Option<String>,
    /// The gate's probability of a seen class.
    pub p_seen: f32,
    /// The motion attributes that the model sees in the performer.
    pub motion: Vec<f32>,
    /// From capture to prediction, milliseconds.
    pub latency_ms: f64,
}

/// A phrase of the list as the user keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhraseRecord {
    /// What was typed.
    pub text: String,
    /// The user's own verb.
    pub verb: Option<String>,
    /// The user's own noun.
    pub noun: Option<String>,
    /// The user's own motion words.
    pub motion: Option<String>,
    /// Whether it takes part.
    pub enabled: bool,
    /// The fingerprints of its examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}

impl From<&PhraseEntry> for PhraseRecord {
    fn from(entry: &PhraseEntry) -> Self {
        Self {
            text: entry.text.clone(),
            verb: entry.verb.clone(),
            noun: entry.noun.clone(),
            motion: entry.motion.clone(),
            enabled: entry.enabled,
            examples: entry
                .examples
                .iter()
                .map(|example| example.fingerprint().to_owned())
                .collect(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PhraseLists {
    pub(super) phrases: Vec<PhraseRecord>,
}

/// What a session was made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsRecord {
    /// The source, as the user would name it.
    pub source: String,
    /// Its nominal frames per second; 0 until it opened.
    pub fps: f32,
    /// The bundle's name; empty where none is loaded.
    pub bundle: String,
    /// What tells that bundle from another one of its name; empty where that was not noted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// Where inference runs.
    pub device: String,
    /// The decision head.
    pub head: String,
    /// Whether the phrases' examples take part.
    pub by_examples: bool,
    /// How the gate is used.
    pub gate: String,
    /// Below this smoothed probability there is no answer.
    pub threshold: f32,
    /// Which way is up in the frames' axes, where the camera could tell: frames are recorded as it saw them.
    pub up: Option<[f32; 3]>,
    /// Whether bodies were turned upright before they were answered for.
    pub levelled: bool,
}

impl Default for SettingsRecord {
    /// Nothing is known; bodies were turned upright, as they were before that was noted.
    fn default() -> Self {
        Self {
            source: String::new(),
            fps: 0.0,
            bundle: String::new(),
            fingerprint: String::new(),
            device: String::new(),
            head: String::new(),
            by_examples: false,
            gate: String::new(),
            threshold: 0.0,
            up: None,
            levelled: true,
        }
    }
}

/// A moment or a segment with a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MarkerRecord {
    /// What it is: for a segment the phrase that is performed.
    pub label: String,
    /// Its begin, nanoseconds since 1970.
    pub start_nanos: u64,
    /// Its end; the begin where it is a moment.
    pub end_nanos: u64,
}

/// Something that happened to the camera or the recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventRecord {
    /// `source`, `ended`, `problem`, `dropped`, `unwritten`, `stopped`, `camera`, `floor`, `hands` or `midst`.
    pub kind: String,
    /// In words; of a floor its plane, `x y z w`; of hands `ID LEFT, RIGHT` of each body, between them `; `.
    pub text: String,
}

/// The kind of [`EventRecord::midst`].
const MIDST: &str = "midst";

impl EventRecord {
    /// That a session begins in the midst of an action whose begin is not in it.
    pub fn midst() -> Self {
        Self {
            kind: MIDST.to_owned(),
            text: "an action was under way that had begun long before: its answers may come out otherwise on replay"
                .to_owned(),
        }
    }

    /// Whether it says so.
    pub fn is_midst(&self) -> bool {
        self.kind == MIDST
    }
}

/// One message of a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A frame as it was captured.
    Frame(Frame),
    /// A frame from before the session began, and when the computer had it, nanoseconds since 1970.
    Before(u64, Frame),
    /// A prediction.
    Prediction(PredictionRecord),
    /// The whole phrase list from here on.
    Phrases(Vec<PhraseRecord>),
    /// The settings from here on.
    Settings(SettingsRecord),
    /// A marker.
    Marker(MarkerRecord),
    /// An event.
    Event(EventRecord),
    /// What holds from some frame on.
    Change(ChangeRecord),
    /// An example of a phrase.
    Example(ExampleRecord),
}

/// What a message says; `None` for channels that repeat others, and for what makes no sense.
pub(super) fn entry(message: &Message<'_>) -> Option<Entry> {
    fn read<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Option<T> {
        serde_json::from_slice(data).ok()
    }
    let data = message.data;
    match message.channel {
        FRAMES => frame_from_bytes(data).map(Entry::Frame),
        BEFORE => frame_from_bytes(data).map(|frame| Entry::Before(message.publish_nanos, frame)),
        PREDICTIONS => read(data).map(Entry::Prediction),
        PHRASES => read::<PhraseLists>(data).map(|list| Entry::Phrases(list.phrases)),
        SETTINGS => read(data).map(Entry::Settings),
        MARKERS => read(data).map(Entry::Marker),
        EVENTS => read(data).map(Entry::Event),
        COURSE => read(data).map(Entry::Change),
        EXAMPLES => read(data).map(Entry::Example),
        _ => None,
    }
}

/// Bytes of a body.
const BODY_BYTES: usize = 8 + 12 * JOINT_COUNT + JOINT_COUNT;

/// A frame as `synse_msgs/Frame`, in place of whatever is in `out`.
pub(super) fn frame_into_bytes(frame: &Frame, out: &mut Vec<u8>) {
    out.clear();
    out.extend(frame.timestamp_micros.to_le_bytes());
    out.extend((frame.bodies.len() as u32).to_le_bytes());
    for body in &frame.bodies {
        out.extend(body.id.to_le_bytes());
        for value in body.joints.as_flattened() {
            out.extend(value.to_le_bytes());
        }
        out.extend(body.tracking.iter().map(|tracking| *tracking as u8));
    }
}

/// The frame that these bytes hold, if they are one.
pub(super) fn frame_from_bytes(bytes: &[u8]) -> Option<Frame> {
    let (timestamp, rest) = bytes.split_first_chunk::<8>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (bodies, odd) = rest.as_chunks::<BODY_BYTES>();
    if !odd.is_empty() || bodies.len() != u32::from_le_bytes(*count) as usize {
        return None;
    }
    Some(Frame {
        timestamp_micros: u64::from_le_bytes(*timestamp),
        bodies: bodies.iter().map(body_from_bytes).collect::<Option<_>>()?,
    })
}

fn body_from_bytes(bytes: &[u8; BODY_BYTES]) -> Option<Body> {
    let (id, rest) = bytes.split_first_chunk::<8>()?;
    let (joints, states) = rest.split_at_checked(12 * JOINT_COUNT)?;
    let mut body = Body::tracked(u64::from_le_bytes(*id), [[0.0; 3]; JOINT_COUNT]);
    let (values, _) = joints.as_chunks::<4>();
    for (value, bytes) in body.joints.as_flattened_mut().iter_mut().zip(values) {
        *value = f32::from_le_bytes(*bytes);
    }
    for (tracking, state) in body.tracking.iter_mut().zip(states) {
        *tracking = match state {
            0 => Tracking::NotTracked,
            1 => Tracking::Inferred,
            2 => Tracking::Tracked,
            _ => return None,
        };
    }
    Some(body)
}
