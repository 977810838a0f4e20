//! The threshold of a gate: chosen on samples that its regression has not seen.

use super::{GateConfig, GateSample};
use crate::align::accuracy::harmonic_mean;
use crate::gate::{Gate, GateProfile};

/// The threshold on P(unseen) with the highest score, and the score.
///
/// In the reference profile the score is the share of samples on the right side, and the first of equal thresholds
/// wins. In ours it is the harmonic mean of both sides' shares of right answers, and the middle one wins, which leaves
/// the most room.
pub fn best_threshold(gate: &Gate, validation: &[GateSample], config: &GateConfig) -> (f32, f64) {
    let answers: Vec<Answer> = validation
        .iter()
        .map(|sample| Answer {
            p_unseen: 1.0 - gate.regression(&sample.seen_logits, &sample.unseen, &sample.likeness),
            seen: sample.is_seen(),
            named_right: sample.is_named_right(),
        })
        .collect();
    let score = |threshold: f32| match config.profile {
        GateProfile::Reference => share(&answers, |answer| answer.is_on_its_side(threshold)),
        GateProfile::Ours => {
            let right = |seen: bool| {
                let side: Vec<Answer> = answers
                    .iter()
                    .filter(|answer| answer.seen == seen)
                    .copied()
                    .collect();
                share(&side, |answer| {
                    answer.is_on_its_side(threshold) && answer.named_right
                })
            };
            harmonic_mean(right(true), right(false))
        }
    };
    let scored: Vec<(f32, f64)> = config
        .thresholds
        .iter()
        .map(|&threshold| (threshold, score(threshold)))
        .collect();
    let highest = scored
        .iter()
        .map(|scored| scored.1)
        .fold(f64::NEG_INFINITY, f64::max);
    let equals: Vec<f32> = scored
        .iter()
        .filter(|scored| scored.1 >= highest)
        .map(|scored| scored.0)
        .collect();
    let place = match config.profile {
        GateProfile::Reference => 0,
        GateProfile::Ours => equals.len() / 2,
    };
    (equals.get(place).copied().unwrap_or(0.5), highest)
}

/// What becomes of a sample at any threshold.
#[derive(Clone, Copy, Debug)]
struct Answer {
    p_unseen: f32,
    seen: bool,
    named_right: bool,
}

impl Answer {
    fn is_on_its_side(self, threshold: f32) -> bool {
        (self.p_unseen > threshold) != self.seen
    }
}

fn share(answers: &[Answer], right: impl Fn(Answer) -> bool) -> f64 {
    let count = answers.iter().filter(|answer| right(**answer)).count();
    count as f64 / answers.len().max(1) as f64
}
