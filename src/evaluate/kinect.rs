//! Scores on a corpus of Kinect clips: every method on a split's unseen phrases, and the encoder on its seen ones.

use super::{Method, Samples, Split, zsl, zsl_for_selection};
use crate::align::accuracy::{Accuracy, highest};
use crate::phrases::splits;
use crate::train::align::FitError;
use crate::train::corpus::Corpus;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Instant;

/// One line of a table: accuracies are per-class means from 0 to 1, absent where a setting has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which method.
    pub method: Cow<'static, str>,
    /// Which split; `all` for the encoder on its own classes.
    pub split: String,
    /// `zsl`, `gzsl`, `validation` for `zsl` on validation phrases, or `seen` for the encoder on its own classes.
    pub setting: Cow<'static, str>,
    /// Text parts and head, and how both sides are joined.
    pub variant: Cow<'static, str>,
    /// How many seeds the mean is over.
    pub seeds: usize,
    /// Accuracy among the unseen phrases.
    pub zsl: Option<f64>,
    /// Accuracy on seen classes.
    pub seen: Option<f64>,
    /// Accuracy on unseen phrases among all.
    pub unseen: Option<f64>,
    /// The harmonic mean of both.
    pub harmonic: Option<f64>,
    /// Standard deviation over the seeds.
    pub deviation: f64,
    /// How long it took.
    pub seconds: f64,
    /// Clips tested.
    pub clips: usize,
    /// Whether the encoder was trained on phrases that the split calls unseen: then this is no zero-shot score.
    pub encoder_saw_unseen: bool,
}

/// Scores one method on one split: trained on the training subjects' clips of its seen phrases, tested on the
/// test subjects' clips of its unseen ones.
pub fn score(
    corpus: &Corpus,
    split: &splits::Split,
    method: &dyn Method,
    seeds: u64,
) -> Result<Row, FitError> {
    let accuracy = |samples: &Samples<'_>, places: &Split, seed| {
        Ok(zsl(samples, places, method, false, seed)?.per_class)
    };
    let mut row = row(corpus, split, method, seeds, &accuracy)?;
    let unseen = corpus.places(&split.unseen);
    let clips = corpus.labels.iter().zip(&corpus.test);
    row.clips = clips
        .filter(|(label, test)| **test && unseen.contains(label))
        .count();
    row.encoder_saw_unseen = saw_any(corpus, &unseen);
    Ok(row)
}

/// [`score`] on a split's validation phrases and everyone's clips of them: the only score by which settings may be chosen.
pub fn score_for_selection(
    corpus: &Corpus,
    split: &splits::Split,
    method: &dyn Method,
    seeds: u64,
) -> Result<Row, FitError> {
    let accuracy = |samples: &Samples<'_>, places: &Split, seed| {
        Ok(zsl_for_selection(samples, places, method, seed)?.per_class)
    };
    let mut row = row(corpus, split, method, seeds, &accuracy)?;
    let validation = corpus.places(&split.validation_unseen);
    let clips = corpus.labels.iter();
    row.setting = Cow::Borrowed("validation");
    row.clips = clips.filter(|label| validation.contains(label)).count();
    row.encoder_saw_unseen = saw_any(corpus, &validation);
    Ok(row)
}

/// An accuracy of samples on a split, for a seed.
type Score<'a> = dyn Fn(&Samples<'_>, &Split, u64) -> Result<f64, FitError> + 'a;

/// The row of an accuracy over seeds; which clips it is of is left to the caller.
fn row(
    corpus: &Corpus,
    split: &splits::Split,
    method: &dyn Method,
    seeds: u64,
    accuracy: &Score<'_>,
) -> Result<Row, FitError> {
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
    let mut accuracies = Vec::new();
    for seed in 1..=seeds {
        accuracies.push(accuracy(&samples, &places, seed)?);
    }
    let (mean, deviation) = mean_and_deviation(&accuracies);
    Ok(Row {
        method: Cow::Borrowed(method.name()),
        split: split.name.clone(),
        setting: Cow::Borrowed("zsl"),
        variant: Cow::Owned(method.variant().to_owned()),
        seeds: accuracies.len(),
        zsl: Some(mean),
        seen: None,
        unseen: None,
        harmonic: None,
        deviation,
        seconds: started.elapsed().as_secs_f64(),
        clips: 0,
        encoder_saw_unseen: false,
    })
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
    Row {
        method: Cow::Borrowed("encoder"),
        split: "all".to_owned(),
        setting: Cow::Borrowed("seen"),
        variant: Cow::Borrowed("seen classes, test subjects"),
        seeds: 1,
        zsl: None,
        seen: Some(Accuracy::of(&predicted, &actual).per_class),
        unseen: None,
        harmonic: None,
        deviation: 0.0,
        seconds: started.elapsed().as_secs_f64(),
        clips: actual.len(),
        encoder_saw_unseen: false,
    }
}

pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::mean_and_deviation;

    #[test]
    fn means_and_deviations() {
        let (mean, deviation) = mean_and_deviation(&[1.0, 3.0]);
        assert!((mean - 2.0).abs() < 1e-12 && (deviation - 1.0).abs() < 1e-12);
    }
}
