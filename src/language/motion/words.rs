//! Cuts a phrase into words and brings each to the form in which the lexicon holds it.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

/// Longest part of a phrase that is read, in words; the rest says nothing about a movement any more.
const MOST_WORDS: usize = 64;

/// Longest part of a phrase that is looked at, in characters.
const MOST_CHARACTERS: usize = 1_000;

/// Words that never tell a movement.
const SILENT: &[&str] = &[
    "a",
    "an",
    "the",
    "his",
    "her",
    "hers",
    "their",
    "my",
    "your",
    "its",
    "our",
    "one's",
    "ones",
    "oneself",
    "himself",
    "herself",
    "itself",
    "themselves",
    "yourself",
    "myself",
    "somebody's",
    "it",
    "he",
    "she",
    "they",
    "i",
    "we",
    "you",
    "this",
    "that",
    "these",
    "those",
    "some",
    "any",
    "is",
    "are",
    "am",
    "was",
    "were",
    "be",
    "being",
    "been",
    "person",
    "man",
    "woman",
    "someone",
    "somebody",
    "people",
    "boy",
    "girl",
    "player",
    "athlete",
    "of",
    "very",
    "please",
    "just",
    "own",
];

/// Forms that no rule finds: `stem<TAB>form form ..`.
const FORMS: &str = include_str!("../../../assets/motion/forms.tsv");

/// How a word is joined to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// Nothing stands between.
    Beside,
    /// A further act begins: `and`, `then`, a comma.
    Then,
    /// Another way to say it, or another act: `or`, a slash.
    Or,
}

/// One word of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As it was typed, in small letters.
    pub(super) typed: String,
    /// As the lexicon holds it.
    pub(super) word: String,
    /// How it is joined to the one before.
    pub(super) joint: Joint,
}

/// The words that the lexicon knows, with the compounds that are typed as one word or as two.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    words: BTreeSet<String>,
    compounds: BTreeMap<String, Vec<String>>,
    forms: BTreeMap<&'static str, &'static str>,
}

impl Vocabulary {
    /// Takes in the words of the lexicon's keys as they stand there.
    pub(super) fn from_keys<'a>(keys: impl Iterator<Item = &'a str> + Clone) -> Self {
        let words: BTreeSet<String> = keys
            .clone()
            .flat_map(plain_words)
            .map(|(word, _)| word)
            .collect();
        let mut compounds = BTreeMap::new();
        for key in keys {
            let parts: Vec<String> = plain_words(key).into_iter().map(|(word, _)| word).collect();
            if parts.len() == 2 && !words.contains(&parts.concat()) {
                compounds.insert(parts.concat(), parts);
            }
        }
        let lines = FORMS.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once('\t'));
        let forms = pairs
            .flat_map(|(stem, forms)| forms.split(' ').map(move |form| (form, stem)))
            .collect();
        Self {
            words,
            compounds,
            forms,
        }
    }

    /// What a word may be a form of, likeliest first.
    fn stems(&self, typed: &str) -> Vec<String> {
        match self.forms.get(typed) {
            Some(&stem) => vec![stem.to_owned()],
            None => regular_stems(typed),
        }
    }

    /// The lexicon's form of a word: its stem where the lexicon has that, else the word itself.
    pub(super) fn canonical(&self, typed: &str) -> String {
        let stems = self.stems(typed);
        if let Some(stem) = stems.iter().find(|stem| self.words.contains(*stem)) {
            return stem.clone();
        }
        if self.words.contains(typed) {
            return typed.to_owned();
        }
        stems.into_iter().next().unwrap_or_else(|| typed.to_owned())
    }

    /// Cuts a phrase into words, without those that never tell a movement.
    pub(super) fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut pending = Joint::Beside;
        for (typed, joint) in plain_words(text) {
            pending = stronger(pending, joint);
            match typed.as_str() {
                "and" | "then" | "while" | "plus" | "before" | "followed" => {
                    // `and` is kept as a word: some keys hold it (`clean and jerk`, `up and down`).
                    if typed == "and" {
                        tokens.push(Token {
                            word: typed.clone(),
                            typed,
                            joint: pending,
                        });
                    }
                    pending = Joint::Then;
                }
                "or" => pending = Joint::Or,
                // "draw letter a": after this word an article is a letter.
                _ if SILENT.contains(&typed.as_str())
                    && !(typed.len() == 1 && follows_letter(&tokens)) => {}
                _ => {
                    for part in self.parts(&typed) {
                        let word = self.canonical(&part);
                        tokens.push(Token {
                            typed: part,
                            word,
                            joint: pending,
                        });
                        pending = Joint::Beside;
                    }
                }
            }
            if tokens.len() >= MOST_WORDS {
                break;
            }
        }
        tokens
    }

    /// `pushups` -> `push`, `up`; any other word as it is.
    fn parts(&self, typed: &str) -> Vec<String> {
        if self.words.contains(typed) {
            return vec![typed.to_owned()];
        }
        let known = std::iter::once(typed.to_owned())
            .chain(self.stems(typed))
            .find_map(|form| self.compounds.get(&form));
        known.cloned().unwrap_or_else(|| vec![typed.to_owned()])
    }
}

fn follows_letter(tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|token| token.word == "letter")
}

