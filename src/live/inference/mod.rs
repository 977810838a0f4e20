//! The inference thread: it owns the recognizer, obeys commands, and says what it sees.

mod taking;

use super::deciding::{Decided, Request};
use super::outbox::Outbox;
use super::playing::{Item, Order};
use super::rates::Rates;
use super::recorded::{self, RecorderOrder};
use super::ring::{Consumer, Producer};
use super::stages::{LoadBundle, Loaded};
use super::{Command, Event, Judged, SessionOptions, Take, offer};
use crate::recognizer::Recognizer;
use crate::recognizer::decisions::SharedAligner;
use crossbeam_channel::{Receiver, Sender, select, tick};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How often rates are reported.
const REPORT_PERIOD: Duration = Duration::from_secs(1);

/// A problem that lasts is told again after this time, not with every frame.
const REMIND_AFTER: Duration = Duration::from_secs(10);

/// The ends that inference holds.
pub(super) struct Lines {
    pub(super) frames: Consumer<Item>,
    pub(super) commands: Receiver<Command>,
    pub(super) decided: Receiver<Decided>,
    pub(super) requests: Producer<Request>,
    pub(super) orders: Sender<Order>,
    pub(super) recorder: Sender<RecorderOrder>,
    /// Whether predictions are recorded.
    pub(super) recording: Arc<AtomicBool>,
    pub(super) outbox: Outbox,
}

/// A bundle at work.
struct Core {
    recognizer: Recognizer,
    aligner: SharedAligner,
    /// Whether any phrase list has been decided on.
    has_decision: bool,
}

/// The inference thread's state.
pub(super) struct Inference {
    load: LoadBundle,
    options: SessionOptions,
    lines: Lines,
    core: Option<Core>,
    /// Counts the bundles.
    bundle: u64,
    /// The source whose frames are in the recognizer.
    source: u64,
    /// The source has ended, and the face has yet to hear of it.
    end_unsaid: bool,
    rates: Rates,
    /// The last problem of inference itself, and when it was told.
    told: Option<(String, Instant)>,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
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
            source: 0,
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
            let flow = select! {
                recv(self.lines.commands) -> command => match command {
                    Ok(command) => self.obey(command),
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
                    let stats = self.rates.report(reported.elapsed(), frames.pushed(), frames.dropped());
                    reported = Instant::now();
                    // The end first: statistics must not take its room.
                    match self.say_end() {
                        Flow::On => Flow::from(self.lines.outbox.say(Event::Stats(stats))),
                        Flow::Over => Flow::Over,
                    }
                }
            };
            if flow == Flow::Over {
                return;
            }
        }
    }

    /// Shows the source at once, then loads the bundle; or, where nothing may pass before the phrases are known, the other
    /// way round.
    fn begin(&mut self) -> Flow {
        let source = self.options.source.take();
        let bundle = self.options.bundle.take();
        self.note_phrases();
        self.note_decision();
        if let Some(to) = self.options.record.take() {
            self.record(RecorderOrder::Start(to));
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

    fn obey(&mut self, command: Command) -> Flow {
        match command {
            Command::OpenSource(text) => return self.order(Order::Open(text)),
            Command::Pause => return self.order(Order::Pause),
            Command::Resume => return self.order(Order::Resume),
            Command::LoadBundle(folder) => return self.load_bundle(Some(&folder)),
            Command::StartRecording(to) => return self.record(RecorderOrder::Start(to)),
            Command::StopRecording => return self.record(RecorderOrder::Stop),
            Command::Mark(label) => return self.record(RecorderOrder::Mark(label)),
            Command::BeginSegment(label) => return self.record(RecorderOrder::Begin(label)),
            Command::EndSegment => return self.record(RecorderOrder::End),
            Command::Judge(takes) => return self.judge(takes),
            Command::Move(transport) => return self.order(Order::Move(transport)),
            Command::SetLevelled(levelled) => return self.order(Order::Level(levelled)),
            Command::SetPhrases(entries) => {
                self.options.phrases = entries;
                self.note_phrases();
                return self.request();
            }
            Command::SetHead(head) => {
                self.options.head = head;
                self.note_decision();
                return self.request();
            }
            Command::SetGate(gate) => self.options.gate = gate,
            Command::SetThreshold(threshold) => self.options.threshold = threshold,
        }
        self.apply_settings();
        self.note_decision();
        Flow::On
    }

    /// Tells the recorder something that the user asked for.
    fn record(&self, order: RecorderOrder) -> Flow {
        if recorded::tell(&self.lines.recorder, order) {
            return Flow::On;
        }
        let outbox = &self.lines.outbox;
        Flow::from(
            outbox.problem("the recorder is held up by its disk and did not hear this; ask again"),
        )
    }

    fn note_phrases(&self) {
        recorded::tell(
            &self.lines.recorder,
            RecorderOrder::phrases(&self.options.phrases),
        );
    }

    fn note_decision(&self) {
        let decision = RecorderOrder::Decision {
            head: self.options.head,
            gate: self.options.gate,
            threshold: self.options.threshold,
        };
        recorded::tell(&self.lines.recorder, decision);
    }

    /// Passes an order on to capture.
    fn order(&self, order: Order) -> Flow {
        Flow::from(offer(&self.lines.orders, order))
    }

    fn apply_settings(&mut self) {
        if let Some(core) = &mut self.core {
            core.recognizer.set_gate(self.options.gate);
            core.recognizer.set_threshold(self.options.threshold);
        }
    }

    /// Loads a bundle in place of the present one, which stays when that fails.
    fn load_bundle(&mut self, folder: Option<&Path>) -> Flow {
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
                recorded::tell(&self.lines.recorder, RecorderOrder::bundle(&info));
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
    fn request(&self) -> Flow {
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
                since: Instant::now(),
            }),
        )
    }

    /// Swaps a decision in. Where there is none, what was in play stays, and the list does not count as in effect.
    fn adopt(&mut self, decided: Decided) -> Flow {
        let mut problems = decided.problems;
        let mut took = None;
        // A decision for another bundle is out of date: the one for this bundle is on its way.
        if decided.bundle == self.bundle
            && let Some(core) = &mut self.core
        {
            match decided.decision {
                Some(Ok(decision)) => {
                    core.recognizer.set_decision(decision);
                    core.has_decision = true;
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

    /// Names whole segments, as `classify` does. Live predictions wait for it, some ten milliseconds a segment.
    fn judge(&mut self, takes: Vec<Take>) -> Flow {
        let Some(core) = &mut self.core else {
            let outbox = &self.lines.outbox;
            return Flow::from(outbox.problem("without a model nothing can be judged"));
        };
        let mut judge = |take: Take| {
            let best = core.recognizer.classify_frames(&take.frames);
            let answer = best.map_err(|error| error.to_string()).and_then(|verdict| {
                let best = verdict.ranking.first();
                best.map(|best| best.phrase.to_string())
                    .ok_or_else(|| "nothing is in play".to_owned())
            });
            Judged {
                label: take.label,
                answer,
            }
        };
        let judged = takes.into_iter().map(&mut judge).collect();
        Flow::from(self.lines.outbox.insist(Event::Judged(judged)))
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
