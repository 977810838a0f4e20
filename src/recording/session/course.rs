//! The course of a session: by what its frames were answered, frame by frame, so that they can be answered the same again.

use super::format::PhraseRecord;
use crate::capture::clip_store::METRES_PER_STEP;
use crate::phrases::Example;
use crate::skeleton::{JOINT_COUNT, Joints};
use serde::{Deserialize, Serialize};

/// Values of examples that one session keeps at most: some ten minutes of one body at 30 frames a second.
pub const MOST_EXAMPLE_VALUES: usize = 10 * 60 * 30 * 3 * JOINT_COUNT;

/// Something that holds for the frames after a moment. It is noted when it is known, which may be later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The log time of the last frame for which it did not hold yet, nanoseconds since 1970; 0 where it holds from the begin.
    pub after_nanos: u64,
    /// What holds.
    #[serde(flatten)]
    pub change: Change,
}

/// What holds from some frame on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Another model answers: it has seen nobody, and knows no phrases yet.
    Model {
        /// The bundle's name.
        bundle: String,
        /// What tells it from another one of that name; empty where that was not noted.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        fingerprint: String,
    },
    /// These phrases take part.
    Decision {
        /// The decision head.
        head: String,
        /// Whether the phrases' examples take part.
        by_examples: bool,
        /// The whole list.
        phrases: Vec<PhraseRecord>,
    },
    /// How the gate is used, and how sure an answer must be.
    Answering {
        /// The gate.
        gate: String,
        /// Below this smoothed probability there is no answer.
        threshold: f32,
    },
    /// Whether bodies are turned upright, and from which way up.
    Upright {
        /// Whether they are turned.
        levelled: bool,
        /// Which way is up in the frames' axes, where the camera could tell.
        up: Option<[f32; 3]>,
    },
    /// Another source plays, or another part of it: nobody is known from before.
    Stretch,
    /// These answers were given and are not among the predictions: the session had not begun, or there was no room for them.
    Unwritten {
        /// The log time of its frame, nanoseconds since 1970, and the body's id, of each.
        answers: Vec<(u64, u64)>,
    },
    /// The frames until then came while there was no model, or too fast for it: they are here, and nobody answered for them.
    Unseen {
        /// The log time of the first frame that was answered for again, nanoseconds since 1970.
        until_nanos: u64,
    },
}

/// An example of a phrase, whole: whatever its fingerprint names in the lists of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExampleRecord {
    /// Sixteen hexadecimal digits of what it shows.
    pub fingerprint: String,
    /// Where it came from.
    pub name: String,
    /// Frames per second.
    pub fps: f32,
    /// `[body][frame][joint * 3 + axis]` in steps of 0.2 mm; all zeros where a body is out of view.
    pub steps: Vec<Vec<Vec<i16>>>,
}

impl From<&Example> for ExampleRecord {
    fn from(example: &Example) -> Self {
        let frame = |joints: &Joints| -> Vec<i16> {
            let values = joints.as_flattened().iter();
            values
                .map(|value| (value / METRES_PER_STEP).round() as i16)
                .collect()
        };
        let track = |track: &Vec<Joints>| track.iter().map(frame).collect();
        Self {
            fingerprint: example.fingerprint().to_owned(),
            name: example.name().to_owned(),
            fps: example.fps(),
            steps: example.tracks().iter().map(track).collect(),
        }
    }
}

impl ExampleRecord {
    /// The example; or in plain words why it is none, or another one than it says.
    pub fn example(&self) -> Result<Example, String> {
        let frame = |steps: &Vec<i16>| -> Option<Joints> {
            let mut joints: Joints = [[0.0; 3]; JOINT_COUNT];
            let values = joints.as_flattened_mut();
            if steps.len() != values.len() {
                return None;
            }
            for (value, step) in values.iter_mut().zip(steps) {
                *value = f32::from(*step) * METRES_PER_STEP;
            }
            Some(joints)
        };
        let track = |frames: &Vec<Vec<i16>>| frames.iter().map(frame).collect();
        let tracks: Option<Vec<Vec<Joints>>> = self.steps.iter().map(track).collect();
        let tracks = tracks.ok_or_else(|| {
            let values = 3 * JOINT_COUNT;
            format!(
                "the example \"{}\" has a frame that is not of {values} values",
                self.name
            )
        })?;
        let example =
            Example::new(&self.name, self.fps, tracks).map_err(|error| error.to_string())?;
        if example.fingerprint() == self.fingerprint {
            Ok(example)
        } else {
            Err(format!(
                "the example \"{}\" should be {}, and is {}",
                self.name,
                self.fingerprint,
                example.fingerprint()
            ))
        }
    }
}

/// How many values an example has.
pub fn values_of(example: &Example) -> usize {
    let frames: usize = example.tracks().iter().map(Vec::len).sum();
    frames * 3 * JOINT_COUNT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_comes_back_the_same_and_a_changed_one_is_told_of() {
        let joints = |frame: usize| [[0.1 + frame as f32 * 0.013, -1.000_07, 2.5]; JOINT_COUNT];
        let track: Vec<Joints> = (0..5).map(joints).collect();
        let example = Example::new("a", 29.97, vec![track.clone(), track]).unwrap();
        let text = serde_json::to_string(&ExampleRecord::from(&example)).unwrap();
        let mut record: ExampleRecord = serde_json::from_str(&text).unwrap();
        let again = record.example().unwrap();
        assert_eq!((again.name(), again.fps()), ("a", 29.97));
        assert_eq!(again, example);
        assert_eq!(values_of(&again), 2 * 5 * 75);
        record.steps[1][2][7] += 1;
        let error = record.example().unwrap_err();
        assert!(error.contains(example.fingerprint()), "{error}");
        record.steps[1][2].pop();
        assert!(record.example().unwrap_err().contains("75 values"));
    }

    #[test]
    fn a_change_is_one_flat_object() {
        let record = ChangeRecord {
            after_nanos: 1_700_000_000_123_456_789,
            change: Change::Answering {
                gate: "hard".to_owned(),
                threshold: 0.1,
            },
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"after_nanos":1700000000123456789,"change":"answering","gate":"hard","threshold":0.1}"#
        );
        assert_eq!(serde_json::from_str::<ChangeRecord>(&text).unwrap(), record);
    }
}
