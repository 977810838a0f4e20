//! `synse evaluate kinect`: zero-shot scores on the splits of a clip store.

use crate::device::DeviceChoice;
use crate::encoder::Encoder;
use crate::evaluate::gzsl;
use crate::evaluate::kinect::{score, score_for_selection, seen};
use crate::evaluate::{Method, methods};
use crate::language::Language;
use crate::phrases::splits::Splits;
use crate::train::corpus::{CLASSES_FILE, Corpus, Sources};
use crate::train::encoder::bar_style;
use crate::window::clip::ClipConfig;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `synse evaluate`.
#[derive(Args, Debug)]
pub(super) struct EvaluateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Every split of a clip store, per class, on test subjects.
    Kinect(KinectArgs),
    /// The authors' own features, word vectors, splits and checkpoints, as they are.
    Table1(super::table1::Table1Args),
}

/// Options of `synse evaluate kinect`.
#[derive(Args, Debug)]
struct KinectArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Only this split.
    #[arg(long)]
    split: Option<String>,
    /// Only methods of this name; may be given many times.
    #[arg(long, value_name = "NAME")]
    method: Vec<String>,
    /// How often each method is trained.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Score on the splits' validation phrases, by everyone's clips: the only scores by which settings may be chosen.
    #[arg(long)]
    validation: bool,
}

/// A clip store, encoded.
#[derive(Args, Debug)]
pub(super) struct CorpusArgs {
    /// Clip store: NAME, NAME.safetensors or NAME.csv.
    #[arg(long)]
    data: PathBuf,
    /// Test subjects and splits; splits.csv beside the store by default.
    #[arg(long)]
    splits: Option<PathBuf>,
    /// Folder of the encoder's four streams and its classes.txt.
    #[arg(long)]
    encoder: PathBuf,
    /// The encoder's classes, a phrase a line in the order of its logits; classes.txt beside the encoder by default.
    #[arg(long)]
    classes: Option<PathBuf>,
    /// For an encoder that was trained on other clips than these: `phrase,class` as CSV, which of the store's phrases
    /// mean the same as one of its classes.
    #[arg(long)]
    same: Option<PathBuf>,
    /// Frames of a clip, where the encoder does not say.
    #[arg(long)]
    frames: Option<usize>,
}

impl CorpusArgs {
    /// Encodes the store; gives the clips' settings and the splits beside it.
    pub(super) fn encode(&self) -> anyhow::Result<(Corpus, ClipConfig, Splits)> {
        self.encode_by(&self.encoder)
    }

    /// [`Self::encode`] with the encoder of another folder.
    pub(super) fn encode_by(&self, folder: &Path) -> anyhow::Result<(Corpus, ClipConfig, Splits)> {
        let beside = || {
            self.data
                .parent()
                .unwrap_or(Path::new("."))
                .join("splits.csv")
        };
        let splits = Splits::read(&self.splits.clone().unwrap_or_else(beside))?;
        let device = crate::device::open(&DeviceChoice::Cpu)?.device;
        let mut encoder = Encoder::load(folder, &device)?;
        let clip = ClipConfig::uniform(
            encoder.bodies(),
            self.frames.unwrap_or_else(|| encoder.frames()),
        );
        encoder.set_frames(clip.frames);
        let language = Language::load(&crate::bundle::models_folder()?, &device)?;
        let classes = self.classes.clone();
        let classes = classes.unwrap_or_else(|| folder.join(CLASSES_FILE));
        let sources = Sources {
            store: &self.data,
            splits: &splits,
            encoder: folder,
            classes: &classes,
            clip,
        };
        let bar = ProgressBar::new(0).with_message("encoding");
        bar.set_style(bar_style());
        let mut corpus = Corpus::encode(&sources, &mut encoder, &language, &mut |done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        if let Some(same) = &self.same {
            corpus.pair(same)?;
        }
        Ok((corpus, clip, splits))
    }

    /// The encoder's folder.
    pub(super) fn encoder(&self) -> &Path {
        &self.encoder
    }
}

/// The methods of these names; all where none is named.
fn chosen_methods(names: &[String]) -> anyhow::Result<Vec<Box<dyn Method>>> {
    let mut all = methods();
    let known: BTreeSet<&str> = all.iter().map(|method| method.name()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
        anyhow::bail!("no method `{name}`, expected one of {known:?}");
    }
    all.retain(|method| names.is_empty() || names.iter().any(|name| name == method.name()));
    Ok(all)
}

/// Runs `synse evaluate`: one JSON object a line.
pub(super) fn run_evaluate(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let args = match &args.what {
        What::Kinect(args) => args,
        What::Table1(args) => return super::table1::run_table1(args, out),
    };
    let (corpus, _, splits) = args.corpus.encode()?;
    writeln!(out, "{}", serde_json::to_string(&seen(&corpus))?)?;
    if let Some(name) = &args.split {
        splits
            .get(name)
            .with_context(|| format!("no split `{name}` in the splits file"))?;
    }
    let chosen = splits
        .splits
        .iter()
        .filter(|split| args.split.as_ref().is_none_or(|name| *name == split.name));
    let mut generalised = Vec::new();
    for split in chosen.clone() {
        match gzsl::obstacle(&corpus, split) {
            None => generalised.push(split),
            Some(reason) => tracing::warn!("split {}: no gzsl rows: {reason}", split.name),
        }
    }
    for method in chosen_methods(&args.method)? {
        for split in chosen.clone() {
            let row = if args.validation {
                score_for_selection(&corpus, split, method.as_ref(), args.seeds)?
            } else {
                score(&corpus, split, method.as_ref(), args.seeds)?
            };
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
            out.flush()?;
        }
        for split in &generalised {
            for row in gzsl::score(&corpus, split, method.as_ref(), args.seeds)? {
                writeln!(out, "{}", serde_json::to_string(&row)?)?;
            }
            out.flush()?;
        }
    }
    Ok(())
}
