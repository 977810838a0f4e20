//! Scores on a corpus of Kinect clips: every method on a split's unseen phrases, and the encoder on its seen ones.

use super::row::{PerSample, Row, Scored};
use super::{Method, Samples, Split, zsl, zsl_for_selection};
use crate::align::accuracy::{Accuracy, highest};
use crate::phrases::splits;
use crate::train::align::FitError;
use crate::train::corpus::Corpus;
use std::borrow::Cow;
use std::time::Instant;

/// Scores one method on one split: trained on the training subjects' clips of its seen phrases, tested on the
/// test subjects' clips of its unseen ones.
pub fn score(
    corpus: &Corpus,
    split: &splits::Split,
    method: &dyn Method,
    seeds: u64,
) -> Result<Scored, FitError> {
    let accuracy =
        |samples: &Samples<'_>, places: &Split, seed| zsl(samples, places, method, false, seed);
    let unseen = corpus.places(&split.unseen);
    let clips = corpus.labels.iter().zip(&corpus.test);
    let tested = clips.filter(|(label, test)| **test && unseen.contains(label));
    let row = Row {
        setting: Cow::Borrowed("zsl"),
        clips: tested.count(),
        encoder_saw_unseen: saw_any(corpus, &unseen),
        ..named(split, method)
    };
    scored(row, corpus, split, seeds, &accuracy)
}

/// [`score`] on a split's validation phrases and everyone's clips of them: the only score by which settings may be chosen.
pub fn score_for_selection(
    corpus: &Corpus,
    split: &splits::Split,
    method: &dyn Method,
    seeds: u64,
) -> Result<Scored, FitError> {
    let accuracy = |samples: &Samples<'_>, places: &Split, seed| {
        zsl_for_selection(samples, places, method, seed)
    };
    let validation = corpus.places(&split.validation_unseen);
    let clips = corpus.labels.iter();
    let row = Row {
        setting: Cow::Borrowed("validation"),
        clips: clips.filter(|label| validation.contains(label)).count(),
        encoder_saw_unseen: saw_any(corpus, &validation),
        ..named(split, method)
    };
    scored(row, corpus, split, seeds, &accuracy)
}

/// A row that says whose it is, and nothing else.
fn named(split: &splits::Split, method: &dyn Method) -> Row {
    Row {
        method: Cow::Borrowed(method.name()),
        split: split.name.clone(),
        variant: Cow::Owned(method.variant().to_owned()),
        ..Row::default()
    }
}

/// An accuracy of samples on a split, for a seed.
type Score<'a> = dyn Fn(&Samples<'_>, &Split, u64) -> Result<Accuracy, FitError> + 'a;

/// The row with its accuracies over seeds.
fn scored(
    row: Row,
    corpus: &Corpus,
    split: &splits::Split,
    seeds: u64,
    accuracy: &Score<'_>,
) -> Result<Scored, FitError> {
    let places = Split {
        unseen: corpus.places(&split.unseen),
        validation: corpus.places(&split.validation_unseen),
    };
    let samples = Samples {
        features: &corpus.features,
        labels: &corpus.labels,
        phrases: &corpus.vectors,
        test: &corpus.test,
    };
    let started = Instant::now();
    let accuracies = (1..=seeds).map(|seed| accuracy(&samples, &places, seed));
    let mut scored = Scored::zsl(row, accuracies.collect::<Result<_, _>>()?);
    scored.row.seconds = started.elapsed().as_secs_f64();
    Ok(scored)
}

/// Whether the encoder was trained on one of these phrases, by this or another name.
pub(super) fn saw_any(corpus: &Corpus, places: &[usize]) -> bool {
    places.iter().any(|&place| corpus.same[place].is_some())
}

/// How well the encoder's own logits name the seen classes, on test subjects.
pub fn seen(corpus: &Corpus) -> Row {
    let started = Instant::now();
    let rows = (0..corpus.labels.len()).filter(|&row| corpus.test[row]);
    let (predicted, actual): (Vec<usize>, Vec<usize>) = rows
        .filter_map(|row| {
            let class = corpus.same[corpus.labels[row]]?;
            Some((highest(&corpus.seen_logits[row]), class))
        })
        .unzip();
    let accuracy = Accuracy::of(&predicted, &actual);
    Row {
        method: Cow::Borrowed("encoder"),
        split: "all".to_owned(),
        setting: Cow::Borrowed("seen"),
        variant: Cow::Borrowed("seen classes, test subjects"),
        seeds: 1,
        seen: Some(accuracy.per_class),
        seconds: started.elapsed().as_secs_f64(),
        clips: actual.len(),
        per_sample: PerSample {
            seen: Some(accuracy.per_sample),
            ..PerSample::default()
        },
        ..Row::default()
    }
}
