//! Points of bodies, as a file has them, become bodies of all joints.

use super::joint_names::{CHEST, CLAVICLE_LEFT, CLAVICLE_RIGHT, SLOTS, Slot};
use super::scale::{Unit, median, time_unit};
use super::{DEFAULT_FPS, ImportOptions};
use crate::recording::ExchangeError;
use crate::recording::take::{Take, TakeFacts, micros_at};
use crate::skeleton::{BONES, Body, Frame, JOINT_COUNT, Joint, Tracking};
use std::collections::BTreeMap;
use std::path::Path;

/// More people than this in a frame are a damaged file.
pub(super) const MAX_BODIES: usize = 64;

/// Where the neck is between the shoulders and the head of a Kinect v1, which has none: measured on a Kinect v2 frame.
const NECK_SHARE: f32 = 0.28;

/// A point in the file's unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: [f32; 3],
    pub(super) tracking: Tracking,
}

/// The points of one body.
#[derive(Clone, Debug)]
pub(super) struct RawBody {
    pub(super) id: u64,
    pub(super) points: [Option<Point>; SLOTS],
}

impl RawBody {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            points: [None; SLOTS],
        }
    }
}

/// A frame as a file has it.
#[derive(Clone, Debug, Default)]
pub(super) struct RawFrame {
    /// In the file's unit of time.
    pub(super) time: Option<f64>,
    pub(super) bodies: Vec<RawBody>,
}

/// A take as a file has it.
#[derive(Clone, Debug, Default)]
pub(super) struct RawTake {
    pub(super) facts: TakeFacts,
    /// Frames per second, where the file says so.
    pub(super) fps: Option<f32>,
    /// Seconds of the unit of time, where the file says so.
    pub(super) seconds: Option<f64>,
    pub(super) frames: Vec<RawFrame>,
}

impl RawTake {
    /// A take of whole bodies, in metres; `unit` is that which the file says, and `guessed` gets in words which one was
    /// taken for another than metres where neither the file nor the user says it.
    pub(super) fn finish(
        self,
        path: &Path,
        unit: Option<Unit>,
        options: &ImportOptions,
        guessed: &mut Vec<String>,
    ) -> Result<Take, ExchangeError> {
        let seen = self.seen();
        for (id, points) in &seen {
            check_whole(path, &self.facts.name, *id, points)?;
        }
        let unit = options.unit.or(unit).unwrap_or_else(|| {
            let unit = self.guessed_unit();
            note_guess(path, unit, guessed);
            unit
        });
        let (fps, micros) = self.timing(path, options)?;
        let mut last: BTreeMap<u64, Body> = BTreeMap::new();
        let mut frames = Vec::with_capacity(self.frames.len());
        for (raw, timestamp_micros) in self.frames.into_iter().zip(micros) {
            let mut bodies = Vec::with_capacity(raw.bodies.len());
            for raw in raw.bodies {
                let points = seen.get(&raw.id);
                let body = whole(&raw, last.get(&raw.id), points, unit.metres());
                last.insert(raw.id, body.clone());
                bodies.push(body);
            }
            frames.push(Frame {
                timestamp_micros,
                bodies,
            });
        }
        Ok(Take {
            facts: self.facts,
            fps,
            frames,
        })
    }

    /// The first place of every point of every body: where a point is before the file has it.
    fn seen(&self) -> BTreeMap<u64, [Option<Point>; SLOTS]> {
        let mut seen: BTreeMap<u64, [Option<Point>; SLOTS]> = BTreeMap::new();
        for body in self.frames.iter().flat_map(|frame| &frame.bodies) {
            let points = seen.entry(body.id).or_insert([None; SLOTS]);
            for (first, point) in points.iter_mut().zip(&body.points) {
                *first = first.or(*point);
            }
        }
        seen
    }

