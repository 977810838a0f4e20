//! Joins the seen classes and the phrases into one ranking.

use super::Ranked;
use super::decisions::{DecidedPhrase, PhraseDecision};
use crate::align::accuracy::highest;
use crate::align::{Decision, Reading};
use crate::encoder::Encoding;
use crate::gate::likeness::Likeness;
use crate::gate::{Gate, GateMode};
use crate::phrases::folded;
use std::collections::HashSet;
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
    /// The performer's latent means; empty where no phrase is in play.
    pub latent: Vec<f32>,
}

/// Everything that a ranking is made with.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    pub(super) seen: Vec<Arc<str>>,
    pub(super) gate: Gate,
    pub(super) mode: GateMode,
    /// The phrases in play; `None` until there are any.
    pub(super) known: Option<Arc<Known>>,
}

/// A decision, what its phrases are called, and which of them are seen classes.
#[derive(Debug)]
pub(super) struct Known {
    /// Scores the phrases.
    decision: Decision,
    /// Scores the seen classes.
    seen: Decision,
    labels: Vec<Arc<str>>,
    is_seen: Vec<bool>,
}

impl Known {
    /// What the alignment says of a clip: of the phrases that are no seen class, and of the seen classes.
    fn likeness(&self, encoding: &Encoding, reading: &Reading) -> Likeness {
        let new = reading.nearness.iter().zip(&self.is_seen);
        let new = new
            .filter(|(_, seen)| !**seen)
            .map(|(nearness, _)| *nearness);
        // Both decisions are one model's: the latent is the same.
        let seen = self.seen.nearness_at(&reading.latent);
        let named = seen.get(highest(&encoding.seen_logits)).copied();
        Likeness::of(new, seen, named)
    }
}

impl Judge {
    /// Uses another decision from now on.
    ///
    /// A phrase is a seen class only where it was typed bare: with a description or fields of the user's own it asks for
    /// a movement that the class need not have.
    pub(super) fn set_decision(&mut self, decision: PhraseDecision) {
        let PhraseDecision {
            phrases,
            decision,
            seen,
            ..
        } = decision;
        let classes: HashSet<String> = self.seen.iter().map(|class| folded(class)).collect();
        let is_seen =
            |phrase: &DecidedPhrase| phrase.is_bare && classes.contains(&folded(&phrase.text));
        let mut texts = HashSet::new();
        let mut shared = classes.clone();
        shared.extend(
            phrases
                .iter()
                .map(|phrase| folded(&phrase.text))
                .filter(|text| !texts.insert(text.clone())),
        );
        self.known = Some(Arc::new(Known {
            labels: phrases.iter().map(|phrase| phrase.label(&shared)).collect(),
            is_seen: phrases.iter().map(is_seen).collect(),
            decision,
            seen,
        }));
    }

    /// Ranks what one clip may be.
    ///
    /// With the gate, a phrase that is itself a seen class stands on the seen side only. Without it, all phrases of
    /// the list stand against each other, whether seen or not.
    pub(super) fn judge(&self, encoding: &Encoding) -> Verdict {
        let known = self.known.as_ref();
        let reading = known.map_or_else(Reading::default, |known| {
            known.decision.read(&encoding.feature)
        });
        let (phrases, is_seen) = known.map_or((&[][..], &[][..]), |known| {
            (known.labels.as_slice(), known.is_seen.as_slice())
        });
        let probabilities = &reading.probabilities;
        let (new, new_probabilities) = unseen_side(phrases, probabilities, is_seen);
        let likeness = known.map(|known| known.likeness(encoding, &reading));
        let joined = self.gate.join(
            self.mode,
            &encoding.seen_logits,
            &new_probabilities,
            &likeness.unwrap_or_default(),
        );
        let mut ranking: Vec<Ranked> = if self.mode == GateMode::Off {
            let lines = phrases.iter().zip(probabilities).zip(is_seen);
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
            motion: reading.motion,
            latent: reading.latent,
        }
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
        *chance = if sum > f32::MIN_POSITIVE {
            *chance / sum
        } else {
            1.0 / count
        };
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
