//! Seen or unseen: a calibrated logistic regression on what both sides say (paper, section 2.5).

mod file;
pub mod fit;
pub mod likeness;

use self::likeness::Likeness;
use crate::align::decision::softmax;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How the gate joins both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GateMode {
    /// One side wins whole.
    #[default]
    Hard,
    /// Equation 5 with probabilities.
    Soft,
    /// No gate: unseen phrases only.
    Off,
}

/// What the regression looks at, and how the threshold is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateProfile {
    /// Cosines and logits, which no list's length changes. Unseen where P(unseen) is above the threshold: as it was
    /// chosen in training.
    #[default]
    Ours,
    /// Each side's highest probabilities. Seen where P(seen) is above the threshold: the released code's evaluation,
    /// the inverse of its training.
    Reference,
}

/// What can go wrong with a gate.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that holds no gate.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Values that make no gate.
    #[error("gate: {0}")]
    Invalid(String),
    /// The regression found no solution.
    #[error("gate: logistic regression failed: {0}")]
    Fit(#[from] linfa_logistic::error::Error),
}

/// The trained gate: a binary logistic regression.
///
/// The number of phrases changes while the program runs, the regression's inputs may not. Ours looks at a
/// [`Likeness`] and at the seen logits, seven numbers whatever the list. In the reference profile each side gives its
/// `top` highest probabilities, filled up with zeros where it has fewer; `top` is set in training (the paper takes the
/// number of unseen classes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What it looks at, and how the threshold is read.
    #[serde(default)]
    pub profile: GateProfile,
    /// In the reference profile: how many probabilities of each side are looked at. Otherwise 0.
    #[serde(default)]
    pub top: usize,
    /// In our profile: [`likeness::INPUTS`], so that a gate made for others is noticed. Otherwise empty.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Divides the seen logits before their softmax, as the regression sees them.
    pub temperature: f32,
    /// Divides the seen logits before their softmax, in the answer: makes their probabilities honest.
    pub seen_temperature: f32,
    /// The limit of P(unseen), or of P(seen) in the reference profile.
    pub threshold: f32,
    /// Of the log odds of seen, one per input; in the reference profile first for the unseen side's probabilities,
    /// then for the seen side's.
    pub weights: Vec<f32>,
    /// Of the log odds of seen.
    pub intercept: f32,
}

/// Both sides' probabilities after the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The gate's probability that the action is a seen class.
    pub p_seen: f32,
    /// Of the seen classes.
    pub seen: Vec<f32>,
    /// Of the unseen phrases. Both lists together sum to 1, unless both are empty.
    pub unseen: Vec<f32>,
}

impl Gate {
    /// What the reference profile's regression sees: the unseen side's highest probabilities, then the seen side's,
    /// each in descending order and filled up with zeros, `[2 top]`.
    pub fn features(seen_logits: &[f32], unseen: &[f32], top: usize, temperature: f32) -> Vec<f32> {
        let mut features = highest(unseen, top);
        features.extend(highest(&softmax(seen_logits, temperature), top));
        features
    }

    /// The probability that the action is a seen class: certain where the other side has no phrases.
    pub fn p_seen(&self, seen_logits: &[f32], unseen: &[f32], likeness: &Likeness) -> f32 {
        if unseen.is_empty() {
            return 1.0;
        }
        if seen_logits.is_empty() || seen_logits.iter().chain(unseen).any(|x| !x.is_finite()) {
            return 0.0;
        }
        self.regression(seen_logits, unseen, likeness)
    }

    /// The regression's probability of seen, for what both sides say of a clip.
    pub fn regression(&self, seen_logits: &[f32], unseen: &[f32], likeness: &Likeness) -> f32 {
        match self.profile {
            GateProfile::Ours => self.probability(&likeness.inputs(seen_logits, self.temperature)),
            GateProfile::Reference => self.probability(&Self::features(
                seen_logits,
                unseen,
                self.top,
                self.temperature,
            )),
        }
    }

    /// The regression's probability of seen.
    pub fn probability(&self, features: &[f32]) -> f32 {
        let products = self.weights.iter().zip(features);
        let log_odds = products.fold(f64::from(self.intercept), |sum, (w, x)| {
            sum + f64::from(*w) * f64::from(*x)
        });
        (1.0 / (1.0 + (-log_odds).exp())) as f32
    }

    /// The hard decision.
    pub fn is_seen(&self, p_seen: f32) -> bool {
        match self.profile {
            GateProfile::Ours => 1.0 - p_seen <= self.threshold,
            GateProfile::Reference => p_seen > self.threshold,
        }
    }

    /// Joins both sides into one distribution. A side without classes leaves everything to the other.
    pub fn join(
        &self,
        mode: GateMode,
        seen_logits: &[f32],
        unseen: &[f32],
        likeness: &Likeness,
    ) -> Joined {
        let p_seen = self.p_seen(seen_logits, unseen, likeness);
        let honest = softmax(seen_logits, self.seen_temperature);
        let (seen_side, unseen_side) = match mode {
            _ if unseen.is_empty() => (honest, Vec::new()),
            _ if seen_logits.is_empty() => (Vec::new(), unseen.to_vec()),
            GateMode::Hard if self.is_seen(p_seen) => (honest, vec![0.0; unseen.len()]),
            GateMode::Hard | GateMode::Off => (vec![0.0; honest.len()], unseen.to_vec()),
            GateMode::Soft => {
                // The released code softens the seen side as for the regression; with dozens of seen classes
                // that leaves nothing of its best answer.
                let scaled = match self.profile {
                    GateProfile::Ours => honest,
                    GateProfile::Reference => softmax(seen_logits, self.temperature),
                };
                normalised(soft(&scaled, p_seen), soft(unseen, 1.0 - p_seen))
            }
        };
        Joined {
            p_seen,
            seen: seen_side,
            unseen: unseen_side,
        }
    }
}

