//! A session answered again, as fast as it goes: by another bundle, by other phrases, beside what was recorded.

mod compare;

pub use self::compare::{Agreement, Before, Was};

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
use crate::recording::session::{Overview, SessionFile, Walk};
use crate::skeleton::{Body, Frame};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
            let record = prediction_record(prediction, Duration::ZERO);
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
