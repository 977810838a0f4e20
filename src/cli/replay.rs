//! `synse replay`: the window on a recording.

use super::options::{ListArgs, ModelArgs, SourceArgs};
use super::{Outcome, window};
use std::io::Write;
use std::path::PathBuf;

/// Options of `replay`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// A session (.mcap), a .skeleton file or a clip store, as STORE or STORE#CLIP.
    file: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    list: ListArgs,
}

/// Opens the window on a recording, or watches it where there is no display.
pub(super) fn run(args: Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
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
