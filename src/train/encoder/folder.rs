//! An encoder's folder: four streams, their classes, and the record of their training.

use super::settings::TrainError;
use super::stream::checkpoint_name;
use crate::encoder::weights::StreamWeights;
use crate::encoder::{MEASURES_FILE, stream_name};
use crate::train::corpus::{CLASSES_FILE, RECORD_FILE};
use crate::window::clip::Stream;
use std::fs;
use std::path::Path;

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
    // Whoever goes on with it would find other weights than those that it left.
    let is_trained_in =
        |stream: Stream| out.join(checkpoint_name(stream)).exists() && out != made_of;
    if Stream::ALL.into_iter().any(is_trained_in) {
        return Err(TrainError::RunFolder {
            folder: out.to_owned(),
        });
    }
    fs::create_dir_all(out).map_err(failed(out))?;
    for (weights, stream) in streams.iter().zip(Stream::ALL) {
        weights.write(&out.join(format!("{}.safetensors", stream_name(stream))))?;
    }
    for name in [CLASSES_FILE, RECORD_FILE, MEASURES_FILE] {
        let (from, to) = (made_of.join(name), out.join(name));
        if from == to {
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
