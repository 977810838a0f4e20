//! From phrase entries to a decision: what is done beside inference whenever the list is edited.

use super::ExampleFeatures;
use crate::align::latent_map::LatentMap;
use crate::align::{AlignError, Aligner, Decision, Head};
use crate::bundle::TEXT_ENCODER;
use crate::language::{Language, LanguageError, PhraseVectors};
use crate::phrases::{EntryKey, Phrase, PhraseEntry, folded, shortened, spaced};
use burn::tensor::Device;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// The alignment as the phrases thread and inference share it: plain numbers.
pub type SharedAligner = Arc<dyn Aligner + Send + Sync>;

/// The same list gives the same trained head.
const SEED: u64 = 1;

/// Reads and embeds phrases: the language side, or a stand-in for it.
pub trait PhraseReader {
    /// Reads one entry; what the user set wins.
    fn read_entry(&self, entry: &PhraseEntry) -> Result<Phrase, LanguageError>;

    /// One set of vectors per phrase.
    fn embed(&self, phrases: &[Phrase]) -> Result<Vec<PhraseVectors>, LanguageError>;
}

impl PhraseReader for Language {
    fn read_entry(&self, entry: &PhraseEntry) -> Result<Phrase, LanguageError> {
        Self::read_entry(self, entry)
    }

    fn embed(&self, phrases: &[Phrase]) -> Result<Vec<PhraseVectors>, LanguageError> {
        Self::embed(self, phrases)
    }
}

/// Loads the language side from a models folder, which must hold the text encoder that bundles are made with.
pub fn load_reader(models: &Path, device: &Device) -> Result<Box<dyn PhraseReader>, LanguageError> {
    let language = Language::load(models, device)?;
    let id = language.encoder().id();
    if id != TEXT_ENCODER {
        return Err(LanguageError::Malformed {
            path: models.to_owned(),
            expected: "text encoder",
            reason: format!("it is `{id}`, but bundles are made with `{TEXT_ENCODER}`"),
        });
    }
    Ok(Box::new(language))
}

/// A decision, and the phrases that it decides among, in its order.
#[derive(Clone, Debug)]
pub struct PhraseDecision {
    /// The phrases.
    pub phrases: Vec<DecidedPhrase>,
    /// What scores them.
    pub decision: Decision,
    /// What scores the seen classes by the same alignment, in the order of the encoder's logits: what the gate
    /// compares the phrases with.
    pub seen: Decision,
    /// The features of the phrases' examples, `[phrase][example][value]`; empty where none take part.
    pub examples: Vec<Vec<Vec<f32>>>,
}

/// A phrase as a decision knows it: by what the user typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedPhrase {
    /// What was typed, with the description after a dash if there is one.
    pub text: Arc<str>,
    /// The user's own verb, noun and motion in words; `None` where there are none.
    pub own_words: Option<String>,
    /// Whether it is a phrase and nothing else: only then it may be a seen class.
    pub is_bare: bool,
}

impl DecidedPhrase {
    fn from_entry(entry: &PhraseEntry) -> Self {
        Self {
            text: Arc::from(spaced(&entry.text)),
            own_words: entry.own_words(),
            is_bare: entry.is_bare(),
        }
    }

    /// What this phrase is called beside others: by its text, and where another one has that too, by the user's own
    /// words after it. No two phrases of a decision share both.
    pub(super) fn label(&self, others: &HashSet<String>) -> Arc<str> {
        match &self.own_words {
            Some(words) if others.contains(&folded(&self.text)) => {
                Arc::from(format!("{} ({words})", self.text))
            }
            _ => Arc::clone(&self.text),
        }
    }
}

/// Why there is no decision.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The phrases could not be embedded.
    #[error("phrases cannot be embedded: {0}")]
    Language(#[from] LanguageError),
    /// The alignment refused them.
    #[error("no decision can be made for the phrases: {0}")]
    Align(#[from] AlignError),
    /// A seen class that cannot be compared with phrases.
    #[error("the bundle's seen class \"{class}\" cannot be read as a phrase: {source}")]
    Seen {
        /// The class.
        class: String,
        /// What is wrong with it.
        source: LanguageError,
    },
}

/// Reads all entries, each with its id; the problems name the entries that were left out, and why.
pub fn read_entries(
    reader: &dyn PhraseReader,
    entries: &[PhraseEntry],
) -> (Vec<(u64, Phrase)>, Vec<String>) {
    let (mut phrases, mut problems) = (Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        match reader.read_entry(entry) {
            Ok(phrase) => phrases.push((entry.id, phrase)),
            Err(error) => problems.push(format!("phrase \"{}\": {error}", shortened(&entry.text))),
        }
    }
    (phrases, problems)
}

/// Makes the decision among a bundle's seen classes, as phrases: the same for all phrase lists.
pub fn decide_seen(
    reader: &dyn PhraseReader,
    aligner: &dyn Aligner,
    seen: &[Arc<str>],
) -> Result<Decision, DecideError> {
    let read = |class: &Arc<str>| {
        let entry = PhraseEntry {
            text: class.to_string(),
            ..PhraseEntry::default()
        };
        reader
            .read_entry(&entry)
            .map_err(|source| DecideError::Seen {
                class: shortened(class),
                source,
            })
    };
    let phrases = seen.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    // The gate looks at cosines, so no classifier has to be trained.
    Ok(aligner.decide(&reader.embed(&phrases)?, Head::Cosine, SEED)?)
}

/// The entries that take part, each with how it was read: neither those that are switched off nor those that could not
/// be read. `phrases` are those of [`read_entries`].
pub fn taking_part<'a>(
    entries: &'a [PhraseEntry],
    phrases: &'a [(u64, Phrase)],
) -> Vec<(&'a PhraseEntry, &'a Phrase)> {
    let read = |entry: &'a PhraseEntry| {
        let found = phrases.iter().find(|(id, _)| *id == entry.id);
        found.map(|(_, phrase)| (entry, phrase))
    };
    entries
        .iter()
        .filter(|entry| entry.enabled)
        .filter_map(read)
        .collect()
}

