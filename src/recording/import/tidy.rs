//! Tables with a row per joint, body and frame, whatever the order of columns and rows.

use super::bodies::{MAX_BODIES, Point, RawBody, RawFrame, RawTake};
use super::cells::{
    TIME, Time, TrackingScale, column_name, has_no_position, position, time_seconds, tracking,
    whole_number,
};
use super::joint_names::{Named, Naming, named, numbered};
use super::scale::Unit;
use super::stem;
use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::export::COLUMNS;
use crate::recording::take::TakeFacts;
use crate::skeleton::Tracking;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Names of a column of times.
const TIMES: [&str; 12] = [
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
];

/// Names of a column of bodies.
const BODIES: [&str; 8] = [
    "body",
    "bodyid",
    "trackingid",
    "person",
    "personid",
    "user",
    "userid",
    "skeletonid",
];

/// Names of a column of joints.
const JOINTS: [&str; 7] = [
    "joint",
    "jointname",
    "jointtype",
    "jointid",
    "jointindex",
    "bone",
    "name",
];

/// Names of a column of frames' numbers.
const FRAMES: [&str; 6] = [
    "frame",
    "frameid",
    "frameindex",
    "framenumber",
    "frameno",
    "framenum",
];

/// Names of a column of takes.
const TAKES: [&str; 7] = [
    "take",
    "clip",
    "recording",
    "session",
    "file",
    "trial",
    "sequence",
];

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
            let spellings = spellings(letter);
            find(&spellings.each_ref().map(String::as_str))
        };
        let joint = find(&JOINTS)?;
        let axes = [axis("x")?, axis("y")?, axis("z")?];
        let (plain, bracket) = &names[axes[0]];
        let unit = bracket
            .or_else(|| {
                ["mm", "cm", "in", "ft"]
                    .into_iter()
                    .find(|unit| plain.ends_with(unit))
            })
            .or_else(|| plain.ends_with('m').then_some("m"))
            .and_then(|unit| unit.parse().ok());
        // Our own tables are in metres, however large the performer is.
        let is_ours = COLUMNS
            .iter()
            .all(|ours| header.iter().any(|name| name == ours));
        let unit = unit.or(is_ours.then_some(Unit::Metres));
        let time = find(&TIMES);
        let seconds = time.and_then(|index| time_seconds(&names[index]));
        let tracking = find(&["tracking", "trackingstate", "state", "jointstate", "status"])
            .map(|index| (index, TrackingScale::States))
            .or_else(|| find(&["confidence", "score"]).map(|i| (i, TrackingScale::Confidence)));
        Some(Self {
            facts: [
                find(&TAKES),
                find(&["dataset"]),
                find(&["subject", "performer", "actor"]),
                find(&["label", "class", "actionlabel"]),
                find(&["phrase", "action", "activity"]),
                find(&["verb"]),
                find(&["noun"]),
            ],
            fps: find(&["fps", "framerate", "rate"]),
            frame: find(&FRAMES),
            time,
            body: find(&BODIES),
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
            text => Some(Time::of(text).ok_or_else(|| wrong(TIME, text))?),
        };
        // Seconds, whatever the column is called.
        if let Some(Time::Moment(_)) = time {
            self.seconds = Some(1.0);
        }
        let time = time.map(Time::value);
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
        let point = match seen.map(|name| (name, point_named(name))) {
            None | Some((_, Named::Other)) => None,
            Some((name, Named::Unknown)) => {
                let expected = "a joint's name, as WristLeft, or its number from 0";
                return Err(wrong(expected, name));
            }
            Some((_, Named::Point(slot))) => Some((slot, self.point(cells, &wrong)?)),
        };
        let fps = match cell(self.fps) {
            "" => None,
            text => Some(number(text, "frames per second")? as f32),
        };
        let facts = self.facts.map(cell);
        let take = self.take_of(facts, fps);
        let frame = take.frames.entry(FrameKey(key)).or_default();
        frame.time = frame.time.or(time);
        let Some((slot, Some(point))) = point else {
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
        // Two recordings joined without a column of takes would otherwise lie one over the other.
        if frame.bodies[index].points[slot].replace(point).is_some() {
            let expected = "each joint once in a frame of a body; recordings that were joined need a column \"take\"";
            return Err(wrong(
                expected,
                &format!("{} of frame {key} again", seen.unwrap_or_default()),
            ));
        }
        Ok(())
    }

    /// The row's position; `None` where a cell is empty, as for a joint that was not seen.
    fn point(
        &self,
        cells: &[String],
        wrong: &impl Fn(&str, &str) -> ExchangeError,
    ) -> Result<Option<Point>, ExchangeError> {
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        if has_no_position(cells, self.axes) {
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
        let known = self.numbers.get(name).copied();
        let index = known.unwrap_or_else(|| {
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
        });
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

/// Names of a column of positions along an axis.
fn spellings(letter: &str) -> [String; 9] {
    [
        letter.to_owned(),
        format!("{letter}m"),
        format!("{letter}cm"),
        format!("{letter}mm"),
        format!("{letter}in"),
        format!("{letter}ft"),
        format!("pos{letter}"),
        format!("position{letter}"),
        format!("{letter}pos"),
    ]
}

/// What a joint's name or number stands for.
fn point_named(name: &str) -> Named {
    numbered(name).map_or_else(|| named(name, Naming::Points), Named::Point)
}
