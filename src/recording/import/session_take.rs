//! A session as one take.

use super::{DEFAULT_FPS, stem};
use crate::recording::ExchangeError;
use crate::recording::session::{SessionFile, Walk};
use crate::recording::take::{Take, TakeFacts};
use crate::skeleton::Body;
use std::path::Path;

/// Reads all frames of a session, metres, with the device's clock; `lost` gets what is missing, in words.
pub(super) fn read(path: &Path, lost: &mut Vec<String>) -> Result<Take, ExchangeError> {
    let mut walk = Walk::new(SessionFile::open(path)?)?;
    let mut frames = Vec::new();
    while let Some((_, mut frame)) = walk.next_frame()? {
        // Trackers give such bodies for people at the edge of view; no format has a word for them.
        frame.bodies.retain(Body::is_finite);
        frames.push(frame);
    }
    let fps = Some(walk.settings().fps).filter(|fps| *fps > 0.0);
    let recovery = walk.file().recovery();
    if recovery.lost_seconds > 0.0 {
        let notes = recovery.notes.iter();
        lost.extend(notes.map(|note| format!("{}: {note}", path.display())));
    }
    Ok(Take {
        facts: TakeFacts {
            name: stem(path),
            ..TakeFacts::default()
        },
        fps: fps.unwrap_or(DEFAULT_FPS),
        frames,
    })
}
