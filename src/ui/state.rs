//! Everything that the window shows, and how events change it.

use crate::live::{BundleInfo, Event, Playback, Stats};
use crate::recognizer::Prediction;
use crate::recognizer::decisions::PhraseMap;
use crate::skeleton::{Frame, Hands, Plane};
use crate::ui::camera::Camera;
use crate::ui::followed::Followed;
use crate::ui::history::{HISTORY_SECONDS, History};
use crate::ui::insight::{Alike, Insight};
use crate::ui::phrase_book::PhraseBook;
use crate::ui::presenting::Presenting;
use crate::ui::sdk_folders::Sdks;
use crate::ui::settings::{Following, Settings};
use crate::ui::tape::Tape;
use crate::ui::trail::Trail;
use crate::ui::undo::Undo;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A body without a prediction for this long has left, seconds.
pub const BODY_GONE_SECONDS: f64 = 1.5;

/// What is loaded where no bundle was asked for by name.
pub(crate) const DEFAULT_MODEL: &str = "the default model";

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

impl Play {
    /// Whether a recording that stands there runs.
    fn of(at: &Playback) -> Self {
        match (at.has_ended, at.is_held) {
            (true, _) => Self::Ended,
            (false, true) => Self::Paused,
            (false, false) => Self::Playing,
        }
    }
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
    /// Why no frames come while they are waited for, in plain words.
    pub trouble: Option<String>,
    /// Why it did not open or broke off, in plain words; until it is opened again.
    pub failure: Option<String>,
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
    /// When it came, seconds of the clock that stands while a moment is held.
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
    /// How the camera sees the room, and whether it works.
    Camera,
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
    /// The clock of what was predicted, seconds: it stands while a moment is held, so that it can be looked at for long.
    pub played: f64,
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
    /// The folder or name of the bundle in use; `None` stands for the default one.
    pub bundle_folder: Option<PathBuf>,
    /// Where examples are kept; `None` where there is no such place.
    pub examples_home: Option<PathBuf>,
    /// Where settings and phrases are kept, if anywhere.
    pub kept_file: Option<PathBuf>,
    /// The bodies, by tracker id.
    pub bodies: BTreeMap<u64, BodyTrack>,
    /// Bodies' colours, as indices into the palette: each keeps its own while it is in view or in the history.
    pub colours: BTreeMap<u64, usize>,
    /// The body that the user chose to look at.
    pub chosen_body: Option<u64>,
    /// Who is in view, and whom the window looks at where the user chose nobody.
    pub followed: Followed,
    /// Which way is up in the camera's axes, where it can tell.
    pub up: Option<[f32; 3]>,
    /// The floor, where the camera sees one.
    pub floor: Option<Plane>,
    /// What hands do, as far as the camera tells.
    pub hands: Vec<Hands>,
    /// What is known of the cameras' SDKs; `None` until they were looked for.
    pub sdks: Option<Sdks>,
    /// From a prediction's making to its picture, milliseconds, smoothed.
    pub display_millis: f32,
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
    /// How alike the phrases of the map are.
    pub alike: Alike,
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
    /// Recording and replay.
    pub tape: Tape,
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
        self.tape.receive(&event);
        match event {
            Event::Prediction(prediction, latency) => self.predicted(prediction, latency),
            Event::Phrases { phrases, took } => {
                self.phrases.set_read(phrases);
                self.phrases_took = took;
            }
            Event::Map(map) => {
                self.alike = map.as_deref().map_or_else(Alike::default, Alike::of);
                self.map = map;
            }
            Event::SourceOpened { name, fps } => {
                // A camera that is back tells its name again, and is no newer for it.
                if self.source.fps == 0.0 && !self.source.spec.is_empty() {
                    self.settings.remember(&self.source.spec);
                }
                self.source.name = name;
                self.source.fps = fps;
                self.source.play = Play::Playing;
                self.start_anew();
            }
            Event::Source(notice) => self.hear_of_source(notice),
            Event::SourceUp(up) => self.up = Some(up),
            Event::SourceFloor(floor) => self.floor = floor,
            Event::SourceHands(hands) => self.hands = hands,
            Event::Playback(at) => self.source.play = Play::of(&at),
            Event::SourceFailed(why) => {
                // Nothing stands at its end that could go on: the source is to be opened again.
                self.tape.leave();
                self.undo.forget_marks();
                self.source.play = Play::Ended;
                self.source.trouble = None;
                self.source.failure = Some(why);
            }
            Event::SourceEnded => {
                self.source.play = Play::Ended;
                self.source.trouble = None;
            }
            Event::BundleLoaded(info) => {
                self.bundle = Some(info);
                if let Some(asked) = self.bundle_asked.take() {
                    self.bundle_folder = Some(asked).filter(|asked| *asked != *DEFAULT_MODEL);
                }
            }
            Event::Stats(stats) => self.stats = stats,
            Event::Problem(text) => self.complain(text),
            _ => {}
        }
    }

    /// Takes note of the newest frame.
    pub fn see(&mut self, frame: Frame) {
        let seconds = (self.now - self.frame_at) as f32;
        let follow = self.settings.following == Following::Bodies;
        self.camera
            .see(&frame, self.settings.sides, seconds, follow);
        let renamed = self.followed.see(&frame, self.settings.whom, self.played);
        for (old, new) in renamed {
            if self.chosen_body == Some(old) {
                self.chosen_body = Some(new);
            }
            if let Some(colour) = self.colours.remove(&old) {
                self.colours.insert(new, colour);
            }
        }
        self.frame = Some(frame);
        self.frame_at = self.now;
        self.give_colours();
    }

    /// Moves the window's clock on and forgets what is over.
    pub fn tick(&mut self, now: f64) {
        if !self.is_held() {
            self.played += (now - self.now).max(0.0);
        }
        self.now = now;
        let played = self.played;
        self.bodies
            .retain(|_, track| played - track.at < HISTORY_SECONDS);
        if self.notice.as_ref().is_some_and(|(_, until)| *until < now) {
            self.notice = None;
        }
    }

    /// Shows a problem until it is dismissed.
    pub fn complain(&mut self, text: String) {
        // A source that could not be opened is not going to play.
        if self.source.play == Play::Opening && self.source.trouble.is_none() {
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

    fn predicted(&mut self, prediction: Prediction, latency: Duration) {
        let at = self.played;
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
        self.give_colours();
    }

    fn start_anew(&mut self) {
        self.source.trouble = None;
        self.source.failure = None;
        self.bodies.clear();
        self.colours.clear();
        self.chosen_body = None;
        self.followed.forget();
        self.up = None;
        self.floor = None;
        self.hands.clear();
        self.frame = None;
        self.camera.forget_floor();
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
