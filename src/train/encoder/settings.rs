//! What a run of training is told, what comes of it, and its folder.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::augment::Augmentation;
use super::folder;
use super::optimizer::OptimizerKind;
use crate::capture::CaptureError;
use crate::device::{DeviceChoice, DeviceError};
use crate::encoder::EncoderError;
use crate::phrases::list::ListError;
use crate::phrases::splits::UnknownPhrase;
use crate::train::corpus::RECORD_FILE;
use crate::whole_file::{self, Readers};
use crate::window::WindowError;

/// Why an encoder cannot be trained.
#[derive(Debug, Error)]
pub enum TrainError {
    /// A file of the run cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The list of splits is not one.
    #[error(transparent)]
    Splits(#[from] ListError),
    /// A split of phrases that the store does not have.
    #[error("{}: {source}", file.display())]
    Unknown {
        /// The list of splits.
        file: PathBuf,
        /// Which phrase.
        source: UnknownPhrase,
    },
    /// The run folder belongs to a run of another configuration.
    #[error(
        "{}: this folder holds a run of another configuration; expected the same `{field}`. \
         Give another --out, or the settings of its config.toml", folder.display()
    )]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// The first setting that differs.
        field: String,
    },
    /// A setting that no training can follow.
    #[error("{setting}: expected {expected}, got {got}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// The data holds too little.
    #[error(
        "{clips} training clips of {classes} classes: expected at least one clip and two classes"
    )]
    NothingToLearn {
        /// Clips left after holding out.
        clips: usize,
        /// Classes left after holding out.
        classes: usize,
    },
    /// A class of which nothing general can be learned.
    #[error(
        "{clips} training clips of \"{class}\": expected at least two, or a split that withholds it"
    )]
    TooFewClips {
        /// The class.
        class: String,
        /// Its clips left after holding out.
        clips: usize,
    },
    /// A trained encoder's folder is asked for where a training goes on.
    #[error("{}: this folder holds a run of `train encoder`; give another --out", folder.display())]
    RunFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The teacher's features are of another width.
    #[error("the teacher's features are {got} wide, expected {expected}")]
    TeacherWidth {
        /// The student's.
        expected: usize,
        /// The teacher's.
        got: usize,
    },
    /// No classifier can be fitted.
    #[error("the classifier cannot be fitted: {reason}")]
    Head {
        /// What stands in the way.
        reason: String,
    },
    /// The loss is no longer a number.
    #[error(
        "the {stream} stream's loss is {loss} in epoch {epoch}: expected a finite number; try a lower --rate"
    )]
    Diverged {
        /// The stream.
        stream: &'static str,
        /// The epoch, from 1.
        epoch: usize,
        /// The loss.
        loss: f32,
    },
    /// There is no such device to train on.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The clips cannot be read.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// A recording makes no clip.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The teacher or a checkpoint cannot be used.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// All settings of a run; written to its folder as `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderTraining {
    /// The clip store.
    pub data: PathBuf,
    /// `splits.csv`; beside the store where it is not given.
    pub splits: Option<PathBuf>,
    /// The split whose unseen phrases are held out; all phrases are trained on without one.
    pub split: Option<String>,
    /// Hold out the split's validation-unseen phrases too.
    pub without_validation: bool,
    /// Train on the test subjects too, for a bundle that is not measured.
    pub all_subjects: bool,
    /// Training subjects, as `dataset:subject`, that are kept back: a gate learns from clips that its encoder has not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate_subjects: Vec<String>,
    /// Folder of a trained encoder to learn features from.
    pub teacher: Option<PathBuf>,
    /// Frames of the teacher's clips.
    pub teacher_frames: usize,
    /// Where the teacher's features are kept; in the run folder where it is not given.
    pub teacher_cache: Option<PathBuf>,
    /// Folder of a trained encoder whose weights the streams begin with; only the head is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_from: Option<PathBuf>,
    /// The run folder: also the trained encoder's.
    pub out: PathBuf,
    /// Bodies of a clip, 1 or 2: those of the highest motion energy.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub bodies: usize,
    /// Channels of blocks 1-4, 5-7 and 8-10.
    pub widths: [usize; 3],
    /// Width of the feature.
    pub feature: usize,
    /// Frames of a clip, a multiple of 4.
    pub frames: usize,
    /// Rounds through all clips.
    pub epochs: usize,
    /// Clips per step.
    pub batch: usize,
    /// Highest learning rate, reached after the first epoch and lowered along a cosine.
    pub rate: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Which steps are taken.
    pub optimizer: OptimizerKind,
    /// Weight of the distance to the teacher's feature, in units of the features' own variance.
    pub feature_weight: f32,
    /// Weight of the angle to the teacher's feature.
    pub cosine_weight: f32,
    /// Share of the target that goes to all classes alike.
    pub smoothing: f32,
    /// How often a clip is mirrored, 0 to 1.
    pub mirror: f32,
    /// What else is done to clips by chance is not done of these kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_augment: Vec<Augmentation>,
    /// Of all that is drawn by chance.
    pub seed: u64,
    /// Test every so many epochs, and after the last.
    pub test_every: usize,
    /// Stop after this many epochs in this call, to go on later.
    #[serde(skip)]
    pub stop_after: Option<usize>,
    /// Where the passes run. Only on the CPU does a seed give the same weights each time.
    #[serde(skip)]
    pub device: DeviceChoice,
}

