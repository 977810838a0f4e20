//! Each fault that a host can have, again and again: what is said of it, and what is left of it.

use super::{FRAMES, HASTY, Stream, gone_within, holdings, hosted, runs, shell, suffer};
use crate::alone::passes_alone;
use crate::fakes::{events_until, stages};
use crate::wire::{crowd, hello, written};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};
use synse::capture::wire::Record;
use synse::capture::{NoticeKind, Source as _, Step};
use synse::live::host::{HostLimits, Hosted};
use synse::live::{Event, Session, SessionOptions};

/// Faults, and what is said of them; what they leave running is found by a `marker`, a number of seconds.
fn faults(marker: u32) -> Vec<(String, &'static str)> {
    [
        ("kill -SEGV $$", "segmentation fault"),
        ("kill -ABRT $$", "aborted"),
        ("kill -KILL $$", "killed (signal 9)"),
        ("exit 0", "its process ended"),
        (
            "echo the tracker is gone >&2; exit 7",
            "code 7; it said: the tracker is gone",
        ),
        ("exec sleep MARKER", "no sign of life"),
        ("head -c 3000 /dev/urandom", "expected a record's mark"),
        (
            "yes a lot of talk >&2 & sleep 0.02; kill -KILL $$",
            "killed",
        ),
        ("sleep MARKER & exit 0", "no sign of life"),
        ("exec >&-; sleep MARKER", "closed its output"),
    ]
    .map(|(fault, words)| (fault.replace("MARKER", &marker.to_string()), words))
    .to_vec()
}

/// Only silence, and what closes its output and stays, are waited for: on a busy machine all else may take longer.
fn limits_for(words: &str) -> HostLimits {
    let long = Duration::from_secs(20);
    let is_silent = words.contains("no sign of life");
    let stays = is_silent || words.contains("closed its output");
    HostLimits {
        silence: if is_silent { HASTY.silence } else { long },
        grace: if stays { HASTY.grace } else { long },
        ..HASTY
    }
}

#[test]
fn faults_leave_nothing_behind() {
    // Other tests open files and start threads beside this one, so it counts in a process of its own.
    passes_alone("hosts::faults::every_fault_again_and_again");
}

#[test]
#[ignore = "started by faults_leave_nothing_behind"]
#[expect(clippy::print_stdout, reason = "how long each fault takes")]
fn every_fault_again_and_again() {
    const TIMES: usize = 100;
    let stream = Stream::camera();
    let before = holdings();
    for (fault, words) in &faults(4211) {
        let start = Instant::now();
        let mut host = hosted(stream.then(fault), limits_for(words));
        let (frames, losses) = suffer(&mut host, TIMES);
        drop(host);
        println!("{fault}: {TIMES} times in {:?}", start.elapsed());
        let other = losses.iter().find(|text| !text.contains(words));
        assert!(other.is_none(), "{fault}: {other:?}");
        assert!(losses[0].starts_with("azure-kinect: "), "{losses:?}");
        // A host that silence ended may not have come to its last frames.
        let is_silent = words.contains("no sign of life");
        let least = if is_silent { 1 } else { FRAMES as usize };
        assert!(frames >= TIMES * least, "{fault}: {frames}");
        assert!(frames <= (TIMES + 1) * FRAMES as usize, "{fault}: {frames}");
        assert!(!runs("4211"), "{fault}");
        assert_eq!(holdings(), before, "{fault}: files, threads, children");
    }
}

#[test]
fn a_host_killed_at_any_moment_comes_back() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_synse"));
    let command = shell(format!("exec '{}' capture-host demo", program.display()));
    let mut host = hosted(
        command,
        HostLimits {
            silence: Duration::from_secs(20),
            ..HASTY
        },
    );
    let mut random = 7_u64;
    let mut newest = None;
    for _ in 0..20 {
        let mut wanted = 1 + random % 4;
        random = random.wrapping_mul(6_364_136_223_846_793_005) >> 3;
        while wanted > 0 {
            if let Step::Frame(frame) = host.step(Duration::from_secs(1)).unwrap() {
                assert!(Some(frame.timestamp_micros) > newest, "time runs on");
                newest = Some(frame.timestamp_micros);
                wanted -= 1;
            }
        }
        let id = host.process().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args(["-9", &id])
                .status()
                .unwrap()
                .success()
        );
        let loss = next_loss(&mut host);
        assert!(loss.contains("signal 9"), "{loss}");
    }
    assert!(host.is_live() && host.name() == "demo");
}

/// What is said of the next loss.
fn next_loss(host: &mut Hosted) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < until);
        if let Step::Notice(notice) = host.step(Duration::from_millis(100)).unwrap()
            && notice.kind == NoticeKind::Lost
        {
            return notice.text;
        }
    }
}

