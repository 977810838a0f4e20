//! Tables with a row per joint, body and frame, whatever the order of columns and rows.

use super::bodies::{MAX_BODIES, Point, RawBody, RawFrame, RawTake};
use super::joint_names::{Named, Naming, Slot, named, numbered};
use super::scale::Unit;
use super::stem;
use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::take::TakeFacts;
use crate::skeleton::Tracking;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A column's name: lower case, letters and digits only, without a unit in brackets; and its unit.
pub(super) fn column_name(header: &str) -> (String, Option<&str>) {
    let (name, unit) = match header.split_once(['(', '[']) {
        Some((name, unit)) => (name, Some(unit.trim_end_matches([')', ']']).trim())),
        None => (header, None),
    };
    let plain = name.chars().filter(|c| c.is_alphanumeric());
    (plain.flat_map(char::to_lowercase).collect(), unit)
}

/// Where the columns are, and what was read so far.
#[derive(Debug)]
pub(super) struct TidyColumns {
    facts: [Option<usize>; 7],
    fps: Option<usize>,
    frame: Option<usize>,
    time: Option<usize>,
    body: Option<usize>,
    joint: usize,
    axes: [usize; 3],
    tracking: Option<Column>,
    unit: Option<Unit>,
    seconds: Option<f64>,
    default_name: String,
    takes: Vec<TidyTake>,
    numbers: HashMap<String, usize>,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    index: usize,
    scale: TrackingScale,
}

/// What a column of tracking means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrackingScale {
    /// 0, 1, 2, or their names.
    States,
    /// 0 to 1.
    Confidence,
}

#[derive(Debug, Default)]
struct TidyTake {
    facts: TakeFacts,
    fps: Option<f32>,
    frames: BTreeMap<FrameKey, RawFrame>,
}

/// A frame's number, or its time where it has none.
#[derive(Clone, Copy, Debug)]
struct FrameKey(f64);

impl PartialEq for FrameKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for FrameKey {}

impl PartialOrd for FrameKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FrameKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl TidyColumns {
    /// The columns of a header; `None` where it is no table of this kind.
    pub(super) fn of(path: &Path, header: &[String]) -> Option<Self> {
        let names: Vec<(String, Option<&str>)> = header.iter().map(|h| column_name(h)).collect();
        let find = |wanted: &[&str]| {
            let at = |name: &&str| names.iter().position(|(other, _)| other == name);
            wanted.iter().find_map(at)
        };
        let axis = |letter: &str| {
            let spellings = [
                letter.to_owned(),
                format!("{letter}m"),
                format!("{letter}cm"),
                format!("{letter}mm"),
                format!("pos{letter}"),
                format!("position{letter}"),
                format!("{letter}pos"),
            ];
            find(&spellings.each_ref().map(String::as_str))
        };
        let joint = find(&[
            "joint",
            "jointname",
            "jointtype",
            "jointid",
            "jointindex",
            "bone",
            "name",
        ])?;
        let axes = [axis("x")?, axis("y")?, axis("z")?];
        let (plain, bracket) = &names[axes[0]];
        let unit = bracket
            .or_else(|| ["mm", "cm"].into_iter().find(|unit| plain.ends_with(unit)))
            .or_else(|| plain.ends_with('m').then_some("m"))
            .and_then(|unit| unit.parse().ok());
        let time = find(&[
            "time",
            "timestamp",
            "seconds",
            "t",
            "times",
            "timesec",
            "timems",
            "timestampms",
            "timeus",
            "timestampus",
            "timestampusec",
            "timestampmicros",
        ]);
        let seconds = time.and_then(|index| time_seconds(&names[index]));
        let tracking = find(&["tracking", "trackingstate", "state", "jointstate", "status"])
            .map(|index| (index, TrackingScale::States))
            .or_else(|| find(&["confidence", "score"]).map(|i| (i, TrackingScale::Confidence)));
        Some(Self {
            facts: [
                find(&[
                    "take",
                    "clip",
                    "recording",
                    "session",
                    "file",
                    "trial",
                    "sequence",
                ]),
                find(&["dataset"]),
                find(&["subject", "performer", "actor"]),
                find(&["label", "class", "actionlabel"]),
                find(&["phrase", "action", "activity"]),
                find(&["verb"]),
                find(&["noun"]),
            ],
            fps: find(&["fps", "framerate", "rate"]),
            frame: find(&[
                "frame",
                "frameid",
                "frameindex",
                "framenumber",
                "frameno",
                "framenum",
            ]),
            time,
            body: find(&[
                "body",
                "bodyid",
                "trackingid",
                "person",
                "personid",
                "user",
                "userid",
                "skeletonid",
            ]),
            joint,
            axes,
            tracking: tracking.map(|(index, scale)| Column { index, scale }),
            unit,
            seconds,
            default_name: stem(path),
            takes: Vec::new(),
            numbers: HashMap::new(),
        })
        .filter(|columns| columns.frame.is_some() || columns.time.is_some())
    }

