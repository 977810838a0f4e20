//! The real sensor SDK, where there is one: `SYNSE_TEST_K4A` names a folder with libk4a and libk4arecord of version 1.4,
//! such as `pyk4a_bundle.libs` out of the wheel `pyk4a-bundle`. The tracker is the fake one: Microsoft's is not to be had so.

use super::child::Report;
use super::{Fakes, Play, compile, compiler, fakes};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use synse::capture::azure::{Part, Places};

/// The real libraries, and the fake tracker made for them.
struct Real {
    fakes: Fakes,
    sensor: PathBuf,
    recording: PathBuf,
    folder: tempfile::TempDir,
}

#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
fn real() -> Option<Real> {
    let Some(folder) = std::env::var_os("SYNSE_TEST_K4A").map(PathBuf::from) else {
        println!(
            "passed over: SYNSE_TEST_K4A names no folder with the real libk4a and libk4arecord"
        );
        return None;
    };
    let made = fakes()?;
    let places = Places {
        sensor: Some(folder.clone()),
        tracker: None,
        folders: Vec::new(),
    };
    let sensor = places.choose(Part::Sensor).unwrap().path;
    let recording = places.choose(Part::Recording).unwrap().path;
    let own = tempfile::tempdir().unwrap();
    let tracker = own.path().join("libk4abt.so.1.1");
    // Linked to the real library, whatever it is called.
    compile(
        "fake_k4abt.c",
        &[],
        "libk4abt.so.1.1",
        &tracker,
        Some(&sensor),
    );
    let fakes = Fakes {
        microsoft: folder,
        ..made.clone()
    };
    Some(Real {
        fakes,
        sensor,
        recording,
        folder: own,
    })
}

impl Real {
    fn play(&self, source: &str) -> Play {
        Play::new(&self.fakes, source).env("SYNSE_K4ABT_DIR", self.folder.path())
    }
}

/// A camera's own file of calibration, with round numbers.
fn calibration() -> String {
    let mut lens = vec![0.5; 4];
    lens.extend([0.0; 10]);
    let camera = |place: &str, purpose: &str, [width, height]: [u32; 2]| {
        json!({
            "Intrinsics": {
                "ModelParameterCount": 14,
                "ModelParameters": lens,
                "ModelType": "CALIBRATION_LensDistortionModelBrownConrady",
            },
            "Location": format!("CALIBRATION_CameraLocation{place}"),
            "Purpose": format!("CALIBRATION_CameraPurpose{purpose}"),
            "MetricRadius": 1.7,
            "Rt": { "Rotation": [1, 0, 0, 0, 1, 0, 0, 0, 1], "Translation": [0, 0, 0] },
            "SensorHeight": height,
            "SensorWidth": width,
        })
    };
    let inertial = |kind: &str| {
        json!({
            "BiasTemperatureModel": vec![0; 12],
            "BiasUncertainty": [0, 0, 0],
            "MixingMatrixTemperatureModel": vec![0; 36],
            "ModelTypeMask": 16,
            "Noise": vec![0; 6],
            "Rt": { "Rotation": [0, 0, -1, -1, 0, 0, 0, 1, 0], "Translation": [0, 0, 0] },
            "SecondOrderScaling": vec![0; 9],
            "SensorType": format!("CALIBRATION_InertialSensorType_{kind}"),
            "TemperatureBounds": [5, 60],
            "TemperatureC": 0,
        })
    };
    let cameras = [
        camera("D0", "Depth", [1024, 1024]),
        camera("PV0", "PhotoVideo", [4096, 3072]),
    ];
    let inertial = [inertial("Gyro"), inertial("Accelerometer")];
    json!({ "CalibrationInformation": { "Cameras": cameras, "InertialSensors": inertial } })
        .to_string()
}

/// Has the real library write a recording.
fn record(real: &Real, captures: u32) -> PathBuf {
    let (program, path) = (
        real.folder.path().join("make_mkv"),
        real.folder.path().join("made.mkv"),
    );
    let json = real.folder.path().join("calibration.json");
    std::fs::write(&json, calibration()).unwrap();
    let libraries = real.sensor.parent().unwrap();
    let built = Command::new(compiler())
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/make_mkv.c"))
        .args([&real.recording, &real.sensor])
        .arg(format!("-Wl,-rpath,{}", libraries.display()))
        .arg("-Wl,--allow-shlib-undefined")
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let made = Command::new(&program)
        .arg(&path)
        .arg(&json)
        .arg(captures.to_string())
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stdout)
    );
    path
}

#[test]
fn the_real_library_says_that_no_camera_is_there() {
    let Some(real) = real() else { return };
    let played = real.play("azure-kinect").run();
    assert!(played.status.success(), "{:?}", played.status);
    assert!(
        played.error().contains("no Azure Kinect is plugged in"),
        "{}",
        played.error()
    );
}

#[test]
fn a_recording_of_the_real_library_plays_into_the_fake_tracker() {
    let Some(real) = real() else { return };
    let path = record(&real, 60);
    let played = real.play(&format!("mkv:{}", path.display())).run();
    played.is_clean();
    assert!(played.errors().is_empty(), "{:?}", played.errors());
    let Report::Opened { name, fps, .. } = &played.reports[0] else {
        panic!("{:?}", played.reports)
    };
    assert_eq!((name.as_str(), *fps), ("made (CUDA)", 30.0));
    let times: Vec<u64> = played
        .frames()
        .iter()
        .map(|frame| frame.timestamp_micros)
        .collect();
    let expected: Vec<u64> = (0..60).map(|number| 1_000_000 + 33_333 * number).collect();
    assert_eq!(times, expected);
    let whole = std::fs::read(&path).unwrap();
    // Cut off, as when the recorder's computer lost power.
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let played = real.play(&format!("mkv:{}", path.display())).run();
    assert!(played.status.success(), "{:?}", played.status);
    let frames = played.frames().len();
    assert!(
        frames < 60 && (frames > 0 || played.errors().len() == 1),
        "{frames} {:?}",
        played.errors()
    );
    std::fs::write(&path, b"no matroska").unwrap();
    let played = real.play(&format!("mkv:{}", path.display())).run();
    assert!(
        played
            .error()
            .contains("expected an Azure Kinect recording"),
        "{}",
        played.error()
    );
}
