//! The clips that an encoder learns from and is tested on: a clip store, less who and what is held out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::TrainError;
use crate::capture::clip_store::{ClipEntry, ClipStore};
use crate::skeleton::Joints;

/// Who and what is held out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldOut {
    /// Test subjects, as `dataset:subject`.
    pub subjects: BTreeSet<String>,
    /// Phrases that the encoder is not to see.
    pub phrases: BTreeSet<String>,
}

#[derive(Deserialize)]
struct SplitRow {
    split: String,
    role: String,
    values: String,
}

impl HeldOut {
    /// Reads `splits.csv` (`split,role,values`): the test subjects of `*`, and what a split calls unseen.
    ///
    /// `without_validation` holds out the split's validation-unseen phrases too.
    pub fn read(
        file: &Path,
        split: Option<&str>,
        without_validation: bool,
    ) -> Result<Self, TrainError> {
        let wrong = |reason: String| TrainError::Splits {
            file: file.to_owned(),
            reason,
        };
        let mut reader = csv::Reader::from_path(file).map_err(|error| wrong(error.to_string()))?;
        let mut held = Self::default();
        let mut splits = BTreeSet::new();
        for row in reader.deserialize() {
            let row: SplitRow = row.map_err(|error| wrong(error.to_string()))?;
            let values = row.values.split(';').map(|value| value.trim().to_owned());
            match row.role.as_str() {
                "test-subjects" => held.subjects.extend(values),
                "unseen" if Some(row.split.as_str()) == split => held.phrases.extend(values),
                "validation-unseen" if Some(row.split.as_str()) == split && without_validation => {
                    held.phrases.extend(values);
                }
                _ => {}
            }
            splits.insert(row.split);
        }
        match split {
            Some(split) if held.phrases.is_empty() => Err(wrong(format!(
                "no unseen phrases of split `{split}`, expected one of {splits:?}"
            ))),
            _ => Ok(held),
        }
    }

    fn is_test(&self, entry: &ClipEntry) -> bool {
        let subject = format!("{}:{}", entry.dataset, entry.subject);
        self.subjects.contains(&subject)
    }
}

/// One clip with its class.
#[derive(Clone, Debug)]
pub(crate) struct LabelledClip {
    pub(crate) class: usize,
    pub(crate) joints: Vec<Joints>,
    /// Whether its mirror image shows the same action.
    pub(crate) mirrors: bool,
}

/// Clips for training and, of the same classes by other people, for testing.
#[derive(Clone, Debug)]
pub(crate) struct Clips {
    /// Class names in alphabetical order: the order of the logits.
    pub(crate) classes: Vec<String>,
    pub(crate) training: Vec<LabelledClip>,
    pub(crate) test: Vec<LabelledClip>,
}

impl Clips {
    /// Reads a store. With `all_subjects` the test subjects are trained on as well, and still reported.
    pub(crate) fn read(
        store: &Path,
        held: &HeldOut,
        all_subjects: bool,
    ) -> Result<Self, TrainError> {
        let store = ClipStore::open(store)?;
        let seen = |entry: &&ClipEntry| !held.phrases.contains(&entry.phrase);
        let names: BTreeSet<&str> = store
            .clips
            .iter()
            .filter(seen)
            .map(|entry| entry.phrase.as_str())
            .collect();
        let classes: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let class_of: BTreeMap<&str, usize> = classes
            .iter()
            .enumerate()
            .map(|(class, name)| (name.as_str(), class))
            .collect();
        let (mut training, mut test) = (Vec::new(), Vec::new());
        for entry in &store.clips {
            let Some(&class) = class_of.get(entry.phrase.as_str()) else {
                continue;
            };
            let mut joints = store.joints_of(entry)?;
            joints.retain(|joints| joints.as_flattened().iter().any(|&x| x != 0.0));
            if joints.is_empty() {
                continue;
            }
            let clip = LabelledClip {
                class,
                joints,
                mirrors: mirrors(&entry.phrase),
            };
            let is_test = held.is_test(entry);
            if is_test {
                test.push(clip.clone());
            }
            if !is_test || all_subjects {
                training.push(clip);
            }
        }
        if training.is_empty() || classes.len() < 2 {
            return Err(TrainError::NothingToLearn {
                clips: training.len(),
                classes: classes.len(),
            });
        }
        Ok(Self {
            classes,
            training,
            test,
        })
    }
}

/// Letters and ticks are drawn the wrong way round in a mirror.
fn mirrors(phrase: &str) -> bool {
    !phrase
        .split_whitespace()
        .any(|word| matches!(word, "letter" | "tick"))
}

/// `splits.csv` beside a store.
pub(crate) fn splits_beside(store: &Path) -> PathBuf {
    store.with_file_name("splits.csv")
}

/// Writes the class names, one a line, in the order of the logits.
pub(crate) fn write_classes(file: &Path, classes: &[String]) -> Result<(), TrainError> {
    let text = classes.join("\n") + "\n";
    fs::write(file, text).map_err(|source| TrainError::File {
        file: file.to_owned(),
        source,
    })
}
