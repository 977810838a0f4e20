//! What can be done to the phrase list, and which texts are phrases.

use crate::phrases::{Example, PhraseEntry};

/// The longest phrase, in characters; a sentence is a phrase, a page is a mistake.
const LONGEST_PHRASE: usize = 200;

/// One edit of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum PhraseEdit {
    /// Adds a phrase at the end.
    Add(String),
    /// Changes an entry's text, which is then read anew.
    SetText(u64, String),
    /// Sets an entry's verb; an empty one is read from the text again.
    SetVerb(u64, String),
    /// Sets an entry's noun; an empty one says that there is none.
    SetNoun(u64, String),
    /// Sets one weight of an entry's motion card.
    SetWeight {
        /// The entry.
        id: u64,
        /// The attribute's index in [`ATTRIBUTES`](crate::phrases::motion::ATTRIBUTES).
        attribute: usize,
        /// 0 to 1.
        weight: f32,
    },
    /// Sets the weights of an entry's motion card to those of a performance, in the order of
    /// [`ATTRIBUTES`](crate::phrases::motion::ATTRIBUTES); its sides stay as they are, and the card says where they are from
    /// until the user edits it.
    SetCard {
        /// The entry.
        id: u64,
        /// 0 to 1 each.
        weights: Vec<f32>,
    },
    /// Gives entries examples; those that they have stay.
    AddExamples(Vec<(u64, Example)>),
    /// Takes an example from an entry, by its fingerprint.
    ForgetExample(u64, String),
    /// Takes all of an entry's examples.
    ForgetExamples(u64),
    /// Gives up what the user set: verb, noun and motion are read from the text again.
    ReadAgain(u64),
    /// Takes an entry in or leaves it out.
    Toggle(u64),
    /// Removes an entry.
    Delete(u64),
    /// Puts another list in the place of this one.
    Replace(Vec<PhraseEntry>),
    /// Takes the last edit back.
    Undo,
    /// Does the last edit taken back again.
    Redo,
}

/// A typed text as a phrase, or in plain words why it is none.
pub(crate) fn checked_text(text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    if text.is_empty() {
        return Err("A phrase needs at least one word.".to_owned());
    }
    if length > LONGEST_PHRASE {
        return Err(format!(
            "This phrase has {length} characters; at most {LONGEST_PHRASE} are taken."
        ));
    }
    if text.contains('|') {
        return Err(
            "A phrase may not contain “|”: it separates the fields of a phrase list.".to_owned(),
        );
    }
    Ok(text)
}
