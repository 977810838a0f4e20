//! Accuracy: how often predictions are right, for every class alike and for every sample alike.

use std::collections::BTreeMap;

/// How often predictions are right, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accuracy {
    /// The mean over classes of each class's accuracy: what our tables report.
    pub per_class: f64,
    /// The share of samples: what the released code prints.
    pub per_sample: f64,
    /// Each class that has samples: the class, how many of its samples are right, and how many it has.
    pub classes: Vec<(usize, usize, usize)>,
    /// Each class with each answer that its samples got, and how many of them: what attracts whom.
    pub answers: BTreeMap<(usize, usize), usize>,
}

impl Accuracy {
    /// Compares predictions with the truth, pair by pair.
    pub fn of(predicted: &[usize], actual: &[usize]) -> Self {
        let mut counts = vec![(0, 0); actual.iter().max().map_or(0, |&class| class + 1)];
        let mut answers = BTreeMap::new();
        for (&predicted, &actual) in predicted.iter().zip(actual) {
            counts[actual].0 += usize::from(predicted == actual);
            counts[actual].1 += 1;
            *answers.entry((actual, predicted)).or_default() += 1;
        }
        let classes = counts
            .into_iter()
            .enumerate()
            .filter(|(_, (_, count))| *count > 0);
        let classes: Vec<_> = classes
            .map(|(class, (right, count))| (class, right, count))
            .collect();
        let share = |right: usize, count: usize| right as f64 / count.max(1) as f64;
        let sums = classes
            .iter()
            .fold((0, 0), |sums, class| (sums.0 + class.1, sums.1 + class.2));
        let rates: f64 = classes
            .iter()
            .map(|&(_, right, count)| share(right, count))
            .sum();
        Self {
            per_class: rates / classes.len().max(1) as f64,
            per_sample: share(sums.0, sums.1),
            classes,
            answers,
        }
    }
}

/// The harmonic mean of seen and unseen accuracy; 0 where both are 0.
pub fn harmonic_mean(seen: f64, unseen: f64) -> f64 {
    if seen + unseen > 0.0 {
        2.0 * seen * unseen / (seen + unseen)
    } else {
        0.0
    }
}

/// The index of the highest score; the first of equals, and 0 of none.
pub fn highest(scores: &[f32]) -> usize {
    let better =
        |best: usize, (i, score): (usize, &f32)| if *score > scores[best] { i } else { best };
    scores.iter().enumerate().fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::{Accuracy, harmonic_mean, highest};
    use std::collections::BTreeMap;

    #[test]
    fn rare_classes_count_as_much_as_common_ones() {
        let accuracy = Accuracy::of(&[3, 3, 3, 3, 3, 3], &[3, 3, 3, 3, 5, 5]);
        assert_eq!(accuracy.classes, [(3, 4, 4), (5, 0, 2)]);
        assert_eq!(accuracy.answers, BTreeMap::from([((3, 3), 4), ((5, 3), 2)]));
        assert!((accuracy.per_class - 0.5).abs() < 1e-12);
        assert!((accuracy.per_sample - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(Accuracy::of(&[], &[]), Accuracy::default());
    }

    #[test]
    fn the_harmonic_mean_of_the_papers_table() {
        assert!((harmonic_mean(0.6127, 0.5693) - 0.5902).abs() < 1e-4);
        assert_eq!(harmonic_mean(0.0, 0.0), 0.0);
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(highest(&[1.0, 2.0, 2.0]), 1);
        assert_eq!(highest(&[]), 0);
    }
}
