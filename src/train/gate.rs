//! Training the gate: temperature and threshold by grid search on samples set aside (paper, section 2.6).

use super::align::calibration::best_temperature;
use crate::gate::fit::logistic_regression;
use crate::gate::{Gate, GateError, GateProfile};
use rand::SeedableRng as _;
use rand::seq::{SliceRandom as _, index};
use rand_chacha::ChaCha8Rng;

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// A seen class: its place in the seen logits.
    Seen(usize),
    /// An unseen phrase: its place in the unseen probabilities.
    Unseen(usize),
}

/// What both classifiers say of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct GateSample {
    /// The encoder's logits of the seen classes.
    pub seen_logits: Vec<f32>,
    /// The decision's probabilities of the unseen phrases.
    pub unseen: Vec<f32>,
    /// What it is.
    pub truth: Truth,
}

impl GateSample {
    fn is_seen(&self) -> bool {
        matches!(self.truth, Truth::Seen(_))
    }
}

/// How a gate is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct GateConfig {
    /// Whose choices are followed.
    pub profile: GateProfile,
    /// How many probabilities of each side are looked at.
    pub top: usize,
    /// The inverse strength of the penalty, as scikit-learn counts it for a binary regression.
    pub c: f64,
    /// Temperatures of the seen side that are tried.
    pub temperatures: Vec<f32>,
    /// Thresholds that are tried.
    pub thresholds: Vec<f32>,
    /// The share of the samples that temperature and threshold are chosen on.
    pub validation_share: f64,
    /// Shorter lists of phrases that the regression also sees, so that it works for any number of them.
    pub phrase_counts: Vec<usize>,
}

impl GateConfig {
    /// Our choices, for lists of about `top` phrases.
    pub fn ours(top: usize) -> Self {
        Self {
            profile: GateProfile::Ours,
            thresholds: (5..=95).map(|percent| percent as f32 / 100.0).collect(),
            phrase_counts: vec![1, 2, 3, 5, 10],
            ..Self::reference(top)
        }
    }

    /// The released code's: `top` is the number of unseen classes.
    pub fn reference(top: usize) -> Self {
        Self {
            profile: GateProfile::Reference,
            top,
            c: 2.0,
            temperatures: (1..10).map(|temperature| temperature as f32).collect(),
            thresholds: (25..75).map(|percent| percent as f32 / 100.0).collect(),
            validation_share: 0.3,
            phrase_counts: Vec::new(),
        }
    }
}

/// Trains a gate. Samples of seen classes should be ones that the encoder was not trained on, and unseen
/// phrases must be validation phrases: the test phrases have no say in it.
pub fn fit(samples: &[GateSample], config: &GateConfig, seed: u64) -> Result<Gate, GateError> {
    check(samples, config)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut training, mut validation) = (Vec::new(), Vec::new());
    for seen in [false, true] {
        let mut side: Vec<&GateSample> = samples
            .iter()
            .filter(|sample| sample.is_seen() == seen)
            .collect();
        side.shuffle(&mut rng);
        let count = (side.len() as f64 * config.validation_share).round() as usize;
        let count = count.clamp(1, side.len().saturating_sub(1).max(1));
        validation.extend(shortened(&side[..count], &config.phrase_counts, &mut rng));
        training.extend(shortened(&side[count..], &config.phrase_counts, &mut rng));
    }
    let mut best: Option<(f64, Gate)> = None;
    for &temperature in &config.temperatures {
        let mut gate = fit_at(&training, temperature, config)?;
        let (threshold, score) = best_threshold(&gate, &validation, config);
        gate.threshold = threshold;
        if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
            best = Some((score, gate));
        }
    }
    let (_, mut gate) =
        best.ok_or_else(|| GateError::Invalid("no temperature to try".to_owned()))?;
    gate.seen_temperature = honest_temperature(samples);
    gate.check()?;
    Ok(gate)
}

/// The regression at one temperature of the seen side.
pub fn fit_at(
    training: &[GateSample],
    temperature: f32,
    config: &GateConfig,
) -> Result<Gate, GateError> {
    let rows = training
        .iter()
        .map(|sample| Gate::features(&sample.seen_logits, &sample.unseen, config.top, temperature));
    let rows: Vec<Vec<f32>> = rows.collect();
    let targets: Vec<bool> = training.iter().map(GateSample::is_seen).collect();
    let (weights, intercept) = logistic_regression(&rows, &targets, config.c)?;
    Ok(Gate {
        profile: config.profile,
        top: config.top,
        temperature,
        seen_temperature: 1.0,
        threshold: 0.5,
        weights,
        intercept,
    })
}

