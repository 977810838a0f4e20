//! Takes as a clip store: one file of joints, one of what they show.

use super::{Exported, STORE_NAME, distinct};
use crate::capture::clip_store::{ClipEntry, ClipStoreWriter, MAX_BODIES};
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use crate::skeleton::{JOINT_COUNT, Joints};
use std::cmp::Reverse;
use std::path::{Path, PathBuf};

/// Writes all takes into a store named [`STORE_NAME`], or `takes-2` and so on where there is one.
pub(super) fn write(
    takes: &[Take],
    folder: &Path,
    exported: &mut Exported,
) -> Result<(), ExchangeError> {
    put(takes, &free_store(&folder.join(STORE_NAME)), exported)
}

/// The name for a store, without an ending, of which neither file is there yet: this one, or with `-2` and so on behind it.
pub fn free_store(wanted: &Path) -> PathBuf {
    let plain = plain(wanted);
    let names = (1_u32..).map(|number| match number {
        1 => plain.clone(),
        n => {
            let mut name = plain.as_os_str().to_owned();
            name.push(format!("-{n}"));
            PathBuf::from(name)
        }
    });
    let is_free = |name: &PathBuf| !files(name).iter().any(|file| file.exists());
    names.into_iter().find(is_free).unwrap_or_default()
}

/// A store's name without the ending of either of its files.
fn plain(path: &Path) -> PathBuf {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv" | "safetensors") => path.with_extension(""),
        _ => path.to_path_buf(),
    }
}

/// Writes all takes into a store of their own; `path` is its name, with or without an ending. One that is there stays,
/// and is an error.
pub fn write_store(takes: &[Take], path: &Path) -> Result<Exported, ExchangeError> {
    let name = plain(path);
    if let Some(there) = files(&name).into_iter().find(|file| file.exists()) {
        return Err(ExchangeError::Unwritable {
            path: there,
            place: "the whole store".to_owned(),
            problem: "there is one already; choose another name".to_owned(),
        });
    }
    let mut exported = Exported::default();
    put(takes, &name, &mut exported)?;
    Ok(exported)
}

/// The two files of a store of this name.
fn files(name: &Path) -> [PathBuf; 2] {
    ["safetensors", "csv"].map(|ending| {
        let mut file = name.as_os_str().to_owned();
        file.push(".");
        file.push(ending);
        PathBuf::from(file)
    })
}

fn put(takes: &[Take], path: &Path, exported: &mut Exported) -> Result<(), ExchangeError> {
    let mut writer = ClipStoreWriter::create(path)?;
    let names = distinct(takes.iter().map(|take| take.facts.name.clone()));
    for (take, name) in takes.iter().zip(names) {
        let tracks = tracks(take, exported);
        let borrowed: Vec<&[Joints]> = tracks.iter().map(Vec::as_slice).collect();
        writer.push_tracks(&entry(take, name), &borrowed)?;
    }
    writer.finish()?;
    exported.paths.extend(files(path));
    Ok(())
}

fn entry(take: &Take, clip: String) -> ClipEntry {
    let facts = take.facts.clone();
    // What is not known of a take of one's own must not keep `train` and `evaluate` from it.
    let or = |text: String, other: &str| {
        if text.is_empty() {
            other.to_owned()
        } else {
            text
        }
    };
    ClipEntry {
        clip,
        dataset: or(facts.dataset, "own"),
        subject: facts.subject,
        label: or(facts.label, &facts.phrase),
        phrase: facts.phrase,
        verb: facts.verb,
        noun: facts.noun,
        fps: take.fps,
        start: 0,
        frames: 0,
        bodies: 1,
    }
}

/// The tracks of the bodies that are in view the longest, zeros where they are not.
fn tracks(take: &Take, exported: &mut Exported) -> Vec<Vec<Joints>> {
    let mut seen: Vec<(u64, usize)> = take
        .bodies()
        .into_iter()
        .map(|id| (id, take.track(id).into_iter().flatten().count()))
        .collect();
    seen.sort_by_key(|(_, frames)| Reverse(*frames));
    if seen.len() > MAX_BODIES {
        let left_out = seen.len() - MAX_BODIES;
        exported.lost.push(format!(
            "{}: {left_out} of {} bodies left out, a clip has two at most",
            take.facts.name,
            seen.len()
        ));
        seen.truncate(MAX_BODIES);
    }
    // The first in view comes first, as the store's readers expect.
    let order = take.bodies();
    seen.sort_by_key(|(id, _)| order.iter().position(|other| other == id));
    let out_of_view = [[0.0; 3]; JOINT_COUNT];
    let filled = |id: u64| {
        let track = take.track(id).into_iter();
        track
            .map(|joints| *joints.unwrap_or(&out_of_view))
            .collect()
    };
    if seen.is_empty() {
        return vec![vec![out_of_view; take.frames.len()]];
    }
    seen.into_iter().map(|(id, _)| filled(id)).collect()
}
