//! The recorder thread: it writes the session to disk, and nobody ever waits for it.

use super::Event;
use super::lately::Lately;
use super::outbox::Outbox;
use super::recorded::{self, Known, Recorded, RecorderOrder, Told};
use super::ring::Consumer;
use super::session_source::is_session;
use super::stages::CreateSession;
use super::written::Open;
use crate::recording::session::{
    FLUSH_MILLIS, MarkerRecord, PredictionRecord, SessionError, SessionWriter, new_name,
};
use crate::skeleton::Frame;
use crossbeam_channel::{Receiver, never, select, tick};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Frames that a slow disk may leave waiting: thirteen seconds at 300 a second.
pub(super) const LINE_OF_FRAMES: usize = 4096;

/// Below this much free space a recording ends while there is still room to end it properly, bytes.
const LEAST_FREE: u64 = 24 << 20;

/// After so many lost frames the disk is too slow to go on.
const MOST_DROPPED: u64 = 3 * LINE_OF_FRAMES as u64;

/// The computer's clock, which must not leap while a session is recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) instant: Instant,
    pub(super) nanos: u64,
}

impl Clock {
    /// Which time it was at that moment.
    fn of(at: Instant) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = Self {
            instant: Instant::now(),
            nanos: since.map_or(0, |since| since.as_nanos() as u64),
        };
        Self {
            instant: at,
            nanos: now.nanos(at),
        }
    }

    pub(super) fn nanos(&self, at: Instant) -> u64 {
        let after = at.saturating_duration_since(self.instant).as_nanos() as u64;
        let before = self.instant.saturating_duration_since(at).as_nanos() as u64;
        self.nanos.saturating_add(after).saturating_sub(before)
    }
}

/// The recorder's state.
pub(super) struct Recorder {
    create: CreateSession,
    pub(super) frames: Consumer<(Frame, Instant)>,
    pub(super) orders: Receiver<Told>,
    pub(super) on: Arc<AtomicBool>,
    pub(super) outbox: Outbox,
    pub(super) known: Known,
    lately: Lately,
    /// Frames that the ring had lost when it was last looked after.
    lost: u64,
    open: Option<Open>,
}

impl Recorder {
    pub(super) fn new(
        create: CreateSession,
        frames: Consumer<(Frame, Instant)>,
        orders: Receiver<Told>,
        on: Arc<AtomicBool>,
        outbox: Outbox,
    ) -> Self {
        Self {
            create,
            frames,
            orders,
            on,
            outbox,
            known: Known::default(),
            lately: Lately::default(),
            lost: 0,
            open: None,
        }
    }

    /// Works until the session ends, and ends its file then.
    pub(super) fn run(mut self) {
        let orders = self.orders.clone();
        let mut bell = self.frames.doorbell().clone();
        let flush = tick(Duration::from_millis(FLUSH_MILLIS));
        loop {
            select! {
                recv(orders) -> order => {
                    let Ok(told) = order else {
                        self.take_frames();
                        self.stop(None, Instant::now());
                        return;
                    };
                    self.obey(told);
                },
                recv(bell) -> rung => {
                    // What was ordered before these frames came is done before they are written.
                    while let Ok(told) = orders.try_recv() {
                        self.obey(told);
                    }
                    self.take_frames();
                    if rung.is_err() {
                        bell = never();
                    }
                },
                recv(flush) -> _ => self.each_second(),
            }
        }
    }

