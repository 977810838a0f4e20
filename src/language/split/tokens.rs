//! From raw text to the words of one clause: cleaned, without subject, filler, alternatives and idioms of manner.

use super::lexicon::{Form, LEXICON};

/// A clause longer than this is not a phrase: the rest is not read.
const MAX_WORDS: usize = 48;

/// Words that stand before a noun and say nothing about it that a body shows.
const DETERMINERS: &[&str] = &[
    "a", "an", "the", "my", "your", "his", "her", "their", "its", "our", "some", "any", "this",
    "that", "these", "those", "another", "other", "each", "both", "all", "every", "no", "one",
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "own",
];
const SUBJECTS: &[&str] = &[
    "person",
    "man",
    "woman",
    "someone",
    "somebody",
    "people",
    "he",
    "she",
    "they",
    "i",
    "you",
    "we",
    "human",
    "subject",
    "actor",
    "performer",
    "boy",
    "girl",
    "guy",
    "child",
    "kid",
    "player",
    "men",
    "women",
    "children",
    "kids",
    "individual",
    "participant",
    "adult",
];
const AUXILIARIES: &[&str] = &["is", "are", "am", "was", "were", "be", "being", "been"];
/// Verbs that only say that another one goes on.
const PHASE_VERBS: &[&str] = &[
    "keep", "start", "begin", "stop", "go", "continue", "try", "practice", "practise", "attempt",
    "pretend", "want", "learn", "finish", "come",
];
/// Manner and place that no noun should be read from.
const IDIOMS: &[&[&str]] = &[
    &["up", "and", "down"],
    &["back", "and", "forth"],
    &["in", "and", "out"],
    &["left", "and", "right"],
    &["round", "and", "round"],
    &["over", "and", "over"],
    &["again", "and", "again"],
    &["from", "side", "to", "side"],
    &["side", "to", "side"],
    &["in", "place"],
    &["in", "the", "air"],
    &["in", "front"],
    &["on", "the", "spot"],
    &["to", "the", "left"],
    &["to", "the", "right"],
    &["to", "the", "front"],
    &["to", "the", "back"],
    &["at", "the", "same", "time"],
    &["each", "other"],
    &["one", "another"],
];

/// Whether a word only introduces a noun: articles, possessives, numbers.
pub(super) fn is_determiner(word: &str) -> bool {
    DETERMINERS.contains(&word)
        || word.ends_with("'s")
        || word.ends_with("s'")
        || word
            .chars()
            .all(|c| c.is_ascii_digit() || c == '\'' || c == '-')
}

/// Lowercases, drops what is in brackets, and cuts into words; `/` becomes `or`, commas and full stops `,`.
fn words_of(text: &str) -> Vec<String> {
    let mut clean = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '\u{2019}' | '\u{2018}' | '`' => clean.push('\''),
            '\u{2010}' | '\u{2011}' => clean.push('-'),
            '/' | '|' => clean.push_str(" or "),
            '&' => clean.push_str(" and "),
            ',' | ';' | ':' | '.' | '!' | '?' => clean.push_str(" , "),
            c if is_word_char(c) => clean.push(c),
            _ => clean.push(' '),
        }
    }
    clean
        .split_whitespace()
        .map(|word| word.trim_matches(['\'', '-']).to_owned())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .collect()
}

fn is_word_char(c: char) -> bool {
    // Combining marks belong to the letter before them (Devanagari vowels, decomposed accents).
    c.is_alphanumeric()
        || c == '\''
        || c == '-'
        || unicode_normalization::char::is_combining_mark(c)
}

fn drop_idioms(words: &mut Vec<String>) {
    let mut at = 1;
    while at < words.len() {
        let found = IDIOMS.iter().find(|idiom| {
            words.len() >= at + idiom.len()
                && idiom
                    .iter()
                    .zip(&words[at..])
                    .all(|(wanted, word)| wanted == word)
        });
        // "in front of the mirror" is a place with a noun of its own.
        match found {
            Some(idiom) if words.get(at + idiom.len()).is_none_or(|next| next != "of") => {
                words.drain(at..at + idiom.len());
            }
            _ => at += 1,
        }
    }
}

/// Strips `a person is`, `to`, `how to`, `please` and the like; true where a subject was stripped.
fn drop_subject(words: &mut Vec<String>) -> bool {
    while words.len() > 1
        && matches!(
            words[0].as_str(),
            "to" | "how" | "please" | "let's" | "lets" | "now" | ","
        )
    {
        words.remove(0);
    }
    let start = words.iter().take_while(|word| is_determiner(word)).count();
    let Some(subject) = words.get(start) else {
        return false;
    };
    let contraction = ["'s", "'re", "'m"].iter().find_map(|end| {
        subject
            .strip_suffix(end)
            .filter(|bare| SUBJECTS.contains(bare))
    });
    // A contraction ends in 's and so counts as a determiner: "he's running".
    let contracted = start > 0
        && SUBJECTS.contains(&words[start - 1].trim_end_matches("'s"))
        && words[start - 1].ends_with("'s");
    let gerund_at = |at: usize| {
        words
            .get(at)
            .and_then(|word| LEXICON.verb(word))
            .is_some_and(|verb| verb.form == Form::Gerund)
    };
    if contracted && gerund_at(start) {
        words.drain(..start);
        return true;
    }
    let auxiliary = words
        .get(start + 1)
        .is_some_and(|word| AUXILIARIES.contains(&word.as_str()));
    let known = SUBJECTS.contains(&subject.as_str()) || contraction.is_some();
    let at = start + 1 + usize::from(auxiliary);
    let Some(verb) = words.get(at).and_then(|word| LEXICON.verb(word)) else {
        return false;
    };
    let clause = if known {
        auxiliary || contraction.is_some() || verb.form != Form::Base || verb.probability > 0.5
    } else {
        // "the dog is running", "boxer punching a bag"; but "hand waving" names one action.
        let object = words.get(at + 1).is_some_and(|word| is_determiner(word));
        verb.form == Form::Gerund
            && (auxiliary || object)
            && LEXICON
                .verb(subject)
                .is_none_or(|own| own.probability < 0.4)
    };
    if clause {
        words.drain(..at);
    }
    clause
}

