//! Work on recordings beside the window: examples, cards of performances, and whole sessions answered again.

use crate::live::again::{Again, AgainView, answer_again, motion_of};
use crate::phrases::{Example, PhraseEntry, folded, undescribed};
use crate::recording::examples;
use crate::recording::session::{SessionError, SessionFile};
use crate::ui::action::{Action, Effect};
use crate::ui::files::{Answer, Request};
use crate::ui::marks::{Cut, Mark, read_examples, read_takes};
use crate::ui::motion_words::taken;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::source_name::file_name;
use crate::ui::state::State;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rounds of answers that stand below each other at most.
pub const MOST_ROUNDS: usize = 2;

/// Ends work that takes long; two are the same where they end the same work.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends it, a moment later.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether its end was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl PartialEq for Stop {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Study {
    /// Make examples of a session's segments.
    Examples(Cut),
    /// Keep examples in a folder, each by its fingerprint.
    Keep(PathBuf, Vec<Example>),
    /// Say what a model sees in a segment, for a card.
    Card {
        /// The segment, alone.
        cut: Cut,
        /// The model's folder; `None` stands for the default one.
        bundle: Option<PathBuf>,
    },
    /// Answer a whole session again.
    Again(Box<Again>, Stop),
    /// Look for damage in a whole session.
    Check(PathBuf),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Studied {
    /// Examples, each with the label of its segment, and what is none, in words.
    Examples(Vec<(String, Example)>, Vec<String>),
    /// The motion attributes that are seen in a segment of this label.
    Card(String, Vec<f32>),
    /// How far a session has been answered again, or why it could not be.
    Again(Stop, Result<Box<AgainView>, String>),
    /// What of a session is damaged, in words.
    Damage(PathBuf, Vec<String>),
}

/// A round of answers to a whole session.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Ends it.
    pub stop: Stop,
    /// How many phrases take part; `None` where all is as it was recorded.
    pub phrases: Option<usize>,
    /// What was answered.
    pub view: AgainView,
}

impl Study {
    /// Does it; `tell` hears how far it is, and ends it by `false`.
    pub(crate) fn perform(self, tell: &mut dyn FnMut(Studied) -> bool) -> Answer {
        match self {
            Self::Examples(cut) => match read_examples(&cut) {
                Ok((examples, left_out)) => Answer::Studied(Studied::Examples(examples, left_out)),
                Err(problem) => Answer::Failed(problem),
            },
            Self::Keep(folder, kept) => {
                let kept: Result<Vec<()>, _> = kept
                    .iter()
                    .map(|example| examples::keep(&folder, example))
                    .collect();
                kept.map_or_else(
                    |error| Answer::Failed(format!("An example is not kept: {error}")),
                    |_| Answer::Nothing,
                )
            }
            Self::Card { cut, bundle } => match card_of(&cut, bundle.as_deref()) {
                Ok((label, weights)) => Answer::Studied(Studied::Card(label, weights)),
                Err(problem) => {
                    let name = cut.marks.first().map(Mark::name).unwrap_or_default();
                    Answer::Failed(format!("No card can be taken of {name}: {problem}"))
                }
            },
            Self::Check(session) => match damage_of(&session) {
                Ok(notes) => Answer::Studied(Studied::Damage(session, notes)),
                Err(problem) => Answer::Failed(problem),
            },
            Self::Again(again, stop) => {
                let mut told = |view: AgainView| {
                    !stop.is_asked() && tell(Studied::Again(stop.clone(), Ok(Box::new(view))))
                };
                let answered = answer_again(&again, &mut told).map(Box::new);
                Answer::Studied(Studied::Again(stop, answered))
            }
        }
    }
}

/// What does not show when a session is opened, but when all of it is read.
fn damage_of(session: &Path) -> Result<Vec<String>, String> {
    let told = |error: SessionError| error.to_string();
    let mut file = SessionFile::open(session).map_err(told)?;
    let known = file.recovery().notes.len();
    let notes = &file.check().map_err(told)?.notes;
    Ok(notes.get(known..).unwrap_or_default().to_vec())
}

fn card_of(cut: &Cut, bundle: Option<&Path>) -> Result<(String, Vec<f32>), String> {
    let first = read_takes(cut)?.into_iter().next();
    let take = first.ok_or("there is no segment")?;
    let weights = motion_of(bundle, &take.frames)?;
    Ok((take.label, weights))
}

/// The examples of a list that was kept: each phrase's by their fingerprints; says which ones are missing.
pub(crate) fn restore(
    folder: &Path,
    entries: &mut [PhraseEntry],
    fingerprints: &[Vec<String>],
) -> Vec<String> {
    let mut problems = Vec::new();
    for (entry, fingerprints) in entries.iter_mut().zip(fingerprints) {
        for fingerprint in fingerprints {
            match examples::kept(folder, fingerprint) {
                Ok(example) => entry.examples.push(example),
                Err(error) => {
                    problems.push(format!("An example of “{}” is gone: {error}", entry.text));
                }
            }
        }
    }
    problems
}

