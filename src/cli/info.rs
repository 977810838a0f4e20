//! `synse info`: what a session, clip store, .skeleton file or another recording holds, and what was lost of it.

use super::Outcome;
use super::output::{InfoLine, print_json};
use crate::capture::clip_store::ClipStore;
use crate::capture::ntu_skeleton;
use crate::recording::import::{self, ImportOptions};
use crate::recording::session::{ENDING, SessionFile};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `info`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A session (.mcap), a clip store, or a .skeleton, .csv, .parquet, .json or .bvh file.
    file: PathBuf,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Says what a file holds.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let is_session = args
        .file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
    let (line, notes) = if is_session {
        session(&args.file)?
    } else if ntu_skeleton::is_one(&args.file) {
        (skeleton(&args.file)?, Vec::new())
    } else if import::is_foreign(&args.file) {
        (takes(&args.file)?, Vec::new())
    } else {
        (store(&args.file)?, Vec::new())
    };
    for note in &notes {
        tracing::warn!("{}: {note}", args.file.display());
    }
    let outcome = if line.lost_seconds > 0.0 {
        Outcome::Lost
    } else {
        Outcome::Done
    };
    if args.json {
        print_json(out, &line)?;
        return Ok(outcome);
    }
    writeln!(
        out,
        "{}: {} frames, {:.1} seconds at {:.1} frames per second, at most {} {} at a time",
        line.kind,
        line.frames,
        line.seconds,
        line.fps,
        line.bodies,
        if line.bodies == 1 { "body" } else { "bodies" }
    )?;
    for source in &line.sources {
        writeln!(out, "  from: {source}")?;
    }
    for phrase in &line.phrases {
        writeln!(out, "  {phrase}")?;
    }
    for marker in &line.markers {
        writeln!(out, "  marked: {marker}")?;
    }
    if line.recovered {
        writeln!(out, "  recovered; {:.2} s are lost", line.lost_seconds)?;
    }
    Ok(outcome)
}

/// Reads a whole session; what is wrong with it is told in words too.
fn session(path: &Path) -> anyhow::Result<(InfoLine, Vec<String>)> {
    let info = SessionFile::open(path)?.info()?;
    let line = InfoLine {
        kind: "session",
        frames: info.frames,
        bodies: info.bodies,
        seconds: info.seconds,
        fps: info.fps,
        recovered: info.recovery.recovered,
        lost_seconds: info.recovery.lost_seconds,
        sources: info.sources,
        markers: info.markers,
        phrases: info.phrases,
    };
    Ok((line, info.recovery.notes))
}

fn skeleton(path: &Path) -> anyhow::Result<InfoLine> {
    let frames = ntu_skeleton::read(path)?;
    let seconds = match (frames.first(), frames.last()) {
        (Some(first), Some(last)) => {
            let span = last.timestamp_micros.saturating_sub(first.timestamp_micros) as f64 * 1e-6;
            // The last frame lasts as long as the others.
            span * frames.len() as f64 / (frames.len() - 1).max(1) as f64
        }
        _ => 0.0,
    };
    Ok(InfoLine {
        kind: "ntu-skeleton",
        frames: frames.len() as u64,
        bodies: frames
            .iter()
            .map(|frame| frame.bodies.len())
            .max()
            .unwrap_or(0),
        seconds,
        fps: rate(frames.len() as f64, seconds),
        recovered: false,
        lost_seconds: 0.0,
        sources: Vec::new(),
        markers: Vec::new(),
        phrases: Vec::new(),
    })
}

/// A file of takes: a table, JSON or BVH.
fn takes(path: &Path) -> anyhow::Result<InfoLine> {
    let takes = import::read(path, &ImportOptions::default())?;
    let ending = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let frames: usize = takes.iter().map(|take| take.frames.len()).sum();
    let seconds = takes
        .iter()
        .map(|take| rate(take.frames.len() as f64, f64::from(take.fps)))
        .sum();
    let bodies = takes.iter().flat_map(|take| &take.frames);
    let mut phrases: Vec<String> = takes.iter().map(|take| take.facts.phrase.clone()).collect();
    phrases.retain(|phrase| !phrase.is_empty());
    phrases.sort();
    phrases.dedup();
    Ok(InfoLine {
        kind: match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("parquet") => "parquet",
            Some("json") => "json",
            Some("bvh") => "bvh",
            _ => "table",
        },
        frames: frames as u64,
        bodies: bodies.map(|frame| frame.bodies.len()).max().unwrap_or(0),
        seconds,
        fps: rate(frames as f64, seconds),
        recovered: false,
        lost_seconds: 0.0,
        sources: Vec::new(),
        markers: Vec::new(),
        phrases,
    })
}

fn store(path: &Path) -> anyhow::Result<InfoLine> {
    let store = ClipStore::open(path)?;
    let (mut frames, mut bodies, mut seconds) = (0_u64, 0, 0.0);
    let mut phrases: Vec<String> = Vec::new();
    for clip in &store.clips {
        frames += clip.frames as u64;
        bodies = bodies.max(if clip.frames > 0 { clip.bodies } else { 0 });
        seconds += rate(clip.frames as f64, f64::from(clip.fps));
        if !phrases.contains(&clip.phrase) {
            phrases.push(clip.phrase.clone());
        }
    }
    phrases.sort();
    Ok(InfoLine {
        kind: "clip-store",
        frames,
        bodies,
        seconds,
        fps: rate(frames as f64, seconds),
        recovered: false,
        lost_seconds: 0.0,
        sources: Vec::new(),
        markers: Vec::new(),
        phrases,
    })
}

/// So many per so many; 0 of nothing.
fn rate(count: f64, per: f64) -> f64 {
    if per > 0.0 { count / per } else { 0.0 }
}
