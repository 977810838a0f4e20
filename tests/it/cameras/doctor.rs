//! `synse doctor` on camera SDKs: what it finds, what it would load, and what to install.

use super::fakes;
use crate::cli::synse;
use std::path::Path;
use synse::capture::azure::SdkFolders;

/// What it says of cameras with these folders.
fn doctor(sensor: &Path, tracker: &Path) -> Vec<String> {
    let empty = tempfile::tempdir().unwrap();
    let output = synse()
        .arg("doctor")
        .env("SYNSE_K4A_DIR", sensor)
        .env("SYNSE_K4ABT_DIR", tracker)
        // The models are others' business, and take their time.
        .env("SYNSE_MODELS", empty.path())
        .env("XDG_CONFIG_HOME", empty.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    said.lines()
        .filter(|line| line.contains("  camera: "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn doctor_tells_of_each_sdk() {
    let Some(fakes) = fakes() else { return };
    let said = doctor(&fakes.microsoft, &fakes.microsoft);
    assert_eq!(said.len(), 4, "{said:?}");
    for (line, library) in
        said.iter()
            .zip(["libk4a.so.1.4", "libk4abt.so.1.1", "libk4arecord.so.1.4"])
    {
        let path = fakes.microsoft.join(library);
        assert!(
            line.starts_with("ok ") && line.ends_with("is loaded"),
            "{line}"
        );
        assert!(
            line.contains(&path.display().to_string()) && line.contains("Microsoft, 1."),
            "{line}"
        );
    }
    assert!(
        said[3].contains("Kinect v2") && said[3].contains("Windows only"),
        "{said:?}"
    );

    let said = doctor(&fakes.orbbec, &fakes.old_tracker);
    assert!(said[0].contains("(Orbbec, 1.4) is loaded"), "{said:?}");
    assert!(
        said[1].starts_with("ignored ") && said[1].contains("version 1.0"),
        "{said:?}"
    );
    assert!(
        said[2].starts_with("absent ") && said[2].contains("libk4abt1.1"),
        "{said:?}"
    );
    assert!(
        said[3].starts_with("absent ") && said[3].contains("beside its k4a"),
        "{said:?}"
    );

    let bare = tempfile::tempdir().unwrap();
    let library = "libk4abt.so.1.1";
    std::fs::copy(fakes.microsoft.join(library), bare.path().join(library)).unwrap();
    let said = doctor(&fakes.microsoft, bare.path());
    assert!(
        said[2].starts_with("absent ") && said[2].contains("dnn_model_2_0_op11.onnx"),
        "{said:?}"
    );

    let said = doctor(Path::new("no/such"), Path::new("no/such"));
    assert!(
        said[0].starts_with("absent ") && said[0].contains("libk4a1.4"),
        "{said:?}"
    );
    assert!(said[0].contains("OrbbecSDK K4A Wrapper"), "{said:?}");
}

#[test]
fn a_folder_that_was_chosen_in_the_window_holds_for_the_terminal_too() {
    let Some(fakes) = fakes() else { return };
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("synse/cameras.json");
    let folders = SdkFolders {
        sensor: Some(fakes.microsoft.clone()),
        tracker: Some(fakes.microsoft.clone()),
    };
    folders.write(&file).unwrap();
    let synse = |arguments: &[&str]| {
        let output = synse()
            .args(arguments)
            .env("XDG_CONFIG_HOME", place.path())
            .env("SYNSE_MODELS", place.path())
            .env("SYNSE_FAKE", "period_us=20000")
            .env_remove("SYNSE_K4A_DIR")
            .env_remove("SYNSE_K4ABT_DIR")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = synse(&["doctor"]);
    assert!(said.contains(&file.display().to_string()), "{said}");
    let library = fakes.microsoft.join("libk4abt.so.1.1");
    assert!(
        said.contains(&format!("{} (Microsoft, 1.1) is loaded", library.display())),
        "{said}"
    );
    // The host that plays the camera goes by it as well.
    let said = synse(&["capture-host", "--test", "azure-kinect"]);
    assert!(said.starts_with("OK: Azure Kinect 000123412112"), "{said}");
    std::fs::write(&file, "{").unwrap();
    let said = synse(&["doctor"]);
    assert!(
        said.contains("ignored  camera:") && said.contains("cameras.json, line 1"),
        "{said}"
    );
}
