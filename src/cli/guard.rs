//! `synse guard`: what a command for frames starts ends with the window; the window starts it by itself.

use super::Outcome;
use crate::live::host::guard::{end_as, guard};
use anyhow::Context as _;

/// Options of `guard`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// The command line, for the shell.
    #[arg(last = true, required = true)]
    line: String,
}

/// Ends as the command ended, when nothing is left of it.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let status = guard(&args.line).context("the command cannot be started")?;
    Ok(Outcome::Code(end_as(status)))
}
