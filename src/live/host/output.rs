//! What a host says on its two outputs, read by a thread for each.

use crate::capture::CaptureError;
use crate::capture::wire::{Record, SentFrame, StreamReader};
use crate::live::ring::Producer;
use crossbeam_channel::Sender;
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much is kept of the end of what a host says on stderr, bytes.
const TAIL: usize = 600;

/// Stands for not waiting.
const BUSY: u64 = u64::MAX;

/// What a host had to say.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing, for as long as was waited.
    Nothing,
    /// A frame, and when it came.
    Frame { sent: SentFrame, received: Instant },
    /// Anything else but a frame.
    Record(Record),
    /// Something that is no stream.
    Broken(CaptureError),
    /// Its output is closed.
    Closed,
    /// It has given no sign of life for so long.
    Silent(Duration),
    /// It has given signs of life for so long, and nothing is open.
    Late(Duration),
}

/// A frame that waits to be taken.
pub(super) struct Received {
    pub(super) sent: SentFrame,
    /// When it came.
    pub(super) at: Instant,
}

/// What the reading thread and the capture thread both look at.
#[derive(Debug)]
pub(super) struct Shared {
    /// Since when the reader has waited, milliseconds from the start; [`BUSY`] while it does not.
    waiting_since: AtomicU64,
    /// Since when it has waited for the record that it reads, however that comes in pieces; [`BUSY`] before it waits.
    record_since: AtomicU64,
    /// Whether anything came that belongs to a stream.
    has_spoken: AtomicBool,
    /// Frames are of now: late ones are dropped rather than kept waiting.
    live: AtomicBool,
    start: Instant,
}

impl Shared {
    /// Of a host that starts now; what it sends is of now until it says otherwise.
    pub(super) fn new() -> Self {
        Self {
            waiting_since: AtomicU64::new(BUSY),
            record_since: AtomicU64::new(BUSY),
            has_spoken: AtomicBool::new(false),
            live: AtomicBool::new(true),
            start: Instant::now(),
        }
    }

    /// How long the host has run.
    pub(super) fn age(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether anything came that belongs to a stream.
    pub(super) fn has_spoken(&self) -> bool {
        self.has_spoken.load(Ordering::Acquire)
    }

    /// Whether late frames may be dropped: a recording's may not.
    pub(super) fn set_live(&self, live: bool) {
        self.live.store(live, Ordering::Release);
    }

    /// How long the reader has waited for the host's next record: bytes of one that does not end are no sign of life.
    pub(super) fn silent_for(&self) -> Duration {
        match self.waiting_since.load(Ordering::Acquire) {
            BUSY => Duration::ZERO,
            since => Duration::from_millis(self.millis().saturating_sub(since)),
        }
    }

    fn millis(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }
}

/// Tells since when it waits for more.
struct Watched<'a, R> {
    input: R,
    shared: &'a Shared,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Only this thread changes it.
        let mut since = self.shared.record_since.load(Ordering::Relaxed);
        if since == BUSY {
            since = self.shared.millis();
            self.shared.record_since.store(since, Ordering::Relaxed);
        }
        self.shared.waiting_since.store(since, Ordering::Release);
        let got = self.input.read(buffer);
        self.shared.waiting_since.store(BUSY, Ordering::Release);
        got
    }
}

/// Reads the stream until it ends, or until nobody listens.
pub(super) fn receive(
    stdout: impl Read,
    shared: &Shared,
    frames: &Producer<Received>,
    words: &Sender<Heard>,
) {
    let input = Watched {
        input: stdout,
        shared,
    };
    let mut reader = StreamReader::new(BufReader::with_capacity(1 << 16, input));
    loop {
        let read = reader.read();
        shared.record_since.store(BUSY, Ordering::Relaxed);
        if matches!(read, Ok(Some(_))) {
            shared.has_spoken.store(true, Ordering::Release);
        }
        let heard = match read {
            Ok(Some(Record::Frame(sent))) => {
                let at = Instant::now();
                let received = Received { sent, at };
                let wanted = if shared.live.load(Ordering::Acquire) {
                    frames.push(received)
                } else {
                    frames.push_waiting(received)
                };
                if wanted {
                    continue;
                }
                return;
            }
            Ok(Some(Record::Heartbeat)) => continue,
            Ok(Some(record)) => {
                if let Record::Hello(hello) = &record {
                    // Before the first frame, which must not be dropped where none may.
                    shared.set_live(hello.live);
                }
                Heard::Record(record)
            }
            Ok(None) => Heard::Closed,
            Err(error) => Heard::Broken(error),
        };
        let over = matches!(heard, Heard::Closed | Heard::Broken(_));
        if words.send(heard).is_err() || over {
            return;
        }
    }
}

/// Keeps the end of what is said on stderr, however much it is.
pub(super) fn keep_tail(mut stderr: impl Read, tail: &Producer<String>) {
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let got = match stderr.read(&mut buffer) {
            Ok(0) => return,
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        kept.extend(&buffer[..got]);
        let surplus = kept.len().saturating_sub(TAIL);
        kept.drain(..surplus);
        tail.push(on_one_line(&kept));
    }
}

/// Between the lines of a host in a message.
const LINES_APART: &str = " / ";

/// The last lines as one, in a message.
fn on_one_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    let last = lines.len().saturating_sub(4);
    // It is shown in terminals, to which control characters are orders.
    lines[last..]
        .join(LINES_APART)
        .replace(char::is_control, " ")
}

/// What of a host's last words was not told yet: what is wrong it says in the stream and on stderr.
pub(super) fn news(said: &str, problem: &str) -> String {
    let is_new = |line: &&str| !line.contains(problem) && !problem.contains(line);
    let lines: Vec<&str> = said.split(LINES_APART).filter(is_new).collect();
    lines.join(LINES_APART)
}

/// What is wrong with a source without its name, which stands before it wherever it is told.
pub(super) fn unnamed<'a>(problem: &'a str, title: &str) -> &'a str {
    let named = problem.strip_prefix(title);
    named
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(problem)
}

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn the_last_lines_are_told_and_give_no_orders() {
        let said = b"one\ntwo\n\n  three\r\nfour\x1b[2J\x07\nfive\xff\n";
        let told = on_one_line(said);
        assert_eq!(told, "two / three / four [2J  / five\u{fffd}");
    }
}
