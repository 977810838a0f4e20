//! All threads and channels: capture, ring buffer, inference, phrases, events and commands.
//!
//! ```text
//! capture --ring of 64--> inference --bounded events--> face
//!  ^ |                    ^      |  ^
//!  | +-ring of 1-> screen |      |  +--decisions-- phrases
//!  | |                 commands  +----ring of 1------^
//!  | |                           +----ring of 1--> judging
//!  | +-ring of 4096-> recorder <-what happens-- inference
//!  +-pipe-- a camera's SDK, in a process of its own
//! ```
//!
//! Each thread owns its state; nothing is locked. A full ring overwrites its oldest item, so a slow reader gets the
//! newest and never holds up the writer: frames are counted when lost, and of many phrase lists only the newest is read.

pub mod again;
mod beside;
mod deciding;
mod handing;
mod held;
pub mod host;
mod inference;
mod judging;
mod lately;
mod noting;
mod obeying;
mod options;
mod outbox;
mod pace;
mod playing;
mod rates;
mod recorded;
mod recorder;
pub mod ring;
mod session_source;
pub mod stages;
mod stats;
mod tap;
mod transport;
mod travel;
mod waiting;
mod written;

pub use self::judging::{Judged, Take};
pub use self::options::SessionOptions;
pub use self::pace::{FASTEST, SLOWEST};
pub use self::recorded::Recorded;
pub use self::stats::{Delays, Stats};
pub use self::transport::{Playback, Transport};

use self::outbox::Outbox;
use self::recorder::{LINE_OF_FRAMES, Recorder};
use self::stages::Stages;
use self::tap::Tap;
use self::waiting::Line;
use crate::align::Head;
use crate::capture::Notice;
use crate::gate::GateMode;
use crate::phrases::{Phrase, PhraseEntry};
use crate::recognizer::Prediction;
use crate::recognizer::decisions::PhraseMap;
use crate::skeleton::{Frame, Hands, Plane};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// What a face may ask of a session.
#[derive(Clone, Debug)]
pub enum Command {
    /// Play another source: `demo`, `replay:FILE#CLIP`, ...
    OpenSource(String),
    /// Hold the source where it is.
    Pause,
    /// Go on.
    Resume,
    /// The whole phrase list as it now stands; phrases are read, embedded and decided beside inference.
    SetPhrases(Vec<PhraseEntry>),
    /// Use another decision head.
    SetHead(Head),
    /// Let the phrases' examples take part, or their words alone.
    SetByExamples(bool),
    /// Use the gate otherwise.
    SetGate(GateMode),
    /// Abstain below this smoothed probability.
    SetThreshold(f32),
    /// Load another model bundle from a folder.
    LoadBundle(PathBuf),
    /// Turn bodies upright where the camera knows how it hangs, or leave them as it sees them.
    SetLevelled(bool),
    /// Record into this file, which must not be there yet, or into a new one in this folder.
    StartRecording(PathBuf),
    /// End the recording.
    StopRecording,
    /// Mark this moment of the recording.
    Mark(String),
    /// From now on this is performed, until [`Self::EndSegment`] or the next begin.
    BeginSegment(String),
    /// The segment ends.
    EndSegment,
    /// Name segments of a recording by the phrase list as it stands, beside everything else; this ends what was being
    /// judged before.
    Judge(Vec<Take>),
    /// Leave what is being judged.
    StopJudging,
    /// Move within a recording that plays; cameras pass it over.
    Move(Transport),
}

