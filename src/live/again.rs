//! A session answered again, as fast as it goes: by another bundle, by other phrases, beside what was recorded.

use super::recorded::prediction_record;
use super::stages::describe;
use super::upright::Upright;
use crate::align::Head;
use crate::bundle::{self, Bundle};
use crate::device::{self, DeviceChoice, OpenDevice};
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::recognizer::decisions::{
    PhraseDecision, decide_by_examples, decide_seen, load_reader, read_entries, taking_part,
};
use crate::recognizer::{ExampleFeatures, Identities, Prediction, Recognizer};
use crate::recording::session::{
    Entry, Overview, PhraseRecord, PredictionRecord, SessionFile, SettingsRecord, Walk,
};
use crate::skeleton::{Body, Frame};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A recorded prediction is compared with one this near, microseconds: a little more than what lies between two.
const NEAR_MICROS: u64 = 150_000;

/// How often it is told how far it is.
const TELL_PERIOD: Duration = Duration::from_millis(400);

/// The same list gives the same answers.
const SEED: u64 = 1;

/// A session, and by what it is to be answered again.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// The session's file.
    pub session: PathBuf,
    /// The bundle's folder or name; `None` stands for the default one.
    pub bundle: Option<PathBuf>,
    /// The phrase list.
    pub phrases: Vec<PhraseEntry>,
    /// The decision head.
    pub head: Head,
    /// Whether the phrases' examples take part.
    pub by_examples: bool,
    /// How the gate is used.
    pub gate: GateMode,
    /// Abstain below this smoothed probability.
    pub threshold: f32,
    /// Turn bodies upright where the camera knew how it hung.
    pub levelled: bool,
}

/// Goes through a session frame by frame as the live threads do, with a recognizer of its own.
#[derive(Debug)]
pub struct Answers {
    walk: Walk,
    recognizer: Recognizer,
    people: Identities,
    levelled: bool,
}

impl Answers {
    /// At a session's begin.
    pub fn new(session: &Path, recognizer: Recognizer, levelled: bool) -> Result<Self, String> {
        let file = SessionFile::open(session).map_err(describe)?;
        Ok(Self {
            walk: Walk::new(file).map_err(describe)?,
            recognizer,
            people: Identities::default(),
            levelled,
        })
    }

    /// How long the session is, microseconds.
    pub fn length_micros(&self) -> u64 {
        self.walk.length_micros()
    }

    /// What is answered next, and when, microseconds after the session's begin; `None` at its end.
    pub fn next_answers(&mut self) -> Result<Option<(u64, Vec<Prediction>)>, String> {
        while let Some((at, mut frame)) = self.walk.next_frame().map_err(describe)? {
            frame.bodies.retain(Body::is_finite);
            if self.levelled {
                Upright::new(self.walk.settings().up).turn(&mut frame);
            }
            self.people.rename(&mut frame);
            if self.recognizer.push(frame) {
                let predictions = self.recognizer.predict().map_err(describe)?;
                if !predictions.is_empty() {
                    return Ok(Some((at, predictions)));
                }
            }
        }
        Ok(None)
    }
}

/// A prediction as it was recorded, as far as it is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Was {
    /// When, microseconds after the session's begin.
    pub at_micros: u64,
    /// Whose.
    pub body: u64,
    /// The answer, if there was one.
    pub answer: Option<String>,
    /// The probability of the best of the smoothed ranking.
    pub probability: f32,
}

/// What a session holds beside its frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Before {
    /// Its predictions, in their order.
    pub predictions: Vec<Was>,
    /// The phrase list as it stood at the end.
    pub phrases: Vec<PhraseRecord>,
    /// The settings as they stood at the end.
    pub settings: SettingsRecord,
}

impl Before {
    /// Reads a session whole, but for its frames.
    pub fn read(session: &Path) -> Result<Self, String> {
        let mut file = SessionFile::open(session).map_err(describe)?;
        let start = file.nanos().map_or(0, |(start, _)| start);
        let mut before = Self::default();
        for chunk in 0..file.chunks() {
            for (nanos, entry) in file.entries(chunk).map_err(describe)?.unwrap_or_default() {
                match entry {
                    Entry::Prediction(record) => before.predictions.push(Was {
                        at_micros: nanos.saturating_sub(start) / 1000,
                        body: record.body,
                        answer: record.answer,
                        probability: record.smoothed.first().map_or(0.0, |best| best.probability),
                    }),
                    Entry::Phrases(phrases) => before.phrases = phrases,
                    Entry::Settings(settings) => before.settings = settings,
                    Entry::Frame(_) | Entry::Marker(_) | Entry::Event(_) => {}
                }
            }
        }
        before.predictions.sort_by_key(|was| was.at_micros);
        Ok(before)
    }

