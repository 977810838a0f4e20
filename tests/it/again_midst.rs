//! A recording that begins in the midst of something is answered the same again from its first answer on.

use crate::again_as_recorded::{
    again, again_after, as_recorded, compare, late_stages, recorded_predictions,
};
use crate::fakes::{Script, entry, events_until, predictions, stages, stop_recording, waving};
use std::sync::Arc;
use std::time::Duration;
use synse::live::again::Before;
use synse::live::{Command, Event, Session, SessionOptions};
use synse::recording::session::{SessionFile, Walk};
use synse::skeleton::{Frame, Joint};

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
    let send = |command| session.send(command).unwrap();
    predictions(&session, 10);
    // What is otherwise within the last seconds is otherwise for their frames too.
    send(Command::SetThreshold(0.6));
    predictions(&session, 5);
    send(Command::SetPhrases(vec![
        entry(1, "swing club"),
        entry(2, "jump"),
    ]));
    predictions(&session, 5);
    send(Command::StartRecording(path.clone()));
    predictions(&session, 15);
    stop_recording(&session);

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
    let (without, _) = again_after(&as_recorded(&path), &alone, quick());
    assert!(compare(&was, &without).1 < was.len());
}

/// A hand is still, is put out fast, and then goes to and fro: so slowly that no action would begin by it, and fast enough
/// that the one that has begun is not over.
fn lingering(index: u64) -> Frame {
    let seconds = index as f32 / 30.0;
    let out = ((seconds - 1.5) * 1.2).clamp(0.0, 0.6);
    let slow = (seconds - 2.0).max(0.0) * 0.22;
    let to_and_fro = 0.4 - (slow.rem_euclid(0.8) - 0.4).abs();
    let mut body = waving(1, 0.0, 0.0);
    for joint in [Joint::ElbowRight, Joint::WristRight, Joint::HandRight] {
        body.joints[joint as usize][1] += out + to_and_fro;
    }
    Frame {
        timestamp_micros: index * 33_333,
        bodies: vec![body],
    }
}

#[test]
fn an_action_that_began_long_before_a_recording_is_answered_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let options = SessionOptions {
        source: Some("lingering".into()),
        phrases: vec![entry(1, "swing club")],
        ..SessionOptions::default()
    };
    let mut lingers = stages(Duration::ZERO, Duration::ZERO);
    lingers.source = Box::new(|_| {
        Ok(Box::new(Script {
            frames: Box::new((0..u64::MAX).map(lingering)),
            fails: false,
        }))
    });
    let session = Session::start(lingers, options, Arc::new(|| {})).unwrap();
    // Seven and a half a second: it begins after two seconds.
    predictions(&session, 115);
    session.send(Command::StartRecording(path.clone())).unwrap();
    predictions(&session, 15);
    stop_recording(&session);

    let was = recorded_predictions(&path);
    assert!(was.len() >= 10 && was.iter().all(|(_, was)| was.state == "acting"));
    let before = Before::read(&path).unwrap();
    let quick = || stages(Duration::ZERO, Duration::ZERO);
    let (now, notes) = again(&as_recorded(&path), quick());
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(compare(&was, &now), (was.len(), was.len()));

    // Ten seconds do not tell that it is one.
    let mut shorter = before.clone();
    let ten = before.start_nanos - 10_000_000_000;
    shorter.earlier.retain(|(nanos, _)| *nanos >= ten);
    assert!(shorter.earlier.len() < before.earlier.len());
    let (now, _) = again_after(&as_recorded(&path), &shorter, quick());
    assert_eq!(compare(&was, &now).1, 0);
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
    let recorded = stop_recording(&session);
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
