//! How long words take: splitting a phrase, embedding its parts, and the same for a whole list.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run must stop")]

use burn::tensor::Device;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use synse::language::Language;
use synse::language::split::split;
use synse::phrases::PhraseEntry;

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"))
}

fn reading(c: &mut Criterion) {
    split("warm");
    c.bench_function("split a phrase", |b| {
        b.iter(|| split(black_box("put the cup down on the table")));
    });
}

/// Phrases that no cache has seen: the number makes every text new, and is one word piece like any other.
fn fresh_entries(count: usize, next: &Cell<usize>) -> Vec<PhraseEntry> {
    (0..count)
        .map(|_| {
            let number = next.replace(next.get() + 1);
            PhraseEntry {
                text: format!("swing a club{number}"),
                verb: Some(format!("swing{number}")),
                enabled: true,
                ..PhraseEntry::default()
            }
        })
        .collect()
}

fn embedding(c: &mut Criterion) {
    let language = Language::load(models(), &Device::flex()).unwrap();
    let next = Cell::new(0);
    c.bench_function("embed verb and noun", |b| {
        b.iter_batched(
            || {
                let number = next.replace(next.get() + 1);
                (format!("swing {number}"), format!("club {number}"))
            },
            |(verb, noun)| language.encoder().embed(&[&verb, &noun]).unwrap(),
            BatchSize::PerIteration,
        );
    });
    let mut group = c.benchmark_group("read and embed new phrases");
    group.sample_size(10);
    for count in [1, 5, 50] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(count.to_string(), |b| {
            b.iter_batched(
                || fresh_entries(count, &next),
                |entries| {
                    let phrases: Vec<_> = entries
                        .iter()
                        .map(|entry| language.read_entry(entry).unwrap())
                        .collect();
                    language.embed(&phrases).unwrap()
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    let known: Vec<_> = fresh_entries(500, &next)
        .iter()
        .map(|entry| language.read_entry(entry).unwrap())
        .collect();
    language.embed(&known).unwrap();
    c.bench_function("embed 500 known phrases", |b| {
        b.iter(|| language.embed(black_box(&known)).unwrap());
    });
}

fn loading(c: &mut Criterion) {
    let mut group = c.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("text encoder", |b| {
        b.iter(|| Language::load(models(), &Device::flex()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, reading, embedding, loading);
criterion_main!(benches);