/// What a session reports.
#[derive(Clone, Debug)]
pub enum Event {
    /// An answer, and how long after the capture of its newest frame it came.
    Prediction(Prediction, Duration),
    /// A phrase list was read, and unless there was a problem it has taken effect.
    Phrases {
        /// As read, in the list's order, disabled ones included.
        phrases: Vec<(u64, Phrase)>,
        /// From the command to the decision; `None` where the list is not in effect, as without a bundle or where no
        /// decision could be made for it.
        took: Option<Duration>,
    },
    /// The latent space with the phrases in effect in it, after every change of the list; `None` where there is nothing to
    /// show.
    Map(Option<Arc<PhraseMap>>),
    /// A source plays.
    SourceOpened {
        /// As the user would name it.
        name: String,
        /// Nominal frames per second.
        fps: f32,
    },
    /// A word of the source on how it is: it was lost and is waited for, it is back.
    Source(Notice),
    /// Which way is up in the camera's axes, a unit vector; said when the camera finds out or is moved.
    SourceUp([f32; 3]),
    /// The floor as the camera sees it, in its own axes, or that it sees none any more; said when it is elsewhere.
    SourceFloor(Option<Plane>),
    /// What hands do, as far as the camera tells, by the ids of the frames; said when it changes.
    SourceHands(Vec<Hands>),
    /// The source did not open or broke off, and why, as the [`Self::Problem`] before it says; [`Self::SourceEnded`] follows.
    SourceFailed(String),
    /// The source came to its end, and all its predictions have been made.
    SourceEnded,
    /// A bundle is in use.
    BundleLoaded(BundleInfo),
    /// Once a second.
    Stats(Stats),
    /// A recording that plays stands here; some ten times a second, and after each order.
    Playback(Playback),
    /// So many segments of those that are being judged are done.
    Judging {
        /// Done.
        done: usize,
        /// All.
        of: usize,
    },
    /// What segments were taken for, in their order; none where nothing could be judged.
    Judged(Vec<Judged>),
    /// What comes from now on is recorded into this file.
    RecordingStarted(PathBuf),
    /// About once a second while it goes on.
    Recording(Recorded),
    /// It has ended; where that was not asked for, with the reason in plain words.
    RecordingStopped(Recorded, Option<String>),
    /// Something went wrong, in plain words; everything else goes on.
    Problem(String),
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct BundleInfo {
    /// Its name.
    pub name: String,
    /// What tells it from another one of that name, 64 hexadecimal digits.
    pub fingerprint: String,
    /// The seen classes.
    pub seen: Vec<String>,
    /// Where inference runs.
    pub device: String,
}

/// Called after each event and each new frame, from a worker thread; it must not wait.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Frames between capture and inference: two seconds of a Kinect.
const RING_FRAMES: usize = 64;

/// Events that a face may leave unread before predictions are lost.
const EVENT_LINE: usize = 256;

/// As many more are for what must not be lost, so that it finds room however long the face reads nothing.
const RARE_EVENTS: usize = 64;

/// Predictions and edits that may wait for the recorder: some seconds of a busy stage.
const RECORDER_LINE: usize = 1024;

/// Commands that may wait for inference.
const COMMAND_LINE: usize = 64;

/// A running session. Dropping it stops and joins its threads.
#[derive(Debug)]
pub struct Session {
    /// What is asked for, and when it was.
    commands: Option<Sender<(Command, Instant)>>,
    events: Option<Receiver<(Instant, Event)>>,
    /// How long the event that was taken last had waited.
    waited: Cell<Duration>,
    newest: ring::Consumer<Frame>,
    threads: Vec<JoinHandle<()>>,
}

impl Session {
    /// Starts the threads. They report whatever goes wrong later as [`Event::Problem`].
    pub fn start(stages: Stages, options: SessionOptions, wake: Wake) -> io::Result<Self> {
        let (frames_in, frames) = ring::ring(RING_FRAMES);
        let (newest_in, newest) = ring::ring(1);
        let (requests_in, requests) = ring::ring(1);
        let (judging_in, judging) = ring::ring(1);
        let (event_tx, events) = bounded(EVENT_LINE + RARE_EVENTS);
        let (commands, command_rx) = bounded(COMMAND_LINE);
        let (order_tx, orders) = bounded(COMMAND_LINE);
        let (decided_tx, decided) = bounded(1);
        let (recorded_in, recorded) = ring::ring(LINE_OF_FRAMES);
        let (recorder, recorder_rx) = bounded(RECORDER_LINE);
        let on = Arc::new(AtomicBool::new(options.record.is_some()));
        let outbox = Outbox::new(event_tx, wake);
        let Stages {
            source,
            bundle,
            reader,
            session: create,
        } = stages;

        // On an early return what was started sees its lines cut, and ends by itself.
        let mut session = Self {
            commands: Some(commands),
            events: Some(events),
            waited: Cell::default(),
            newest,
            threads: Vec::new(),
        };
        let player = playing::Player {
            open: source,
            orders,
            frames: frames_in,
            newest: newest_in,
            tap: Tap {
                frames: recorded_in,
                line: Line::new(recorder.clone()),
                on: Arc::clone(&on),
                waits: options.fast,
            },
            outbox: outbox.clone(),
            fast: options.fast,
            levelled: Cell::new(options.levelled),
            handed: Cell::default(),
        };
        let mut recording = Recorder::new(
            create,
            recorded,
            recorder_rx,
            Arc::clone(&on),
            outbox.clone(),
        );
        recording.known.settings.levelled = options.levelled;
        session.spawn("recorder", move || recording.run())?;
        session.spawn("capture", move || player.run())?;
        let maps = outbox.clone();
        session.spawn("phrases", move || {
            deciding::run(reader, &requests, &decided_tx, &maps);
        })?;
        let verdicts = outbox.clone();
        session.spawn("judging", move || judging::run(&judging, &verdicts))?;
        let lines = inference::Lines {
            frames,
            commands: command_rx,
            decided,
            requests: requests_in,
            orders: Line::new(order_tx),
            judging: judging_in,
            notes: noting::Notes {
                line: Line::new(recorder),
                on,
                waits: options.fast,
                taken: Cell::default(),
            },
            outbox,
        };
        session.spawn("inference", move || {
            inference::Inference::new(bundle, options, lines).run();
        })?;
        Ok(session)
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = Builder::new().name(name.into()).spawn(work)?;
        self.threads.push(thread);
        Ok(())
    }

