//! `synse evaluate clips`: how well a phrase list names marked clips, the whole program's answers against what was performed.

use super::Outcome;
use super::classify::{ClipArgs, classify};
use super::output::{percent, print_json};
use crate::evaluate::Confusion;
use crate::phrases::folded;
use crate::whole_file::{self, Readers};
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Options of `synse evaluate clips`.
#[derive(clap::Args, Debug)]
pub(super) struct ClipsArgs {
    #[command(flatten)]
    clips: ClipArgs,
    /// Write the matrix of what was performed against what was answered.
    #[arg(long, value_name = "FILE.csv")]
    matrix: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Score<'a> {
    clips: u32,
    right: u32,
    /// Mean over phrases, 0 to 1.
    per_class: f32,
    phrases: Vec<PhraseScore<'a>>,
}

/// How one phrase was answered.
#[derive(Debug, Serialize)]
struct PhraseScore<'a> {
    phrase: &'a str,
    clips: u32,
    right: u32,
    /// Answers that came up, and how often.
    answers: BTreeMap<&'a str, u32>,
}

/// Scores every clip that says what is performed.
pub(super) fn run(args: &ClipsArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Some(path) = args.matrix.as_ref().filter(|path| path.exists()) {
        bail!(
            "{} is there already and is not overwritten: name another file for the matrix",
            path.display()
        );
    }
    let mut answered: Vec<(String, String)> = Vec::new();
    let mut unnamed = 0_u32;
    let classified = classify(&args.clips, &mut |clip, _, verdict| {
        match (&clip.performed, verdict.ranking.first()) {
            (Some(performed), Some(best)) => {
                answered.push((performed.clone(), best.phrase.to_string()));
            }
            _ => unnamed += 1,
        }
        Ok(())
    });
    if unnamed > 0 {
        tracing::warn!("left out, since they do not say what is performed: {unnamed} of the clips");
    }
    if answered.is_empty() {
        classified?;
        bail!("no clip says what is performed: there is nothing to compare answers with");
    }
    let pairs = answered
        .iter()
        .map(|(performed, answer)| (performed.as_str(), Ok(answer.as_str())));
    let table = Confusion::of(pairs);
    if let Some(path) = &args.matrix {
        whole_file::write(path, table.csv()?, Readers::Everybody)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let score = score(&table);
    if args.json {
        print_json(out, &score)?;
    } else {
        print(&score, out)?;
    }
    // What could be read is scored, also where some of it could not.
    classified
}

fn score(table: &Confusion) -> Score<'_> {
    let phrases: Vec<PhraseScore<'_>> = table
        .labels
        .iter()
        .enumerate()
        .map(|(row, name)| {
            let (right, clips) = table.right(row);
            let counts = table.counts.get(row).into_iter().flatten().copied();
            let named = table.answers.iter().map(String::as_str).zip(counts);
            PhraseScore {
                phrase: name,
                clips,
                right,
                answers: named.filter(|(_, count)| *count > 0).collect(),
            }
        })
        .collect();
    Score {
        clips: phrases.iter().map(|phrase| phrase.clips).sum(),
        right: phrases.iter().map(|phrase| phrase.right).sum(),
        per_class: table.accuracy(),
        phrases,
    }
}

fn print(score: &Score<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
    let Score {
        clips,
        right,
        per_class,
        phrases,
    } = score;
    let share = *right as f32 / (*clips).max(1) as f32;
    writeln!(
        out,
        "{right} of {clips} clips right, {}; {} as the mean of {} {}",
        percent(share),
        percent(*per_class),
        phrases.len(),
        if phrases.len() == 1 {
            "phrase"
        } else {
            "phrases"
        }
    )?;
    for phrase in phrases {
        let right = folded(phrase.phrase);
        let wrong: Vec<String> = phrase
            .answers
            .iter()
            .filter(|(answer, _)| folded(answer) != right)
            .map(|(answer, count)| format!("{answer} {count}"))
            .collect();
        let wrong = match wrong.as_slice() {
            [] => String::new(),
            wrong => format!("; else {}", wrong.join(", ")),
        };
        writeln!(
            out,
            "{}: {} of {}{wrong}",
            phrase.phrase, phrase.right, phrase.clips
        )?;
    }
    Ok(())
}
