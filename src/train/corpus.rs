//! A clip store as the aligner sees it: every clip's encoding, its phrase, and who may be learned from.

use crate::capture::CaptureError;
use crate::capture::clip_store::ClipStore;
use crate::encoder::{Encoder, EncoderError, Encoding};
use crate::language::{Language, LanguageError, PhraseVectors};
use crate::phrases::list::ListError;
use crate::phrases::splits::Splits;
use crate::window::WindowError;
use crate::window::clip::{Clip, ClipConfig};
use std::path::{Path, PathBuf};

/// The class list that training leaves beside an encoder's streams, a phrase a line in the order of the logits.
pub const CLASSES_FILE: &str = "classes.txt";

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
}

/// What a corpus is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The clip store.
    pub store: &'a Path,
    /// Who is only tested on.
    pub splits: &'a Splits,
    /// Folder of the encoder's streams, with its class list.
    pub encoder: &'a Path,
    /// What a recording becomes.
    pub clip: ClipConfig,
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
        let classes = read_classes(&sources.encoder.join(CLASSES_FILE), encoder.classes())?;
        let seen = classes.len();
        let mut others: Vec<String> = store.clips.iter().map(|clip| clip.phrase.clone()).collect();
        others.sort();
        others.dedup();
        others.retain(|phrase| !classes.contains(phrase));
        let phrases: Vec<String> = classes.into_iter().chain(others).collect();
        let read: Vec<_> = phrases.iter().map(|phrase| language.read(phrase)).collect();
        let vectors = language.embed(&read)?;

        let mut corpus = Self {
            phrases,
            seen,
            vectors,
            features: Vec::with_capacity(store.clips.len()),
            seen_logits: Vec::with_capacity(store.clips.len()),
            labels: Vec::with_capacity(store.clips.len()),
            test: Vec::with_capacity(store.clips.len()),
        };
        for batch in store.clips.chunks(BATCH) {
            let mut clips = Vec::with_capacity(batch.len());
            for entry in batch {
                let joints = store.joints_of(entry)?;
                let clip = Clip::from_joints(&joints, &sources.clip);
                clips.push(clip.map_err(|source| CorpusError::Clip {
                    clip: entry.clip.clone(),
                    source,
                })?);
                let is_test = sources.splits.is_test(&entry.dataset, &entry.subject);
                corpus.test.push(is_test);
                let label = corpus
                    .phrases
                    .iter()
                    .position(|phrase| *phrase == entry.phrase);
                corpus.labels.push(label.unwrap_or_default());
            }
            for Encoding {
                feature,
                seen_logits,
            } in encoder.encode(&clips)?
            {
                corpus.features.push(feature);
                corpus.seen_logits.push(seen_logits);
            }
            watch(corpus.features.len(), store.clips.len());
        }
        Ok(corpus)
    }

    /// The places of phrases in [`Self::phrases`]; ones that no clip and no class has are left out.
    pub fn places(&self, phrases: &[String]) -> Vec<usize> {
        let place = |wanted: &String| self.phrases.iter().position(|phrase| phrase == wanted);
        phrases.iter().filter_map(place).collect()
    }

    /// Features and labels of the clips of which `kept(label, test)` holds.
    pub fn rows(&self, kept: impl Fn(usize, bool) -> bool) -> (Vec<Vec<f32>>, Vec<usize>) {
        let rows = (0..self.labels.len()).filter(|&row| kept(self.labels[row], self.test[row]));
        rows.map(|row| (self.features[row].clone(), self.labels[row]))
            .unzip()
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
    if classes.len() != expected {
        return Err(CorpusError::ClassCount {
            path: path.to_owned(),
            listed: classes.len(),
            encoder: expected,
        });
    }
    Ok(classes)
}
