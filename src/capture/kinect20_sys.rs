//! Kinect20.dll (Kinect for Windows SDK 2.0): its COM interfaces, declared by hand and loaded at run time.
//!
//! Every interface is declared to the last slot that is used; a test compares names and slots with `Kinect.h`'s order.
#![expect(
    unsafe_code,
    reason = "an SDK is declared and called here, and nowhere else"
)]
#![expect(non_snake_case, reason = "the methods keep the names of Kinect.h")]

use super::CaptureError;
use super::kinect_v2::{E_PENDING, Hresult, Kinect20, V2Body, V2Frame, V2Joint};
use crate::skeleton::JOINT_COUNT;
use libloading::os::windows::{LOAD_LIBRARY_SEARCH_SYSTEM32, Library};
use std::ffi::c_void;
use std::path::PathBuf;
use std::ptr;
use windows_core::{HRESULT, IUnknown, IUnknown_Vtbl, Interface, interface};

/// `BODY_COUNT`.
const BODY_COUNT: usize = 6;
/// `WAIT_OBJECT_0`.
const WAIT_OBJECT_0: u32 = 0;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn WaitForSingleObject(handle: isize, timeout_millis: u32) -> u32;
}

mod com {
    #![expect(
        clippy::transmute_ptr_to_ptr,
        reason = "windows-core's macro writes them"
    )]
    use super::{HRESULT, IUnknown, IUnknown_Vtbl, V2Joint, c_void, interface};

    #[interface("3C6EBA94-0DE1-4360-B6D4-653A10794C8B")]
    pub(super) unsafe trait IKinectSensor: IUnknown {
        fn SubscribeIsAvailableChanged(&self, handle: *mut isize) -> HRESULT;
        fn UnsubscribeIsAvailableChanged(&self, handle: isize) -> HRESULT;
        fn GetIsAvailableChangedEventData(&self, handle: isize, data: *mut *mut c_void) -> HRESULT;
        pub(super) fn Open(&self) -> HRESULT;
        pub(super) fn Close(&self) -> HRESULT;
        fn get_IsOpen(&self, open: *mut u8) -> HRESULT;
        pub(super) fn get_IsAvailable(&self, available: *mut u8) -> HRESULT;
        fn get_ColorFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn get_DepthFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        pub(super) fn get_BodyFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn get_BodyIndexFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn get_InfraredFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn get_LongExposureInfraredFrameSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn get_AudioSource(&self, source: *mut *mut c_void) -> HRESULT;
        fn OpenMultiSourceFrameReader(&self, types: u32, reader: *mut *mut c_void) -> HRESULT;
        fn get_CoordinateMapper(&self, mapper: *mut *mut c_void) -> HRESULT;
        pub(super) fn get_UniqueKinectId(&self, size: u32, id: *mut u16) -> HRESULT;
    }

    #[interface("BB94A78A-458C-4608-AC69-34FEAD1E3BAE")]
    pub(super) unsafe trait IBodyFrameSource: IUnknown {
        fn SubscribeFrameCaptured(&self, handle: *mut isize) -> HRESULT;
        fn UnsubscribeFrameCaptured(&self, handle: isize) -> HRESULT;
        fn GetFrameCapturedEventData(&self, handle: isize, data: *mut *mut c_void) -> HRESULT;
        fn get_IsActive(&self, active: *mut u8) -> HRESULT;
        fn get_BodyCount(&self, count: *mut i32) -> HRESULT;
        pub(super) fn OpenReader(&self, reader: *mut *mut c_void) -> HRESULT;
    }

    #[interface("45532DF5-A63C-418F-A39F-C567936BC051")]
    pub(super) unsafe trait IBodyFrameReader: IUnknown {
        pub(super) fn SubscribeFrameArrived(&self, handle: *mut isize) -> HRESULT;
        pub(super) fn UnsubscribeFrameArrived(&self, handle: isize) -> HRESULT;
        pub(super) fn GetFrameArrivedEventData(
            &self,
            handle: isize,
            data: *mut *mut c_void,
        ) -> HRESULT;
        pub(super) fn AcquireLatestFrame(&self, frame: *mut *mut c_void) -> HRESULT;
    }

    #[interface("BF5CCA0E-00C1-4D48-837F-AB921E6AEE01")]
    pub(super) unsafe trait IBodyFrameArrivedEventArgs: IUnknown {
        fn get_FrameReference(&self, reference: *mut *mut c_void) -> HRESULT;
    }

    #[interface("52884F1F-94D7-4B57-BF87-9226950980D5")]
    pub(super) unsafe trait IBodyFrame: IUnknown {
        pub(super) fn GetAndRefreshBodyData(
            &self,
            capacity: u32,
            bodies: *mut *mut c_void,
        ) -> HRESULT;
        pub(super) fn get_FloorClipPlane(&self, plane: *mut [f32; 4]) -> HRESULT;
        pub(super) fn get_RelativeTime(&self, time: *mut i64) -> HRESULT;
    }

    #[interface("46AEF731-98B0-4D18-827B-933758678F4A")]
    pub(super) unsafe trait IBody: IUnknown {
        pub(super) fn GetJoints(&self, capacity: u32, joints: *mut V2Joint) -> HRESULT;
        fn GetJointOrientations(&self, capacity: u32, orientations: *mut c_void) -> HRESULT;
        fn get_Engaged(&self, result: *mut i32) -> HRESULT;
        fn GetExpressionDetectionResults(&self, capacity: u32, results: *mut i32) -> HRESULT;
        fn GetActivityDetectionResults(&self, capacity: u32, results: *mut i32) -> HRESULT;
        fn GetAppearanceDetectionResults(&self, capacity: u32, results: *mut i32) -> HRESULT;
        pub(super) fn get_HandLeftState(&self, state: *mut i32) -> HRESULT;
        fn get_HandLeftConfidence(&self, confidence: *mut i32) -> HRESULT;
        pub(super) fn get_HandRightState(&self, state: *mut i32) -> HRESULT;
        fn get_HandRightConfidence(&self, confidence: *mut i32) -> HRESULT;
        fn get_ClippedEdges(&self, edges: *mut u32) -> HRESULT;
        pub(super) fn get_TrackingId(&self, id: *mut u64) -> HRESULT;
        pub(super) fn get_IsTracked(&self, tracked: *mut u8) -> HRESULT;
    }
}

