//! Session files: what is written is read back exactly, whatever happens to the file.

use crate::fakes::{waving, waving_frame};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use synse::recording::session::{
    Entry, EventRecord, MarkerRecord, PhraseRecord, PredictionRecord, RankedRecord, SessionError,
    SessionFile, SessionSink, SessionWriter, SettingsRecord, Walk,
};
use synse::skeleton::{Frame, Tracking};
use synse::ui::files::{Answer, Request, perform};

const START: u64 = 1_700_000_000_000_000_000;

/// A frame in which not everything is plain: states, large ids, nobody at times.
pub(crate) fn frame(index: u64) -> Frame {
    let mut frame = waving_frame(index);
    frame.timestamp_micros = u64::MAX / 2 + index * 33_333;
    frame.bodies[0].tracking[3] = Tracking::Inferred;
    frame.bodies[0].tracking[7] = Tracking::NotTracked;
    if index.is_multiple_of(3) {
        frame.bodies.push(waving(u64::MAX - 5, 1.0, index as f32));
    }
    if index % 50 == 49 {
        frame.bodies.clear();
    }
    frame
}

fn prediction(index: u64) -> PredictionRecord {
    let line = |i: u64| RankedRecord {
        phrase: format!("phrase number {i}"),
        probability: 1.0 / (2.0 + (i + index % 7) as f32),
        seen: i.is_multiple_of(2),
    };
    PredictionRecord {
        t: index as f64 / 30.0,
        body: 1,
        state: "acting".to_owned(),
        ranking: (0..70).map(line).collect(),
        smoothed: (0..70).map(line).collect(),
        answer: Some(format!("phrase number {}", index % 9)),
        p_seen: 0.25,
        motion: (0..55)
            .map(|i| (i as f32 + index as f32).sin().abs())
            .collect(),
        latency_ms: 31.25,
    }
}

fn nanos(index: u64) -> u64 {
    START + index * 33_333_000
}

/// Notes so many frames with all that goes with them, flushed every second.
fn note(writer: &mut SessionWriter, frames: u64) -> Result<(), SessionError> {
    let settings = SettingsRecord {
        source: "script".to_owned(),
        fps: 30.0,
        threshold: 0.25,
        ..SettingsRecord::default()
    };
    writer.settings(START, &settings)?;
    let phrase = |text: &str| PhraseRecord {
        text: text.to_owned(),
        enabled: true,
        ..PhraseRecord::default()
    };
    writer.phrases(START, vec![phrase("wave"), phrase("swat a fly")])?;
    for index in 0..frames {
        writer.frame(nanos(index), &frame(index))?;
        if index % 4 == 0 {
            writer.prediction(nanos(index), prediction(index))?;
        }
        if index % 30 == 29 {
            writer.flush()?;
        }
    }
    let marker = MarkerRecord {
        label: "wave".to_owned(),
        start_nanos: nanos(3),
        end_nanos: nanos(20),
    };
    writer.marker(nanos(frames), &marker)?;
    let event = EventRecord {
        kind: "ended".to_owned(),
        text: "the source ended".to_owned(),
    };
    writer.event(nanos(frames), &event)
}

pub(crate) fn write(path: &Path, frames: u64) {
    let mut writer = SessionWriter::create(path, START).unwrap();
    note(&mut writer, frames).unwrap();
    writer.finish(nanos(frames)).unwrap();
}

/// All frames that can be read of a file.
pub(crate) fn frames_of(path: &Path) -> Result<Vec<Frame>, SessionError> {
    let mut walk = Walk::new(SessionFile::open(path)?)?;
    let mut frames = Vec::new();
    while let Some((_, frame)) = walk.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

pub(crate) fn temporary() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.mcap");
    (folder, path)
}

