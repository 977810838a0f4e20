//! Imported takes as a camera: one after the other, nobody in view between two of them.

use super::{ImportOptions, read_guessing};
use crate::capture::{CaptureError, Notice, NoticeKind, Source, Step};
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use crate::skeleton::Frame;
use std::path::Path;
use std::time::Duration;
use std::vec::IntoIter;

/// Nobody is in view for this long between two takes, microseconds.
const PAUSE_MICROS: u64 = 1_000_000;

/// Takes that play once, from the first frame of the first to the last of the last.
#[derive(Debug)]
pub struct TakeSource {
    name: String,
    fps: f32,
    frames: IntoIter<Frame>,
    /// What is to be told of the file before its first frame.
    notes: IntoIter<String>,
}

impl TakeSource {
    /// All takes of a file, or the one of a name.
    pub fn open(path: &Path, take: Option<&str>) -> Result<Self, ExchangeError> {
        let mut notes = Vec::new();
        let options = ImportOptions::default();
        let mut takes = read_guessing(path, &options, &mut Vec::new(), &mut notes)?;
        if let Some(name) = take {
            let count = takes.len();
            takes.retain(|take| take.facts.name == name);
            if takes.is_empty() {
                return Err(ExchangeError::at(
                    path,
                    "its takes".to_owned(),
                    &format!("one that is called \"{name}\""),
                    format!("{count} of other names"),
                ));
            }
        }
        Ok(Self {
            notes: notes.into_iter(),
            ..Self::from_takes(takes)
        })
    }

    /// These takes; nothing plays where there are none.
    pub fn from_takes(takes: Vec<Take>) -> Self {
        let name = match takes.as_slice() {
            [] => String::new(),
            [one] if one.facts.phrase.is_empty() => one.facts.name.clone(),
            [one] => format!("{} ({})", one.facts.name, one.facts.phrase),
            [first, rest @ ..] => format!("{} and {} more", first.facts.name, rest.len()),
        };
        let fps = takes.first().map_or(30.0, |take| take.fps);
        let (mut frames, mut bodies, mut end) = (Vec::new(), 0_u64, 0_u64);
        for (index, take) in takes.into_iter().enumerate() {
            if index > 0 {
                frames.push(Frame {
                    timestamp_micros: end + PAUSE_MICROS / 2,
                    bodies: Vec::new(),
                });
                end += PAUSE_MICROS;
            }
            // Ids of one take mean nothing in another: each body gets the next number.
            let ids = take.bodies();
            let start = take
                .frames
                .first()
                .map_or(0, |frame| frame.timestamp_micros);
            let begin = end;
            for mut frame in take.frames {
                let since = frame.timestamp_micros.saturating_sub(start);
                frame.timestamp_micros = begin.saturating_add(since);
                end = end.max(frame.timestamp_micros);
                for body in &mut frame.bodies {
                    let place = ids.iter().position(|id| *id == body.id).unwrap_or(0);
                    body.id = bodies + place as u64 + 1;
                }
                frames.push(frame);
            }
            bodies += ids.len() as u64;
        }
        Self {
            name,
            fps,
            frames: frames.into_iter(),
            notes: Vec::new().into_iter(),
        }
    }
}

impl Source for TakeSource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        self.fps
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        Ok(self.frames.next())
    }

    fn step(&mut self, _patience: Duration) -> Result<Step, CaptureError> {
        Ok(if let Some(text) = self.notes.next() {
            let kind = NoticeKind::Said;
            Step::Notice(Notice { kind, text })
        } else {
            self.next_frame()?.map_or(Step::End, Step::Frame)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::{Body, JOINT_COUNT};

    #[test]
    fn takes_follow_each_other_in_one_time_with_ids_of_their_own() {
        let frame = |timestamp_micros, id| Frame {
            timestamp_micros,
            bodies: vec![Body::tracked(id, [[1.0; 3]; JOINT_COUNT])],
        };
        let take = |start| Take {
            fps: 30.0,
            frames: vec![frame(start, 9), frame(start + 33_000, 9)],
            ..Take::default()
        };
        let mut source = TakeSource::from_takes(vec![take(7_000_000), take(100)]);
        let mut seen = Vec::new();
        while let Some(frame) = source.next_frame().unwrap() {
            seen.push((
                frame.timestamp_micros,
                frame.bodies.first().map(|body| body.id),
            ));
        }
        let expected = [
            (0, Some(1)),
            (33_000, Some(1)),
            (533_000, None),
            (1_033_000, Some(2)),
            (1_066_000, Some(2)),
        ];
        assert_eq!(seen, expected);
    }
}
