//! What a session that is answered again says of itself: what could not be as it was, and what was not written of it.

use crate::again::recorded_by;
use crate::again_as_recorded::{again, as_recorded};
use crate::fakes::stages;
use std::path::Path;
use std::time::Duration;
use synse::live::again::Before;
use synse::live::stages::Stages;
use synse::recording::session::{Change, ChangeRecord};

/// Fakes whose bundle has the name that it always has, and this fingerprint.
fn made(fingerprint: &'static str) -> Stages {
    let mut stages = stages(Duration::ZERO, Duration::ZERO);
    let load = std::mem::replace(&mut stages.bundle, Box::new(|_| Err(String::new())));
    stages.bundle = Box::new(move |folder| {
        let mut loaded = load(folder)?;
        loaded.info.fingerprint = fingerprint.to_owned();
        Ok(loaded)
    });
    stages
}

/// What a session says when it is answered again as it was, by the bundle of this fingerprint.
fn notes(session: &Path, fingerprint: &'static str) -> Vec<String> {
    let (answers, notes) = again(&as_recorded(session), made(fingerprint));
    assert!(!answers.is_empty(), "it is answered all the same");
    notes
}

#[test]
fn a_bundle_that_was_made_anew_since_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded_by(made("of a fake"), folder.path(), 200);
    let before = Before::read(&path).unwrap();
    assert_eq!(before.settings.fingerprint, "of a fake");
    let named = |record: &ChangeRecord| matches!(&record.change, Change::Model { bundle, fingerprint } if bundle == "fake" && fingerprint == "of a fake");
    assert!(before.course.iter().any(named), "{:?}", before.course);
    assert!(notes(&path, "of a fake").is_empty());
    let told = notes(&path, "of another fake");
    assert!(
        told.len() == 1 && told[0].contains("the model fake was made anew"),
        "{told:?}"
    );
}

#[test]
fn a_session_from_before_bundles_had_fingerprints_has_no_doubts() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded_by(made(""), folder.path(), 200);
    assert_eq!(Before::read(&path).unwrap().settings.fingerprint, "");
    assert!(notes(&path, "of another fake").is_empty());
}
