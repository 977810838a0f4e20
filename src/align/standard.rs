//! Standardisation: the vectors that bring features and words to zero mean and comparable size.

/// The scale of what does not count: neither its square nor a value over it is out of a number's range.
const VAST: f32 = 1e12;

/// `(x - mean) / scale`, value by value, and no farther from zero than the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// What is subtracted.
    pub mean: Vec<f32>,
    /// What is divided by; never zero.
    pub scale: Vec<f32>,
    /// Values come close to this and never beyond it: `limit * tanh(value / limit)`. Infinite where they stay as they are.
    ///
    /// Another sensor or a way of moving that nobody was trained on puts single values ten deviations away, where they
    /// would outweigh all others.
    pub limit: f32,
}

impl Standard {
    /// Changes nothing.
    pub fn identity(width: usize) -> Self {
        Self {
            mean: vec![0.0; width],
            scale: vec![1.0; width],
            limit: f32::INFINITY,
        }
    }

    /// Zero mean and unit variance for each column. A column that never changes is left at its scale.
    pub fn z_score(rows: &[&[f32]]) -> Self {
        let (mean, variance) = moments(rows);
        Self {
            mean: mean.iter().map(|&m| m as f32).collect(),
            scale: variance.iter().map(|&v| positive(v.sqrt())).collect(),
            limit: f32::INFINITY,
        }
    }

    /// Zero mean for each column, and one scale for all that makes their mean variance 1, so that
    /// directions keep their relative lengths.
    pub fn centred(rows: &[&[f32]]) -> Self {
        let (mean, variance) = moments(rows);
        let width = variance.len().max(1) as f64;
        let scale = positive((variance.iter().sum::<f64>() / width).sqrt());
        Self {
            scale: vec![scale; mean.len()],
            mean: mean.iter().map(|&m| m as f32).collect(),
            limit: f32::INFINITY,
        }
    }

    /// The same with a limit.
    #[must_use]
    pub fn within(self, limit: f32) -> Self {
        Self { limit, ..self }
    }

    /// The same with the last columns left out of account: whatever they hold, next to nothing comes of it.
    #[must_use]
    pub fn without_last(mut self, columns: usize) -> Self {
        let from = self.scale.len().saturating_sub(columns);
        self.scale[from..].fill(VAST);
        self
    }

    /// How many values a vector must have.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// Standardises one vector.
    pub fn apply(&self, values: &[f32]) -> Vec<f32> {
        let columns = self.mean.iter().zip(&self.scale);
        values
            .iter()
            .zip(columns)
            .map(|(x, (mean, scale))| self.bounded((x - mean) / scale))
            .collect()
    }

    /// Brings a standardised vector back to the original units.
    pub fn invert(&self, values: &[f32]) -> Vec<f32> {
        let columns = self.mean.iter().zip(&self.scale);
        values
            .iter()
            .zip(columns)
            .map(|(x, (mean, scale))| self.unbounded(*x) * scale + mean)
            .collect()
    }

    fn bounded(&self, value: f32) -> f32 {
        if self.limit.is_finite() {
            self.limit * (value / self.limit).tanh()
        } else {
            value
        }
    }

    fn unbounded(&self, value: f32) -> f32 {
        if self.limit.is_finite() {
            // What was at the limit or beyond it may have come from anywhere.
            self.limit * (value / self.limit).clamp(-0.999, 0.999).atanh()
        } else {
            value
        }
    }
}

/// A divisor that cannot blow up: 1 in place of (almost) nothing.
fn positive(scale: f64) -> f32 {
    if scale > 1e-6 { scale as f32 } else { 1.0 }
}

/// Mean and variance of each column.
fn moments(rows: &[&[f32]]) -> (Vec<f64>, Vec<f64>) {
    let width = rows.first().map_or(0, |row| row.len());
    let count = rows.len().max(1) as f64;
    let mut mean = vec![0.0; width];
    for row in rows {
        for (sum, &x) in mean.iter_mut().zip(*row) {
            *sum += f64::from(x) / count;
        }
    }
    let mut variance = vec![0.0; width];
    for row in rows {
        for ((sum, &x), m) in variance.iter_mut().zip(*row).zip(&mean) {
            *sum += (f64::from(x) - m).powi(2) / count;
        }
    }
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::Standard;

    #[test]
    fn z_scores_have_zero_mean_and_unit_variance() {
        let rows: [&[f32]; 3] = [&[1.0, 5.0, 2.0], &[2.0, 5.0, 4.0], &[6.0, 5.0, 9.0]];
        let standard = Standard::z_score(&rows);
        let scored: Vec<_> = rows.iter().map(|row| standard.apply(row)).collect();
        for column in [0, 2] {
            let mean: f32 = scored.iter().map(|row| row[column]).sum::<f32>() / 3.0;
            let variance: f32 = scored.iter().map(|row| row[column].powi(2)).sum::<f32>() / 3.0;
            assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
        }
        assert!(
            scored.iter().all(|row| row[1] == 0.0),
            "a constant column gives zero, not NaN"
        );
        for (row, scored) in rows.iter().zip(&scored) {
            let back = standard.invert(scored);
            assert!(row.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn what_does_not_count_comes_out_as_nothing() {
        let standard = Standard::z_score(&[&[1.0, 5.0], &[3.0, 7.0]]).without_last(1);
        let scored = standard.apply(&[3.0, 1000.0]);
        assert_eq!(scored[0], 1.0);
        assert!(scored[1].abs() < 1e-8);
    }

    #[test]
    fn a_limit_leaves_common_values_and_holds_rare_ones() {
        let rows: [&[f32]; 2] = [&[-1.0], &[1.0]];
        let standard = Standard::z_score(&rows).within(2.0);
        assert!((standard.apply(&[0.1])[0] - 0.1).abs() < 1e-3);
        assert!((standard.apply(&[40.0])[0] - 2.0).abs() < 1e-3);
        assert!((standard.invert(&standard.apply(&[-1.5]))[0] + 1.5).abs() < 1e-3);
        assert!(standard.invert(&[2.0])[0].is_finite());
    }

    #[test]
    fn centred_vectors_keep_relative_lengths() {
        let standard = Standard::centred(&[&[1.0, 10.0], &[3.0, 30.0]]);
        assert_eq!(standard.scale[0], standard.scale[1]);
        let a = standard.apply(&[3.0, 30.0]);
        assert!((a[1] / a[0] - 10.0).abs() < 1e-4);
    }
}
