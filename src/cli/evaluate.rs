//! `synse evaluate kinect`: zero-shot scores on the splits of a clip store.

use crate::device::DeviceChoice;
use crate::encoder::Encoder;
use crate::evaluate::kinect::{score, seen};
use crate::evaluate::methods;
use crate::language::Language;
use crate::phrases::splits::Splits;
use crate::train::corpus::{Corpus, Sources};
use crate::window::clip::ClipConfig;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
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
}

/// Options of `synse evaluate kinect`.
#[derive(Args, Debug)]
struct KinectArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Only this split.
    #[arg(long)]
    split: Option<String>,
    /// How often each method is trained.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
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
    /// Frames of a clip, where the encoder does not say.
    #[arg(long)]
    frames: Option<usize>,
}

impl CorpusArgs {
    /// Encodes the store; gives the clips' settings and the splits beside it.
    pub(super) fn encode(&self) -> anyhow::Result<(Corpus, ClipConfig, Splits)> {
        let beside = || {
            self.data
                .parent()
                .unwrap_or(Path::new("."))
                .join("splits.csv")
        };
        let splits = Splits::read(&self.splits.clone().unwrap_or_else(beside))?;
        let device = crate::device::open(&DeviceChoice::Cpu)?.device;
        let mut encoder = Encoder::load(&self.encoder, &device)?;
        let clip = ClipConfig::uniform(
            encoder.bodies(),
            self.frames.unwrap_or_else(|| encoder.frames()),
        );
        encoder.set_frames(clip.frames);
        let language = Language::load(&crate::bundle::models_folder()?, &device)?;
        let sources = Sources {
            store: &self.data,
            splits: &splits,
            encoder: &self.encoder,
            clip,
        };
        let bar = ProgressBar::new(0).with_message("encoding");
        let corpus = Corpus::encode(&sources, &mut encoder, &language, &mut |done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        Ok((corpus, clip, splits))
    }

    /// The encoder's folder.
    pub(super) fn encoder(&self) -> &Path {
        &self.encoder
    }
}

/// Runs `synse evaluate`: one JSON object a line.
pub(super) fn run_evaluate(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let What::Kinect(args) = &args.what;
    let (corpus, _, splits) = args.corpus.encode()?;
    writeln!(out, "{}", serde_json::to_string(&seen(&corpus))?)?;
    if let Some(name) = &args.split {
        splits
            .get(name)
            .with_context(|| format!("no split `{name}` in the splits file"))?;
    }
    for method in methods() {
        for split in &splits.splits {
            if args
                .split
                .as_ref()
                .is_some_and(|wanted| *wanted != split.name)
            {
                continue;
            }
            let row = score(&corpus, split, method.as_ref(), args.seeds)?;
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
            out.flush()?;
        }
    }
    Ok(())
}
