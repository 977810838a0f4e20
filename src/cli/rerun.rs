//! `synse replay --rerun`: a session answered again beside what was recorded.

use super::options::with_examples;
use super::output::{WatchLine, percent, print_json};
use super::replay::Args;
use super::{Outcome, damage};
use crate::align::Head;
use crate::device;
use crate::gate::GateMode;
use crate::live::again::{Again, Agreement, Answers, Before, Was};
use crate::live::stages::Stages;
use crate::recognizer::Prediction;
use anyhow::{anyhow, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// What is printed of a prediction: the fields of `watch`, and what was recorded.
#[derive(Debug, Serialize)]
struct Line<'a> {
    /// Seconds after the session's begin.
    at: f64,
    #[serde(flatten)]
    now: WatchLine<'a>,
    recorded: Option<Recorded<'a>>,
}

#[derive(Debug, Serialize)]
struct Recorded<'a> {
    body: u64,
    answer: Option<&'a str>,
    probability: f32,
}

/// What is printed at the end.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    bundle: &'a str,
    /// How many phrases took part at the end.
    phrases: usize,
    /// Predictions that were recorded.
    recorded: usize,
    #[serde(flatten)]
    agreement: Agreement,
    /// The same answer where there was one then or now, 0 to 1; `null` where there never was.
    agreed: Option<f64>,
    /// How long the session is.
    seconds: f64,
    /// How many times faster than it was recorded.
    speed: f64,
}

/// Answers a session again.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let is_session = args
        .file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("mcap"));
    if !is_session {
        bail!(
            "{} is no session: --rerun compares with what was recorded; `synse classify` names clips",
            args.file.display()
        );
    }
    let told = |problem: String| anyhow!(problem);
    let before = Before::read(&args.file).map_err(told)?;
    let again = asked_for(args, &before)?;
    let device = device::open(&args.model.device)?;
    let mut answers = Answers::new(&again, &before, Stages::new(device)).map_err(told)?;
    let started = Instant::now();
    let (mut agreement, mut last, mut noted) = (Agreement::default(), BTreeMap::new(), 0);
    while let Some((at, predictions)) = answers.next_answers().map_err(told)? {
        warn(&answers, &mut noted);
        for now in &predictions {
            let was = before.at(at, now.body, predictions.len() == 1);
            agreement.note(was, now);
            agreement.unwritten += usize::from(before.is_unwritten(at, now.body));
            if args.json {
                print_json(out, &line(at, now, was))?;
            } else {
                print_change(out, at, now, was, &mut last)?;
            }
        }
    }
    let seconds = answers.length_micros() as f64 * 1e-6;
    warn(&answers, &mut noted);
    let summary = Summary {
        bundle: answers.bundle(),
        phrases: answers.phrases(),
        recorded: before.predictions.len(),
        agreement,
        agreed: agreement.share(),
        seconds,
        speed: seconds / started.elapsed().as_secs_f64().max(1e-6),
    };
    if args.json {
        print_json(out, &serde_json::json!({ "summary": summary }))?;
    } else {
        print_summary(out, &summary)?;
    }
    Ok(damage::tell(&args.file, &before.recovery, 0))
}

/// Says what could not be as it was asked for or recorded, once.
fn warn(answers: &Answers, noted: &mut usize) {
    for note in answers.notes().iter().skip(*noted) {
        tracing::warn!("{note}");
    }
    *noted = answers.notes().len();
}

/// What the user says; what they do not is as it was in the session at each time.
fn asked_for(args: &Args, before: &Before) -> anyhow::Result<Again> {
    let mut phrases = args.list.entries()?;
    if let Some(store) = &args.examples {
        let phrases = phrases.get_or_insert_with(|| before.entries());
        with_examples(store, phrases)?;
    }
    Ok(Again {
        session: args.file.clone(),
        bundle: args.model.bundle.clone(),
        phrases,
        head: args.head.map(Head::from),
        by_examples: args.examples.is_some().then_some(true),
        gate: args.gate.map(GateMode::from),
        threshold: args.threshold,
        levelled: None,
    })
}

fn line<'a>(at: u64, now: &'a Prediction, was: Option<&'a Was>) -> Line<'a> {
    Line {
        at: at as f64 * 1e-6,
        now: WatchLine::new(now, Duration::ZERO),
        recorded: was.map(|was| Recorded {
            body: was.body,
            answer: was.answer.as_deref(),
            probability: was.probability,
        }),
    }
}

/// For people: a line whenever a body's pair of answers changes.
fn print_change(
    out: &mut dyn Write,
    at: u64,
    now: &Prediction,
    was: Option<&Was>,
    last: &mut BTreeMap<u64, (String, String)>,
) -> anyhow::Result<()> {
    let now_words = now.answer.as_ref().map(|answer| answer.phrase.to_string());
    let was_words = match was {
        Some(was) => was.answer.clone().unwrap_or_else(|| "-".to_owned()),
        None => "nothing".to_owned(),
    };
    let pair = (now_words.unwrap_or_else(|| "-".to_owned()), was_words);
    if last.get(&now.body) == Some(&pair) {
        return Ok(());
    }
    let best = now.smoothed.first().map_or(0.0, |best| best.probability);
    let mark = if pair.0 == pair.1 { " " } else { "*" };
    let seconds = at as f64 * 1e-6;
    writeln!(
        out,
        "{mark}{seconds:8.1} s  body {}  {} {}  (recorded: {})",
        now.body,
        pair.0,
        percent(best),
        pair.1
    )?;
    last.insert(now.body, pair);
    Ok(())
}

fn print_summary(out: &mut dyn Write, summary: &Summary<'_>) -> anyhow::Result<()> {
    let Agreement {
        predictions,
        compared,
        unwritten,
        same,
        answered,
        same_answered,
    } = summary.agreement;
    writeln!(
        out,
        "{} with {} phrases: {predictions} predictions of {:.1} s, {:.1} times as fast as they were recorded",
        summary.bundle, summary.phrases, summary.seconds, summary.speed
    )?;
    writeln!(
        out,
        "{compared} stand beside one of the {} that were recorded: {same} have the same answer or none both times",
        summary.recorded
    )?;
    if unwritten > 0 {
        writeln!(
            out,
            "{unwritten} stand for one that was made and not written, since the disk was too slow"
        )?;
    }
    let share = summary
        .agreed
        .map_or_else(|| "-".to_owned(), |share| percent(share as f32));
    writeln!(
        out,
        "{answered} have an answer then or now: {same_answered} the same, {share}"
    )?;
    Ok(())
}
