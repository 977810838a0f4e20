//! Splits a short phrase into verb and noun, from what `WordNet` says each word can be.
//!
//! A phrase is one of three things: a verb with what it acts on ("put the cup down"), a noun and the verb made from it ("rope skipping",
//! "tennis serve"), or a thing alone ("headache"), whose verb is filled in. Each reading gets a score from the words' own shares as
//! verb and noun and from their neighbours; the best wins, and its part of the sum is the confidence.

mod lexicon;
mod parse;
mod tokens;

use self::lexicon::{Form, LEXICON, VerbReading};
use self::parse::{VerbPhrase, is_particle, is_preposition, opens_object, verb_phrase};
use self::tokens::{Clause, clause_of, is_determiner};

/// Verb and noun of a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Lemma, with its particle: `pick up`. Empty only where the text holds no letters or digits.
    pub verb: String,
    /// What is acted on, as typed, in lower case.
    pub noun: Option<String>,
    /// How sure the reading is, 0 to 1.
    pub confidence: f32,
    /// The phrase names no verb, and a usual one was filled in: `have` for an ailment.
    pub verb_filled: bool,
}

/// Splits a phrase; any text gives some split, with a confidence of 0 where nothing can be read.
pub fn split(text: &str) -> Split {
    let clause = clause_of(text);
    let mut found = split_clause(&clause);
    if found.noun.is_none()
        && !found.verb_filled
        && !clause.rest.is_empty()
        && LEXICON.takes_object(&found.verb)
    {
        let lent = split_clause(&Clause {
            words: clause.rest,
            rest: Vec::new(),
            after_subject: false,
        });
        found.noun = lent.noun.filter(|_| !lent.verb_filled);
    }
    found
}

/// The scores of the three readings, in one unit.
#[derive(Debug, Default)]
struct Scores {
    verb_first: f32,
    noun_verb: f32,
    noun_only: f32,
}

impl Scores {
    fn confidence(&self, chosen: f32) -> f32 {
        let sum = self.verb_first + self.noun_verb + self.noun_only;
        if sum > 0.0 {
            (chosen / sum).clamp(0.0, 0.98)
        } else {
            0.2
        }
    }
}

fn split_clause(clause: &Clause) -> Split {
    let words = &clause.words;
    let content: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !is_determiner(word))
        .collect();
    let Some(first) = words.first().filter(|_| !content.is_empty()) else {
        return nothing(words);
    };
    let joined = content.join(" ");
    let first_verb = first_verb(clause, first);
    if content.len() == 1 {
        return single_word(first_verb.as_ref(), words.len() > 1, &joined);
    }
    let ailing = LEXICON.is_ailment(&joined)
        && first_verb
            .as_ref()
            .is_none_or(|verb| verb.probability < 0.5)
        && words.get(1).is_none_or(|second| !opens_object(second));
    if ailing {
        return noun_only(&joined, 0.9);
    }
    if content.last() == Some(&"ups") {
        // "sit ups": an exercise, typed without its hyphen.
        return noun_only(&joined, 0.9);
    }
    let (head, tail) = head_and_tail(&content);
    let last_verb = head
        .last()
        .and_then(|last| LEXICON.verb(last))
        .filter(|verb| verb.form != Form::Past);
    let scores = scores(words, head, tail, first_verb.as_ref(), last_verb.as_ref());
    if scores.verb_first >= scores.noun_verb && scores.verb_first >= scores.noun_only {
        let lemma = first_verb.map_or_else(|| first.clone(), |verb| verb.lemma);
        let VerbPhrase { verb, noun } = verb_phrase(&lemma, words);
        return Split {
            verb,
            noun,
            confidence: scores.confidence(scores.verb_first),
            verb_filled: false,
        };
    }
    match last_verb {
        Some(verb) if scores.noun_verb >= scores.noun_only => {
            // "high throw", "forward kick": how, not what.
            let named = head[..head.len() - 1]
                .iter()
                .skip_while(|word| LEXICON.is_quality(word));
            let noun = named.copied().collect::<Vec<_>>().join(" ");
            Split {
                verb: verb.lemma,
                noun: Some(noun).filter(|noun| !noun.is_empty()),
                confidence: scores.confidence(scores.noun_verb),
                verb_filled: false,
            }
        }
        _ => placed(head, tail, scores.confidence(scores.noun_only)),
    }
}

/// The opening word as a verb, unless a determiner says that it is a noun.
fn first_verb(clause: &Clause, first: &str) -> Option<VerbReading> {
    let names_a_side = first == "left"
        && !clause.after_subject
        && clause.words.get(1).is_none_or(|next| !is_determiner(next));
    if is_determiner(first) || names_a_side {
        return None;
    }
    let past = LEXICON
        .past_of(first)
        .filter(|_| clause.after_subject)
        .map(|lemma| VerbReading {
            lemma: lemma.to_owned(),
            form: Form::Past,
            probability: 0.9,
        });
    let mut verb = past.or_else(|| LEXICON.verb(first));
    if let Some(verb) = verb.as_mut().filter(|_| clause.after_subject) {
        verb.probability = verb.probability.max(0.9);
    }
    verb
}

/// A text without letters or digits, or of determiners alone: those are kept, so that something is shown.
fn nothing(words: &[String]) -> Split {
    Split {
        verb: words.join(" "),
        noun: None,
        confidence: 0.0,
        verb_filled: false,
    }
}

