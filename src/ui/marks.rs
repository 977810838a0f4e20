//! Labelled segments of a session: kept beside its file, cut out as takes and clips.

use crate::capture::clip_store::{ClipEntry, ClipStoreWriter};
use crate::live::Take;
use crate::phrases::Example;
use crate::recording::export::free_store;
use crate::recording::marks;
use crate::recording::session::{Overview, SessionFile};
use crate::skeleton::{Body, Frame, Joints};
use crate::ui::source_name::file_name;
use crate::whole_file::{Readers, WholeFile};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use crate::recording::marks::Mark;
pub(crate) use crate::recording::marks::path_of as marks_path;

/// Segments of a session, and how they are seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// The session's file.
    pub session: PathBuf,
    /// Its segments.
    pub marks: Vec<Mark>,
    /// Whether bodies are turned upright.
    pub levelled: bool,
}

/// A session that was opened, at a glance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionView {
    /// Its file.
    pub path: PathBuf,
    /// Second by second, as it was recorded.
    pub overview: Overview,
    /// What was lost of it, in words, as far as it is known.
    pub lost: Vec<String>,
    /// Moments that were marked while it was recorded.
    pub moments: Vec<(String, u64)>,
    /// Segments: those kept beside the file, or where there are none yet, those that were marked live.
    pub marks: Vec<Mark>,
}

/// Opens a session for its timeline.
pub(crate) fn read_session(path: &Path) -> Result<SessionView, String> {
    let told = |error: crate::recording::session::SessionError| error.to_string();
    let mut file = SessionFile::open(path).map_err(told)?;
    let overview = file.overview().map_err(told)?;
    let start = file.nanos().map_or(0, |(start, _)| start);
    let micros = |nanos: u64| nanos.saturating_sub(start) / 1000;
    let moments = overview
        .markers
        .iter()
        .filter(|marker| marker.end_nanos <= marker.start_nanos)
        .map(|marker| (marker.label.clone(), micros(marker.start_nanos)))
        .collect();
    let mut lost = file.recovery().notes.clone();
    let kept = marks_path(path);
    let marks = if kept.exists() {
        // What is wrong with the segments is no reason not to show the recording.
        marks::read(&kept, &mut lost).unwrap_or_else(|error| {
            lost.push(error.to_string());
            Vec::new()
        })
    } else {
        marks::live(&overview, start)
    };
    Ok(SessionView {
        path: path.to_path_buf(),
        lost,
        overview,
        moments,
        marks,
    })
}

/// Writes a session's segments, whole or not at all; a new file is for the user alone. One that could not be read whole is
/// put aside before, with all that stood in it; returns in words where.
pub(crate) fn write_marks(path: &Path, marks: &[Mark]) -> Result<Option<String>, String> {
    let told = |problem: String| format!("cannot write {}: {problem}", path.display());
    let aside = marks::put_damaged_aside(path).map_err(|error| {
        told(format!(
            "the damaged one that is there cannot be put aside: {error}"
        ))
    })?;
    let file = WholeFile::begin(path, Readers::User).map_err(|error| told(error.to_string()))?;
    let mut writer = csv::Writer::from_writer(file);
    for mark in marks {
        writer
            .serialize(mark)
            .map_err(|error| told(error.to_string()))?;
    }
    let file = writer
        .into_inner()
        .map_err(|error| told(error.to_string()))?;
    file.put_in_place()
        .map_err(|error| told(error.to_string()))?;
    Ok(aside.map(|place| {
        format!(
            "The damaged file of segments is kept as {}",
            file_name(&place)
        )
    }))
}

/// The frames of each segment, as the live recognizer would see them.
pub(crate) fn read_takes(cut: &Cut) -> Result<Vec<Take>, String> {
    let frames = marks::frames_of(&cut.session, &cut.marks, Some(cut.levelled));
    let frames = frames.map_err(|error| error.to_string())?;
    let takes = cut.marks.iter().zip(frames);
    Ok(takes
        .map(|(mark, frames)| Take::new(mark.label.clone(), frames))
        .collect())
}

/// Labelled examples, and why others are none.
pub(crate) type ReadExamples = (Vec<(String, Example)>, Vec<String>);

