//! How a session begins.

use crate::align::Head;
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::recognizer::DEFAULT_THRESHOLD;
use std::path::PathBuf;

/// How a session begins.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own that a user switches"
)]
pub struct SessionOptions {
    /// The source to play, if any yet.
    pub source: Option<String>,
    /// The bundle's folder; `None` looks for the default one.
    pub bundle: Option<PathBuf>,
    /// The phrase list.
    pub phrases: Vec<PhraseEntry>,
    /// The decision head.
    pub head: Head,
    /// Whether the phrases' examples take part.
    pub by_examples: bool,
    /// How the gate is used.
    pub gate: GateMode,
    /// Abstain below this smoothed probability.
    pub threshold: f32,
    /// Record from the first frame on: a file that is not there yet, or a folder for a new one.
    pub record: Option<PathBuf>,
    /// Turn bodies upright where the camera knows how it hangs.
    pub levelled: bool,
    /// Play recordings as fast as inference takes them, losing nothing, instead of at their own pace.
    pub fast: bool,
    /// Open the source only when the first decision stands, so that every prediction knows the phrases. Played fast, that
    /// is always so.
    pub phrases_first: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            source: None,
            bundle: None,
            phrases: Vec::new(),
            head: Head::Cosine,
            by_examples: false,
            gate: GateMode::default(),
            threshold: DEFAULT_THRESHOLD,
            record: None,
            levelled: true,
            fast: false,
            phrases_first: false,
        }
    }
}
