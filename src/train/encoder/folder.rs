//! An encoder's folder: four streams, their classes, and the record of their training.

use super::settings::TrainError;
use super::stream::checkpoint_name;
use crate::encoder::weights::StreamWeights;
use crate::encoder::{MEASURES_FILE, stream_name};
use crate::train::corpus::{CLASSES_FILE, RECORD_FILE};
use crate::whole_file::UNFINISHED;
use crate::window::clip::Stream;
use std::fs;
use std::path::Path;

/// Whether a training has left checkpoints there.
pub(super) fn has_checkpoints(folder: &Path) -> bool {
    let is_there = |stream: Stream| folder.join(checkpoint_name(stream)).exists();
    Stream::ALL.into_iter().any(is_there)
}

/// Removes files in the making that a killed run left.
pub(super) fn tidy(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if is_unfinished && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Refuses a folder in which a training goes on: it would find other weights than those that it left.
pub(super) fn check(out: &Path) -> Result<(), TrainError> {
    if has_checkpoints(out) {
        return Err(TrainError::RunFolder {
            folder: out.to_owned(),
        });
    }
    Ok(())
}

/// Writes streams, in the order of [`Stream::ALL`], with what stands beside those that they were made of.
pub(super) fn write(
    streams: &[StreamWeights],
    made_of: &Path,
    out: &Path,
) -> Result<(), TrainError> {
    let failed = |file: &Path| {
        let file = file.to_path_buf();
        move |source| TrainError::File { file, source }
    };
    check(out)?;
    fs::create_dir_all(out).map_err(failed(out))?;
    let place = |folder: &Path| fs::canonicalize(folder).map_err(failed(folder));
    let is_in_place = place(out)? == place(made_of)?;
    for (weights, stream) in streams.iter().zip(Stream::ALL) {
        weights.write(&out.join(format!("{}.safetensors", stream_name(stream))))?;
    }
    for name in [CLASSES_FILE, RECORD_FILE, MEASURES_FILE] {
        let (from, to) = (made_of.join(name), out.join(name));
        if is_in_place {
            continue;
        }
        if from.is_file() {
            fs::copy(&from, &to).map_err(failed(&from))?;
        } else if to.is_file() {
            // What stood there belongs to other streams.
            fs::remove_file(&to).map_err(failed(&to))?;
        }
    }
    Ok(())
}
