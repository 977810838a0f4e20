//! A recording that begins in the midst of something is answered the same again from its first answer on.

use crate::again_as_recorded::{again, as_recorded, compare, late_stages, recorded_predictions};
use crate::fakes::{entry, events_until, stages};
use std::sync::Arc;
use std::time::Duration;
use synse::live::again::{Answers, Before};
use synse::live::{Command, Event, Session, SessionOptions};
use synse::recording::session::{SessionFile, Walk};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_recording_that_begins_in_the_midst_is_answered_the_same_from_its_first_answer_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let options = SessionOptions {
        source: Some("leaning".into()),
        phrases: vec![entry(1, "swing club")],
        ..SessionOptions::default()
    };
    let session = Session::start(late_stages(), options, Arc::new(|| {})).unwrap();
    let count = |count: usize| {
        for _ in 0..count {
            events_until(&session, LONG, |event| {
                matches!(event, Event::Prediction(..))
            });
        }
    };
    let send = |command| session.send(command).unwrap();
    count(10);
    // What is otherwise within the last seconds is otherwise for their frames too.
    send(Command::SetThreshold(0.6));
    count(5);
    send(Command::SetPhrases(vec![
        entry(1, "swing club"),
        entry(2, "jump"),
    ]));
    count(5);
    send(Command::StartRecording(path.clone()));
    count(15);
    send(Command::StopRecording);
    events_until(&session, LONG, |event| {
        matches!(event, Event::RecordingStopped(..))
    });

    let was = recorded_predictions(&path);
    let before = Before::read(&path).unwrap();
    let quick = || stages(Duration::ZERO, Duration::ZERO);
    let (now, notes) = again(&as_recorded(&path), quick());
    assert!(was.len() >= 10 && notes.is_empty(), "{notes:?}");
    assert_eq!(compare(&was, &now), (was.len(), was.len()));
    assert_eq!(now.len(), was.len(), "nothing is answered before it began");

    // Without what came before, the first answers are others: the same is no accident.
    let alone = Before {
        earlier: Vec::new(),
        ..before.clone()
    };
    let mut answers = Answers::new(&as_recorded(&path), &alone, quick()).unwrap();
    let mut without = std::collections::HashMap::new();
    while let Some((at, predictions)) = answers.next_noted().unwrap() {
        without.extend(predictions.into_iter().map(|now| ((at, now.body), now)));
    }
    assert!(compare(&was, &without).1 < was.len());
}

#[test]
fn what_came_before_a_session_is_in_it_and_counts_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let options = SessionOptions {
        source: Some("100000".into()),
        ..SessionOptions::default()
    };
    let none = Duration::ZERO;
    let session = Session::start(stages(none, none), options, Arc::new(|| {})).unwrap();
    let seconds = |count: usize| {
        for _ in 0..count {
            events_until(&session, LONG, |event| matches!(event, Event::Stats(_)));
        }
    };
    seconds(2);
    session.send(Command::StartRecording(path.clone())).unwrap();
    seconds(2);
    session.send(Command::StopRecording).unwrap();
    let events = events_until(&session, LONG, |event| {
        matches!(event, Event::RecordingStopped(..))
    });
    let Some(Event::RecordingStopped(recorded, None)) = events.last() else {
        panic!("{:?}", events.last())
    };
    let before = Before::read(&path).unwrap();
    let times: Vec<u64> = before.earlier.iter().map(|(nanos, _)| *nanos).collect();
    assert!(times.len() > 30 && times.is_sorted(), "{}", times.len());
    assert!(times.iter().all(|nanos| *nanos < before.start_nanos));

    let mut file = SessionFile::open(&path).unwrap();
    let info = file.info().unwrap();
    let overview = file.overview().unwrap();
    let counted: u32 = overview.moments.iter().map(|moment| moment.frames).sum();
    assert_eq!(
        (info.frames, u64::from(counted)),
        (recorded.frames, recorded.frames)
    );
    assert_eq!(overview.start_nanos, before.start_nanos);
    let mut walk = Walk::new(file).unwrap();
    assert!(walk.length_micros() < 6_000_000, "{}", walk.length_micros());
    let (first, frame) = walk.next_frame().unwrap().unwrap();
    assert!(first < 1_000_000, "{first}");
    // The frames go on where those before it end.
    let last = &before.earlier[times.len() - 1].1;
    assert_eq!(frame.timestamp_micros - last.timestamp_micros, 33_333);
    let mut frames = 1;
    while walk.next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, recorded.frames);
}
