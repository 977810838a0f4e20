//! `synse classify`: what whole recorded clips show, ranked.

use super::export::told;
use super::options::{ModelArgs, PhraseArgs, with_examples};
use super::output::{ClassifyLine, percent, print_json, ranking_lines};
use super::{Outcome, UsageError};
use crate::bundle;
use crate::capture::clip_store::ClipStore;
use crate::capture::ntu_skeleton;
use crate::device;
use crate::encoder::Encoding;
use crate::gate::GateMode;
use crate::live::Take;
use crate::live::stages::load_where_quick;
use crate::recognizer::decisions::{
    decide_by_examples, decide_seen, load_reader, read_entries, taking_part,
};
use crate::recognizer::{ExampleFeatures, Recognizer, Verdict};
use crate::recording::import::{self, ImportOptions};
use crate::recording::marks;
use crate::recording::session::ENDING;
use crate::skeleton::Frame;
use crate::window::clip::{Clip, ClipConfig};
use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Options of `classify`.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    clips: ClipArgs,
    /// Print one JSON object per clip.
    #[arg(long)]
    json: bool,
}

/// Which clips are classified, and among what.
#[derive(clap::Args, Debug)]
pub(super) struct ClipArgs {
    /// Clip stores (STORE, or STORE#CLIP for one clip), .skeleton, .csv, .tsv, .parquet, .json and .bvh files (FILE#TAKE for
    /// one take), and sessions (.mcap), whose marked segments are classified.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    phrases: PhraseArgs,
    /// A clip store of examples: its clips of phrases of the list stand beside the phrases' words.
    #[arg(long, value_name = "STORE")]
    examples: Option<PathBuf>,
    /// Which answers are possible: the classes that the encoder was trained on, the given phrases, or both.
    #[arg(long, value_enum)]
    among: Option<Among>,
}

/// Which answers are possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Among {
    /// The seen classes.
    Seen,
    /// The given phrases.
    Unseen,
    /// Both, joined by the gate.
    All,
}

/// Clips that are encoded together.
const BATCH: usize = 16;

/// Lines of a ranking that people get to see.
const SHOWN: usize = 3;

/// Prints what every clip shows.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    classify(&args.clips, &mut |clip, encoding, verdict| {
        print(args.json, &clip.name, encoding, verdict, out)
    })
}

/// Who it is that was classified.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The clip, take or segment.
    pub(super) name: String,
    /// What is performed, where the file says so.
    pub(super) performed: Option<String>,
}

/// Hears what a clip shows.
type Tell<'a> = &'a mut dyn FnMut(&Named, &Encoding, &Verdict) -> anyhow::Result<()>;

/// Classifies all files; those that cannot be read are told of at the end.
pub(super) fn classify(args: &ClipArgs, tell: Tell<'_>) -> anyhow::Result<Outcome> {
    let among = among(args)?;
    let mut recognizer = recognizer(args, among)?;
    let mut report = Report {
        tell,
        clips: Vec::new(),
        failed: Vec::new(),
        outcome: Outcome::Done,
    };
    for file in &args.files {
        if let Err(error) = classify_file(file, &mut recognizer, &mut report) {
            if error.is::<OutputError>() {
                return Err(error);
            }
            tracing::error!("{error:#}");
            report.failed.push(file.clone());
        }
    }
    report.flush(&mut recognizer)?;
    match report.failed.as_slice() {
        [] => Ok(report.outcome),
        [only] => bail!("{only} could not be classified"),
        [first, rest @ ..] => bail!("{first} and {} more could not be classified", rest.len()),
    }
}

/// What can be answered, where the command line leaves it open.
fn among(args: &ClipArgs) -> Result<Among, UsageError> {
    let phrases = args.phrases.are_given();
    let gate_off = GateMode::from(args.phrases.gate) == GateMode::Off;
    let among = args.among.unwrap_or(match (phrases, gate_off) {
        (false, _) => Among::Seen,
        (true, true) => Among::Unseen,
        (true, false) => Among::All,
    });
    if among == Among::Unseen && !phrases {
        return Err(UsageError(
            "--among unseen needs phrases: give --phrase or --phrases".into(),
        ));
    }
    if among == Among::All && gate_off {
        return Err(UsageError(
            "--among all needs a gate: --gate hard or --gate soft".into(),
        ));
    }
    Ok(among)
}

