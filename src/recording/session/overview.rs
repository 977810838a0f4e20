//! A whole session at a glance: a line for each second, kept while it is written, at the end of the file.

use super::format::{Entry, MarkerRecord, PredictionRecord};
use serde::{Deserialize, Serialize};

/// No session is longer, seconds: what claims to be has a clock that leapt.
const LONGEST_SECONDS: u64 = 7 * 86_400;

/// One second of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Frames in it.
    pub frames: u32,
    /// The most bodies at a time.
    pub bodies: u32,
    /// Whether somebody acted.
    pub acting: bool,
    /// The surest answer, an index into the overview's phrases.
    pub answer: Option<u32>,
    /// How sure it was.
    pub probability: f32,
}

/// A whole session, second by second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overview {
    /// When the session begins, nanoseconds since 1970.
    pub start_nanos: u64,
    /// Its seconds.
    pub moments: Vec<Moment>,
    /// All that was ever answered.
    pub phrases: Vec<String>,
    /// All markers.
    pub markers: Vec<MarkerRecord>,
}

impl Overview {
    /// Takes an entry in.
    pub fn note(&mut self, log_nanos: u64, entry: &Entry) {
        match entry {
            Entry::Frame(frame) => self.note_frame(log_nanos, frame.bodies.len()),
            Entry::Prediction(prediction) => self.note_prediction(log_nanos, prediction),
            Entry::Marker(marker) => self.markers.push(marker.clone()),
            _ => {}
        }
    }

    /// Takes a frame of so many bodies in.
    pub(super) fn note_frame(&mut self, log_nanos: u64, bodies: usize) {
        if let Some(moment) = self.moment(log_nanos) {
            moment.frames += 1;
            moment.bodies = moment.bodies.max(bodies as u32);
        }
    }

    /// Takes a prediction in.
    pub fn note_prediction(&mut self, log_nanos: u64, prediction: &PredictionRecord) {
        let acting = prediction.state == "acting";
        let probability = prediction
            .smoothed
            .first()
            .map_or(0.0, |best| best.probability);
        let answer = prediction.answer.as_ref().map(|answer| {
            let known = self.phrases.iter().position(|phrase| phrase == answer);
            known.unwrap_or_else(|| {
                self.phrases.push(answer.clone());
                self.phrases.len() - 1
            }) as u32
        });
        if let Some(moment) = self.moment(log_nanos) {
            moment.acting |= acting;
            if answer.is_some() && (moment.answer.is_none() || probability > moment.probability) {
                moment.answer = answer;
                moment.probability = probability;
            }
        }
    }

    fn moment(&mut self, log_nanos: u64) -> Option<&mut Moment> {
        if self.start_nanos == 0 {
            self.start_nanos = log_nanos;
        }
        let second = log_nanos.saturating_sub(self.start_nanos) / 1_000_000_000;
        if second >= LONGEST_SECONDS {
            return None;
        }
        let second = second as usize;
        if self.moments.len() <= second {
            self.moments.resize(second + 1, Moment::default());
        }
        self.moments.get_mut(second)
    }
}
