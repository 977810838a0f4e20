//! Where frames come from: recordings, the demo performer, cameras, and other machines' cameras.

pub mod azure;
mod clip_journal;
pub mod clip_store;
mod clip_writer;
pub mod demo;
mod gaps;
mod k4a_sys;
#[cfg(windows)]
mod kinect20_sys;
pub mod kinect_v2;
pub mod ntu_skeleton;
pub mod osc;
pub mod replay;
pub mod sdks;
mod spec;
pub mod wire;

pub use spec::{DEMO_SEED, SourceSpec, Tell, Which, open, open_telling};
pub use wire::{Notice, NoticeKind};

pub(crate) use k4a_sys::own_output;

use crate::skeleton::{Frame, Hands, Plane};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What became of asking a source for more.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The next frame.
    Frame(Frame),
    /// Nothing yet.
    Waiting,
    /// A word on how the source is; frames may go on or come later.
    Notice(Notice),
    /// There will be no more.
    End,
}

/// What is known of a source's newest frame on its way to here, and of frames that did not get here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Journey {
    /// From the pictures' arrival at the camera's computer until its tracker gave the frame out, where that is known. No SDK
    /// tells how long exposure and cable took before.
    pub tracker: Option<Duration>,
    /// From then on until it was asked for here.
    pub link: Duration,
    /// Frames dropped by camera and tracker since the source was opened.
    pub dropped_by_tracker: u64,
    /// Frames dropped between there and here since the source was opened.
    pub dropped_on_link: u64,
}

impl Journey {
    /// Frames dropped anywhere on the way. Both numbers may come from another computer, which may say anything.
    pub fn dropped(&self) -> u64 {
        self.dropped_by_tracker.saturating_add(self.dropped_on_link)
    }
}

/// A stream of frames. Only the capture thread asks for them.
///
/// A recording needs the first three methods only. A camera says that it [is live](Self::is_live), and where it can, gives
/// its serial number and when it waits: its [`Self::step`] is what keeps a closing window from waiting for a camera.
pub trait Source: Send {
    /// What plays, as the user would name it.
    fn name(&self) -> String;

    /// Nominal frames per second.
    fn fps(&self) -> f32;

    /// The next frame, or `None` at the end.
    ///
    /// Recordings do not wait for their frame's time: who asks paces by the timestamps.
    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError>;

    /// The next frame or whatever else there is to say, waiting for it no longer than that patience, or than it takes to
    /// read a recording's frame.
    fn step(&mut self, _patience: Duration) -> Result<Step, CaptureError> {
        Ok(self.next_frame()?.map_or(Step::End, Step::Frame))
    }

    /// Whether frames come when they happen, so that nobody must pace them and whoever is late loses some.
    fn is_live(&self) -> bool {
        self.lasting_spec().is_some()
    }

    /// Whether the source knows its name and rate yet; one that does not is stepped until it does.
    fn is_open(&self) -> bool {
        true
    }

    /// What is known of the newest frame's way.
    fn journey(&self) -> Journey {
        Journey {
            dropped_by_tracker: self.dropped(),
            ..Journey::default()
        }
    }

    /// Frames that were lost inside the source since it was opened, because whoever makes bodies of them was too slow.
    fn dropped(&self) -> u64 {
        0
    }

    /// Which way is up, as a unit vector in the frames' axes, where the camera can tell.
    fn up(&self) -> Option<[f32; 3]> {
        None
    }

    /// The floor in the newest frame, in the frames' axes, where the camera sees one.
    fn floor(&self) -> Option<Plane> {
        None
    }

    /// What the hands in the newest frame do, as far as the camera tells; by the ids of that frame.
    fn hands(&self) -> &[Hands] {
        &[]
    }

    /// What finds the same camera again after it was unplugged, whichever port it comes back to.
    fn lasting_spec(&self) -> Option<SourceSpec> {
        None
    }

    /// The same source as something that can be moved within, where it can: recordings, not cameras.
    fn seekable(&mut self) -> Option<&mut dyn Seekable> {
        None
    }
}

/// The next frame of a source that is made of steps, or `None` at its end: what `next_frame` is for live sources.
pub(crate) fn frame_by_steps(
    source: &mut impl Source,
    patience: Duration,
) -> Result<Option<Frame>, CaptureError> {
    loop {
        match source.step(patience)? {
            Step::Frame(frame) => return Ok(Some(frame)),
            Step::End => return Ok(None),
            Step::Waiting | Step::Notice(_) => {}
        }
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
        "\"{text}\" is no source: {problem}; write demo, replay:FILE.mcap, replay:FILE.skeleton, replay:STORE, replay:STORE#CLIP, \
         azure-kinect, kinect-v2, mkv:FILE, exec:COMMAND or osc:PORT"
    )]
    Spec {
        /// What was written.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A variable of the environment that says nothing that can be done.
    #[error("{setting} cannot be used: {problem}")]
    Setting {
        /// The variable and its value, `NAME=VALUE`.
        setting: String,
        /// What is wrong with it, and what it may be.
        problem: String,
    },
    /// A capture host's stream that is none, or broke off.
    #[error("byte {at} of the stream: expected {expected}, found {found}")]
    Stream {
        /// How many bytes came before.
        at: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A process that was to send frames does not.
    #[error("{host}: {problem}{}", last_words(.said))]
    Host {
        /// Which source it was to play.
        host: String,
        /// What became of it.
        problem: String,
        /// The end of what it said on stderr.
        said: String,
    },
    /// A port that cannot be listened to.
    #[error("cannot listen on {address}: {source}")]
    Port {
        /// Address and port.
        address: std::net::SocketAddr,
        /// What the system says.
        source: io::Error,
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
    /// A camera is not there, or another program has it: that may change.
    #[error("{camera}: {problem}")]
    NoCamera {
        /// Which.
        camera: String,
        /// Why it cannot be opened now, and what to do.
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
    /// A session, which is played by whoever has the recording's index: `live::stages::open_source`.
    #[error(
        "{spec} is a recorded session, and no capture host plays those: open it with synse replay"
    )]
    SessionInHost {
        /// The source.
        spec: SourceSpec,
    },
}

fn last_words(said: &str) -> String {
    if said.is_empty() {
        String::new()
    } else {
        format!("; it said: {said}")
    }
}

fn nearest(like: Option<&str>) -> String {
    like.map_or_else(String::new, |like| format!(", \"{like}\" among them"))
}

impl CaptureError {
    /// Whether it may pass when somebody plugs a camera in or closes another program, so that who chose the camera had
    /// better wait for it.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NoCamera { .. } | Self::CameraLost { .. })
    }

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
