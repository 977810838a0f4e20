//! The SDKs' handles as values: each is released once, on every path, and after whatever hangs on it.

use super::api::{K4a, K4abt, K4arecord};
use super::layout::{
    AzureSkeleton, Calibration, DeviceConfiguration, INVALID_BODY_ID, ImuSample, RawHandle,
    RecordConfiguration, STREAM_EOF, SUCCEEDED, TrackerConfiguration, WAIT_TIMEOUT,
};
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::Arc;

/// A handle that is not null.
#[derive(Debug)]
struct Handle(RawHandle);

// SAFETY: the SDKs' handles may be used from any one thread at a time (k4a.h: "thread safe" calls on a device;
// Microsoft's samples make and use them on different threads); `&mut` and ownership keep it to one at a time here.
unsafe impl Send for Handle {}

impl Handle {
    fn new(raw: RawHandle) -> Option<Self> {
        (!raw.is_null()).then_some(Self(raw))
    }
}

/// What became of waiting for something.
#[derive(Debug)]
pub(crate) enum Waited<T> {
    /// It came.
    Got(T),
    /// It did not come in time.
    Nothing,
    /// It will not come any more.
    Failed,
}

fn waited<T>(result: i32, got: Option<T>) -> Waited<T> {
    match (result, got) {
        (SUCCEEDED, Some(got)) => Waited::Got(got),
        (WAIT_TIMEOUT, _) => Waited::Nothing,
        _ => Waited::Failed,
    }
}

/// How many cameras the SDK sees.
pub(crate) fn installed_count(api: &K4a) -> u32 {
    // SAFETY: it takes nothing.
    unsafe { (api.k4a_device_get_installed_count)() }
}

/// An open camera; while it is open, no other program can have it.
#[derive(Debug)]
pub(crate) struct Device {
    api: Arc<K4a>,
    handle: Handle,
    running: bool,
}

impl Device {
    /// Opens a camera by its number.
    pub(crate) fn open(api: &Arc<K4a>, index: u32) -> Option<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for a handle.
        let result = unsafe { (api.k4a_device_open)(index, &raw mut raw) };
        let handle = Handle::new(raw).filter(|_| result == SUCCEEDED)?;
        Some(Self {
            api: Arc::clone(api),
            handle,
            running: false,
        })
    }

    /// The number on the camera.
    pub(crate) fn serial(&self) -> Option<String> {
        let mut size = 0_usize;
        // SAFETY: with no buffer, only the size that is needed is written.
        unsafe {
            (self.api.k4a_device_get_serialnum)(self.handle.0, ptr::null_mut(), &raw mut size)
        };
        // A serial number has a dozen characters; more than this is no size.
        let mut text = vec![0_u8; size.min(256)];
        size = text.len();
        let at = text.as_mut_ptr().cast();
        // SAFETY: the buffer has the size that is passed.
        let result =
            unsafe { (self.api.k4a_device_get_serialnum)(self.handle.0, at, &raw mut size) };
        let serial = CStr::from_bytes_until_nul(&text).ok()?;
        (result == SUCCEEDED && !serial.is_empty()).then(|| serial.to_string_lossy().into_owned())
    }

    /// Starts the cameras; Orbbec's depth engine makes an OpenGL context on the calling thread.
    pub(crate) fn start(&mut self, configuration: &DeviceConfiguration) -> bool {
        // SAFETY: the configuration is read during the call only.
        let result = unsafe { (self.api.k4a_device_start_cameras)(self.handle.0, configuration) };
        self.running = result == SUCCEEDED;
        self.running
    }

    /// How the parts of the camera lie to each other.
    pub(crate) fn calibration(
        &self,
        configuration: &DeviceConfiguration,
    ) -> Option<Box<Calibration>> {
        let mut calibration = Box::<Calibration>::default();
        // SAFETY: there is room for the struct; its layout is tested.
        let result = unsafe {
            (self.api.k4a_device_get_calibration)(
                self.handle.0,
                configuration.depth_mode,
                configuration.color_resolution,
                &raw mut *calibration,
            )
        };
        (result == SUCCEEDED).then_some(calibration)
    }

    /// The mean of some readings of the accelerometer, metres per square second; `None` where there is none.
    pub(crate) fn acceleration(&mut self, readings: u16, timeout_millis: i32) -> Option<[f32; 3]> {
        // SAFETY: the handle is open.
        let started = unsafe { (self.api.k4a_device_start_imu)(self.handle.0) };
        if started != SUCCEEDED {
            return None;
        }
        let (mut sum, mut count) = ([0.0_f32; 3], 0_u16);
        for _ in 0..readings {
            let mut sample = ImuSample::default();
            // SAFETY: there is room for the struct; its layout is tested.
            let result = unsafe {
                (self.api.k4a_device_get_imu_sample)(self.handle.0, &raw mut sample, timeout_millis)
            };
            if result != SUCCEEDED {
                break;
            }
            for (sum, axis) in sum.iter_mut().zip(sample.acc_sample) {
                *sum += axis;
            }
            count += 1;
        }
        // SAFETY: it was started above.
        unsafe { (self.api.k4a_device_stop_imu)(self.handle.0) };
        (count > 0).then(|| sum.map(|sum| sum / f32::from(count)))
    }

    /// The oldest capture that waits, or the next.
    pub(crate) fn capture(&mut self, timeout_millis: i32) -> Waited<Capture> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for a handle.
        let result = unsafe {
            (self.api.k4a_device_get_capture)(self.handle.0, &raw mut raw, timeout_millis)
        };
        waited(result, Capture::new(&self.api, raw))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if self.running {
            // SAFETY: the cameras were started and not stopped since.
            unsafe { (self.api.k4a_device_stop_cameras)(self.handle.0) };
        }
        // SAFETY: the handle is open, and this is its last use.
        unsafe { (self.api.k4a_device_close)(self.handle.0) };
    }
}

