//! Marked segments of a session: kept beside its file, or marked while it was recorded.

use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::session::{Overview, SessionError, SessionFile, Walk, Ways};
use crate::recording::take::{Take, TakeFacts};
use crate::skeleton::{Body, Frame, Upright};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A segment, in microseconds after the session's begin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The phrase that is performed.
    pub label: String,
    /// Its begin.
    pub start_micros: u64,
    /// Its end.
    pub end_micros: u64,
}

impl Mark {
    /// What it is called outside its session: `0:09.5 wave`.
    pub fn name(&self) -> String {
        let tenths = self.start_micros / 100_000;
        let (minutes, seconds) = (tenths / 600, tenths / 10 % 60);
        format!("{minutes}:{seconds:02}.{} {}", tenths % 10, self.label)
    }
}

/// Where a session's segments are kept.
pub fn path_of(session: &Path) -> PathBuf {
    session.with_extension("marks.csv")
}

/// A session's segments: those kept beside its file, or where there are none yet, those that were marked live; `damage`
/// gets in words which of those kept cannot be read.
pub fn of_session(session: &Path, damage: &mut Vec<String>) -> Result<Vec<Mark>, ExchangeError> {
    let kept = path_of(session);
    if kept.exists() {
        return read(&kept, damage);
    }
    let mut file = SessionFile::open(session)?;
    let overview = file.overview()?;
    Ok(live(&overview, file.nanos().map_or(0, |(start, _)| start)))
}

/// The segments that were marked while a session was recorded that began then.
pub fn live(overview: &Overview, start_nanos: u64) -> Vec<Mark> {
    let micros = |nanos: u64| nanos.saturating_sub(start_nanos) / 1000;
    let segments = overview
        .markers
        .iter()
        .filter(|marker| marker.end_nanos > marker.start_nanos);
    segments
        .map(|marker| Mark {
            label: marker.label.clone(),
            start_micros: micros(marker.start_nanos),
            end_micros: micros(marker.end_nanos),
        })
        .collect()
}

/// What a row of a file of segments is.
const ROW: &str = "label,start_micros,end_micros: whole microseconds, the end after the begin";

/// Of rows that are none so many are named one by one: of a file that is something else, a few say as much as all.
const NAMED_ROWS: usize = 20;

/// Reads a file of segments: `label,start_micros,end_micros`. Rows that are none are left out, and `damage` gets in words
/// which they are.
pub fn read(path: &Path, damage: &mut Vec<String>) -> Result<Vec<Mark>, ExchangeError> {
    let failed = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let found = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(source) => ExchangeError::file("read", path)(source),
            _ => ExchangeError::at_line(path, line, ROW, found),
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .map_err(failed)?;
    let header = reader.byte_headers().map_err(failed)?.clone();
    let (mut marks, mut wrong) = (Vec::new(), Vec::new());
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(failed)? {
        let mark = row.deserialize::<Mark>(Some(&header)).ok();
        match mark.filter(|mark| row.len() == header.len() && mark.start_micros < mark.end_micros) {
            Some(mark) => marks.push(mark),
            None => wrong.push((row.position().map_or(0, csv::Position::line), row.clone())),
        }
    }
    let named = wrong.iter().take(NAMED_ROWS);
    damage.extend(named.map(|(line, row)| {
        let cells: Vec<_> = row.iter().map(String::from_utf8_lossy).collect();
        let found = quoted(&cells.join(","));
        let error = ExchangeError::at_line(path, *line, ROW, found);
        format!("{error}; this row is left out")
    }));
    if let Some(more @ 1..) = wrong.len().checked_sub(NAMED_ROWS) {
        let path = path.display();
        damage.push(format!(
            "{path}: {more} more rows are no segments and left out"
        ));
    }
    Ok(marks)
}

/// Where a damaged file of segments is put aside before a whole one takes its place: `NAME.marks.damaged.csv`, or with a
/// number where a file of that name is already.
fn aside(path: &Path, number: usize) -> PathBuf {
    match number {
        0 | 1 => path.with_extension("damaged.csv"),
        _ => path.with_extension(format!("damaged-{number}.csv")),
    }
}

