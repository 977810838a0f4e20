//! The command line: what can be asked, where answers go, and exit codes.

mod capture_host;
mod classify;
mod corpus;
mod damage;
#[cfg(feature = "ui")]
mod desktop;
mod doctor;
mod doctor_cameras;
mod embed;
mod evaluate;
mod evaluate_clips;
mod export;
pub mod features;
#[cfg(target_os = "linux")]
mod guard;
mod import;
mod info;
mod lexicon;
mod options;
mod output;
mod prepare;
mod record;
mod replay;
mod report;
mod rerun;
mod table1;
pub mod train;
mod watch;
mod window;

use self::output::is_broken_pipe;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Names what people do in front of a depth camera, including actions that no model was trained on.
///
/// Without a command it opens the window; with no display it says so and recognises in the terminal.
#[derive(Debug, Parser)]
#[command(name = "synse", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: window::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Recognises live without a window.
    Watch(watch::Args),
    /// Records a session without a window: frames, predictions and phrases, as MCAP.
    Record(record::Args),
    /// Opens the window on a recording, or answers all of it again.
    Replay(replay::Args),
    /// Ranks what whole recorded clips show.
    Classify(classify::Args),
    /// Shows how phrases are read: verb, noun, motion card, and their vectors.
    Embed(embed::Args),
    /// Says what a session, clip store or .skeleton file holds, and what was lost of it.
    Info(info::Args),
    /// Writes the features of every clip of a store.
    Features(features::FeaturesArgs),
    /// Turns raw data sets into clip stores.
    Prepare(prepare::PrepareArgs),
    /// Trains models.
    Train(train::TrainArgs),
    /// Scores methods on recorded clips.
    Evaluate(evaluate::EvaluateArgs),
    /// Turns recordings into .skeleton, CSV, Parquet, JSON, BVH or a clip store.
    Export(export::Args),
    /// Reads recordings of other tools into a clip store, or completes a bundle with files that you downloaded.
    Import(import::Args),
    /// Sends a camera's bodies to standard output, for a window here or on another machine.
    CaptureHost(capture_host::Args),
    /// Starts a command for frames and ends all of it with who asked for them.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Guard(guard::Args),
    /// Makes the vectors of the motion lexicon anew: needed by whoever edits its tables.
    #[command(hide = true)]
    Lexicon(lexicon::Args),
    /// Checks models, devices, display and camera SDKs, and says what to do about what is missing.
    Doctor,
}

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// All was done.
    Done,
    /// It finished, but data was lost on the way.
    Lost,
    /// A command that it ran ended with this exit code.
    #[cfg(target_os = "linux")]
    Code(u8),
}

/// The command line asks for something that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

/// Exit code of an error.
const FAILED: u8 = 1;
/// Exit code of bad usage.
const BAD_USAGE: u8 = 2;
/// Exit code of a run that finished, but lost data.
const DATA_LOST: u8 = 3;

/// Runs the program with these arguments, the program's own name first.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout and are no failure; a reader that has left does not matter.
            error.print().ok();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(BAD_USAGE));
        }
    };
    start_log();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = run(cli, &mut out);
    // What was found before an error is told too.
    let flushed = out.flush();
    let result = result.and_then(|outcome| {
        flushed?;
        Ok(outcome)
    });
    let code = match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Lost) => DATA_LOST,
        #[cfg(target_os = "linux")]
        Ok(Outcome::Code(code)) => code,
        // `synse ... | head` is a fine thing to do.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            complain(&format!("error: {}", whole_story(&error)));
            if error.is::<UsageError>() {
                BAD_USAGE
            } else {
                FAILED
            }
        }
    };
    // What is still buffered has no reader: flushing it on drop would only fail again.
    drop(out.into_parts());
    ExitCode::from(code)
}

fn run(cli: Cli, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match cli.command {
        None => window::run(cli.window, out),
        Some(Command::Watch(args)) => watch::run(&args, out),
        Some(Command::Record(args)) => record::run(&args, out),
        Some(Command::Replay(args)) => replay::run(args, out),
        Some(Command::Classify(args)) => classify::run(&args, out),
        Some(Command::Embed(args)) => embed::run(&args, out),
        Some(Command::Info(args)) => info::run(&args, out),
        Some(Command::Features(args)) => features::run_features(&args, out).map(|()| Outcome::Done),
        Some(Command::Prepare(args)) => prepare::run_prepare(&args, out),
        Some(Command::Train(args)) => train::run_train(&args, out).map(|()| Outcome::Done),
        Some(Command::Evaluate(args)) => evaluate::run_evaluate(&args, out),
        Some(Command::Export(args)) => export::run(&args, out),
        Some(Command::Import(args)) => import::run(&args, out),
        Some(Command::CaptureHost(args)) => capture_host::run(&args, out),
        #[cfg(target_os = "linux")]
        Some(Command::Guard(args)) => guard::run(&args),
        Some(Command::Lexicon(args)) => lexicon::run(&args, out),
        Some(Command::Doctor) => doctor::run(out),
    }
}

/// Logs go to stderr: warnings of ours and errors of all, unless `RUST_LOG` says otherwise. What graphics libraries say
/// while they look for adapters is no error of anybody's.
fn start_log() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("error,wgpu_hal=off,wgpu_core=off,synse=warn"));
    // A log that was started before, by whoever embeds this, is kept.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .try_init()
        .ok();
}

/// An error with its causes, each said once: many messages quote their cause already.
fn whole_story(error: &anyhow::Error) -> String {
    let mut story = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if story.is_empty() {
            story = text;
        } else if !story.contains(&text) {
            story = format!("{story}: {text}");
        }
    }
    story
}

/// Says something on stderr; when that is closed too, nobody is left to tell.
fn complain(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}

#[cfg(test)]
mod tests {
    use super::{Cli, whole_story};
    use clap::CommandFactory as _;

    #[test]
    fn a_cause_is_said_once() {
        let cause = std::io::Error::other("disk on fire");
        let quoted = anyhow::Error::new(cause).context("cannot read x: disk on fire");
        assert_eq!(whole_story(&quoted), "cannot read x: disk on fire");
        let apart = anyhow::Error::new(std::io::Error::other("disk on fire")).context("training");
        assert_eq!(whole_story(&apart), "training: disk on fire");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
