//! Opens a session, whole or not, and reads it chunk by chunk.

use super::format::{CHANNELS, Entry, OVERVIEW, PROFILE, PhraseRecord, SCENE, TRANSFORM, entry};
use super::overview::Overview;
use super::{LOST_AT_MOST_SECONDS, SessionError};
use crate::recording::mcap::{
    ChunkRef, ReadChunkError, Scan, messages, read_chunk, read_index, scan,
};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What was lost of a session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recovery {
    /// Whether the file was damaged or not finished, and only a part of it could be read.
    pub recovered: bool,
    /// How much is missing, as far as it shows.
    pub lost_seconds: f64,
    /// What happened, in words.
    pub notes: Vec<String>,
}

/// A session on disk.
#[derive(Debug)]
pub struct SessionFile {
    file: File,
    path: PathBuf,
    chunks: Vec<ChunkRef>,
    /// Before these chunks something could not be read.
    gaps: Vec<usize>,
    recovery: Recovery,
}

/// What a session holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionInfo {
    /// Frames that could be read.
    pub frames: u64,
    /// The most bodies in any frame.
    pub bodies: usize,
    /// From the first frame to the end of the last.
    pub seconds: f64,
    /// Frames per second.
    pub fps: f64,
    /// What was recorded, each source once.
    pub sources: Vec<String>,
    /// The markers' labels, in their order.
    pub markers: Vec<String>,
    /// Every phrase that was ever in the list.
    pub phrases: Vec<String>,
    /// What was lost.
    pub recovery: Recovery,
}

impl SessionInfo {
    fn note_source(&mut self, source: String) {
        if !source.is_empty() && !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    fn note_phrases(&mut self, phrases: Vec<PhraseRecord>) {
        for phrase in phrases {
            if !self.phrases.contains(&phrase.text) {
                self.phrases.push(phrase.text);
            }
        }
    }
}

/// When something was noted, nanoseconds since 1970, and what.
pub type Noted = (u64, Entry);

impl SessionFile {
    /// Opens a session. A finished one is opened by its index; any other is scanned, and what is whole of it counts.
    pub fn open(path: &Path) -> Result<Self, SessionError> {
        let mut file = File::open(path).map_err(SessionError::file("open", path))?;
        let index = read_index(&mut file).map_err(SessionError::file("read", path))?;
        if let Some(chunks) = index {
            let mut session = Self {
                file,
                path: path.to_path_buf(),
                chunks,
                gaps: Vec::new(),
                recovery: Recovery::default(),
            };
            session.check_kind()?;
            return Ok(session);
        }
        let found = scan(&mut file).map_err(SessionError::file("read", path))?;
        let recovery = recovery(&found);
        let ours = found.profile == PROFILE;
        let mut session = Self {
            file,
            path: path.to_path_buf(),
            chunks: found.chunks,
            gaps: found.damage.iter().map(|(after, _)| *after).collect(),
            recovery,
        };
        if !ours {
            session.check_kind()?;
        }
        Ok(session)
    }

