//! `bundle.toml`: what a bundle is made of and made for.

use super::{BundleError, GATE_FILE, SYNSE_FILE, hexadecimal};
use crate::encoder::FeatureView;
use crate::phrases::motion::ATTRIBUTES;
use crate::window::RULES;
use crate::window::clip::{ClipConfig, Sampling};
use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The manifest's format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// The text encoder whose vectors the alignment was trained on.
pub const TEXT_ENCODER: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// Nothing that is a manifest is larger than this, in bytes.
const LARGEST: u64 = 1 << 20;

/// The longest clip that anybody can mean, in frames.
const MOST_FRAMES: usize = 4096;

fn first_rules() -> u32 {
    1
}

/// What a bundle says of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of this file, [`FORMAT`].
    pub format: u32,
    /// What to call the bundle.
    pub name: String,
    /// What it was trained on and how, for people.
    #[serde(default)]
    pub about: String,
    /// Frames of a clip.
    pub frames: usize,
    /// Bodies of a clip, 1 or 2.
    pub bodies: usize,
    /// How a recording becomes a clip of that length: `uniform` or `loop`.
    pub sampling: String,
    /// What a clip's feature is made of; the streams' mean where nothing is said.
    #[serde(default)]
    pub view: FeatureView,
    /// The rules by which measures and cards of its clips were made, [`RULES`]; the first ones where nothing is said.
    #[serde(default = "first_rules")]
    pub rules: u32,
    /// The text encoder's id.
    pub text_encoder: String,
    /// The seen classes, in the order of the encoder's logits.
    pub seen: Vec<String>,
    /// The motion card's attributes, in the order that the alignment was trained with.
    pub attributes: Vec<String>,
    /// File names and their sha256 in hexadecimal.
    pub files: BTreeMap<String, String>,
    /// For a bundle that is handed on without some of its files: how to come by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<Download>,
}

/// How the files are come by that are somebody else's and not handed on with a bundle.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Whose files they are, where to get them, and what to do then: a sentence for people.
    pub source: String,
    /// The absent files, each with the other names that it may have where it comes from.
    pub names: BTreeMap<String, Vec<String>>,
}

impl Manifest {
    /// A manifest for this program's attributes and text encoder; files are added when it is assembled.
    pub fn new(name: &str, seen: Vec<String>, clip: &ClipConfig) -> Self {
        Self {
            format: FORMAT,
            name: name.into(),
            about: String::new(),
            frames: clip.frames,
            bodies: clip.bodies,
            sampling: sampling_name(clip.sampling).into(),
            view: FeatureView::default(),
            rules: RULES,
            text_encoder: TEXT_ENCODER.into(),
            seen,
            attributes: attribute_names(),
            files: BTreeMap::new(),
            download: None,
        }
    }

    /// What tells this bundle from another one of its name: the sha256, in lower-case hexadecimal, of all that bears on an
    /// answer, which is the files by their sums and how they are used. Its name and what it says for people are no part of it.
    pub fn fingerprint(&self) -> String {
        // Whoever adds a field decides here whether answers depend on it.
        let Self {
            format,
            name: _,
            about: _,
            frames,
            bodies,
            sampling,
            view,
            rules,
            text_encoder,
            seen,
            attributes,
            files,
            download: _,
        } = self;
        let mut hash = Sha256::new();
        // Each text with its length before it, so that no two bundles read the same.
        let mut take = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        for number in [*format as usize, *frames, *bodies] {
            take(&number.to_string());
        }
        take(sampling);
        let view = view.to_possible_value();
        take(view.as_ref().map_or("", |view| view.get_name()));
        take(&rules.to_string());
        take(text_encoder);
        for list in [seen, attributes] {
            take(&list.len().to_string());
            for name in list {
                take(name);
            }
        }
        for (name, sum) in files {
            take(name);
            take(sum);
        }
        hexadecimal(&hash.finalize())
    }

    /// The files that the manifest names and the folder lacks, by name.
    pub fn absent(&self, folder: &Path) -> Vec<String> {
        let lacks = |name: &&String| matches!(folder.join(name).try_exists(), Ok(false));
        self.files.keys().filter(lacks).cloned().collect()
    }

    /// The clips that the encoder was trained on.
    pub fn clip_config(&self) -> ClipConfig {
        ClipConfig {
            bodies: self.bodies,
            frames: self.frames,
            sampling: if self.sampling == sampling_name(Sampling::Loop) {
                Sampling::Loop
            } else {
                Sampling::Uniform
            },
        }
    }

