//! The training step against the released code's, and against slopes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, ArrayViewD};
use ndarray_npy::read_npy;
use safetensors::SafeTensors;

use burn::tensor::Device;

use super::loss::BatchLoss;
use super::network::Network;
use super::optimizer::{Optimizer, OptimizerKind};
use crate::device::{self, DeviceChoice};
use crate::encoder::ShiftGcnConfig;
use crate::encoder::weights::StreamWeights;

/// The released code's two steps: two bodies, 32 frames, four clips.
fn reference() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/reference/shift-gcn/train_step_M2_T32");
    if folder.exists() {
        return Some(folder);
    }
    println!("{} is not there: nothing to compare with", folder.display());
    None
}

fn batch(folder: &Path) -> (Vec<f32>, Vec<usize>) {
    let x: ArrayD<f32> = read_npy(folder.join("x.npy")).unwrap();
    let y: ArrayD<i64> = read_npy(folder.join("y.npy")).unwrap();
    let clip = |clip: ArrayViewD<'_, f32>| {
        let ordered = clip.permuted_axes(vec![3, 1, 2, 0]);
        ordered.iter().copied().collect::<Vec<f32>>()
    };
    let values = x.outer_iter().flat_map(clip).collect();
    (values, y.iter().map(|&label| label as usize).collect())
}

fn tensors(file: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = fs::read(file).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let values = |data: &[u8]| {
        data.as_chunks()
            .0
            .iter()
            .map(|x| f32::from_le_bytes(*x))
            .collect()
    };
    whole
        .iter()
        .filter(|(_, view)| view.dtype() == safetensors::Dtype::F32)
        .map(|(name, view)| (name.to_owned(), values(view.data())))
        .collect()
}

/// Length of the difference over the length of the reference.
fn distance(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    let squares = got.iter().zip(expected).map(|(a, b)| (a - b).powi(2));
    let length: f32 = expected.iter().map(|b| b.powi(2)).sum();
    (squares.sum::<f32>() / length.max(1e-12)).sqrt()
}

/// Gradients as PyTorch's. Behind the last ReLU they agree to rounding. Before it they cannot: a value that
/// rounding moves across zero opens or closes its gate, and an input changed by one part in a million already
/// moves these gradients by 1 to 2 %.
#[test]
fn two_training_steps_are_the_references() {
    follows_the_reference(|network| network);
}

#[test]
fn two_training_steps_on_a_device_are_the_references() {
    let device = test_device();
    follows_the_reference(|network| network.on(&device));
}

/// The device that `SYNSE_TEST_DEVICE` names, such as `gpu`; without it burn on the CPU.
fn test_device() -> Device {
    let Ok(choice) = std::env::var("SYNSE_TEST_DEVICE") else {
        return Device::flex();
    };
    let choice: DeviceChoice = choice.parse().unwrap();
    device::open(&choice).unwrap().device
}

fn follows_the_reference(placed: impl Fn(Network) -> Network) {
    let Some(folder) = reference() else { return };
    let (values, labels) = batch(&folder);
    let weights = StreamWeights::read(&folder.join("before.safetensors")).unwrap();
    let mut network = placed(Network::new(&weights));
    let mut optimizer = Optimizer::new(OptimizerKind::Sgd, 1e-4, 1.0);
    let grads = tensors(&folder.join("grads_step0.safetensors"));
    let after = tensors(&folder.join("after1.safetensors"));
    for (step, expected) in [8.775_608, 1.341_908_7].into_iter().enumerate() {
        let out = network.forward(&values, 32).unwrap();
        let loss = BatchLoss::of_classes(&out.logits, &labels, 0.0, out.features.len());
        let tolerance = if step == 0 { 1e-4 } else { 2e-3 };
        assert!(
            (loss.class_loss / expected - 1.0).abs() < tolerance,
            "{}",
            loss.class_loss
        );
        network
            .backward(&loss.feature_grad, &loss.logit_grad)
            .unwrap();
        if step == 1 {
            continue;
        }
        let logits: ArrayD<f32> = read_npy(folder.join("logits_train_step0.npy")).unwrap();
        let logits: Vec<f32> = logits.iter().copied().collect();
        assert!(distance(&out.logits, &logits) < 1e-4);
        let mut signs = [0, 0];
        for (name, param) in network.params() {
            let (got, expected) = (param.plain_grad(), &grads[&name]);
            if name.ends_with("ypos") {
                let same = got.iter().zip(expected).filter(|(a, b)| a == b).count();
                signs[0] += same;
                signs[1] += got.len();
            } else if is_before_a_norm(&name) {
                // The norm takes the mean away: these are zero but for rounding.
                assert!(expected.iter().all(|x| x.abs() < 1e-4), "{name}");
            } else {
                let most = if name.starts_with("fc") {
                    1e-4
                } else if name.starts_with("l10.tcn1.bn2") {
                    1e-3
                } else {
                    0.05
                };
                let distance = distance(&got, expected);
                assert!(distance < most, "{name}: {distance}");
            }
        }
        assert!(signs[0] as f32 > 0.97 * signs[1] as f32, "{signs:?}");
        optimizer.step(network.params(), 0.1);
        let stepped = network.weights(32).unwrap();
        for name in weights.config().tensors().keys() {
            let distance = distance(stepped.values(name), &after[name]);
            assert!(
                distance < 0.02 || is_before_a_norm(name),
                "{name}: {distance}"
            );
        }
    }
}

