//! Joins the seen classes and the phrases into one ranking.

use super::Ranked;
use super::decisions::PhraseDecision;
use crate::encoder::Encoding;
use crate::gate::{Gate, GateMode};
use crate::phrases::list;
use std::sync::Arc;

/// One clip's ranking, and what the gate says.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Best first; the probabilities sum to 1 unless there is nothing to choose from.
    pub ranking: Vec<Ranked>,
    /// The gate's probability that the action is a seen class; 1 where no phrase is in play.
    pub p_seen: f32,
    /// The motion attributes that the model sees in the performer, 0 to 1; empty where it cannot tell.
    pub motion: Vec<f32>,
}

/// Everything that a ranking is made with.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) seen: Vec<Arc<str>>,
    pub(super) gate: Gate,
    pub(super) mode: GateMode,
    pub(super) decision: Option<PhraseDecision>,
}

impl Judge {
    /// Ranks what one clip may be.
    ///
    /// With the gate, a phrase that is itself a seen class stands on the seen side only. Without it, all phrases of
    /// the list stand against each other, whether seen or not.
    pub(super) fn judge(&self, encoding: &Encoding) -> Verdict {
        let (phrases, probabilities, motion) = match &self.decision {
            Some(known) => (
                known.phrases.as_slice(),
                known.decision.probabilities(&encoding.feature),
                known.decision.decoded_motion(&encoding.feature),
            ),
            None => (&[][..], Vec::new(), Vec::new()),
        };
        let is_seen: Vec<bool> = phrases.iter().map(|phrase| self.is_seen(phrase)).collect();
        let (new, new_probabilities) = unseen_side(phrases, &probabilities, &is_seen);
        let joined = self.gate.join(self.mode, &encoding.seen_logits, &new_probabilities);
        let mut ranking: Vec<Ranked> = if self.mode == GateMode::Off {
            let lines = phrases.iter().zip(&probabilities).zip(&is_seen);
            lines
                .map(|((phrase, &probability), &seen)| ranked(phrase, probability, seen))
                .collect()
        } else {
            let seen = self.seen.iter().zip(joined.seen);
            let seen = seen.map(|(class, probability)| ranked(class, probability, true));
            let unseen = new.iter().zip(joined.unseen);
            let unseen = unseen.map(|(phrase, probability)| ranked(phrase, probability, false));
            seen.chain(unseen).collect()
        };
        super::sort(&mut ranking);
        Verdict {
            ranking,
            p_seen: joined.p_seen,
            motion,
        }
    }

    fn is_seen(&self, phrase: &str) -> bool {
        let key = list::key(phrase);
        self.seen.iter().any(|class| list::key(class) == key)
    }
}

/// The phrases that are no seen class, and their probabilities among themselves.
fn unseen_side(
    phrases: &[Arc<str>],
    probabilities: &[f32],
    is_seen: &[bool],
) -> (Vec<Arc<str>>, Vec<f32>) {
    let (new, mut chances): (Vec<_>, Vec<_>) = phrases
        .iter()
        .zip(probabilities)
        .zip(is_seen)
        .filter(|(_, seen)| !**seen)
        .map(|((phrase, &probability), _)| (Arc::clone(phrase), probability))
        .unzip();
    let sum: f32 = chances.iter().sum();
    let count = chances.len().max(1) as f32;
    for chance in &mut chances {
        // Where all certainty lies with seen phrases, nothing is known among the others.
        *chance = if sum > f32::MIN_POSITIVE { *chance / sum } else { 1.0 / count };
    }
    (new, chances)
}

fn ranked(phrase: &Arc<str>, probability: f32, seen: bool) -> Ranked {
    Ranked {
        phrase: Arc::clone(phrase),
        probability,
        seen,
    }
}
