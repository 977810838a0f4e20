//! The gate against the authors' scripts: fits, probabilities, grid search and predictions.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use ndarray::{Array1, Array2};
use ndarray_npy::{ReadableElement, read_npy};
use std::path::{Path, PathBuf};
use synse::align::accuracy::highest;
use synse::align::decision::softmax;
use synse::gate::fit::logistic_regression;
use synse::gate::likeness::Likeness;
use synse::gate::{Gate, GateProfile, soft};
use synse::train::gate::{GateConfig, GateSample, Truth, best_threshold, fit_at};

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    if !shared.exists() {
        println!("skipped: ../shared/reference is not here");
        return None;
    }
    Some(shared)
}

fn npy<T: ReadableElement, D: ndarray::Dimension>(path: &Path) -> ndarray::Array<T, D> {
    read_npy(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows(path: &Path) -> Vec<Vec<f32>> {
    npy::<f32, ndarray::Ix2>(path)
        .outer_iter()
        .map(|row| row.to_vec())
        .collect()
}

fn classes(path: &Path) -> Vec<usize> {
    npy::<i64, ndarray::Ix1>(path)
        .iter()
        .map(|&class| class as usize)
        .collect()
}

fn summary(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap()
}

/// numpy's legacy random numbers (MT19937), to draw the samples that the original drew.
struct Numpy {
    state: Vec<u32>,
    next: usize,
}

impl Numpy {
    fn seeded(seed: u32) -> Self {
        let mut state = vec![seed];
        for i in 1..624_u32 {
            let last = state[i as usize - 1];
            state.push(
                (last ^ (last >> 30))
                    .wrapping_mul(1_812_433_253)
                    .wrapping_add(i),
            );
        }
        Self { state, next: 624 }
    }

    fn number(&mut self) -> u32 {
        if self.next == 624 {
            for i in 0..624 {
                let joined =
                    (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                let twist = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ (joined >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut number = self.state[self.next];
        self.next += 1;
        number ^= number >> 11;
        number ^= (number << 7) & 0x9d2c_5680;
        number ^= (number << 15) & 0xefc6_0000;
        number ^ (number >> 18)
    }

    fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            let mask = (i as u32 + 1).next_power_of_two() - 1;
            let j = loop {
                let number = (self.number() & mask) as usize;
                if number <= i {
                    break number;
                }
            };
            all.swap(i, j);
        }
        all
    }
}

/// Training and validation samples as the original drew them: at each temperature anew.
struct Drawn {
    unseen: Vec<GateSample>,
    seen: Vec<GateSample>,
    numpy: Numpy,
}

impl Drawn {
    fn new(folder: &Path) -> Self {
        let samples = |logits: &str, phrases: &str, truth: Truth| {
            let pairs = rows(&folder.join(logits))
                .into_iter()
                .zip(rows(&folder.join(phrases)));
            pairs
                .enumerate()
                .map(|(clip, (seen_logits, unseen))| GateSample {
                    seen_logits,
                    unseen,
                    likeness: Likeness::default(),
                    truth,
                    clip,
                })
                .collect()
        };
        Self {
            unseen: samples("ztest_out.npy", "unseen_zs.npy", Truth::Unseen(0)),
            seen: samples("val_out.npy", "seen_zs.npy", Truth::Seen(0)),
            numpy: Numpy::seeded(5),
        }
    }

    fn next(&mut self) -> (Vec<GateSample>, Vec<GateSample>, [Vec<usize>; 2]) {
        let unseen: Vec<usize> = self.numpy.permutation(self.unseen.len())[..300].to_vec();
        let seen: Vec<usize> = self.numpy.permutation(self.seen.len())[..400].to_vec();
        let (mut training, mut validation) = (Vec::new(), Vec::new());
        for (samples, drawn) in [(&self.unseen, &unseen), (&self.seen, &seen)] {
            validation.extend(drawn.iter().map(|&i| samples[i].clone()));
            training.extend(
                (0..samples.len())
                    .filter(|i| !drawn.contains(i))
                    .map(|i| samples[i].clone()),
            );
        }
        self.numpy.permutation(training.len());
        (training, validation, [unseen, seen])
    }
}

#[test]
fn fits_the_originals_regression() {
    let Some(shared) = shared() else { return };
    for variant in ["as_shipped", "fixed_unseen_zs"] {
        let folder = shared.join("gating").join(variant).join("T3");
        let targets: Vec<bool> = classes(&folder.join("train_y.npy"))
            .iter()
            .map(|&class| class == 1)
            .collect();
        let (weights, intercept) =
            logistic_regression(&rows(&folder.join("train_x.npy")), &targets, 2.0).unwrap();
        let gate = Gate {
            profile: GateProfile::Reference,
            top: weights.len() / 2,
            inputs: Vec::new(),
            temperature: 3.0,
            seen_temperature: 1.0,
            threshold: 0.5,
            weights,
            intercept,
        };
        let expected: Array2<f64> = npy(&folder.join("val_prob.npy"));
        let mut worst = 0.0_f64;
        for (row, expected) in rows(&folder.join("val_x.npy"))
            .iter()
            .zip(expected.outer_iter())
        {
            let p_seen = gate.probability(row);
            worst = worst.max((f64::from(p_seen) - expected[1]).abs());
            assert!((p_seen > 0.5) == (expected[1] > 0.5) || (expected[1] - 0.5).abs() < 1e-4);
        }
        println!("{variant}: worst probability off by {worst:.1e}");
        assert!(worst < 1e-3, "{variant}: {worst}");
    }
}

#[test]
fn finds_the_originals_temperature_and_threshold() {
    let Some(shared) = shared() else { return };
    for variant in ["as_shipped", "fixed_unseen_zs"] {
        let folder = shared.join("gating").join(variant);
        let summary = summary(&folder);
        let number = |value: &serde_json::Value| value.as_f64().unwrap();
        let config = GateConfig::reference(5);
        let mut drawn = Drawn::new(&folder);
        let mut best = (0.0, 0.0, 0.0);
        for (&temperature, expected) in config
            .temperatures
            .iter()
            .zip(summary["per_T"].as_array().unwrap())
        {
            let (training, validation, indices) = drawn.next();
            if temperature == 3.0 {
                let [unseen, seen] = indices;
                assert_eq!(unseen, classes(&folder.join("T3/val_unseen_inds.npy")));
                assert_eq!(seen, classes(&folder.join("T3/val_seen_inds.npy")));
            }
            let gate = fit_at(&training, temperature, &config).unwrap();
            let (threshold, accuracy) = best_threshold(&gate, &validation, &config);
            let known = (
                number(&expected["best_thresh"]),
                number(&expected["best_val_acc"]),
            );
            assert!(
                (accuracy - known.1).abs() < 1e-9,
                "{variant} T {temperature}: {accuracy} for {}",
                known.1
            );
            assert!(
                (f64::from(threshold) - known.0).abs() < 1e-6,
                "{variant} T {temperature}: {threshold} for {}",
                known.0
            );
            if accuracy > best.0 {
                best = (accuracy, temperature.into(), f64::from(threshold));
            }
        }
        assert!((best.0 - number(&summary["best_acc"])).abs() < 1e-9);
        assert_eq!(best.1, number(&summary["best_temp"]));
        assert!((best.2 - number(&summary["best_thresh"])).abs() < 1e-6);
    }
}

#[test]
fn makes_the_originals_predictions() {
    let Some(shared) = shared() else { return };
    let inputs = shared.join("synse/inputs");
    let logits = rows(&inputs.join("shift_5_r/gtest_out.npy"));
    let unseen_classes = classes(&inputs.join("resources/label_splits/ru5.npy"));
    let seen_classes = classes(&inputs.join("resources/label_splits/rs55.npy"));
    for variant in ["as_shipped", "fixed_unseen_zs"] {
        let folder = shared.join("gating").join(variant);
        let summary = summary(&folder);
        let config = GateConfig::reference(5);
        let temperature = summary["best_temp"].as_f64().unwrap() as f32;
        let mut drawn = Drawn::new(&folder);
        let (training, ..) = (1..=temperature as usize)
            .map(|_| drawn.next())
            .last()
            .unwrap();
        let mut gate = fit_at(&training, temperature, &config).unwrap();
        gate.threshold = summary["best_thresh"].as_f64().unwrap() as f32;
        let phrases = rows(&folder.join("eval_test_zs.npy"));
        let p_gate: Array2<f64> = npy(&folder.join("eval_prob_gate.npy"));
        let is_seen: Array1<bool> = npy(&folder.join("eval_pred_gate.npy"));
        let hard = classes(&folder.join("eval_final_preds.npy"));
        let softly = classes(&folder.join("eval_soft_preds.npy"));
        let weighted: Array2<f64> = npy(&folder.join("eval_prob_unseen.npy"));
        for (i, (logits, unseen)) in logits.iter().zip(&phrases).enumerate() {
            let p_seen = gate.p_seen(logits, unseen, &Likeness::default());
            assert!(
                (f64::from(p_seen) - p_gate[[i, 1]]).abs() < 1e-3,
                "{variant} sample {i}: {p_seen}"
            );
            assert_eq!(
                gate.is_seen(p_seen),
                is_seen[i],
                "{variant} sample {i}: {p_seen}"
            );
            let scaled = softmax(logits, temperature);
            let of_seen: Vec<f32> = seen_classes.iter().map(|&class| scaled[class]).collect();
            let answer = if gate.is_seen(p_seen) {
                seen_classes[highest(&of_seen)]
            } else {
                unseen_classes[highest(unseen)]
            };
            assert_eq!(answer, hard[i], "{variant} sample {i}");
            // The original's seen side has all 60 classes; the unseen ones are overwritten.
            let mut all = soft(&scaled, p_seen);
            for (place, (&class, p)) in unseen_classes
                .iter()
                .zip(soft(unseen, 1.0 - p_seen))
                .enumerate()
            {
                assert!((f64::from(p) - weighted[[i, place]]).abs() < 1e-3);
                all[class] = p;
            }
            assert_eq!(highest(&all), softly[i], "{variant} sample {i}");
        }
    }
}