fn single_word(verb: Option<&VerbReading>, introduced: bool, word: &str) -> Split {
    let least = match verb {
        _ if introduced => f32::INFINITY,
        Some(verb) if verb.form == Form::Gerund => 0.0,
        Some(_) if LEXICON.is_ailment(word) => 0.6,
        Some(verb) if verb.form == Form::Base => 0.15,
        _ => 0.5,
    };
    let share = |verb: &VerbReading| LEXICON.verb_share(verb);
    match verb.filter(|verb| share(verb) >= least) {
        Some(verb) => Split {
            verb: verb.lemma.clone(),
            noun: None,
            confidence: share(verb).max(0.5),
            verb_filled: false,
        },
        // Of the words that no table knows, a plural or a name of several parts is a thing: rock-paper-scissors.
        None if introduced
            || LEXICON.kind(word).is_some()
            || (verb.is_none()
                && word.is_ascii()
                && (word.ends_with('s') || word.ends_with("up") || word.contains('-'))) =>
        {
            noun_only(word, 0.7)
        }
        // A word that no table knows is more likely what is done than a thing: schuhplattler.
        None => Split {
            verb: verb.map_or_else(|| word.to_owned(), |verb| verb.lemma.clone()),
            noun: None,
            confidence: 0.3,
            verb_filled: false,
        },
    }
}

/// The words before the first preposition or particle, less the manner at their end, and the words from there on.
fn head_and_tail<'a>(content: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    let end = content
        .iter()
        .skip(1)
        .position(|word| is_preposition(word) || is_particle(word))
        .map_or(content.len(), |found| found + 1);
    let (mut head, tail) = content.split_at(end);
    while head.len() > 2
        && head
            .last()
            .is_some_and(|word| LEXICON.is_quality(word) && LEXICON.verb(word).is_none())
    {
        head = &head[..head.len() - 1];
    }
    (head, tail)
}

/// How likely all of some words are parts of a thing's name.
fn names(words: &[&str]) -> f32 {
    words
        .iter()
        .map(|word| {
            if LEXICON.is_quality(word) {
                0.6
            } else {
                LEXICON.noun_probability(word)
            }
        })
        .fold(1.0, f32::min)
}

fn scores(
    words: &[String],
    head: &[&str],
    tail: &[&str],
    first: Option<&VerbReading>,
    last: Option<&VerbReading>,
) -> Scores {
    let second = words.get(1).map_or("", String::as_str);
    let opens = !is_determiner(&words[0]) && opens_object(second);
    let mut verb_first = match first {
        Some(verb) if verb.form == Form::Gerund => 0.9,
        Some(verb) if verb.form == Form::ThirdPerson => 0.1 * verb.probability,
        Some(verb) => verb.probability,
        None => 0.0,
    };
    if opens {
        verb_first = if first.is_some() { 0.95 } else { 0.8 };
    } else if is_particle(second) && first.is_some_and(|verb| verb.form != Form::ThirdPerson) {
        verb_first = verb_first.max(0.8);
    } else {
        let object = |word: &&str| {
            if LEXICON.is_adverb(word) || LEXICON.is_quality(word) {
                0.8
            } else {
                LEXICON.noun_probability(word).max(0.02)
            }
        };
        verb_first *= head[1..].iter().map(object).fold(1.0, f32::min);
    }
    let noun_verb = match last {
        Some(verb) if head.len() > 1 && !opens && !head.contains(&"and") => {
            let shape = if verb.form == Form::Gerund { 1.0 } else { 0.3 };
            names(&head[..head.len() - 1]) * verb.probability * shape
        }
        _ => 0.0,
    };
    let named = words.len() == head.len() + tail.len()
        && head.len() > 1
        && (LEXICON.is_compound(&head.join(" ")) || LEXICON.is_compound(&head[..2].join(" ")));
    let noun_only = if named {
        0.3 * names(&head[..head.len() - 1])
    } else if first.is_none() && !opens {
        0.1 * names(head)
    } else {
        0.02 * names(head)
    };
    Scores {
        verb_first,
        noun_verb,
        noun_only,
    }
}

/// A thing, and where it goes: "hands up", "hands on hips".
fn placed(head: &[&str], tail: &[&str], confidence: f32) -> Split {
    let noun = head.join(" ");
    let mut found = noun_only(&noun, confidence);
    match tail.first() {
        Some(particle)
            if matches!(
                *particle,
                "up" | "down" | "out" | "together" | "apart" | "forward"
            ) =>
        {
            found.verb = format!("put {particle}");
        }
        Some(_) if LEXICON.kind(&noun) == Some("body") => "put".clone_into(&mut found.verb),
        _ => {}
    }
    found
}

/// A phrase without a verb, with the verb that people use for such a thing.
fn noun_only(noun: &str, confidence: f32) -> Split {
    Split {
        verb: usual_verb(noun, LEXICON.kind(noun)).to_owned(),
        noun: Some(noun.to_owned()),
        confidence: confidence * 0.9,
        verb_filled: true,
    }
}

fn usual_verb(noun: &str, kind: Option<&str>) -> &'static str {
    let head = noun.rsplit(' ').next().unwrap_or(noun);
    match (head, kind) {
        ("call" | "sign" | "gesture" | "face" | "fist" | "noise" | "sound" | "wish", _) => "make",
        (_, Some("ailment")) => "have",
        (_, Some("game" | "instrument")) => "play",
        (_, Some("dance")) => "dance",
        (_, Some("garment")) => "wear",
        (_, Some("beverage")) => "drink",
        (_, Some("food")) => "eat",
        (_, Some("mount")) => "ride",
        (_, Some("vehicle")) => "drive",
        (_, Some("tool")) => "use",
        (_, Some("body")) => "move",
        (_, Some("animal" | "person")) => "imitate",
        _ => "do",
    }
}

#[cfg(test)]
mod tests;
