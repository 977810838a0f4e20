//! `synse watch`: live recognition without a window.

use super::options::{ModelArgs, PhraseArgs, SourceArgs, THRESHOLD, parse_probability};
use super::output::{WatchLine, percent, print_json};
use super::{Outcome, UsageError, complain, damage};
use crate::bundle::{self, Bundle};
use crate::capture::{CaptureError, Journey, Source, SourceSpec, Step};
use crate::device;
use crate::gate::GateMode;
use crate::live::stages::Stages;
use crate::live::{Event, Session, SessionOptions};
use crate::recognizer::{Activity, Prediction};
use crate::skeleton::{Frame, Hands, Plane};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Options of `watch`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) phrases: PhraseArgs,
    /// No answer below this smoothed probability.
    #[arg(long, default_value = THRESHOLD, value_parser = parse_probability)]
    pub(super) threshold: f32,
    /// Print one JSON object per prediction.
    #[arg(long)]
    pub(super) json: bool,
    /// Play recordings as fast as they can be recognised, losing nothing.
    #[arg(long)]
    pub(super) fast: bool,
}

/// How often a session that says nothing is looked after.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// Watches until the source ends.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let phrases_given = args.phrases.are_given();
    let gate_off = GateMode::from(args.phrases.gate) == GateMode::Off;
    if gate_off && !phrases_given {
        return Err(
            UsageError("--gate off needs phrases: give --phrase or --phrases".into()).into(),
        );
    }
    let folder = bundle::find(args.model.bundle.as_deref())?;
    // A session goes on without a bundle, for the skeletons' sake; here there would be nothing to print.
    Bundle::check(&folder)?;
    let entries = args.phrases.entries()?;
    if gate_off && entries.iter().all(|entry| !entry.enabled) {
        bail!(
            "every phrase of the list is switched off, so nothing can be answered with --gate off"
        );
    }
    let wanted = entries.len();
    let mut stages = Stages::new(device::open(&args.model.device)?);
    let broken = Arc::new(AtomicBool::new(false));
    noticing(&mut stages, &broken);
    let options = SessionOptions {
        source: Some(args.source.source.clone()),
        bundle: Some(folder),
        phrases: entries,
        head: args.phrases.head.into(),
        by_examples: false,
        gate: args.phrases.gate.into(),
        threshold: args.threshold,
        record: None,
        levelled: true,
        fast: args.fast,
        phrases_first: phrases_given,
    };
    let session = Session::start(stages, options, Arc::new(|| {}))
        .context("the worker threads could not be started")?;
    let mut answers = Answers::default();
    let (mut opened, mut loaded, mut listed) = (false, false, false);
    loop {
        match session.wait_event(LOOK_AFTER) {
            Some(Event::Prediction(prediction, latency)) if args.json => {
                print_json(out, &WatchLine::new(&prediction, latency))?;
            }
            Some(Event::Prediction(prediction, _)) => answers.print(&prediction, out)?,
            Some(Event::SourceOpened { name, fps }) => {
                opened = true;
                if !args.json {
                    writeln!(out, "watching {name} at {fps:.0} frames per second")?;
                    out.flush()?;
                }
            }
            Some(Event::SourceEnded) if !opened => bail!("{} does not play", args.source.source),
            Some(Event::SourceEnded) if broken.load(Ordering::Relaxed) => return Ok(Outcome::Lost),
            Some(Event::SourceEnded) => return damage::of_source(&args.source.source),
            Some(Event::BundleLoaded(_)) => loaded = true,
            Some(Event::Phrases { phrases, .. }) => {
                let lost = wanted.saturating_sub(phrases.len());
                if !listed && lost > 0 {
                    bail!("{lost} of {wanted} phrases cannot be used");
                }
                listed = true;
            }
            Some(Event::Problem(problem)) => {
                // All have been logged where they came about. A source that broke off tells of itself, and ends; until
                // the phrases are decided on, any other problem means that what was asked for cannot be answered.
                let undecided = wanted > 0 && !listed && !broken.load(Ordering::Relaxed);
                if !loaded || undecided {
                    bail!(problem);
                }
            }
            // Words of the source have been logged where they came about; rates and recordings are not asked for here.
            Some(_) => {}
            None if session.is_alive() => {}
            None => bail!("a worker thread has died"),
        }
    }
}

/// Lets `broken` be set when the source breaks off with an error.
fn noticing(stages: &mut Stages, broken: &Arc<AtomicBool>) {
    let open = std::mem::replace(&mut stages.source, Box::new(|_| Err("not in use".into())));
    let broken = Arc::clone(broken);
    stages.source = Box::new(move |text| {
        let noticed: Box<dyn Source> = Box::new(Noticed {
            source: open(text)?,
            broken: Arc::clone(&broken),
        });
        Ok(noticed)
    });
}

struct Noticed {
    source: Box<dyn Source>,
    broken: Arc<AtomicBool>,
}

impl Noticed {
    fn note<T>(&self, got: Result<T, CaptureError>) -> Result<T, CaptureError> {
        if got.is_err() {
            self.broken.store(true, Ordering::Relaxed);
        }
        got
    }
}

impl Source for Noticed {
    fn name(&self) -> String {
        self.source.name()
    }

    fn fps(&self) -> f32 {
        self.source.fps()
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        let frame = self.source.next_frame();
        self.note(frame)
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        let step = self.source.step(patience);
        self.note(step)
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    fn is_open(&self) -> bool {
        self.source.is_open()
    }

    fn dropped(&self) -> u64 {
        self.source.dropped()
    }

    fn up(&self) -> Option<[f32; 3]> {
        self.source.up()
    }

    fn floor(&self) -> Option<Plane> {
        self.source.floor()
    }

    fn hands(&self) -> &[Hands] {
        self.source.hands()
    }

    fn lasting_spec(&self) -> Option<SourceSpec> {
        self.source.lasting_spec()
    }

    fn journey(&self) -> Journey {
        self.source.journey()
    }
}

/// For people: a line whenever a body's answer changes.
#[derive(Default)]
struct Answers {
    last: BTreeMap<u64, String>,
}

impl Answers {
    fn print(&mut self, prediction: &Prediction, out: &mut dyn Write) -> anyhow::Result<()> {
        let (key, text) = match (&prediction.answer, prediction.activity) {
            (_, Activity::Idle) => ("idle".to_owned(), "idle".to_owned()),
            (None, Activity::Acting) => (String::new(), "...".to_owned()),
            (Some(answer), Activity::Acting) => (
                answer.phrase.to_string(),
                format!(
                    "{}  {}{}",
                    answer.phrase,
                    percent(answer.probability),
                    if answer.seen {
                        ""
                    } else {
                        "  (never trained on)"
                    }
                ),
            ),
        };
        if self.last.get(&prediction.body) == Some(&key) {
            return Ok(());
        }
        let seconds = prediction.timestamp_micros as f64 * 1e-6;
        writeln!(out, "{seconds:8.1} s  body {}  {text}", prediction.body)?;
        out.flush()?;
        self.last.insert(prediction.body, key);
        Ok(())
    }
}

/// Tells why there is no window, and watches instead.
pub(super) fn instead_of_window(
    reason: &str,
    args: &Args,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    complain(&format!(
        "{reason}; recognising here instead, end it with Ctrl-C (`synse --help` has more)"
    ));
    run(args, out)
}
