//! Puts a bundle together from the files that training left: whole or not at all.

use super::{BundleError, Download, GATE_FILE, MANIFEST_FILE, Manifest, SYNSE_FILE, sha256};
use crate::encoder::{FeatureView, MEASURES_FILE, stream_name};
use crate::window::clip::{ClipConfig, Stream};
use std::fs;
use std::path::{Path, PathBuf};

/// What a bundle is put together from.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What to call it.
    pub name: String,
    /// What it was trained on and how, for people.
    pub about: String,
    /// The seen classes, in the order of the encoder's logits.
    pub seen: Vec<String>,
    /// The clips that the encoder was trained on.
    pub clip: ClipConfig,
    /// What a clip's feature is made of, as the alignment was trained on it.
    pub view: FeatureView,
    /// The four streams' weights, in the order of [`Stream::ALL`].
    pub streams: [PathBuf; 4],
    /// The head that speaks for the measures among the seen classes, where there is one.
    pub measures: Option<PathBuf>,
    /// The alignment.
    pub synse: PathBuf,
    /// The gate.
    pub gate: PathBuf,
    /// How those files are come by that the bundle vouches for and does not hold; `None` where it holds all.
    pub download: Option<Download>,
}

/// Writes a bundle folder. It appears at once when it is complete, in place of an older bundle of that name.
pub fn assemble(folder: &Path, parts: &Parts) -> Result<Manifest, BundleError> {
    if folder.exists() && !folder.join(MANIFEST_FILE).is_file() {
        return Err(BundleError::Occupied {
            folder: folder.to_owned(),
        });
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(BundleError::file("make", parent))?;
    // On the same file system, so that renaming is one step.
    let workshop = tempfile::Builder::new()
        .prefix(".bundle-")
        .tempdir_in(parent)
        .map_err(BundleError::file("write in", parent))?;
    let new = workshop.path().join("new");
    fs::create_dir(&new).map_err(BundleError::file("make", &new))?;

    let mut manifest = Manifest::new(&parts.name, parts.seen.clone(), &parts.clip);
    manifest.view = parts.view;
    manifest.about.clone_from(&parts.about);
    manifest.download.clone_from(&parts.download);
    for (name, source) in files(parts) {
        let is_left_out = |download: &Download| download.names.contains_key(&name);
        let hash = if parts.download.as_ref().is_some_and(is_left_out) {
            sha256(source)?
        } else {
            let target = new.join(&name);
            fs::copy(source, &target).map_err(BundleError::file("copy", source))?;
            sha256(&target)?
        };
        manifest.files.insert(name, hash);
    }
    let path = new.join(MANIFEST_FILE);
    manifest.check(&path)?;
    let text = toml::to_string_pretty(&manifest).map_err(|error| BundleError::Manifest {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    fs::write(&path, text).map_err(BundleError::file("write", &path))?;
    swap_in(&new, folder, &workshop.path().join("old"))?;
    Ok(manifest)
}

/// The names of the files in the bundle, and where they come from.
fn files(parts: &Parts) -> Vec<(String, &Path)> {
    let mut files: Vec<(String, &Path)> = Stream::ALL
        .into_iter()
        .zip(&parts.streams)
        .map(|(stream, path)| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            let name = format!(
                "{}.{}",
                stream_name(stream),
                ending.unwrap_or("safetensors")
            );
            (name, path.as_path())
        })
        .collect();
    let measures = parts.measures.iter().map(PathBuf::as_path);
    files.extend(measures.map(|path| (MEASURES_FILE.into(), path)));
    files.push((SYNSE_FILE.into(), &parts.synse));
    files.push((GATE_FILE.into(), &parts.gate));
    files
}

/// Puts `new` in the place of `folder`; what was there goes to `old` first, and comes back if that fails.
pub(super) fn swap_in(new: &Path, folder: &Path, old: &Path) -> Result<(), BundleError> {
    let replaces = folder.exists();
    if replaces {
        fs::rename(folder, old).map_err(BundleError::file("replace", folder))?;
    }
    fs::rename(new, folder).map_err(|source| {
        if replaces && let Err(error) = fs::rename(old, folder) {
            tracing::error!(
                "the old bundle could not be put back to {}: {error}",
                folder.display()
            );
        }
        BundleError::file("write", folder)(source)
    })
}
