//! A disk that is too slow, and a folder that cannot be written to: live goes on, and what was recorded can be read.

use crate::fakes::{Script, entry, events_until, stages, waving_frame};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synse::live::stages::Stages;
use synse::live::{Command, Event, Recorded, Session, SessionOptions};
use synse::recording::session::{SessionFile, SessionSink, SessionWriter};
use synse::skeleton::Frame;

const LONG: Duration = Duration::from_secs(90);

/// A disk that takes its time for everything.
struct Slow(File, Duration);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std::thread::sleep(self.1);
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl SessionSink for Slow {
    fn sync(&mut self) -> io::Result<()> {
        std::thread::sleep(self.1);
        SessionSink::sync(&mut self.0)
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        SessionSink::cut(&mut self.0, bytes)
    }
}

/// A camera of so many frames a second, and a disk that takes that long for each write.
fn slow_stages(rate: u64, each: Duration) -> Stages {
    let mut stages = stages(Duration::ZERO, Duration::ZERO);
    stages.source = Box::new(move |_| {
        let frames = (0..u64::MAX).map(move |index| Frame {
            timestamp_micros: index * 1_000_000 / rate,
            ..waving_frame(index)
        });
        Ok(Box::new(Script {
            frames: Box::new(frames),
            fails: false,
        }))
    });
    stages.session = Box::new(move |path, nanos| {
        let file = File::create_new(path).unwrap();
        SessionWriter::begin(path, Box::new(Slow(file, each)), nanos)
    });
    stages
}

fn start(stages: Stages, record: &Path) -> Session {
    let options = SessionOptions {
        source: Some(String::new()),
        record: Some(record.to_owned()),
        phrases: vec![entry(1, "swing club")],
        ..SessionOptions::default()
    };
    Session::start(stages, options, Arc::new(|| {})).unwrap()
}

fn stopped(session: &Session) -> (Vec<Event>, Recorded, Option<String>) {
    let mut events = events_until(session, LONG, |event| {
        matches!(event, Event::RecordingStopped(..))
    });
    match events.pop() {
        Some(Event::RecordingStopped(recorded, problem)) => (events, recorded, problem),
        other => panic!("{other:?}"),
    }
}

fn goes_on(session: &Session) {
    for _ in 0..3 {
        events_until(session, LONG, |event| {
            matches!(event, Event::Prediction(..))
        });
    }
}

#[test]
fn a_disk_that_is_far_too_slow_ends_the_recording_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let session = start(slow_stages(8_000, Duration::from_millis(800)), &path);
    let (events, recorded, problem) = stopped(&session);
    let problem = problem.expect("a reason");
    assert!(problem.contains("too slow"), "{problem}");
    assert!(recorded.dropped > 0 && recorded.frames > 0, "{recorded:?}");
    assert!(events.iter().any(
        |event| matches!(event, Event::Problem(text) if text.contains("frames were not recorded"))
    ));
    // Nobody waited for it: predictions came all the while.
    let predictions = events
        .iter()
        .filter(|event| matches!(event, Event::Prediction(..)));
    assert!(predictions.count() > 5);
    goes_on(&session);
    let info = SessionFile::open(&path).unwrap().info().unwrap();
    assert_eq!(info.frames, recorded.frames);
}

#[test]
fn a_disk_that_is_a_little_slow_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let session = start(slow_stages(60, Duration::from_millis(300)), &path);
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Recording(recorded) if recorded.frames > 200),
    );
    goes_on(&session);
    session.send(Command::StopRecording).unwrap();
    let (_, recorded, problem) = stopped(&session);
    assert_eq!((recorded.dropped, problem), (0, None));
    let info = SessionFile::open(&path).unwrap().info().unwrap();
    assert_eq!(info.frames, recorded.frames);
    assert!(!info.recovery.recovered);
}

/// A folder that cannot be written to, whoever runs the tests: not even root writes there.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_written_to_is_told_of_and_live_goes_on() {
    let mut plain = slow_stages(30, Duration::ZERO);
    plain.session = Box::new(SessionWriter::create);
    let session = start(plain, Path::new("/sys/kernel/session.mcap"));
    let (events, recorded, problem) = stopped(&session);
    let problem = problem.expect("a reason");
    assert!(
        problem.contains("/sys/kernel/session.mcap") && problem.contains("nothing is recorded"),
        "{problem}"
    );
    assert_eq!(recorded.frames, 0);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Problem(_)))
    );
    goes_on(&session);
    // A folder that can be written to is taken the next time.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    session.send(Command::StartRecording(path.clone())).unwrap();
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Recording(recorded) if recorded.frames > 10),
    );
    session.send(Command::StopRecording).unwrap();
    assert_eq!(stopped(&session).2, None);
}
