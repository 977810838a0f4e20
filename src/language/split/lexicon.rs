//! The word tables of the splitter: what each word can be, and the lemma of an inflected form.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The tables, read once.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::from_tables);

/// How much a lemma is each part of speech: twice its tagged occurrences plus its senses (`assets/words/words.tsv`).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    pub noun: f32,
    pub verb: f32,
    pub adjective: f32,
    pub adverb: f32,
    pub takes_object: bool,
}

/// How a verb is inflected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Base,
    Gerund,
    ThirdPerson,
    Past,
}

/// A word read as a verb.
#[derive(Clone, Debug)]
pub(super) struct VerbReading {
    pub lemma: String,
    pub form: Form,
    /// How likely the word is a verb here, 0 to 1, before its neighbours are looked at.
    pub probability: f32,
}

/// What each word can be.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: HashMap<&'static str, Word>,
    phrasal: HashMap<&'static str, bool>,
    irregular: HashMap<&'static str, &'static str>,
    compounds: HashSet<&'static str>,
    plurals: HashSet<&'static str>,
    things: HashMap<&'static str, &'static str>,
}

fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once('\t'))
}

fn word_from_fields(fields: &str) -> Word {
    let mut numbers = fields
        .split('\t')
        .map(|field| field.parse().unwrap_or(0.0_f32));
    let mut next = || numbers.next().unwrap_or(0.0);
    Word {
        noun: next(),
        verb: next(),
        adjective: next(),
        adverb: next(),
        takes_object: next() > 0.0,
    }
}

impl Lexicon {
    fn from_tables() -> Self {
        Self {
            words: pairs(include_str!("../../../assets/words/words.tsv"))
                .map(|(lemma, rest)| (lemma, word_from_fields(rest)))
                .collect(),
            phrasal: pairs(include_str!("../../../assets/words/phrasal.tsv"))
                .map(|(verb, object)| (verb, object == "1"))
                .collect(),
            irregular: pairs(include_str!("../../../assets/words/irregular.tsv")).collect(),
            compounds: include_str!("../../../assets/words/compounds.txt")
                .lines()
                .collect(),
            plurals: include_str!("../../../assets/words/plurals.txt")
                .lines()
                .collect(),
            things: pairs(include_str!("../../../assets/words/things.tsv")).collect(),
        }
    }

    fn word(&self, word: &str) -> Option<Word> {
        self.words.get(word).copied()
    }

    fn verb_weight(&self, lemma: &str) -> f32 {
        self.word(lemma).map_or(0.0, |word| word.verb)
    }

    /// The likeliest verb among candidate lemmas.
    fn best_verb(&self, candidates: impl IntoIterator<Item = String>) -> Option<String> {
        candidates
            .into_iter()
            .filter(|lemma| self.verb_weight(lemma) > 0.0)
            .max_by(|a, b| self.verb_weight(a).total_cmp(&self.verb_weight(b)))
    }

    fn lemma_of_suffixed(&self, word: &str, suffix: &str) -> Option<String> {
        let stem = word.strip_suffix(suffix)?;
        if stem.chars().count() < 2 {
            return None;
        }
        let mut candidates = vec![stem.to_owned(), format!("{stem}e")];
        let mut reversed = stem.chars().rev();
        if let (Some(last), Some(before)) = (reversed.next(), reversed.next())
            && last == before
        {
            candidates.push(stem[..stem.len() - last.len_utf8()].to_owned());
        }
        if let Some(bare) = stem.strip_suffix('y') {
            candidates.push(format!("{bare}ie"));
        }
        if let Some(bare) = stem.strip_suffix('i')
            && suffix == "ed"
        {
            candidates.push(format!("{bare}y"));
        }
        self.best_verb(candidates)
    }

    /// The verb whose third person, or the noun whose plural, a word ending in s is.
    fn lemma_of_s(&self, word: &str) -> Option<String> {
        if word.len() < 4
            || word.ends_with("ss")
            || !word.ends_with('s')
            || self.plurals.contains(word)
        {
            return None;
        }
        let mut candidates = vec![word[..word.len() - 1].to_owned()];
        candidates.extend(word.strip_suffix("es").map(str::to_owned));
        candidates.extend(word.strip_suffix("ies").map(|bare| format!("{bare}y")));
        self.best_verb(candidates)
    }

    /// Reads a word as a verb, if it can be one.
    pub(super) fn verb(&self, word: &str) -> Option<VerbReading> {
        let reading = |lemma: String, form, probability| VerbReading {
            lemma,
            form,
            probability,
        };
        if let Some(own) = self.word(word)
            && own.verb > 0.0
        {
            let rivals = own.noun + own.verb + 0.5 * (own.adjective + own.adverb);
            return Some(reading(word.to_owned(), Form::Base, own.verb / rivals));
        }
        if let Some(lemma) = self.irregular.get(word) {
            let form = if word.ends_with("ing") {
                Form::Gerund
            } else {
                Form::Past
            };
            return Some(reading((*lemma).to_owned(), form, 0.9));
        }
        if let Some(lemma) = self.lemma_of_suffixed(word, "ing") {
            return Some(reading(lemma, Form::Gerund, 0.95));
        }
        if let Some(lemma) = self.lemma_of_suffixed(word, "ed") {
            return Some(reading(lemma, Form::Past, 0.85));
        }
        let lemma = self.lemma_of_s(word)?;
        let own = self.word(&lemma).unwrap_or_default();
        let probability = own.verb / (own.noun + own.verb);
        Some(reading(lemma, Form::ThirdPerson, probability))
    }

