//! Alignment of features and words: the SynSE model and the decisions made with it.

use crate::language::PhraseVectors;

/// Which decision is made from a phrase list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A weighted sum of one cosine per part to the phrases' latent means, with a calibrated temperature.
    Cosine,
    /// The paper's classifier, trained on generated latents (section 2.4).
    Trained,
}

/// How a feature is scored against a list of phrases: plain numbers, made beside inference and swapped in whole.
#[derive(Clone, Debug)]
pub struct Decision;

impl Decision {
    /// Probabilities of the phrases, in their order; they sum to 1.
    pub fn probabilities(&self, feature: &[f32]) -> Vec<f32> {
        let _ = feature;
        Vec::new()
    }
}

/// Anything that learns to score features against phrases.
pub trait Aligner: Send {
    /// Makes the decision for a list of phrases.
    fn decide(&self, phrases: &[PhraseVectors], head: Head, seed: u64) -> Decision;
}
