//! What a session that is answered again says of itself: what could not be as it was, and what was not written of it.

use crate::again::recorded_by;
use crate::again_as_recorded::{again, as_recorded, compare, recorded_predictions};
use crate::fakes::{events_until, predictions, stages, stop_recording, waving_frame};
use crate::live_slow_disk::{entries, fill_line, held_up};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;
use synse::live::Event;
use synse::live::again::{Answers, Before, go_through};
use synse::live::stages::Stages;
use synse::recording::session::{
    Change, ChangeRecord, Entry, SessionFile, SessionWriter, SettingsRecord,
};

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
    let (session, held) = held_up(&path);
    // No prediction has room any more.
    fill_line(&session);
    predictions(&session, 20);
    held.store(false, Ordering::Relaxed);
    let told = |event: &Event| matches!(event, Event::Problem(text) if text.contains("predictions were not recorded"));
    events_until(&session, LONG, told);
    predictions(&session, 10);
    stop_recording(&session);

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

/// A session whose first chunk says by what it was answered, and whose second was written when the threshold was changed.
fn in_two_chunks(path: &Path) {
    let nanos = |index: u64| 1_000_000_000 + index * 33_333_000;
    let settings = |threshold: f32| SettingsRecord {
        bundle: "gone".to_owned(),
        gate: "soft".to_owned(),
        threshold,
        levelled: false,
        ..SettingsRecord::default()
    };
    let answering = |threshold: f32| Change::Answering {
        gate: "soft".to_owned(),
        threshold,
    };
    let mut writer = SessionWriter::create(path, nanos(0)).unwrap();
    let change = |writer: &mut SessionWriter, index: u64, after_nanos: u64, change: Change| {
        let record = ChangeRecord {
            after_nanos,
            change,
        };
        writer.change(nanos(index), &record).unwrap();
    };
    writer.settings(nanos(0), &settings(0.1)).unwrap();
    let model = Change::Model {
        bundle: "gone".to_owned(),
        fingerprint: String::new(),
    };
    let upright = Change::Upright {
        levelled: false,
        up: None,
    };
    for first in [model, answering(0.1), upright] {
        change(&mut writer, 0, 0, first);
    }
    for index in 0..60 {
        writer.frame(nanos(index), &waving_frame(index)).unwrap();
    }
    writer.flush().unwrap();
    for index in 60..120 {
        writer.frame(nanos(index), &waving_frame(index)).unwrap();
        if index == 90 {
            writer.settings(nanos(90), &settings(0.3)).unwrap();
            change(&mut writer, 90, nanos(89), answering(0.3));
        }
    }
    writer.finish(nanos(120)).unwrap();
}

#[test]
fn a_damaged_course_does_not_hide_what_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    in_two_chunks(&path);
    let whole = Before::read(&path).unwrap();
    assert_eq!(whole.course.len(), 4, "{:?}", whole.course);
    let index = SessionFile::open(&path).unwrap();
    assert_eq!(index.chunks(), 2);
    // Where the first chunk is packed, and whether the file's index is left or not.
    let mut bytes = std::fs::read(&path).unwrap();
    let mark = bytes.windows(7).position(|found| found == b"\x03\0\0\0lz4");
    bytes[mark.unwrap() + 200] ^= 1;
    for end in [bytes.len(), bytes.len() - 40] {
        std::fs::write(&path, &bytes[..end]).unwrap();
        let before = Before::read(&path).unwrap();
        assert!(before.recovery.recovered, "the first chunk is lost");
        assert_eq!(before.course.len(), 3, "{:?}", before.course);
        assert!(
            whole
                .course
                .iter()
                .filter(|record| before.course.contains(record))
                .count()
                == 3
        );
        let (_, notes) = again(&as_recorded(&path), made("of a fake"));
        assert!(
            notes.iter().any(|note| note.contains("the model gone")),
            "it is known which model answered: {notes:?}"
        );
    }
}

#[test]
fn a_session_from_before_bundles_had_fingerprints_has_no_doubts() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded_by(made(""), folder.path(), 200);
    assert_eq!(Before::read(&path).unwrap().settings.fingerprint, "");
    assert!(notes(&path, "of another fake").is_empty());
}
