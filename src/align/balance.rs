//! Samples of which every class counts the same, however often it was performed.

use super::AlignError;
use nalgebra::DVector;

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

/// From mean squares to deviations, none of which is nothing.
pub(super) fn deviations(squares: &DVector<f64>) -> Vec<f32> {
    let deviation = |square: &f64| square.sqrt().max(LEAST_DEVIATION) as f32;
    squares.iter().map(deviation).collect()
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

    #[test]
    fn what_never_differs_has_a_deviation_all_the_same() {
        assert_eq!(deviations(&DVector::from_vec(vec![4.0, 0.0])), [2.0, 1e-3]);
    }
}
