//! Recordings: every frame of them, however slow the tracker is.

use super::live::{same_bodies, write_joints};
use super::{Play, Played, fakes};
use crate::cameras::child::Report;
use std::path::Path;
use synse::capture::demo::Demo;
use synse::skeleton::Frame;

/// Plays a made recording.
fn play(words: &str, script: &str) -> Option<Played> {
    let fakes = fakes()?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a room.mkv");
    std::fs::write(&path, words).unwrap();
    let played = Play::new(fakes, &format!("mkv:{}", path.display()))
        .script(script)
        .run();
    assert!(played.status.success());
    Some(played)
}

fn times(played: &Played) -> Vec<u64> {
    played
        .frames()
        .iter()
        .map(|frame| (frame.timestamp_micros - 1_000_000) / 33_333)
        .collect()
}

#[test]
fn every_frame_of_a_recording_comes_once_and_in_order() {
    let mut demo = Demo::new(4);
    let performed: Vec<Frame> = (0..90).map(|_| demo.perform()).collect();
    let folder = tempfile::tempdir().unwrap();
    let joints = folder.path().join("joints");
    write_joints(&performed, &joints);
    for faults in ["", "full_every=2 clock=100", "slow_us=2000"] {
        let script = format!("joints={} {faults}", joints.display());
        let Some(played) = play("fake mkv captures=90 fps=1 ", &script) else {
            return;
        };
        played.is_clean();
        assert_eq!(times(&played), (0..90).collect::<Vec<u64>>(), "{faults}");
        same_bodies(&played.frames(), &performed);
        let Report::Opened { name, fps, .. } = &played.reports[0] else {
            panic!()
        };
        assert_eq!((name.as_str(), *fps), ("a room (CUDA)", 15.0));
        let end = &played.reports[played.reports.len() - 2..];
        assert!(
            matches!(end, [Report::Ended, Report::Closed { dropped: 0, .. }]),
            "{end:?}"
        );
    }
}

#[test]
fn captures_without_depth_are_passed_over() {
    let Some(played) = play("fake mkv captures=10 without_depth_every=3 ", "") else {
        return;
    };
    played.is_clean();
    assert_eq!(times(&played), [0, 1, 3, 4, 6, 7, 9]);
}

#[test]
fn what_is_no_recording_says_so() {
    for (words, expected) in [
        (
            "\x1aE\u{df}\u{a3} something",
            "header: expected an Azure Kinect recording",
        ),
        ("", "header"),
        ("fake mkv captures=5 no_calibration=1 ", "calibration"),
        ("fake mkv captures=0 ", "depth and infrared images"),
        (
            "fake mkv captures=5 without_depth_every=1 ",
            "after capture 5: expected depth and infrared",
        ),
        ("fake mkv captures=5 damaged_after=3 ", "after capture 3"),
    ] {
        let Some(played) = play(words, "") else {
            return;
        };
        played.is_clean();
        assert!(
            played.error().contains("a room.mkv") && played.error().contains(expected),
            "{}",
            played.error()
        );
    }
    let Some(fakes) = fakes() else { return };
    let missing = Play::new(fakes, "mkv:no/such.mkv").run();
    assert!(
        missing.error().contains("cannot open no/such.mkv"),
        "{}",
        missing.error()
    );
}

#[test]
fn what_was_read_before_the_damage_is_played() {
    for (words, good) in [
        ("fake mkv captures=9 damaged_after=5 ", 5),
        (
            "fake mkv captures=9 damaged_after=5 without_depth_every=5 ",
            4,
        ),
        ("fake mkv captures=9 damaged_after=1 ", 1),
    ] {
        let Some(played) = play(words, "slow_us=2000") else {
            return;
        };
        played.is_clean();
        assert_eq!(times(&played), (0..good).collect::<Vec<u64>>(), "{words}");
        assert!(played.error().contains("another capture or the end"));
    }
}

#[test]
fn recordings_need_the_library_beside_the_sensor_sdk() {
    let Some(fakes) = fakes() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    std::fs::write(&path, "fake mkv captures=1 ").unwrap();
    let played = Play::new(fakes, &format!("mkv:{}", path.display()))
        .env("SYNSE_K4A_DIR", &fakes.orbbec)
        .run();
    assert!(
        played.error().contains("k4arecord") && played.error().contains("beside its k4a"),
        "{}",
        played.error()
    );
    assert!(Path::new(&path).exists());
}