#[test]
fn what_never_played_is_an_error_with_its_last_words() {
    for (command, words) in [
        ("no-such-program-here", ["code 127", "no-such-program-here"]),
        ("echo Welcome to kinect-pc", ["byte 0", "Welcome"]),
        ("true", ["its process ended", "azure-kinect"]),
        ("exec sleep 4212", ["no sign of life for", "azure-kinect"]),
    ] {
        let limits = HostLimits {
            open: Duration::from_millis(300),
            ..limits_for(words[0])
        };
        let mut host = hosted(shell(command), limits);
        let error = host.next_frame().unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{command}: {error}");
        }
        assert_eq!(host.step(Duration::ZERO).unwrap(), Step::End);
    }
    let records = [Record::Error("no camera is connected".into())];
    let stream = Stream::new(&records);
    let error = hosted(stream.then("exit 1"), HASTY)
        .next_frame()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("azure-kinect: no camera is connected")
    );
}

#[test]
fn signs_of_life_are_no_camera() {
    let start = Stream::new(&[Record::Heartbeat]);
    let beat = start.path.with_file_name("beat");
    fs::write(&beat, &written(&[Record::Heartbeat])[10..]).unwrap();
    let line = format!("while :; do cat '{}'; sleep 0.02; done", beat.display());
    let limits = HostLimits {
        open: Duration::from_millis(400),
        silence: Duration::from_secs(20),
        ..HASTY
    };
    let mut host = hosted(start.then(&line), limits);
    let begun = Instant::now();
    let error = loop {
        assert!(begun.elapsed() < Duration::from_secs(20));
        match host.step(Duration::from_millis(50)) {
            Ok(step) => assert_eq!(step, Step::Waiting),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("and opened nothing"), "{error}");
    assert!(begun.elapsed() >= limits.open);
}

#[test]
fn bytes_of_a_record_that_does_not_end_are_no_sign_of_life() {
    let stream = Stream::camera();
    // The head of a record as long as one may be, of which another byte comes now and then.
    let dribble =
        r"printf '\265\136\002\000\000\040\000\000'; while :; do printf x; sleep 0.02; done";
    let limits = HostLimits {
        silence: Duration::from_millis(300),
        open: Duration::from_millis(300),
        ..HASTY
    };
    let mut host = hosted(stream.then(dribble), limits);
    let (_, losses) = suffer(&mut host, 1);
    assert!(losses[0].contains("no sign of life"), "{losses:?}");
    // And before it has greeted.
    let greeting = format!("printf SYNSECAP; printf '\\002\\000'; {dribble}");
    let error = hosted(shell(greeting), limits).next_frame().unwrap_err();
    assert!(error.to_string().contains("no sign of life"), "{error}");
}

#[test]
fn a_recording_is_whole_or_an_error_and_is_never_started_again() {
    let frames = || (0..200).map(|index| crowd(index, 1));
    let whole: Vec<Record> = [hello(false)].into_iter().chain(frames()).collect();
    let ended: Vec<Record> = whole.iter().cloned().chain([Record::End]).collect();
    let stream = Stream::new(&ended);
    let mut host = hosted(stream.then("sleep 4213"), HASTY);
    let mut count = 0;
    while host.next_frame().unwrap().is_some() {
        // Slower than they are sent: nothing of a recording may be dropped.
        sleep(Duration::from_micros(200));
        count += 1;
    }
    assert_eq!((count, host.journey().dropped_on_link), (200, 0));
    assert!(gone_within("4213", Duration::from_secs(1)));
    let stream = Stream::new(&whole);
    let mut host = hosted(stream.then("exit 0"), limits_for("its process ended"));
    let mut count = 0;
    let error = loop {
        match host.next_frame() {
            Ok(frame) => count += usize::from(frame.is_some()),
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        count == 200 && error.contains("its process ended"),
        "{error}"
    );
}

#[test]
fn whoever_is_late_loses_frames_of_a_camera_and_they_are_counted() {
    let frames = (0..500).map(|index| crowd(index, 6));
    let stream = Stream::new(&[hello(true)].into_iter().chain(frames).collect::<Vec<_>>());
    let limits = HostLimits {
        silence: Duration::from_secs(5),
        ..HASTY
    };
    let mut host = hosted(stream.then("sleep 4214"), limits);
    let mut got = Vec::new();
    while got.is_empty() {
        if let Step::Frame(frame) = host.step(Duration::from_millis(20)).unwrap() {
            got.push(frame.timestamp_micros / 33_333);
        }
    }
    sleep(Duration::from_millis(400));
    while let Step::Frame(frame) = host.step(Duration::from_millis(200)).unwrap() {
        got.push(frame.timestamp_micros / 33_333);
    }
    let journey = host.journey();
    assert_eq!(got.last(), Some(&499), "the newest are kept");
    assert_eq!(got.len() as u64 + journey.dropped_on_link, 500);
    assert!(journey.dropped_on_link > 400);
    assert_eq!(journey.dropped_by_tracker, 49);
    assert_eq!(journey.tracker, Some(Duration::from_millis(21)));
    drop(host);
    assert!(!runs("4214"));
}

#[test]
fn another_camera_is_not_taken_for_the_one_that_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("once");
    let (first, second) = (Stream::camera(), Stream::camera());
    let mut other = written(&[hello(true), crowd(0, 1)]);
    let at = other
        .windows(6)
        .position(|bytes| bytes == b"000123")
        .unwrap();
    other[at..at + 6].copy_from_slice(b"000999");
    fs::write(&second.path, other).unwrap();
    let line = format!(
        "if [ -e '{mark}' ]; then cat '{second}'; else touch '{mark}'; cat '{first}'; fi",
        mark = mark.display(),
        first = first.path.display(),
        second = second.path.display()
    );
    let mut host = hosted(shell(line), HASTY);
    let (frames, losses) = suffer(&mut host, 3);
    assert_eq!(frames, FRAMES as usize);
    assert!(
        losses[1].contains("serial=000999 in place of azure-kinect:serial=000123"),
        "{losses:?}"
    );
}

#[test]
fn a_session_goes_on_through_every_fault_and_closes_at_once() {
    let stream = Stream::camera();
    for (fault, words) in &faults(4215) {
        let mut fakes = stages(Duration::ZERO, Duration::ZERO);
        let command = stream.then(fault);
        let limits = HostLimits {
            longest_pause: Duration::from_mins(1),
            first_pause: Duration::from_millis(50),
            ..limits_for(words)
        };
        fakes.source = Box::new(move |name| {
            if name == "demo" {
                return synse::live::stages::open_source(&name.parse().unwrap())
                    .map_err(|error| error.to_string());
            }
            Ok(Box::new(hosted(command.clone(), limits)))
        });
        let options = SessionOptions {
            source: Some("azure-kinect".into()),
            ..SessionOptions::default()
        };
        let session = Session::start(fakes, options, Arc::new(|| {})).unwrap();
        let long = Duration::from_secs(20);
        let lost =
            |event: &Event| matches!(event, Event::Source(notice) if notice.text.contains(words));
        events_until(&session, long, lost);
        assert!(session.newest_frame().is_some());
        let back = |event: &Event| matches!(event, Event::Source(notice) if notice.kind == NoticeKind::Back);
        events_until(&session, long, back);
        let demo = synse::live::Command::OpenSource("demo".into());
        session.send(demo).unwrap();
        let opened =
            |event: &Event| matches!(event, Event::SourceOpened { name, .. } if name == "demo");
        events_until(&session, long, opened);
        let predicted = |event: &Event| matches!(event, Event::Prediction(..));
        events_until(&session, long, predicted);
        let again = synse::live::Command::OpenSource("azure-kinect".into());
        session.send(again).unwrap();
        events_until(&session, long, lost);
        let start = Instant::now();
        drop(session);
        assert!(start.elapsed() < Duration::from_secs(2), "{fault}");
    }
}

#[test]
fn a_camera_that_was_held_has_lost_nothing_and_goes_on_with_this_moment() {
    let program = env!("CARGO_BIN_EXE_synse");
    let mut fakes = stages(Duration::ZERO, Duration::ZERO);
    fakes.source = Box::new(move |_| {
        let command = shell(format!("exec '{program}' capture-host demo"));
        Ok(Box::new(hosted(command, HostLimits::default())))
    });
    let options = SessionOptions {
        source: Some("exec:demo".into()),
        ..SessionOptions::default()
    };
    let session = Session::start(fakes, options, Arc::new(|| {})).unwrap();
    let newest = || {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(frame) = session.newest_frame() {
                return frame.timestamp_micros;
            }
            assert!(Instant::now() < end, "no frame comes");
            sleep(Duration::from_millis(2));
        }
    };
    newest();
    session.send(synse::live::Command::Pause).unwrap();
    sleep(Duration::from_millis(300));
    let shown = session
        .newest_frame()
        .map_or(0, |frame| frame.timestamp_micros);
    // Longer than all queues on the way are.
    sleep(Duration::from_millis(2500));
    assert!(session.newest_frame().is_none(), "it is held");
    while session.try_event().is_some() {}
    session.send(synse::live::Command::Resume).unwrap();
    let then = newest();
    assert!(then > shown + 1_500_000, "{shown} and then {then}");
    let told = events_until(
        &session,
        Duration::from_secs(20),
        |event| matches!(event, Event::Stats(stats) if stats.capture_hz > 0.0),
    );
    let Some(Event::Stats(stats)) = told.last() else {
        panic!()
    };
    assert_eq!(stats.dropped_on_link, 0);
}
