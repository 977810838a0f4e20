//! The recognizer as a value: bodies that come and go, clocks that run wild, decisions that change.

use crate::cli::text_encoder;
use crate::fakes::{FakeReader, entry, random_synse, recognizer, waving, waving_frame};
use burn::tensor::Device;
use std::path::Path;
use std::time::Duration;
use synse::align::Head;
use synse::gate::GateMode;
use synse::phrases::PhraseEntry;
use synse::recognizer::decisions::{
    PhraseDecision, decide, decide_seen, load_reader, read_entries, taking_part,
};
use synse::recognizer::{Activity, Prediction, Recognizer};
use synse::skeleton::{Body, Frame};

fn core() -> Recognizer {
    recognizer(Duration::ZERO)
}

/// All predictions over these frames.
fn play(core: &mut Recognizer, frames: impl IntoIterator<Item = Frame>) -> Vec<Prediction> {
    let mut predictions = Vec::new();
    for frame in frames {
        if core.push(frame) {
            predictions.extend(core.predict().unwrap());
        }
    }
    predictions
}

fn decision(texts: &[&str]) -> PhraseDecision {
    let entries: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|(text, id)| entry(id, text))
        .collect();
    decided(&entries)
}

fn decided(entries: &[PhraseEntry]) -> PhraseDecision {
    let reader = FakeReader {
        takes: Duration::ZERO,
    };
    let (phrases, problems) = read_entries(&reader, entries);
    assert!(problems.is_empty());
    let entries = taking_part(entries, &phrases);
    let synse = random_synse(8, 6, false);
    let seen = decide_seen(&reader, &synse, &["wave hand".into(), "kick".into()]).unwrap();
    decide(&reader, &synse, &entries, Head::Cosine, &seen).unwrap()
}

/// The labels of the last ranking over the waving body, each with whether it is a seen class.
fn labels(core: &mut Recognizer) -> Vec<(String, bool)> {
    core.reset();
    let predictions = play(core, (0..60).map(waving_frame));
    let ranking = &predictions.last().unwrap().ranking;
    let sum: f32 = ranking.iter().map(|ranked| ranked.probability).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    assert_eq!(predictions.last().unwrap().smoothed.len(), ranking.len());
    let mut labels: Vec<_> = ranking
        .iter()
        .map(|ranked| (ranked.phrase.to_string(), ranked.seen))
        .collect();
    labels.sort();
    labels
}

#[test]
fn phrases_of_one_text_are_told_apart_and_only_a_bare_one_is_a_seen_class() {
    let own = |id: u64, text: &str, verb: &str| PhraseEntry {
        verb: Some(verb.to_owned()),
        ..entry(id, text)
    };
    let no_noun = PhraseEntry {
        noun: Some(String::new()),
        ..entry(6, "swat fly")
    };
    let mut off = entry(11, "jump");
    off.enabled = false;
    let list = [
        entry(1, "swat fly - one arm"),
        entry(2, "swat fly - both arms,  slow"),
        entry(3, "swat fly"),
        own(4, "Swat fly", "hit"),
        own(5, "swat FLY", "HIT"),
        no_noun,
        entry(7, "kick"),
        entry(8, "kick - to the side"),
        own(9, "kick", "hoof"),
        own(10, "sit", "rest"),
        off,
    ];
    let mut core = core();
    core.set_decision(decided(&list));
    let mut expected = vec![
        ("Swat fly (verb hit)".to_owned(), false),
        ("kick".to_owned(), true),
        ("kick (verb hoof)".to_owned(), false),
        ("kick - to the side".to_owned(), false),
        // Nothing else is called so: the verb need not be told.
        ("sit".to_owned(), false),
        ("swat fly".to_owned(), false),
        ("swat fly (no noun)".to_owned(), false),
        ("swat fly - both arms, slow".to_owned(), false),
        ("swat fly - one arm".to_owned(), false),
        ("wave hand".to_owned(), true),
    ];
    for mode in [GateMode::Hard, GateMode::Soft] {
        core.set_gate(mode);
        assert_eq!(labels(&mut core), expected, "{mode:?}");
    }
    core.set_gate(GateMode::Off);
    expected.retain(|(label, _)| label != "wave hand");
    assert_eq!(labels(&mut core), expected);
}

