//! The inference thread: it owns the recognizer, obeys commands, and says what it sees.

mod taking;

use super::deciding::{Decided, Request};
use super::judging::JudgeOrder;
use super::noting::Notes;
use super::outbox::Outbox;
use super::playing::{Item, Order};
use super::rates::Rates;
use super::recorded::RecorderOrder;
use super::ring::{Consumer, Producer};
use super::stages::{LoadBundle, Loaded};
use super::waiting::Line;
use super::{Command, Event, SessionOptions};
use crate::recognizer::decisions::SharedAligner;
use crate::recognizer::{ExampleEncoder, Recognizer};
use crossbeam_channel::{Receiver, after, never, select, tick};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often rates are reported.
const REPORT_PERIOD: Duration = Duration::from_secs(1);

/// How long orders wait at least that found no room.
const RETRY_PERIOD: Duration = Duration::from_millis(20);

/// A problem that lasts is told again after this time, not with every frame.
const REMIND_AFTER: Duration = Duration::from_secs(10);

/// The ends that inference holds.
pub(super) struct Lines {
    pub(super) frames: Consumer<Item>,
    /// Each with the moment at which it was asked for.
    pub(super) commands: Receiver<(Command, Instant)>,
    pub(super) decided: Receiver<Decided>,
    pub(super) requests: Producer<Request>,
    pub(super) orders: Line<Order>,
    pub(super) judging: Producer<JudgeOrder>,
    pub(super) notes: Notes,
    pub(super) outbox: Outbox,
}

impl Lines {
    /// Passes on orders that found no room. `false` when capture is gone.
    fn go_on(&self) -> bool {
        // Without a recorder everything else goes on.
        self.notes.line.go_on();
        self.orders.go_on()
    }

    fn is_waiting(&self) -> bool {
        self.orders.is_waiting() || self.notes.line.is_waiting()
    }
}

/// A bundle at work.
pub(super) struct Core {
    pub(super) recognizer: Recognizer,
    aligner: SharedAligner,
    /// Whether any phrase list has been decided on.
    has_decision: bool,
}

/// The inference thread's state.
pub(super) struct Inference {
    load: LoadBundle,
    pub(super) options: SessionOptions,
    pub(super) lines: Lines,
    pub(super) core: Option<Core>,
    /// Counts the bundles.
    bundle: u64,
    /// The bundle for which the phrases thread has what makes features of examples.
    encoding: u64,
    /// The source whose frames are in the recognizer.
    source: u64,
    /// The frame that the recognizer took last: when it came, and its number.
    seen: Option<(Instant, u64)>,
    /// The source has ended, and the face has yet to hear of it.
    end_unsaid: bool,
    rates: Rates,
    /// The last problem of inference itself, and when it was told.
    told: Option<(String, Instant)>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Over,
}

impl From<bool> for Flow {
    fn from(heard: bool) -> Self {
        if heard { Self::On } else { Self::Over }
    }
}

impl Inference {
    pub(super) fn new(load: LoadBundle, options: SessionOptions, lines: Lines) -> Self {
        Self {
            load,
            options,
            lines,
            core: None,
            bundle: 0,
            encoding: 0,
            source: 0,
            seen: None,
            end_unsaid: false,
            rates: Rates::default(),
            told: None,
        }
    }

    /// Works until the session ends.
    pub(super) fn run(mut self) {
        if self.begin() == Flow::Over {
            return;
        }
        let report = tick(REPORT_PERIOD);
        let mut reported = Instant::now();
        loop {
            let retry = if self.lines.is_waiting() {
                after(RETRY_PERIOD)
            } else {
                never()
            };
            let flow = select! {
                recv(self.lines.commands) -> command => match command {
                    Ok((command, at)) => self.obey(command, at),
                    Err(_) => Flow::Over,
                },
                recv(self.lines.decided) -> decided => match decided {
                    Ok(decided) => self.adopt(decided),
                    Err(_) => Flow::Over,
                },
                recv(self.lines.frames.doorbell()) -> rung => match rung {
                    Ok(()) => self.take_frames(),
                    Err(_) => Flow::Over,
                },
                recv(report) -> _ => {
                    let frames = &self.lines.frames;
                    let mut stats = self.rates.report(reported.elapsed(), frames.pushed(), frames.dropped());
                    stats.is_recording = self.lines.notes.is_recording();
                    reported = Instant::now();
                    // The end first: statistics must not take its room.
                    match self.say_end() {
                        Flow::On => Flow::from(self.lines.outbox.say(Event::Stats(stats))),
                        Flow::Over => Flow::Over,
                    }
                },
                recv(retry) -> _ => Flow::On,
            };
            if flow == Flow::Over || !self.lines.go_on() {
                return;
            }
        }
    }

