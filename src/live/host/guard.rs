//! The guard of a command for frames: all that the command starts ends with whoever asked for the frames, however they go.
//!
//! A process of this program stands between the two, `synse guard COMMAND`. What is orphaned below it becomes its child,
//! whatever session or process group it went to (it is a *child subreaper*), so that nothing gets out of its sight but what
//! another service is asked to start, as by `systemd-run`. It ends as the command ended once nothing is left below it.
//! Whoever asked holds the other end of its standard input, and nobody writes there: when that closes, they have gone or
//! want it to end. What then does not end by itself is asked to, and what does not obey is killed.
//!
//! The guard may be killed itself, in a moment without memory or by hand, so there are two of them, one below the other, each
//! of which ends all when the other is gone: the inner one's standard input comes from the outer one and closes with it, and
//! what the inner one leaves behind becomes the outer one's. With both killed at once, the system kills the command itself
//! (its *parent death signal*); only what that started, and what takes no notice of its input, is then left.

use super::descendants::signal_descendants;
use crate::capture::own_output;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process,
    set_child_subreaper, set_parent_process_death_signal, setrlimit, wait,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::{emulate_default_handler, pipe};
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

/// This very program, even when its file was replaced by a newer one.
pub(super) const OURSELVES: &str = "/proc/self/exe";

/// Who asked for the frames has gone: so long may a command take to notice it and to put its camera in order.
const LEAVE: Duration = Duration::from_secs(1);

/// From being asked to end to being killed.
const OBEY: Duration = Duration::from_millis(300);

/// Who is still there then cannot be killed, such as another user's process.
const GIVE_UP: Duration = Duration::from_secs(10);

/// The inner guard needs no more than [`LEAVE`] and [`OBEY`]. One that takes this long hangs.
const INNER: Duration = Duration::from_secs(2);

/// How often a command is looked after that is about to end.
const LOOK: Duration = Duration::from_millis(2);

/// The program as the guard of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// Which whoever wants the frames starts; it starts the inner one.
    Outer,
    /// Which starts the command.
    Inner,
    /// Which becomes the command, and is killed when the guard with that number dies.
    Command {
        /// The inner guard's process.
        guard: u32,
    },
}

/// Starts a command line and guards it; how it ended, once all that it started has ended too.
pub fn guard(line: &str, post: Post) -> io::Result<Option<WaitStatus>> {
    match post {
        Post::Outer => outer(line),
        Post::Inner => inner(line),
        Post::Command { guard } => Err(become_command(line, guard)),
    }
}

/// This program in its next post.
fn ourselves(post: &[&str], line: &str) -> Command {
    let mut command = Command::new(OURSELVES);
    command.arg0("synse").arg("guard").args(post);
    command.args(["--", line]);
    command
}

fn outer(line: &str) -> io::Result<Option<WaitStatus>> {
    // It must close when the command closes it, so the guards may not hold it.
    let output = own_output()?;
    set_child_subreaper(Some(getpid()))?;
    let signalled = signalled()?;
    let mut inner = ourselves(&["--inner"], line)
        .stdin(Stdio::piped())
        .stdout(output)
        .spawn()?;
    let to_inner = inner.stdin.take();
    let id = Pid::from_child(&inner);
    Builder::new().name("parent".into()).spawn(move || {
        wait_for_end(io::stdin().lock());
        drop(to_inner);
        sleep(LEAVE + INNER);
        kill_all();
    })?;
    Builder::new().name("signals".into()).spawn(move || {
        wait_for_end(signalled.take(1));
        // It may have ended already.
        kill_process(id, Signal::TERM).ok();
        sleep(INNER);
        kill_all();
    })?;
    // It ends when nothing is left, unless it was killed.
    Ok(wait_for_all(&inner, || {
        Builder::new().name("rest".into()).spawn(kill_all).ok();
    }))
}

fn inner(line: &str) -> io::Result<Option<WaitStatus>> {
    let output = own_output()?;
    set_child_subreaper(Some(getpid()))?;
    let command_ended = Arc::new(AtomicBool::new(false));
    // Before there is anything that must not be left behind.
    let signalled = signalled()?;
    let ended = Arc::clone(&command_ended);
    Builder::new().name("parent".into()).spawn(move || {
        wait_for_end(io::stdin().lock());
        let until = Instant::now() + LEAVE;
        while !ended.load(Ordering::Relaxed) && Instant::now() < until {
            sleep(LOOK);
        }
        end_all();
    })?;
    Builder::new().name("signals".into()).spawn(move || {
        wait_for_end(signalled.take(1));
        end_all();
    })?;
    let own = getpid().to_string();
    let command = ourselves(&["--ends-with", &own], line)
        .stdout(output)
        // Of its own: `kill 0` in a script means the script.
        .process_group(0)
        .spawn()?;
    Ok(wait_for_all(&command, || {
        command_ended.store(true, Ordering::Relaxed);
    }))
}

/// Only what it cannot do is returned.
fn become_command(line: &str, guard: u32) -> io::Error {
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return error.into();
    }
    // Who died before that line is known by no signal.
    if getppid().is_none_or(|parent| parent.as_raw_pid().unsigned_abs() != guard) {
        return io::Error::other("its guard has been killed");
    }
    Command::new("/bin/sh").args(["-c", line]).exec()
}

/// Signals that ask a guard to end, as a pipe in which the first of them is a byte.
fn signalled() -> io::Result<io::PipeReader> {
    let (signalled, signal) = io::pipe()?;
    for number in [SIGTERM, SIGINT, SIGHUP] {
        pipe::register(number, signal.try_clone()?)?;
    }
    Ok(signalled)
}

/// Waits until no child is left, and orphans are children; how the first of them ended, which is told when it has.
fn wait_for_all(first: &Child, first_ended: impl FnOnce()) -> Option<WaitStatus> {
    let first = Pid::from_child(first);
    let mut status = None;
    let mut first_ended = Some(first_ended);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((process, its_status))) if process == first && status.is_none() => {
                status = Some(its_status);
                if let Some(tell) = first_ended.take() {
                    tell();
                }
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return status,
        }
    }
}

fn wait_for_end(mut input: impl Read) {
    let mut buffer = [0; 256];
    loop {
        match input.read(&mut buffer) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return,
        }
    }
}

/// Ends all that descends from this process, which ends by itself when they have.
fn end_all() {
    signal_descendants(getpid(), Signal::TERM);
    sleep(OBEY);
    kill_all();
}

fn kill_all() {
    let own = getpid();
    let until = Instant::now() + GIVE_UP;
    while Instant::now() < until {
        // What is killed may just have started something.
        signal_descendants(own, Signal::KILL);
        sleep(LOOK);
    }
    kill_process(own, Signal::KILL).ok();
}

/// Ends this process as a command ended: by the same signal, if by one; otherwise the code to end with.
pub fn end_as(status: Option<WaitStatus>) -> u8 {
    let Some(status) = status else { return 0 };
    let signal = status.terminating_signal();
    if let Some(signal) = signal {
        // The command has left a core where it should.
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Core, none).ok();
        emulate_default_handler(signal).ok();
    }
    // Of a signal that has no name, what a shell says.
    let code = status.exit_status().or(signal.map(|signal| 128 + signal));
    code.and_then(|code| code.try_into().ok()).unwrap_or(1)
}
