//! Cards of words that the motion lexicon lacks: what any sensible card must say, against what is guessed.

use crate::cli::text_encoder;
use burn::tensor::Device;
use std::path::Path;
use std::time::{Duration, Instant};
use synse::language::Language;
use synse::language::motion::MotionLexicon;
use synse::phrases::motion::{MotionCard, MotionSource};

/// A weight that counts as said.
const SAID: f32 = 0.4;

/// Phrases whose verb the lexicon lacks while it has others that mean much the same, and what their cards must say:
/// one of each group. Written before any guess was looked at.
const UNKNOWN: &[(&str, &[&[&str]])] = &[
    ("chuck a stone", &[&["one_arm"], &["fast"]]),
    ("clobber", &[&["fast"]]),
    ("wallop", &[&["fast"]]),
    ("bash", &[&["fast"]]),
    (
        "pummel",
        &[&["fast", "repeated"], &["one_arm", "both_arms"]],
    ),
    ("bludgeon", &[&["fast"]]),
    ("headbutt", &[&["head_moves", "torso_bends_forward"]]),
    ("scurry", &[&["travels"], &["steps"]]),
    ("scamper", &[&["travels"], &["steps"]]),
    ("amble", &[&["travels"], &["steps"]]),
    ("saunter along", &[&["travels"], &["steps"]]),
    ("waddle", &[&["travels"], &["steps"]]),
    ("traipse", &[&["travels"]]),
    ("meander", &[&["travels"]]),
    ("slink", &[&["travels"]]),
    ("ambulate", &[&["travels"], &["steps"]]),
    ("cavort", &[&["jumps", "travels", "steps"]]),
    ("frolic", &[&["jumps", "travels", "steps"]]),
    ("genuflect", &[&["hips_lower", "hips_low"]]),
    ("hunker", &[&["hips_lower", "hips_low"]]),
    ("hunch", &[&["torso_bends_forward"]]),
    ("sprawl", &[&["body_on_floor"]]),
    ("snooze", &[&["held_still", "body_on_floor"]]),
    ("slumber", &[&["held_still", "body_on_floor"]]),
    ("gyrate", &[&["circular", "turns_around", "torso_twists"]]),
    ("revolve", &[&["turns_around", "circular"]]),
    ("gobble", &[&["hand_to_mouth"]]),
    ("munch crisps", &[&["hand_to_mouth"]]),
    ("nibble", &[&["hand_to_mouth"]]),
    ("slurp soup", &[&["hand_to_mouth"]]),
    ("guzzle", &[&["hand_to_mouth"]]),
    ("gulp", &[&["hand_to_mouth"]]),
    ("devour", &[&["hand_to_mouth"]]),
    ("imbibe", &[&["hand_to_mouth"]]),
    ("heft", &[&["hands_rise", "both_arms"]]),
    ("lug a trunk", &[&["travels"]]),
    ("tow", &[&["pulls_in", "travels"]]),
    ("jostle", &[&["reaches_forward"]]),
    ("scour", &[&["repeated"]]),
    ("hew", &[&["hands_fall", "fast"]]),
    ("cleave", &[&["hands_fall", "fast"]]),
    ("excavate", &[&["torso_bends_forward", "repeated"]]),
    ("clamber", &[&["hands_rise", "knee_lifts", "steps"]]),
    ("squirm", &[&["torso_twists"]]),
    ("telephone", &[&["hand_to_head"]]),
    ("shampoo", &[&["hand_to_head"]]),
    ("kowtow", &[&["torso_bends_forward"]]),
    ("foxtrot", &[&["steps"]]),
];

fn language() -> Language {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    Language::load(&models, &Device::flex()).unwrap()
}

fn is_right(card: &MotionCard, groups: &[&[&str]]) -> bool {
    let says = |name: &&str| card.weight(name).unwrap() >= SAID;
    groups.iter().all(|group| group.iter().any(says))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what one looks at")]
fn unknown_words_take_the_cards_of_their_neighbours() {
    if !text_encoder() {
        return;
    }
    let (with, without) = (language(), MotionLexicon::builtin());
    let (mut by_meaning, mut by_spelling) = (0, 0);
    for (text, groups) in UNKNOWN {
        let spelt = without.card(text, "", None);
        assert_eq!(
            spelt.source,
            MotionSource::Guess,
            "{text} is in the lexicon"
        );
        let phrase = with.read(text);
        assert_eq!(phrase.motion.source, MotionSource::Guess, "{text}");
        let right = is_right(&phrase.motion, groups);
        by_meaning += usize::from(right);
        by_spelling += usize::from(is_right(&spelt, groups));
        if !right {
            println!("{text}: expected {groups:?}, guessed {}", phrase.motion);
        }
    }
    let all = UNKNOWN.len();
    println!("right by meaning {by_meaning}, by spelling alone {by_spelling}, of {all}");
    // The encoder knows rare words by their pieces, so that many neighbours are spelt alike and mean something else; it is
    // several times what spelling alone finds all the same.
    assert!(by_meaning >= 11, "{by_meaning} of {all}");
    assert!(
        by_meaning >= by_spelling + 6,
        "{by_meaning} against {by_spelling}"
    );
}

#[test]
fn what_is_no_word_stays_a_guess_of_finite_weights() {
    if !text_encoder() {
        return;
    }
    let language = language();
    for text in [
        "flibberjab",
        "踢球",
        "бросить мяч",
        "xx xx",
        "🏌️",
        "",
        "- -",
    ] {
        let card = language.read(text).motion;
        assert_eq!(card.source, MotionSource::Guess, "{text}");
        assert!(
            card.weights.iter().all(|w| (0.0..=1.0).contains(w)),
            "{text}"
        );
    }
}

/// The shortest of several tries, each with a text that no cache has seen.
fn shortest(mut work: impl FnMut(&str)) -> Duration {
    let time = |round: usize| {
        let text = format!("clobber thing{round}");
        let begin = Instant::now();
        work(&text);
        begin.elapsed()
    };
    (0..8).map(time).min().unwrap_or_default()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what one looks at")]
fn a_guess_costs_little_more_than_the_embedding_that_is_made_anyhow() {
    if !text_encoder() {
        return;
    }
    let (reading, embedding) = (language(), language());
    let read = shortest(|text| drop(reading.read(text)));
    let embed = shortest(|text| drop(embedding.encoder().embed(&[text]).unwrap()));
    println!("an unknown phrase is read in {read:?}, embedded in {embed:?}");
    // The embedding is remembered for the decision; over it, a search among 3,000 vectors.
    assert!(read < 3 * embed, "{read:?} against {embed:?}");
}
