//! Azure Kinect and Orbbec Femto: the live cameras, and recordings made with them.

mod folders;
mod joints;
mod library;
mod mkv;
mod network;
mod places;
mod tracking;

pub use folders::SdkFolders;
pub use joints::{JOINT_MAP, JointMap};
pub use library::{Library, Maker, Part};
pub use mkv::MkvRecording;
pub(super) use network::NETWORK;
pub use places::{Places, SENSOR_FOLDER, TRACKER_FOLDER};
pub use tracking::{Mode, TRACKER_MODE, TRACKER_MODEL, TrackerOptions};

use super::gaps::Gaps;
use super::k4a_sys::{
    COLOR_RESOLUTION_OFF, Calibration, Capture, DEPTH_MODE_NFOV_UNBINNED, Device,
    DeviceConfiguration, FRAMES_PER_SECOND_30, K4a, Waited, hear_errors, installed_count,
};
use super::spec::Which;
use super::{CaptureError, Journey, Source, SourceSpec, Step, Tell, frame_by_steps};
use crate::skeleton::Frame;
use std::sync::Arc;
use std::time::Duration;
use tracking::{Bodies, Given, Loaded};

/// The rate that the camera is asked for.
const FPS: f32 = 30.0;
/// How long one wait is, milliseconds: short, so that nothing is held up by a camera that is gone.
const WAIT_MILLIS: i32 = 100;
/// Waiting in vain after which the camera counts as gone, milliseconds: Orbbec's SDK never says that it is.
const GONE_MILLIS: u32 = 2_000;
/// The same before the first images, as some cameras take seconds to start.
const FIRST_GONE_MILLIS: u32 = 10_000;
/// What a capture that comes to nothing takes of the patience, milliseconds: the time to the next.
const FRAME_MILLIS: i32 = 33;
/// Captures in a row that a full queue may refuse: 10 s.
const FULL: u32 = 300;
/// No camera buffers more images than this.
const BUFFERED: u32 = 32;
/// Readings of the accelerometer that tell which way is up.
const READINGS: u16 = 16;

/// A live camera. The tracker is given one capture at a time, which costs less delay than keeping its queues filled.
pub struct AzureKinect {
    // Dropped first: the tracker still holds captures of the camera.
    bodies: Bodies,
    device: Device,
    /// As the user would name it, with the number on it.
    name: String,
    serial: Option<String>,
    up: Option<[f32; 3]>,
    dropped: u64,
    /// How many of them were known when the newest frame came.
    dropped_before: u64,
    gaps: Gaps,
    captures: u64,
    /// How long the next images have been waited for.
    waited_millis: u32,
    /// Captures in a row that the tracker's queue had no room for.
    full: u32,
}

impl AzureKinect {
    /// Opens a camera by its index or serial number, with what the environment says about SDKs and tracker.
    pub fn open(which: &Which, tell: Tell<'_>) -> Result<Self, CaptureError> {
        Self::open_with(
            which,
            &Places::of_this_machine(),
            TrackerOptions::from_environment()?,
            tell,
        )
    }

    /// Opens a camera; this takes seconds, and starts threads of the SDKs'.
    pub fn open_with(
        which: &Which,
        places: &Places,
        options: TrackerOptions,
        tell: Tell<'_>,
    ) -> Result<Self, CaptureError> {
        let sensor = places.choose(Part::Sensor)?;
        let k4a = Arc::new(K4a::load(&sensor.path)?);
        hear_errors(&k4a);
        let tracker = Loaded::new(places)?;
        let (mut device, serial) = find(&k4a, which, &sensor)?;
        let camera = match (sensor.maker, &serial) {
            (Maker::Microsoft, Some(serial)) => format!("Azure Kinect {serial}"),
            (Maker::Microsoft, None) => "Azure Kinect".to_owned(),
            (Maker::Orbbec, Some(serial)) => format!("Orbbec {serial}"),
            (Maker::Orbbec, None) => "Orbbec camera".to_owned(),
        };
        let failed = |problem: &str| CaptureError::NoCamera {
            camera: camera.clone(),
            problem: problem.to_owned(),
        };
        let configuration = DeviceConfiguration {
            color_resolution: COLOR_RESOLUTION_OFF,
            depth_mode: DEPTH_MODE_NFOV_UNBINNED,
            camera_fps: FRAMES_PER_SECOND_30,
            ..DeviceConfiguration::default()
        };
        if !device.start(&configuration) {
            return Err(failed(
                "its depth camera does not start; it needs USB 3 and its own power, and on Linux a display for the \
                 depth engine",
            ));
        }
        let calibration = device
            .calibration(&configuration)
            .ok_or_else(|| failed("it does not tell its calibration; plug it out and in again"))?;
        let up = device
            .acceleration(READINGS, WAIT_MILLIS)
            .and_then(|acceleration| up_of(&calibration, acceleration));
        let bodies = tracker.start(&calibration, options, tell)?;
        Ok(Self {
            name: format!("{camera} ({})", bodies.mode),
            bodies,
            device,
            serial,
            up,
            dropped: 0,
            dropped_before: 0,
            gaps: Gaps::steady(FPS),
            captures: 0,
            waited_millis: 0,
            full: 0,
        })
    }

