//! The Azure Kinect SDKs, declared by hand and loaded at run time: k4a (sensor), k4abt (bodies), k4arecord (recordings).
//!
//! Nothing of them is linked, so that the program builds and starts where none is installed. Only this folder calls them;
//! what it gives out are values that release what they hold. Layouts are compared with those of the real headers in tests.
#![expect(
    unsafe_code,
    reason = "an SDK is declared and called here, and nowhere else"
)]

mod api;
mod clock;
mod handles;
mod layout;
mod output;

pub(crate) use api::{K4a, K4abt, K4arecord, hear_errors, search_in};
pub(crate) use clock::now_nanos;
pub(crate) use handles::{Capture, Device, Playback, Recorded, Tracker, Waited, installed_count};
pub(crate) use layout::{
    AzureJoint, AzureSkeleton, COLOR_RESOLUTION_OFF, Calibration, DEPTH_MODE_NFOV_UNBINNED,
    DeviceConfiguration, FRAMES_PER_SECOND_30, JOINT_COUNT,
};
pub(crate) use output::own_output;
