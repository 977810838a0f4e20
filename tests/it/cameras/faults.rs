//! What cameras and trackers do wrong: each fault is told in words, and nothing is left open after a hundred of them.

use super::child::Report;
use super::{Play, Played, fakes};
use std::time::Instant;

fn with(script: &str) -> Option<Played> {
    let played = Play::new(fakes()?, "azure-kinect")
        .script(script)
        .frames(50, 1)
        .run();
    played.is_clean();
    Some(played)
}

#[test]
fn what_keeps_a_camera_from_opening_is_said() {
    for (script, words) in [
        (
            "serials=none",
            &["no Azure Kinect is plugged in", "SYNSE_K4A_DIR"][..],
        ),
        (
            "busy=0",
            &["camera 0", "cannot be opened", "another program"],
        ),
        (
            "start_fails=1",
            &["Azure Kinect 000123412112", "does not start", "USB 3"],
        ),
        ("no_calibration=1", &["calibration"]),
        (
            "modes=none",
            &[
                "does not start",
                "CUDA failed",
                "CPU failed",
                "NVIDIA",
                "libk4abt.so.1.1",
            ],
        ),
    ] {
        let Some(played) = with(script) else { return };
        for word in words {
            assert!(
                played.error().contains(word),
                "{script}: {}",
                played.error()
            );
        }
        assert!(played.frames().is_empty());
    }
}

#[test]
fn the_tracker_falls_back_to_what_works() {
    let tried = |script: &str, mode: Option<&str>| {
        let mut play = Play::new(fakes()?, "azure-kinect")
            .script(script)
            .frames(2, 1);
        if let Some(mode) = mode {
            play = play.env("SYNSE_K4ABT_MODE", mode);
        }
        let played = play.run();
        played.is_clean();
        Some(played)
    };
    for (script, mode, name, tries) in [
        ("modes=1;2;3;4", None, "(CUDA)", 1),
        ("modes=1", None, "(CPU)", 2),
        ("modes=1;2;3;4", Some("TensorRT"), "(TensorRT)", 1),
        ("modes=1;2;3;4", Some("cpu"), "(CPU)", 1),
        ("modes=4", Some("directml"), "(DirectML)", 1),
    ] {
        let Some(played) = tried(script, mode) else {
            return;
        };
        let Report::Opened { name: opened, .. } = &played.reports[0] else {
            panic!("{played:?}")
        };
        assert!(opened.ends_with(name), "{opened}");
        assert_eq!(played.count("tries"), tries, "{script} {mode:?}");
    }
    let Some(played) = tried("modes=1;2", Some("tensorrt")) else {
        return;
    };
    assert!(
        played.error().contains("TensorRT failed"),
        "what is asked for is not replaced: {}",
        played.error()
    );
    let Some(fakes) = fakes() else { return };
    let played = Play::new(fakes, "azure-kinect")
        .env("SYNSE_K4ABT_MODE", "gpu")
        .run();
    assert!(played.error().contains("SYNSE_K4ABT_MODE=gpu") && played.error().contains("directml"));
}

#[test]
fn the_trackers_network_is_found_by_its_name_and_missed_in_words() {
    let Some(fakes) = fakes() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (lib, bin) = (folder.path().join("usr/lib"), folder.path().join("usr/bin"));
    std::fs::create_dir_all(&lib).unwrap();
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy(
        fakes.microsoft.join("libk4abt.so.1.1"),
        lib.join("libk4abt.so.1.1"),
    )
    .unwrap();
    let play = |network: &str| {
        Play::new(fakes, "azure-kinect")
            .env("SYNSE_K4ABT_DIR", &lib)
            .env("SYNSE_K4ABT_MODEL", network)
            .script("modes=2 needs_network=1")
            .frames(2, 1)
            .run()
    };
    let played = play("");
    let error = played.error();
    assert!(
        error.contains("CUDA failed") && error.contains("dnn_model_2_0_op11.onnx is not found"),
        "{error}"
    );
    let played = play("lite.onnx");
    let error = played.error();
    assert!(
        error.starts_with("SYNSE_K4ABT_MODEL=lite.onnx cannot be used: there is no such file"),
        "{error}"
    );
    // Where Microsoft's packages for Linux put them.
    std::fs::write(bin.join("dnn_model_2_0_op11.onnx"), "").unwrap();
    std::fs::write(bin.join("lite.onnx"), "").unwrap();
    for network in ["", "lite.onnx"] {
        let played = play(network);
        played.is_clean();
        assert_eq!(played.frames().len(), 2, "{:?}", played.errors());
    }
}

#[test]
fn a_tracker_of_version_1_0_is_refused_and_never_loaded() {
    let Some(fakes) = fakes() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("loaded");
    let played = Play::new(fakes, "azure-kinect")
        .env("SYNSE_K4ABT_DIR", &fakes.old_tracker)
        .env("SYNSE_FAKE_LOADED", &mark)
        .run();
    assert!(played.status.success());
    let error = played.error();
    assert!(
        error.contains("version 1.0") && error.contains("1.1") && error.contains("libk4abt1.1"),
        "{error}"
    );
    assert!(!mark.exists(), "it was loaded");
}