    /// Takes one row in.
    pub(super) fn push(
        &mut self,
        path: &Path,
        place: &str,
        cells: &[String],
    ) -> Result<(), ExchangeError> {
        let cell =
            |column: Option<usize>| column.and_then(|c| cells.get(c)).map_or("", String::as_str);
        let wrong = |expected: &str, found: &str| {
            ExchangeError::at(path, place.to_owned(), expected, quoted(found))
        };
        let number = |text: &str, expected: &str| match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(wrong(expected, text)),
        };
        let time = match cell(self.time) {
            "" => None,
            text => Some(number(text, "a time")?),
        };
        let key = match (cell(self.frame), time) {
            ("", Some(time)) => time,
            (text, _) => number(text, "a frame's number")?,
        };
        let id = match cell(self.body) {
            "" => 1,
            text => whole_number(text).ok_or_else(|| wrong("a body's id, a whole number", text))?,
        };
        let seen = match cell(Some(self.joint)) {
            "" => None,
            name => Some(name),
        };
        let point = match seen {
            None => None,
            Some(name) => {
                let slot = slot(name).ok_or_else(|| {
                    wrong("a joint's name, as WristLeft, or its number from 0", name)
                })?;
                slot.map(|slot| self.point(cells, &wrong).map(|point| (slot, point)))
                    .transpose()?
            }
        };
        let fps = match cell(self.fps) {
            "" => None,
            text => Some(number(text, "frames per second")? as f32),
        };
        let facts = self.facts.map(cell);
        let take = self.take_of(facts, fps);
        let frame = take.frames.entry(FrameKey(key)).or_default();
        frame.time = frame.time.or(time);
        let (Some((slot, Some(point))), true) = (point, seen.is_some()) else {
            return Ok(());
        };
        let known = frame.bodies.iter().position(|body| body.id == id);
        let index = match known {
            Some(index) => index,
            None if frame.bodies.len() == MAX_BODIES => {
                return Err(wrong("at most 64 bodies in a frame", &id.to_string()));
            }
            None => {
                frame.bodies.push(RawBody::new(id));
                frame.bodies.len() - 1
            }
        };
        frame.bodies[index].points[slot] = Some(point);
        Ok(())
    }

    /// The row's position; `None` where its cells are empty, as for a joint that was not seen.
    fn point(
        &self,
        cells: &[String],
        wrong: &impl Fn(&str, &str) -> ExchangeError,
    ) -> Result<Option<Point>, ExchangeError> {
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        if self.axes.iter().all(|axis| is_nothing(cell(*axis))) {
            return Ok(None);
        }
        let mut at = [0.0; 3];
        for (value, axis) in at.iter_mut().zip(self.axes) {
            *value = position(cell(axis)).ok_or_else(|| wrong("a position", cell(axis)))?;
        }
        let tracking = match self.tracking {
            None => Tracking::Tracked,
            Some(Column { index, scale }) => tracking(cell(index), scale)
                .ok_or_else(|| wrong("a tracking state or a confidence", cell(index)))?,
        };
        Ok(Some(Point { at, tracking }))
    }

    /// The take that a row belongs to.
    fn take_of(&mut self, facts: [&str; 7], fps: Option<f32>) -> &mut TidyTake {
        let name = match facts[0] {
            "" => self.default_name.as_str(),
            name => name,
        };
        let index = match self.numbers.get(name) {
            Some(index) => *index,
            None => {
                let [_, dataset, subject, label, phrase, verb, noun] = facts.map(str::to_owned);
                let facts = TakeFacts {
                    name: name.to_owned(),
                    dataset,
                    subject,
                    label,
                    phrase,
                    verb,
                    noun,
                };
                self.numbers.insert(name.to_owned(), self.takes.len());
                self.takes.push(TidyTake {
                    facts,
                    fps,
                    frames: BTreeMap::new(),
                });
                self.takes.len() - 1
            }
        };
        &mut self.takes[index]
    }

    /// All takes, and the unit that the header names.
    pub(super) fn finish(self) -> (Vec<RawTake>, Option<Unit>) {
        let seconds = self.seconds;
        let takes = self.takes.into_iter().map(|take| RawTake {
            facts: take.facts,
            fps: take.fps,
            seconds,
            frames: take.frames.into_values().collect(),
        });
        (takes.collect(), self.unit)
    }
}