fn recognizer(args: &ClipArgs, among: Among) -> anyhow::Result<Recognizer> {
    let mut entries = args.phrases.entries()?;
    if let Some(store) = &args.examples {
        with_examples(store, &mut entries)?;
    }
    let device = device::open(&args.model.device)?;
    let folder = bundle::find(args.model.bundle.as_deref())?;
    let (bundle, device) = load_where_quick(&folder, &device)?;
    let (mut recognizer, aligner) = Recognizer::from_bundle(bundle);
    recognizer.set_gate(match among {
        Among::Unseen => GateMode::Off,
        Among::Seen | Among::All => args.phrases.gate.into(),
    });
    if among == Among::Seen || entries.is_empty() {
        if among == Among::Unseen {
            bail!("the phrase list has no phrases, so nothing unseen can be answered");
        }
        recognizer.set_gate(GateMode::Hard);
        return Ok(recognizer);
    }
    let reader = load_reader(&bundle::models_folder()?, &device.device)?;
    let (phrases, problems) = read_entries(reader.as_ref(), &entries);
    if let Some(problem) = problems.into_iter().next() {
        bail!(problem);
    }
    let taking_part = taking_part(&entries, &phrases);
    if taking_part.is_empty() && among == Among::Unseen {
        bail!("every phrase of the list is switched off, so nothing unseen can be answered");
    }
    let (reader, aligner) = (reader.as_ref(), aligner.as_ref());
    let seen = decide_seen(reader, aligner, recognizer.seen())?;
    let head = args.phrases.head.into();
    let mut encoder = recognizer.example_encoder();
    let none = ExampleFeatures::new();
    let features = match &mut encoder {
        Some(encoder) => {
            let (features, problems) = encoder.features(&entries);
            if let Some(problem) = problems.into_iter().next() {
                bail!(problem);
            }
            features
        }
        None => &none,
    };
    let decision = decide_by_examples(reader, aligner, &taking_part, head, &seen, features)?;
    recognizer.set_decision(decision);
    Ok(recognizer)
}

/// The output cannot be written: there is no point in going on.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written")]
struct OutputError;

/// Clips that wait to be encoded together, and who hears of them.
struct Report<'a> {
    tell: Tell<'a>,
    clips: Vec<(Named, Clip)>,
    failed: Vec<String>,
    /// [`Outcome::Lost`] where segments of a session cannot be read.
    outcome: Outcome,
}

impl Report<'_> {
    fn add(&mut self, named: Named, clip: Clip, recognizer: &mut Recognizer) -> anyhow::Result<()> {
        self.clips.push((named, clip));
        if self.clips.len() >= BATCH {
            self.flush(recognizer)?;
        }
        Ok(())
    }

    fn flush(&mut self, recognizer: &mut Recognizer) -> anyhow::Result<()> {
        let (names, clips): (Vec<_>, Vec<_>) = self.clips.drain(..).unzip();
        let verdicts = recognizer.classify(&clips)?;
        for (named, (encoding, verdict)) in names.iter().zip(verdicts) {
            (self.tell)(named, &encoding, &verdict).context(OutputError)?;
        }
        Ok(())
    }
}

fn print(
    json: bool,
    clip: &str,
    encoding: &Encoding,
    verdict: &Verdict,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if json {
        let norm = encoding.feature.iter().map(|x| x * x).sum::<f32>().sqrt();
        return print_json(
            out,
            &ClassifyLine {
                clip,
                ranking: ranking_lines(&verdict.ranking),
                p_seen: verdict.p_seen,
                feature_norm: norm,
            },
        );
    }
    let best: Vec<String> = verdict
        .ranking
        .iter()
        .take(SHOWN)
        .map(|ranked| format!("{} {}", ranked.phrase, percent(ranked.probability)))
        .collect();
    writeln!(out, "{clip}: {}", best.join(", "))?;
    Ok(())
}