/// The images of one moment.
#[derive(Debug)]
pub(crate) struct Capture {
    api: Arc<K4a>,
    handle: Handle,
}

impl Capture {
    fn new(api: &Arc<K4a>, raw: RawHandle) -> Option<Self> {
        let handle = Handle::new(raw)?;
        let api = Arc::clone(api);
        Some(Self { api, handle })
    }

    /// Whether it has both images that bodies are tracked in: depth and infrared.
    pub(crate) fn is_trackable(&self) -> bool {
        // SAFETY: the handle is open; the image is given back by `is_there`.
        let depth = unsafe { (self.api.k4a_capture_get_depth_image)(self.handle.0) };
        // SAFETY: as above.
        let infrared = unsafe { (self.api.k4a_capture_get_ir_image)(self.handle.0) };
        // Both must be given back, so that neither is looked at only if the other is there.
        let (depth, infrared) = (self.is_there(depth), self.is_there(infrared));
        depth && infrared
    }

    /// Gives an image back, if there is one.
    fn is_there(&self, image: RawHandle) -> bool {
        if image.is_null() {
            return false;
        }
        // SAFETY: the image was just given out, and this is its last use.
        unsafe { (self.api.k4a_image_release)(image) };
        true
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and this is its last use.
        unsafe { (self.api.k4a_capture_release)(self.handle.0) };
    }
}

/// A body tracker. There can be only one in a process.
#[derive(Debug)]
pub(crate) struct Tracker {
    api: Arc<K4abt>,
    handle: Handle,
    /// The tracker may read it for as long as it lives.
    _model: Option<CString>,
}

impl Tracker {
    /// Makes one; this loads a neural network and takes seconds.
    pub(crate) fn create(
        api: &Arc<K4abt>,
        calibration: &Calibration,
        processing_mode: i32,
        model: Option<CString>,
    ) -> Option<Self> {
        let configuration = TrackerConfiguration {
            sensor_orientation: 0,
            processing_mode,
            gpu_device_id: 0,
            model_path: model.as_ref().map_or(ptr::null(), |model| model.as_ptr()),
        };
        let mut raw = ptr::null_mut();
        // SAFETY: the layouts are tested, and libraries before 1.1, which expect a shorter configuration, are refused
        // before they are loaded.
        let result =
            unsafe { (api.k4abt_tracker_create)(calibration, configuration, &raw mut raw) };
        let handle = Handle::new(raw).filter(|_| result == SUCCEEDED)?;
        Some(Self {
            api: Arc::clone(api),
            handle,
            _model: model,
        })
    }

    /// Puts a capture in the tracker's queue, which keeps its own reference to it.
    pub(crate) fn enqueue(&mut self, capture: &Capture, timeout_millis: i32) -> Waited<()> {
        let capture = capture.handle.0;
        // SAFETY: both handles are open.
        let result = unsafe {
            (self.api.k4abt_tracker_enqueue_capture)(self.handle.0, capture, timeout_millis)
        };
        waited(result, Some(()))
    }

    /// The bodies of the oldest capture that is done.
    pub(crate) fn pop(&mut self, timeout_millis: i32) -> Waited<BodyFrame> {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for a handle.
        let result = unsafe {
            (self.api.k4abt_tracker_pop_result)(self.handle.0, &raw mut raw, timeout_millis)
        };
        let api = Arc::clone(&self.api);
        waited(
            result,
            Handle::new(raw).map(|handle| BodyFrame { api, handle }),
        )
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { (self.api.k4abt_tracker_shutdown)(self.handle.0) };
        // SAFETY: the handle is open, and this is its last use; its frames are gone (`pop` gives them out one by one,
        // and nobody keeps them).
        unsafe { (self.api.k4abt_tracker_destroy)(self.handle.0) };
    }
}

