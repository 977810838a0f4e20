//! Completes a bundle with files that its users download themselves: whole or not at all.

use super::assemble::swap_in;
use super::{BundleError, Download, MANIFEST_FILE, Manifest, check_file, sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How far down files are looked for: a clone of a whole project may be given in place of the folder that is needed.
const DEEPEST: usize = 6;

/// Files that are looked at: nobody downloads more for a bundle.
const MOST_FILES: usize = 20_000;

/// Completes the bundle in a folder with the downloaded files of another folder, and gives where the whole one lies.
///
/// Each file is checked against the manifest before anything is written; none is interpreted. The bundle is completed
/// where it lies, or, where that cannot be written to, put together as a whole in `elsewhere`.
pub fn import(
    bundle: &Path,
    from: &Path,
    elsewhere: Option<&Path>,
) -> Result<PathBuf, BundleError> {
    let manifest = Manifest::read(&bundle.join(MANIFEST_FILE))?;
    manifest.check(&bundle.join(MANIFEST_FILE))?;
    let Some(download) = &manifest.download else {
        return Err(BundleError::NoDownload {
            folder: bundle.to_owned(),
        });
    };
    // Our own part first: with a damaged one the bundle would stay useless.
    for (name, expected) in &manifest.files {
        if !download.names.contains_key(name) {
            check_file(&bundle.join(name), expected)?;
        }
    }
    let found = find_files(&manifest, download, from)?;
    let workshop = tempfile::Builder::new()
        .prefix(".import-")
        .tempdir_in(bundle)
        .map_err(BundleError::file("write in", bundle));
    match (workshop, elsewhere) {
        (Ok(workshop), _) => {
            complete(bundle, &manifest, &found, workshop.path())?;
            Ok(bundle.to_owned())
        }
        (Err(error), Some(target)) => {
            tracing::info!("{error}; {} is used instead", target.display());
            put_together(bundle, &manifest, &found, target)?;
            Ok(target.to_owned())
        }
        (Err(error), None) => Err(error),
    }
}

/// Finds the downloaded files by their names, and takes only the ones that the manifest vouches for.
fn find_files(
    manifest: &Manifest,
    download: &Download,
    from: &Path,
) -> Result<BTreeMap<String, PathBuf>, BundleError> {
    let files = files_below(from)?;
    let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, others) in &download.names {
        let expected = manifest.files.get(name).map_or("", String::as_str);
        let mut names = vec![name.clone()];
        names.extend(others.iter().cloned());
        match find_file(&files, &names, expected) {
            Ok(path) => {
                found.insert(name.clone(), path);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(found);
    }
    Err(BundleError::NotImported {
        from: from.to_owned(),
        faults,
    })
}

/// The first file of one of these names with this sha256, or what is wrong with the first of these names.
fn find_file(files: &[PathBuf], names: &[String], expected: &str) -> Result<PathBuf, BundleError> {
    let mut fault = None;
    for path in files {
        let is_named = |name: &String| {
            path.file_name()
                .is_some_and(|file| file.eq_ignore_ascii_case(name.as_str()))
        };
        if !names.iter().any(is_named) {
            continue;
        }
        let got = sha256(path)?;
        if got == expected {
            return Ok(path.clone());
        }
        if fault.is_none() {
            fault = Some(BundleError::NotTheFile {
                path: path.clone(),
                kind: kind_of(path)?,
                expected: expected.to_owned(),
                got,
            });
        }
    }
    Err(fault.unwrap_or_else(|| BundleError::NotDownloaded {
        name: names.first().cloned().unwrap_or_default(),
        names: names.to_vec(),
    }))
}

/// What a file is that is not the one that is needed: the usual accidents of a download have names.
fn kind_of(path: &Path) -> Result<&'static str, BundleError> {
    let mut start = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut start))
        .map_err(BundleError::file("read", path))?;
    let text = String::from_utf8_lossy(&start).trim_start().to_lowercase();
    Ok(if start.is_empty() {
        "empty"
    } else if text.starts_with("<!doctype") || text.starts_with("<html") {
        "a web page, not the file that it shows"
    } else if text.starts_with("version https://git-lfs") {
        "the name of a file in a large-file store, not the file"
    } else {
        "not the file that is needed"
    })
}

/// All files in a folder and in folders in it, by name.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    if !folder.is_dir() {
        return Err(BundleError::NoFolder {
            path: folder.to_owned(),
        });
    }
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((next, depth)) = folders.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            // What nobody may read is nothing that was downloaded; the given folder itself must be readable.
            Err(error) if depth > 0 => {
                tracing::debug!("{} is passed over: {error}", next.display());
                continue;
            }
            Err(error) => return Err(BundleError::file("read", &next)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(BundleError::file("read", &next))?;
            let kind = entry
                .file_type()
                .map_err(BundleError::file("read", &next))?;
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if kind.is_dir() && depth < DEEPEST && !is_hidden {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) {
                files.push(entry.path());
            }
            if files.len() > MOST_FILES {
                return Err(BundleError::TooManyFiles {
                    folder: folder.to_owned(),
                    most: MOST_FILES,
                });
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Puts the files where the bundle lies. A stop in between leaves some of the right files, and a bundle that is refused
/// as before.
fn complete(
    bundle: &Path,
    manifest: &Manifest,
    found: &BTreeMap<String, PathBuf>,
    workshop: &Path,
) -> Result<(), BundleError> {
    for (name, source) in found {
        copy_checked(manifest, name, source, workshop)?;
    }
    for name in found.keys() {
        let target = bundle.join(name);
        fs::rename(workshop.join(name), &target).map_err(BundleError::file("write", &target))?;
    }
    Ok(())
}

/// Puts the whole bundle elsewhere. It appears at once when it is complete, in place of an older one.
fn put_together(
    bundle: &Path,
    manifest: &Manifest,
    found: &BTreeMap<String, PathBuf>,
    target: &Path,
) -> Result<(), BundleError> {
    if target.exists() && !target.join(MANIFEST_FILE).is_file() {
        return Err(BundleError::Occupied {
            folder: target.to_owned(),
        });
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(BundleError::file("make", parent))?;
    let workshop = tempfile::Builder::new()
        .prefix(".import-")
        .tempdir_in(parent)
        .map_err(BundleError::file("write in", parent))?;
    let new = workshop.path().join("new");
    fs::create_dir(&new).map_err(BundleError::file("make", &new))?;
    for name in manifest.files.keys() {
        let own = bundle.join(name);
        copy_checked(manifest, name, found.get(name).unwrap_or(&own), &new)?;
    }
    let own = bundle.join(MANIFEST_FILE);
    copy(&own, &new.join(MANIFEST_FILE))?;
    swap_in(&new, target, &workshop.path().join("old"))
}

/// Copies a file of the manifest into a folder, and checks the copy: its source may have changed since it was read.
fn copy_checked(
    manifest: &Manifest,
    name: &str,
    source: &Path,
    folder: &Path,
) -> Result<(), BundleError> {
    let target = folder.join(name);
    copy(source, &target)?;
    let expected = manifest.files.get(name).map_or("", String::as_str);
    check_file(&target, expected)
}

/// Copies contents only: a downloaded file may be one that nobody can overwrite, and its copy must not be.
fn copy(source: &Path, target: &Path) -> Result<(), BundleError> {
    let mut from = fs::File::open(source).map_err(BundleError::file("read", source))?;
    let mut to = fs::File::create(target).map_err(BundleError::file("write", target))?;
    std::io::copy(&mut from, &mut to)
        .and_then(|_| to.sync_all())
        .map_err(BundleError::file("write", target))
}