fn is_before_a_norm(name: &str) -> bool {
    name.ends_with("Linear_bias") || name.ends_with("down.0.bias") || name.ends_with("conv.bias")
}

/// Numbers between -1 and 1.
fn numbers(mut seed: u64) -> impl FnMut() -> f32 {
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

/// Narrow networks of one and of two bodies, so that rounding moves few values across a `ReLU`'s zero.
#[test]
fn a_device_gives_the_same_gradients_and_statistics() {
    let device = test_device();
    for bodies in [1, 2] {
        let config = ShiftGcnConfig {
            classes: 3,
            widths: [4, 6, 8],
            feature: 5,
            bodies,
        };
        let mut uniform = numbers(1);
        let values: Vec<f32> = (0..3 * bodies * 16 * 75).map(|_| uniform()).collect();
        let mut far = numbers(5);
        // Shifts of up to three frames, so that they reach beyond both ends.
        let mut here = Network::random(&config, || 3.0 * far(), numbers(3)).unwrap();
        let mut there = here.clone().on(&device);
        let passes = |network: &mut Network| {
            let out = network.forward(&values, 16).unwrap();
            let loss = BatchLoss::of_classes(&out.logits, &[0, 2, 1], 0.1, out.features.len());
            network.backward(&out.features, &loss.logit_grad).unwrap();
            out
        };
        let (expected, got) = (passes(&mut here), passes(&mut there));
        assert!(distance(&got.features, &expected.features) < 1e-4);
        assert!(distance(&got.logits, &expected.logits) < 1e-4);
        let mut positions = [0, 0];
        for ((name, got), (_, expected)) in there.params().into_iter().zip(here.params()) {
            if name.ends_with("ypos") {
                let same = got.grad.iter().zip(&expected.grad).filter(|(a, b)| a == b);
                positions[0] += same.count();
                positions[1] += got.grad.len();
            } else {
                let distance = distance(&got.grad, &expected.grad);
                assert!(distance < 1e-2, "{bodies} bodies, {name}: {distance}");
            }
        }
        assert!(positions[0] * 50 > positions[1] * 49, "{positions:?}");
        let (got, expected) = (there.weights(16).unwrap(), here.weights(16).unwrap());
        for name in config.tensors().keys() {
            // Means that come to nothing have nothing to be relative to.
            let pairs = got.values(name).iter().zip(expected.values(name));
            let most = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most < 1e-4, "{bodies} bodies, {name}: {most}");
        }
    }
}

#[test]
fn gradients_of_features_and_projection_are_slopes() {
    let config = ShiftGcnConfig {
        classes: 3,
        widths: [4, 4, 8],
        feature: 5,
        bodies: 1,
    };
    let mut uniform = numbers(1);
    let values: Vec<f32> = (0..2 * 8 * 75).map(|_| uniform()).collect();
    let directions: Vec<f32> = (0..2 * config.feature).map(|_| uniform()).collect();
    let mut network = Network::random(&config, numbers(2), numbers(3)).unwrap();
    let cost = |network: &mut Network| -> f32 {
        let out = network.forward(&values, 8).unwrap();
        out.features
            .iter()
            .zip(&directions)
            .map(|(a, b)| a * b)
            .sum()
    };
    cost(&mut network);
    network.backward(&directions, &[0.0; 6]).unwrap();
    for tensor in [
        "feature.weight",
        "feature.bias",
        "l10.tcn1.bn2.bias",
        "l10.tcn1.bn2.weight",
    ] {
        let grad = |network: &mut Network| {
            let params = network.params();
            let found = params.into_iter().find(|(name, _)| name == tensor);
            found.map(|(_, param)| param.grad.clone()).unwrap()
        };
        let slopes = grad(&mut network);
        for (index, slope) in slopes.iter().enumerate().step_by(3) {
            let moved = |by: f32| {
                let mut moved = network.clone();
                let params = moved.params().into_iter();
                params
                    .filter(|(name, _)| name == tensor)
                    .for_each(|(_, param)| param.value[index] += by);
                cost(&mut moved)
            };
            let expected = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let allowed = 0.05 * slope.abs().max(0.1);
            assert!(
                (slope - expected).abs() < allowed,
                "{tensor}[{index}]: {slope} {expected}"
            );
        }
    }
}
