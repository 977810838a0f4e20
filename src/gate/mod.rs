//! Seen or unseen: a calibrated logistic regression on the two classifiers' confidences (paper, section 2.5).

pub mod fit;

use crate::align::decision::softmax;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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

/// How the threshold is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateProfile {
    /// Unseen where P(unseen) is above the threshold: as it was chosen in training.
    #[default]
    Ours,
    /// Seen where P(seen) is above the threshold: the released code's evaluation, the inverse of its training.
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

/// The trained gate: a binary logistic regression on the `top` highest probabilities of each side.
///
/// The number of phrases changes while the program runs, the regression's inputs may not: each side gives its
/// `top` highest probabilities, filled up with zeros where it has fewer. So a list of three phrases looks like
/// a longer list whose other phrases are ruled out, and of a longer list only the highest count. `top` is set in
/// training (the paper takes the number of unseen classes), and training shows our gate lists of several lengths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// How the threshold is read.
    #[serde(default)]
    pub profile: GateProfile,
    /// How many probabilities of each side are looked at.
    pub top: usize,
    /// Divides the seen logits before their softmax, as the regression sees them.
    pub temperature: f32,
    /// Divides the seen logits before their softmax, in the answer: makes their probabilities honest.
    pub seen_temperature: f32,
    /// The limit of P(unseen), or of P(seen) in the reference profile.
    pub threshold: f32,
    /// Of the log odds of seen: first for the unseen side's probabilities, then for the seen side's.
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
    /// What the regression sees: the unseen side's highest probabilities, then the seen side's, each in
    /// descending order and filled up with zeros, `[2 top]`.
    pub fn features(seen_logits: &[f32], unseen: &[f32], top: usize, temperature: f32) -> Vec<f32> {
        let mut features = highest(unseen, top);
        features.extend(highest(&softmax(seen_logits, temperature), top));
        features
    }

    /// The probability that the action is a seen class: certain where the other side has no phrases.
    pub fn p_seen(&self, seen_logits: &[f32], unseen: &[f32]) -> f32 {
        if unseen.is_empty() {
            return 1.0;
        }
        if seen_logits.is_empty() || seen_logits.iter().chain(unseen).any(|x| !x.is_finite()) {
            return 0.0;
        }
        self.probability(&Self::features(
            seen_logits,
            unseen,
            self.top,
            self.temperature,
        ))
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
    pub fn join(&self, mode: GateMode, seen_logits: &[f32], unseen: &[f32]) -> Joined {
        let p_seen = self.p_seen(seen_logits, unseen);
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

    /// Reads a gate from a TOML file.
    pub fn load(path: &Path) -> Result<Self, GateError> {
        let text = std::fs::read_to_string(path).map_err(|source| GateError::File {
            path: path.to_owned(),
            source,
        })?;
        let wrong = |reason: String| GateError::Format {
            path: path.to_owned(),
            reason,
        };
        let gate: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        gate.check().map_err(|error| wrong(error.to_string()))?;
        Ok(gate)
    }

    /// Writes the gate to a TOML file, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), GateError> {
        self.check()?;
        let text = toml::to_string(self).map_err(|error| GateError::Invalid(error.to_string()))?;
        let beside = path.with_extension("toml.part");
        let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|source| GateError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Refuses values that make no gate.
    pub fn check(&self) -> Result<(), GateError> {
        let invalid = |reason: String| Err(GateError::Invalid(reason));
        if self.top == 0 || self.weights.len() != 2 * self.top {
            return invalid(format!(
                "{} weights for top = {}, expected two for each",
                self.weights.len(),
                self.top
            ));
        }
        let positive = |x: f32| x.is_finite() && x > 0.0;
        if !positive(self.temperature) || !positive(self.seen_temperature) {
            let found = (self.temperature, self.seen_temperature);
            return invalid(format!(
                "temperatures must be above 0, found {} and {}",
                found.0, found.1
            ));
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            return invalid(format!(
                "threshold {} is not between 0 and 1",
                self.threshold
            ));
        }
        if !self
            .weights
            .iter()
            .chain([&self.intercept])
            .all(|x| x.is_finite())
        {
            return invalid("a weight is not a finite number".to_owned());
        }
        Ok(())
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
    use super::{Gate, GateMode, GateProfile};

    fn gate() -> Gate {
        Gate {
            profile: GateProfile::Ours,
            top: 2,
            temperature: 1.0,
            seen_temperature: 1.0,
            threshold: 0.5,
            weights: vec![-4.0, 0.0, 4.0, 0.0],
            intercept: 0.0,
        }
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
        for mode in [GateMode::Hard, GateMode::Soft, GateMode::Off] {
            let joined = gate().join(mode, &[5.0, 0.0, 0.0], &[0.4, 0.6]);
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

    #[test]
    fn an_empty_side_leaves_all_to_the_other() {
        for mode in [GateMode::Hard, GateMode::Soft, GateMode::Off] {
            assert_eq!(gate().join(mode, &[1.0, 1.0], &[]).seen, [0.5, 0.5]);
            assert_eq!(gate().join(mode, &[], &[0.2, 0.8]).unseen, [0.2, 0.8]);
            assert_eq!(gate().join(mode, &[], &[]).unseen, [0.0; 0]);
        }
        assert_eq!(gate().p_seen(&[1.0], &[]), 1.0);
        assert_eq!(gate().p_seen(&[], &[1.0]), 0.0);
    }

    #[test]
    fn the_reference_profile_reads_the_threshold_the_other_way() {
        let ours = Gate {
            threshold: 0.3,
            ..gate()
        };
        let reference = Gate {
            profile: GateProfile::Reference,
            ..ours.clone()
        };
        assert!(!ours.is_seen(0.6) && reference.is_seen(0.6));
    }

    #[test]
    fn survives_its_file_and_refuses_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.toml");
        gate().save(&path).unwrap();
        assert_eq!(Gate::load(&path).unwrap(), gate());
        let text = std::fs::read_to_string(&path).unwrap();
        let damaged = [
            ("top = 2", "top = 3"),
            ("temperature = 1.0", "temperature = nan"),
            ("threshold = 0.5", "threshold = 1.5"),
            ("intercept = 0.0", ""),
            ("weights", "waits"),
        ];
        for (from, to) in damaged {
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = Gate::load(&path).unwrap_err().to_string();
            assert!(error.contains("gate.toml"), "{error}");
        }
        assert!(Gate::load(&folder.path().join("none.toml")).is_err());
    }
}
