//! SynSE against the authors' own runs: losses, gradients, weights, latents, classifier and predictions.

use crate::release::{folders, json, npy, run, tag};
use ndarray::{Array1, Array2, Array3, Axis, s};
use synse::align::accuracy::highest;
use synse::align::classifier::{ClassifierConfig, train_on};
use synse::align::network::Activation;
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
fn difference<'a>(
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

#[test]
fn replays_the_original() {
    let Some(run) = run() else { return };
    let folder = &run.folder;
    let mut network = network_from_release(&folder.join("weights_init.safetensors")).unwrap();
    let config = run.config(&network);
    let samples: Array2<i32> = npy(&folder.join("replay_batch_idx.npy"));
    let noise: Array3<f32> = npy(&folder.join("replay_eps_snv.npy"));
    let mut trainer = Trainer::new(&network, &config);
    let mut worst = (0.0_f32, 0, 0);
    let mut checked = 0;
    let start = std::time::Instant::now();
    for (step, samples) in samples.outer_iter().enumerate() {
        let samples: Vec<usize> = samples.iter().map(|&sample| sample as usize).collect();
        let labels: Vec<usize> = samples.iter().map(|&sample| run.labels[sample]).collect();
        let batch = run.batch(
            run.features.select(Axis(0), &samples),
            &labels,
            noise.index_axis(Axis(0), step),
        );
        let losses = trainer.step(&mut network, &batch, &config, step);
        let got = columns(config.schedule.at(step), &losses);
        for (column, (got, expected)) in got.iter().zip(run.losses.row(step)).enumerate() {
            let relative = (got - expected).abs() / expected.abs().max(1e-6);
            worst = if relative > worst.0 {
                (relative, step, column)
            } else {
                worst
            };
        }
        if run.saved.contains(&step) {
            checked += 1;
            let path = folder.join(format!("ckpt_{step}/weights.safetensors"));
            let mut saved = network_from_release(&path).unwrap();
            let tensors = network.slices_mut().into_iter().zip(saved.slices_mut());
            let largest = tensors.flat_map(|(a, b)| {
                a.iter()
                    .zip(b.iter())
                    .map(|(a, b)| (a - b).abs())
                    .collect::<Vec<_>>()
            });
            let largest = largest.fold(0.0, f32::max);
            println!("weights after step {step}: largest difference {largest:.2e}");
            assert!(
                largest < 1e-4,
                "weights after step {step}: largest difference {largest}"
            );
        }
    }
    println!(
        "{} steps in {:?}; worst loss (relative, step, column) {worst:?}",
        samples.nrows(),
        start.elapsed()
    );
    assert!(
        worst.0 < 1e-4,
        "loss column {} at step {} is off by {}",
        worst.2,
        worst.1,
        worst.0
    );
    assert_eq!(checked, run.saved.len());
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
        for path in std::fs::read_dir(&folder)
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
            let at = cycle.parse::<usize>().unwrap() * run.cycle_steps()
                + epoch.parse::<usize>().unwrap();
            step.run(
                &network,
                &batch,
                Activation::Relu,
                run.config(&network).schedule.at(at),
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
    }
    assert!(compared > 0);
}

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
        let config = ClassifierConfig::of(Profile::Reference, &shares);
        let start = classifier_from_release(&folder.join("init.safetensors")).unwrap();
        rows = rows.as_standard_layout().into_owned();
        let (layer, losses) = train_on(start, rows.view(), &config);
        let expected = classifier_from_release(&folder.join("final.safetensors")).unwrap();
        assert!(difference(&layer.weight, &expected.weight) < 1e-4);
        assert!(difference(&layer.bias, &expected.bias) < 1e-4);
        let trace: Array1<f32> = npy(&folder.join("loss_trace.npy"));
        for (i, (got, expected)) in losses.iter().zip(&trace).enumerate() {
            assert!(
                (got - expected).abs() < 1e-4 * expected,
                "loss {i}: {got} for {expected}"
            );
        }
        assert_eq!(losses.len(), trace.len());
        let decision = synse.decide_with(&run.phrases(), layer).unwrap();
        let logits: Array2<f32> = npy(&folder.join("ztest_logits_relu.npy"));
        let mu: Array2<f32> = npy(&folder.join("ztest_mu.npy"));
        let predicted: Array1<i64> = npy(&folder.join("ztest_pred.npy"));
        let mut right = 0;
        for (i, feature) in run.unseen.0.outer_iter().enumerate() {
            let feature = feature.to_vec();
            let scores = decision.scores(&feature);
            assert!(
                difference(&decision.latent(&feature), mu.row(i)) < 1e-4,
                "latent of sample {i}"
            );
            assert!(
                scores
                    .iter()
                    .zip(logits.row(i))
                    .all(|(a, b)| (a - b).abs() < 1e-3),
                "logits of sample {i}"
            );
            let class = run.unseen_classes[highest(&scores)] as i64;
            assert_eq!(class, predicted[i], "prediction of sample {i}");
            right += usize::from(class == run.unseen.1[i]);
        }
        println!(
            "classifier {saved}: {right} of {} right",
            run.unseen.1.len()
        );
        let everyone: Array2<f32> = npy(&folder.join("gtest_softmax.npy"));
        for (feature, expected) in run.everyone.outer_iter().zip(everyone.outer_iter()) {
            let probabilities = decision.probabilities(&feature.to_vec());
            assert!(
                probabilities
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-3)
            );
        }
        checked += 1;
    }
    assert!(checked > 0);
}
