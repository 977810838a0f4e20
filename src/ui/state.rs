//! Everything that the window shows, and how events change it.

use crate::live::{BundleInfo, Event, Stats};
use crate::recognizer::Prediction;
use crate::recognizer::decisions::PhraseMap;
use crate::skeleton::Frame;
use crate::ui::camera::Camera;
use crate::ui::history::{HISTORY_SECONDS, History};
use crate::ui::insight::Insight;
use crate::ui::phrase_book::PhraseBook;
use crate::ui::presenting::Presenting;
use crate::ui::settings::{Following, Settings};
use crate::ui::trail::Trail;
use crate::ui::undo::Undo;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A body without a prediction for this long has left, seconds.
pub const BODY_GONE_SECONDS: f64 = 1.5;

/// How many problems are kept for reading.
const PROBLEMS_KEPT: usize = 4;

/// How long a notice stays, seconds.
const NOTICE_SECONDS: f64 = 4.0;

/// Whether a source runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Play {
    /// No source is open.
    #[default]
    Nothing,
    /// A source was asked for and has not answered.
    Opening,
    /// Frames come.
    Playing,
    /// The user holds it.
    Paused,
    /// It came to its end.
    Ended,
}

/// The source in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// As it was asked for: `demo`, `replay:FILE#CLIP`.
    pub spec: String,
    /// As the user would name it; the same as `spec` until it opened.
    pub name: String,
    /// Nominal frames per second; 0 until it opened.
    pub fps: f32,
    /// Whether it runs.
    pub play: Play,
}

/// The clips of a store that was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipList {
    /// The store's file.
    pub path: PathBuf,
    /// Its clips.
    pub clips: Vec<ClipLine>,
}

/// One clip of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipLine {
    /// Its name.
    pub clip: String,
    /// What is done in it.
    pub phrase: String,
    /// How long it is.
    pub seconds: f32,
}

/// What is known of one body.
#[derive(Clone, Debug)]
pub struct BodyTrack {
    /// Its newest prediction.
    pub prediction: Prediction,
    /// How long after its newest frame's capture the prediction came.
    pub latency: Duration,
    /// When it came, seconds of the window's clock.
    pub at: f64,
    /// The last half minute.
    pub history: History,
    /// Where it went in the latent space meanwhile, and what was seen of its movement.
    pub trail: Trail,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// In plain words.
    pub text: String,
    /// How often it was reported.
    pub times: u32,
}

/// Which window lies over the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// None.
    #[default]
    Nothing,
    /// Help: motion attributes and shortcuts.
    Help,
    /// The bundle's seen classes.
    SeenClasses,
    /// The latent map, what the model sees, and how alike the phrases are.
    Insight,
    /// From nothing to the first answer.
    Welcome,
    /// Every setting with its meaning.
    Settings,
}

/// Everything that the window shows.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The window's clock, seconds.
    pub now: f64,
    /// The source in use.
    pub source: SourceState,
    /// The newest frame.
    pub frame: Option<Frame>,
    /// When it came.
    pub frame_at: f64,
    /// The clips of the store that was opened last.
    pub clips: Option<ClipList>,
    /// The model in use.
    pub bundle: Option<BundleInfo>,
    /// A bundle that was asked for and has not answered.
    pub bundle_asked: Option<PathBuf>,
    /// The bodies, by tracker id.
    pub bodies: BTreeMap<u64, BodyTrack>,
    /// The body that the user chose to look at.
    pub chosen_body: Option<u64>,
    /// Rates and latencies.
    pub stats: Stats,
    /// Pictures per second, smoothed.
    pub render_hz: f32,
    /// What went wrong, newest last.
    pub problems: VecDeque<Problem>,
    /// A short word on what just happened, and until when it is shown.
    pub notice: Option<(String, f64)>,
    /// The phrase list.
    pub phrases: PhraseBook,
    /// The latent space with the phrases in effect in it.
    pub map: Option<Arc<PhraseMap>>,
    /// How long the last edit took to take effect; `None` where it has not.
    pub phrases_took: Option<Duration>,
    /// What the operator chose.
    pub settings: Settings,
    /// Where the 3D view is seen from.
    pub camera: Camera,
    /// What is known while presenting to an audience; `None` while not.
    pub presenting: Option<Presenting>,
    /// The order of all edits.
    pub undo: Undo,
    /// The window over the others.
    pub overlay: Overlay,
    /// What is looked at in the window that explains answers.
    pub insight: Insight,
}