    /// Shows the source at once, then loads the bundle; or, where nothing may pass before the phrases are known, the other
    /// way round.
    fn begin(&mut self) -> Flow {
        let source = self.options.source.take();
        let bundle = self.options.bundle.take();
        let now = Instant::now();
        self.lines.notes.phrases(&self.options, now);
        self.lines.notes.settings(&self.options, now);
        if let Some(to) = self.options.record.take() {
            self.record(RecorderOrder::Start(to), now);
        }
        if self.options.fast || self.options.phrases_first {
            let loaded = self.load_bundle(bundle.as_deref());
            let Ok(decided) = self.lines.decided.recv() else {
                return Flow::Over;
            };
            if loaded == Flow::Over || self.adopt(decided) == Flow::Over {
                return Flow::Over;
            }
            return source.map_or(Flow::On, |source| self.order(Order::Open(source)));
        }
        if let Some(source) = source
            && self.order(Order::Open(source)) == Flow::Over
        {
            return Flow::Over;
        }
        self.load_bundle(bundle.as_deref())
    }

    pub(super) fn apply_settings(&mut self) {
        if let Some(core) = &mut self.core {
            core.recognizer.set_gate(self.options.gate);
            core.recognizer.set_threshold(self.options.threshold);
        }
    }

    /// Loads a bundle in place of the present one, which stays when that fails.
    pub(super) fn load_bundle(&mut self, folder: Option<&Path>) -> Flow {
        match (self.load)(folder) {
            Ok(Loaded {
                recognizer,
                aligner,
                info,
            }) => {
                self.bundle += 1;
                self.core = Some(Core {
                    recognizer,
                    aligner,
                    has_decision: false,
                });
                self.apply_settings();
                self.lines.notes.bundle(&info);
                if !self.lines.outbox.insist(Event::BundleLoaded(info)) {
                    return Flow::Over;
                }
            }
            Err(problem) => {
                if !self.lines.outbox.problem(problem) {
                    return Flow::Over;
                }
            }
        }
        self.request()
    }

    /// Asks for a decision on the phrases as they now stand.
    pub(super) fn request(&self) -> Flow {
        Flow::from(
            self.lines.requests.push(Request {
                entries: self.options.phrases.clone(),
                head: self.options.head,
                aligner: self
                    .core
                    .as_ref()
                    .map(|core| SharedAligner::clone(&core.aligner)),
                seen: self
                    .core
                    .as_ref()
                    .map_or_else(Vec::new, |core| core.recognizer.seen().to_vec()),
                bundle: self.bundle,
                by_examples: self.options.by_examples,
                encoder: self.example_encoder(),
                since: Instant::now(),
            }),
        )
    }

    /// What makes features of examples, where any take part and the phrases thread has none for this bundle yet.
    fn example_encoder(&self) -> Option<ExampleEncoder> {
        let any = self.options.phrases.iter().any(|e| !e.examples.is_empty());
        let wanted = self.options.by_examples && any && self.encoding != self.bundle;
        let core = self.core.as_ref().filter(|_| wanted)?;
        core.recognizer.example_encoder()
    }

    /// Swaps a decision in. Where there is none, what was in play stays, and the list does not count as in effect.
    fn adopt(&mut self, decided: Decided) -> Flow {
        let mut problems = decided.problems;
        let mut took = None;
        if decided.encodes {
            self.encoding = decided.bundle;
        }
        // A decision for another bundle is out of date: the one for this bundle is on its way.
        if decided.bundle == self.bundle
            && let Some(core) = &mut self.core
        {
            match decided.decision {
                Some(Ok(decision)) => {
                    core.recognizer.set_decision(decision);
                    core.has_decision = true;
                    self.lines.notes.change(decided.made_of);
                    took = Some(decided.took);
                }
                Some(Err(problem)) if core.has_decision => {
                    problems.push(format!("{problem}; the phrases before stay in play"));
                }
                Some(Err(problem)) => problems.push(format!("{problem}; no phrase is in play")),
                None => {}
            }
        }
        for problem in problems {
            if !self.lines.outbox.problem(problem) {
                return Flow::Over;
            }
        }
        Flow::from(self.lines.outbox.insist(Event::Phrases {
            phrases: decided.phrases,
            took,
        }))
    }

    /// Tells of a problem that may come with every frame.
    fn tell(&mut self, problem: String) -> Flow {
        if let Some((before, at)) = &self.told
            && *before == problem
            && at.elapsed() < REMIND_AFTER
        {
            return Flow::On;
        }
        let heard = self.lines.outbox.problem(problem.clone());
        self.told = Some((problem, Instant::now()));
        Flow::from(heard)
    }
}
