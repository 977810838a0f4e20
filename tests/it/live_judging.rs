//! Segments are judged beside everything else: predictions go on, and a user can leave it.

use crate::fakes::{entry, events_until, stages, waving_frame};
use std::sync::Arc;
use std::time::{Duration, Instant};
use synse::live::{Command, Event, Judged, Session, SessionOptions, Take};

const LONG: Duration = Duration::from_secs(60);

/// What the stand-in for the encoder takes for each clip.
const ENCODING: Duration = Duration::from_millis(40);

fn start(encoding: Duration) -> Session {
    let options = SessionOptions {
        source: Some("100000".into()),
        phrases: vec![entry(1, "swing club")],
        ..SessionOptions::default()
    };
    let session =
        Session::start(stages(encoding, Duration::ZERO), options, Arc::new(|| {})).unwrap();
    events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    session
}

fn takes(count: usize) -> Vec<Take> {
    let take = |index: usize| Take {
        label: format!("take {index}"),
        frames: (0..30).map(waving_frame).collect(),
    };
    (0..count).map(take).collect()
}

fn judged(events: &[Event]) -> &[Judged] {
    match events.last() {
        Some(Event::Judged(judged)) => judged,
        other => panic!("{other:?}"),
    }
}

#[test]
fn predictions_go_on_while_segments_are_judged() {
    let session = start(ENCODING);
    let all = 100;
    let begin = Instant::now();
    session.send(Command::Judge(takes(all))).unwrap();
    let (mut predictions, mut told, mut last, mut longest) = (0, 0, Instant::now(), Duration::ZERO);
    let judged = loop {
        match session.wait_event(LONG).expect("an event") {
            Event::Prediction(..) => {
                predictions += 1;
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
            Event::Judging { done, of } => {
                assert!(done == told + 1 && of == all, "{done} of {of} after {told}");
                told = done;
            }
            Event::Judged(judged) => break judged,
            _ => {}
        }
    };
    let took = begin.elapsed();
    assert_eq!((judged.len(), told), (all, all));
    assert!(
        judged
            .iter()
            .all(|take| take.answer.as_ref().is_ok_and(|answer| !answer.is_empty())),
        "{judged:?}"
    );
    // Four seconds of encoder time at least, in which a prediction is due every 133 ms.
    assert!(took >= ENCODING * all as u32, "{took:?}");
    let due = took.as_secs_f64() / 0.134;
    assert!(
        f64::from(predictions) > 0.5 * due,
        "{predictions} of {due:.0} predictions, the longest gap {longest:?}"
    );
    assert!(longest < took / 2, "{longest:?} of {took:?}");
}

#[test]
fn what_is_judged_can_be_left_and_the_newest_order_counts() {
    let session = start(Duration::from_millis(20));
    session.send(Command::Judge(takes(10_000))).unwrap();
    events_until(&session, LONG, |event| {
        matches!(event, Event::Judging { done: 3, .. })
    });
    session.send(Command::StopJudging).unwrap();
    session.send(Command::Judge(takes(2))).unwrap();
    let events = events_until(&session, LONG, |event| matches!(event, Event::Judged(_)));
    assert_eq!(judged(&events).len(), 2);
    // The session ends at once, whatever is still to be judged.
    session.send(Command::Judge(takes(10_000))).unwrap();
    events_until(&session, LONG, |event| {
        matches!(event, Event::Judging { of: 10_000, .. })
    });
    let begin = Instant::now();
    drop(session);
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn without_a_model_nobody_waits_for_an_answer() {
    let mut stages = stages(Duration::ZERO, Duration::ZERO);
    stages.bundle = Box::new(|_| Err("no model".to_owned()));
    let session = Session::start(stages, SessionOptions::default(), Arc::new(|| {})).unwrap();
    session.send(Command::Judge(takes(2))).unwrap();
    let events = events_until(&session, LONG, |event| matches!(event, Event::Judged(_)));
    assert!(judged(&events).is_empty());
    assert!(events.iter().any(
        |event| matches!(event, Event::Problem(text) if text.contains("nothing can be judged"))
    ));
}
