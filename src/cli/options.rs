//! Options that several commands share.

use super::UsageError;
use crate::align::Head;
use crate::capture::{CaptureError, SourceSpec};
use crate::device::{DeviceChoice, DeviceError};
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::phrases::list::{self, ListError};
use crate::recording::examples;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Which model, and where it runs.
#[derive(Args, Clone, Debug)]
pub(super) struct ModelArgs {
    /// The model bundle: a folder, or the name of one in the models folder [default: default].
    #[arg(long, value_name = "FOLDER")]
    pub(super) bundle: Option<PathBuf>,
    /// Where models run: auto, cpu, gpu, gpu:INDEX, gpu:NAME or software.
    #[arg(long, default_value = "auto", value_parser = parse_device)]
    pub(super) device: DeviceChoice,
}

pub(super) fn parse_device(text: &str) -> Result<DeviceChoice, DeviceError> {
    text.parse()
}

/// What to play.
#[derive(Args, Clone, Debug)]
pub(super) struct SourceArgs {
    /// What to play: demo, replay:FILE.mcap, replay:FILE.skeleton, replay:STORE, replay:STORE#CLIP,
    /// azure-kinect[:INDEX|:serial=SERIAL], kinect-v2, mkv:FILE, exec:COMMAND, osc:PORT.
    #[arg(long, default_value = "demo", value_parser = parse_source)]
    pub(super) source: String,
}

/// Checks a source's spelling; whether it can be opened shows when it is.
fn parse_source(text: &str) -> Result<String, CaptureError> {
    text.parse::<SourceSpec>()?;
    Ok(text.to_owned())
}

/// A file of phrases.
#[derive(Args, Clone, Debug)]
pub(super) struct ListArgs {
    /// A file of phrases, one per line: `phrase | verb | noun | motion words`, `#` comments.
    #[arg(long, value_name = "FILE")]
    pub(super) phrases: Option<PathBuf>,
}

impl ListArgs {
    /// The file's phrases, numbered; `None` where no file was given. Lines left out are told of.
    pub(super) fn entries(&self) -> Result<Option<Vec<PhraseEntry>>, ListError> {
        let Some(path) = &self.phrases else {
            return Ok(None);
        };
        let list = list::read(path)?;
        for duplicate in &list.duplicates {
            tracing::warn!("{}: {duplicate}", path.display());
        }
        Ok(Some(list.entries))
    }
}

/// The phrases that take part, and how they are decided.
#[derive(Args, Clone, Debug)]
pub(super) struct PhraseArgs {
    /// A phrase that takes part; may be given many times. `swat a fly - one arm, fast` describes the motion.
    #[arg(long = "phrase", value_name = "PHRASE")]
    pub(super) phrase: Vec<String>,
    #[command(flatten)]
    pub(super) list: ListArgs,
    /// How phrases are scored.
    #[arg(long, value_enum, default_value_t = HeadArg::Cosine)]
    pub(super) head: HeadArg,
    /// How seen classes and phrases are joined; off leaves the phrases alone among themselves.
    #[arg(long, value_enum, default_value_t = GateArg::Hard)]
    pub(super) gate: GateArg,
}

impl PhraseArgs {
    /// Whether any phrase or list was named.
    pub(super) fn are_given(&self) -> bool {
        !self.phrase.is_empty() || self.list.phrases.is_some()
    }

    /// All phrases, the file's first, numbered.
    pub(super) fn entries(&self) -> anyhow::Result<Vec<PhraseEntry>> {
        let mut entries = self.list.entries()?.unwrap_or_default();
        for text in &self.phrase {
            entries.push(
                list::entry_from_line(text)
                    .map_err(|reason| UsageError(format!("--phrase: {reason}")))?,
            );
        }
        for (entry, id) in entries.iter_mut().zip(1..) {
            entry.id = id;
        }
        Ok(entries)
    }
}

/// Gives phrases their clips of a store as examples; says what was left out, and refuses a store that shows none of them.
pub(super) fn with_examples(store: &Path, entries: &mut [PhraseEntry]) -> anyhow::Result<()> {
    let attached = examples::attach(store, entries)?;
    for problem in &attached.problems {
        tracing::warn!("{}: {problem}", store.display());
    }
    if attached.count == 0 {
        anyhow::bail!(
            "{} has no clip of a phrase of the list, but {} of others; `synse info` lists its phrases",
            store.display(),
            attached.others
        );
    }
    if attached.others > 0 {
        let others = attached.others;
        tracing::warn!(
            "{}: {others} clips are of phrases that are not in the list",
            store.display()
        );
    }
    Ok(())
}

/// A head as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HeadArg {
    /// One cosine per part: needs no training.
    Cosine,
    /// The paper's classifier, trained on generated latents.
    Trained,
}

impl From<HeadArg> for Head {
    fn from(head: HeadArg) -> Self {
        match head {
            HeadArg::Cosine => Self::Cosine,
            HeadArg::Trained => Self::Trained,
        }
    }
}

/// A gate mode as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GateArg {
    /// One side wins whole.
    Hard,
    /// Both sides, weighted (the paper's equation 5).
    Soft,
    /// Phrases only.
    Off,
}

impl From<GateArg> for GateMode {
    fn from(gate: GateArg) -> Self {
        match gate {
            GateArg::Hard => Self::Hard,
            GateArg::Soft => Self::Soft,
            GateArg::Off => Self::Off,
        }
    }
}

/// A probability, 0 to 1.
pub(super) fn parse_probability(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".into()),
    }
}

/// The recognizer's default threshold as the command line shows it.
pub(super) const THRESHOLD: &str = "0.25";

#[cfg(test)]
mod tests {
    use super::{THRESHOLD, parse_probability};
    use crate::recognizer::DEFAULT_THRESHOLD;

    #[test]
    fn the_default_threshold_is_the_recognizers() {
        assert_eq!(parse_probability(THRESHOLD), Ok(DEFAULT_THRESHOLD));
        for text in ["", "x", "nan", "-0.1", "1.1", "inf"] {
            assert!(parse_probability(text).is_err(), "{text}");
        }
    }
}
