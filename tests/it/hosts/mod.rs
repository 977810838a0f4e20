//! Capture hosts that crash, hang, talk nonsense and die: frames go on, and nothing of them stays behind.
#![cfg(unix)]

mod faults;
mod processes;

use crate::wire::{crowd, hello, written};
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};
use synse::capture::wire::Record;
use synse::capture::{NoticeKind, Source as _, Step};
use synse::live::host::{HostCommand, HostLimits, Hosted};

/// Short enough for hundreds of faults in a test.
pub(crate) const HASTY: HostLimits = HostLimits {
    open: Duration::from_secs(5),
    prepare: Duration::from_secs(40),
    silence: Duration::from_millis(80),
    absent: Duration::ZERO,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(3),
    grace: Duration::from_millis(20),
};

/// Frames in every host's life.
pub(crate) const FRAMES: u64 = 5;

/// A stream as a file, to be played by shell commands.
pub(crate) struct Stream {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Stream {
    pub(crate) fn new(records: &[Record]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stream");
        fs::write(&path, written(records)).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    /// A camera that sends a few frames; it neither says that it ends nor why.
    pub(crate) fn camera() -> Self {
        let frames = (0..FRAMES).map(|index| crowd(index, 6));
        Self::new(&[hello(true)].into_iter().chain(frames).collect::<Vec<_>>())
    }

    /// The command that sends it, and then does something else.
    pub(crate) fn then(&self, what: &str) -> HostCommand {
        shell(format!("cat '{}'; {what}", self.path.display()))
    }
}

/// A command line as the program runs it.
pub(crate) fn shell(line: impl Into<String>) -> HostCommand {
    HostCommand::Shell {
        guard: env!("CARGO_BIN_EXE_synse").into(),
        line: line.into(),
    }
}

pub(crate) fn hosted(command: HostCommand, limits: HostLimits) -> Hosted {
    Hosted::start("azure-kinect".into(), command, limits).unwrap()
}

/// Plays until it was lost so many times; how many frames came, and what was said of each loss.
pub(crate) fn suffer(host: &mut Hosted, times: usize) -> (usize, Vec<String>) {
    let until = Instant::now() + Duration::from_mins(2);
    let (mut frames, mut losses) = (0, Vec::new());
    let mut newest = 0;
    while losses.len() < times {
        assert!(Instant::now() < until, "only {losses:?}");
        match host.step(Duration::from_millis(50)).unwrap() {
            Step::Frame(frame) => {
                assert!(frame.timestamp_micros > newest || frames == 0);
                newest = frame.timestamp_micros;
                frames += 1;
            }
            Step::Notice(notice) if notice.kind == NoticeKind::Lost => losses.push(notice.text),
            Step::Notice(_) | Step::Waiting => {}
            Step::End => panic!("a camera does not end"),
        }
    }
    (frames, losses)
}

/// What this process holds: open files, threads, and children.
pub(crate) fn holdings() -> (usize, usize, usize) {
    let count = |path: &str| fs::read_dir(path).unwrap().count();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok())
        .map(|ids| ids.split_whitespace().count())
        .sum();
    (count("/proc/self/fd"), count("/proc/self/task"), children)
}

/// Whether any process has this among its arguments.
pub(crate) fn runs(marker: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .any(|line| {
            line.split(|byte| *byte == 0)
                .any(|arg| arg == marker.as_bytes())
        })
}

pub(crate) fn gone_within(marker: &str, time: Duration) -> bool {
    let until = Instant::now() + time;
    while runs(marker) {
        if Instant::now() > until {
            return false;
        }
        sleep(Duration::from_millis(10));
    }
    true
}
