//! Lets the words around an act change its card: modifiers, parts of the body, how many hands.

use super::MotionLexicon;
use super::compose::{Part, Reader, mark, set, unread};
use super::find::Match;
use super::spans::Span;
use super::words::Token;
use crate::phrases::motion::{attribute_index, opposite};

/// Verbs that bring a hand to the part of the body that is named; beside others the part itself moves.
pub(super) const CONTACT_VERBS: &[&str] = &[
    "touch", "rub", "pat", "scratch", "slap", "tap", "hold", "grab", "massage", "wash", "dry",
    "wipe", "squeeze", "pinch", "cover", "press", "clean", "apply", "put", "place", "hit", "point",
    "bring", "clutch", "grip", "grasp", "feel", "stroke", "brush", "comb", "shave", "pull", "poke",
    "tickle", "smack", "spank", "kiss", "lick", "check", "show", "reach", "cut", "paint", "adjust",
    "clap", "hurt", "ache", "itch", "hug", "support", "wrap", "protect", "shield", "catch", "push",
    "beat",
];

/// Words after which a part of the body is a place to go to.
pub(super) const TOWARDS: &[&str] = &[
    "to", "on", "at", "over", "behind", "against", "near", "above", "around", "in", "toward",
    "under", "across",
];

impl Reader<'_> {
    /// Lets the words around an act change its card; says whether any did.
    pub(super) fn change(
        &mut self,
        act: &[Token],
        spans: &[Span],
        matches: &[(Match, f32)],
        used: &mut [bool],
        weights: &mut [f32],
    ) -> bool {
        let lexicon = self.lexicon;
        let mut changed = false;
        let taken = used.to_vec();
        for (place, token) in act.iter().enumerate() {
            let is_told = spans.iter().any(|span| self.tells_place(*span, place));
            if taken.get(place).copied().unwrap_or(true) || is_told || !lexicon.is_part(&token.word)
            {
                continue;
            }
            let line = if is_towards(act, place, &lexicon.entry_verb(matches)) {
                lexicon.targets.get(&token.word)
            } else if is_moved_by(act, place, matches) && works_by_arm(weights) {
                lexicon.movers.get(&token.word)
            } else {
                None
            };
            mark(used, place);
            if let Some(line) = line.filter(|line| !line.effects.is_empty()) {
                set(weights, &line.effects);
                self.note(&token.typed, &line.key, &line.effects);
                changed = true;
            }
        }
        let mut told: Vec<usize> = Vec::new();
        for span in spans {
            let places = span.start..span.start + span.len;
            let is_fresh = places
                .clone()
                .any(|place| !taken.get(place).copied().unwrap_or(true));
            let Some((_, line)) = lexicon.modifiers.get(span.modifier).filter(|_| is_fresh) else {
                continue;
            };
            places.for_each(|place| mark(used, place));
            let said = self.side_said(act, *span, line, matches, weights);
            let effects = said.unwrap_or_else(|| line.effects.clone());
            // What the words around say of sides goes before what the entry says; two of them may contradict each other.
            for &(side, _) in &effects {
                if let Some(other) = opposite(side).filter(|_| !told.contains(&side)) {
                    set(weights, &[(side, 0.0), (other, 0.0)]);
                    told.extend([side, other]);
                }
            }
            let effects: Vec<(usize, f32)> = (effects.into_iter())
                .filter(|(side, weight)| opposite(*side).is_none() || *weight > 0.0)
                .collect();
            set(weights, &effects);
            self.note_span(act, span.start, span.len, &line.key, &effects);
            changed |= !effects.is_empty();
        }
        if let Some(side) = self.working_side(act, &lexicon.entry_verb(matches)) {
            set(weights, &[side]);
            self.note("", "the side that works", &[side]);
            changed = true;
        }
        changed
    }

    /// Whether a modifier says already what a part of the body in it is there for: "above the head".
    fn tells_place(&self, span: Span, place: usize) -> bool {
        let is_inside = (span.start..span.start + span.len).contains(&place);
        is_inside
            && self
                .lexicon
                .modifiers
                .get(span.modifier)
                .is_some_and(|(_, line)| !line.effects.is_empty())
    }

    /// "Arms", "hands" without a number: what one arm would do, both do; unless the entry itself says "hands" ("shake hands").
    pub(super) fn many_hands(&mut self, act: &[Token], main: &Match, weights: &mut [f32]) -> bool {
        let key = self
            .lexicon
            .entries
            .get(main.entry)
            .map_or("", |entry| entry.key.as_str());
        let is_one =
            |token: &Token| matches!(token.word.as_str(), "one" | "left" | "right" | "single");
        let plural = act.iter().find(|token| {
            matches!(
                token.typed.as_str(),
                "hands" | "arms" | "fists" | "palms" | "elbows"
            )
        });
        let (Some(token), Some(one), Some(both)) = (
            plural,
            attribute_index("one_arm"),
            attribute_index("both_arms"),
        ) else {
            return false;
        };
        let (now_one, now_both) = (
            weights.get(one).copied().unwrap_or(0.0),
            weights.get(both).copied().unwrap_or(0.0),
        );
        if act.iter().any(is_one)
            || now_one <= now_both
            || key.split(' ').any(|word| word == token.typed)
        {
            return false;
        }
        let effects = [(one, 0.0), (both, now_one)];
        set(weights, &effects);
        self.note(&token.typed, "both arms", &effects);
        true
    }

    /// Words that stand by themselves, as in a description: modifiers and places on the body.
    pub(super) fn loose_words(&mut self, act: &[Token], part: &mut Part) {
        let lexicon = self.lexicon;
        let mut used = vec![false; act.len()];
        let spans = lexicon.modifier_spans(act);
        for (place, token) in act.iter().enumerate() {
            if !lexicon.is_part(&token.word)
                || spans.iter().any(|span| self.tells_place(*span, place))
            {
                continue;
            }
            mark(&mut used, place);
            if let Some(line) = lexicon
                .targets
                .get(&token.word)
                .filter(|_| is_towards(act, place, ""))
            {
                part.loose.extend(line.effects.iter().copied());
                self.note(&token.typed, &line.key, &line.effects);
            }
        }
        for span in spans {
            let Some((_, line)) = lexicon.modifiers.get(span.modifier) else {
                continue;
            };
            (span.start..span.start + span.len).for_each(|place| mark(&mut used, place));
            let before = part.weights.as_deref().unwrap_or_default();
            let said = self.side_said(act, span, line, &[], before);
            let effects = said.unwrap_or_else(|| line.effects.clone());
            part.loose.extend(&effects);
            part.changed |= !effects.is_empty();
            self.note_span(act, span.start, span.len, &line.key, &effects);
        }
        part.loose.extend(self.working_side(act, ""));
        part.unknown.extend(unread(act, &used));
    }
}

