//! Our own training, heads, baseline and files, on made samples: people who move as their phrases say.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use synse::align::part::Part;
use synse::align::ridge::Ridge;
use synse::align::{Aligner as _, Head};
use synse::evaluate::methods::{ridge, synse as ours};
use synse::evaluate::{Samples, Split, zsl, zsl_for_selection};
use synse::language::PhraseVectors;
use synse::train::align::{FitConfig, FitError, fit};

const CLASSES: usize = 24;
const FEATURE: usize = 40;
const WORDS: usize = 16;
const MOTION: usize = 10;

pub(crate) struct Made {
    pub(crate) features: Vec<Vec<f32>>,
    pub(crate) labels: Vec<usize>,
    pub(crate) phrases: Vec<PhraseVectors>,
    pub(crate) test: Vec<bool>,
}

impl Made {
    pub(crate) fn samples(&self) -> Samples<'_> {
        Samples {
            features: &self.features,
            labels: &self.labels,
            phrases: &self.phrases,
            test: &self.test,
        }
    }
}

fn normal(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.sample(StandardNormal)).collect()
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    for x in &mut vector {
        *x /= length;
    }
    vector
}

/// Features are a fixed linear picture of the motion card, with noise; words are random, and some nouns missing.
pub(crate) fn made(per_class: usize) -> Made {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let picture: Vec<Vec<f32>> = (0..FEATURE).map(|_| normal(&mut rng, MOTION)).collect();
    let phrases: Vec<PhraseVectors> = (0..CLASSES)
        .map(|class| PhraseVectors {
            verb: unit(normal(&mut rng, WORDS)),
            noun: (class % 3 > 0).then(|| unit(normal(&mut rng, WORDS))),
            phrase: unit(normal(&mut rng, WORDS)),
            motion: (0..MOTION)
                .map(|_| f32::from(u8::from(rng.random_range(0..3) == 0)))
                .collect(),
        })
        .collect();
    let (mut features, mut labels, mut test) = (Vec::new(), Vec::new(), Vec::new());
    for (class, phrase) in phrases.iter().enumerate() {
        for sample in 0..per_class {
            let noise = normal(&mut rng, FEATURE);
            let dot = |row: &Vec<f32>| {
                row.iter()
                    .zip(&phrase.motion)
                    .map(|(a, b)| a * b)
                    .sum::<f32>()
            };
            features.push(
                picture
                    .iter()
                    .zip(noise)
                    .map(|(row, noise)| 5.0 + dot(row) + 0.5 * noise)
                    .collect(),
            );
            labels.push(class);
            test.push(sample % 3 == 0);
        }
    }
    Made {
        features,
        labels,
        phrases,
        test,
    }
}

pub(crate) fn split() -> Split {
    Split {
        unseen: vec![1, 5, 9, 13, 17],
        validation: vec![2, 6, 10, 14],
    }
}

pub(crate) fn config() -> FitConfig {
    FitConfig {
        learning_rate: 1e-3,
        ..FitConfig::ours()
    }
}

fn ridge_on(part: Part) -> ridge::Ridge {
    ridge::Ridge {
        variant: part.name().to_owned(),
        parts: vec![part],
        penalty: ridge::PENALTY,
        limit: f32::INFINITY,
    }
}

#[test]
fn unseen_phrases_are_recognised_by_how_they_move() {
    let made = made(12);
    for head in [Head::Cosine, Head::Trained] {
        let method = ours::Synse {
            variant: "noun+verb+motion".to_owned(),
            config: config(),
            head,
            generated: 500,
        };
        let accuracy = zsl(&made.samples(), &split(), &method, false, 1).unwrap();
        println!("{head:?}: {accuracy:?}");
        assert!(
            accuracy.per_class > 0.6,
            "{head:?}: {accuracy:?}, chance is 0.2"
        );
        assert_eq!(
            accuracy
                .classes
                .iter()
                .map(|class| class.0)
                .collect::<Vec<_>>(),
            split().unseen
        );
        assert_eq!(
            accuracy.classes.iter().map(|class| class.2).sum::<usize>(),
            5 * 4
        );
    }
    let ridge = zsl(&made.samples(), &split(), &ridge_on(Part::Motion), true, 1).unwrap();
    assert!(ridge.per_class > 0.6, "{ridge:?}");
    let chosen = zsl_for_selection(&made.samples(), &split(), &ridge_on(Part::Motion), 1).unwrap();
    assert_eq!(
        chosen
            .classes
            .iter()
            .map(|class| class.0)
            .collect::<Vec<_>>(),
        split().validation
    );
}

#[test]
fn training_is_repeatable_and_uses_no_unseen_sample() {
    let made = made(6);
    let config = FitConfig {
        validation: vec![2, 6, 10],
        ..config()
    };
    let one = fit(&made.features, &made.labels, &made.phrases, &config, 5).unwrap();
    assert_eq!(
        one,
        fit(&made.features, &made.labels, &made.phrases, &config, 5).unwrap()
    );
    assert_ne!(
        one,
        fit(&made.features, &made.labels, &made.phrases, &config, 6).unwrap()
    );
    let mut changed = made.features.clone();
    for (feature, label) in changed.iter_mut().zip(&made.labels) {
        if config.validation.contains(label) {
            for x in feature {
                *x = 1.0 - *x;
            }
        }
    }
    let other = fit(&changed, &made.labels, &made.phrases, &config, 5).unwrap();
    assert_eq!((one.network, one.standard), (other.network, other.standard));
}

