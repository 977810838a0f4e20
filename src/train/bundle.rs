//! Completes a bundle: aligns a trained encoder with words and motion, trains the gate, and puts all of it in a folder.

use super::align::{FitConfig, FitError, fit};
use super::corpus::Corpus;
use super::gate::{GateConfig, GateSample, Truth};
use crate::align::synse::Synse;
use crate::align::{AlignError, Aligner as _, Head};
use crate::gate::{Gate, GateError};
use crate::phrases::splits::Splits;

/// How many probabilities of each side the gate looks at.
pub(super) const GATE_TOP: usize = 5;

/// Why the parts of a bundle cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum BundleTrainingError {
    /// The alignment.
    #[error("aligning: {0}")]
    Fit(#[from] FitError),
    /// A decision for the gate's samples.
    #[error("deciding: {0}")]
    Align(#[from] AlignError),
    /// The gate.
    #[error("training the gate: {0}")]
    Gate(#[from] GateError),
    /// Nothing to hold out.
    #[error(
        "the splits hold out no phrase of the clip store: expected phrases such as `{example}`"
    )]
    NoSplit {
        /// A phrase of the store.
        example: String,
    },
}

/// What is left to train once there is an encoder.
#[derive(Clone, Debug)]
pub struct Alignment {
    /// Features against phrases, learned from every seen class.
    pub synse: Synse,
    /// Seen or unseen.
    pub gate: Gate,
}

/// Trains the alignment on the training subjects' clips of every seen class, and the gate on stand-ins.
///
/// For temperature and gate, unseen classes are needed where none are left. Each split's phrases stand in: an
/// alignment is trained without them, and their columns of the seen logits say nothing. The encoder itself has seen
/// them, which makes the gate a little too sure. Test subjects take no part.
pub fn align(
    corpus: &Corpus,
    splits: &Splits,
    config: &FitConfig,
    seed: u64,
) -> Result<Alignment, BundleTrainingError> {
    let (features, labels) = corpus.rows(|label, test| !test && label < corpus.seen);
    let mut samples = Vec::new();
    let mut temperatures = Vec::new();
    for split in &splits.splits {
        let mut absent = corpus.places(&split.unseen);
        absent.extend(corpus.places(&split.validation_unseen));
        if absent.is_empty() {
            continue;
        }
        let with_judge = FitConfig {
            validation: absent.clone(),
            temperature: None,
            ..config.clone()
        };
        let synse = fit(&features, &labels, &corpus.vectors, &with_judge, seed)?;
        temperatures.push(synse.temperature);
        gate_samples(corpus, &synse, &absent, seed, &mut samples)?;
    }
    if temperatures.is_empty() {
        let example = corpus.phrases.first().cloned().unwrap_or_default();
        return Err(BundleTrainingError::NoSplit { example });
    }
    let gate = super::gate::fit(&samples, &GateConfig::ours(GATE_TOP), seed)?;
    let logs: f32 = temperatures
        .iter()
        .map(|temperature| temperature.ln())
        .sum();
    let calibrated = FitConfig {
        temperature: Some((logs / temperatures.len() as f32).exp()),
        ..config.clone()
    };
    let synse = fit(&features, &labels, &corpus.vectors, &calibrated, seed)?;
    Ok(Alignment { synse, gate })
}

/// What both sides say of every training clip when the `absent` classes stand in for unseen phrases.
fn gate_samples(
    corpus: &Corpus,
    synse: &Synse,
    absent: &[usize],
    seed: u64,
    samples: &mut Vec<GateSample>,
) -> Result<(), BundleTrainingError> {
    let phrases: Vec<_> = absent
        .iter()
        .map(|&class| corpus.vectors[class].clone())
        .collect();
    let decision = synse.decide(&phrases, Head::Cosine, seed)?;
    let present: Vec<usize> = (0..corpus.seen)
        .filter(|class| !absent.contains(class))
        .collect();
    for row in 0..corpus.labels.len() {
        let label = corpus.labels[row];
        if corpus.test[row] || label >= corpus.seen {
            continue;
        }
        let among = |classes: &[usize]| classes.iter().position(|&class| class == label);
        let seen = || present.contains(&label).then_some(Truth::Seen(label));
        let truth = among(absent).map(Truth::Unseen).or_else(seen);
        let Some(truth) = truth else { continue };
        samples.push(GateSample {
            seen_logits: silenced(&corpus.seen_logits[row], &present),
            unseen: decision.probabilities(&corpus.features[row]),
            truth,
        });
    }
    Ok(())
}

/// The logits with those of all but the `present` classes at the middle of the present ones: there must be as many
/// as in the finished model, because softened probabilities depend on their number.
fn silenced(logits: &[f32], present: &[usize]) -> Vec<f32> {
    let mut sorted: Vec<f32> = present.iter().map(|&class| logits[class]).collect();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let kept = |(class, &logit): (usize, &f32)| {
        if present.contains(&class) {
            logit
        } else {
            middle
        }
    };
    logits.iter().enumerate().map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::silenced;

    #[test]
    fn silenced_classes_say_nothing_and_keep_their_place() {
        assert_eq!(
            silenced(&[5.0, 1.0, 2.0, 9.0, 3.0], &[0, 1, 4]),
            [5.0, 1.0, 3.0, 3.0, 3.0]
        );
    }
}
