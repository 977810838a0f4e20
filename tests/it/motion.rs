//! The motion lexicon as a whole: its size and order, what it makes of phrases, and how it meets bad input.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use synse::language::motion::{MotionError, MotionLexicon};
use synse::phrases::motion::{ATTRIBUTES, MotionCard, MotionSource, SIDES, attribute_index};

static LEXICON: LazyLock<MotionLexicon> = LazyLock::new(MotionLexicon::builtin);

fn card(text: &str) -> MotionCard {
    LEXICON.card(text, "", None)
}

#[expect(
    clippy::expect_used,
    reason = "a test's own helper: a wrong name is a wrong test"
)]
fn weight(card: &MotionCard, name: &str) -> f32 {
    card.weight(name).expect("an attribute of this name")
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

#[test]
fn every_line_parses_and_every_attribute_is_used() {
    let lexicon = &*LEXICON;
    assert!(lexicon.problems().is_empty(), "{:#?}", lexicon.problems());
    assert!(
        lexicon.entries().len() >= 1_500,
        "{} entries",
        lexicon.entries().len()
    );
    let keys: BTreeSet<&str> = lexicon
        .entries()
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    assert_eq!(keys.len(), lexicon.entries().len());
    for entry in lexicon.entries() {
        assert_eq!(entry.weights.len(), ATTRIBUTES.len());
        assert!(
            entry
                .weights
                .iter()
                .all(|weight| (0.0..=1.0).contains(weight)),
            "{}",
            entry.key
        );
        assert!(
            entry.weights.iter().any(|&weight| weight >= 0.5),
            "{} says next to nothing",
            entry.key
        );
    }
    for (index, attribute) in ATTRIBUTES.iter().enumerate() {
        let users = lexicon
            .entries()
            .iter()
            .filter(|entry| entry.weights[index] >= 0.5)
            .count();
        if SIDES.contains(&index) {
            // Said by the words around an act.
            let card = lexicon.card(
                &format!("wave {}", attribute.name.replace('_', " ")),
                "",
                None,
            );
            assert!(card.weights[index] >= 0.5, "{}: {card}", attribute.name);
        } else {
            assert!(users >= 10, "{}: {users} entries", attribute.name);
        }
        assert!(attribute.help.ends_with('.'), "{}", attribute.name);
    }
    let names: BTreeSet<&str> = ATTRIBUTES
        .iter()
        .flat_map(|attribute| [attribute.name, attribute.code])
        .collect();
    assert_eq!(names.len(), 2 * ATTRIBUTES.len());
}

#[test]
fn entries_come_back_as_they_stand() {
    let lexicon = &*LEXICON;
    let found = |key: &str| lexicon.card(key, key, None).source != MotionSource::Guess;
    let lost: Vec<&str> = lexicon
        .entries()
        .iter()
        .map(|entry| entry.key.as_str())
        .filter(|key| !found(key))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
#[expect(clippy::print_stdout, reason = "the test tells each card's agreement")]
fn agrees_with_the_cards_of_the_kinect_phrases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/phrases/motion.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        println!("{} is absent: nothing to compare with", path.display());
        return;
    };
    let lexicon = &*LEXICON;
    let columns: Vec<(usize, usize)> = {
        let headers = reader.headers().unwrap();
        headers
            .iter()
            .enumerate()
            .filter_map(|(column, name)| Some((column, attribute_index(name)?)))
            .collect()
    };
    assert!(columns.len() >= 25, "{} attributes coincide", columns.len());
    let mut cosines = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let theirs: Vec<f32> = columns
            .iter()
            .map(|&(column, _)| record[column].parse().unwrap())
            .collect();
        let card = lexicon.card(&record[0], "", None);
        let ours: Vec<f32> = columns
            .iter()
            .map(|&(_, index)| card.weights[index])
            .collect();
        cosines.push(cosine(&ours, &theirs));
        println!("{:.2} {}", cosine(&ours, &theirs), &record[0]);
    }
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    println!("mean {mean:.3} over {} cards", cosines.len());
    assert_eq!(cosines.len(), 62);
    assert!(mean >= 0.8, "{mean}");
}

