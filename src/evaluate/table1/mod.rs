//! Table 1 and the gated rows of table 2 on the authors' own resources, run as they are: features, word vectors and
//! splits as `.npy`, checkpoints as `.pth.tar`.
//!
//! The reference profile throughout, so that figures can be held against what the released code prints.

mod error;
pub mod gating;
mod npy;
mod phase;
pub mod resources;

pub use self::error::ResourceError;
pub use self::phase::{Labelled, Phase};

use self::gating::{GateForm, Gated, Joining, released_gate, score};
use self::resources::Resources;
use super::Method;
use super::row::{Row, Scored};
use crate::align::accuracy::{Accuracy, highest};
use crate::align::checkpoint::{classifier_from_checkpoints, network_from_checkpoints};
use crate::align::network::Network;
use crate::align::part::Part;
use crate::align::standard::Standard;
use crate::align::synse::{Profile, Synse, TextPart};
use crate::align::{AlignError, Aligner as _, Decision, Head};
use crate::gate::GateError;
use crate::train::align::{FitConfig, FitError, fit_watched};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// What can go wrong on the authors' resources.
#[derive(Debug, thiserror::Error)]
pub enum Table1Error {
    /// A file that is not what it should be.
    #[error(transparent)]
    Resources(#[from] ResourceError),
    /// Checkpoints that cannot be read.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// Training.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Checkpoints of another split, of other features or of other word vectors.
    #[error("{}: the checkpoints take {what} of {found} values, expected {expected}", folder.display())]
    Checkpoints {
        /// The folder.
        folder: PathBuf,
        /// What does not fit.
        what: &'static str,
        /// What the resources have.
        expected: usize,
        /// What the checkpoints take.
        found: usize,
    },
}

/// Where a phase's model comes from.
#[derive(Clone, Debug)]
pub enum Model {
    /// SynSE, trained here in the reference profile, with so many cycles.
    Trained {
        /// Of the released code's length each.
        cycles: usize,
    },
    /// A method of all tables, trained here as it is for them.
    Method(Arc<dyn Method>),
    /// A folder of the authors' checkpoints, and the epoch where there are several.
    Checkpoints {
        /// The folder.
        folder: PathBuf,
        /// As in the files' names.
        epoch: Option<usize>,
    },
}

impl Model {
    /// Its method's name in tables.
    fn method(&self) -> &'static str {
        match self {
            Self::Trained { .. } | Self::Checkpoints { .. } => "synse",
            Self::Method(method) => method.name(),
        }
    }

    /// What it reads of the phrases, or where it comes from.
    fn variant(&self) -> &str {
        match self {
            Self::Trained { .. } => "trained here",
            Self::Checkpoints { .. } => "checkpoints",
            Self::Method(method) => method.variant(),
        }
    }
}

/// Where the gate's unseen probabilities come from.
#[derive(Clone, Debug)]
pub enum GateSource {
    /// A model of the validation phase.
    Model(Model),
    /// What the authors' scripts saved of one: a folder of `*seen_zs.npy` and `*unseen_zs.npy`.
    Saved(PathBuf),
}

/// Is told of every step of training: how many are done, of how many.
pub type Watch<'a> = &'a mut dyn FnMut(usize, usize);

/// A decision among a phase's unseen classes, and the model behind it.
pub fn decide(
    resources: &Resources,
    training: &Labelled,
    unseen: &[usize],
    model: &Model,
    seed: u64,
    watch: Watch<'_>,
) -> Result<Decision, Table1Error> {
    let phrases: Vec<_> = unseen
        .iter()
        .map(|&class| resources.phrases[class].clone())
        .collect();
    match model {
        Model::Trained { cycles } => {
            let kind = resources.kind;
            let steps = kind.cycle_steps * cycles;
            let config = FitConfig {
                // The trained head takes no temperature.
                temperature: Some(1.0),
                ..FitConfig::reference(kind.latent, kind.cycle_steps, *cycles)
            };
            let taught = (
                training.features.as_slice(),
                training.labels.as_slice(),
                resources.phrases.as_slice(),
            );
            let synse = fit_watched(taught, &config, seed, &mut |step, _| watch(step + 1, steps))?;
            Ok(synse.decide(&phrases, Head::Trained, seed)?)
        }
        Model::Method(method) => {
            let Labelled { features, labels } = training;
            let aligner = method.train(features, labels, &resources.phrases, seed)?;
            Ok(aligner.decide(&phrases, method.head(), seed)?)
        }
        Model::Checkpoints { folder, epoch } => {
            let network = network_from_checkpoints(folder, *epoch)?;
            let synse = released(resources, network, folder)?;
            match classifier_from_checkpoints(folder)? {
                Some(layer) => Ok(synse.decide_with(&phrases, layer)?),
                None => Ok(synse.decide(&phrases, Head::Trained, seed)?),
            }
        }
    }
}