#[test]
fn a_decision_explains_itself() {
    let made = made(8);
    let synse = fit(&made.features, &made.labels, &made.phrases, &config(), 1).unwrap();
    assert!(synse.temperature > 0.01 && synse.temperature < 10.0);
    let decision = synse.decide(&made.phrases, Head::Cosine, 0).unwrap();
    let (feature, label) = (&made.features[40], made.labels[40]);
    let probabilities = decision.probabilities(feature);
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let parts = decision.part_scores(feature);
    assert_eq!(
        parts.iter().map(|part| part.part).collect::<Vec<_>>(),
        [Part::Noun, Part::Verb, Part::Motion].map(Some)
    );
    assert!(parts.iter().all(|part| part.cosines.len() == CLASSES));
    let seen = decision.decoded_motion(feature);
    let wrong = seen
        .iter()
        .zip(&made.phrases[label].motion)
        .filter(|(a, b)| (**a > 0.5) != (**b > 0.5))
        .count();
    assert!(
        seen.len() == MOTION && wrong <= 1,
        "{seen:?} for {:?}",
        made.phrases[label].motion
    );
    assert!(
        synse
            .decide(&[], Head::Trained, 0)
            .unwrap()
            .probabilities(feature)
            .is_empty()
    );
}

#[test]
fn bad_training_data_is_refused_with_its_place() {
    let made = made(4);
    let message = |features: &[Vec<f32>], labels: &[usize], config: &FitConfig| {
        fit(features, labels, &made.phrases, config, 1)
            .unwrap_err()
            .to_string()
    };
    let mut narrow = made.features.clone();
    narrow[7].pop();
    assert_eq!(
        message(&narrow, &made.labels, &config()),
        "feature 7 has 39 values, expected 40"
    );
    let mut damaged = made.features.clone();
    damaged[9][3] = f32::NAN;
    let text = message(&damaged, &made.labels, &config());
    assert_eq!(
        text,
        "feature 9 has a value that is not a finite number, at index 3"
    );
    let mut outside = made.labels.clone();
    outside[2] = 99;
    assert!(
        message(&made.features, &outside, &config())
            .contains("sample 2 has label 99, but the class list has 24")
    );
    assert!(
        message(&made.features, &made.labels[1..], &config()).contains("96 features but 95 labels")
    );
    let mut single = made.labels.clone();
    (1..4).for_each(|i| single[i] = 1);
    assert!(message(&made.features, &single, &config()).contains("class 0 has one sample only"));
    assert!(message(&[], &[], &config()).contains("0 classes have samples"));
    let unknown = FitConfig {
        validation: vec![30],
        ..config()
    };
    assert!(
        message(&made.features, &made.labels, &unknown)
            .contains("the validation classes name class 30")
    );
    let without = FitConfig {
        parts: Vec::new(),
        ..config()
    };
    assert!(message(&made.features, &made.labels, &without).contains("at least 1"));
    let twice = FitConfig {
        parts: FitConfig::parts(&[Part::Verb, Part::Verb], 8),
        ..config()
    };
    assert!(message(&made.features, &made.labels, &twice).contains("`verb` is named twice"));
    let mut phrases = made.phrases.clone();
    phrases[3].motion.pop();
    let error = fit(&made.features, &made.labels, &phrases, &config(), 1).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("motion vector of training phrase 3 has 9 values, expected 10"),
        "{error}"
    );
    let overlap = Split {
        unseen: vec![1],
        validation: vec![1],
    };
    let error = zsl(&made.samples(), &overlap, &ridge_on(Part::Verb), true, 1).unwrap_err();
    assert!(
        matches!(error, FitError::Overlap { class: 1, .. }),
        "{error}"
    );
}

#[test]
fn phrases_of_another_text_encoder_are_refused() {
    let made = made(4);
    let synse = fit(&made.features, &made.labels, &made.phrases, &config(), 1).unwrap();
    let ridge = Ridge::fit(
        &made.features,
        &made.labels,
        &made.phrases,
        &[Part::Verb],
        1.0,
    )
    .unwrap();
    let mut phrases = made.phrases.clone();
    phrases[2].verb = vec![0.5; 9];
    for aligner in [&synse as &dyn synse::align::Aligner, &ridge] {
        let error = aligner
            .decide(&phrases, Head::Cosine, 1)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "the verb vector of phrase 2 has 9 values, expected 16"
        );
        assert_eq!(aligner.feature_width(), FEATURE);
    }
    assert!(ridge.decide(&made.phrases, Head::Trained, 1).is_err());
    assert!(
        Ridge::fit(
            &made.features,
            &made.labels,
            &made.phrases,
            &[Part::Verb],
            -1e6
        )
        .is_err()
    );
}
