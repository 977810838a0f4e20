//! File dialogs, and files read and written beside the window, so that it never waits for either.

use crate::capture::clip_store::{ClipEntry, ClipStore};
use crate::evaluate::Confusion;
use crate::live::Take;
use crate::phrases::PhraseEntry;
use crate::recording;
use crate::recording::export::{Format, export};
use crate::recording::import::{self, ImportOptions};
use crate::ui::dialogs::{open_dialog, wait_for};
use crate::ui::kept;
use crate::ui::marks::{self, Cut, Mark, SessionView};
use crate::ui::phrase_files::{read_phrases, write_phrases};
use crate::ui::sdk_folders::{self, SdkAnswer, SdkRequest};
use crate::ui::source_name::file_name;
use crate::ui::state::{ClipLine, ClipList};
use crate::ui::study::{Studied, Study};
use crate::ui::writer::Writer;
use crate::whole_file::{self, Readers};
use crossbeam_channel::{Receiver, Sender, bounded, never};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Something that takes long or waits for the user.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Lets the user pick a recording.
    PickRecording,
    /// Lets the user pick a bundle's folder.
    PickBundle,
    /// Lets the user pick a phrase list.
    PickPhrases,
    /// Lets the user say where to write the phrase list.
    PickPhrasesTarget,
    /// Lets the user say into which folder a recording is exported.
    PickExportFolder(ExportJob),
    /// Exports a recording into a folder.
    Export(ExportJob, PathBuf),
    /// Lists the clips of a store.
    ReadClips(PathBuf),
    /// Reads a phrase list.
    ReadPhrases(PathBuf),
    /// Writes a phrase list.
    WritePhrases(PathBuf, Vec<PhraseEntry>),
    /// Opens a session for its timeline.
    ReadSession(PathBuf),
    /// Writes a session's segments beside it.
    WriteMarks(PathBuf, Vec<Mark>),
    /// Reads the frames of segments.
    ReadTakes(Cut),
    /// Lets the user say where to write clips.
    PickClipsTarget,
    /// Writes segments as clips into a store.
    WriteClips(Cut, PathBuf),
    /// Lets the user say where to write the matrix, as a file of this ending.
    PickConfusionTarget(&'static str),
    /// Lets the user pick the bundle by which a session is answered again.
    PickAgainBundle,
    /// Works on a recording.
    Study(Study),
    /// Writes the matrix: a picture where the ending is svg or png, otherwise a table.
    WriteConfusion(PathBuf, Confusion),
    /// Looks for the cameras' SDKs, or chooses their folders.
    Sdk(SdkRequest),
    /// Keeps settings and phrases, as text, in their file.
    Keep(PathBuf, String),
}

/// What is to be exported, and as what.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportJob {
    /// The recording.
    pub path: PathBuf,
    /// One clip of it by name; all of them otherwise.
    pub clip: Option<String>,
    /// The format to write.
    pub format: Format,
    /// Of a session these segments, each by itself.
    pub segments: Option<Cut>,
}

/// What came of a [`Request`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A file to open.
    Picked(PathBuf),
    /// A bundle's folder.
    Bundle(PathBuf),
    /// Where to write the phrase list.
    PhrasesTarget(PathBuf),
    /// The folder for an export.
    ExportFolder(ExportJob, PathBuf),
    /// A recording was exported: where to, how many files, and what the format could not hold.
    Exported {
        /// The folder.
        folder: PathBuf,
        /// How many files were written.
        files: usize,
        /// What was lost, in plain words.
        lost: Vec<String>,
    },
    /// The clips of a store.
    Clips(ClipList),
    /// A phrase list.
    Phrases {
        /// Where it was read from.
        path: PathBuf,
        /// The phrases.
        entries: Vec<PhraseEntry>,
        /// How many lines were left out because they stood there twice.
        left_out: usize,
    },
    /// A phrase list was written, so many phrases.
    Written(PathBuf, usize),
    /// A session was opened.
    Session(Box<SessionView>),
    /// The frames of segments.
    Takes(Vec<Take>),
    /// What came of work on a recording, or how far it is.
    Studied(Studied),
    /// The bundle by which a session is to be answered again.
    AgainBundle(PathBuf),
    /// Where to write clips.
    ClipsTarget(PathBuf),
    /// Where to write the matrix.
    ConfusionTarget(PathBuf),
    /// What is known of the cameras' SDKs.
    Sdk(SdkAnswer),
    /// Settings and phrases are kept, or in plain words why not.
    Kept(Result<(), String>),
    /// Something was written, in words; none where nobody needs to know.
    Saved(String),
    /// It could not be done, in plain words.
    Failed(String),
    /// The user thought better of it.
    Nothing,
}

/// Where requests go and answers come from; nothing here may block.
pub trait Desk {
    /// Begins to do what was asked.
    fn ask(&mut self, request: Request);
    /// The next answer, if there is one.
    fn try_answer(&mut self) -> Option<Answer>;
}

/// The desk of the real window: one thread for files that are written again and again, and one for each other request.
pub(crate) struct ThreadDesk {
    answers: Receiver<Answer>,
    sender: Sender<Answer>,
    wake: Arc<dyn Fn() + Send + Sync>,
    writer: Writer,
}

impl ThreadDesk {
    /// A desk that calls `wake` when there is an answer.
    pub(crate) fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        // More than a user can ask for at once; a thread that finds it full waits, the window does not.
        let (sender, answers) = bounded(16);
        Self {
            answers,
            sender,
            wake,
            writer: Writer::default(),
        }
    }

    fn write_on(&mut self) {
        if let Err(error) = self.writer.go_on(&self.sender, &self.wake) {
            self.complain("write", &error);
        }
    }

    fn complain(&self, verb: &str, error: &std::io::Error) {
        let text = format!("No thread could be started to {verb} files: {error}");
        self.sender.try_send(Answer::Failed(text)).ok();
    }
}

