//! SynSE against the authors' own runs: losses, gradients, weights, latents, classifier and predictions.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use crate::release::{Run, folders, json, npy, run, tag};
use ndarray::{Array1, Array2, Array3, Axis, s};
use std::path::Path;
use synse::align::Decision;
use synse::align::accuracy::highest;
use synse::align::classifier::{ClassifierConfig, train_on};
use synse::align::network::{Activation, Network};
use synse::align::original::{classifier_from_release, network_from_release};
use synse::align::synse::Profile;
use synse::train::align::Trainer;
use synse::train::align::step::{Coefficients, Losses, Step};

/// In the order of the original's columns, the schedule's three first.
fn columns(weights: Coefficients, losses: &Losses) -> [f32; 13] {
    let Losses {
        total,
        visual,
        texts,
        visual_kl,
        texts_kl,
        visual_cross,
        texts_cross,
    } = losses;
    [
        weights.kl,
        weights.cross,
        weights.text_kl,
        *total,
        *visual,
        texts[0],
        texts[1],
        *visual_kl,
        texts_kl[0],
        texts_kl[1],
        *visual_cross,
        texts_cross[0],
        texts_cross[1],
    ]
}

/// The largest difference, in parts of the expected tensor's largest value.
pub(crate) fn difference<'a>(
    got: impl IntoIterator<Item = &'a f32>,
    expected: impl IntoIterator<Item = &'a f32>,
) -> f32 {
    let (got, expected): (Vec<_>, Vec<_>) =
        (got.into_iter().collect(), expected.into_iter().collect());
    assert_eq!(got.len(), expected.len());
    let scale = expected
        .iter()
        .fold(1e-12_f32, |scale, x| scale.max(x.abs()));
    got.iter()
        .zip(&expected)
        .map(|(a, b)| (*a - *b).abs())
        .fold(0.0, f32::max)
        / scale
}

/// The length of the difference, in parts of the expected tensor's length.
fn relative_length(got: &[f32], expected: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let error: f64 = got.iter().zip(expected).map(|(a, b)| square(a - b)).sum();
    let length: f64 = expected.iter().map(|&x| square(x)).sum();
    (error / length.max(1e-30)).sqrt()
}

/// The same network with every other weight moved to the next number that a float can hold.
fn twin_of(network: &Network) -> Network {
    let mut twin = network.clone();
    for slice in twin.slices_mut() {
        slice.iter_mut().step_by(2).for_each(|x| *x = x.next_up());
    }
    twin
}

