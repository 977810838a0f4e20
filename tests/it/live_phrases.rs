//! Sessions and their phrase lists: when a source may begin, and what becomes of a list that cannot be decided on.

use crate::cli::text_encoder;
use crate::fakes::{
    FakeReader, Script, entry, events_until, random_synse, recognizer, stages, waving_frame,
};
use burn::tensor::Device;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synse::gate::GateMode;
use synse::language::{LanguageError, PhraseVectors};
use synse::live::stages::Loaded;
use synse::live::{BundleInfo, Command, Event, Session, SessionOptions};
use synse::phrases::{Phrase, PhraseEntry};
use synse::recognizer::decisions::{PhraseReader, load_reader};

const NO_TIME: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(20);

fn options(source: &str) -> SessionOptions {
    SessionOptions {
        source: Some(source.into()),
        ..SessionOptions::default()
    }
}

#[test]
fn phrases_first_means_that_no_prediction_lacks_them() {
    for phrases_first in [true, false] {
        let mut options = options("90");
        options.phrases = vec![entry(7, "swing club"), entry(9, "jump")];
        options.phrases_first = phrases_first;
        let slow = stages(NO_TIME, Duration::from_millis(900));
        let session = Session::start(slow, options, Arc::new(|| {})).unwrap();
        let events = events_until(&session, LONG, |event| matches!(event, Event::SourceEnded));
        let lines: Vec<usize> = events
            .iter()
            .filter_map(|event| match event {
                Event::Prediction(prediction, _) => Some(prediction.ranking.len()),
                _ => None,
            })
            .collect();
        assert!(lines.len() > 5, "{lines:?}");
        // Two seen classes and two phrases; a window does not wait for the phrases, and shows the source meanwhile.
        assert_eq!(
            lines.iter().all(|&count| count == 4),
            phrases_first,
            "{lines:?}"
        );
        assert_eq!(lines.last(), Some(&4));
    }
}

/// Reads everything, and cannot embed what breaks.
struct Fragile;

impl PhraseReader for Fragile {
    fn read_entry(&self, entry: &PhraseEntry) -> Result<Phrase, LanguageError> {
        FakeReader { takes: NO_TIME }.read_entry(entry)
    }

    fn embed(&self, phrases: &[Phrase]) -> Result<Vec<PhraseVectors>, LanguageError> {
        match phrases.iter().find(|phrase| phrase.verb == "break") {
            Some(phrase) => Err(LanguageError::Embed {
                text: phrase.text.clone(),
                reason: "it broke".into(),
            }),
            None => FakeReader { takes: NO_TIME }.embed(phrases),
        }
    }
}

#[test]
fn a_list_that_cannot_be_decided_on_is_told_of_and_does_not_count_as_in_effect() {
    let start = |phrases| {
        let mut stages = stages(NO_TIME, NO_TIME);
        stages.reader = Box::new(|| Ok(Box::new(Fragile)));
        let mut options = options("100000");
        options.phrases = phrases;
        Session::start(stages, options, Arc::new(|| {})).unwrap()
    };
    let listed = |event: &Event| matches!(event, Event::Phrases { .. });
    let took = |events: &[Event]| match events.last() {
        Some(Event::Phrases { took, .. }) => *took,
        other => panic!("{other:?}"),
    };
    let told = |events: &[Event], words: &str| {
        events.iter().any(
            |event| matches!(event, Event::Problem(text) if text.contains("it broke") && text.contains(words)),
        )
    };
    let session = start(vec![entry(1, "jump")]);
    assert!(took(&events_until(&session, LONG, listed)).is_some());
    let broken = vec![entry(1, "jump"), entry(2, "break down")];
    session.send(Command::SetPhrases(broken.clone())).unwrap();
    let events = events_until(&session, LONG, listed);
    assert_eq!(took(&events), None);
    assert!(
        told(&events, "the phrases before stay in play"),
        "{events:?}"
    );
    // They are read all the same, so that they can be mended.
    assert!(matches!(events.last(), Some(Event::Phrases { phrases, .. }) if phrases.len() == 2));
    let events = events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    let Some(Event::Prediction(prediction, _)) = events.last() else {
        panic!("no prediction")
    };
    assert!(
        prediction
            .ranking
            .iter()
            .any(|ranked| &*ranked.phrase == "jump")
    );
    assert_eq!(prediction.ranking.len(), 3);
    session
        .send(Command::SetPhrases(vec![entry(1, "hop")]))
        .unwrap();
    assert!(took(&events_until(&session, LONG, listed)).is_some());

    let session = start(broken);
    let events = events_until(&session, LONG, listed);
    assert_eq!(took(&events), None);
    assert!(told(&events, "no phrase is in play"), "{events:?}");
}

