//! The tidy table of CSV and Parquet: a row per joint, body and frame.
//!
//! | column | holds |
//! |---|---|
//! | `take`, `dataset`, `subject`, `label`, `phrase`, `verb`, `noun` | [`TakeFacts`](crate::recording::take::TakeFacts) |
//! | `fps` | nominal frames per second |
//! | `frame` | the frame's number in the take, from 0 |
//! | `time` | the device's clock, seconds |
//! | `body` | the tracker's id |
//! | `joint` | the joint's name in the Kinect v2 skeleton |
//! | `x`, `y`, `z` | its position in metres: to the sensor's left, up, away from the sensor |
//! | `tracking` | `tracked`, `inferred` or `not tracked` |
//!
//! A frame in which nobody is in view is one row without `body` and all after it.

use crate::recording::ExchangeError;
use crate::recording::take::Take;
use crate::skeleton::{Joint, Tracking};
use std::path::Path;

/// The columns, in their order.
pub(in crate::recording) const COLUMNS: [&str; 16] = [
    "take", "dataset", "subject", "label", "phrase", "verb", "noun", "fps", "frame", "time",
    "body", "joint", "x", "y", "z", "tracking",
];

/// A joint of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct JointRow {
    pub(super) body: u64,
    pub(super) joint: Joint,
    /// Metres.
    pub(super) at: [f32; 3],
    pub(super) tracking: Tracking,
}

/// A row: when, and where which joint was; no joint where nobody is in view.
#[derive(Clone, Copy, Debug)]
pub(super) struct TableRow {
    pub(super) frame: usize,
    /// The device's clock, microseconds.
    pub(super) micros: u64,
    pub(super) seen: Option<JointRow>,
}

/// All rows of a take.
pub(super) fn rows(take: &Take) -> impl Iterator<Item = TableRow> + '_ {
    take.frames.iter().enumerate().flat_map(|(index, frame)| {
        let row = move |seen| TableRow {
            frame: index,
            micros: frame.timestamp_micros,
            seen,
        };
        let empty = frame.bodies.is_empty().then(|| row(None));
        let joints = frame.bodies.iter().flat_map(move |body| {
            Joint::ALL.into_iter().map(move |joint| {
                row(Some(JointRow {
                    body: body.id,
                    joint,
                    at: body.joint(joint),
                    tracking: body.tracking[joint as usize],
                }))
            })
        });
        empty.into_iter().chain(joints)
    })
}

/// How a tracking state is written.
pub(super) fn tracking_name(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::NotTracked => "not tracked",
        Tracking::Inferred => "inferred",
        Tracking::Tracked => "tracked",
    }
}

/// Refuses positions that are no numbers: what reads them would stumble.
pub(super) fn check_finite(take: &Take, path: &Path) -> Result<(), ExchangeError> {
    for (index, frame) in take.frames.iter().enumerate() {
        if let Some(body) = frame.bodies.iter().find(|body| !body.is_finite()) {
            return Err(ExchangeError::Unwritable {
                path: path.to_path_buf(),
                place: format!("frame {index}, body {}", body.id),
                problem: "a joint's position is not a number".to_owned(),
            });
        }
    }
    Ok(())
}
