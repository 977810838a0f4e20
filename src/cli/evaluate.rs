//! `synse evaluate kinect`: zero-shot scores on the splits of a clip store; `synse evaluate tables` sets them side by side.

use super::Outcome;
use super::report::{Answers, Report};
use crate::device::DeviceChoice;
use crate::encoder::{Encoder, FeatureView};
use crate::evaluate::examples::{self, Shown};
use crate::evaluate::kinect::{score, score_for_selection, seen};
use crate::evaluate::{Ablation, Method, Row, gzsl, methods, summary};
use crate::language::{Language, SentenceEncoder};
use crate::phrases::splits::Splits;
use crate::train::corpus::{CLASSES_FILE, Corpus, Sources, read_descriptions};
use crate::train::encoder::bar_style;
use crate::window::clip::ClipConfig;
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum as _};
use indicatif::ProgressBar;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `synse evaluate`.
#[derive(Args, Debug)]
pub(super) struct EvaluateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Every split of a clip store, per class, on test subjects.
    Kinect(KinectArgs),
    /// How well a phrase list names marked clips: the segments of a session, or the clips of a store.
    Clips(super::evaluate_clips::ClipsArgs),
    /// The authors' own features, word vectors, splits and checkpoints, as they are.
    Table1(super::table1::Table1Args),
    /// Markdown tables of the rows that `kinect` and `table1` printed.
    Tables {
        /// Files of rows, one JSON object a line; where a row comes twice, the later one counts.
        #[arg(required = true)]
        rows: Vec<PathBuf>,
    },
}

/// Options of `synse evaluate kinect`.
#[derive(Args, Debug)]
struct KinectArgs {
    #[command(flatten)]
    corpus: CorpusArgs,
    /// Only this split.
    #[arg(long)]
    split: Option<String>,
    /// Only methods of this name; may be given many times.
    #[arg(long, value_name = "NAME")]
    method: Vec<String>,
    /// Only variants of this name, as rows have it; may be given many times.
    #[arg(long, value_name = "NAME")]
    variant: Vec<String>,
    /// How often each method is trained.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Score on the splits' validation phrases, by everyone's clips: the only scores by which settings may be chosen.
    #[arg(long)]
    validation: bool,
    /// Only zero-shot scores, none among seen and unseen classes together.
    #[arg(long)]
    zsl: bool,
    /// In place of the methods: variants that differ in one setting.
    #[arg(long, conflicts_with = "method")]
    ablation: Option<Ablation>,
    /// Also write what was answered to whom: a line for each phrase that was performed with each answer that it got, and how many
    /// clips, over all seeds. The encoder on its own classes is not in it.
    #[arg(long, value_name = "FILE.csv")]
    answers: Option<PathBuf>,
    /// The clips' features from a table, a row per clip in the store's order: those of another encoder.
    #[arg(long, value_name = "FILE.npy")]
    features: Option<PathBuf>,
    /// Another text encoder: a folder of a BERT model, or a file of word vectors in word2vec's binary format.
    #[arg(long, value_name = "PATH")]
    text_encoder: Option<PathBuf>,
    /// Descriptions of the phrases (columns `phrase` and `description`): read as if typed after a dash, and embedded in
    /// place of the whole phrase.
    #[arg(long, value_name = "FILE.csv")]
    descriptions: Option<PathBuf>,
}

impl KinectArgs {
    /// The encoded store, with features and words from elsewhere where they are asked for.
    fn corpus(&self) -> anyhow::Result<(Corpus, Splits)> {
        let (mut corpus, _, splits) = self.corpus.encode()?;
        if let Some(path) = &self.features {
            corpus.read_features(path)?;
        }
        if self.text_encoder.is_some() || self.descriptions.is_some() {
            let device = crate::device::open(&DeviceChoice::Cpu)?.device;
            let models = crate::bundle::models_folder()?;
            let language = Language::load(&models, &device)?;
            let other = match &self.text_encoder {
                Some(path) => Some(SentenceEncoder::open(path, &device)?),
                None => None,
            };
            let encoder = other.as_ref().unwrap_or(language.encoder());
            let descriptions = match &self.descriptions {
                Some(path) => read_descriptions(path)?,
                None => BTreeMap::new(),
            };
            corpus.reword(&language, encoder, &descriptions)?;
        }
        Ok((corpus, splits))
    }

    fn methods(&self, corpus: &Corpus) -> anyhow::Result<Vec<Box<dyn Method>>> {
        let all = match self.ablation {
            Some(ablation @ (Ablation::Card | Ablation::Bilinear)) if !corpus.reads_cards => {
                let name = ablation.to_possible_value();
                anyhow::bail!(
                    "--ablation {} weighs what features with a card at their end have: expected --view read",
                    name.as_ref()
                        .map_or_else(Default::default, |name| name.get_name().to_owned())
                )
            }
            Some(ablation) => methods::ablation::methods(ablation, corpus.reads_cards),
            None => chosen_methods(&self.method, corpus.reads_cards)?,
        };
        self.of_variants(all, |method| method.variant().to_owned())
    }

