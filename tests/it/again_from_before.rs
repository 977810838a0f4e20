//! Sessions from before a session said when lists and settings took effect: they open, and are answered again.

use crate::again_as_recorded::{again, as_recorded};
use crate::fakes::{stages, waving_frame};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use synse::live::again::{Again, Answers, Before};
use synse::recording::session::{PhraseRecord, SessionFile, SessionWriter, SettingsRecord};

/// A session as it was written before `/course` was: what was noted of lists and settings is when they count from.
#[test]
fn a_session_from_before_is_answered_by_what_was_noted_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let nanos = |index: u64| 1_000_000_000 + index * 33_333_000;
    let settings = |gate: &str| SettingsRecord {
        bundle: "gone".to_owned(),
        gate: gate.to_owned(),
        threshold: 0.25,
        ..SettingsRecord::default()
    };
    let phrase = |text: &str, examples: &[&str]| PhraseRecord {
        text: text.to_owned(),
        enabled: true,
        examples: examples.iter().map(|&text| text.to_owned()).collect(),
        ..PhraseRecord::default()
    };
    let mut writer = SessionWriter::create(&path, nanos(0)).unwrap();
    writer.settings(nanos(0), &settings("hard")).unwrap();
    writer
        .phrases(nanos(0), vec![phrase("swing club", &[])])
        .unwrap();
    for index in 0..300 {
        writer.frame(nanos(index), &waving_frame(index)).unwrap();
        if index == 150 {
            writer.settings(nanos(index), &settings("off")).unwrap();
            let list = vec![phrase("jump", &["0123456789abcdef"]), phrase("bow", &[])];
            writer.phrases(nanos(index), list).unwrap();
        }
    }
    writer.finish(nanos(300)).unwrap();
    let quick = || stages(Duration::ZERO, Duration::ZERO);
    let (now, notes) = again(&as_recorded(&path), quick());
    let names = |from: u64, to: u64| -> BTreeSet<String> {
        let of = now
            .iter()
            .filter(|((at, _), _)| (nanos(from)..nanos(to)).contains(at));
        let lines = of.flat_map(|(_, now)| &now.ranking);
        lines.map(|line| line.phrase.to_string()).collect()
    };
    assert!(now.len() > 60, "{}", now.len());
    assert!(names(0, 150).contains("swing club") && !names(0, 150).contains("jump"));
    assert_eq!(
        names(152, 300).into_iter().collect::<Vec<_>>(),
        ["bow", "jump"]
    );
    assert!(
        notes.len() == 1 && notes[0].contains("the model gone") && notes[0].contains("fake"),
        "{notes:?}"
    );
    // Its examples are not in it: they are missed where they take part.
    let by_examples = Again {
        by_examples: Some(true),
        ..as_recorded(&path)
    };
    let (_, notes) = again(&by_examples, quick());
    assert!(
        notes
            .iter()
            .any(|note| note.contains("1 of the examples of \"jump\"")),
        "{notes:?}"
    );
}

/// A session that version 0.1.0 recorded before `/course` was: four seconds of the demo with two phrases.
#[test]
fn a_file_from_before_opens_and_is_answered_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/session_before_course.mcap");
    let mut file = SessionFile::open(&path).unwrap();
    assert_eq!(file.check().unwrap().lost_seconds, 0.0);
    let info = file.info().unwrap();
    assert_eq!(
        (info.frames, info.phrases.as_slice()),
        (123, &["jump rope".to_owned(), "golf".to_owned()][..])
    );
    let before = Before::read(&path).unwrap();
    assert!(before.settings.levelled && before.settings.bundle == "default");
    assert!(!before.course.is_empty() && !before.moments.is_empty());
    let (now, notes) = again(&as_recorded(&path), stages(Duration::ZERO, Duration::ZERO));
    let moments: BTreeSet<u64> = now.keys().map(|(at, _)| *at).collect();
    assert_eq!(moments.into_iter().collect::<Vec<_>>(), before.moments);
    // The fake stages know no bundle by its folder, and say what answers instead.
    assert!(
        notes.iter().any(|note| note.contains("the model default")),
        "{notes:?}"
    );
}

#[test]
fn what_reads_phrases_is_missed_where_there_are_any() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let mut writer = SessionWriter::create(&path, 1).unwrap();
    writer.phrases(1, vec![PhraseRecord::default()]).unwrap();
    for index in 0..90 {
        writer
            .frame(1 + index * 33_333_000, &waving_frame(index))
            .unwrap();
    }
    writer.finish(90 * 33_333_000).unwrap();
    let before = Before::read(&path).unwrap();
    let mut mute = stages(Duration::ZERO, Duration::ZERO);
    mute.reader = Box::new(|| Err("no text encoder".to_owned()));
    let error = Answers::new(&as_recorded(&path), &before, mute).unwrap_err();
    assert!(error.contains("no text encoder"), "{error}");
}
