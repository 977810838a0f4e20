//! Phrase lists as files, with the examples beside them.

use crate::phrases::{PhraseEntry, list};
use crate::recording::examples;
use crate::ui::files::Answer;
use std::path::PathBuf;

/// Reads a list, and the examples beside it.
pub(crate) fn read_phrases(path: PathBuf) -> Answer {
    match list::read(&path) {
        Ok(mut list) => {
            if examples::are_beside(&path)
                && let Err(error) = examples::attach(&examples::beside(&path), &mut list.entries)
            {
                return Answer::Failed(error.to_string());
            }
            Answer::Phrases {
                path,
                entries: list.entries,
                left_out: list.duplicates.len(),
            }
        }
        Err(error) => Answer::Failed(error.to_string()),
    }
}

/// Writes a list, and its examples beside it.
pub(crate) fn write_phrases(path: PathBuf, entries: &[PhraseEntry]) -> Answer {
    let written = list::write(&path, entries).map_err(|error| error.to_string());
    let kept = written
        .and_then(|()| examples::write_beside(&path, entries).map_err(|error| error.to_string()));
    match kept {
        Ok(_) => Answer::Written(path, entries.len()),
        Err(problem) => Answer::Failed(problem),
    }
}