#[test]
fn a_missing_sdk_or_tracker_says_what_to_install() {
    let Some(fakes) = fakes() else { return };
    let empty = tempfile::tempdir().unwrap();
    for (variable, words) in [
        (
            "SYNSE_K4A_DIR",
            "Azure Kinect Sensor SDK (k4a) is not installed",
        ),
        (
            "SYNSE_K4ABT_DIR",
            "Azure Kinect Body Tracking SDK (k4abt) is not installed",
        ),
    ] {
        let played = Play::new(fakes, "azure-kinect")
            .env(variable, empty.path())
            .run();
        assert!(played.status.success());
        let error = played.error();
        assert!(
            error.contains(words) && error.contains("install Microsoft's"),
            "{error}"
        );
    }
    // A library that is none.
    std::fs::write(
        empty.path().join("libk4a.so.1.4"),
        b"\x7fELF\0libk4a.so.1.4\0",
    )
    .unwrap();
    let played = Play::new(fakes, "azure-kinect")
        .env("SYNSE_K4A_DIR", empty.path())
        .run();
    assert!(
        played.error().contains("cannot be loaded"),
        "{}",
        played.error()
    );
}

/// A camera lost a hundred times at random moments, in one process: all is told, and nothing is left over.
fn lost_a_hundred_times(orbbec: bool, script: &str, words: &str) {
    let Some(fakes) = fakes() else { return };
    let mut play = Play::new(fakes, "azure-kinect")
        .script(script)
        .frames(1000, 100);
    if orbbec {
        play = play.env("SYNSE_K4A_DIR", &fakes.orbbec);
    }
    let played = play.run();
    played.is_clean();
    assert_eq!(played.errors().len(), 100);
    assert!(
        played
            .errors()
            .iter()
            .all(|error| error.contains("lost after") && error.contains(words)),
        "{:?}",
        played.errors()
    );
    assert_eq!(
        (played.count("device"), played.count("tracker")),
        (100, 100)
    );
    let closed = played.holdings();
    assert_eq!(
        closed.first(),
        closed.last(),
        "files and threads, after the first and the hundredth"
    );
    let frames = played.frames().len();
    assert!((100..6000).contains(&frames), "{frames}");
}

#[test]
fn unplugged_in_microsofts_manner() {
    lost_a_hundred_times(
        false,
        "unplug_after=1-60 bodies=6 seed=5",
        "stopped streaming",
    );
}

#[test]
fn unplugged_in_orbbecs_manner() {
    lost_a_hundred_times(
        true,
        "silent_after=1-60 bodies=6 seed=6 clock=500",
        "no image came for 2 s",
    );
}

#[test]
fn silence_is_noticed_after_two_seconds() {
    let started = Instant::now();
    let Some(played) = with("silent_after=5") else {
        return;
    };
    let waited = started.elapsed();
    assert!(
        played
            .error()
            .contains("lost after 5 frames: no image came for 2 s"),
        "{}",
        played.error()
    );
    assert!((2.0..6.0).contains(&waited.as_secs_f32()), "{waited:?}");
}

#[test]
fn unplugged_before_the_first_frame() {
    let Some(played) = with("unplug_after=0") else {
        return;
    };
    assert!(
        played.error().contains("lost after 0 frames"),
        "{}",
        played.error()
    );
    let Some(played) = with("silent_after=0 clock=1000") else {
        return;
    };
    assert!(
        played.error().contains("no image came for 10 s"),
        "{}",
        played.error()
    );
}

#[test]
fn a_full_queue_costs_captures_and_no_more() {
    let Some(played) = with("full_every=3") else {
        return;
    };
    assert_eq!(played.frames().len(), 50);
    assert!(
        matches!(
            played.reports.last(),
            Some(Report::Closed { dropped: 24, .. })
        ),
        "{:?}",
        played.reports.last()
    );
    let Some(played) = with("full=1") else { return };
    assert!(
        played.error().contains("queue stays full"),
        "{}",
        played.error()
    );
}

#[test]
fn captures_without_a_depth_image_are_passed_over() {
    let Some(played) = with("without_depth_every=4") else {
        return;
    };
    let times: Vec<u64> = played
        .frames()
        .iter()
        .map(|frame| frame.timestamp_micros)
        .collect();
    assert_eq!(times[..4], [1_000_000, 1_033_333, 1_066_666, 1_133_332]);
}

#[test]
fn a_tracker_that_stops_says_so() {
    let Some(played) = with("stop_after=7") else {
        return;
    };
    assert!(
        played
            .error()
            .contains("(CUDA) stopped after 7 frames: it gives out no more bodies"),
        "{}",
        played.error()
    );
    let Some(played) = with("deaf_after=7 clock=1000") else {
        return;
    };
    assert!(
        played.error().contains("no bodies came for 10 s"),
        "{}",
        played.error()
    );
    let Some(played) = with("deaf_after=0 clock=1000") else {
        return;
    };
    assert!(
        played.error().contains("no bodies came for 120 s"),
        "{}",
        played.error()
    );
}
