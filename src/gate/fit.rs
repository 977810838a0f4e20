//! The gate's regression: L-BFGS on the regularised logistic loss.

use super::GateError;
use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

/// Weights and intercept of the log odds of `true`, found with the penalty `|w|^2 / (2 c)`.
///
/// The released code's `multi_class="multinomial", C=1` is this with `c = 2`, since it spreads the weights over
/// two classes: its coefficients are half of these, and its probabilities the same.
pub fn logistic_regression(
    rows: &[Vec<f32>],
    targets: &[bool],
    c: f64,
) -> Result<(Vec<f32>, f32), GateError> {
    let width = rows.first().map_or(0, Vec::len);
    if width == 0 || rows.len() != targets.len() || rows.iter().any(|row| row.len() != width) {
        let found = format!(
            "{} rows and {} targets; every row needs the same length",
            rows.len(),
            targets.len()
        );
        return Err(GateError::Invalid(found));
    }
    if targets.iter().all(|target| *target == targets[0]) {
        return Err(GateError::Invalid(
            "samples of both sides are needed, seen and unseen".to_owned(),
        ));
    }
    let values = rows.iter().flatten().map(|&x| f64::from(x)).collect();
    let records = Array2::from_shape_vec((rows.len(), width), values);
    let records = records.map_err(|error| GateError::Invalid(error.to_string()))?;
    let dataset = Dataset::new(records, Array1::from(targets.to_vec()));
    let fitted = LogisticRegression::default()
        .alpha(1.0 / c)
        .max_iterations(5_000)
        .gradient_tolerance(1e-4)
        .fit(&dataset)?;
    // The library calls the more frequent class positive.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let weights = fitted.params().iter().map(|w| (sign * w) as f32).collect();
    Ok((weights, (sign * fitted.intercept()) as f32))
}

#[cfg(test)]
mod tests {
    use super::logistic_regression;

    #[test]
    fn either_side_may_be_the_larger() {
        for flip in [false, true] {
            let rows: Vec<Vec<f32>> = (0..30).map(|i| vec![i as f32 / 10.0]).collect();
            let targets: Vec<bool> = (0..30).map(|i| (i >= 20) != flip).collect();
            let (weights, _) = logistic_regression(&rows, &targets, 10.0).unwrap();
            assert_eq!(weights[0] > 0.0, !flip);
        }
    }

    #[test]
    fn refuses_one_sided_and_ragged_samples() {
        assert!(logistic_regression(&[vec![1.0], vec![2.0]], &[true, true], 2.0).is_err());
        assert!(logistic_regression(&[vec![1.0], vec![2.0, 1.0]], &[true, false], 2.0).is_err());
        assert!(logistic_regression(&[vec![f32::NAN], vec![2.0]], &[true, false], 2.0).is_err());
        assert!(logistic_regression(&[], &[], 2.0).is_err());
    }
}
