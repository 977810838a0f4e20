//! The motion card: what a skeleton can show of an action, attribute by attribute.

/// One thing that a body can be seen doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in `snake_case`: stable, used in files.
    pub name: &'static str,
    /// What it means, for the help.
    pub help: &'static str,
}

/// Every attribute, in the order of [`MotionCard::weights`].
pub const ATTRIBUTES: &[Attribute] = &[Attribute {
    name: "one_arm",
    help: "One arm does the work.",
}];

/// Where a card comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionSource {
    /// An entry of the lexicon.
    Lexicon,
    /// An entry changed by the words around it, or several entries together.
    Composed,
    /// The nearest entries: shown as a guess.
    Guess,
    /// The user set it.
    User,
}

/// What the body does, one weight from 0 to 1 for each of [`ATTRIBUTES`].
#[derive(Clone, Debug, PartialEq)]
pub struct MotionCard {
    /// The weights, in the order of [`ATTRIBUTES`].
    pub weights: Vec<f32>,
    /// Where they come from.
    pub source: MotionSource,
}
