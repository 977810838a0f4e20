//! Writes a session: frames and what is said of them, on disk to the last second.

use super::course::{ChangeRecord, ExampleRecord};
use super::format::{
    BEFORE, CHANNELS, COURSE, EVENTS, EXAMPLES, EventRecord, FRAMES, MARKERS, MarkerRecord,
    OVERVIEW, PHRASES, PREDICTIONS, PROFILE, PhraseLists, PhraseRecord, PredictionRecord, SCENE,
    SETTINGS, SettingsRecord, TRANSFORM, frame_into_bytes,
};
use super::overview::Overview;
use super::scene::{Ground, scene_into_text};
use super::{ENDING, SessionError};
use crate::recording::mcap::{Sink, Writer};
use crate::skeleton::Frame;
use chrono::{DateTime, Local};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Foxglove gets a skeleton this often, nanoseconds.
const SCENE_NANOS: u64 = 100_000_000;

/// Lines of a ranking that are kept.
const RANKING_LINES: usize = 10;

/// Where a session may be written to; a stand-in in tests.
pub trait SessionSink: io::Write + Send {
    /// Returns when everything written so far will outlive a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts what was written after so many bytes.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

impl SessionSink for File {
    fn sync(&mut self) -> io::Result<()> {
        Sink::sync(self)
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        Sink::cut(self, bytes)
    }
}

impl Sink for Box<dyn SessionSink> {
    fn sync(&mut self) -> io::Result<()> {
        self.as_mut().sync()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.as_mut().cut(bytes)
    }
}

/// A session in the making.
pub struct SessionWriter {
    path: PathBuf,
    writer: Writer<Box<dyn SessionSink>>,
    overview: Overview,
    scene_due: u64,
    ground: Ground,
    frames: u64,
    bytes: Vec<u8>,
    text: String,
}

impl std::fmt::Debug for SessionWriter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SessionWriter")
            .field("path", &self.path)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

impl SessionWriter {
    /// Begins a session in a file that is not there yet.
    pub fn create(path: &Path, start_nanos: u64) -> Result<Self, SessionError> {
        let file = new_file(path)?;
        Self::begin(path, Box::new(file), start_nanos).inspect_err(|_| {
            // It is ours, and holds nothing.
            std::fs::remove_file(path).ok();
        })
    }

