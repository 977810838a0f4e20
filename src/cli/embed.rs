//! `synse embed`: how phrases are read, and their vectors.

use super::{Outcome, UsageError};
use super::output::{EmbedLine, percent, print_json, source_name};
use crate::bundle;
use crate::device::{self, DeviceChoice};
use crate::phrases::list;
use crate::phrases::motion::ATTRIBUTES;
use crate::phrases::Phrase;
use crate::recognizer::decisions::load_reader;
use std::io::Write;

/// Options of `embed`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Phrases, as in a phrase list: `phrase | verb | noun | motion words`, or with motion words after a dash.
    #[arg(required = true, value_name = "PHRASE")]
    phrases: Vec<String>,
    /// Print one JSON object per phrase, with its vectors.
    #[arg(long)]
    json: bool,
}

/// Attributes below this weight are not worth showing to people.
const SHOWN_WEIGHT: f32 = 0.3;

/// Reads and embeds each phrase.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let device = device::open(&DeviceChoice::Cpu)?.device;
    let reader = load_reader(&bundle::models_folder()?, &device)?;
    let mut phrases = Vec::with_capacity(args.phrases.len());
    for text in &args.phrases {
        let entry = list::entry_from_line(text).map_err(UsageError)?;
        phrases.push(reader.read_entry(&entry)?);
    }
    let vectors = reader.embed(&phrases)?;
    for (phrase, vectors) in phrases.iter().zip(&vectors) {
        if args.json {
            let line = EmbedLine::new(phrase, &vectors.verb, vectors.noun.as_deref());
            print_json(out, &line)?;
        } else {
            writeln!(out, "{}", describe(phrase))?;
        }
    }
    Ok(Outcome::Done)
}

fn describe(phrase: &Phrase) -> String {
    let motion: Vec<String> = ATTRIBUTES
        .iter()
        .zip(&phrase.motion.weights)
        .filter(|(_, weight)| **weight >= SHOWN_WEIGHT)
        .map(|(attribute, weight)| format!("{} {}", attribute.name.replace('_', " "), percent(*weight)))
        .collect();
    format!(
        "{}: verb \"{}\", noun {}, split {} sure; motion ({}): {}",
        phrase.text,
        phrase.verb,
        phrase.noun.as_ref().map_or("none".into(), |noun| format!("\"{noun}\"")),
        percent(phrase.confidence),
        source_name(phrase.motion.source),
        motion.join(", ")
    )
}
