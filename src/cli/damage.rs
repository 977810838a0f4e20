//! What was lost of a session that was played to its end.

use super::Outcome;
use crate::capture::SourceSpec;
use crate::recording::session::{ENDING, SessionFile};
use std::path::Path;

/// Tells what is damaged inside the session that a source plays, and whether anything of it is lost.
pub(super) fn of_source(source: &str) -> anyhow::Result<Outcome> {
    match source.parse() {
        Ok(SourceSpec::Replay { path, clip: None })
            if path
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING)) =>
        {
            told(&path, true)
        }
        _ => Ok(Outcome::Done),
    }
}

/// Tells what is lost of a session; what shows at its opening only where that was not `opened` before, which told it.
pub(super) fn told(path: &Path, opened: bool) -> anyhow::Result<Outcome> {
    let mut file = SessionFile::open(path)?;
    let known = if opened {
        file.recovery().notes.len()
    } else {
        0
    };
    let recovery = file.check()?;
    for note in recovery.notes.iter().skip(known) {
        tracing::warn!("{}: {note}", path.display());
    }
    Ok(if recovery.lost_seconds > 0.0 {
        Outcome::Lost
    } else {
        Outcome::Done
    })
}
