//! What a capture host costs: a frame's delay, frames a second, and memory.
#![cfg(unix)]

use crate::alone::passes_alone;
use crate::hosts::{Stream, hosted, shell};
use crate::wire::{crowd, hello, written};
use std::fs;
use std::time::{Duration, Instant};
use synse::capture::Source as _;
#[cfg(target_os = "linux")]
use synse::capture::Step;
use synse::capture::wire::Record;
use synse::live::host::{HostCommand, HostLimits};

/// From the moment that six people's images are there in a capture host of ours until their bodies are at hand here, frame
/// by frame, shortest first: what the host makes of them, its stream, the pipe, and what is made of that.
#[cfg(target_os = "linux")]
fn delays(fakes: &crate::cameras::Fakes, frames: usize) -> Vec<Duration> {
    let sdk = fakes.microsoft.display();
    let line = format!(
        "SYNSE_K4A_DIR='{sdk}' SYNSE_K4ABT_DIR='{sdk}' SYNSE_FAKE='now=1 period_us=33333 bodies=6' exec '{}' capture-host \
         azure-kinect",
        env!("CARGO_BIN_EXE_synse")
    );
    let mut host = hosted(shell(line), HostLimits::default());
    let mut delays = Vec::new();
    while delays.len() < frames {
        let step = host.step(Duration::from_secs(1)).unwrap();
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let Step::Frame(frame) = step else { continue };
        assert_eq!(frame.bodies.len(), 6);
        let now = Duration::new(
            now.tv_sec.try_into().unwrap(),
            now.tv_nsec.try_into().unwrap(),
        );
        // The fake's clock is that of this computer, in whole microseconds.
        let taken = Duration::from_micros(frame.timestamp_micros);
        delays.push(now.checked_sub(taken).unwrap());
    }
    delays.sort_unstable();
    delays
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stdout, reason = "the delays are what one looks at")]
fn a_frame_of_six_people_is_at_hand_within_a_millisecond() {
    let Some(fakes) = crate::cameras::fakes() else {
        return;
    };
    let mut rounds = Vec::new();
    for _ in 0..4 {
        let delays = delays(fakes, 90);
        let (median, late) = (delays[delays.len() / 2], delays[delays.len() * 95 / 100]);
        println!("images to bodies by way of a host: median {median:?}, 95th percentile {late:?}");
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