    /// The newest capture; older ones that wait are dropped, so that delay does not add up. `None` when none came in time.
    fn capture(&mut self, timeout_millis: i32) -> Result<Option<Capture>, CaptureError> {
        let mut newest = match self.device.capture(timeout_millis) {
            Waited::Got(capture) => capture,
            Waited::Nothing => {
                self.waited_millis += timeout_millis.unsigned_abs();
                let longest = if self.captures == 0 {
                    FIRST_GONE_MILLIS
                } else {
                    GONE_MILLIS
                };
                if self.waited_millis < longest {
                    return Ok(None);
                }
                return Err(self.lost(&format!("no image came for {} s", longest / 1000)));
            }
            Waited::Failed => return Err(self.lost("it stopped streaming")),
        };
        self.waited_millis = 0;
        self.captures += 1;
        for _ in 0..BUFFERED {
            // A camera that is gone is noticed by the next wait.
            let Waited::Got(newer) = self.device.capture(0) else {
                break;
            };
            self.dropped += 1;
            self.captures += 1;
            newest = newer;
        }
        Ok(Some(newest))
    }

    /// Gives a capture to the tracker, or drops it.
    fn track(&mut self, capture: &Capture) -> Result<Given, CaptureError> {
        // The camera makes captures without depth now and then, when a part of a picture was lost on the cable.
        let given = if capture.is_trackable() {
            self.bodies.give(capture, 0)?
        } else {
            self.dropped += 1;
            return Ok(Given::Full);
        };
        match given {
            Given::Taken => self.full = 0,
            Given::Full => {
                self.dropped += 1;
                self.full += 1;
            }
        }
        if self.full >= FULL {
            return Err(self.bodies.broken("its queue stays full"));
        }
        Ok(given)
    }

    /// Takes out what the tracker has done. Frames that are missing before it and that nobody here dropped were dropped by
    /// the SDK, whose queue holds half a second.
    fn take(&mut self, timeout_millis: i32) -> Result<Option<Frame>, CaptureError> {
        let frame = self.bodies.take(timeout_millis)?;
        if let Some(frame) = &frame {
            let missing = self.gaps.before(frame.timestamp_micros);
            let known = self.dropped - self.dropped_before;
            self.dropped += missing.saturating_sub(known);
            self.dropped_before = self.dropped;
        }
        Ok(frame)
    }

    fn lost(&self, how: &str) -> CaptureError {
        CaptureError::CameraLost {
            camera: self.name.clone(),
            frames: self.bodies.done,
            how: how.to_owned(),
        }
    }
}

/// Which way is up in Kinect v2 axes, from the accelerometer, which at rest feels the push that keeps it up.
fn up_of(calibration: &Calibration, acceleration: [f32; 3]) -> Option<[f32; 3]> {
    let [x, y, z] = calibration.depth_from_accelerometer(acceleration);
    let length = (x * x + y * y + z * z).sqrt();
    // A camera that is being carried, or tells no calibration, tells nothing about up.
    (7.0..13.0)
        .contains(&length)
        .then(|| [-x / length, -y / length, z / length])
}

/// What an SDK does not say when a camera that it counts does not open.
const BUSY: &str = "it is there but cannot be opened: another program may have it, or on Linux the udev rule of its \
                    SDK is missing";

