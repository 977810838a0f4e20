//! Action phrases: their verb, their noun and the card of what the body does.

pub mod list;
pub mod motion;
pub mod splits;

use self::motion::MotionCard;

/// An action described in words, ready to be embedded.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// What was typed, less the description after a dash.
    pub text: String,
    /// The verb, lemma with its particle: `pick up`.
    pub verb: String,
    /// The noun; `None` stands for the placeholder, the mean of all nouns (paper, section 2.6).
    pub noun: Option<String>,
    /// How sure the split is, 0 to 1; 1 when the user set it.
    pub confidence: f32,
    /// What the body does.
    pub motion: MotionCard,
}

/// A phrase as a user keeps it in a list: the text and whatever they set themselves.
///
/// One line of a phrase list: `phrase | verb | noun | motion words`; empty fields are filled by reading the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhraseEntry {
    /// Names the entry while the program runs; not stored.
    pub id: u64,
    /// What was typed, with the description after a dash if there is one.
    pub text: String,
    /// The user's own verb.
    pub verb: Option<String>,
    /// The user's own noun; `Some("")` says that there is none.
    pub noun: Option<String>,
    /// The user's own motion: words (`one arm, fast`) or weights (`one_arm=1 fast=0.5`).
    pub motion: Option<String>,
    /// Whether it takes part.
    pub enabled: bool,
}
