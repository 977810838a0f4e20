//! Terms of the baselines' losses, each with its gradients.

use crate::align::decision::normalise;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

/// The hinge loss and its gradients.
#[derive(Clone, Debug)]
pub struct Hinge {
    /// The sum over the classes, the mean over the samples.
    pub loss: f32,
    /// For the samples' vectors, `[samples, width]`.
    pub visual: Array2<f32>,
    /// For the classes' vectors, `[classes, width]`.
    pub texts: Array2<f32>,
}

/// `max(0, margin + v.t_j - v.t_own)`, summed over all classes `j`, the sample's own among them: that adds the margin
/// to every sample's loss, as in the released code.
///
/// `rows` has each sample's class, a row of `texts`. As in the released code, the vectors of the classes that a
/// sample is held against are constants: a text network learns only from its words' own samples. (So the own class
/// among them gives a gradient too.)
pub fn hinge(visual: &Array2<f32>, texts: &Array2<f32>, rows: &[usize], margin: f32) -> Hinge {
    let share = 1.0 / rows.len().max(1) as f32;
    let mut scores = visual.dot(&texts.t());
    let mut own = Array2::zeros(texts.dim());
    let mut loss = 0.0_f64;
    for (i, (mut line, &row)) in scores.outer_iter_mut().zip(rows).enumerate() {
        let threshold = line[row] - margin;
        let mut active = 0.0;
        for score in &mut line {
            let over = *score - threshold;
            loss += f64::from(over.max(0.0));
            *score = if over > 0.0 { share } else { 0.0 };
            active += *score;
        }
        line[row] -= active;
        own.row_mut(row).scaled_add(-active, &visual.row(i));
    }
    Hinge {
        loss: (loss * f64::from(share)) as f32,
        visual: scores.dot(texts),
        texts: own,
    }
}

/// The mean over all values of the squared errors, each row counting `weights[row]`, and its gradient for `output`.
///
/// The weights of all rows sum to 1 for a mean over samples; without weights all rows count the same.
pub fn squared_error(
    output: &Array2<f32>,
    target: ArrayView2<'_, f32>,
    weights: Option<&[f32]>,
) -> (f32, Array2<f32>) {
    let (rows, width) = output.dim();
    let mut gradient = output - &target;
    let mut loss = 0.0_f64;
    for (i, mut row) in gradient.outer_iter_mut().enumerate() {
        let weight = weights.map_or(1.0 / rows.max(1) as f32, |weights| weights[i]);
        let scale = weight / width.max(1) as f32;
        loss += f64::from(scale) * f64::from(row.dot(&row));
        row.mapv_inplace(|error| 2.0 * scale * error);
    }
    (loss as f32, gradient)
}

/// The maximum mean discrepancy of samples and classes under the kernel `exp(-sharpness * distance^2)`, with the
/// gradients for both. Each class counts `shares[class]`: its share of the samples.
pub fn discrepancy(
    samples: &Array2<f32>,
    classes: &Array2<f32>,
    shares: &[f32],
    sharpness: f32,
) -> (f32, Array2<f32>, Array2<f32>) {
    let count = samples.nrows();
    // All points in one table: with the classes' weights negative, the four blocks of the kernel are one sum.
    let points = concatenate![Axis(0), samples.view(), classes.view()];
    let share = 1.0 / count.max(1) as f32;
    let weight = |i: usize| if i < count { share } else { -shares[i - count] };
    let lengths: Vec<f32> = points.outer_iter().map(|row| row.dot(&row)).collect();
    let mut kernel = points.dot(&points.t());
    let mut sums = vec![0.0_f32; lengths.len()];
    let mut loss = 0.0_f64;
    for (i, mut line) in kernel.outer_iter_mut().enumerate() {
        let mut sum = 0.0;
        for (j, value) in line.iter_mut().enumerate() {
            let distance = (lengths[i] + lengths[j] - 2.0 * *value).max(0.0);
            let exponent = if i == j { 0.0 } else { sharpness * distance };
            // Beyond it the power is smaller than any float that counts beside 1.
            *value = if exponent < 60.0 {
                weight(j) * (-exponent).exp()
            } else {
                0.0
            };
            sum += *value;
        }
        loss += f64::from(weight(i) * sum);
        sums[i] = sum;
    }
    let mut gradient = kernel.dot(&points);
    for (i, mut row) in gradient.outer_iter_mut().enumerate() {
        let scale = -4.0 * sharpness * weight(i);
        row.zip_mut_with(&points.row(i), |mixed, &own| {
            *mixed = scale * (own * sums[i] - *mixed);
        });
    }
    let for_samples = gradient.slice(s![..count, ..]).to_owned();
    let for_classes = gradient.slice(s![count.., ..]).to_owned();
    (loss as f32, for_samples, for_classes)
}

