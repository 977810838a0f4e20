//! Takes as JSON: an object of facts, joint names and frames.

use super::table::check_finite;
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use crate::recording::take_json::{BodyJson, FORMAT, FrameJson, TakeJson, VERSION};
use crate::skeleton::{Body, Joint, Tracking};
use std::io;
use std::path::Path;

/// The whole file.
pub(super) fn bytes(take: &Take, path: &Path) -> Result<Vec<u8>, ExchangeError> {
    check_finite(take, path)?;
    let facts = take.facts.clone();
    let frames = take.frames.iter().map(|frame| FrameJson {
        timestamp_micros: frame.timestamp_micros,
        bodies: frame.bodies.iter().map(body_json).collect(),
    });
    let json = TakeJson {
        format: FORMAT.to_owned(),
        version: VERSION,
        name: facts.name,
        dataset: facts.dataset,
        subject: facts.subject,
        label: facts.label,
        phrase: facts.phrase,
        verb: facts.verb,
        noun: facts.noun,
        fps: take.fps,
        joints: Joint::ALL
            .iter()
            .map(|joint| format!("{joint:?}"))
            .collect(),
        frames: frames.collect(),
    };
    let mut bytes = serde_json::to_vec(&json)
        .map_err(|error| ExchangeError::file("write", path)(io::Error::other(error)))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn body_json(body: &Body) -> BodyJson {
    let all_tracked = body
        .tracking
        .iter()
        .all(|state| *state == Tracking::Tracked);
    BodyJson {
        id: body.id,
        positions: body.joints.to_vec(),
        tracking: if all_tracked {
            Vec::new()
        } else {
            body.tracking.iter().map(|state| *state as u8).collect()
        },
    }
}
