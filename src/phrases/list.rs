//! Phrase lists as text files: one phrase per line, with what the user set themselves after bars.
//!
//! ```text
//! # what the audience may do
//! swing a golf club
//! swat a fly - one arm, fast, at head height
//! clap | clap | hands | both arms, repeated
//! jump | jump | -
//! #off kick a ball
//! ```
//!
//! A motion that was taken from a performance opens with `performed:`. Examples lie beside the list, as a clip store.
//!
//! An empty field is filled by reading the phrase, `-` in the noun's place says that there is none, and a line that opens with `#off`
//! is a phrase that takes no part: other programs see a comment.

use super::{EntryKey, PhraseEntry};
use crate::whole_file::{self, Readers};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The longest line that is read, in characters.
pub const LONGEST_LINE: usize = 1_000;
/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 16 << 20;
const OFF: &str = "#off ";

/// Why a phrase list or a file of splits cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file cannot be opened, read or written.
    #[error("cannot {action} the file: {source}: {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The file is larger than any list.
    #[error("{bytes} bytes are no phrase list: {}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A line is not as expected.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What was found, and what was expected.
        reason: String,
    },
    /// There is nothing in the file.
    #[error("no {expected} in the file: {}", path.display())]
    Nothing {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
}

/// A phrase that stands in a list more than once; the first is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The line of the repetition, counted from 1.
    pub line: usize,
    /// The line of the first.
    pub first_line: usize,
    /// The phrase.
    pub text: String,
}

impl std::fmt::Display for Duplicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "line {} repeats {:?} of line {}",
            self.line, self.text, self.first_line
        )
    }
}

/// A phrase list as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhraseList {
    /// The phrases, with ids from 1 on.
    pub entries: Vec<PhraseEntry>,
    /// What was left out because it stands there twice.
    pub duplicates: Vec<Duplicate>,
}

/// Reads a phrase list.
pub fn read(path: &Path) -> Result<PhraseList, ListError> {
    parse(&read_text(path)?, path)
}

/// Writes a phrase list whole or not at all; a new one is for the user alone.
pub fn write(path: &Path, entries: &[PhraseEntry]) -> Result<(), ListError> {
    whole_file::write(path, text_from_entries(entries), Readers::User).map_err(|source| {
        ListError::File {
            action: "write",
            path: path.to_owned(),
            source,
        }
    })
}

/// The text of a list, one line per entry.
pub fn text_from_entries(entries: &[PhraseEntry]) -> String {
    entries
        .iter()
        .map(|entry| line_from_entry(entry) + "\n")
        .collect()
}

/// A blank in place of characters that end a line or are none to look at; files that were put together have byte-order
/// marks in their midst.
fn blank_for_control(c: char) -> char {
    if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') {
        ' '
    } else {
        c
    }
}

/// The entry of one line, which is neither empty nor a comment; the reason where it is none.
pub fn entry_from_line(line: &str) -> Result<PhraseEntry, String> {
    let characters = line.chars().count();
    if characters > LONGEST_LINE {
        return Err(format!(
            "a line of {characters} characters, at most {LONGEST_LINE} are read"
        ));
    }
    // What no key writes parts words, as it does where the entry is written again.
    let line: String = line.chars().map(blank_for_control).collect();
    let line = line.strip_prefix('\\').unwrap_or(&line);
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    if fields.len() > 4 {
        return Err(format!(
            "{} fields, expected at most four: phrase | verb | noun | motion words",
            fields.len()
        ));
    }
    let field = |index: usize| {
        fields
            .get(index)
            .filter(|text| !text.is_empty())
            .map(|text| (*text).to_owned())
    };
    let Some(text) = field(0) else {
        return Err(
            "no phrase before the first bar, expected: phrase | verb | noun | motion words"
                .to_owned(),
        );
    };
    let verb = field(1);
    if let Some(verb) = verb.as_deref()
        && !verb.chars().any(char::is_alphanumeric)
    {
        return Err(format!(
            "the verb `{verb}` has no letters; left empty, it is read from the phrase"
        ));
    }
    Ok(PhraseEntry {
        id: 0,
        text,
        verb,
        noun: field(2).map(|noun| if noun == "-" { String::new() } else { noun }),
        motion: field(3),
        enabled: true,
        examples: Vec::new(),
    })
}

fn parse(text: &str, path: &Path) -> Result<PhraseList, ListError> {
    let mut list = PhraseList::default();
    let mut lines_by_key: HashMap<EntryKey, usize> = HashMap::new();
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let trimmed = raw.trim();
        let (content, enabled) = match trimmed.strip_prefix(OFF) {
            Some(rest) => (rest.trim(), false),
            None => (trimmed, true),
        };
        if content.is_empty() || (enabled && content.starts_with('#')) {
            continue;
        }
        let entry = entry_from_line(content).map_err(|reason| ListError::Line {
            path: path.to_owned(),
            line,
            reason,
        })?;
        if let Some(&first_line) = lines_by_key.get(&entry.key()) {
            list.duplicates.push(Duplicate {
                line,
                first_line,
                text: entry.text,
            });
            continue;
        }
        lines_by_key.insert(entry.key(), line);
        list.entries.push(PhraseEntry {
            id: list.entries.len() as u64 + 1,
            enabled,
            ..entry
        });
    }
    if list.entries.is_empty() {
        return Err(ListError::Nothing {
            path: path.to_owned(),
            expected: "phrase (one per line)",
        });
    }
    Ok(list)
}

fn line_from_entry(entry: &PhraseEntry) -> String {
    // Bars and line ends part fields and entries: in a field they become what reads most alike.
    let plain = |text: &str| {
        text.chars()
            .map(|c| if c == '|' { '/' } else { blank_for_control(c) })
            .collect::<String>()
            .trim()
            .to_owned()
    };
    let noun = match entry.noun.as_deref() {
        Some("") => "-".to_owned(),
        other => plain(other.unwrap_or_default()),
    };
    let text = plain(&entry.text);
    // A phrase that opens like a comment, or like this very escape, is escaped.
    let escape = if text.starts_with(['#', '\\']) {
        "\\"
    } else {
        ""
    };
    let fields = [
        format!("{escape}{text}"),
        plain(entry.verb.as_deref().unwrap_or_default()),
        noun,
        plain(entry.motion.as_deref().unwrap_or_default()),
    ];
    let used = 1 + fields
        .iter()
        .rposition(|field| !field.is_empty())
        .unwrap_or_default();
    let line = fields[..used].join(" | ");
    if entry.enabled {
        line
    } else {
        format!("{OFF}{line}")
    }
}

/// A text file as UTF-8, its byte order mark taken off.
pub(super) fn read_text(path: &Path) -> Result<String, ListError> {
    let failed = |source| ListError::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > LARGEST_FILE {
        return Err(ListError::TooLarge {
            path: path.to_owned(),
            bytes,
        });
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let at = |offset: usize, reason: &str| ListError::Line {
        path: path.to_owned(),
        line: bytes[..offset].split(|byte| *byte == b'\n').count(),
        reason: reason.to_owned(),
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(at(0, "UTF-16 text, expected UTF-8"));
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Err(at(offset, "a zero byte, expected UTF-8 text"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => Err(at(
            error.valid_up_to(),
            "bytes that are not UTF-8, expected UTF-8 text",
        )),
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
