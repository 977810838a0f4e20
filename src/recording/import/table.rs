//! Text tables, whatever separates their columns: a row per joint or a row per frame.

use super::tidy::TidyColumns;
use super::wide::WideColumns;
use super::{ImportOptions, decoded};
use crate::recording::ExchangeError;
use crate::recording::exchange_error::quoted;
use crate::recording::take::Take;
use std::path::Path;

/// Reads all takes of a table.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    options: &ImportOptions,
    guessed: &mut Vec<String>,
) -> Result<Vec<Take>, ExchangeError> {
    let text = decoded(bytes);
    // Excel's own word for what separates columns stands before the header.
    let (named, body) = named_separator(&text);
    let separator = named.unwrap_or_else(|| separator(body));
    let decimal_comma = separator != b',';
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(body.as_bytes());
    let skipped = u64::from(named.is_some());
    let mut record = csv::StringRecord::new();
    let mut rows: Option<Rows> = None;
    loop {
        let more = csv.read_record(&mut record).map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line) + skipped;
            ExchangeError::at_line(path, line, "a row of a table", error.to_string())
        })?;
        if !more {
            break;
        }
        let line = record.position().map_or(0, csv::Position::line) + skipped;
        let is_blank = record.iter().all(str::is_empty);
        if is_blank || record.get(0).is_some_and(|cell| cell.starts_with('#')) {
            continue;
        }
        let cells: Vec<String> = if decimal_comma {
            record.iter().map(with_point).collect()
        } else {
            record.iter().map(str::to_owned).collect()
        };
        let place = format!("line {line}");
        match &mut rows {
            Some(rows) => rows.push(path, &place, &cells)?,
            None => rows = Rows::begin(path, &place, &cells)?.into(),
        }
    }
    match rows {
        Some(rows) => rows.finish(path, options, guessed),
        None => Err(ExchangeError::at_line(
            path,
            1,
            "a table's header",
            "an empty file".to_owned(),
        )),
    }
}

/// A table being read.
pub(super) enum Rows {
    /// A row per joint.
    Tidy(Box<TidyColumns>),
    /// A row per frame.
    Wide(Box<WideColumns>),
}

impl Rows {
    /// Begins with the first row: a header, or numbers where there is none.
    pub(super) fn begin(path: &Path, place: &str, cells: &[String]) -> Result<Self, ExchangeError> {
        if let Some(columns) = TidyColumns::of(path, cells) {
            return Ok(Self::Tidy(Box::new(columns)));
        }
        if let Some(columns) = WideColumns::of(path, cells)? {
            return Ok(Self::Wide(Box::new(columns)));
        }
        if let Some(mut columns) = WideColumns::of_numbers(path, cells) {
            columns.push(path, place, cells)?;
            return Ok(Self::Wide(Box::new(columns)));
        }
        Err(ExchangeError::at(
            path,
            place.to_owned(),
            "a header with joint, x, y and z; or one with columns as HeadX, HeadY, HeadZ; or rows of 60 or 75 numbers",
            quoted(&cells.join(",")),
        ))
    }

    pub(super) fn push(
        &mut self,
        path: &Path,
        place: &str,
        cells: &[String],
    ) -> Result<(), ExchangeError> {
        match self {
            Self::Tidy(columns) => columns.push(path, place, cells),
            Self::Wide(columns) => columns.push(path, place, cells),
        }
    }

    pub(super) fn finish(
        self,
        path: &Path,
        options: &ImportOptions,
        guessed: &mut Vec<String>,
    ) -> Result<Vec<Take>, ExchangeError> {
        let (takes, unit) = match self {
            Self::Tidy(columns) => columns.finish(),
            Self::Wide(columns) => columns.finish(),
        };
        takes
            .into_iter()
            .map(|take| take.finish(path, unit, options, guessed))
            .collect()
    }
}

fn named_separator(text: &str) -> (Option<u8>, &str) {
    let Some(rest) = text.strip_prefix("sep=") else {
        return (None, text);
    };
    let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    match first.trim_end_matches('\r').as_bytes() {
        [separator] if separator.is_ascii() => (Some(*separator), rest),
        _ => (None, text),
    }
}

/// What separates the columns: of comma, semicolon, tab and blank that which is in the first line most often, a blank
/// only where none of the others is.
fn separator(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .unwrap_or_default();
    let count = |byte: u8| first.bytes().filter(|other| *other == byte).count();
    let (comma, semicolon, tab) = (count(b','), count(b';'), count(b'\t'));
    // Decimal commas are more than the semicolons between them, but never in a header.
    if semicolon > 0 && (semicolon >= comma || comma <= semicolon + 1) {
        b';'
    } else if tab > 0 && tab >= comma {
        b'\t'
    } else if comma == 0 && count(b' ') > 1 {
        b' '
    } else {
        b','
    }
}

/// A number with a decimal point, where a comma may not separate anything else.
fn with_point(cell: &str) -> String {
    let is_number = cell.bytes().filter(|byte| *byte == b',').count() == 1
        && cell
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-,eE".contains(&byte));
    if is_number {
        cell.replace(',', ".")
    } else {
        cell.to_owned()
    }
}
