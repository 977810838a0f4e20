//! The SDKs' structs and constants, field by field as their headers declare them (`k4atypes.h` 1.4, `k4abttypes.h` 1.1).
//!
//! No `long` and no bit field occurs in them, so that Windows and Linux on x64 agree.

use std::ffi::{c_char, c_void};

/// A handle of the SDKs: a pointer that only they look behind.
pub(super) type RawHandle = *mut c_void;

/// `K4A_RESULT_SUCCEEDED`, which is also the value of every other kind of success.
pub(super) const SUCCEEDED: i32 = 0;
/// `K4A_WAIT_RESULT_TIMEOUT`.
pub(super) const WAIT_TIMEOUT: i32 = 2;
/// `K4A_STREAM_RESULT_EOF`.
pub(super) const STREAM_EOF: i32 = 2;
/// `K4A_LOG_LEVEL_ERROR`; `K4A_LOG_LEVEL_CRITICAL` is below it.
pub(super) const LOG_LEVEL_ERROR: i32 = 1;
/// `K4A_DEPTH_MODE_NFOV_UNBINNED`, 640 x 576, the mode that Microsoft's samples track bodies in.
pub(crate) const DEPTH_MODE_NFOV_UNBINNED: i32 = 2;
/// `K4A_COLOR_RESOLUTION_OFF`.
pub(crate) const COLOR_RESOLUTION_OFF: i32 = 0;
/// `K4A_FRAMES_PER_SECOND_30`.
pub(crate) const FRAMES_PER_SECOND_30: i32 = 2;
/// `K4A_CALIBRATION_TYPE_DEPTH`.
const CALIBRATION_TYPE_DEPTH: usize = 0;
/// `K4A_CALIBRATION_TYPE_ACCEL`.
const CALIBRATION_TYPE_ACCEL: usize = 3;
/// `K4A_CALIBRATION_TYPE_NUM`.
const CALIBRATION_TYPE_NUM: usize = 4;
/// `K4ABT_JOINT_COUNT`.
pub(crate) const JOINT_COUNT: usize = 32;
/// `K4ABT_INVALID_BODY_ID`.
pub(crate) const INVALID_BODY_ID: u32 = u32::MAX;

/// `k4a_device_configuration_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct DeviceConfiguration {
    pub(crate) color_format: i32,
    pub(crate) color_resolution: i32,
    pub(crate) depth_mode: i32,
    pub(crate) camera_fps: i32,
    pub(crate) synchronized_images_only: bool,
    pub(crate) depth_delay_off_color_usec: i32,
    pub(crate) wired_sync_mode: i32,
    pub(crate) subordinate_delay_off_master_usec: u32,
    pub(crate) disable_streaming_indicator: bool,
}

/// `k4a_calibration_extrinsics_t`: a rotation, row by row, and a translation in millimetres.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct CalibrationExtrinsics {
    pub(crate) rotation: [f32; 9],
    pub(crate) translation: [f32; 3],
}

/// `k4a_calibration_intrinsics_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct CalibrationIntrinsics {
    pub(crate) kind: i32,
    pub(crate) parameter_count: u32,
    pub(crate) parameters: [f32; 15],
}

/// `k4a_calibration_camera_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct CalibrationCamera {
    pub(crate) extrinsics: CalibrationExtrinsics,
    pub(crate) intrinsics: CalibrationIntrinsics,
    pub(crate) resolution_width: i32,
    pub(crate) resolution_height: i32,
    pub(crate) metric_radius: f32,
}

/// `k4a_calibration_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[expect(clippy::struct_field_names, reason = "the fields keep the SDK's names")]
pub(crate) struct Calibration {
    pub(crate) depth_camera_calibration: CalibrationCamera,
    pub(crate) color_camera_calibration: CalibrationCamera,
    /// From each of the four parts of the camera (row) to each (column).
    pub(crate) extrinsics: [[CalibrationExtrinsics; CALIBRATION_TYPE_NUM]; CALIBRATION_TYPE_NUM],
    pub(crate) depth_mode: i32,
    pub(crate) color_resolution: i32,
}

impl Calibration {
    /// Turns a direction of the accelerometer into one of the depth camera.
    pub(crate) fn depth_from_accelerometer(&self, direction: [f32; 3]) -> [f32; 3] {
        let rotation = self.extrinsics[CALIBRATION_TYPE_ACCEL][CALIBRATION_TYPE_DEPTH].rotation;
        let row = |row: usize| {
            let row = &rotation[row * 3..row * 3 + 3];
            row.iter().zip(direction).map(|(a, b)| a * b).sum()
        };
        [row(0), row(1), row(2)]
    }
}

/// `k4a_imu_sample_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct ImuSample {
    pub(crate) temperature: f32,
    /// Metres per square second; at rest it points up.
    pub(crate) acc_sample: [f32; 3],
    pub(crate) acc_timestamp_usec: u64,
    pub(crate) gyro_sample: [f32; 3],
    pub(crate) gyro_timestamp_usec: u64,
}

