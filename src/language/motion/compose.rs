//! Puts the card of a phrase together: acts, the words around them, and the description after a dash.

use super::find::{Match, is_function_word};
use super::sides::settled;
use super::subject::Subject;
use super::words::{Joint, Token};
use super::{Contribution, MotionLexicon, Nearest};
use crate::phrases::motion::{ATTRIBUTE_COUNT, MotionSource};
use crate::phrases::{shortened, split_description};

/// How much of a card comes from the verb where a noun tells an activity too.
const VERB_SHARE: f32 = 0.65;

/// How much of a card stays where a description after a dash tells another act.
const HEAD_SHARE: f32 = 0.3;

/// How a movement is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By what is done: "raise both hands".
    Phrase,
    /// Maybe by who does it: "both hands rise".
    Sentence,
}

/// The card of a phrase, and how it came about.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) weights: Vec<f32>,
    pub(super) source: MotionSource,
    pub(super) pieces: Vec<Contribution>,
    /// Words that tell nothing.
    pub(super) unknown: Vec<String>,
}

/// The card of a row of words without a dash.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// What the acts do; `None` where no act is known.
    pub(super) weights: Option<Vec<f32>>,
    /// What the words that belong to no known act set.
    pub(super) loose: Vec<(usize, f32)>,
    pub(super) changed: bool,
    pub(super) unknown: Vec<String>,
}

