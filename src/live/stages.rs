//! How a session comes by its stages, each made on the thread that will own it.

use super::BundleInfo;
use super::host::{HostCommand, HostLimits, Hosted};
use super::session_source::{SessionSource, is_session};
use crate::bundle::{self, Bundle, BundleError};
use crate::capture::{self, CaptureError, Source, SourceSpec};
use crate::device::OpenDevice;
use crate::recognizer::Recognizer;
use crate::recognizer::decisions::{PhraseReader, SharedAligner, load_reader};
use crate::recording::import::{TakeSource, is_foreign};
use crate::recording::session::{SessionError, SessionWriter};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A bundle, split among those who work with it.
pub struct Loaded {
    /// Frames in, predictions out: stays with inference.
    pub recognizer: Recognizer,
    /// What makes decisions from phrases: shared with the phrases thread, plain numbers only.
    pub aligner: SharedAligner,
    /// What the face shows of it.
    pub info: BundleInfo,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Loaded")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// Opens a source by its name; the error is for people.
pub type OpenSource = Box<dyn Fn(&str) -> Result<Box<dyn Source>, String> + Send>;

/// Loads a bundle from a folder, or the default one; the error is for people.
pub type LoadBundle = Box<dyn Fn(Option<&Path>) -> Result<Loaded, String> + Send>;

/// Loads what reads phrases; the error is for people.
pub type LoadReader = Box<dyn FnOnce() -> Result<Box<dyn PhraseReader>, String> + Send>;

/// Begins a session in a file that is not there yet, at a moment of the computer's clock in nanoseconds.
pub type CreateSession = Box<dyn Fn(&Path, u64) -> Result<SessionWriter, SessionError> + Send>;

/// Makes the stages when their threads need them.
pub struct Stages {
    /// Called on the capture thread.
    pub source: OpenSource,
    /// Called on the inference thread.
    pub bundle: LoadBundle,
    /// Called on the phrases thread, once.
    pub reader: LoadReader,
    /// Called on the recorder thread.
    pub session: CreateSession,
}

impl fmt::Debug for Stages {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stages").finish_non_exhaustive()
    }
}

impl Stages {
    /// The real ones: sources of this build, bundles from disk, the text encoder of the models folder.
    pub fn new(device: OpenDevice) -> Self {
        let text_device = device.clone();
        Self {
            source: Box::new(|text| {
                let spec: SourceSpec = text.parse().map_err(describe)?;
                if let SourceSpec::Replay { path, clip } = &spec
                    && is_foreign(path)
                {
                    let source = TakeSource::open(path, clip.as_deref()).map_err(describe)?;
                    return Ok(Box::new(source));
                }
                open_source(&spec).map_err(describe)
            }),
            bundle: Box::new(move |folder| load_bundle(folder, &device)),
            reader: Box::new(move || {
                let models = bundle::models_folder().map_err(describe)?;
                load_reader(&models, &text_device.device).map_err(describe)
            }),
            session: Box::new(SessionWriter::create),
        }
    }
}

/// Opens a source: what runs a camera's SDK in a process of its own, a command beside us, everything else here. A camera
/// that is not there is waited for.
pub fn open_source(spec: &SourceSpec) -> Result<Box<dyn Source>, CaptureError> {
    open_within(spec, HostLimits::default())
}

/// The same with other limits of what runs in another process.
pub fn open_within(spec: &SourceSpec, limits: HostLimits) -> Result<Box<dyn Source>, CaptureError> {
    let command = match spec {
        SourceSpec::Exec { command } => HostCommand::shell(command.clone()),
        spec if spec.needs_host() => {
            HostCommand::own(spec).map_err(|error| CaptureError::Host {
                host: spec.to_string(),
                problem: format!("this program cannot find itself: {error}"),
                said: String::new(),
            })?
        }
        SourceSpec::Replay { path, clip: None } if is_session(path) => {
            return Ok(Box::new(SessionSource::open(path)?));
        }
        spec => return capture::open(spec),
    };
    let hosted = Hosted::start(spec.to_string(), command, limits)?;
    Ok(Box::new(hosted))
}

fn load_bundle(folder: Option<&Path>, device: &OpenDevice) -> Result<Loaded, String> {
    let folder = match folder {
        Some(folder) => PathBuf::from(folder),
        None => bundle::default_folder().map_err(describe)?,
    };
    let (bundle, device) = load_where_quick(&folder, device).map_err(describe)?;
    let info = BundleInfo {
        name: bundle.manifest.name.clone(),
        fingerprint: bundle.manifest.fingerprint(),
        seen: bundle.manifest.seen.clone(),
        device: device.name,
    };
    let (recognizer, aligner) = Recognizer::from_bundle(bundle);
    Ok(Loaded {
        recognizer,
        aligner,
        info,
    })
}

/// Loads a bundle to where it answers soonest, and says where that is.
///
/// A device that was asked for by name is taken as it is. One that was found is taken only if it starts and encodes a
/// clip in less time than the CPU: what comes one clip at a time leaves a large card idle and overtaxes a small one.
pub fn load_where_quick(
    folder: &Path,
    open: &OpenDevice,
) -> Result<(Bundle, OpenDevice), BundleError> {
    if !open.found {
        return Ok((Bundle::load(folder, &open.device)?, open.clone()));
    }
    let cpu = OpenDevice::cpu();
    let mut here = Bundle::load(folder, &cpu.device)?;
    let limit = pace(&mut here)?;
    // A card that fails must not keep the program from running, whichever way it fails.
    let there = catch_unwind(AssertUnwindSafe(|| {
        let mut there = Bundle::load(folder, &open.device)?;
        let quicker = pace(&mut there)? < limit;
        Ok::<_, BundleError>(quicker.then_some(there))
    }));
    Ok(match there {
        Ok(Ok(Some(there))) => (there, open.clone()),
        Ok(Ok(None) | Err(_)) | Err(_) => (here, cpu),
    })
}

/// How long one clip takes: the quickest of three.
fn pace(bundle: &mut Bundle) -> Result<Duration, BundleError> {
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        bundle.encoder.encode_blank()?;
        quickest = quickest.min(start.elapsed());
    }
    Ok(quickest)
}

/// An error with its causes, for people.
pub(super) fn describe(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let line = next.to_string();
        // Most messages here already end with their cause.
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::load_where_quick;
    use crate::bundle;
    use crate::device::{self, DeviceChoice, OpenDevice};
    use burn::tensor::{Device, DeviceKind};

    #[test]
    fn a_card_that_was_found_and_does_not_start_leaves_the_cpu() {
        let folder = bundle::default_folder().unwrap();
        let card = OpenDevice {
            device: Device::wgpu(DeviceKind::DiscreteGpu(15)),
            name: "the sixteenth card".to_owned(),
            found: true,
        };
        let (_, taken) = load_where_quick(&folder, &card).unwrap();
        assert_eq!(taken.name, "CPU");
    }

    #[test]
    fn a_slow_card_is_taken_only_where_it_was_asked_for() {
        let choice = std::env::var("SYNSE_TEST_DEVICE").unwrap_or_default();
        if choice != "software" {
            return;
        }
        let folder = bundle::default_folder().unwrap();
        let mut slow = device::open(&DeviceChoice::Software).unwrap();
        assert_eq!(load_where_quick(&folder, &slow).unwrap().1.name, slow.name);
        slow.found = true;
        assert_eq!(load_where_quick(&folder, &slow).unwrap().1.name, "CPU");
    }
}
