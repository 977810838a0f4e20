//! A disk that is too slow, and a folder that cannot be written to: live goes on, and what was recorded can be read.

use crate::fakes::{
    Script, entry, events_until, predictions, stages, stop_recording, waving_frame,
};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use synse::live::stages::Stages;
use synse::live::{Command, Event, Recorded, Session, SessionOptions};
use synse::recording::session::{Entry, SessionFile, SessionSink, SessionWriter};
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

pub(crate) fn start(stages: Stages, record: &Path) -> Session {
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
    let answers = events
        .iter()
        .filter(|event| matches!(event, Event::Prediction(..)));
    assert!(answers.count() > 5);
    predictions(&session, 3);
    let info = SessionFile::open(&path).unwrap().info().unwrap();
    assert_eq!(info.frames, recorded.frames);
}

/// A disk that does nothing while it is held.
struct Held(File, Arc<AtomicBool>);

impl Held {
    fn wait(&self) {
        while self.1.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl SessionSink for Held {
    fn sync(&mut self) -> io::Result<()> {
        self.wait();
        SessionSink::sync(&mut self.0)
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        SessionSink::cut(&mut self.0, bytes)
    }
}

/// A camera of thirty frames a second, and a disk that does nothing while it is held.
pub(crate) fn held_stages(held: &Arc<AtomicBool>) -> Stages {
    let mut stages = slow_stages(30, Duration::ZERO);
    let disk = Arc::clone(held);
    stages.session = Box::new(move |path, nanos| {
        let file = File::create_new(path).unwrap();
        let sink = Held(file, Arc::clone(&disk));
        SessionWriter::begin(path, Box::new(sink), nanos)
    });
    stages
}

/// A session of which something is recorded.
pub(crate) fn recording(stages: Stages, path: &Path) -> Session {
    let session = start(stages, path);
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Recording(recorded) if recorded.frames > 0),
    );
    session
}

/// A session that is recorded to a disk which does nothing from here on, and what holds it.
pub(crate) fn held_up(path: &Path) -> (Session, Arc<AtomicBool>) {
    let held = Arc::new(AtomicBool::new(false));
    let session = recording(held_stages(&held), path);
    held.store(true, Ordering::Relaxed);
    // The recorder is at its disk within the time between two flushes.
    std::thread::sleep(Duration::from_millis(1000));
    (session, held)
}

/// Tells the recorder more than its line has room for: each is two words of a thousand.
pub(crate) fn fill_line(session: &Session) {
    for step in 0..700 {
        send(session, Command::SetThreshold(step as f32 / 1000.0));
    }
}

/// Asks for something, and again while there is no room for it, as the window does.
pub(crate) fn send(session: &Session, command: Command) {
    let mut command = command;
    while let Err(back) = session.send(command) {
        command = back;
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// All that a session holds.
pub(crate) fn entries(path: &Path) -> Vec<Entry> {
    let mut file = SessionFile::open(path).unwrap();
    let chunks = 0..file.chunks();
    let entries = chunks.flat_map(|chunk| file.entries(chunk).unwrap().unwrap());
    entries.map(|(_, entry)| entry).collect()
}

#[test]
fn no_edit_is_lost_to_a_disk_that_holds_the_recorder_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let (session, held) = held_up(&path);
    let send = |command: Command| send(&session, command);
    fill_line(&session);
    for count in 2..6 {
        send(Command::SetPhrases(
            (0..count)
                .map(|id| entry(id, &format!("swing {id}")))
                .collect(),
        ));
    }
    send(Command::SetThreshold(0.75));
    predictions(&session, 3);
    // What the user asks for waits too, in its turn.
    send(Command::Mark("kept".to_owned()));
    predictions(&session, 3);
    held.store(false, Ordering::Relaxed);
    events_until(&session, LONG, |event| matches!(event, Event::Recording(_)));
    predictions(&session, 3);
    stop_recording(&session);
    let entries = entries(&path);
    let lists = entries.iter().filter_map(|entry| match entry {
        Entry::Phrases(list) => Some(list.len()),
        _ => None,
    });
    assert_eq!(lists.collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let settings = entries.iter().rev().find_map(|entry| match entry {
        Entry::Settings(settings) => Some(settings.threshold),
        _ => None,
    });
    assert_eq!(settings, Some(0.75));
    let is_mark = |entry: &Entry| matches!(entry, Entry::Marker(mark) if mark.label == "kept");
    assert!(entries.iter().any(is_mark));
}

#[test]
fn what_a_busy_recorder_had_no_room_for_reaches_it_while_nothing_plays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let (session, held) = held_up(&path);
    fill_line(&session);
    send(&session, Command::Pause);
    send(&session, Command::SetLevelled(false));
    // The last command of inference has been obeyed when there is an answer to this one.
    send(&session, Command::LoadBundle("none".into()));
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Problem(text) if text.contains("none")),
    );
    held.store(false, Ordering::Relaxed);
    events_until(&session, LONG, |event| matches!(event, Event::Recording(_)));
    // No frame comes, and what waited is there all the same.
    std::thread::sleep(Duration::from_millis(500));
    stop_recording(&session);
    let is_told = |entry: &Entry| matches!(entry, Entry::Settings(settings) if !settings.levelled);
    assert!(entries(&path).iter().any(is_told));
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
    predictions(&session, 3);
    let recorded = stop_recording(&session);
    assert_eq!(recorded.dropped, 0);
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
    predictions(&session, 3);
    // A folder that can be written to is taken the next time.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    session.send(Command::StartRecording(path.clone())).unwrap();
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Recording(recorded) if recorded.frames > 10),
    );
    stop_recording(&session);
}
