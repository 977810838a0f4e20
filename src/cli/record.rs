//! `synse record`: a session on disk without a window.

use super::options::{ModelArgs, PhraseArgs, SourceArgs, THRESHOLD, parse_probability};
use super::{Outcome, UsageError};
use crate::bundle;
use crate::device;
use crate::live::stages::Stages;
use crate::live::{Command, Event, Recorded, Session, SessionOptions};
use crate::recording::session::ENDING;
use anyhow::{Context as _, bail};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::Write;
use std::path::{Path, PathBuf, is_separator};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Options of `record`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,
    /// Where to record: a file that is not there yet, with the ending .mcap, or a folder for a new one.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// End after so many seconds; otherwise at the source's end, or with Ctrl-C.
    #[arg(long, value_name = "N", value_parser = parse_seconds)]
    seconds: Option<f64>,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    phrases: PhraseArgs,
    /// No answer below this smoothed probability.
    #[arg(long, default_value = THRESHOLD, value_parser = parse_probability)]
    threshold: f32,
    /// Play a recording as fast as it can be recognised, losing nothing.
    #[arg(long)]
    fast: bool,
}

/// How often the time and Ctrl-C are looked after.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// The ending of what looks like a file and is none that a session can be.
fn other_ending(path: &Path) -> Option<String> {
    let is_folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with(is_separator);
    let ending = path.extension()?.to_string_lossy().into_owned();
    (!is_folder && !ending.eq_ignore_ascii_case(ENDING)).then_some(ending)
}

/// Records until the source ends, the time is up or somebody asks for the end.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.out.exists() && !args.out.is_dir() {
        let path = args.out.display();
        let problem = format!("--out: {path} is there already, and a recording never overwrites");
        return Err(UsageError(problem).into());
    }
    if let Some(ending) = other_ending(&args.out) {
        let path = args.out.display();
        let problem = format!(
            "--out: {path} ends with .{ending}, and a session with .{ENDING}; for a folder of that name, write it with a slash at its end"
        );
        return Err(UsageError(problem).into());
    }
    let wanted = args.model.bundle.as_deref();
    let bundle = wanted
        .map(|wanted| bundle::find(Some(wanted)))
        .transpose()?;
    let options = SessionOptions {
        source: Some(args.source.source.clone()),
        bundle,
        phrases: args.phrases.entries()?,
        head: args.phrases.head.into(),
        by_examples: false,
        gate: args.phrases.gate.into(),
        threshold: args.threshold,
        record: Some(args.out.clone()),
        levelled: true,
        fast: args.fast,
        phrases_first: false,
    };
    let asked_to_end = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&asked_to_end))
            .context("Ctrl-C cannot be listened for")?;
    }
    let stages = Stages::new(device::open(&args.model.device)?);
    let session = Session::start(stages, options, Arc::new(|| {}))
        .context("the worker threads could not be started")?;
    let recording = Recording {
        session,
        args,
        asked_to_end,
        begun: None,
        opened: false,
        ending: false,
    };
    recording.follow(out)
}

/// A recording that goes on.
struct Recording<'a> {
    session: Session,
    args: &'a Args,
    asked_to_end: Arc<AtomicBool>,
    begun: Option<Instant>,
    opened: bool,
    ending: bool,
}

impl Recording<'_> {
    fn follow(mut self, out: &mut dyn Write) -> anyhow::Result<Outcome> {
        loop {
            let event = self.session.wait_event(LOOK_AFTER);
            let is_quiet = event.is_none();
            match event {
                Some(Event::RecordingStarted(path)) => {
                    self.begun = Some(Instant::now());
                    writeln!(
                        out,
                        "recording {} into {}; Ctrl-C ends it",
                        self.args.source.source,
                        path.display()
                    )?;
                    out.flush()?;
                }
                Some(Event::SourceOpened { .. }) => self.opened = true,
                Some(Event::SourceEnded) => self.end()?,
                Some(Event::RecordingStopped(recorded, problem)) => {
                    return self.ended(&recorded, problem, out);
                }
                _ => {}
            }
            let time_is_up = self.begun.zip(self.args.seconds);
            let time_is_up =
                time_is_up.is_some_and(|(begun, limit)| begun.elapsed().as_secs_f64() >= limit);
            if time_is_up || self.asked_to_end.load(Ordering::Relaxed) {
                self.end()?;
            }
            if is_quiet && !self.session.is_alive() {
                bail!("a worker thread has died");
            }
        }
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if !self.ending && self.session.send(Command::StopRecording).is_ok() {
            self.ending = true;
        }
        if !self.session.is_alive() {
            bail!("a worker thread has died");
        }
        Ok(())
    }

    fn ended(
        self,
        recorded: &Recorded,
        problem: Option<String>,
        out: &mut dyn Write,
    ) -> anyhow::Result<Outcome> {
        if self.begun.is_none() {
            bail!(problem.unwrap_or_else(|| "the recording did not begin".into()));
        }
        if !self.opened {
            // Nothing was seen, so there is nothing to keep.
            std::fs::remove_file(&recorded.path).ok();
            bail!("{} does not play", self.args.source.source);
        }
        writeln!(
            out,
            "{}: {} frames in {:.1} s, {:.1} MB",
            recorded.path.display(),
            recorded.frames,
            recorded.seconds,
            recorded.bytes as f64 * 1e-6
        )?;
        if recorded.dropped > 0 {
            writeln!(out, "{} frames were lost to a slow disk", recorded.dropped)?;
        }
        // The problem itself has been logged where it came about.
        Ok(if problem.is_some() || recorded.dropped > 0 {
            Outcome::Lost
        } else {
            Outcome::Done
        })
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds > 0.0 => Ok(seconds),
        _ => Err("expected a number of seconds above 0".into()),
    }
}