/// Rows brought to unit length, and the lengths they had.
#[derive(Clone, Debug)]
pub struct Units {
    /// `[rows, width]`.
    pub rows: Array2<f32>,
    lengths: Vec<f32>,
}

impl Units {
    /// A row of zeros stays.
    pub fn of(rows: &Array2<f32>) -> Self {
        let length = |row: ndarray::ArrayView1<'_, f32>| row.dot(&row).sqrt().max(1e-12);
        let lengths: Vec<f32> = rows.outer_iter().map(length).collect();
        let mut rows = rows.as_standard_layout().into_owned();
        for mut row in rows.outer_iter_mut() {
            row.as_slice_mut().into_iter().for_each(normalise);
        }
        Self { rows, lengths }
    }

    /// From the gradient for the unit rows to that for the rows before: what lies along them is lost.
    pub fn backward(&self, mut gradient: Array2<f32>) -> Array2<f32> {
        let rows = self.rows.outer_iter().zip(&self.lengths);
        for (mut slopes, (unit, length)) in gradient.outer_iter_mut().zip(rows) {
            let along = slopes.dot(&unit);
            slopes.zip_mut_with(&unit, |slope, &x| *slope = (*slope - along * x) / length);
        }
        gradient
    }
}

#[cfg(test)]
mod tests {
    use super::{Units, discrepancy, hinge, squared_error};
    use ndarray::{Array2, arr2};
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn draw(seed: u64, shape: (usize, usize)) -> Array2<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
    }

    /// Holds a gradient against the loss's slope in every direction of its table.
    fn check(at: &Array2<f32>, gradient: &Array2<f32>, loss: impl Fn(&Array2<f32>) -> f32) {
        let step = 5e-3;
        for ((i, j), got) in gradient.indexed_iter() {
            let mut moved = at.clone();
            moved[[i, j]] += step;
            let above = loss(&moved);
            moved[[i, j]] -= 2.0 * step;
            let slope = (above - loss(&moved)) / (2.0 * step);
            assert!((slope - got).abs() < 4e-3, "{i}, {j}: {got} for {slope}");
        }
    }

    #[test]
    fn the_hinge_holds_each_sample_against_all_classes() {
        let texts = arr2(&[[1.0, 0.0], [0.0, 1.0]]);
        let far = hinge(&arr2(&[[2.0, 0.0]]), &texts, &[0], 0.3);
        assert!((far.loss - 0.3).abs() < 1e-6, "only the own class is left");
        assert_eq!(far.visual, Array2::<f32>::zeros((1, 2)));
        let (visual, texts, rows) = (draw(1, (4, 3)), draw(2, (3, 3)), [0, 2, 1, 2]);
        let got = hinge(&visual, &texts, &rows, 0.3);
        check(&visual, &got.visual, |visual| {
            hinge(visual, &texts, &rows, 0.3).loss
        });
        // Of the text vectors only the own ones move.
        let own = |own: &Array2<f32>| {
            let each = rows.iter().enumerate().map(|(i, &row)| {
                let v = visual.row(i);
                let over = texts
                    .outer_iter()
                    .map(|text| 0.3 + v.dot(&text) - v.dot(&own.row(row)));
                over.map(|over| over.max(0.0)).sum::<f32>() / 4.0
            });
            each.sum()
        };
        check(&texts, &got.texts, own);
    }

    #[test]
    fn squared_errors_and_unit_rows_have_their_slopes() {
        let (output, target) = (draw(3, (3, 4)), draw(4, (3, 4)));
        let weights = [0.5, 0.2, 0.3];
        let (_, gradient) = squared_error(&output, target.view(), Some(&weights));
        let loss = |x: &Array2<f32>| squared_error(x, target.view(), Some(&weights)).0;
        check(&output, &gradient, loss);
        let (even, _) = squared_error(&output, target.view(), None);
        let mean = (&output - &target).mapv(|x| x * x).mean().unwrap();
        assert!((even - mean).abs() < 1e-6);
        let unit = Units::of(&output).backward(target.clone());
        check(&output, &unit, |x| (&Units::of(x).rows * &target).sum());
    }

    #[test]
    fn the_discrepancy_is_zero_between_equals_and_has_its_slopes() {
        let (samples, classes) = (draw(5, (4, 2)), draw(6, (3, 2)));
        let shares = [0.25, 0.5, 0.25];
        let (_, for_samples, for_classes) = discrepancy(&samples, &classes, &shares, 2.0);
        check(&samples, &for_samples, |x| {
            discrepancy(x, &classes, &shares, 2.0).0
        });
        check(&classes, &for_classes, |x| {
            discrepancy(&samples, x, &shares, 2.0).0
        });
        let same = discrepancy(&samples, &samples, &[0.25; 4], 2.0).0;
        assert!(same.abs() < 1e-6);
    }
}