impl State {
    /// What is shown at the start.
    pub fn new(settings: Settings, phrases: PhraseBook) -> Self {
        Self {
            phrases,
            settings,
            ..Self::default()
        }
    }

    /// Takes note of what the session reports.
    pub fn receive(&mut self, event: Event) {
        match event {
            Event::Prediction(prediction, latency) => self.predicted(prediction, latency),
            Event::Phrases { phrases, took } => {
                self.phrases.set_read(phrases);
                self.phrases_took = took;
            }
            Event::Map(map) => self.map = map,
            Event::SourceOpened { name, fps } => {
                self.source.name = name;
                self.source.fps = fps;
                self.source.play = Play::Playing;
                self.start_anew();
            }
            Event::SourceEnded => self.source.play = Play::Ended,
            Event::BundleLoaded(info) => {
                self.bundle = Some(info);
                self.bundle_asked = None;
            }
            Event::Stats(stats) => self.stats = stats,
            Event::Problem(text) => self.complain(text),
        }
    }

    /// Takes note of the newest frame.
    pub fn see(&mut self, frame: Frame) {
        let seconds = (self.now - self.frame_at) as f32;
        let follow = self.settings.following == Following::Bodies;
        self.camera
            .see(&frame, self.settings.sides, seconds, follow);
        self.frame = Some(frame);
        self.frame_at = self.now;
    }

    /// Moves the window's clock on and forgets what is over.
    pub fn tick(&mut self, now: f64) {
        self.now = now;
        self.bodies
            .retain(|_, track| (0.0..HISTORY_SECONDS).contains(&(now - track.at)));
        if self.notice.as_ref().is_some_and(|(_, until)| *until < now) {
            self.notice = None;
        }
    }

    /// Shows a problem until it is dismissed.
    pub fn complain(&mut self, text: String) {
        // A source that could not be opened is not going to play.
        if self.source.play == Play::Opening {
            self.source.play = Play::Nothing;
        }
        self.bundle_asked = None;
        if let Some(known) = self
            .problems
            .iter_mut()
            .find(|problem| problem.text == text)
        {
            known.times += 1;
            return;
        }
        self.problems.push_back(Problem { text, times: 1 });
        if self.problems.len() > PROBLEMS_KEPT {
            self.problems.pop_front();
        }
    }

    /// Says something for a few seconds.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some((text.into(), self.now + NOTICE_SECONDS));
    }

    /// The bodies with a fresh prediction.
    pub fn present(&self) -> impl Iterator<Item = (u64, &BodyTrack)> {
        let fresh = |track: &BodyTrack| {
            self.source.play != Play::Playing || self.now - track.at < BODY_GONE_SECONDS
        };
        self.bodies
            .iter()
            .filter(move |(_, track)| fresh(track))
            .map(|(id, track)| (*id, track))
    }

    /// The body that is looked at: the user's choice while it is there, or else the first.
    pub fn focus(&self) -> Option<(u64, &BodyTrack)> {
        let chosen = self
            .chosen_body
            .and_then(|id| self.present().find(|(other, _)| *other == id));
        chosen.or_else(|| self.present().next())
    }

    /// A body's colour, as an index that does not change while it is in view.
    pub fn colour_of(&self, body: u64) -> usize {
        let known = self.bodies.keys().position(|id| *id == body);
        let in_frame = || {
            self.frame
                .as_ref()
                .and_then(|frame| frame.bodies.iter().position(|b| b.id == body))
        };
        known.or_else(in_frame).unwrap_or(0)
    }

    fn predicted(&mut self, prediction: Prediction, latency: Duration) {
        let at = self.now;
        let before = self.bodies.remove(&prediction.body);
        let (mut history, mut trail) = before
            .map(|track| (track.history, track.trail))
            .unwrap_or_default();
        history.push(at, &prediction.smoothed);
        trail.push(at, &prediction);
        self.bodies.insert(
            prediction.body,
            BodyTrack {
                prediction,
                latency,
                at,
                history,
                trail,
            },
        );
    }

    fn start_anew(&mut self) {
        self.bodies.clear();
        self.chosen_body = None;
        self.frame = None;
        self.camera.forget_floor();
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
