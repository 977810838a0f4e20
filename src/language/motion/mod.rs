//! The motion lexicon: from a phrase to the card of what the body does.
//!
//! A phrase is cut into acts; each act finds its longest entry (several words, a noun that tells the activity, the verb);
//! the words around it change the card; what stands after a spaced dash changes it last; what is not in the lexicon is
//! guessed from the nearest entries, and marked so.

mod around;
mod compose;
mod find;
mod guess;
mod sides;
mod spans;
mod subject;
mod table;
mod words;

use std::collections::BTreeMap;

use thiserror::Error;

use self::compose::Reader;
use self::table::{Kind, Line};
use self::words::Vocabulary;
use crate::phrases::motion::{
    ATTRIBUTE_COUNT, ATTRIBUTES, MotionCard, MotionSource, attribute_index,
};
use crate::phrases::shortened;

/// What can be wrong with the lexicon or with the words of a user.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MotionError {
    /// A line of a table cannot be read.
    #[error("{place}: {problem}")]
    Line {
        /// File and line.
        place: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// Two lines have the same key.
    #[error("{place}: `{key}` is already there, at {first}")]
    Duplicate {
        /// File and line.
        place: String,
        /// The key.
        key: String,
        /// Where it is already.
        first: String,
    },
    /// A word that tells no movement.
    #[error(
        "`{word}` tells no movement that is known; say it in other words or by these attributes: {}",
        attribute_names()
    )]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// A weight outside 0 to 1.
    #[error("`{name}={weight}`: expected a weight from 0 to 1")]
    Weight {
        /// The attribute.
        name: String,
        /// What stood behind the sign.
        weight: String,
    },
}

