//! The grammar of BVH: a tree of joints with their channels, then numbers for every frame.

use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use std::path::Path;

/// No body has as many joints, nor as deep a tree.
const MAX_JOINTS: usize = 1000;

/// What a channel moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    /// Along an axis, 0 to 2.
    Position(usize),
    /// About an axis, 0 to 2, degrees.
    Rotation(usize),
}

/// A joint, or the end of a bone.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// Index of what it hangs on; always smaller than its own.
    pub(super) parent: Option<usize>,
    pub(super) offset: [f64; 3],
    pub(super) channels: Vec<Channel>,
    /// Whether it is an end site.
    pub(super) is_end: bool,
}

/// A whole file.
#[derive(Clone, Debug)]
pub(super) struct Motion {
    pub(super) nodes: Vec<Node>,
    /// Seconds from a frame to the next.
    pub(super) period: f64,
    /// The channels' values, all of a frame's one after the other.
    pub(super) values: Vec<f64>,
    pub(super) count: usize,
}

/// Words with the lines on which they stand.
struct Words<'a> {
    path: &'a Path,
    of_lines: Vec<(u64, &'a str)>,
    at: usize,
}

impl<'a> Words<'a> {
    fn wrong(&self, expected: &str) -> ExchangeError {
        match self.of_lines.get(self.at.saturating_sub(1)) {
            Some((line, word)) => ExchangeError::at_line(self.path, *line, expected, quoted(word)),
            None => ExchangeError::at(
                self.path,
                "end of file".to_owned(),
                expected,
                "nothing".to_owned(),
            ),
        }
    }

    fn next(&mut self, expected: &str) -> Result<&'a str, ExchangeError> {
        if let Some((_, word)) = self.of_lines.get(self.at) {
            self.at += 1;
            return Ok(word);
        }
        let line = self.of_lines.last().map_or(1, |(line, _)| *line);
        let found = "the end of the file".to_owned();
        Err(ExchangeError::at_line(self.path, line, expected, found))
    }

    fn keyword(&mut self, expected: &str) -> Result<(), ExchangeError> {
        if self.next(expected)?.eq_ignore_ascii_case(expected) {
            Ok(())
        } else {
            Err(self.wrong(expected))
        }
    }

    fn number(&mut self, expected: &str) -> Result<f64, ExchangeError> {
        let word = self.next(expected)?;
        // Some exporters follow their country's custom.
        let value = word.parse().or_else(|_| word.replace(',', ".").parse());
        value
            .ok()
            .filter(|value: &f64| value.abs() < 1e9)
            .ok_or_else(|| self.wrong(expected))
    }
}

/// Reads a file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Motion, ExchangeError> {
    let mut words = Words {
        path,
        of_lines: (1..)
            .zip(text.lines())
            .flat_map(|(line, text)| text.split_ascii_whitespace().map(move |word| (line, word)))
            .collect(),
        at: 0,
    };
    words.keyword("HIERARCHY")?;
    let nodes = hierarchy(&mut words)?;
    let frames = frames(&mut words)?;
    words.keyword("Frame")?;
    words.keyword("Time:")?;
    let period = words.number("the seconds of a frame")?;
    if !(0.001..=10.0).contains(&period) {
        return Err(words.wrong("0.001 to 10 seconds a frame"));
    }
    let channels: usize = nodes.iter().map(|node| node.channels.len()).sum();
    let left = words.of_lines.len() - words.at;
    if frames
        .checked_mul(channels)
        .is_none_or(|count| count > left)
    {
        return Err(ExchangeError::at(
            path,
            "MOTION".to_owned(),
            &format!("{frames} frames of {channels} numbers"),
            format!("{left} numbers"),
        ));
    }
    let values = (0..frames * channels)
        .map(|_| words.number("a channel's value"))
        .collect::<Result<_, _>>()?;
    if let Ok(word) = words.next("") {
        let line = words.of_lines[words.at - 1].0;
        let expected = format!("the end of the file after {frames} frames");
        return Err(ExchangeError::at_line(path, line, &expected, quoted(word)));
    }
    Ok(Motion {
        nodes,
        period,
        values,
        count: frames,
    })
}

