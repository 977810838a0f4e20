//! `synse evaluate kinect`: zero-shot scores on the splits of a clip store; `synse evaluate tables` sets them side by side.

use super::corpus::CorpusArgs;
use super::report::{Answers, Report};
use super::{Outcome, complain};
use crate::device::DeviceChoice;
use crate::evaluate::examples::{self, Shown};
use crate::evaluate::kinect::{score, score_for_selection, seen};
use crate::evaluate::{Ablation, Method, Row, gzsl, methods, summary};
use crate::language::{Language, SentenceEncoder};
use crate::phrases::splits::{Split, Splits};
use crate::train::align::FitError;
use crate::train::corpus::{Corpus, read_descriptions};
use crate::train::encoder::bar_style;
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum as _, value_parser};
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
        /// Accuracies per clip, as the released code prints them, in place of those per class.
        #[arg(long)]
        per_sample: bool,
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
    /// Only variants of this name, as zero-shot rows have it; may be given many times.
    #[arg(long, value_name = "NAME")]
    variant: Vec<String>,
    /// How often each method is trained.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u64).range(1..))]
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
    /// What features and words are made of, as rows say it.
    fn view(&self) -> String {
        let view = self.corpus.view.to_possible_value();
        let view = view.map(|view| view.get_name().to_owned());
        let files = [&self.features, &self.text_encoder, &self.descriptions];
        let [features, words, descriptions] =
            files.map(|file| file.as_ref().map(|path| path.display().to_string()));
        let said = [features.or(view), words, descriptions];
        said.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// The splits that are scored: the one that is asked for, or all that are of the store's phrases. Refuses one that is not
    /// there, and phrases that nobody performs.
    fn chosen<'a>(&self, splits: &'a Splits) -> anyhow::Result<Vec<&'a Split>> {
        let chosen: Vec<&Split> = match &self.split {
            Some(name) => {
                let split = splits.get(name);
                vec![split.with_context(|| format!("no split `{name}` in the splits file"))?]
            }
            None => self.corpus.of_the_store(&splits.splits)?,
        };
        if self.validation {
            let without = chosen
                .iter()
                .find(|split| split.validation_unseen.is_empty());
            if let Some(split) = without {
                anyhow::bail!("split {} has no validation-unseen phrases", split.name);
            }
        }
        self.corpus.check(&chosen)?;
        Ok(chosen)
    }

    /// The encoded store, with features and words from elsewhere where they are asked for.
    fn corpus(&self, splits: &Splits) -> anyhow::Result<Corpus> {
        let (mut corpus, _) = self.corpus.encode(splits)?;
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
            for phrase in descriptions.keys() {
                if !corpus.phrases.contains(phrase) {
                    complain(&format!("`{phrase}` is described, but nobody performs it"));
                }
            }
            corpus.reword(&language, encoder, &descriptions)?;
        }
        Ok(corpus)
    }

    fn methods(&self) -> anyhow::Result<Vec<Box<dyn Method>>> {
        let reads_cards = self.features.is_none() && self.corpus.view.reads_cards();
        match self.ablation {
            Some(ablation @ (Ablation::Card | Ablation::Bilinear)) if !reads_cards => {
                let name = ablation.to_possible_value();
                anyhow::bail!(
                    "--ablation {} weighs what features with a card at their end have: expected --view read",
                    name.as_ref()
                        .map_or_else(Default::default, |name| name.get_name().to_owned())
                )
            }
            Some(ablation) => {
                let all = methods::ablation::methods(ablation, reads_cards);
                of_variants(all, &self.variant, |method| method.variant().to_owned())
            }
            None => chosen_methods(&self.method, &self.variant, reads_cards),
        }
    }
}

/// Those of the variants that are asked for; all where none is.
fn of_variants<T>(
    mut all: Vec<T>,
    asked: &[String],
    name: impl Fn(&T) -> String,
) -> anyhow::Result<Vec<T>> {
    let known: BTreeSet<String> = all.iter().map(&name).collect();
    if let Some(unknown) = asked.iter().find(|asked| !known.contains(*asked)) {
        anyhow::bail!("no variant `{unknown}`, expected one of {known:?}");
    }
    all.retain(|one| asked.is_empty() || asked.contains(&name(one)));
    Ok(all)
}

