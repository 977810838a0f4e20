//! Layers in a row: the way from a feature, or from words, to the space in which both are compared.

use super::decision::normalise;
use super::network::{Activation, Dense};
use super::standard::Standard;

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// Standardisation.
    Standard(Standard),
    /// `log(1 + x)`, and its mirror image for values below zero.
    Logarithm,
    /// Each block of so many values is brought to unit length.
    Unit(usize),
    /// A dense layer and what follows it.
    Dense(Dense, Activation),
}

impl Layer {
    fn apply(&self, mut values: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Standard(standard) => standard.apply(&values),
            Self::Logarithm => {
                for x in &mut values {
                    *x = x.abs().ln_1p().copysign(*x);
                }
                values
            }
            Self::Unit(block) => {
                values.chunks_mut((*block).max(1)).for_each(normalise);
                values
            }
            Self::Dense(dense, activation) => {
                let mut output = dense.forward_one(&values);
                for x in &mut output {
                    *x = activation.apply(*x);
                }
                output
            }
        }
    }
}

/// Layers in a row, for vectors of one width.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    width: usize,
    layers: Vec<Layer>,
}

impl Layers {
    /// None yet.
    pub fn new(width: usize) -> Self {
        Self {
            width,
            layers: Vec::new(),
        }
    }

    /// With one more at the end.
    #[must_use]
    pub fn then(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The width of what they take.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All of them, one after the other. The vector must have their width.
    pub fn apply(&self, values: &[f32]) -> Vec<f32> {
        self.layers
            .iter()
            .fold(values.to_vec(), |values, layer| layer.apply(values))
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, Layers};
    use crate::align::network::{Activation, Dense};

    #[test]
    fn layers_follow_one_another() {
        let double = Dense {
            weight: ndarray::arr2(&[[2.0, 0.0], [0.0, -2.0]]),
            bias: ndarray::arr1(&[0.0, 0.0]),
        };
        let layers = Layers::new(2)
            .then(Layer::Unit(2))
            .then(Layer::Dense(double, Activation::Relu));
        let output = layers.apply(&[3.0, 4.0]);
        assert!((output[0] - 1.2).abs() < 1e-6 && output[1] == 0.0);
    }

    #[test]
    fn the_logarithm_keeps_signs_and_blocks_have_unit_length_each() {
        let output = Layers::new(2).then(Layer::Logarithm).apply(&[1.0, -1.0]);
        assert_eq!(output, [2.0_f32.ln(), -(2.0_f32.ln())]);
        let output = Layers::new(4)
            .then(Layer::Unit(2))
            .apply(&[5.0, 0.0, 0.0, -0.1]);
        assert_eq!(output, [1.0, 0.0, 0.0, -1.0]);
    }
}
