//! Action phrases: their verb, their noun and the card of what the body does.

mod entry;
mod example;
pub mod list;
pub mod motion;
pub mod splits;

pub use self::entry::{
    EntryKey, PERFORMED, PhraseEntry, folded, shortened, spaced, split_description,
    split_performed, undescribed,
};
pub use self::example::{Example, ExampleError};

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
