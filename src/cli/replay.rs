//! `synse replay`: the window on a recording, or all of it answered again.

use super::options::{GateArg, HeadArg, ListArgs, ModelArgs, SourceArgs, parse_probability};
use super::{Outcome, rerun, window};
use std::io::Write;
use std::path::PathBuf;

/// Options of `replay`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// A session (.mcap), a .skeleton file or a clip store, as STORE or STORE#CLIP.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) list: ListArgs,
    /// Answer the whole session again without a window, as fast as it goes, and say how often the answers are those that were
    /// recorded. Model, phrases and settings that are not given are those of the session, each as it was at that time.
    #[arg(long)]
    rerun: bool,
    /// How phrases are scored.
    #[arg(long, value_enum, requires = "rerun")]
    pub(super) head: Option<HeadArg>,
    /// How seen classes and phrases are joined.
    #[arg(long, value_enum, requires = "rerun")]
    pub(super) gate: Option<GateArg>,
    /// No answer below this smoothed probability.
    #[arg(long, value_parser = parse_probability, requires = "rerun")]
    pub(super) threshold: Option<f32>,
    /// A clip store of examples of the phrases.
    #[arg(long, value_name = "STORE", requires = "rerun")]
    pub(super) examples: Option<PathBuf>,
    /// Print one JSON object per prediction, and one with the figures at the end.
    #[arg(long, requires = "rerun")]
    pub(super) json: bool,
}

/// Opens the window on a recording, or watches it where there is no display; or answers it again.
pub(super) fn run(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.rerun {
        return rerun::run(&args, out);
    }
    let source = SourceArgs {
        source: format!("replay:{}", args.file.display()),
    };
    let args = window::Args {
        source,
        model: args.model,
        list: args.list,
    };
    window::run(args, out)
}
