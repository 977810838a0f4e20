//! `synse import`: recordings of other tools into a clip store; and bundles completed with downloaded files.

use super::export::{ReadingArgs, read_all, told};
use super::{Outcome, UsageError};
use crate::bundle;
use crate::language::split::split;
use crate::recording::export::write_store;
use crate::recording::take::Take;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `import`.
#[derive(clap::Args, Clone, Debug)]
#[command(
    override_usage = "synse import FILE... --out STORE [OPTIONS]\n       synse import BUNDLE PATH"
)]
pub(super) struct Args {
    /// Recordings to put into a clip store: .skeleton, .csv, .tsv, .parquet, .json or .bvh of this program or another;
    /// or a bundle, by its name or folder, and the folder of the files that were downloaded for it.
    #[arg(required = true, value_name = "FILE")]
    what: Vec<String>,
    /// The clip store to write: its name without an ending.
    #[arg(long, value_name = "STORE")]
    out: Option<PathBuf>,
    /// What the recordings show, where they do not say it.
    #[arg(long, value_name = "PHRASE", requires = "out")]
    phrase: Option<String>,
    /// Who performs, where the recordings do not say it.
    #[arg(long, value_name = "NAME", requires = "out")]
    subject: Option<String>,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Imports, and says where it lies.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match (&args.out, args.what.as_slice()) {
        (Some(store), files) => recordings(args, files, store, out),
        (None, [bundle, from]) if !Path::new(bundle).is_file() => complete(bundle, from, out),
        (None, _) => Err(UsageError(
            "import needs --out STORE for recordings, or a bundle and a folder".to_owned(),
        )
        .into()),
    }
}

fn recordings(
    args: &Args,
    files: &[String],
    store: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let mut lost = Vec::new();
    let mut takes = read_all(files, &args.reading, &mut lost)?;
    for take in &mut takes {
        fill(take, args);
    }
    let exported = write_store(&takes, store)?;
    let frames: usize = takes.iter().map(|take| take.frames.len()).sum();
    let count = takes.len();
    let clips = if count == 1 { "clip" } else { "clips" };
    if let Some(path) = exported.paths.first() {
        writeln!(out, "{count} {clips}, {frames} frames: {}", path.display())?;
    }
    lost.extend(exported.lost);
    Ok(told(&lost))
}

/// Fills what the file does not say.
fn fill(take: &mut Take, args: &Args) {
    let facts = &mut take.facts;
    if let (true, Some(phrase)) = (facts.phrase.is_empty(), &args.phrase) {
        phrase.trim().clone_into(&mut facts.phrase);
    }
    if let (true, Some(subject)) = (facts.subject.is_empty(), &args.subject) {
        subject.trim().clone_into(&mut facts.subject);
    }
    if facts.verb.is_empty() && !facts.phrase.is_empty() {
        let split = split(&facts.phrase);
        facts.verb = split.verb;
        facts.noun = split.noun.unwrap_or_default();
    }
}

fn complete(named: &str, from: &str, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let folder = bundle::find(Some(Path::new(named)))?;
    let elsewhere = folder
        .file_name()
        .and_then(|name| Some(bundle::user_models_folder()?.join(name)));
    let whole = bundle::import(&folder, Path::new(from), elsewhere.as_deref())?;
    writeln!(
        out,
        "{} is complete: `--bundle {named}` uses it",
        whole.display()
    )?;
    Ok(Outcome::Done)
}