    /// Those of the variants that are asked for; all where none is.
    fn of_variants<T>(
        &self,
        mut all: Vec<T>,
        name: impl Fn(&T) -> String,
    ) -> anyhow::Result<Vec<T>> {
        let known: BTreeSet<String> = all.iter().map(&name).collect();
        if let Some(unknown) = self.variant.iter().find(|asked| !known.contains(*asked)) {
            anyhow::bail!("no variant `{unknown}`, expected one of {known:?}");
        }
        all.retain(|one| self.variant.is_empty() || self.variant.contains(&name(one)));
        Ok(all)
    }
}

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
    /// Encodes the store; gives the clips' settings and the splits beside it.
    pub(super) fn encode(&self) -> anyhow::Result<(Corpus, ClipConfig, Splits)> {
        self.encode_by(&self.encoder)
    }

    /// [`Self::encode`] with the encoder of another folder.
    pub(super) fn encode_by(&self, folder: &Path) -> anyhow::Result<(Corpus, ClipConfig, Splits)> {
        let beside = || {
            self.data
                .parent()
                .unwrap_or(Path::new("."))
                .join("splits.csv")
        };
        let splits = Splits::read(&self.splits.clone().unwrap_or_else(beside))?;
        let device = crate::device::open(&DeviceChoice::Cpu)?.device;
        let mut encoder = Encoder::load(folder, &device)?;
        let clip = ClipConfig::uniform(
            encoder.bodies(),
            self.frames.unwrap_or_else(|| encoder.frames()),
        );
        encoder.set_frames(clip.frames);
        encoder.set_view(self.view);
        let language = Language::load(&crate::bundle::models_folder()?, &device)?;
        let classes = self.classes.clone();
        let classes = classes.unwrap_or_else(|| folder.join(CLASSES_FILE));
        let sources = Sources {
            store: &self.data,
            splits: &splits,
            encoder: folder,
            classes: &classes,
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
        Ok((corpus, clip, splits))
    }

    /// The encoder's folder.
    pub(super) fn encoder(&self) -> &Path {
        &self.encoder
    }
}

/// The methods of these names; all where none is named.
fn chosen_methods(names: &[String], reads_cards: bool) -> anyhow::Result<Vec<Box<dyn Method>>> {
    let mut all = methods(reads_cards);
    let known: BTreeSet<&str> = all.iter().map(|method| method.name()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
        anyhow::bail!("no method `{name}`, expected one of {known:?}");
    }
    all.retain(|method| names.is_empty() || names.iter().any(|name| name == method.name()));
    Ok(all)
}

/// Runs `synse evaluate`.
pub(super) fn run_evaluate(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Clips(args) => return super::evaluate_clips::run(args, out),
        What::Kinect(args) => run_kinect(args, out)?,
        What::Table1(args) => super::table1::run_table1(args, out)?,
        What::Tables { rows } => {
            let mut read = Vec::new();
            for path in rows {
                read.extend(read_rows(path)?);
            }
            write!(out, "{}", summary::markdown(&read))?;
        }
    }
    Ok(Outcome::Done)
}

fn read_rows(path: &Path) -> anyhow::Result<Vec<Row>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            let place = || {
                format!(
                    "{}:{}: expected a row as `synse evaluate` prints it",
                    path.display(),
                    index + 1
                )
            };
            serde_json::from_str(line).with_context(place)
        })
        .collect()
}

fn run_kinect(args: &KinectArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    let answers = args.answers.as_deref().map(Answers::create).transpose()?;
    let (corpus, splits) = args.corpus()?;
    if let Some(name) = &args.split {
        splits
            .get(name)
            .with_context(|| format!("no split `{name}` in the splits file"))?;
    }
    let mut report = Report::new(out, &corpus.phrases, answers);
    let chosen = splits
        .splits
        .iter()
        .filter(|split| args.split.as_ref().is_none_or(|name| *name == split.name));
    if let Some(shown) = args.ablation.and_then(Ablation::shown) {
        let shown = args.of_variants(shown, Shown::variant)?;
        for split in chosen {
            for scored in examples::score(&corpus, split, &shown, args.seeds, args.validation)? {
                report.add(&scored)?;
            }
        }
        return Ok(());
    }
    // Who chooses settings sees nothing of test subjects and unseen phrases.
    if args.validation {
        for method in args.methods(&corpus)? {
            for split in chosen.clone() {
                let scored = score_for_selection(&corpus, split, method.as_ref(), args.seeds)?;
                report.add(&scored)?;
            }
        }
        return Ok(());
    }
    report.print(&seen(&corpus))?;
    let mut generalised = Vec::new();
    for split in chosen.clone().filter(|_| !args.zsl) {
        match gzsl::obstacle(&corpus, split) {
            None => generalised.push(split),
            Some(reason) => tracing::warn!("split {}: no gzsl rows: {reason}", split.name),
        }
    }
    for method in args.methods(&corpus)? {
        for split in chosen.clone() {
            report.add(&score(&corpus, split, method.as_ref(), args.seeds)?)?;
        }
        for split in &generalised {
            for scored in gzsl::score(&corpus, split, method.as_ref(), args.seeds)? {
                report.add(&scored)?;
            }
        }
    }
    Ok(())
}
