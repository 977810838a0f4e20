//! `synse import`: completes a bundle with files that its users download themselves.

use super::Outcome;
use crate::bundle;
use std::io::Write;
use std::path::PathBuf;

/// Options of `import`.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Args {
    /// The bundle to complete: its name in the models folder, or its folder.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The folder of the downloaded files; folders in it are searched too.
    #[arg(value_name = "PATH")]
    from: PathBuf,
}

/// Imports, and says where the whole bundle lies.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let folder = bundle::find(Some(&args.bundle))?;
    let elsewhere = folder
        .file_name()
        .and_then(|name| Some(bundle::user_models_folder()?.join(name)));
    let whole = bundle::import(&folder, &args.from, elsewhere.as_deref())?;
    writeln!(
        out,
        "{} is complete: `--bundle {}` uses it",
        whole.display(),
        args.bundle.display()
    )?;
    Ok(Outcome::Done)
}
