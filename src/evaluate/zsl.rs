//! Zero-shot learning: trained on seen classes, tested on classes that were never seen.

use super::{Method, Split};
use crate::align::accuracy::{Accuracy, highest};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::batches::check_samples;

/// Features with labels that point into the phrases.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// One feature per sample.
    pub features: &'a [Vec<f32>],
    /// Each sample's class.
    pub labels: &'a [usize],
    /// The classes' words.
    pub phrases: &'a [PhraseVectors],
    /// Samples of test subjects: never trained on.
    pub test: &'a [bool],
}

/// Trains on the seen classes' samples of training subjects, and tests among the unseen phrases: on the unseen
/// classes' samples of test subjects, or of `everyone`.
pub fn zsl(
    samples: &Samples<'_>,
    split: &Split,
    method: &dyn Method,
    everyone: bool,
    seed: u64,
) -> Result<Accuracy, FitError> {
    zsl_without(samples, split, &[], method, everyone, seed)
}

/// [`zsl`], with further classes left out altogether.
fn zsl_without(
    samples: &Samples<'_>,
    split: &Split,
    left_out: &[usize],
    method: &dyn Method,
    everyone: bool,
    seed: u64,
) -> Result<Accuracy, FitError> {
    let (training, classes) = trained_on(samples, split, left_out)?;
    let Samples {
        features,
        labels,
        phrases,
        test,
    } = *samples;
    let aligner = method.train(&training, &classes, phrases, seed)?;
    let decision = aligner.decide(&unseen_phrases(samples, split), method.head(), seed)?;
    let tested = |&row: &usize| (everyone || test[row]) && split.unseen.contains(&labels[row]);
    let rows: Vec<usize> = (0..labels.len()).filter(tested).collect();
    let predicted = rows
        .iter()
        .map(|&row| split.unseen[highest(&decision.scores(&features[row]))]);
    let predicted: Vec<usize> = predicted.collect();
    let actual: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
    Ok(Accuracy::of(&predicted, &actual))
}

/// Features of samples, and the class of each.
pub(super) type Labelled = (Vec<Vec<f32>>, Vec<usize>);

/// Features and classes of the training subjects' samples of the seen classes, but for those left out.
pub(super) fn trained_on(
    samples: &Samples<'_>,
    split: &Split,
    left_out: &[usize],
) -> Result<Labelled, FitError> {
    let Samples {
        features,
        labels,
        phrases,
        test,
    } = *samples;
    check_samples(features, labels, phrases.len())?;
    let seen = split.seen(phrases.len())?;
    if test.len() != labels.len() {
        let reason = format!(
            "{} samples, but {} marks of test subjects",
            labels.len(),
            test.len()
        );
        return Err(FitError::Config(reason));
    }
    let trains = |&row: &usize| {
        !test[row] && seen.contains(&labels[row]) && !left_out.contains(&labels[row])
    };
    let rows: Vec<usize> = (0..labels.len()).filter(trains).collect();
    let training = rows.iter().map(|&row| features[row].clone()).collect();
    let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
    Ok((training, classes))
}

/// The words of the unseen classes, in the split's order.
pub(super) fn unseen_phrases(samples: &Samples<'_>, split: &Split) -> Vec<PhraseVectors> {
    let unseen = split.unseen.iter();
    unseen
        .map(|&class| samples.phrases[class].clone())
        .collect()
}

/// [`zsl`] on the split's validation classes: the only score by which settings may be chosen. The unseen classes
/// take no part.
pub fn zsl_for_selection(
    samples: &Samples<'_>,
    split: &Split,
    method: &dyn Method,
    seed: u64,
) -> Result<Accuracy, FitError> {
    split.seen(samples.phrases.len())?;
    let (selection, left_out) = split.for_selection();
    zsl_without(samples, &selection, &left_out, method, true, seed)
}
