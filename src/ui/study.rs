//! Work on recordings beside the window: examples, cards of performances, and whole sessions answered again.

use crate::live::again::{Again, AgainView, answer_again, motion_of};
use crate::phrases::{Example, PhraseEntry, folded, split_description};
use crate::recording::examples;
use crate::ui::action::{Action, Effect};
use crate::ui::files::{Answer, Request};
use crate::ui::marks::{Mark, read_examples, read_takes};
use crate::ui::motion_words::taken;
use crate::ui::phrase_edit::PhraseEdit;
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
    Examples(PathBuf, Vec<Mark>),
    /// Keep examples in a folder, each by its fingerprint.
    Keep(PathBuf, Vec<Example>),
    /// Say what a model sees in a segment, for a card.
    Card {
        /// The session's file.
        session: PathBuf,
        /// The segment.
        mark: Mark,
        /// The model's folder; `None` stands for the default one.
        bundle: Option<PathBuf>,
    },
    /// Answer a whole session again.
    Again(Box<Again>, Stop),
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
            Self::Examples(session, marks) => match read_examples(&session, &marks) {
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
            Self::Card {
                session,
                mark,
                bundle,
            } => match card_of(&session, &mark, bundle.as_deref()) {
                Ok(weights) => Answer::Studied(Studied::Card(mark.label, weights)),
                Err(problem) => Answer::Failed(format!(
                    "No card can be taken of {}: {problem}",
                    mark.name()
                )),
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

fn card_of(session: &Path, mark: &Mark, bundle: Option<&Path>) -> Result<Vec<f32>, String> {
    let takes = read_takes(session, std::slice::from_ref(mark))?;
    let frames = takes.first().map_or(&[][..], |take| take.frames.as_slice());
    motion_of(bundle, frames)
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
                .find(|entry| folded(split_description(&entry.text).0) == label)
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
mod tests {
    use super::*;
    use crate::recording::session::Overview;
    use crate::ui::marks::SessionView;

    fn example(name: &str, height: f32) -> Example {
        let joints = [[0.1, height, 2.0]; crate::skeleton::JOINT_COUNT];
        Example::new(name, 30.0, vec![vec![joints; 30]]).unwrap()
    }

    fn listing(texts: &[&str]) -> State {
        let mut state = State::default();
        for text in texts {
            state.apply(Action::Phrase(PhraseEdit::Add((*text).to_owned())));
        }
        state
    }

    #[test]
    fn segments_become_examples_of_the_phrases_that_they_are_labelled_with() {
        let mut state = listing(&["wave", "swat a fly - one arm"]);
        state.examples_home = Some("home".into());
        let examples = vec![
            ("Wave".to_owned(), example("a", 1.0)),
            ("swat a fly".to_owned(), example("b", 1.1)),
            ("juggle".to_owned(), example("c", 1.2)),
        ];
        let effects = state.studied(Studied::Examples(examples.clone(), Vec::new()));
        assert!(effects.iter().any(|effect| matches!(
            effect,
            Effect::Ask(Request::Study(Study::Keep(home, kept))) if home.ends_with("home") && kept.len() == 2
        )));
        let counts = |state: &State| -> Vec<usize> {
            let entries = state.phrases.entries().iter();
            entries.map(|entry| entry.examples.len()).collect()
        };
        assert_eq!(counts(&state), [1, 1]);
        assert!(
            state
                .notice
                .as_ref()
                .is_some_and(|(words, _)| words.contains("juggle"))
        );
        // The same again changes nothing, and is no edit.
        let before = state.phrases.entries().to_vec();
        state.studied(Studied::Examples(examples, Vec::new()));
        assert_eq!(state.phrases.entries(), before);
        state.apply(Action::Phrase(PhraseEdit::Undo));
        assert_eq!(counts(&state), [0, 0]);
        state.apply(Action::Phrase(PhraseEdit::Redo));
        assert_eq!(counts(&state), [1, 1]);
    }

    #[test]
    fn a_card_of_a_segment_is_marked_as_performed() {
        let mut state = listing(&["wave"]);
        let mut seen = vec![0.0; crate::phrases::motion::ATTRIBUTE_COUNT];
        seen[0] = 0.91;
        state.studied(Studied::Card("wave".to_owned(), seen.clone()));
        let motion = state.phrases.entries()[0].motion.clone();
        assert!(
            motion.is_some_and(|words| words.starts_with("performed: ") && words.contains("=0.9"))
        );
        state.studied(Studied::Card("juggle".to_owned(), seen));
        assert_eq!(state.phrases.entries().len(), 1);
    }

    #[test]
    fn a_round_as_recorded_asks_for_nothing_of_its_own_and_says_what_is_missing() {
        let mut state = listing(&["wave"]);
        assert!(state.again_as_recorded().is_empty(), "nothing plays");
        let path = PathBuf::from("s.mcap");
        state.tape.session = Some(SessionView {
            path: path.clone(),
            ..SessionView::default()
        });
        let effects = state.apply(Action::Tape(crate::ui::tape::TapeAction::AgainAsRecorded));
        let Some(Effect::Ask(Request::Study(Study::Again(again, stop)))) = effects.first() else {
            panic!("{effects:?}")
        };
        let plain = Again {
            session: path,
            ..Again::default()
        };
        assert_eq!(**again, plain);
        let view = AgainView {
            notes: vec!["another model answers".to_owned()],
            ..AgainView::default()
        };
        state.studied(Studied::Again(stop.clone(), Ok(Box::new(view))));
        assert_eq!(state.problems.len(), 1);
    }

    #[test]
    fn rounds_stand_below_each_other_and_the_oldest_makes_room() {
        let mut state = listing(&["wave"]);
        assert!(state.again(None).is_empty(), "nothing plays");
        state.tape.session = Some(SessionView::default());
        for _ in 0..3 {
            assert_eq!(state.again(None).len(), 1);
        }
        assert_eq!(state.tape.rounds.len(), MOST_ROUNDS);
        let stop = state.tape.rounds[1].stop.clone();
        let view = AgainView {
            bundle: "other".to_owned(),
            overview: Overview::default(),
            done: 0.5,
            ..AgainView::default()
        };
        state.studied(Studied::Again(stop.clone(), Ok(Box::new(view))));
        assert_eq!(state.tape.rounds[1].view.bundle, "other");
        state.studied(Studied::Again(Stop::default(), Err("late".to_owned())));
        assert!(state.problems.is_empty(), "nobody waits for it");
        state.studied(Studied::Again(stop, Err("no such model".to_owned())));
        assert_eq!((state.tape.rounds.len(), state.problems.len()), (1, 1));
    }

    #[test]
    fn what_was_kept_is_found_again_and_what_is_gone_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let one = example("a", 1.0);
        let kept = Study::Keep(folder.path().join("new"), vec![one.clone(), one.clone()]);
        assert_eq!(kept.perform(&mut |_| true), Answer::Nothing);
        let mut entries = listing(&["wave"]).phrases.entries().to_vec();
        let wanted = vec![vec![
            one.fingerprint().to_owned(),
            "0123456789abcdef".to_owned(),
        ]];
        let problems = restore(&folder.path().join("new"), &mut entries, &wanted);
        assert_eq!(entries[0].examples, std::slice::from_ref(&one));
        assert_eq!(entries[0].examples[0].name(), "a");
        assert!(
            problems.len() == 1 && problems[0].contains("wave"),
            "{problems:?}"
        );
    }
}
