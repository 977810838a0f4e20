//! Capture hosts that crash, hang, talk nonsense and die: frames go on, and nothing of them stays behind.
#![cfg(unix)]

use crate::cli::{Place, synse};
use crate::fakes::{events_until, stages};
use crate::wire::{crowd, hello, written};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};
use synse::capture::wire::Record;
use synse::capture::{NoticeKind, Source, Step};
use synse::live::host::{HostCommand, HostLimits, Hosted};
use synse::live::{Event, Session, SessionOptions};

/// Short enough for hundreds of faults in a test.
const HASTY: HostLimits = HostLimits {
    open: Duration::from_secs(5),
    silence: Duration::from_millis(80),
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(3),
    grace: Duration::from_millis(20),
};

/// Frames in every host's life.
const FRAMES: u64 = 5;

/// A stream as a file, to be played by shell commands.
pub(crate) struct Stream {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Stream {
    pub(crate) fn new(records: &[Record]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stream");
        fs::write(&path, written(records)).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    /// A camera that sends a few frames; it neither says that it ends nor why.
    pub(crate) fn camera() -> Self {
        let frames = (0..FRAMES).map(|index| crowd(index, 6));
        Self::new(&[hello(true)].into_iter().chain(frames).collect::<Vec<_>>())
    }

    /// The command that sends it, and then does something else.
    pub(crate) fn then(&self, what: &str) -> HostCommand {
        HostCommand::Shell(format!("cat '{}'; {what}", self.path.display()))
    }
}

pub(crate) fn hosted(command: HostCommand, limits: HostLimits) -> Hosted {
    Hosted::start("azure-kinect".into(), command, limits).unwrap()
}

/// Plays until it was lost so many times; how many frames came, and what was said of each loss.
pub(crate) fn suffer(host: &mut Hosted, times: usize) -> (usize, Vec<String>) {
    let until = Instant::now() + Duration::from_secs(120);
    let (mut frames, mut losses) = (0, Vec::new());
    let mut newest = 0;
    while losses.len() < times {
        assert!(Instant::now() < until, "only {losses:?}");
        match host.step(Duration::from_millis(50)).unwrap() {
            Step::Frame(frame) => {
                assert!(frame.timestamp_micros > newest || frames == 0);
                newest = frame.timestamp_micros;
                frames += 1;
            }
            Step::Notice(notice) if notice.kind == NoticeKind::Lost => losses.push(notice.text),
            Step::Notice(_) | Step::Waiting => {}
            Step::End => panic!("a camera does not end"),
        }
    }
    (frames, losses)
}

/// What this process holds: open files, threads, and children.
fn holdings() -> (usize, usize, usize) {
    let count = |path: &str| fs::read_dir(path).unwrap().count();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok())
        .map(|ids| ids.split_whitespace().count())
        .sum();
    (count("/proc/self/fd"), count("/proc/self/task"), children)
}

/// Whether any process has this among its arguments.
fn runs(marker: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .any(|line| {
            line.split(|byte| *byte == 0)
                .any(|arg| arg == marker.as_bytes())
        })
}

fn gone_within(marker: &str, time: Duration) -> bool {
    let until = Instant::now() + time;
    while runs(marker) {
        if Instant::now() > until {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}

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

/// Runs an ignored test, and it alone, in a process of its own.
pub(crate) fn passes_alone(test: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .args(["--ignored", "--nocapture", "--test-threads", "1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
fn faults_leave_nothing_behind() {
    // Other tests open files and start threads beside this one, so it counts in a process of its own.
    passes_alone("hosts::every_fault_again_and_again");
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
        // Only silence is waited for; on a busy machine everything else may take longer than that.
        let waited_for = words.contains("no sign of life");
        let silence = if waited_for {
            HASTY.silence
        } else {
            Duration::from_secs(20)
        };
        let mut host = hosted(stream.then(fault), HostLimits { silence, ..HASTY });
        let (frames, losses) = suffer(&mut host, TIMES);
        drop(host);
        println!("{fault}: {TIMES} times in {:?}", start.elapsed());
        let other = losses.iter().find(|text| !text.contains(words));
        assert!(other.is_none(), "{fault}: {other:?}");
        assert!(losses[0].starts_with("azure-kinect: "), "{losses:?}");
        // A host that silence ended may not have come to its last frames.
        let least = if waited_for { 1 } else { FRAMES as usize };
        assert!(frames >= TIMES * least, "{fault}: {frames}");
        assert!(frames <= (TIMES + 1) * FRAMES as usize, "{fault}: {frames}");
        assert!(!runs("4211"), "{fault}");
        assert_eq!(holdings(), before, "{fault}: files, threads, children");
    }
}

#[test]
fn a_host_killed_at_any_moment_comes_back() {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_synse"));
    let command = HostCommand::Shell(format!("exec '{}' capture-host demo", program.display()));
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
            ..HASTY
        };
        let mut host = hosted(HostCommand::Shell(command.into()), limits);
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
    let mut host = hosted(stream.then("exit 0"), HASTY);
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
    let mut host = hosted(HostCommand::Shell(line), HASTY);
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
            longest_pause: Duration::from_secs(60),
            first_pause: Duration::from_millis(50),
            ..HASTY
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

/// A host of ours with pipes at both ends.
fn capture_host() -> std::process::Child {
    synse()
        .args(["capture-host", "demo"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ends(mut host: std::process::Child) -> i32 {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(status) = host.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        assert!(Instant::now() < until, "it does not end");
        sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_capture_host_ends_when_either_pipe_closes() {
    let mut host = capture_host();
    let mut start = [0; 64];
    host.stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut start)
        .unwrap();
    assert!(start.starts_with(b"SYNSECAP"));
    let stdout = host.stdout.take();
    drop(host.stdin.take());
    assert_eq!(ends(host), 0);
    drop(stdout);
    let mut host = capture_host();
    drop(host.stdout.take());
    let stdin = host.stdin.take();
    assert_eq!(ends(host), 0);
    drop(stdin);
}

#[test]
fn the_capture_host_says_what_is_wrong_in_the_stream_and_on_stderr() {
    let output = synse()
        .args(["capture-host", "replay:/no/such.skeleton"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such.skeleton"));
    let mut reader = synse::capture::wire::StreamReader::new(&output.stdout[..]);
    let Some(Record::Error(text)) = reader.read().unwrap() else {
        panic!("no error in the stream")
    };
    assert!(text.contains("/no/such.skeleton"));
    let output = synse().args(["capture-host", "webcam"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_source_is_tested_and_said_to_be_well_or_why_not() {
    let (out, _) = crate::cli::expect(0, ["capture-host", "--test", "demo"]);
    assert!(out.starts_with("OK: demo"), "{out}");
    let command = "exec:echo Permission denied";
    let (_, err) = crate::cli::expect(1, ["capture-host", "--test", command]);
    assert!(err.contains("Permission denied"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn no_host_outlives_its_parent_however_that_dies() {
    // Its standard input stays open, so that only the parent's death can tell it.
    let place = Place::new();
    let marked = |name: &str| {
        // Found among all processes by its name.
        let path = place.path(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_synse"), &path).unwrap();
        path.display().to_string()
    };
    let program = marked("orphan1");
    let line = format!("exec 3<&0; '{program}' capture-host demo <&3 >/dev/null & wait");
    let mut parent = Command::new("sh")
        .args(["-c", &line])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    while !runs(&program) {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(200));
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(gone_within(&program, Duration::from_secs(3)));

    // And the whole chain: a program that is killed while it watches a command's frames.
    let program = marked("orphan2");
    let source = format!("exec:'{program}' capture-host demo");
    let mut watch = synse()
        .args(["watch", "--source", &source, "--bundle"])
        .arg(place.path("bundle"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 8];
    watch
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    assert_eq!(&first, b"watching");
    assert!(runs(&program));
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert!(gone_within(&program, Duration::from_secs(3)));
}

#[test]
fn cameras_run_in_a_host_of_ours() {
    let place = Place::new();
    let stream = Stream::new(
        &[hello(false)]
            .into_iter()
            .chain((0..60).map(|index| crowd(index, 1)))
            .chain([Record::End])
            .collect::<Vec<_>>(),
    );
    let fake = stream.path.with_file_name("fake-host");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > '{args}'\ncat '{stream}'\n",
        args = stream.path.with_file_name("args").display(),
        stream = stream.path.display()
    );
    fs::write(&fake, script).unwrap();
    make_executable(&fake);
    let output = synse()
        .env("SYNSE_CAPTURE_HOST", &fake)
        .args(["watch", "--fast", "--source", "mkv:dance.mkv", "--bundle"])
        .arg(place.path("bundle"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("watching Azure Kinect at 30"), "{text}");
    let args = fs::read_to_string(stream.path.with_file_name("args")).unwrap();
    assert_eq!(args.trim(), "capture-host --fast -- mkv:dance.mkv");
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
