//! What examples are worth: zero-shot learning where each unseen phrase is shown 0, 1 or 5 times.

use super::kinect::saw_any;
use super::row::{Row, Scored};
use super::zsl::{trained_on, unseen_phrases};
use super::{Samples, Split};
use crate::align::Head;
use crate::align::accuracy::{Accuracy, highest};
use crate::align::examples::WORTH;
use crate::align::part::Part;
use crate::phrases::splits;
use crate::train::align::{FitConfig, FitError, fit};
use crate::train::corpus::Corpus;
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;
use std::time::Instant;

/// The parts that are read: those of the bundles.
const PARTS: [Part; 3] = [Part::Noun, Part::Verb, Part::Motion];

/// One way to show examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// How it is decided.
    pub head: Head,
    /// How many examples of each unseen phrase.
    pub count: usize,
    /// How many examples a phrase's words are worth; 0 leaves them out where there are examples.
    pub worth: f32,
}

impl Shown {
    /// What it is called in tables.
    pub fn variant(&self) -> String {
        let examples = match self.count {
            1 => "1 example".to_owned(),
            count => format!("{count} examples"),
        };
        let words = match self.worth {
            _ if self.count == 0 => String::new(),
            0.0 => ", without words".to_owned(),
            worth => format!(", words worth {worth}"),
        };
        let parts = Part::joined(&PARTS);
        format!("{parts}, {}, {examples}{words}", self.head.name())
    }
}

/// 0, 1 and 5 examples under both heads, and examples without their words.
pub fn examples() -> Vec<Shown> {
    let with = |head, worth| move |count| Shown { head, count, worth };
    let mut shown: Vec<Shown> = [0, 1, 5].map(with(Head::Cosine, WORTH)).into();
    shown.extend([0, 1, 5].map(with(Head::Trained, WORTH)));
    shown.extend([1, 5].map(with(Head::Cosine, 0.0)));
    shown
}

/// How many examples words may be worth, under one head.
pub fn worths() -> Vec<Shown> {
    let worths = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0];
    let head = Head::Cosine;
    let of = |count| worths.map(|worth| Shown { head, count, worth });
    [1, 5].into_iter().flat_map(of).collect()
}

/// Trains once on the seen classes' samples of training subjects, and tests among the unseen phrases on the test subjects'
/// samples, one accuracy for each way to show examples.
///
/// These are drawn from the training subjects' samples of the unseen
/// classes, so that nobody is compared with themselves; each seed draws others.
pub fn accuracies(
    samples: &Samples<'_>,
    split: &Split,
    left_out: &[usize],
    config: &FitConfig,
    shown: &[Shown],
    seed: u64,
) -> Result<Vec<Accuracy>, FitError> {
    let (features, classes) = trained_on(samples, split, left_out)?;
    let fitted = fit(&features, &classes, samples.phrases, config, seed)?;
    let unseen = unseen_phrases(samples, split);
    let tested = |&row: &usize| samples.test[row] && split.unseen.contains(&samples.labels[row]);
    let rows: Vec<usize> = (0..samples.labels.len()).filter(tested).collect();
    let actual: Vec<usize> = rows.iter().map(|&row| samples.labels[row]).collect();
    let accuracy = |shown: &Shown| {
        let examples = draw(samples, &split.unseen, shown.count, seed);
        let decision = fitted.decide_worth(&unseen, &examples, shown.worth, shown.head, seed)?;
        let name = |&row: &usize| split.unseen[highest(&decision.scores(&samples.features[row]))];
        let predicted: Vec<usize> = rows.iter().map(name).collect();
        Ok(Accuracy::of(&predicted, &actual))
    };
    shown.iter().map(accuracy).collect()
}

/// Features of at most `count` samples of each class by training subjects.
fn draw(samples: &Samples<'_>, classes: &[usize], count: usize, seed: u64) -> Vec<Vec<Vec<f32>>> {
    let of_class = |class: &usize| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(*class as u64);
        let is_one = |row: &usize| !samples.test[*row] && samples.labels[*row] == *class;
        let rows: Vec<usize> = (0..samples.labels.len()).filter(is_one).collect();
        let drawn = rows.sample(&mut rng, count);
        drawn.map(|&row| samples.features[row].clone()).collect()
    };
    classes.iter().map(of_class).collect()
}

/// The rows of a split, one for each way to show examples; by `validation` on its validation phrases, by which alone settings
/// may be chosen.
pub fn score(
    corpus: &Corpus,
    split: &splits::Split,
    shown: &[Shown],
    seeds: u64,
    validation: bool,
) -> Result<Vec<Scored>, FitError> {
    let places = Split {
        unseen: corpus.places(&split.unseen),
        validation: corpus.places(&split.validation_unseen),
    };
    let (places, left_out) = if validation {
        places.for_selection()
    } else {
        (places, Vec::new())
    };
    let samples = Samples {
        features: &corpus.features,
        labels: &corpus.labels,
        phrases: &corpus.vectors,
        test: &corpus.test,
    };
    let config = FitConfig {
        parts: FitConfig::parts(&PARTS, 50),
        ..FitConfig::ours().with_card(corpus.reads_cards)
    };
    let started = Instant::now();
    let mut all = vec![Vec::new(); shown.len()];
    for seed in 1..=seeds {
        let accuracies = accuracies(&samples, &places, &left_out, &config, shown, seed)?;
        for (all, accuracy) in all.iter_mut().zip(accuracies) {
            all.push(accuracy);
        }
    }
    let seconds = started.elapsed().as_secs_f64() / shown.len().max(1) as f64;
    let clips = corpus.labels.iter().zip(&corpus.test);
    let clips = clips
        .filter(|(label, test)| **test && places.unseen.contains(label))
        .count();
    let setting = if validation { "validation" } else { "zsl" };
    let scored = |(shown, accuracies): (&Shown, Vec<Accuracy>)| {
        let row = Row {
            method: Cow::Borrowed("synse"),
            split: split.name.clone(),
            setting: Cow::Borrowed(setting),
            variant: Cow::Owned(shown.variant()),
            seconds,
            clips,
            encoder_saw_unseen: saw_any(corpus, &places.unseen),
            ..Row::default()
        };
        Scored::zsl(row, accuracies)
    };
    Ok(shown.iter().zip(all).map(scored).collect())
}
