//! A live camera in good health: bodies as they were recorded, who comes and goes, and which of several it is.

use super::child::Report;
use super::{Fakes, Play, fakes};
use std::fmt::Write as _;
use std::path::Path;
use synse::capture::demo::Demo;
use synse::skeleton::{Frame, Joint, Tracking};

/// The tracker's joints that ours are taken from, by index; both clavicles stand where the shoulders' middle is.
const FROM: [(Joint, &[usize]); 25] = [
    (Joint::SpineBase, &[0]),
    (Joint::SpineMid, &[1]),
    (Joint::Neck, &[3]),
    (Joint::Head, &[26]),
    (Joint::ShoulderLeft, &[5]),
    (Joint::ElbowLeft, &[6]),
    (Joint::WristLeft, &[7]),
    (Joint::HandLeft, &[8]),
    (Joint::ShoulderRight, &[12]),
    (Joint::ElbowRight, &[13]),
    (Joint::WristRight, &[14]),
    (Joint::HandRight, &[15]),
    (Joint::HipLeft, &[18]),
    (Joint::KneeLeft, &[19]),
    (Joint::AnkleLeft, &[20]),
    (Joint::FootLeft, &[21]),
    (Joint::HipRight, &[22]),
    (Joint::KneeRight, &[23]),
    (Joint::AnkleRight, &[24]),
    (Joint::FootRight, &[25]),
    (Joint::SpineShoulder, &[4, 11]),
    (Joint::HandTipLeft, &[9]),
    (Joint::ThumbLeft, &[10]),
    (Joint::HandTipRight, &[16]),
    (Joint::ThumbRight, &[17]),
];

/// Writes frames as the fake tracker reads them: its own joints, millimetres and axes.
pub(super) fn write_joints(frames: &[Frame], path: &Path) {
    let mut text = String::new();
    for (number, frame) in frames.iter().enumerate() {
        for body in &frame.bodies {
            for (joint, to) in FROM {
                let [x, y, z] = body.joint(joint);
                for to in to {
                    let confidence = body.tracking[joint as usize] as u8;
                    writeln!(
                        text,
                        "{number} {} {to} {} {} {} {confidence}",
                        body.id,
                        -x * 1000.0,
                        -y * 1000.0,
                        z * 1000.0
                    )
                    .unwrap();
                }
            }
        }
    }
    std::fs::write(path, text).unwrap();
}

/// That two performances are the same to a hundredth of a millimetre.
pub(super) fn same_bodies(got: &[&Frame], expected: &[Frame]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert_eq!(got.bodies.len(), expected.bodies.len());
        for (got, expected) in got.bodies.iter().zip(&expected.bodies) {
            assert_eq!((got.id, got.tracking), (expected.id, expected.tracking));
            let pairs = got
                .joints
                .as_flattened()
                .iter()
                .zip(expected.joints.as_flattened());
            for (got, expected) in pairs {
                assert!((got - expected).abs() < 1e-5, "{got} {expected}");
            }
        }
    }
}

fn opened(reports: &[Report]) -> (&str, &str) {
    match &reports[0] {
        Report::Opened { name, again, .. } => (name, again),
        other => panic!("{other:?}"),
    }
}

fn with(script: &str, source: &str, frames: usize) -> Option<super::Played> {
    let played = Play::new(fakes()?, source)
        .script(script)
        .frames(frames, 1)
        .run();
    played.is_clean();
    Some(played)
}

