//! Marked segments of a session: kept beside its file, or marked while it was recorded.

use crate::recording::ExchangeError;
use crate::recording::session::{Overview, SessionError, SessionFile, Walk, Ways};
use crate::recording::take::{Take, TakeFacts};
use crate::skeleton::{Body, Frame, Upright};
use serde::{Deserialize, Serialize};
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

/// A session's segments: those kept beside its file, or where there are none yet, those that were marked live.
pub fn of_session(session: &Path) -> Result<Vec<Mark>, ExchangeError> {
    let kept = path_of(session);
    if kept.exists() {
        return read(&kept);
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

/// Reads a file of segments: `label,start_micros,end_micros`.
pub fn read(path: &Path) -> Result<Vec<Mark>, ExchangeError> {
    let expected = "label,start_micros,end_micros, the end after the begin";
    let wrong = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let found = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(source) => ExchangeError::file("read", path)(source),
            _ => ExchangeError::at_line(path, line, expected, found),
        }
    };
    let mut marks = Vec::new();
    for row in csv::Reader::from_path(path).map_err(wrong)?.deserialize() {
        let mark: Mark = row.map_err(wrong)?;
        if mark.end_micros <= mark.start_micros {
            let found = format!("{} to {}", mark.start_micros, mark.end_micros);
            let line = marks.len() as u64 + 2;
            return Err(ExchangeError::at_line(path, line, expected, found));
        }
        marks.push(mark);
    }
    Ok(marks)
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
    fn a_file_of_segments_that_is_none_names_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.marks.csv");
        let read_text = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        let head = "label,start_micros,end_micros\n";
        let marks = read_text(&format!("{head}wave,100,200\n\"a, b\",3,4\n")).unwrap();
        assert_eq!((marks.len(), marks[1].label.as_str()), (2, "a, b"));
        for (text, why) in [
            ("wave,100,200\nwave,9,9\n", "line 3"),
            ("wave,100\n", "line 2"),
            ("wave,100,soon\n", "line 2"),
        ] {
            let error = read_text(&format!("{head}{text}")).unwrap_err().to_string();
            assert!(
                error.contains(why) && error.contains("a.marks.csv"),
                "{error}"
            );
        }
        assert!(read(&folder.path().join("none.csv")).is_err());
    }
}