/// Of two joints that meet between two words, the one that separates more.
fn stronger(a: Joint, b: Joint) -> Joint {
    match (a, b) {
        (Joint::Or, _) | (_, Joint::Or) => Joint::Or,
        (Joint::Then, _) | (_, Joint::Then) => Joint::Then,
        _ => Joint::Beside,
    }
}

/// Small letters, without accents' variants and signs; each word with its joint to the one before.
fn plain_words(text: &str) -> Vec<(String, Joint)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut joint = Joint::Beside;
    let mut finish = |word: &mut String, joint: &mut Joint| {
        let bare = word.strip_suffix("'s").unwrap_or(word).replace('\'', "");
        if !bare.is_empty() {
            words.push((bare, *joint));
            *joint = Joint::Beside;
        }
        word.clear();
    };
    for character in text
        .nfkc()
        .take(MOST_CHARACTERS)
        .flat_map(char::to_lowercase)
    {
        match character {
            '\u{2019}' => word.push('\''),
            '\'' => word.push(character),
            _ if character.is_alphanumeric() => word.push(character),
            _ => {
                finish(&mut word, &mut joint);
                match character {
                    ',' | ';' | '.' | '&' | '+' | ':' | '(' | ')' | '\n' => {
                        joint = stronger(joint, Joint::Then);
                    }
                    '/' | '|' => joint = Joint::Or,
                    _ => {}
                }
            }
        }
    }
    finish(&mut word, &mut joint);
    words
}

/// What a word may be a form of by its ending, likeliest first.
fn regular_stems(typed: &str) -> Vec<String> {
    let mut stems = Vec::new();
    if let Some(rest) = typed
        .strip_suffix("ies")
        .or_else(|| typed.strip_suffix("ied"))
    {
        if rest.len() > 1 {
            stems.push(format!("{rest}y"));
        }
        stems.push(format!("{rest}ie"));
    } else if let Some(rest) = typed.strip_suffix("ing") {
        stems.extend(without_ending(rest));
    } else if let Some(rest) = typed.strip_suffix("ed").filter(|rest| !rest.ends_with('e')) {
        stems.extend(without_ending(rest));
    } else if let Some(rest) = typed
        .strip_suffix('s')
        .filter(|rest| rest.len() > 1 && !rest.ends_with(['s', 'u', 'i']))
    {
        if ["she", "che", "sse", "xe", "zze", "oe"]
            .iter()
            .any(|ending| rest.ends_with(ending))
        {
            stems.extend(rest.strip_suffix('e').map(str::to_owned));
        }
        stems.push(rest.to_owned());
    }
    stems
}

/// `wav` -> `wave`, `clapp` -> `clap`, `jump` -> `jump`; nothing where what is left is no word.
fn without_ending(rest: &str) -> Vec<String> {
    if !rest.contains(['a', 'e', 'i', 'o', 'u', 'y']) || rest.len() < 2 {
        return Vec::new();
    }
    let mut stems = Vec::new();
    let mut letters = rest.chars().rev();
    if letters.next() == letters.next() {
        let mut undoubled = rest.to_owned();
        undoubled.pop();
        // "putting" is rather of "put" than of "putt".
        stems.push(undoubled);
        stems.push(rest.to_owned());
    } else {
        stems.push(format!("{rest}e"));
        stems.push(rest.to_owned());
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::from_keys(
            [
                "wave",
                "clap hands",
                "roll",
                "jump",
                "push-up",
                "carry",
                "sing",
                "dress",
                "tie",
                "hop",
            ]
            .into_iter(),
        )
    }

    fn words(text: &str) -> Vec<String> {
        vocabulary()
            .tokens(text)
            .into_iter()
            .map(|token| token.word)
            .collect()
    }

    #[test]
    fn forms_of_a_word_come_to_its_stem() {
        let expected = [
            ("waving", "wave"),
            ("waves", "wave"),
            ("clapped", "clap"),
            ("rolling", "roll"),
            ("jumps", "jump"),
            ("carries", "carry"),
            ("carried", "carry"),
            ("singing", "sing"),
            ("dresses", "dress"),
            ("tying", "tie"),
            ("hopping", "hop"),
        ];
        for (form, stem) in expected {
            assert_eq!(vocabulary().canonical(form), stem);
        }
    }

    #[test]
    fn compounds_are_the_same_written_in_one_or_two() {
        assert_eq!(words("pushups"), ["push", "up"]);
        assert_eq!(words("Push-Ups"), words("push up"));
    }

    #[test]
    fn separators_start_a_new_act() {
        let tokens = vocabulary().tokens("jump, hop/clap the hands");
        let joints: Vec<Joint> = tokens.iter().map(|token| token.joint).collect();
        assert_eq!(
            joints,
            [Joint::Beside, Joint::Then, Joint::Or, Joint::Beside]
        );
    }

    #[test]
    fn long_and_foreign_text_is_cut_and_kept_harmless() {
        assert!(vocabulary().tokens(&"jump ".repeat(5_000)).len() <= MOST_WORDS);
        assert!(vocabulary().tokens("\u{1f938} \u{200d} ' '' -").is_empty());
        assert_eq!(words("\u{8df3} stra\u{df}e").len(), 2);
    }
}
