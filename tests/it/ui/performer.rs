//! A session that plays a script: no threads, no model, the same every time.

use egui_kittest::Harness;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};
use synse::live::{BundleInfo, Command, Event, Stats};
use synse::phrases::motion::{ATTRIBUTES, MotionCard, MotionSource};
use synse::phrases::{Phrase, PhraseEntry};
use synse::recognizer::{Activity, Prediction, Ranked};
use synse::skeleton::{Body, Frame, JOINT_COUNT, Joint, Tracking};
use synse::ui::App;
use synse::ui::backend::Backend;
use synse::ui::phrase_book::PhraseBook;
use synse::ui::settings::Settings;
use synse::ui::state::State;

/// The script, shared by the test and the window.
#[derive(Clone, Default)]
pub(super) struct Script {
    events: Rc<RefCell<VecDeque<Event>>>,
    frame: Rc<RefCell<Option<Frame>>>,
    commands: Rc<RefCell<Vec<Command>>>,
    full: Rc<Cell<bool>>,
    wanted: Rc<Cell<Option<Instant>>>,
}

impl Script {
    pub(super) fn push(&self, event: Event) {
        self.events.borrow_mut().push_back(event);
    }

    pub(super) fn show(&self, frame: Frame) {
        *self.frame.borrow_mut() = Some(frame);
    }

    pub(super) fn set_full(&self, full: bool) {
        self.full.set(full);
    }

    pub(super) fn sent(&self) -> usize {
        self.commands.borrow().len()
    }

    /// When that was wanted which was sent last.
    pub(super) fn last_wanted(&self) -> Option<Instant> {
        self.wanted.get()
    }

    /// Forgets what was sent before the last command.
    pub(super) fn forget_sent(&self) {
        let mut commands = self.commands.borrow_mut();
        let before = commands.len().saturating_sub(1);
        commands.drain(..before);
    }

    pub(super) fn last_sent(&self) -> Option<Command> {
        self.commands.borrow().last().cloned()
    }
}

impl Backend for Script {
    fn send(&mut self, command: Command, at: Instant) -> Result<(), Command> {
        if self.full.get() {
            return Err(command);
        }
        self.wanted.set(Some(at));
        self.commands.borrow_mut().push(command);
        Ok(())
    }

    fn try_event(&mut self) -> Option<Event> {
        self.events.borrow_mut().pop_front()
    }

    fn latest_frame(&mut self) -> Option<Frame> {
        self.frame.borrow_mut().take()
    }
}

pub(super) fn opening_state(settings: Settings, phrases: &[PhraseEntry]) -> State {
    State::new(settings, PhraseBook::from_entries(phrases.to_vec()))
}

pub(super) fn opened(name: &str) -> Event {
    Event::SourceOpened {
        name: name.to_owned(),
        fps: 30.0,
    }
}

pub(super) fn bundle() -> Event {
    let seen = [
        "sit down",
        "stand up",
        "pick up",
        "throw",
        "kick",
        "clap",
        "jump",
        "put on jacket",
        "point at something",
    ];
    Event::BundleLoaded(BundleInfo {
        name: "default".to_owned(),
        fingerprint: String::new(),
        seen: seen.map(str::to_owned).to_vec(),
        device: "CPU (flex)".to_owned(),
    })
}

pub(super) fn read_as(id: u64, text: &str, verb: &str, noun: Option<&str>) -> Event {
    let weights = (0..ATTRIBUTES.len())
        .map(|i| if i == 0 { 1.0 } else { 0.0 })
        .collect();
    let motion = MotionCard {
        weights,
        source: MotionSource::Lexicon,
    };
    let phrase = Phrase {
        text: text.to_owned(),
        verb: verb.to_owned(),
        noun: noun.map(str::to_owned),
        confidence: 0.98,
        motion,
    };
    Event::Phrases {
        phrases: vec![(id, phrase)],
        took: Some(Duration::from_millis(38)),
    }
}

fn ranking(lines: &[(&str, f32, bool)]) -> Vec<Ranked> {
    lines
        .iter()
        .map(|&(phrase, probability, seen)| Ranked {
            phrase: phrase.into(),
            probability,
            seen,
        })
        .collect()
}

fn prediction(body: u64, activity: Activity, best: f32, raw: f32, answered: bool) -> Event {
    let lines = |p: f32| {
        let rest = 1.0 - p;
        ranking(&[
            ("wave", p, false),
            ("throw", rest * 0.42, true),
            ("swing a golf club", rest * 0.24, false),
            ("clap", rest * 0.15, true),
            ("point at something", rest * 0.09, true),
            ("swat a fly", rest * 0.06, false),
            ("put on jacket", rest * 0.04, true),
        ])
    };
    let smoothed = lines(best);
    let answer = answered.then(|| smoothed[0].clone());
    let prediction = Prediction {
        timestamp_micros: 0,
        body,
        activity,
        ranking: lines(raw),
        smoothed,
        p_seen: 0.23,
        motion: (0..ATTRIBUTES.len())
            .map(|i| if i % 9 == 0 { 0.9 } else { 0.1 })
            .collect(),
        latent: Vec::new(),
        answer,
    };
    Event::Prediction(prediction, Duration::from_millis(41))
}

pub(super) fn acting(body: u64, probability: f32) -> Event {
    prediction(
        body,
        Activity::Acting,
        probability,
        (probability + 0.14).min(1.0),
        true,
    )
}

/// Somebody acts, at this place of the latent space.
pub(super) fn acting_at(body: u64, probability: f32, latent: &[f32]) -> Event {
    let Event::Prediction(mut prediction, latency) = acting(body, probability) else {
        panic!("no prediction");
    };
    prediction.latent = latent.to_vec();
    Event::Prediction(prediction, latency)
}

