//! Takes from JSON: this program's own, and what the Azure Kinect body tracker's `offline_processor` writes.

use super::bodies::{Point, RawBody, RawFrame, RawTake};
use super::joint_names::{Named, Naming, named};
use super::scale::Unit;
use super::{ImportOptions, decoded, stem};
use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::take::{Take, TakeFacts};
use crate::recording::take_json::{BodyJson, FORMAT, TakeJson, VERSION};
use crate::skeleton::{Body, Frame, JOINT_COUNT, Joint, Tracking};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What tells one kind of file from the other.
#[derive(Deserialize)]
struct Signs {
    format: Option<String>,
    version: Option<u32>,
    joint_names: Option<Vec<String>>,
}

/// The file of `offline_processor` (Azure-Kinect-Samples): millimetres, x to the right, y down.
#[derive(Deserialize)]
struct AzureJson {
    joint_names: Vec<String>,
    frames: Vec<AzureFrame>,
}

#[derive(Deserialize)]
struct AzureFrame {
    timestamp_usec: u64,
    #[serde(default)]
    bodies: Vec<AzureBody>,
}

#[derive(Deserialize)]
struct AzureBody {
    body_id: u64,
    joint_positions: Vec<[f32; 3]>,
}

/// Reads the take of a file.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    options: &ImportOptions,
) -> Result<Vec<Take>, ExchangeError> {
    let text = decoded(bytes);
    let signs: Signs = parsed(path, &text)?;
    match (signs.format.as_deref(), signs.joint_names) {
        (Some(FORMAT), _) => {
            if let Some(version) = signs.version.filter(|version| *version > VERSION) {
                let expected = format!("version {VERSION} of {FORMAT}");
                return Err(ExchangeError::at(
                    path,
                    "version".to_owned(),
                    &expected,
                    version.to_string(),
                ));
            }
            Ok(vec![own(path, parsed(path, &text)?)?])
        }
        (_, Some(_)) => Ok(vec![azure(path, parsed(path, &text)?, options)?]),
        (format, None) => Err(ExchangeError::at(
            path,
            "format".to_owned(),
            "\"synse-take\", or joint_names and frames of the Azure Kinect body tracker",
            format.map_or_else(|| "neither".to_owned(), quoted),
        )),
    }
}

fn parsed<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ExchangeError> {
    serde_json::from_str(text).map_err(|error| {
        ExchangeError::at_line(
            path,
            error.line() as u64,
            "a take as JSON",
            error.to_string(),
        )
    })
}

fn own(path: &Path, json: TakeJson) -> Result<Take, ExchangeError> {
    let wrong = |place: String, expected: &str, found: String| {
        ExchangeError::at(path, place, expected, found)
    };
    if !(0.1..=1000.0).contains(&json.fps) {
        let found = json.fps.to_string();
        return Err(wrong("fps".to_owned(), "0.1 to 1000", found));
    }
    // Another order of the joints is no fault, as long as all are there.
    let order: Option<Vec<usize>> = Joint::ALL
        .iter()
        .map(|joint| {
            let name = format!("{joint:?}");
            json.joints.iter().position(|other| *other == name)
        })
        .collect();
    let Some(order) = order.filter(|_| json.joints.len() == JOINT_COUNT) else {
        let found = quoted(&json.joints.join(" "));
        return Err(wrong(
            "joints".to_owned(),
            "the 25 joints of Kinect v2 by name",
            found,
        ));
    };
    let mut frames = Vec::with_capacity(json.frames.len());
    for (index, frame) in json.frames.into_iter().enumerate() {
        let bodies = frame.bodies.into_iter().map(|body| {
            let id = body.id;
            body_of(&body, &order).map_err(|(expected, found)| {
                wrong(format!("frame {index}, body {id}"), expected, found)
            })
        });
        frames.push(Frame {
            timestamp_micros: frame.timestamp_micros,
            bodies: bodies.collect::<Result<_, _>>()?,
        });
    }
    Ok(Take {
        facts: TakeFacts {
            name: if json.name.is_empty() {
                stem(path)
            } else {
                json.name
            },
            dataset: json.dataset,
            subject: json.subject,
            label: json.label,
            phrase: json.phrase,
            verb: json.verb,
            noun: json.noun,
        },
        fps: json.fps,
        frames,
    })
}

fn body_of(json: &BodyJson, order: &[usize]) -> Result<Body, (&'static str, String)> {
    if json.positions.len() != JOINT_COUNT {
        return Err(("25 positions", json.positions.len().to_string()));
    }
    if !json.tracking.is_empty() && json.tracking.len() != JOINT_COUNT {
        return Err((
            "25 tracking states or none",
            json.tracking.len().to_string(),
        ));
    }
    let mut body = Body::tracked(json.id, [[0.0; 3]; JOINT_COUNT]);
    for (joint, place) in order.iter().enumerate() {
        body.joints[joint] = json.positions[*place];
        body.tracking[joint] = match json.tracking.get(*place) {
            None | Some(2) => Tracking::Tracked,
            Some(1) => Tracking::Inferred,
            Some(0) => Tracking::NotTracked,
            Some(other) => return Err(("a tracking state 0, 1 or 2", other.to_string())),
        };
    }
    // JSON has no word for it, but a number too great for a float becomes infinite.
    if body.is_finite() {
        Ok(body)
    } else {
        Err(("positions in metres", "one that is too great".to_owned()))
    }
}

fn azure(path: &Path, json: AzureJson, options: &ImportOptions) -> Result<Take, ExchangeError> {
    let slots: Vec<Named> = json
        .joint_names
        .iter()
        .map(|name| named(name, Naming::Points))
        .collect();
    let mut take = RawTake {
        facts: TakeFacts {
            name: stem(path),
            ..TakeFacts::default()
        },
        seconds: Some(1e-6),
        ..RawTake::default()
    };
    for (index, frame) in json.frames.into_iter().enumerate() {
        let mut bodies = Vec::with_capacity(frame.bodies.len());
        for body in frame.bodies {
            if body.joint_positions.len() != slots.len() {
                return Err(ExchangeError::at(
                    path,
                    format!("frame {index}, body {}", body.body_id),
                    &format!("{} joint positions, as there are names", slots.len()),
                    body.joint_positions.len().to_string(),
                ));
            }
            let mut raw = RawBody::new(body.body_id);
            for (slot, [x, y, z]) in slots.iter().zip(body.joint_positions) {
                if let (Named::Point(slot), true) = (slot, [x, y, z].iter().all(|v| v.abs() < 1e6))
                {
                    // Half a turn about z takes the depth camera's axes to those of Kinect v2.
                    raw.points[*slot] = Some(Point {
                        at: [-x, -y, z],
                        tracking: Tracking::Tracked,
                    });
                }
            }
            bodies.push(raw);
        }
        take.frames.push(RawFrame {
            time: Some(frame.timestamp_usec as f64),
            bodies,
        });
    }
    // The format names its unit: nothing is guessed.
    take.finish(path, Some(Unit::Millimetres), options, &mut Vec::new())
}