use com::{
    IBody, IBodyFrame, IBodyFrameArrivedEventArgs, IBodyFrameReader, IBodyFrameSource,
    IKinectSensor,
};

/// `HRESULT GetDefaultKinectSensor(IKinectSensor **)`.
type GetDefaultKinectSensor = unsafe extern "system" fn(*mut *mut c_void) -> HRESULT;

/// The sensor, opened for bodies. Dropped from top to bottom: what was given out first goes last.
pub(super) struct Sensor {
    reader: IBodyFrameReader,
    /// The event that tells of a new frame.
    arrived: isize,
    _source: IBodyFrameSource,
    kinect: IKinectSensor,
}

// SAFETY: the SDK's objects live in no apartment (they are got without CoInitialize, and Microsoft's samples use them on
// worker threads); `&mut` keeps this one to one thread at a time.
unsafe impl Send for Sensor {}

/// The object that a call gives out.
fn object<T: Interface>(call: impl FnOnce(*mut *mut c_void) -> HRESULT) -> Result<T, Hresult> {
    let mut raw = ptr::null_mut();
    let result = call(&raw mut raw);
    if result.is_err() || raw.is_null() {
        return Err(Hresult(result.0));
    }
    // SAFETY: the call succeeded, so `raw` is an object of this interface with a reference that is ours.
    Ok(unsafe { T::from_raw(raw) })
}

fn check(result: HRESULT) -> Result<(), Hresult> {
    if result.is_err() {
        Err(Hresult(result.0))
    } else {
        Ok(())
    }
}

impl Sensor {
    /// Loads the SDK and opens the sensor, plugged in or not.
    pub(super) fn open() -> Result<Self, CaptureError> {
        let path = PathBuf::from("Kinect20.dll");
        // SAFETY: the library's initialisers are run, which is what the user asked for by installing the SDK.
        let library = unsafe { Library::load_with_flags(&path, LOAD_LIBRARY_SEARCH_SYSTEM32) };
        let library = library.map_err(|_error| CaptureError::NoSdk {
            what: "Kinect for Windows SDK 2.0 (Kinect20.dll)",
            looked: "the system's folder".to_owned(),
            advice: "install Microsoft's \"Kinect for Windows Runtime 2.0\" (or the SDK of that name)",
        })?;
        // SAFETY: this is the function's signature in Kinect.h.
        let get = unsafe { library.get::<GetDefaultKinectSensor>(b"GetDefaultKinectSensor\0") };
        let get = match get {
            Ok(get) => *get,
            Err(error) => {
                return Err(CaptureError::Sdk {
                    path,
                    problem: error.to_string(),
                });
            }
        };
        // Its threads may outlive the sensor, so it is never unloaded.
        library.into_raw();
        Self::start(get).map_err(|error| CaptureError::Camera {
            camera: "Kinect v2".to_owned(),
            problem: format!("its SDK fails with {error}; restart the service \"Kinect Monitor\""),
        })
    }

    fn start(get: GetDefaultKinectSensor) -> Result<Self, Hresult> {
        // SAFETY: the pointer is a place for an object.
        let sensor: IKinectSensor = object(|place| unsafe { get(place) })?;
        // SAFETY: the object lives, and its slots are those of the SDK.
        check(unsafe { sensor.Open() })?;
        // SAFETY: as above, with a place for an object.
        let source: IBodyFrameSource =
            object(|place| unsafe { sensor.get_BodyFrameSource(place) })?;
        // SAFETY: as above.
        let reader: IBodyFrameReader = object(|place| unsafe { source.OpenReader(place) })?;
        let mut arrived = 0;
        // SAFETY: as above, with a place for a handle.
        check(unsafe { reader.SubscribeFrameArrived(&raw mut arrived) })?;
        Ok(Self {
            reader,
            arrived,
            _source: source,
            kinect: sensor,
        })
    }

