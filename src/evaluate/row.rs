//! One line of a table of scores, and what it is the mean of.

use crate::align::accuracy::{Accuracy, harmonic_mean};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One line of a table: accuracies are per-class means from 0 to 1 (but for [`Self::by_sample`]), absent where a setting has
/// none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Standard deviation over the seeds, of `zsl` or of `harmonic`.
    pub deviation: f64,
    /// How long it took.
    pub seconds: f64,
    /// Clips tested.
    pub clips: usize,
    /// Whether the encoder was trained on phrases that the split calls unseen: then this is no zero-shot score.
    pub encoder_saw_unseen: bool,
    /// What features and words are made of, where several things can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// The same per clip.
    #[serde(default)]
    pub per_sample: PerSample,
}

impl Row {
    /// The row with its accuracies per sample in the place of those per class.
    #[must_use]
    pub fn by_sample(self) -> Self {
        let PerSample {
            zsl,
            seen,
            unseen,
            harmonic,
        } = self.per_sample.clone();
        Self {
            zsl,
            seen,
            unseen,
            harmonic,
            // That of the accuracies per class is no other's.
            deviation: 0.0,
            ..self
        }
    }
}

/// Accuracies per sample, as the released code prints them: what is performed often counts more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PerSample {
    /// Among the unseen classes.
    pub zsl: Option<f64>,
    /// On samples of seen classes.
    pub seen: Option<f64>,
    /// On samples of unseen classes.
    pub unseen: Option<f64>,
    /// The harmonic mean of both.
    pub harmonic: Option<f64>,
}

/// A row, and the accuracies of its seeds: of one side, or of both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    /// The means.
    pub row: Row,
    /// One for each seed, and each side that was tested.
    pub accuracies: Vec<Accuracy>,
}

impl Scored {
    /// Of zero-shot accuracies, one for each seed; what else the row says is taken from `row`.
    pub(super) fn zsl(row: Row, accuracies: Vec<Accuracy>) -> Self {
        // Nobody who was tested is no score of 0.
        let tested = accuracies.iter().any(|one| !one.classes.is_empty());
        let (mean, deviation) = over(&accuracies, |accuracy| accuracy.per_class);
        let per_sample = over(&accuracies, |accuracy| accuracy.per_sample).0;
        let row = Row {
            seeds: accuracies.len(),
            zsl: tested.then_some(mean),
            deviation,
            per_sample: PerSample {
                zsl: tested.then_some(per_sample),
                ..PerSample::default()
            },
            ..row
        };
        Self { row, accuracies }
    }

    /// Of accuracies on seen and on unseen classes among all, both for each seed.
    pub(super) fn gzsl(row: Row, both: &[[Accuracy; 2]]) -> Self {
        let mean = |of: fn(&[Accuracy; 2]) -> f64| over(both, of);
        let (harmonic, deviation) =
            mean(|[seen, unseen]| harmonic_mean(seen.per_class, unseen.per_class));
        let per_sample = mean(|[seen, unseen]| harmonic_mean(seen.per_sample, unseen.per_sample));
        let row = Row {
            seeds: both.len(),
            seen: Some(mean(|[seen, _]| seen.per_class).0),
            unseen: Some(mean(|[_, unseen]| unseen.per_class).0),
            harmonic: Some(harmonic),
            deviation,
            per_sample: PerSample {
                zsl: None,
                seen: Some(mean(|[seen, _]| seen.per_sample).0),
                unseen: Some(mean(|[_, unseen]| unseen.per_sample).0),
                harmonic: Some(per_sample.0),
            },
            ..row
        };
        Self {
            row,
            accuracies: both.iter().flatten().cloned().collect(),
        }
    }
}

/// Mean and standard deviation over seeds.
fn over<T>(seeds: &[T], value: impl Fn(&T) -> f64) -> (f64, f64) {
    let count = seeds.len().max(1) as f64;
    let mean = seeds.iter().map(&value).sum::<f64>() / count;
    let squares = seeds.iter().map(|seed| (value(seed) - mean).powi(2));
    (mean, (squares.sum::<f64>() / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_deviations() {
        let (mean, deviation) = over(&[1.0, 3.0], |value| *value);
        assert!((mean - 2.0).abs() < 1e-12 && (deviation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn classes_count_the_same_in_a_row_and_clips_in_its_per_sample() {
        // Three of four clips of one class, none of the only one of another.
        let seen = Accuracy::of(&[0, 0, 0, 1, 0], &[0, 0, 0, 0, 1]);
        let unseen = Accuracy::of(&[2, 2], &[2, 3]);
        let scored = Scored::gzsl(Row::default(), &[[seen.clone(), unseen.clone()]]);
        let Row {
            seen: per_class,
            harmonic,
            per_sample,
            ..
        } = scored.row;
        assert_eq!(per_class, Some(0.375));
        assert!((harmonic.unwrap() - 3.0 / 7.0).abs() < 1e-12);
        assert_eq!((per_sample.seen, per_sample.unseen), (Some(0.6), Some(0.5)));
        assert!((per_sample.harmonic.unwrap() - 0.6 / 1.1).abs() < 1e-12);
        assert_eq!(scored.accuracies, [seen.clone(), unseen]);
        let zsl = Scored::zsl(Row::default(), vec![seen]).row;
        assert_eq!((zsl.zsl, zsl.per_sample.zsl), (Some(0.375), Some(0.6)));
        let nobody = Scored::zsl(Row::default(), vec![Accuracy::of(&[], &[])]).row;
        assert_eq!((nobody.zsl, nobody.per_sample.zsl), (None, None));
    }
}
