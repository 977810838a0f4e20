//! What is said of a row of numbers in few.

/// Mean, standard deviation, and what 5 and 95 % of the time is below.
pub(super) fn spread(values: &[f64]) -> [f64; 4] {
    let (low, high) = (
        quantile(values.to_vec(), 0.05),
        quantile(values.to_vec(), 0.95),
    );
    [mean(values), deviation(values), low, high]
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

pub(super) fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / values.len().max(1) as f64).sqrt()
}

pub(super) fn extent(values: &[f64]) -> f64 {
    let low = values.iter().copied().reduce(f64::min);
    let high = values.iter().copied().reduce(f64::max);
    low.zip(high).map_or(0.0, |(low, high)| high - low)
}

pub(super) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// What this part of the values is below, between neighbours by interpolation; 0 of none.
pub(super) fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let place = part * last as f64;
    let below = place.floor();
    let (low, high) = (
        values[below as usize],
        values[(below as usize + 1).min(last)],
    );
    low + (high - low) * (place - below)
}
