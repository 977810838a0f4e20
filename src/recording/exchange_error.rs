//! Why a take could not be read or written.

use crate::capture::CaptureError;
use crate::recording::session::SessionError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file was not imported or exported.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A file cannot be opened, read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "open", "read", "write".
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file does not hold what its format promises.
    #[error("{}, {place}: expected {expected}, found {found}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// Where in the file: a line, a row, the header.
        place: String,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A take that the format cannot hold.
    #[error("cannot write {}, {place}: {problem}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Which take, frame or joint.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A kind of file that nothing here reads.
    #[error(
        "{} is no recording that can be read: expected .skeleton, .csv, .tsv, .txt, .parquet, .json, .bvh, .mcap or a clip \
         store (.safetensors and .csv)",
        path.display()
    )]
    Unknown {
        /// Which file.
        path: PathBuf,
    },
    /// A clip store or `.skeleton` file that could not be read or written.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A session that could not be read.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl ExchangeError {
    /// An error of the file system, as it reads in `map_err`.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }

    /// Something else in a line of a file than there should be.
    pub(super) fn at_line(path: &Path, line: u64, expected: &str, found: String) -> Self {
        Self::at(path, format!("line {line}"), expected, found)
    }

    /// Something else at a place of a file than there should be.
    pub(super) fn at(path: &Path, place: String, expected: &str, found: String) -> Self {
        Self::Format {
            path: path.to_path_buf(),
            place,
            expected: expected.to_owned(),
            found,
        }
    }
}

/// What is there, short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        format!("\"{short}...\"")
    } else {
        format!("\"{short}\"")
    }
}
