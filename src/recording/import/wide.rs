//! Tables with a row per frame and body, as Kinect v1 tools write them: columns `HeadX, HeadY, HeadZ` and so on, or
//! numbers alone.

use super::bodies::{MAX_BODIES, Point, RawBody, RawFrame, RawTake};
use super::cells::{
    TIME, Time, TrackingScale, column_name, has_no_position, position, time_seconds, tracking,
};
use super::joint_names::{Named, Naming, SLOTS, Slot, named, naming};
use super::scale::Unit;
use super::stem;
use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::take::TakeFacts;
use crate::skeleton::{JOINT_COUNT, Joint, Tracking};
use std::path::Path;

/// Joints of Kinect v1, in its order.
const V1_JOINTS: [Joint; 20] = [
    Joint::SpineBase,
    Joint::SpineMid,
    Joint::SpineShoulder,
    Joint::Head,
    Joint::ShoulderLeft,
    Joint::ElbowLeft,
    Joint::WristLeft,
    Joint::HandLeft,
    Joint::ShoulderRight,
    Joint::ElbowRight,
    Joint::WristRight,
    Joint::HandRight,
    Joint::HipLeft,
    Joint::KneeLeft,
    Joint::AnkleLeft,
    Joint::FootLeft,
    Joint::HipRight,
    Joint::KneeRight,
    Joint::AnkleRight,
    Joint::FootRight,
];

/// Where the columns are, and what was read so far.
#[derive(Debug)]
pub(super) struct WideColumns {
    /// By slot: where x, y and z are.
    axes: [Option<[usize; 3]>; SLOTS],
    tracking: [Option<(usize, TrackingScale)>; SLOTS],
    time: Option<usize>,
    frame: Option<usize>,
    body: Option<usize>,
    fps: Option<usize>,
    phrase: Option<usize>,
    seconds: Option<f64>,
    unit: Option<Unit>,
    take: RawTake,
    /// The frame of the newest row: its number or its time, as it is written.
    newest: Option<String>,
}

impl WideColumns {
    fn empty(path: &Path) -> Self {
        Self {
            axes: [None; SLOTS],
            tracking: [None; SLOTS],
            time: None,
            frame: None,
            body: None,
            fps: None,
            phrase: None,
            seconds: None,
            unit: None,
            take: RawTake {
                facts: TakeFacts {
                    name: stem(path),
                    ..TakeFacts::default()
                },
                ..RawTake::default()
            },
            newest: None,
        }
    }

    /// The columns of a header; `None` where it is no table of this kind.
    pub(super) fn of(path: &Path, header: &[String]) -> Result<Option<Self>, ExchangeError> {
        let names: Vec<(String, Option<&str>)> = header.iter().map(|h| column_name(h)).collect();
        let stems = names
            .iter()
            .filter_map(|(name, _)| axis_of(name))
            .map(|(stem, ..)| stem);
        let naming = naming(stems);
        let mut found = [[None; 3]; SLOTS];
        let mut columns = Self::empty(path);
        for (index, entry) in names.iter().enumerate() {
            let name = entry.0.as_str();
            if let Some((stem, axis, unit)) = axis_of(name) {
                let Named::Point(slot) = named(stem, naming) else {
                    continue;
                };
                found[slot][axis] = found[slot][axis].or(Some(index));
                let unit = entry.1.or(unit).and_then(|unit| unit.parse().ok());
                columns.unit = columns.unit.or(unit);
            } else if let Some((slot, scale)) = tracking_of(name, naming) {
                columns.tracking[slot] = Some((index, scale));
            } else {
                columns.other(index, entry);
            }
        }
        for (slot, axes) in found.iter().enumerate() {
            columns.axes[slot] = match axes {
                [Some(x), Some(y), Some(z)] => Some([*x, *y, *z]),
                [None, None, None] => None,
                _ => {
                    let some = axes
                        .iter()
                        .flatten()
                        .next()
                        .map_or("", |i| header[*i].as_str());
                    return Err(ExchangeError::at(
                        path,
                        "header".to_owned(),
                        "x, y and z of every joint",
                        format!("{} without the others", quoted(some)),
                    ));
                }
            };
        }
        let joints = columns.axes.iter().flatten().count();
        Ok((joints >= 3).then_some(columns))
    }

    fn other(&mut self, index: usize, entry: &(String, Option<&str>)) {
        match entry.0.as_str() {
            "frame" | "frameid" | "frameindex" | "framenumber" | "frameno" | "framenum" => {
                self.frame = Some(index);
            }
            "body" | "bodyid" | "trackingid" | "person" | "personid" | "user" | "userid"
            | "skeletonid" => self.body = Some(index),
            "fps" | "framerate" => self.fps = Some(index),
            "phrase" | "label" | "action" | "activity" => self.phrase = Some(index),
            name if name.starts_with("time") || name == "seconds" || name == "t" => {
                self.time = Some(index);
                self.seconds = time_seconds(entry);
            }
            _ => {}
        }
    }

