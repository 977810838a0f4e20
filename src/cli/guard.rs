//! `synse guard`: what a command for frames starts ends with the window; the window starts it by itself.

use super::Outcome;
use crate::live::host::guard::{Post, end_as, guard};
use anyhow::Context as _;

/// Options of `guard`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// Below another guard.
    #[arg(long, conflicts_with = "ends_with")]
    inner: bool,
    /// Becomes the command, and is killed when this process dies, which started it.
    #[arg(long, value_name = "PROCESS")]
    ends_with: Option<u32>,
    /// The command line, for the shell.
    #[arg(last = true, required = true)]
    line: String,
}

/// Ends as the command ended, when nothing is left of it.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let post = match args.ends_with {
        Some(guard) => Post::Command { guard },
        None if args.inner => Post::Inner,
        None => Post::Outer,
    };
    let status = guard(&args.line, post).context("the command cannot be started")?;
    Ok(Outcome::Code(end_as(status)))
}