    /// Does what was asked for at a moment: what is written of it is of that moment, however busy the disk was since.
    fn obey(&mut self, Told { order, at }: Told) {
        match order {
            RecorderOrder::Start(to) => self.start(&to, at),
            RecorderOrder::Stop => {
                self.take_frames();
                self.stop(None, at);
            }
            RecorderOrder::Prediction(prediction) => self.predicted(prediction, at),
            RecorderOrder::Mark(label) => self.write(at, |writer, nanos| {
                let marker = MarkerRecord {
                    label,
                    start_nanos: nanos,
                    end_nanos: nanos,
                };
                writer.marker(nanos, &marker)
            }),
            RecorderOrder::Begin(label) => {
                self.change(|open| open.begin_segment(label, at));
            }
            RecorderOrder::End => self.change(|open| open.end_segment(at)),
            RecorderOrder::Happened(event) => {
                self.write(at, |writer, nanos| writer.event(nanos, &event));
            }
            RecorderOrder::Phrases(phrases) => {
                self.change(|open| open.phrases(&phrases, at));
                self.known.phrases = phrases;
            }
            RecorderOrder::Change(after, change) => {
                self.change(|open| open.note(after, change.clone(), at));
                self.lately.change(after, change);
            }
            RecorderOrder::Unwritten(answers) => self.lose(&answers, at),
            RecorderOrder::Unseen(after, until) => {
                self.change(|open| open.unseen(after, until, at));
                self.lately.unseen(after, until);
            }
            setting => {
                if self.known.take(setting) {
                    let settings = self.known.settings.clone();
                    self.write(at, |writer, nanos| writer.settings(nanos, &settings));
                }
            }
        }
    }

    /// Begins a session as of the moment at which that was asked for.
    fn start(&mut self, to: &Path, at: Instant) {
        if let Some(open) = &self.open {
            let path = open.writer.path().display().to_string();
            self.outbox.problem(format!("already recording {path}"));
            return;
        }
        self.take_frames();
        let clock = Clock::of(at);
        let is_file = is_session(to) && !to.is_dir();
        let (path, folder) = if is_file {
            (to.to_path_buf(), Ok(()))
        } else {
            let made = std::fs::create_dir_all(to);
            (new_name(to, clock.nanos / 1_000_000_000), made)
        };
        let wrong = |source| SessionError::File {
            action: "make the folder of",
            path: to.to_path_buf(),
            source,
        };
        match folder
            .map_err(wrong)
            .and_then(|()| self.begin(&path, clock))
        {
            Ok(open) => {
                self.open = Some(open);
                self.on.store(true, Ordering::Relaxed);
                self.outbox.insist(Event::RecordingStarted(path));
            }
            Err(error) => {
                self.on.store(false, Ordering::Relaxed);
                let problem = format!("{error}; nothing is recorded");
                self.outbox.problem(problem.clone());
                let recorded = Recorded {
                    path,
                    ..Recorded::default()
                };
                self.outbox
                    .insist(Event::RecordingStopped(recorded, Some(problem)));
            }
        }
    }

    fn begin(&self, path: &Path, clock: Clock) -> Result<Open, SessionError> {
        let writer = (self.create)(path, clock.nanos)?;
        self.fill(writer, clock).inspect_err(|_| {
            // It is ours, and nothing is recorded in it: its name is to be free for the next try.
            std::fs::remove_file(path).ok();
        })
    }

    /// What a session begins with.
    fn fill(&self, mut writer: SessionWriter, clock: Clock) -> Result<Open, SessionError> {
        writer.settings(clock.nanos, &self.known.settings)?;
        let mut open = Open::new(writer, clock, self.frames.dropped());
        open.phrases(&self.known.phrases, clock.instant)?;
        self.lately.write(&mut open)?;
        open.writer.flush()?;
        Ok(open)
    }

    /// Writes the frames that have come, if anything is recorded, and keeps them for a while in any case.
    fn take_frames(&mut self) {
        // No more than the ring holds: where frames come faster than the disk takes them there is no end of them, and it
        // is only between them that this is noticed. Whatever comes meanwhile rings again.
        for _ in 0..LINE_OF_FRAMES {
            let Some((frame, at)) = self.frames.pop() else {
                return;
            };
            let lost = self.frames.dropped();
            if lost != self.lost {
                self.lost = lost;
                self.lately.break_off();
            }
            self.change(|open| open.frame(&frame, at));
            self.lately.frame(frame, at);
        }
    }