/// From the original's initial weights, batches and noise, ours goes the original's way.
///
/// The released decoders are rectified, and many of their outputs hover at zero: whether one is above it may hang
/// on the last bit of a sum, and so on the order of its terms. From such an output on, two runs of the same code
/// part: a twin whose initial weights differ by one bit measures how far. The skeleton's side and the total loss
/// do not feel it and must agree within 1e-4; the text side must agree within 1e-4, or to as much as the
/// arithmetic can say, which is the twin's distance with a margin of four.
#[test]
fn replays_the_original() {
    let Some(run) = run() else { return };
    let folder = &run.folder;
    let mut network = network_from_release(&folder.join("weights_init.safetensors")).unwrap();
    let mut twin = twin_of(&network);
    let config = run.config(&network);
    let samples: Array2<i32> = npy(&folder.join("replay_batch_idx.npy"));
    let noise: Array3<f32> = npy(&folder.join("replay_eps_snv.npy"));
    let mut trainers = [
        Trainer::new(&network, &config),
        Trainer::new(&network, &config),
    ];
    let (mut worst, mut twins_worst) = ([0.0_f32; 13], [0.0_f32; 13]);
    let mut checked = 0;
    for (step, samples) in samples.outer_iter().enumerate() {
        let samples: Vec<usize> = samples.iter().map(|&sample| sample as usize).collect();
        let labels: Vec<usize> = samples.iter().map(|&sample| run.labels[sample]).collect();
        let batch = run.batch(
            run.features.select(Axis(0), &samples),
            &labels,
            noise.index_axis(Axis(0), step),
        );
        let weights = config.schedule.at(step);
        let got = columns(
            weights,
            &trainers[0].step(&mut network, &batch, &config, step),
        );
        let twins = columns(weights, &trainers[1].step(&mut twin, &batch, &config, step));
        for (column, expected) in run.losses.row(step).iter().enumerate() {
            let off = |value: f32| (value - expected).abs() / expected.abs().max(1e-6);
            let apart = (twins[column] - got[column]).abs() / expected.abs().max(1e-6);
            worst[column] = worst[column].max(off(got[column]));
            twins_worst[column] = twins_worst[column].max(apart);
            assert!(
                step > 100 || off(got[column]) < 1e-4,
                "column {column} at step {step}"
            );
        }
        if run.saved.contains(&step) {
            let path = folder.join(format!("ckpt_{step}/weights.safetensors"));
            let mut original = network_from_release(&path).unwrap();
            compare_weights(
                &mut network,
                &mut original,
                &mut twin,
                step < config.schedule.cycle_steps,
            );
            checked += 1;
        }
    }
    println!(
        "largest relative difference of each loss column: {:?}, of the twin's: {:?}",
        worst.map(|x| format!("{x:.0e}")),
        twins_worst.map(|x| format!("{x:.0e}"))
    );
    for (column, (worst, twins)) in worst.iter().zip(twins_worst).enumerate() {
        // Schedule, total loss, and the skeleton's reconstruction and KL term; further cycles drift further.
        let firm = matches!(column, 0..=4 | 7) && samples.nrows() <= config.schedule.cycle_steps;
        let limit = if firm { 1e-4 } else { (4.0 * twins).max(1e-4) };
        assert!(
            *worst < limit,
            "loss column {column} is off by {worst}, allowed {limit}"
        );
    }
    assert_eq!(checked, run.saved.len());
}

fn compare_weights(
    network: &mut Network,
    original: &mut Network,
    twin: &mut Network,
    first_cycle: bool,
) {
    let tensors = network
        .slices_mut()
        .into_iter()
        .zip(original.slices_mut())
        .zip(twin.slices_mut());
    for (tensor, ((got, expected), twin)) in tensors.enumerate() {
        let (off, twins) = (relative_length(got, expected), relative_length(twin, got));
        let largest = got
            .iter()
            .zip(expected.iter())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        println!(
            "tensor {tensor}: off by {off:.1e} of its length (twin {twins:.1e}), largest difference {largest:.1e}"
        );
        assert!(
            off < (4.0 * twins).max(1e-4),
            "tensor {tensor} is off by {off} of its length, the twin by {twins}"
        );
        // The skeleton's encoder, which decides, is not rectified and must agree value by value.
        assert!(
            tensor > 1 || !first_cycle || largest < 1e-4,
            "tensor {tensor} is off by {largest}"
        );
    }
}

