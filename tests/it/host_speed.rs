//! What a capture host costs: a frame's delay, frames a second, and memory.
#![cfg(unix)]

use crate::hosts::{Stream, hosted, passes_alone};
use crate::wire::{crowd, hello, written};
use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};
use synse::capture::wire::Record;
use synse::capture::{Source as _, Step};
use synse::live::host::{HostCommand, HostLimits};

/// Writes six people's frames at their pace into a pipe that a command reads; from a frame's writing to its being at hand.
fn delays(frames: u64, pause: Duration) -> Vec<Duration> {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("frames");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let command = HostCommand::Shell(format!("exec cat '{}'", fifo.display()));
    let mut host = hosted(command, HostLimits::default());
    let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    let greeting = written(&[hello(true)]);
    let start = greeting.len();
    pipe.write_all(&greeting).unwrap();
    let mut delays = Vec::new();
    let mut sent = Vec::new();
    let mut next = Instant::now();
    for index in 0..frames {
        let stream = written(&[hello(true), crowd(index, 6)]);
        next += pause;
        sleep(next.saturating_duration_since(Instant::now()));
        sent.push(Instant::now());
        pipe.write_all(&stream[start..]).unwrap();
        let frame = loop {
            if let Step::Frame(frame) = host.step(Duration::from_secs(1)).unwrap() {
                break frame;
            }
        };
        assert_eq!(frame.timestamp_micros, index * 33_333);
        delays.push(sent[index as usize].elapsed());
    }
    delays.sort_unstable();
    delays
}

#[test]
#[expect(clippy::print_stdout, reason = "the delays are what one looks at")]
fn a_frame_of_six_people_is_at_hand_within_a_millisecond() {
    let mut rounds = Vec::new();
    for _ in 0..4 {
        let delays = delays(90, Duration::from_micros(33_333));
        let (median, late) = (delays[delays.len() / 2], delays[delays.len() * 95 / 100]);
        println!(
            "written to read, by way of a second process: median {median:?}, 95th percentile {late:?}"
        );
        if median < Duration::from_millis(1) {
            return;
        }
        rounds.push(median);
    }
    panic!("medians of {rounds:?}");
}

#[test]
#[expect(clippy::print_stdout, reason = "rates are what one looks at")]
fn host_and_pipe_carry_ten_times_what_a_camera_sends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("six.skeleton");
    let frames: Vec<_> = (0..1200)
        .filter_map(|index| match crowd(index, 6) {
            Record::Frame(sent) => Some(sent.frame),
            _ => None,
        })
        .collect();
    synse::capture::ntu_skeleton::write(&path, &frames).unwrap();
    let command = HostCommand::Program {
        program: env!("CARGO_BIN_EXE_synse").into(),
        source: format!("replay:{}", path.display()),
    };
    let mut host = hosted(command, HostLimits::default());
    let mut count = 0_u32;
    let mut start = None;
    while let Some(frame) = host.next_frame().unwrap() {
        assert_eq!(frame.bodies.len(), 6);
        start.get_or_insert_with(Instant::now);
        count += 1;
    }
    let seconds = start.unwrap().elapsed().as_secs_f64();
    let rate = f64::from(count) / seconds;
    println!("{count} frames of six people through host and pipe: {rate:.0} a second");
    assert_eq!(count, 1200);
    assert!(rate > 300.0, "{rate}");
}

#[test]
fn memory_stays_flat() {
    passes_alone("host_speed::an_hour_of_frames");
}

#[test]
#[ignore = "started by memory_stays_flat"]
#[expect(clippy::print_stdout, reason = "memory is what one looks at")]
fn an_hour_of_frames() {
    /// An hour at 30 frames a second.
    const HOUR: u64 = 108_000;
    let resident = || {
        let text = fs::read_to_string("/proc/self/statm").unwrap();
        text.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            * 4
    };
    let some: Vec<Record> = (0..1000).map(|index| crowd(index, 6)).collect();
    let head = Stream::new(&[hello(false)]);
    let body = written(&some)[10..].to_vec();
    let loops = head.path.with_file_name("loop");
    fs::write(&loops, body).unwrap();
    let line = format!("while :; do cat '{}' || exit; done", loops.display());
    let mut host = hosted(head.then(&line), HostLimits::default());
    let (mut count, mut early) = (0, 0);
    let start = Instant::now();
    while count < HOUR {
        assert!(host.next_frame().unwrap().is_some());
        count += 1;
        if count == 5000 {
            early = resident();
        }
    }
    let late = resident();
    println!(
        "{count} frames of six people in {:.1} s; {early} KiB resident early, {late} KiB late",
        start.elapsed().as_secs_f32()
    );
    assert!(late < early + 2048, "{early} KiB grew to {late} KiB");
}