fn one() -> usize {
    1
}

/// A record of one body is as it was before there could be two.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_one(bodies: &usize) -> bool {
    *bodies == 1
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Epochs that the streams have behind them.
    pub epochs: usize,
    /// Clips of one stream per second, in this call.
    pub clips_per_second: f32,
    /// Share of the test subjects' clips of seen classes whose class comes first, streams fused.
    pub test_accuracy: Option<f32>,
    /// The same for each stream.
    pub stream_accuracies: Option<[f32; 4]>,
}

/// Refuses settings that no training can follow.
pub(super) fn check(config: &EncoderTraining) -> Result<(), TrainError> {
    let setting = |setting, expected, got: String| {
        Err(TrainError::Setting {
            setting,
            expected,
            got,
        })
    };
    if config.frames < 4 || !config.frames.is_multiple_of(4) {
        return setting("frames", "a multiple of 4", config.frames.to_string());
    }
    if !(1..=2).contains(&config.bodies) {
        return setting("bodies", "1 or 2", config.bodies.to_string());
    }
    if config.batch < 2 {
        return setting("batch", "at least 2 clips", config.batch.to_string());
    }
    if config.widths.contains(&0) || config.feature == 0 {
        return setting(
            "widths",
            "at least one channel",
            format!("{:?}", config.widths),
        );
    }
    if !(config.rate.is_finite() && config.rate > 0.0) {
        return setting("rate", "a number above 0", config.rate.to_string());
    }
    for (name, share) in [("mirror", config.mirror), ("smoothing", config.smoothing)] {
        if !(0.0..=1.0).contains(&share) {
            return setting(name, "0 to 1", share.to_string());
        }
    }
    for (name, weight) in [
        ("weight-decay", config.weight_decay),
        ("feature-weight", config.feature_weight),
        ("cosine-weight", config.cosine_weight),
    ] {
        if !(weight.is_finite() && weight >= 0.0) {
            return setting(name, "0 or more", weight.to_string());
        }
    }
    if config.epochs == 0 {
        return setting("epochs", "at least 1", config.epochs.to_string());
    }
    Ok(())
}

/// What is recorded of the clips beside the settings: [`Clips::fingerprint`](super::data::Clips::fingerprint).
const CLIPS: &str = "clips";
/// Where the run lies.
const OUT: &str = "out";

/// Makes the run folder, or makes sure that it is this configuration's, on the same clips.
pub(super) fn claim_folder(config: &EncoderTraining, clips: &str) -> Result<(), TrainError> {
    let file = config.out.join(RECORD_FILE);
    let failed = |source| TrainError::File {
        file: file.clone(),
        source,
    };
    let other = |reason: String| failed(std::io::Error::other(reason));
    fs::create_dir_all(&config.out).map_err(failed)?;
    let settings = toml::to_string(config).map_err(|error| other(error.to_string()))?;
    let text = format!("{CLIPS} = {clips:?}\n{settings}");
    let table = |text: &str| -> Result<toml::Table, TrainError> {
        text.parse()
            .map_err(|error: toml::de::Error| other(error.to_string()))
    };
    let before = match fs::read_to_string(&file) {
        Ok(before) => table(&before)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => toml::Table::new(),
        Err(error) => return Err(failed(error)),
    };
    let has_checkpoints = folder::has_checkpoints(&config.out);
    if before.is_empty() {
        if has_checkpoints {
            let reason = "nothing in it, beside the checkpoints of a run";
            return Err(other(reason.to_owned()));
        }
        return whole_file::write(&file, text, Readers::Everybody).map_err(failed);
    }
    let now = table(&text)?;
    let counts = |key: &&String| match key.as_str() {
        // A run that was moved, or is called by another name, is the same. Without checkpoints the record may be a copy, as
        // beside an encoder whose head was fitted anew.
        OUT => !has_checkpoints,
        // Older runs say nothing of their clips.
        CLIPS => before.contains_key(CLIPS),
        _ => true,
    };
    let mut keys = before.keys().chain(now.keys()).filter(counts);
    if let Some(field) = keys.find(|key| before.get(*key) != now.get(*key)) {
        return Err(TrainError::OtherRun {
            folder: config.out.clone(),
            field: field.clone(),
        });
    }
    folder::tidy(&config.out).map_err(failed)
}