#[test]
fn words_around_the_act_change_its_card() {
    let lifted = card("lift both arms above the head slowly");
    assert!(weight(&lifted, "both_arms") > 0.9 && weight(&lifted, "one_arm") < 0.1);
    assert!(weight(&lifted, "hands_overhead") > 0.9 && weight(&lifted, "slow") > 0.9);
    assert_eq!(lifted.source, MotionSource::Composed);
    assert!(
        weight(&card("raise arms"), "both_arms") > 0.8,
        "the plural tells two"
    );
    assert!(weight(&card("raise arm"), "one_arm") > 0.8);
    assert!(
        weight(&card("shake hands"), "one_arm") > 0.8,
        "a handshake takes one"
    );
    assert!(weight(&card("wave with the foot"), "one_arm") < 0.1);
    assert!(
        weight(
            &card("touch your left knee with your right hand"),
            "hands_to_legs"
        ) > 0.8
    );
    assert!(
        weight(&card("kick with the left leg"), "sideways") < 0.1,
        "left says which leg, not where to"
    );
    assert!(weight(&card("limp to the left"), "sideways") > 0.5);
    assert!(weight(&card("jump with arms up"), "hands_overhead") > 0.7);
}

#[test]
fn acts_come_together() {
    let both = card("squat and clap");
    assert!(weight(&both, "hips_lower") > 0.5 && weight(&both, "hands_together") > 0.5);
    let up_and_down = card("wave the arm up and down");
    assert!(
        weight(&up_and_down, "up_and_down") > 0.9,
        "no new act begins at this `and`"
    );
    assert!(weight(&card("sneeze/cough"), "hand_to_mouth") > 0.8);
    assert!(weight(&card("do the limbo"), "torso_leans_back") > 0.8);
    assert!(
        weight(&card("perform a cartwheel"), "legs_apart")
            < weight(&card("perform a cartwheel"), "leg_sideways")
    );
}

#[test]
fn inflections_and_spellings_find_the_same_entry() {
    for (one, other) in [
        ("clap", "clapping"),
        ("throw a ball", "he threw the balls"),
        ("push-up", "doing pushups"),
        ("swing a golf club", "golf club swings"),
        ("brush teeth", "brushing his teeth"),
        ("turn on the light", "turn the light on"),
    ] {
        assert_eq!(card(one).weights, card(other).weights, "{one} / {other}");
    }
}

#[test]
fn a_description_after_a_dash_is_strongest() {
    let told = card("swat a fly - one arm, fast, sideways, at head height");
    for name in ["one_arm", "fast", "sideways", "hands_at_shoulder_height"] {
        assert!(weight(&told, name) >= 0.7, "{name}");
    }
    let unknown = card("flumber - both arms, circular, slow");
    assert_eq!(unknown.source, MotionSource::Composed);
    assert!(weight(&unknown, "both_arms") > 0.9 && weight(&unknown, "circular") > 0.9);
    assert!(
        weight(&unknown, "hand_to_head") < 0.01,
        "nothing of the guess is left"
    );
    assert!(
        weight(&card("wave \u{2014} both arms"), "both_arms") > 0.9,
        "a long dash is a dash"
    );
}

#[test]
fn the_verb_that_the_user_set_counts() {
    let lexicon = &*LEXICON;
    let changed = lexicon.card("frobnicate the ball", "kick", Some("ball"));
    assert!(weight(&changed, "leg_forward") > 0.8);
    assert_ne!(changed.source, MotionSource::Guess);
    let filled = lexicon.card("headache", "have", Some("headache"));
    assert_eq!(filled.weights, card("headache").weights);
}

#[test]
fn unknown_words_become_a_marked_guess() {
    let lexicon = &*LEXICON;
    let near = lexicon.card("thorw", "", None);
    assert_eq!(near.source, MotionSource::Guess);
    assert!(
        cosine(&near.weights, &card("throw").weights) > 0.95,
        "one letter off"
    );
    let hop = lexicon
        .entries()
        .iter()
        .position(|entry| entry.key == "hop")
        .unwrap();
    let by_meaning = lexicon.card_with("flumber", "flumber", None, &|_| vec![(hop, 0.8)]);
    assert_eq!(by_meaning.source, MotionSource::Guess);
    assert!(cosine(&by_meaning.weights, &card("hop").weights) > 0.999);
    let nothing = card("flumber");
    assert_eq!(nothing.source, MotionSource::Guess);
    assert!(
        nothing.weights.iter().any(|&weight| weight > 0.0),
        "the mean of all entries"
    );
    let wild = lexicon.card_with("flumber", "", None, &|_| {
        vec![(usize::MAX, f32::NAN), (0, f32::INFINITY)]
    });
    assert!(wild.weights.iter().all(|weight| weight.is_finite()));
}

