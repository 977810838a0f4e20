//! Aligns with an encoder that somebody else trained, on classes of its own.
//!
//! Its classes are not the store's phrases. The alignment learns from all phrases of the store. For the gate, a clip is
//! of a seen class where its phrase means the same as one of the encoder's classes ([`Corpus::same`]): the encoder has
//! never seen the clip, so nothing has to stand in for the seen side.

use super::align::{FitConfig, fit};
use super::bundle::{Alignment, BundleTrainingError, GATE_TOP};
use super::corpus::Corpus;
use super::gate::{GateConfig, GateSample, Truth};
use crate::align::synse::Synse;
use crate::align::{Aligner as _, Head};
use crate::phrases::splits::Splits;

/// Trains the alignment on the training subjects' clips of every phrase, and the gate on what it says without a split's
/// phrases: those that the encoder has no class for stand for phrases that are typed. Test subjects take no part.
pub fn align_foreign(
    corpus: &Corpus,
    splits: &Splits,
    config: &FitConfig,
    seed: u64,
) -> Result<Alignment, BundleTrainingError> {
    let (features, labels) = corpus.rows(|_, test| !test);
    let mut samples = Vec::new();
    let mut logs = Vec::new();
    for split in &splits.splits {
        let mut absent = corpus.places(&split.unseen);
        absent.extend(corpus.places(&split.validation_unseen));
        let typed = |place: &usize| corpus.same[*place].is_none();
        let typed: Vec<usize> = absent.iter().copied().filter(typed).collect();
        if typed.is_empty() {
            continue;
        }
        let with_judge = FitConfig {
            validation: absent,
            temperature: None,
            ..config.clone()
        };
        let synse = fit(&features, &labels, &corpus.vectors, &with_judge, seed)?;
        logs.push(synse.temperature.ln());
        gate_samples(corpus, &synse, &typed, seed, &mut samples)?;
    }
    if logs.is_empty() {
        let example = corpus.phrases.last().cloned().unwrap_or_default();
        return Err(BundleTrainingError::NoSplit { example });
    }
    let gate = super::gate::fit(&samples, &GateConfig::ours(GATE_TOP), seed)?;
    let calibrated = FitConfig {
        temperature: Some((logs.iter().sum::<f32>() / logs.len() as f32).exp()),
        ..config.clone()
    };
    let synse = fit(&features, &labels, &corpus.vectors, &calibrated, seed)?;
    Ok(Alignment { synse, gate })
}

/// What both sides say of the training subjects' clips that are of a seen class or of a `typed` phrase.
fn gate_samples(
    corpus: &Corpus,
    synse: &Synse,
    typed: &[usize],
    seed: u64,
    samples: &mut Vec<GateSample>,
) -> Result<(), BundleTrainingError> {
    let phrases: Vec<_> = typed
        .iter()
        .map(|&place| corpus.vectors[place].clone())
        .collect();
    let decision = synse.decide(&phrases, Head::Cosine, seed)?;
    for row in (0..corpus.labels.len()).filter(|&row| !corpus.test[row]) {
        let Some(truth) = truth(corpus.same[corpus.labels[row]], corpus.labels[row], typed) else {
            continue;
        };
        samples.push(GateSample {
            seen_logits: corpus.seen_logits[row].clone(),
            unseen: decision.probabilities(&corpus.features[row]),
            truth,
        });
    }
    Ok(())
}

/// What a clip is to the gate; nothing where the alignment learned its phrase and the encoder has no class for it.
fn truth(class: Option<usize>, label: usize, typed: &[usize]) -> Option<Truth> {
    let place = typed.iter().position(|&place| place == label);
    class.map(Truth::Seen).or(place.map(Truth::Unseen))
}

#[cfg(test)]
mod tests {
    use super::truth;
    use crate::train::gate::Truth;

    #[test]
    fn a_clip_is_of_its_class_or_of_a_typed_phrase_or_takes_no_part() {
        let typed = [7, 4];
        assert_eq!(truth(Some(2), 9, &typed), Some(Truth::Seen(2)));
        assert_eq!(truth(None, 4, &typed), Some(Truth::Unseen(1)));
        assert_eq!(truth(None, 5, &typed), None);
    }
}
