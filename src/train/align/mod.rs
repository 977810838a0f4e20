//! Training SynSE: three or more variational autoencoders and their cross-modal reconstruction.

pub mod batches;
pub mod calibration;
pub mod chain;
pub mod losses;
pub mod schedule;
pub mod step;

use self::batches::{Learned, Sampler};
use self::schedule::Schedule;
use self::step::{Losses, Step};
use crate::align::adam::{Adam, AdamConfig};
use crate::align::card::CardPart;
use crate::align::network::{Activation, Network};
use crate::align::part::Part;
use crate::align::synse::{Profile, Synse};
use crate::align::{AlignError, Aligner as _, Head};
use crate::language::PhraseVectors;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// One text part of a model to be trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartConfig {
    /// Which part.
    pub part: Part,
    /// Its share of the latent space.
    pub latent: usize,
    /// Its weight in the sum of cosines.
    pub weight: f32,
}

/// How a model is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct FitConfig {
    /// Whose choices are followed.
    pub profile: Profile,
    /// The text parts, in the order of their shares.
    pub parts: Vec<PartConfig>,
    /// When each term of the loss comes in.
    pub schedule: Schedule,
    /// How many cycles; with validation classes the best one is kept, otherwise the last.
    pub cycles: usize,
    /// Samples in a batch.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// How many standard deviations from their mean features come at most ([`Standard::limit`]).
    ///
    /// [`Standard::limit`]: crate::align::standard::Standard::limit
    pub limit: f32,
    /// The weight of the bilinear part; `None` for a model without.
    pub bilinear: Option<f32>,
    /// The weight of the card part, where features end with a card that was read ([`FeatureView::reads_cards`]); `None` where
    /// they do not.
    ///
    /// [`FeatureView::reads_cards`]: crate::encoder::FeatureView::reads_cards
    pub card: Option<f32>,
    /// Weight decay of the skeleton's autoencoder.
    pub visual_decay: f32,
    /// Weight decay of the text autoencoders.
    pub text_decay: f32,
    /// Classes that are kept out of training, for choosing the cycle and calibrating the temperature.
    pub validation: Vec<usize>,
    /// The temperature, where it is known from elsewhere; otherwise it is calibrated.
    pub temperature: Option<f32>,
}

impl FitConfig {
    /// Our choices: noun, verb and motion, 50 dimensions each.
    pub fn ours() -> Self {
        Self {
            profile: Profile::Ours,
            parts: Self::parts(&[Part::Noun, Part::Verb, Part::Motion], 50),
            schedule: Schedule::original(1_700),
            cycles: 1,
            batch: 64,
            learning_rate: 1e-4,
            limit: 4.0,
            bilinear: None,
            card: None,
            visual_decay: 1e-3,
            text_decay: 1e-2,
            validation: Vec::new(),
            temperature: None,
        }
    }

    /// The same for features that end with a card that was read, which have a card part and a bilinear one beside it (their weights
    /// were chosen together), or for such as do not.
    #[must_use]
    pub fn with_card(self, reads_cards: bool) -> Self {
        let [bilinear, card] =
            [Part::Bilinear, Part::Card].map(|part| reads_cards.then(|| part.default_weight()));
        Self {
            bilinear,
            card,
            ..self
        }
    }

    /// The released code's: noun and verb share `latent` dimensions (100 for NTU-60, 200 for NTU-120).
    pub fn reference(latent: usize, cycle_steps: usize, cycles: usize) -> Self {
        Self {
            profile: Profile::Reference,
            parts: Self::parts(&[Part::Noun, Part::Verb], latent / 2),
            schedule: Schedule::original(cycle_steps),
            cycles,
            limit: f32::INFINITY,
            visual_decay: 0.0,
            text_decay: 0.0,
            ..Self::ours()
        }
    }

    /// Parts with equal shares and their default weights.
    pub fn parts(parts: &[Part], latent: usize) -> Vec<PartConfig> {
        let config = |&part: &Part| PartConfig {
            part,
            latent,
            weight: part.default_weight(),
        };
        parts.iter().map(config).collect()
    }
}

