//! `synse capture-host` as a process: what it says, and when it ends.

use super::{FRAMES, HASTY, Stream, gone_within, hosted, runs, suffer};
use crate::cli::{Place, synse};
use crate::wire::{crowd, hello};
use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use synse::capture::wire::Record;
use synse::capture::{Source as _, Step};
use synse::live::host::HostLimits;

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
    let (_, err) = crate::cli::expect(1, ["capture-host", "--test", "osc:0"]);
    assert!(err.contains("does its ip.txt name this computer"), "{err}");
    // Said once, although two processes say it.
    if cfg!(not(windows)) {
        let (_, err) = crate::cli::expect(1, ["capture-host", "--test", "kinect-v2"]);
        assert!(err.starts_with("error: kinect-v2: Microsoft made"), "{err}");
    }
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

/// A program that watches a source, killed as soon as it does.
#[cfg(target_os = "linux")]
fn watch_and_kill(place: &Place, mut watch: Command) {
    let mut watch = watch
        .arg("--bundle")
        .arg(place.path("bundle"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 8];
    let stdout = watch.stdout.as_mut().unwrap();
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"watching");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn no_command_outlives_a_killed_window_whatever_it_ignores() {
    let place = Place::new();
    let stream = Stream::camera();
    for (line, marker) in [
        // It neither reads nor writes any more, and no signal but one ends it.
        ("trap '' HUP INT TERM PIPE; cat STREAM; sleep 4216", "4216"),
        // It writes to nobody for ever.
        (
            "trap '' HUP PIPE; cat STREAM; sleep 4217 & while :; do echo x; sleep 0.1; done 2>/dev/null",
            "4217",
        ),
        // It closed what it was given.
        (
            "cat STREAM; exec </dev/null; sleep 4218 & sleep 4218",
            "4218",
        ),
    ] {
        let line = line.replace("STREAM", &format!("'{}'", stream.path.display()));
        let mut watch = synse();
        watch.args(["watch", "--source", &format!("exec:{line}")]);
        watch_and_kill(&place, watch);
        assert!(gone_within(marker, Duration::from_secs(4)), "{line}");
    }
}

/// What leaves its session, its group, its parent and its pipes, and ignores all that can be ignored.
#[cfg(target_os = "linux")]
fn daemon(marker: &str) -> String {
    format!(
        "setsid sh -c \"trap '' HUP INT TERM PIPE; (sleep {marker}; sleep {marker}) </dev/null >/dev/null 2>&1 & exit\" &"
    )
}

#[cfg(target_os = "linux")]
#[test]
fn no_daemon_of_a_command_outlives_a_killed_window() {
    let place = Place::new();
    let stream = Stream::camera();
    let path = stream.path.display();
    for (line, marker) in [
        // The command stays.
        (
            format!("{} cat '{path}'; sleep 4221", daemon("4220")),
            "4220",
        ),
        // Or is over, with somebody left who holds its output open.
        (
            format!("{} cat '{path}'; sleep 4223 & exit 0", daemon("4222")),
            "4222",
        ),
    ] {
        let mut watch = synse();
        watch.args(["watch", "--source", &format!("exec:{line}")]);
        watch_and_kill(&place, watch);
        assert!(gone_within(marker, Duration::from_secs(4)), "{line}");
    }
    assert!(gone_within("4221", Duration::from_secs(1)));
    assert!(gone_within("4223", Duration::from_secs(1)));
}

#[cfg(target_os = "linux")]
#[test]
fn no_daemon_of_a_command_outlives_its_source() {
    let stream = Stream::camera();
    for (fault, marker) in [("sleep 4225", "4224"), ("exit 3", "4226")] {
        let mut host = hosted(stream.then(&format!("{} {fault}", daemon(marker))), HASTY);
        let mut frames = 0;
        while frames < FRAMES {
            frames += u64::from(matches!(
                host.step(Duration::from_secs(1)).unwrap(),
                Step::Frame(_)
            ));
        }
        drop(host);
        assert!(!runs(marker), "{fault}");
    }
    // Nor its restart: what an earlier start left is gone before the next, and how it ended is told all the same.
    let limits = HostLimits {
        grace: Duration::from_secs(5),
        ..HASTY
    };
    let mut host = hosted(stream.then(&format!("{} exit 3", daemon("4227"))), limits);
    let (_, losses) = suffer(&mut host, 1);
    assert!(!runs("4227") && losses[0].contains("code 3"), "{losses:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_guard_obeys_a_signal_and_no_script_ends_it() {
    let guarded = |line: &str| {
        let mut guard = synse();
        guard.args(["guard", "--", line]).stdin(Stdio::piped());
        guard.spawn().unwrap()
    };
    let mut guard = guarded(&format!("{} sleep 4229", daemon("4228")));
    while !runs("4228") {
        sleep(Duration::from_millis(5));
    }
    let id = guard.id().to_string();
    assert!(Command::new("kill").arg(&id).status().unwrap().success());
    assert!(gone_within("4228", Duration::from_secs(3)));
    assert!(!guard.wait().unwrap().success());
    // Scripts end what they started so; the daemon is none of their group.
    let line = format!("trap 'kill 0' EXIT; {} sleep 0.1", daemon("4230"));
    let mut guard = guarded(&line);
    sleep(Duration::from_millis(500));
    assert!(guard.try_wait().unwrap().is_none() && runs("4230"));
    drop(guard.stdin.take());
    assert_eq!(guard.wait().unwrap().signal(), Some(15));
    assert!(!runs("4230"));
}

/// The one child of a process that has one, which is about to start it.
#[cfg(target_os = "linux")]
fn child_of(process: u32) -> u32 {
    let path = format!("/proc/{process}/task/{process}/children");
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        if let Ok(child) = fs::read_to_string(&path).unwrap().trim().parse() {
            return child;
        }
        assert!(Instant::now() < until, "it starts nothing");
        sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_command_outlives_a_killed_guard() {
    // Each guard is killed, and then both at once, which only a command's own daemon may live through.
    for (dies, marker, daemon) in [
        ("outer", "4231", daemon("4232")),
        ("inner", "4233", daemon("4234")),
        ("both", "4235", String::new()),
    ] {
        let line = format!("{daemon} trap '' HUP INT TERM PIPE; exec sleep {marker}");
        let mut guard = synse();
        guard
            .args(["guard", "--", &line])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut guard = guard.spawn().unwrap();
        let (outer, inner) = (guard.id(), child_of(guard.id()));
        let until = Instant::now() + Duration::from_secs(10);
        while !runs(marker) || (!daemon.is_empty() && !runs("4232") && !runs("4234")) {
            assert!(Instant::now() < until, "{dies}: it does not start");
            sleep(Duration::from_millis(5));
        }
        let killed = match dies {
            "outer" => vec![outer],
            "inner" => vec![inner],
            _ => vec![outer, inner],
        };
        let status = Command::new("kill")
            .arg("-9")
            .args(killed.iter().map(u32::to_string))
            .status();
        assert!(status.unwrap().success());
        // Whoever asked is still there, with both ends of both pipes.
        assert_eq!(guard.wait().unwrap().signal(), Some(9), "{dies}");
        for left in [marker, "4232", "4234"] {
            assert!(gone_within(left, Duration::from_secs(4)), "{dies}: {left}");
        }
        drop(guard);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_hanging_sdk_outlives_a_killed_window() {
    let Some(fakes) = crate::cameras::fakes() else {
        return;
    };
    let place = Place::new();
    let program = place.path("orphan3");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_synse"), &program).unwrap();
    let mut watch = synse();
    watch
        .args(["watch", "--source", "azure-kinect"])
        .env("SYNSE_CAPTURE_HOST", &program)
        .env("SYNSE_K4A_DIR", &fakes.microsoft)
        .env("SYNSE_K4ABT_DIR", &fakes.microsoft)
        .env("SYNSE_FAKE", "hang_after=2 period_us=5000");
    watch_and_kill(&place, watch);
    let program = program.display().to_string();
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
