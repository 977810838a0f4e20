//! Raw data sets become clip stores: NTU RGB+D's tree of `.skeleton` files.
//!
//! ```text
//! tree -> list of samples -> parts -> bodies chosen, joints kept within reach -> clip store, splits, report
//! ```
//!
//! Parts are worked on one after the other, a part's files by all cores at once, and written in the order of the
//! samples' names: what comes out does not depend on how many cores there are, nor on how often it was stopped.

mod facts;
mod name;
mod recording;
mod run;
mod tree;

pub use self::facts::{ActionClass, Facts, Ntu};
pub use self::name::SampleName;
pub use self::run::{Note, Settings, Summary, run};
pub use crate::window::bodies::Identity;

use crate::capture::CaptureError;
use std::path::PathBuf;

/// Why a data set cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The store, or what is left of one in the making.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried: "read", "write".
        action: &'static str,
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The folder holds none of the data set's files.
    #[error(
        "{}: expected files of {dataset} named like S001C002P003R001A013.skeleton, in it or below it; \
         found {others} other .skeleton files and none of those", folder.display()
    )]
    Nothing {
        /// The folder.
        folder: PathBuf,
        /// Which data set.
        dataset: &'static str,
        /// Files that are `.skeleton`, but not of this data set.
        others: usize,
    },
    /// The list of missing skeletons names no sample at all.
    #[error(
        "{}: expected names like S001C002P005R002A008, one a line; none of its {lines} lines is one", path.display()
    )]
    MissingList {
        /// The list.
        path: PathBuf,
        /// Its lines.
        lines: usize,
    },
    /// There is a store of this name.
    #[error("{}: there is a clip store of this name already; delete it or give another --out", path.display())]
    Exists {
        /// One of its files.
        path: PathBuf,
    },
    /// There are other splits beside the store.
    #[error(
        "{}: there are splits of another data set beside the store already; give an --out in another folder", path.display()
    )]
    OtherSplits {
        /// The file.
        path: PathBuf,
    },
    /// One of the tables that are built into the program is damaged.
    #[error("assets/ntu/{table}: {reason}")]
    Table {
        /// Which table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl PrepareError {
    /// An error of the file system, as it reads in `map_err`.
    fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