/// Reads phrases with a lexicon and a way to find the nearest entries of unknown words.
pub(super) struct Reader<'a> {
    pub(super) lexicon: &'a MotionLexicon,
    pub(super) nearest: &'a Nearest<'a>,
    pub(super) pieces: Vec<Contribution>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lexicon: &'a MotionLexicon, nearest: &'a Nearest<'a>) -> Self {
        Self {
            lexicon,
            nearest,
            pieces: Vec::new(),
        }
    }

    /// Reads a phrase with the description after its dash.
    pub(super) fn read(mut self, text: &str, verb: &str, noun: Option<&str>) -> Reading {
        let (head_text, description) = split_description(text);
        let head = self.part(head_text, verb, noun, Form::Phrase);
        let mut source = if head.changed {
            MotionSource::Composed
        } else {
            MotionSource::Lexicon
        };
        let known = head.weights.is_some();
        let mut weights = if let Some(weights) = head.weights.clone() {
            weights
        } else if head.unknown.is_empty() && !head.loose.is_empty() {
            // Only words that change a card, each of them understood: they are the card.
            source = MotionSource::Composed;
            self.bare_hands(head_text)
        } else {
            source = MotionSource::Guess;
            self.guess(head_text, &head.unknown)
        };
        set(&mut weights, &head.loose);
        let mut unknown = head.unknown;
        if let Some(description) = description {
            let told = self.part(description, "", None, Form::Sentence);
            unknown.extend(told.unknown.iter().cloned());
            if told.weights.is_some() || !told.loose.is_empty() {
                if !known && source == MotionSource::Guess {
                    weights = vec![0.0; ATTRIBUTE_COUNT];
                }
                source = MotionSource::Composed;
            }
            if let Some(act) = told.weights {
                let share = if known { HEAD_SHARE } else { 0.0 };
                weights = mixed(&weights, &act, share);
            }
            set(&mut weights, &told.loose);
        }
        Reading {
            weights: settled(weights),
            source,
            pieces: self.pieces,
            unknown,
        }
    }

    /// Reads words that describe a movement and nothing else.
    pub(super) fn read_description(mut self, text: &str) -> Reading {
        let part = self.part(text, "", None, Form::Sentence);
        let mut weights = part.weights.unwrap_or_else(|| vec![0.0; ATTRIBUTE_COUNT]);
        set(&mut weights, &part.loose);
        Reading {
            weights: settled(weights),
            source: MotionSource::User,
            pieces: self.pieces,
            unknown: part.unknown,
        }
    }

    fn part(&mut self, text: &str, verb: &str, noun: Option<&str>, form: Form) -> Part {
        let lexicon = self.lexicon;
        let mut tokens = lexicon.vocabulary.tokens(text);
        // "She left" goes nowhere in particular.
        tokens.retain(|token| verb != "leave" || token.word != "left");
        let mut acts = lexicon.acts(&tokens);
        let verb_tokens = lexicon.vocabulary.tokens(verb);
        let is_said = verb_tokens
            .iter()
            .all(|own| tokens.iter().any(|token| token.word == own.word));
        let own_words = lexicon
            .vocabulary
            .tokens(&format!("{verb} {}", noun.unwrap_or("")));
        if !is_said
            && acts.len() == 1
            && lexicon.longest_act(&tokens).is_none()
            && self.tells(&own_words)
        {
            // The user's verb, or one filled in, stands in place of the text; the text's other words still change it.
            acts.insert(0, (Joint::Beside, &own_words));
            if let Some((joint, _)) = acts.get_mut(1) {
                *joint = Joint::Beside;
            }
        }
        let mut part = Part::default();
        let mut replaced = false;
        let mut named = None;
        for (number, (joint, act)) in acts.iter().enumerate() {
            let own = match form {
                Form::Phrase => None,
                Form::Sentence => lexicon.subject(act),
            };
            named = own.or(named);
            // "... and comes back".
            let subject = own.or(named.filter(|_| lexicon.is_verb(act, 0)));
            let known = if replaced {
                None
            } else {
                self.act(act, verb, subject, &mut part)
            };
            replaced = number == 0
                && !is_said
                && known.is_some()
                && acts.len() == 2
                && *joint == Joint::Beside;
            let Some(weights) = known else {
                self.loose_words(act, &mut part);
                continue;
            };
            part.weights = Some(match part.weights.take() {
                None => weights,
                Some(before) => {
                    part.changed = true;
                    joined(&before, &weights, *joint)
                }
            });
        }
        part
    }

    /// Whether the words hold an act that is more than a weak verb.
    fn tells(&self, words: &[Token]) -> bool {
        let lexicon = self.lexicon;
        let strong = |found: Match| !lexicon.is_weak(&found);
        lexicon.longest_act(words).is_some()
            || lexicon.activity(words, None).is_some()
            || lexicon.verb(words, &[], "").is_some_and(strong)
    }

    /// The card of one act with the words around it; `None` where the lexicon has no entry for it.
    fn act(
        &mut self,
        act: &[Token],
        verb: &str,
        subject: Option<Subject>,
        part: &mut Part,
    ) -> Option<Vec<f32>> {
        let lexicon = self.lexicon;
        let spans = lexicon.modifier_spans(act);
        let mut covered = vec![false; act.len()];
        for span in &spans {
            covered
                .iter_mut()
                .skip(span.start)
                .take(span.len)
                .for_each(|slot| *slot = true);
        }
        let matches = self.entries_of(act, &covered, verb, subject);
        let (main, share) = matches.first()?;
        let mut weights = self.weights_of(main);
        for (other, _) in matches.iter().skip(1) {
            weights = mixed(&weights, &self.weights_of(other), *share);
            part.changed = true;
        }
        if let Some(subject) = subject {
            weights = subject.own(weights)?;
        }
        let mut used = vec![false; act.len()];
        for (found, _) in &matches {
            self.note_entry(act, found);
            found
                .tokens
                .iter()
                .for_each(|&place| mark(&mut used, place));
        }
        let mut changed = self.change(act, &spans, &matches, &mut used, &mut weights);
        changed |= self.many_hands(act, main, &mut weights);
        if let Some(subject) = subject.filter(|subject| subject.is_alone(act)) {
            subject.clear(&mut weights);
        }
        part.changed |= changed;
        part.unknown.extend(unread(act, &used));
        Some(weights)
    }

    /// The entries that make an act, each with its share of the card: the act, or verb and activity.
    fn entries_of(
        &self,
        act: &[Token],
        covered: &[bool],
        own_verb: &str,
        subject: Option<Subject>,
    ) -> Vec<(Match, f32)> {
        let lexicon = self.lexicon;
        let can_be =
            |found: &Match| subject.is_none_or(|subject| !lexicon.is_of_others(found, subject));
        if let Some(found) = lexicon.longest_act_if(act, can_be) {
            return vec![(found, 1.0)];
        }
        let mut verb = lexicon.verb(act, covered, own_verb);
        let activity = lexicon.activity(
            act,
            verb.as_ref()
                .and_then(|found| found.tokens.first().copied()),
        );
        let likeness = lexicon.likeness(act);
        if let Some(weak) = verb
            .as_ref()
            .filter(|found| activity.is_none() && lexicon.is_weak(found))
        {
            verb = lexicon.stronger_verb(act, weak).or(verb);
        }
        let is_like = act
            .iter()
            .any(|token| token.word == "like" || token.word == "as");
        match (verb, activity, likeness) {
            (Some(verb), None, Some(likeness)) if is_like => {
                vec![(likeness, VERB_SHARE), (verb, 1.0 - VERB_SHARE)]
            }
            (Some(verb), Some(activity), _) if !lexicon.is_weak(&verb) => {
                vec![(verb, VERB_SHARE), (activity, 1.0 - VERB_SHARE)]
            }
            (_, Some(activity), _) => vec![(activity, 1.0)],
            (Some(verb), None, Some(likeness)) if lexicon.is_weak(&verb) => vec![(likeness, 1.0)],
            (Some(verb), None, _) => vec![(verb, 1.0)],
            (None, None, Some(likeness)) => vec![(likeness, 1.0)],
            (None, None, None) => Vec::new(),
        }
    }

    fn weights_of(&self, found: &Match) -> Vec<f32> {
        let entry = self.lexicon.entries.get(found.entry);
        entry.map_or_else(|| vec![0.0; ATTRIBUTE_COUNT], |entry| entry.weights.clone())
    }

    fn note_entry(&mut self, act: &[Token], found: &Match) {
        let Some(entry) = self.lexicon.entries.get(found.entry) else {
            return;
        };
        let effects = entry
            .weights
            .iter()
            .copied()
            .enumerate()
            .filter(|&(_, weight)| weight > 0.0)
            .collect();
        let mut places = found.tokens.clone();
        places.sort_unstable();
        let typed: Vec<&str> = places
            .iter()
            .filter_map(|&place| act.get(place))
            .map(|token| token.typed.as_str())
            .collect();
        self.pieces.push(Contribution {
            piece: typed.join(" "),
            read_as: entry.key.clone(),
            effects,
        });
    }

    pub(super) fn note(&mut self, piece: &str, read_as: &str, effects: &[(usize, f32)]) {
        self.pieces.push(Contribution {
            piece: piece.to_owned(),
            read_as: read_as.to_owned(),
            effects: effects.to_vec(),
        });
    }

    pub(super) fn note_span(
        &mut self,
        act: &[Token],
        start: usize,
        len: usize,
        read_as: &str,
        effects: &[(usize, f32)],
    ) {
        let typed: Vec<&str> = act
            .iter()
            .skip(start)
            .take(len)
            .map(|token| token.typed.as_str())
            .collect();
        self.note(&typed.join(" "), read_as, effects);
    }
}