/// What training data can have wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Features or phrases that cannot be used.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// Not one label per feature.
    #[error("{features} features but {labels} labels")]
    Counts {
        /// How many features.
        features: usize,
        /// How many labels.
        labels: usize,
    },
    /// A label that names no class.
    #[error("sample {sample} has label {label}, but the class list has {classes} classes")]
    Label {
        /// The sample's index.
        sample: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class in a list of classes that does not exist.
    #[error("the {list} classes name class {class}, but the class list has {classes} classes")]
    Class {
        /// Which list.
        list: &'static str,
        /// The class.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A class that is to be seen and not to be seen.
    #[error("class {class} is in both the {first} and the {second} classes")]
    Overlap {
        /// The class.
        class: usize,
        /// One list.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A class from which nothing general can be learned.
    #[error("class {class} has one sample only; at least two are needed")]
    OneSample {
        /// The class.
        class: usize,
    },
    /// Not enough to tell apart.
    #[error("{classes} classes have samples to train on; at least two are needed")]
    TooFewClasses {
        /// How many have samples.
        classes: usize,
    },
    /// A setting that cannot work.
    #[error("{0}")]
    Config(String),
    /// Training ran into numbers that are not finite.
    #[error("the loss is not a finite number at step {step}; lower the learning rate")]
    Diverged {
        /// The step.
        step: usize,
    },
}

/// Trains a model on features with labels that point into `phrases`.
///
/// Classes without samples (unseen phrases) may be in the list; they are not used in any way.
pub fn fit(
    features: &[Vec<f32>],
    labels: &[usize],
    phrases: &[PhraseVectors],
    config: &FitConfig,
    seed: u64,
) -> Result<Synse, FitError> {
    fit_watched((features, labels, phrases), config, seed, &mut |_, _| {})
}

/// Features, their labels, and the phrases that the labels point into.
pub type Taught<'a> = (&'a [Vec<f32>], &'a [usize], &'a [PhraseVectors]);

/// [`fit`], with a look at every step's losses: for progress bars and plots.
pub fn fit_watched(
    (features, labels, phrases): Taught<'_>,
    config: &FitConfig,
    seed: u64,
    watch: &mut dyn FnMut(usize, &Losses),
) -> Result<Synse, FitError> {
    batches::check(features, labels, phrases, config)?;
    let held_out = |row: &usize| config.validation.contains(&labels[*row]);
    let (validation, training): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(held_out);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut learned = Learned::new(features, labels, phrases, &training, config)?;
    let mut synse = learned.untrained(config, &mut rng);
    if let Some(weight) = config.bilinear {
        synse.bilinear = Some(learned.bilinear(&training, weight)?);
    }
    if let Some(weight) = config.card {
        let rows = training.iter();
        let (rows, classes): (Vec<&[f32]>, Vec<usize>) = rows
            .map(|&row| (features[row].as_slice(), labels[row]))
            .unzip();
        synse.card = Some(CardPart::fit(&rows, &classes, phrases, weight)?);
    }
    let mut sampler = Sampler::new(&training, labels, config.profile, rng);
    let mut trainer = Trainer::new(&synse.network, config);
    let judge = calibration::Judge::new(features, labels, phrases, &validation, &training);
    let mut best: Option<(f64, Network)> = None;
    for cycle in 0..config.cycles {
        for step in cycle * config.schedule.cycle_steps..(cycle + 1) * config.schedule.cycle_steps {
            let batch = learned.batch(&mut sampler, config);
            let losses = trainer.step(&mut synse.network, &batch, config, step);
            if !losses.total.is_finite() {
                return Err(FitError::Diverged { step });
            }
            watch(step, &losses);
        }
        if config.cycles > 1 && !validation.is_empty() {
            let score = judge.accuracy(&synse.decide(judge.phrases(), Head::Cosine, seed)?);
            if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
                best = Some((score, synse.network.clone()));
            }
        }
    }
    if let Some((_, network)) = best {
        synse.network = network;
    }
    synse.temperature = match config.temperature {
        Some(temperature) => temperature,
        None => judge.temperature(&synse.decide(judge.phrases(), Head::Cosine, seed)?),
    };
    Ok(synse)
}

/// The optimiser and the memory of a step: what turns a batch into better weights.
#[derive(Clone, Debug)]
pub struct Trainer {
    /// Everything computed in the newest step.
    pub step: Step,
    adam: Adam,
    activation: Activation,
}

impl Trainer {
    /// For networks of one size.
    pub fn new(network: &Network, config: &FitConfig) -> Self {
        let mut step = Step::new(network, config.batch);
        let lengths: Vec<usize> = step
            .gradient
            .slices_mut()
            .iter()
            .map(|slice| slice.len())
            .collect();
        Self {
            adam: Adam::new(AdamConfig::new(config.learning_rate), &lengths),
            step,
            activation: config.profile.activation(),
        }
    }

    /// Losses and gradients of a batch, and one optimiser step: one Adam for all autoencoders.
    pub fn step(
        &mut self,
        network: &mut Network,
        batch: &step::Batch,
        config: &FitConfig,
        step: usize,
    ) -> Losses {
        let losses = self
            .step
            .run(network, batch, self.activation, config.schedule.at(step));
        // The skeleton's autoencoder comes first: two layers, each with weight and bias.
        let decays =
            std::iter::repeat_n(config.visual_decay, 4).chain(std::iter::repeat(config.text_decay));
        let gradients = self.step.gradient.slices_mut().into_iter();
        let tensors = network.slices_mut().into_iter().zip(gradients).zip(decays);
        self.adam
            .step(tensors.map(|((tensor, gradient), decay)| (tensor, &*gradient, decay)));
        losses
    }
}
