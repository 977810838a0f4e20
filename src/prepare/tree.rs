//! What there is to be prepared: a tree of `.skeleton` files, less those that the data set's authors say are missing.

use super::facts::Facts;
use super::run::Note;
use super::{PrepareError, SampleName};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A sample's file.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) name: SampleName,
    pub(super) path: PathBuf,
    /// Its path below the tree's root, with `/`.
    pub(super) shown: String,
    bytes: u64,
}

/// A tree, looked through.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In the order of their names.
    pub(super) samples: Vec<Sample>,
    /// Files that are none of the data set's, though they look like it.
    pub(super) left_out: Vec<Note>,
    /// Samples that are there, but on the list of missing skeletons.
    pub(super) missing: usize,
    /// Samples of the larger data set only.
    pub(super) of_other_setups: usize,
}

impl Tree {
    /// Looks through a folder and all below it. Files that do not end in `.skeleton`, and hidden ones, are passed over.
    pub(super) fn look(
        folder: &Path,
        facts: &Facts,
        missing: &BTreeSet<SampleName>,
    ) -> Result<Self, PrepareError> {
        let mut tree = Self::default();
        let mut found = Vec::new();
        let hidden = |name: &str| name.starts_with('.');
        for entry in WalkDir::new(folder).follow_links(true) {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(folder).to_path_buf();
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| std::io::Error::other("its links run in a circle"));
                PrepareError::File {
                    action: "read",
                    path,
                    source,
                }
            })?;
            let path = entry.path();
            let file_name = entry.file_name().to_string_lossy();
            let is_skeleton = path
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("skeleton"));
            if !entry.file_type().is_file() || !is_skeleton || hidden(&file_name) {
                continue;
            }
            let below = path.strip_prefix(folder).unwrap_or(path);
            let shown = below.to_string_lossy().replace('\\', "/");
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            match stem.parse::<SampleName>() {
                Ok(name) => found.push(Sample {
                    name,
                    bytes: entry.metadata().map_or(0, |file| file.len()),
                    path: path.to_path_buf(),
                    shown,
                }),
                Err(error) => tree.left_out.push(Note::left_out(shown, error.to_string())),
            }
        }
        found.sort_by(|a, b| (a.name, &a.shown).cmp(&(b.name, &b.shown)));
        tree.sort_out(found, facts, missing);
        tree.left_out.sort_by(|a, b| a.file.cmp(&b.file));
        if tree.samples.is_empty() {
            return Err(PrepareError::Nothing {
                folder: folder.to_path_buf(),
                dataset: facts.dataset.name(),
                others: tree.left_out.len() + tree.of_other_setups + tree.missing,
            });
        }
        Ok(tree)
    }

    fn sort_out(&mut self, found: Vec<Sample>, facts: &Facts, missing: &BTreeSet<SampleName>) {
        for sample in found {
            let first = self.samples.last().filter(|last| last.name == sample.name);
            if let Some(first) = first {
                let reason = format!("the same sample as {}", first.shown);
                self.left_out.push(Note::left_out(sample.shown, reason));
            } else if missing.contains(&sample.name) {
                self.missing += 1;
            } else if !facts.has(sample.name) {
                self.of_other_setups += 1;
            } else if let Err(reason) = facts.class_of(sample.name) {
                self.left_out.push(Note::left_out(sample.shown, reason));
            } else {
                self.samples.push(sample);
            }
        }
    }

    /// Stands for this list of files: names and sizes.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for sample in &self.samples {
            hash.update(format!("{}\t{}\n", sample.shown, sample.bytes));
        }
        let mut text = String::new();
        for byte in hash.finalize().iter().take(8) {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").ok();
        }
        text
    }
}

/// Reads a list of samples with missing skeletons as it is published: a name a line, and perhaps a heading.
pub(super) fn missing_list(path: &Path) -> Result<BTreeSet<SampleName>, PrepareError> {
    let bytes = std::fs::read(path).map_err(PrepareError::file("read", path))?;
    let text = String::from_utf8_lossy(&bytes);
    let name = |line: &str| line.trim().trim_end_matches(".skeleton").parse().ok();
    let names: BTreeSet<SampleName> = text.lines().filter_map(name).collect();
    if names.is_empty() {
        return Err(PrepareError::MissingList {
            path: path.to_path_buf(),
            lines: text.lines().count(),
        });
    }
    Ok(names)
}
