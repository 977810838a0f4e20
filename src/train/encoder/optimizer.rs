//! Gradient steps: SGD with Nesterov momentum as the released code, and `AdamW`.

use serde::{Deserialize, Serialize};

use super::param::Param;

/// Which steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// SGD, Nesterov momentum 0.9, weight decay in the gradient (the released code).
    Sgd,
    /// Adam with decoupled weight decay.
    AdamW,
}

/// The optimiser's memory, in the order of the parameters.
#[derive(Clone, Debug)]
pub(crate) struct Optimizer {
    kind: OptimizerKind,
    weight_decay: f32,
    /// The last layer's learning rate, relative to the others'.
    head_factor: f32,
    pub(crate) steps: u64,
    pub(crate) first: Vec<Vec<f32>>,
    pub(crate) second: Vec<Vec<f32>>,
}

impl Optimizer {
    pub(crate) fn new(kind: OptimizerKind, weight_decay: f32, head_factor: f32) -> Self {
        Self {
            kind,
            weight_decay,
            head_factor,
            steps: 0,
            first: Vec::new(),
            second: Vec::new(),
        }
    }

    /// How much a tensor decays, relative to the others (released code, `main.py`, `load_optimizer`).
    fn decay_factor(name: &str) -> f32 {
        if name.ends_with("Linear_weight") {
            10.0
        } else if name.ends_with("Feature_Mask") {
            0.0
        } else {
            1.0
        }
    }

    /// One step of all parameters.
    pub(crate) fn step(&mut self, params: Vec<(String, &mut Param)>, rate: f32) {
        if self.first.is_empty() {
            let zeros = |(_, param): &(String, &mut Param)| vec![0.0; param.value.len()];
            self.first = params.iter().map(zeros).collect();
            self.second = match self.kind {
                OptimizerKind::Sgd => vec![Vec::new(); params.len()],
                OptimizerKind::AdamW => params.iter().map(zeros).collect(),
            };
        }
        self.steps += 1;
        let memories = self.first.iter_mut().zip(&mut self.second);
        for ((name, param), (first, second)) in params.into_iter().zip(memories) {
            let is_head = name.starts_with("fc.");
            let rate = if is_head {
                rate * self.head_factor
            } else {
                rate
            };
            match self.kind {
                OptimizerKind::Sgd => {
                    let decay = self.weight_decay * Self::decay_factor(&name);
                    nesterov(param, first, rate, decay);
                }
                OptimizerKind::AdamW => {
                    // Norms, biases, masks and shifts do not decay, matrices do.
                    let decays = name.ends_with("Linear_weight")
                        || name.ends_with("linear.weight")
                        || name.ends_with("conv.weight")
                        || name.ends_with("down.0.weight")
                        || name == "feature.weight"
                        || name == "fc.weight";
                    let decay = if decays { self.weight_decay } else { 0.0 };
                    adam(param, first, second, [rate, decay], self.steps);
                }
            }
        }
    }
}

/// Nesterov momentum (Sutskever et al. 2013, as PyTorch computes it).
fn nesterov(param: &mut Param, momentum: &mut [f32], rate: f32, decay: f32) {
    const MOMENTUM: f32 = 0.9;
    for ((value, grad), momentum) in param.value.iter_mut().zip(&param.grad).zip(momentum) {
        let grad = grad + decay * *value;
        *momentum = MOMENTUM * *momentum + grad;
        *value -= rate * (grad + MOMENTUM * *momentum);
    }
}

/// `AdamW` (Loshchilov and Hutter 2019), beta 0.9 and 0.999.
fn adam(
    param: &mut Param,
    first: &mut [f32],
    second: &mut [f32],
    [rate, decay]: [f32; 2],
    steps: u64,
) {
    const BETA: [f32; 2] = [0.9, 0.999];
    let steps = steps.min(100_000) as i32;
    let corrections = BETA.map(|beta| 1.0 - beta.powi(steps));
    for (((value, grad), first), second) in param
        .value
        .iter_mut()
        .zip(&param.grad)
        .zip(first)
        .zip(second)
    {
        *first += (1.0 - BETA[0]) * (grad - *first);
        *second += (1.0 - BETA[1]) * (grad * grad - *second);
        let mean = *first / corrections[0];
        let spread = (*second / corrections[1]).sqrt();
        *value -= rate * (mean / (spread + 1e-8) + decay * *value);
    }
}
