//! A clip store as the aligner sees it: every clip's encoding, its phrase, and who may be learned from.

mod replacement;

pub use self::replacement::{read_descriptions, read_floats};

use crate::capture::CaptureError;
use crate::capture::clip_store::ClipStore;
use crate::encoder::{Encoder, EncoderError, Encoding};
use crate::language::{Language, LanguageError, PhraseVectors};
use crate::phrases::list::ListError;
use crate::phrases::splits::Splits;
use crate::train::gate::distractors::DISTRACTORS;
use crate::window::WindowError;
use crate::window::clip::{Clip, ClipConfig};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The class list that training leaves beside an encoder's streams, a phrase a line in the order of the logits.
pub const CLASSES_FILE: &str = "classes.txt";

/// The settings that training leaves beside an encoder's streams.
pub const RECORD_FILE: &str = "config.toml";

/// Clips encoded at once.
const BATCH: usize = 16;

/// A store's clips, encoded and labelled.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// Every phrase: the encoder's seen classes in the order of its logits, then the store's others by name.
    pub phrases: Vec<String>,
    /// How many of them the encoder was trained on.
    pub seen: usize,
    /// The phrases' vectors.
    pub vectors: Vec<PhraseVectors>,
    /// One feature per clip.
    pub features: Vec<Vec<f32>>,
    /// One row of seen logits per clip.
    pub seen_logits: Vec<Vec<f32>>,
    /// Each clip's place in `phrases`.
    pub labels: Vec<usize>,
    /// Whether a test subject performs the clip: never trained on.
    pub test: Vec<bool>,
    /// Whether a subject performs the clip whom the encoder's training set aside for the gate.
    pub gate: Vec<bool>,
    /// The vectors of [`DISTRACTORS`].
    pub distractors: Vec<PhraseVectors>,
    /// Whether the encoder was trained on the test subjects too.
    pub all_subjects: bool,
    /// For each phrase, the seen class that means the same: its own place for the seen classes themselves.
    pub same: Vec<Option<usize>>,
    /// Whether somebody else trained the encoder, on other clips than the store's and on classes of its own.
    pub is_foreign: bool,
    /// Whether features end with the card that was read from the movement ([`FeatureView::reads_cards`]).
    ///
    /// [`FeatureView::reads_cards`]: crate::encoder::FeatureView::reads_cards
    pub reads_cards: bool,
}

/// What a corpus is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The clip store.
    pub store: &'a Path,
    /// Who is only tested on.
    pub splits: &'a Splits,
    /// Folder of the encoder's streams, with a record of its training where it was trained here.
    pub encoder: &'a Path,
    /// The encoder's class list, a phrase a line in the order of its logits.
    pub classes: &'a Path,
    /// What a recording becomes.
    pub clip: ClipConfig,
}

/// Whom an encoder was trained on, as the `config.toml` beside its streams says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RunRecord {
    /// Subjects, `dataset:subject`, kept out of its training for the gate.
    gate_subjects: Vec<String>,
    all_subjects: bool,
}

