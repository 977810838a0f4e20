//! Takes from Parquet: the same tables as text, with typed cells.

use super::ImportOptions;
use super::table::Rows;
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A file of so many bytes has at most this many rows a byte: three coordinates alone have more bytes than that, but
/// damaged headers promise anything.
const ROWS_PER_BYTE: u64 = 8;

/// Reads all takes of a file.
pub(super) fn read(
    path: &Path,
    options: &ImportOptions,
    guessed: &mut Vec<String>,
) -> Result<Vec<Take>, ExchangeError> {
    let file = File::open(path).map_err(ExchangeError::file("open", path))?;
    let size = file
        .metadata()
        .map_err(ExchangeError::file("read", path))?
        .len();
    // The crate trusts a file in places: damage that it does not foresee must end one import, not the program.
    catch_unwind(AssertUnwindSafe(|| table(path, file, size)))
        .unwrap_or_else(|_| Err(wrong(path, "its pages", "damaged data".to_owned())))?
        .finish(path, options, guessed)
}

fn table(path: &Path, file: File, size: u64) -> Result<Rows, ExchangeError> {
    let failed = |place: &str| {
        let place = place.to_owned();
        move |error: ParquetError| match error.to_string() {
            text if text.contains("codec type") => ExchangeError::at(
                path,
                place,
                "columns that are not compressed, or with Snappy, gzip, Brotli, LZ4 or Zstandard",
                text,
            ),
            text => wrong(path, &place, text),
        }
    };
    let reader = SerializedFileReader::new(file).map_err(failed("its footer"))?;
    let most = size.saturating_mul(ROWS_PER_BYTE);
    let promised = reader.metadata().file_metadata().num_rows();
    let too_many = |count: String| wrong(path, "its number of rows", count);
    if u64::try_from(promised).map_or(true, |rows| rows > most) {
        return Err(too_many(promised.to_string()));
    }
    let mut rows = None;
    let iterator = reader.get_row_iter(None).map_err(failed("its schema"))?;
    for (index, row) in iterator.enumerate() {
        let place = format!("row {}", index + 1);
        if index as u64 > most {
            return Err(too_many(format!("more than {most}")));
        }
        let row = row.map_err(failed(&place))?;
        let (names, cells) = cells(row);
        let rows = match &mut rows {
            Some(rows) => rows,
            None => rows.insert(Rows::begin(path, "its columns", &names)?),
        };
        rows.push(path, &place, &cells)?;
    }
    rows.ok_or_else(|| wrong(path, "the whole file", "no rows".to_owned()))
}

/// A row's columns and cells as a text table has them.
fn cells(row: Row) -> (Vec<String>, Vec<String>) {
    let columns = row.into_columns().into_iter();
    columns
        .map(|(name, field)| {
            let cell = match field {
                Field::Null => String::new(),
                Field::Str(text) => text,
                Field::Float(value) => value.to_string(),
                Field::Double(value) => value.to_string(),
                Field::Byte(value) => value.to_string(),
                Field::Short(value) => value.to_string(),
                Field::Int(value) => value.to_string(),
                Field::Long(value) | Field::TimestampMicros(value) => value.to_string(),
                Field::UByte(value) => value.to_string(),
                Field::UShort(value) => value.to_string(),
                Field::UInt(value) => value.to_string(),
                Field::ULong(value) => value.to_string(),
                // Shown as the crate shows it: nothing here reads it, and a position so written is refused by its words.
                other => other.to_string(),
            };
            (name, cell)
        })
        .unzip()
}

fn wrong(path: &Path, place: &str, found: String) -> ExchangeError {
    ExchangeError::at(path, place.to_owned(), "a Parquet table of joints", found)
}
