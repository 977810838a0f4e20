//! Completes a bundle: aligns a trained encoder with words and motion, trains the gate, and puts all of it in a folder.

use super::align::{FitConfig, FitError, fit};
use super::corpus::Corpus;
use super::gate::stand_ins::StandIns;
use super::gate::{GateConfig, GateSample};
use crate::align::AlignError;
use crate::align::synse::Synse;
use crate::gate::{Gate, GateError};
use crate::phrases::splits::Splits;

/// Why the parts of a bundle cannot be trained.
#[derive(Debug, thiserror::Error)]
pub enum BundleTrainingError {
    /// The alignment.
    #[error("aligning: {0}")]
    Fit(#[from] FitError),
    /// A decision for the gate's samples.
    #[error("deciding: {0}")]
    Align(#[from] AlignError),
    /// The gate.
    #[error("training the gate: {0}")]
    Gate(#[from] GateError),
    /// Nothing to hold out.
    #[error(
        "the splits hold out no phrase of the clip store: expected phrases such as `{example}`"
    )]
    NoSplit {
        /// A phrase of the store.
        example: String,
    },
    /// An encoder that the gate is to learn from, but for a split that there is not.
    #[error("no split `{split}` in the splits file, for the gate's run")]
    UnknownSplit {
        /// Its name.
        split: String,
    },
    /// An encoder that knows what it should be a stranger to.
    #[error(
        "the gate's run for split {split} was trained on `{phrase}`, which that split calls unseen: expected a run of \
         `synse train encoder --split {split}`"
    )]
    RunSawUnseen {
        /// The split.
        split: String,
        /// The first such phrase.
        phrase: String,
    },
    /// An encoder that was trained on the people whom everything is measured on.
    #[error(
        "the gate's run for split {split} was trained on the test subjects: expected a run without --all-subjects"
    )]
    RunSawTestSubjects {
        /// The split.
        split: String,
    },
    /// A store that has none of a split's phrases.
    #[error(
        "the clip store has no clip of what split {split} calls unseen: the gate's run for it teaches nothing"
    )]
    NothingUnseen {
        /// The split.
        split: String,
    },
}

/// What is left to train once there is an encoder.
#[derive(Clone, Debug)]
pub struct Alignment {
    /// Features against phrases, learned from every seen class.
    pub synse: Synse,
    /// Seen or unseen.
    pub gate: Gate,
}

/// An encoder that was trained without a split's unseen phrases: what it says of them is what the finished bundle's
/// encoder will say of phrases that people type.
#[derive(Clone, Debug)]
pub struct GateRun {
    /// The split.
    pub split: String,
    /// The clip store as that encoder sees it.
    pub corpus: Corpus,
}

/// Trains the alignment on the training subjects' clips of every seen class, and temperature and gate on classes that
/// were withheld. Test subjects take no part.
///
/// With `runs`, those classes are ones that neither a run's encoder nor an alignment to it has seen, and clips of seen
/// classes come from the subjects that the run set aside. Without, the bundle's own encoder has to do: each split's
/// phrases stand in, an alignment is trained without them, and their columns of the seen logits say nothing. That
/// encoder has seen them, and all training subjects, which makes it surer than it will be. An encoder that somebody
/// else trained has seen none of the clips: its seen classes are the ones that mean the same as a phrase
/// ([`Corpus::same`]), and the split's phrases that it has no class for stand in.
pub fn align(
    corpus: &Corpus,
    splits: &Splits,
    runs: &[GateRun],
    config: &FitConfig,
    seed: u64,
) -> Result<Alignment, BundleTrainingError> {
    let mut lessons = Vec::new();
    for run in runs {
        let absent = strangers(run, splits)?;
        lessons.push(StandIns::new(&run.corpus, absent));
    }
    if runs.is_empty() {
        for split in &splits.splits {
            let mut absent = corpus.places(&split.unseen);
            absent.extend(corpus.places(&split.validation_unseen));
            if corpus.is_foreign {
                absent.retain(|&phrase| corpus.same[phrase].is_none());
            }
            if !absent.is_empty() {
                lessons.push(StandIns::new(corpus, absent));
            }
        }
    }
    if lessons.is_empty() {
        let example = corpus.phrases.first().cloned().unwrap_or_default();
        return Err(BundleTrainingError::NoSplit { example });
    }
    let mut samples: Vec<GateSample> = Vec::new();
    let mut logs = 0.0;
    for stand_ins in &lessons {
        let synse = rehearse(stand_ins, config, seed)?;
        logs += synse.temperature.ln();
        let first_clip = samples.last().map_or(0, |sample| sample.clip + 1);
        samples.extend(stand_ins.samples(&synse, first_clip, seed)?);
    }
    let gate = super::gate::fit(&samples, &GateConfig::ours(), seed)?;
    let calibrated = FitConfig {
        temperature: Some((logs / lessons.len() as f32).exp()),
        ..config.clone()
    };
    let (features, labels) = corpus.rows(&corpus.training_rows());
    let synse = fit(&features, &labels, &corpus.vectors, &calibrated, seed)?;
    Ok(Alignment { synse, gate })
}

/// What a run's encoder has never seen of what its split withholds; refuses a run that has seen more than it may.
fn strangers(run: &GateRun, splits: &Splits) -> Result<Vec<usize>, BundleTrainingError> {
    let split = || run.split.clone();
    let Some(withheld) = splits.get(&run.split) else {
        return Err(BundleTrainingError::UnknownSplit { split: split() });
    };
    if run.corpus.all_subjects {
        return Err(BundleTrainingError::RunSawTestSubjects { split: split() });
    }
    let known = &run.corpus.phrases[..run.corpus.seen];
    if let Some(phrase) = withheld.unseen.iter().find(|phrase| known.contains(phrase)) {
        return Err(BundleTrainingError::RunSawUnseen {
            split: split(),
            phrase: phrase.clone(),
        });
    }
    let mut absent = run.corpus.places(&withheld.unseen);
    // Withheld too where the run was trained without them.
    absent.extend(run.corpus.places(&withheld.validation_unseen));
    absent.retain(|&class| class >= run.corpus.seen);
    if absent.is_empty() {
        return Err(BundleTrainingError::NothingUnseen { split: split() });
    }
    Ok(absent)
}

/// An alignment that knows nothing of the stand-ins, with the temperature that makes it honest about them.
fn rehearse(
    stand_ins: &StandIns<'_>,
    config: &FitConfig,
    seed: u64,
) -> Result<Synse, BundleTrainingError> {
    let rows = [stand_ins.taught(), stand_ins.withheld()].concat();
    let (features, labels) = stand_ins.corpus().rows(&rows);
    let with_judge = FitConfig {
        validation: stand_ins.absent().to_vec(),
        temperature: None,
        ..config.clone()
    };
    let vectors = &stand_ins.corpus().vectors;
    Ok(fit(&features, &labels, vectors, &with_judge, seed)?)
}
