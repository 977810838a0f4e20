//! `synse capture-host`: a source's frames on standard output, for a window here or on another machine.

use super::Outcome;
use crate::capture::{self, SourceSpec, Tell, wire};
use crate::live::host::HostLimits;
use crate::live::host::serve::{end_with_parent, serve};
use crate::live::host::trial::trial;
use crate::live::stages::open_within;
use anyhow::{Context as _, bail};
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Options of `capture-host`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// What to play: azure-kinect, kinect-v2, mkv:FILE, demo, replay:FILE, osc:PORT.
    source: SourceSpec,
    /// Send a recording as fast as it is taken, instead of at its own pace.
    #[arg(long)]
    fast: bool,
    /// Play it for three seconds and say whether it works, instead of sending frames.
    #[arg(long, conflicts_with = "fast")]
    test: bool,
}

/// Sends until the source ends, or until nobody reads or whoever started this has gone.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.test {
        return test(&args.source, out);
    }
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
    let stream = capture::own_output().context("the standard output cannot be kept for frames")?;
    let open = |tell: Tell<'_>| capture::open_telling(&args.source, tell);
    serve(open, stream, args.fast, &stop)?;
    Ok(Outcome::Done)
}

/// How long a source is tried.
const TRIAL: Duration = Duration::from_secs(3);

/// Says whether a source works. A camera is tried in a process of its own, as the window plays it.
fn test(spec: &SourceSpec, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    // Who tests a camera wants to know now that it is not there.
    let limits = HostLimits {
        absent: Duration::ZERO,
        ..HostLimits::default()
    };
    let mut source = open_within(spec, limits)?;
    let found = trial(source.as_mut(), TRIAL)?;
    if found.frames == 0 && found.lost.is_none() && matches!(spec, SourceSpec::Osc { .. }) {
        bail!(
            "{}: nothing came: does KinectV2-OSC run, does its ip.txt name this computer, and does a firewall let it through?",
            found.name
        );
    }
    if let Some(problem) = found.problem() {
        bail!("{}: {problem}", found.name);
    }
    let people = match found.people {
        0 => "nobody in view".to_owned(),
        1 => "one person".to_owned(),
        people => format!("{people} people"),
    };
    writeln!(
        out,
        "OK: {}, {} frames at {:.0} a second, {people}, {} dropped",
        found.name,
        found.frames,
        if found.live { found.rate() } else { found.fps },
        found.dropped
    )?;
    Ok(Outcome::Done)
}