    /// Begins a session in a sink; the path is what its errors name.
    pub fn begin(
        path: &Path,
        sink: Box<dyn SessionSink>,
        start_nanos: u64,
    ) -> Result<Self, SessionError> {
        let about = BTreeMap::from([
            ("format".to_owned(), "1".to_owned()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("start_nanos".to_owned(), start_nanos.to_string()),
        ]);
        let writer = Writer::create(sink, PROFILE, CHANNELS, (PROFILE, &about))
            .map_err(SessionError::file("write", path))?;
        Ok(Self {
            path: path.to_path_buf(),
            writer,
            overview: Overview {
                start_nanos,
                ..Overview::default()
            },
            scene_due: 0,
            ground: Ground::default(),
            frames: 0,
            bytes: Vec::new(),
            text: String::new(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Frames so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Frames that the file holds: those of the second that found no room are not among them.
    pub fn written_frames(&self) -> u64 {
        self.writer.written(FRAMES)
    }

    /// Bytes so far; what is not yet packed counts in full.
    pub fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// Notes a frame, and now and then a picture of it.
    pub fn frame(&mut self, log_nanos: u64, frame: &Frame) -> Result<(), SessionError> {
        let mut bytes = std::mem::take(&mut self.bytes);
        frame_into_bytes(frame, &mut bytes);
        let pushed = self.push(FRAMES, log_nanos, &bytes);
        self.bytes = bytes;
        pushed?;
        self.frames += 1;
        self.overview.note_frame(log_nanos, frame.bodies.len());
        if log_nanos < self.scene_due {
            return Ok(());
        }
        self.scene_due = log_nanos + SCENE_NANOS;
        self.ground.see(frame);
        let mut text = std::mem::take(&mut self.text);
        let moved = if self.ground.news_into_text(log_nanos, &mut text) {
            self.push(TRANSFORM, log_nanos, text.as_bytes())
        } else {
            Ok(())
        };
        scene_into_text(frame, log_nanos, &mut text);
        let pushed = moved.and_then(|()| self.push(SCENE, log_nanos, text.as_bytes()));
        self.text = text;
        pushed
    }

    /// Notes a frame from before the session began, which the computer had at that moment. It is no part of the session: all of
    /// these are noted at its begin, and count nowhere.
    pub fn before(&mut self, captured_nanos: u64, frame: &Frame) -> Result<(), SessionError> {
        let mut bytes = std::mem::take(&mut self.bytes);
        frame_into_bytes(frame, &mut bytes);
        let begin = self.overview.start_nanos;
        let pushed = self.writer.push_late(BEFORE, begin, captured_nanos, &bytes);
        self.bytes = bytes;
        pushed.map_err(SessionError::file("write", &self.path))
    }

    /// Notes a prediction; of its rankings the first ten lines are kept.
    pub fn prediction(
        &mut self,
        log_nanos: u64,
        mut prediction: PredictionRecord,
    ) -> Result<(), SessionError> {
        prediction.ranking.truncate(RANKING_LINES);
        prediction.smoothed.truncate(RANKING_LINES);
        let lines = prediction
            .ranking
            .iter_mut()
            .chain(&mut prediction.smoothed);
        let values = lines.map(|line| &mut line.probability);
        for value in values.chain(&mut prediction.motion) {
            *value = (*value * 1e4).round() * 1e-4;
        }
        self.overview.note_prediction(log_nanos, &prediction);
        self.json(PREDICTIONS, log_nanos, &prediction)
    }

    /// Notes the phrase list from here on.
    pub fn phrases(
        &mut self,
        log_nanos: u64,
        phrases: Vec<PhraseRecord>,
    ) -> Result<(), SessionError> {
        self.json(PHRASES, log_nanos, &PhraseLists { phrases })
    }

    /// Notes the settings from here on.
    pub fn settings(
        &mut self,
        log_nanos: u64,
        settings: &SettingsRecord,
    ) -> Result<(), SessionError> {
        self.ground.lean(settings.up);
        self.json(SETTINGS, log_nanos, settings)
    }

    /// Notes a marker.
    pub fn marker(&mut self, log_nanos: u64, marker: &MarkerRecord) -> Result<(), SessionError> {
        self.overview.markers.push(marker.clone());
        self.json(MARKERS, log_nanos, marker)
    }

    /// Notes an event.
    pub fn event(&mut self, log_nanos: u64, event: &EventRecord) -> Result<(), SessionError> {
        self.json(EVENTS, log_nanos, event)
    }

    /// Notes what holds from some frame on.
    pub fn change(&mut self, log_nanos: u64, change: &ChangeRecord) -> Result<(), SessionError> {
        self.json(COURSE, log_nanos, change)
    }

    /// Keeps an example whole.
    pub fn example(&mut self, log_nanos: u64, example: &ExampleRecord) -> Result<(), SessionError> {
        self.json(EXAMPLES, log_nanos, example)
    }

    /// Returns when everything noted so far would outlive a power cut.
    pub fn flush(&mut self) -> Result<(), SessionError> {
        self.writer
            .flush()
            .map_err(SessionError::file("write", &self.path))
    }

    /// Ends the session: its overview and its index; nothing can come after. Where that fails, what was written before is still
    /// readable.
    ///
    /// Returns the file's bytes.
    pub fn finish(&mut self, log_nanos: u64) -> Result<u64, SessionError> {
        let overview = std::mem::take(&mut self.overview);
        self.json(OVERVIEW, log_nanos, &overview)?;
        self.writer
            .finish()
            .map_err(SessionError::file("finish", &self.path))
    }

    fn json(
        &mut self,
        channel: u16,
        log_nanos: u64,
        value: &impl Serialize,
    ) -> Result<(), SessionError> {
        let text = serde_json::to_vec(value)
            .map_err(|error| SessionError::file("write", &self.path)(error.into()))?;
        self.push(channel, log_nanos, &text)
    }

    fn push(&mut self, channel: u16, log_nanos: u64, data: &[u8]) -> Result<(), SessionError> {
        self.writer
            .push(channel, log_nanos, data)
            .map_err(SessionError::file("write", &self.path))
    }
}

/// Makes a file that was not there.
pub fn new_file(path: &Path) -> Result<File, SessionError> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    made.map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            SessionError::Exists {
                path: path.to_path_buf(),
            }
        } else {
            SessionError::file("create", path)(error)
        }
    })
}

/// A name in a folder that is not taken: `session-2026-11-24-201501.mcap`, by the clock on the wall.
pub fn new_name(folder: &Path, unix_seconds: u64) -> PathBuf {
    let moment = DateTime::from_timestamp(unix_seconds.cast_signed(), 0).unwrap_or_default();
    let moment = moment.with_timezone(&Local);
    let stem = moment.format("session-%Y-%m-%d-%H%M%S").to_string();
    let mut path = folder.join(format!("{stem}.{ENDING}"));
    let mut count = 2;
    while path.exists() {
        path = folder.join(format!("{stem}-{count}.{ENDING}"));
        count += 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let name = |unix_seconds| {
            let path = new_name(folder.path(), unix_seconds);
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        // The 24th of November at noon, and in the far east the 25th.
        let noon = 1_795_521_600;
        let first = name(noon);
        assert!(first.starts_with("session-2026-11-2"), "{first}");
        new_file(&folder.path().join(&first)).unwrap();
        let taken = new_file(&folder.path().join(&first));
        assert!(matches!(taken, Err(SessionError::Exists { .. })));
        assert_eq!(name(noon), first.replace(".mcap", "-2.mcap"));
    }
}
