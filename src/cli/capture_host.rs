//! `synse capture-host`: a source's frames on standard output, for a window here or on another machine.

use super::Outcome;
use crate::capture::{SourceSpec, wire};
use crate::live::host::serve::{end_with_parent, open_camera, serve};
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
    /// The camera with this serial number and no other.
    #[arg(long, value_name = "NUMBER")]
    serial: Option<String>,
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
    let serial = args.serial.as_deref();
    serve(|| open_camera(&args.source, serial), out, args.fast, &stop)?;
    Ok(Outcome::Done)
}