fn classify_file(
    file: &str,
    recognizer: &mut Recognizer,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    let config = *recognizer.clip_config();
    let (path, wanted) = split(file);
    if ntu_skeleton::is_one(&path) {
        let frames = ntu_skeleton::read(&path)?;
        let named = Named {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            performed: None,
        };
        let clip = clip(&frames, &config).with_context(|| file.to_owned())?;
        return report.add(named, clip, recognizer);
    }
    if is_session(&path) || import::is_foreign(&path) {
        return classify_takes(file, &path, wanted.as_deref(), recognizer, report);
    }
    let store = ClipStore::open(&path)?;
    let mut any = false;
    for entry in &store.clips {
        if wanted.as_ref().is_some_and(|wanted| *wanted != entry.clip) {
            continue;
        }
        any = true;
        let name = || format!("{}#{}", path.display(), entry.clip);
        let frames = store.frames_of(entry).map_err(anyhow::Error::from);
        match frames.and_then(|frames| clip(&frames, &config)) {
            Ok(clip) => {
                let named = Named {
                    name: entry.clip.clone(),
                    performed: Some(entry.phrase.clone()),
                };
                report.add(named, clip, recognizer)?;
            }
            Err(error) => {
                tracing::error!("{}: {error:#}", name());
                report.failed.push(name());
            }
        }
    }
    match wanted {
        Some(wanted) if !any => Err(anyhow!(
            "{} has no clip `{wanted}`; `synse info` lists what it holds",
            path.display()
        )),
        _ => Ok(()),
    }
}

fn is_session(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// The takes of a file that another tool wrote, or the marked segments of a session, each by its name.
fn classify_takes(
    file: &str,
    path: &Path,
    wanted: Option<&str>,
    recognizer: &mut Recognizer,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    let config = *recognizer.clip_config();
    let takes = if is_session(path) {
        segments(path, &mut report.outcome)?
    } else {
        let takes = import::read(path, &ImportOptions::default())?;
        let named = takes.into_iter().map(|take| {
            let named = Named {
                performed: Some(take.facts.phrase).filter(|phrase| !phrase.is_empty()),
                name: take.facts.name,
            };
            (named, take.frames)
        });
        named.collect()
    };
    let names: Vec<String> = takes.iter().map(|(named, _)| named.name.clone()).collect();
    let mut any = false;
    for (named, frames) in takes {
        if wanted.is_some_and(|wanted| wanted != named.name) {
            continue;
        }
        any = true;
        match clip(&frames, &config) {
            Ok(clip) => report.add(named, clip, recognizer)?,
            Err(error) => {
                let name = format!("{}#{}", path.display(), named.name);
                tracing::error!("{name}: {error:#}");
                report.failed.push(name);
            }
        }
    }
    match wanted {
        Some(wanted) if !any => Err(anyhow!(
            "{} has no take `{wanted}`, but {}",
            path.display(),
            names.join(", ")
        )),
        _ if !any => Err(anyhow!("{file} holds nothing to classify")),
        _ => Ok(()),
    }
}

/// A session's marked segments, named by their begin and label.
fn segments(path: &Path, outcome: &mut Outcome) -> anyhow::Result<Vec<(Named, Vec<Frame>)>> {
    let mut damage = Vec::new();
    let marks = marks::of_session(path, &mut damage)?;
    if !damage.is_empty() {
        *outcome = told(&damage);
    }
    if marks.is_empty() {
        bail!(
            "no segment is marked in {}: mark some in the window (`synse replay`), or answer all of it by \
             `synse replay --rerun` or `synse watch --fast`",
            path.display()
        );
    }
    let takes = marks::frames_of(path, &marks, None)?;
    let named = marks.iter().zip(takes);
    Ok(named
        .map(|(mark, frames)| {
            let named = Named {
                name: mark.name(),
                performed: Some(mark.label.clone()),
            };
            (named, Take::new(mark.label.clone(), frames).frames)
        })
        .collect())
}

fn clip(frames: &[Frame], config: &ClipConfig) -> anyhow::Result<Clip> {
    Ok(Clip::from_frames(frames, config)?)
}

/// A file and the clip wanted of it. A name with `#` that exists is a file.
fn split(file: &str) -> (PathBuf, Option<String>) {
    match file.rsplit_once('#') {
        Some((store, clip)) if !Path::new(file).exists() => (store.into(), Some(clip.to_owned())),
        _ => (file.into(), None),
    }
}