impl State {
    /// Takes note of what came of work on a recording.
    pub(crate) fn studied(&mut self, studied: Studied) -> Vec<Effect> {
        match studied {
            Studied::Examples(examples, left_out) => self.add_examples(examples, left_out),
            Studied::Card(label, weights) => {
                let Some(id) = self.entry_of(&label) else {
                    self.say(not_in_list(&label));
                    return Vec::new();
                };
                let weights = weights.into_iter().map(taken).collect();
                let effects = self.apply(Action::Phrase(PhraseEdit::SetCard { id, weights }));
                self.say(format!("The card of “{label}” is from the segment now."));
                effects
            }
            Studied::Damage(path, notes) => {
                if let Some(session) = self.tape.session.as_mut()
                    && session.path == path
                {
                    session.lost.extend(notes.iter().cloned());
                    for note in notes {
                        self.complain(format!("{}: {note}", file_name(&path)));
                    }
                }
                Vec::new()
            }
            Studied::Again(stop, answered) => {
                let round = self.tape.rounds.iter().position(|r| r.stop == stop);
                match (round, answered) {
                    (Some(round), Ok(view)) => {
                        for note in &view.notes {
                            self.complain(note.clone());
                        }
                        self.tape.rounds[round].view = *view;
                    }
                    (Some(round), Err(problem)) => {
                        self.tape.rounds.remove(round);
                        self.complain(format!("The session is not answered again: {problem}"));
                    }
                    // It was put away meanwhile.
                    (None, _) => {}
                }
                Vec::new()
            }
        }
    }

    fn add_examples(
        &mut self,
        examples: Vec<(String, Example)>,
        left_out: Vec<String>,
    ) -> Vec<Effect> {
        for problem in left_out {
            self.complain(problem);
        }
        let (mut added, mut unknown) = (Vec::new(), Vec::new());
        for (label, example) in examples {
            match self.entry_of(&label) {
                Some(id) => added.push((id, example)),
                None => unknown.push(label),
            }
        }
        let count = added.len();
        let effects = self.apply(Action::Phrase(PhraseEdit::AddExamples(added)));
        let mut words = match (count, effects.is_empty()) {
            (0, _) => String::new(),
            (_, true) => "These are examples already. ".to_owned(),
            (1, false) => "1 example added. ".to_owned(),
            (count, false) => format!("{count} examples added. "),
        };
        if let Some(label) = unknown.first() {
            words += &not_in_list(label);
        } else if !effects.is_empty() && !self.settings.by_examples {
            words += "They take part where “Use examples” is on.";
        }
        self.say(words.trim().to_owned());
        effects
    }

    /// The entry that a label names: by its text, with or without its description.
    fn entry_of(&self, label: &str) -> Option<u64> {
        let label = folded(label);
        let entries = self.phrases.entries();
        let same = entries.iter().find(|entry| folded(&entry.text) == label);
        let bare = || {
            entries
                .iter()
                .find(|entry| undescribed(&entry.text) == label)
        };
        same.or_else(bare).map(|entry| entry.id)
    }

    /// What keeps an edit's new examples on disk, where there is a place for them.
    pub(crate) fn to_keep(&self, edit: &PhraseEdit) -> Option<Effect> {
        let examples: Vec<Example> = match edit {
            PhraseEdit::AddExamples(added) => added.iter().map(|(_, e)| e.clone()).collect(),
            PhraseEdit::Replace(entries) => {
                entries.iter().flat_map(|e| e.examples.clone()).collect()
            }
            _ => Vec::new(),
        };
        let home = self.examples_home.clone();
        home.filter(|_| !examples.is_empty())
            .map(|home| Effect::Ask(Request::Study(Study::Keep(home, examples))))
    }

    /// Begins to answer the session that plays again by the phrases and settings of now, and by a bundle or the one in use.
    pub(crate) fn again(&mut self, bundle: Option<PathBuf>) -> Vec<Effect> {
        let (phrases, settings) = (self.phrases.entries().to_vec(), &self.settings);
        let count = phrases.iter().filter(|entry| entry.enabled).count();
        let again = Again {
            session: PathBuf::new(),
            bundle: bundle.or_else(|| self.bundle_folder.clone()),
            phrases: Some(phrases),
            head: Some(settings.head),
            by_examples: Some(settings.by_examples),
            gate: Some(settings.gate),
            threshold: Some(settings.threshold),
            levelled: Some(settings.levelled),
        };
        self.begin_round(again, Some(count))
    }

    /// Begins to answer the session that plays again as it was when it was recorded.
    pub(crate) fn again_as_recorded(&mut self) -> Vec<Effect> {
        self.begin_round(Again::default(), None)
    }

    fn begin_round(&mut self, again: Again, phrases: Option<usize>) -> Vec<Effect> {
        let Some(session) = &self.tape.session else {
            return Vec::new();
        };
        let again = Again {
            session: session.path.clone(),
            ..again
        };
        let stop = Stop::default();
        let round = Round {
            stop: stop.clone(),
            phrases,
            view: AgainView::default(),
        };
        if self.tape.rounds.len() >= MOST_ROUNDS {
            self.tape.rounds.remove(0).stop.ask();
        }
        self.tape.rounds.push(round);
        vec![Effect::Ask(Request::Study(Study::Again(
            Box::new(again),
            stop,
        )))]
    }
}

fn not_in_list(label: &str) -> String {
    format!("“{label}” is not in the list: add it first.")
}

#[cfg(test)]
#[path = "study_tests.rs"]
mod tests;