/// The seconds of a column's unit of time, where its name says it.
pub(super) fn time_seconds((name, bracket): &(String, Option<&str>)) -> Option<f64> {
    let is = |words: &[&str]| {
        bracket.is_some_and(|unit| words.contains(&unit))
            || words
                .iter()
                .any(|word| name.len() > word.len() && name.ends_with(word))
    };
    if is(&["ms", "msec"]) {
        Some(1e-3)
    } else if is(&["us", "usec", "µs", "micros"]) {
        Some(1e-6)
    } else if name == "seconds" || name == "times" || is(&["sec"]) || *bracket == Some("s") {
        Some(1.0)
    } else {
        None
    }
}

/// Whether a cell says that there is no value.
pub(super) fn is_nothing(cell: &str) -> bool {
    cell.is_empty()
        || ["nan", "null", "none", "na"]
            .iter()
            .any(|n| cell.eq_ignore_ascii_case(n))
}

/// A coordinate: finite, and no farther away than a kilometre in millimetres.
pub(super) fn position(cell: &str) -> Option<f32> {
    cell.parse().ok().filter(|value: &f32| value.abs() <= 1e6)
}

/// A whole number, even where a tool wrote it with a point.
fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let value: f64 = text.parse().ok()?;
        // Beyond this a float has no units place.
        (value.fract() == 0.0 && (0.0..9e15).contains(&value)).then_some(value as u64)
    })
}

/// The point of a joint's name or number: `None` where it is none, `Some(None)` where it is of no use here.
fn slot(name: &str) -> Option<Option<Slot>> {
    if let Some(slot) = numbered(name) {
        return Some(Some(slot));
    }
    match named(name, Naming::Points) {
        Named::Point(slot) => Some(Some(slot)),
        Named::Other => Some(None),
        Named::Unknown => None,
    }
}

/// What a cell says of tracking; nothing stands for tracked.
pub(super) fn tracking(cell: &str, scale: TrackingScale) -> Option<Tracking> {
    let plain: String = cell.chars().filter(|c| !" _-".contains(*c)).collect();
    match plain.to_ascii_lowercase().as_str() {
        "" | "tracked" => return Some(Tracking::Tracked),
        "inferred" => return Some(Tracking::Inferred),
        "nottracked" => return Some(Tracking::NotTracked),
        _ => {}
    }
    let value: f32 = plain.parse().ok()?;
    match scale {
        TrackingScale::States if value == 0.0 => Some(Tracking::NotTracked),
        TrackingScale::States if value == 1.0 => Some(Tracking::Inferred),
        TrackingScale::States if value == 2.0 => Some(Tracking::Tracked),
        TrackingScale::States => None,
        TrackingScale::Confidence if value <= 0.0 => Some(Tracking::NotTracked),
        TrackingScale::Confidence if value < 0.75 => Some(Tracking::Inferred),
        TrackingScale::Confidence => value.is_finite().then_some(Tracking::Tracked),
    }
}
