//! Goes through a session frame by frame as the live threads did, with models and decisions of its own.

use super::Again;
use super::compare::Before;
use super::course::{Asked, Named, Step, steps};
use crate::align::Decision;
use crate::bundle;
use crate::gate::GateMode;
use crate::live::stages::{LoadBundle, LoadReader, Loaded, Stages, describe};
use crate::recognizer::decisions::{
    PhraseReader, decide_by_examples, decide_seen, read_entries, taking_part,
};
use crate::recognizer::{
    DEFAULT_THRESHOLD, ExampleEncoder, ExampleFeatures, Identities, Prediction,
};
use crate::recording::session::{Change, ChangeRecord, SessionFile, Walk};
use crate::skeleton::{Body, Frame, Upright};
use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;

/// A model at work.
struct Core {
    loaded: Loaded,
    /// The seen classes' decision: it is made once.
    seen: Option<Decision>,
    examples: Option<ExampleEncoder>,
    /// What the decision in effect was made of.
    asked: Option<Asked>,
}

/// Goes through a session, and answers for its frames.
pub struct Answers {
    /// The frames from before the session began: answers for them are nobody's business, but what they leave in mind is.
    earlier: VecDeque<(u64, Frame)>,
    walk: Walk,
    steps: VecDeque<(u64, Step)>,
    /// The log times of the frames for which there were answers, in their order, and how many of them have passed.
    moments: Vec<u64>,
    passed: usize,
    /// From this log time on a model answered, when it could: what it passed over is passed over again. Before it answers are
    /// made at the pace of the model.
    answered_from: u64,
    load: LoadBundle,
    reader: Reader,
    wanted: Option<PathBuf>,
    core: Option<Core>,
    people: Identities,
    upright: Upright,
    levelled: bool,
    answering: (GateMode, f32),
    /// Frames before this log time were not seen.
    unseen_until: u64,
    notes: Vec<String>,
}

/// A moment, and what is answered then.
pub type Answered = (u64, Vec<Prediction>);

/// What reads phrases, once that is needed.
enum Reader {
    Not(Option<LoadReader>),
    Loaded(Box<dyn PhraseReader>),
}

