//! `synse features`: the features of every clip of a store, as a `.npy` table.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use ndarray::Array2;

use crate::encoder::FeatureView;
use crate::train::encoder::store_features;

/// Options of `synse features`.
#[derive(Args, Debug)]
pub struct FeaturesArgs {
    /// Clip store: NAME, NAME.safetensors or NAME.csv.
    store: PathBuf,
    /// Folder of the encoder's four streams.
    #[arg(long)]
    encoder: PathBuf,
    /// The table to write: a row per clip, in the store's order.
    #[arg(long)]
    out: PathBuf,
    /// Frames of a clip, a multiple of 4.
    #[arg(long)]
    frames: Option<usize>,
    /// What a clip's feature is made of.
    #[arg(long, default_value = "fused")]
    view: FeatureView,
}

/// Runs `synse features`.
pub fn run_features(args: &FeaturesArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = store_features(&args.store, &args.encoder, args.frames, args.view)?;
    let width = rows.first().map_or(0, Vec::len);
    ensure!(
        rows.iter().all(|row| row.len() == width),
        "the clips' features are not of one width"
    );
    let count = rows.len();
    let table = Array2::from_shape_vec((count, width), rows.concat())?;
    ndarray_npy::write_npy(&args.out, &table)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    writeln!(
        out,
        "{count} clips x {width} values: {}",
        args.out.display()
    )?;
    Ok(())
}
