//! A take: frames in a row, and what is known of them.

use crate::capture::clip_store::ClipEntry;
use crate::skeleton::{Frame, Joints};

/// Whom and what a take shows; each is empty where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakeFacts {
    /// What the take is called: names its file.
    pub name: String,
    /// Where it came from.
    pub dataset: String,
    /// Who performs.
    pub subject: String,
    /// The data set's own words for the action.
    pub label: String,
    /// The action as a phrase.
    pub phrase: String,
    /// The phrase's verb.
    pub verb: String,
    /// The phrase's noun.
    pub noun: String,
}

/// A recorded performance of one action, or of whatever was recorded in one go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Take {
    /// Whom and what it shows.
    pub facts: TakeFacts,
    /// Nominal frames per second.
    pub fps: f32,
    /// All frames in their order, those in which nobody is in view too.
    pub frames: Vec<Frame>,
}

impl Take {
    /// A clip of a store, with its frames.
    pub fn from_clip(entry: &ClipEntry, frames: Vec<Frame>) -> Self {
        Self {
            facts: TakeFacts {
                name: entry.clip.clone(),
                dataset: entry.dataset.clone(),
                subject: entry.subject.clone(),
                label: entry.label.clone(),
                phrase: entry.phrase.clone(),
                verb: entry.verb.clone(),
                noun: entry.noun.clone(),
            },
            fps: entry.fps,
            frames,
        }
    }

    /// The ids of all bodies, in the order in which they come into view.
    pub fn bodies(&self) -> Vec<u64> {
        let mut ids = Vec::new();
        for body in self.frames.iter().flat_map(|frame| &frame.bodies) {
            if !ids.contains(&body.id) {
                ids.push(body.id);
            }
        }
        ids
    }

    /// One body's joints, one value a frame: metres, `None` where it is out of view.
    pub fn track(&self, id: u64) -> Vec<Option<&Joints>> {
        let of = |frame: &'_ Frame| frame.bodies.iter().position(|body| body.id == id);
        self.frames
            .iter()
            .map(|frame| of(frame).map(|index| &frame.bodies[index].joints))
            .collect()
    }
}

/// When the frame of an index is, microseconds, at a rate of `fps` from 0.
pub(super) fn micros_at(index: usize, fps: f32) -> u64 {
    (index as f64 * 1e6 / f64::from(fps)).round() as u64
}
