//! What the window remembers from one start to the next.

use crate::align::Head;
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::recognizer::DEFAULT_THRESHOLD;
use crate::ui::followed::Whom;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The key under which older versions left everything with the toolkit.
pub(crate) const STORAGE_KEY: &str = "synse";

/// How many sources, and how many phrase lists, are remembered.
const RECENT: usize = 6;

/// Light, dark, or as the desktop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the desktop is.
    #[default]
    System,
    /// Dark text on light.
    Light,
    /// Light text on dark.
    Dark,
}

/// How the 3D view treats left and right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sides {
    /// As a mirror shows the performer: their right hand is on the right.
    #[default]
    Mirrored,
    /// As the camera sees the performer.
    AsSeen,
}

/// Whether the 3D view goes with the bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Following {
    /// It does.
    #[default]
    Bodies,
    /// It stays where the user put it.
    Nothing,
}

/// The least and the greatest size of text: what still fits, and what is read from afar.
pub const TEXT_SIZES: std::ops::RangeInclusive<f32> = 0.7..=2.0;

/// The nearest size of text that is possible.
pub(crate) fn bounded_text_size(size: f32) -> f32 {
    if size.is_finite() {
        size.clamp(*TEXT_SIZES.start(), *TEXT_SIZES.end())
    } else {
        1.0
    }
}

/// Where recordings go: a folder of the user's documents, or below the folder in which the program runs.
pub fn record_folder() -> PathBuf {
    let users = directories::UserDirs::new();
    let documents = users
        .as_ref()
        .map(|dirs| dirs.document_dir().unwrap_or_else(|| dirs.home_dir()));
    documents.unwrap_or(Path::new(".")).join("SynSE sessions")
}

/// What the operator chose.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// The decision head.
    pub head: Head,
    /// Whether the phrases' examples take part.
    pub by_examples: bool,
    /// How the gate joins both sides.
    pub gate: GateMode,
    /// Below this smoothed probability there is no answer.
    pub threshold: f32,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Left and right in the 3D view.
    pub sides: Sides,
    /// What the 3D view follows.
    pub following: Following,
    /// Whether a recording begins with the program.
    pub record_at_start: bool,
    /// Whose predictions are shown.
    pub whom: Whom,
    /// Whether bodies are turned upright where the camera knows how it hangs.
    pub levelled: bool,
    /// The size of text and controls, 1 as the desktop has it.
    pub text_size: f32,
    /// Sources opened lately, newest first.
    pub recent: Vec<String>,
    /// Phrase lists loaded or saved lately, newest first.
    pub recent_lists: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head: Head::Cosine,
            by_examples: false,
            gate: GateMode::default(),
            threshold: DEFAULT_THRESHOLD,
            theme: ThemeChoice::default(),
            sides: Sides::default(),
            following: Following::default(),
            record_at_start: false,
            whom: Whom::default(),
            levelled: true,
            text_size: 1.0,
            recent: Vec::new(),
            recent_lists: Vec::new(),
        }
    }
}

impl Settings {
    /// Puts a source that opened first among the recent ones.
    pub fn remember(&mut self, source: &str) {
        put_first(&mut self.recent, source.to_owned());
    }

    /// Puts a phrase list first among the recent ones.
    pub fn remember_list(&mut self, path: &Path) {
        put_first(&mut self.recent_lists, path.to_owned());
    }
}

fn put_first<T: PartialEq>(recent: &mut Vec<T>, newest: T) {
    recent.retain(|known| *known != newest);
    recent.insert(0, newest);
    recent.truncate(RECENT);
}

/// Settings and phrases in the form that is written to disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Stored {
    /// Whether nothing newer lies anywhere else. Versions that left the list with the toolkit say nothing of it.
    alone: bool,
    trained_head: bool,
    by_examples: bool,
    gate: String,
    threshold: Option<f32>,
    theme: ThemeChoice,
    sides: Sides,
    following: Following,
    record_at_start: bool,
    whom: Whom,
    leaning: bool,
    text_size: Option<f32>,
    recent: Vec<String>,
    recent_lists: Vec<PathBuf>,
    phrases: Vec<StoredPhrase>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct StoredPhrase {
    text: String,
    verb: Option<String>,
    noun: Option<String>,
    motion: Option<String>,
    enabled: bool,
    /// The fingerprints of its examples, each of which lies in a file of its own.
    examples: Vec<String>,
}

impl Stored {
    /// Whether this counts, whatever lies anywhere else.
    pub(crate) fn is_alone(&self) -> bool {
        self.alone
    }

    /// The fingerprints of each phrase's examples, in the order of the phrases.
    pub(crate) fn examples(&self) -> Vec<Vec<String>> {
        self.phrases
            .iter()
            .map(|phrase| phrase.examples.clone())
            .collect()
    }

