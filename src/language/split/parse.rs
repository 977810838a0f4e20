//! Reads a clause that opens with its verb: verb, particle wherever it stands, and what is acted on.

use super::lexicon::LEXICON;
use super::tokens::is_determiner;

const PARTICLES: &[&str] = &[
    "up",
    "down",
    "off",
    "out",
    "away",
    "apart",
    "over",
    "together",
    "around",
    "round",
    "back",
    "forward",
    "forwards",
    "backward",
    "backwards",
    "aside",
    "along",
    "on",
    "in",
    "through",
    "across",
    "ahead",
    "towards",
    "toward",
];
const PREPOSITIONS: &[&str] = &[
    "on",
    "in",
    "into",
    "at",
    "to",
    "with",
    "from",
    "of",
    "onto",
    "under",
    "over",
    "against",
    "behind",
    "above",
    "below",
    "between",
    "by",
    "for",
    "off",
    "through",
    "across",
    "around",
    "along",
    "towards",
    "toward",
    "near",
    "inside",
    "out",
    "up",
    "down",
    "using",
    "beside",
    "without",
    "about",
    "like",
    "as",
    "while",
    "after",
    "before",
    "past",
    "beneath",
    "underneath",
    "outside",
    "upon",
    "during",
    "per",
    "than",
    "until",
];
/// Prepositions that are never particles: after one, a noun must come.
const PURE_PREPOSITIONS: &[&str] = &[
    "into",
    "at",
    "to",
    "with",
    "from",
    "of",
    "onto",
    "under",
    "against",
    "behind",
    "above",
    "below",
    "between",
    "by",
    "for",
    "near",
    "inside",
    "using",
    "beside",
    "without",
    "about",
    "like",
    "upon",
    "underneath",
    "beneath",
];
/// Prepositions whose noun tells how long, not what.
const CIRCUMSTANCE: &[&str] = &["during", "until", "per", "than"];
const TIMES: &[&str] = &[
    "second", "seconds", "minute", "minutes", "hour", "hours", "while", "time", "times", "moment",
    "day",
];
/// Verbs that take "in" before their object.
const LETTING_IN: &[&str] = &[
    "plug", "hand", "fill", "tuck", "suck", "let", "bring", "pull", "push", "turn", "take", "reel",
    "screw", "breathe",
];
/// Words that stand for a thing without naming it.
const PRONOUNS: &[&str] = &[
    "something",
    "anything",
    "it",
    "them",
    "things",
    "thing",
    "sth",
    "everything",
    "stuff",
    "him",
    "her",
    "me",
    "us",
];
const REFLEXIVES: &[&str] = &[
    "oneself",
    "himself",
    "herself",
    "themselves",
    "itself",
    "yourself",
    "myself",
    "ourselves",
];
/// "a cup of tea" is about tea.
const PORTIONS: &[&str] = &[
    "cup", "glass", "bottle", "piece", "slice", "bowl", "pair", "bit", "lot", "handful", "mug",
    "plate", "pack", "bunch", "kind", "sort", "round", "game", "set", "can", "sheet", "jug", "pot",
];
/// Verbs of contact, with which "back" is a part of the body.
const CONTACT: &[&str] = &[
    "touch",
    "pat",
    "scratch",
    "rub",
    "massage",
    "slap",
    "hit",
    "hold",
    "point",
    "wash",
    "stretch",
    "arch",
    "straighten",
    "crack",
    "hurt",
    "twist",
    "bend",
    "tap",
];
/// Words of place that end a noun: "raise the leg sideways".
const PLACES: &[&str] = &[
    "each",
    "together",
    "apart",
    "away",
    "forward",
    "forwards",
    "backward",
    "backwards",
    "aside",
    "sideways",
    "sidewards",
    "upwards",
    "upward",
    "downwards",
    "downward",
    "overhead",
    "ahead",
    "clockwise",
    "counterclockwise",
    "there",
    "here",
];

/// Whether no further noun can follow: "help someone stand up".
fn stands_alone(word: &str) -> bool {
    PRONOUNS.contains(&word) || REFLEXIVES.contains(&word) || matches!(word, "someone" | "somebody")
}

pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

pub(super) fn is_preposition(word: &str) -> bool {
    PREPOSITIONS.contains(&word)
}

/// Whether a word after the first can only mean that the first is a verb.
pub(super) fn opens_object(word: &str) -> bool {
    is_determiner(word)
        || REFLEXIVES.contains(&word)
        || PURE_PREPOSITIONS.contains(&word)
        || PRONOUNS.contains(&word)
        || matches!(word, "someone" | "somebody" | "self")
}

/// Verb and noun of a clause that opens with its verb.
#[derive(Debug, PartialEq)]
pub(super) struct VerbPhrase {
    pub verb: String,
    pub noun: Option<String>,
}

