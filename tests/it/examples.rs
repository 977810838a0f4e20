//! Examples of phrases: in the decision, on disk, beside a running session, and from the command line.

use crate::align_ours::{config, made, split};
use crate::cli::{Place, expect, lines, text_encoder};
use crate::fakes::{clip_entry, entry, events_until, stages, waving};
use std::sync::Arc;
use std::time::Duration;
use synse::align::examples::WORTH;
use synse::align::part::Part;
use synse::align::ridge::Ridge;
use synse::align::{Aligner as _, Head};
use synse::capture::clip_store::{ClipEntry, ClipStoreWriter};
use synse::evaluate::Samples;
use synse::evaluate::examples::{Shown, accuracies};
use synse::live::{Command, Event, Session, SessionOptions};
use synse::phrases::{Example, PhraseEntry};
use synse::recognizer::decisions::PhraseMap;
use synse::recording::examples::{are_beside, attach, beside, keep, kept, write_beside};
use synse::recording::session::{Entry, SessionFile};
use synse::skeleton::Joints;
use synse::train::align::{FitConfig, fit};

fn waved(seconds: f32) -> Vec<Joints> {
    let joints = |index: u8| waving(1, 0.0, seconds + f32::from(index) / 30.0).joints;
    (0..60).map(joints).collect()
}

fn example(name: &str, seconds: f32) -> Example {
    Example::new(name, 30.0, vec![waved(seconds)]).unwrap()
}

#[test]
fn an_example_pulls_its_phrase_to_itself_under_both_heads() {
    let made = made(8);
    let synse = fit(&made.features, &made.labels, &made.phrases, &config(), 1).unwrap();
    let phrases = &made.phrases[..4];
    let feature = |class: usize| {
        let row = made.labels.iter().position(|&label| label == class);
        made.features[row.unwrap()].clone()
    };
    // Somebody performs phrase 1 as if it were class 9.
    let mut shown = vec![Vec::new(); 4];
    shown[1] = vec![feature(9)];
    for head in [Head::Cosine, Head::Trained] {
        let before = synse.decide(phrases, head, 1).unwrap();
        let after = synse.decide_by_examples(phrases, &shown, head, 1).unwrap();
        let ahead = |decision: &synse::align::Decision| {
            let scores = decision.scores(&feature(9));
            scores[1] - scores.iter().sum::<f32>() / scores.len() as f32
        };
        assert!(
            ahead(&after) > ahead(&before) + 0.1,
            "{head:?}: {} after {}",
            ahead(&after),
            ahead(&before)
        );
        // No examples are no change, to the last bit.
        let none = synse.decide_by_examples(phrases, &vec![Vec::new(); 4], head, 1);
        assert_eq!(
            none.unwrap().scores(&feature(2)),
            before.scores(&feature(2))
        );
    }
    let map = |examples: &[Vec<Vec<f32>>]| {
        synse
            .generated_by_examples(phrases, examples, 3, 1)
            .unwrap()
    };
    assert_eq!(map(&[]), synse.generated(phrases, 3, 1).unwrap());
    assert_ne!(map(&shown)[1], map(&[])[1]);
    assert_eq!(map(&shown)[2], map(&[])[2]);

    let refused = |examples: &[Vec<Vec<f32>>]| {
        let decided = synse.decide_by_examples(phrases, examples, Head::Cosine, 1);
        decided.unwrap_err().to_string()
    };
    assert!(refused(&shown[..2]).contains("examples of 2 phrases for a list of 4"));
    shown[1] = vec![feature(9), vec![0.5; 3]];
    assert!(
        refused(&shown).contains("example 1 of phrase 1"),
        "{}",
        refused(&shown)
    );
    let ridge = Ridge::fit(
        &made.features,
        &made.labels,
        &made.phrases,
        &[Part::Verb],
        1.0,
    );
    let error = ridge
        .unwrap()
        .decide_by_examples(phrases, &shown, Head::Cosine, 1)
        .unwrap_err();
    assert!(
        error.to_string().contains("phrase 1 has examples"),
        "{error}"
    );
}

