//! The gate as the authors' scripts train and read it: the same draws, the same grid, and their two slips beside the
//! sound form.

use super::resources::{Resources, Validation};
use crate::align::accuracy::{Accuracy, highest};
use crate::align::decision::softmax;
use crate::gate::likeness::Likeness;
use crate::gate::{Gate, GateError, soft as softened};
use crate::train::gate::{GateConfig, GateSample, Truth, best_threshold, fit_at};
use rand_mt::Mt;

/// The seed of the authors' scripts.
const SEED: u32 = 5;

/// How many samples of unseen and of seen classes their scripts set aside to choose by.
const SET_ASIDE: [usize; 2] = [300, 400];

/// Whose answers stand for those to unseen samples while the gate is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateForm {
    /// The answers to unseen samples: what the paper says.
    Fixed,
    /// The answers to seen samples, which the released script saves under the name of the others.
    AsShipped,
}

impl GateForm {
    /// Both, the sound one first.
    pub const ALL: [Self; 2] = [Self::Fixed, Self::AsShipped];

    /// What a row's variant says of it.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Fixed => "",
            Self::AsShipped => ", gate data as shipped",
        }
    }

    /// Samples to train a gate on, of unseen and of seen classes; `seen_zs` and `unseen_zs` are the probabilities of
    /// the validation-unseen classes for both. None in the fixed form where only what the script shipped was saved.
    pub fn data(
        self,
        validation: &Validation,
        seen_zs: &[Vec<f32>],
        unseen_zs: &[Vec<f32>],
    ) -> Option<GateData> {
        let samples = |logits: &[Vec<f32>], zs: &[Vec<f32>], truth: Truth| {
            let pairs = logits.iter().zip(zs).enumerate();
            pairs
                .map(|(clip, (logits, zs))| GateSample {
                    seen_logits: logits.clone(),
                    unseen: zs.clone(),
                    // The released code's regression looks at probabilities only.
                    likeness: Likeness::default(),
                    truth,
                    clip,
                })
                .collect()
        };
        let logits = &validation.phase.unseen_logits;
        let zs = match self {
            Self::Fixed if unseen_zs.len() != logits.len() => return None,
            Self::Fixed => unseen_zs,
            Self::AsShipped => seen_zs,
        };
        Some(GateData {
            unseen: samples(logits, zs, Truth::Unseen(0)),
            seen: samples(&validation.phase.everyone_logits, seen_zs, Truth::Seen(0)),
        })
    }
}

/// What a gate is trained on.
#[derive(Clone, Debug)]
pub struct GateData {
    /// Samples of validation-unseen classes.
    pub unseen: Vec<GateSample>,
    /// Samples of seen classes.
    pub seen: Vec<GateSample>,
}

/// Draws as numpy's `RandomState` does: a Mersenne twister, and whole numbers by rejection below a mask.
struct Numpy(Mt);

impl Numpy {
    /// `permutation(count)`; `choice(count, n, replace=False)` is its beginning.
    fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            let mask = (last + 1).next_power_of_two() - 1;
            let other = loop {
                let drawn = self.0.next_u32() as usize & mask;
                if drawn <= last {
                    break drawn;
                }
            };
            all.swap(last, other);
        }
        all
    }
}

/// Trains the gate on the samples that the authors' script would draw, at each temperature anew.
///
/// The best temperature and threshold on those set aside are kept, the first of equals. `top` is the number of unseen classes.
pub fn released_gate(data: &GateData, top: usize) -> Result<Gate, GateError> {
    let config = GateConfig::reference(top);
    let sides = [("unseen", &data.unseen), ("seen", &data.seen)];
    for ((side, samples), aside) in sides.into_iter().zip(SET_ASIDE) {
        if samples.len() <= aside {
            return Err(GateError::Invalid(format!(
                "{} {side} samples to train on; the released script sets {aside} of them aside and needs more",
                samples.len()
            )));
        }
    }
    let mut numpy = Numpy(Mt::new(SEED));
    let mut best: Option<(f64, Gate)> = None;
    for &temperature in &config.temperatures {
        let (mut training, mut validation) = (Vec::new(), Vec::new());
        let drawn = sides.map(|(_, samples)| numpy.permutation(samples.len()));
        for (((_, samples), mut drawn), aside) in sides.into_iter().zip(drawn).zip(SET_ASIDE) {
            drawn.truncate(aside);
            validation.extend(drawn.iter().map(|&i| samples[i].clone()));
            drawn.sort_unstable();
            let kept = (0..samples.len()).filter(|i| drawn.binary_search(i).is_err());
            training.extend(kept.map(|i| samples[i].clone()));
        }
        // The order of the training samples, which changes nothing but what is drawn next.
        numpy.permutation(training.len());
        let mut gate = fit_at(&training, temperature, &config)?;
        let (threshold, score) = best_threshold(&gate, &validation, &config);
        gate.threshold = threshold;
        if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
            best = Some((score, gate));
        }
    }
    match best {
        Some((_, gate)) => Ok(gate),
        None => Err(GateError::Invalid("no temperature to try".to_owned())),
    }
}

/// How a gate joins both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Unseen where P(unseen) is above the threshold: as it was chosen in training.
    Hard,
    /// Seen where P(seen) is above the threshold: the released code's evaluation.
    Inverted,
    /// Equation 5.
    Soft,
}

/// Accuracy on seen and on unseen classes, each among all.
#[derive(Clone, Debug, PartialEq)]
pub struct Gated {
    /// On samples of seen classes.
    pub seen: Accuracy,
    /// On samples of unseen classes.
    pub unseen: Accuracy,
}

/// What a gate answers to everybody's test samples, scored. `probabilities` are those of the unseen classes.
pub fn score(
    resources: &Resources,
    probabilities: &[Vec<f32>],
    gate: &Gate,
    joining: Joining,
) -> Gated {
    let test = &resources.test;
    let mut sides = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    let samples = test.everyone_logits.iter().zip(probabilities);
    for ((logits, unseen), &class) in samples.zip(&test.everyone.labels) {
        let answer = answer(resources, gate, logits, unseen, joining);
        let (predicted, actual) = &mut sides[usize::from(resources.unseen.contains(&class))];
        predicted.push(answer);
        actual.push(class);
    }
    let [seen, unseen] = sides.map(|(predicted, actual)| Accuracy::of(&predicted, &actual));
    Gated { seen, unseen }
}

/// The class that a gate answers with: `logits` of all classes, `unseen` probabilities.
pub fn answer(
    resources: &Resources,
    gate: &Gate,
    logits: &[f32],
    unseen: &[f32],
    joining: Joining,
) -> usize {
    let p_seen = gate.p_seen(logits, unseen, &Likeness::default());
    let scaled = softmax(logits, gate.temperature);
    if joining == Joining::Soft {
        // The seen side of the released code has all classes; the unseen ones among them are overwritten.
        let mut all = softened(&scaled, p_seen);
        for (&class, p) in resources.unseen.iter().zip(softened(unseen, 1.0 - p_seen)) {
            all[class] = p;
        }
        return highest(&all);
    }
    let is_seen = match joining {
        Joining::Inverted => p_seen > gate.threshold,
        Joining::Hard | Joining::Soft => 1.0 - p_seen <= gate.threshold,
    };
    if is_seen {
        let of_seen: Vec<f32> = resources.seen.iter().map(|&class| scaled[class]).collect();
        resources.seen[highest(&of_seen)]
    } else {
        resources.unseen[highest(unseen)]
    }
}