    /// What is to be written.
    pub(crate) fn from_state(settings: &Settings, phrases: &[PhraseEntry]) -> Self {
        Self {
            alone: true,
            trained_head: settings.head == Head::Trained,
            by_examples: settings.by_examples,
            gate: gate_name(settings.gate).to_owned(),
            threshold: Some(settings.threshold),
            theme: settings.theme,
            sides: settings.sides,
            following: settings.following,
            record_at_start: settings.record_at_start,
            whom: settings.whom,
            leaning: !settings.levelled,
            text_size: Some(settings.text_size),
            recent: settings.recent.clone(),
            recent_lists: settings.recent_lists.clone(),
            phrases: phrases.iter().map(StoredPhrase::from_entry).collect(),
        }
    }

    /// What was written, as far as it makes sense.
    pub(crate) fn into_state(self) -> (Settings, Vec<PhraseEntry>) {
        let default = Settings::default();
        let threshold = self
            .threshold
            .filter(|t| t.is_finite())
            .unwrap_or(default.threshold);
        let settings = Settings {
            head: if self.trained_head {
                Head::Trained
            } else {
                Head::Cosine
            },
            by_examples: self.by_examples,
            gate: GATES
                .into_iter()
                .find(|gate| gate_name(*gate) == self.gate)
                .unwrap_or(default.gate),
            threshold: threshold.clamp(0.0, 1.0),
            theme: self.theme,
            sides: self.sides,
            following: self.following,
            record_at_start: self.record_at_start,
            whom: self.whom,
            levelled: !self.leaning,
            text_size: bounded_text_size(self.text_size.unwrap_or(default.text_size)),
            recent: self.recent,
            recent_lists: self.recent_lists,
        };
        (
            settings,
            self.phrases
                .into_iter()
                .map(StoredPhrase::into_entry)
                .collect(),
        )
    }
}

impl StoredPhrase {
    fn from_entry(entry: &PhraseEntry) -> Self {
        let PhraseEntry {
            id: _,
            text,
            verb,
            noun,
            motion,
            enabled,
            examples,
        } = entry.clone();
        Self {
            text,
            verb,
            noun,
            motion,
            enabled,
            examples: examples
                .iter()
                .map(|example| example.fingerprint().to_owned())
                .collect(),
        }
    }

    fn into_entry(self) -> PhraseEntry {
        let Self {
            text,
            verb,
            noun,
            motion,
            enabled,
            examples: _,
        } = self;
        PhraseEntry {
            id: 0,
            text,
            verb,
            noun,
            motion,
            enabled,
            examples: Vec::new(),
        }
    }
}

/// Every way to use the gate.
pub(crate) const GATES: [GateMode; 3] = [GateMode::Hard, GateMode::Soft, GateMode::Off];

/// A gate mode's name, on screen and on disk.
pub(crate) fn gate_name(gate: GateMode) -> &'static str {
    match gate {
        GateMode::Hard => "Hard",
        GateMode::Soft => "Soft",
        GateMode::Off => "Off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() -> Result<(), serde_json::Error> {
        let mut settings = Settings {
            head: Head::Trained,
            gate: GateMode::Soft,
            threshold: 0.7,
            by_examples: true,
            whom: Whom::Pair,
            levelled: false,
            ..Settings::default()
        };
        settings.remember("demo");
        settings.remember_list(Path::new("lists/a.txt"));
        let entry = PhraseEntry {
            text: "wave".to_owned(),
            verb: Some("wave".to_owned()),
            enabled: true,
            ..PhraseEntry::default()
        };
        let json =
            serde_json::to_string(&Stored::from_state(&settings, std::slice::from_ref(&entry)))?;
        let (read, phrases) = serde_json::from_str::<Stored>(&json)?.into_state();
        assert_eq!((read, phrases), (settings, vec![entry]));
        Ok(())
    }

    #[test]
    fn nonsense_on_disk_becomes_the_defaults() -> Result<(), serde_json::Error> {
        let (read, phrases) =
            serde_json::from_str::<Stored>(r#"{"gate":"ajar","threshold":7.0}"#)?.into_state();
        assert_eq!(read.gate, GateMode::default());
        assert_eq!(read.threshold, 1.0);
        assert!(phrases.is_empty());
        Ok(())
    }

    #[test]
    fn a_source_opened_again_is_listed_once() {
        let mut settings = Settings::default();
        for source in ["a", "b", "a", "c", "d", "e", "f", "g"] {
            settings.remember(source);
        }
        assert_eq!(settings.recent, ["g", "f", "e", "d", "c", "a"]);
    }
}
