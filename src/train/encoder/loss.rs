//! What a batch's features and logits cost, and the gradients of that.

/// Costs of a batch and their gradients.
#[derive(Clone, Debug)]
pub(crate) struct BatchLoss {
    /// Cross-entropy with smoothed targets, mean over the clips.
    pub(crate) class_loss: f32,
    /// The weighted distance to the teacher's features, mean over the clips.
    pub(crate) feature_loss: f32,
    /// Clips whose class comes first.
    pub(crate) right: usize,
    pub(crate) logit_grad: Vec<f32>,
    pub(crate) feature_grad: Vec<f32>,
}

/// What the teacher's features look like over all clips: what distances and angles are measured from.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeatureScale {
    pub(crate) mean: Vec<f32>,
    /// Sum over the dimensions of the variance.
    pub(crate) variance: f32,
}

impl FeatureScale {
    /// Of features of one width.
    pub(crate) fn of<'a>(features: impl Iterator<Item = &'a [f32]> + Clone) -> Self {
        let count = features.clone().count().max(1) as f32;
        let width = features.clone().next().map_or(0, <[f32]>::len);
        let mut mean = vec![0.0; width];
        for feature in features.clone() {
            for (mean, value) in mean.iter_mut().zip(feature) {
                *mean += value / count;
            }
        }
        let distance = |feature: &[f32]| -> f32 {
            let squares = feature
                .iter()
                .zip(&mean)
                .map(|(x, mean)| (x - mean).powi(2));
            squares.sum()
        };
        let variance = features.map(distance).sum::<f32>() / count;
        Self {
            mean,
            variance: variance.max(1e-12),
        }
    }
}

/// The index of the highest value; the first among equals.
pub(crate) fn best(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

impl BatchLoss {
    /// Cross-entropy of `[clips, classes]` logits.
    pub(crate) fn of_classes(
        logits: &[f32],
        labels: &[usize],
        smoothing: f32,
        feature_values: usize,
    ) -> Self {
        let classes = logits.len() / labels.len().max(1);
        let count = labels.len() as f32;
        let mut loss = Self {
            class_loss: 0.0,
            feature_loss: 0.0,
            right: 0,
            logit_grad: Vec::with_capacity(logits.len()),
            feature_grad: vec![0.0; feature_values],
        };
        for (row, &label) in logits.chunks_exact(classes.max(1)).zip(labels) {
            loss.right += usize::from(best(row) == label);
            let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = row.iter().map(|x| (x - highest).exp()).sum();
            for (class, x) in row.iter().enumerate() {
                let log = x - highest - total.ln();
                let own = if class == label { 1.0 - smoothing } else { 0.0 };
                let target = own + smoothing / classes as f32;
                loss.class_loss -= target * log / count;
                loss.logit_grad.push((log.exp() - target) / count);
            }
        }
        loss
    }

    /// Adds the distance and the angle to the teacher's features.
    pub(crate) fn add_features(
        &mut self,
        features: &[f32],
        targets: &[&[f32]],
        scale: &FeatureScale,
        [distance_weight, cosine_weight]: [f32; 2],
    ) {
        let width = scale.mean.len();
        let count = targets.len() as f32;
        let rows = features.chunks_exact(width.max(1));
        let grads = self.feature_grad.chunks_exact_mut(width.max(1));
        for ((row, target), grad) in rows.zip(targets).zip(grads) {
            let factor = distance_weight / (scale.variance * count);
            for ((x, target), grad) in row.iter().zip(*target).zip(grad.iter_mut()) {
                self.feature_loss += factor * (x - target).powi(2);
                *grad += 2.0 * factor * (x - target);
            }
            let centred = |values: &[f32]| -> Vec<f32> {
                values
                    .iter()
                    .zip(&scale.mean)
                    .map(|(x, mean)| x - mean)
                    .collect()
            };
            let (a, b) = (centred(row), centred(target));
            let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            // A floor of a hundredth of the features' spread keeps the angle of a tiny vector from running away.
            let floor = 1e-4 * scale.variance;
            let (aa, bb) = ((dot(&a, &a) + floor).sqrt(), (dot(&b, &b) + floor).sqrt());
            let cosine = dot(&a, &b) / (aa * bb);
            let factor = cosine_weight / count;
            self.feature_loss += factor * (1.0 - cosine);
            for ((grad, a), b) in grad.iter_mut().zip(&a).zip(&b) {
                *grad -= factor * (b / (aa * bb) - cosine * a / (aa * aa));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_slopes() {
        let logits = [0.3, -0.2, 1.1, 0.4, 0.0, -0.7];
        let features = [0.5, -1.0, 2.0, 0.1];
        let targets: [&[f32]; 2] = [&[0.4, 0.2], &[-1.0, 0.6]];
        let scale = FeatureScale::of(targets.iter().copied());
        let cost = |logits: &[f32], features: &[f32]| {
            let mut loss = BatchLoss::of_classes(logits, &[2, 0], 0.1, 4);
            loss.add_features(features, &targets, &scale, [0.7, 0.4]);
            loss
        };
        let at = cost(&logits, &features);
        let step = 1e-2;
        for index in 0..6 {
            let slope = |sign: f32| {
                let mut moved = logits;
                moved[index] += sign * step;
                cost(&moved, &features).class_loss
            };
            let slope = (slope(1.0) - slope(-1.0)) / (2.0 * step);
            assert!((slope - at.logit_grad[index]).abs() < 1e-3);
        }
        for index in 0..4 {
            let slope = |sign: f32| {
                let mut moved = features;
                moved[index] += sign * step;
                cost(&logits, &moved).feature_loss
            };
            let slope = (slope(1.0) - slope(-1.0)) / (2.0 * step);
            assert!((slope - at.feature_grad[index]).abs() < 1e-3);
        }
        assert_eq!(at.right, 2);
    }
}
