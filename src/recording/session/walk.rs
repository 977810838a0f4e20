//! Walks through a session's frames, from any moment, in either direction.

use super::file::SessionFile;
use super::format::Entry;
use super::{SessionError, SettingsRecord};
use crate::skeleton::Frame;

/// A place in a session: the next frame to be read.
#[derive(Debug)]
pub struct Walk {
    file: SessionFile,
    reach: Reach,
    /// The chunk whose frames are loaded.
    chunk: usize,
    frames: Vec<(u64, Frame)>,
    next: usize,
    start_nanos: u64,
    end_nanos: u64,
    settings: SettingsRecord,
}

/// Which times may be in which chunks. Frames come in the order of their times, but what is said of them comes later, with
/// their times: a chunk may begin before the last frames of the chunk before it.
#[derive(Debug)]
struct Reach {
    /// The last time in a chunk or any before it.
    ends: Vec<u64>,
    /// The first time in a chunk or any after it.
    starts: Vec<u64>,
}

impl Reach {
    fn of(file: &SessionFile) -> Self {
        let chunks: Vec<(u64, u64)> = (0..file.chunks())
            .filter_map(|index| file.chunk_nanos(index))
            .collect();
        let last = |last: &mut u64, (_, end): &(u64, u64)| {
            *last = (*last).max(*end);
            Some(*last)
        };
        let first = |first: &mut u64, (start, _): &(u64, u64)| {
            *first = (*first).min(*start);
            Some(*first)
        };
        let mut starts: Vec<u64> = chunks.iter().rev().scan(u64::MAX, first).collect();
        starts.reverse();
        Self {
            ends: chunks.iter().scan(0, last).collect(),
            starts,
        }
    }

    /// The first chunk that may hold that time or a later one; the last where none does.
    fn first_at(&self, nanos: u64) -> usize {
        let before = self.ends.partition_point(|end| *end < nanos);
        before.min(self.ends.len().saturating_sub(1))
    }

    /// The last chunk that may hold an earlier time; the first where none does.
    fn last_before(&self, nanos: u64) -> usize {
        let before = self.starts.partition_point(|start| *start < nanos);
        before.saturating_sub(1)
    }
}

/// Chunks at the front in which the settings are looked for.
const FIRST_CHUNKS: usize = 5;

impl Walk {
    /// Stands before a session's first frame.
    pub fn new(mut file: SessionFile) -> Result<Self, SessionError> {
        let (start_nanos, end_nanos) = file.nanos().unwrap_or((0, 0));
        let mut settings = SettingsRecord::default();
        let mut times = Vec::new();
        for index in 0..file.chunks().min(FIRST_CHUNKS) {
            for (at, entry) in file.entries(index)?.unwrap_or_default() {
                match entry {
                    Entry::Settings(newer) => settings = newer,
                    Entry::Frame(_) => times.push(at),
                    _ => {}
                }
            }
            if settings.fps > 0.0 && settings.up.is_some() {
                break;
            }
        }
        if settings.fps <= 0.0
            && let (Some(first), Some(last)) = (times.first(), times.last())
        {
            let seconds = last.saturating_sub(*first) as f32 * 1e-9;
            settings.fps = (times.len() - 1) as f32 / seconds.max(1e-3);
        }
        let mut walk = Self {
            reach: Reach::of(&file),
            file,
            chunk: 0,
            frames: Vec::new(),
            next: 0,
            start_nanos,
            end_nanos,
            settings,
        };
        walk.load(0)?;
        Ok(walk)
    }

    /// The file.
    pub fn file(&mut self) -> &mut SessionFile {
        &mut self.file
    }

    /// The settings that the session began with, but for the newest known way up; its rate is the frames' own where it was not noted.
    pub fn settings(&self) -> &SettingsRecord {
        &self.settings
    }

    /// How long the session is, microseconds.
    pub fn length_micros(&self) -> u64 {
        self.end_nanos.saturating_sub(self.start_nanos) / 1000
    }

    /// The next frame and its moment, microseconds after the session's begin; `None` at the end.
    pub fn next_frame(&mut self) -> Result<Option<(u64, Frame)>, SessionError> {
        let next = self.next_noted()?;
        Ok(next.map(|(nanos, frame)| (self.moment(nanos), frame)))
    }

    /// The next frame and its log time, nanoseconds since 1970; `None` at the end.
    pub fn next_noted(&mut self) -> Result<Option<(u64, Frame)>, SessionError> {
        loop {
            if let Some(found) = self.frames.get(self.next) {
                self.next += 1;
                return Ok(Some(found.clone()));
            }
            if self.chunk + 1 >= self.file.chunks() {
                return Ok(None);
            }
            self.load(self.chunk + 1)?;
        }
    }

    /// Goes to the first frame at that moment or after it.
    pub fn seek(&mut self, micros: u64) -> Result<(), SessionError> {
        let nanos = self.nanos(micros);
        let mut chunk = self.reach.first_at(nanos);
        loop {
            self.load(chunk)?;
            self.next = self.frames.partition_point(|(at, _)| *at < nanos);
            chunk += 1;
            if self.next < self.frames.len() || chunk >= self.file.chunks() {
                return Ok(());
            }
        }
    }

    /// Goes to the last frame before that moment, or to the first of all.
    pub fn seek_before(&mut self, micros: u64) -> Result<(), SessionError> {
        let nanos = self.nanos(micros);
        let mut chunk = self.reach.last_before(nanos);
        loop {
            self.load(chunk)?;
            let before = self.frames.partition_point(|(at, _)| *at < nanos);
            if let Some(last) = before.checked_sub(1) {
                self.next = last;
                return Ok(());
            }
            match chunk.checked_sub(1) {
                Some(earlier) => chunk = earlier,
                None => return self.seek(0),
            }
        }
    }

    fn load(&mut self, chunk: usize) -> Result<(), SessionError> {
        if chunk == self.chunk && !self.frames.is_empty() {
            self.next = 0;
            return Ok(());
        }
        let entries = self.file.entries(chunk)?.unwrap_or_default();
        let mut up = self.settings.up;
        let frames = entries.into_iter().filter_map(|(at, entry)| match entry {
            Entry::Frame(frame) => Some((at, frame)),
            Entry::Settings(newer) => {
                up = newer.up;
                None
            }
            _ => None,
        });
        self.frames = frames.collect();
        self.settings.up = up;
        self.chunk = chunk;
        self.next = 0;
        Ok(())
    }

    fn nanos(&self, micros: u64) -> u64 {
        self.start_nanos.saturating_add(micros.saturating_mul(1000))
    }

    /// A log time as microseconds after the session's begin.
    pub fn moment(&self, nanos: u64) -> u64 {
        nanos.saturating_sub(self.start_nanos) / 1000
    }
}
