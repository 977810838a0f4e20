//! The fakes behind `synse capture-host`: the same promises as every source, and no fault that ends the program.

use super::fakes;
use super::program::Program;
use crate::fakes::{events_until, stages};
use crate::hosts::{hosted, shell, suffer};
use crate::sources::conforms;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synse::capture::{Notice, NoticeKind, Source as _, Step};
use synse::live::host::{HostLimits, Hosted};
use synse::live::{Event, Session, SessionOptions};
use synse::skeleton::Frame;

/// The source that is played.
const KINECT: &str = "azure-kinect";

/// Restarts without delay; silence is longer than the host's heartbeat.
const LIMITS: HostLimits = HostLimits {
    open: Duration::from_secs(20),
    prepare: Duration::from_secs(40),
    silence: Duration::from_millis(1500),
    absent: Duration::ZERO,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(3),
    grace: Duration::from_millis(200),
};

#[test]
fn orbbecs_cameras_keep_the_promises_of_every_source() {
    let Some(fakes) = fakes() else { return };
    let orbbec = Program::new(fakes, &fakes.orbbec, "period_us=5000 bodies=2", None);
    let source = hosted(orbbec.playing(KINECT), LIMITS);
    conforms("Orbbec's", Box::new(source), None);
}

#[test]
fn what_an_sdk_prints_does_not_get_into_the_stream() {
    let Some(fakes) = fakes() else { return };
    let script = "period_us=3000 bodies=2 prints=1 unplug_after=40";
    let program = Program::new(fakes, &fakes.microsoft, script, None);
    let mut host = hosted(program.playing(KINECT), LIMITS);
    let (frames, losses) = suffer(&mut host, 1);
    assert!(frames > 20, "{frames}: {losses:?}");
    // Where it is of use, it is told.
    assert!(
        losses[0].contains("stopped streaming") && losses[0].contains("a line of the SDK's own"),
        "{losses:?}"
    );
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
    let program = Program::new(fakes, sensor, &script, None);
    let mut host = hosted(program.playing(KINECT), LIMITS);
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
    let calls = program.calls();
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
    goes_on("unplug_after=3-20", false, 10, "stopped streaming");
    goes_on("silent_after=3-20 clock=50", true, 10, "no image came");
}

/// The delays that a camera's frames tell, shortest first.
fn delays(script: &str) -> Option<Vec<Duration>> {
    let fakes = fakes()?;
    let program = Program::new(fakes, &fakes.microsoft, script, None);
    let mut host = hosted(program.playing(KINECT), LIMITS);
    let mut delays = Vec::new();
    while delays.len() < 40 {
        match host.step(Duration::from_secs(1)).unwrap() {
            Step::Frame(_) => delays.push(host.journey().tracker.unwrap()),
            Step::Waiting => {}
            step => panic!("{step:?}"),
        }
    }
    delays.sort_unstable();
    Some(delays)
}

#[test]
fn what_the_tracker_takes_is_told_with_each_frame() {
    for stamps in ["", "stamps=none", "stamps=day"] {
        let script = format!("period_us=5000 slow_us=20000 bodies=2 {stamps}");
        let Some(slow) = delays(&script) else { return };
        // Of a busy machine only the quickest frames tell what the tracker took.
        assert!(
            slow[0] >= Duration::from_millis(20) && slow[4] < Duration::from_millis(30),
            "{stamps}: {slow:?}"
        );
        let Some(quick) = delays(&format!("period_us=5000 {stamps}")) else {
            return;
        };
        assert!(quick[4] < Duration::from_millis(8), "{stamps}: {quick:?}");
    }
}

#[test]
fn the_status_line_is_told_what_camera_and_tracker_take() {
    let Some(fakes) = fakes() else { return };
    let script = "period_us=30000 slow_us=20000";
    let program = Program::new(fakes, &fakes.microsoft, script, None);
    let command = program.playing(KINECT);
    let mut fake_stages = stages(Duration::ZERO, Duration::ZERO);
    fake_stages.source = Box::new(move |_| Ok(Box::new(hosted(command.clone(), LIMITS))));
    let options = SessionOptions {
        source: Some("azure-kinect".to_owned()),
        ..SessionOptions::default()
    };
    let session = Session::start(fake_stages, options, Arc::new(|| {})).unwrap();
    let told = |event: &Event| matches!(event, Event::Stats(stats) if stats.delays.tracker_millis.is_some_and(|millis| (20.0..60.0).contains(&millis)));
    events_until(&session, Duration::from_secs(30), told);
}

/// What is said, until a frame comes or it fails, which must be within half a minute.
fn until_a_frame(host: &mut Hosted) -> (Vec<Notice>, Result<Frame, String>) {
    let mut said = Vec::new();
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        match host.step(Duration::from_millis(50)) {
            Ok(Step::Waiting) => {}
            Ok(Step::Notice(notice)) => said.push(notice),
            Ok(Step::Frame(frame)) => return (said, Ok(frame)),
            Ok(Step::End) => panic!("a camera does not end"),
            Err(error) => return (said, Err(error.to_string())),
        }
    }
    panic!("neither a frame nor an error after {said:?}");
}

