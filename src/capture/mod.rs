//! Where frames come from: replay, the demo performer, and later the cameras.

mod clip_journal;
pub mod clip_store;
mod clip_writer;
pub mod demo;
pub mod ntu_skeleton;
pub mod replay;
mod spec;

pub use spec::{DEMO_SEED, SourceSpec, open};

use crate::skeleton::Frame;
use std::io;
use std::path::{Path, PathBuf};

/// A stream of frames. Only the capture thread asks for them.
pub trait Source: Send {
    /// What plays, as the user would name it.
    fn name(&self) -> String;

    /// Nominal frames per second.
    fn fps(&self) -> f32;

    /// The next frame, or `None` at the end.
    ///
    /// Recordings do not wait for their frame's time: who asks paces by the timestamps.
    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError>;

    /// The same source as something that can be moved within, where it can: recordings, not cameras.
    fn seekable(&mut self) -> Option<&mut dyn Seekable> {
        None
    }
}

/// A recording that can be played from any of its moments. Moments are microseconds after its begin.
pub trait Seekable {
    /// How long it is.
    fn length_micros(&self) -> u64;

    /// The moment of the frame that came last.
    fn position_micros(&self) -> u64;

    /// Goes to the first frame at that moment or after it: it comes next.
    fn seek(&mut self, micros: u64) -> Result<(), CaptureError>;

    /// Goes to the last frame before that moment, or to the first of all: it comes next.
    fn seek_before(&mut self, micros: u64) -> Result<(), CaptureError>;
}

/// Why there are no frames.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
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
    /// A value that the file's format cannot hold.
    #[error("cannot write {}, {place}: {problem}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Which clip, frame or joint.
        place: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// What is left of a clip store in the making cannot be gone on with.
    #[error("{}: {problem}", folder.display())]
    Unfinished {
        /// The folder of unfinished work.
        folder: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A clip store has no clip of this name.
    #[error("{} has no clip \"{clip}\"; it has {count}{}", path.display(), nearest(.like.as_deref()))]
    NoClip {
        /// Which store.
        path: PathBuf,
        /// The name asked for.
        clip: String,
        /// How many clips it has.
        count: usize,
        /// The most similar name.
        like: Option<String>,
    },
    /// A recorded session cannot be opened or played on.
    #[error("{problem}")]
    Session {
        /// What is wrong with it, with its file's name.
        problem: String,
    },
    /// A source that is not written as one.
    #[error(
        "\"{text}\" is no source: {problem}; write demo, replay:FILE.mcap, replay:FILE.skeleton, replay:STORE or replay:STORE#CLIP"
    )]
    Spec {
        /// What was written.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A kind of source that this build knows but cannot play.
    #[error(
        "{spec} cannot be opened: this build plays the demo performer (demo) and recordings (replay:FILE.skeleton, \
         replay:STORE#CLIP) only"
    )]
    NotInThisBuild {
        /// The source.
        spec: SourceSpec,
    },
}

fn nearest(like: Option<&str>) -> String {
    like.map_or_else(String::new, |like| format!(", \"{like}\" among them"))
}

impl CaptureError {
    /// An error of the file system, as it reads in `map_err`.
    fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
