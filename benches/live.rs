//! Frame to prediction through the real threads, and phrase edits with lists of 5, 50 and 500, on the default bundle.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run must stop")]
#![expect(
    clippy::print_stdout,
    reason = "a benchmark that is passed over says so"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::sync::Arc;
use std::time::Duration;
use synse::align::Head;
use synse::bundle::{self, Bundle};
use synse::device::{self, DeviceChoice};
use synse::live::stages::Stages;
use synse::live::{Command, Event, Session, SessionOptions};
use synse::phrases::PhraseEntry;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Verbs and nouns that make phrases which differ.
const VERBS: [&str; 25] = [
    "throw",
    "kick",
    "lift",
    "push",
    "pull",
    "wave",
    "swing",
    "catch",
    "drop",
    "carry",
    "shake",
    "turn",
    "hit",
    "point at",
    "reach for",
    "pick up",
    "put down",
    "hold",
    "roll",
    "slide",
    "pass",
    "bounce",
    "open",
    "close",
    "wipe",
];
const NOUNS: [&str; 25] = [
    "ball", "box", "chair", "door", "hand", "arm", "cup", "book", "bag", "rope", "stick", "table",
    "window", "hat", "stone", "bottle", "plate", "towel", "shoe", "coat", "pen", "phone", "lamp",
    "wheel", "flag",
];

/// A running session on the default bundle, playing the demo; `None` where there is none.
fn session() -> Option<Session> {
    if let Err(error) = bundle::default_folder().and_then(|folder| Bundle::check(&folder)) {
        println!("passed over: {error}");
        return None;
    }
    let device = device::open(&DeviceChoice::Cpu).unwrap();
    let options = SessionOptions {
        source: Some("demo".into()),
        ..SessionOptions::default()
    };
    let session = Session::start(Stages::new(device), options, Arc::new(|| {})).unwrap();
    wait_for(&session, |event| match event {
        Event::Prediction(_, latency) => Some(latency),
        _ => None,
    });
    Some(session)
}

fn wait_for<T>(session: &Session, pick: impl Fn(Event) -> Option<T>) -> T {
    loop {
        let event = session.wait_event(PATIENCE).unwrap();
        if let Some(found) = pick(event) {
            return found;
        }
    }
}

fn frame_to_prediction(criterion: &mut Criterion) {
    let Some(session) = session() else { return };
    let mut group = criterion.benchmark_group("live");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    group.bench_function("frame to prediction", |bencher| {
        bencher.iter_custom(|count| {
            (0..count)
                .map(|_| {
                    wait_for(&session, |event| match event {
                        Event::Prediction(_, latency) => Some(latency),
                        _ => None,
                    })
                })
                .sum()
        });
    });
    group.finish();
}

/// A list of so many phrases, its last one never seen before.
fn list(length: usize, edit: usize) -> Vec<PhraseEntry> {
    let phrase = |index: usize| format!("{} the {}", VERBS[index % 25], NOUNS[index / 25 % 25]);
    (0..length)
        .map(|index| PhraseEntry {
            id: index as u64 + 1,
            text: if index + 1 == length {
                format!("{} {edit} times", phrase(edit * 31))
            } else {
                phrase(index)
            },
            enabled: true,
            ..PhraseEntry::default()
        })
        .collect()
}

fn phrase_edit(criterion: &mut Criterion) {
    let Some(session) = session() else { return };
    let mut group = criterion.benchmark_group("phrase edit");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    let mut edit = 0;
    for (name, head) in [("cosine", Head::Cosine), ("trained", Head::Trained)] {
        session.send(Command::SetHead(head)).unwrap();
        for length in [5, 10, 50, 500] {
            // The list itself is read once; what is measured is one new phrase in it.
            session.send(Command::SetPhrases(list(length, 0))).unwrap();
            std::thread::sleep(Duration::from_secs(3));
            while session.try_event().is_some() {}
            let mut effect = || {
                edit += 1;
                let list = list(length, edit);
                session.send(Command::SetPhrases(list)).unwrap();
                wait_for(&session, |event| match event {
                    Event::Phrases { took, .. } => took,
                    _ => None,
                })
            };
            group.bench_function(BenchmarkId::new(name, length), |bencher| {
                bencher.iter_custom(|count| (0..count).map(|_| effect()).sum());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, frame_to_prediction, phrase_edit);
criterion_main!(benches);