impl Reader {
    fn get(&mut self) -> Result<&dyn PhraseReader, String> {
        if let Self::Not(load) = self {
            let load = load
                .take()
                .ok_or("what reads phrases could not be loaded before")?;
            *self = Self::Loaded(load()?);
        }
        match self {
            Self::Loaded(reader) => Ok(&**reader),
            Self::Not(_) => Err("nothing reads phrases".to_owned()),
        }
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Answers")
            .field("walk", &self.walk)
            .field("steps", &self.steps.len())
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

impl Answers {
    /// At a session's begin; `before` is what was read of it, and of the stages the models and the reader are used.
    pub fn new(again: &Again, before: &Before, stages: Stages) -> Result<Self, String> {
        let file = SessionFile::open(&again.session).map_err(describe)?;
        let wanted = again.bundle.as_deref();
        let wanted = wanted.map(|wanted| bundle::find(Some(wanted)));
        let (steps, mut notes) = steps(before, again);
        notes.extend(not_written(before));
        notes.extend(before.midst.clone());
        let mut answers = Self {
            earlier: before.earlier.clone().into(),
            walk: Walk::new(file).map_err(describe)?,
            steps: steps.into(),
            moments: before.moments.clone(),
            passed: 0,
            answered_from: answered_from(before),
            load: stages.bundle,
            reader: Reader::Not(Some(stages.reader)),
            wanted: wanted.transpose().map_err(describe)?,
            core: None,
            people: Identities::default(),
            upright: Upright::default(),
            levelled: false,
            answering: (GateMode::default(), DEFAULT_THRESHOLD),
            unseen_until: 0,
            notes,
        };
        // What holds from the begin is made before anybody counts the time.
        answers.hold(1)?;
        Ok(answers)
    }

    /// How long the session is, microseconds.
    pub fn length_micros(&self) -> u64 {
        self.walk.length_micros()
    }

    /// The name of the bundle at work; empty while there is none.
    pub fn bundle(&self) -> &str {
        let core = self.core.as_ref();
        core.map_or("", |core| &core.loaded.info.name)
    }

    /// How many phrases take part.
    pub fn phrases(&self) -> usize {
        let asked = self.core.as_ref().and_then(|core| core.asked.as_ref());
        let phrases = asked.map_or(&[][..], |asked| asked.phrases.as_slice());
        phrases.iter().filter(|entry| entry.enabled).count()
    }

    /// What could not be as it was asked for or recorded, in words, so far.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is answered next, and when, microseconds after the session's begin; `None` at its end.
    pub fn next_answers(&mut self) -> Result<Option<Answered>, String> {
        Ok(self
            .next_noted()?
            .map(|(nanos, predictions)| (self.walk.moment(nanos), predictions)))
    }

    /// [`Self::next_answers`] with the log time of the frame, nanoseconds since 1970.
    pub fn next_noted(&mut self) -> Result<Option<Answered>, String> {
        while let Some((nanos, frame)) = self.earlier.pop_front() {
            self.answer(nanos, frame)?;
        }
        while let Some((nanos, frame)) = self.walk.next_noted().map_err(describe)? {
            let predictions = self.answer(nanos, frame)?;
            if !predictions.is_empty() {
                return Ok(Some((nanos, predictions)));
            }
        }
        Ok(None)
    }

    /// Takes the next frame, and answers for it if it was answered for; with nothing where it was not.
    fn answer(&mut self, nanos: u64, mut frame: Frame) -> Result<Vec<Prediction>, String> {
        self.hold(nanos)?;
        self.see(&mut frame);
        let is_moment = self.is_moment(nanos);
        let (false, Some(core)) = (nanos < self.unseen_until, &mut self.core) else {
            return Ok(Vec::new());
        };
        let recognizer = &mut core.loaded.recognizer;
        let is_due = recognizer.push(frame);
        if is_moment.unwrap_or(is_due) {
            recognizer.predict().map_err(describe)
        } else {
            Ok(Vec::new())
        }
    }

    /// Whether there was an answer for the frame of that log time; `None` where nobody was there to answer.
    fn is_moment(&mut self, nanos: u64) -> Option<bool> {
        let later = self.moments.get(self.passed..).unwrap_or_default();
        self.passed += later.iter().take_while(|moment| **moment < nanos).count();
        let is_moment = self.moments.get(self.passed) == Some(&nanos);
        (nanos > self.answered_from).then_some(is_moment)
    }

    /// A frame as inference gets it.
    fn see(&mut self, frame: &mut Frame) {
        frame.bodies.retain(Body::is_finite);
        if self.levelled {
            self.upright.turn(frame);
        }
        self.people.rename(frame);
    }

    /// Does whatever holds for the frame of that log time.
    fn hold(&mut self, nanos: u64) -> Result<(), String> {
        while let Some((_, step)) = self.steps.pop_front_if(|(after, _)| *after < nanos) {
            match step {
                Step::Model(named) => self.load(named.as_ref())?,
                Step::Decide(asked) => self.decide(asked)?,
                Step::Answering(gate, threshold) => {
                    self.answering = (gate, threshold);
                    self.apply();
                }
                Step::Upright(levelled, up) => {
                    self.levelled = levelled;
                    self.upright = Upright::new(up);
                }
                Step::Stretch => {
                    self.people = Identities::default();
                    if let Some(core) = &mut self.core {
                        core.loaded.recognizer.reset();
                    }
                }
                Step::Unseen(until) => self.unseen_until = self.unseen_until.max(until),
            }
        }
        Ok(())
    }

    fn apply(&mut self) {
        if let Some(core) = &mut self.core {
            let (gate, threshold) = self.answering;
            core.loaded.recognizer.set_gate(gate);
            core.loaded.recognizer.set_threshold(threshold);
        }
    }

    /// Loads the bundle that is asked for, or the one that the session names, or the default one.
    fn load(&mut self, named: Option<&Named>) -> Result<(), String> {
        let loaded = match (&self.wanted, named) {
            (Some(folder), _) => (self.load)(Some(folder))?,
            (None, Some(named)) => self.called(named)?,
            (None, None) => (self.load)(None)?,
        };
        self.core = Some(Core {
            loaded,
            seen: None,
            examples: None,
            asked: None,
        });
        self.apply();
        Ok(())
    }

    fn called(&mut self, named: &Named) -> Result<Loaded, String> {
        let Named { name, fingerprint } = named;
        let found = bundle::called(name, fingerprint)
            .ok_or_else(|| "it is not in the folder of models".to_owned());
        let loaded = match found.and_then(|folder| (self.load)(Some(&folder))) {
            Ok(loaded) => loaded,
            Err(problem) => {
                let loaded = (self.load)(None)?;
                let other = &loaded.info.name;
                if other != name {
                    self.notes.push(format!(
                        "the session was answered by the model {name}, but {problem}: now {other} answers"
                    ));
                }
                loaded
            }
        };
        // A session from before fingerprints were noted says nothing of it.
        let is_another = !fingerprint.is_empty() && loaded.info.fingerprint != *fingerprint;
        if loaded.info.name == *name && is_another {
            self.notes.push(format!(
                "the model {name} was made anew since the session was recorded: its answers may be others"
            ));
        }
        Ok(loaded)
    }

    fn decide(&mut self, asked: Asked) -> Result<(), String> {
        let Some(core) = &mut self.core else {
            return Ok(());
        };
        if core.asked.as_ref() == Some(&asked) {
            return Ok(());
        }
        let reader = match self.reader.get() {
            // The seen classes answer all the same.
            Err(problem) if asked.phrases.is_empty() => {
                self.notes.push(problem);
                core.asked = Some(asked);
                return Ok(());
            }
            reader => reader?,
        };
        let (phrases, problems) = read_entries(reader, &asked.phrases);
        self.notes.extend(problems);
        let entries = taking_part(&asked.phrases, &phrases);
        let none = ExampleFeatures::new();
        let recognizer = &mut core.loaded.recognizer;
        if asked.by_examples && core.examples.is_none() {
            core.examples = recognizer.example_encoder();
        }
        let encoder = core.examples.as_mut().filter(|_| asked.by_examples);
        let features = encoder.map_or(&none, |encoder| {
            let (features, left_out) = encoder.features(&asked.phrases);
            self.notes.extend(left_out);
            features
        });
        let aligner = core.loaded.aligner.as_ref();
        let seen = match core.seen.take() {
            Some(seen) => seen,
            None => decide_seen(reader, aligner, recognizer.seen()).map_err(describe)?,
        };
        let seen = core.seen.insert(seen);
        let made = decide_by_examples(reader, aligner, &entries, asked.head, seen, features);
        recognizer.set_decision(made.map_err(describe)?);
        core.asked = Some(asked);
        Ok(())
    }
}

/// In words, how many answers of the session were not written, if any were not.
fn not_written(before: &Before) -> Option<String> {
    let count = before.unwritten.range((before.start_nanos, 0)..).count();
    (count > 0).then(|| {
        format!(
            "{count} answers were not written when the session was recorded, since the disk was too slow: nothing is compared with \
             those in their place"
        )
    })
}

/// From when on there were answers, if there ever were.
fn answered_from(before: &Before) -> u64 {
    let model = |record: &ChangeRecord| match record.change {
        Change::Model { .. } => Some(record.after_nanos),
        _ => None,
    };
    let first = before.moments.first().copied().unwrap_or(u64::MAX);
    let model = before.course.iter().find_map(model);
    first.min(model.filter(|_| first < u64::MAX).unwrap_or(u64::MAX))
}
