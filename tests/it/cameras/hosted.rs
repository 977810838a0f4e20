//! The fakes behind `synse capture-host`: the same promises as every source, and no fault that ends the program.

use super::{Fakes, fakes};
use crate::hosts::{hosted, suffer};
use crate::sources::conforms;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;
use synse::capture::{Source as _, Step};
use synse::live::host::{HostCommand, HostLimits};
use tempfile::TempDir;

/// Restarts without delay; silence is longer than the host's heartbeat.
const LIMITS: HostLimits = HostLimits {
    open: Duration::from_secs(20),
    silence: Duration::from_millis(1500),
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(3),
    grace: Duration::from_millis(200),
};

/// This program as a host that sees the fake SDKs: a script that sets what they need and goes on as the program.
fn host(fakes: &Fakes, sensor: &Path, script: &str) -> (TempDir, HostCommand) {
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("synse-with-fakes");
    let text = format!(
        "#!/bin/sh\necho \"$@\" >> '{}'\nexport SYNSE_K4A_DIR='{}' SYNSE_K4ABT_DIR='{}' SYNSE_FAKE='{script}'\nexec '{}' \"$@\"\n",
        folder.path().join("calls").display(),
        sensor.display(),
        fakes.microsoft.display(),
        env!("CARGO_BIN_EXE_synse")
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let source = "azure-kinect".to_owned();
    (folder, HostCommand::Program { program, source })
}

#[test]
fn orbbecs_cameras_keep_the_promises_of_every_source() {
    let Some(fakes) = fakes() else { return };
    let (_folder, orbbec) = host(fakes, &fakes.orbbec, "period_us=5000 bodies=2");
    conforms("Orbbec's", Box::new(hosted(orbbec, LIMITS)), None);
}

/// A camera with a fault, lost so many times in a row; it must come back each time, and be asked for by its number.
fn goes_on(script: &str, orbbec: bool, times: usize, words: &str) {
    const NUMBER: &str = "azure-kinect:serial=000123412112";
    let Some(fakes) = fakes() else { return };
    let sensor = if orbbec {
        &fakes.orbbec
    } else {
        &fakes.microsoft
    };
    let script = format!("period_us=3000 bodies=6 {script}");
    let (folder, command) = host(fakes, sensor, &script);
    let mut host = hosted(command, LIMITS);
    let (frames, losses) = suffer(&mut host, times);
    assert!(frames >= times, "{script}: {frames}");
    assert!(
        losses.iter().all(|loss| loss.contains(words)),
        "{script}: {losses:?}"
    );
    assert_eq!(
        host.lasting_spec().map(|spec| spec.to_string()).as_deref(),
        Some(NUMBER)
    );
    drop(host);
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    let calls: Vec<&str> = calls.lines().collect();
    assert!(
        calls.len() >= times && calls[0].ends_with("azure-kinect"),
        "{calls:?}"
    );
    assert!(
        calls[1..].iter().all(|call| call.ends_with(NUMBER)),
        "{calls:?}"
    );
}

#[test]
fn a_camera_that_is_unplugged_comes_back_by_its_serial_number() {
    goes_on("unplug_after=3-20", false, 100, "stopped streaming");
    goes_on("silent_after=3-20 clock=50", true, 100, "no image came");
}

#[test]
fn a_tracker_that_crashes_is_started_again() {
    goes_on("crash_after=3-20", false, 100, "");
}

#[test]
fn a_tracker_that_hangs_is_ended_and_started_again() {
    goes_on("hang_after=3-6", false, 10, "");
}

#[test]
fn a_camera_that_was_never_there_is_an_error_in_words() {
    let Some(fakes) = fakes() else { return };
    let (_folder, command) = host(fakes, &fakes.microsoft, "serials=none");
    let mut host = hosted(command, LIMITS);
    for _ in 0..400 {
        match host.step(Duration::from_millis(50)) {
            Ok(Step::Waiting | Step::Notice(_)) => {}
            Ok(step) => panic!("{step:?}"),
            Err(error) => {
                let text = error.to_string();
                return assert!(text.contains("no Azure Kinect is plugged in"), "{text}");
            }
        }
    }
    panic!("nothing was said of it");
}
