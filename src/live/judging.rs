//! Segments of a recording, named whole: what a matrix of confusions is made of.

use crate::recognizer::Recognizer;
use crate::skeleton::Frame;

/// A segment of a recording, and what is performed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// The phrase that is performed.
    pub label: String,
    /// Its frames.
    pub frames: Vec<Frame>,
}

/// What a segment was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The phrase that is performed.
    pub label: String,
    /// The best of the ranking, or why there is none.
    pub answer: Result<String, String>,
}

/// Names whole segments, as `classify` does; each takes as long as one prediction.
pub(super) fn judge(recognizer: &mut Recognizer, takes: Vec<Take>) -> Vec<Judged> {
    let mut judged = Vec::with_capacity(takes.len());
    for Take { label, frames } in takes {
        let verdict = recognizer.classify_frames(&frames);
        let answer = verdict.map_err(|error| error.to_string());
        let answer = answer.and_then(|verdict| {
            let best = verdict.ranking.first();
            best.map(|best| best.phrase.to_string())
                .ok_or_else(|| "nothing is in play".to_owned())
        });
        judged.push(Judged { label, answer });
    }
    judged
}