fn attribute_names() -> String {
    ATTRIBUTES
        .iter()
        .map(|attribute| attribute.name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// One entry of the lexicon: an act by its key.
#[derive(Clone, Debug, PartialEq)]
pub struct LexiconEntry {
    /// The words of the key: `swing golf club`.
    pub key: String,
    /// What the body does, one weight for each of [`ATTRIBUTES`].
    pub weights: Vec<f32>,
}

/// What a piece of a phrase did to the card.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The words of the phrase.
    pub piece: String,
    /// The entry or the modifier that they were read as; empty where nothing is known.
    pub read_as: String,
    /// What it set: index into [`ATTRIBUTES`] and weight.
    pub effects: Vec<(usize, f32)>,
}

/// Finds the entries nearest in meaning to some words: indices into [`MotionLexicon::entries`] with their similarity, 0 to 1.
pub type Nearest<'a> = dyn Fn(&str) -> Vec<(usize, f32)> + 'a;

/// Entries and modifiers, ready to be searched.
#[derive(Clone, Debug)]
pub struct MotionLexicon {
    entries: Vec<LexiconEntry>,
    /// Of each entry, the words to find in a phrase, in their canonical form.
    entry_words: Vec<Vec<String>>,
    kinds: Vec<Kind>,
    modifiers: Vec<(Vec<String>, Line)>,
    targets: BTreeMap<String, Line>,
    movers: BTreeMap<String, Line>,
    /// From a word to the entries that hold it.
    index: BTreeMap<String, Vec<usize>>,
    /// From a word to the modifiers that begin with it, longest first.
    modifier_index: BTreeMap<String, Vec<usize>>,
    vocabulary: Vocabulary,
    /// The mean of all entries: the card of which nothing is known.
    neutral: Vec<f32>,
    problems: Vec<MotionError>,
}

impl MotionLexicon {
    /// The lexicon that comes with the program.
    pub fn builtin() -> Self {
        let (lines, problems) = table::read(table::TABLES);
        Self::from_lines(lines, problems)
    }

    fn from_lines(lines: Vec<Line>, mut problems: Vec<MotionError>) -> Self {
        let vocabulary = Vocabulary::from_keys(lines.iter().map(|line| line.key.as_str()));
        let mut lexicon = Self {
            entries: Vec::new(),
            entry_words: Vec::new(),
            kinds: Vec::new(),
            modifiers: Vec::new(),
            targets: BTreeMap::new(),
            movers: BTreeMap::new(),
            index: BTreeMap::new(),
            modifier_index: BTreeMap::new(),
            vocabulary,
            neutral: Vec::new(),
            problems: Vec::new(),
        };
        let mut seen: BTreeMap<Vec<String>, String> = BTreeMap::new();
        for line in lines {
            let words = lexicon.words_of(&line.key);
            if line.kind.is_act() {
                if let Some(first) = seen.insert(words.clone(), line.key.clone()) {
                    problems.push(MotionError::Duplicate {
                        place: "assets/motion".to_owned(),
                        key: line.key,
                        first: format!("`{first}`"),
                    });
                } else {
                    lexicon.add_entry(words, &line);
                }
            } else {
                lexicon.add_modifier(words, line);
            }
        }
        lexicon.add_attribute_names();
        lexicon.sort_modifiers();
        lexicon.neutral = lexicon.mean_card();
        lexicon.problems = problems;
        lexicon
    }

    fn words_of(&self, key: &str) -> Vec<String> {
        self.vocabulary
            .tokens(key)
            .into_iter()
            .map(|token| token.word)
            .collect()
    }

    fn add_entry(&mut self, words: Vec<String>, line: &Line) {
        let number = self.entries.len();
        for word in &words {
            let holders = self.index.entry(word.clone()).or_default();
            if holders.last() != Some(&number) {
                holders.push(number);
            }
        }
        self.entries.push(LexiconEntry {
            key: line.key.clone(),
            weights: table::dense(&line.effects),
        });
        // "be angry": what is left of it is one word, and tells the act wherever it stands.
        let is_single = line.kind == Kind::Act && words.len() == 1;
        self.entry_words.push(words);
        self.kinds
            .push(if is_single { Kind::Activity } else { line.kind });
    }

    fn add_modifier(&mut self, words: Vec<String>, line: Line) {
        let word = words.join(" ");
        match line.kind {
            Kind::Target => drop(self.targets.insert(word, line)),
            Kind::Mover => drop(self.movers.insert(word, line)),
            _ => self.modifiers.push((words, line)),
        }
    }

    /// Each attribute can be said by its own name, so that a card can be written by hand.
    fn add_attribute_names(&mut self) {
        for (number, attribute) in ATTRIBUTES.iter().enumerate() {
            let words = self.words_of(&attribute.name.replace('_', " "));
            if !self.modifiers.iter().any(|(known, _)| *known == words) {
                let key = attribute.name.replace('_', " ");
                let line = Line {
                    key,
                    kind: Kind::Modifier,
                    effects: vec![(number, 1.0)],
                };
                self.modifiers.push((words, line));
            }
        }
    }

    fn sort_modifiers(&mut self) {
        self.modifiers
            .sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        for (number, (words, _)) in self.modifiers.iter().enumerate() {
            if let Some(first) = words.first() {
                self.modifier_index
                    .entry(first.clone())
                    .or_default()
                    .push(number);
            }
        }
    }

    fn mean_card(&self) -> Vec<f32> {
        let count = self.entries.len().max(1) as f32;
        let mut mean = vec![0.0; ATTRIBUTE_COUNT];
        for entry in &self.entries {
            for (slot, weight) in mean.iter_mut().zip(&entry.weights) {
                *slot += weight / count;
            }
        }
        mean
    }

    /// All entries, in a stable order: the indices that `nearest` of [`Self::card_with`] speaks of.
    pub fn entries(&self) -> &[LexiconEntry] {
        &self.entries
    }

    /// What is wrong with the tables; empty unless someone edited them badly.
    pub fn problems(&self) -> &[MotionError] {
        &self.problems
    }

    /// The card of a phrase. `text` is what was typed, with the description after a dash if there is one; `verb` and `noun`
    /// are the phrase's own, so that a verb that the user changed counts. Never fails: what is unknown becomes a guess.
    pub fn card(&self, text: &str, verb: &str, noun: Option<&str>) -> MotionCard {
        self.card_with(text, verb, noun, &|_| Vec::new())
    }

    /// Like [`Self::card`], with a way to find the entries nearest in meaning to words that the lexicon lacks: from the
    /// words to indices into [`Self::entries`] with their similarity, 0 to 1, best first.
    pub fn card_with(
        &self,
        text: &str,
        verb: &str,
        noun: Option<&str>,
        nearest: &Nearest<'_>,
    ) -> MotionCard {
        let reading = Reader::new(self, nearest).read(text, verb, noun);
        MotionCard {
            weights: reading.weights,
            source: reading.source,
        }
    }

    /// Which words of a phrase made its card, piece by piece, in the order in which they were applied.
    pub fn explain(&self, text: &str) -> Vec<Contribution> {
        Reader::new(self, &|_| Vec::new())
            .read(text, "", None)
            .pieces
    }

    /// A user's own motion: words as in a description (`one arm, fast, at head height`), or attributes with or without
    /// weights (`one_arm=1 fast=0.5`), or `none`.
    pub fn parse_words(&self, words: &str) -> Result<MotionCard, MotionError> {
        let trimmed = words.trim();
        if trimmed.eq_ignore_ascii_case("none") || trimmed.is_empty() {
            return Ok(MotionCard::blank(MotionSource::User));
        }
        if trimmed.contains('=') {
            return parse_weights(trimmed);
        }
        let reading = Reader::new(self, &|_| Vec::new()).read_description(trimmed);
        match reading.unknown.into_iter().next() {
            Some(word) => Err(MotionError::UnknownWord { word }),
            None => Ok(MotionCard {
                weights: reading.weights,
                source: MotionSource::User,
            }),
        }
    }
}

/// `one_arm=1 fast=0.5`; a name alone is 1.
fn parse_weights(words: &str) -> Result<MotionCard, MotionError> {
    let mut card = MotionCard::blank(MotionSource::User);
    let items = words
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|item| !item.is_empty());
    for item in items {
        let (name, weight) = item.split_once('=').unwrap_or((item, "1"));
        let index = attribute_index(name).ok_or_else(|| MotionError::UnknownWord {
            word: shortened(name),
        })?;
        let value = weight
            .parse::<f32>()
            .ok()
            .filter(|value| (0.0..=1.0).contains(value));
        let value = value.ok_or_else(|| MotionError::Weight {
            name: name.to_owned(),
            weight: shortened(weight),
        })?;
        if let Some(slot) = card.weights.get_mut(index) {
            *slot = value;
        }
    }
    Ok(card)
}
