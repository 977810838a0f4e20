//! Dense layers in a row, forward and backward: what the baselines are made of.

use crate::align::adam::{Adam, AdamConfig};
use crate::align::layers::{Layer, Layers};
use crate::align::network::{Activation, Dense};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use rand::Rng;

/// `gradient.weight = errors^T * input`, `gradient.bias` the sum over the rows.
pub fn dense_backward(
    errors: ArrayView2<'_, f32>,
    input: ArrayView2<'_, f32>,
    gradient: &mut Dense,
) {
    general_mat_mul(1.0, &errors.t(), &input, 0.0, &mut gradient.weight);
    gradient.bias.fill(0.0);
    for row in errors.outer_iter() {
        gradient.bias += &row;
    }
}

/// Dense layers, each with what follows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The layers, in their order.
    pub layers: Vec<(Dense, Activation)>,
}

/// The input of a chain and the output of each of its layers, `[rows, width]` each.
#[derive(Clone, Debug)]
pub struct Trace(Vec<Array2<f32>>);

impl Trace {
    /// What the last layer gave.
    pub fn output(&self) -> &Array2<f32> {
        &self.0[self.0.len() - 1]
    }
}

impl Chain {
    /// Layers from each size to the next, as PyTorch starts them.
    pub fn uniform(sizes: &[usize], activations: &[Activation], rng: &mut impl Rng) -> Self {
        let pairs = sizes.windows(2).zip(activations);
        let layer = |(pair, &activation): (&[usize], &Activation)| {
            (Dense::uniform(pair[0], pair[1], rng), activation)
        };
        Self {
            layers: pairs.map(layer).collect(),
        }
    }

    /// All zeros, with the sizes of another: the form in which gradients are kept.
    pub fn zeros_like(other: &Self) -> Self {
        let zeros = |(dense, activation): &(Dense, Activation)| {
            let (outputs, inputs) = dense.weight.dim();
            (Dense::zeros(inputs, outputs), *activation)
        };
        Self {
            layers: other.layers.iter().map(zeros).collect(),
        }
    }

    /// Runs rows through all layers.
    pub fn forward(&self, input: Array2<f32>) -> Trace {
        let mut trace = vec![input];
        for (dense, activation) in &self.layers {
            let input = &trace[trace.len() - 1];
            let mut output = Array2::zeros((input.nrows(), dense.bias.len()));
            dense.forward(input.view(), output.view_mut());
            if *activation != Activation::Linear {
                output.mapv_inplace(|x| activation.apply(x));
            }
            trace.push(output);
        }
        Trace(trace)
    }

    /// Gradients of all parameters, from those of the output.
    pub fn backward(&self, trace: &Trace, errors: Array2<f32>, gradient: &mut Self) {
        self.descend(trace, errors, gradient, false);
    }

    /// [`Self::backward`] that goes on to the input's gradient.
    pub fn backward_through(
        &self,
        trace: &Trace,
        errors: Array2<f32>,
        gradient: &mut Self,
    ) -> Array2<f32> {
        self.descend(trace, errors, gradient, true)
    }

    /// Gives the gradient of the first layer's input, or of its output where the input's is not wanted.
    fn descend(
        &self,
        trace: &Trace,
        mut errors: Array2<f32>,
        gradient: &mut Self,
        through: bool,
    ) -> Array2<f32> {
        for (i, (dense, activation)) in self.layers.iter().enumerate().rev() {
            if *activation != Activation::Linear {
                errors.zip_mut_with(&trace.0[i + 1], |error, &output| {
                    *error *= activation.slope(output);
                });
            }
            dense_backward(errors.view(), trace.0[i].view(), &mut gradient.layers[i].0);
            if i > 0 || through {
                errors = errors.dot(&dense.weight);
            }
        }
        errors
    }

    /// Every tensor as a slice: weight and bias of each layer.
    pub fn slices_mut(&mut self) -> Vec<&mut [f32]> {
        let layers = self.layers.iter_mut();
        layers.flat_map(|(dense, _)| dense.slices_mut()).collect()
    }