    /// The unit that makes the median spine a person's.
    fn guessed_unit(&self) -> Unit {
        let bodies = self.frames.iter().flat_map(|frame| &frame.bodies);
        let spines = bodies.filter_map(|body| {
            let head = body.points[Joint::Head as Slot]?.at;
            let hips = place(&body.points, Joint::SpineBase)?;
            Some(f64::from(distance(head, hips)))
        });
        median(spines.take(10_000).collect()).map_or(Unit::Metres, |m| Unit::of_spine(m as f32))
    }

    /// Frames per second and every frame's time, microseconds.
    fn timing(
        &self,
        path: &Path,
        options: &ImportOptions,
    ) -> Result<(f32, Vec<u64>), ExchangeError> {
        let times: Option<Vec<f64>> = self.frames.iter().map(|frame| frame.time).collect();
        let steps = times.as_ref().map(|times| {
            let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
            steps.filter(|step| *step > 0.0).collect()
        });
        let step = steps.and_then(median);
        let (Some(times), Some(step)) = (times, step) else {
            let fps = self.fps.or(options.fps).unwrap_or(DEFAULT_FPS);
            let fps = checked_fps(path, fps)?;
            let micros = (0..self.frames.len()).map(|index| micros_at(index, fps));
            return Ok((fps, micros.collect()));
        };
        let seconds = self
            .seconds
            .unwrap_or_else(|| time_unit(step, self.fps.unwrap_or(DEFAULT_FPS)));
        let fps = self.fps.unwrap_or((1.0 / (step * seconds)) as f32);
        // A float becomes 0 or the greatest number where it would not fit.
        let micros = times
            .iter()
            .map(|time| (time * seconds * 1e6).round() as u64);
        Ok((checked_fps(path, fps)?, micros.collect()))
    }
}

/// Says once for a file which unit its lengths are taken to have; metres are what everybody expects.
fn note_guess(path: &Path, unit: Unit, guessed: &mut Vec<String>) {
    if unit == Unit::Metres {
        return;
    }
    let note = format!(
        "{}: it names no unit of length; by the performer's size it is read as {unit} (`synse import --unit` says it otherwise)",
        path.display()
    );
    if !guessed.contains(&note) {
        guessed.push(note);
    }
}

fn checked_fps(path: &Path, fps: f32) -> Result<f32, ExchangeError> {
    if (0.1..=1000.0).contains(&fps) {
        return Ok(fps);
    }
    let expected = "0.1 to 1000 frames per second";
    let found = fps.to_string();
    Err(ExchangeError::at(
        path,
        "its times".to_owned(),
        expected,
        found,
    ))
}

/// Refuses a body of which a part is in no frame, and names the part.
fn check_whole(
    path: &Path,
    take: &str,
    id: u64,
    points: &[Option<Point>; SLOTS],
) -> Result<(), ExchangeError> {
    let needed = [
        Joint::Head,
        Joint::SpineBase,
        Joint::ShoulderLeft,
        Joint::ShoulderRight,
        Joint::ElbowLeft,
        Joint::ElbowRight,
        Joint::WristLeft,
        Joint::WristRight,
        Joint::KneeLeft,
        Joint::KneeRight,
        Joint::AnkleLeft,
        Joint::AnkleRight,
    ];
    let missing: Vec<String> = needed
        .into_iter()
        .filter(|joint| place(points, *joint).is_none())
        .map(|joint| format!("{joint:?}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ExchangeError::at(
        path,
        format!("take {take}, body {id}"),
        "head, hips, shoulders, elbows, wrists or hands, knees, ankles or feet",
        format!("no {}", missing.join(", ")),
    ))
}

