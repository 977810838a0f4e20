//! How good a model is on classes that it was not trained on, and what temperature makes its confidence honest.

use crate::align::Decision;
use crate::align::accuracy::{Accuracy, highest};
use crate::align::decision::softmax;
use crate::language::PhraseVectors;

/// Samples of held-out classes, and those classes' phrases. Without held-out classes, the training samples
/// take their place, for the temperature only.
pub(super) struct Judge<'a> {
    features: Vec<&'a [f32]>,
    /// Positions in `phrases`.
    targets: Vec<usize>,
    phrases: Vec<PhraseVectors>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        features: &'a [Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        validation: &[usize],
        training: &[usize],
    ) -> Self {
        let rows = if validation.is_empty() {
            training
        } else {
            validation
        };
        let mut classes: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
        classes.sort_unstable();
        classes.dedup();
        let place = |row: &usize| classes.binary_search(&labels[*row]).unwrap_or_default();
        Self {
            features: rows.iter().map(|&row| features[row].as_slice()).collect(),
            targets: rows.iter().map(place).collect(),
            phrases: classes
                .iter()
                .map(|&class| phrases[class].clone())
                .collect(),
        }
    }

    /// The phrases among which a decision is judged.
    pub(super) fn phrases(&self) -> &[PhraseVectors] {
        &self.phrases
    }

    /// The decision's accuracy, averaged over classes.
    pub(super) fn accuracy(&self, decision: &Decision) -> f64 {
        let predicted = self
            .features
            .iter()
            .map(|feature| highest(&decision.scores(feature)));
        let predicted: Vec<usize> = predicted.collect();
        Accuracy::of(&predicted, &self.targets).per_class
    }

    /// The temperature under which the decision is calibrated, where it has temperature 1 itself.
    pub(super) fn temperature(&self, decision: &Decision) -> f32 {
        let scores: Vec<Vec<f32>> = self
            .features
            .iter()
            .map(|feature| decision.scores(feature))
            .collect();
        best_temperature(&scores, &self.targets)
    }
}

/// The temperature between 0.01 and 100 with the lowest cross entropy, every class counting the same.
///
/// Expects one row of scores per target; rows without scores are left out.
pub fn best_temperature(scores: &[Vec<f32>], targets: &[usize]) -> f32 {
    let classes = scores.iter().map(Vec::len).max().unwrap_or(0);
    let mut counts = vec![0.0_f64; classes];
    targets
        .iter()
        .filter(|&&target| target < classes)
        .for_each(|&target| counts[target] += 1.0);
    let cross_entropy = |exponent: f64| {
        let temperature = 10_f64.powf(exponent) as f32;
        let row = |(scores, &target): (&Vec<f32>, &usize)| {
            let probability = softmax(scores, temperature).get(target).copied()?;
            Some(-f64::from(probability.max(1e-30)).ln() / counts[target])
        };
        scores.iter().zip(targets).filter_map(row).sum::<f64>()
    };
    // The cross entropy has one valley in the temperature, so a search by thirds closes in on it.
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..40 {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if cross_entropy(left) <= cross_entropy(right) {
            high = right;
        } else {
            low = left;
        }
    }
    10_f64.powf(0.5 * (low + high)) as f32
}

#[cfg(test)]
mod tests {
    use super::best_temperature;

    #[test]
    fn half_right_answers_ask_for_a_high_temperature_and_right_ones_for_a_low_one() {
        let sure = vec![vec![3.0, 0.0], vec![0.0, 3.0]];
        assert!(best_temperature(&sure, &[0, 1]) < 0.05);
        // Three of four are right: the best confidence is 3/4, that is a score difference of ln 3.
        let scores = vec![vec![3.0, 0.0]; 4];
        let mixed: Vec<_> = scores
            .iter()
            .cloned()
            .chain(scores.iter().map(|s| vec![s[1], s[0]]))
            .collect();
        let temperature = best_temperature(&mixed, &[0, 0, 0, 1, 1, 1, 1, 0]);
        assert!(
            (temperature - 3.0 / 3.0_f32.ln()).abs() < 0.01,
            "{temperature}"
        );
    }
}