#[test]
fn has_the_originals_latents_losses_and_gradients() {
    let Some(run) = run() else { return };
    let mut compared = 0;
    for saved in &run.saved {
        let folder = run.folder.join(format!("ckpt_{saved}"));
        let network = network_from_release(&folder.join("weights.safetensors")).unwrap();
        let batch = run.fixed_batch();
        let mut step = Step::new(&network, batch.rows.len());
        let losses = json(&folder.join("losses.json"));
        for (when, expected) in losses.as_object().unwrap() {
            let number = |key: &str| expected[key].as_f64().unwrap() as f32;
            let (cycle, epoch) = when[1..].split_once("_e").unwrap();
            let at = cycle.parse::<usize>().unwrap() * run.cycle_steps()
                + epoch.parse::<usize>().unwrap();
            let weights = run.config(&network).schedule.at(at);
            let got = columns(
                weights,
                &step.run(&network, &batch, Activation::Relu, weights),
            );
            let names: Vec<String> =
                serde_json::from_value(json(&run.folder.join("replay_losses_columns.json")))
                    .unwrap();
            for (got, name) in got.iter().zip(&names) {
                let expected = number(name);
                assert!(
                    (got - expected).abs() <= 1e-4 * expected.abs(),
                    "{when} {name}: {got} for {expected}"
                );
            }
        }
        let batch_size = batch.rows.len();
        let latent = network.visual.latent();
        let tensors = [
            ("smu", step.visual.hidden.slice(s![.., ..latent])),
            ("slv", step.visual.hidden.slice(s![.., latent..])),
            ("sz", step.visual.latent.slice(s![..batch_size, ..])),
            ("sout", step.visual.output.slice(s![..batch_size, ..])),
            ("s_from_t", step.visual.output.slice(s![batch_size.., ..])),
            ("nz", step.texts[0].latent.slice(s![..batch_size, ..])),
            ("nout", step.texts[0].output.slice(s![..batch_size, ..])),
            ("n_from_s", step.texts[0].output.slice(s![batch_size.., ..])),
            ("vz", step.texts[1].latent.slice(s![..batch_size, ..])),
            ("vout", step.texts[1].output.slice(s![..batch_size, ..])),
            ("v_from_s", step.texts[1].output.slice(s![batch_size.., ..])),
        ];
        for (name, got) in tensors {
            let expected: Array2<f32> = npy(&folder.join(format!("{name}.npy")));
            assert!(difference(got.iter(), &expected) < 1e-4, "{name}");
            compared += 1;
        }
        compared += check_gradients(&run, &folder, &network, &mut step);
    }
    assert!(compared > 0);
}

/// Gives how many tensors were compared.
fn check_gradients(run: &Run, folder: &Path, network: &Network, step: &mut Step) -> usize {
    let batch = run.fixed_batch();
    let mut compared = 0;
    for path in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(when) = name
            .strip_prefix("grads_c")
            .and_then(|name| name.strip_suffix(".safetensors"))
        else {
            continue;
        };
        let (cycle, epoch) = when.split_once("_e").unwrap();
        let at =
            cycle.parse::<usize>().unwrap() * run.cycle_steps() + epoch.parse::<usize>().unwrap();
        step.run(
            network,
            &batch,
            Activation::Relu,
            run.config(network).schedule.at(at),
        );
        let mut expected = network_from_release(&path).unwrap();
        for (i, (got, expected)) in step
            .gradient
            .slices_mut()
            .iter()
            .zip(expected.slices_mut())
            .enumerate()
        {
            let off = difference(got.iter(), expected.iter());
            assert!(off < 1e-4, "{name}: gradient of tensor {i} is off by {off}");
            compared += 1;
        }
    }
    compared
}

