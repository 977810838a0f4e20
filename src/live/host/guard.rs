//! The guard of a command for frames: all that the command starts ends with whoever asked for the frames, however they go.
//!
//! A process of this program stands between the two, `synse guard COMMAND`. What is orphaned below it becomes its child,
//! whatever session or process group it went to (it is a *child subreaper*), so that nothing gets out of its sight but what
//! another service is asked to start, as by `systemd-run`. It ends as the command ended once nothing is left below it.
//! Whoever asked holds the other end of its standard input, and nobody writes there: when that closes, they have gone or
//! want it to end. What then does not end by itself is asked to, and what does not obey is killed.

use super::descendants::signal_descendants;
use crate::capture::own_output;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus, getpid, kill_process,
    set_child_subreaper, setrlimit, wait,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::{emulate_default_handler, pipe};
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
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

/// How often a command is looked after that is about to end.
const LOOK: Duration = Duration::from_millis(2);

/// Starts a command line and guards it; how it ended, once all that it started has ended too.
pub fn guard(line: &str) -> io::Result<Option<WaitStatus>> {
    // It must close when the command closes it, so the guard may not hold it.
    let output = own_output()?;
    set_child_subreaper(Some(getpid()))?;
    let command_ended = Arc::new(AtomicBool::new(false));
    // Before there is anything that must not be left behind.
    let (signalled, signal) = io::pipe()?;
    for number in [SIGTERM, SIGINT, SIGHUP] {
        pipe::register(number, signal.try_clone()?)?;
    }
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
    let command = Command::new("/bin/sh")
        .args(["-c", line])
        .stdout(output)
        // Of its own: `kill 0` in a script means the script.
        .process_group(0)
        .spawn()?;
    let command = Pid::from_child(&command);
    let mut status = None;
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((process, its_status))) if process == command && status.is_none() => {
                status = Some(its_status);
                command_ended.store(true, Ordering::Relaxed);
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // No child is left, and orphans would be children.
            Err(_) => return Ok(status),
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
    let own = getpid();
    signal_descendants(own, Signal::TERM);
    sleep(OBEY);
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
