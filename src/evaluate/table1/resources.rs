//! The authors' folder of features, labels, word vectors and splits, read whole and checked before anything is trained.

use super::error::ResourceError;
use super::npy::{numbers, rows, vectors};
use super::phase::{Phase, Sides, shaped};
use crate::language::PhraseVectors;
use std::path::{Path, PathBuf};

/// One of the paper's splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitKind {
    /// Seen and unseen classes.
    pub name: &'static str,
    /// All classes: 60 or 120.
    pub classes: usize,
    /// How many are unseen.
    pub unseen: usize,
    /// Latent dimensions.
    pub latent: usize,
    /// Steps of a cycle.
    pub cycle_steps: usize,
}

/// The paper's four splits.
pub const SPLITS: [SplitKind; 4] = [
    SplitKind::ntu60("55/5", 5),
    SplitKind::ntu60("48/12", 12),
    SplitKind::ntu120("110/10", 10),
    SplitKind::ntu120("96/24", 24),
];

impl SplitKind {
    const fn ntu60(name: &'static str, unseen: usize) -> Self {
        Self {
            name,
            classes: 60,
            unseen,
            latent: 100,
            cycle_steps: 1_700,
        }
    }

    const fn ntu120(name: &'static str, unseen: usize) -> Self {
        Self {
            name,
            classes: 120,
            unseen,
            latent: 200,
            cycle_steps: 1_900,
        }
    }
}

/// The phase in which the gate is trained: some seen classes stand for the unseen ones.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Classes that stand for unseen ones, ascending.
    pub unseen: Vec<usize>,
    /// Its encoder's samples.
    pub phase: Phase,
}

/// All of a split.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Which split.
    pub kind: SplitKind,
    /// The classes' words: unit vectors of noun and verb, and of the whole label where there is a file of those. They have no
    /// motion until they are given some ([`Self::describe`]).
    pub phrases: Vec<PhraseVectors>,
    /// Seen classes, in the file's order.
    pub seen: Vec<usize>,
    /// Unseen classes, ascending.
    pub unseen: Vec<usize>,
    /// What is trained and tested on.
    pub test: Phase,
    /// What the gate is trained on, where there is any.
    pub validation: Option<Validation>,
}

/// A row per sample, a probability per class.
pub type Probabilities = Vec<Vec<f32>>;

/// Which of the authors' files are read.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Holds the folders of features and `resources`, itself or in `inputs` or `ntu_results`.
    pub folder: PathBuf,
    /// The encoder that made the features: `shift`, `msg3d`.
    pub visual: String,
    /// The text encoder: `bert`, `bert_large`, `w2v`.
    pub text: String,
    /// The kind of split: `r`, random.
    pub draw: String,
}

impl Layout {
    /// The folder of one phase's features.
    fn features(&self, kind: SplitKind, validation: bool) -> Option<PathBuf> {
        let between = if validation { "_val" } else { "" };
        let name = format!("{}{between}_{}_{}", self.visual, kind.unseen, self.draw);
        self.found(&name)
    }

    fn found(&self, name: &str) -> Option<PathBuf> {
        ["", "inputs", "ntu_results"]
            .into_iter()
            .map(|between| self.folder.join(between).join(name))
            .find(|path| path.is_dir())
    }

    /// The splits that there are features of.
    pub fn splits(&self) -> Result<Vec<SplitKind>, ResourceError> {
        let there = |kind: &SplitKind| self.features(*kind, false).is_some();
        let found: Vec<SplitKind> = SPLITS.into_iter().filter(there).collect();
        if found.is_empty() {
            let names = SPLITS.map(|kind| format!("{}_{}_{}", self.visual, kind.unseen, self.draw));
            return Err(ResourceError::Missing {
                folder: self.folder.clone(),
                expected: format!("a folder of features, {}", names.join(" or ")),
            });
        }
        Ok(found)
    }