impl Drop for ThreadDesk {
    fn drop(&mut self) {
        // Whoever waits for room among the answers sees that nobody reads them any more.
        self.answers = never();
        self.writer.finish();
    }
}

impl Desk for ThreadDesk {
    fn ask(&mut self, request: Request) {
        if Writer::takes(&request) {
            self.writer.push(request);
            return self.write_on();
        }
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        // The dialog is made here, as macOS asks for, and waited for there.
        let dialog = open_dialog(&request);
        let work = move || {
            let answer = match (dialog, request) {
                (Some(dialog), _) => wait_for(dialog),
                (None, Request::Study(study)) => study.perform(&mut |studied| {
                    let heard = sender.send(Answer::Studied(studied)).is_ok();
                    wake();
                    heard
                }),
                (None, request) => perform(request),
            };
            // The window may have closed while the dialog was open: then nobody wants the answer.
            if sender.send(answer).is_ok() {
                wake();
            }
        };
        if let Err(error) = thread::Builder::new().name("files".to_owned()).spawn(work) {
            self.complain("read", &error);
        }
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.write_on();
        self.answers.try_recv().ok()
    }
}

/// Reads or writes what was asked for; dialogs are not its business.
pub fn perform(request: Request) -> Answer {
    match request {
        Request::ReadClips(path) => read_clips(&path).map_or_else(Answer::Failed, Answer::Clips),
        Request::ReadPhrases(path) => read_phrases(path),
        Request::WritePhrases(path, entries) => write_phrases(path, &entries),
        Request::ReadSession(path) => marks::read_session(&path)
            .map_or_else(Answer::Failed, |view| Answer::Session(Box::new(view))),
        Request::WriteMarks(path, marks) => match marks::write_marks(&path, &marks) {
            Ok(None) => Answer::Nothing,
            Ok(Some(words)) => Answer::Saved(words),
            Err(problem) => Answer::Failed(problem),
        },
        Request::ReadTakes(cut) => {
            marks::read_takes(&cut).map_or_else(Answer::Failed, Answer::Takes)
        }
        Request::WriteClips(cut, target) => marks::write_clips(&cut, &target)
            .map_or_else(Answer::Failed, |(count, store)| {
                Answer::Saved(format!("Saved {count} clips to {}", file_name(&store)))
            }),
        Request::WriteConfusion(path, table) => write_confusion(&path, &table),
        Request::Export(job, folder) => export_into(&job, folder),
        Request::Sdk(request) => sdk_folders::perform(request),
        Request::Keep(path, text) => Answer::Kept(kept::write(&path, &text)),
        Request::Study(study) => study.perform(&mut |_| true),
        Request::PickRecording
        | Request::PickExportFolder(_)
        | Request::PickBundle
        | Request::PickAgainBundle
        | Request::PickPhrases
        | Request::PickPhrasesTarget
        | Request::PickClipsTarget
        | Request::PickConfusionTarget(_) => Answer::Nothing,
    }
}

fn read_clips(path: &Path) -> Result<ClipList, String> {
    let store = ClipStore::open(path).map_err(|error| error.to_string())?;
    let seconds = |clip: &ClipEntry| {
        if clip.fps > 0.0 {
            clip.frames as f32 / clip.fps
        } else {
            0.0
        }
    };
    let line = |clip: &ClipEntry| ClipLine {
        clip: clip.clip.clone(),
        phrase: clip.phrase.clone(),
        seconds: seconds(clip),
    };
    Ok(ClipList {
        path: store.path().to_owned(),
        clips: store.clips.iter().map(line).collect(),
    })
}

fn export_into(job: &ExportJob, folder: PathBuf) -> Answer {
    let mut lost = Vec::new();
    let takes = match &job.segments {
        Some(cut) => {
            let levelled = Some(cut.levelled);
            recording::marks::takes_of(&cut.session, &cut.marks, levelled, &mut lost)
        }
        None => import::read_telling(&job.path, &ImportOptions::default(), &mut lost),
    };
    let exported = takes.and_then(|mut takes| {
        if let Some(clip) = &job.clip {
            takes.retain(|take| take.facts.name == *clip);
        }
        export(&takes, job.format, &folder)
    });
    match exported {
        Ok(exported) => Answer::Exported {
            folder,
            files: exported.paths.len(),
            lost: [lost, exported.lost].concat(),
        },
        Err(error) => Answer::Failed(error.to_string()),
    }
}

fn write_confusion(path: &Path, table: &Confusion) -> Answer {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let bytes = match ending.to_str() {
        Some("svg") => table.svg().map(String::into_bytes),
        Some("png") => table.png(),
        _ => table.csv().map_err(|error| error.to_string()),
    };
    let written = bytes.and_then(|bytes| {
        whole_file::write(path, bytes, Readers::Everybody).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => Answer::Saved(format!("Saved {}", file_name(path))),
        Err(error) => Answer::Failed(format!("cannot write {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_many_edits_is_what_stays_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.marks.csv", "b.marks.csv"].map(|name| folder.path().join(name));
        let mark = |index: u64| Mark {
            label: format!("wave {index}"),
            start_micros: index,
            end_micros: index + 1,
        };
        let mut desk = ThreadDesk::new(Arc::new(|| {}));
        // Far more than there is room for answers, none of which is read.
        for index in 0..200 {
            for path in &paths {
                desk.ask(Request::WriteMarks(path.clone(), vec![mark(index)]));
            }
        }
        drop(desk);
        for path in &paths {
            assert_eq!(
                recording::marks::read(path, &mut Vec::new()).unwrap(),
                [mark(199)]
            );
        }
    }
}