    /// What one of a frame's bodies answers; what it does not answer stays as nobody.
    fn body(body: &IBody) -> V2Body {
        let mut seen = V2Body::default();
        // SAFETY: the object lives, and there is room for what it answers.
        let tracked = check(unsafe { body.get_IsTracked(&raw mut seen.is_tracked) });
        if tracked.is_err() || seen.is_tracked == 0 {
            return V2Body::default();
        }
        // SAFETY: as above.
        let id = check(unsafe { body.get_TrackingId(&raw mut seen.tracking_id) });
        let joints = seen.joints.as_mut_ptr();
        // SAFETY: as above; the capacity is the array's.
        let joints = check(unsafe { body.GetJoints(JOINT_COUNT as u32, joints) });
        if id.is_err() || joints.is_err() {
            return V2Body::default();
        }
        // SAFETY: as above. Hands that it does not tell of stay unknown.
        let left = check(unsafe { body.get_HandLeftState(&raw mut seen.hand_left) });
        // SAFETY: as above.
        let right = check(unsafe { body.get_HandRightState(&raw mut seen.hand_right) });
        if left.and(right).is_err() {
            (seen.hand_left, seen.hand_right) = (0, 0);
        }
        seen
    }
}

impl Kinect20 for Sensor {
    fn is_available(&mut self) -> Result<bool, Hresult> {
        let mut available = 0;
        // SAFETY: the object lives, and there is room for what it answers.
        check(unsafe { self.kinect.get_IsAvailable(&raw mut available) })?;
        Ok(available != 0)
    }

    fn unique_id(&mut self) -> Option<String> {
        let mut text = [0_u16; 256];
        // SAFETY: the object lives, and the capacity is the buffer's.
        let result = unsafe {
            self.kinect
                .get_UniqueKinectId(text.len() as u32, text.as_mut_ptr())
        };
        check(result).ok()?;
        let end = text.iter().position(|unit| *unit == 0)?;
        let id = String::from_utf16_lossy(&text[..end]);
        (!id.is_empty()).then_some(id)
    }

    fn wait_for_frame(&mut self, timeout_millis: u32) {
        // SAFETY: the handle is an event of the SDK's, valid until it is unsubscribed.
        if unsafe { WaitForSingleObject(self.arrived, timeout_millis) } != WAIT_OBJECT_0 {
            return;
        }
        // Taking the event's data is what lets the next event come; the newest frame itself is asked for otherwise.
        // SAFETY: the object lives, with a place for an object.
        let data: Result<IBodyFrameArrivedEventArgs, Hresult> =
            object(|place| unsafe { self.reader.GetFrameArrivedEventData(self.arrived, place) });
        drop(data);
    }

    fn acquire_latest_frame(&mut self) -> Result<V2Frame, Hresult> {
        // SAFETY: the object lives, with a place for an object.
        let frame: IBodyFrame = object(|place| unsafe { self.reader.AcquireLatestFrame(place) })?;
        let mut seen = V2Frame::default();
        // SAFETY: the object lives, and there is room for what it answers.
        check(unsafe { frame.get_RelativeTime(&raw mut seen.relative_time) })?;
        // SAFETY: as above. A frame without a floor is a frame.
        if check(unsafe { frame.get_FloorClipPlane(&raw mut seen.floor_clip_plane) }).is_err() {
            seen.floor_clip_plane = [0.0; 4];
        }
        let mut raw = [ptr::null_mut(); BODY_COUNT];
        // SAFETY: as above; the capacity is the array's, which must be empty the first time.
        let result = unsafe { frame.GetAndRefreshBodyData(BODY_COUNT as u32, raw.as_mut_ptr()) };
        let bodies = raw.into_iter().filter(|raw| !raw.is_null()).map(|raw| {
            // SAFETY: the call gave out a body with a reference that is ours.
            unsafe { IBody::from_raw(raw) }
        });
        // Each is released again, also when the call failed half way.
        seen.bodies = bodies.map(|body| Self::body(&body)).collect();
        match check(result) {
            Ok(()) => Ok(seen),
            // Not the same as no frame.
            Err(E_PENDING) => Err(Hresult(-1)),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Sensor {
    fn drop(&mut self) {
        // SAFETY: the object lives, and the handle is the one that it gave out.
        let unsubscribed = check(unsafe { self.reader.UnsubscribeFrameArrived(self.arrived) });
        // SAFETY: the object lives.
        let closed = check(unsafe { self.kinect.Close() });
        if let Err(error) = unsubscribed.and(closed) {
            tracing::debug!("the Kinect v2 was closed with {error}");
        }
    }
}