/// One side of equation 5 as the released code has it: `(P(y | side) + (1 - P(side)) / C) * P(side)`.
pub fn soft(side: &[f32], p_side: f32) -> Vec<f32> {
    let smooth = (1.0 - p_side) / side.len().max(1) as f32;
    side.iter().map(|p| (p + smooth) * p_side).collect()
}

fn normalised(mut seen: Vec<f32>, mut unseen: Vec<f32>) -> (Vec<f32>, Vec<f32>) {
    let sum: f32 = seen.iter().chain(&unseen).sum();
    if sum > 0.0 {
        seen.iter_mut().chain(&mut unseen).for_each(|p| *p /= sum);
    }
    (seen, unseen)
}

/// The `top` highest values in descending order, filled up with zeros.
fn highest(values: &[f32], top: usize) -> Vec<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.resize(top, 0.0);
    sorted
}

#[cfg(test)]
mod tests {
    use super::likeness::{INPUTS, Likeness};
    use super::{Gate, GateMode, GateProfile};
    use crate::align::Nearness;

    /// Looks at the highest probabilities of both sides.
    pub(super) fn reference() -> Gate {
        Gate {
            profile: GateProfile::Reference,
            top: 2,
            inputs: Vec::new(),
            temperature: 1.0,
            seen_temperature: 1.0,
            threshold: 0.5,
            weights: vec![-4.0, 0.0, 4.0, 0.0],
            intercept: 0.0,
        }
    }

    /// Looks at the cosines to the nearest phrase and the nearest seen class.
    pub(super) fn ours() -> Gate {
        Gate {
            profile: GateProfile::Ours,
            top: 0,
            inputs: INPUTS.map(str::to_owned).to_vec(),
            weights: vec![-9.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0],
            ..reference()
        }
    }

    fn like(phrase: f32, seen: f32) -> Likeness {
        let near = |whole| Nearness {
            whole,
            motion: whole,
        };
        Likeness::of([near(phrase)], [near(seen)], Some(near(seen)))
    }

    #[test]
    fn lists_of_any_length_have_features() {
        assert_eq!(
            Gate::features(&[0.0, 0.0], &[1.0], 3, 1.0),
            [1.0, 0.0, 0.0, 0.5, 0.5, 0.0]
        );
        assert_eq!(
            Gate::features(&[9.0], &[0.1, 0.6, 0.0, 0.3], 2, 1.0),
            [0.6, 0.3, 1.0, 0.0]
        );
    }

    #[test]
    fn the_surer_side_wins_and_sums_are_one() {
        for gate in [ours(), reference()] {
            for mode in [GateMode::Hard, GateMode::Soft, GateMode::Off] {
                let joined = gate.join(mode, &[5.0, 0.0, 0.0], &[0.4, 0.6], &like(0.2, 0.8));
                assert!(joined.p_seen > 0.5);
                let sum: f32 = joined.seen.iter().chain(&joined.unseen).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{mode:?}");
                assert_eq!(
                    joined.seen.iter().sum::<f32>() > 0.5,
                    mode != GateMode::Off,
                    "{mode:?}"
                );
            }
        }
    }

    #[test]
    fn our_gate_does_not_see_how_sure_the_phrases_are_among_themselves() {
        let logits = [5.0, 0.0, 0.0];
        let alone = ours().p_seen(&logits, &[1.0], &like(0.2, 0.8));
        let among_many = ours().p_seen(&logits, &[0.01; 100], &like(0.2, 0.8));
        assert_eq!(alone, among_many);
        assert!(ours().p_seen(&logits, &[1.0], &like(0.8, 0.2)) < 0.5);
        assert_ne!(
            reference().p_seen(&logits, &[1.0], &like(0.2, 0.8)),
            reference().p_seen(&logits, &[0.01; 100], &like(0.2, 0.8))
        );
    }

    #[test]
    fn an_empty_side_leaves_all_to_the_other() {
        let like = like(0.5, 0.5);
        for mode in [GateMode::Hard, GateMode::Soft, GateMode::Off] {
            let gate = ours();
            assert_eq!(gate.join(mode, &[1.0, 1.0], &[], &like).seen, [0.5, 0.5]);
            assert_eq!(gate.join(mode, &[], &[0.2, 0.8], &like).unseen, [0.2, 0.8]);
            assert_eq!(gate.join(mode, &[], &[], &like).unseen, [0.0; 0]);
        }
        assert_eq!(ours().p_seen(&[1.0], &[], &like), 1.0);
        assert_eq!(ours().p_seen(&[], &[1.0], &like), 0.0);
    }

    #[test]
    fn the_reference_profile_reads_the_threshold_the_other_way() {
        let [ours, reference] = [ours(), reference()].map(|gate| Gate {
            threshold: 0.3,
            ..gate
        });
        assert!(!ours.is_seen(0.6) && reference.is_seen(0.6));
    }
}
