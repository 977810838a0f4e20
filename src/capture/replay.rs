//! Recordings as a camera: an NTU `.skeleton` file, one clip of a store, or a whole store one clip after the other.

use crate::capture::clip_store::{ClipEntry, ClipStore};
use crate::capture::{CaptureError, Seekable, Source, ntu_skeleton};
use crate::skeleton::Frame;
use std::collections::VecDeque;
use std::path::Path;

/// Nobody is in view for this long between two clips of a store.
const PAUSE_MICROS: u64 = 1_000_000;

/// A recording that plays once, from its first frame to its last.
#[derive(Debug)]
pub struct Replay {
    name: String,
    fps: f32,
    frames: Vec<Frame>,
    /// The frame that comes next.
    next: usize,
    rest: Option<Rest>,
    /// Added to the timestamps of the clip that plays.
    offset_micros: u64,
    newest_micros: u64,
    /// Added to the bodies' ids in the clip that plays, where clips of a store follow each other.
    bodies_before: u64,
    /// Bodies of the clips that have begun; 0 where a single recording plays.
    bodies: u64,
}

/// What is still to be played of a store.
#[derive(Debug)]
struct Rest {
    store: ClipStore,
    clips: VecDeque<ClipEntry>,
}

impl Replay {
    /// Opens a `.skeleton` file, a clip of a store by name, or all clips of a store.
    pub fn open(path: &Path, clip: Option<&str>) -> Result<Self, CaptureError> {
        let of = |name: String, fps: f32, frames: Vec<Frame>, rest: Option<Rest>| Self {
            name,
            fps,
            frames,
            next: 0,
            rest,
            offset_micros: 0,
            newest_micros: 0,
            bodies_before: 0,
            bodies: 0,
        };
        let file = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        if ntu_skeleton::is_one(path) {
            if let Some(clip) = clip {
                return Err(CaptureError::Spec {
                    text: format!("replay:{}#{clip}", path.display()),
                    problem: "a .skeleton file is one clip, it has no names".to_owned(),
                });
            }
            let frames = ntu_skeleton::read(path)?;
            return Ok(of(file, ntu_skeleton::FPS, frames, None));
        }
        let store = ClipStore::open(path)?;
        if let Some(clip) = clip {
            let entry = store.find(clip)?;
            let frames = store.frames_of(entry)?;
            let name = format!("{} ({})", entry.clip, entry.phrase);
            return Ok(of(name, entry.fps, frames, None));
        }
        let fps = store
            .clips
            .first()
            .map_or(ntu_skeleton::FPS, |entry| entry.fps);
        let name = format!("{file} ({} clips)", store.clips.len());
        let clips = store.clips.clone().into();
        Ok(of(name, fps, Vec::new(), Some(Rest { store, clips })))
    }

    /// Goes on to the store's next clip: a frame in which nobody is in view, or `None` at the end.
    fn next_clip(&mut self) -> Result<Option<Frame>, CaptureError> {
        let Some(rest) = &mut self.rest else {
            return Ok(None);
        };
        let Some(entry) = rest.clips.pop_front() else {
            return Ok(None);
        };
        self.frames = rest.store.frames_of(&entry)?;
        self.next = 0;
        self.fps = entry.fps;
        let pause = if self.bodies == 0 { 0 } else { PAUSE_MICROS };
        self.bodies_before = self.bodies;
        self.bodies += entry.bodies as u64;
        let empty_micros = self.newest_micros.saturating_add(pause / 2);
        self.offset_micros = empty_micros.saturating_add((PAUSE_MICROS / 2).min(pause.max(1)));
        self.newest_micros = empty_micros;
        Ok(Some(Frame {
            timestamp_micros: empty_micros,
            bodies: Vec::new(),
        }))
    }
}

impl Source for Replay {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        self.fps
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        let Some(mut frame) = self.frames.get(self.next).cloned() else {
            return self.next_clip();
        };
        self.next += 1;
        frame.timestamp_micros = frame.timestamp_micros.saturating_add(self.offset_micros);
        self.newest_micros = frame.timestamp_micros;
        for body in &mut frame.bodies {
            body.id += self.bodies_before;
        }
        Ok(Some(frame))
    }

    fn seekable(&mut self) -> Option<&mut dyn Seekable> {
        // Clips that follow each other are read one by one: there is no going back among them.
        self.rest.is_none().then_some(self)
    }
}

impl Replay {
    fn moment(&self, index: usize) -> u64 {
        let first = self
            .frames
            .first()
            .map_or(0, |frame| frame.timestamp_micros);
        let at = self.frames.get(index).or(self.frames.last());
        at.map_or(0, |frame| frame.timestamp_micros.saturating_sub(first))
    }
}

impl Seekable for Replay {
    fn length_micros(&self) -> u64 {
        self.moment(self.frames.len())
    }

    fn position_micros(&self) -> u64 {
        self.moment(self.next.saturating_sub(1))
    }

    fn seek(&mut self, micros: u64) -> Result<(), CaptureError> {
        let found = (0..self.frames.len()).find(|index| self.moment(*index) >= micros);
        self.next = found.unwrap_or(self.frames.len());
        Ok(())
    }

    fn seek_before(&mut self, micros: u64) -> Result<(), CaptureError> {
        let found = (0..self.frames.len()).rfind(|index| self.moment(*index) < micros);
        self.next = found.unwrap_or(0);
        Ok(())
    }
}
