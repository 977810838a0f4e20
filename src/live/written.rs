//! A session that is being written, by the recorder alone.

use super::recorded::Recorded;
use super::recorder::Clock;
use crate::phrases::{Example, PhraseEntry};
use crate::recording::session::{
    Change, ChangeRecord, EventRecord, ExampleRecord, MOST_EXAMPLE_VALUES, MarkerRecord,
    PhraseRecord, PredictionRecord, SessionError, SessionWriter, values_of,
};
use crate::skeleton::Frame;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

/// A session that is being written.
pub(super) struct Open {
    pub(super) writer: SessionWriter,
    pub(super) clock: Clock,
    /// Frames that the ring had lost before.
    pub(super) dropped_before: u64,
    pub(super) dropped: u64,
    segment: Option<MarkerRecord>,
    /// The fingerprints of the examples that are in it, and of those that have no room in it.
    examples: HashSet<String>,
    example_values: usize,
}

impl Open {
    /// A session that begins at the clock's moment.
    pub(super) fn new(writer: SessionWriter, clock: Clock, dropped_before: u64) -> Self {
        Self {
            writer,
            clock,
            dropped_before,
            dropped: 0,
            segment: None,
            examples: HashSet::new(),
            example_values: 0,
        }
    }

    /// When something is noted that is of that moment, nanoseconds since 1970: what was wanted before the session began, and
    /// heard of since, is noted at its begin.
    pub(super) fn nanos(&self, at: Instant) -> u64 {
        self.clock.nanos(at.max(self.clock.instant))
    }

    /// Notes a frame: of the session, or one from before it.
    pub(super) fn frame(&mut self, frame: &Frame, at: Instant) -> Result<(), SessionError> {
        let nanos = self.clock.nanos(at);
        if at < self.clock.instant {
            self.writer.before(nanos, frame)
        } else {
            self.writer.frame(nanos, frame)
        }
    }

    /// Notes a prediction for a frame of the session; of a frame from before it only that there was one.
    pub(super) fn prediction(
        &mut self,
        record: PredictionRecord,
        at: Instant,
    ) -> Result<(), SessionError> {
        if at < self.clock.instant {
            return self.unwritten(&[(at, record.body)], at);
        }
        self.writer.prediction(self.clock.nanos(at), record)
    }

    /// Notes that the frames between two were answered for by nobody.
    pub(super) fn unseen(
        &mut self,
        after: Option<Instant>,
        until: Instant,
        at: Instant,
    ) -> Result<(), SessionError> {
        let until_nanos = self.clock.nanos(until);
        self.note(after, Change::Unseen { until_nanos }, at)
    }

    /// A segment begins; the one before it ends.
    pub(super) fn begin_segment(&mut self, label: String, at: Instant) -> Result<(), SessionError> {
        let ended = self.end_segment(at);
        let start_nanos = self.nanos(at);
        self.segment = Some(MarkerRecord {
            label,
            start_nanos,
            end_nanos: start_nanos,
        });
        ended
    }

    /// The segment ends, if one was begun.
    pub(super) fn end_segment(&mut self, at: Instant) -> Result<(), SessionError> {
        let Some(mut segment) = self.segment.take() else {
            return Ok(());
        };
        segment.end_nanos = self.nanos(at);
        self.writer.marker(segment.end_nanos, &segment)
    }

    /// Notes what holds for the frames after that of a moment.
    pub(super) fn note(
        &mut self,
        after: Option<Instant>,
        change: Change,
        at: Instant,
    ) -> Result<(), SessionError> {
        let after_nanos = after.map_or(0, |after| self.clock.nanos(after));
        let record = ChangeRecord {
            after_nanos,
            change,
        };
        self.writer.change(self.nanos(at), &record)
    }

    /// Notes that answers are not among the predictions: for the frames of which moments, and whose they were.
    pub(super) fn unwritten(
        &mut self,
        answers: &[(Instant, u64)],
        at: Instant,
    ) -> Result<(), SessionError> {
        let noted = answers
            .iter()
            .map(|(at, body)| (self.clock.nanos(*at), *body));
        let answers: Vec<(u64, u64)> = noted.collect();
        let first = answers.first().map_or(0, |(nanos, _)| *nanos);
        let record = ChangeRecord {
            after_nanos: first.saturating_sub(1),
            change: Change::Unwritten { answers },
        };
        self.writer.change(self.nanos(at), &record)
    }

    /// Notes the phrase list, and before it the examples that are new in it.
    pub(super) fn phrases(
        &mut self,
        entries: &[PhraseEntry],
        at: Instant,
    ) -> Result<(), SessionError> {
        let nanos = self.nanos(at);
        for example in entries.iter().flat_map(|entry| &entry.examples) {
            self.keep(nanos, example)?;
        }
        let records = entries.iter().map(PhraseRecord::from).collect();
        self.writer.phrases(nanos, records)
    }

    /// Keeps an example, once, as far as there is room for examples.
    fn keep(&mut self, nanos: u64, example: &Example) -> Result<(), SessionError> {
        if !self.examples.insert(example.fingerprint().to_owned()) {
            return Ok(());
        }
        let values = self.example_values + values_of(example);
        if values > MOST_EXAMPLE_VALUES {
            let name = example.name();
            let text = format!("the example \"{name}\" is not kept: there are too many");
            tracing::warn!("{text}");
            let kind = "example".to_owned();
            return self.writer.event(nanos, &EventRecord { kind, text });
        }
        self.example_values = values;
        self.writer.example(nanos, &ExampleRecord::from(example))
    }

    /// How far it has come.
    pub(super) fn recorded(&self, free_bytes: Option<u64>) -> Recorded {
        Recorded {
            path: PathBuf::from(self.writer.path()),
            seconds: self.clock.instant.elapsed().as_secs_f64(),
            frames: self.writer.frames(),
            bytes: self.writer.bytes(),
            free_bytes,
            dropped: self.dropped,
        }
    }
}
