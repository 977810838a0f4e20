//! The recorder beside a running session.

use crate::fakes::{Script, entry, events_until, stages, waving, waving_frame};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synse::live::stages::Stages;
use synse::live::{Command, Event, Recorded, Session, SessionOptions};
use synse::recording::session::{Entry, SessionFile};
use synse::skeleton::Frame;

const NO_TIME: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(20);

fn start(source: &str, record: Option<&Path>, fast: bool) -> Session {
    let options = SessionOptions {
        source: Some(source.into()),
        record: record.map(Path::to_path_buf),
        phrases: vec![entry(1, "swing club")],
        fast,
        ..SessionOptions::default()
    };
    Session::start(stages(NO_TIME, NO_TIME), options, Arc::new(|| {})).unwrap()
}

fn stopped(events: &[Event]) -> (Recorded, Option<String>) {
    match events.last() {
        Some(Event::RecordingStopped(recorded, problem)) => (recorded.clone(), problem.clone()),
        other => panic!("{other:?}"),
    }
}

fn has_stopped(event: &Event) -> bool {
    matches!(event, Event::RecordingStopped(..))
}

fn entries(path: &Path) -> Vec<Entry> {
    let mut file = SessionFile::open(path).unwrap();
    let chunks = 0..file.chunks();
    chunks
        .flat_map(|chunk| file.entries(chunk).unwrap().unwrap())
        .map(|(_, entry)| entry)
        .collect()
}

#[test]
fn a_session_played_fast_is_recorded_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let session = start("3000", Some(&path), true);
    events_until(&session, LONG, |event| matches!(event, Event::SourceEnded));
    session.send(Command::StopRecording).unwrap();
    let (recorded, problem) = stopped(&events_until(&session, LONG, has_stopped));
    assert_eq!(
        (recorded.frames, recorded.dropped, problem),
        (3000, 0, None)
    );
    assert!(
        recorded.free_bytes > Some(0) && recorded.bytes == std::fs::metadata(&path).unwrap().len()
    );
    let entries = entries(&path);
    let frames: Vec<&Frame> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Frame(frame) => Some(frame),
            _ => None,
        })
        .collect();
    assert!(
        frames
            .iter()
            .zip(0..)
            .all(|(frame, index)| **frame == waving_frame(index))
    );
    assert_eq!(frames.len(), 3000);
    let predictions = entries
        .iter()
        .filter(|entry| matches!(entry, Entry::Prediction(_)));
    assert!((735..=750).contains(&predictions.count()));
    assert!(entries.iter().any(|entry| matches!(entry, Entry::Settings(s) if s.source == "script" && s.bundle == "fake" && s.fps == 30.0)));
}

#[test]
fn edits_marks_and_segments_are_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let session = start("100000", None, false);
    events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    let send = |command: Command| session.send(command).unwrap();
    send(Command::StartRecording(folder.path().join("new folder")));
    let events = events_until(&session, LONG, |event| {
        matches!(event, Event::RecordingStarted(_))
    });
    let Some(Event::RecordingStarted(path)) = events.last() else {
        unreachable!()
    };
    send(Command::SetPhrases(vec![
        entry(1, "swing club"),
        entry(2, "jump"),
    ]));
    send(Command::Mark("here".into()));
    send(Command::BeginSegment("jump".into()));
    std::thread::sleep(Duration::from_millis(300));
    send(Command::EndSegment);
    send(Command::BeginSegment("never ended".into()));
    send(Command::SetThreshold(0.75));
    // A second recording beside the first is refused, and does not disturb it.
    send(Command::StartRecording(folder.path().join("other.mcap")));
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Problem(text) if text.contains("already recording")),
    );
    events_until(
        &session,
        LONG,
        |event| matches!(event, Event::Recording(recorded) if recorded.seconds > 1.0),
    );
    send(Command::StopRecording);
    let (recorded, problem) = stopped(&events_until(&session, LONG, has_stopped));
    assert_eq!((&recorded.path, problem), (path, None));
    let entries = entries(path);
    let markers: Vec<(&str, u64)> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Marker(marker) => Some((
                marker.label.as_str(),
                (marker.end_nanos - marker.start_nanos) / 1_000_000,
            )),
            _ => None,
        })
        .collect();
    assert_eq!(markers[0], ("here", 0));
    assert!(
        markers[1].0 == "jump" && (250..2000).contains(&markers[1].1),
        "{markers:?}"
    );
    assert!(markers[2].0 == "never ended" && markers.len() == 3);
    let lists: Vec<usize> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Phrases(list) => Some(list.len()),
            _ => None,
        })
        .collect();
    assert_eq!(lists, [1, 2]);
    assert!(
        entries
            .iter()
            .any(|entry| matches!(entry, Entry::Settings(s) if s.threshold == 0.75))
    );
    assert!(!folder.path().join("other.mcap").exists());
}