    /// Reads and checks all of a split.
    pub fn read(&self, kind: SplitKind) -> Result<Resources, ResourceError> {
        let missing = |expected: String| ResourceError::Missing {
            folder: self.folder.clone(),
            expected,
        };
        let features = self.features(kind, false).ok_or_else(|| {
            missing(format!(
                "the folder of features {}_{}_{}",
                self.visual, kind.unseen, self.draw
            ))
        })?;
        let words = self
            .found("resources")
            .ok_or_else(|| missing("the folder resources".to_owned()))?;
        let list = |letter: &str, count: usize, ending: &str| {
            let name = format!("{}{letter}{count}{ending}.npy", self.draw);
            words.join("label_splits").join(name)
        };
        let (unseen_path, seen_path) = (
            list("u", kind.unseen, ""),
            list("s", kind.classes - kind.unseen, ""),
        );
        let mut unseen = classes_of(&unseen_path, kind, kind.unseen)?;
        let seen = classes_of(&seen_path, kind, kind.classes - kind.unseen)?;
        apart(&seen, &seen_path, &unseen, &unseen_path)?;
        unseen.sort_unstable();
        let sides = Sides {
            kind,
            training: (&seen, "seen"),
            unseen: (&unseen, "unseen"),
            everyone: None,
        };
        let test = sides.read(&features, ["gtest", "g_label", "gtest_out"], None)?;
        let width = test.training.features.first().map_or(0, Vec::len);
        let validation = match self.features(kind, true) {
            None => None,
            Some(folder) => {
                let (held_path, kept_path) = (
                    list("v", kind.unseen, "_0"),
                    list("s", kind.classes - 2 * kind.unseen, "_0"),
                );
                let mut held = classes_of(&held_path, kind, kind.unseen)?;
                let kept = classes_of(&kept_path, kind, kind.classes - 2 * kind.unseen)?;
                apart(&kept, &kept_path, &held, &held_path)?;
                apart(&held, &held_path, &unseen, &unseen_path)?;
                apart(&kept, &kept_path, &unseen, &unseen_path)?;
                held.sort_unstable();
                let sides = Sides {
                    kind,
                    training: (&kept, "seen"),
                    unseen: (&held, "validation-unseen"),
                    everyone: Some((&kept, "seen")),
                };
                let phase = sides.read(&folder, ["val", "val_label", "val_out"], Some(width))?;
                Some(Validation {
                    unseen: held,
                    phase,
                })
            }
        };
        Ok(Resources {
            kind,
            phrases: self.phrases(&words, kind)?,
            seen,
            unseen,
            test,
            validation,
        })
    }

    fn phrases(&self, words: &Path, kind: SplitKind) -> Result<Vec<PhraseVectors>, ResourceError> {
        let path = |part: &str| words.join(format!("ntu{}_{}_{part}.npy", kind.classes, self.text));
        let (noun_path, verb_path) = (path("noun"), path("verb"));
        let nouns = unit_vectors(&noun_path, kind.classes)?;
        let verbs = unit_vectors(&verb_path, kind.classes)?;
        let [noun, verb] = [&nouns, &verbs].map(|rows| rows.first().map_or(0, Vec::len));
        if noun != verb {
            return Err(ResourceError::Shape {
                path: verb_path,
                expected: format!("vectors of {noun} values, as in {}", noun_path.display()),
                found: format!("{verb} values"),
            });
        }
        let labels_path = path(LABELS);
        let labels = if labels_path.exists() {
            unit_vectors(&labels_path, kind.classes)?
        } else {
            vec![Vec::new(); kind.classes]
        };
        let words = nouns.into_iter().zip(verbs).zip(labels);
        Ok(words
            .map(|((noun, verb), phrase)| PhraseVectors {
                noun: Some(noun),
                verb,
                phrase,
                motion: Vec::new(),
            })
            .collect())
    }

