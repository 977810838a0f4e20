//! Kinect for Xbox One (Kinect v2): what its SDK answers, call by call, becomes frames. The calls are in `kinect20_sys`.

mod source;

pub use source::KinectV2;

use super::{CaptureError, Source};
use crate::skeleton::JOINT_COUNT;
use std::fmt;

/// What the SDK answers when it fails: a Windows `HRESULT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hresult(pub i32);

/// `E_PENDING`: no new frame yet.
pub const E_PENDING: Hresult = Hresult(0x8000_000A_u32.cast_signed());

impl fmt::Display for Hresult {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error {:#010x}", self.0)
    }
}

/// `Joint` of Kinect.h.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct V2Joint {
    /// `JointType`: its index.
    pub joint_type: i32,
    /// `CameraSpacePoint`: metres.
    pub position: [f32; 3],
    /// `TrackingState`: 0 not tracked, 1 inferred, 2 tracked.
    pub tracking_state: i32,
}

/// What one of the SDK's six bodies answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct V2Body {
    /// `get_IsTracked`.
    pub is_tracked: u8,
    /// `get_TrackingId`.
    pub tracking_id: u64,
    /// `GetJoints`.
    pub joints: [V2Joint; JOINT_COUNT],
    /// `get_HandLeftState`.
    pub hand_left: i32,
    /// `get_HandRightState`.
    pub hand_right: i32,
}

/// What a body frame answers.
#[derive(Clone, Debug, Default)]
pub struct V2Frame {
    /// `get_RelativeTime`: 100 ns.
    pub relative_time: i64,
    /// `get_FloorClipPlane`: a plane `x X + y Y + z Z + w = 0`, all zero where no floor is seen.
    pub floor_clip_plane: [f32; 4],
    /// `GetAndRefreshBodyData`: six, of which some are tracked.
    pub bodies: Vec<V2Body>,
}

/// The calls that a Kinect v2 is read by. On Windows they are those of Kinect20.dll.
pub trait Kinect20: Send {
    /// `IKinectSensor::get_IsAvailable`: whether the sensor is plugged in and running.
    fn is_available(&mut self) -> Result<bool, Hresult>;

    /// `IKinectSensor::get_UniqueKinectId`.
    fn unique_id(&mut self) -> Option<String>;

    /// Waits for the event of `IBodyFrameReader::SubscribeFrameArrived`, but not longer.
    fn wait_for_frame(&mut self, timeout_millis: u32);

    /// `IBodyFrameReader::AcquireLatestFrame`, and all that the frame answers; [`E_PENDING`] where there is none.
    fn acquire_latest_frame(&mut self) -> Result<V2Frame, Hresult>;
}

/// Opens the Kinect v2 of this machine.
#[cfg(windows)]
pub(super) fn open() -> Result<Box<dyn Source>, CaptureError> {
    let sensor = super::kinect20_sys::Sensor::open()?;
    Ok(Box::new(KinectV2::start(sensor)?))
}

/// There is none on this system.
#[cfg(not(windows))]
pub(super) fn open() -> Result<Box<dyn Source>, CaptureError> {
    Err(CaptureError::Camera {
        camera: "kinect-v2".to_owned(),
        problem: "Microsoft made its SDK for Windows only; plug it into a Windows PC with synse and play \
                  \"exec:ssh PC synse capture-host kinect-v2\" here"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn structs_are_as_long_as_kinect_h_makes_them() {
        assert_eq!(size_of::<V2Joint>(), 20);
        assert_eq!(
            (
                offset_of!(V2Joint, position),
                offset_of!(V2Joint, tracking_state)
            ),
            (4, 16)
        );
    }

    /// The methods that a declaration lists, and how many arguments each takes.
    fn declared(source: &str, interface: &str) -> Vec<(String, usize)> {
        let start = source
            .find(&format!("unsafe trait {interface}: IUnknown {{"))
            .unwrap();
        let block = &source[start..start + source[start..].find("\n    }\n").unwrap()];
        block
            .split("fn ")
            .skip(1)
            .map(|method| {
                let (name, rest) = method.split_once('(').unwrap();
                let arguments = &rest[..rest.find(')').unwrap()];
                let given = arguments
                    .split(',')
                    .filter(|argument| !argument.trim().is_empty());
                (name.to_owned(), given.count())
            })
            .collect()
    }

    #[test]
    fn every_declared_method_lies_in_its_slot() {
        let source = include_str!("../kinect20_sys.rs");
        let mut rows = csv::Reader::from_reader(
            include_str!("../../../tests/facts/kinect_v2_vtables.csv").as_bytes(),
        );
        let slots: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        let mut checked = 0;
        for interface in [
            "IKinectSensor",
            "IBodyFrameSource",
            "IBodyFrameReader",
            "IBodyFrameArrivedEventArgs",
            "IBodyFrame",
            "IBody",
        ] {
            let facts: Vec<&csv::StringRecord> =
                slots.iter().filter(|row| &row[0] == interface).collect();
            assert!(
                source.contains(&format!("#[interface(\"{}\")]", &facts[0][1])),
                "{interface}'s IID"
            );
            for (slot, (name, arguments)) in (3..).zip(declared(source, interface)) {
                let fact = facts
                    .iter()
                    .find(|row| row[2] == *slot.to_string())
                    .unwrap();
                assert_eq!(name, &fact[4], "{interface}, slot {slot}");
                assert_eq!(
                    arguments,
                    fact[6].split(", ").count(),
                    "{interface}::{name}"
                );
                checked += 1;
            }
        }
        assert!(checked > 40, "{checked}");
    }
}
