//! What the aligner learns from: checked, standardised, and dealt into batches.

use super::step::Batch;
use super::{FitConfig, FitError};
use crate::align::bilinear::{self, BilinearPart};
use crate::align::network::Network;
use crate::align::ridge::text_statistics;
use crate::align::standard::Standard;
use crate::align::synse::{Profile, Synse, TextPart};
use crate::align::{AlignError, check_vector};
use crate::language::PhraseVectors;
use crate::phrases::motion::SIDES;
use ndarray::{Array2, Axis};
use rand::seq::{IndexedRandom as _, index};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// The temperature of a model before it is calibrated.
const UNCALIBRATED: f32 = 1.0;

/// Refuses what cannot be learned from, with the reason.
pub(super) fn check(
    features: &[Vec<f32>],
    labels: &[usize],
    phrases: &[PhraseVectors],
    config: &FitConfig,
) -> Result<(), FitError> {
    check_samples(features, labels, phrases.len())?;
    let classes = phrases.len();
    if let Some(&class) = config.validation.iter().find(|&&class| class >= classes) {
        let list = "validation";
        return Err(FitError::Class {
            list,
            class,
            classes,
        });
    }
    let mut counts = vec![0_usize; classes];
    for &label in labels {
        counts[label] += 1;
    }
    config
        .validation
        .iter()
        .for_each(|&class| counts[class] = 0);
    check_counts(&counts)?;
    let sizes = [
        config.parts.len(),
        config.batch,
        config.cycles,
        config.schedule.cycle_steps,
    ];
    if sizes.contains(&0) || config.parts.iter().any(|part| part.latent == 0) {
        let reason =
            "parts, latent sizes, batch, cycles and steps of a cycle must all be at least 1";
        return Err(FitError::Config(reason.to_owned()));
    }
    let names: Vec<_> = config.parts.iter().map(|part| part.part).collect();
    match (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
        Some(i) => Err(FitError::Config(format!(
            "the part `{}` is named twice",
            names[i].name()
        ))),
        None => Ok(()),
    }
}

/// Refuses classes of one sample, and fewer than two classes with samples; takes the number of samples of each class.
pub fn check_counts(counts: &[usize]) -> Result<(), FitError> {
    if let Some(class) = counts.iter().position(|&count| count == 1) {
        return Err(FitError::OneSample { class });
    }
    match counts.iter().filter(|&&count| count > 0).count() {
        classes @ 0..2 => Err(FitError::TooFewClasses { classes }),
        _ => Ok(()),
    }
}

/// Refuses features of different widths or with values that are not finite, and labels outside the class list.
pub fn check_samples(
    features: &[Vec<f32>],
    labels: &[usize],
    classes: usize,
) -> Result<(), FitError> {
    if features.len() != labels.len() {
        return Err(FitError::Counts {
            features: features.len(),
            labels: labels.len(),
        });
    }
    let width = features.first().map_or(0, Vec::len);
    for (sample, (feature, &label)) in features.iter().zip(labels).enumerate() {
        check_vector(|| format!("feature {sample}"), feature, width)?;
        if label >= classes {
            return Err(FitError::Label {
                sample,
                label,
                classes,
            });
        }
    }
    Ok(())
}

/// Training data in the form that steps need.
pub(super) struct Learned {
    standard: Standard,
    parts: Vec<TextPart>,
    /// All samples, standardised, `[samples, feature width]`.
    features: Array2<f32>,
    /// The words of all classes, standardised, one matrix per part, `[classes, part width]`.
    texts: Vec<Array2<f32>>,
    labels: Vec<usize>,
    /// Each class's row in the newest batch.
    row_of_class: Vec<Option<usize>>,
}

impl Learned {
    /// Standardises by the training samples and their classes only.
    pub(super) fn new(
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        training: &[usize],
        config: &FitConfig,
    ) -> Result<Self, FitError> {
        let raw = config.profile == Profile::Reference;
        let rows: Vec<&[f32]> = training
            .iter()
            .map(|&row| features[row].as_slice())
            .collect();
        let width = rows.first().map_or(0, |row| row.len());
        let standard = if raw {
            Standard::identity(width)
        } else {
            // Left and right are the card's own affair: whoever learns from right-handers must not mistake left-handers.
            let sides = config.card.map_or(0, |_| SIDES.len());
            Standard::z_score(&rows)
                .within(config.limit)
                .without_last(sides)
        };
        let taught = |class: &usize| training.iter().any(|&row| labels[row] == *class);
        let seen: Vec<&PhraseVectors> = (0..phrases.len())
            .filter(taught)
            .map(|class| &phrases[class])
            .collect();
        let mut parts = Vec::new();
        let mut texts = Vec::new();
        for part in &config.parts {
            let (placeholder, centred) = text_statistics(part.part, &seen)?;
            let text = TextPart {
                part: part.part,
                weight: part.weight,
                standard: if raw {
                    Standard::identity(placeholder.len())
                } else {
                    centred
                },
                placeholder,
            };
            texts.push(words(&text, phrases)?);
            parts.push(text);
        }
        let all = features
            .iter()
            .flat_map(|feature| standard.apply(feature))
            .collect();
        Ok(Self {
            features: matrix(features.len(), width, all)?,
            standard,
            parts,
            texts,
            labels: labels.to_vec(),
            row_of_class: vec![None; phrases.len()],
        })
    }

