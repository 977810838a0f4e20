//! Examples of phrases as features: an encoder beside inference reads each once.

use super::{ClipEncoder, RecognizerError};
use crate::phrases::{Example, PhraseEntry};
use crate::window::WindowError;
use crate::window::clip::{Clip, ClipConfig};
use std::collections::HashMap;
use std::fmt;

/// Features of examples by their fingerprints.
pub type ExampleFeatures = HashMap<String, Vec<f32>>;

/// Makes features of examples: an encoder of the same weights as inference's, for work beside it.
pub struct ExampleEncoder {
    encoder: Box<dyn ClipEncoder>,
    clip: ClipConfig,
    known: ExampleFeatures,
}

impl fmt::Debug for ExampleEncoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ExampleEncoder")
            .field("clip", &self.clip)
            .field("known", &self.known.len())
            .finish_non_exhaustive()
    }
}

impl ExampleEncoder {
    pub(super) fn new(encoder: Box<dyn ClipEncoder>, clip: ClipConfig) -> Self {
        Self {
            encoder,
            clip,
            known: ExampleFeatures::new(),
        }
    }

    /// The features of all examples of these entries, and in plain words which ones have none. An example is encoded once,
    /// however often the list is edited; one that is in no list any more is forgotten.
    pub fn features(&mut self, entries: &[PhraseEntry]) -> (&ExampleFeatures, Vec<String>) {
        let examples = || entries.iter().flat_map(|entry| &entry.examples);
        self.known
            .retain(|known, _| examples().any(|example| example.fingerprint() == known));
        let mut problems = Vec::new();
        for entry in entries {
            for example in &entry.examples {
                if self.known.contains_key(example.fingerprint()) {
                    continue;
                }
                match self.feature(example) {
                    Ok(feature) => {
                        self.known.insert(example.fingerprint().to_owned(), feature);
                    }
                    Err(error) => problems.push(format!(
                        "example \"{}\" of \"{}\" is left out: {error}",
                        example.name(),
                        entry.text
                    )),
                }
            }
        }
        (&self.known, problems)
    }

    fn feature(&mut self, example: &Example) -> Result<Vec<f32>, RecognizerError> {
        let clip = Clip::from_frames(&example.frames(), &self.clip)?;
        let encodings = self.encoder.encode(&[clip])?;
        let first = encodings.into_iter().next().ok_or(WindowError::NoFrames)?;
        Ok(first.feature)
    }
}
