//! `synse lexicon`: the vectors of the motion lexicon's keys, made anew after its tables were edited.

use super::Outcome;
use crate::bundle;
use crate::device::{self, DeviceChoice};
use crate::language::{Language, lexicon_vectors};
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;

/// Options of `lexicon`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The file to write; the program is built with assets/motion/vectors.safetensors.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Embeds every key and writes the file.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let device = device::open(&DeviceChoice::Cpu)?.device;
    let language = Language::load(&bundle::models_folder()?, &device)?;
    let lexicon = language.lexicon();
    let bytes = lexicon_vectors(lexicon, language.encoder())?;
    std::fs::write(&args.out, bytes)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    writeln!(
        out,
        "the vectors of {} entries: {}",
        lexicon.entries().len(),
        args.out.display()
    )?;
    Ok(Outcome::Done)
}
