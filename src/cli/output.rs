//! What `--json` prints: one object per line, with fields that stay.

use crate::phrases::Phrase;
use crate::phrases::motion::{ATTRIBUTES, MotionSource};
use crate::recognizer::{Activity, Prediction, Ranked};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::{self, Write};
use std::time::Duration;

/// One line of a ranking.
#[derive(Debug, Serialize)]
pub(super) struct RankedLine<'a> {
    phrase: &'a str,
    probability: f32,
    seen: bool,
}

/// A ranking as it is printed.
pub(super) fn ranking_lines(ranking: &[Ranked]) -> Vec<RankedLine<'_>> {
    ranking
        .iter()
        .map(|ranked| RankedLine {
            phrase: &ranked.phrase,
            probability: ranked.probability,
            seen: ranked.seen,
        })
        .collect()
}

/// What `classify` prints of a clip.
#[derive(Debug, Serialize)]
pub(super) struct ClassifyLine<'a> {
    pub(super) clip: &'a str,
    pub(super) ranking: Vec<RankedLine<'a>>,
    pub(super) p_seen: f32,
    pub(super) feature_norm: f32,
}

/// What `watch` prints of a prediction.
#[derive(Debug, Serialize)]
pub(super) struct WatchLine<'a> {
    /// The device's clock, seconds.
    t: f64,
    body: u64,
    state: &'static str,
    ranking: Vec<RankedLine<'a>>,
    smoothed: Vec<RankedLine<'a>>,
    /// The best smoothed phrase; `null` while nothing happens or nothing reaches the threshold.
    answer: Option<&'a str>,
    p_seen: f32,
    latency_ms: f64,
}

impl<'a> WatchLine<'a> {
    pub(super) fn new(prediction: &'a Prediction, latency: Duration) -> Self {
        Self {
            t: prediction.timestamp_micros as f64 * 1e-6,
            body: prediction.body,
            state: match prediction.activity {
                Activity::Idle => "idle",
                Activity::Acting => "acting",
            },
            ranking: ranking_lines(&prediction.ranking),
            smoothed: ranking_lines(&prediction.smoothed),
            answer: prediction.answer.as_ref().map(|answer| &*answer.phrase),
            p_seen: prediction.p_seen,
            latency_ms: latency.as_secs_f64() * 1e3,
        }
    }
}

/// What `info` prints of a file.
#[derive(Debug, Serialize)]
pub(super) struct InfoLine {
    pub(super) kind: &'static str,
    pub(super) frames: u64,
    /// The most bodies in any frame.
    pub(super) bodies: usize,
    pub(super) seconds: f64,
    pub(super) fps: f64,
    /// Whether the file was damaged, and only a part of it could be read.
    pub(super) recovered: bool,
    pub(super) lost_seconds: f64,
    /// What a session was recorded from, each source once.
    pub(super) sources: Vec<String>,
    pub(super) markers: Vec<String>,
    /// The different phrases in it.
    pub(super) phrases: Vec<String>,
}

/// What `embed` prints of a phrase.
#[derive(Debug, Serialize)]
pub(super) struct EmbedLine<'a> {
    phrase: &'a str,
    verb: &'a str,
    noun: Option<&'a str>,
    confidence: f32,
    motion: Map<String, Value>,
    motion_source: &'static str,
    verb_vector: &'a [f32],
    noun_vector: Option<&'a [f32]>,
}

impl<'a> EmbedLine<'a> {
    pub(super) fn new(
        phrase: &'a Phrase,
        verb_vector: &'a [f32],
        noun_vector: Option<&'a [f32]>,
    ) -> Self {
        let weights = ATTRIBUTES.iter().zip(&phrase.motion.weights);
        Self {
            phrase: &phrase.text,
            verb: &phrase.verb,
            noun: phrase.noun.as_deref(),
            confidence: phrase.confidence,
            motion: weights
                .map(|(attribute, &weight)| (attribute.name.to_owned(), Value::from(weight)))
                .collect(),
            motion_source: source_name(phrase.motion.source),
            verb_vector,
            noun_vector,
        }
    }
}

/// Where a motion card comes from, in a word.
pub(super) fn source_name(source: MotionSource) -> &'static str {
    match source {
        MotionSource::Lexicon => "lexicon",
        MotionSource::Composed => "composed",
        MotionSource::Guess => "guess",
        MotionSource::User => "user",
        MotionSource::Performance => "performance",
    }
}

/// Prints an object on a line of its own, at once: a reader of a live stream must not wait for a full buffer.
pub(super) fn print_json(out: &mut dyn Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Whether an error only says that the reader of our output has left.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let by_io = cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        let by_json = cause
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe));
        by_io || by_json
    })
}

/// A probability in words.
pub(super) fn percent(probability: f32) -> String {
    format!("{:.0} %", probability * 100.0)
}
