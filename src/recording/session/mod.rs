//! Session files: MCAP with the frames as they were captured, and all that was said of them.
//!
//! | channel | schema | holds |
//! |---|---|---|
//! | `/frames` | `synse_msgs/Frame`, ros1 | every frame: the device's clock, every body's id, joints and tracking states |
//! | `/before` | `synse_msgs/Frame`, ros1 | the frames of the last seconds before it began, their times as publish times |
//! | `/predictions` | JSON | what `watch --json` prints, with the first ten lines of each ranking |
//! | `/phrases` | JSON | the whole phrase list at the start and after every edit |
//! | `/examples` | JSON | the examples that the list names by their fingerprints, each once |
//! | `/settings` | JSON | source, bundle with its fingerprint, device, head, gate, threshold, levelling, whenever one changes |
//! | `/course` | JSON | from which frame on a model, list, gate or way up was in effect, which frames nobody answered for, and which answers there was no room for |
//! | `/markers` | JSON | moments and labelled segments |
//! | `/events` | JSON | what happened to the camera and the recording |
//! | `/scene` | `foxglove.SceneUpdate`, JSON | the skeletons for Foxglove's 3D panel, ten times a second |
//! | `/tf` | `foxglove.FrameTransform`, JSON | where the camera is above the floor, as far as feet have shown it |
//! | `/overview` | JSON | one line a second of the whole session; written last |
//!
//! A message's log time is the computer's clock, nanoseconds since 1970; a frame also has the device's. Chunks are packed
//! with LZ4, checked by CRC-32 and put on disk at least every [`FLUSH_MILLIS`] milliseconds. A file that nobody
//! finished has no index: it is scanned from its front, and every whole chunk counts.

mod course;
mod effect;
mod file;
mod format;
mod overview;
mod scene;
mod schemas;
mod walk;
mod ways;
mod writer;

pub use self::course::{Change, ChangeRecord, ExampleRecord, MOST_EXAMPLE_VALUES, values_of};
pub use self::effect::Effects;
pub use self::file::{Noted, Recovery, SessionFile, SessionInfo};
pub use self::format::{
    Entry, EventRecord, MarkerRecord, PhraseRecord, PredictionRecord, RankedRecord, SettingsRecord,
};
pub use self::overview::{Moment, Overview};
pub use self::walk::Walk;
pub use self::ways::Ways;
pub use self::writer::{SessionSink, SessionWriter, new_file, new_name};

use std::io;
use std::path::PathBuf;

/// A session is on disk to its last so many milliseconds.
pub const FLUSH_MILLIS: u64 = 750;

/// What a crash costs at most, seconds: the time between two flushes, and that of the flush itself.
pub const LOST_AT_MOST_SECONDS: f64 = 1.0;

/// The ending of a session's file.
pub const ENDING: &str = "mcap";

/// Why a session cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file cannot be opened, read or written.
    #[error("cannot {action} the session {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is something of that name already.
    #[error("{} is there already, and a recording never overwrites", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It is no session of this program.
    #[error("{} holds no session: expected {expected}, found {found}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
}

impl SessionError {
    fn file(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
