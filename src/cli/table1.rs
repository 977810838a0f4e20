//! `synse evaluate table1`: the paper's splits on the authors' own resources.

use super::evaluate::chosen_methods;
use super::{UsageError, complain};
use crate::device::DeviceChoice;
use crate::evaluate::Row;
use crate::evaluate::table1::resources::{Layout, SPLITS, SplitKind};
use crate::evaluate::table1::{GateSource, Model, rows};
use crate::language::Language;
use crate::prepare::{Facts, Ntu};
use clap::{Args, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `synse evaluate table1`.
#[derive(Args, Debug)]
pub(super) struct Table1Args {
    /// Folder of the authors' resources: features (`shift_5_r`, `shift_val_5_r`, ...) and
    /// `resources` (word vectors, `label_splits`).
    #[arg(long, value_name = "DIR")]
    resources: PathBuf,
    /// Only this split: 55/5, 48/12, 110/10 or 96/24; all that there are features of by default.
    #[arg(long)]
    split: Option<String>,
    /// Folder of the authors' checkpoints of the split (`se_1699.pth.tar`, ..., `clasifier.pth.tar`).
    #[arg(long, value_name = "DIR", requires = "split")]
    checkpoints: Option<PathBuf>,
    /// The epoch in the checkpoints' names, where there are several.
    #[arg(long, requires = "checkpoints")]
    epoch: Option<usize>,
    /// Train SynSE in the reference profile: what is done where neither checkpoints nor methods are given.
    #[arg(long, conflicts_with_all = ["checkpoints", "method"])]
    train: bool,
    /// Train the methods of this name as `evaluate kinect` does, on the authors' features and word vectors; may be given many
    /// times. Motion cards are read from the classes' phrases.
    #[arg(long, value_name = "NAME", conflicts_with = "checkpoints")]
    method: Vec<String>,
    /// Only variants of this name, as zero-shot rows have it; may be given many times.
    #[arg(long, value_name = "NAME", requires = "method")]
    variant: Vec<String>,
    /// For the gate: a folder with the validation phase's `seen_zs.npy` and `unseen_zs.npy`, or with its checkpoints.
    /// Where anything is trained that phase is trained too.
    #[arg(long, value_name = "DIR", requires = "checkpoints")]
    validation: Option<PathBuf>,
    /// Cycles of training in the reference profile.
    #[arg(long, default_value_t = 10, conflicts_with = "method")]
    cycles: usize,
    /// How often it is trained.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..))]
    seeds: u64,
    /// The encoder that made the features.
    #[arg(long, default_value = "shift")]
    visual: String,
    /// The text encoder: `bert`, `bert_large` or `w2v`.
    #[arg(long, default_value = "bert")]
    text: String,
}

/// Runs `synse evaluate table1`: one JSON object a line.
pub(super) fn run_table1(args: &Table1Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let layout = Layout {
        folder: args.resources.clone(),
        visual: args.visual.clone(),
        text: args.text.clone(),
        draw: "r".to_owned(),
    };
    let kinds = match &args.split {
        None => layout.splits()?,
        Some(name) => {
            let kind = SPLITS.into_iter().find(|kind| kind.name == name);
            let names = SPLITS.map(|kind| kind.name).join(", ");
            let unknown = || UsageError(format!("no split `{name}`; the paper has {names}"));
            vec![kind.ok_or_else(unknown)?]
        }
    };
    let models = args.models()?;
    let bar = ProgressBar::new(0);
    let style = "{msg} {wide_bar} {human_pos} of {human_len} steps, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    for kind in kinds {
        bar.set_message(kind.name);
        // All of it is checked before anything is trained.
        let mut resources = layout.read(kind)?;
        if !args.method.is_empty() {
            anyhow::ensure!(
                resources.has_labels(),
                "{}: methods read whole labels too; expected {} beside the vectors of nouns and verbs",
                args.resources.display(),
                layout.labels_file(kind)
            );
            resources.describe(motions(kind)?);
        }
        let mut is_gated = resources.validation.is_some();
        for model in &models {
            let gate = args.gate(model);
            is_gated &= gate.is_some();
            let mut watch = |step, of| {
                bar.set_length(of as u64);
                bar.set_position(step as u64);
            };
            for row in rows(&resources, model, gate.as_ref(), args.seeds, &mut watch)? {
                let row = Row {
                    view: Some(format!("{}, {}", args.visual, args.text)),
                    ..row
                };
                writeln!(out, "{}", serde_json::to_string(&row)?)?;
            }
            out.flush()?;
        }
        if !is_gated {
            complain(&format!(
                "{}: zero-shot only; the gate needs the features {}_val_{}_r, and --validation where nothing is trained",
                kind.name, args.visual, kind.unseen
            ));
        }
    }
    bar.finish_and_clear();
    Ok(())
}

impl Table1Args {
    /// What is scored: the authors' checkpoints, methods of ours, or SynSE trained as they train it.
    fn models(&self) -> anyhow::Result<Vec<Model>> {
        if let Some(folder) = &self.checkpoints {
            return Ok(vec![checkpoints(folder, self.epoch)]);
        }
        if self.method.is_empty() {
            let cycles = self.cycles.max(1);
            return Ok(vec![Model::Trained { cycles }]);
        }
        let methods = chosen_methods(&self.method, &self.variant, false)?;
        Ok(methods
            .into_iter()
            .map(|method| Model::Method(method.into()))
            .collect())
    }

    /// Where a model's gate comes from.
    fn gate(&self, model: &Model) -> Option<GateSource> {
        match (&self.validation, model) {
            (Some(folder), _) if holds_probabilities(folder) => {
                Some(GateSource::Saved(folder.clone()))
            }
            (Some(folder), _) => Some(GateSource::Model(checkpoints(folder, None))),
            (None, Model::Checkpoints { .. }) => None,
            (None, trained) => Some(GateSource::Model(trained.clone())),
        }
    }
}

fn checkpoints(folder: &Path, epoch: Option<usize>) -> Model {
    Model::Checkpoints {
        folder: folder.to_owned(),
        epoch,
    }
}

/// The motion cards of a data set's classes, in their order.
fn motions(kind: SplitKind) -> anyhow::Result<Vec<Vec<f32>>> {
    let device = crate::device::open(&DeviceChoice::Cpu)?.device;
    let language = Language::load(&crate::bundle::models_folder()?, &device)?;
    let dataset = match kind.classes {
        60 => Ntu::Sixty,
        _ => Ntu::OneTwenty,
    };
    let phrases = Facts::of(dataset)?.classes;
    let phrases = phrases.iter().map(|class| language.read(&class.phrase));
    let vectors = language.embed(&phrases.collect::<Vec<_>>())?;
    Ok(vectors.into_iter().map(|vectors| vectors.motion).collect())
}

/// Whether a folder has what the authors' scripts save for the gate.
fn holds_probabilities(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .ends_with("unseen_zs.npy")
            })
        })
    })
}