    /// Asks for something now. Gives the command back when the line is full or the session has died.
    pub fn send(&self, command: Command) -> Result<(), Command> {
        self.send_as_of(command, Instant::now())
    }

    /// Asks for something that the user wanted at that moment: what is recorded of it counts from then, however late whoever
    /// does it comes to it.
    pub fn send_as_of(&self, command: Command, at: Instant) -> Result<(), Command> {
        let Some(line) = &self.commands else {
            return Err(command);
        };
        let sent = line.try_send((command, at));
        sent.map_err(|unsent| unsent.into_inner().0)
    }

    /// Whether commands still have a reader.
    pub fn is_alive(&self) -> bool {
        self.threads.iter().all(|thread| !thread.is_finished())
    }

    /// The oldest unread event, without waiting.
    pub fn try_event(&self) -> Option<Event> {
        let taken = self.events.as_ref()?.try_recv().ok()?;
        Some(self.take_note(taken))
    }

    /// The oldest unread event, waiting for one. `None` after the time, or when the session has died.
    pub fn wait_event(&self, time: Duration) -> Option<Event> {
        let taken = self.events.as_ref()?.recv_timeout(time).ok()?;
        Some(self.take_note(taken))
    }

    fn take_note(&self, (said, event): (Instant, Event)) -> Event {
        self.waited.set(said.elapsed());
        event
    }

    /// How long the event that was taken last had waited to be taken.
    pub fn event_waited(&self) -> Duration {
        self.waited.get()
    }

    /// The newest frame, once.
    pub fn newest_frame(&self) -> Option<Frame> {
        self.newest.pop()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Inference sees these go, drops its ends of the other lines, and the rest follow.
        self.events = None;
        self.commands = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a worker thread panicked; its message stands above");
            }
        }
    }
}

/// Sends unless the line is full. `false` only when nobody reads it any more.
fn offer<T>(line: &Sender<T>, item: T) -> bool {
    !matches!(line.try_send(item), Err(TrySendError::Disconnected(_)))
}