    /// A file of other programs has other messages on our channels.
    fn check_kind(&mut self) -> Result<(), SessionError> {
        let path = self.path.clone();
        let foreign = |found: &str| SessionError::Foreign {
            path: path.clone(),
            expected: "an MCAP file that synse recorded",
            found: found.to_owned(),
        };
        if self.chunks.is_empty() {
            return Err(foreign("nothing that can be read"));
        }
        // Where the first chunk is damaged, others speak for it.
        for index in 0..self.chunks.len() {
            if let Ok(Some(records)) = self.records(index) {
                // A later version may have channels that this one does not know.
                let mut known = messages(&records)
                    .filter(|message| CHANNELS.iter().any(|kind| kind.id == message.channel))
                    .peekable();
                if known.peek().is_none() {
                    continue;
                }
                let ours = known.all(|message| {
                    matches!(message.channel, SCENE | OVERVIEW | TRANSFORM)
                        || entry(&message).is_some()
                });
                return if ours {
                    Ok(())
                } else {
                    Err(foreign("messages of another program"))
                };
            }
        }
        Err(foreign("nothing that can be read"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// When a chunk begins and ends, nanoseconds since 1970.
    pub fn chunk_nanos(&self, index: usize) -> Option<(u64, u64)> {
        let chunk = self.chunks.get(index)?;
        Some((chunk.start_nanos, chunk.end_nanos))
    }

    /// When the session begins and ends, nanoseconds since 1970; `None` where it is empty.
    pub fn nanos(&self) -> Option<(u64, u64)> {
        let start = self.chunks.iter().map(|chunk| chunk.start_nanos).min()?;
        let end = self.chunks.iter().map(|chunk| chunk.end_nanos).max()?;
        Some((start, end))
    }

    /// What is known to be lost; damage inside a finished file shows only when its chunks are read.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Reads every chunk, so that damage inside a finished file shows, and says what is lost.
    pub fn check(&mut self) -> Result<&Recovery, SessionError> {
        for index in 0..self.chunks.len() {
            if self.records(index)?.is_none() {
                self.lose(index);
            }
        }
        Ok(&self.recovery)
    }

    /// Whether something right before a chunk could not be read when the file was opened.
    pub fn follows_damage(&self, index: usize) -> bool {
        self.gaps.contains(&index)
    }

    /// A chunk's entries with their times; `None` where it is damaged, which counts as lost from then on.
    pub fn entries(&mut self, index: usize) -> Result<Option<Vec<Noted>>, SessionError> {
        let all: Vec<u16> = CHANNELS.iter().map(|kind| kind.id).collect();
        self.entries_of(index, &all)
    }

    /// The same of some channels, which takes as long as these do.
    pub(super) fn entries_of(
        &mut self,
        index: usize,
        channels: &[u16],
    ) -> Result<Option<Vec<Noted>>, SessionError> {
        let Some(records) = self.records(index)? else {
            self.lose(index);
            return Ok(None);
        };
        let entries = messages(&records)
            .filter(|message| channels.contains(&message.channel))
            .filter_map(|message| Some((message.log_nanos, entry(&message)?)))
            .collect();
        Ok(Some(entries))
    }

    /// The whole session at a glance: as it was written at the session's end, or from all of its entries.
    pub fn overview(&mut self) -> Result<Overview, SessionError> {
        if let Some(last) = self.chunks.len().checked_sub(1)
            && let Some(records) = self.records(last)?
        {
            let told = messages(&records).filter(|message| message.channel == OVERVIEW);
            if let Some(message) = told.last()
                && let Ok(overview) = serde_json::from_slice(message.data)
            {
                return Ok(overview);
            }
        }
        let mut overview = Overview::default();
        for index in 0..self.chunks.len() {
            for (at, entry) in self.entries(index)?.unwrap_or_default() {
                overview.note(at, &entry);
            }
        }
        Ok(overview)
    }

    /// Reads everything, and says what there is and what is lost.
    pub fn info(&mut self) -> Result<SessionInfo, SessionError> {
        let mut info = SessionInfo::default();
        let (mut first, mut last) = (None, 0);
        for index in 0..self.chunks.len() {
            for (at, entry) in self.entries(index)?.unwrap_or_default() {
                match entry {
                    Entry::Frame(frame) => {
                        info.frames += 1;
                        info.bodies = info.bodies.max(frame.bodies.len());
                        first.get_or_insert(at);
                        last = at;
                    }
                    Entry::Marker(marker) => info.markers.push(marker.label),
                    Entry::Phrases(phrases) => info.note_phrases(phrases),
                    Entry::Settings(settings) => info.note_source(settings.source),
                    Entry::Before(..)
                    | Entry::Prediction(_)
                    | Entry::Event(_)
                    | Entry::Change(_)
                    | Entry::Example(_) => {}
                }
            }
        }
        let span = first.map_or(0.0, |first| last.saturating_sub(first) as f64 * 1e-9);
        // The last frame lasts as long as the others.
        info.seconds = span * info.frames as f64 / info.frames.saturating_sub(1).max(1) as f64;
        info.fps = if info.seconds > 0.0 {
            info.frames as f64 / info.seconds
        } else {
            0.0
        };
        info.recovery = self.recovery.clone();
        Ok(info)
    }

    fn records(&mut self, index: usize) -> Result<Option<Vec<u8>>, SessionError> {
        let Some(chunk) = self.chunks.get(index) else {
            return Ok(None);
        };
        match read_chunk(&mut self.file, chunk) {
            Ok(records) => Ok(Some(records)),
            Err(ReadChunkError::Damaged { .. }) => Ok(None),
            Err(ReadChunkError::File(error)) => Err(SessionError::file("read", &self.path)(error)),
        }
    }

    fn lose(&mut self, index: usize) {
        let Some(chunk) = self.chunks.get(index) else {
            return;
        };
        let note = format!("the chunk at byte {} is damaged", chunk.offset);
        if self.recovery.notes.contains(&note) {
            return;
        }
        let before = index
            .checked_sub(1)
            .and_then(|before| self.chunks.get(before));
        let begin = before.map_or(chunk.start_nanos, |before| before.end_nanos);
        let end = self
            .chunks
            .get(index + 1)
            .map_or(chunk.end_nanos, |after| after.start_nanos);
        self.recovery.recovered = true;
        self.recovery.lost_seconds += seconds(begin, end);
        self.recovery.notes.push(note);
    }
}

/// What is missing of a scanned file.
fn recovery(found: &Scan) -> Recovery {
    let mut recovery = Recovery {
        recovered: true,
        ..Recovery::default()
    };
    let started = found
        .metadata
        .get(PROFILE)
        .and_then(|about| about.get("start_nanos"));
    let started = started.and_then(|text| text.parse().ok());
    let mut tail = None;
    for stretch in found.damage.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(after, _)) = stretch.first() else {
            continue;
        };
        let named = || stretch.iter().filter_map(|(_, times)| *times);
        let before = after
            .checked_sub(1)
            .and_then(|before| found.chunks.get(before));
        let Some(next) = found.chunks.get(after) else {
            tail = Some(named().map(|(_, end)| end).max());
            continue;
        };
        let lost = match before {
            Some(before) => seconds(before.end_nanos, next.start_nanos),
            None => started
                .and_then(|begin| plausible(begin, next.start_nanos))
                .or_else(|| plausible(named().map(|(start, _)| start).min()?, next.start_nanos))
                .unwrap_or(LOST_AT_MOST_SECONDS),
        };
        recovery.lost_seconds += lost;
        recovery.notes.push(format!(
            "{lost:.2} s before byte {} are damaged",
            next.offset
        ));
    }
    let last = found.chunks.last().map(|chunk| chunk.end_nanos).or(started);
    let known = tail.flatten().zip(last);
    let lost = known
        .and_then(|(end, last)| plausible(last, end))
        .unwrap_or(LOST_AT_MOST_SECONDS);
    if !found.ended {
        recovery.lost_seconds += lost;
        recovery.notes.push(format!(
            "nobody finished it: about {lost:.2} s are missing at its end if the program was stopped, and more if the file was cut"
        ));
    } else if tail.is_some() {
        recovery.lost_seconds += lost;
        recovery
            .notes
            .push(format!("about {lost:.2} s at its end are damaged"));
    } else if found.damage.is_empty() {
        recovery
            .notes
            .push("the index at its end is missing or damaged; nothing is lost".to_owned());
    }
    recovery
}

fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 * 1e-9
}

/// The length of a stretch, where one of its ends was read past no checksum: damage may have named any time.
fn plausible(from: u64, to: u64) -> Option<f64> {
    let lost = seconds(from, to);
    (lost > 0.0 && lost < 60.0).then_some(lost)
}
