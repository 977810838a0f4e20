//! A session answered again, as fast as it goes: as it was, by another bundle, by other phrases, beside what was recorded.
//!
//! A session says from which frame on a model, a list of phrases, a gate or a way up was in effect, which frames nobody
//! answered for, and for which there were answers. All of that is done again in the same order, so that what comes out is
//! what was recorded, but for the rounding of another device. The frames of the last seconds before the recording began are
//! gone through first, so that it is the same from the first answer on.

mod answers;
mod compare;
mod course;

pub use self::answers::{Answered, Answers};
pub use self::compare::{Agreement, Before, Was};

use super::recorded::prediction_record;
use super::stages::{Stages, describe};
use crate::align::Head;
use crate::bundle::{self, Bundle};
use crate::device::{self, DeviceChoice};
use crate::gate::GateMode;
use crate::phrases::PhraseEntry;
use crate::recognizer::Recognizer;
use crate::recognizer::decisions::PhraseDecision;
use crate::recording::session::Overview;
use crate::skeleton::Frame;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often it is told how far it is.
const TELL_PERIOD: Duration = Duration::from_millis(400);

/// The same list gives the same answers.
const SEED: u64 = 1;

/// A session, and by what it is to be answered again; what is `None` is as it was at each time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Again {
    /// The session's file.
    pub session: PathBuf,
    /// The bundle's folder or name.
    pub bundle: Option<PathBuf>,
    /// The phrase list.
    pub phrases: Option<Vec<PhraseEntry>>,
    /// The decision head.
    pub head: Option<Head>,
    /// Whether the phrases' examples take part.
    pub by_examples: Option<bool>,
    /// How the gate is used.
    pub gate: Option<GateMode>,
    /// Abstain below this smoothed probability.
    pub threshold: Option<f32>,
    /// Turn bodies upright where the camera knew how it hung.
    pub levelled: Option<bool>,
}

/// How far a session has been answered again, second by second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgainView {
    /// The bundle's name.
    pub bundle: String,
    /// What could not be as it was asked for or recorded, in words.
    pub notes: Vec<String>,
    /// Second by second; its clock counts from 1.
    pub overview: Overview,
    /// Beside what was recorded.
    pub agreement: Agreement,
    /// How much of it is done, 0 to 1.
    pub done: f32,
}

/// Answers a whole session again on the CPU, beside whatever else goes on; `tell` hears now and then how far it is, and ends it
/// by `false`.
pub fn answer_again(
    again: &Again,
    tell: &mut dyn FnMut(AgainView) -> bool,
) -> Result<AgainView, String> {
    let device = device::open(&DeviceChoice::Cpu).map_err(describe)?;
    let before = Before::read(&again.session)?;
    let answers = Answers::new(again, &before, Stages::new(device))?;
    go_through(answers, &before, tell)
}

/// Goes through a session to its end, and compares.
pub fn go_through(
    mut answers: Answers,
    before: &Before,
    tell: &mut dyn FnMut(AgainView) -> bool,
) -> Result<AgainView, String> {
    let length = answers.length_micros().max(1) as f64;
    let mut told = Instant::now();
    let mut view = AgainView::default();
    // The overview counts from 1: 0 stands for a session that has not begun.
    view.overview.start_nanos = 1;
    while let Some((at, predictions)) = answers.next_answers()? {
        if view.bundle != answers.bundle() {
            answers.bundle().clone_into(&mut view.bundle);
        }
        let alone = predictions.len() == 1;
        for prediction in &predictions {
            let was = before.at(at, prediction.body, alone);
            view.agreement.note(was, prediction);
            let is_unwritten = before.is_unwritten(at, prediction.body);
            view.agreement.unwritten += usize::from(is_unwritten);
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
    answers.bundle().clone_into(&mut view.bundle);
    view.notes = answers.notes().to_vec();
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
