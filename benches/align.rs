//! How long a training step, a phrase edit and a gate take, each beside the matrix products in it.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should stop"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ndarray::Array2;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::hint::black_box;
use synse::align::synse::Synse;
use synse::align::{Aligner as _, Head};
use synse::gate::likeness::Likeness;
use synse::language::PhraseVectors;
use synse::train::align::schedule::Schedule;
use synse::train::align::{FitConfig, fit};
use synse::train::gate::{self, GateConfig, GateSample, Truth};
use synse::window::{KINEMATIC_MEASURES, READ};

const FEATURE: usize = 256;

/// Beside it measures and a card, as the shipped models read them.
const READ_FEATURE: usize = FEATURE + KINEMATIC_MEASURES + READ.len();
const SAMPLES: usize = 600;
const STEPS: usize = 100;

fn normal(rng: &mut ChaCha8Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.sample(StandardNormal)).collect()
}

fn phrases(count: usize, words: usize) -> Vec<PhraseVectors> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let phrase = |_| PhraseVectors {
        verb: normal(&mut rng, words),
        noun: Some(normal(&mut rng, words)),
        phrase: normal(&mut rng, words),
        motion: (0..READ.len())
            .map(|_| rng.random_range(0.0..1.0))
            .collect(),
    };
    (0..count).map(phrase).collect()
}

/// Trains for some steps; all but a little of the time goes into them.
fn train(words: usize, config: &FitConfig) -> Synse {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let width = config.card.map_or(FEATURE, |_| READ_FEATURE);
    let features: Vec<Vec<f32>> = (0..SAMPLES).map(|_| normal(&mut rng, width)).collect();
    let labels: Vec<usize> = (0..SAMPLES).map(|sample| sample % 60).collect();
    fit(&features, &labels, &phrases(60, words), config, 1).expect("made samples can be learned")
}

/// The products of these sizes, rows, depth and columns, one after the other.
fn multiply(products: &[(Array2<f32>, Array2<f32>)]) {
    for (left, right) in products {
        black_box(left.dot(right));
    }
}

fn products(sizes: &[[usize; 3]]) -> Vec<(Array2<f32>, Array2<f32>)> {
    let filled = |rows, columns| Array2::from_elem((rows, columns), 0.1);
    sizes
        .iter()
        .map(|&[rows, depth, columns]| (filled(rows, depth), filled(depth, columns)))
        .collect()
}

/// The products of a training step: each layer forward, for its input's gradient and for its weights'; with the cross-modal
/// terms decoders read the latents of both sides.
fn step_products(
    words: usize,
    config: &FitConfig,
    is_cross: bool,
) -> Vec<(Array2<f32>, Array2<f32>)> {
    let batch = config.batch;
    let readings = if is_cross { 2 } else { 1 };
    let latent: usize = config.parts.iter().map(|part| part.latent).sum();
    let mut layers = vec![(FEATURE, 2 * latent)];
    layers.extend([(latent, FEATURE)].repeat(readings));
    for part in &config.parts {
        layers.push((words, 2 * part.latent));
        layers.extend([(part.latent, words)].repeat(readings));
    }
    let sizes: Vec<[usize; 3]> = layers
        .into_iter()
        .flat_map(|(from, to)| [[batch, from, to], [batch, to, from], [from, batch, to]])
        .collect();
    products(&sizes)
}

fn config(start: FitConfig) -> FitConfig {
    FitConfig {
        schedule: Schedule {
            cycle_steps: STEPS,
            // In proportion to a whole run: the cross-modal terms count in the last sixth.
            cross_after: STEPS * 14 / 17,
            ..start.schedule
        },
        temperature: Some(0.3),
        ..start
    }
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("100 training steps");
    group.sample_size(10);
    let ours = config(FitConfig::ours());
    group.bench_function("ours, 384-d words", |bencher| {
        bencher.iter(|| train(384, &ours));
    });
    let reference = config(FitConfig::reference(100, STEPS, 1));
    group.bench_function("reference, 1024-d words", |bencher| {
        bencher.iter(|| train(1024, &reference));
    });
    for (name, words, config) in [("ours", 384, &ours), ("reference", 1024, &reference)] {
        let [early, late] = [false, true].map(|is_cross| step_products(words, config, is_cross));
        let step = |step: usize| {
            let is_cross = config.schedule.at(step).cross > 0.0;
            multiply(if is_cross { &late } else { &early });
        };
        group.bench_function(format!("{name}, its products alone"), |bencher| {
            bencher.iter(|| (0..STEPS).for_each(step));
        });
    }
    group.finish();
}

fn edits(criterion: &mut Criterion) {
    let synse = train(384, &config(FitConfig::ours().with_card(true)));
    let mut group = criterion.benchmark_group("decision for a list");
    group.sample_size(10);
    for count in [5, 10, 50, 500] {
        let phrases = phrases(count, 384);
        for head in [Head::Cosine, Head::Trained] {
            let name = BenchmarkId::new(format!("{head:?}"), count);
            group.bench_with_input(name, &phrases, |bencher, phrases| {
                bencher.iter(|| synse.decide(phrases, head, 1));
            });
        }
        // The trained head: its rows against all phrases, and their errors back, in each of its steps.
        let classifier = synse.classifier_config();
        let width = classifier.shares.last().map_or(0, |(share, _)| share.end);
        let all = classifier.per_class * count;
        let rows = classifier.rows_per_step.map_or(all, |rows| rows.min(all));
        let products = products(&[[rows, width, count], [width, rows, count]]);
        group.bench_function(
            BenchmarkId::new("Trained, its products alone", count),
            |bencher| {
                bencher.iter(|| (0..classifier.epochs).for_each(|_| multiply(&products)));
            },
        );
    }
    group.finish();
    let feature = normal(&mut ChaCha8Rng::seed_from_u64(3), READ_FEATURE);
    let decision = synse
        .decide(&phrases(50, 384), Head::Cosine, 1)
        .expect("made phrases can be decided");
    criterion.bench_function("one feature among 50 phrases", |bencher| {
        bencher.iter(|| decision.probabilities(black_box(&feature)));
    });
}

fn gates(criterion: &mut Criterion) {
    const SAMPLES: usize = 2_300;
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let sample = |i: usize| GateSample {
        seen_logits: normal(&mut rng, 60).iter().map(|x| 3.0 * x).collect(),
        unseen: synse::align::decision::softmax(&normal(&mut rng, 10), 0.5),
        likeness: Likeness::default(),
        clip: i,
        truth: if i.is_multiple_of(3) {
            Truth::Unseen(i % 10)
        } else {
            Truth::Seen(i % 60)
        },
    };
    let samples: Vec<GateSample> = (0..SAMPLES).map(sample).collect();
    let mut group = criterion.benchmark_group("gate");
    group.sample_size(10);
    let config = GateConfig::reference(10);
    group.bench_function("nine temperatures, 2300 samples", |bencher| {
        bencher.iter(|| gate::fit(&samples, &config, 1));
    });
    // All samples against the weights and their errors back, as if L-BFGS looked a hundred times at each temperature.
    let products = products(&[[SAMPLES, 20, 1], [20, SAMPLES, 1]]);
    group.bench_function("its products alone, 100 looks each", |bencher| {
        bencher.iter(|| (0..9 * 100).for_each(|_| multiply(&products)));
    });
    group.finish();
}

criterion_group!(align, steps, edits, gates);
criterion_main!(align);
