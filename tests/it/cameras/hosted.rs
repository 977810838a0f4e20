//! The fakes behind `synse capture-host`: the same promises as every source, and no fault that ends the program.

use super::{Fakes, fakes};
use crate::hosts::{hosted, suffer};
use crate::sources::conforms;
use std::time::Duration;
use synse::capture::{Source as _, Step};
use synse::live::host::{HostCommand, HostLimits};

/// Restarts without delay; silence is longer than the host's heartbeat.
const LIMITS: HostLimits = HostLimits {
    open: Duration::from_secs(20),
    silence: Duration::from_millis(1500),
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(3),
    grace: Duration::from_millis(200),
};

/// A host with a camera of the fake SDKs.
fn command(fakes: &Fakes, sensor: &std::path::Path, source: &str, script: &str) -> HostCommand {
    HostCommand::Shell(format!(
        "SYNSE_K4A_DIR='{}' SYNSE_K4ABT_DIR='{}' SYNSE_FAKE='{script}' '{}' capture-host {source}",
        sensor.display(),
        fakes.microsoft.display(),
        env!("CARGO_BIN_EXE_synse")
    ))
}

#[test]
fn orbbecs_cameras_keep_the_promises_of_every_source() {
    let Some(fakes) = fakes() else { return };
    let orbbec = command(
        fakes,
        &fakes.orbbec,
        "azure-kinect",
        "period_us=5000 bodies=2",
    );
    conforms("Orbbec's", Box::new(hosted(orbbec, LIMITS)), None);
}

/// A camera with a fault, lost so many times in a row; it must come back each time.
fn goes_on(script: &str, orbbec: bool, times: usize, words: &str) {
    let Some(fakes) = fakes() else { return };
    let sensor = if orbbec {
        &fakes.orbbec
    } else {
        &fakes.microsoft
    };
    let script = format!("period_us=3000 bodies=6 {script}");
    let mut host = hosted(command(fakes, sensor, "azure-kinect", &script), LIMITS);
    let (frames, losses) = suffer(&mut host, times);
    assert!(frames >= times, "{script}: {frames}");
    assert!(
        losses.iter().all(|loss| loss.contains(words)),
        "{script}: {losses:?}"
    );
    let serial = host.lasting_spec().map(|spec| spec.to_string());
    assert_eq!(serial.as_deref(), Some("azure-kinect:serial=000123412112"));
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
fn a_camera_that_is_not_there_is_waited_for() {
    let Some(fakes) = fakes() else { return };
    let mut host = hosted(
        command(fakes, &fakes.microsoft, "azure-kinect", "serials=none"),
        LIMITS,
    );
    let mut said = String::new();
    for _ in 0..400 {
        match host.step(Duration::from_millis(50)).unwrap() {
            Step::Notice(notice) => said = notice.text,
            Step::Frame(frame) => panic!("{frame:?}"),
            Step::Waiting | Step::End => {}
        }
        if said.contains("plugged in") {
            return;
        }
    }
    panic!("{said}");
}
