//! The whole core as a value: frames in, predictions out; it knows no thread, clock, file or window.

pub mod decisions;
mod examples;
mod ranking;
mod smoothing;
mod track;

pub use self::examples::{ExampleEncoder, ExampleFeatures};
pub use self::ranking::Verdict;
pub use crate::window::activity::Activity;
pub use crate::window::sliding::Identities;

use self::decisions::{PhraseDecision, SharedAligner};
use self::ranking::Judge;
use self::track::Track;
use crate::bundle::Bundle;
use crate::encoder::{Encoder, EncoderError, Encoding};
use crate::gate::{Gate, GateMode};
use crate::skeleton::{Body, Frame};
use crate::window::WindowError;
use crate::window::clip::{Clip, ClipConfig};
use std::fmt;
use std::sync::Arc;

/// Below this smoothed probability there is no answer, until the operator says otherwise.
pub const DEFAULT_THRESHOLD: f32 = 0.25;

/// A prediction is due every four frames of a Kinect's 30 per second. A little less, since frames come unevenly.
const HOP_MICROS: u64 = 4 * 33_333 - 12_000;

/// Bodies that a camera can tell apart; what exceeds that is a tracker gone wild.
const MOST_BODIES: usize = 8;

/// One line of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// What it is called: the phrase as it was typed, with its description; where that does not tell it from another one,
    /// with the user's own verb, noun and motion behind it.
    pub phrase: Arc<str>,
    /// Its probability; a ranking's sum is 1.
    pub probability: f32,
    /// Whether the encoder was trained on it.
    pub seen: bool,
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
    /// The motion attributes that the model sees in the performer, 0 to 1, in the order of
    /// `phrases::motion::ATTRIBUTES`; empty where it cannot tell.
    pub motion: Vec<f32>,
    /// The performer's latent means, for [`LatentMap`](crate::align::latent_map::LatentMap); empty where no phrase is in
    /// play.
    pub latent: Vec<f32>,
    /// The answer, `None` when the best smoothed probability is below the threshold or nothing is happening.
    pub answer: Option<Ranked>,
}

/// What is to be named: the bodies' clips as they are at one moment. Good until the next frame is pushed.
#[derive(Debug, Default)]
pub struct Looked {
    now_micros: u64,
    /// Whose clips they are.
    tracks: Vec<usize>,
    clips: Vec<Clip>,
}

/// Turns clips into features and seen logits: the encoder, or a stand-in for it.
pub trait ClipEncoder: Send {
    /// Encodes a batch, one encoding per clip.
    fn encode(&mut self, clips: &[Clip]) -> Result<Vec<Encoding>, EncoderError>;

    /// Another one that says the same, for work beside inference; `None` where there can be none.
    fn another(&self) -> Option<Box<dyn ClipEncoder>> {
        None
    }
}

impl ClipEncoder for Encoder {
    fn encode(&mut self, clips: &[Clip]) -> Result<Vec<Encoding>, EncoderError> {
        Self::encode(self, clips)
    }

    fn another(&self) -> Option<Box<dyn ClipEncoder>> {
        Some(Box::new(self.clone()))
    }
}

/// Why there is no prediction.
#[derive(Debug, thiserror::Error)]
pub enum RecognizerError {
    /// No clip can be made of the frames.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The encoder cannot work with the clip.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// Frames in, predictions out.
pub struct Recognizer {
    encoder: Box<dyn ClipEncoder>,
    clip: ClipConfig,
    judge: Judge,
    threshold: f32,
    tracks: Vec<Track>,
    identities: Identities,
    /// The newest frame's clock, once there is one.
    now_micros: Option<u64>,
    /// The clock at the last prediction.
    predicted_micros: Option<u64>,
}

impl fmt::Debug for Recognizer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Recognizer")
            .field("clip", &self.clip)
            .field("judge", &self.judge)
            .field("threshold", &self.threshold)
            .field("tracks", &self.tracks.len())
            .finish_non_exhaustive()
    }
}

impl Recognizer {
    /// A recognizer of these stages; `seen` names the encoder's classes in the order of its logits.
    pub fn new(
        encoder: Box<dyn ClipEncoder>,
        clip: ClipConfig,
        seen: Vec<String>,
        gate: Gate,
    ) -> Self {
        Self {
            encoder,
            clip,
            judge: Judge {
                seen: seen.into_iter().map(Arc::from).collect(),
                gate,
                mode: GateMode::default(),
                known: None,
            },
            threshold: DEFAULT_THRESHOLD,
            tracks: Vec::new(),
            identities: Identities::default(),
            now_micros: None,
            predicted_micros: None,
        }
    }

    /// A recognizer of a bundle, and what makes decisions for it.
    pub fn from_bundle(bundle: Bundle) -> (Self, SharedAligner) {
        let clip = bundle.manifest.clip_config();
        let encoder = Box::new(bundle.encoder);
        (
            Self::new(encoder, clip, bundle.manifest.seen, bundle.gate),
            Arc::new(bundle.synse),
        )
    }

    /// Another recognizer of the same model, phrases and settings that has seen nobody yet, to work beside this one;
    /// `None` where its encoder is the only one of its kind.
    pub fn twin(&self) -> Option<Self> {
        Some(Self {
            encoder: self.encoder.another()?,
            clip: self.clip,
            judge: self.judge.clone(),
            threshold: self.threshold,
            tracks: Vec::new(),
            identities: Identities::default(),
            now_micros: None,
            predicted_micros: None,
        })
    }

