//! A recorded session as a source: the frames come as they were captured, with the device's clock.

use crate::capture::{CaptureError, Seekable, Source};
use crate::recording::session::{ENDING, SessionError, SessionFile, Walk};
use crate::skeleton::Frame;
use std::path::Path;

/// Whether a path is that of a session.
pub(super) fn is_session(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// A session that plays.
#[derive(Debug)]
pub(super) struct SessionSource {
    name: String,
    walk: Walk,
    position_micros: u64,
}

impl SessionSource {
    /// Opens a session, whole or not; what is lost of it is told in the log.
    pub(super) fn open(path: &Path) -> Result<Self, CaptureError> {
        let file = SessionFile::open(path).map_err(failed)?;
        for note in &file.recovery().notes {
            tracing::warn!("{}: {note}", path.display());
        }
        let name = path.file_stem().unwrap_or(path.as_os_str());
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            walk: Walk::new(file).map_err(failed)?,
            position_micros: 0,
        })
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is called as `map_err` gives it"
)]
fn failed(error: SessionError) -> CaptureError {
    CaptureError::Session {
        problem: error.to_string(),
    }
}

impl Source for SessionSource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        self.walk.settings().fps
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        let next = self.walk.next_frame().map_err(failed)?;
        Ok(next.map(|(at, frame)| {
            self.position_micros = at;
            frame
        }))
    }

    fn up(&self) -> Option<[f32; 3]> {
        self.walk.settings().up
    }

    fn seekable(&mut self) -> Option<&mut dyn Seekable> {
        Some(self)
    }
}

impl Seekable for SessionSource {
    fn length_micros(&self) -> u64 {
        self.walk.length_micros()
    }

    fn position_micros(&self) -> u64 {
        self.position_micros
    }

    fn seek(&mut self, micros: u64) -> Result<(), CaptureError> {
        self.walk.seek(micros).map_err(failed)
    }

    fn seek_before(&mut self, micros: u64) -> Result<(), CaptureError> {
        self.walk.seek_before(micros).map_err(failed)
    }
}