/// Each segment as an example of what it is labelled, of the body that is longest in it; those that can be none are left out,
/// and named.
pub(crate) fn read_examples(cut: &Cut) -> Result<ReadExamples, String> {
    let session = cut.session.file_stem().unwrap_or_default();
    let session = session.to_string_lossy();
    let (mut examples, mut left_out) = (Vec::new(), Vec::new());
    for (take, mark) in read_takes(cut)?.iter().zip(&cut.marks) {
        let joints = main_body(&take.frames);
        let fps = rate(&joints, mark);
        match Example::new(&format!("{session} {}", mark.name()), fps, vec![joints]) {
            Ok(example) => examples.push((mark.label.clone(), example)),
            Err(error) => left_out.push(error.to_string()),
        }
    }
    Ok((examples, left_out))
}

/// Frames per second of a body in a segment.
fn rate(joints: &[Joints], mark: &Mark) -> f32 {
    let seconds = mark.end_micros.saturating_sub(mark.start_micros) as f32 * 1e-6;
    (joints.len() as f32 / seconds.max(1e-3)).clamp(0.1, 1000.0)
}

/// Writes the segments as clips of a store, each of the body that is longest in it; returns how many there are, and the store's
/// name: another one than the target's where a file of that lies there already.
pub(crate) fn write_clips(cut: &Cut, target: &Path) -> Result<(usize, PathBuf), String> {
    let told = |error: crate::capture::CaptureError| error.to_string();
    let session = cut.session.file_stem().unwrap_or_default();
    let session = session.to_string_lossy();
    let takes = read_takes(cut)?;
    let store = free_store(target);
    let mut writer = ClipStoreWriter::create(&store).map_err(told)?;
    let mut count = 0;
    for (take, mark) in takes.iter().zip(&cut.marks) {
        let joints = main_body(&take.frames);
        if joints.len() < 2 {
            continue;
        }
        count += 1;
        let entry = ClipEntry {
            clip: format!("{session}-{count:03}"),
            dataset: session.to_string(),
            subject: String::new(),
            label: mark.label.clone(),
            phrase: mark.label.clone(),
            verb: String::new(),
            noun: String::new(),
            fps: rate(&joints, mark),
            start: 0,
            frames: 0,
            bodies: 1,
        };
        writer.push(&entry, &joints).map_err(told)?;
    }
    if count == 0 {
        return Err(format!(
            "nobody is in view in any segment of {}",
            cut.session.display()
        ));
    }
    writer.finish().map_err(told)?;
    Ok((count, store))
}

/// The joints of the body that is in most frames.
fn main_body(frames: &[Frame]) -> Vec<Joints> {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    let bodies = || {
        frames
            .iter()
            .flat_map(|frame| &frame.bodies)
            .filter(|body| body.is_finite())
    };
    for body in bodies() {
        *counts.entry(body.id).or_default() += 1;
    }
    let Some((id, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else {
        return Vec::new();
    };
    let of_it = |body: &&Body| body.id == id;
    bodies().filter(of_it).map(|body| body.joints).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::session::SessionWriter;
    use std::fs;

    #[test]
    fn a_bad_row_of_segments_takes_neither_the_session_nor_the_row_away() {
        let folder = tempfile::tempdir().unwrap();
        let session = folder.path().join("s.mcap");
        let mut writer = SessionWriter::create(&session, 1_000_000_000).unwrap();
        writer.frame(1_000_000_000, &Frame::default()).unwrap();
        writer.finish(1_100_000_000).unwrap();
        let kept = marks_path(&session);
        let text = "label,start_micros,end_micros\nwave,100,200\nbow,from,to\n";
        fs::write(&kept, text).unwrap();
        let view = read_session(&session).unwrap();
        assert_eq!(view.marks.len(), 1, "the good row");
        assert_eq!(view.lost.len(), 1, "{:?}", view.lost);
        assert!(view.lost[0].contains("line 3") && view.lost[0].contains("bow,from,to"));
        let aside = folder.path().join("s.marks.damaged.csv");
        assert!(!aside.exists(), "looking changes nothing");
        let told = write_marks(&kept, &view.marks).unwrap();
        assert!(told.unwrap().contains("s.marks.damaged.csv"));
        assert_eq!(fs::read_to_string(&aside).unwrap(), text);
        assert_eq!(write_marks(&kept, &[]).unwrap(), None, "it is whole now");
        assert_eq!(fs::read_to_string(&aside).unwrap(), text);
        assert_eq!(read_session(&session).unwrap().lost, [""; 0]);
        // A file that cannot be read at all hides nothing but itself.
        fs::remove_file(&kept).unwrap();
        fs::create_dir(&kept).unwrap();
        let view = read_session(&session).unwrap();
        assert_eq!((view.marks.len(), view.lost.len()), (0, 1));
        assert!(write_marks(&kept, &[]).is_err());
    }
}