    /// The file of the whole labels' vectors, which only some methods read.
    pub fn labels_file(&self, kind: SplitKind) -> String {
        format!("ntu{}_{}_{LABELS}.npy", kind.classes, self.text)
    }
}

/// What the vectors of whole labels are called.
const LABELS: &str = "labels";

impl Resources {
    /// Gives the classes motion cards, one each in their order: the authors' folder has none.
    pub fn describe(&mut self, motions: impl IntoIterator<Item = Vec<f32>>) {
        for (phrase, motion) in self.phrases.iter_mut().zip(motions) {
            phrase.motion = motion;
        }
    }

    /// Whether there are vectors of the whole labels.
    pub fn has_labels(&self) -> bool {
        self.phrases.iter().all(|phrase| !phrase.phrase.is_empty())
    }

    /// Values of a feature.
    pub fn feature_width(&self) -> usize {
        self.test.training.features.first().map_or(0, Vec::len)
    }

    /// Values of a word's vector.
    pub fn text_width(&self) -> usize {
        self.phrases.first().map_or(0, |phrase| phrase.verb.len())
    }

    /// What the authors' scripts saved of the validation phase: the probabilities of the validation-unseen classes for
    /// the seen samples and for the unseen ones (`seen_zs.npy`, `unseen_zs.npy`, perhaps with `synse_5_r_` before).
    pub fn saved_probabilities(
        &self,
        folder: &Path,
        validation: &Validation,
    ) -> Result<(Probabilities, Probabilities), ResourceError> {
        let unseen = self.kind.unseen;
        let read = |name: &str, samples: Option<usize>| {
            let names = [
                format!("{name}.npy"),
                format!("synse_{unseen}_r_{name}.npy"),
            ];
            let path = names
                .iter()
                .map(|name| folder.join(name))
                .find(|path| path.exists())
                .ok_or_else(|| ResourceError::Missing {
                    folder: folder.to_owned(),
                    expected: names.join(" or "),
                })?;
            let found = rows(&path)?;
            shaped(&path, &found, samples, unseen)?;
            Ok(found)
        };
        let seen_zs = read("seen_zs", Some(validation.phase.everyone.labels.len()))?;
        // As shipped, these are the seen samples' once more.
        Ok((seen_zs, read("unseen_zs", None)?))
    }
}

/// A list of so many different classes.
fn classes_of(path: &Path, kind: SplitKind, count: usize) -> Result<Vec<usize>, ResourceError> {
    let found = numbers(path)?;
    let path = path.to_owned();
    let classes = kind.classes;
    for (row, &class) in found.iter().enumerate() {
        if class >= classes {
            return Err(ResourceError::UnknownClass {
                path,
                row,
                class,
                classes,
            });
        }
        if found[..row].contains(&class) {
            return Err(ResourceError::Twice { path, class });
        }
    }
    if found.len() != count {
        return Err(ResourceError::Shape {
            path,
            expected: format!("{count} classes"),
            found: found.len().to_string(),
        });
    }
    Ok(found)
}

fn apart(first: &[usize], at: &Path, second: &[usize], and: &Path) -> Result<(), ResourceError> {
    match first.iter().find(|class| second.contains(class)) {
        Some(&class) => Err(ResourceError::Overlap {
            class,
            first: at.to_owned(),
            second: and.to_owned(),
        }),
        None => Ok(()),
    }
}

/// One vector per class, brought to unit length.
fn unit_vectors(path: &Path, classes: usize) -> Result<Vec<Vec<f32>>, ResourceError> {
    let mut found = vectors(path, classes)?;
    for (class, vector) in found.iter_mut().enumerate() {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length == 0.0 {
            return Err(ResourceError::Shape {
                path: path.to_owned(),
                expected: "vectors with a direction".to_owned(),
                found: format!("zeros for class {class}"),
            });
        }
        for x in vector {
            *x /= length;
        }
    }
    Ok(found)
}