/// The tree, to the word MOTION.
fn hierarchy(words: &mut Words<'_>) -> Result<Vec<Node>, ExchangeError> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    loop {
        let expected = if open.is_empty() {
            "ROOT or MOTION"
        } else {
            "JOINT, End Site or }"
        };
        let word = words.next(expected)?.to_ascii_uppercase();
        match (word.as_str(), open.last().copied()) {
            ("ROOT", None) | ("JOINT" | "END", Some(_)) => {
                if nodes.len() == MAX_JOINTS {
                    return Err(words.wrong("at most 1000 joints"));
                }
                let node = node(words, &word, open.last().copied(), &nodes)?;
                open.push(nodes.len());
                nodes.push(node);
            }
            ("}", Some(_)) => {
                open.pop();
            }
            ("MOTION", None) if !nodes.is_empty() => return Ok(nodes),
            _ => return Err(words.wrong(expected)),
        }
    }
}

/// A joint to the first of those that hang on it.
fn node(
    words: &mut Words<'_>,
    kind: &str,
    parent: Option<usize>,
    nodes: &[Node],
) -> Result<Node, ExchangeError> {
    let is_end = kind == "END";
    if parent.is_some_and(|parent| nodes[parent].is_end) {
        return Err(words.wrong("nothing below an End Site"));
    }
    let mut name = words.next("a joint's name")?.to_owned();
    // Names with blanks go to the brace.
    loop {
        match words.next("{")? {
            "{" => break,
            more if name.len() < 200 => {
                name.push(' ');
                name.push_str(more);
            }
            _ => return Err(words.wrong("{")),
        }
    }
    words.keyword("OFFSET")?;
    let mut offset = [0.0; 3];
    for value in &mut offset {
        *value = words.number("an offset")?;
    }
    let has_channels = words
        .of_lines
        .get(words.at)
        .is_some_and(|(_, word)| word.eq_ignore_ascii_case("CHANNELS"));
    let channels = if has_channels {
        words.at += 1;
        channels(words)?
    } else {
        Vec::new()
    };
    Ok(Node {
        name,
        parent,
        offset,
        channels,
        is_end,
    })
}

fn channels(words: &mut Words<'_>) -> Result<Vec<Channel>, ExchangeError> {
    let count = words.number("the number of channels")?;
    if count.fract() != 0.0 || !(0.0..=6.0).contains(&count) {
        return Err(words.wrong("0 to 6 channels"));
    }
    let mut channels = Vec::with_capacity(6);
    for _ in 0..count as usize {
        let expected = "Xposition, Yposition, Zposition, Xrotation, Yrotation or Zrotation";
        let word = words.next(expected)?.to_ascii_lowercase();
        let axis = word
            .bytes()
            .next()
            .and_then(|letter| b"xyz".iter().position(|axis| *axis == letter));
        let channel = match (axis, word.get(1..)) {
            (Some(axis), Some("position")) => Channel::Position(axis),
            (Some(axis), Some("rotation")) => Channel::Rotation(axis),
            _ => return Err(words.wrong(expected)),
        };
        if channels.contains(&channel) {
            return Err(words.wrong("every channel once"));
        }
        channels.push(channel);
    }
    Ok(channels)
}

/// `Frames: N`, also where the colon stands apart.
fn frames(words: &mut Words<'_>) -> Result<usize, ExchangeError> {
    let word = words.next("Frames:")?;
    if word.eq_ignore_ascii_case("Frames") {
        words.keyword(":")?;
    } else if !word.eq_ignore_ascii_case("Frames:") {
        return Err(words.wrong("Frames:"));
    }
    let word = words.next("the number of frames")?;
    word.parse()
        .map_err(|_error| words.wrong("the number of frames"))
}