/// Entries that take part, each phrase once: where one stands twice, the first of them.
fn distinct<'a>(entries: &[(&'a PhraseEntry, &'a Phrase)]) -> Vec<(&'a PhraseEntry, &'a Phrase)> {
    let mut known: HashSet<EntryKey> = HashSet::with_capacity(entries.len());
    let first = |(entry, _): &(&PhraseEntry, &Phrase)| known.insert(entry.key());
    entries.iter().copied().filter(first).collect()
}

/// Makes the decision among entries as they were read, beside the [seen classes'](decide_seen); one that stands twice
/// takes part once.
pub fn decide(
    reader: &dyn PhraseReader,
    aligner: &dyn Aligner,
    entries: &[(&PhraseEntry, &Phrase)],
    head: Head,
    seen: &Decision,
) -> Result<PhraseDecision, DecideError> {
    decide_by_examples(
        reader,
        aligner,
        entries,
        head,
        seen,
        &ExampleFeatures::new(),
    )
}

/// [`decide`] where the phrases' examples take part, as far as their features are there.
pub fn decide_by_examples(
    reader: &dyn PhraseReader,
    aligner: &dyn Aligner,
    entries: &[(&PhraseEntry, &Phrase)],
    head: Head,
    seen: &Decision,
    features: &ExampleFeatures,
) -> Result<PhraseDecision, DecideError> {
    let entries = distinct(entries);
    let phrases: Vec<Phrase> = entries
        .iter()
        .map(|(_, phrase)| (*phrase).clone())
        .collect();
    let of = |entry: &PhraseEntry| -> Vec<Vec<f32>> {
        let known = entry.examples.iter();
        known
            .filter_map(|example| features.get(example.fingerprint()).cloned())
            .collect()
    };
    let mut examples: Vec<Vec<Vec<f32>>> = entries.iter().map(|(entry, _)| of(entry)).collect();
    if examples.iter().all(Vec::is_empty) {
        examples.clear();
    }
    let vectors = reader.embed(&phrases)?;
    Ok(PhraseDecision {
        decision: aligner.decide_by_examples(&vectors, &examples, head, SEED)?,
        phrases: entries
            .iter()
            .map(|(entry, _)| DecidedPhrase::from_entry(entry))
            .collect(),
        seen: seen.clone(),
        examples,
    })
}

/// Generated latents of each phrase on a map: enough for a cloud, few enough to draw a hundred of them.
const MAP_POINTS: usize = 48;

/// The latent space with the phrases of a decision in it.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseMap {
    /// The entries' ids, in the map's order.
    pub ids: Vec<u64>,
    /// What they are called.
    pub labels: Vec<Arc<str>>,
    /// Where they lie.
    pub map: LatentMap,
}

/// The map of a decision that was [made](decide) of these entries; `None` where its method has no latent space to show,
/// or there are no phrases.
pub fn phrase_map(
    reader: &dyn PhraseReader,
    aligner: &dyn Aligner,
    entries: &[(&PhraseEntry, &Phrase)],
    decision: &PhraseDecision,
) -> Result<Option<PhraseMap>, DecideError> {
    let entries = distinct(entries);
    let phrases: Vec<Phrase> = entries
        .iter()
        .map(|(_, phrase)| (*phrase).clone())
        .collect();
    let vectors = reader.embed(&phrases)?;
    let examples = &decision.examples;
    let generated = aligner.generated_by_examples(&vectors, examples, MAP_POINTS, SEED)?;
    let map = LatentMap::new(&decision.decision, &generated);
    Ok(map.map(|map| PhraseMap {
        ids: entries.iter().map(|(entry, _)| entry.id).collect(),
        labels: decision
            .phrases
            .iter()
            .map(|phrase| Arc::clone(&phrase.text))
            .collect(),
        map,
    }))
}
