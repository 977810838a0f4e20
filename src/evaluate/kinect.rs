//! Scores on a corpus of Kinect clips: every method on a split's unseen phrases, and the encoder on its seen ones.

use super::{Method, Samples, Split, zsl, zsl_for_selection};
use crate::align::Head;
use crate::align::accuracy::{Accuracy, highest};
use crate::align::part::Part;
use crate::phrases::splits;
use crate::train::align::{FitConfig, FitError};
use crate::train::corpus::Corpus;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Instant;

/// The ridge penalty of the baselines, chosen on validation phrases.
const RIDGE_PENALTY: f32 = 1.0;

/// One line of a table: accuracies are per-class means from 0 to 1, absent where a setting has none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Which method.
    pub method: &'static str,
    /// Which split; `all` for the encoder on its own classes.
    pub split: String,
    /// `zsl`, `gzsl`, `validation` for `zsl` on validation phrases, or `seen` for the encoder on its own classes.
    pub setting: &'static str,
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

/// The methods that are compared, with their variants' names.
pub fn methods() -> Vec<(&'static str, &'static str, Method)> {
    let synse = |parts: &[Part], head| {
        let config = FitConfig {
            parts: FitConfig::parts(parts, 50),
            ..FitConfig::ours()
        };
        Method::Synse(Box::new(config), head)
    };
    let words = [Part::Noun, Part::Verb];
    let all = [Part::Noun, Part::Verb, Part::Motion];
    vec![
        (
            "synse",
            "noun+verb+motion, cosine",
            synse(&all, Head::Cosine),
        ),
        (
            "synse",
            "noun+verb+motion, trained",
            synse(&all, Head::Trained),
        ),
        ("synse", "noun+verb, cosine", synse(&words, Head::Cosine)),
        (
            "synse",
            "motion, cosine",
            synse(&[Part::Motion], Head::Cosine),
        ),
        (
            "ridge",
            "noun+verb",
            Method::Ridge(words.to_vec(), RIDGE_PENALTY),
        ),
        (
            "ridge",
            "noun+verb+motion",
            Method::Ridge(all.to_vec(), RIDGE_PENALTY),
        ),
    ]
}

/// Scores one method on one split: trained on the training subjects' clips of its seen phrases, tested on the
/// test subjects' clips of its unseen ones.
pub fn score(
    corpus: &Corpus,
    split: &splits::Split,
    (method, variant, how): &(&'static str, &'static str, Method),
    seeds: u64,
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
        accuracies.push(zsl(&samples, &places, how, false, seed)?.per_class);
    }
    let (accuracy, deviation) = mean_and_deviation(&accuracies);
    let tested = (0..corpus.labels.len())
        .filter(|&row| corpus.test[row] && places.unseen.contains(&corpus.labels[row]));
    Ok(Row {
        method,
        split: split.name.clone(),
        setting: "zsl",
        variant: Cow::Borrowed(variant),
        seeds: accuracies.len(),
        zsl: Some(accuracy),
        seen: None,
        unseen: None,
        harmonic: None,
        deviation,
        seconds: started.elapsed().as_secs_f64(),
        clips: tested.count(),
        encoder_saw_unseen: saw_any(corpus, &places.unseen),
    })
}

/// [`score`] on a split's validation phrases and everyone's clips of them: the only score by which settings may be chosen.
pub fn score_for_selection(
    corpus: &Corpus,
    split: &splits::Split,
    (method, variant, how): &(&'static str, &'static str, Method),
    seeds: u64,
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
        accuracies.push(zsl_for_selection(&samples, &places, how, seed)?.per_class);
    }
    let (accuracy, deviation) = mean_and_deviation(&accuracies);
    let tested = corpus.labels.iter();
    Ok(Row {
        method,
        split: split.name.clone(),
        setting: "validation",
        variant: (*variant).into(),
        seeds: accuracies.len(),
        zsl: Some(accuracy),
        seen: None,
        unseen: None,
        harmonic: None,
        deviation,
        seconds: started.elapsed().as_secs_f64(),
        clips: tested
            .filter(|label| places.validation.contains(label))
            .count(),
        encoder_saw_unseen: saw_any(corpus, &places.validation),
    })
}

/// Whether the encoder was trained on one of these phrases, by this or another name.
fn saw_any(corpus: &Corpus, places: &[usize]) -> bool {
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
        method: "encoder",
        split: "all".to_owned(),
        setting: "seen",
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
    use super::{mean_and_deviation, methods};

    #[test]
    fn means_and_deviations() {
        let (mean, deviation) = mean_and_deviation(&[1.0, 3.0]);
        assert!((mean - 2.0).abs() < 1e-12 && (deviation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn no_two_methods_share_a_name() {
        let mut names: Vec<_> = methods()
            .iter()
            .map(|method| (method.0, method.1))
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), methods().len());
    }
}
