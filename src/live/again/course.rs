//! By what a session is answered again, frame by frame: as it was when it was recorded, but for what is asked to be otherwise.

use super::Again;
use super::compare::Before;
use crate::align::Head;
use crate::gate::GateMode;
use crate::phrases::{Example, PhraseEntry};
use crate::recognizer::DEFAULT_THRESHOLD;
use crate::recording::session::{Change, ChangeRecord, PhraseRecord, SettingsRecord};
use std::collections::HashMap;

/// What holds from a frame on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// This model; `None` stands for the one that is asked for, or the default one.
    Model(Option<Named>),
    /// These phrases take part.
    Decide(Asked),
    /// How the gate is used, and how sure an answer must be.
    Answering(GateMode, f32),
    /// Whether bodies are turned upright, and from which way up.
    Upright(bool, Option<[f32; 3]>),
    /// Nobody is known from before.
    Stretch,
    /// The frames until that log time were not seen.
    Unseen(u64),
}

/// A model as a session names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The bundle's name.
    pub(super) name: String,
    /// What tells it from another one of that name; empty where that was not noted.
    pub(super) fingerprint: String,
}

/// What a decision is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) phrases: Vec<PhraseEntry>,
    pub(super) head: Head,
    pub(super) by_examples: bool,
}

/// The steps of a session, each with the log time after which it holds, in their order; and what cannot be as it was, in words.
pub(super) fn steps(before: &Before, again: &Again) -> (Vec<(u64, Step)>, Vec<String>) {
    let mut notes = Vec::new();
    let mut steps = Vec::with_capacity(before.course.len() + 2);
    let models = |change: &ChangeRecord| matches!(change.change, Change::Model { .. });
    // Where no model was at work, whatever is asked for is from the begin.
    let other_model = again.bundle.is_some() || !before.course.iter().any(models);
    let mut asked = first_asked(before, again, &mut notes);
    if other_model {
        steps.push((0, Step::Model(None)));
        steps.push((0, Step::Decide(asked.clone())));
    }
    let settings = &before.settings;
    // A session whose settings are lost was answered from some threshold on, and not from nothing.
    let threshold = if *settings == SettingsRecord::default() {
        DEFAULT_THRESHOLD
    } else {
        settings.threshold
    };
    let gate = gate_of(&settings.gate);
    let answering = |gate, threshold| {
        let gate = again.gate.unwrap_or(gate);
        Step::Answering(gate, again.threshold.unwrap_or(threshold))
    };
    steps.push((0, answering(gate, threshold)));
    for ChangeRecord {
        after_nanos,
        change,
    } in &before.course
    {
        let mut step = |step| steps.push((*after_nanos, step));
        match change {
            Change::Model { .. } if other_model => {}
            Change::Model {
                bundle,
                fingerprint,
            } => {
                step(Step::Model(Some(Named {
                    name: bundle.clone(),
                    fingerprint: fingerprint.clone(),
                })));
                // A list that is asked for is there as soon as a model is.
                if again.phrases.is_some() {
                    step(Step::Decide(asked.clone()));
                }
            }
            Change::Decision {
                head,
                by_examples,
                phrases,
            } => {
                asked = asked_for(again, before, (head, *by_examples, phrases), &mut notes);
                step(Step::Decide(asked.clone()));
            }
            Change::Answering { gate, threshold } => {
                step(answering(gate_of(gate), *threshold));
            }
            Change::Upright { levelled, up } => {
                step(Step::Upright(again.levelled.unwrap_or(*levelled), *up));
            }
            Change::Stretch => step(Step::Stretch),
            Change::Unseen { until_nanos } => step(Step::Unseen(*until_nanos)),
            // It says what was, and changes nothing.
            Change::Unwritten { .. } => {}
        }
    }
    steps.sort_by_key(|(after, _)| *after);
    notes.sort();
    notes.dedup();
    (steps, notes)
}

/// What is decided first: the session's first list where none is asked for, or the last one of a session without a model.
fn first_asked(before: &Before, again: &Again, notes: &mut Vec<String>) -> Asked {
    let first = before
        .course
        .iter()
        .find_map(|record| match &record.change {
            Change::Decision {
                head,
                by_examples,
                phrases,
            } => Some((head, *by_examples, phrases)),
            _ => None,
        });
    let settings = &before.settings;
    let last = (&settings.head, settings.by_examples, &before.phrases);
    asked_for(again, before, first.unwrap_or(last), notes)
}

fn asked_for(
    again: &Again,
    before: &Before,
    (head, by_examples, phrases): (&String, bool, &Vec<PhraseRecord>),
    notes: &mut Vec<String>,
) -> Asked {
    let by_examples = again.by_examples.unwrap_or(by_examples);
    let (own, missing) = entries(phrases, &before.examples);
    // Nobody misses what takes no part.
    if by_examples && again.phrases.is_none() {
        notes.extend(missing);
    }
    Asked {
        phrases: again.phrases.clone().unwrap_or(own),
        head: again.head.unwrap_or_else(|| head_of(head)),
        by_examples,
    }
}

/// A recorded list as entries, with the examples that the session holds; says of which phrases some are missing.
pub(super) fn entries(
    records: &[PhraseRecord],
    examples: &HashMap<String, Example>,
) -> (Vec<PhraseEntry>, Vec<String>) {
    let mut notes = Vec::new();
    let mut entry = |(id, record): (u64, &PhraseRecord)| {
        let found = record.examples.iter();
        let found: Vec<Example> = found
            .filter_map(|name| examples.get(name).cloned())
            .collect();
        let missing = record.examples.len() - found.len();
        if missing > 0 {
            let text = &record.text;
            notes.push(format!(
                "{missing} of the examples of \"{text}\" are not in the session, and take no part"
            ));
        }
        PhraseEntry {
            id,
            text: record.text.clone(),
            verb: record.verb.clone(),
            noun: record.noun.clone(),
            motion: record.motion.clone(),
            enabled: record.enabled,
            examples: found,
        }
    };
    let entries = (1..).zip(records).map(&mut entry).collect();
    (entries, notes)
}

fn head_of(name: &str) -> Head {
    match name {
        "trained" => Head::Trained,
        _ => Head::Cosine,
    }
}

fn gate_of(name: &str) -> GateMode {
    match name {
        "soft" => GateMode::Soft,
        "off" => GateMode::Off,
        _ => GateMode::Hard,
    }
}