    /// How likely a word alone is a verb rather than a noun, 0 to 1, its other uses aside.
    pub(super) fn verb_share(&self, reading: &VerbReading) -> f32 {
        if matches!(reading.form, Form::Gerund | Form::Past) {
            return reading.probability;
        }
        let own = self.word(&reading.lemma).unwrap_or_default();
        own.verb / (own.noun + own.verb).max(f32::EPSILON)
    }

    /// The verb that an irregular past form belongs to, though the form is a lemma too (saw, fell).
    pub(super) fn past_of(&self, word: &str) -> Option<&'static str> {
        self.irregular.get(word).copied()
    }

    /// How likely a word is a noun (or part of its name), 0 to 1, before its neighbours are looked at.
    pub(super) fn noun_probability(&self, word: &str) -> f32 {
        let share = |own: Word| {
            (own.noun + 0.3 * own.adjective + 0.1)
                / (own.noun + own.verb + 0.5 * own.adjective + own.adverb + 0.1)
        };
        if let Some(own) = self.word(word) {
            return share(own);
        }
        match self.verb(word) {
            Some(reading) if reading.form == Form::ThirdPerson => {
                let own = self.word(&reading.lemma).unwrap_or_default();
                (own.noun + 0.1) / (own.noun + own.verb + 0.1)
            }
            Some(reading) if reading.form == Form::Gerund => 0.05,
            Some(_) => 0.2,
            None => 1.0,
        }
    }

    /// Whether a word says how or where and cannot be what is acted on: quickly, twice.
    pub(super) fn is_adverb(&self, word: &str) -> bool {
        self.word(word).is_some_and(|own| {
            own.adverb > 0.0
                && own.adverb > own.noun + own.verb
                && (word.ends_with("ly") || own.adverb >= own.adjective)
        })
    }

    /// Whether a word is hardly ever a noun or a verb: high, straight, tall.
    pub(super) fn is_quality(&self, word: &str) -> bool {
        !self.things.contains_key(word)
            && self
                .word(word)
                .is_some_and(|own| own.adjective + own.adverb > 4.0 * (own.noun + own.verb))
    }

    /// Whether verb and particle are one verb that takes an object: put on.
    pub(super) fn is_phrasal_with_object(&self, verb_and_particle: &str) -> bool {
        self.phrasal.get(verb_and_particle) == Some(&true)
    }

    /// Whether verb and particle are one verb: pick up.
    pub(super) fn is_phrasal(&self, verb_and_particle: &str) -> bool {
        self.phrasal.contains_key(verb_and_particle)
    }

    /// Whether a verb, with its particle if it has one, takes an object.
    pub(super) fn takes_object(&self, verb: &str) -> bool {
        self.phrasal.get(verb).copied().unwrap_or_else(|| {
            let bare = verb.split(' ').next().unwrap_or(verb);
            self.word(bare).is_none_or(|own| own.takes_object)
        })
    }

    /// Whether two words are the name of one thing: pole vault.
    pub(super) fn is_compound(&self, words: &str) -> bool {
        self.compounds.contains(words)
    }

    /// What kind of thing a noun is, after its last words where the whole is not listed.
    pub(super) fn kind(&self, noun: &str) -> Option<&'static str> {
        let mut rest = noun;
        loop {
            let single = rest
                .strip_suffix("es")
                .or_else(|| rest.strip_suffix('s'))
                .unwrap_or(rest);
            let mut kinds = [rest, rest.strip_suffix('s').unwrap_or(rest), single]
                .into_iter()
                .filter_map(|form| self.things.get(form).copied());
            // "hands" is a lemma of its own (custody), but who types it means the body.
            let first = kinds.next();
            let found = kinds.find(|kind| *kind == "body").or(first);
            if let Some(kind) = found {
                return Some(kind);
            }
            rest = rest.split_once(' ')?.1;
        }
    }

    /// Whether a noun names something that a body suffers.
    pub(super) fn is_ailment(&self, noun: &str) -> bool {
        self.kind(noun) == Some("ailment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_have_a_lemma() {
        for (word, lemma) in [
            ("waving", "wave"),
            ("hopping", "hop"),
            ("lying", "lie"),
            ("skiing", "ski"),
            ("carried", "carry"),
            ("stopped", "stop"),
            ("threw", "throw"),
            ("touches", "touch"),
            ("flies", "fly"),
            ("sits", "sit"),
        ] {
            let reading = LEXICON.verb(word).expect(word);
            assert_eq!(reading.lemma, lemma, "{word}");
        }
        assert!(LEXICON.verb("glasses").is_none());
        assert!(LEXICON.verb("éing").is_none());
    }

    #[test]
    fn things_are_known_by_their_head() {
        assert_eq!(LEXICON.kind("headache"), Some("ailment"));
        assert_eq!(LEXICON.kind("very bad headaches"), Some("ailment"));
        assert_eq!(LEXICON.kind("table tennis"), Some("game"));
        assert_eq!(LEXICON.kind("qwertz"), None);
    }
}