    /// The phrase list as entries, without examples: a session notes their fingerprints only.
    pub fn entries(&self) -> Vec<PhraseEntry> {
        let entry = |(id, record): (u64, &PhraseRecord)| PhraseEntry {
            id,
            text: record.text.clone(),
            verb: record.verb.clone(),
            noun: record.noun.clone(),
            motion: record.motion.clone(),
            enabled: record.enabled,
            examples: Vec::new(),
        };
        (1..).zip(&self.phrases).map(entry).collect()
    }

    /// What was recorded of a body at that moment; of whoever was in view where both times it is one person.
    pub fn at(&self, at_micros: u64, body: u64, alone: bool) -> Option<&Was> {
        let from = at_micros.saturating_sub(NEAR_MICROS);
        let first = self.predictions.partition_point(|was| was.at_micros < from);
        let near = self.predictions.get(first..)?.iter();
        let near = near.take_while(|was| was.at_micros <= at_micros + NEAR_MICROS);
        let near: Vec<&Was> = near.collect();
        let nearest = |only_it: bool| {
            let of = near.iter().filter(|was| !only_it || was.body == body);
            of.min_by_key(|was| was.at_micros.abs_diff(at_micros))
                .copied()
        };
        nearest(true).or_else(|| {
            // Who was found again while it was recorded may have gone by another number.
            let one = near.iter().all(|was| was.body == near[0].body);
            nearest(false).filter(|_| alone && one)
        })
    }
}

/// How often two rounds of answers agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Agreement {
    /// Predictions made now.
    pub predictions: usize,
    /// Those for which one was recorded.
    pub compared: usize,
    /// Of these, where the answer is the same, no answer too.
    pub same: usize,
    /// Of those compared, where there was an answer then or now.
    pub answered: usize,
    /// Of these, where it is the same.
    pub same_answered: usize,
}

impl Agreement {
    /// Takes a prediction in, and what was recorded at its moment.
    pub fn note(&mut self, was: Option<&Was>, now: &Prediction) {
        self.predictions += 1;
        let Some(was) = was else { return };
        let answer = now.answer.as_ref().map(|answer| &*answer.phrase);
        let same = usize::from(was.answer.as_deref() == answer);
        self.compared += 1;
        self.same += same;
        if was.answer.is_some() || answer.is_some() {
            self.answered += 1;
            self.same_answered += same;
        }
    }

    /// How often the answer is the same where there was one then or now, 0 to 1; `None` where there never was.
    pub fn share(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.same_answered as f64 / self.answered as f64)
    }
}

/// How far a session has been answered again, second by second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgainView {
    /// The bundle's name.
    pub bundle: String,
    /// Second by second; its clock counts from 1.
    pub overview: Overview,
    /// Beside what was recorded.
    pub agreement: Agreement,
    /// How much of it is done, 0 to 1.
    pub done: f32,
}

/// A recognizer of a bundle with its phrases decided on, the bundle's name, and what had to be left out, in words.
pub fn recognizer(
    again: &Again,
    device: &OpenDevice,
) -> Result<(Recognizer, String, Vec<String>), String> {
    let folder = bundle::find(again.bundle.as_deref()).map_err(describe)?;
    let bundle = Bundle::load(&folder, &device.device).map_err(describe)?;
    let name = bundle.manifest.name.clone();
    let (mut recognizer, aligner) = Recognizer::from_bundle(bundle);
    recognizer.set_gate(again.gate);
    recognizer.set_threshold(again.threshold);
    let mut problems = Vec::new();
    if !again.phrases.is_empty() {
        let models = bundle::models_folder().map_err(describe)?;
        let reader = load_reader(&models, &device.device).map_err(describe)?;
        let (phrases, unread) = read_entries(reader.as_ref(), &again.phrases);
        problems.extend(unread);
        let entries = taking_part(&again.phrases, &phrases);
        let mut encoder = recognizer.example_encoder().filter(|_| again.by_examples);
        let none = ExampleFeatures::new();
        let features = encoder.as_mut().map_or(&none, |encoder| {
            let (features, left_out) = encoder.features(&again.phrases);
            problems.extend(left_out);
            features
        });
        let (reader, aligner) = (reader.as_ref(), aligner.as_ref());
        let seen = decide_seen(reader, aligner, recognizer.seen()).map_err(describe)?;
        let decision = decide_by_examples(reader, aligner, &entries, again.head, &seen, features);
        recognizer.set_decision(decision.map_err(describe)?);
    }
    Ok((recognizer, name, problems))
}

/// Answers a whole session again on the CPU, beside whatever else goes on; `tell` hears now and then how far it is, and ends it
/// by `false`.
pub fn answer_again(
    again: &Again,
    tell: &mut dyn FnMut(AgainView) -> bool,
) -> Result<AgainView, String> {
    let device = device::open(&DeviceChoice::Cpu).map_err(describe)?;
    let (recognizer, bundle, _) = recognizer(again, &device)?;
    let answers = Answers::new(&again.session, recognizer, again.levelled)?;
    let before = Before::read(&again.session)?;
    let view = AgainView {
        bundle,
        ..AgainView::default()
    };
    go_through(answers, &before, view, tell)
}