    /// The columns of rows without a header: 20 joints of Kinect v1 or 25 of v2, with a time or a frame's number before.
    pub(super) fn of_numbers(path: &Path, cells: &[String]) -> Option<Self> {
        let filled = cells.iter().rposition(|cell| !cell.is_empty())? + 1;
        let is_number = |cell: &String| cell.parse::<f64>().is_ok();
        let (first, rest) = cells[..filled].split_first()?;
        // A table without a header may begin with an instant.
        let begins = is_number(first) || (filled % 3 == 1 && Time::of(first).is_some());
        if !begins || !rest.iter().all(is_number) {
            return None;
        }
        let mut columns = Self::empty(path);
        let (joints, before): (&[Joint], usize) = match filled {
            60 => (&V1_JOINTS, 0),
            61 => (&V1_JOINTS, 1),
            75 => (&Joint::ALL, 0),
            76 => (&Joint::ALL, 1),
            _ => return None,
        };
        debug_assert!(joints.len() <= JOINT_COUNT, "of a body");
        columns.time = (before == 1).then_some(0);
        for (place, joint) in joints.iter().enumerate() {
            let first = before + 3 * place;
            columns.axes[*joint as Slot] = Some([first, first + 1, first + 2]);
        }
        Some(columns)
    }

    /// Takes one row in.
    pub(super) fn push(
        &mut self,
        path: &Path,
        place: &str,
        cells: &[String],
    ) -> Result<(), ExchangeError> {
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        let wrong = |expected: &str, found: &str| {
            ExchangeError::at(path, place.to_owned(), expected, quoted(found))
        };
        let mut body = RawBody::new(1);
        if let Some(index) = self.body {
            body.id = cell(index)
                .parse()
                .map_err(|_error| wrong("a body's id, a whole number", cell(index)))?;
        }
        for slot in 0..SLOTS {
            let Some(axes) = self.axes[slot] else {
                continue;
            };
            if has_no_position(cells, axes) {
                continue;
            }
            let mut at = [0.0; 3];
            for (value, axis) in at.iter_mut().zip(axes) {
                *value = position(cell(axis)).ok_or_else(|| {
                    wrong(&format!("a position in column {}", axis + 1), cell(axis))
                })?;
            }
            let tracking = match self.tracking[slot] {
                None => Tracking::Tracked,
                Some((index, scale)) => tracking(cell(index), scale)
                    .ok_or_else(|| wrong("a tracking state or a confidence", cell(index)))?,
            };
            body.points[slot] = Some(Point { at, tracking });
        }
        let time = match self.time.map(cell) {
            None | Some("") => None,
            Some(text) => Some(Time::of(text).ok_or_else(|| wrong(TIME, text))?),
        };
        // Seconds, whatever the column is called.
        if let Some(Time::Moment(_)) = time {
            self.seconds = Some(1.0);
        }
        let time = time.map(Time::value);
        if let (Some(index), None) = (self.fps, self.take.fps) {
            self.take.fps = cell(index).parse().ok();
        }
        if let (Some(index), true) = (self.phrase, self.take.facts.phrase.is_empty()) {
            cell(index).clone_into(&mut self.take.facts.phrase);
        }
        self.place(body, time, &cell, &wrong)
    }

    /// Puts a body into the newest frame where the row belongs to it, or into a new one.
    fn place<'a>(
        &mut self,
        body: RawBody,
        time: Option<f64>,
        cell: &impl Fn(usize) -> &'a str,
        wrong: &impl Fn(&str, &str) -> ExchangeError,
    ) -> Result<(), ExchangeError> {
        let key = self.frame.or(self.time).map(cell);
        let is_seen = body.points.iter().any(Option::is_some);
        let newest = self.take.frames.last_mut();
        // Without ids every row is a frame.
        let same = self.body.is_some() && key.is_some() && key == self.newest.as_deref();
        if let (true, Some(frame)) = (same, newest) {
            if frame.bodies.len() == MAX_BODIES {
                return Err(wrong("at most 64 bodies in a frame", &body.id.to_string()));
            }
            if frame.bodies.iter().any(|other| other.id == body.id) {
                return Err(wrong("a body once in a frame", &body.id.to_string()));
            }
            frame.bodies.extend(is_seen.then_some(body));
            return Ok(());
        }
        self.newest = key.map(str::to_owned);
        self.take.frames.push(RawFrame {
            time,
            bodies: is_seen.then_some(body).into_iter().collect(),
        });
        Ok(())
    }

    /// The take, and the unit that the header names.
    pub(super) fn finish(mut self) -> (Vec<RawTake>, Option<Unit>) {
        self.take.seconds = self.seconds;
        (vec![self.take], self.unit)
    }
}

/// A column of a position: the joint, the axis, and the unit if the name ends with one.
fn axis_of(name: &str) -> Option<(&str, usize, Option<&'static str>)> {
    let units = [
        ("mm", "mm"),
        ("cm", "cm"),
        ("in", "in"),
        ("ft", "ft"),
        ("m", "m"),
        ("", ""),
    ];
    for (ending, unit) in units {
        let Some(rest) = name.strip_suffix(ending) else {
            continue;
        };
        for (axis, letter) in ["x", "y", "z"].into_iter().enumerate() {
            let Some(stem) = rest.strip_suffix(letter).filter(|stem| stem.len() > 2) else {
                continue;
            };
            let stem = ["position", "pos"]
                .into_iter()
                .find_map(|word| stem.strip_suffix(word))
                .unwrap_or(stem);
            return Some((stem, axis, Some(unit).filter(|unit| !unit.is_empty())));
        }
    }
    None
}

/// A column of a joint's tracking.
fn tracking_of(name: &str, naming: Naming) -> Option<(Slot, TrackingScale)> {
    let endings = [
        ("trackingstate", TrackingScale::States),
        ("tracking", TrackingScale::States),
        ("state", TrackingScale::States),
        ("confidence", TrackingScale::Confidence),
        ("conf", TrackingScale::Confidence),
    ];
    endings.into_iter().find_map(|(ending, scale)| {
        match named(name.strip_suffix(ending)?, naming) {
            Named::Point(slot) => Some((slot, scale)),
            _ => None,
        }
    })
}
