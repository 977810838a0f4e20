//! What can go wrong between a typed phrase and its vectors.

use std::path::{Path, PathBuf};

/// Why a phrase could not be read or embedded, or a text encoder not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// The phrase is empty.
    #[error("an empty phrase: type what is done, for example \"kick a ball\"")]
    Empty,
    /// The phrase has no letters.
    #[error("the phrase {text:?} has no letters: type what is done, for example \"kick a ball\"")]
    NoLetters {
        /// The phrase, shortened.
        text: String,
    },
    /// The phrase is too long to be one.
    #[error("a phrase of {characters} characters: at most {most} are read")]
    TooLong {
        /// Its length.
        characters: usize,
        /// The longest phrase allowed.
        most: usize,
    },
    /// The verb of a phrase to be embedded is empty.
    #[error("the phrase {text:?} has no verb: fill one in")]
    NoVerb {
        /// The phrase, shortened.
        text: String,
    },
    /// The user's motion words cannot be read.
    #[error("motion words of {text:?}: {reason}")]
    Motion {
        /// The phrase, shortened.
        text: String,
        /// What was expected.
        reason: String,
    },
    /// A model file cannot be read.
    #[error("cannot read the text encoder's file: {source}: {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A model file is not of its format.
    #[error("not a usable {expected}: {reason}: {}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The format that was expected.
        expected: &'static str,
        /// Why it is not.
        reason: String,
    },
    /// The weights lack a tensor.
    #[error("the text encoder lacks the tensor {name}: {}", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of the weights has the wrong shape.
    #[error("the text encoder's tensor {name} has shape {found:?}, expected {expected:?}: {}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The shape that `config.json` asks for.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// The vectors of the lexicon's entries do not belong to it.
    #[error(
        "the vectors of the motion lexicon: {reason}; `synse lexicon` makes them anew: assets/motion/vectors.safetensors"
    )]
    Neighbours {
        /// What was found, and what was expected.
        reason: String,
    },
    /// The tokenizer or the model failed on a text.
    #[error("cannot embed {text:?}: {reason}")]
    Embed {
        /// The text, shortened.
        text: String,
        /// Why.
        reason: String,
    },
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, LanguageError> {
    std::fs::read(path).map_err(|source| LanguageError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
