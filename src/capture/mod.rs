//! Where frames come from: replay, the demo performer, and the cameras.

pub mod azure;
mod clip_journal;
pub mod clip_store;
mod clip_writer;
pub mod demo;
mod k4a_sys;
#[cfg(windows)]
mod kinect20_sys;
pub mod kinect_v2;
pub mod ntu_skeleton;
pub mod replay;
mod spec;

pub use spec::{DEMO_SEED, SourceSpec, Which, open};

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

    /// Frames that were lost inside the source since it was opened, because whoever makes bodies of them was too slow.
    fn dropped(&self) -> u64 {
        0
    }

    /// Which way is up, as a unit vector in the frames' axes, where the camera can tell.
    fn up(&self) -> Option<[f32; 3]> {
        None
    }

    /// What finds the same camera again after it was unplugged, whichever port it comes back to.
    fn lasting_spec(&self) -> Option<SourceSpec> {
        None
    }
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
    /// A source that is not written as one.
    #[error(
        "\"{text}\" is no source: {problem}; write demo, replay:FILE.skeleton, replay:STORE#CLIP, \
         azure-kinect, kinect-v2 or mkv:FILE"
    )]
    Spec {
        /// What was written.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An SDK is not installed.
    #[error("the {what} is not installed; {advice} (looked in {looked})")]
    NoSdk {
        /// Which.
        what: &'static str,
        /// In which folders.
        looked: String,
        /// What the user can do.
        advice: &'static str,
    },
    /// A library of an SDK cannot be used.
    #[error("{} cannot be used: {problem}", path.display())]
    Sdk {
        /// The library.
        path: PathBuf,
        /// Why not, and what to do.
        problem: String,
    },
    /// A camera cannot be opened.
    #[error("{camera}: {problem}")]
    Camera {
        /// Which.
        camera: String,
        /// Why not, and what to do.
        problem: String,
    },
    /// A camera that was open is gone. It may come back.
    #[error("{camera} was lost after {frames} frames: {how}")]
    CameraLost {
        /// Which.
        camera: String,
        /// Frames that it gave.
        frames: u64,
        /// By what that was noticed.
        how: String,
    },
    /// The body tracker cannot be started.
    #[error("the body tracker {} does not start: {problem}", path.display())]
    Tracker {
        /// The library.
        path: PathBuf,
        /// Each way of computing that failed, and what it needs.
        problem: String,
    },
    /// The body tracker stopped working.
    #[error("the body tracker ({mode}) stopped after {frames} frames: {how}")]
    TrackerStopped {
        /// How it computed.
        mode: azure::Mode,
        /// Frames that it gave.
        frames: u64,
        /// By what that was noticed.
        how: String,
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
