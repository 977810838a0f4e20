//! The SDKs' functions, looked up in their libraries at run time. Signatures: `k4a.h`, `playback.h` 1.4, `k4abt.h` 1.1.

use super::layout::{
    AzureSkeleton, Calibration, DeviceConfiguration, ImuSample, LOG_LEVEL_ERROR, RawHandle,
    RecordConfiguration, TrackerConfiguration,
};
use crate::capture::CaptureError;
#[cfg(unix)]
use libloading::os::unix as system;
#[cfg(windows)]
use libloading::os::windows as system;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `k4a_logging_message_cb_t`: context, level, file, line, message.
type LogCallback = unsafe extern "C" fn(*mut c_void, i32, *const c_char, c_int, *const c_char);

macro_rules! functions {
    ($(#[$doc:meta])* $name:ident { $($function:ident($($argument:ty),*) $(-> $result:ty)?;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[expect(clippy::struct_field_names, reason = "the functions keep the SDK's names")]
        pub(crate) struct $name {
            $(pub(super) $function: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        impl $name {
            /// Loads the library for good: its threads may outlive whatever was opened with it.
            pub(crate) fn load(path: &Path) -> Result<Self, CaptureError> {
                let library = open(path)?;
                let functions = Self {
                    $($function: {
                        // SAFETY: the type is the function's signature in the SDK's header, and the library stays
                        // loaded as long as the program runs.
                        unsafe { symbol(&library, path, concat!(stringify!($function), "\0")) }?
                    },)*
                };
                library.into_raw();
                Ok(functions)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

functions! {
    /// The sensor SDK.
    K4a {
        k4a_device_get_installed_count() -> u32;
        k4a_set_debug_message_handler(Option<LogCallback>, *mut c_void, i32) -> i32;
        k4a_device_open(u32, *mut RawHandle) -> i32;
        k4a_device_close(RawHandle);
        k4a_device_get_serialnum(RawHandle, *mut c_char, *mut usize) -> i32;
        k4a_device_start_cameras(RawHandle, *const DeviceConfiguration) -> i32;
        k4a_device_stop_cameras(RawHandle);
        k4a_device_start_imu(RawHandle) -> i32;
        k4a_device_stop_imu(RawHandle);
        k4a_device_get_imu_sample(RawHandle, *mut ImuSample, i32) -> i32;
        k4a_device_get_calibration(RawHandle, i32, i32, *mut Calibration) -> i32;
        k4a_device_get_capture(RawHandle, *mut RawHandle, i32) -> i32;
        k4a_capture_release(RawHandle);
        k4a_capture_get_depth_image(RawHandle) -> RawHandle;
        k4a_capture_get_ir_image(RawHandle) -> RawHandle;
        k4a_image_release(RawHandle);
    }
}

functions! {
    /// The body tracker.
    K4abt {
        k4abt_tracker_create(*const Calibration, TrackerConfiguration, *mut RawHandle) -> i32;
        k4abt_tracker_destroy(RawHandle);
        k4abt_tracker_shutdown(RawHandle);
        k4abt_tracker_enqueue_capture(RawHandle, RawHandle, i32) -> i32;
        k4abt_tracker_pop_result(RawHandle, *mut RawHandle, i32) -> i32;
        k4abt_frame_release(RawHandle);
        k4abt_frame_get_num_bodies(RawHandle) -> u32;
        k4abt_frame_get_body_skeleton(RawHandle, u32, *mut AzureSkeleton) -> i32;
        k4abt_frame_get_body_id(RawHandle, u32) -> u32;
        k4abt_frame_get_device_timestamp_usec(RawHandle) -> u64;
        k4abt_frame_get_system_timestamp_nsec(RawHandle) -> u64;
    }
}

functions! {
    /// What plays recordings.
    K4arecord {
        k4a_playback_open(*const c_char, *mut RawHandle) -> i32;
        k4a_playback_close(RawHandle);
        k4a_playback_get_calibration(RawHandle, *mut Calibration) -> i32;
        k4a_playback_get_record_configuration(RawHandle, *mut RecordConfiguration) -> i32;
        k4a_playback_get_next_capture(RawHandle, *mut RawHandle) -> i32;
    }
}

fn refused(path: &Path, error: &libloading::Error) -> CaptureError {
    // On Windows it is the cause that tells what the system says.
    let cause = std::error::Error::source(error);
    let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
    CaptureError::Sdk {
        path: path.to_path_buf(),
        problem: format!("cannot be loaded: {error}{cause}"),
    }
}

#[cfg(unix)]
fn open(path: &Path) -> Result<system::Library, CaptureError> {
    // SAFETY: the library's initialisers are run, which is what the user asked for by installing the SDK.
    let library = unsafe { system::Library::open(Some(path), system::RTLD_NOW) };
    library.map_err(|error| refused(path, &error))
}

#[cfg(windows)]
fn open(path: &Path) -> Result<system::Library, CaptureError> {
    // SAFETY: as on Unix. The flag lets a library find those beside it.
    let library =
        unsafe { system::Library::load_with_flags(path, system::LOAD_WITH_ALTERED_SEARCH_PATH) };
    library.map_err(|error| refused(path, &error))
}

/// Looks a function up.
///
/// # Safety
///
/// `T` must be a pointer to a function of the signature that the library's function has.
unsafe fn symbol<T: Copy>(
    library: &system::Library,
    path: &Path,
    name: &'static str,
) -> Result<T, CaptureError> {
    // SAFETY: the caller's promise.
    let found = unsafe { library.get::<T>(name.as_bytes()) };
    match found {
        Ok(function) => Ok(*function),
        Err(_) => Err(CaptureError::Sdk {
            path: path.to_path_buf(),
            problem: format!(
                "it has no function {}, so it is not the version that this program was made for",
                name.trim_end_matches('\0')
            ),
        }),
    }
}

/// How many lines of the SDK's own are told of: an unplugged camera makes it say the same for ever.
const LOG_LINES: usize = 20;

static LOGGED: AtomicUsize = AtomicUsize::new(0);

/// Has the SDK's errors written to our log: its functions tell no more than that they failed.
pub(crate) fn hear_errors(k4a: &K4a) {
    LOGGED.store(0, Ordering::Relaxed);
    // SAFETY: the callback is a function of ours that lives for ever and uses no context.
    let result = unsafe {
        (k4a.k4a_set_debug_message_handler)(Some(log_line), ptr::null_mut(), LOG_LEVEL_ERROR)
    };
    if result != super::layout::SUCCEEDED {
        tracing::debug!("the SDK keeps its errors to itself");
    }
}

/// Called by any thread of the SDK.
unsafe extern "C" fn log_line(
    _context: *mut c_void,
    _level: i32,
    _file: *const c_char,
    _line: c_int,
    message: *const c_char,
) {
    if message.is_null() || LOGGED.fetch_add(1, Ordering::Relaxed) >= LOG_LINES {
        return;
    }
    // SAFETY: the SDK gives a text that ends in NUL and lives for this call.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy();
    tracing::warn!("camera SDK: {}", text.trim_end());
}

/// `SetDllDirectoryW` of kernel32.
#[cfg(windows)]
type SetDllDirectory = unsafe extern "system" fn(*const u16) -> i32;

/// Lets libraries that the tracker asks for by name (`onnxruntime`, `DirectML`, CUDA's) be found beside it.
///
/// Microsoft's tracker looks for them when it is created, by which time the flag of [`open`] has no effect any more.
#[cfg(windows)]
pub(crate) fn search_in(folder: &Path) {
    use std::os::windows::ffi::OsStrExt as _;
    let wide: Vec<u16> = folder.as_os_str().encode_wide().chain([0]).collect();
    let kernel32 = Path::new("kernel32.dll");
    let Ok(library) = system::Library::open_already_loaded(kernel32) else {
        return;
    };
    // SAFETY: the signature of SetDllDirectoryW; kernel32 is never unloaded.
    let set = unsafe { symbol::<SetDllDirectory>(&library, kernel32, "SetDllDirectoryW\0") };
    if let Ok(set) = set {
        // SAFETY: the text ends in NUL and lives for this call.
        let result = unsafe { set(wide.as_ptr()) };
        tracing::debug!(
            "libraries are searched for in {}: {result}",
            folder.display()
        );
    }
}

/// Lets libraries that the tracker asks for by name be found beside it: elsewhere than on Windows, its own run path does.
#[cfg(not(windows))]
pub(crate) fn search_in(_folder: &Path) {}
