//! Training the gate: temperature and threshold by grid search on samples set aside (paper, section 2.6).

pub mod distractors;
pub mod stand_ins;
mod threshold;

pub use self::threshold::best_threshold;

use super::align::calibration::best_temperature;
use crate::align::accuracy::highest;
use crate::align::standard::Standard;
use crate::gate::fit::logistic_regression;
use crate::gate::likeness::{INPUTS, Likeness};
use crate::gate::{Gate, GateError, GateProfile};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

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
    /// How near the clip is to phrases and seen classes.
    pub likeness: Likeness,
    /// What it is.
    pub truth: Truth,
    /// Which clip it is of: all samples of a clip, which differ in the phrases that are typed, go together to training
    /// or to validation.
    pub clip: usize,
}

impl GateSample {
    fn is_seen(&self) -> bool {
        matches!(self.truth, Truth::Seen(_))
    }

    /// Whether the answer is right if the gate chooses the true side.
    fn is_named_right(&self) -> bool {
        match self.truth {
            Truth::Seen(class) => highest(&self.seen_logits) == class,
            Truth::Unseen(phrase) => highest(&self.unseen) == phrase,
        }
    }
}

/// How a gate is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct GateConfig {
    /// Whose choices are followed.
    pub profile: GateProfile,
    /// In the reference profile: how many probabilities of each side are looked at.
    pub top: usize,
    /// The inverse strength of the penalty, as scikit-learn counts it for a binary regression.
    pub c: f64,
    /// Temperatures of the seen side that are tried.
    pub temperatures: Vec<f32>,
    /// Thresholds that are tried.
    pub thresholds: Vec<f32>,
    /// The share of the samples that temperature and threshold are chosen on.
    pub validation_share: f64,
}