    /// The clips that the encoder wants.
    pub fn clip_config(&self) -> &ClipConfig {
        &self.clip
    }

    /// The seen classes, in the order of the encoder's logits.
    pub fn seen(&self) -> &[Arc<str>] {
        &self.judge.seen
    }

    /// What makes features of examples beside this recognizer; `None` where its encoder is the only one of its kind.
    pub fn example_encoder(&self) -> Option<ExampleEncoder> {
        let encoder = self.encoder.another()?;
        Some(ExampleEncoder::new(encoder, self.clip))
    }

    /// Uses another decision from now on.
    pub fn set_decision(&mut self, decision: PhraseDecision) {
        self.judge.set_decision(decision);
    }

    /// Uses the gate otherwise from now on.
    pub fn set_gate(&mut self, mode: GateMode) {
        self.judge.mode = mode;
    }

    /// Abstains below this smoothed probability from now on.
    pub fn set_threshold(&mut self, threshold: f32) {
        self.threshold = threshold;
    }

    /// Forgets all bodies: another source begins.
    pub fn reset(&mut self) {
        self.tracks.clear();
        self.identities = Identities::default();
        self.now_micros = None;
        self.predicted_micros = None;
    }

    /// Takes one frame in, cheaply. `true` when a prediction is due.
    ///
    /// A caller that falls behind may push several frames and predict once. Bodies with coordinates that are not
    /// finite are passed over.
    pub fn push(&mut self, mut frame: Frame) -> bool {
        let now = frame.timestamp_micros;
        if self.now_micros.is_some_and(|before| now < before) {
            // The device's clock started again, and with it the ids.
            self.reset();
        }
        self.now_micros = Some(now);
        frame.bodies.retain(Body::is_finite);
        self.identities.rename(&mut frame);
        self.tracks.retain(|track| !track.is_lost(now));
        for body in &frame.bodies {
            self.push_body(body, now);
        }
        let due = self
            .predicted_micros
            .is_none_or(|before| now.saturating_sub(before) >= HOP_MICROS);
        due && self.tracks.iter().any(|track| track.is_ready(now))
    }

    fn push_body(&mut self, body: &Body, now: u64) {
        let index = self.tracks.iter().position(|track| track.body == body.id);
        let index = index.or_else(|| {
            (self.tracks.len() < MOST_BODIES).then(|| {
                self.tracks.push(Track::new(body.id));
                self.tracks.len() - 1
            })
        });
        if let Some(index) = index {
            self.tracks[index].push(body, now);
        }
    }

    /// Names what each body in view does; all are encoded in one batch. Empty when there is nobody to speak of.
    pub fn predict(&mut self) -> Result<Vec<Prediction>, RecognizerError> {
        let looked = self.look()?;
        self.name(looked)
    }

    /// The first half of [`Self::predict`]: the clip of each body in view.
    pub fn look(&mut self) -> Result<Looked, RecognizerError> {
        let mut looked = Looked::default();
        let Some(now) = self.now_micros else {
            return Ok(looked);
        };
        looked.now_micros = now;
        self.predicted_micros = Some(now);
        for (index, track) in self.tracks.iter().enumerate() {
            if !track.is_ready(now) {
                continue;
            }
            match Clip::from_frames(&track.clip_frames(), &self.clip) {
                Ok(clip) => {
                    looked.tracks.push(index);
                    looked.clips.push(clip);
                }
                Err(error @ WindowError::BadConfig { .. }) => return Err(error.into()),
                // A tracker's ghost must not silence those who are really there.
                Err(error) => tracing::debug!("body {} is passed over: {error}", track.body),
            }
        }
        Ok(looked)
    }

    /// The second half of [`Self::predict`]: what each of those clips shows.
    pub fn name(&mut self, looked: Looked) -> Result<Vec<Prediction>, RecognizerError> {
        if looked.clips.is_empty() {
            return Ok(Vec::new());
        }
        let verdicts = self.verdicts(&looked.clips)?;
        let threshold = self.threshold;
        let named = looked.tracks.into_iter().zip(verdicts);
        Ok(named
            .filter_map(|(index, verdict)| {
                let track = self.tracks.get_mut(index)?;
                Some(track.predict(looked.now_micros, verdict, threshold))
            })
            .collect())
    }

    /// Ranks whole clips, each with its encoding: for recordings, where the clips are known.
    pub fn classify(
        &mut self,
        clips: &[Clip],
    ) -> Result<Vec<(Encoding, Verdict)>, RecognizerError> {
        let encodings = self.encoder.encode(clips)?;
        Ok(encodings
            .into_iter()
            .map(|encoding| {
                let verdict = self.judge.judge(&encoding);
                (encoding, verdict)
            })
            .collect())
    }

    /// Ranks what a whole segment of a recording shows.
    pub fn classify_frames(&mut self, frames: &[Frame]) -> Result<Verdict, RecognizerError> {
        let clip = Clip::from_frames(frames, &self.clip)?;
        let encoding = self.encoder.encode(&[clip])?;
        let first = encoding.first().ok_or(WindowError::NoFrames)?;
        Ok(self.judge.judge(first))
    }

    fn verdicts(&mut self, clips: &[Clip]) -> Result<Vec<Verdict>, RecognizerError> {
        let encodings = self.encoder.encode(clips)?;
        Ok(encodings
            .iter()
            .map(|encoding| self.judge.judge(encoding))
            .collect())
    }
}

/// Best first; equals keep their order.
fn sort(ranking: &mut [Ranked]) {
    ranking.sort_by(|a, b| b.probability.total_cmp(&a.probability));
}