#[test]
fn recorded_bodies_come_through_a_live_camera() {
    let Some(fakes) = fakes() else { return };
    let mut demo = Demo::new(3);
    let performed: Vec<Frame> = (0..150).map(|_| demo.perform()).collect();
    let folder = tempfile::tempdir().unwrap();
    let joints = folder.path().join("joints");
    write_joints(&performed, &joints);
    let script = format!("joints={}", joints.display());
    let played = Play::new(fakes, "azure-kinect")
        .script(&script)
        .frames(150, 1)
        .run();
    played.is_clean();
    same_bodies(&played.frames(), &performed);
    let times: Vec<u64> = played
        .frames()
        .iter()
        .map(|frame| frame.timestamp_micros)
        .collect();
    let expected: Vec<u64> = (0..150).map(|number| 1_000_000 + 33_333 * number).collect();
    assert_eq!(times, expected);
    let Report::Opened {
        name,
        fps,
        up,
        again,
    } = &played.reports[0]
    else {
        panic!()
    };
    assert_eq!(name, "Azure Kinect 000123412112 (CUDA)");
    assert_eq!(
        (*fps, again.as_str()),
        (30.0, "azure-kinect:serial=000123412112")
    );
    // The fake looks down by 30 degrees.
    let up = up.unwrap();
    assert!(
        up[0].abs() < 1e-3 && (up[1] - 0.866).abs() < 1e-3 && (up[2] + 0.5).abs() < 1e-3,
        "{up:?}"
    );
    assert_eq!(played.count("device"), 1);
    assert_eq!(played.count("tracker"), 1);
    assert_eq!(played.count("imu"), 1);
}

#[test]
fn six_bodies_come_and_go_under_their_own_ids() {
    let Some(played) = with("churn=1", "azure-kinect", 200) else {
        return;
    };
    let mut most = 0;
    for (number, frame) in (0_u64..).zip(played.frames()) {
        // The fake's rule: two thirds of the time, and then under another id.
        let there = (0..6).filter(|index| number / (5 + index) % 3 != 2);
        let ids: Vec<u64> = there
            .map(|index| 1 + index + 6 * (number / (5 + index) / 3))
            .collect();
        let got: Vec<u64> = frame.bodies.iter().map(|body| body.id).collect();
        assert_eq!(got, ids, "frame {number}");
        most = most.max(got.len());
        for body in &frame.bodies {
            let place = body.joint(Joint::SpineBase);
            assert!((place[0] + 0.4 * body.id as f32).abs() < 1e-3, "{place:?}");
        }
    }
    assert_eq!(most, 6);
}

#[test]
fn confidence_becomes_a_tracking_state() {
    let Some(played) = with("bodies=1", "azure-kinect", 3) else {
        return;
    };
    let body = &played.frames()[2].bodies[0];
    let state = |joint: Joint| body.tracking[joint as usize];
    // The fake gives joint n the confidence n mod 3.
    assert_eq!(state(Joint::SpineBase), Tracking::NotTracked);
    assert_eq!(state(Joint::SpineMid), Tracking::Inferred);
    assert_eq!(state(Joint::Head), Tracking::Tracked);
    assert_eq!(
        state(Joint::SpineShoulder),
        Tracking::Inferred,
        "the worse of clavicles 4 and 11"
    );
    assert!((body.joint(Joint::SpineBase)[2] - 2.002).abs() < 1e-5);
}

#[test]
fn a_device_clock_that_restarts_is_passed_on() {
    let Some(played) = with("restart_after=20", "azure-kinect", 40) else {
        return;
    };
    let times: Vec<u64> = played
        .frames()
        .iter()
        .map(|frame| frame.timestamp_micros)
        .collect();
    assert_eq!((times[19], times[20], times[21]), (1_633_327, 0, 33_333));
}

#[test]
fn what_is_no_body_is_left_out() {
    let Some(played) = with("bodies=2 nan_every=3", "azure-kinect", 9) else {
        return;
    };
    let counts: Vec<usize> = played
        .frames()
        .iter()
        .map(|frame| frame.bodies.len())
        .collect();
    assert_eq!(counts, [1, 2, 2, 1, 2, 2, 1, 2, 2]);
    let Some(played) = with("bodies=2 invalid_ids=1", "azure-kinect", 3) else {
        return;
    };
    assert!(played.frames().iter().all(|frame| frame.bodies.is_empty()));
    let Some(played) = with("bodies=0", "azure-kinect", 3) else {
        return;
    };
    assert_eq!(played.frames().len(), 3);
}

