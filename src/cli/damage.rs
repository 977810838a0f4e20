//! What was lost of a session that was played to its end.

use super::Outcome;
use crate::capture::SourceSpec;
use crate::recording::session::{ENDING, Recovery, SessionFile};
use std::path::Path;

/// Tells what is damaged inside the session that a source plays, and whether anything of it is lost.
pub(super) fn of_source(source: &str) -> anyhow::Result<Outcome> {
    match source.parse() {
        Ok(SourceSpec::Replay { path, clip: None })
            if path
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING)) =>
        {
            told(&path)
        }
        _ => Ok(Outcome::Done),
    }
}

/// Tells what is lost of a session, but for what showed at its opening, and was told there.
fn told(path: &Path) -> anyhow::Result<Outcome> {
    let mut file = SessionFile::open(path)?;
    let known = file.recovery().notes.len();
    Ok(tell(path, file.check()?, known))
}

/// Tells what is lost of a session that was read, but for so many notes that are known.
pub(super) fn tell(path: &Path, recovery: &Recovery, known: usize) -> Outcome {
    for note in recovery.notes.iter().skip(known) {
        tracing::warn!("{}: {note}", path.display());
    }
    if recovery.lost_seconds > 0.0 {
        Outcome::Lost
    } else {
        Outcome::Done
    }
}