/// A body of all joints: what the frame has, what follows from it, what the last frame had, in metres.
fn whole(
    raw: &RawBody,
    last: Option<&Body>,
    first: Option<&[Option<Point>; SLOTS]>,
    metres: f32,
) -> Body {
    let mut body = Body::tracked(raw.id, [[0.0; 3]; JOINT_COUNT]);
    let mut known = [false; JOINT_COUNT];
    for joint in Joint::ALL {
        let index = joint as usize;
        let (at, tracking) = match (raw.points[index], place(&raw.points, joint)) {
            (Some(point), _) => (point.at, point.tracking),
            (None, Some(at)) => (at, Tracking::Inferred),
            (None, None) => continue,
        };
        body.joints[index] = at.map(|value| value * metres);
        body.tracking[index] = tracking;
        known[index] = true;
    }
    for joint in Joint::ALL {
        let index = joint as usize;
        if known[index] {
            continue;
        }
        body.tracking[index] = Tracking::NotTracked;
        let before = last.map(|body| body.joints[index]);
        let after = || first.and_then(|points| place(points, joint));
        if let Some(at) = before.or_else(|| after().map(|at| at.map(|value| value * metres))) {
            body.joints[index] = at;
            known[index] = true;
        }
    }
    // What is in no frame at all hangs on what it grows from; BONES leads every joint to the trunk.
    for _ in 0..JOINT_COUNT {
        for (child, parent) in BONES {
            if !known[child as usize] && known[parent as usize] {
                body.joints[child as usize] = body.joints[parent as usize];
                body.tracking[child as usize] = Tracking::Inferred;
                known[child as usize] = true;
            }
        }
    }
    body
}

/// Where a joint is, or where it must be by the points around it; `None` where they are missing too.
fn place(points: &[Option<Point>; SLOTS], joint: Joint) -> Option<[f32; 3]> {
    let at = |slot: Slot| points[slot].map(|point| point.at);
    let own = |joint: Joint| at(joint as Slot);
    let mean = |a: Option<[f32; 3]>, b: Option<[f32; 3]>| Some(between(a?, b?, 0.5));
    let shoulders = || {
        own(Joint::SpineShoulder)
            .or_else(|| mean(at(CLAVICLE_LEFT), at(CLAVICLE_RIGHT)))
            .or_else(|| mean(own(Joint::ShoulderLeft), own(Joint::ShoulderRight)))
            .or_else(|| at(CHEST))
    };
    let hips = || own(Joint::SpineBase).or_else(|| mean(own(Joint::HipLeft), own(Joint::HipRight)));
    let wrist_of = |wrist, hand| own(wrist).or_else(|| own(hand));
    let hand_of = |hand, wrist| own(hand).or_else(|| own(wrist));
    own(joint).or_else(|| match joint {
        Joint::SpineBase => hips(),
        Joint::SpineMid => mean(hips(), shoulders()),
        Joint::SpineShoulder => shoulders(),
        Joint::Neck => Some(between(shoulders()?, own(Joint::Head)?, NECK_SHARE)),
        Joint::HipLeft | Joint::HipRight => own(Joint::SpineBase),
        Joint::WristLeft => wrist_of(Joint::WristLeft, Joint::HandLeft),
        Joint::WristRight => wrist_of(Joint::WristRight, Joint::HandRight),
        Joint::HandLeft | Joint::HandTipLeft | Joint::ThumbLeft => {
            hand_of(Joint::HandLeft, Joint::WristLeft)
        }
        Joint::HandRight | Joint::HandTipRight | Joint::ThumbRight => {
            hand_of(Joint::HandRight, Joint::WristRight)
        }
        Joint::AnkleLeft => own(Joint::FootLeft),
        Joint::AnkleRight => own(Joint::FootRight),
        Joint::FootLeft => own(Joint::AnkleLeft),
        Joint::FootRight => own(Joint::AnkleRight),
        _ => None,
    })
}

/// A place between two, `share` of the way.
pub(super) fn between(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|axis| a[axis] + (b[axis] - a[axis]) * share)
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let square = |axis: usize| (a[axis] - b[axis]).powi(2);
    (square(0) + square(1) + square(2)).sqrt()
}