pub(super) fn mark(used: &mut [bool], place: usize) {
    if let Some(slot) = used.get_mut(place) {
        *slot = true;
    }
}

/// The words of an act that nothing has read.
pub(super) fn unread(act: &[Token], used: &[bool]) -> Vec<String> {
    let unread = act
        .iter()
        .zip(used)
        .filter(|(token, is_used)| !**is_used && !is_function_word(&token.word));
    unread.map(|(token, _)| shortened(&token.typed)).collect()
}

pub(super) fn set(weights: &mut [f32], effects: &[(usize, f32)]) {
    for &(index, weight) in effects {
        if let Some(slot) = weights.get_mut(index) {
            *slot = weight;
        }
    }
}

/// `share` of the first card and the rest of the second.
fn mixed(first: &[f32], second: &[f32], share: f32) -> Vec<f32> {
    first
        .iter()
        .zip(second)
        .map(|(a, b)| share * a + (1.0 - share) * b)
        .collect()
}

/// Two acts of one phrase: one after the other shows both, one or the other shows half of each.
fn joined(before: &[f32], after: &[f32], joint: Joint) -> Vec<f32> {
    let pairs = before.iter().zip(after);
    match joint {
        Joint::Or => pairs.map(|(a, b)| f32::midpoint(*a, *b)).collect(),
        _ => pairs
            .map(|(a, b)| f32::midpoint(f32::midpoint(*a, *b), a.max(*b)))
            .collect(),
    }
}