/// Goes through a session to its end, and compares.
pub fn go_through(
    mut answers: Answers,
    before: &Before,
    mut view: AgainView,
    tell: &mut dyn FnMut(AgainView) -> bool,
) -> Result<AgainView, String> {
    let length = answers.length_micros().max(1) as f64;
    let mut told = Instant::now();
    // The overview counts from 1: 0 stands for a session that has not begun.
    view.overview.start_nanos = 1;
    while let Some((at, predictions)) = answers.next_answers()? {
        let alone = predictions.len() == 1;
        for prediction in &predictions {
            let was = before.at(at, prediction.body, alone);
            view.agreement.note(was, prediction);
            let record: PredictionRecord = prediction_record(prediction, Duration::ZERO);
            view.overview.note_prediction(1 + at * 1000, &record);
        }
        if told.elapsed() >= TELL_PERIOD {
            told = Instant::now();
            view.done = (at as f64 / length).clamp(0.0, 1.0) as f32;
            if !tell(view.clone()) {
                return Ok(view);
            }
        }
    }
    view.done = 1.0;
    Ok(view)
}

/// The motion attributes that a bundle sees in some frames, 0 to 1, in the order of `phrases::motion::ATTRIBUTES`.
pub fn motion_of(bundle: Option<&Path>, frames: &[Frame]) -> Result<Vec<f32>, String> {
    let device = device::open(&DeviceChoice::Cpu).map_err(describe)?;
    let folder = bundle::find(bundle).map_err(describe)?;
    let bundle = Bundle::load(&folder, &device.device).map_err(describe)?;
    let name = bundle.manifest.name.clone();
    let (mut recognizer, aligner) = Recognizer::from_bundle(bundle);
    let decision = aligner.decide(&[], Head::Cosine, SEED).map_err(describe)?;
    recognizer.set_decision(PhraseDecision {
        phrases: Vec::new(),
        seen: decision.clone(),
        decision,
        examples: Vec::new(),
    });
    let verdict = recognizer.classify_frames(frames).map_err(describe)?;
    if verdict.motion.is_empty() {
        return Err(format!(
            "the model {name} sees no motion: it has no motion part"
        ));
    }
    Ok(verdict.motion)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognizer::{Activity, Ranked};

    fn was(at_micros: u64, body: u64, answer: Option<&str>) -> Was {
        Was {
            at_micros,
            body,
            answer: answer.map(str::to_owned),
            probability: 0.5,
        }
    }

    fn now(answer: Option<&str>) -> Prediction {
        Prediction {
            timestamp_micros: 0,
            body: 1,
            activity: Activity::Acting,
            ranking: Vec::new(),
            smoothed: Vec::new(),
            p_seen: 0.5,
            motion: Vec::new(),
            latent: Vec::new(),
            answer: answer.map(|phrase| Ranked {
                phrase: phrase.into(),
                probability: 0.5,
                seen: false,
            }),
        }
    }

    #[test]
    fn the_nearest_of_the_same_body_is_compared() {
        let before = Before {
            predictions: vec![
                was(1_000_000, 1, Some("wave")),
                was(1_000_000, 2, Some("jump")),
                was(1_130_000, 1, None),
                was(5_000_000, 4, Some("bow")),
            ],
            ..Before::default()
        };
        let answer = |at, body, alone| before.at(at, body, alone).map(|was| was.answer.as_deref());
        assert_eq!(answer(1_010_000, 1, false), Some(Some("wave")));
        assert_eq!(answer(1_100_000, 1, false), Some(None));
        assert_eq!(answer(1_010_000, 2, false), Some(Some("jump")));
        assert_eq!(answer(1_010_000, 3, true), None, "two are in view");
        assert_eq!(
            answer(5_020_000, 9, true),
            Some(Some("bow")),
            "it is the only one"
        );
        assert_eq!(answer(5_020_000, 9, false), None);
        assert_eq!(answer(3_000_000, 1, true), None);
    }

    #[test]
    fn agreement_counts_answers_and_silence_apart() {
        let mut agreement = Agreement::default();
        assert_eq!(agreement.share(), None);
        for (was_answer, now_answer) in [
            (Some("wave"), Some("wave")),
            (Some("wave"), Some("jump")),
            (Some("wave"), None),
            (None, None),
        ] {
            agreement.note(Some(&was(0, 1, was_answer)), &now(now_answer));
        }
        agreement.note(None, &now(Some("wave")));
        let expected = Agreement {
            predictions: 5,
            compared: 4,
            same: 2,
            answered: 3,
            same_answered: 1,
        };
        assert_eq!(agreement, expected);
        assert!((agreement.share().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    }
}