#[test]
fn whatever_is_typed_the_session_goes_on() {
    if !text_encoder() {
        return;
    }
    let mut stages = stages(NO_TIME, NO_TIME);
    stages.bundle = Box::new(|_| {
        let info = BundleInfo {
            name: "random".into(),
            fingerprint: String::new(),
            seen: vec!["wave hand".into(), "kick".into()],
            device: "none".into(),
        };
        Ok(Loaded {
            recognizer: recognizer(NO_TIME),
            aligner: Arc::new(random_synse(8, 384, true)),
            info,
        })
    });
    stages.reader = Box::new(|| {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        load_reader(&models, &Device::flex()).map_err(|error| error.to_string())
    });
    let mut options = options("100000");
    options.gate = GateMode::Soft;
    let session = Session::start(stages, options, Arc::new(|| {})).unwrap();
    let typed = [
        "x".repeat(10_000),
        "踢球".to_owned(),
        "бросить мяч".to_owned(),
        "kick".to_owned(),
        "KICK ".to_owned(),
        "kick - sideways".to_owned(),
        "clobber a piñata".to_owned(),
        "\u{1f938}".to_owned(),
        String::new(),
    ];
    let entries = typed.iter().zip(1..);
    let entries = entries.map(|(text, id)| entry(id, text)).collect();
    session.send(Command::SetPhrases(entries)).unwrap();
    let listed = |event: &Event| matches!(event, Event::Phrases { phrases, took: Some(_) } if !phrases.is_empty());
    let events = events_until(&session, LONG, listed);
    let problems: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Problem(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    // Too long, without letters, empty: each is told of, in few words.
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems.iter().all(|text| text.len() < 300), "{problems:?}");
    let events = events_until(&session, LONG, |event| {
        matches!(event, Event::Prediction(..))
    });
    let Some(Event::Prediction(prediction, _)) = events.last() else {
        panic!("no prediction")
    };
    let mut labels: Vec<&str> = prediction
        .ranking
        .iter()
        .map(|ranked| &*ranked.phrase)
        .collect();
    labels.sort_unstable();
    let expected = [
        "clobber a piñata",
        "kick",
        "kick - sideways",
        "wave hand",
        "бросить мяч",
        "踢球",
    ];
    assert_eq!(labels, expected);
}

#[test]
fn a_source_whose_ids_jump_and_whose_clock_runs_backwards_is_played_to_its_end() {
    let mut stages = stages(NO_TIME, NO_TIME);
    stages.source = Box::new(|_| {
        // Three recordings of a tracker that restarts: each begins before the last one ended, with ids of its own, and
        // the id changes in the middle too.
        let frames = (0..3_u64).flat_map(|part| {
            (0..60_u64).map(move |index| {
                let mut frame = waving_frame(index);
                frame.timestamp_micros += 1_000_000 * (3 - part);
                frame.bodies[0].id = 1_000 * part + index / 30;
                frame
            })
        });
        Ok(Box::new(Script {
            frames: Box::new(frames),
            fails: false,
        }))
    });
    let mut options = options("");
    options.fast = true;
    let session = Session::start(stages, options, Arc::new(|| {})).unwrap();
    let events = events_until(&session, LONG, |event| matches!(event, Event::SourceEnded));
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Problem(_)))
    );
    let times: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Prediction(prediction, _) => Some(prediction.timestamp_micros),
            _ => None,
        })
        .collect();
    assert_eq!(
        times.windows(2).filter(|pair| pair[1] < pair[0]).count(),
        2,
        "{times:?}"
    );
    // Each part of two seconds is predicted on, after the half second in which nobody is known yet.
    assert!(times.len() >= 3 * 8, "{times:?}");
}
