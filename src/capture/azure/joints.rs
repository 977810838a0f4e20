//! From the tracker's 32 joints in its own axes to the 25 of Kinect v2 in metres, by a table that the user can replace.

use crate::capture::CaptureError;
use crate::capture::k4a_sys::{AzureJoint, AzureSkeleton, JOINT_COUNT as AZURE_JOINT_COUNT};
use crate::skeleton::{self, Body, Joint, Tracking};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that is used instead of our own table.
pub const JOINT_MAP: &str = "SYNSE_JOINT_MAP";

const OURS: &str = include_str!("../../../assets/kinect/azure_to_v2.csv");

/// The tracker's joints by their index (`k4abt_joint_id_t`).
const AZURE_JOINTS: [&str; AZURE_JOINT_COUNT] = [
    "PELVIS",
    "SPINE_NAVEL",
    "SPINE_CHEST",
    "NECK",
    "CLAVICLE_LEFT",
    "SHOULDER_LEFT",
    "ELBOW_LEFT",
    "WRIST_LEFT",
    "HAND_LEFT",
    "HANDTIP_LEFT",
    "THUMB_LEFT",
    "CLAVICLE_RIGHT",
    "SHOULDER_RIGHT",
    "ELBOW_RIGHT",
    "WRIST_RIGHT",
    "HAND_RIGHT",
    "HANDTIP_RIGHT",
    "THUMB_RIGHT",
    "HIP_LEFT",
    "KNEE_LEFT",
    "ANKLE_LEFT",
    "FOOT_LEFT",
    "HIP_RIGHT",
    "KNEE_RIGHT",
    "ANKLE_RIGHT",
    "FOOT_RIGHT",
    "HEAD",
    "NOSE",
    "EYE_LEFT",
    "EAR_LEFT",
    "EYE_RIGHT",
    "EAR_RIGHT",
];

/// Which of the tracker's joints make each of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointMap {
    /// At least one index each.
    from: Vec<Vec<usize>>,
}

impl JointMap {
    /// The table that the environment names, or ours.
    pub fn from_environment() -> Result<Self, CaptureError> {
        match env::var_os(JOINT_MAP).filter(|path| !path.is_empty()) {
            Some(path) => Self::read(&PathBuf::from(path)),
            None => Self::ours(),
        }
    }

    /// Our own table.
    pub fn ours() -> Result<Self, CaptureError> {
        Self::parse(OURS, Path::new("assets/kinect/azure_to_v2.csv"))
    }

    /// Reads a table: `v2_joint,azure_joints` a line, names joined by `+` for the middle of several.
    pub fn read(path: &Path) -> Result<Self, CaptureError> {
        let text = fs::read_to_string(path).map_err(CaptureError::file("read", path))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, CaptureError> {
        let mut from = vec![Vec::new(); skeleton::JOINT_COUNT];
        let wrong = |place: String, expected: &str, found: &str| CaptureError::Format {
            path: path.to_path_buf(),
            place,
            expected: expected.to_owned(),
            found: format!("\"{}\"", found.chars().take(60).collect::<String>()),
        };
        // Windows' own programs begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let lines = text.lines().enumerate().filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#') && line != "v2_joint,azure_joints"
        });
        for (number, line) in lines {
            let place = || format!("line {}", number + 1);
            let Some((ours, theirs)) = line.split_once(',') else {
                return Err(wrong(place(), "v2_joint,azure_joints", line));
            };
            let ours = ours.trim();
            let Some(joint) = Joint::ALL
                .into_iter()
                .find(|joint| format!("{joint:?}") == ours)
            else {
                return Err(wrong(
                    place(),
                    "a joint of Kinect v2, such as SpineBase",
                    ours,
                ));
            };
            if !from[joint as usize].is_empty() {
                return Err(wrong(place(), "each joint once", ours));
            }
            for name in theirs.split('+').map(str::trim) {
                let index = AZURE_JOINTS.iter().position(|known| *known == name);
                from[joint as usize].push(index.ok_or_else(|| {
                    wrong(place(), "joints of the Azure Kinect, such as PELVIS", name)
                })?);
            }
        }
        match Joint::ALL
            .into_iter()
            .find(|joint| from[*joint as usize].is_empty())
        {
            Some(missing) => Err(wrong(
                "the end".to_owned(),
                &format!("a line for {missing:?}"),
                "none",
            )),
            None => Ok(Self { from }),
        }
    }

    /// A body in metres and Kinect v2 axes.
    ///
    /// The tracker has x to its right, y down; Kinect v2 x to the sensor's left, y up: half a turn about the z axis, which
    /// both have forward. Left and right keep their names.
    pub(crate) fn body(&self, id: u32, skeleton: &AzureSkeleton) -> Body {
        let mut body = Body {
            id: u64::from(id),
            joints: [[0.0; 3]; skeleton::JOINT_COUNT],
            tracking: [Tracking::NotTracked; skeleton::JOINT_COUNT],
        };
        for (joint, from) in self.from.iter().enumerate() {
            let share = 0.001 / from.len() as f32;
            for &index in from {
                let [x, y, z] = skeleton.joints[index].position;
                for (to, mm) in body.joints[joint].iter_mut().zip([-x, -y, z]) {
                    *to += mm * share;
                }
            }
            let states = from.iter().map(|&index| tracking(&skeleton.joints[index]));
            body.tracking[joint] = states.min().unwrap_or_default();
        }
        body
    }
}

