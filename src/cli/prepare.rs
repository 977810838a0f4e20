//! `synse prepare`: raw data sets become clip stores.

use super::output::print_json;
use super::{Outcome, complain};
use crate::prepare::{Identity, Ntu, Settings, Summary, run};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Options of `synse prepare`.
#[derive(Args, Debug)]
pub(super) struct PrepareArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// NTU RGB+D: 60 actions, 56,880 .skeleton files.
    Ntu60(NtuArgs),
    /// NTU RGB+D 120: 120 actions, 114,480 .skeleton files.
    Ntu120(NtuArgs),
}

/// How bodies are told apart and chosen.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Profile {
    /// By the tracker's id; ghosts left out, somebody who was lost and found again is one body.
    Ours,
    /// By their place in the frame, as the released code does.
    Reference,
}

/// Options of `synse prepare ntu60` and `ntu120`.
#[derive(Args, Debug)]
struct NtuArgs {
    /// Folder of the .skeleton files; they may lie in folders below it.
    folder: PathBuf,
    /// The clip store to make: NAME; splits.csv and NAME.report.csv are put beside it. A stopped run goes on by the same
    /// command.
    #[arg(long, value_name = "STORE")]
    out: PathBuf,
    /// The published list of samples with missing skeletons: a name a line.
    #[arg(long, value_name = "LIST")]
    missing: Option<PathBuf>,
    /// Cut clips off after so many frames (the released code: 300).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    frames: Option<u32>,
    /// How bodies are told apart and chosen.
    #[arg(long, value_enum, default_value_t = Profile::Ours)]
    profile: Profile,
    /// Stop after so many files, to go on later by the same command.
    #[arg(long, value_name = "FILES")]
    stop_after: Option<usize>,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs `synse prepare`.
pub(super) fn run_prepare(args: &PrepareArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let (dataset, args) = match &args.what {
        What::Ntu60(args) => (Ntu::Sixty, args),
        What::Ntu120(args) => (Ntu::OneTwenty, args),
    };
    let settings = Settings {
        dataset,
        folder: args.folder.clone(),
        out: args.out.clone(),
        missing: args.missing.clone(),
        frames: args.frames.map(|frames| frames as usize),
        identity: match args.profile {
            Profile::Ours => Identity::Tracker,
            Profile::Reference => Identity::Place,
        },
        stop_after: args.stop_after,
    };
    let bar = ProgressBar::new(0).with_message(dataset.name());
    let style = "{msg} {wide_bar} {human_pos} of {human_len} files, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    let started = Instant::now();
    let summary = run(&settings, &|more, total| {
        bar.set_length(total as u64);
        if more == 1 {
            bar.inc(1);
        } else {
            // Done by an earlier call, in no time: it says nothing of the speed of this one.
            bar.set_position(more as u64);
            bar.reset_eta();
        }
    })?;
    bar.finish_and_clear();
    for loss in &summary.losses {
        complain(&format!("{}: {}", loss.file, loss.reason));
    }
    if args.json {
        print_json(out, &summary)?;
    } else {
        say(&summary, started.elapsed().as_secs_f64(), out)?;
    }
    Ok(if summary.losses.is_empty() {
        Outcome::Done
    } else {
        Outcome::Lost
    })
}

/// Says what came of it in words.
fn say(summary: &Summary, seconds: f64, out: &mut dyn Write) -> anyhow::Result<()> {
    let Summary {
        files,
        done,
        clips,
        of_two,
        frames,
        left_out,
        held,
        ghosts,
        cut,
        missing,
        of_other_setups,
        ..
    } = summary;
    writeln!(
        out,
        "{done} of {files} files in {seconds:.1} s: {clips} clips of {frames} frames, {of_two} of them of two bodies"
    )?;
    for (count, what) in [
        (
            left_out,
            "files left out because of what is wrong with them",
        ),
        (
            held,
            "coordinates out of the store's reach, held at its limit",
        ),
        (ghosts, "ghosts left out"),
        (cut, "frames cut off, as asked for"),
        (missing, "files passed over that the list calls missing"),
        (of_other_setups, "files of the larger data set passed over"),
    ] {
        if *count > 0 {
            writeln!(out, "  {count} {what}")?;
        }
    }
    if summary.complete {
        writeln!(out, "file by file: {}", summary.report.display())?;
    } else {
        writeln!(out, "stopped before the end: the same command goes on")?;
    }
    Ok(())
}
