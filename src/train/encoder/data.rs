//! The clips that an encoder learns from and is tested on: a clip store, less who and what is held out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::TrainError;
use crate::capture::clip_store::{ClipEntry, ClipStore};
use crate::phrases::splits::{Split, Splits};
use crate::skeleton::Frame;
use crate::whole_file::{self, Readers};

/// What is common to a class cannot be learned from fewer clips of it.
const LEAST_CLIPS: usize = 2;

/// Who and what is held out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldOut {
    /// Test subjects, as `dataset:subject`.
    pub subjects: BTreeSet<String>,
    /// Subjects that are neither trained on nor tested: a gate is to learn from them.
    pub gate_subjects: BTreeSet<String>,
    /// Phrases that the encoder is not to see.
    pub phrases: BTreeSet<String>,
}

impl HeldOut {
    /// Reads `splits.csv` (`split,role,values`): the test subjects of `*`, and what a split calls unseen, which must be
    /// phrases of the store.
    ///
    /// `without_validation` holds out the split's validation-unseen phrases too.
    pub fn read(
        file: &Path,
        split: Option<&str>,
        without_validation: bool,
        store: &ClipStore,
    ) -> Result<Self, TrainError> {
        let splits = Splits::read(file)?;
        let mut held = Self {
            subjects: splits.test_subjects.iter().cloned().collect(),
            ..Self::default()
        };
        let Some(name) = split else {
            return Ok(held);
        };
        let Some(split) = splits.get(name) else {
            let known: Vec<&str> = splits.splits.iter().map(|x| x.name.as_str()).collect();
            return Err(TrainError::Setting {
                setting: "split",
                expected: "a split of the splits file",
                got: format!("`{name}`, which is not among {known:?}: {}", file.display()),
            });
        };
        let validation = without_validation.then_some(&split.validation_unseen);
        let withheld = Split {
            validation_unseen: validation.cloned().unwrap_or_default(),
            ..split.clone()
        };
        withheld
            .check_known(store.clips.iter().map(|entry| entry.phrase.as_str()))
            .map_err(|source| TrainError::Unknown {
                file: file.to_owned(),
                source,
            })?;
        held.phrases.extend(withheld.withheld().map(str::to_owned));
        Ok(held)
    }

    /// Keeps training subjects back for a gate; each must be in the store and no test subject.
    pub(crate) fn keep_back(
        &mut self,
        subjects: &[String],
        store: &ClipStore,
    ) -> Result<(), TrainError> {
        for subject in subjects {
            let is_known = store
                .clips
                .iter()
                .any(|entry| entry.performer() == *subject);
            if !is_known || self.subjects.contains(subject) {
                return Err(TrainError::Setting {
                    setting: "gate-subjects",
                    expected: "training subjects of the store as dataset:subject",
                    got: subject.clone(),
                });
            }
            self.gate_subjects.insert(subject.clone());
        }
        Ok(())
    }
}

/// One clip with its class.
#[derive(Clone, Debug)]
pub(crate) struct LabelledClip {
    pub(crate) class: usize,
    /// The recording less the frames in which nobody is in view.
    pub(crate) frames: Vec<Frame>,
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
    /// Of the same classes by the subjects who are kept back for a gate.
    pub(crate) kept_back: Vec<LabelledClip>,
    /// Differs where other clips are learned from, or as other classes: a sum over the clips' entries, not over their joints.
    pub(crate) fingerprint: String,
}

impl Clips {
    /// Reads a store. With `all_subjects` the test subjects are trained on as well, and still reported.
    pub(crate) fn read(
        store: &ClipStore,
        held: &HeldOut,
        all_subjects: bool,
    ) -> Result<Self, TrainError> {
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
        let (mut training, mut test, mut kept_back) = (Vec::new(), Vec::new(), Vec::new());
        let mut learned = Sha256::new();
        for entry in &store.clips {
            let subject = entry.performer();
            let Some(&class) = class_of.get(entry.phrase.as_str()) else {
                continue;
            };
            let mut frames = store.frames_of(entry)?;
            frames.retain(|frame| !frame.bodies.is_empty());
            if frames.is_empty() {
                continue;
            }
            let clip = LabelledClip {
                class,
                frames,
                mirrors: mirrors(&entry.phrase),
            };
            if held.gate_subjects.contains(&subject) {
                kept_back.push(clip);
                continue;
            }
            let is_test = held.subjects.contains(&subject);
            if is_test {
                test.push(clip.clone());
            }
            if !is_test || all_subjects {
                let (name, frames) = (&entry.clip, entry.frames);
                learned.update(format!("{name:?} {:?} {frames}\n", entry.phrase));
                training.push(clip);
            }
        }
        if training.is_empty() || classes.len() < 2 {
            return Err(TrainError::NothingToLearn {
                clips: training.len(),
                classes: classes.len(),
            });
        }
        let mut counts = vec![0; classes.len()];
        for clip in &training {
            counts[clip.class] += 1;
        }
        if let Some(class) = counts.iter().position(|count| *count < LEAST_CLIPS) {
            return Err(TrainError::TooFewClips {
                class: classes[class].clone(),
                clips: counts[class],
            });
        }
        let digits = learned.finalize();
        let fingerprint = digits.iter().take(8).map(|byte| format!("{byte:02x}"));
        Ok(Self {
            classes,
            training,
            test,
            kept_back,
            fingerprint: fingerprint.collect(),
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
    whole_file::write(file, text, Readers::Everybody).map_err(|source| TrainError::File {
        file: file.to_owned(),
        source,
    })
}