/// `k4a_record_configuration_t` as Orbbec declares it: four bytes longer than Microsoft's 36, and alike before its last field.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct RecordConfiguration {
    pub(crate) color_format: i32,
    pub(crate) color_resolution: i32,
    pub(crate) depth_mode: i32,
    pub(crate) camera_fps: i32,
    pub(crate) color_track_enabled: bool,
    pub(crate) depth_track_enabled: bool,
    pub(crate) ir_track_enabled: bool,
    pub(crate) imu_track_enabled: bool,
    pub(crate) depth_delay_off_color_usec: i32,
    pub(crate) wired_sync_mode: i32,
    pub(crate) subordinate_delay_off_master_usec: u32,
    pub(crate) start_timestamp_offset_usec: u64,
}

/// `k4abt_tracker_configuration_t` of version 1.1; it had no `model_path` before, and is passed by value.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct TrackerConfiguration {
    pub(super) sensor_orientation: i32,
    pub(super) processing_mode: i32,
    pub(super) gpu_device_id: i32,
    pub(super) model_path: *const c_char,
}

/// `k4abt_joint_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct AzureJoint {
    /// Millimetres in the depth camera's frame: x right, y down, z forward.
    pub(crate) position: [f32; 3],
    /// w, x, y, z.
    pub(crate) orientation: [f32; 4],
    /// 0 none, 1 low, 2 medium, 3 high.
    pub(crate) confidence_level: i32,
}

/// `k4abt_skeleton_t`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(crate) struct AzureSkeleton {
    pub(crate) joints: [AzureJoint; JOINT_COUNT],
}

#[cfg(test)]
mod tests {
    #![expect(clippy::cast_possible_wrap, reason = "no struct is that large")]
    use super::*;
    use std::collections::BTreeMap;
    use std::mem::{align_of, offset_of, size_of};

    /// What a compiler made of the real headers, `kind,type,field -> (number, size or alignment)`.
    fn facts(text: &str) -> BTreeMap<String, (i64, usize)> {
        text.lines()
            .map(|line| {
                let cells: Vec<&str> = line.splitn(5, ',').collect();
                let extra = cells[4].rsplit('=').next().unwrap_or("");
                let key = format!("{},{},{}", cells[0], cells[1], cells[2]);
                (key, (cells[3].parse().unwrap(), extra.parse().unwrap_or(0)))
            })
            .collect()
    }

    macro_rules! layout {
        ($facts:ident, $checked:ident; $($name:literal = $type:ty { $($c:literal = $field:ident: $of:ty),* $(,)? })*) => {$(
            assert_eq!($facts[concat!("sizeof,", $name, ",")], (size_of::<$type>() as i64, align_of::<$type>()), $name);
            $checked.push(concat!("sizeof,", $name, ",").to_owned());
            $(
                let key = concat!("offsetof,", $name, ",", $c);
                assert_eq!($facts[key], (offset_of!($type, $field) as i64, size_of::<$of>()), "{key}");
                $checked.push(key.to_owned());
            )*
        )*};
    }

    fn compare(facts: &BTreeMap<String, (i64, usize)>) -> Vec<String> {
        let mut checked = Vec::new();
        layout! { facts, checked;
            "k4a_device_configuration_t" = DeviceConfiguration {
                "color_format" = color_format: i32, "color_resolution" = color_resolution: i32,
                "depth_mode" = depth_mode: i32, "camera_fps" = camera_fps: i32,
                "synchronized_images_only" = synchronized_images_only: bool,
                "depth_delay_off_color_usec" = depth_delay_off_color_usec: i32,
                "wired_sync_mode" = wired_sync_mode: i32,
                "subordinate_delay_off_master_usec" = subordinate_delay_off_master_usec: u32,
                "disable_streaming_indicator" = disable_streaming_indicator: bool,
            }
            "k4a_calibration_extrinsics_t" = CalibrationExtrinsics {
                "rotation" = rotation: [f32; 9], "translation" = translation: [f32; 3],
            }
            "k4a_calibration_intrinsics_t" = CalibrationIntrinsics {
                "type" = kind: i32, "parameter_count" = parameter_count: u32, "parameters" = parameters: [f32; 15],
            }
            "k4a_calibration_camera_t" = CalibrationCamera {
                "extrinsics" = extrinsics: CalibrationExtrinsics, "intrinsics" = intrinsics: CalibrationIntrinsics,
                "resolution_width" = resolution_width: i32, "resolution_height" = resolution_height: i32,
                "metric_radius" = metric_radius: f32,
            }
            "k4a_calibration_t" = Calibration {
                "depth_camera_calibration" = depth_camera_calibration: CalibrationCamera,
                "color_camera_calibration" = color_camera_calibration: CalibrationCamera,
                "extrinsics" = extrinsics: [CalibrationExtrinsics; 16],
                "depth_mode" = depth_mode: i32, "color_resolution" = color_resolution: i32,
            }
            "k4a_imu_sample_t" = ImuSample {
                "temperature" = temperature: f32, "acc_sample" = acc_sample: [f32; 3],
                "acc_timestamp_usec" = acc_timestamp_usec: u64, "gyro_sample" = gyro_sample: [f32; 3],
                "gyro_timestamp_usec" = gyro_timestamp_usec: u64,
            }
            "k4abt_tracker_configuration_t" = TrackerConfiguration {
                "sensor_orientation" = sensor_orientation: i32, "processing_mode" = processing_mode: i32,
                "gpu_device_id" = gpu_device_id: i32, "model_path" = model_path: *const c_char,
            }
            "k4abt_joint_t" = AzureJoint {
                "position" = position: [f32; 3], "orientation" = orientation: [f32; 4],
                "confidence_level" = confidence_level: i32,
            }
            "k4abt_skeleton_t" = AzureSkeleton { "joints" = joints: [AzureJoint; 32] }
        }
        checked
    }

