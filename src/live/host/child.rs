//! One running host: its process, a thread for each of its two outputs, and how it is ended.

use super::HostCommand;
use super::family::Family;
use super::output::{Heard, Received, Shared, keep_tail, receive};
use crate::capture::wire::Record;
use crate::live::ring::{self, Consumer};
use crossbeam_channel::{Receiver, Select, TryRecvError, bounded};
use std::io;
use std::process::{self, ExitStatus};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

/// Frames that wait for the capture thread: a second of a Kinect.
const FRAMES: usize = 32;

/// Words that wait: a host has little to say.
const WORDS: usize = 16;

/// How often a process is looked after that is about to end.
const LOOK: Duration = Duration::from_millis(5);

/// What a command left behind is killed for so long, and then left where it cannot be.
#[cfg(target_os = "linux")]
const PATIENCE: Duration = Duration::from_secs(1);

/// A running host.
pub(super) struct Child {
    process: process::Child,
    /// It is no host, but guards one.
    is_guard: bool,
    family: Family,
    frames: Consumer<Received>,
    words: Receiver<Heard>,
    /// A frame that came after a word that is still to be heard.
    next: Option<Received>,
    /// What is to be said when all frames have been taken.
    last: Option<Heard>,
    tail: Consumer<String>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Child {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Child")
            .field("process", &self.process.id())
            .finish_non_exhaustive()
    }
}

