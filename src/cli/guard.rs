//! `synse guard`: what a command for frames starts ends with the window; the window starts it by itself.

use super::Outcome;
use crate::live::host::guard;
use anyhow::Context as _;

/// Options of `guard`.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Args {
    /// Goes on as the guard of a command that runs as this process's child.
    #[arg(long, value_name = "PROCESS")]
    running: Option<i32>,
    /// The command line, for the shell.
    #[arg(last = true)]
    line: Option<String>,
}

/// Ends as the command ended, when nothing is left of it.
pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let status = match (args.running, &args.line) {
        (Some(command), _) => guard::watch_over(command)?,
        (None, Some(line)) => {
            return Err(guard::start(line)).context("the command cannot be started");
        }
        (None, None) => None,
    };
    Ok(Outcome::Code(guard::end_as(status)))
}
