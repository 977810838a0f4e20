//! What was recorded, set beside what is answered now.

use super::course;
use crate::live::stages::describe;
use crate::phrases::{Example, PhraseEntry};
use crate::recognizer::Prediction;
use crate::recording::session::{
    Change, ChangeRecord, Effects, Entry, PhraseRecord, Recovery, SessionFile, SettingsRecord,
};
use crate::skeleton::Frame;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// A recorded prediction is compared with one this near, microseconds: a little more than what lies between two.
const NEAR_MICROS: u64 = 150_000;

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

/// What a session holds beside its own frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Before {
    /// Its predictions, in their order.
    pub predictions: Vec<Was>,
    /// The log times of the frames that were answered for, nanoseconds since 1970, in their order, whether what was answered was
    /// written or not.
    pub moments: Vec<u64>,
    /// Answers that are not among the predictions, since there was no room for them: the log time of its frame and the body of
    /// each.
    pub unwritten: BTreeSet<(u64, u64)>,
    /// The frames from before it began and their log times, in their order.
    pub earlier: Vec<(u64, Frame)>,
    /// Whether it begins in the midst of an action whose begin is not among these, in words.
    pub midst: Option<String>,
    /// The phrase list as it stood at the end.
    pub phrases: Vec<PhraseRecord>,
    /// The settings as they stood at the end.
    pub settings: SettingsRecord,
    /// By what its frames were answered; where that is lost, as far as the settings and lists say.
    pub course: Vec<ChangeRecord>,
    /// The examples that it holds, by their fingerprints.
    pub examples: HashMap<String, Example>,
    /// What is lost of it.
    pub recovery: Recovery,
    /// The log time of its begin, nanoseconds since 1970.
    pub start_nanos: u64,
}

impl Before {
    /// Reads a session whole, but for its frames.
    pub fn read(session: &Path) -> Result<Self, String> {
        let mut file = SessionFile::open(session).map_err(describe)?;
        let start = file.nanos().map_or(0, |(start, _)| start);
        let mut effects = Effects::default();
        let mut before = Self {
            start_nanos: start,
            ..Self::default()
        };
        for chunk in 0..file.chunks() {
            let entries = file.entries(chunk).map_err(describe)?;
            if entries.is_none() || file.follows_damage(chunk) {
                effects.lose();
            }
            for (nanos, entry) in entries.unwrap_or_default() {
                effects.note(nanos, &entry);
                before.note(nanos, entry);
            }
        }
        before.course = effects.changes();
        before.predictions.sort_by_key(|was| was.at_micros);
        before.moments.sort_unstable();
        before.moments.dedup();
        before.earlier.sort_by_key(|(nanos, _)| *nanos);
        before.recovery = file.recovery().clone();
        Ok(before)
    }

    fn note(&mut self, nanos: u64, entry: Entry) {
        match entry {
            Entry::Prediction(record) => {
                self.moments.push(nanos);
                self.predictions.push(Was {
                    at_micros: self.micros(nanos),
                    body: record.body,
                    answer: record.answer,
                    probability: record.smoothed.first().map_or(0.0, |best| best.probability),
                });
            }
            Entry::Before(nanos, frame) => self.earlier.push((nanos, frame)),
            Entry::Phrases(phrases) => self.phrases = phrases,
            Entry::Settings(settings) => self.settings = settings,
            Entry::Change(record) => {
                if let Change::Unwritten { answers } = &record.change {
                    self.moments.extend(answers.iter().map(|(nanos, _)| nanos));
                    self.unwritten.extend(answers);
                }
            }
            Entry::Example(record) => match record.example() {
                Ok(example) => {
                    self.examples.insert(record.fingerprint, example);
                }
                Err(problem) => tracing::warn!("{problem}"),
            },
            Entry::Event(event) if event.is_midst() => self.midst = Some(event.text),
            Entry::Frame(_) | Entry::Marker(_) | Entry::Event(_) => {}
        }
    }

    /// The phrase list as it stood at the end, as entries, with the examples that the session holds.
    pub fn entries(&self) -> Vec<PhraseEntry> {
        course::entries(&self.phrases, &self.examples).0
    }

    /// A log time as microseconds after the session's begin.
    fn micros(&self, nanos: u64) -> u64 {
        nanos.saturating_sub(self.start_nanos) / 1000
    }

    /// Whether a body was answered for at that moment, microseconds after the session's begin, and what was answered is not
    /// written.
    pub fn is_unwritten(&self, at_micros: u64, body: u64) -> bool {
        let from = self.start_nanos + at_micros * 1000;
        let of_the_micro = self.unwritten.range((from, 0)..(from + 1000, 0));
        of_the_micro.into_iter().any(|(_, whose)| *whose == body)
    }

    /// What was recorded of a body at that moment; `None` where it was not written. Of whoever was in view where both times it is one person.
    pub fn at(&self, at_micros: u64, body: u64, alone: bool) -> Option<&Was> {
        if self.is_unwritten(at_micros, body) {
            return None;
        }
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Predictions made now.
    pub predictions: usize,
    /// Those for which one was recorded.
    pub compared: usize,
    /// Those for which one was made and not written.
    pub unwritten: usize,
    /// Of those compared, where the answer is the same, no answer too.
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
            unwritten: 0,
            same: 2,
            answered: 3,
            same_answered: 1,
        };
        assert_eq!(agreement, expected);
        assert!((agreement.share().unwrap() - 1.0 / 3.0).abs() < 1e-9);
    }
}
