//! `synse train`: the four streams, which go on after a stop and leave a run folder, and the bundle made of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::corpus::CorpusArgs;
use super::options::parse_device;
use crate::bundle::{Download, Parts, assemble};
use crate::device::DeviceChoice;
use crate::encoder::{MEASURES_FILE, stream_files};
use crate::phrases::splits::Split;
use crate::train::align::FitConfig;
use crate::train::bundle::{Alignment, GateRun, align};
use crate::train::encoder::{
    Augmentation, EncoderTraining, HeadTraining, OptimizerKind, blend, refit, run,
};

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
    Bundle(Box<BundleArgs>),
    /// The mean of a trained encoder's weights and of those that it began with: it keeps more of what it never saw.
    Blend {
        /// The trained encoder's run folder.
        #[arg(long)]
        encoder: PathBuf,
        /// The encoder that it began with.
        #[arg(long)]
        start: PathBuf,
        /// How far towards the trained one, 0 to 1.
        #[arg(long, default_value_t = 0.5)]
        part: f32,
        /// Folder of the result.
        #[arg(long)]
        out: PathBuf,
    },
    /// A trained or blended encoder's classifier, fitted to the end on features that stay as they are.
    Head {
        /// Clip store: NAME, NAME.safetensors or NAME.csv; whom and what the encoder's training held out is left out.
        #[arg(long)]
        data: PathBuf,
        /// Test subjects and splits; splits.csv beside the store by default.
        #[arg(long)]
        splits: Option<PathBuf>,
        /// The encoder's folder, with the record of its training.
        #[arg(long)]
        encoder: PathBuf,
        /// Folder of the result.
        #[arg(long)]
        out: PathBuf,
        /// Penalty of the squared weights per clip, on features of unit variance.
        #[arg(long, default_value_t = 0.001)]
        penalty: f32,
        /// What a classifier of the kinematic measures weighs beside the streams' 0.6, 0.6, 0.4 and 0.4; with 0 there is
        /// none.
        #[arg(long, default_value_t = 0.6)]
        measures: f32,
    },
}

/// Options of `synse train bundle`.
#[derive(Args, Debug)]
struct BundleArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// The bundle's folder; it appears when it is complete.
    #[arg(long)]
    out: PathBuf,
    /// SPLIT=FOLDER, may be repeated: an encoder that was trained without that split's unseen phrases, for the gate to
    /// learn from. Without any, the bundle's own encoder stands in, which has seen them.
    #[arg(long, value_name = "SPLIT=FOLDER", value_parser = split_and_folder)]
    gate_run: Vec<(String, PathBuf)>,
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
    /// Training subjects to keep back for a gate, as DATASET:SUBJECT, separated by commas.
    #[arg(long, value_delimiter = ',')]
    gate_subjects: Vec<String>,
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
    /// Bodies of a clip, 1 or 2: with 2, what two people do to each other is learned from both.
    #[arg(long, default_value_t = 1)]
    bodies: usize,
    /// Channels of blocks 1-4, 5-7 and 8-10; multiples of 16 are fast.
    #[arg(long, value_parser = widths, default_value = "32,64,128")]
    widths: [usize; 3],
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
    /// What else is done to clips by chance is not done of these kinds, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    no_augment: Vec<Augmentation>,
    /// Of all that is drawn by chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Test every so many epochs.
    #[arg(long, default_value_t = 5)]
    test_every: usize,
    /// Stop after this many epochs, to go on later by the same command.
    #[arg(long)]
    stop_after: Option<usize>,
    /// Where to train: cpu, auto, gpu, gpu:INDEX, gpu:NAME or software. Only on the CPU does a seed give the same
    /// weights each time.
    #[arg(long, default_value = "cpu", value_parser = parse_device)]
    device: DeviceChoice,
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
        What::Blend {
            encoder,
            start,
            part,
            out,
        } => blend(encoder, start, *part, out).context("blending encoders"),
        What::Head {
            data,
            splits,
            encoder,
            out: folder,
            penalty,
            measures,
        } => {
            let report = refit(&HeadTraining {
                data: data.clone(),
                splits: splits.clone(),
                encoder: encoder.clone(),
                out: folder.clone(),
                penalty: *penalty,
                measures: *measures,
            })
            .context("fitting the classifier")?;
            writeln!(out, "{}", serde_json::to_string(&report)?)?;
            Ok(())
        }
    }
}

/// `SPLIT=FOLDER`.
fn split_and_folder(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((split, folder)) if !split.is_empty() && !folder.is_empty() => {
            Ok((split.to_owned(), folder.into()))
        }
        _ => Err("expected SPLIT=FOLDER, such as A=runs/without-a".to_owned()),
    }
}

/// Encodes the clips, trains alignment and gate, and puts the bundle together.
fn run_bundle(args: &BundleArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let download = args.download.as_deref().map(read_download).transpose()?;
    let splits = args.corpus.splits()?;
    let used: Vec<&Split> = if args.gate_run.is_empty() {
        args.corpus.of_the_store(&splits.splits)?
    } else {
        let runs = args.gate_run.iter();
        runs.filter_map(|(run, _)| splits.get(run)).collect()
    };
    args.corpus.check(&used)?;
    let (corpus, clip) = args.corpus.encode(&splits)?;
    let mut runs = Vec::with_capacity(args.gate_run.len());
    for (split, folder) in &args.gate_run {
        let (corpus, _) = args.corpus.encode_by(folder, &splits)?;
        runs.push(GateRun {
            split: split.clone(),
            corpus,
        });
    }
    let config = FitConfig::ours().with_card(corpus.reads_cards);
    let Alignment { synse, gate } = align(&corpus, &splits, &runs, &config, args.seed)?;
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
        view: args.corpus.view,
        streams: stream_files(args.corpus.encoder())?,
        measures: Some(args.corpus.encoder().join(MEASURES_FILE)).filter(|file| file.is_file()),
        synse: synse_file,
        gate: gate_file,
        download,
    };
    assemble(&args.out, &parts)?;
    let line = serde_json::json!({
        "bundle": args.out, "seen": corpus.seen, "temperature": synse.temperature, "gate_temperature": gate.temperature,
        "gate_threshold": gate.threshold, "gate_runs": runs.len(),
    });
    writeln!(out, "{line}")?;
    Ok(())
}

/// `32,64,128`.
fn widths(text: &str) -> Result<[usize; 3], String> {
    let parts: Result<Vec<usize>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let parts = parts.map_err(|error| format!("{error}, expected three widths as 32,64,128"))?;
    <[usize; 3]>::try_from(parts)
        .map_err(|parts| format!("{} widths, expected three as 32,64,128", parts.len()))
}

fn read_download(path: &Path) -> anyhow::Result<Download> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn training(args: &EncoderArgs) -> EncoderTraining {
    // In whichever order they are named, it is the same run.
    let mut no_augment = args.no_augment.clone();
    no_augment.sort_unstable();
    no_augment.dedup();
    EncoderTraining {
        data: args.data.clone(),
        splits: args.splits.clone(),
        split: args.split.clone(),
        without_validation: args.without_validation,
        all_subjects: args.all_subjects,
        gate_subjects: args.gate_subjects.clone(),
        teacher: args.teacher.clone(),
        teacher_frames: args.teacher_frames,
        teacher_cache: args.teacher_cache.clone(),
        start_from: args.start_from.clone(),
        out: args.out.clone(),
        bodies: args.bodies,
        widths: args.widths,
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
        no_augment,
        seed: args.seed,
        test_every: args.test_every,
        stop_after: args.stop_after,
        device: args.device.clone(),
    }
}
