//! What is recorded of a user's wish is of the moment of the wish, however busy the threads are that do it.

use crate::fakes::{events_until, stop_recording};
use crate::live_slow_disk::{held_stages, held_up, recording};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;
use synse::live::{Command, Event, Session};
use synse::recording::session::{Entry, MarkerRecord, SessionFile};

const LONG: Duration = Duration::from_secs(60);

/// Between two wishes.
const PAUSE: Duration = Duration::from_millis(400);

/// Marks a moment, and a segment after it, each a pause after what was before.
fn mark(session: &Session) {
    let send = |command| session.send(command).unwrap();
    send(Command::Mark("moment".into()));
    sleep(PAUSE);
    send(Command::BeginSegment("wave".into()));
    sleep(PAUSE);
    send(Command::EndSegment);
}

/// The markers of a session that is ended here.
fn ended(session: &Session, path: &Path) -> Vec<MarkerRecord> {
    stop_recording(session);
    let mut file = SessionFile::open(path).unwrap();
    let chunks = 0..file.chunks();
    let entries = chunks.flat_map(|chunk| file.entries(chunk).unwrap().unwrap());
    entries
        .filter_map(|(at, entry)| match entry {
            Entry::Marker(marker) => {
                assert_eq!(at, marker.end_nanos, "it is noted at its end");
                Some(marker)
            }
            _ => None,
        })
        .collect()
}

fn are_apart(markers: &[MarkerRecord]) {
    let [moment, segment] = markers else {
        panic!("{markers:?}")
    };
    let gaps = [
        segment.start_nanos - moment.start_nanos,
        segment.end_nanos - segment.start_nanos,
    ];
    let pause = PAUSE.as_nanos() as u64;
    // A test on a busy machine sleeps too long, and never too short.
    assert!(gaps.iter().all(|gap| *gap >= pause), "{gaps:?}");
}

#[test]
fn marks_and_segments_that_a_busy_recorder_reads_late_are_of_their_moments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let (session, held) = held_up(&path);
    mark(&session);
    held.store(false, Ordering::Relaxed);
    events_until(&session, LONG, |event| matches!(event, Event::Recording(_)));
    are_apart(&ended(&session, &path));
}

#[test]
fn marks_and_segments_that_are_wished_while_a_model_loads_are_of_their_moments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let mut stages = held_stages(&Arc::default());
    let load = std::mem::replace(&mut stages.bundle, Box::new(|_| Err(String::new())));
    let is_there = Arc::new(AtomicBool::new(false));
    let waited_for = Arc::clone(&is_there);
    stages.bundle = Box::new(move |wanted| {
        while wanted.is_some() && !waited_for.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(5));
        }
        load(wanted)
    });
    let session = recording(stages, &path);
    session.send(Command::LoadBundle("large".into())).unwrap();
    mark(&session);
    is_there.store(true, Ordering::Relaxed);
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Problem(text) if text.contains("large")),
    );
    are_apart(&ended(&session, &path));
}
