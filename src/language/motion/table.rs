//! Reads the lexicon's tables: a key and what the body does, a line each.

use std::collections::BTreeMap;

use super::MotionError;
use crate::phrases::motion::{ATTRIBUTE_COUNT, ATTRIBUTES};

/// The tables, by file name.
pub(super) const TABLES: &[(&str, &str)] = &[
    (
        "verbs.tsv",
        include_str!("../../../assets/motion/verbs.tsv"),
    ),
    ("acts.tsv", include_str!("../../../assets/motion/acts.tsv")),
    (
        "sports.tsv",
        include_str!("../../../assets/motion/sports.tsv"),
    ),
    (
        "exercises.tsv",
        include_str!("../../../assets/motion/exercises.tsv"),
    ),
    (
        "gestures.tsv",
        include_str!("../../../assets/motion/gestures.tsv"),
    ),
    ("home.tsv", include_str!("../../../assets/motion/home.tsv")),
    ("work.tsv", include_str!("../../../assets/motion/work.tsv")),
    ("play.tsv", include_str!("../../../assets/motion/play.tsv")),
    (
        "modifiers.tsv",
        include_str!("../../../assets/motion/modifiers.tsv"),
    ),
];

/// What part a key plays in a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One word, the verb of the phrase.
    Verb,
    /// Several words that belong together.
    Act,
    /// `*tennis`: a noun that tells what is done, whatever the verb.
    Activity,
    /// `~elephant`: a noun that tells what is done where the verb does not.
    Likeness,
    /// `%slowly`: changes the card of what stands beside it.
    Modifier,
    /// `@knee`: where a hand goes.
    Target,
    /// `>knee`: what moves instead of an arm.
    Mover,
}

impl Kind {
    /// Whether an entry tells an act by itself.
    pub(super) fn is_act(self) -> bool {
        matches!(
            self,
            Self::Verb | Self::Act | Self::Activity | Self::Likeness
        )
    }
}

/// One line of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// The key without its mark.
    pub(super) key: String,
    /// What part it plays.
    pub(super) kind: Kind,
    /// Attribute and weight, in the order of the attributes; zeros only where they are written.
    pub(super) effects: Vec<(usize, f32)>,
}

/// A line whose base is not looked up yet.
struct Raw {
    place: String,
    base: Option<String>,
    line: Line,
}