    /// Reads a manifest, whatever it was made for.
    pub(super) fn read(path: &Path) -> Result<Self, BundleError> {
        let folder = path.parent().unwrap_or(path);
        let size = fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => BundleError::Absent {
                folder: folder.to_owned(),
            },
            _ => BundleError::File {
                action: "read",
                path: path.to_owned(),
                source,
            },
        })?;
        if size.len() > LARGEST {
            return Err(bad(
                path,
                format!("{} bytes; no manifest is larger than {LARGEST}", size.len()),
            ));
        }
        let text = fs::read_to_string(path).map_err(BundleError::file("read", path))?;
        // The version comes first: another format may lack the fields of this one.
        let version: Version = toml::from_str(&text)
            .map_err(|error| bad(path, error.to_string().trim_end().to_owned()))?;
        if version.format != FORMAT {
            return Err(bad(
                path,
                format!(
                    "format {}, but this program reads format {FORMAT}",
                    version.format
                ),
            ));
        }
        toml::from_str(&text).map_err(|error| bad(path, error.to_string().trim_end().to_owned()))
    }

    /// Checks that the bundle is made for this program.
    pub(super) fn check(&self, path: &Path) -> Result<(), BundleError> {
        self.check_shape(path)?;
        if self.text_encoder != TEXT_ENCODER {
            return Err(bad(
                path,
                format!(
                    "made for the text encoder `{}`, but this program has `{TEXT_ENCODER}`",
                    self.text_encoder
                ),
            ));
        }
        self.check_attributes(path)?;
        if self.view.follows_rules() && self.rules != RULES {
            let what_helps = if self.rules > RULES {
                "it takes a newer program"
            } else {
                "train the bundle again"
            };
            return Err(bad(
                path,
                format!(
                    "its movements were measured and read by rules {}, but this program has rules {RULES}: {what_helps}",
                    self.rules
                ),
            ));
        }
        for name in [SYNSE_FILE, GATE_FILE] {
            if !self.files.contains_key(name) {
                return Err(bad(path, format!("[files] lacks `{name}`")));
            }
        }
        for name in self.files.keys() {
            if !is_plain(name) {
                return Err(bad(
                    path,
                    format!("[files]: `{name}` is not a plain file name"),
                ));
            }
        }
        self.check_download(path)
    }

    fn check_download(&self, path: &Path) -> Result<(), BundleError> {
        let Some(download) = &self.download else {
            return Ok(());
        };
        if download.source.trim().is_empty() {
            return Err(bad(
                path,
                "[download]: source is empty, expected where to get the files".to_owned(),
            ));
        }
        for (name, others) in &download.names {
            if !self.files.contains_key(name) {
                return Err(bad(
                    path,
                    format!("[download.names]: `{name}` is not in [files]"),
                ));
            }
            if let Some(other) = others.iter().find(|other| !is_plain(other)) {
                return Err(bad(
                    path,
                    format!("[download.names]: `{other}` is not a plain file name"),
                ));
            }
        }
        Ok(())
    }

    fn check_shape(&self, path: &Path) -> Result<(), BundleError> {
        if !(1..=2).contains(&self.bodies) {
            return Err(bad(
                path,
                format!("bodies = {}, expected 1 or 2", self.bodies),
            ));
        }
        if self.frames == 0 || self.frames > MOST_FRAMES || !self.frames.is_multiple_of(4) {
            return Err(bad(
                path,
                format!(
                    "frames = {}, expected a multiple of 4 up to {MOST_FRAMES}",
                    self.frames
                ),
            ));
        }
        if ![Sampling::Uniform, Sampling::Loop]
            .map(sampling_name)
            .contains(&self.sampling.as_str())
        {
            return Err(bad(
                path,
                format!(
                    "sampling = \"{}\", expected \"uniform\" or \"loop\"",
                    self.sampling
                ),
            ));
        }
        for (index, class) in self.seen.iter().enumerate() {
            if class.trim().is_empty() {
                return Err(bad(path, format!("seen class {index} is empty")));
            }
            if self.seen[..index].contains(class) {
                return Err(bad(
                    path,
                    format!("seen class {index}, `{class}`, stands twice"),
                ));
            }
        }
        Ok(())
    }

    fn check_attributes(&self, path: &Path) -> Result<(), BundleError> {
        let ours = attribute_names();
        if self.attributes == ours {
            return Ok(());
        }
        let first = self
            .attributes
            .iter()
            .zip(&ours)
            .position(|(theirs, ours)| theirs != ours)
            .unwrap_or(ours.len().min(self.attributes.len()));
        let name = |list: &[String]| {
            list.get(first)
                .map_or("none".into(), |name| format!("`{name}`"))
        };
        Err(bad(
            path,
            format!(
                "made for other motion attributes ({} of them, this program has {}): number {first} is {}, expected {}; train \
             its alignment again",
                self.attributes.len(),
                ours.len(),
                name(&self.attributes),
                name(&ours),
            ),
        ))
    }
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

/// Whether a name stays in its folder.
fn is_plain(name: &str) -> bool {
    !(name.contains(['/', '\\']) || name.starts_with('.') || name.is_empty())
}

fn bad(path: &Path, reason: String) -> BundleError {
    BundleError::Manifest {
        path: path.to_owned(),
        reason,
    }
}

fn sampling_name(sampling: Sampling) -> &'static str {
    match sampling {
        Sampling::Uniform => "uniform",
        Sampling::Loop => "loop",
    }
}

fn attribute_names() -> Vec<String> {
    ATTRIBUTES
        .iter()
        .map(|attribute| attribute.name.to_owned())
        .collect()
}