/// Why a corpus cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The store.
    #[error(transparent)]
    Store(#[from] CaptureError),
    /// The encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The phrases.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// The splits.
    #[error(transparent)]
    List(#[from] ListError),
    /// A clip that cannot be one.
    #[error("clip {clip}: {source}")]
    Clip {
        /// Its name.
        clip: String,
        /// What is wrong with it.
        source: WindowError,
    },
    /// The class list beside the encoder cannot be read.
    #[error("cannot read the encoder's class list: {source}: {}", path.display())]
    Classes {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The settings beside the encoder cannot be read.
    #[error("cannot read the settings of the encoder's training: {reason}: {}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A pair of a phrase and a class that cannot be one.
    #[error("{}:{line}: {reason}", path.display())]
    Pair {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was found, and what was expected.
        reason: String,
    },
    /// A table of features that are not this store's.
    #[error("{reason}: {}", path.display())]
    Features {
        /// The file.
        path: PathBuf,
        /// What was found, and what was expected.
        reason: String,
    },
    /// A class that is listed twice.
    #[error("`{class}` is listed twice: {}", path.display())]
    ClassTwice {
        /// The file.
        path: PathBuf,
        /// The class.
        class: String,
    },
    /// The class list is not the encoder's.
    #[error("{listed} classes listed, but the encoder has {encoder}: {}", path.display())]
    ClassCount {
        /// The file.
        path: PathBuf,
        /// Lines in the list.
        listed: usize,
        /// Logits of the encoder.
        encoder: usize,
    },
}

impl Corpus {
    /// Encodes every clip of a store; `watch` is told after each batch how many are done, of how many.
    pub fn encode(
        sources: &Sources<'_>,
        encoder: &mut Encoder,
        language: &Language,
        watch: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, CorpusError> {
        let store = ClipStore::open(sources.store)?;
        let classes = read_classes(sources.classes, encoder.classes())?;
        let seen = classes.len();
        let mut others: Vec<String> = store.clips.iter().map(|clip| clip.phrase.clone()).collect();
        others.sort();
        others.dedup();
        others.retain(|phrase| !classes.contains(phrase));
        let phrases: Vec<String> = classes.into_iter().chain(others).collect();
        let read: Vec<_> = phrases.iter().map(|phrase| language.read(phrase)).collect();
        let vectors = language.embed(&read)?;
        let distractors: Vec<_> = DISTRACTORS.map(|phrase| language.read(phrase)).into();
        let record = read_record(&sources.encoder.join(RECORD_FILE))?;

        let own = |place: usize| (place < seen).then_some(place);
        let mut corpus = Self {
            same: (0..phrases.len()).map(own).collect(),
            phrases,
            seen,
            vectors,
            features: Vec::with_capacity(store.clips.len()),
            seen_logits: Vec::with_capacity(store.clips.len()),
            labels: Vec::with_capacity(store.clips.len()),
            test: Vec::with_capacity(store.clips.len()),
            gate: Vec::with_capacity(store.clips.len()),
            distractors: language.embed(&distractors)?,
            all_subjects: record.all_subjects,
            is_foreign: false,
            reads_cards: encoder.view().reads_cards(),
        };
        for batch in store.clips.chunks(BATCH) {
            let mut clips = Vec::with_capacity(batch.len());
            for entry in batch {
                let clip = Clip::from_frames(&store.frames_of(entry)?, &sources.clip);
                clips.push(clip.map_err(|source| CorpusError::Clip {
                    clip: entry.clip.clone(),
                    source,
                })?);
                let performer = entry.performer();
                corpus.gate.push(record.gate_subjects.contains(&performer));
                let is_test = sources.splits.is_test(&entry.dataset, &entry.subject);
                corpus.test.push(is_test);
                let label = corpus
                    .phrases
                    .iter()
                    .position(|phrase| *phrase == entry.phrase);
                corpus.labels.push(label.unwrap_or_default());
            }
            for encoding in encoder.encode(&clips)? {
                let Encoding {
                    feature,
                    seen_logits,
                } = encoding;
                corpus.features.push(feature);
                corpus.seen_logits.push(seen_logits);
            }
            watch(corpus.features.len(), store.clips.len());
        }
        Ok(corpus)
    }

    /// Reads which of the store's phrases mean the same as a class of the encoder (`phrase,class` as CSV): the encoder
    /// was trained on other clips.
    pub fn pair(&mut self, path: &Path) -> Result<(), CorpusError> {
        let wrong = |line: u64, reason: String| CorpusError::Pair {
            path: path.to_owned(),
            line,
            reason,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(|error| wrong(1, error.to_string()))?;
        let header = reader
            .headers()
            .map_err(|error| wrong(1, error.to_string()))?;
        if header != vec!["phrase", "class"] {
            let found: Vec<&str> = header.iter().collect();
            let reason = format!("the header is {:?}, expected phrase,class", found.join(","));
            return Err(wrong(1, reason));
        }
        for record in reader.records() {
            let record = record.map_err(|error| {
                wrong(
                    error.position().map_or(0, csv::Position::line),
                    error.to_string(),
                )
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            let place = |field: usize| {
                let wanted = record.get(field).unwrap_or_default();
                let place = self.phrases.iter().position(|phrase| phrase == wanted);
                place.ok_or_else(|| {
                    wrong(
                        line,
                        format!("`{wanted}` is no phrase of the store and no class"),
                    )
                })
            };
            let (phrase, class) = (place(0)?, place(1)?);
            if class >= self.seen {
                let reason = format!("`{}` is no class of the encoder", self.phrases[class]);
                return Err(wrong(line, reason));
            }
            self.same[phrase] = Some(class);
        }
        self.is_foreign = true;
        Ok(())
    }

    /// The places of phrases in [`Self::phrases`]; ones that no clip and no class has are left out.
    pub fn places(&self, phrases: &[String]) -> Vec<usize> {
        let place = |wanted: &String| self.phrases.iter().position(|phrase| phrase == wanted);
        phrases.iter().filter_map(place).collect()
    }

    /// Features and labels of these clips.
    pub fn rows(&self, rows: &[usize]) -> (Vec<Vec<f32>>, Vec<usize>) {
        let pair = |&row: &usize| (self.features[row].clone(), self.labels[row]);
        rows.iter().map(pair).unzip()
    }

    /// The training subjects' clips of the encoder's classes; of every phrase where the encoder is somebody else's.
    pub fn training_rows(&self) -> Vec<usize> {
        (0..self.labels.len())
            .filter(|&row| !self.test[row] && (self.is_foreign || self.labels[row] < self.seen))
            .collect()
    }
}

/// An encoder from elsewhere has no record, and set nobody aside.
fn read_record(path: &Path) -> Result<RunRecord, CorpusError> {
    let wrong = |reason: String| CorpusError::Record {
        path: path.to_owned(),
        reason,
    };
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| wrong(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(RunRecord::default()),
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn read_classes(path: &Path, expected: usize) -> Result<Vec<String>, CorpusError> {
    let text = std::fs::read_to_string(path).map_err(|source| CorpusError::Classes {
        path: path.to_owned(),
        source,
    })?;
    let classes: Vec<String> = text
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let is_twice = |(place, class): &(usize, &String)| classes[..*place].contains(class);
    if let Some((_, class)) = classes.iter().enumerate().find(is_twice) {
        return Err(CorpusError::ClassTwice {
            path: path.to_owned(),
            class: class.clone(),
        });
    }
    if classes.len() != expected {
        return Err(CorpusError::ClassCount {
            path: path.to_owned(),
            listed: classes.len(),
            encoder: expected,
        });
    }
    Ok(classes)
}
