//! CADA-VAE, ReViSE and JPoSE against the authors' code: outputs, losses and gradients of one batch, and predictions.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use crate::align::difference;
use crate::release::{json, npy};
use ndarray::{Array1, Array2, Axis, s};
use std::path::{Path, PathBuf};
use synse::align::accuracy::highest;
use synse::align::layers::{Layer, Layers};
use synse::align::network::Activation::{self, Relu, Tanh};
use synse::align::original::{cada_vae_from_release, layer_from_release};
use synse::align::part::Part;
use synse::align::towers::{Reading, Words};
use synse::align::{Aligner as _, Head};
use synse::evaluate::methods::{jpose, revise};
use synse::language::PhraseVectors;
use synse::train::align::chain::Chain;
use synse::train::align::schedule::Schedule;
use synse::train::align::step::{Batch, Step};

/// One method's folder, and what all methods share.
struct Reference {
    folder: PathBuf,
    features: Array2<f32>,
    /// Each sample's class.
    labels: Vec<usize>,
}

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference")
}

fn reference(method: &str) -> Option<Reference> {
    let folder = shared().join("baselines").join(method);
    if !folder.exists() {
        println!("skipped: ../shared/reference/baselines/{method} is not here");
        return None;
    }
    Some(Reference {
        features: npy(&folder.join("x.npy")),
        labels: numbers(&folder.join("y.npy")),
        folder,
    })
}

fn numbers(path: &Path) -> Vec<usize> {
    let numbers: Array1<i64> = npy(path);
    numbers.iter().map(|&number| number as usize).collect()
}

/// The classes of the release's first split that are unseen, in order.
fn unseen() -> Vec<usize> {
    let mut classes = numbers(&shared().join("synse/inputs/shift_5_r/z_label.npy"));
    classes.sort_unstable();
    classes.dedup();
    classes
}

impl Reference {
    /// The seen classes, and each sample's place among them.
    fn rows(&self) -> (Vec<usize>, Vec<usize>) {
        let unseen = unseen();
        let seen: Vec<usize> = (0..60).filter(|class| !unseen.contains(class)).collect();
        let place = |label| seen.binary_search(label).unwrap();
        let rows = self.labels.iter().map(place).collect();
        (seen, rows)
    }

    fn chain(&self, file: &str, layers: &[(&str, Activation)]) -> Chain {
        let path = self.folder.join(file);
        let layer = |&(name, activation): &(&str, Activation)| {
            (layer_from_release(&path, name).unwrap(), activation)
        };
        Chain {
            layers: layers.iter().map(layer).collect(),
        }
    }

    /// Compares a table with a stored one.
    fn same(&self, name: &str, got: &Array2<f32>) {
        let expected: Array2<f32> = npy(&self.folder.join(format!("{name}.npy")));
        assert_eq!(got.dim(), expected.dim(), "{name}");
        let off = difference(got, &expected);
        assert!(off < 1e-4, "{name} is off by {off}");
    }

    fn losses(&self, losses: &[(&str, f32)]) {
        let expected = json(&self.folder.join("losses.json"));
        for (name, got) in losses {
            let expected = expected[*name].as_f64().unwrap() as f32;
            let off = (got - expected).abs() / expected.abs();
            assert!(off < 1e-4, "{name}: {got} for {expected}");
        }
    }
}