/// "go swimming" -> swimming, "try to catch a ball" -> catch a ball.
fn drop_phase_verb(words: &mut Vec<String>) {
    let Some(first) = words.first().and_then(|word| LEXICON.verb(word)) else {
        return;
    };
    if !PHASE_VERBS.contains(&first.lemma.as_str()) {
        return;
    }
    let Some(second) = words.get(1) else { return };
    let inner = if second == "to" { 2 } else { 1 };
    let fits = words
        .get(inner)
        .filter(|word| !AUXILIARIES.contains(&word.as_str()))
        .and_then(|word| LEXICON.verb(word))
        .is_some_and(|verb| {
            verb.form == if inner == 2 { Form::Base } else { Form::Gerund }
                && (inner == 1 || verb.probability > 0.4)
        });
    if fits {
        words.drain(..inner);
    }
}

/// One clause to be read, and what followed it, from which a missing noun may be borrowed.
#[derive(Debug)]
pub(super) struct Clause {
    pub words: Vec<String>,
    pub rest: Vec<String>,
    /// The clause had a subject, so its verb may be a past form.
    pub after_subject: bool,
}

/// Cuts a text into the clause to read and its rest.
pub(super) fn clause_of(text: &str) -> Clause {
    let mut words = words_of(text);
    let after_subject = drop_subject(&mut words);
    while words.len() > 1
        && (words[0] == "," || LEXICON.is_adverb(&words[0]) && LEXICON.verb(&words[0]).is_none())
    {
        words.remove(0);
    }
    drop_phase_verb(&mut words);
    drop_idioms(&mut words);
    let mut rest = Vec::new();
    if let Some(comma) = words.iter().position(|word| word == ",") {
        words.truncate(comma);
    }
    resolve_alternatives(&mut words, &mut rest);
    resolve_conjunction(&mut words, &mut rest);
    Clause {
        words,
        rest,
        after_subject,
    }
}

/// "hat or cap" -> hat; "putting on or taking off shoes" -> putting on, with the rest to borrow "shoes" from.
fn resolve_alternatives(words: &mut Vec<String>, rest: &mut Vec<String>) {
    while let Some(at) = words.iter().position(|word| word == "or") {
        let right = &words[at + 1..];
        let verb = right.first().and_then(|word| LEXICON.verb(word));
        let ends_in_particle =
            at > 1 && super::parse::is_particle(&words[at - 1]) && words.len() > at + 2;
        let object = right
            .get(1)
            .is_some_and(|word| !super::parse::is_preposition(word));
        let clause = verb.is_some_and(|verb| verb.probability >= 0.3)
            && at > 0
            && (ends_in_particle || (at > 1 && object));
        if clause {
            *rest = words.split_off(at);
            rest.remove(0);
            return;
        }
        let skipped = right.iter().take_while(|word| is_determiner(word)).count() + 1;
        let end = (at + 1 + skipped).min(words.len());
        words.drain(at..end);
    }
}

/// "pick up and throw object" -> pick up, with the rest to borrow "object" from; "arms and legs" stays.
fn resolve_conjunction(words: &mut Vec<String>, rest: &mut Vec<String>) {
    let joins = |word: &String| {
        matches!(
            word.as_str(),
            "and" | "then" | "while" | "before" | "after" | "until" | "when"
        )
    };
    let mut from = 1;
    while let Some(at) = words
        .iter()
        .skip(from)
        .position(joins)
        .map(|found| found + from)
    {
        let next = words.get(at + 1);
        let names_a_thing = next.is_some_and(|word| {
            is_determiner(word)
                || LEXICON
                    .verb(word)
                    .is_none_or(|verb| verb.probability < 0.4 || verb.form == Form::ThirdPerson)
        });
        if words[at] == "and" && at > 1 && names_a_thing {
            from = at + 1;
            continue;
        }
        *rest = words.split_off(at);
        rest.remove(0);
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(text: &str) -> String {
        clause_of(text).words.join(" ")
    }

    #[test]
    fn the_clause_is_what_is_done() {
        for (text, words) in [
            ("A person is running", "running"),
            ("he's kicking a ball", "kicking a ball"),
            ("How to tie shoelaces?", "tie shoelaces"),
            ("go swimming", "swimming"),
            ("trying to catch a ball", "catch a ball"),
            ("slowly raise your hand", "raise your hand"),
            ("put on a hat/cap", "put on a hat"),
            ("shake head from side to side", "shake head"),
            ("hand waving", "hand waving"),
            ("boxer punching a bag", "punching a bag"),
            ("check time (from watch)", "check time"),
            ("jump rope, fast, for 10 minutes", "jump rope"),
            ("wave arms and legs", "wave arms and legs"),
        ] {
            assert_eq!(clause(text), words, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_can_still_lend_its_noun() {
        let cut = clause_of("pick up and throw object");
        assert_eq!(cut.words, ["pick", "up"]);
        assert_eq!(cut.rest, ["throw", "object"]);
        let cut = clause_of("putting on/taking off shoes");
        assert_eq!(cut.words, ["putting", "on"]);
        assert_eq!(cut.rest, ["taking", "off", "shoes"]);
    }
}