impl MotionLexicon {
    /// The first word of the first entry of an act.
    fn entry_verb(&self, matches: &[(Match, f32)]) -> String {
        let words = matches
            .first()
            .and_then(|(found, _)| self.entry_words.get(found.entry));
        words
            .and_then(|words| words.first())
            .cloned()
            .unwrap_or_default()
    }
}

/// Whether a part of the body is where a hand goes: by the verb or by the word before it.
pub(super) fn is_towards(act: &[Token], place: usize, verb: &str) -> bool {
    let before = act.iter().take(place).rev().find(|token| {
        !matches!(
            token.word.as_str(),
            "left" | "right" | "both" | "one" | "two" | "each" | "other" | "opposite"
        )
    });
    let preposition = before.map_or("", |token| token.word.as_str());
    if matches!(preposition, "with" | "using" | "by") || is_instrument(act, place) {
        return false;
    }
    TOWARDS.contains(&preposition) || CONTACT_VERBS.contains(&verb)
}

/// Hands, arms and fists are what goes somewhere, not where it goes.
pub(super) fn is_instrument(act: &[Token], place: usize) -> bool {
    act.get(place).is_some_and(|token| {
        matches!(
            token.word.as_str(),
            "hand" | "arm" | "fist" | "finger" | "palm" | "forearm"
        )
    })
}

/// Whether a part of the body moves in place of an arm: not where the entry has told already which part moves.
fn is_moved_by(act: &[Token], place: usize, matches: &[(Match, f32)]) -> bool {
    let is_single = matches
        .first()
        .is_some_and(|(found, _)| found.tokens.len() == 1);
    is_single && !is_instrument(act, place)
}

/// Whether an arm does most of an act, so that naming another part puts that in its place ("wave with the foot").
fn works_by_arm(weights: &[f32]) -> bool {
    let of = |name: &str| {
        attribute_index(name)
            .and_then(|index| weights.get(index))
            .copied()
            .unwrap_or(0.0)
    };
    of("one_arm") + of("both_arms") >= 0.7
}
