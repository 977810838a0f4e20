//! Runs of the authors' code on disk: what went in and what came out.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use ndarray::{Array1, Array2, ArrayView2, Axis};
use ndarray_npy::{ReadableElement, read_npy};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use synse::align::network::Network;
use synse::align::part::Part;
use synse::align::standard::Standard;
use synse::align::synse::{Profile, Synse, TextPart};
use synse::language::PhraseVectors;
use synse::train::align::FitConfig;
use synse::train::align::step::Batch;

/// A run of the original: the one that was handed down, or the one that `SYNSE_REPLAY_DIR` names.
pub(crate) struct Run {
    pub(crate) folder: PathBuf,
    /// Steps at which it was saved, counted from 0.
    pub(crate) saved: Vec<usize>,
    pub(crate) features: Array2<f32>,
    pub(crate) labels: Vec<usize>,
    /// Features and labels of the unseen classes.
    pub(crate) unseen: (Array2<f32>, Vec<i64>),
    pub(crate) everyone: Array2<f32>,
    /// What every step gave, `[steps, 13]`.
    pub(crate) losses: Array2<f32>,
    /// Unit vectors of all classes: noun and verb.
    words: Vec<Array2<f32>>,
    pub(crate) unseen_classes: Vec<usize>,
}

pub(crate) fn npy<T: ReadableElement, D: ndarray::Dimension>(path: &Path) -> ndarray::Array<T, D> {
    read_npy(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn run() -> Option<Run> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/synse");
    let folder = match std::env::var_os("SYNSE_REPLAY_DIR") {
        Some(folder) => PathBuf::from(folder),
        None if shared.exists() => shared.join("run_5_r"),
        None => {
            println!(
                "skipped: ../shared/reference/synse is not here and SYNSE_REPLAY_DIR is not set"
            );
            return None;
        }
    };
    let beside = folder.join("../inputs");
    let inputs = if beside.exists() {
        beside
    } else {
        shared.join("inputs")
    };
    let results = json(&folder.join("results.json"));
    let unseen_classes: Vec<usize> = serde_json::from_value(results["uns"].clone()).unwrap();
    let samples = folders(&inputs)
        .into_iter()
        .find(|folder| holds_classes(folder, &unseen_classes))
        .expect("inputs whose z_label.npy has the run's unseen classes");
    let labels: Array1<i64> = npy(&samples.join("train_label.npy"));
    let mut saved: Vec<usize> = folders(&folder)
        .iter()
        .filter_map(|path| tag(path, "ckpt_"))
        .collect();
    saved.sort_unstable();
    Some(Run {
        losses: npy(&folder.join("replay_losses.npy")),
        saved,
        features: npy(&samples.join("train.npy")),
        labels: labels.iter().map(|&label| label as usize).collect(),
        unseen: (
            npy(&samples.join("ztest.npy")),
            npy::<i64, ndarray::Ix1>(&samples.join("z_label.npy"))
                .into_raw_vec_and_offset()
                .0,
        ),
        everyone: npy(&samples.join(if samples.join("gtest.npy").exists() {
            "gtest.npy"
        } else {
            "val.npy"
        })),
        words: ["_bert_noun.npy", "_bert_verb.npy"]
            .map(|end| unit_rows(&inputs.join("resources"), end))
            .to_vec(),
        unseen_classes,
        folder,
    })
}

pub(crate) fn json(path: &Path) -> serde_json::Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

pub(crate) fn tag(path: &Path, start: &str) -> Option<usize> {
    path.file_name()?
        .to_str()?
        .strip_prefix(start)?
        .parse()
        .ok()
}

fn holds_classes(folder: &Path, classes: &[usize]) -> bool {
    let file = folder.join("z_label.npy");
    file.exists() && {
        let labels: Array1<i64> = npy(&file);
        let found: BTreeSet<usize> = labels.iter().map(|&label| label as usize).collect();
        found == classes.iter().copied().collect()
    }
}

fn unit_rows(folder: &Path, end: &str) -> Array2<f32> {
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let file = files
        .into_iter()
        .find(|path| path.to_str().unwrap().ends_with(end))
        .unwrap();
    let mut rows: Array2<f32> = npy(&file);
    for mut row in rows.outer_iter_mut() {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row /= length;
    }
    rows
}

impl Run {
    /// The schedule's first column falls back where a cycle begins.
    pub(crate) fn cycle_steps(&self) -> usize {
        let kl = self.losses.column(0);
        let start = (1..kl.len()).find(|&step| kl[step] < kl[step - 1]);
        start.unwrap_or(kl.len())
    }

    pub(crate) fn config(&self, network: &Network) -> FitConfig {
        let cycle = self.cycle_steps();
        FitConfig::reference(network.visual.latent(), cycle, 1)
    }

    fn words_of(&self, classes: &[usize]) -> Vec<Array2<f32>> {
        self.words
            .iter()
            .map(|words| words.select(Axis(0), classes))
            .collect()
    }

    /// A batch of given samples with given noise, `[3, batch]`: skeleton, noun, verb.
    pub(crate) fn batch(
        &self,
        features: Array2<f32>,
        labels: &[usize],
        noise: ArrayView2<'_, f32>,
    ) -> Batch {
        let mut classes: Vec<usize> = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let column = |i: usize| noise.index_axis(Axis(0), i).insert_axis(Axis(1)).to_owned();
        Batch {
            features,
            texts: self.words_of(&classes),
            rows: labels
                .iter()
                .map(|label| classes.binary_search(label).unwrap())
                .collect(),
            visual_noise: column(0),
            text_noise: vec![column(1), column(2)],
        }
    }

    pub(crate) fn fixed_batch(&self) -> Batch {
        let labels: Array1<i64> = npy(&self.folder.join("fixed_label.npy"));
        let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
        let noise: Array2<f32> = npy(&self.folder.join("fixed_eps_snv.npy"));
        self.batch(npy(&self.folder.join("fixed_x.npy")), &labels, noise.view())
    }

    pub(crate) fn synse(&self, network: Network) -> Synse {
        let text = |part: Part, words: &Array2<f32>| TextPart {
            part,
            weight: 1.0,
            standard: Standard::identity(words.ncols()),
            placeholder: vec![0.0; words.ncols()],
        };
        Synse {
            bilinear: None,
            card: None,
            profile: Profile::Reference,
            temperature: 1.0,
            standard: Standard::identity(self.features.ncols()),
            parts: vec![
                text(Part::Noun, &self.words[0]),
                text(Part::Verb, &self.words[1]),
            ],
            network,
        }
    }

    pub(crate) fn phrases(&self) -> Vec<PhraseVectors> {
        let phrase = |&class: &usize| PhraseVectors {
            noun: Some(self.words[0].row(class).to_vec()),
            verb: self.words[1].row(class).to_vec(),
            phrase: Vec::new(),
            motion: Vec::new(),
        };
        self.unseen_classes.iter().map(phrase).collect()
    }
}
