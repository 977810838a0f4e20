//! The phrase list as it is edited: entries, what was read from them, undo and redo.

use crate::phrases::motion::{ATTRIBUTES, MotionSource, SIDES};
use crate::phrases::{Example, PERFORMED, Phrase, PhraseEntry, split_performed, undescribed};
use crate::ui::motion_words::{weights_from_words, words_from_weights};
use crate::ui::phrase_edit::{PhraseEdit, checked_text};
use std::collections::BTreeMap;

/// How many edits can be undone.
const UNDO_DEPTH: usize = 200;

/// How many examples a phrase may have: more say nothing new, and each is encoded when a model is loaded.
const MOST_EXAMPLES: usize = 50;

/// The phrase list, and the lists that it was.
#[derive(Clone, Debug, Default)]
pub struct PhraseBook {
    entries: Vec<PhraseEntry>,
    read: BTreeMap<u64, Phrase>,
    undo: Vec<Vec<PhraseEntry>>,
    redo: Vec<Vec<PhraseEntry>>,
    last_id: u64,
    /// Entries of visitors: they are in play, and no part of the operator's list.
    guests: Vec<u64>,
}

/// An entry as it is shown: the user's own fields before what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseView {
    /// The verb; empty until it was read.
    pub verb: String,
    /// The noun; empty where there is none.
    pub noun: String,
    /// How sure the split is; `None` until it was read.
    pub confidence: Option<f32>,
    /// The card's weights, in the order of [`ATTRIBUTES`]; empty until they were read.
    pub weights: Vec<f32>,
    /// Where the card comes from.
    pub source: Option<MotionSource>,
}

impl PhraseBook {
    /// A list to begin with; it cannot be undone.
    pub fn from_entries(entries: Vec<PhraseEntry>) -> Self {
        let mut book = Self::default();
        book.entries = book.renumbered(entries);
        book
    }

    /// The entries, in their order.
    pub fn entries(&self) -> &[PhraseEntry] {
        &self.entries
    }

    /// The operator's own entries: what is kept.
    pub fn own_entries(&self) -> Vec<PhraseEntry> {
        let own = |entry: &&PhraseEntry| !self.guests.contains(&entry.id);
        self.entries.iter().filter(own).cloned().collect()
    }

    /// Adds a visitor's phrase, which no undo knows of; gives its id, or says in plain words why it cannot be.
    pub fn add_guest(&mut self, text: &str) -> Result<u64, String> {
        let id = self.add(text)?;
        if let Some(twin) = self.twin_of(id) {
            let words = format!("“{}” is already in the list.", twin.text);
            self.entries.retain(|entry| entry.id != id);
            return Err(words);
        }
        self.guests.push(id);
        Ok(id)
    }

    /// Takes a visitor's phrase out; the operator's own stay. Says whether there was one.
    pub fn remove_guest(&mut self, id: u64) -> bool {
        let known = self.guests.contains(&id);
        if known {
            self.guests.retain(|guest| *guest != id);
            self.entries.retain(|entry| entry.id != id);
        }
        known
    }

    /// Whether there is an edit to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is an edit to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Takes note of how entries were read.
    pub fn set_read(&mut self, phrases: Vec<(u64, Phrase)>) {
        self.read = phrases.into_iter().collect();
    }

    /// Edits the list. Says whether anything changed, or in plain words why nothing could.
    pub fn apply(&mut self, edit: PhraseEdit) -> Result<bool, String> {
        match edit {
            PhraseEdit::Undo => Ok(Self::step(
                &mut self.undo,
                &mut self.redo,
                &mut self.entries,
            )),
            PhraseEdit::Redo => Ok(Self::step(
                &mut self.redo,
                &mut self.undo,
                &mut self.entries,
            )),
            edit => {
                let before = self.entries.clone();
                let changed = self.change(edit)?;
                if let Some(twin) = changed.and_then(|id| self.twin_of(id)) {
                    let words = format!("“{}” is already in the list.", twin.text);
                    self.entries = before;
                    return Err(words);
                }
                if self.entries == before {
                    return Ok(false);
                }
                self.redo.clear();
                self.undo.push(before);
                if self.undo.len() > UNDO_DEPTH {
                    self.undo.remove(0);
                }
                Ok(true)
            }
        }
    }

    /// How an entry is to be shown.
    pub fn view(&self, entry: &PhraseEntry) -> PhraseView {
        let read = self.read.get(&entry.id);
        let own = entry.motion.as_deref().map(split_performed);
        let own_weights = own.and_then(|(words, _)| weights_from_words(words));
        let performed = own.is_some_and(|(_, performed)| performed);
        let source = match (&own_weights, read) {
            (Some(_), _) if performed => Some(MotionSource::Performance),
            (Some(_), _) => Some(MotionSource::User),
            (None, read) => read.map(|phrase| phrase.motion.source),
        };
        PhraseView {
            verb: entry
                .verb
                .clone()
                .or_else(|| read.map(|p| p.verb.clone()))
                .unwrap_or_default(),
            noun: entry
                .noun
                .clone()
                .or_else(|| read.and_then(|p| p.noun.clone()))
                .unwrap_or_default(),
            confidence: read.map(|phrase| phrase.confidence),
            weights: own_weights
                .or_else(|| read.map(|p| p.motion.weights.clone()))
                .unwrap_or_default(),
            source,
        }
    }

