//! One file becomes one clip: bodies chosen, joints kept within the store's reach.

use super::facts::Facts;
use super::run::{Note, Settings};
use super::tree::Sample;
use crate::capture::clip_store::{ClipEntry, MAX_BODIES, REACH_METRES};
use crate::capture::{CaptureError, ntu_skeleton};
use crate::skeleton::Joints;
use crate::window::bodies::choose;

/// A clip, ready to be stored.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) entry: ClipEntry,
    /// `[body][frame]`, metres.
    pub(super) tracks: Vec<Vec<Joints>>,
    /// What was changed on the way, where something was.
    pub(super) note: Option<Note>,
}

/// Reads a sample's file, or says why there is no clip in it.
pub(super) fn read(sample: &Sample, facts: &Facts, settings: &Settings) -> Result<Recording, Note> {
    let left_out = |reason: String| Note::left_out(sample.shown.clone(), reason);
    let class = facts.class_of(sample.name).map_err(left_out)?;
    let frames = ntu_skeleton::read(&sample.path).map_err(|error| left_out(reason(error)))?;
    let chosen = choose(&frames, MAX_BODIES, settings.identity);
    if chosen.tracks.is_empty() {
        return Err(left_out(match frames.len() {
            0 => "it has no frames".to_owned(),
            1 => "nobody is in view in its only frame".to_owned(),
            count => format!("nobody is in view in any of its {count} frames"),
        }));
    }
    let mut tracks = chosen.tracks;
    let length = settings.frames.unwrap_or(usize::MAX);
    let cut = frames.len().saturating_sub(length);
    let (mut held, mut nobody) = (0, true);
    for track in &mut tracks {
        track.truncate(length);
        for value in track.as_flattened_mut().as_flattened_mut() {
            nobody &= *value == 0.0;
            if value.abs() > REACH_METRES {
                *value = value.clamp(-REACH_METRES, REACH_METRES);
                held += 1;
            }
        }
    }
    if nobody {
        return Err(left_out(format!(
            "nobody is in view in its first {length} frames"
        )));
    }
    let entry = ClipEntry {
        clip: sample.name.to_string(),
        dataset: facts.dataset.name().to_owned(),
        subject: Facts::subject(sample.name.performer),
        label: class.official.clone(),
        phrase: class.phrase.clone(),
        verb: class.verb.clone(),
        noun: class.noun.clone(),
        fps: ntu_skeleton::FPS,
        start: 0,
        frames: 0,
        bodies: tracks.len(),
    };
    let note = Note::changed(sample.shown.clone(), held, chosen.ghosts, cut);
    Ok(Recording {
        entry,
        tracks,
        note,
    })
}

/// What is wrong with a file, without its path, which stands beside it.
fn reason(error: CaptureError) -> String {
    match error {
        CaptureError::Format {
            place,
            expected,
            found,
            ..
        } => format!("{place}: expected {expected}, found {found}"),
        CaptureError::File { action, source, .. } => format!("cannot {action} it: {source}"),
        other => other.to_string(),
    }
}