/// A camera is waited for without end.
const PATIENT: HostLimits = HostLimits {
    absent: Duration::MAX,
    ..LIMITS
};

#[test]
fn a_camera_that_is_not_there_yet_is_waited_for_and_comes_up() {
    let Some(fakes) = fakes() else { return };
    for (absent, words) in [
        ("serials=none", "no Azure Kinect is plugged in"),
        ("busy=0", "another program may have it"),
        ("start_fails=1", "its depth camera does not start"),
    ] {
        let program = Program::new(fakes, &fakes.microsoft, absent, Some(""));
        let mut host = hosted(program.playing(KINECT), PATIENT);
        let (said, frame) = until_a_frame(&mut host);
        let [Notice { kind, text }] = &said[..] else {
            panic!("{said:?}")
        };
        assert_eq!(*kind, NoticeKind::Lost);
        assert!(text.starts_with("waiting for azure-kinect: "), "{text}");
        assert!(text.contains("; trying again in "), "{text}");
        assert_eq!(text.matches(words).count(), 1, "{text}");
        assert!(frame.is_ok() && host.is_open(), "{frame:?}");
    }
}

#[test]
fn what_waiting_does_not_mend_is_an_error_at_once() {
    let Some(fakes) = fakes() else { return };
    let synse = env!("CARGO_BIN_EXE_synse");
    let (good, old) = (fakes.microsoft.display(), fakes.old_tracker.display());
    for (sensor, tracker, source, words) in [
        ("/no/such/sdk", &good, KINECT, "is not installed"),
        (&*good.to_string(), &old, KINECT, "version 1.0"),
        (
            &*good.to_string(),
            &good,
            "mkv:/no/such.mkv",
            "cannot open /no/such.mkv",
        ),
        (
            &*good.to_string(),
            &good,
            "azure-kinect:left",
            "camera's number",
        ),
        (&*good.to_string(), &good, "kinect-v2", "Windows only"),
    ] {
        let line = format!(
            "SYNSE_K4A_DIR='{sensor}' SYNSE_K4ABT_DIR='{tracker}' exec '{synse}' capture-host '{source}'"
        );
        let mut host = hosted(shell(line), PATIENT);
        let (said, played) = until_a_frame(&mut host);
        let error = played.unwrap_err();
        assert!(error.contains(words), "{source}: {error}");
        assert!(said.is_empty(), "{source}: {said:?}");
    }
}

#[test]
fn a_test_of_a_camera_that_is_not_there_ends_and_says_so_once() {
    let Some(fakes) = fakes() else { return };
    let program = Program::new(fakes, &fakes.microsoft, "serials=none", None);
    let output = Command::new(program.program())
        .args(["capture-host", "--test", KINECT])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let words = "no Azure Kinect is plugged in";
    assert_eq!(said.matches(words).count(), 1, "{said}");
}

#[test]
fn an_engine_that_is_being_built_is_waited_for() {
    let Some(fakes) = fakes() else { return };
    let limits = HostLimits {
        open: Duration::from_secs(2),
        ..PATIENT
    };
    let script = "create_us=3000000 deaf_for_us=1500000 period_us=5000";
    let program = Program::new(fakes, &fakes.microsoft, script, None);
    let program = program.set("SYNSE_K4ABT_MODE", "tensorrt");
    let mut host = hosted(program.playing(KINECT), limits);
    let (said, frame) = until_a_frame(&mut host);
    assert!(frame.is_ok(), "{frame:?}");
    let [Notice { kind, text }] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(*kind, NoticeKind::Preparing);
    assert!(text.contains("engine for TensorRT"), "{text}");
    assert!(host.name().ends_with("(TensorRT)"));
    // Any other way of tracking that takes as long hangs.
    let program = Program::new(fakes, &fakes.microsoft, script, None);
    let mut host = hosted(program.playing(KINECT), limits);
    let (said, frame) = until_a_frame(&mut host);
    assert!(frame.unwrap_err().contains("no sign of life"), "{said:?}");
}

#[test]
fn a_camera_that_was_never_there_is_an_error_in_words() {
    let Some(fakes) = fakes() else { return };
    let program = Program::new(fakes, &fakes.microsoft, "serials=none", None);
    let mut host = hosted(program.playing(KINECT), LIMITS);
    for _ in 0..400 {
        match host.step(Duration::from_millis(50)) {
            Ok(Step::Waiting | Step::Notice(_)) => {}
            Ok(step) => panic!("{step:?}"),
            Err(error) => {
                let text = error.to_string();
                let words = "no Azure Kinect is plugged in";
                return assert_eq!(text.matches(words).count(), 1, "{text}");
            }
        }
    }
    panic!("nothing was said of it");
}
