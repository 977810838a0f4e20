//! This program as a capture host that sees the fake SDKs.

use super::Fakes;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use synse::live::host::HostCommand;
use tempfile::TempDir;

/// A script that sets what the fakes need and goes on as the program; it notes how it was called.
pub(super) struct Program {
    folder: TempDir,
}

impl Program {
    /// A host with a sensor SDK of the fakes, for which the fakes follow `script`, and every second time `second`, each with
    /// another seed. The script must not contain what a shell would read otherwise.
    pub(super) fn new(fakes: &Fakes, sensor: &Path, script: &str, second: Option<&str>) -> Self {
        let made = Self {
            folder: TempDir::new().unwrap(),
        };
        // Only what the shell does by itself: a process more for each start would take longer than a fault.
        let text = format!(
            "#!/bin/sh\nread starts < '{count}'\necho $((starts + 1)) > '{count}'\necho \"$@\" >> '{calls}'\n\
             export SYNSE_K4A_DIR='{sensor}' SYNSE_K4ABT_DIR='{tracker}'\nSYNSE_FAKE=\"{script} seed=$$\"\n\
             if [ $((starts % 2)) = 1 ]; then SYNSE_FAKE=\"{second} seed=$$\"; fi\n\
             export SYNSE_FAKE\nexec '{synse}' \"$@\"\n",
            count = made.path("starts").display(),
            calls = made.path("calls").display(),
            sensor = sensor.display(),
            tracker = fakes.microsoft.display(),
            second = second.unwrap_or(script),
            synse = env!("CARGO_BIN_EXE_synse"),
        );
        fs::write(made.path("starts"), "0\n").unwrap();
        fs::write(made.program(), text).unwrap();
        fs::set_permissions(made.program(), fs::Permissions::from_mode(0o755)).unwrap();
        made
    }

    /// Sets a variable of the environment for it.
    pub(super) fn set(self, name: &str, value: &str) -> Self {
        let text = fs::read_to_string(self.program()).unwrap();
        let set = format!("export {name}='{value}'\nexec ");
        fs::write(self.program(), text.replace("exec ", &set)).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, by whose name a process of it is found.
    pub(super) fn program(&self) -> PathBuf {
        self.path("synse-with-fakes")
    }

    /// What starts it for a source.
    pub(super) fn playing(&self, source: &str) -> HostCommand {
        HostCommand::Program {
            program: self.program(),
            source: source.to_owned(),
        }
    }

    /// The arguments that it was started with, each time.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}