impl Child {
    /// Starts it, and the threads that read from it.
    pub(super) fn start(command: &HostCommand, lasting: Option<&str>) -> io::Result<Self> {
        let mut process = command.command(lasting).spawn()?;
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        let (frames_in, frames) = ring::ring(FRAMES);
        let (tail_in, tail) = ring::ring(1);
        let (words_in, words) = bounded(WORDS);
        let shared = Arc::new(Shared::new());
        let mut child = Self {
            family: Family::of(&process),
            is_guard: command.is_guarded(),
            process,
            frames,
            words,
            next: None,
            last: None,
            tail,
            shared: Arc::clone(&shared),
            threads: Vec::new(),
        };
        let started = child
            .spawn("host output", move || {
                if let Some(stdout) = stdout {
                    receive(stdout, &shared, &frames_in, &words_in);
                }
            })
            .and_then(|()| {
                child.spawn("host errors", move || {
                    if let Some(stderr) = stderr {
                        keep_tail(stderr, &tail_in);
                    }
                })
            });
        match started {
            Ok(()) => Ok(child),
            Err(error) => {
                child.stop(Duration::ZERO);
                Err(error)
            }
        }
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = Builder::new().name(name.into()).spawn(work)?;
        self.threads.push(thread);
        Ok(())
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// How long it has run.
    pub(super) fn age(&self) -> Duration {
        self.shared.age()
    }

    /// Frames that were overwritten unread.
    pub(super) fn dropped(&self) -> u64 {
        self.frames.dropped()
    }

    /// Whether its late frames may be dropped: a recording's may not.
    pub(super) fn set_live(&self, live: bool) {
        self.shared.set_live(live);
    }

    /// What it says next, waiting for it until that moment. It may be silent for no longer than `silence`.
    pub(super) fn hear(&mut self, until: Instant, silence: Duration) -> Heard {
        loop {
            if self.last.is_none() {
                match self.words.try_recv() {
                    Ok(Heard::Record(
                        record @ (Record::End | Record::Error(_) | Record::Absent(_)),
                    )) => {
                        self.last = Some(Heard::Record(record));
                    }
                    Ok(last @ (Heard::Broken(_) | Heard::Closed)) => self.last = Some(last),
                    Ok(heard) => return heard,
                    Err(TryRecvError::Empty) => {}
                    Err(TryRecvError::Disconnected) => self.last = Some(Heard::Closed),
                }
            }
            if let Some(next) = self.next.take().or_else(|| self.frames.pop()) {
                if self.last.is_none() && !self.words.is_empty() {
                    // Something was said before this frame came, such as the hello.
                    self.next = Some(next);
                    continue;
                }
                let Received { sent, at } = next;
                return Heard::Frame { sent, received: at };
            }
            if let Some(last) = self.last.take() {
                return last;
            }
            let silent = self.shared.silent_for();
            if silent > silence {
                return Heard::Silent(silent);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Heard::Nothing;
            }
            let wait = left.min(silence.saturating_sub(silent) + LOOK);
            // What has come is taken in the next round; only the bell is silenced here.
            let mut ready = Select::new();
            ready.recv(&self.words);
            ready.recv(self.frames.doorbell());
            if ready.ready_timeout(wait).is_ok() {
                self.frames.doorbell().try_recv().ok();
            }
        }
    }

    /// The same of a host that has not said hello, and may be about it for so long, with signs of life or without.
    pub(super) fn hear_opening(&mut self, until: Instant, open: Duration) -> Heard {
        let heard = self.hear(until, open);
        let age = self.age();
        if matches!(heard, Heard::Nothing) && age > open && self.shared.has_spoken() {
            return Heard::Late(age);
        }
        heard
    }

    /// How the process ended, in words; waits a moment for it, since its output closes first.
    pub(super) fn how_it_ended(&mut self, grace: Duration) -> String {
        if self.is_guard {
            // It tells when nothing is left of its command, or when nobody wants more.
            drop(self.process.stdin.take());
        }
        if !self.ends_within(grace) {
            return "it closed its output".into();
        }
        match self.process.try_wait() {
            Ok(Some(status)) => in_words(status),
            Ok(None) | Err(_) => "it closed its output".into(),
        }
    }

    /// Asks it to end, kills it where it does not, and leaves nothing of it behind. The end of what it said on stderr.
    pub(super) fn stop(mut self, grace: Duration) -> String {
        // A host that sees its input close puts the camera in order and ends.
        drop(self.process.stdin.take());
        self.ends_within(grace);
        self.kill();
        // Readers end with the pipes; nobody waits for somebody who holds one open on purpose.
        let patience = Instant::now() + Duration::from_millis(500);
        let Self {
            frames,
            words,
            tail,
            threads,
            ..
        } = self;
        drop((frames, words));
        while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < patience {
            sleep(LOOK);
        }
        for thread in threads {
            if thread.is_finished() {
                thread.join().ok();
            } else {
                tracing::warn!("a program that a capture host started holds its output open");
            }
        }
        tail.pop().unwrap_or_default()
    }

    #[cfg_attr(
        unix,
        expect(
            clippy::needless_pass_by_ref_mut,
            reason = "where there is no way to look without reaping, looking changes the child"
        )
    )]
    fn ends_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            if self.has_ended() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            sleep(LOOK);
        }
    }

    /// Whether the process has ended. It is not reaped yet, so that its number still means its group.
    #[cfg(unix)]
    fn has_ended(&self) -> bool {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let id = WaitId::Pid(Pid::from_child(&self.process));
        // An error says that there is no such child any more.
        waitid(id, options).map_or(true, |status| status.is_some())
    }

    #[cfg(not(unix))]
    fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// Ends the process and all that it started.
    fn kill(&mut self) {
        #[cfg(target_os = "linux")]
        if self.is_guard {
            self.kill_what_it_guards();
        }
        self.family.kill(&mut self.process);
        if let Err(error) = self.process.wait() {
            tracing::warn!("a capture host cannot be waited for: {error}");
        }
    }
}

#[cfg(target_os = "linux")]
impl Child {
    /// A guard ends when all below it has. Killed before that, it would set the rest free.
    fn kill_what_it_guards(&self) {
        use super::descendants::signal_descendants;
        use rustix::process::{Pid, Signal};
        let guard = Pid::from_child(&self.process);
        let until = Instant::now() + PATIENCE;
        while !self.has_ended() {
            if Instant::now() >= until {
                tracing::warn!("what a command for frames started cannot be ended");
                return;
            }
            signal_descendants(guard, Signal::KILL);
            sleep(LOOK);
        }
    }
}

/// How a process ended, for people.
fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        match status.signal() {
            Some(11) => return "its process crashed (segmentation fault)".into(),
            Some(6) => return "its process crashed (aborted)".into(),
            Some(signal) => return format!("its process was killed (signal {signal})"),
            None => {}
        }
    }
    match status.code() {
        Some(0) | None => "its process ended".into(),
        // Codes of Windows' own exceptions, such as 0xC0000005, an access violation.
        Some(code) if code < 0 => format!("its process crashed (0x{code:08X})"),
        Some(code) => format!("its process ended with code {code}"),
    }
}
