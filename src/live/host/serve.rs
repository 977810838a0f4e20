//! The host's side: plays a source and writes it as a stream, for as long as somebody reads.

use crate::capture::wire::{Hello, Record, SentFrame, StreamWriter};
use crate::capture::{CaptureError, Source, Step, Tell};
use crate::live::pace::Pace;
use std::io::{self, Read as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

/// At least so often a sign of life is given.
const HEARTBEAT: Duration = Duration::from_millis(400);

/// Who asked for the frames has gone: so long may the camera take to be put in order.
const LEAVE: Duration = Duration::from_millis(400);

/// Sends a source's frames until it ends, `stop` is set, or nobody reads any more. Unless `fast`, recordings are sent at
/// their own pace. What goes wrong is told in the stream too.
pub fn serve(
    open: impl FnOnce(Tell<'_>) -> Result<Box<dyn Source>, CaptureError>,
    out: impl Write,
    fast: bool,
    stop: &AtomicBool,
) -> Result<(), CaptureError> {
    let stream = match StreamWriter::begin(out) {
        Ok(stream) => stream,
        Err(error) => return gone(&error),
    };
    let mut host = Host {
        stream,
        stop,
        fast,
        sent_at: Instant::now(),
        up: None,
        greeted: false,
    };
    let opened = open(&mut |notice| {
        // A reader that has gone is noticed by what is sent next.
        host.stream.write(&Record::Notice(notice)).ok();
    });
    let played = opened.map_err(Stop::Source).and_then(|mut source| {
        let played = host.play(source.as_mut());
        drop(source);
        played
    });
    match played {
        Ok(()) | Err(Stop::Asked) => Ok(()),
        Err(Stop::Source(error)) => {
            let text = error.to_string();
            let record = if error.may_pass() && !host.greeted {
                Record::Absent(text)
            } else {
                Record::Error(text)
            };
            // Whether anybody reads it does not change what is wrong.
            host.send(&record).ok();
            Err(error)
        }
        Err(Stop::Reader(error)) => gone(&error),
    }
}

/// A reader that has left is none of our troubles.
fn gone(error: &io::Error) -> Result<(), CaptureError> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(CaptureError::Host {
        host: "capture-host".into(),
        problem: format!("the stream cannot be written: {error}"),
        said: String::new(),
    })
}

/// Why there are no more frames.
enum Stop {
    /// Nobody wants them any more.
    Asked,
    /// The source is broken.
    Source(CaptureError),
    /// They cannot be written.
    Reader(io::Error),
}

struct Host<'a, W> {
    stream: StreamWriter<W>,
    stop: &'a AtomicBool,
    fast: bool,
    /// The newest sign of life.
    sent_at: Instant,
    up: Option<[f32; 3]>,
    greeted: bool,
}

impl<W: Write> Host<'_, W> {
    fn play(&mut self, source: &mut dyn Source) -> Result<(), Stop> {
        let mut pace = Pace::new(source.fps());
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stop::Asked);
            }
            let step = source.step(HEARTBEAT).map_err(Stop::Source)?;
            if !self.greeted && source.is_open() {
                self.greeted = true;
                pace = Pace::new(source.fps());
                self.send(&Record::Hello(Hello {
                    name: source.name(),
                    lasting: source.lasting_spec().map(|spec| spec.to_string()),
                    fps: source.fps(),
                    // Frames that are paced here come when they happen, as far as the reader is concerned.
                    live: source.is_live() || !self.fast,
                }))?;
            }
            if self.greeted && source.up() != self.up {
                self.up = source.up();
                if let Some(up) = self.up {
                    self.send(&Record::Up(up))?;
                }
            }
            match step {
                Step::Frame(frame) => {
                    if !self.fast && !source.is_live() {
                        self.wait(pace.due(frame.timestamp_micros, Instant::now()))?;
                    }
                    let journey = source.journey();
                    let delay = journey.tracker.map(|tracker| tracker + journey.link);
                    self.send(&Record::Frame(SentFrame {
                        frame,
                        delay_micros: delay.and_then(|delay| delay.as_micros().try_into().ok()),
                        dropped: journey.dropped(),
                        floor: source.floor(),
                        hands: source.hands().to_vec(),
                    }))?;
                }
                Step::Notice(notice) => self.send(&Record::Notice(notice))?,
                Step::End => return self.send(&Record::End),
                Step::Waiting => {}
            }
            self.live_on()?;
        }
    }

    /// Waits for a frame's moment, giving signs of life meanwhile.
    fn wait(&mut self, due: Instant) -> Result<(), Stop> {
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stop::Asked);
            }
            sleep(left.min(HEARTBEAT));
            self.live_on()?;
        }
    }

    fn live_on(&mut self) -> Result<(), Stop> {
        if self.sent_at.elapsed() >= HEARTBEAT {
            self.send(&Record::Heartbeat)?;
        }
        Ok(())
    }

    fn send(&mut self, record: &Record) -> Result<(), Stop> {
        self.stream.write(record).map_err(Stop::Reader)?;
        self.sent_at = Instant::now();
        Ok(())
    }
}

/// Ends this process when whoever started it has gone, however they went: their end of our standard input closes then.
///
/// `stop` is set first, so that a camera can be put in order; an SDK that hangs does not keep the process.
pub fn end_with_parent(stop: Arc<AtomicBool>) -> io::Result<()> {
    if !input_is_a_pipe() {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        // It says nothing of a parent that died before this line; its pipe does.
        set_parent_process_death_signal(Some(Signal::TERM))?;
    }
    Builder::new().name("parent".into()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut buffer = [0; 256];
        while let Ok(1..) = input.read(&mut buffer) {}
        stop.store(true, Ordering::Relaxed);
        sleep(LEAVE);
        // What an SDK does when a process ends may hang as well.
        #[cfg(unix)]
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).ok();
        #[expect(
            clippy::disallowed_methods,
            clippy::exit,
            reason = "an SDK that hangs can be left in no other way, and there is nobody any more to answer to"
        )]
        std::process::exit(0);
    })?;
    Ok(())
}

/// Whether standard input is somebody's pipe: a terminal or nothing at all says nothing of who started us.
#[cfg(unix)]
fn input_is_a_pipe() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let input = io::stdin().as_fd().try_clone_to_owned();
    let kind = input.and_then(|input| std::fs::File::from(input).metadata());
    kind.is_ok_and(|kind| kind.file_type().is_fifo() || kind.file_type().is_socket())
}

#[cfg(not(unix))]
fn input_is_a_pipe() -> bool {
    use std::io::IsTerminal as _;
    !io::stdin().is_terminal()
}