/// The bodies of one moment.
#[derive(Debug)]
pub(crate) struct BodyFrame {
    api: Arc<K4abt>,
    handle: Handle,
}

impl BodyFrame {
    /// The middle of the exposure on the camera's clock, microseconds.
    pub(crate) fn timestamp_micros(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { (self.api.k4abt_frame_get_device_timestamp_usec)(self.handle.0) }
    }

    /// When its images arrived at this computer, nanoseconds; of a recording 0.
    ///
    /// Microsoft's SDK tells it by the clock of [`super::now_nanos`]; another's may be another.
    pub(crate) fn arrived_nanos(&self) -> u64 {
        // SAFETY: the handle is open.
        unsafe { (self.api.k4abt_frame_get_system_timestamp_nsec)(self.handle.0) }
    }

    /// Every body with its id.
    pub(crate) fn bodies(&self) -> Vec<(u32, AzureSkeleton)> {
        // SAFETY: the handle is open.
        let count = unsafe { (self.api.k4abt_frame_get_num_bodies)(self.handle.0) };
        (0..count).filter_map(|index| self.body(index)).collect()
    }

    fn body(&self, index: u32) -> Option<(u32, AzureSkeleton)> {
        // SAFETY: the handle is open; an index too high gives the invalid id.
        let id = unsafe { (self.api.k4abt_frame_get_body_id)(self.handle.0, index) };
        let mut skeleton = AzureSkeleton::default();
        // SAFETY: there is room for the struct; its layout is tested.
        let result = unsafe {
            (self.api.k4abt_frame_get_body_skeleton)(self.handle.0, index, &raw mut skeleton)
        };
        (result == SUCCEEDED && id != INVALID_BODY_ID).then_some((id, skeleton))
    }
}

impl Drop for BodyFrame {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and this is its last use.
        unsafe { (self.api.k4abt_frame_release)(self.handle.0) };
    }
}

/// A recording that plays.
#[derive(Debug)]
pub(crate) struct Playback {
    api: Arc<K4arecord>,
    sensor: Arc<K4a>,
    handle: Handle,
}

/// What a recording has next.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// Images.
    Capture(Capture),
    /// No more.
    End,
    /// Damage.
    Failed,
}

impl Playback {
    /// Opens a recording.
    pub(crate) fn open(api: &Arc<K4arecord>, sensor: &Arc<K4a>, path: &CStr) -> Option<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the path ends in NUL, and `raw` is a place for a handle.
        let result = unsafe { (api.k4a_playback_open)(path.as_ptr(), &raw mut raw) };
        let handle = Handle::new(raw).filter(|_| result == SUCCEEDED)?;
        Some(Self {
            api: Arc::clone(api),
            sensor: Arc::clone(sensor),
            handle,
        })
    }

    /// How the parts of the camera lay to each other.
    pub(crate) fn calibration(&self) -> Option<Box<Calibration>> {
        let mut calibration = Box::<Calibration>::default();
        let place = &raw mut *calibration;
        // SAFETY: there is room for the struct; its layout is tested.
        let result = unsafe { (self.api.k4a_playback_get_calibration)(self.handle.0, place) };
        (result == SUCCEEDED).then_some(calibration)
    }

    /// How it was recorded.
    pub(crate) fn configuration(&self) -> Option<RecordConfiguration> {
        let mut configuration = RecordConfiguration::default();
        let place = &raw mut configuration;
        // SAFETY: there is room for the longer of Microsoft's struct and Orbbec's.
        let result =
            unsafe { (self.api.k4a_playback_get_record_configuration)(self.handle.0, place) };
        (result == SUCCEEDED).then_some(configuration)
    }

    /// The next images.
    pub(crate) fn next(&mut self) -> Recorded {
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for a handle.
        let result =
            unsafe { (self.api.k4a_playback_get_next_capture)(self.handle.0, &raw mut raw) };
        match (result, Capture::new(&self.sensor, raw)) {
            (SUCCEEDED, Some(capture)) => Recorded::Capture(capture),
            (STREAM_EOF, _) => Recorded::End,
            _ => Recorded::Failed,
        }
    }
}

impl Drop for Playback {
    fn drop(&mut self) {
        // SAFETY: the handle is open, and this is its last use.
        unsafe { (self.api.k4a_playback_close)(self.handle.0) };
    }
}