/// The methods of these names, and of them the variants of those; all where none are asked for.
pub(super) fn chosen_methods(
    names: &[String],
    variants: &[String],
    reads_cards: bool,
) -> anyhow::Result<Vec<Box<dyn Method>>> {
    let mut all = methods(reads_cards);
    let known: BTreeSet<&str> = all.iter().map(|method| method.name()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name.as_str())) {
        anyhow::bail!("no method `{name}`, expected one of {known:?}");
    }
    all.retain(|method| names.is_empty() || names.iter().any(|name| name == method.name()));
    of_variants(all, variants, |method| method.variant().to_owned())
}

/// Runs `synse evaluate`.
pub(super) fn run_evaluate(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Clips(args) => return super::evaluate_clips::run(args, out),
        What::Kinect(args) => run_kinect(args, out)?,
        What::Table1(args) => super::table1::run_table1(args, out)?,
        What::Tables { rows, per_sample } => {
            let mut read = Vec::new();
            for path in rows {
                read.extend(read_rows(path)?);
            }
            if *per_sample {
                read = read.into_iter().map(Row::by_sample).collect();
            }
            write!(out, "{}", summary::markdown(&read, *per_sample))?;
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

/// An error that says which phrase it means.
fn in_words(error: FitError, phrases: &[String]) -> anyhow::Error {
    match error {
        FitError::OneSample { class } if class < phrases.len() => {
            let told = format!("training clips of `{}`", phrases[class]);
            anyhow::Error::new(error).context(told)
        }
        other => other.into(),
    }
}

fn run_kinect(args: &KinectArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    // What can be seen to be wrong is told before minutes go by.
    let splits = args.corpus.splits()?;
    let chosen = args.chosen(&splits)?;
    let shown = args.ablation.and_then(Ablation::shown);
    let shown = shown
        .map(|shown| of_variants(shown, &args.variant, Shown::variant))
        .transpose()?;
    let methods = match shown {
        Some(_) => Vec::new(),
        None => args.methods()?,
    };
    let answers = args.answers.as_deref().map(Answers::create).transpose()?;
    let corpus = args.corpus(&splits)?;
    if corpus.all_subjects {
        complain(
            "the encoder was trained on the test subjects too: it knows them better than it will know strangers",
        );
    }
    let named = |error| in_words(error, &corpus.phrases);
    let mut report = Report::new(out, &corpus.phrases, args.view(), answers);
    if let Some(shown) = shown {
        for split in &chosen {
            let scored = examples::score(&corpus, split, &shown, args.seeds, args.validation);
            for scored in scored.map_err(named)? {
                report.add(&scored)?;
            }
        }
        return Ok(());
    }
    // Who chooses settings sees nothing of unseen phrases, nor of how well the encoder names its own classes.
    if args.validation {
        let bar = progress(methods.len() * chosen.len());
        for method in methods {
            for split in &chosen {
                bar.set_message(doing(method.as_ref(), split));
                let scored = score_for_selection(&corpus, split, method.as_ref(), args.seeds);
                report.add(&scored.map_err(named)?)?;
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        return Ok(());
    }
    report.print(&seen(&corpus))?;
    let mut generalised = Vec::new();
    for split in chosen.iter().filter(|_| !args.zsl) {
        match gzsl::obstacle(&corpus, split) {
            None => generalised.push(split),
            Some(reason) => tracing::warn!("split {}: no gzsl rows: {reason}", split.name),
        }
    }
    let bar = progress(methods.len() * (chosen.len() + generalised.len()));
    for method in methods {
        for split in &chosen {
            bar.set_message(doing(method.as_ref(), split));
            let scored = score(&corpus, split, method.as_ref(), args.seeds);
            report.add(&scored.map_err(named)?)?;
            bar.inc(1);
        }
        for split in &generalised {
            bar.set_message(doing(method.as_ref(), split));
            for scored in gzsl::score(&corpus, split, method.as_ref(), args.seeds)? {
                report.add(&scored)?;
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn progress(steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(steps as u64);
    bar.set_style(bar_style());
    bar
}

fn doing(method: &dyn Method, split: &Split) -> String {
    format!("{} ({}) on {}", method.name(), method.variant(), split.name)
}