#[test]
fn bad_input_never_panics_and_stays_in_range() {
    let lexicon = &*LEXICON;
    let long = "swing ".repeat(2_000);
    let one_word = "x".repeat(10_000);
    let inputs = [
        "",
        " ",
        " - ",
        "-",
        "- fast",
        "\u{1f938}\u{200d}\u{2642}\u{fe0f}",
        "\u{8df3}\u{821e}",
        "\u{43f}\u{440}\u{44b}\u{436}\u{43e}\u{43a}",
        "\u{0}\u{1}",
        "a the of",
        "and and or / , ;",
        "''''",
        "letter",
        "e\u{301}\u{301}\u{301}",
        "\u{202e}evaw",
        &long,
        &one_word,
    ];
    for text in inputs {
        for card in [
            lexicon.card(text, "", None),
            lexicon.card(text, text, Some(text)),
        ] {
            assert_eq!(card.weights.len(), ATTRIBUTES.len());
            assert!(
                card.weights
                    .iter()
                    .all(|weight| (0.0..=1.0).contains(weight))
            );
        }
        lexicon.explain(text);
        drop(lexicon.parse_words(text));
    }
    assert_eq!(lexicon.card("", "", None).source, MotionSource::Guess);
}

#[test]
fn a_users_own_words_are_read_or_named() {
    let lexicon = &*LEXICON;
    let words = lexicon
        .parse_words("one arm, fast, at head height")
        .unwrap();
    assert_eq!(words.source, MotionSource::User);
    assert!(weight(&words, "one_arm") > 0.9 && weight(&words, "fast") > 0.9);
    let weights = lexicon.parse_words("one_arm=1 fast=0.5,slow").unwrap();
    assert_eq!(
        (weight(&weights, "fast"), weight(&weights, "slow")),
        (0.5, 1.0)
    );
    let unknown = lexicon.parse_words("one arm, glorping").unwrap_err();
    assert_eq!(
        unknown,
        MotionError::UnknownWord {
            word: "glorping".to_owned()
        }
    );
    let message = unknown.to_string();
    assert!(
        message.contains("glorping")
            && ATTRIBUTES
                .iter()
                .all(|attribute| message.contains(attribute.name))
    );
    assert!(lexicon.parse_words("one_leg=1").is_err());
    for weight in ["2", "-0.1", "NaN", "much", ""] {
        let error = lexicon.parse_words(&format!("fast={weight}")).unwrap_err();
        assert!(matches!(error, MotionError::Weight { .. }), "{error}");
    }
}

#[test]
fn each_attribute_can_be_said_by_its_name() {
    let lexicon = &*LEXICON;
    for attribute in ATTRIBUTES {
        for words in [attribute.name.to_owned(), attribute.name.replace('_', " ")] {
            let card = lexicon.parse_words(&words).unwrap();
            assert!(weight(&card, attribute.name) >= 0.5, "{words}: {card}");
        }
    }
}

#[test]
fn a_card_written_and_read_is_the_same() {
    let lexicon = &*LEXICON;
    for entry in lexicon.entries() {
        let card = MotionCard {
            weights: entry.weights.clone(),
            source: MotionSource::User,
        };
        assert_eq!(
            lexicon.parse_words(&card.to_string()).unwrap(),
            card,
            "{}",
            entry.key
        );
    }
    let blank = MotionCard::blank(MotionSource::User);
    assert_eq!(lexicon.parse_words(&blank.to_string()).unwrap(), blank);
}

#[test]
fn the_pieces_of_a_phrase_are_told() {
    let lexicon = &*LEXICON;
    let pieces = lexicon.explain("wave both arms slowly");
    let read: Vec<(&str, &str)> = pieces
        .iter()
        .map(|piece| (piece.piece.as_str(), piece.read_as.as_str()))
        .collect();
    assert!(read.contains(&("slowly", "slowly")), "{read:?}");
    assert!(
        pieces.iter().all(|piece| !piece.effects.is_empty()),
        "{read:?}"
    );
}

#[test]
fn a_phrase_is_read_in_under_a_millisecond() {
    let lexicon = &*LEXICON;
    let phrases = [
        "swing a golf club",
        "pick up a heavy box and throw it",
        "flumber the snorkel",
        "wave - both arms, slowly",
    ];
    let best = (0..50).map(|_| {
        let start = Instant::now();
        for phrase in phrases {
            drop(lexicon.card(phrase, "", None));
        }
        start.elapsed() / phrases.len() as u32
    });
    let best = best.min().unwrap_or(Duration::MAX);
    assert!(best < Duration::from_millis(1), "{best:?} a phrase");
}
