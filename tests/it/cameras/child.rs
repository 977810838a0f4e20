//! The child's side: it plays the source that its environment names, and writes down what it sees.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use synse::capture::{CaptureError, SourceSpec, Step, open};
use synse::skeleton::{Body, Frame, JOINT_COUNT, Tracking};

pub(super) const SOURCE: &str = "SYNSE_TEST_SOURCE";
pub(super) const REPORT: &str = "SYNSE_TEST_REPORT";
pub(super) const FRAMES: &str = "SYNSE_TEST_FRAMES";
pub(super) const ROUNDS: &str = "SYNSE_TEST_ROUNDS";
/// Milliseconds of patience; without it, each frame is waited for.
pub(super) const PATIENCE: &str = "SYNSE_TEST_PATIENCE";

/// A line of a child's report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Report {
    /// A source was opened: its name, rate, which way is up, and what finds it again.
    Opened {
        name: String,
        fps: f32,
        up: Option<[f32; 3]>,
        again: String,
    },
    /// A frame came.
    Frame(Frame),
    /// Nothing came in time, which took so many milliseconds.
    Waited(u64),
    /// The source ended by itself.
    Ended,
    /// It could not be opened, or broke off.
    Error(String),
    /// After it was closed: frames that it lost, and the process's files and threads.
    Closed {
        dropped: u64,
        files: usize,
        threads: usize,
    },
}

fn count(folder: &str) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name)
        .ok()
        .map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn plays_a_source() {
    // Only as a child; by itself there is nothing to play.
    let (Ok(source), Ok(report)) = (std::env::var(SOURCE), std::env::var(REPORT)) else {
        return;
    };
    let spec: SourceSpec = source.parse().unwrap();
    let mut out = BufWriter::new(File::create(report).unwrap());
    for _ in 0..number(ROUNDS, 1) {
        let mut dropped = 0;
        if let Err(error) = play(&spec, &mut out, &mut dropped) {
            writeln!(out, "error\t{error}").unwrap();
        }
        let (files, threads) = (count("/proc/self/fd"), count("/proc/self/task"));
        writeln!(out, "closed\t{dropped}\t{files}\t{threads}").unwrap();
        out.flush().unwrap();
    }
}

fn play(spec: &SourceSpec, out: &mut impl Write, dropped: &mut u64) -> Result<(), CaptureError> {
    let mut source = open(spec)?;
    let again = source
        .lasting_spec()
        .map(|spec| spec.to_string())
        .unwrap_or_default();
    let up: Vec<String> = source.up().iter().flatten().map(f32::to_string).collect();
    writeln!(
        out,
        "opened\t{}\t{}\t{}\t{again}",
        source.name(),
        source.fps(),
        up.join(" ")
    )
    .unwrap();
    out.flush().unwrap();
    for _ in 0..number(FRAMES, usize::MAX) {
        let asked = Instant::now();
        let step = match number(PATIENCE, 0) {
            0 => source
                .next_frame()
                .map(|frame| frame.map_or(Step::End, Step::Frame)),
            patience => source.step(Duration::from_millis(patience as u64)),
        };
        *dropped = source.dropped();
        let frame = match step? {
            Step::Frame(frame) => frame,
            Step::Waiting => {
                writeln!(out, "waited\t{}", asked.elapsed().as_millis()).unwrap();
                continue;
            }
            Step::Notice(notice) => panic!("{notice:?}"),
            Step::End => {
                writeln!(out, "ended").unwrap();
                return Ok(());
            }
        };
        write!(out, "frame\t{}", frame.timestamp_micros).unwrap();
        for body in &frame.bodies {
            write!(out, "\t{}", body.id).unwrap();
            for (joint, tracking) in body.joints.iter().zip(body.tracking) {
                write!(
                    out,
                    " {} {} {} {}",
                    joint[0], joint[1], joint[2], tracking as u8
                )
                .unwrap();
            }
        }
        writeln!(out).unwrap();
        out.flush().unwrap();
    }
    Ok(())
}

/// Reads as much of a report as has been written whole.
pub(super) fn read(path: &Path) -> Vec<Report> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let whole = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
    whole.lines().map(parse).collect()
}

fn parse(line: &str) -> Report {
    let words: Vec<&str> = line.split('\t').collect();
    match words[0] {
        "opened" => {
            let up: Vec<f32> = words[3]
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .collect();
            Report::Opened {
                name: words[1].to_owned(),
                fps: words[2].parse().unwrap(),
                up: up.try_into().ok(),
                again: words[4].to_owned(),
            }
        }
        "frame" => Report::Frame(Frame {
            timestamp_micros: words[1].parse().unwrap(),
            bodies: words[2..].iter().map(|body| parse_body(body)).collect(),
        }),
        "waited" => Report::Waited(words[1].parse().unwrap()),
        "ended" => Report::Ended,
        "error" => Report::Error(words[1].to_owned()),
        "closed" => Report::Closed {
            dropped: words[1].parse().unwrap(),
            files: words[2].parse().unwrap(),
            threads: words[3].parse().unwrap(),
        },
        other => panic!("{other}"),
    }
}

fn parse_body(text: &str) -> Body {
    let (id, rest) = text.split_once(' ').unwrap();
    let numbers: Vec<f32> = rest.split(' ').map(|word| word.parse().unwrap()).collect();
    let mut body = Body::tracked(id.parse().unwrap(), [[0.0; 3]; JOINT_COUNT]);
    for (index, joint) in numbers.chunks(4).enumerate() {
        body.joints[index].copy_from_slice(&joint[..3]);
        body.tracking[index] = match joint[3] as u8 {
            0 => Tracking::NotTracked,
            1 => Tracking::Inferred,
            _ => Tracking::Tracked,
        };
    }
    body
}
