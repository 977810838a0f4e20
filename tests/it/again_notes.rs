//! What a session that is answered again says of itself: what could not be as it was, and what was not written of it.

use crate::again::recorded_by;
use crate::again_as_recorded::{again, as_recorded, compare, recorded_predictions};
use crate::fakes::{events_until, stages};
use crate::live_slow_disk::{entries, held_stages, send, start};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use synse::live::again::{Answers, Before, go_through};
use synse::live::stages::Stages;
use synse::live::{Command, Event};
use synse::recording::session::{Change, ChangeRecord, Entry};

const LONG: Duration = Duration::from_secs(60);

/// Fakes whose bundle has the name that it always has, and this fingerprint.
fn made(fingerprint: &'static str) -> Stages {
    let mut stages = stages(Duration::ZERO, Duration::ZERO);
    let load = std::mem::replace(&mut stages.bundle, Box::new(|_| Err(String::new())));
    stages.bundle = Box::new(move |folder| {
        let mut loaded = load(folder)?;
        loaded.info.fingerprint = fingerprint.to_owned();
        Ok(loaded)
    });
    stages
}

/// What a session says when it is answered again as it was, by the bundle of this fingerprint.
fn notes(session: &Path, fingerprint: &'static str) -> Vec<String> {
    let (answers, notes) = again(&as_recorded(session), made(fingerprint));
    assert!(!answers.is_empty(), "it is answered all the same");
    notes
}

#[test]
fn a_bundle_that_was_made_anew_since_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded_by(made("of a fake"), folder.path(), 200);
    let before = Before::read(&path).unwrap();
    assert_eq!(before.settings.fingerprint, "of a fake");
    let named = |record: &ChangeRecord| matches!(&record.change, Change::Model { bundle, fingerprint } if bundle == "fake" && fingerprint == "of a fake");
    assert!(before.course.iter().any(named), "{:?}", before.course);
    assert!(notes(&path, "of a fake").is_empty());
    let told = notes(&path, "of another fake");
    assert!(
        told.len() == 1 && told[0].contains("the model fake was made anew"),
        "{told:?}"
    );
}

#[test]
fn answers_that_a_slow_disk_cost_are_told_of_and_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let held = Arc::new(AtomicBool::new(false));
    let session = start(held_stages(&held), &path);
    let count = |count: usize| {
        for _ in 0..count {
            events_until(&session, LONG, |event| {
                matches!(event, Event::Prediction(..))
            });
        }
    };
    count(10);
    held.store(true, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(1000));
    // More than the recorder's line has room for: no prediction has any.
    for step in 0..700 {
        send(&session, Command::SetThreshold(step as f32 / 1000.0));
    }
    count(20);
    held.store(false, Ordering::Relaxed);
    let told = |event: &Event| matches!(event, Event::Problem(text) if text.contains("predictions were not recorded"));
    events_until(&session, LONG, told);
    count(10);
    session.send(Command::StopRecording).unwrap();
    events_until(&session, LONG, |event| {
        matches!(event, Event::RecordingStopped(..))
    });

    let is_told = |entry: &Entry| matches!(entry, Entry::Event(event) if event.kind == "unwritten");
    assert!(entries(&path).iter().any(is_told));
    let before = Before::read(&path).unwrap();
    let lost = before.unwritten.len();
    assert!(lost >= 10, "{lost}");
    let was = recorded_predictions(&path);
    let quick = || stages(Duration::ZERO, Duration::ZERO);
    let (now, notes) = again(&as_recorded(&path), quick());
    assert!(
        notes.len() == 1 && notes[0].contains(&format!("{lost} answers were not written")),
        "{notes:?}"
    );
    // Those that are not written are answered for again, and so all others come out as they were.
    assert_eq!(now.len(), was.len() + lost);
    assert!(
        before
            .unwritten
            .iter()
            .all(|answer| now.contains_key(answer))
    );
    assert_eq!(compare(&was, &now), (was.len(), was.len()));
    let answers = Answers::new(&as_recorded(&path), &before, quick()).unwrap();
    let view = go_through(answers, &before, &mut |_| true).unwrap();
    assert_eq!(view.agreement.unwritten, lost);
    assert_eq!(view.agreement.compared, was.len());
    assert_eq!(view.agreement.same, was.len());
}

#[test]
fn a_session_from_before_bundles_had_fingerprints_has_no_doubts() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded_by(made(""), folder.path(), 200);
    assert_eq!(Before::read(&path).unwrap().settings.fingerprint, "");
    assert!(notes(&path, "of another fake").is_empty());
}
