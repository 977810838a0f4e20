//! How a host is started.

use crate::capture::SourceSpec;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the program to be started as capture host, in place of this one.
pub const HOST_VARIABLE: &str = "SYNSE_CAPTURE_HOST";

/// What to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostCommand {
    /// A program of ours with `capture-host SOURCE`.
    Program {
        /// The program.
        program: PathBuf,
        /// The source as it is written.
        source: String,
    },
    /// A command line for the shell.
    Shell {
        /// On Linux the program of ours that starts it, as its guard: `guard` is among its commands.
        guard: PathBuf,
        /// The line.
        line: String,
    },
}

impl HostCommand {
    /// This program itself, playing that source; or the one that [`HOST_VARIABLE`] names.
    pub fn own(source: &SourceSpec) -> io::Result<Self> {
        let named = env::var_os(HOST_VARIABLE).filter(|name| !name.is_empty());
        let program = match named {
            Some(program) => PathBuf::from(program),
            None => env::current_exe()?,
        };
        let source = source.to_string();
        Ok(Self::Program { program, source })
    }

    /// A command line for the shell, guarded by this program itself.
    pub fn shell(line: String) -> Self {
        #[cfg(target_os = "linux")]
        let guard = super::guard::OURSELVES.into();
        // Elsewhere there is none.
        #[cfg(not(target_os = "linux"))]
        let guard = PathBuf::new();
        Self::Shell { guard, line }
    }

    /// Whether what is started stands above the command that was meant, as its guard.
    pub(super) fn is_guarded(&self) -> bool {
        cfg!(target_os = "linux") && matches!(self, Self::Shell { .. })
    }

    /// The command with its three pipes; a camera that was there before is asked for by its `lasting` name.
    pub(super) fn command(&self, lasting: Option<&str>) -> Command {
        let mut command = match self {
            Self::Program { program, source } => {
                let mut command = Command::new(program);
                // A recording is paced by who asks for its frames.
                command.args(["capture-host", "--fast", "--"]);
                command.arg(lasting.unwrap_or(source));
                command
            }
            Self::Shell { guard, line } => shell(guard, line),
        };
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        apart(&mut command);
        command
    }
}

#[cfg(target_os = "linux")]
fn shell(guard: &Path, line: &str) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(guard);
    // Its path may be one that says nothing to people.
    command.arg0("synse").args(["guard", "--", line]);
    command
}

/// What a shell does before a command takes its place: it leaves somebody behind in the process group who ends it with us.
///
/// They watch our end of the standard input, to which nobody writes, and which closes when we go, however we go. A command
/// that takes no notice, of that or of signals, has a second to end, and then the whole group is killed.
#[cfg(not(any(target_os = "linux", windows)))]
const GUARDED: &str = "\
exec 3<&0
{ trap '' HUP INT TERM PIPE; while read -r _; do :; done; sleep 1; kill -KILL 0; } <&3 >/dev/null 2>&1 3<&- &
exec 3<&-
exec /bin/sh -c \"$1\"";

#[cfg(not(any(target_os = "linux", windows)))]
fn shell(_guard: &Path, line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARDED, "sh", line]);
    command
}

#[cfg(windows)]
fn shell(_guard: &Path, line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new("cmd");
    // `cmd` reads the rest of its line by rules of its own: with `/S` it takes off these two quotes and no others.
    command
        .args(["/D", "/S", "/C"])
        .raw_arg(format!("\"{line}\""));
    command
}

/// In a process group of its own: what a shell started can be ended with it, and Ctrl-C in a terminal is ours to obey.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
}

/// Without a console window beside ours.
#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(any(unix, windows)))]
fn apart(_command: &mut Command) {}
