//! Samples of which every class counts the same, however often it was performed, and what is learned of them in closed form.

use super::AlignError;
use super::network::Dense;
use nalgebra::{Cholesky, DMatrix, DVector};

/// The least that samples of one phrase are taken to differ.
const LEAST_DEVIATION: f64 = 1e-3;

/// Which classes have samples, and what each sample counts.
#[derive(Clone, Debug)]
pub(super) struct Balance {
    /// The classes that have samples, by their places in the whole list.
    pub(super) classes: Vec<usize>,
    /// Each class's place in `classes`.
    row: Vec<Option<usize>>,
    counts: Vec<usize>,
}

impl Balance {
    /// Of labels that point into a list; refuses others, and none.
    pub(super) fn of(labels: &[usize], classes: usize) -> Result<Self, AlignError> {
        let mut counts = vec![0_usize; classes];
        for (sample, &label) in labels.iter().enumerate() {
            let Some(count) = counts.get_mut(label) else {
                let reason =
                    format!("sample {sample} has label {label}, but there are {classes} classes");
                return Err(AlignError::Unsolvable(reason));
            };
            *count += 1;
        }
        let taught: Vec<usize> = (0..classes).filter(|&class| counts[class] > 0).collect();
        if taught.is_empty() {
            let reason = "there is no sample to learn from";
            return Err(AlignError::Unsolvable(reason.to_owned()));
        }
        let mut row = vec![None; classes];
        for (place, &class) in taught.iter().enumerate() {
            row[class] = Some(place);
        }
        Ok(Self {
            classes: taught,
            row,
            counts,
        })
    }

    /// The place among the classes that have samples, and what a sample counts; all together count 1.
    pub(super) fn place(&self, label: usize) -> Option<(usize, f64)> {
        let row = self.row.get(label).copied().flatten()?;
        Some((row, 1.0 / (self.classes.len() * self.counts[label]) as f64))
    }
}

/// What is known of a sample, what that is to come to, and what the sample counts.
pub(super) type Taught = (DVector<f64>, DVector<f64>, f64);

/// A linear map, `weights * (x - mean)`.
#[derive(Clone, Debug)]
pub(super) struct Map {
    /// `[targets, inputs]`.
    pub(super) weights: DMatrix<f64>,
    /// Of the inputs.
    mean: DVector<f64>,
}

impl Map {
    /// Ridge regression: least is the mean of `|W (x - mean) - target|^2`, and beside it `penalty |W - prior|^2`. The error says
    /// of what inputs it cannot be learned.
    pub(super) fn learned<I: Iterator<Item = Taught>>(
        samples: impl Fn() -> I,
        penalty: f64,
        prior: &DMatrix<f64>,
        what: &str,
    ) -> Result<Self, AlignError> {
        let width = prior.ncols();
        let mut mean = DVector::zeros(width);
        for (input, _, share) in samples() {
            mean.axpy(share, &input, 1.0);
        }
        let mut moments = DMatrix::from_diagonal_element(width, width, penalty);
        let mut shared = prior.transpose() * penalty;
        for (input, target, share) in samples() {
            let centred = input - &mean;
            moments.ger(share, &centred, &centred, 1.0);
            shared.ger(share, &centred, &target, 1.0);
        }
        let factored = Cholesky::new(moments)
            .ok_or_else(|| AlignError::Unsolvable(format!("{what} are no numbers")))?;
        Ok(Self {
            weights: factored.solve(&shared).transpose(),
            mean,
        })
    }

    /// What comes of an input.
    pub(super) fn of(&self, input: &DVector<f64>) -> DVector<f64> {
        &self.weights * (input - &self.mean)
    }

    /// The same as a layer.
    pub(super) fn layer(&self) -> Dense {
        Dense::solved(&self.weights, &-(&self.weights * &self.mean))
    }

    /// How far off samples are, by each value of their targets; never nothing.
    pub(super) fn deviations(&self, samples: impl Iterator<Item = Taught>) -> Vec<f32> {
        let mut squares = DVector::<f64>::zeros(self.weights.nrows());
        for (input, target, share) in samples {
            let off = self.of(&input) - target;
            squares += off.component_mul(&off) * share;
        }
        let deviation = |square: &f64| square.sqrt().max(LEAST_DEVIATION) as f32;
        squares.iter().map(deviation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_counts_the_same() {
        let balance = Balance::of(&[3, 1, 3, 3], 5).unwrap();
        assert_eq!(balance.classes, [1, 3]);
        assert_eq!(balance.place(1), Some((0, 0.5)));
        assert_eq!(balance.place(3), Some((1, 1.0 / 6.0)));
        assert_eq!(balance.place(0), None);
    }

    #[test]
    fn labels_outside_the_list_and_no_labels_are_refused() {
        let refused = |labels: &[usize]| Balance::of(labels, 2).unwrap_err().to_string();
        assert!(refused(&[0, 2]).contains("sample 1 has label 2"));
        assert!(refused(&[]).contains("no sample"));
    }

    /// The second value is three times what the first input has beside its mean, the first one a step.
    fn taught() -> impl Iterator<Item = Taught> {
        [-1.0, 0.0, 1.0].into_iter().map(|x| {
            let target = vec![if x > 0.0 { 2.0 } else { -1.0 }, 3.0 * x];
            (
                DVector::from_vec(vec![x + 5.0, 7.0]),
                DVector::from_vec(target),
                1.0 / 3.0,
            )
        })
    }

    #[test]
    fn a_map_is_learned_where_samples_differ_and_stays_what_it_was_elsewhere() {
        let prior = DMatrix::from_row_slice(2, 2, &[0.0, 0.0, 0.0, 9.0]);
        let map = Map::learned(taught, 1e-6, &prior, "inputs").unwrap();
        let of = |x: f64, y: f64| map.of(&DVector::from_vec(vec![x, y]))[1];
        assert!((of(7.0, 7.0) - 6.0).abs() < 1e-4, "{}", of(7.0, 7.0));
        assert!((of(5.0, 8.0) - 9.0).abs() < 1e-4, "{}", of(5.0, 8.0));
        let layer = map.layer().forward_one(&[7.0, 8.0]);
        assert!((layer[1] - 15.0).abs() < 1e-3, "{layer:?}");
    }

    #[test]
    fn how_far_off_samples_are_is_told_and_what_is_never_off_has_a_deviation_all_the_same() {
        let none = DMatrix::zeros(2, 2);
        let map = Map::learned(taught, 1e-9, &none, "inputs").unwrap();
        let deviations = map.deviations(taught());
        // -1, -1 and 2 by a line through -1.5, 0 and 1.5.
        assert!(
            (deviations[0] - 0.5_f32.sqrt()).abs() < 1e-3,
            "{deviations:?}"
        );
        assert_eq!(deviations[1], 1e-3);
        let nothing =
            || std::iter::once((DVector::from_element(2, f64::NAN), DVector::zeros(2), 1.0));
        let error = Map::learned(nothing, 1.0, &none, "inputs").unwrap_err();
        assert!(
            error.to_string().contains("inputs are no numbers"),
            "{error}"
        );
    }
}
