//! `synse export`: recordings into other file formats; and what `import` shares with it.

use super::Outcome;
use crate::recording::export::{Format, export};
use crate::recording::import::{self, ImportOptions, Unit};
use crate::recording::marks;
use crate::recording::session::ENDING;
use crate::recording::take::Take;
use anyhow::bail;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `export`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// Recordings: sessions (.mcap), .skeleton, .csv, .parquet, .json, .bvh, a clip store, or STORE#CLIP.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// skeleton, csv, parquet, json, bvh or clips.
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    format: Format,
    /// The folder to write to; what is there stays.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Of sessions, each marked segment by itself, upright where the session was played upright, instead of the whole.
    #[arg(long)]
    segments: bool,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// How files are read that do not say all.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct ReadingArgs {
    /// The files' unit of length: m, cm, mm, in, ft or cmu, the unit of CMU's motion capture library as BVH, 5.64 cm
    /// [default: found by the performer's size].
    #[arg(long, value_name = "UNIT", value_parser = parse_unit)]
    unit: Option<Unit>,
    /// Frames per second of files without times [default: 30].
    #[arg(long, value_name = "NUMBER", value_parser = parse_fps)]
    fps: Option<f32>,
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse()
}

fn parse_unit(text: &str) -> Result<Unit, String> {
    text.parse()
}

fn parse_fps(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(fps) if (0.1..=1000.0).contains(&fps) => Ok(fps),
        _ => Err("expected 0.1 to 1000 frames per second".to_owned()),
    }
}

/// Exports, and names the files.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut lost = Vec::new();
    let takes = if args.segments {
        segments(&args.files, &mut lost)?
    } else {
        read_all(&args.files, &args.reading, &mut lost)?
    };
    let exported = export(&takes, args.format, &args.out)?;
    for path in &exported.paths {
        writeln!(out, "{}", path.display())?;
    }
    lost.extend(exported.lost);
    Ok(told(&lost))
}

/// The marked segments of sessions as takes; notes what was lost of them.
fn segments(files: &[String], lost: &mut Vec<String>) -> anyhow::Result<Vec<Take>> {
    let mut takes = Vec::new();
    for file in files {
        let path = Path::new(file);
        let ending = path.extension().unwrap_or_default();
        if !ending.eq_ignore_ascii_case(ENDING) {
            bail!("{file} is no session: --segments exports what is marked in one (.mcap)");
        }
        let marks = marks::of_session(path, lost)?;
        if marks.is_empty() {
            told(lost);
            bail!(
                "no segment is marked in {file}: mark some in the window (`synse replay {file}`)"
            );
        }
        takes.extend(marks::takes_of(path, &marks, None, lost)?);
    }
    if takes.is_empty() {
        bail!("no frame is left of any segment");
    }
    Ok(takes)
}

/// Says what was lost, if anything.
pub(super) fn told(lost: &[String]) -> Outcome {
    for line in lost {
        tracing::warn!("{line}");
    }
    if lost.is_empty() {
        Outcome::Done
    } else {
        Outcome::Lost
    }
}

/// The takes of all files, in their order; notes what was lost of them.
pub(super) fn read_all(
    files: &[String],
    reading: &ReadingArgs,
    lost: &mut Vec<String>,
) -> anyhow::Result<Vec<Take>> {
    let options = ImportOptions {
        unit: reading.unit,
        fps: reading.fps,
    };
    let mut takes = Vec::new();
    for file in files {
        let whole = Path::new(file).exists();
        match file.rsplit_once('#').filter(|_| !whole) {
            Some((store, clip)) => {
                let all = import::read_telling(Path::new(store), &options, lost)?;
                let Some(take) = all.into_iter().find(|take| take.facts.name == clip) else {
                    bail!(
                        "{store} has no clip \"{clip}\"; `synse info {store}` says what it holds"
                    );
                };
                takes.push(take);
            }
            None => takes.extend(import::read_telling(Path::new(file), &options, lost)?),
        }
    }
    Ok(takes)
}
