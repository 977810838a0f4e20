//! `synse capture-host`: a source's frames on standard output, for a window here or on another machine.

use super::Outcome;
use crate::capture::{self, SourceSpec, wire};
use crate::live::host::serve::{end_with_parent, serve};
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Options of `capture-host`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// What to play: azure-kinect, kinect-v2, mkv:FILE, demo, replay:FILE, osc:PORT.
    source: SourceSpec,
    /// Send a recording as fast as it is taken, instead of at its own pace.
    #[arg(long)]
    fast: bool,
}

/// Sends until the source ends, or until nobody reads or whoever started this has gone.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if io::stdout().is_terminal() {
        return Err(super::UsageError(format!(
            "capture-host writes binary frames (version {}), which a terminal cannot show: give it to another program, as in \
             synse --source \"exec:ssh OTHER-PC synse capture-host {}\"",
            wire::VERSION,
            args.source
        ))
        .into());
    }
    let stop = Arc::new(AtomicBool::new(false));
    end_with_parent(Arc::clone(&stop))?;
    serve(|| capture::open(&args.source), out, args.fast, &stop)?;
    Ok(Outcome::Done)
}
