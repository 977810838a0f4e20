//! `synse doctor` on cameras: which SDKs are here, which would be loaded, and what to install.

use crate::capture::azure::{Places, SdkFolders};
use crate::capture::sdks::{self, State};
use std::io::{self, Write};

/// Tells of each SDK. Nobody needs one who plays recordings, so that nothing missing here is a problem.
pub(super) fn run(out: &mut dyn Write, places: &Places) -> io::Result<()> {
    match SdkFolders::chosen() {
        Err(error) => writeln!(out, "ignored  camera: {error}")?,
        Ok(chosen) if chosen != SdkFolders::default() => {
            let file = SdkFolders::file().unwrap_or_default();
            writeln!(
                out,
                "ok       camera: folders were chosen in the window, and stand in {}",
                file.display()
            )?;
        }
        Ok(_) => {}
    }
    for finding in sdks::look(places) {
        let mark = match finding.state {
            State::Fine => "ok     ",
            State::Refused => "ignored",
            State::Absent => "absent ",
        };
        writeln!(out, "{mark}  camera: {}", finding.words)?;
    }
    Ok(())
}
