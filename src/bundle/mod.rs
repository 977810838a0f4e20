//! A model bundle on disk: a folder of `bundle.toml` and the files that it vouches for, checked on load.

mod assemble;
mod import;
mod manifest;
mod places;

pub use self::assemble::{Parts, assemble};
pub use self::import::import;
pub use self::manifest::{Download, FORMAT, Manifest, TEXT_ENCODER};
pub use self::places::{
    MODELS_VARIABLE, called, default_folder, find, models_folder, names, user_models_folder,
};

use crate::align::AlignError;
use crate::align::Aligner as _;
use crate::align::synse::Synse;
use crate::encoder::{Encoder, EncoderError, MEASURES_FILE, stream_files};
use crate::gate::{Gate, GateError};
use crate::window::READ;
use burn::tensor::Device;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read as _};
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
        // A head that the manifest does not vouch for has no say.
        let measures = manifest.files.contains_key(MEASURES_FILE);
        let measures = measures.then(|| folder.join(MEASURES_FILE));
        let mut encoder = Encoder::load_files(&stream_files(folder)?, measures.as_deref(), device)?;
        encoder.set_frames(manifest.frames);
        encoder.set_view(manifest.view);
        encoder.warm_up()?;
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
        fit(
            "seen classes of the encoder",
            manifest.seen.len(),
            encoder.classes(),
        )?;
        fit("bodies of the encoder", manifest.bodies, encoder.bodies())?;
        fit(
            "values of the alignment's features",
            encoder.feature_width(),
            synse.feature_width(),
        )?;
        if synse.card.is_some() {
            let read = if manifest.view.reads_cards() {
                READ.len()
            } else {
                0
            };
            fit("values of a card at the feature's end", READ.len(), read)?;
        }
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
        let missing = manifest.absent(folder);
        if !missing.is_empty() {
            return Err(BundleError::Incomplete {
                folder: folder.to_owned(),
                missing,
                download: manifest.download.map(|download| download.source),
            });
        }
        for (name, expected) in &manifest.files {
            check_file(&folder.join(name), expected)?;
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
    /// Files that the manifest names are not there.
    #[error(
        "the bundle in {} is incomplete, {} missing: {}",
        folder.display(),
        are(missing),
        download.as_deref().unwrap_or("its manifest names what it needs; fetch the bundle again")
    )]
    Incomplete {
        /// The bundle.
        folder: PathBuf,
        /// The files' names.
        missing: Vec<String>,
        /// By the manifest: where to get them, and what to do then.
        download: Option<String>,
    },
    /// A bundle that has nothing to import.
    #[error("{} has nothing to import: its manifest has no [download]", folder.display())]
    NoDownload {
        /// The bundle.
        folder: PathBuf,
    },
    /// Where files are to be imported from is no folder.
    #[error("{} is no folder: expected the one with the downloaded files, unpacked", path.display())]
    NoFolder {
        /// What was given.
        path: PathBuf,
    },
    /// More files than anybody downloads for a bundle.
    #[error("{} holds more than {most} files: name the folder of the downloaded ones itself", folder.display())]
    TooManyFiles {
        /// What was given.
        folder: PathBuf,
        /// How many are looked at.
        most: usize,
    },
    /// A file to be imported is not there.
    #[error("{name} is missing: no file is named {}", names.join(" or "))]
    NotDownloaded {
        /// Its name in the bundle.
        name: String,
        /// The names that were looked for.
        names: Vec<String>,
    },
    /// A file to be imported is another one.
    #[error("{} is {kind}: its sha256 is {got}, expected {expected}", path.display())]
    NotTheFile {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        kind: &'static str,
        /// By the manifest, hexadecimal.
        expected: String,
        /// Of the file, hexadecimal.
        got: String,
    },
    /// Nothing was imported.
    #[error("nothing was imported from {}: {}", from.display(), lines(faults))]
    NotImported {
        /// The folder.
        from: PathBuf,
        /// What is wrong with each file.
        faults: Vec<Self>,
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

/// Names, and the verb that goes with their number.
fn are(names: &[String]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

fn lines(faults: &[BundleError]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// Refuses a file that is not the one that the manifest vouches for.
fn check_file(path: &Path, expected: &str) -> Result<(), BundleError> {
    let got = sha256(path)?;
    if got == expected {
        return Ok(());
    }
    Err(BundleError::Altered {
        path: path.to_owned(),
        expected: expected.to_owned(),
        got,
    })
}

/// A file's sha256 in lower-case hexadecimal; the file is never in memory as a whole.
fn sha256(path: &Path) -> Result<String, BundleError> {
    let mut file = File::open(path).map_err(BundleError::file("read", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file
            .read(&mut buffer)
            .map_err(BundleError::file("read", path))?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
    }
    Ok(hexadecimal(&hash.finalize()))
}

/// Bytes in lower-case hexadecimal.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}