#[test]
fn closing_the_session_ends_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let session = start("100000", Some(&path), false);
    events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    drop(session);
    let file = SessionFile::open(&path).unwrap();
    assert!(!file.recovery().recovered);
}

#[test]
fn a_removed_file_and_a_folder_that_is_none_are_told_of_and_live_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let session = start("100000", Some(&inner.join("s.mcap")), false);
    events_until(&session, LONG, |event| matches!(event, Event::Recording(_)));
    std::fs::remove_dir_all(&inner).unwrap();
    let (_, problem) = stopped(&events_until(&session, LONG, has_stopped));
    let problem = problem.unwrap();
    assert!(
        problem.contains("s.mcap was removed") && problem.contains("stopped"),
        "{problem}"
    );
    events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });

    // A file where the folder should be stands for every folder that cannot be written to.
    let wall = folder.path().join("wall");
    std::fs::write(&wall, "").unwrap();
    session
        .send(Command::StartRecording(wall.join("s.mcap")))
        .unwrap();
    let (_, problem) = stopped(&events_until(&session, LONG, has_stopped));
    assert!(problem.unwrap().contains("cannot create the session"));
    session
        .send(Command::StartRecording(wall.join("sessions")))
        .unwrap();
    let (_, problem) = stopped(&events_until(&session, LONG, has_stopped));
    let problem = problem.unwrap();
    assert!(problem.contains("cannot make the folder of"), "{problem}");
    events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
}

/// So many frames of six people at 300 a second.
const CROWD: u64 = 1200;

fn crowd() -> Stages {
    let mut stages = stages(NO_TIME, NO_TIME);
    stages.source = Box::new(|_| {
        let frames = (0..CROWD).map(|index| Frame {
            timestamp_micros: index * 3_333,
            bodies: (0..6)
                .map(|body| waving(body, body as f32 * 0.5, index as f32 / 300.0))
                .collect(),
        });
        Ok(Box::new(Script {
            frames: Box::new(frames),
            fails: false,
        }))
    });
    stages
}

/// Processor time that the thread of this name has used, whatever else the machine does.
#[cfg(target_os = "linux")]
fn spent_by(name: &str) -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let mut threads = threads.map(|thread| thread.unwrap().path());
    let is_it = |path: &std::path::PathBuf| {
        let own = std::fs::read_to_string(path.join("comm"));
        own.is_ok_and(|own| own.trim() == name)
    };
    let thread = threads.find(is_it).unwrap();
    // Nanoseconds; where the system keeps no account of them, ticks of 10 ms.
    if let Ok(text) = std::fs::read_to_string(thread.join("schedstat"))
        && let Some(nanos) = text.split_whitespace().next()
    {
        return Duration::from_nanos(nanos.parse().unwrap());
    }
    let stat = std::fs::read_to_string(thread.join("stat")).unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

#[test]
#[cfg(target_os = "linux")]
fn six_people_at_300_frames_a_second_are_recorded_for_next_to_nothing() {
    crate::alone::passes_alone("live_recording::a_crowd_is_recorded");
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "started by six_people_at_300_frames_a_second_are_recorded_for_next_to_nothing: it counts the time of a thread by its name"]
#[expect(clippy::print_stdout, reason = "the cost is what one looks at")]
fn a_crowd_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let options = SessionOptions {
        source: Some(String::new()),
        record: Some(path.clone()),
        ..SessionOptions::default()
    };
    let session = Session::start(crowd(), options, Arc::new(|| {})).unwrap();
    events_until(&session, LONG, |event| matches!(event, Event::SourceEnded));
    session.send(Command::StopRecording).unwrap();
    let (recorded, _) = stopped(&events_until(&session, LONG, has_stopped));
    // Of the time that the crowd was there, not of the time that a busy machine took for it.
    let share = spent_by("recorder").as_secs_f64() / (CROWD as f64 / 300.0);
    println!(
        "{:.2} % of a core, {} dropped, {:.1} MB",
        share * 100.0,
        recorded.dropped,
        recorded.bytes as f64 * 1e-6
    );
    assert_eq!((recorded.frames, recorded.dropped), (CROWD, 0));
    assert!(share < 0.05, "{share}");
}
