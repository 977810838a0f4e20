//! Recordings that are moved within while they play.

use crate::fakes::{events_until, stages, waving_frame};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synse::device::{self, DeviceChoice};
use synse::live::stages::Stages;
use synse::live::{Command, Event, Playback, Session, SessionOptions, Transport};
use synse::recording::session::SessionWriter;
use synse::skeleton::Frame;

const NO_TIME: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(20);

/// A session of so many frames, and a player of it.
fn player(folder: &Path, frames: u64) -> Session {
    let path = folder.join("s.mcap");
    let mut writer = SessionWriter::create(&path, 1_000_000_000).unwrap();
    for index in 0..frames {
        let nanos = 1_000_000_000 + index * 33_333_000;
        writer.frame(nanos, &waving_frame(index)).unwrap();
    }
    writer.finish(1_000_000_000 + frames * 33_333_000).unwrap();
    let mut stages = stages(NO_TIME, NO_TIME);
    stages.source = Stages::new(device::open(&DeviceChoice::Cpu).unwrap()).source;
    let options = SessionOptions {
        source: Some(format!("replay:{}", path.display())),
        ..SessionOptions::default()
    };
    Session::start(stages, options, Arc::new(|| {})).unwrap()
}

fn playback(session: &Session, is: impl Fn(&Playback) -> bool) -> Playback {
    let events = events_until(
        session,
        LONG,
        |event| matches!(event, Event::Playback(playback) if is(playback)),
    );
    match events.last() {
        Some(Event::Playback(playback)) => *playback,
        _ => unreachable!(),
    }
}

fn newest(session: &Session) -> Frame {
    let begin = Instant::now();
    loop {
        if let Some(frame) = session.newest_frame() {
            return frame;
        }
        assert!(begin.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_recording_is_held_sought_and_stepped() {
    let folder = tempfile::tempdir().unwrap();
    let session = player(folder.path(), 3000);
    let go = |transport: Transport| session.send(Command::Move(transport)).unwrap();
    playback(&session, |at| at.position_micros > 0);
    session.send(Command::Pause).unwrap();
    playback(&session, |at| at.is_held);
    session.newest_frame();
    go(Transport::Seek(33_333 * 2000));
    let at = playback(&session, |at| at.position_micros == 33_333 * 2000);
    assert!(at.is_held && at.length_micros > 33_333 * 2990);
    assert_eq!(newest(&session), waving_frame(2000));
    for (step, expected) in [(1, 2001), (1, 2002), (-1, 2001), (-2, 1999), (1, 2000)] {
        go(Transport::Step(step));
        playback(&session, |at| at.position_micros == 33_333 * expected);
        assert_eq!(newest(&session), waving_frame(expected), "step {step}");
    }
    // It goes on from there, and what is recognised begins anew.
    session.send(Command::Resume).unwrap();
    let events = events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    let Some(Event::Prediction(prediction, _)) = events.last() else {
        unreachable!()
    };
    assert!(prediction.timestamp_micros >= waving_frame(2000).timestamp_micros);
}

#[test]
fn eight_times_the_speed_and_over_again() {
    let folder = tempfile::tempdir().unwrap();
    let session = player(folder.path(), 900);
    let go = |transport: Transport| session.send(Command::Move(transport)).unwrap();
    go(Transport::Speed(8.0));
    go(Transport::Range {
        start: 33_333 * 300,
        end: Some(33_333 * 420),
        looping: true,
    });
    go(Transport::Seek(33_333 * 400));
    let begin = Instant::now();
    // Behind the out point comes the in point; two rounds of four seconds take one second, or more on a busy machine.
    playback(&session, |at| {
        at.position_micros > 33_333 * 390 && at.is_looping
    });
    for _ in 0..2 {
        let at = playback(&session, |at| at.position_micros < 33_333 * 370);
        assert!(at.position_micros >= 33_333 * 300, "{at:?}");
        let at = playback(&session, |at| at.position_micros >= 33_333 * 370);
        assert!(at.position_micros <= 33_333 * 420, "{at:?}");
    }
    let took = begin.elapsed().as_secs_f64();
    assert!((0.4..7.0).contains(&took), "{took}");
    go(Transport::Range {
        start: 0,
        end: None,
        looping: false,
    });
    // Both threads tell of the end, in either order.
    let (mut told, mut made) = (false, false);
    while !(told && made) {
        match session.wait_event(LONG) {
            Some(Event::Playback(at)) => told |= at.has_ended,
            Some(Event::SourceEnded) => made = true,
            Some(_) => {}
            None => panic!("no end: {told} {made}"),
        }
    }
    // From its end it plays again.
    session.send(Command::Resume).unwrap();
    playback(&session, |at| {
        !at.has_ended && at.position_micros < 33_333 * 300
    });
}

#[test]
fn the_last_frame_over_again_comes_no_faster_than_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let session = player(folder.path(), 60);
    let go = |transport: Transport| session.send(Command::Move(transport)).unwrap();
    let end = playback(&session, |at| at.has_ended).position_micros;
    let over = |start| Transport::Range {
        start,
        end: None,
        looping: true,
    };
    go(over(end));
    session.send(Command::Resume).unwrap();
    let mut rates = Vec::new();
    while rates.len() < 3 {
        match session.wait_event(LONG) {
            Some(Event::Stats(stats)) => rates.push(stats.capture_hz),
            Some(_) => {}
            None => panic!("no reports: {rates:?}"),
        }
    }
    // The first second may have begun before.
    assert!((5.0..40.0).contains(&rates[2]), "{rates:?}");
    // Behind the last frame there is nothing to play: it is held.
    go(over(end + 1));
    playback(&session, |at| at.is_held);
}
