//! Finds in the words of an act the entries and the modifiers of the lexicon.

use std::collections::BTreeMap;

use super::MotionLexicon;
use super::spans::Span;
use super::table::Kind;
use super::words::Token;

/// How many other words may stand among those of an entry: "put the big red cup down".
const MOST_GAPS: usize = 4;

/// Verbs that say nothing where a noun tells the act.
const WEAK_VERBS: &[&str] = &[
    "do",
    "make",
    "play",
    "perform",
    "have",
    "give",
    "take",
    "go",
    "use",
    "practice",
    "start",
    "begin",
    "get",
    "try",
    "imitate",
    "pretend",
    "act",
    "mime",
    "show",
    "keep",
    "continue",
    "execute",
    "feel",
    "suffer",
    "form",
    "mimic",
    "demonstrate",
    "simulate",
    "attempt",
    "train",
    "exercise",
    "move",
    "represent",
    "become",
    "look",
    "hold",
    "finish",
    "complete",
    "repeat",
    "hit",
    "work",
    "compete",
    "win",
    "copy",
    "like",
    "enact",
    "impersonate",
];

/// An entry found in an act.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Match {
    /// Index into the lexicon's entries.
    pub(super) entry: usize,
    /// Which tokens it took, as indices into the act.
    pub(super) tokens: Vec<usize>,
    /// How much it explains.
    score: f32,
}

impl MotionLexicon {
    /// The entry of several words, or with a compound noun, that explains most of an act.
    pub(super) fn longest_act(&self, act: &[Token]) -> Option<Match> {
        self.longest_act_if(act, |_| true)
    }