    const MICROSOFT_LINUX: &str = include_str!("../../../tests/facts/abi_ms_linux_x64.csv");
    const MICROSOFT_WINDOWS: &str = include_str!("../../../tests/facts/abi_ms_win_x64.csv");
    const ORBBEC_LINUX: &str = include_str!("../../../tests/facts/abi_orbbec_linux_x64.csv");

    #[test]
    fn structs_lie_as_the_real_headers_lay_them() {
        for text in [MICROSOFT_LINUX, MICROSOFT_WINDOWS, ORBBEC_LINUX] {
            let facts = facts(text);
            let checked = compare(&facts);
            // Every recorded field of a struct that is declared here has been looked at.
            for key in facts.keys().filter(|key| key.starts_with("offsetof,")) {
                let of = key.split(',').nth(1).unwrap();
                let declared = checked
                    .iter()
                    .any(|seen| seen.contains(&format!("sizeof,{of},")));
                assert!(!declared || checked.contains(key), "{key} is not declared");
            }
            assert_eq!(checked.len(), 46, "{checked:?}");
            assert_eq!(facts["sizeof,k4a_device_t,"], (8, size_of::<RawHandle>()));
        }
    }

    #[test]
    fn a_record_configuration_has_room_for_the_longer_of_the_two() {
        let (ours, theirs) = (facts(ORBBEC_LINUX), facts(MICROSOFT_LINUX));
        let mut checked = Vec::new();
        layout! { ours, checked; "k4a_record_configuration_t" = RecordConfiguration {
            "color_format" = color_format: i32, "color_resolution" = color_resolution: i32,
            "depth_mode" = depth_mode: i32, "camera_fps" = camera_fps: i32,
            "color_track_enabled" = color_track_enabled: bool, "depth_track_enabled" = depth_track_enabled: bool,
            "ir_track_enabled" = ir_track_enabled: bool, "imu_track_enabled" = imu_track_enabled: bool,
            "depth_delay_off_color_usec" = depth_delay_off_color_usec: i32, "wired_sync_mode" = wired_sync_mode: i32,
            "subordinate_delay_off_master_usec" = subordinate_delay_off_master_usec: u32,
            "start_timestamp_offset_usec" = start_timestamp_offset_usec: u64,
        } }
        for key in checked
            .iter()
            .filter(|key| !key.starts_with("sizeof") && !key.ends_with("offset_usec"))
        {
            assert_eq!(ours[key], theirs[key], "{key}");
        }
        assert!(
            theirs["sizeof,k4a_record_configuration_t,"].0
                <= size_of::<RecordConfiguration>() as i64
        );
    }

    #[test]
    fn constants_are_the_headers() {
        let facts = facts(MICROSOFT_LINUX);
        for (name, value) in [
            ("K4A_RESULT_SUCCEEDED", i64::from(SUCCEEDED)),
            ("K4A_WAIT_RESULT_SUCCEEDED", i64::from(SUCCEEDED)),
            ("K4A_BUFFER_RESULT_SUCCEEDED", i64::from(SUCCEEDED)),
            ("K4A_STREAM_RESULT_SUCCEEDED", i64::from(SUCCEEDED)),
            ("K4A_WAIT_RESULT_TIMEOUT", i64::from(WAIT_TIMEOUT)),
            ("K4A_STREAM_RESULT_EOF", i64::from(STREAM_EOF)),
            ("K4A_LOG_LEVEL_ERROR", i64::from(LOG_LEVEL_ERROR)),
            (
                "K4A_DEPTH_MODE_NFOV_UNBINNED",
                i64::from(DEPTH_MODE_NFOV_UNBINNED),
            ),
            ("K4A_COLOR_RESOLUTION_OFF", i64::from(COLOR_RESOLUTION_OFF)),
            ("K4A_FRAMES_PER_SECOND_30", i64::from(FRAMES_PER_SECOND_30)),
            ("K4A_CALIBRATION_TYPE_DEPTH", CALIBRATION_TYPE_DEPTH as i64),
            ("K4A_CALIBRATION_TYPE_ACCEL", CALIBRATION_TYPE_ACCEL as i64),
            ("K4A_CALIBRATION_TYPE_NUM", CALIBRATION_TYPE_NUM as i64),
            ("K4ABT_JOINT_COUNT", JOINT_COUNT as i64),
            ("K4ABT_INVALID_BODY_ID", i64::from(INVALID_BODY_ID)),
        ] {
            assert_eq!(facts[&format!("const,{name},")].0, value, "{name}");
        }
    }
}