    /// A model with initial weights.
    pub(super) fn untrained(&self, config: &FitConfig, rng: &mut ChaCha8Rng) -> Synse {
        let parts = self.parts.iter().zip(&config.parts);
        let sizes: Vec<_> = parts
            .map(|(text, part)| (text.standard.width(), part.latent))
            .collect();
        Synse {
            profile: config.profile,
            temperature: UNCALIBRATED,
            standard: self.standard.clone(),
            parts: self.parts.clone(),
            network: Network::xavier(self.standard.width(), &sizes, rng),
            bilinear: None,
            card: None,
        }
    }

    /// The bilinear part, learned from the training samples.
    pub(super) fn bilinear(
        &self,
        training: &[usize],
        weight: f32,
    ) -> Result<BilinearPart, AlignError> {
        let parts = self.parts.iter().map(|text| text.part);
        let features = self.features.select(Axis(0), training);
        let labels: Vec<usize> = training.iter().map(|&row| self.labels[row]).collect();
        let samples = bilinear::Samples {
            features: features.view(),
            labels: &labels,
            texts: &parts.zip(self.texts.iter().cloned()).collect::<Vec<_>>(),
        };
        BilinearPart::fit(&samples, weight)
    }

    /// Draws a batch.
    pub(super) fn batch(&mut self, sampler: &mut Sampler, config: &FitConfig) -> Batch {
        let samples = sampler.draw(config.batch);
        let mut classes = Vec::new();
        self.row_of_class.fill(None);
        let rows = samples.iter().map(|&sample| {
            let class = self.labels[sample];
            *self.row_of_class[class].get_or_insert_with(|| {
                classes.push(class);
                classes.len() - 1
            })
        });
        let rows: Vec<usize> = rows.collect();
        let latent = config.parts.iter().map(|part| part.latent).sum();
        let shared = config.profile == Profile::Reference;
        let mut noise =
            |latent: usize| sampler.noise(samples.len(), if shared { 1 } else { latent });
        Batch {
            features: self.features.select(Axis(0), &samples),
            texts: self
                .texts
                .iter()
                .map(|text| text.select(Axis(0), &classes))
                .collect(),
            visual_noise: noise(latent),
            text_noise: config.parts.iter().map(|part| noise(part.latent)).collect(),
            rows,
        }
    }
}

/// One part of all phrases, standardised.
fn words(text: &TextPart, phrases: &[PhraseVectors]) -> Result<Array2<f32>, FitError> {
    let width = text.standard.width();
    let mut all = Vec::with_capacity(phrases.len() * width);
    for (class, phrase) in phrases.iter().enumerate() {
        let vector = text.part.vector(phrase).unwrap_or(&text.placeholder);
        check_vector(
            || format!("the {} vector of class {class}", text.part.name()),
            vector,
            width,
        )?;
        all.extend(text.standard.apply(vector));
    }
    matrix(phrases.len(), width, all)
}

fn matrix(rows: usize, columns: usize, values: Vec<f32>) -> Result<Array2<f32>, FitError> {
    Array2::from_shape_vec((rows, columns), values)
        .map_err(|error| FitError::Config(error.to_string()))
}

/// Chooses the samples of a batch.
pub(super) struct Sampler {
    /// Samples by class; one list of all where classes are not balanced.
    groups: Vec<Vec<usize>>,
    balanced: bool,
    rng: ChaCha8Rng,
}

impl Sampler {
    pub(super) fn new(
        training: &[usize],
        labels: &[usize],
        profile: Profile,
        mut rng: ChaCha8Rng,
    ) -> Self {
        let balanced = profile == Profile::Ours;
        let mut groups = vec![Vec::new(); labels.iter().max().map_or(1, |&label| label + 1)];
        for &row in training {
            groups[if balanced { labels[row] } else { 0 }].push(row);
        }
        groups.retain(|group| !group.is_empty());
        Self {
            groups,
            balanced,
            rng: ChaCha8Rng::from_rng(&mut rng),
        }
    }

    /// Ours: a class at random, then one of its samples. The released code's: a batch of one shuffled pass.
    fn draw(&mut self, batch: usize) -> Vec<usize> {
        if self.balanced {
            let group = |rng: &mut ChaCha8Rng| {
                let group = self.groups.choose(rng)?;
                group.choose(rng).copied()
            };
            return (0..batch).filter_map(|_| group(&mut self.rng)).collect();
        }
        let all = &self.groups[0];
        let picked = index::sample(&mut self.rng, all.len(), batch.min(all.len()));
        // Few samples come round more than once, so that a batch always has its size.
        (0..batch)
            .map(|i| all[picked.index(i % picked.len())])
            .collect()
    }

    fn noise(&mut self, rows: usize, columns: usize) -> Array2<f32> {
        Array2::from_shape_simple_fn((rows, columns), || self.rng.sample(StandardNormal))
    }
}
