//! Alignment of features and words: the SynSE model and the decisions made with it.
//!
//! ```text
//! feature -> visual encoder -> latent mean, a share per part --+
//!      one matrix, in closed form -> a share more -------------+
//!      the card at its end -> one matrix -> the last share ----+
//!                                                              +-> Decision -> probabilities
//! phrase vectors -> one text encoder per part -> latent means -+
//!      all of them side by side -> a share more ---------------+
//!      its card, standardised -> the last share ---------------+
//! ```

pub mod accuracy;
pub mod adam;
mod balance;
pub mod bilinear;
pub mod card;
pub mod checkpoint;
pub mod classifier;
pub mod decision;
pub mod examples;
pub mod latent_map;
pub mod layers;
pub mod network;
pub mod original;
pub mod part;
pub mod ridge;
mod scorer;
mod sides;
pub mod standard;
pub mod store;
pub mod synse;
mod tensor_file;
pub mod towers;

pub use self::decision::{Decision, Nearness, PartScore, Reading};

use crate::language::PhraseVectors;
use std::path::PathBuf;

/// Which decision is made from a phrase list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A weighted sum of one cosine per part to the phrases' latent means, with a calibrated temperature.
    Cosine,
    /// The paper's classifier, trained on generated latents (section 2.4).
    Trained,
}

impl Head {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Trained => "trained",
        }
    }

    /// Refuses every head but this one, for a method that has no other.
    pub(crate) fn is_only_one_of(self, method: &'static str, head: Self) -> Result<(), AlignError> {
        if head == self {
            return Ok(());
        }
        let only = self;
        Err(AlignError::Head { method, head, only })
    }
}

/// Anything that has learned to score features against phrases.
pub trait Aligner: Send {
    /// Makes the decision for a list of phrases; an empty list gives a decision that answers with nothing.
    ///
    /// `seed` matters to [`Head::Trained`] only: the same list and seed give the same decision.
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError>;

    /// [`Self::decide`] with the features of examples of each phrase, `[phrase][example][value]`; none where there are none.
    ///
    /// Refuses examples where a method has no use for them.
    fn decide_by_examples(
        &self,
        phrases: &[PhraseVectors],
        examples: &[Vec<Vec<f32>>],
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        match examples.iter().position(|examples| !examples.is_empty()) {
            Some(phrase) => Err(AlignError::Examples { phrase }),
            None => self.decide(phrases, head, seed),
        }
    }

    /// Latents of each phrase, `[phrase][latent][value]`: first its mean, then `count` that are drawn around it, as the
    /// trained head learns from. Nothing where a method generates none; the same seed draws the same.
    fn generated(
        &self,
        _phrases: &[PhraseVectors],
        _count: usize,
        _seed: u64,
    ) -> Result<Vec<Vec<Vec<f32>>>, AlignError> {
        Ok(Vec::new())
    }

    /// [`Self::generated`] with the features of examples of each phrase, as in [`Self::decide_by_examples`].
    fn generated_by_examples(
        &self,
        phrases: &[PhraseVectors],
        _examples: &[Vec<Vec<f32>>],
        count: usize,
        seed: u64,
    ) -> Result<Vec<Vec<Vec<f32>>>, AlignError> {
        self.generated(phrases, count, seed)
    }

    /// The width of the features that its decisions take.
    fn feature_width(&self) -> usize;
}

/// What can go wrong between features, words and model files.
#[derive(Debug, thiserror::Error)]
pub enum AlignError {
    /// A vector has another length than the model was made for.
    #[error("{what} has {got} values, expected {expected}")]
    Width {
        /// What has the wrong width, with its place in the list.
        what: String,
        /// The model's width.
        expected: usize,
        /// The width that came.
        got: usize,
    },
    /// A vector holds NaN or infinity.
    #[error("{what} has a value that is not a finite number, at index {index}")]
    NotFinite {
        /// What holds it.
        what: String,
        /// Where in the vector.
        index: usize,
    },
    /// A head that this method does not have.
    #[error("{method} has no {head:?} head, only {only:?}")]
    Head {
        /// The method.
        method: &'static str,
        /// What was asked for.
        head: Head,
        /// What there is.
        only: Head,
    },
    /// Examples for a method that compares with words only.
    #[error("phrase {phrase} has examples, and this method compares with words only")]
    Examples {
        /// The phrase's place in the list.
        phrase: usize,
    },
    /// Examples of another number of phrases.
    #[error("examples of {got} phrases for a list of {expected}")]
    ExampleCount {
        /// Phrases in the list.
        expected: usize,
        /// Phrases with a list of examples.
        got: usize,
    },
    /// Nothing to learn from.
    #[error("{0}")]
    Unsolvable(String),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is not safetensors, or damaged.
    #[error("{}: not a readable safetensors file: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: safetensors::SafeTensorError,
    },
    /// A tensor that should be there and is not, or cannot be used.
    #[error("{}: tensor `{name}`: {reason}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A metadata string that should be there and is not, or cannot be read.
    #[error("{}: metadata `{key}`: {reason}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The metadata's key.
        key: &'static str,
        /// What was expected and what was found.
        reason: String,
    },
}

/// Checks a vector's width and that all its values are finite.
pub(crate) fn check_vector(
    what: impl Fn() -> String,
    values: &[f32],
    expected: usize,
) -> Result<(), AlignError> {
    if values.len() != expected {
        return Err(AlignError::Width {
            what: what(),
            expected,
            got: values.len(),
        });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(AlignError::NotFinite {
            what: what(),
            index,
        }),
        None => Ok(()),
    }
}
