//! The body tracker: which way it computes, and what it makes of a capture.

use super::joints::JointMap;
use super::library::{Library, Part};
use super::network::{NETWORK, network};
use super::places::Places;
use crate::capture::k4a_sys::{Calibration, Capture, K4abt, Tracker, Waited, now_nanos, search_in};
use crate::capture::{CaptureError, Notice, NoticeKind, Tell};
use crate::skeleton::{Body, Frame};
use std::collections::VecDeque;
use std::env;
use std::ffi::CString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How the tracker computes, if not by the first way that works.
pub const TRACKER_MODE: &str = "SYNSE_K4ABT_MODE";
/// The tracker's network, if not the one beside it.
pub const TRACKER_MODEL: &str = "SYNSE_K4ABT_MODEL";

/// Waiting in vain after which the tracker counts as hung, milliseconds; for the first bodies its network is prepared.
const HUNG_MILLIS: u32 = 10_000;
const FIRST_HUNG_MILLIS: u32 = 120_000;
/// The same where an engine for `TensorRT` may have to be built.
const BUILDING_HUNG_MILLIS: u32 = 1_200_000;

/// No frame was on its way for longer: a stamp that says so is of another clock, nanoseconds.
const LONGEST_WAY_NANOS: u64 = 10_000_000_000;

/// How the tracker computes (`k4abt_tracker_processing_mode_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Any GPU that Windows knows.
    DirectMl,
    /// NVIDIA's.
    Cuda,
    /// NVIDIA's, faster; preparing it takes minutes, so that it is only used when asked for.
    TensorRt,
    /// The processor: a few frames per second.
    Cpu,
}

impl Mode {
    /// What is tried, in this order: what runs on most GPUs first, then NVIDIA's own, and the processor so that anything
    /// is seen at all.
    pub fn order() -> &'static [Self] {
        if cfg!(windows) {
            &[Self::DirectMl, Self::Cuda, Self::Cpu]
        } else {
            &[Self::Cuda, Self::Cpu]
        }
    }

    fn value(self) -> i32 {
        match self {
            Self::Cpu => 1,
            Self::Cuda => 2,
            Self::TensorRt => 3,
            Self::DirectMl => 4,
        }
    }

    /// What takes minutes when it is used for the first time.
    fn prepares(self) -> Option<&'static str> {
        matches!(self, Self::TensorRt).then_some(
            "the body tracker is building its engine for TensorRT, which takes minutes when it is started for the first \
             time",
        )
    }

    /// Waiting in vain for the first bodies after which the tracker counts as hung, milliseconds.
    fn first_hung_millis(self) -> u32 {
        match self {
            Self::TensorRt => BUILDING_HUNG_MILLIS,
            Self::DirectMl | Self::Cuda | Self::Cpu => FIRST_HUNG_MILLIS,
        }
    }

    /// What it lacks when it does not work.
    fn lack(self) -> &'static str {
        match self {
            Self::DirectMl => "it needs a GPU with DirectX 12 and its newest driver",
            Self::Cuda => "it needs an NVIDIA GPU with its driver and the tracker's CUDA libraries",
            Self::TensorRt => "it needs an NVIDIA GPU and the tracker's TensorRT libraries",
            Self::Cpu => "the tracker's network or onnxruntime is missing beside it",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DirectMl => "DirectML",
            Self::Cuda => "CUDA",
            Self::TensorRt => "TensorRT",
            Self::Cpu => "CPU",
        })
    }
}

impl FromStr for Mode {
    type Err = CaptureError;

    fn from_str(text: &str) -> Result<Self, CaptureError> {
        [Self::DirectMl, Self::Cuda, Self::TensorRt, Self::Cpu]
            .into_iter()
            .find(|mode| mode.to_string().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| CaptureError::Setting {
                setting: format!("{TRACKER_MODE}={text}"),
                problem: "the tracker computes by directml, cuda, tensorrt or cpu".to_owned(),
            })
    }
}