/// Opens the camera that is meant, and tells its serial number.
fn find(
    k4a: &Arc<K4a>,
    which: &Which,
    sdk: &Library,
) -> Result<(Device, Option<String>), CaptureError> {
    let count = installed_count(k4a);
    let failed = |problem: String| CaptureError::NoCamera {
        camera: match which {
            Which::Index(index) => format!("camera {index}"),
            Which::Serial(serial) => format!("camera {serial}"),
        },
        problem,
    };
    let kind = match sdk.maker {
        Maker::Microsoft => {
            "Azure Kinect is plugged in (for an Orbbec Femto, choose the folder of Orbbec's wrapper in the camera's window or \
             in SYNSE_K4A_DIR)"
        }
        Maker::Orbbec => {
            "Orbbec camera is plugged in (for an Azure Kinect, choose the folder of Microsoft's SDK in the camera's window or \
             in SYNSE_K4A_DIR)"
        }
    };
    if count == 0 {
        return Err(failed(format!("no {kind}")));
    }
    match which {
        Which::Index(index) if *index >= count => {
            Err(failed(format!("there are only {count}, counted from 0")))
        }
        Which::Index(index) => {
            let device = Device::open(k4a, *index).ok_or_else(|| failed(BUSY.to_owned()))?;
            let serial = device.serial();
            Ok((device, serial))
        }
        Which::Serial(wanted) => {
            let (mut others, mut closed) = (Vec::new(), 0);
            for index in 0..count {
                let Some(device) = Device::open(k4a, index) else {
                    closed += 1;
                    continue;
                };
                let serial = device.serial();
                if serial.as_ref() == Some(wanted) {
                    return Ok((device, serial));
                }
                others.extend(serial);
            }
            Err(failed(match (others.len(), closed) {
                (0, _) => BUSY.to_owned(),
                (_, 0) => format!("it is not plugged in; there is {}", others.join(", ")),
                _ => format!(
                    "it is not among {}, and {closed} more cannot be opened: another program may have them",
                    others.join(", ")
                ),
            }))
        }
    }
}

impl Source for AzureKinect {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        FPS
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        frame_by_steps(self, Duration::from_secs(1))
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        let mut left = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        loop {
            let wait = left.min(WAIT_MILLIS);
            if self.bodies.inside > 0 {
                if let Some(frame) = self.take(wait)? {
                    return Ok(Step::Frame(frame));
                }
                left -= wait;
            } else if let Some(capture) = self.capture(wait)? {
                if self.track(&capture)? == Given::Full {
                    left -= FRAME_MILLIS;
                }
            } else {
                left -= wait;
            }
            if left <= 0 && self.bodies.inside == 0 {
                return Ok(Step::Waiting);
            }
            if left <= 0 {
                // What the tracker has done by now is taken, as nobody's patience is shorter than a look.
                return Ok(self.take(0)?.map_or(Step::Waiting, Step::Frame));
            }
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn is_open(&self) -> bool {
        self.bodies.is_ready()
    }

    fn dropped(&self) -> u64 {
        self.dropped
    }

    fn journey(&self) -> Journey {
        Journey {
            tracker: self.bodies.delay,
            dropped_by_tracker: self.dropped,
            ..Journey::default()
        }
    }

    fn up(&self) -> Option<[f32; 3]> {
        self.up
    }

    fn lasting_spec(&self) -> Option<SourceSpec> {
        let serial = self.serial.clone()?;
        Some(SourceSpec::AzureKinect {
            which: Which::Serial(serial),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_is_what_the_accelerometer_feels() {
        let mut calibration = Calibration::default();
        // The accelerometer has x backward, y left, z down; the depth camera x right, y down, z forward.
        calibration.extrinsics[3][0].rotation = [0.0, -1.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0];
        // Level: pushed up, against its z.
        let [x, y, z] = up_of(&calibration, [0.0, 0.0, -9.81]).unwrap();
        assert!(x.abs() < 1e-6 && (y - 1.0).abs() < 1e-6 && z.abs() < 1e-6);
        // Looking down by 30 degrees, up leans towards the camera.
        let [_, y, z] = up_of(&calibration, [4.905, 0.0, -8.496]).unwrap();
        assert!(
            (y - 0.866).abs() < 1e-3 && (z + 0.5).abs() < 1e-3,
            "{y} {z}"
        );
        assert_eq!(up_of(&calibration, [0.0, 0.0, -3.0]), None);
        assert_eq!(up_of(&Calibration::default(), [0.0, 0.0, -9.81]), None);
    }
}
