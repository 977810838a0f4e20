//! Ridge regression from words to features: the honest baseline.

use super::lesson::Lesson;
use super::{Method, boxed};
use crate::align::Aligner;
use crate::align::part::Part;
use crate::align::ridge;
use crate::language::PhraseVectors;
use crate::train::align::FitError;

/// The penalty, chosen on validation phrases.
pub const PENALTY: f32 = 1.0;

/// Ridge regression with its settings.
#[derive(Clone, Debug)]
pub struct Ridge {
    /// The text parts, by their names.
    pub variant: String,
    /// The text parts.
    pub parts: Vec<Part>,
    /// The penalty on the weights.
    pub penalty: f32,
    /// How many standard deviations from their mean features come at most.
    pub limit: f32,
}

/// The variants: words alone, with motion, and motion alone, which on the Kinect clips is the hardest to beat.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    boxed([
        Ridge::reading(&[Part::Noun, Part::Verb]),
        Ridge::reading(&[Part::Noun, Part::Verb, Part::Motion]),
        Ridge::reading(&[Part::Motion]),
    ])
}

impl Ridge {
    /// Regression from these parts.
    pub(super) fn reading(parts: &[Part]) -> Self {
        Self {
            variant: Part::joined(parts),
            parts: parts.to_vec(),
            penalty: PENALTY,
            limit: f32::INFINITY,
        }
    }
}

impl Method for Ridge {
    fn name(&self) -> &'static str {
        "ridge"
    }

    fn variant(&self) -> &str {
        &self.variant
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        _seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        Lesson::new(features, labels, phrases)?;
        let fitted = ridge::Ridge::fit(features, labels, phrases, &self.parts, self.penalty)?;
        Ok(Box::new(fitted.within(self.limit)))
    }
}
