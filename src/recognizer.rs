//! The whole core as a value: frames in, predictions out; it knows no thread, clock, file or window.

use std::sync::Arc;

/// One line of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// The phrase's text.
    pub phrase: Arc<str>,
    /// Its probability; a ranking's sum is 1.
    pub probability: f32,
    /// Whether the encoder was trained on it.
    pub seen: bool,
}

/// Whether a body does anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// Standing still.
    #[default]
    Idle,
    /// In the middle of an action.
    Acting,
}

/// What the recognizer says of one body at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The newest frame's device clock, microseconds.
    pub timestamp_micros: u64,
    /// The body's tracker id.
    pub body: u64,
    /// Idle or acting.
    pub activity: Activity,
    /// This clip's ranking, best first.
    pub ranking: Vec<Ranked>,
    /// The ranking smoothed over the action so far, best first.
    pub smoothed: Vec<Ranked>,
    /// The gate's probability that the action is a seen class.
    pub p_seen: f32,
    /// The answer, `None` when the best smoothed probability is below the threshold or nothing is happening.
    pub answer: Option<Ranked>,
}