#[test]
fn everything_comes_back_as_it_was() {
    let (_folder, path) = temporary();
    write(&path, 200);
    let mut file = SessionFile::open(&path).unwrap();
    assert!(!file.recovery().recovered);
    assert_eq!(
        frames_of(&path).unwrap(),
        (0..200).map(frame).collect::<Vec<_>>()
    );
    let entries: Vec<(u64, Entry)> = (0..file.chunks())
        .flat_map(|chunk| file.entries(chunk).unwrap().unwrap())
        .collect();
    let predictions: Vec<&PredictionRecord> = entries
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Prediction(prediction) => Some(prediction),
            _ => None,
        })
        .collect();
    assert_eq!(predictions.len(), 50);
    assert_eq!(predictions[3].answer.as_deref(), Some("phrase number 3"));
    assert_eq!(predictions[3].smoothed.len(), 10);
    assert!((predictions[3].motion[5] - prediction(12).motion[5]).abs() < 1e-4);
    let info = file.info().unwrap();
    assert_eq!((info.frames, info.bodies), (200, 2));
    assert!(
        (info.fps - 30.0).abs() < 0.01 && (info.seconds - 200.0 / 30.0).abs() < 0.01,
        "{info:?}"
    );
    assert_eq!(info.markers, ["wave"]);
    assert_eq!(info.phrases, ["wave", "swat a fly"]);
    assert_eq!(info.recovery.lost_seconds, 0.0);
    let overview = file.overview().unwrap();
    assert_eq!(overview.moments.iter().map(|m| m.frames).sum::<u32>(), 200);
    assert!(overview.moments[2].acting && overview.moments[2].bodies == 2);
}

#[test]
fn any_moment_is_found_in_either_direction() {
    let (_folder, path) = temporary();
    write(&path, 300);
    let mut walk = Walk::new(SessionFile::open(&path).unwrap()).unwrap();
    assert_eq!(walk.settings().fps, 30.0);
    for index in [0, 1, 29, 30, 31, 150, 299, 7] {
        let micros = index * 33_333;
        walk.seek(micros).unwrap();
        assert_eq!(
            walk.next_frame().unwrap(),
            Some((micros, frame(index))),
            "{index}"
        );
        walk.seek(micros.saturating_sub(10)).unwrap();
        assert_eq!(walk.next_frame().unwrap().map(|(at, _)| at), Some(micros));
        walk.seek_before(micros).unwrap();
        let before = index.saturating_sub(1);
        assert_eq!(
            walk.next_frame().unwrap(),
            Some((before * 33_333, frame(before))),
            "{index}"
        );
    }
    walk.seek(u64::MAX).unwrap();
    assert_eq!(walk.next_frame().unwrap(), None);
}

/// Predictions come later than the frames that they speak of, with those frames' times.
#[test]
fn what_is_said_late_hides_no_frame_from_a_seek() {
    let (_folder, path) = temporary();
    let mut writer = SessionWriter::create(&path, START).unwrap();
    for index in 0..90 {
        writer.frame(nanos(index), &frame(index)).unwrap();
        if index % 30 == 29 {
            writer.flush().unwrap();
            // It speaks of a frame that is in the chunk before, and the event of frames that are yet to come.
            writer
                .prediction(nanos(index - 9), prediction(index))
                .unwrap();
            let event = EventRecord::default();
            writer.event(nanos(index + 12), &event).unwrap();
            writer.flush().unwrap();
        }
    }
    writer.finish(nanos(90)).unwrap();
    let mut walk = Walk::new(SessionFile::open(&path).unwrap()).unwrap();
    for index in (0..90).rev().chain(0..90) {
        let micros = index * 33_333;
        walk.seek(micros).unwrap();
        assert_eq!(walk.next_frame().unwrap(), Some((micros, frame(index))));
        walk.seek_before(micros).unwrap();
        let before = index.saturating_sub(1);
        let found = walk.next_frame().unwrap();
        assert_eq!(found, Some((before * 33_333, frame(before))), "{index}");
    }
}

#[test]
fn what_is_no_session_is_named() {
    let (_folder, path) = temporary();
    for bytes in [&b""[..], b"\x89MCAP0\r\n", &[7; 4000]] {
        fs::write(&path, bytes).unwrap();
        let error = SessionFile::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("session.mcap") && error.contains("synse"),
            "{error}"
        );
    }
    let taken = SessionWriter::create(&path, START).unwrap_err();
    assert!(matches!(taken, SessionError::Exists { .. }));
    assert_eq!(fs::read(&path).unwrap(), [7; 4000]);
}

/// A disk that fills up: it takes so many bytes of what is written, and no more.
struct Full {
    file: fs::File,
    room: u64,
    taken: Arc<AtomicU64>,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.room.saturating_sub(self.taken.load(Ordering::Relaxed));
        let count = bytes.len().min(left as usize);
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let count = self.file.write(&bytes[..count])?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SessionSink for Full {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.taken.store(bytes, Ordering::Relaxed);
        SessionSink::cut(&mut self.file, bytes)
    }
}

