//! `mkv:FILE`: an Azure Kinect recording, played through the tracker frame by frame.

use super::library::Part;
use super::places::Places;
use super::tracking::{Bodies, Given, Loaded, TrackerOptions, c_path};
use crate::capture::k4a_sys::{Capture, K4a, K4arecord, Playback, Recorded, hear_errors};
use crate::capture::{CaptureError, Source, Step, Tell};
use crate::skeleton::Frame;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Captures that the tracker works on at a time: nobody waits for the first, so its stages may as well overlap.
const INSIDE: u32 = 2;
/// How long the tracker's queue may be full before bodies are taken out first, milliseconds.
const FULL_MILLIS: i32 = 100;
/// Times in a row that the queue may be full: 10 s.
const FULL: u32 = 100;
/// No wait for bodies is longer, milliseconds.
const LONGEST_MILLIS: i32 = 1000;

/// A recording that plays once. None of its frames is left out for want of time.
pub struct MkvRecording {
    // Dropped first: the tracker still holds captures of the recording.
    bodies: Bodies,
    playback: Playback,
    path: PathBuf,
    name: String,
    fps: f32,
    captures: u64,
    without_images: u64,
    /// A capture that the tracker's queue had no room for.
    held: Option<Capture>,
    /// How often in a row it had none.
    full: u32,
    ended: bool,
    /// What ended it before its end; told when the bodies of all that was read are out.
    damage: Option<CaptureError>,
}

impl MkvRecording {
    /// Opens a recording, with what the environment says about SDKs and tracker.
    pub fn open(path: &Path, tell: Tell<'_>) -> Result<Self, CaptureError> {
        Self::open_with(
            path,
            &Places::of_this_machine(),
            TrackerOptions::from_environment()?,
            tell,
        )
    }

    /// Opens a recording.
    pub fn open_with(
        path: &Path,
        places: &Places,
        options: TrackerOptions,
        tell: Tell<'_>,
    ) -> Result<Self, CaptureError> {
        // The SDK would not say why it fails.
        drop(File::open(path).map_err(CaptureError::file("open", path))?);
        let sensor = places.choose(Part::Sensor)?;
        let recording = places.choose(Part::Recording)?;
        let k4a = Arc::new(K4a::load(&sensor.path)?);
        hear_errors(&k4a);
        let k4arecord = Arc::new(K4arecord::load(&recording.path)?);
        let tracker = Loaded::new(places)?;
        let wrong = |place: &str, expected: &str, found: &str| CaptureError::Format {
            path: path.to_path_buf(),
            place: place.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        };
        let playback = Playback::open(&k4arecord, &k4a, &c_path(path)?)
            .ok_or_else(|| wrong("header", "an Azure Kinect recording", otherwise(path)))?;
        let calibration = playback.calibration().ok_or_else(|| {
            wrong(
                "attachments",
                "the camera's calibration",
                "none that can be read",
            )
        })?;
        // k4a_fps_t; 3 is Orbbec's own.
        let fps = match playback
            .configuration()
            .map(|configuration| configuration.camera_fps)
        {
            Some(0) => 5.0,
            Some(1) => 15.0,
            Some(3) => 25.0,
            _ => 30.0,
        };
        let bodies = tracker.start(&calibration, options, tell)?;
        let file = path
            .file_stem()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        Ok(Self {
            name: format!("{file} ({})", bodies.mode),
            bodies,
            playback,
            path: path.to_path_buf(),
            fps,
            captures: 0,
            without_images: 0,
            held: None,
            full: 0,
            ended: false,
            damage: None,
        })
    }

    /// The next capture that can be tracked, or `None` at the end.
    fn capture(&mut self) -> Result<Option<Capture>, CaptureError> {
        loop {
            match self.playback.next() {
                Recorded::Capture(capture) => {
                    self.captures += 1;
                    if capture.is_trackable() {
                        return Ok(Some(capture));
                    }
                    // Colour and depth are recorded one by one, and either may be missing.
                    self.without_images += 1;
                }
                Recorded::End if self.captures == self.without_images => {
                    return Err(self.damaged("depth and infrared images", "none in any capture"));
                }
                Recorded::End => return Ok(None),
                Recorded::Failed => {
                    return Err(self.damaged("another capture or the end", "damage"));
                }
            }
        }
    }

    /// The next capture for the tracker; `None` from the end on, or from where the recording is damaged.
    fn next(&mut self) -> Option<Capture> {
        if self.held.is_some() {
            return self.held.take();
        }
        let next = self.capture().unwrap_or_else(|damage| {
            self.damage = Some(damage);
            None
        });
        self.ended = next.is_none();
        next
    }

    fn damaged(&self, expected: &str, found: &str) -> CaptureError {
        CaptureError::Format {
            path: self.path.clone(),
            place: format!("after capture {}", self.captures),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}

/// What a file may be that its library does not open. On Windows that reads a path in the letters of the system's language.
fn otherwise(path: &Path) -> &'static str {
    if cfg!(windows) && !path.to_string_lossy().is_ascii() {
        "something else, or a path that the SDK cannot read: move it to one without accents or umlauts"
    } else {
        "something else"
    }
}

impl Source for MkvRecording {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        self.fps
    }

    fn is_open(&self) -> bool {
        self.bodies.is_ready()
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        loop {
            match self.step(Duration::from_secs(1))? {
                Step::Frame(frame) => return Ok(Some(frame)),
                Step::End => return Ok(None),
                Step::Waiting | Step::Notice(_) => {}
            }
        }
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        while self.bodies.inside < INSIDE && !self.ended {
            let Some(capture) = self.next() else {
                break;
            };
            if self.bodies.give(&capture, FULL_MILLIS)? == Given::Taken {
                self.full = 0;
                continue;
            }
            self.held = Some(capture);
            self.full += 1;
            if self.full >= FULL {
                return Err(self.bodies.broken("its queue stays full"));
            }
            if self.bodies.inside == 0 {
                return Ok(Step::Waiting);
            }
            break;
        }
        if self.bodies.inside == 0 {
            return self.damage.take().map_or(Ok(Step::End), Err);
        }
        let patience = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        let frame = self.bodies.take(patience.min(LONGEST_MILLIS))?;
        Ok(frame.map_or(Step::Waiting, Step::Frame))
    }
}