#[test]
fn two_descriptions_of_one_text_are_two_phrases() {
    if !text_encoder() {
        return;
    }
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let language = load_reader(&models, &Device::flex()).unwrap();
    let entries: Vec<PhraseEntry> = [
        "swat a fly - one arm, fast",
        "swat a fly - both arms, slow",
        "swat a fly",
        "Swat a  fly - one arm, fast",
    ]
    .iter()
    .zip(1..)
    .map(|(text, id)| entry(id, text))
    .collect();
    let (phrases, problems) = read_entries(language.as_ref(), &entries);
    assert!(problems.is_empty());
    let aligner = random_synse(8, 384, true);
    let seen = decide_seen(language.as_ref(), &aligner, &["kick".into()]).unwrap();
    let decided = decide(
        language.as_ref(),
        &aligner,
        &taking_part(&entries, &phrases),
        Head::Cosine,
        &seen,
    )
    .unwrap();
    assert_eq!(decided.phrases.len(), 3);
    assert!(!decided.phrases[0].is_bare && decided.phrases[2].is_bare);
    let chances = decided.decision.probabilities(&[1.0; 8]);
    assert_eq!(chances.len(), 3);
    assert!(
        chances[0] != chances[1] && chances[1] != chances[2],
        "{chances:?}"
    );
}

fn two(index: u64, ids: [u64; 2]) -> Frame {
    let seconds = index as f32 / 30.0;
    Frame {
        timestamp_micros: index * 33_333,
        bodies: vec![waving(ids[0], 0.0, seconds), waving(ids[1], 2.0, seconds)],
    }
}

#[test]
fn nobody_in_view_is_no_prediction() {
    let mut core = core();
    assert!(core.predict().unwrap().is_empty());
    let empty = (0..100).map(|index| Frame {
        bodies: Vec::new(),
        ..waving_frame(index)
    });
    assert!(play(&mut core, empty).is_empty());
}

#[test]
fn bodies_that_are_not_of_numbers_are_passed_over() {
    let mut core = core();
    let frames = (0..60).map(|index| {
        let mut frame = waving_frame(index);
        let mut broken: Body = frame.bodies[0].clone();
        broken.id = 2;
        broken.joints[3][1] = f32::NAN;
        frame.bodies.push(broken);
        frame
    });
    let predictions = play(&mut core, frames);
    assert!(!predictions.is_empty());
    assert!(predictions.iter().all(|prediction| prediction.body == 1));
}

#[test]
fn a_ghost_does_not_silence_the_others() {
    let mut core = core();
    for far in [0.0, 1e9] {
        core.reset();
        let frames = (0..60).map(|index| {
            let mut frame = waving_frame(index);
            let mut ghost: Body = frame.bodies[0].clone();
            ghost.id = 2;
            ghost.joints.fill([far; 3]);
            // Before the person, so that rankings would go to the wrong body if places were mixed up.
            frame.bodies.insert(0, ghost);
            frame
        });
        let predictions = play(&mut core, frames);
        assert!(!predictions.is_empty(), "{far}");
        assert!(predictions.iter().all(|prediction| prediction.body == 1));
    }
}

#[test]
fn each_body_is_followed_on_its_own_while_it_is_in_view() {
    let mut core = core();
    let both = play(&mut core, (0..60).map(|index| two(index, [1, 2])));
    assert!(both.iter().any(|prediction| prediction.body == 1));
    assert!(both.iter().any(|prediction| prediction.body == 2));
    let one = play(&mut core, (60..90).map(waving_frame));
    assert!(!one.is_empty() && one.iter().all(|prediction| prediction.body == 1));
    let back = play(&mut core, (200..260).map(|index| two(index, [1, 2])));
    assert!(back.iter().any(|prediction| prediction.body == 2));
}

#[test]
fn six_people_have_predictions_of_their_own_at_each_moment() {
    let mut core = core();
    let frames = (0..90).map(|index| Frame {
        // Five of them wave, each at a moment of their own, and the sixth stands still.
        bodies: (1..=6)
            .map(|id| {
                let moment = index as f32 / 30.0 + id as f32;
                waving(id, id as f32 * 2.0, if id == 6 { 0.0 } else { moment })
            })
            .collect(),
        ..waving_frame(index)
    });
    let predictions = play(&mut core, frames);
    let last = predictions.last().unwrap().timestamp_micros;
    let last: Vec<&Prediction> = predictions
        .iter()
        .filter(|prediction| prediction.timestamp_micros == last)
        .collect();
    let told: Vec<(u64, bool)> = last
        .iter()
        .map(|prediction| (prediction.body, prediction.activity == Activity::Acting))
        .collect();
    assert_eq!(
        told,
        [
            (1, true),
            (2, true),
            (3, true),
            (4, true),
            (5, true),
            (6, false)
        ]
    );
}