#[test]
fn a_full_disk_leaves_everything_before_it_readable() {
    let (_folder, whole) = temporary();
    write(&whole, 300);
    let size = fs::metadata(&whole).unwrap().len();
    let (_folder, empty) = temporary();
    write(&empty, 0);
    let bare = fs::metadata(&empty).unwrap().len();
    for room in (0..size).step_by(size as usize / 23) {
        let (_folder, path) = temporary();
        let sink = Full {
            file: fs::File::create_new(&path).unwrap(),
            room,
            taken: Arc::default(),
        };
        let Ok(mut writer) = SessionWriter::begin(&path, Box::new(sink), START) else {
            continue;
        };
        let noted = note(&mut writer, 300);
        let finished = writer.finish(nanos(300));
        // Where the last second did not fit, the index that takes its place may.
        let is_ended = finished.is_ok();
        let error = noted.and(finished.map(|_| ())).unwrap_err().to_string();
        assert!(error.contains("session.mcap"), "{error}");
        let mut file = SessionFile::open(&path).unwrap();
        let info = file.info().unwrap();
        let read = frames_of(&path).unwrap();
        assert_eq!(
            read,
            (0..read.len() as u64).map(frame).collect::<Vec<_>>(),
            "{room}"
        );
        assert_eq!(info.recovery.recovered, !is_ended);
        // What is told of it, by the file and by its writer, is what can be read of it.
        let count = read.len() as u64;
        assert_eq!((info.frames, writer.written_frames()), (count, count));
        // Nothing but whole records: there is no more room than a chunk that would have held another second.
        assert!(
            read.len() as u64 + 60 > 300 * room.saturating_sub(bare) / (size - bare),
            "{room}: {}",
            read.len()
        );
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "times and sizes are what one looks at")]
fn an_hour_is_small_and_any_moment_of_it_is_near() {
    let (_folder, path) = temporary();
    let sink = Full {
        file: fs::File::create_new(&path).unwrap(),
        room: u64::MAX,
        taken: Arc::default(),
    };
    let mut writer = SessionWriter::begin(&path, Box::new(sink), START).unwrap();
    let hour = 3600 * 30;
    for index in 0..hour {
        let mut frame = waving_frame(index);
        for (number, body) in (1..).zip([0.0, 1.0]) {
            let mut body = waving(number, body, index as f32 / 30.0);
            // A sensor's noise, which packs badly.
            for (place, value) in body.joints.as_flattened_mut().iter_mut().enumerate() {
                *value += ((index * 75 + place as u64) as f32 * 12.9898).sin() * 0.003;
            }
            if number == 1 {
                frame.bodies[0] = body;
            } else {
                frame.bodies.push(body);
            }
        }
        writer.frame(nanos(index), &frame).unwrap();
        if index % 4 == 0 {
            for body in [1, 2] {
                let prediction = PredictionRecord {
                    body,
                    ..prediction(index)
                };
                writer.prediction(nanos(index), prediction).unwrap();
            }
        }
        if index % 23 == 0 {
            writer.flush().unwrap();
        }
    }
    let bytes = writer.finish(nanos(hour)).unwrap();
    assert!(bytes < 200_000_000, "{bytes}");

    let begin = Instant::now();
    let mut walk = Walk::new(SessionFile::open(&path).unwrap()).unwrap();
    let moments = walk.file().overview().unwrap().moments.len();
    let opened = begin.elapsed();
    assert_eq!(moments, 3600);
    // What the window reads of it for its timeline.
    let begin = Instant::now();
    let view = perform(Request::ReadSession(path.clone()));
    let shown = begin.elapsed();
    assert!(matches!(view, Answer::Session(view) if view.overview.moments.len() == 3600));
    let begin = Instant::now();
    walk.file().check().unwrap();
    let checked = begin.elapsed();
    let mut slowest = Duration::ZERO;
    for minute in [0, 59, 3, 30, 17, 58] {
        let begin = Instant::now();
        walk.seek(minute * 60_000_000).unwrap();
        assert!(walk.next_frame().unwrap().is_some());
        slowest = slowest.max(begin.elapsed());
    }
    println!(
        "an hour of two bodies: {} MB, opened in {opened:?}, its timeline in {shown:?}, slowest seek {slowest:?}; all of it read in {checked:?}",
        bytes / 1_000_000
    );
    assert!(
        opened + shown < Duration::from_secs(1),
        "{opened:?} {shown:?}"
    );
    assert!(slowest < Duration::from_millis(100), "{slowest:?}");
}