/// Confidence NONE, LOW, MEDIUM (and HIGH, which no tracker gives yet) as Kinect v2 says it.
fn tracking(joint: &AzureJoint) -> Tracking {
    match joint.confidence_level {
        ..=0 => Tracking::NotTracked,
        1 => Tracking::Inferred,
        _ => Tracking::Tracked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton() -> AzureSkeleton {
        let mut skeleton = AzureSkeleton::default();
        for (index, joint) in skeleton.joints.iter_mut().enumerate() {
            joint.position = [index as f32 * 100.0, -(index as f32), 2000.0];
            joint.confidence_level = 2;
        }
        skeleton
    }

    #[test]
    fn joints_keep_their_names_and_turn_into_metres() {
        let mut skeleton = skeleton();
        skeleton.joints[26].confidence_level = 0;
        skeleton.joints[11].confidence_level = 1;
        skeleton.joints[8].confidence_level = 3;
        let body = JointMap::ours().unwrap().body(7, &skeleton);
        assert_eq!(body.id, 7);
        assert_eq!(body.joint(Joint::SpineBase), [-0.0, 0.0, 2.0]);
        let near = |joint: Joint, expected: [f32; 3]| {
            for (got, expected) in body.joint(joint).into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-5, "{joint:?}: {got} {expected}");
            }
        };
        near(Joint::HandLeft, [-0.8, 0.008, 2.0]);
        near(Joint::ThumbRight, [-1.7, 0.017, 2.0]);
        // The middle of CLAVICLE_LEFT (4) and CLAVICLE_RIGHT (11).
        near(Joint::SpineShoulder, [-0.75, 0.0075, 2.0]);
        let state = |joint: Joint| body.tracking[joint as usize];
        assert_eq!(state(Joint::Head), Tracking::NotTracked);
        assert_eq!(state(Joint::SpineShoulder), Tracking::Inferred);
        assert_eq!(state(Joint::HandLeft), Tracking::Tracked);
    }

    #[test]
    fn a_users_table_replaces_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.csv");
        let changed = OURS.replace(
            "SpineShoulder,CLAVICLE_LEFT+CLAVICLE_RIGHT",
            "SpineShoulder, SPINE_CHEST",
        );
        // As Windows' Notepad and Excel write it.
        let changed = changed.replace('\n', "\r\n");
        fs::write(&path, format!("\u{feff}{changed}")).unwrap();
        let body = JointMap::read(&path).unwrap().body(1, &skeleton());
        assert!((body.joint(Joint::SpineShoulder)[0] + 0.2).abs() < 1e-5);
    }

    #[test]
    fn a_damaged_table_names_file_and_line() {
        let line = OURS
            .lines()
            .position(|line| line.starts_with("Neck"))
            .unwrap()
            + 1;
        for (damaged, place, expected) in [
            (
                OURS.replace("Neck,NECK", "Neck"),
                format!("line {line}"),
                "v2_joint,azure_joints",
            ),
            (
                OURS.replace("Neck,NECK", "Nick,NECK"),
                format!("line {line}"),
                "Kinect v2",
            ),
            (
                OURS.replace("Neck,NECK", "Neck,NECK+"),
                format!("line {line}"),
                "PELVIS",
            ),
            (
                OURS.replace("Neck,NECK", "Head,NECK"),
                format!("line {}", line + 1),
                "once",
            ),
            (
                OURS.replace("Neck,NECK", ""),
                "the end".to_owned(),
                "a line for Neck",
            ),
        ] {
            let error = JointMap::parse(&damaged, Path::new("map.csv"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("map.csv") && error.contains(&place) && error.contains(expected),
                "{error}"
            );
        }
    }
}
