//! The Adam optimiser on plain slices, in the order of operations of PyTorch's.

/// Adam's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamConfig {
    /// The learning rate.
    pub learning_rate: f64,
    /// Decay of the gradient's running mean.
    pub beta1: f64,
    /// Decay of the squared gradient's running mean.
    pub beta2: f64,
    /// Keeps the division finite.
    pub epsilon: f64,
}

impl AdamConfig {
    /// PyTorch's defaults at a learning rate.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

/// Running means for a fixed list of tensors.
#[derive(Clone, Debug)]
pub struct Adam {
    config: AdamConfig,
    step: i32,
    means: Vec<Vec<f32>>,
    squares: Vec<Vec<f32>>,
}

impl Adam {
    /// For tensors of these lengths.
    pub fn new(config: AdamConfig, lengths: &[usize]) -> Self {
        let zeros = || lengths.iter().map(|&length| vec![0.0; length]).collect();
        Self {
            config,
            step: 0,
            means: zeros(),
            squares: zeros(),
        }
    }

    /// One step. Each tensor comes with its gradient and its weight decay, which is added to the gradient
    /// (as PyTorch's `Adam` does, not `AdamW`).
    pub fn step<'a>(&mut self, tensors: impl IntoIterator<Item = (&'a mut [f32], &'a [f32], f32)>) {
        self.step += 1;
        let AdamConfig {
            learning_rate,
            beta1,
            beta2,
            epsilon,
        } = self.config;
        let step_size = (learning_rate / (1.0 - beta1.powi(self.step))) as f32;
        let root_correction = (1.0 - beta2.powi(self.step)).sqrt() as f32;
        let (beta2, epsilon) = (beta2 as f32, epsilon as f32);
        let (rest1, rest2) = ((1.0 - beta1) as f32, (1.0 - self.config.beta2) as f32);
        let state = self.means.iter_mut().zip(&mut self.squares);
        for ((parameters, gradients, decay), (means, squares)) in tensors.into_iter().zip(state) {
            let gradients = gradients.iter();
            for (((p, &g), m), v) in parameters.iter_mut().zip(gradients).zip(means).zip(squares) {
                let g = g + decay * *p;
                *m += (g - *m) * rest1;
                *v = *v * beta2 + g * g * rest2;
                *p -= step_size * (*m / (v.sqrt() / root_correction + epsilon));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Adam, AdamConfig};

    #[test]
    fn finds_the_lowest_point_of_a_bowl() {
        let mut point = [3.0, -2.0];
        let mut adam = Adam::new(AdamConfig::new(0.05), &[2]);
        for _ in 0..1_000 {
            let gradient = [2.0 * (point[0] - 1.0), 20.0 * point[1]];
            adam.step([(&mut point[..], &gradient[..], 0.0)]);
        }
        assert!(
            (point[0] - 1.0).abs() < 1e-3 && point[1].abs() < 1e-3,
            "{point:?}"
        );
    }

    #[test]
    fn the_first_step_is_the_learning_rate_whatever_the_gradient() {
        let mut point = [0.0, 0.0];
        Adam::new(AdamConfig::new(0.1), &[2]).step([(&mut point[..], &[1e-3, -50.0][..], 0.0)]);
        assert!(
            (point[0] + 0.1).abs() < 1e-5 && (point[1] - 0.1).abs() < 1e-5,
            "{point:?}"
        );
    }
}
