//! Zero-shot learning: trained on seen classes, tested on classes that were never seen.

use super::{Method, Split};
use crate::align::accuracy::{Accuracy, highest};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::batches::check_samples;
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

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
    let training: Vec<Vec<f32>> = rows.iter().map(|&row| features[row].clone()).collect();
    let classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
    let aligner = method.train(&training, &classes, phrases, seed)?;
    let unseen: Vec<PhraseVectors> = split
        .unseen
        .iter()
        .map(|&class| phrases[class].clone())
        .collect();
    let drawn = examples(samples, &split.unseen, method.examples(), seed);
    let shown: Vec<Vec<Vec<f32>>> = drawn
        .iter()
        .map(|rows| rows.iter().map(|&row| features[row].clone()).collect())
        .collect();
    let decision = aligner.decide_by_examples(&unseen, &shown, method.head(), seed)?;
    // Whoever gives examples is not tested on: to be like oneself is no achievement.
    let everyone = everyone && method.examples() == 0;
    let tested = |&row: &usize| (everyone || test[row]) && split.unseen.contains(&labels[row]);
    let rows: Vec<usize> = (0..labels.len()).filter(tested).collect();
    let predicted = rows
        .iter()
        .map(|&row| split.unseen[highest(&decision.scores(&features[row]))]);
    let predicted: Vec<usize> = predicted.collect();
    let actual: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
    Ok(Accuracy::of(&predicted, &actual))
}

/// Samples of each unseen class by training subjects, at most `count`, drawn anew by each seed: what a user would mark as
/// examples of a phrase.
fn examples(samples: &Samples<'_>, unseen: &[usize], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let draw = |class: &usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(*class as u64);
        let of_class = |row: &usize| !samples.test[*row] && samples.labels[*row] == *class;
        let rows: Vec<usize> = (0..samples.labels.len()).filter(of_class).collect();
        rows.sample(&mut rng, count).copied().collect()
    };
    unseen.iter().map(draw).collect()
}

/// [`zsl`] on the split's validation classes: the only score by which settings may be chosen. The unseen classes
/// take no part. A method that is shown examples gets those of training subjects, and is tested on the others.
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