/// A network of the authors' as a model that decides as their code does.
fn released(resources: &Resources, network: Network, folder: &Path) -> Result<Synse, Table1Error> {
    let (feature, text) = (resources.feature_width(), resources.text_width());
    let mut expected = vec![("features", feature, network.visual.width())];
    let names = ["noun vectors", "verb vectors"];
    for (what, vae) in names.into_iter().zip(&network.texts) {
        expected.push((what, text, vae.width()));
    }
    for (what, expected, found) in expected {
        if expected != found {
            return Err(Table1Error::Checkpoints {
                folder: folder.to_owned(),
                what,
                expected,
                found,
            });
        }
    }
    let part = |part: Part| TextPart {
        part,
        weight: 1.0,
        standard: Standard::identity(text),
        placeholder: vec![0.0; text],
    };
    Ok(Synse {
        bilinear: None,
        card: None,
        profile: Profile::Reference,
        temperature: 1.0,
        standard: Standard::identity(feature),
        parts: vec![part(Part::Noun), part(Part::Verb)],
        network,
    })
}

/// What a decision answers to samples of unseen classes: a class each.
pub fn answers(decision: &Decision, samples: &Labelled, unseen: &[usize]) -> Vec<usize> {
    let answer = |feature: &Vec<f32>| unseen[highest(&decision.scores(feature))];
    samples.features.iter().map(answer).collect()
}

/// One seed's scores of one variant.
enum Seed {
    Zsl(Accuracy),
    Gzsl(Gated),
}

/// The rows of one split: zero-shot learning, and with gate data the gated forms too, in the mean of the seeds.
pub fn rows(
    resources: &Resources,
    model: &Model,
    gate: Option<&GateSource>,
    seeds: u64,
    watch: Watch<'_>,
) -> Result<Vec<Row>, Table1Error> {
    // What is read from files is the same for every seed.
    let seeds = match model {
        Model::Trained { .. } | Model::Method(_) => seeds.max(1),
        Model::Checkpoints { .. } => 1,
    };
    let started = Instant::now();
    let mut found: Vec<(String, Vec<Seed>)> = Vec::new();
    for seed in 1..=seeds {
        for (at, (variant, scored)) in one_seed(resources, model, gate, seed, watch)?
            .into_iter()
            .enumerate()
        {
            match found.get_mut(at) {
                Some((_, all)) => all.push(scored),
                None => found.push((variant, vec![scored])),
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let row = |(how, seeds): (String, Vec<Seed>)| row(resources, model, how, &seeds, seconds);
    Ok(found.into_iter().map(row).collect())
}

fn one_seed(
    resources: &Resources,
    model: &Model,
    gate: Option<&GateSource>,
    seed: u64,
    watch: Watch<'_>,
) -> Result<Vec<(String, Seed)>, Table1Error> {
    let test = &resources.test;
    let decision = decide(
        resources,
        &test.training,
        &resources.unseen,
        model,
        seed,
        watch,
    )?;
    let predicted = answers(&decision, &test.unseen, &resources.unseen);
    let mut scored = vec![(
        String::new(),
        Seed::Zsl(Accuracy::of(&predicted, &test.unseen.labels)),
    )];
    let (Some(source), Some(validation)) = (gate, &resources.validation) else {
        return Ok(scored);
    };
    let (seen_zs, unseen_zs) = match source {
        GateSource::Saved(folder) => resources.saved_probabilities(folder, validation)?,
        GateSource::Model(model) => {
            let training = &validation.phase.training;
            let decision = decide(resources, training, &validation.unseen, model, seed, watch)?;
            let of = |samples: &Labelled| {
                let each = |feature: &Vec<f32>| decision.probabilities(feature);
                samples.features.iter().map(each).collect::<Vec<_>>()
            };
            (of(&validation.phase.everyone), of(&validation.phase.unseen))
        }
    };
    let probabilities: Vec<Vec<f32>> = test
        .everyone
        .features
        .iter()
        .map(|feature| decision.probabilities(feature))
        .collect();
    for form in GateForm::ALL {
        let Some(data) = form.data(validation, &seen_zs, &unseen_zs) else {
            continue;
        };
        let gate = released_gate(&data, resources.unseen.len())?;
        for (how, joining) in [
            ("hard gate", Joining::Hard),
            ("hard gate, threshold inverted", Joining::Inverted),
            ("soft gate", Joining::Soft),
        ] {
            let gated = score(resources, &probabilities, &gate, joining);
            scored.push((format!("{how}{}", form.said()), Seed::Gzsl(gated)));
        }
    }
    Ok(scored)
}

/// A row of the seeds' scores; `how` seen and unseen classes are joined is empty of unseen ones alone.
fn row(resources: &Resources, model: &Model, how: String, seeds: &[Seed], seconds: f64) -> Row {
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for scored in seeds {
        match scored {
            Seed::Zsl(accuracy) => alone.push(accuracy.clone()),
            Seed::Gzsl(Gated { seen, unseen }) => both.push([seen.clone(), unseen.clone()]),
        }
    }
    let row = Row {
        method: Cow::Borrowed(model.method()),
        split: resources.kind.name.to_owned(),
        variant: Cow::Owned(match (model.variant(), how) {
            (variant, how) if how.is_empty() => variant.to_owned(),
            (variant, how) => format!("{variant}; {how}"),
        }),
        seconds,
        ..Row::default()
    };
    let test = &resources.test;
    let scored = if both.is_empty() {
        let row = Row {
            setting: Cow::Borrowed("zsl"),
            clips: test.unseen.labels.len(),
            ..row
        };
        Scored::zsl(row, alone)
    } else {
        let row = Row {
            setting: Cow::Borrowed("gzsl"),
            clips: test.everyone.labels.len(),
            ..row
        };
        Scored::gzsl(row, &both)
    };
    scored.row
}