/// What a user may set.
#[derive(Clone, Debug)]
pub struct TrackerOptions {
    /// How it computes; `None` for the first way that works.
    pub mode: Option<Mode>,
    /// The network's file, or the name of one beside the library; `None` for Microsoft's larger one.
    pub model: Option<PathBuf>,
    /// Which joints make which.
    pub joints: JointMap,
}

impl TrackerOptions {
    /// What the environment says.
    pub fn from_environment() -> Result<Self, CaptureError> {
        let set = |name| env::var_os(name).filter(|text| !text.is_empty());
        let mode = set(TRACKER_MODE)
            .map(|text| text.to_string_lossy().parse())
            .transpose()?;
        Ok(Self {
            mode,
            model: set(TRACKER_MODEL).map(PathBuf::from),
            joints: JointMap::from_environment()?,
        })
    }
}

/// The tracker's library, loaded.
pub(super) struct Loaded {
    api: Arc<K4abt>,
    library: Library,
}

impl Loaded {
    /// Loads the tracker; the sensor SDK must have been loaded before, because the tracker asks for one by name.
    pub(super) fn new(places: &Places) -> Result<Self, CaptureError> {
        let library = places.choose(Part::Tracker)?;
        if let Some(folder) = library.path.parent() {
            search_in(folder);
        }
        let api = Arc::new(K4abt::load(&library.path)?);
        Ok(Self { api, library })
    }

    /// Makes the tracker by the first way that works.
    pub(super) fn start(
        self,
        calibration: &Calibration,
        options: TrackerOptions,
        tell: Tell<'_>,
    ) -> Result<Bodies, CaptureError> {
        let network = network(&self.library.path, options.model.as_deref())?;
        let model = network.as_deref().map(c_path).transpose()?;
        let asked = options.mode.map(|mode| [mode]);
        let order = asked.as_ref().map_or(Mode::order(), <[Mode; 1]>::as_slice);
        let mut failed: Vec<Mode> = Vec::new();
        for &mode in order {
            if let Some(text) = mode.prepares() {
                tell(Notice {
                    kind: NoticeKind::Preparing,
                    text: text.to_owned(),
                });
            }
            if let Some(tracker) =
                Tracker::create(&self.api, calibration, mode.value(), model.clone())
            {
                if !failed.is_empty() {
                    tracing::warn!("the body tracker runs by {mode}; {}", story(&failed));
                }
                return Ok(Bodies {
                    tracker,
                    mode,
                    joints: options.joints,
                    inside: 0,
                    given_nanos: VecDeque::new(),
                    delay: None,
                    done: 0,
                    waited_millis: 0,
                });
            }
            failed.push(mode);
        }
        let mut problem = story(&failed);
        if network.is_none() {
            problem = format!(
                "{problem}; its network {NETWORK} is not found beside it: install its SDK anew"
            );
        }
        Err(CaptureError::Tracker {
            path: self.library.path,
            problem,
        })
    }
}

/// Which modes did not work, and why that may be.
fn story(failed: &[Mode]) -> String {
    let parts: Vec<String> = failed
        .iter()
        .map(|mode| format!("{mode} failed ({})", mode.lack()))
        .collect();
    parts.join(", ")
}

/// A path as the SDKs take it.
pub(super) fn c_path(path: &Path) -> Result<CString, CaptureError> {
    CString::new(path.to_string_lossy().as_bytes()).map_err(|_error| CaptureError::Spec {
        text: path.display().to_string(),
        problem: "a path cannot contain a NUL".to_owned(),
    })
}

/// The tracker at work.
pub(super) struct Bodies {
    tracker: Tracker,
    /// How it computes.
    pub(super) mode: Mode,
    joints: JointMap,
    /// Captures that it works on.
    pub(super) inside: u32,
    /// When each of them was given to it.
    given_nanos: VecDeque<u64>,
    /// How long the newest bodies were on their way, from their images' arrival at this computer.
    pub(super) delay: Option<Duration>,
    /// Frames that came out.
    pub(super) done: u64,
    /// How long the next bodies have been waited for.
    waited_millis: u32,
}