/// The classifier is rectified too, so its weights are held against a twin's as above; losses and answers are not.
#[test]
fn trains_the_originals_classifier() {
    let Some(run) = run() else { return };
    let mut checked = 0;
    for saved in folders(&run.folder)
        .iter()
        .filter_map(|path| tag(path, "classifier_"))
    {
        let folder = run.folder.join(format!("classifier_{saved}"));
        let path = run.folder.join(format!("ckpt_{saved}/weights.safetensors"));
        let synse = run.synse(network_from_release(&path).unwrap());
        let classes = run.unseen_classes.len();
        let latents: Vec<_> = run
            .phrases()
            .iter()
            .map(|phrase| synse.text_latents(0, phrase).unwrap())
            .collect();
        let mut rows: Array2<f32> = npy(&folder.join("train_z.npy"));
        let shares = synse.network.shares();
        for (share, file) in shares.iter().zip(["eps_n.npy", "eps_v.npy"]) {
            let noise: Array1<f32> = npy(&folder.join(file));
            for (i, row) in rows.outer_iter().enumerate() {
                let (means, deviations) = &latents[i % classes];
                for j in share.clone() {
                    let generated = means[j] + deviations[j] * noise[i];
                    assert!(
                        (generated - row[j]).abs() < 1e-4,
                        "latent {i}, {j}: {generated} for {}",
                        row[j]
                    );
                }
            }
        }
        let weighed: Vec<_> = shares.iter().map(|share| (share.clone(), 1.0)).collect();
        let config = ClassifierConfig::of(Profile::Reference, &weighed);
        let start = classifier_from_release(&folder.join("init.safetensors")).unwrap();
        rows = rows.as_standard_layout().into_owned();
        let mut twin = start.clone();
        twin.weight
            .iter_mut()
            .step_by(2)
            .for_each(|x| *x = x.next_up());
        let (layer, losses) = train_on(start, rows.view(), &config);
        let (twin, twins_losses) = train_on(twin, rows.view(), &config);
        let expected = classifier_from_release(&folder.join("final.safetensors")).unwrap();
        let off = difference(&layer.weight, &expected.weight)
            .max(difference(&layer.bias, &expected.bias));
        let twins =
            difference(&twin.weight, &layer.weight).max(difference(&twin.bias, &layer.bias));
        assert!(
            off < (4.0 * twins).max(1e-4),
            "weights are off by {off}, the twin's by {twins}"
        );
        let trace: Array1<f32> = npy(&folder.join("loss_trace.npy"));
        let apart = |a: &[f32], b: &[f32]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a - b).abs() / b)
                .fold(0.0, f32::max)
        };
        let losses_off = apart(&losses, trace.as_slice().unwrap());
        let twins = apart(&twins_losses, &losses);
        assert!(
            losses_off < (4.0 * twins).max(1e-4),
            "losses are off by {losses_off}, the twin's by {twins}"
        );
        assert_eq!(losses.len(), trace.len());
        let ours = synse.decide_with(&run.phrases(), layer).unwrap();
        let decision = synse.decide_with(&run.phrases(), expected).unwrap();
        check_answers(&run, &folder, &decision, &ours);
        checked += 1;
    }
    assert!(checked > 0);
}

/// With the original's classifier: its latents, logits and probabilities. With that and with ours: its answers.
fn check_answers(run: &Run, folder: &Path, decision: &Decision, ours: &Decision) {
    let logits: Array2<f32> = npy(&folder.join("ztest_logits_relu.npy"));
    let mu: Array2<f32> = npy(&folder.join("ztest_mu.npy"));
    let predicted: Array1<i64> = npy(&folder.join("ztest_pred.npy"));
    let (mut right, mut same) = (0, 0);
    for (i, feature) in run.unseen.0.outer_iter().enumerate() {
        let feature = feature.to_vec();
        let scores = decision.scores(&feature);
        assert!(
            difference(&decision.latent(&feature), mu.row(i)) < 1e-4,
            "latent of sample {i}"
        );
        assert!(
            difference(&scores, logits.row(i)) < 1e-4,
            "logits of sample {i}"
        );
        let class = |scores: &[f32]| i64::try_from(run.unseen_classes[highest(scores)]).unwrap();
        assert_eq!(class(&scores), predicted[i], "prediction of sample {i}");
        right += usize::from(predicted[i] == run.unseen.1[i]);
        same += usize::from(class(&ours.scores(&feature)) == predicted[i]);
    }
    println!(
        "{right} of {} right, {same} as the original answers",
        predicted.len()
    );
    // Between near equals the last bit decides here too.
    assert!(100 * (predicted.len() - same) <= predicted.len());
    let everyone: Array2<f32> = npy(&folder.join("gtest_softmax.npy"));
    for (feature, expected) in run.everyone.outer_iter().zip(everyone.outer_iter()) {
        let probabilities = decision.probabilities(&feature.to_vec());
        assert!(
            probabilities
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
    }
}