impl GateConfig {
    /// Our choices.
    pub fn ours() -> Self {
        Self {
            profile: GateProfile::Ours,
            thresholds: (5..=95).map(|percent| percent as f32 / 100.0).collect(),
            ..Self::reference(0)
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
        let chosen = chosen_clips(samples, seen, config.validation_share, &mut rng);
        let side = samples.iter().filter(|sample| sample.is_seen() == seen);
        let (judges, teachers): (Vec<_>, Vec<_>) = side
            .cloned()
            .partition(|sample| chosen.contains(&sample.clip));
        validation.extend(judges);
        training.push(teachers);
    }
    let training = match config.profile {
        GateProfile::Ours => balanced(&training),
        GateProfile::Reference => training.concat(),
    };
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

/// The clips of one side that temperature and threshold are chosen on.
fn chosen_clips(
    samples: &[GateSample],
    seen: bool,
    share: f64,
    rng: &mut ChaCha8Rng,
) -> BTreeSet<usize> {
    let side = samples.iter().filter(|sample| sample.is_seen() == seen);
    let distinct: BTreeSet<usize> = side.map(|sample| sample.clip).collect();
    let mut clips: Vec<usize> = distinct.into_iter().collect();
    clips.shuffle(rng);
    let count = (clips.len() as f64 * share).round() as usize;
    clips.truncate(count.clamp(1, clips.len().saturating_sub(1).max(1)));
    clips.into_iter().collect()
}

/// Both sides with as many samples as the larger one, the smaller one's taken again and again: how many clips there
/// are of either says nothing about what people will do.
fn balanced(sides: &[Vec<GateSample>]) -> Vec<GateSample> {
    let most = sides.iter().map(Vec::len).max().unwrap_or_default();
    let sides = sides.iter().map(|side| side.iter().cycle().take(most));
    sides.flatten().cloned().collect()
}

/// The regression at one temperature of the seen side.
pub fn fit_at(
    training: &[GateSample],
    temperature: f32,
    config: &GateConfig,
) -> Result<Gate, GateError> {
    let inputs = |sample: &GateSample| match config.profile {
        GateProfile::Ours => sample
            .likeness
            .inputs(&sample.seen_logits, temperature)
            .to_vec(),
        GateProfile::Reference => {
            Gate::features(&sample.seen_logits, &sample.unseen, config.top, temperature)
        }
    };
    let rows: Vec<Vec<f32>> = training.iter().map(inputs).collect();
    let targets: Vec<bool> = training.iter().map(GateSample::is_seen).collect();
    let (weights, intercept) = match config.profile {
        GateProfile::Ours => standardised_regression(&rows, &targets, config.c)?,
        GateProfile::Reference => logistic_regression(&rows, &targets, config.c)?,
    };
    Ok(Gate {
        profile: config.profile,
        top: config.top,
        inputs: match config.profile {
            GateProfile::Ours => INPUTS.map(str::to_owned).to_vec(),
            GateProfile::Reference => Vec::new(),
        },
        temperature,
        seen_temperature: 1.0,
        threshold: 0.5,
        weights,
        intercept,
    })
}

/// A regression on inputs of zero mean and unit variance, so that the penalty treats cosines and logits alike; given
/// as weights of the inputs as they are.
fn standardised_regression(
    rows: &[Vec<f32>],
    targets: &[bool],
    c: f64,
) -> Result<(Vec<f32>, f32), GateError> {
    let all: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let standard = Standard::z_score(&all);
    let rows: Vec<Vec<f32>> = rows.iter().map(|row| standard.apply(row)).collect();
    let (mut weights, mut intercept) = logistic_regression(&rows, targets, c)?;
    let columns = standard.mean.iter().zip(&standard.scale);
    for (weight, (mean, scale)) in weights.iter_mut().zip(columns) {
        *weight /= scale;
        intercept -= *weight * mean;
    }
    Ok((weights, intercept))
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
    let needs_top = config.profile == GateProfile::Reference;
    if (needs_top && config.top == 0)
        || config.temperatures.is_empty()
        || config.thresholds.is_empty()
    {
        return invalid("top, temperatures and thresholds must not be empty or 0".to_owned());
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
    use super::{GateConfig, GateSample, Truth, best_threshold, fit};
    use crate::align::Nearness;
    use crate::align::accuracy::harmonic_mean;
    use crate::gate::likeness::Likeness;
    use crate::gate::{Gate, GateMode};

    fn near(whole: f32) -> Nearness {
        Nearness {
            whole,
            motion: whole,
        }
    }

    /// Clips of seen classes lie near their class and in the middle of any phrases, which all the same may be sure
    /// among themselves; clips of phrases lie near their phrase.
    fn samples() -> Vec<GateSample> {
        let sample = |clip: usize| {
            let wobble = (clip % 7) as f32 * 0.02;
            let seen = clip.is_multiple_of(2);
            let own = near(0.8 - wobble);
            let other = near(0.4 + wobble);
            let (phrase, class) = if seen { (other, own) } else { (own, other) };
            GateSample {
                seen_logits: if seen {
                    vec![6.0 - wobble, 0.0, 1.0]
                } else {
                    vec![1.0, 2.0 + wobble, 1.0]
                },
                unseen: vec![0.03, 0.9 - wobble, 0.04 + wobble, 0.03],
                likeness: Likeness::of([phrase], [class], Some(class)),
                truth: if seen {
                    Truth::Seen(0)
                } else {
                    Truth::Unseen(1)
                },
                clip,
            }
        };
        (0..60).map(sample).collect()
    }

    fn stays_seen(gate: &Gate, sample: &GateSample, unseen: &[f32], likeness: &Likeness) -> bool {
        let joined = gate.join(GateMode::Hard, &sample.seen_logits, unseen, likeness);
        joined.seen.iter().sum::<f32>() > 0.5
    }

    #[test]
    fn learns_which_side_is_near_and_absurd_phrases_take_nothing_from_it() {
        let gate = fit(&samples(), &GateConfig::ours(), 1).unwrap();
        for sample in samples() {
            let seen = matches!(sample.truth, Truth::Seen(_));
            let alone = stays_seen(&gate, &sample, &[1.0], &sample.likeness);
            assert_eq!(alone, seen, "{sample:?}");
            // A hundred more phrases, none of them nearer; one looks sure among the others.
            let mut unseen = vec![0.001; 100];
            unseen.push(0.9);
            let mut phrases = vec![near(0.3); 100];
            phrases.push(sample.likeness.phrase);
            let Likeness { seen: class, .. } = sample.likeness;
            let crowded = Likeness::of(phrases, [class], Some(class));
            assert_eq!(stays_seen(&gate, &sample, &unseen, &crowded), alone);
        }
    }

    #[test]
    fn the_threshold_serves_the_final_answer_not_only_the_side() {
        let gate = fit(&samples(), &GateConfig::ours(), 1).unwrap();
        let score = |samples: &[GateSample]| best_threshold(&gate, samples, &GateConfig::ours()).1;
        assert_eq!(score(&samples()), 1.0);
        // The sides stay as clear, but every other phrase is mistaken for another one.
        let mut mistaken = samples();
        for sample in &mut mistaken {
            if sample.clip % 4 == 1 {
                sample.truth = Truth::Unseen(2);
            }
        }
        assert!((score(&mistaken) - harmonic_mean(1.0, 0.5)).abs() < 1e-9);
    }

    #[test]
    fn refuses_samples_that_make_no_gate() {
        let config = GateConfig::ours();
        let refusal = |samples: &[GateSample], config: &GateConfig| {
            fit(samples, config, 1).unwrap_err().to_string()
        };
        let one_sided: Vec<_> = samples()
            .into_iter()
            .filter(|s| matches!(s.truth, Truth::Seen(_)))
            .collect();
        assert!(refusal(&one_sided, &config).contains("0 unseen samples"));
        let mut outside = samples();
        outside[3].truth = Truth::Unseen(9);
        assert!(refusal(&outside, &config).contains("sample 3 is of unseen phrase 9"));
        let mut damaged = samples();
        damaged[5].unseen[0] = f32::NAN;
        assert!(refusal(&damaged, &config).contains("sample 5"));
        assert!(refusal(&samples(), &GateConfig::reference(0)).contains("top"));
    }
}