/// The threshold on P(unseen) with the highest score, and the score.
///
/// In the reference profile the score is the
/// share of samples on the right side, and the first of equal thresholds wins; in ours it is the mean of both
/// sides' shares, so that the larger side has no more say, and the middle one wins, which leaves the most room.
pub fn best_threshold(gate: &Gate, validation: &[GateSample], config: &GateConfig) -> (f32, f64) {
    let answer = |sample: &GateSample| {
        let p_seen = gate.probability(&Gate::features(
            &sample.seen_logits,
            &sample.unseen,
            gate.top,
            gate.temperature,
        ));
        (1.0 - p_seen, sample.is_seen())
    };
    let answers: Vec<(f32, bool)> = validation.iter().map(answer).collect();
    let share = |threshold: f32, side: Option<bool>| {
        let of_side = answers
            .iter()
            .filter(|(_, seen)| side.is_none_or(|side| side == *seen));
        let (right, all) = of_side.fold((0_usize, 0_usize), |(right, all), (p_unseen, seen)| {
            (
                right + usize::from((*p_unseen > threshold) != *seen),
                all + 1,
            )
        });
        right as f64 / all.max(1) as f64
    };
    let score = |threshold: f32| match config.profile {
        GateProfile::Reference => share(threshold, None),
        GateProfile::Ours => 0.5 * (share(threshold, Some(true)) + share(threshold, Some(false))),
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

/// The samples, and each again with shorter lists of phrases: the right one, if there is one, and others at
/// random, their probabilities scaled to sum to 1.
fn shortened(samples: &[&GateSample], counts: &[usize], rng: &mut ChaCha8Rng) -> Vec<GateSample> {
    let mut all: Vec<GateSample> = samples.iter().map(|&sample| sample.clone()).collect();
    for &count in counts {
        for sample in samples.iter().filter(|sample| sample.unseen.len() > count) {
            let mut kept: Vec<usize> = index::sample(rng, sample.unseen.len(), count).into_vec();
            if let Truth::Unseen(truth) = sample.truth
                && !kept.contains(&truth)
            {
                kept[0] = truth;
            }
            let mut unseen: Vec<f32> = kept.iter().map(|&phrase| sample.unseen[phrase]).collect();
            let sum = unseen.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            for p in &mut unseen {
                *p /= sum;
            }
            all.push(GateSample {
                unseen,
                ..(*sample).clone()
            });
        }
    }
    all
}

/// The temperature that makes the seen side's own probabilities honest.
fn honest_temperature(samples: &[GateSample]) -> f32 {
    let seen = samples.iter().filter_map(|sample| match sample.truth {
        Truth::Seen(class) => Some((sample.seen_logits.clone(), class)),
        Truth::Unseen(_) => None,
    });
    let (logits, classes): (Vec<_>, Vec<_>) = seen.unzip();
    best_temperature(&logits, &classes)
}

fn check(samples: &[GateSample], config: &GateConfig) -> Result<(), GateError> {
    let invalid = |reason: String| Err(GateError::Invalid(reason));
    if config.top == 0
        || config.temperatures.is_empty()
        || config.thresholds.is_empty()
        || config.phrase_counts.contains(&0)
    {
        return invalid(
            "top, temperatures, thresholds and phrase counts must not be empty or 0".to_owned(),
        );
    }
    for (i, sample) in samples.iter().enumerate() {
        let (what, place, size) = match sample.truth {
            Truth::Seen(place) => ("seen class", place, sample.seen_logits.len()),
            Truth::Unseen(place) => ("unseen phrase", place, sample.unseen.len()),
        };
        if place >= size {
            return invalid(format!(
                "sample {i} is of {what} {place}, but there are {size}"
            ));
        }
        if !sample
            .seen_logits
            .iter()
            .chain(&sample.unseen)
            .all(|x| x.is_finite())
        {
            return invalid(format!(
                "sample {i} has a value that is not a finite number"
            ));
        }
    }
    for (seen, name) in [(true, "seen"), (false, "unseen")] {
        let count = samples
            .iter()
            .filter(|sample| sample.is_seen() == seen)
            .count();
        if count < 2 {
            return invalid(format!("{count} {name} samples; at least two are needed"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{GateConfig, GateSample, Truth, fit};
    use crate::gate::GateMode;

    /// The true side is sure, the other one is not.
    fn samples() -> Vec<GateSample> {
        let sample = |i: usize| {
            let wobble = (i % 7) as f32 * 0.02;
            if i.is_multiple_of(2) {
                GateSample {
                    seen_logits: vec![6.0 - wobble, 0.0, 1.0],
                    unseen: vec![0.3 + wobble, 0.3 - wobble, 0.2, 0.2],
                    truth: Truth::Seen(0),
                }
            } else {
                GateSample {
                    seen_logits: vec![1.0, 1.0 + wobble, 1.0],
                    unseen: vec![0.03, 0.9 - wobble, 0.04 + wobble, 0.03],
                    truth: Truth::Unseen(1),
                }
            }
        };
        (0..60).map(sample).collect()
    }

    #[test]
    fn learns_which_side_is_sure_for_lists_of_any_length() {
        let gate = fit(&samples(), &GateConfig::ours(3), 1).unwrap();
        for sample in samples() {
            for length in [4, 3, 2] {
                let unseen = &sample.unseen[..length];
                let sum: f32 = unseen.iter().sum();
                let unseen: Vec<f32> = unseen.iter().map(|p| p / sum).collect();
                let joined = gate.join(GateMode::Hard, &sample.seen_logits, &unseen);
                let seen = joined.seen.iter().sum::<f32>() > 0.5;
                assert_eq!(
                    seen,
                    matches!(sample.truth, Truth::Seen(_)),
                    "{sample:?} {joined:?}"
                );
            }
        }
    }

    #[test]
    fn refuses_samples_that_make_no_gate() {
        let config = GateConfig::ours(3);
        let one_sided: Vec<_> = samples()
            .into_iter()
            .filter(|s| matches!(s.truth, Truth::Seen(_)))
            .collect();
        assert!(
            fit(&one_sided, &config, 1)
                .unwrap_err()
                .to_string()
                .contains("0 unseen samples")
        );
        let mut outside = samples();
        outside[3].truth = Truth::Unseen(9);
        assert!(
            fit(&outside, &config, 1)
                .unwrap_err()
                .to_string()
                .contains("sample 3 is of unseen phrase 9")
        );
        let mut damaged = samples();
        damaged[5].unseen[0] = f32::NAN;
        assert!(
            fit(&damaged, &config, 1)
                .unwrap_err()
                .to_string()
                .contains("sample 5")
        );
        assert!(fit(&samples(), &GateConfig::ours(0), 1).is_err());
    }
}
