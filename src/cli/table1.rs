//! `synse evaluate table1`: the paper's splits on the authors' own resources.

use super::{UsageError, complain};
use crate::evaluate::table1::resources::{Layout, SPLITS};
use crate::evaluate::table1::{GateSource, Model, rows};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::PathBuf;

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
    #[arg(
        long,
        value_name = "DIR",
        requires = "split",
        required_unless_present = "train"
    )]
    checkpoints: Option<PathBuf>,
    /// The epoch in the checkpoints' names, where there are several.
    #[arg(long)]
    epoch: Option<usize>,
    /// Train instead, in the reference profile.
    #[arg(long, conflicts_with = "checkpoints")]
    train: bool,
    /// For the gate: a folder with the validation phase's `seen_zs.npy` and `unseen_zs.npy`, or with its checkpoints.
    /// With --train that phase is trained too.
    #[arg(long, value_name = "DIR", requires = "split")]
    validation: Option<PathBuf>,
    /// Cycles of training.
    #[arg(long, default_value_t = 10)]
    cycles: usize,
    /// How often it is trained.
    #[arg(long, default_value_t = 5)]
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
    let trained = Model::Trained {
        cycles: args.cycles.max(1),
    };
    let checkpoints = |folder: &PathBuf, epoch| Model::Checkpoints {
        folder: folder.clone(),
        epoch,
    };
    let model = match &args.checkpoints {
        Some(folder) => checkpoints(folder, args.epoch),
        None => trained.clone(),
    };
    let gate = match &args.validation {
        Some(folder) if holds_probabilities(folder) => Some(GateSource::Saved(folder.clone())),
        Some(folder) => Some(GateSource::Model(checkpoints(folder, None))),
        None if args.train => Some(GateSource::Model(trained)),
        None => None,
    };
    let bar = ProgressBar::new(0);
    let style = "{msg} {wide_bar} {human_pos} of {human_len} steps, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    for kind in kinds {
        bar.set_message(kind.name);
        // All of it is checked before anything is trained.
        let resources = layout.read(kind)?;
        if gate.is_none() || resources.validation.is_none() {
            complain(&format!(
                "{}: zero-shot only; the gate needs the features {}_val_{}_r and --train or --validation",
                kind.name, args.visual, kind.unseen
            ));
        }
        let found = rows(
            &resources,
            &model,
            gate.as_ref(),
            args.seeds,
            &mut |step, of| {
                bar.set_length(of as u64);
                bar.set_position(step as u64);
            },
        )?;
        for row in found {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
        }
        out.flush()?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Whether a folder has what the authors' scripts save for the gate.
fn holds_probabilities(folder: &std::path::Path) -> bool {
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
