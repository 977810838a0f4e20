//! Phrases of every shape, with what must be read in them; bad input.

use super::*;

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (text, verb, noun) in cases {
        let found = split(text);
        if found.verb != *verb || found.noun.as_deref().unwrap_or("") != *noun {
            wrong.push(format!(
                "{text:?}: wanted {verb:?} {noun:?}, read {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn particles_wherever_they_stand() {
    check(&[
        ("pick the ball up", "pick up", "ball"),
        ("put the cup down on the table", "put down", "cup"),
        ("take the box out of the car", "take out", "box"),
        ("get out of the car", "get out", "car"),
        ("throw the frisbee away", "throw away", "frisbee"),
        ("stretch both arms out", "stretch out", "arms"),
        ("pat someone on the back", "pat", "someone"),
        ("scratch your back", "scratch", "back"),
        ("give the book back", "give back", "book"),
        ("give a thumbs up", "give", "thumbs up"),
        ("back away", "back away", ""),
        ("get into a car", "get into", "car"),
        ("help someone stand up", "help", "someone"),
        ("turn left", "turn left", ""),
        ("walk the dog in the park", "walk", "dog"),
    ]);
}

#[test]
fn manner_is_no_noun() {
    check(&[
        ("run in place", "run", ""),
        ("jump up and down", "jump", ""),
        ("jump very high", "jump", ""),
        ("walk slowly", "walk", ""),
        ("box sideways", "box", ""),
        ("stand still", "stand", ""),
        ("bounce the ball quickly", "bounce", "ball"),
        ("dance for ten minutes", "dance", ""),
        ("step to the left", "step", ""),
        ("throw a ball overhead", "throw", "ball"),
        ("raise left knee", "raise", "knee"),
    ]);
}

#[test]
fn inflections_become_lemmas() {
    check(&[
        ("washing the windows", "wash", "windows"),
        ("she threw a javelin", "throw", "javelin"),
        ("a child is skipping rope", "skip", "rope"),
        ("the dog is chasing its tail", "chase", "tail"),
        ("lying down", "lie down", ""),
        ("kicked the ball", "kick", "ball"),
        ("tries to open a jar", "open", "jar"),
    ]);
}

#[test]
fn a_missing_verb_is_filled() {
    check(&[
        ("headache", "have", "headache"),
        ("stomach ache", "have", "stomach ache"),
        ("tennis", "play", "tennis"),
        ("violin", "play", "violin"),
        ("a waltz", "dance", "waltz"),
        ("pizza", "eat", "pizza"),
        ("phone call", "make", "phone call"),
        ("the hammer", "use", "hammer"),
        ("push-ups", "do", "push-ups"),
        ("sit-up", "do", "sit-up"),
        ("sit ups", "do", "sit ups"),
        ("hands up", "put up", "hands"),
        ("hands on hips", "put", "hands"),
        ("arms out to the sides", "put out", "arms"),
        ("cartwheel", "do", "cartwheel"),
    ]);
    assert!(split("headache").verb_filled);
    assert!(!split("clap").verb_filled);
}

#[test]
fn nouns_that_act() {
    check(&[
        ("rope climbing", "climb", "rope"),
        ("wood chopping", "chop", "wood"),
        ("volleyball serve", "serve", "volleyball"),
        ("hand wave", "wave", "hand"),
        ("window cleaning", "clean", "window"),
        ("baseball swing from the right", "swing", "baseball"),
        ("forward punch", "punch", ""),
        ("high throw", "throw", ""),
        ("two hand wave", "wave", "hand"),
    ]);
}

#[test]
fn what_is_acted_on() {
    check(&[
        ("drink a cup of tea", "drink", "tea"),
        ("play a game of chess", "play", "chess"),
        ("draw letter a", "draw", "letter a"),
        ("make letter x with body", "make", "letter x"),
        ("fly like an airplane", "fly", "airplane"),
        ("wave arm above head", "wave", "arm"),
        ("pick up and throw object", "pick up", "object"),
        ("wave arms and legs", "wave", "arms and legs"),
        ("swing a golf club", "swing", "golf club"),
        ("touch other person's pocket", "touch", "pocket"),
        ("putting on/taking off shoes", "put on", "shoes"),
        ("stretch yourself", "stretch", "oneself"),
        ("kick something", "kick", ""),
        ("look for something", "look", ""),
        ("look for the keys", "look", "keys"),
        ("pretend to be a monkey", "pretend", "monkey"),
        ("cutting in the kitchen", "cut", "kitchen"),
    ]);
}

#[test]
fn anything_can_be_typed() {
    let long = "kick the ball ".repeat(800);
    let one_word = "a".repeat(10_000);
    for text in [
        "",
        " ",
        "-",
        "'",
        "---",
        "the",
        "a the",
        "123",
        "3 2 1",
        "or",
        "and",
        "/",
        "or or",
        "and and and",
        ",",
        "()",
        "((",
        "))",
        "to",
        "to to",
        "'s",
        "is",
        "a person is",
        "he's",
        "the of",
        "of",
        "up",
        "up up",
        "🏌️",
        "🏌️‍♂️ swing",
        "踢球",
        "ボールを投げる",
        "мяч бросить",
        "رقص",
        "patear una pelota",
        "Ball werfen",
        "ing",
        "eding",
        "éé",
        "ß",
        "İ",
        "\u{0}",
        "\u{301}",
        "a\u{301}ing",
        &long,
        &one_word,
        "letter",
        "letter a",
        "a a a",
        "cup of",
        "left",
        "turn left right",
        "throw throw throw",
        "kick\tthe\nball",
    ] {
        let found = split(text);
        assert!(
            (0.0..=1.0).contains(&found.confidence),
            "{text:?}: {found:?}"
        );
        let readable = text.chars().any(char::is_alphabetic);
        assert!(
            !readable || !found.verb.is_empty() || found.confidence == 0.0,
            "{text:?}: {found:?}"
        );
    }
    assert_eq!(split("").confidence, 0.0);
    assert_eq!(split("踢球").verb, "踢球");
    assert_eq!(split(&long).verb, "kick");
}
