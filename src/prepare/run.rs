//! The whole of it: a tree of files becomes a clip store, its splits, and a report of what was lost.

use super::facts::{Facts, Ntu};
use super::recording;
use super::tree::{Tree, missing_list};
use super::{Identity, PrepareError};
use crate::capture::clip_store::{REACH_METRES, StoreJournal};
use crate::whole_file::{self, Readers};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files in a part: what a stop loses, and how much is in memory at once (a second's work of one core, some 30 MB).
const PART: usize = 256;

/// What is to be prepared, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which data set.
    pub dataset: Ntu,
    /// The folder of its `.skeleton` files, or one above them.
    pub folder: PathBuf,
    /// The clip store: `NAME`, in a folder that exists; `splits.csv` and `NAME.report.csv` are put beside it.
    pub out: PathBuf,
    /// The published list of samples with missing skeletons.
    pub missing: Option<PathBuf>,
    /// Clips are cut off after so many frames (the released code: 300).
    pub frames: Option<usize>,
    /// How bodies are told apart.
    pub identity: Identity,
    /// Stop after this many files in this call, to go on later.
    pub stop_after: Option<usize>,
}

/// What befell one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Its path below the tree's root.
    pub file: String,
    /// Whether there is no clip of it.
    pub left_out: bool,
    /// Coordinates beyond the store's reach that were held at its limit.
    pub held: usize,
    /// Bodies that were taken for ghosts.
    pub ghosts: usize,
    /// Frames that were cut off at the end.
    pub cut: usize,
    /// In words.
    pub reason: String,
}

impl Note {
    pub(super) fn left_out(file: String, reason: String) -> Self {
        Self {
            file,
            left_out: true,
            held: 0,
            ghosts: 0,
            cut: 0,
            reason,
        }
    }

    /// A note of what was changed; none where nothing was.
    pub(super) fn changed(file: String, held: usize, ghosts: usize, cut: usize) -> Option<Self> {
        let mut reasons = Vec::new();
        if held > 0 {
            reasons.push(format!(
                "{held} coordinates beyond {REACH_METRES:.2} m held at that"
            ));
        }
        if ghosts > 0 {
            reasons.push(format!("{ghosts} ghosts left out"));
        }
        if cut > 0 {
            reasons.push(format!("{cut} frames cut off"));
        }
        (!reasons.is_empty()).then(|| Self {
            file,
            left_out: false,
            held,
            ghosts,
            cut,
            reason: reasons.join(", "),
        })
    }

    /// Whether data was lost that nobody asked to leave out.
    fn is_loss(&self) -> bool {
        self.left_out || self.held > 0
    }
}

/// What has come of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Whether the store is complete; otherwise the same call goes on.
    pub complete: bool,
    /// Files that the whole work is on.
    pub files: usize,
    /// Files that are done with, in this call and before.
    pub done: usize,
    /// Clips in the store.
    pub clips: usize,
    /// Clips of two bodies.
    pub of_two: usize,
    /// Frames of all clips.
    pub frames: usize,
    /// Files that there is no clip of.
    pub left_out: usize,
    /// Coordinates beyond the store's reach that were held at its limit.
    pub held: usize,
    /// Bodies that were taken for ghosts.
    pub ghosts: usize,
    /// Frames that were cut off, as asked for.
    pub cut: usize,
    /// Samples that the list of missing skeletons leaves out.
    pub missing: usize,
    /// Samples of setups that the data set has not.
    pub of_other_setups: usize,
    /// The files that lost something.
    #[serde(skip)]
    pub losses: Vec<Note>,
    /// Where all notes stand.
    pub report: PathBuf,
}