#[test]
fn examples_help_where_words_say_nothing() {
    let made = made(12);
    let config = FitConfig {
        // The made verbs are noise.
        parts: FitConfig::parts(&[Part::Verb], 10),
        ..config()
    };
    let shown = [0, 1, 5].map(|count| Shown {
        head: Head::Cosine,
        count,
        worth: WORTH,
    });
    let (split, samples) = (split(), made.samples());
    let found = accuracies(&samples, &split, &[], &config, &shown, 1).unwrap();
    let [without, one, five] = [0, 1, 2].map(|index| found[index].per_class);
    assert!(
        five > without + 0.15 && five >= one,
        "{without} without, {one} with one, {five} with five"
    );
    // Nobody is compared with themselves: only test subjects are tested on, however many examples there are.
    let tested: Vec<usize> = found
        .iter()
        .map(|accuracy| accuracy.classes.iter().map(|class| class.2).sum())
        .collect();
    assert_eq!(tested, [20, 20, 20]);
    let again = accuracies(&samples, &split, &[], &config, &shown, 1).unwrap();
    assert_eq!(again, found);
    // Samples of test subjects give no examples: with none but theirs left, examples are no change.
    let mut only_test = made.test.clone();
    for (test, label) in only_test.iter_mut().zip(&made.labels) {
        *test |= split.unseen.contains(label);
    }
    let samples = Samples {
        test: &only_test,
        ..samples
    };
    let none = accuracies(&samples, &split, &[], &config, &shown, 1).unwrap();
    assert!(none[1] == none[0] && none[2] == none[0]);
}

#[test]
fn examples_are_kept_beside_a_list_and_by_their_fingerprints() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("my.list.txt");
    let with = |text: &str, verb: Option<&str>, examples: Vec<Example>| PhraseEntry {
        verb: verb.map(str::to_owned),
        examples,
        ..entry(0, text)
    };
    let first = example("session 0:01.0 wave", 0.0);
    let second = example("session 0:07.5 wave", 5.0);
    let entries = vec![
        with("wave", None, vec![first.clone()]),
        with("wave", Some("swing"), vec![second.clone()]),
        with("jump", None, vec![]),
    ];
    assert_eq!(write_beside(&list, &entries).unwrap(), 2);
    assert!(are_beside(&list));
    let mut read: Vec<PhraseEntry> = entries
        .iter()
        .map(|entry| PhraseEntry {
            examples: Vec::new(),
            ..entry.clone()
        })
        .collect();
    let attached = attach(&beside(&list), &mut read).unwrap();
    assert_eq!((attached.count, attached.others), (2, 0));
    assert_eq!(
        read, entries,
        "two of one text are told apart by their lines"
    );
    assert_eq!(read[0].examples[0].name(), "session 0:01.0 wave");
    attach(&beside(&list), &mut read).unwrap();
    assert_eq!(read, entries, "nothing is taken twice");

    let mut other = vec![with("jump - high", None, vec![])];
    let attached = attach(&beside(&list), &mut other).unwrap();
    assert_eq!((attached.count, attached.others), (0, 2));
    // A list that is saved without examples leaves none of an older one.
    assert_eq!(write_beside(&list, &other).unwrap(), 0);
    assert!(!are_beside(&list));

    let home = folder.path().join("kept");
    keep(&home, &first).unwrap();
    keep(&home, &first).unwrap();
    let again = kept(&home, first.fingerprint()).unwrap();
    assert_eq!((again.name(), &again), (first.name(), &first));
    let store = ["safetensors", "csv"];
    for ending in store {
        let [from, to] = [first.fingerprint(), second.fingerprint()]
            .map(|name| home.join(format!("{name}.{ending}")));
        std::fs::copy(from, to).unwrap();
    }
    let error = kept(&home, second.fingerprint()).unwrap_err().to_string();
    assert!(error.contains("no clip"), "{error}");
    assert!(kept(&home, "0000000000000000").is_err());
}

