//! The options by which commands name a clip store and the encoder that reads it.

use super::complain;
use crate::capture::clip_store::ClipStore;
use crate::device::DeviceChoice;
use crate::encoder::{Encoder, FeatureView};
use crate::language::Language;
use crate::phrases::splits::{Split, Splits};
use crate::train::corpus::{CLASSES_FILE, Corpus, Sources};
use crate::train::encoder::{bar_style, splits_beside};
use crate::window::clip::ClipConfig;
use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A clip store, encoded.
#[derive(Args, Debug)]
pub(super) struct CorpusArgs {
    /// Clip store: NAME, NAME.safetensors or NAME.csv.
    #[arg(long)]
    data: PathBuf,
    /// Test subjects and splits; splits.csv beside the store by default.
    #[arg(long)]
    splits: Option<PathBuf>,
    /// Folder of the encoder's four streams and its classes.txt.
    #[arg(long)]
    encoder: PathBuf,
    /// The encoder's classes, a phrase a line in the order of its logits; classes.txt beside the encoder by default.
    #[arg(long)]
    classes: Option<PathBuf>,
    /// For an encoder that was trained on other clips than these: `phrase,class` as CSV, which of the store's phrases
    /// mean the same as one of its classes.
    #[arg(long)]
    same: Option<PathBuf>,
    /// Frames of a clip, where the encoder does not say.
    #[arg(long)]
    frames: Option<usize>,
    /// What a clip's feature is made of.
    #[arg(long, default_value = "read")]
    pub(super) view: FeatureView,
}

impl CorpusArgs {
    /// The file of splits.
    fn splits_file(&self) -> PathBuf {
        let splits = self.splits.clone();
        splits.unwrap_or_else(|| splits_beside(&self.data))
    }

    /// Test subjects and splits.
    pub(super) fn splits(&self) -> anyhow::Result<Splits> {
        Ok(Splits::read(&self.splits_file())?)
    }

    /// The file of an encoder's classes.
    fn classes_file(&self, folder: &Path) -> PathBuf {
        let classes = self.classes.clone();
        classes.unwrap_or_else(|| folder.join(CLASSES_FILE))
    }

    /// The phrases of the store and of the encoder.
    fn phrases(&self) -> anyhow::Result<BTreeSet<String>> {
        let store = ClipStore::open(&self.data)?;
        // Whether the list is the encoder's is seen when it is loaded.
        let classes = std::fs::read_to_string(self.classes_file(&self.encoder)).unwrap_or_default();
        let performed = store.clips.into_iter().map(|entry| entry.phrase);
        let classes = classes.lines().map(|class| class.trim().to_owned());
        Ok(performed.chain(classes).collect())
    }

    /// Refuses splits of phrases that neither the store nor the encoder has, before minutes go by.
    pub(super) fn check(&self, splits: &[&Split]) -> anyhow::Result<()> {
        let phrases = self.phrases()?;
        for split in splits {
            (split.check_known(phrases.iter().map(String::as_str)))
                .with_context(|| self.splits_file().display().to_string())?;
        }
        Ok(())
    }

    /// The splits that name any phrase of the store or of the encoder; those of other data are passed over, and it is said.
    pub(super) fn of_the_store<'a>(&self, splits: &'a [Split]) -> anyhow::Result<Vec<&'a Split>> {
        let phrases = self.phrases()?;
        let (ours, others): (Vec<&Split>, Vec<&Split>) = splits
            .iter()
            .partition(|split| split.withheld().any(|phrase| phrases.contains(phrase)));
        for split in others {
            complain(&format!(
                "split {}: nobody performs any of its phrases; it is passed over",
                split.name
            ));
        }
        Ok(ours)
    }

    /// Encodes the store; gives the clips' settings beside it.
    pub(super) fn encode(&self, splits: &Splits) -> anyhow::Result<(Corpus, ClipConfig)> {
        self.encode_by(&self.encoder, splits)
    }

    /// [`Self::encode`] with the encoder of another folder.
    pub(super) fn encode_by(
        &self,
        folder: &Path,
        splits: &Splits,
    ) -> anyhow::Result<(Corpus, ClipConfig)> {
        let device = crate::device::open(&DeviceChoice::Cpu)?.device;
        let mut encoder = Encoder::load(folder, &device)?;
        let clip = ClipConfig::uniform(
            encoder.bodies(),
            self.frames.unwrap_or_else(|| encoder.frames()),
        );
        encoder.set_frames(clip.frames);
        encoder.set_view(self.view);
        let language = Language::load(&crate::bundle::models_folder()?, &device)?;
        let sources = Sources {
            store: &self.data,
            splits,
            encoder: folder,
            classes: &self.classes_file(folder),
            clip,
        };
        let bar = ProgressBar::new(0).with_message("encoding");
        bar.set_style(bar_style());
        let mut corpus = Corpus::encode(&sources, &mut encoder, &language, &mut |done, of| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        if let Some(same) = &self.same {
            corpus.pair(same)?;
        }
        Ok((corpus, clip))
    }

    /// The encoder's folder.
    pub(super) fn encoder(&self) -> &Path {
        &self.encoder
    }
}