    fn predicted(&mut self, prediction: Box<PredictionRecord>, at: Instant) {
        let body = prediction.body;
        self.lately
            .acted(at, body, recorded::is_acting(&prediction));
        if self.open.is_some() {
            self.change(|open| open.prediction(*prediction, at));
            self.lately.answered(at, body, None);
        } else {
            self.lately.answered(at, body, Some(prediction));
        }
    }

    /// Tells that there was no room for some predictions, and notes which they were.
    fn lose(&mut self, answers: &[(Instant, u64)], at: Instant) {
        for (at, body) in answers {
            self.lately.answered(*at, *body, None);
        }
        if self.open.is_none() {
            return;
        }
        let text = format!(
            "the disk is too slow: {} predictions were not recorded",
            answers.len()
        );
        self.outbox.problem(text.clone());
        self.change(|open| open.unwritten(answers, at));
        self.obey(Told {
            order: RecorderOrder::happened("unwritten", &text),
            at,
        });
    }

    /// Writes something of that moment, if anything is recorded; what cannot be written ends the recording.
    fn write(
        &mut self,
        at: Instant,
        write: impl FnOnce(&mut SessionWriter, u64) -> Result<(), SessionError>,
    ) {
        self.change(|open| {
            let nanos = open.nanos(at);
            write(&mut open.writer, nanos)
        });
    }

    /// Writes more to the session, if anything is recorded; what cannot be written ends the recording.
    fn change(&mut self, write: impl FnOnce(&mut Open) -> Result<(), SessionError>) {
        let Some(open) = &mut self.open else { return };
        if let Err(error) = write(open) {
            self.stop(Some(error.to_string()), Instant::now());
        }
    }

    /// Puts on disk what came since the last time, and looks after the file.
    fn each_second(&mut self) {
        self.take_frames();
        let total = self.frames.dropped();
        let Some(open) = &mut self.open else { return };
        let dropped = total.saturating_sub(open.dropped_before);
        let newly = dropped - open.dropped;
        open.dropped = dropped;
        if newly > 0 {
            let text = format!("the disk is too slow: {newly} frames were not recorded");
            self.outbox.problem(text.clone());
            self.obey(Told::now(RecorderOrder::happened("dropped", &text)));
        }
        self.write(Instant::now(), |writer, _| writer.flush());
        let Some(open) = &self.open else { return };
        let path = open.writer.path();
        let free = recorded::free_bytes(path);
        let problem = if !recorded::is_there(path) {
            Some(format!("{} was removed or renamed", path.display()))
        } else if free.is_some_and(|free| free < LEAST_FREE) {
            Some("the disk is nearly full".to_owned())
        } else if open.dropped > MOST_DROPPED {
            Some("the disk is too slow".to_owned())
        } else {
            None
        };
        if problem.is_some() {
            return self.stop(problem, Instant::now());
        }
        let recorded = open.recorded(free);
        self.outbox.say(Event::Recording(recorded));
    }

    /// Ends the recording, if there is one, as of that moment.
    fn stop(&mut self, problem: Option<String>, at: Instant) {
        self.on.store(false, Ordering::Relaxed);
        let Some(mut open) = self.open.take() else {
            return;
        };
        // Where this fails, ending the file fails too, and tells.
        open.end_segment(at).ok();
        let now = open.nanos(Instant::now());
        open.dropped = self.frames.dropped().saturating_sub(open.dropped_before);
        let free = recorded::free_bytes(open.writer.path());
        let mut recorded = open.recorded(free);
        let ended = open.writer.finish(now);
        // What the file holds, which on a full disk is less than what came.
        recorded.frames = open.writer.written_frames();
        recorded.bytes = open.writer.bytes();
        let problem = problem.or_else(|| ended.err().map(|error| error.to_string()));
        let rest = if recorded.path.exists() {
            "what was recorded before can be read"
        } else {
            "the file is not there any more"
        };
        let problem = problem.map(|problem| format!("recording has stopped: {problem}; {rest}"));
        if let Some(problem) = &problem {
            self.outbox.problem(problem.clone());
        }
        self.outbox
            .insist(Event::RecordingStopped(recorded, problem));
    }
}
