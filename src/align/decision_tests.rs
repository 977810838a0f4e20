//! Scores, probabilities and what explains them.

use super::{Calibration, Decision, ScoredPart, View, softmax};
use crate::align::layers::Layers;
use crate::align::part::Part;
use std::sync::Arc;

fn decision(temperature: f32) -> Decision {
    let view = View {
        layers: Layers::new(4),
        motion: None,
        card: None,
    };
    let noun = ScoredPart::new(
        Some(Part::Noun),
        1.0,
        0..2,
        vec![vec![2.0, 0.0], vec![0.0, 3.0]],
    );
    let motion = ScoredPart::new(
        Some(Part::Motion),
        4.0,
        2..4,
        vec![vec![0.0, 1.0], vec![1.0, 0.0]],
    );
    let calibration = Calibration {
        temperature,
        scorer: None,
    };
    Decision::new(Arc::new(view), vec![noun, motion], 2, calibration)
}

#[test]
fn each_part_counts_by_its_weight_whatever_its_length() {
    let probabilities = decision(1.0).probabilities(&[100.0, 0.0, 0.01, 0.0]);
    // Noun says the first phrase (1), motion the second (4).
    let expected = softmax(&[1.0, 4.0], 1.0);
    assert!(
        probabilities
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-6)
    );
}

#[test]
fn explains_its_parts() {
    let parts = decision(1.0).part_scores(&[1.0, 1.0, 0.0, 2.0]);
    assert_eq!(parts[1].part, Some(Part::Motion));
    assert!((parts[0].cosines[0] - 0.5_f32.sqrt()).abs() < 1e-6);
    assert_eq!(parts[1].cosines, [1.0, 0.0]);
}

#[test]
fn nearness_knows_neither_temperature_nor_the_other_phrases() {
    let feature = [100.0, 0.0, 0.01, 0.0];
    for temperature in [0.1, 10.0] {
        let near = decision(temperature).nearness(&feature);
        assert_eq!((near[0].whole, near[0].motion), (0.2, 0.0));
        assert_eq!((near[1].whole, near[1].motion), (0.8, 1.0));
    }
}

#[test]
fn one_reading_says_what_each_question_says() {
    let (decision, feature) = (decision(0.3), [1.0, 2.0, 0.5, -1.0]);
    let reading = decision.read(&feature);
    assert_eq!(
        reading.probabilities,
        softmax(&decision.scores(&feature), 1.0)
    );
    assert_eq!(reading.nearness, decision.nearness(&feature));
    assert_eq!(reading.latent, decision.latent(&feature));
    assert_eq!(decision.nearness_at(&reading.latent), reading.nearness);
}

#[test]
fn unreadable_features_say_nothing() {
    for feature in [&[1.0, 2.0][..], &[f32::NAN, 0.0, 0.0, 0.0], &[]] {
        assert_eq!(decision(0.1).probabilities(feature), [0.5, 0.5]);
        assert!(decision(0.1).part_scores(feature).is_empty());
        assert!(decision(0.1).nearness(feature).is_empty());
        assert!(decision(0.1).read(feature).latent.is_empty());
    }
}

#[test]
fn softmax_survives_large_scores() {
    let probabilities = softmax(&[1e4, 0.0, -1e4], 0.5);
    assert_eq!(probabilities, [1.0, 0.0, 0.0]);
    assert!(softmax(&[], 1.0).is_empty());
}
