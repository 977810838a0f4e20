//! What can go wrong with an encoder: each message names the file, the tensor and what was expected.

use std::path::PathBuf;

use thiserror::Error;

/// An encoder that cannot be loaded, or a clip that it cannot read.
#[derive(Debug, Error)]
pub enum EncoderError {
    /// A clip that came normalised, where its movement in the room should speak too.
    #[error(
        "the clip came normalised, and how its performer moves in the room cannot be measured any more"
    )]
    NotMeasured,
    /// The file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no checkpoint.
    #[error("{}: expected a PyTorch (.pt, .pth) or safetensors checkpoint: {reason}", file.display())]
    NotCheckpoint {
        /// The file.
        file: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A tensor is not there.
    #[error("{}: tensor `{tensor}` is missing, expected shape {expected:?}", file.display())]
    MissingTensor {
        /// The file.
        file: PathBuf,
        /// PyTorch's name of it.
        tensor: String,
        /// The shape that it should have; empty where any would do.
        expected: Vec<usize>,
    },
    /// A tensor has another shape.
    #[error("{}: tensor `{tensor}` has shape {got:?}, expected {expected:?}", file.display())]
    WrongShape {
        /// The file.
        file: PathBuf,
        /// PyTorch's name of it.
        tensor: String,
        /// The shape that it should have.
        expected: Vec<usize>,
        /// The shape that it has.
        got: Vec<usize>,
    },
    /// A tensor holds numbers of another type.
    #[error("{}: tensor `{tensor}` is of type {got}, expected 16, 32 or 64 bit floats", file.display())]
    WrongType {
        /// The file.
        file: PathBuf,
        /// PyTorch's name of it.
        tensor: String,
        /// Its type.
        got: String,
    },
    /// A tensor holds a value that no network can compute with.
    #[error("{}: tensor `{tensor}`, value {index} is {value}, expected a finite number", file.display())]
    NotFinite {
        /// The file.
        file: PathBuf,
        /// PyTorch's name of it.
        tensor: String,
        /// Where in it.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A folder lacks a stream.
    #[error("{}: no file of the {stream} stream, expected one of {expected:?}", folder.display())]
    NoStream {
        /// The folder.
        folder: PathBuf,
        /// The stream's name.
        stream: String,
        /// File names that would do.
        expected: Vec<String>,
    },
    /// The four streams are not of one kind.
    #[error("{}: this stream has {got} {what}, expected the joint stream's {expected}", file.display())]
    StreamsDiffer {
        /// The file of the stream that differs.
        file: PathBuf,
        /// What is counted.
        what: &'static str,
        /// The joint stream's count.
        expected: usize,
        /// This stream's count.
        got: usize,
    },
    /// A clip does not fit the network.
    #[error(
        "a clip of {bodies} bodies and {frames} frames holds {got} values: expected {expected} values, \
         frames in multiples of 4 and at least 4, and at most {most_bodies} bodies"
    )]
    ClipShape {
        /// Bodies of the clip.
        bodies: usize,
        /// Frames of the clip.
        frames: usize,
        /// Values that it holds.
        got: usize,
        /// Values that bodies and frames ask for.
        expected: usize,
        /// Bodies of the network.
        most_bodies: usize,
    },
    /// A clip holds a value that is no number.
    #[error("a clip's value {index} is {value}, expected a finite number")]
    ClipNotFinite {
        /// Where in the clip.
        index: usize,
        /// The value.
        value: f32,
    },
    /// The GPU path gave back something else than asked.
    #[error("the device gave {got}, expected {expected} values of 32 bit floats")]
    Device {
        /// What came.
        got: String,
        /// How many values were asked for.
        expected: usize,
    },
}