#[test]
fn a_camera_is_chosen_by_number_or_serial() {
    let two = "serials=000111;CL2FC3100AB";
    for (source, again) in [
        ("azure-kinect", "azure-kinect:serial=000111"),
        ("azure-kinect:1", "azure-kinect:serial=CL2FC3100AB"),
        (
            "azure-kinect:serial=CL2FC3100AB",
            "azure-kinect:serial=CL2FC3100AB",
        ),
    ] {
        let Some(played) = with(two, source, 2) else {
            return;
        };
        assert_eq!(opened(&played.reports).1, again);
    }
    let Some(played) = with(two, "azure-kinect:serial=999", 2) else {
        return;
    };
    assert!(
        played.error().contains("camera 999") && played.error().contains("000111, CL2FC3100AB")
    );
    let Some(played) = with(two, "azure-kinect:2", 2) else {
        return;
    };
    assert!(played.error().contains("only 2"), "{}", played.error());
    let Some(played) = with(
        &format!("{two} busy=1"),
        "azure-kinect:serial=CL2FC3100AB",
        2,
    ) else {
        return;
    };
    assert!(
        played.error().contains("1 more cannot be opened"),
        "{}",
        played.error()
    );
}

#[test]
fn orbbecs_cameras_are_called_so() {
    let Some(Fakes { orbbec, .. }) = fakes() else {
        return;
    };
    let played = Play::new(fakes().unwrap(), "azure-kinect")
        .env("SYNSE_K4A_DIR", orbbec)
        .script("serials=CL2FC3100AB modes=1 no_imu=1")
        .frames(3, 1)
        .run();
    played.is_clean();
    assert_eq!(opened(&played.reports).0, "Orbbec CL2FC3100AB (CPU)");
    assert!(matches!(played.reports[0], Report::Opened { up: None, .. }));
}

#[test]
fn a_users_joint_table_is_used() {
    let Some(fakes) = fakes() else { return };
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/kinect/azure_to_v2.csv");
    let text = std::fs::read_to_string(ours).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.csv");
    std::fs::write(
        &path,
        text.replace("CLAVICLE_LEFT+CLAVICLE_RIGHT", "SPINE_CHEST"),
    )
    .unwrap();
    let play = || {
        Play::new(fakes, "azure-kinect")
            .frames(1, 1)
            .env("SYNSE_JOINT_MAP", &path)
    };
    let played = play().run();
    played.is_clean();
    let [x, ..] = played.frames()[0].bodies[0].joint(Joint::SpineShoulder);
    assert!((x + 0.420).abs() < 1e-5, "{x}");
    std::fs::write(&path, "Head,NOES\n").unwrap();
    let played = play().run();
    assert!(
        played.error().contains("map.csv, line 1") && played.error().contains("NOES"),
        "{:?}",
        played.errors()
    );
}

#[test]
fn a_slow_tracker_drops_what_is_old_rather_than_falling_behind() {
    // 200 frames a second from the camera, 50 from the tracker.
    let Some(played) = with("period_us=5000 slow_us=20000", "azure-kinect", 60) else {
        return;
    };
    let times: Vec<u64> = played
        .frames()
        .iter()
        .map(|frame| frame.timestamp_micros / 33_333)
        .collect();
    let Some(Report::Closed { dropped, .. }) = played.reports.last() else {
        panic!()
    };
    assert!(*dropped >= 60, "{dropped}");
    // Each was the newest when it was taken: the steps are as long as the tracker takes, and none is made good for.
    let steps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let short = steps.iter().skip(2).filter(|step| **step < 3).count();
    assert!(short <= 4, "{steps:?}");
}

#[test]
fn frames_that_fall_out_of_the_sdks_queue_are_counted_too() {
    // The camera's queue holds sixteen; fifty come while the tracker makes bodies of one.
    let Some(played) = with("period_us=2000 slow_us=100000", "azure-kinect", 12) else {
        return;
    };
    let frames = played.frames();
    let index = |frame: &Frame| (frame.timestamp_micros - 1_000_000) / 33_333;
    let (first, last) = (index(frames[0]), index(frames[11]));
    let Some(Report::Closed { dropped, .. }) = played.reports.last() else {
        panic!()
    };
    // Between the first frame and the last, each of the camera's came or was counted.
    let missing = last + 1 - first - frames.len() as u64;
    assert!(missing > 300, "{first} to {last}");
    assert!(
        (missing..=missing + first).contains(dropped),
        "{dropped} of {missing}, and {first} before the first"
    );
}
