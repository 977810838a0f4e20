//! `synse train`: the four streams, which go on after a stop and leave a run folder, and the bundle made of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::evaluate::CorpusArgs;
use crate::bundle::{Download, Parts, assemble};
use crate::encoder::stream_files;
use crate::train::align::FitConfig;
use crate::train::bundle::{Alignment, align};
use crate::train::encoder::{EncoderTraining, OptimizerKind, run};
use crate::train::foreign::align_foreign;

/// Options of `synse train`.
#[derive(Args, Debug)]
pub struct TrainArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// The four streams of Shift-GCN, from a clip store.
    Encoder(Box<EncoderArgs>),
    /// Alignment and gate over a trained encoder, put together as a bundle.
    Bundle(BundleArgs),
}

/// Options of `synse train bundle`.
#[derive(Args, Debug)]
struct BundleArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// The bundle's folder; it appears when it is complete.
    #[arg(long)]
    out: PathBuf,
    /// What to call it.
    #[arg(long, default_value = "default")]
    name: String,
    /// What it was trained on and how, for people.
    #[arg(long, default_value = "")]
    about: String,
    /// For an encoder that is not handed on with the bundle: a TOML file of `source`, what to do to get it, and `names`,
    /// the names that each of its files may have where it comes from.
    #[arg(long)]
    download: Option<PathBuf>,
    /// Of all that is drawn by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Options of `synse train encoder`.
#[derive(Args, Debug)]
struct EncoderArgs {
    /// Clip store: NAME, NAME.safetensors or NAME.csv.
    #[arg(long)]
    data: PathBuf,
    /// The run folder; a run of the same settings goes on where it stopped.
    #[arg(long)]
    out: PathBuf,
    /// Test subjects and splits; splits.csv beside the store by default.
    #[arg(long)]
    splits: Option<PathBuf>,
    /// Hold out what this split calls unseen.
    #[arg(long)]
    split: Option<String>,
    /// Hold out the split's validation-unseen phrases too.
    #[arg(long, requires = "split")]
    without_validation: bool,
    /// Train on the test subjects too.
    #[arg(long)]
    all_subjects: bool,
    /// Folder of a trained encoder to learn features from.
    #[arg(long)]
    teacher: Option<PathBuf>,
    /// Frames of the teacher's clips.
    #[arg(long, default_value_t = 152)]
    teacher_frames: usize,
    /// Where the teacher's features are kept, to share them between runs on the same clips.
    #[arg(long)]
    teacher_cache: Option<PathBuf>,
    /// Folder of a trained encoder to begin with instead of random weights; its --widths must be given.
    #[arg(long)]
    start_from: Option<PathBuf>,
    /// Channels of blocks 1-4, 5-7 and 8-10; multiples of 16 are fast.
    #[arg(long, value_delimiter = ',', num_args = 3, default_values_t = [32, 64, 128])]
    widths: Vec<usize>,
    /// Width of the feature.
    #[arg(long, default_value_t = 256)]
    feature: usize,
    /// Frames of a clip, a multiple of 4.
    #[arg(long, default_value_t = 48)]
    frames: usize,
    /// Rounds through all clips.
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Clips per step.
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Highest learning rate.
    #[arg(long, default_value_t = 0.002)]
    rate: f32,
    /// Weight decay.
    #[arg(long, default_value_t = 0.01)]
    weight_decay: f32,
    /// Which steps are taken.
    #[arg(long, value_enum, default_value_t = OptimizerKind::AdamW)]
    optimizer: OptimizerKind,
    /// Weight of the distance to the teacher's feature.
    #[arg(long, default_value_t = 2.0)]
    feature_weight: f32,
    /// Weight of the angle to the teacher's feature.
    #[arg(long, default_value_t = 2.0)]
    cosine_weight: f32,
    /// Share of the target that goes to all classes alike.
    #[arg(long, default_value_t = 0.05)]
    smoothing: f32,
    /// How often a clip is mirrored, 0 to 1.
    #[arg(long, default_value_t = 0.5)]
    mirror: f32,
    /// Of all that is drawn by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Test every so many epochs.
    #[arg(long, default_value_t = 5)]
    test_every: usize,
    /// Stop after this many epochs, to go on later by the same command.
    #[arg(long)]
    stop_after: Option<usize>,
}

/// Runs `synse train`; the report goes to `out` as one JSON object.
pub fn run_train(args: &TrainArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    match &args.what {
        What::Encoder(args) => {
            let report = run(&training(args)).context("training the encoder")?;
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
            Ok(())
        }
        What::Bundle(args) => run_bundle(args, out),
    }
}

/// Encodes the clips, trains alignment and gate, and puts the bundle together.
fn run_bundle(args: &BundleArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let download = args.download.as_deref().map(read_download).transpose()?;
    let (corpus, clip, splits) = args.corpus.encode()?;
    let align = if args.corpus.is_foreign() {
        align_foreign
    } else {
        align
    };
    let Alignment { synse, gate } = align(&corpus, &splits, &FitConfig::ours(), args.seed)?;
    let workshop = tempfile::tempdir().context("making a folder for the parts")?;
    let (synse_file, gate_file) = (
        workshop.path().join("synse.safetensors"),
        workshop.path().join("gate.toml"),
    );
    synse.save(&synse_file)?;
    gate.save(&gate_file)?;
    let parts = Parts {
        name: args.name.clone(),
        about: args.about.clone(),
        seen: corpus.phrases[..corpus.seen].to_vec(),
        clip,
        streams: stream_files(args.corpus.encoder())?,
        synse: synse_file,
        gate: gate_file,
        download,
    };
    assemble(&args.out, &parts)?;
    let line = serde_json::json!({
        "bundle": args.out, "seen": corpus.seen, "temperature": synse.temperature, "gate_temperature": gate.temperature,
        "gate_threshold": gate.threshold,
    });
    writeln!(out, "{line}")?;
    Ok(())
}

fn read_download(path: &Path) -> anyhow::Result<Download> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn training(args: &EncoderArgs) -> EncoderTraining {
    let mut widths = [0; 3];
    for (width, given) in widths.iter_mut().zip(&args.widths) {
        *width = *given;
    }
    EncoderTraining {
        data: args.data.clone(),
        splits: args.splits.clone(),
        split: args.split.clone(),
        without_validation: args.without_validation,
        all_subjects: args.all_subjects,
        teacher: args.teacher.clone(),
        teacher_frames: args.teacher_frames,
        teacher_cache: args.teacher_cache.clone(),
        start_from: args.start_from.clone(),
        out: args.out.clone(),
        widths,
        feature: args.feature,
        frames: args.frames,
        epochs: args.epochs,
        batch: args.batch,
        rate: args.rate,
        weight_decay: args.weight_decay,
        optimizer: args.optimizer,
        feature_weight: args.feature_weight,
        cosine_weight: args.cosine_weight,
        smoothing: args.smoothing,
        mirror: args.mirror,
        seed: args.seed,
        test_every: args.test_every,
        stop_after: args.stop_after,
    }
}
