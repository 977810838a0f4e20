//! How long a training step, a phrase edit and a gate take.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should stop"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
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

const FEATURE: usize = 256;
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
        motion: (0..40).map(|_| rng.random_range(0.0..1.0)).collect(),
    };
    (0..count).map(phrase).collect()
}

/// Trains for some steps; all but a little of the time goes into them.
fn train(words: usize, config: &FitConfig) -> Synse {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let features: Vec<Vec<f32>> = (0..SAMPLES).map(|_| normal(&mut rng, FEATURE)).collect();
    let labels: Vec<usize> = (0..SAMPLES).map(|sample| sample % 60).collect();
    fit(&features, &labels, &phrases(60, words), config, 1).expect("made samples can be learned")
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
    group.finish();
}

fn edits(criterion: &mut Criterion) {
    let synse = train(384, &config(FitConfig::ours()));
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
    }
    group.finish();
    let feature = normal(&mut ChaCha8Rng::seed_from_u64(3), FEATURE);
    let decision = synse
        .decide(&phrases(50, 384), Head::Cosine, 1)
        .expect("made phrases can be decided");
    criterion.bench_function("one feature among 50 phrases", |bencher| {
        bencher.iter(|| decision.probabilities(black_box(&feature)));
    });
}

fn gates(criterion: &mut Criterion) {
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
    let samples: Vec<GateSample> = (0..2_300).map(sample).collect();
    let mut group = criterion.benchmark_group("gate");
    group.sample_size(10);
    let config = GateConfig::reference(10);
    group.bench_function("nine temperatures, 2300 samples", |bencher| {
        bencher.iter(|| gate::fit(&samples, &config, 1));
    });
    group.finish();
}

criterion_group!(align, steps, edits, gates);
criterion_main!(align);
