//! A model bundle on disk: a folder of `bundle.toml` and the files that it vouches for, checked on load.

mod assemble;
mod manifest;
mod places;

pub use self::assemble::{Parts, assemble};
pub use self::manifest::{FORMAT, Manifest, TEXT_ENCODER};
pub use self::places::{MODELS_VARIABLE, default_folder, find, models_folder};

use crate::align::AlignError;
use crate::align::Aligner;
use crate::align::synse::Synse;
use crate::encoder::{Encoder, EncoderError, stream_files};
use crate::gate::{Gate, GateError};
use burn::tensor::Device;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The manifest's file name.
pub const MANIFEST_FILE: &str = "bundle.toml";

/// The alignment's file name.
pub const SYNSE_FILE: &str = "synse.safetensors";

/// The gate's file name.
pub const GATE_FILE: &str = "gate.toml";

/// A bundle in memory, every part made for the others.
#[derive(Debug)]
pub struct Bundle {
    /// Where it came from.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Clips to features and seen logits.
    pub encoder: Encoder,
    /// Features against phrases.
    pub synse: Synse,
    /// Seen or unseen.
    pub gate: Gate,
}

impl Bundle {
    /// Loads a bundle, refusing it whole if any part is missing, altered or made for something else.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, BundleError> {
        let manifest = Self::check(folder)?;
        let mut encoder = Encoder::load_files(&stream_files(folder)?, device)?;
        encoder.set_frames(manifest.frames);
        let synse = Synse::load(&folder.join(SYNSE_FILE))?;
        let gate = Gate::load(&folder.join(GATE_FILE))?;
        let fit = |what: &'static str, expected: usize, got: usize| {
            if expected == got {
                return Ok(());
            }
            Err(BundleError::Misfit {
                folder: folder.to_owned(),
                what,
                expected,
                got,
            })
        };
        fit("seen classes of the encoder", manifest.seen.len(), encoder.classes())?;
        fit("bodies of the encoder", manifest.bodies, encoder.bodies())?;
        fit("values of the alignment's features", encoder.feature_width(), synse.feature_width())?;
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            encoder,
            synse,
            gate,
        })
    }

    /// Checks that a bundle is whole and made for this program, without loading its models.
    pub fn check(folder: &Path) -> Result<Manifest, BundleError> {
        let manifest = Manifest::read(&folder.join(MANIFEST_FILE))?;
        manifest.check(&folder.join(MANIFEST_FILE))?;
        for (name, expected) in &manifest.files {
            let path = folder.join(name);
            let got = sha256(&path)?;
            if got != *expected {
                return Err(BundleError::Altered {
                    path,
                    expected: expected.clone(),
                    got,
                });
            }
        }
        Ok(manifest)
    }
}

/// Why a bundle is refused.
#[derive(Debug, Error)]
pub enum BundleError {
    /// There is no such folder, or no manifest in it.
    #[error(
        "no model bundle in {}: expected a folder with {MANIFEST_FILE}; `synse train bundle` makes one, and a clone of the \
         project has one in models/default",
        folder.display()
    )]
    Absent {
        /// Where it should be.
        folder: PathBuf,
    },
    /// No place has models.
    #[error(
        "no models folder: looked in {looked}; set {MODELS_VARIABLE} to the `models` folder of the project, or give --bundle"
    )]
    NoModels {
        /// The places, in words.
        looked: String,
    },
    /// A file of the bundle cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that the manifest names is not there.
    #[error("{} is missing: the bundle's manifest names it; fetch the bundle again, or complete it with its import command", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
    },
    /// A file is not the one that the manifest vouches for.
    #[error("{} is damaged or was changed: its sha256 is {got}, the manifest says {expected}", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// By the manifest, hexadecimal.
        expected: String,
        /// Of the file, hexadecimal.
        got: String,
    },
    /// The manifest cannot be read as one.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// Parts that were not made for each other.
    #[error("{}: {expected} {what} expected, got {got}; its parts were not made together", folder.display())]
    Misfit {
        /// The bundle.
        folder: PathBuf,
        /// What is counted.
        what: &'static str,
        /// What the others need.
        expected: usize,
        /// What there is.
        got: usize,
    },
    /// A folder that is no bundle stands where one is to be written.
    #[error("{} exists and is no bundle: it has no {MANIFEST_FILE}; it is left as it is", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The encoder is refused.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The alignment is refused.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The gate is refused.
    #[error(transparent)]
    Gate(#[from] GateError),
}

impl BundleError {
    fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

/// A file's sha256 in lower-case hexadecimal.
fn sha256(path: &Path) -> Result<String, BundleError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => BundleError::MissingFile {
            path: path.to_owned(),
        },
        _ => BundleError::File {
            action: "read",
            path: path.to_owned(),
            source,
        },
    })?;
    let digits = Sha256::digest(bytes);
    Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}