/// Copies a file of segments that is damaged to a name that is free, which it returns.
///
/// So nothing of it is lost when it is written over; `None` where it is whole, or where there is none.
pub fn put_damaged_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut damage = Vec::new();
    if read(path, &mut damage).is_ok() && damage.is_empty() {
        return Ok(None);
    }
    let mut number = 1;
    let (mut copy, place) = loop {
        let place = aside(path, number);
        match OpenOptions::new().write(true).create_new(true).open(&place) {
            Ok(file) => break (file, place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    copy.set_permissions(fs::metadata(path)?.permissions())?;
    copy.write_all(&bytes)?;
    copy.sync_all()?;
    Ok(Some(place))
}

/// The frames of each segment of a session as whoever answers for them sees them.
///
/// That is without bodies that are nowhere, and where they are `levelled` turned upright, by the way that was up at the time of
/// each; `None` stands for what was in effect then.
pub fn frames_of(
    session: &Path,
    marks: &[Mark],
    levelled: Option<bool>,
) -> Result<Vec<Vec<Frame>>, ExchangeError> {
    let mut cutting = Cutting::open(session, levelled)?;
    let frames = marks.iter().map(|mark| cutting.cut(mark));
    Ok(frames.collect::<Result<_, _>>()?)
}

/// Each segment of a session as a take of what it is labelled, its [frames](frames_of) as they are seen; `lost` gets in words what
/// of them is missing.
pub fn takes_of(
    session: &Path,
    marks: &[Mark],
    levelled: Option<bool>,
    lost: &mut Vec<String>,
) -> Result<Vec<Take>, ExchangeError> {
    let mut cutting = Cutting::open(session, levelled)?;
    let name = session.file_stem().unwrap_or_default().to_string_lossy();
    let mut takes = Vec::with_capacity(marks.len());
    for mark in marks {
        let frames = cutting.cut(mark)?;
        if frames.is_empty() {
            let (path, mark) = (session.display(), mark.name());
            lost.push(format!("{path}: no frame is left of the segment {mark}"));
            continue;
        }
        takes.push(Take {
            facts: TakeFacts {
                name: format!("{name} {}", mark.name()),
                dataset: name.clone().into_owned(),
                label: mark.label.clone(),
                phrase: mark.label.clone(),
                ..TakeFacts::default()
            },
            fps: cutting.walk.settings().fps,
            frames,
        });
    }
    let notes = cutting.walk.file().recovery().notes.iter();
    lost.extend(notes.map(|note| format!("{}: {note}", session.display())));
    Ok(takes)
}

/// A session of which segments are cut out.
struct Cutting {
    walk: Walk,
    ways: Ways,
    levelled: Option<bool>,
}

impl Cutting {
    fn open(session: &Path, levelled: Option<bool>) -> Result<Self, SessionError> {
        let mut file = SessionFile::open(session)?;
        let ways = Ways::read(&mut file)?;
        Ok(Self {
            walk: Walk::new(file)?,
            ways,
            levelled,
        })
    }

    fn cut(&mut self, mark: &Mark) -> Result<Vec<Frame>, SessionError> {
        self.walk.seek(mark.start_micros)?;
        let mut frames = Vec::new();
        while let Some((nanos, mut frame)) = self.walk.next_noted()? {
            if self.walk.moment(nanos) > mark.end_micros {
                break;
            }
            frame.bodies.retain(Body::is_finite);
            let (was_levelled, up) = self.ways.at(nanos);
            if self.levelled.unwrap_or(was_levelled) {
                Upright::new(up).turn(&mut frame);
            }
            frames.push(frame);
        }
        Ok(frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_named_by_its_begin() {
        let mark = Mark {
            label: "wave".to_owned(),
            start_micros: 69_540_000,
            end_micros: 70_000_000,
        };
        assert_eq!(mark.name(), "1:09.5 wave");
    }

    #[test]
    fn rows_that_are_no_segments_are_named_and_the_others_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.marks.csv");
        let read_text = |text: &str| {
            fs::write(&path, text).unwrap();
            let mut damage = Vec::new();
            let marks = read(&path, &mut damage).unwrap();
            let labels: Vec<String> = marks.into_iter().map(|mark| mark.label).collect();
            (labels, damage)
        };
        let head = "label,start_micros,end_micros\n";
        let whole = format!("{head}wave,100,200\n\"a, b\",3,4\n");
        assert_eq!(
            read_text(&whole),
            (vec!["wave".to_owned(), "a, b".to_owned()], vec![])
        );
        for (bad, line) in [
            ("wave,9,9", "line 3"),
            ("wave,100", "line 3"),
            ("wave,100,soon", "line 3"),
            ("wave,-5,100", "line 3"),
            ("a, b,3,4", "line 3"),
            ("wave,1,2,3", "line 3"),
        ] {
            let (labels, damage) = read_text(&format!("{head}first,1,2\n{bad}\nlast,3,4\n"));
            assert_eq!(labels, ["first", "last"], "{bad}");
            let [note] = damage.as_slice() else {
                panic!("{bad}: {damage:?}")
            };
            let parts = [
                line,
                "a.marks.csv",
                bad,
                "the end after the begin",
                "left out",
            ];
            assert!(parts.iter().all(|part| note.contains(part)), "{note}");
        }
        // A label that is no text is one row's matter too.
        let mut bytes = format!("{head}first,1,2\n").into_bytes();
        bytes.extend(b"w\xff\xfe,3,4\nlast,5,6\n");
        fs::write(&path, bytes).unwrap();
        let mut damage = Vec::new();
        assert_eq!(read(&path, &mut damage).unwrap().len(), 2);
        assert_eq!(damage.len(), 1, "{damage:?}");
        // Another table altogether: a few words say so.
        let (labels, damage) = read_text(&format!("x,y\n{}", "1,2\n".repeat(1000)));
        assert_eq!((labels.len(), damage.len()), (0, 21));
        assert!(damage[20].contains("980 more"), "{}", damage[20]);
        assert!(read(&folder.path().join("none.csv"), &mut Vec::new()).is_err());
    }

    #[test]
    fn only_what_is_damaged_is_put_aside_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.marks.csv");
        assert_eq!(put_damaged_aside(&path).unwrap(), None, "there is none");
        let head = "label,start_micros,end_micros\n";
        fs::write(&path, format!("{head}wave,1,2\n")).unwrap();
        assert_eq!(put_damaged_aside(&path).unwrap(), None, "it is whole");
        for (name, bad) in [
            ("a.marks.damaged.csv", "wave,2,1\n"),
            ("a.marks.damaged-2.csv", "wave,soon\n"),
        ] {
            let text = format!("{head}wave,1,2\n{bad}");
            fs::write(&path, &text).unwrap();
            let place = put_damaged_aside(&path).unwrap();
            assert_eq!(place, Some(folder.path().join(name)));
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text);
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "it stays");
        }
        let first = fs::read_to_string(folder.path().join("a.marks.damaged.csv")).unwrap();
        assert!(first.ends_with("wave,2,1\n"), "{first}");
    }
}