/// Reads all tables; what is wrong with a line is told, and the line left out.
pub(super) fn read(tables: &[(&str, &str)]) -> (Vec<Line>, Vec<MotionError>) {
    let mut raws: Vec<Raw> = Vec::new();
    let mut problems = Vec::new();
    let mut places: BTreeMap<(String, bool), String> = BTreeMap::new();
    for (file, text) in tables {
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("assets/motion/{file}:{}", number + 1);
            match read_line(line, &place) {
                Ok(raw) => {
                    let name = (line_name(&raw.line), raw.line.kind.is_act());
                    match places.insert(name, place.clone()) {
                        Some(first) => problems.push(MotionError::Duplicate {
                            place,
                            key: raw.line.key,
                            first,
                        }),
                        None => raws.push(raw),
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    (resolve(&raws, &mut problems), problems)
}

/// What no other line may be called: acts by their key, the rest by mark and key.
fn line_name(line: &Line) -> String {
    match line.kind {
        Kind::Modifier => format!("%{}", line.key),
        Kind::Target => format!("@{}", line.key),
        Kind::Mover => format!(">{}", line.key),
        _ => line.key.clone(),
    }
}

fn read_line(line: &str, place: &str) -> Result<Raw, MotionError> {
    let malformed = |problem: String| MotionError::Line {
        place: place.to_owned(),
        problem,
    };
    let (marked, value) = line
        .split_once('\t')
        .ok_or_else(|| malformed("expected key<TAB>attributes".to_owned()))?;
    let (key, kind) = match marked.split_at_checked(1) {
        Some(("*", key)) => (key, Kind::Activity),
        Some(("~", key)) => (key, Kind::Likeness),
        Some(("%", key)) => (key, Kind::Modifier),
        Some(("@", key)) => (key, Kind::Target),
        Some((">", key)) => (key, Kind::Mover),
        _ if marked.contains([' ', '-']) => (marked, Kind::Act),
        _ => (marked, Kind::Verb),
    };
    if key.trim().is_empty() || key.trim() != key {
        return Err(malformed(format!(
            "expected a key without spaces around it, got `{marked}`"
        )));
    }
    let mut base = None;
    let mut effects: BTreeMap<usize, f32> = BTreeMap::new();
    for item in value.split_ascii_whitespace() {
        if let Some(name) = item.strip_prefix('=') {
            base = Some(name.replace('_', " "));
            continue;
        }
        let (index, weight) = read_item(item).ok_or_else(|| {
            malformed(format!(
                "expected an attribute's two letters and a weight (`oa`, `fa5`), got `{item}`"
            ))
        })?;
        if effects.insert(index, weight).is_some() {
            return Err(malformed(format!("`{item}`: this attribute is set twice")));
        }
    }
    if base.is_none() && effects.is_empty() && kind.is_act() {
        return Err(malformed("no attributes".to_owned()));
    }
    let line = Line {
        key: key.to_owned(),
        kind,
        effects: effects.into_iter().collect(),
    };
    Ok(Raw {
        place: place.to_owned(),
        base,
        line,
    })
}

/// `oa` is 1, `oa5` is 0.5, `oa0` is 0.
fn read_item(item: &str) -> Option<(usize, f32)> {
    let (code, tenths) = item.split_at_checked(2)?;
    let index = ATTRIBUTES
        .iter()
        .position(|attribute| attribute.code == code)?;
    let weight = match tenths {
        "" => 1.0,
        digit if digit.len() == 1 => f32::from(digit.parse::<u8>().ok()?) / 10.0,
        _ => return None,
    };
    Some((index, weight))
}

/// Puts each line's own attributes over those of its base; a base may have a base.
fn resolve(raws: &[Raw], problems: &mut Vec<MotionError>) -> Vec<Line> {
    let mut finished: BTreeMap<String, Vec<(usize, f32)>> = BTreeMap::new();
    let mut lines: Vec<Option<Line>> = raws.iter().map(|_| None).collect();
    loop {
        let mut progress = false;
        for (slot, raw) in lines.iter_mut().zip(raws) {
            if slot.is_some() {
                continue;
            }
            let Some(base) = raw.base.as_ref().map_or_else(
                || Some(&[][..]),
                |name| finished.get(name).map(Vec::as_slice),
            ) else {
                continue;
            };
            let effects = over(base, &raw.line.effects);
            if raw.line.kind.is_act() {
                finished.insert(raw.line.key.replace('-', " "), effects.clone());
            }
            *slot = Some(Line {
                effects,
                ..raw.line.clone()
            });
            progress = true;
        }
        if !progress {
            break;
        }
    }
    for (line, raw) in lines.iter().zip(raws) {
        if let (None, Some(base)) = (line, &raw.base) {
            problems.push(MotionError::Line {
                place: raw.place.clone(),
                problem: format!("`{base}` is no key of the lexicon, or leads back to this line"),
            });
        }
    }
    lines.into_iter().flatten().collect()
}

fn over(base: &[(usize, f32)], own: &[(usize, f32)]) -> Vec<(usize, f32)> {
    let mut effects: BTreeMap<usize, f32> = base.iter().copied().collect();
    effects.extend(own.iter().copied());
    effects.into_iter().collect()
}

/// The effects as a full card.
pub(super) fn dense(effects: &[(usize, f32)]) -> Vec<f32> {
    let mut weights = vec![0.0; ATTRIBUTE_COUNT];
    for &(index, weight) in effects {
        if let Some(slot) = weights.get_mut(index) {
            *slot = weight;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::motion::attribute_index;

    #[test]
    fn a_line_takes_its_base_and_changes_it() {
        let text = "throw\toa fa\ntoss coin\t=throw fa0 up5\n%slowly\tsl fa0\n";
        let (lines, problems) = read(&[("t.tsv", text)]);
        assert!(problems.is_empty(), "{problems:?}");
        let card = dense(&lines[1].effects);
        assert_eq!(card[attribute_index("one_arm").unwrap()], 1.0);
        assert_eq!(card[attribute_index("fast").unwrap()], 0.0);
        assert_eq!(card[attribute_index("hands_rise").unwrap()], 0.5);
        assert_eq!(lines[1].kind, Kind::Act);
        assert_eq!(lines[2].kind, Kind::Modifier);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let text = "no tab\nthrow\tzz\nthrow\toa11\nkick\tlf lf5\nhop\t=nothing\nwave\toa\nwave\toa\nrest\t\n";
        let (lines, problems) = read(&[("t.tsv", text)]);
        assert_eq!(lines.len(), 1);
        assert_eq!(problems.len(), 7);
        assert!(
            problems[0].to_string().contains("t.tsv:1"),
            "{}",
            problems[0]
        );
    }
}