/// Prepares a data set, or goes on where a run of the same settings was stopped. `watch` is told of every file that is
/// done with, by whichever thread, and of all that were done before: how many more.
pub fn run(
    settings: &Settings,
    watch: &(dyn Fn(usize, usize) + Sync),
) -> Result<Summary, PrepareError> {
    let facts = Facts::of(settings.dataset)?;
    let beside = Beside::new(&settings.out);
    let goes_on = StoreJournal::<Note>::exists(&settings.out);
    let splits = facts.splits()?.to_csv();
    beside.check(goes_on, &splits)?;
    let missing = match &settings.missing {
        Some(path) => missing_list(path)?,
        None => BTreeSet::new(),
    };
    let tree = Tree::look(&settings.folder, &facts, &missing)?;
    let total = tree.samples.len();
    let mut journal = StoreJournal::open(&settings.out, &work(settings, &tree))?;
    let before = journal.parts();
    watch((before * PART).min(total), total);
    let mut fresh = 0;
    for part in tree.samples.chunks(PART).skip(before) {
        if settings.stop_after.is_some_and(|most| fresh >= most) {
            return Ok(summary(&journal, &tree, beside.report, false));
        }
        let read: Vec<_> = part
            .par_iter()
            .map(|sample| {
                let recording = recording::read(sample, &facts, settings);
                watch(1, total);
                recording
            })
            .collect();
        let (mut clips, mut notes) = (Vec::new(), Vec::new());
        for recording in read {
            match recording {
                Ok(recording) => {
                    notes.extend(recording.note);
                    clips.push((recording.entry, recording.tracks));
                }
                Err(note) => notes.push(note),
            }
        }
        journal.commit(&clips, notes)?;
        fresh += part.len();
    }
    let summary = summary(&journal, &tree, beside.report.clone(), true);
    write(
        &beside.report,
        &report(tree.left_out.iter().chain(journal.notes())),
    )?;
    write(&beside.splits, &splits)?;
    journal.finish()?;
    Ok(summary)
}

/// What the work is on: another tree or other settings would not go together with what is done.
fn work(settings: &Settings, tree: &Tree) -> String {
    let frames = settings.frames.map_or_else(
        || "whole".to_owned(),
        |frames| format!("of {frames} frames at most"),
    );
    let identity = match settings.identity {
        Identity::Tracker => "tracker",
        Identity::Place => "place",
    };
    format!(
        "{} files of {} (list {}), bodies told apart by {identity}, clips {frames}",
        tree.samples.len(),
        settings.dataset.name(),
        tree.fingerprint()
    )
}

fn summary(journal: &StoreJournal<Note>, tree: &Tree, report: PathBuf, complete: bool) -> Summary {
    let notes = || tree.left_out.iter().chain(journal.notes());
    let sum = |of: fn(&Note) -> usize| notes().map(of).sum::<usize>();
    let files = tree.samples.len();
    Summary {
        complete,
        files,
        done: (journal.parts() * PART).min(files),
        clips: journal.clips().count(),
        of_two: journal.clips().filter(|clip| clip.bodies == 2).count(),
        frames: journal.clips().map(|clip| clip.frames).sum(),
        left_out: sum(|note| usize::from(note.left_out)),
        held: sum(|note| note.held),
        ghosts: sum(|note| note.ghosts),
        cut: sum(|note| note.cut),
        missing: tree.missing,
        of_other_setups: tree.of_other_setups,
        losses: notes().filter(|note| note.is_loss()).cloned().collect(),
        report,
    }
}

/// The files that come with a store.
struct Beside {
    store: [PathBuf; 2],
    splits: PathBuf,
    report: PathBuf,
}

impl Beside {
    fn new(out: &Path) -> Self {
        let with = |ending: &str| {
            let ours = out
                .extension()
                .is_some_and(|ending| ending == "safetensors" || ending == "csv");
            let name = if ours {
                out.with_extension("")
            } else {
                out.to_path_buf()
            };
            let mut name = name.into_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        Self {
            store: [with(".safetensors"), with(".csv")],
            splits: out.with_file_name("splits.csv"),
            report: with(".report.csv"),
        }
    }

    /// Refuses to write over a store or over other splits.
    fn check(&self, goes_on: bool, splits: &str) -> Result<(), PrepareError> {
        if let Some(path) = self.store.iter().find(|path| !goes_on && path.exists()) {
            return Err(PrepareError::Exists { path: path.clone() });
        }
        match fs::read_to_string(&self.splits) {
            Ok(text) if text != splits => Err(PrepareError::OtherSplits {
                path: self.splits.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// All notes as a csv.
fn report<'a>(notes: impl Iterator<Item = &'a Note>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |note: &Note| {
        let what = if note.left_out { "left out" } else { "changed" };
        format!("{},{what},{}\n", quoted(&note.file), quoted(&note.reason))
    };
    let mut text = "file,what,reason\n".to_owned();
    text.extend(notes.map(line));
    text
}

/// Writes a file, whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), PrepareError> {
    whole_file::write(path, text, Readers::Everybody).map_err(PrepareError::file("write", path))
}
