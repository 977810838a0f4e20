//! Takes as CSV: the tidy table of [`table`](super::table).

use super::table::{COLUMNS, check_finite, rows, tracking_name};
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use std::io;
use std::path::Path;

/// The whole file; numbers read back as they were.
pub(super) fn bytes(take: &Take, path: &Path) -> Result<Vec<u8>, ExchangeError> {
    check_finite(take, path)?;
    let failed = |error: csv::Error| ExchangeError::File {
        action: "write",
        path: path.to_path_buf(),
        source: io::Error::other(error),
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(COLUMNS).map_err(failed)?;
    let facts = &take.facts;
    let fps = take.fps.to_string();
    for row in rows(take) {
        let seen = row.seen.as_ref();
        let number = |axis: usize| seen.map_or_else(String::new, |s| s.at[axis].to_string());
        csv.write_record([
            facts.name.as_str(),
            &facts.dataset,
            &facts.subject,
            &facts.label,
            &facts.phrase,
            &facts.verb,
            &facts.noun,
            &fps,
            &row.frame.to_string(),
            &format!("{}.{:06}", row.micros / 1_000_000, row.micros % 1_000_000),
            &seen.map_or_else(String::new, |s| s.body.to_string()),
            &seen.map_or_else(String::new, |s| format!("{:?}", s.joint)),
            &number(0),
            &number(1),
            &number(2),
            seen.map_or("", |s| tracking_name(s.tracking)),
        ])
        .map_err(failed)?;
    }
    csv.into_inner()
        .map_err(|error| ExchangeError::file("write", path)(error.into_error()))
}