/// What became of a capture that was given to the tracker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// It is worked on.
    Taken,
    /// Its queue is full.
    Full,
}

impl Bodies {
    /// Whether it is known to work: an engine may be built when the first bodies are asked for.
    pub(super) fn is_ready(&self) -> bool {
        self.mode.prepares().is_none() || self.done > 0
    }

    /// Gives it a capture that has both images.
    pub(super) fn give(
        &mut self,
        capture: &Capture,
        timeout_millis: i32,
    ) -> Result<Given, CaptureError> {
        let now = now_nanos();
        match self.tracker.enqueue(capture, timeout_millis) {
            Waited::Got(()) => {
                self.inside += 1;
                self.given_nanos.push_back(now);
                Ok(Given::Taken)
            }
            Waited::Nothing => Ok(Given::Full),
            Waited::Failed => Err(self.broken("it refuses a capture")),
        }
    }

    /// Waits for the oldest capture's bodies; `None` when they did not come in that time.
    pub(super) fn take(&mut self, timeout_millis: i32) -> Result<Option<Frame>, CaptureError> {
        match self.tracker.pop(timeout_millis) {
            Waited::Got(bodies) => {
                self.inside = self.inside.saturating_sub(1);
                self.done += 1;
                self.waited_millis = 0;
                let given = self.given_nanos.pop_front().unwrap_or_default();
                self.delay = way(bodies.arrived_nanos(), given, now_nanos());
                let found = bodies.bodies();
                let turned = found
                    .iter()
                    .map(|(id, skeleton)| self.joints.body(*id, skeleton));
                Ok(Some(Frame {
                    timestamp_micros: bodies.timestamp_micros(),
                    // The tracker is a neural network: it has been seen to answer with no numbers.
                    bodies: turned.filter(Body::is_finite).collect(),
                }))
            }
            Waited::Nothing => {
                self.waited_millis += timeout_millis.unsigned_abs();
                let longest = if self.done == 0 {
                    self.mode.first_hung_millis()
                } else {
                    HUNG_MILLIS
                };
                if self.waited_millis < longest {
                    return Ok(None);
                }
                Err(self.broken(&format!("no bodies came for {} s", longest / 1000)))
            }
            Waited::Failed => Err(self.broken("it gives out no more bodies")),
        }
    }

    /// The error that it has stopped working.
    pub(super) fn broken(&self, how: &str) -> CaptureError {
        CaptureError::TrackerStopped {
            mode: self.mode,
            frames: self.done,
            how: how.to_owned(),
        }
    }
}

/// How long bodies were on their way: since their images arrived or, where the SDK stamps them by another clock or not at
/// all, since the tracker was given them.
fn way(arrived_nanos: u64, given_nanos: u64, now_nanos: u64) -> Option<Duration> {
    let since = |nanos: u64| {
        let way = now_nanos.checked_sub(nanos)?;
        (way < LONGEST_WAY_NANOS).then(|| Duration::from_nanos(way))
    };
    let stamped = (arrived_nanos <= given_nanos).then(|| since(arrived_nanos));
    stamped.flatten().or_else(|| since(given_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_of_another_clock_is_not_believed() {
        let (given, now) = (5_000_000_000_000, 5_000_030_000_000);
        let millis = |arrived: u64| way(arrived, given, now).map(|way| way.as_millis());
        assert_eq!(millis(given - 12_000_000), Some(42));
        // No stamp, the time of day, and an hour ago.
        assert_eq!(millis(0), Some(30));
        assert_eq!(millis(1_795_000_000_000_000_000), Some(30));
        assert_eq!(millis(given - 3_600_000_000_000), Some(30));
        assert_eq!(way(0, 0, now), None);
    }
}
