//! What a user asks for comes to pass, however busy the thread is that has to do it.

use crate::fakes::{Script, events_until, stages, waving_frame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use synse::live::stages::Stages;
use synse::live::{Command, Event, Session, SessionOptions, Transport};
use synse::skeleton::Frame;

const LONG: Duration = Duration::from_secs(60);

fn start(stages: Stages, source: &str) -> Session {
    let options = SessionOptions {
        source: Some(source.to_owned()),
        ..SessionOptions::default()
    };
    Session::start(stages, options, Arc::new(|| {})).unwrap()
}

/// Asks for something, and again while there is no room for it, as the window does.
fn send(session: &Session, command: Command) {
    let begin = Instant::now();
    let mut unsent = Some(command);
    while let Some(command) = unsent.take() {
        assert!(begin.elapsed() < LONG, "there is never room");
        unsent = session.send(command).err();
    }
}

/// So many frames a second.
fn running(rate: u64) -> Script {
    let frames = (0..).map(move |index| Frame {
        timestamp_micros: index * 1_000_000 / rate,
        ..waving_frame(index)
    });
    Script {
        frames: Box::new(frames),
        fails: false,
    }
}

#[test]
fn what_is_asked_for_while_a_camera_is_being_opened_comes_after_it() {
    let free = Arc::new(AtomicBool::new(false));
    let opened = Arc::clone(&free);
    let mut stuck = stages(Duration::ZERO, Duration::ZERO);
    stuck.source = Box::new(move |name| {
        while name == "stuck" && !opened.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        if name == "last" {
            Ok(Box::new(running(100)))
        } else {
            Err(format!("{name} cannot be opened"))
        }
    });
    let session = start(stuck, "stuck");
    // Far more than there is room for between any two threads.
    for _ in 0..300 {
        send(&session, Command::Move(Transport::Step(1)));
    }
    send(&session, Command::OpenSource("last".to_owned()));
    // All of it has been taken, and none of it by the thread that is stuck.
    send(&session, Command::LoadBundle("none".into()));
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Problem(text) if text.contains("none")),
    );
    free.store(true, Ordering::Relaxed);
    events_until(&session, LONG, |event| {
        matches!(event, Event::SourceOpened { .. })
    });
}
