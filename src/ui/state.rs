//! Everything that the window shows, and how events change it.

use crate::live::{BundleInfo, Event, Stats};
use crate::recognizer::Prediction;
use crate::skeleton::Frame;
use crate::ui::camera::Camera;
use crate::ui::followed::Followed;
use crate::ui::history::{HISTORY_SECONDS, History};
use crate::ui::phrase_book::PhraseBook;
use crate::ui::settings::{Following, Settings};
use crate::ui::tape::Tape;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
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
    /// Why no frames come while they are waited for, in plain words.
    pub trouble: Option<String>,
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
    /// Who is in view, and whom the window looks at where the user chose nobody.
    pub followed: Followed,
    /// Which way is up in the camera's axes, where it can tell.
    pub up: Option<[f32; 3]>,
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
    /// How long the last edit took to take effect; `None` where it has not.
    pub phrases_took: Option<Duration>,
    /// What the operator chose.
    pub settings: Settings,
    /// Where the 3D view is seen from.
    pub camera: Camera,
    /// The window over the others.
    pub overlay: Overlay,
    /// Recording and replay.
    pub tape: Tape,
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
            Event::SourceOpened { name, fps } => {
                self.source.name = name;
                self.source.fps = fps;
                self.source.play = Play::Playing;
                self.start_anew();
            }
            Event::Source(notice) => self.hear_of_source(notice),
            Event::SourceUp(up) => self.up = Some(up),
            Event::SourceEnded => {
                self.source.play = Play::Ended;
                self.source.trouble = None;
            }
            Event::BundleLoaded(info) => {
                self.bundle = Some(info);
                self.bundle_asked = None;
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
        let renamed = self.followed.see(&frame, self.settings.whom, self.now);
        for (old, new) in renamed {
            if self.chosen_body == Some(old) {
                self.chosen_body = Some(new);
            }
        }
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

    fn predicted(&mut self, prediction: Prediction, latency: Duration) {
        let at = self.now;
        let history = self
            .bodies
            .remove(&prediction.body)
            .map(|track| track.history);
        let mut history = history.unwrap_or_default();
        history.push(at, &prediction.smoothed);
        self.bodies.insert(
            prediction.body,
            BodyTrack {
                prediction,
                latency,
                at,
                history,
            },
        );
    }

    fn start_anew(&mut self) {
        self.source.trouble = None;
        self.bodies.clear();
        self.chosen_body = None;
        self.followed.forget();
        self.up = None;
        self.frame = None;
        self.camera.forget_floor();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognizer::{Activity, Ranked};

    fn prediction(body: u64) -> Event {
        let ranked = Ranked {
            phrase: "wave".into(),
            probability: 0.9,
            seen: true,
        };
        let prediction = Prediction {
            timestamp_micros: 0,
            body,
            activity: Activity::Acting,
            ranking: vec![ranked.clone()],
            smoothed: vec![ranked.clone()],
            p_seen: 0.8,
            motion: Vec::new(),
            answer: Some(ranked),
        };
        Event::Prediction(prediction, Duration::from_millis(20))
    }

    fn opened() -> Event {
        Event::SourceOpened {
            name: "demo".to_owned(),
            fps: 30.0,
        }
    }

    #[test]
    fn a_body_that_is_predicted_no_more_leaves() {
        let mut state = State::default();
        state.receive(opened());
        state.receive(prediction(7));
        state.tick(1.0);
        assert_eq!(state.focus().map(|(id, _)| id), Some(7));
        state.tick(BODY_GONE_SECONDS + 0.1);
        assert!(state.focus().is_none());
        state.tick(HISTORY_SECONDS + 1.0);
        assert!(state.bodies.is_empty());
    }

    #[test]
    fn a_paused_body_stays() {
        let mut state = State::default();
        state.receive(opened());
        state.receive(prediction(7));
        state.source.play = Play::Paused;
        state.tick(20.0);
        assert!(state.focus().is_some());
    }

    #[test]
    fn the_users_choice_holds_while_it_is_there() {
        let mut state = State::default();
        state.receive(opened());
        state.receive(prediction(1));
        state.receive(prediction(2));
        state.chosen_body = Some(2);
        assert_eq!(state.focus().map(|(id, _)| id), Some(2));
        state.bodies.remove(&2);
        assert_eq!(state.focus().map(|(id, _)| id), Some(1));
    }

    #[test]
    fn a_new_source_forgets_the_bodies_of_the_old() {
        let mut state = State::default();
        state.receive(prediction(7));
        state.receive(opened());
        assert!(state.bodies.is_empty());
        assert_eq!(state.source.play, Play::Playing);
        state.receive(Event::SourceEnded);
        assert_eq!(state.source.play, Play::Ended);
    }

    #[test]
    fn the_same_problem_is_counted_and_the_oldest_go() {
        let mut state = State::default();
        for _ in 0..3 {
            state.receive(Event::Problem("The camera is gone.".to_owned()));
        }
        assert_eq!(state.problems.len(), 1);
        assert_eq!(state.problems[0].times, 3);
        for i in 0..10 {
            state.receive(Event::Problem(format!("problem {i}")));
        }
        assert_eq!(state.problems.len(), PROBLEMS_KEPT);
        assert_eq!(state.problems[PROBLEMS_KEPT - 1].text, "problem 9");
    }

    #[test]
    fn a_list_that_is_not_in_effect_is_not_said_to_be() {
        let mut state = State::default();
        let listed = |took| Event::Phrases {
            phrases: Vec::new(),
            took,
        };
        state.receive(listed(Some(Duration::from_millis(5))));
        assert_eq!(state.phrases_took, Some(Duration::from_millis(5)));
        state.receive(listed(None));
        assert_eq!(state.phrases_took, None);
    }

    #[test]
    fn a_source_that_fails_to_open_is_not_waited_for() {
        let mut state = State::default();
        state.source.play = Play::Opening;
        state.receive(Event::Problem("No such file.".to_owned()));
        assert_eq!(state.source.play, Play::Nothing);
    }
}