fn map_of(events: &[Event]) -> Arc<PhraseMap> {
    match events.last() {
        Some(Event::Map(Some(map))) => Arc::clone(map),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_uses_examples_only_while_they_are_on_and_notes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let phrases = vec![
        PhraseEntry {
            examples: vec![example("mine", 0.0)],
            ..entry(1, "swing club")
        },
        entry(2, "jump"),
    ];
    let options = SessionOptions {
        source: Some("100000".into()),
        phrases: phrases.clone(),
        record: Some(path.clone()),
        ..SessionOptions::default()
    };
    let long = Duration::from_secs(20);
    let none = Duration::ZERO;
    let session = Session::start(stages(none, none), options, Arc::new(|| {})).unwrap();
    let next_map = || {
        let events = events_until(&session, long, |event| matches!(event, Event::Map(Some(_))));
        assert!(
            !events.iter().any(|e| matches!(e, Event::Problem(_))),
            "{events:?}"
        );
        map_of(&events)
    };
    let words = next_map();
    session.send(Command::SetByExamples(true)).unwrap();
    let with = next_map();
    assert_ne!(with.map.clouds[0], words.map.clouds[0]);
    // An edit of another phrase needs no new encoding, and keeps the examples in play.
    let mut edited = phrases.clone();
    edited.push(entry(3, "bow deeply"));
    session.send(Command::SetPhrases(edited)).unwrap();
    assert_eq!(next_map().ids, [1, 2, 3]);
    session.send(Command::SetPhrases(phrases.clone())).unwrap();
    assert_eq!(*next_map(), *with);
    session.send(Command::SetByExamples(false)).unwrap();
    assert_eq!(*next_map(), *words);
    session.send(Command::StopRecording).unwrap();
    events_until(&session, long, |event| {
        matches!(event, Event::RecordingStopped(..))
    });
    let mut file = SessionFile::open(&path).unwrap();
    let chunks = 0..file.chunks();
    let entries: Vec<Entry> = chunks
        .flat_map(|chunk| file.entries(chunk).unwrap().unwrap())
        .map(|(_, entry)| entry)
        .collect();
    let fingerprint = phrases[0].examples[0].fingerprint();
    assert!(entries.iter().any(
        |entry| matches!(entry, Entry::Phrases(list) if list[0].examples == [fingerprint] && list[1].examples.is_empty())
    ));
    for on in [true, false] {
        assert!(
            entries
                .iter()
                .any(|entry| matches!(entry, Entry::Settings(s) if s.by_examples == on))
        );
    }
}

#[test]
fn the_command_line_takes_examples_from_a_store() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let row = |clip: &str, phrase: &str| ClipEntry {
        label: String::new(),
        phrase: phrase.into(),
        verb: String::new(),
        noun: String::new(),
        ..clip_entry(clip)
    };
    let store = |name: &str, clips: &[(&str, &str)]| {
        let mut writer = ClipStoreWriter::create(place.path(name)).unwrap();
        for (clip, phrase) in clips {
            writer.push(&row(clip, phrase), &waved(0.0)).unwrap();
        }
        writer.finish().unwrap();
        place.text(name)
    };
    let examples = store("shown", &[("a", "Jump  Rope"), ("b", "juggle")]);
    let others = store("others", &[("a", "juggle")]);
    let (bundle, clip) = (place.text("bundle"), format!("{}#c-0", place.text("clips")));
    let classify = |code: i32, more: &[&str]| {
        let mut args = vec![
            "classify",
            &clip,
            "--bundle",
            &bundle,
            "--json",
            "--among",
            "unseen",
            "--phrase",
            "swing a golf club",
            "--phrase",
            "jump rope",
        ];
        args.extend(more);
        expect(code, args)
    };
    let chance = |out: &str| {
        let ranking = lines(out)[0]["ranking"].as_array().unwrap().clone();
        let of = |line: &&serde_json::Value| line["phrase"] == "jump rope";
        ranking.iter().find(of).unwrap()["probability"]
            .as_f64()
            .unwrap()
    };
    let (words, _) = classify(0, &[]);
    let (with, err) = classify(0, &["--examples", &examples]);
    assert!(
        err.contains("1 clips are of phrases that are not in the list"),
        "{err}"
    );
    // The clip is the example itself.
    assert!(
        chance(&with) > chance(&words),
        "{} {}",
        chance(&with),
        chance(&words)
    );
    let (_, err) = classify(1, &["--examples", &others]);
    assert!(err.contains("no clip of a phrase of the list"), "{err}");
}