    fn step(
        from: &mut Vec<Vec<PhraseEntry>>,
        to: &mut Vec<Vec<PhraseEntry>>,
        entries: &mut Vec<PhraseEntry>,
    ) -> bool {
        let Some(other) = from.pop() else {
            return false;
        };
        to.push(std::mem::replace(entries, other));
        true
    }

    /// Makes the change; gives the entry that may now say what another one says.
    fn change(&mut self, edit: PhraseEdit) -> Result<Option<u64>, String> {
        let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(match edit {
            PhraseEdit::Add(text) => Some(self.add(&text)?),
            PhraseEdit::SetText(id, text) => self.set_text(id, &text)?,
            PhraseEdit::SetVerb(id, verb) => self.on(id, |e| e.verb = filled(&verb)),
            PhraseEdit::SetNoun(id, noun) => self.on(id, |e| e.noun = Some(noun.trim().to_owned())),
            PhraseEdit::SetWeight {
                id,
                attribute,
                weight,
            } => self.set_weight(id, attribute, weight),
            PhraseEdit::SetCard { id, weights } => self.set_card(id, weights),
            PhraseEdit::AddExamples(added) => {
                for (id, example) in added {
                    self.add_example(id, example);
                }
                None
            }
            PhraseEdit::ForgetExample(id, which) => self
                .on(id, |e| {
                    e.examples.retain(|example| example.fingerprint() != which);
                })
                .and(None),
            PhraseEdit::ForgetExamples(id) => self.on(id, |e| e.examples.clear()).and(None),
            PhraseEdit::ReadAgain(id) => {
                self.on(id, |e| (e.verb, e.noun, e.motion) = (None, None, None))
            }
            PhraseEdit::Toggle(id) => self.on(id, |e| e.enabled = !e.enabled).and(None),
            PhraseEdit::Delete(id) => {
                self.entries.retain(|e| e.id != id);
                None
            }
            PhraseEdit::Replace(entries) => {
                self.entries = self.renumbered(entries);
                None
            }
            PhraseEdit::Undo | PhraseEdit::Redo => None,
        })
    }

    fn add(&mut self, text: &str) -> Result<u64, String> {
        let text = checked_text(text)?;
        let id = self.fresh_id();
        self.entries.push(PhraseEntry {
            id,
            text,
            enabled: true,
            ..PhraseEntry::default()
        });
        Ok(id)
    }

    /// Gives an entry an example, unless it has it or has too many.
    fn add_example(&mut self, id: u64, example: Example) {
        let Some(entry) = self.entries.iter_mut().find(|e| e.id == id) else {
            return;
        };
        if entry.examples.len() < MOST_EXAMPLES && !entry.examples.contains(&example) {
            entry.examples.push(example);
        }
    }

    fn set_text(&mut self, id: u64, text: &str) -> Result<Option<u64>, String> {
        let text = checked_text(text)?;
        Ok(self.on(id, |e| {
            if e.text == text {
                return;
            }
            if undescribed(&e.text) == undescribed(&text) {
                // Another description moves otherwise; the words, and what was shown of the phrase, are as before.
                (e.text, e.motion) = (text, None);
                return;
            }
            // Another text is another phrase: its words and its motion are its own.
            *e = PhraseEntry {
                id,
                text,
                enabled: e.enabled,
                ..PhraseEntry::default()
            };
        }))
    }

    fn set_weight(&mut self, id: u64, attribute: usize, weight: f32) -> Option<u64> {
        let entry = self.entries.iter().find(|e| e.id == id)?;
        let mut weights = self.view(entry).weights;
        weights.resize(ATTRIBUTES.len(), 0.0);
        *weights.get_mut(attribute)? = weight.clamp(0.0, 1.0);
        let words = words_from_weights(weights);
        self.on(id, |e| e.motion = Some(words))
    }

    /// Takes all but the sides from a performance: who waves with the right hand does not mean that left were wrong.
    fn set_card(&mut self, id: u64, mut weights: Vec<f32>) -> Option<u64> {
        let entry = self.entries.iter().find(|e| e.id == id)?;
        let mut own = self.view(entry).weights;
        for weights in [&mut weights, &mut own] {
            weights.resize(ATTRIBUTES.len(), 0.0);
        }
        weights[SIDES].copy_from_slice(&own[SIDES]);
        let words = format!("{PERFORMED} {}", words_from_weights(weights));
        self.on(id, |e| e.motion = Some(words))
    }

    /// Another entry that is the same phrase as this one.
    fn twin_of(&self, id: u64) -> Option<&PhraseEntry> {
        let key = self.entries.iter().find(|e| e.id == id)?.key();
        self.entries.iter().find(|e| e.id != id && e.key() == key)
    }

    /// Changes an entry, and gives its id if there is one.
    fn on(&mut self, id: u64, change: impl FnOnce(&mut PhraseEntry)) -> Option<u64> {
        let entry = self.entries.iter_mut().find(|e| e.id == id)?;
        change(entry);
        Some(id)
    }

    fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Ids name entries for as long as the program runs, so a list from outside gets new ones.
    fn renumbered(&mut self, entries: Vec<PhraseEntry>) -> Vec<PhraseEntry> {
        entries
            .into_iter()
            .map(|e| PhraseEntry {
                id: self.fresh_id(),
                ..e
            })
            .collect()
    }
}

#[cfg(test)]
#[path = "phrase_book_tests.rs"]
mod tests;