    /// The same layers at the end of `before`, for single vectors.
    pub fn after(&self, before: Layers) -> Layers {
        let layers = self.layers.iter().cloned();
        layers.fold(before, |all, (dense, activation)| {
            all.then(Layer::Dense(dense, activation))
        })
    }
}

/// Adam over the chains of a network, each with a weight decay of its own.
#[derive(Clone, Debug)]
pub struct Descent {
    adam: Adam,
    steps: usize,
}

impl Descent {
    /// For chains of these sizes.
    pub fn new(learning_rate: f64, chains: Vec<&mut Chain>) -> Self {
        let slices = chains.into_iter().flat_map(Chain::slices_mut);
        let lengths: Vec<usize> = slices.map(|slice| slice.len()).collect();
        Self {
            adam: Adam::new(AdamConfig::new(learning_rate), &lengths),
            steps: 0,
        }
    }

    /// How many steps it has taken.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// One step. Chains and gradients come in the order in which the chains were given at the start.
    pub fn step(&mut self, chains: Vec<(&mut Chain, f32)>, gradients: Vec<&mut Chain>) {
        let tensors = chains.into_iter().flat_map(|(chain, decay)| {
            let slices = chain.slices_mut().into_iter();
            slices.map(move |slice| (slice, decay))
        });
        let gradients = gradients.into_iter().flat_map(Chain::slices_mut);
        let steps = tensors
            .zip(gradients)
            .map(|((tensor, decay), gradient)| (tensor, &*gradient, decay));
        self.adam.step(steps);
        self.steps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Chain;
    use crate::align::layers::Layers;
    use crate::align::network::Activation;
    use ndarray::Array2;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn made() -> (Chain, Array2<f32>, Array2<f32>) {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let activations = [Activation::Tanh, Activation::Relu, Activation::Linear];
        let chain = Chain::uniform(&[5, 6, 4, 3], &activations, &mut rng);
        let mut draw = |shape| Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0));
        (chain, draw((7, 5)), draw((7, 3)))
    }

    /// A made loss: the products of output and `slopes`, summed.
    fn loss(chain: &Chain, input: &Array2<f32>, slopes: &Array2<f32>) -> f64 {
        let trace = chain.forward(input.clone());
        let products = trace.output().iter().zip(slopes);
        products.map(|(a, b)| f64::from(a * b)).sum()
    }

    #[test]
    fn gradients_are_the_slopes_of_the_loss() {
        let (mut chain, mut input, slopes) = made();
        let mut gradient = Chain::zeros_like(&chain);
        let trace = chain.forward(input.clone());
        let back = chain.backward_through(&trace, slopes.clone(), &mut gradient);
        // Short, because a rectified unit has a kink.
        let step = 1e-3_f32;
        for tensor in 0..6 {
            for at in [0, 2] {
                let start = chain.slices_mut()[tensor][at];
                let mut at_offset = |offset: f32| {
                    chain.slices_mut()[tensor][at] = start + offset;
                    loss(&chain, &input, &slopes)
                };
                let slope = (at_offset(step) - at_offset(-step)) / f64::from(2.0 * step);
                at_offset(0.0);
                let got = f64::from(gradient.slices_mut()[tensor][at]);
                assert!(
                    (slope - got).abs() < 5e-3,
                    "tensor {tensor}, {at}: {got} for {slope}"
                );
            }
        }
        let start = input[[3, 1]];
        let mut at_offset = |offset: f32| {
            input[[3, 1]] = start + offset;
            loss(&chain, &input, &slopes)
        };
        let slope = (at_offset(step) - at_offset(-step)) / f64::from(2.0 * step);
        assert!((slope - f64::from(back[[3, 1]])).abs() < 5e-3);
    }

    #[test]
    fn single_vectors_go_the_same_way() {
        let (chain, input, _) = made();
        let layers = chain.after(Layers::new(5));
        let one = layers.apply(&input.row(2).to_vec());
        let all = chain.forward(input);
        let pairs = one.iter().zip(all.output().row(2));
        assert!(pairs.fold(true, |same, (a, b)| same && (a - b).abs() < 1e-6));
    }
}