#[test]
fn an_id_that_jumps_goes_on_as_it_was() {
    let mut core = core();
    play(&mut core, (0..60).map(|index| two(index, [1, 2])));
    let after = play(&mut core, (60..64).map(|index| two(index, [17, 2])));
    // Were it somebody new, it would take half a second before anything is said of it.
    assert!(after.iter().any(|prediction| prediction.body == 1));
    assert!(
        after
            .iter()
            .all(|prediction| prediction.activity == Activity::Acting)
    );
}

#[test]
fn time_that_runs_backwards_begins_anew() {
    let mut core = core();
    assert!(!play(&mut core, (1000..1060).map(waving_frame)).is_empty());
    assert!(play(&mut core, (0..8).map(waving_frame)).is_empty());
    assert!(!play(&mut core, (8..60).map(waving_frame)).is_empty());
    // A clock that stands still, leaps to its end and comes back is survived.
    let mut wild = waving_frame(0);
    for time in [u64::MAX, u64::MAX, 0, 0, u64::MAX / 2] {
        wild.timestamp_micros = time;
        core.push(wild.clone());
        core.predict().unwrap();
    }
}

#[test]
fn crowds_are_cut_off() {
    let mut core = core();
    let frames = (0..30).map(|index| Frame {
        bodies: (0..50)
            .map(|id| waving(id, id as f32 * 3.0, index as f32 / 30.0))
            .collect(),
        ..waving_frame(index)
    });
    let predictions = play(&mut core, frames);
    assert!(!predictions.is_empty() && predictions.iter().all(|prediction| prediction.body < 8));
}

#[test]
fn idle_is_an_answer_and_gets_no_name() {
    let mut core = core();
    let still = (0..90).map(|index| Frame {
        bodies: vec![waving(1, 0.0, 0.0)],
        ..waving_frame(index)
    });
    let predictions = play(&mut core, still);
    assert!(!predictions.is_empty());
    for prediction in predictions {
        assert_eq!(
            (prediction.activity, prediction.answer),
            (Activity::Idle, None)
        );
        assert_eq!(
            prediction.ranking.len(),
            2,
            "raw values are shown all the same"
        );
    }
}

#[test]
fn below_the_threshold_there_is_no_answer() {
    let mut core = core();
    core.set_threshold(0.0);
    let predictions = play(&mut core, (0..60).map(waving_frame));
    assert!(predictions.last().unwrap().answer.is_some());
    core.set_threshold(1.0);
    let predictions = play(&mut core, (60..90).map(waving_frame));
    assert!(
        predictions
            .iter()
            .all(|prediction| prediction.answer.is_none())
    );
}

#[test]
fn phrases_join_the_seen_classes_and_a_seen_one_stands_once() {
    let mut core = core();
    core.set_decision(decision(&["throw ball", "Wave hand", "sit"]));
    for (mode, names) in [
        (
            GateMode::Hard,
            vec!["kick", "sit", "throw ball", "wave hand"],
        ),
        (
            GateMode::Soft,
            vec!["kick", "sit", "throw ball", "wave hand"],
        ),
        (GateMode::Off, vec!["Wave hand", "sit", "throw ball"]),
    ] {
        core.set_gate(mode);
        core.reset();
        let predictions = play(&mut core, (0..60).map(waving_frame));
        let ranking = &predictions.last().unwrap().ranking;
        let mut found: Vec<&str> = ranking.iter().map(|ranked| &*ranked.phrase).collect();
        found.sort_unstable();
        assert_eq!(found, names, "{mode:?}");
        let sum: f32 = ranking.iter().map(|ranked| ranked.probability).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{mode:?}: {sum}");
        assert!(ranking.is_sorted_by(|a, b| a.probability >= b.probability));
        for ranked in ranking {
            let seen = ["wave hand", "kick"].contains(&ranked.phrase.to_lowercase().as_str());
            assert_eq!(ranked.seen, seen, "{mode:?}: {}", ranked.phrase);
        }
    }
}

#[test]
fn a_list_without_new_phrases_leaves_the_seen_classes() {
    let mut core = core();
    for texts in [&[][..], &["kick"][..]] {
        core.set_decision(decision(texts));
        core.reset();
        let predictions = play(&mut core, (0..60).map(waving_frame));
        let last = predictions.last().unwrap();
        assert_eq!((last.ranking.len(), last.p_seen), (2, 1.0));
    }
    core.set_gate(GateMode::Off);
    core.set_decision(decision(&[]));
    let predictions = play(&mut core, (60..90).map(waving_frame));
    assert!(
        predictions
            .iter()
            .all(|prediction| prediction.ranking.is_empty() && prediction.answer.is_none())
    );
}