pub(super) fn unsure(body: u64) -> Event {
    prediction(body, Activity::Acting, 0.3, 0.25, false)
}

pub(super) fn idle(body: u64) -> Event {
    prediction(body, Activity::Idle, 0.3, 0.25, false)
}

/// Somebody who waves: their right hand above the head, their left hip and knee guessed by the sensor.
pub(super) fn waving(id: u64, x: f32, z: f32, phase: f32) -> Body {
    use Joint::*;
    let mut at = [[0.0_f32; 3]; JOINT_COUNT];
    let mut set =
        |joint: Joint, p: [f32; 3]| at[joint as usize] = [p[0] + x, p[1] - 0.95, p[2] + z];
    set(SpineBase, [0.0, 0.97, 0.0]);
    set(SpineMid, [0.0, 1.22, 0.01]);
    set(SpineShoulder, [0.0, 1.44, 0.0]);
    set(Neck, [0.0, 1.52, -0.01]);
    set(Head, [0.0, 1.66, -0.02]);
    set(ShoulderLeft, [-0.19, 1.42, 0.0]);
    set(ElbowLeft, [-0.26, 1.15, -0.03]);
    set(WristLeft, [-0.28, 0.92, -0.12]);
    set(HandLeft, [-0.28, 0.84, -0.15]);
    set(HandTipLeft, [-0.28, 0.77, -0.17]);
    set(ThumbLeft, [-0.24, 0.83, -0.19]);
    let (sin, cos) = (phase.sin() * 0.3, phase.cos() * 0.04);
    set(ShoulderRight, [0.19, 1.43, 0.0]);
    set(ElbowRight, [0.42, 1.50, -0.08]);
    set(WristRight, [0.47 + sin * 0.6, 1.73 + cos, -0.16]);
    set(HandRight, [0.48 + sin * 0.8, 1.81 + cos, -0.17]);
    set(HandTipRight, [0.485 + sin, 1.89 + cos, -0.17]);
    set(ThumbRight, [0.44 + sin * 0.8, 1.83 + cos, -0.2]);
    set(HipLeft, [-0.09, 0.93, 0.0]);
    set(KneeLeft, [-0.12, 0.51, -0.03]);
    set(AnkleLeft, [-0.13, 0.11, 0.05]);
    set(FootLeft, [-0.15, 0.05, -0.08]);
    set(HipRight, [0.09, 0.93, 0.0]);
    set(KneeRight, [0.13, 0.51, -0.05]);
    set(AnkleRight, [0.15, 0.11, 0.03]);
    set(FootRight, [0.18, 0.05, -0.1]);
    let mut body = Body::tracked(id, at);
    for joint in [KneeLeft, AnkleLeft, FootLeft] {
        body.tracking[joint as usize] = Tracking::Inferred;
    }
    body
}

/// A window in the middle of its work.
pub(super) fn busy_state() -> State {
    let texts = [
        "wave",
        "swing a golf club",
        "swat a fly - one arm, fast",
        "mop the floor",
    ];
    let entry = |text: &&str| PhraseEntry {
        text: (*text).to_owned(),
        enabled: true,
        ..PhraseEntry::default()
    };
    opening_state(
        Settings::default(),
        &texts.iter().map(entry).collect::<Vec<_>>(),
    )
}

/// Plays twelve seconds of two people into a window.
pub(super) fn perform(script: &Script, window: &mut Harness<'_, App>) {
    script.push(bundle());
    script.push(opened("replay:data/actions.safetensors#actions-00042"));
    let stats = Stats {
        capture_hz: 30.0,
        inference_hz: 15.0,
        dropped_frames: 0,
        latency_median_millis: 41.0,
        latency_p95_millis: 63.0,
        ..Stats::default()
    };
    script.push(Event::Stats(stats));
    let ids: Vec<(u64, String)> = window
        .state()
        .state()
        .phrases
        .entries()
        .iter()
        .map(|e| (e.id, e.text.clone()))
        .collect();
    script.push(Event::Phrases {
        phrases: ids.iter().map(|(id, text)| (*id, as_read(text))).collect(),
        took: Some(Duration::from_millis(38)),
    });
    for step in 0_u8..48 {
        let t = f32::from(step) * 0.25;
        script.show(Frame {
            timestamp_micros: 0,
            bodies: vec![waving(1, 0.45, 2.4, t), waving(2, -0.55, 3.1, t + 2.0)],
        });
        script.push(acting(1, 0.5 + 0.3 * (t * 0.7).sin()));
        script.push(idle(2));
        window.run_steps(1);
    }
}

fn as_read(text: &str) -> Phrase {
    let (verb, noun) = match text.split_whitespace().next().unwrap_or_default() {
        "swing" => ("swing", Some("golf club")),
        "swat" => ("swat", Some("fly")),
        "mop" => ("mop", Some("floor")),
        verb => (verb, None),
    };
    let source = if verb == "swat" {
        MotionSource::Guess
    } else {
        MotionSource::Lexicon
    };
    let weight = |i: usize| {
        if (i + text.len()).is_multiple_of(7) {
            1.0 - (i % 4) as f32 * 0.25
        } else {
            0.0
        }
    };
    let weights = (0..ATTRIBUTES.len())
        .map(|i| if i == 0 { 1.0 } else { weight(i) })
        .collect();
    let motion = MotionCard { weights, source };
    Phrase {
        text: text.to_owned(),
        verb: verb.to_owned(),
        noun: noun.map(str::to_owned),
        confidence: if verb == "mop" { 0.55 } else { 0.97 },
        motion,
    }
}