/// Compares gradients chain by chain; gives how many tensors there were.
fn same_gradients(got: Vec<&mut Chain>, expected: Vec<&mut Chain>) -> usize {
    assert_eq!(got.len(), expected.len());
    let mut compared = 0;
    for (i, (got, expected)) in got.into_iter().zip(expected).enumerate() {
        let tensors = got.slices_mut().into_iter().zip(expected.slices_mut());
        for (tensor, (got, expected)) in tensors.enumerate() {
            let off = difference(got.iter(), expected.iter());
            assert!(off < 1e-4, "chain {i}, tensor {tensor}: off by {off}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn cada_vae_is_the_originals() {
    let Some(run) = reference("cada_vae") else {
        return;
    };
    let network = cada_vae_from_release(&run.folder.join("weights.safetensors")).unwrap();
    let texts: Array2<f32> = npy(&run.folder.join("label_emb.npy"));
    let mut classes = run.labels.clone();
    classes.sort_unstable();
    classes.dedup();
    let place = |label| classes.binary_search(label).unwrap();
    let batch = Batch {
        features: run.features.clone(),
        texts: vec![texts.select(Axis(0), &classes)],
        rows: run.labels.iter().map(place).collect(),
        visual_noise: npy(&run.folder.join("eps_s.npy")),
        text_noise: vec![npy(&run.folder.join("eps_t.npy"))],
    };
    let mut step = Step::new(&network, batch.rows.len());
    let weights = Schedule::cada_vae(1_700).at(1_600);
    let losses = step.run(&network, &batch, Relu, weights);
    run.losses(&[
        ("k_fact_epoch1600", weights.kl),
        ("loss", losses.total),
        ("s_recons", losses.visual),
        ("t_recons", losses.texts[0]),
        ("s_kld", losses.visual_kl),
        ("t_kld", losses.texts_kl[0]),
        ("s_crecons", losses.visual_cross),
        ("t_crecons", losses.texts_cross[0]),
    ]);
    let latent = network.visual.latent();
    let seen = &step.visual.hidden;
    run.same("smu", &seen.slice(s![.., ..latent]).to_owned());
    run.same("slv", &seen.slice(s![.., latent..]).to_owned());
    let read = step.texts[0].hidden.select(Axis(0), &batch.rows);
    run.same("tmu", &read.slice(s![.., ..latent]).to_owned());
    run.same("tlv", &read.slice(s![.., latent..]).to_owned());
    let mut expected = cada_vae_from_release(&run.folder.join("grads.safetensors")).unwrap();
    let tensors = step.gradient.slices_mut().into_iter();
    for (tensor, (got, expected)) in tensors.zip(expected.slices_mut()).enumerate() {
        let off = difference(got.iter(), expected.iter());
        assert!(off < 1e-4, "gradient of tensor {tensor} is off by {off}");
    }
}

fn revise_from(run: &Reference, file: &str) -> revise::Network {
    let visual = revise::Side {
        encoder: run.chain(file, &[("visae.encoder.0", Relu)]),
        decoder: run.chain(file, &[("visae.decoder.0", Relu)]),
        head: run.chain(file, &[("visae.transformation.0", Tanh)]),
    };
    let both = [
        ["attae.encoder.0", "attae.encoder.2"],
        ["attae.decoder.0", "attae.decoder.2"],
    ];
    let [encoder, decoder] = both.map(|names| run.chain(file, &names.map(|name| (name, Relu))));
    let text = revise::Side {
        encoder,
        decoder,
        head: run.chain(file, &[("attae.transformation.0", Tanh)]),
    };
    revise::Network { visual, text }
}

#[test]
fn revise_is_the_originals() {
    let Some(run) = reference("revise") else {
        return;
    };
    let network = revise_from(&run, "weights.safetensors");
    let (seen, rows) = run.rows();
    let all: Array2<f32> = npy(&run.folder.join("label_emb.npy"));
    let texts = all.select(Axis(0), &seen);
    let mut step = revise::Step::run(&network, &run.features.mapv(f32::ln_1p), &texts, &rows);
    let losses = step.losses;
    run.losses(&[
        ("loss", losses.total),
        ("vis_contractive", losses.visual),
        ("att_recons", losses.text),
        ("mmd", losses.discrepancy),
        ("hinge", losses.hinge),
    ]);
    run.same("vis_hidden", step.visual.hidden.output());
    run.same("vis_out", step.visual.output.output());
    run.same("vis_trans", step.visual.place.output());
    let of_samples = |table: &Array2<f32>| table.select(Axis(0), &rows);
    run.same("att_hidden", &of_samples(step.text.hidden.output()));
    run.same("att_out", &of_samples(step.text.output.output()));
    run.same("att_trans", &of_samples(step.text.place.output()));
    let mut expected = revise_from(&run, "grads.safetensors");
    assert_eq!(
        same_gradients(step.gradient.chains_mut(), expected.chains_mut()),
        16
    );
    check_answers(&run, &network, &all);
}

/// ReViSE's scores and predictions on the samples of unseen classes.
fn check_answers(run: &Reference, network: &revise::Network, texts: &Array2<f32>) {
    let unseen = unseen();
    let phrase = |&class: &usize| PhraseVectors {
        verb: Vec::new(),
        noun: None,
        phrase: texts.row(class).to_vec(),
        motion: Vec::new(),
    };
    let phrases: Vec<PhraseVectors> = unseen.iter().map(phrase).collect();
    let seen: Vec<&PhraseVectors> = phrases.iter().collect();
    let words = Words::learn(&[Part::Phrase], Reading::SideBySide, &seen).unwrap();
    let towers = revise::towers(network, words);
    let decision = towers.decide(&phrases, Head::Cosine, 0).unwrap();
    let samples: Array2<f32> = npy(&shared().join("synse/inputs/shift_5_r/ztest.npy"));
    let predicted = numbers(&run.folder.join("ztest_pred.npy"));
    let mut scores = Vec::new();
    for (i, sample) in samples.outer_iter().enumerate() {
        let own = decision.scores(&sample.to_vec());
        assert_eq!(
            unseen[highest(&own)],
            predicted[i],
            "prediction of sample {i}"
        );
        scores.extend(own);
    }
    let scores = Array2::from_shape_vec((samples.nrows(), unseen.len()), scores).unwrap();
    run.same("ztest_scores", &scores);
}

fn jpose_from(run: &Reference, file: &str) -> jpose::Network {
    let part = |name: &str| {
        let layer = |layer: &str| format!("{name}.{layer}");
        let text = [layer("TextArch.0"), layer("TextArch.2")];
        jpose::Space {
            visual: run.chain(file, &[(&layer("VisArch.0"), Tanh)]),
            text: run.chain(file, &[(&text[0], Tanh), (&text[1], Relu)]),
        }
    };
    jpose::Network {
        verb: part("verb"),
        noun: part("noun"),
        joint: jpose::Space {
            visual: run.chain(file, &[("joint.VisArch.0", Tanh)]),
            text: run.chain(file, &[("joint.TextArch.0", Tanh)]),
        },
    }
}

fn unit_rows(table: &Array2<f32>) -> Array2<f32> {
    let layers = Layers::new(table.ncols()).then(Layer::Unit(table.ncols()));
    let rows = table
        .outer_iter()
        .flat_map(|row| layers.apply(&row.to_vec()));
    Array2::from_shape_vec(table.dim(), rows.collect()).unwrap()
}

#[test]
fn jpose_is_the_originals() {
    let Some(run) = reference("jpose") else {
        return;
    };
    let network = jpose_from(&run, "weights.safetensors");
    let (seen, rows) = run.rows();
    let texts = ["verb", "noun"].map(|part| {
        let file = format!("synse/inputs/resources/ntu60_bert_{part}.npy");
        let all: Array2<f32> = npy(&shared().join(file));
        unit_rows(&all.select(Axis(0), &seen))
    });
    let words = ["verb_target.npy", "noun_target.npy"].map(|file| numbers(&run.folder.join(file)));
    let batch = jpose::Batch {
        features: unit_rows(&run.features),
        texts: [&texts[0], &texts[1]],
        rows: rows.clone(),
        words,
    };
    let mut step = jpose::Step::run(&network, &batch);
    let losses = step.losses;
    run.losses(&[
        ("loss", losses.total),
        ("verb_hinge", losses.hinges[0]),
        ("noun_hinge", losses.hinges[1]),
        ("joint_hinge", losses.hinges[2]),
        ("verb_triplet", losses.triplets[0]),
        ("noun_triplet", losses.triplets[1]),
    ]);
    for (i, name) in ["vis_verb", "vis_noun", "fin_vis"].iter().enumerate() {
        run.same(name, &step.visual[i].units.rows);
    }
    for (i, name) in ["txt_verb", "txt_noun", "fin_text"].iter().enumerate() {
        run.same(name, &step.text[i].units.rows.select(Axis(0), &rows));
    }
    let mut expected = jpose_from(&run, "grads.safetensors");
    assert_eq!(
        same_gradients(step.gradient.chains_mut(), expected.chains_mut()),
        16
    );
}

/// The towers that decide are the network that was trained.
#[test]
fn jpose_decides_by_the_cosines_of_its_joint_space() {
    let Some(run) = reference("jpose") else {
        return;
    };
    let network = jpose_from(&run, "weights.safetensors");
    let (seen, rows) = run.rows();
    let [verbs, nouns] = ["verb", "noun"].map(|part| -> Array2<f32> {
        npy(&shared().join(format!("synse/inputs/resources/ntu60_bert_{part}.npy")))
    });
    let phrase = |&class: &usize| PhraseVectors {
        verb: verbs.row(class).to_vec(),
        noun: Some(nouns.row(class).to_vec()),
        phrase: Vec::new(),
        motion: Vec::new(),
    };
    let phrases: Vec<PhraseVectors> = seen.iter().map(phrase).collect();
    let listed: Vec<&PhraseVectors> = phrases.iter().collect();
    let words = Words::learn(&[Part::Verb, Part::Noun], Reading::SideBySide, &listed).unwrap();
    let decision = jpose::towers(&network, words)
        .decide(&phrases, Head::Cosine, 0)
        .unwrap();
    let [places, texts] = ["fin_vis", "fin_text"]
        .map(|name| -> Array2<f32> { npy(&run.folder.join(format!("{name}.npy"))) });
    for (i, feature) in run.features.outer_iter().enumerate() {
        let scores = decision.scores(&feature.to_vec());
        let expected = places.row(i).dot(&texts.row(i));
        assert!((scores[rows[i]] - expected).abs() < 1e-5, "sample {i}");
    }
}
