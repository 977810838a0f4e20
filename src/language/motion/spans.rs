//! Finds the words that change a card, and where one act of a phrase ends and the next begins.

use super::MotionLexicon;
use super::words::{Joint, Token};

/// A modifier found in an act: index into the lexicon's modifiers, first token, number of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Index into the lexicon's modifiers.
    pub(super) modifier: usize,
    /// The first token.
    pub(super) start: usize,
    /// How many tokens.
    pub(super) len: usize,
}

impl MotionLexicon {
    /// The modifiers in a row of words, none inside another: the longest first, so that "arm up and down" holds "up and down".
    pub(super) fn modifier_spans(&self, tokens: &[Token]) -> Vec<Span> {
        let mut found: Vec<Span> = (0..tokens.len())
            .filter_map(|start| self.modifier_at(tokens, start))
            .collect();
        found.sort_by_key(|span| std::cmp::Reverse(span.len));
        let mut spans: Vec<Span> = Vec::new();
        for span in found {
            let is_apart = |other: &Span| {
                span.start + span.len <= other.start || other.start + other.len <= span.start
            };
            if spans.iter().all(is_apart) {
                spans.push(span);
            }
        }
        spans.sort_by_key(|span| span.start);
        spans
    }

    fn modifier_at(&self, tokens: &[Token], start: usize) -> Option<Span> {
        let candidates = self.modifier_index.get(&tokens.get(start)?.word)?;
        candidates.iter().find_map(|&modifier| {
            let (words, _) = self.modifiers.get(modifier)?;
            let here = tokens.get(start..start + words.len())?;
            let same = here
                .iter()
                .zip(words)
                .all(|(token, word)| token.word == *word);
            // "Left and right" goes on, "left, then right" begins anew.
            let goes_on = here.windows(2).all(|pair| {
                matches!(pair, [one, next] if next.joint != Joint::Then || one.word == "and")
            });
            (same && goes_on).then_some(Span {
                modifier,
                start,
                len: words.len(),
            })
        })
    }

    /// Cuts a phrase into acts at `and`, `or`, commas and slashes, but not inside a modifier ("up and down") or an entry
    /// that holds such a word ("clean and jerk"). Each act with how it is joined to the one before.
    pub(super) fn acts<'t>(&self, tokens: &'t [Token]) -> Vec<(Joint, &'t [Token])> {
        let mut whole = vec![false; tokens.len()];
        let modifiers = self
            .modifier_spans(tokens)
            .into_iter()
            .map(|span| (span.start, span.len));
        let entries = self.entry_spans(tokens);
        for (start, len) in modifiers.chain(entries) {
            whole
                .iter_mut()
                .skip(start + 1)
                .take(len.saturating_sub(1))
                .for_each(|inside| *inside = true);
        }
        let mut acts = Vec::new();
        let mut start = 0;
        for (place, (token, &inside)) in tokens.iter().zip(&whole).enumerate() {
            if place > start && token.joint != Joint::Beside && !inside {
                acts.push((start, place));
                start = place;
            }
        }
        acts.push((start, tokens.len()));
        let joint_at = |place: usize| tokens.get(place).map_or(Joint::Beside, |token| token.joint);
        acts.into_iter()
            .map(|(from, to)| (joint_at(from), tokens.get(from..to).unwrap_or_default()))
            .collect()
    }

    /// Where an entry with `and` in it stands word by word: first token and number of tokens.
    fn entry_spans(&self, tokens: &[Token]) -> Vec<(usize, usize)> {
        let holders = self.index.get("and").map(Vec::as_slice).unwrap_or_default();
        let mut spans = Vec::new();
        for words in holders
            .iter()
            .filter_map(|&entry| self.entry_words.get(entry))
        {
            let here = |window: &[Token]| {
                window
                    .iter()
                    .zip(words)
                    .all(|(token, word)| token.word == *word)
            };
            spans.extend(
                tokens
                    .windows(words.len().max(1))
                    .position(here)
                    .map(|start| (start, words.len())),
            );
        }
        spans
    }
}