    /// The same among those entries that can be meant.
    pub(super) fn longest_act_if(
        &self,
        act: &[Token],
        can_be: impl Fn(&Match) -> bool,
    ) -> Option<Match> {
        let spans = self.modifier_spans(act);
        let mut hits: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, token) in act.iter().enumerate() {
            if act
                .iter()
                .take(place)
                .any(|before| before.word == token.word)
            {
                continue;
            }
            for &entry in self
                .index
                .get(&token.word)
                .map(Vec::as_slice)
                .unwrap_or_default()
            {
                *hits.entry(entry).or_default() += 1;
            }
        }
        let matches = hits.into_iter().filter_map(|(entry, count)| {
            let words = self.entry_words.get(entry)?;
            let different = words
                .iter()
                .enumerate()
                .filter(|(place, word)| !words.iter().take(*place).any(|w| w == *word))
                .count();
            (words.len() > 1 && count >= different)
                .then(|| self.place(act, entry, words, &spans))
                .flatten()
        });
        (matches.filter(can_be)).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// Puts an entry's words on the act's tokens, if they stand near enough to each other.
    fn place(
        &self,
        act: &[Token],
        entry: usize,
        words: &[String],
        spans: &[Span],
    ) -> Option<Match> {
        let mut tokens: Vec<usize> = Vec::with_capacity(words.len());
        for word in words {
            let after = tokens.last().copied().unwrap_or(0);
            let is_free = |place: &usize| {
                act.get(*place).is_some_and(|token| token.word == *word)
                    && !tokens.contains(place)
                    && !self.is_tied(act, *place, words, spans)
            };
            let place = (after..act.len())
                .find(is_free)
                .or_else(|| (0..act.len()).find(is_free))?;
            tokens.push(place);
        }
        let first = tokens.iter().min().copied()?;
        let last = tokens.iter().max().copied()?;
        let gaps = (last - first + 1).saturating_sub(words.len());
        if gaps > MOST_GAPS {
            return None;
        }
        let in_order = tokens
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a < b));
        let weight: f32 = words.iter().map(|word| self.rarity(word)).sum();
        let score =
            weight - 0.3 * gaps as f32 + if in_order { 1.0 } else { 0.0 } - 0.1 * first as f32;
        Some(Match {
            entry,
            tokens,
            score,
        })
    }

    /// Whether a word like "up" or "on" belongs to a noun beside it that the entry does not have: in "jump with
    /// arms up" no "jump up", in "move the right leg" no "move right".
    fn is_tied(&self, act: &[Token], place: usize, words: &[String], spans: &[Span]) -> bool {
        let is_bare = |word: &str| !self.is_part(word) && is_function_word(word);
        let is_strange = |token: &Token| !is_bare(&token.word) && !words.contains(&token.word);
        let is_particle = act
            .get(place)
            .is_some_and(|token| !self.is_part(&token.word) && is_function_word(&token.word));
        if self.is_side_of_another(act, place, words, spans) {
            return true;
        }
        let mut around = spans
            .iter()
            .filter(|span| (span.start..span.start + span.len).contains(&place));
        is_particle && around.any(|span| act.iter().skip(span.start).take(span.len).any(is_strange))
    }

    /// How much a word tells: one that few entries hold tells more.
    fn rarity(&self, word: &str) -> f32 {
        let holders = self.index.get(word).map_or(0, Vec::len);
        (self.entries.len() as f32 / (holders as f32 + 1.0))
            .ln()
            .max(0.1)
            + 2.0
    }

    /// The entry of one word and of the given kinds, at a token.
    fn single(&self, act: &[Token], place: usize, kinds: &[Kind]) -> Option<Match> {
        let word = &act.get(place)?.word;
        let holders = self.index.get(word)?;
        let entry = holders.iter().copied().find(|&entry| {
            self.entry_words
                .get(entry)
                .is_some_and(|words| words.len() == 1)
                && self
                    .kinds
                    .get(entry)
                    .is_some_and(|kind| kinds.contains(kind))
        })?;
        Some(Match {
            entry,
            tokens: vec![place],
            score: 0.0,
        })
    }

    /// The verb of an act: the first word that neither changes the act nor names a part of the body, if it is a verb of the
    /// lexicon; else the phrase's own verb; else any verb of the lexicon, the last one first ("tennis ball throw").
    pub(super) fn verb(&self, act: &[Token], covered: &[bool], own: &str) -> Option<Match> {
        let own = own
            .split(' ')
            .next()
            .map(|word| self.vocabulary.canonical(word))
            .unwrap_or_default();
        let place_of_own = act.iter().position(|token| token.word == own);
        let is_content = |place: &usize| {
            let word = act.get(*place).map_or("", |token| token.word.as_str());
            !covered.get(*place).copied().unwrap_or(false)
                && !self.is_part(word)
                && !is_function_word(word)
        };
        let first = (0..act.len()).find(is_content);
        let gerund = (0..act.len()).filter(is_content).find(|&place| {
            act.get(place)
                .is_some_and(|token| token.typed.ends_with("ing"))
        });
        let rest = (0..act.len()).rev().filter(is_content);
        let any = (0..act.len()).rev().filter(|&place| {
            act.get(place)
                .is_some_and(|token| !self.is_part(&token.word))
        });
        let places = place_of_own
            .into_iter()
            .chain(first)
            .chain(gerund)
            .chain(rest)
            .chain(any);
        places
            .into_iter()
            .find_map(|place| self.single(act, place, &[Kind::Verb]))
    }

    /// Whether a word stands there with which the lexicon has acts begin: "move", "come".
    pub(super) fn is_verb(&self, act: &[Token], place: usize) -> bool {
        let Some(token) = act.get(place) else {
            return false;
        };
        let holders = self.index.get(&token.word).map(Vec::as_slice);
        let mut holders = holders.unwrap_or_default().iter();
        holders.any(|&entry| {
            matches!(self.kinds.get(entry), Some(Kind::Verb | Kind::Act))
                && self.entry_words.get(entry).and_then(|words| words.first()) == Some(&token.word)
        })
    }

    /// Another verb of an act than the weak one: "perform a cartwheel", "take a jump".
    pub(super) fn stronger_verb(&self, act: &[Token], weak: &Match) -> Option<Match> {
        let places = (0..act.len()).filter(|place| !weak.tokens.contains(place));
        let content = places.filter(|&place| {
            act.get(place)
                .is_some_and(|token| !is_function_word(&token.word))
        });
        content.into_iter().find_map(|place| {
            self.single(act, place, &[Kind::Verb])
                .filter(|found| !self.is_weak(found))
        })
    }

    /// The noun of an act that tells the activity: `tennis`, `headache`.
    pub(super) fn activity(&self, act: &[Token], without: Option<usize>) -> Option<Match> {
        let mut places = (0..act.len()).filter(|&place| Some(place) != without);
        places.find_map(|place| self.single(act, place, &[Kind::Activity]))
    }

    /// The noun of an act that is imitated: `elephant`.
    pub(super) fn likeness(&self, act: &[Token]) -> Option<Match> {
        (0..act.len()).find_map(|place| self.single(act, place, &[Kind::Likeness]))
    }

    /// Whether a word names a part of the body.
    pub(super) fn is_part(&self, word: &str) -> bool {
        self.targets.contains_key(word) || self.movers.contains_key(word)
    }

    /// Whether an entry's only word is one of those that say nothing beside a noun.
    pub(super) fn is_weak(&self, found: &Match) -> bool {
        self.entry_words
            .get(found.entry)
            .and_then(|words| words.first())
            .is_some_and(|word| WEAK_VERBS.contains(&word.as_str()))
    }

    /// The entry of one word that is spelt nearly like this one.
    pub(super) fn spelt_like(&self, word: &str) -> Option<(usize, f32)> {
        const SHORTEST: usize = 4;
        const CLOSE: f64 = 0.88;
        let length = word.chars().count();
        if length < SHORTEST {
            return None;
        }
        let initial = word.chars().next();
        let candidates =
            self.entry_words
                .iter()
                .enumerate()
                .filter_map(|(entry, words)| match words.as_slice() {
                    [only]
                        if only.chars().next() == initial
                            && only.chars().count().abs_diff(length) <= 2 =>
                    {
                        Some((entry, only))
                    }
                    _ => None,
                });
        let scored = candidates.map(|(entry, only)| {
            (
                entry,
                strsim::damerau_levenshtein(word, only),
                strsim::jaro_winkler(word, only),
            )
        });
        let close =
            scored.filter(|&(_, edits, likeness)| likeness >= CLOSE && edits <= 1 + length / 6);
        close
            .max_by(|a, b| a.2.total_cmp(&b.2))
            .map(|(entry, _, likeness)| (entry, likeness as f32))
    }
}

/// Words that hold a phrase together and tell no movement.
pub(super) fn is_function_word(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "and",
        "to",
        "on",
        "in",
        "at",
        "with",
        "by",
        "for",
        "from",
        "out",
        "off",
        "over",
        "under",
        "against",
        "into",
        "as",
        "like",
        "near",
        "next",
        "behind",
        "above",
        "below",
        "across",
        "through",
        "along",
        "between",
        "around",
        "up",
        "down",
        "using",
        "via",
        "while",
        "when",
        "until",
        "left",
        "right",
        "both",
        "one",
        "two",
        "each",
        "other",
        "first",
        "again",
        "object",
        "something",
        "anything",
        "thing",
        "front",
        "side",
        "way",
        "not",
        "no",
        "without",
        "so",
        "but",
        "there",
        "height",
        "level",
        "direction",
        "motion",
        "movement",
        "action",
        "gesture",
        "pose",
        "exercise",
        "slightly",
        "child",
    ];
    WORDS.contains(&word)
}