/// Reads the words of a clause after its verb, given the verb's lemma.
pub(super) fn verb_phrase(lemma: &str, words: &[String]) -> VerbPhrase {
    let mut at = 1;
    let mut particle = None;
    let may_join = |word: &&String| {
        is_particle(word)
            || matches!(lemma, "get" | "go" | "come")
                && matches!(word.as_str(), "into" | "onto" | "under")
    };
    if let Some(word) = words.get(at).filter(may_join)
        && joins_verb(lemma, word, words.get(at + 1).map(String::as_str))
    {
        particle = Some(word.as_str());
        at += 1;
    }
    let (mut noun, mut end) = noun_phrase(words, at);
    if particle.is_none() && !noun.is_empty() {
        particle = split_particle(lemma, words, end, &mut noun);
    }
    if noun.len() == 1 && matches!(noun[0], "left" | "right") {
        // "turn left" names a way to go, not a thing.
        particle = particle.or(Some(noun[0]));
        noun.clear();
    }
    while noun.is_empty() && end < words.len() {
        let (found, next) = noun_phrase(words, end + 1);
        let circumstance = CIRCUMSTANCE.contains(&words[end].as_str())
            || found.last().is_some_and(|noun| TIMES.contains(noun));
        if !circumstance {
            noun = found;
        }
        end = next.max(end + 1);
    }
    VerbPhrase {
        verb: particle.map_or_else(|| lemma.to_owned(), |word| format!("{lemma} {word}")),
        noun: noun_from_words(&noun),
    }
}

/// Whether a particle straight after the verb belongs to it.
fn joins_verb(lemma: &str, particle: &str, next: Option<&str>) -> bool {
    if particle == "back" && CONTACT.contains(&lemma) {
        return false;
    }
    let Some(next) = next else { return true };
    // Alone, these verbs say nothing.
    if matches!(lemma, "get" | "go" | "come") {
        return true;
    }
    if !is_preposition(particle) {
        return true;
    }
    // "cut in the kitchen" names a place; "plug in the charger" does not.
    if particle == "in" {
        return LETTING_IN.contains(&lemma);
    }
    LEXICON.is_phrasal_with_object(&format!("{lemma} {particle}"))
        || matches!(particle, "up" | "down" | "off" | "out" | "over")
        || PURE_PREPOSITIONS.contains(&next)
}

/// The particle that stands after the noun: "put the cup down", "take object out of bag".
fn split_particle<'a>(
    lemma: &str,
    words: &'a [String],
    end: usize,
    noun: &mut Vec<&'a str>,
) -> Option<&'a str> {
    // "take the book back": back is also a noun, and so was read as one.
    if end == words.len()
        && noun.len() > 1
        && noun.last() == Some(&"back")
        && !CONTACT.contains(&lemma)
    {
        return noun.pop();
    }
    let word = words.get(end).filter(|word| is_particle(word))?;
    let next = words.get(end + 1);
    let at_end = next.is_none();
    let before_place = next.is_some_and(|next| PURE_PREPOSITIONS.contains(&next.as_str()))
        && matches!(
            word.as_str(),
            "up" | "down" | "off" | "out" | "away" | "back" | "apart" | "together" | "over"
        );
    // "wave arm over head" keeps its preposition.
    let known = LEXICON.is_phrasal(&format!("{lemma} {word}"))
        && matches!(word.as_str(), "up" | "down" | "off" | "out" | "away")
        && next.is_some_and(|next| is_preposition(next));
    (at_end || before_place || known).then_some(word)
}

/// The nouns from a position on, without determiners and adverbs, and the position after them.
fn noun_phrase(words: &[String], from: usize) -> (Vec<&str>, usize) {
    let mut at = from;
    let mut introduced = false;
    // "pretend to be a monkey" is about the monkey.
    while at < words.len() && (is_determiner(&words[at]) || words[at] == "be") {
        introduced = words[at] != "be";
        at += 1;
    }
    // "letter a": an article at the end is a letter.
    if introduced && at == words.len() && words[at - 1].len() == 1 && at > from + 1 {
        return (vec![words[at - 1].as_str()], at);
    }
    let mut found: Vec<&str> = Vec::new();
    while let Some(word) = words.get(at).map(String::as_str) {
        if found.last() == Some(&"letter") && word.chars().count() == 1 {
            found.push(word);
            at += 1;
            continue;
        }
        if word == "of" && found.last().is_some_and(|noun| PORTIONS.contains(noun)) {
            found.clear();
            at += 1;
            while words.get(at).is_some_and(|word| is_determiner(word)) {
                at += 1;
            }
            continue;
        }
        let thumbs = found
            .last()
            .is_some_and(|noun| matches!(*noun, "thumb" | "thumbs"))
            && matches!(word, "up" | "down");
        let ends = is_preposition(word) || PLACES.contains(&word) || is_determiner(word);
        let complete = found.last().is_some_and(|noun| stands_alone(noun));
        if complete || ends && !thumbs {
            break;
        }
        if word == "back" || thumbs || !LEXICON.is_adverb(word) {
            found.push(word);
        }
        at += 1;
    }
    if found.len() > 1 && matches!(found[0], "left" | "right") {
        found.remove(0);
    }
    while found.last().is_some_and(|word| {
        LEXICON.is_quality(word)
            && !matches!(*word, "left" | "right" | "up" | "down")
            && !(introduced && found.len() == 1)
    }) && !found.contains(&"letter")
    {
        found.pop();
    }
    // Words of place right here belong to no noun: step over them so that the caller finds what comes after.
    while found.is_empty()
        && words
            .get(at)
            .is_some_and(|word| PLACES.contains(&word.as_str()) && !is_particle(word))
    {
        at += 1;
    }
    (found, at)
}

fn noun_from_words(words: &[&str]) -> Option<String> {
    match words {
        [] => None,
        [word] if PRONOUNS.contains(word) && *word != "stuff" && *word != "things" => None,
        [word] if REFLEXIVES.contains(word) => Some("oneself".to_owned()),
        [first, rest @ ..] if *first == "and" => noun_from_words(rest),
        _ => Some(words.join(" ")),
    }
}
