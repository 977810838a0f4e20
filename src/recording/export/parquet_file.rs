//! Takes as Parquet: the tidy table of [`table`](super::table), typed and compressed with Snappy.

use super::table::{JointRow, TableRow, check_finite, rows, tracking_name};
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::io;
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = "message take {
    REQUIRED BYTE_ARRAY take (UTF8);
    REQUIRED BYTE_ARRAY dataset (UTF8);
    REQUIRED BYTE_ARRAY subject (UTF8);
    REQUIRED BYTE_ARRAY label (UTF8);
    REQUIRED BYTE_ARRAY phrase (UTF8);
    REQUIRED BYTE_ARRAY verb (UTF8);
    REQUIRED BYTE_ARRAY noun (UTF8);
    REQUIRED FLOAT fps;
    REQUIRED INT64 frame;
    REQUIRED DOUBLE time;
    OPTIONAL INT64 body (INTEGER(64, false));
    OPTIONAL BYTE_ARRAY joint (UTF8);
    OPTIONAL FLOAT x;
    OPTIONAL FLOAT y;
    OPTIONAL FLOAT z;
    OPTIONAL BYTE_ARRAY tracking (UTF8);
}";

/// The whole file.
pub(super) fn bytes(take: &Take, path: &Path) -> Result<Vec<u8>, ExchangeError> {
    check_finite(take, path)?;
    write(take, Compression::SNAPPY)
        .map_err(|error| ExchangeError::file("write", path)(io::Error::other(error)))
}

fn write(take: &Take, compression: Compression) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    let rows: Vec<TableRow> = rows(take).collect();
    let facts = &take.facts;
    let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
    for fact in [
        &facts.name,
        &facts.dataset,
        &facts.subject,
        &facts.label,
        &facts.phrase,
        &facts.verb,
        &facts.noun,
    ] {
        column::<ByteArrayType>(&mut group, &vec![text(fact); rows.len()], None)?;
    }
    column::<FloatType>(&mut group, &vec![take.fps; rows.len()], None)?;
    let frames: Vec<i64> = rows
        .iter()
        .map(|row| (row.frame as u64).cast_signed())
        .collect();
    column::<Int64Type>(&mut group, &frames, None)?;
    let times: Vec<f64> = rows.iter().map(|row| row.micros as f64 * 1e-6).collect();
    column::<DoubleType>(&mut group, &times, None)?;
    let levels: Vec<i16> = rows
        .iter()
        .map(|row| i16::from(row.seen.is_some()))
        .collect();
    let levels = Some(levels.as_slice());
    let seen: Vec<&JointRow> = rows.iter().filter_map(|row| row.seen.as_ref()).collect();
    let ids: Vec<i64> = seen.iter().map(|row| row.body.cast_signed()).collect();
    column::<Int64Type>(&mut group, &ids, levels)?;
    let joints: Vec<ByteArray> = seen
        .iter()
        .map(|row| text(&format!("{:?}", row.joint)))
        .collect();
    column::<ByteArrayType>(&mut group, &joints, levels)?;
    for axis in 0..3 {
        let places: Vec<f32> = seen.iter().map(|row| row.at[axis]).collect();
        column::<FloatType>(&mut group, &places, levels)?;
    }
    let tracking: Vec<ByteArray> = seen
        .iter()
        .map(|row| text(tracking_name(row.tracking)))
        .collect();
    column::<ByteArrayType>(&mut group, &tracking, levels)?;
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

/// Writes the next column; `levels` says for each row of an optional one whether there is a value.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("no column is left".to_owned()));
    };
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::import::{ImportOptions, read};
    use crate::recording::take::TakeFacts;
    use crate::skeleton::{Body, Frame, JOINT_COUNT};
    use parquet::basic::{BrotliLevel, GzipLevel, ZstdLevel};

    #[test]
    fn every_compression_that_other_tools_write_is_read() {
        // Whole enough for an import, and not the same in any two frames.
        let joints = |frame: usize| {
            let mut joints = [[0.0; 3]; JOINT_COUNT];
            for (index, joint) in joints.iter_mut().enumerate() {
                *joint = [0.013 * index as f32, 0.3 + 0.03 * frame as f32, 2.5];
            }
            joints
        };
        let frame = |index: usize| Frame {
            timestamp_micros: index as u64 * 33_333,
            bodies: vec![Body::tracked(7, joints(index))],
        };
        let take = Take {
            facts: TakeFacts {
                name: "a".to_owned(),
                ..TakeFacts::default()
            },
            fps: 30.0,
            frames: (0..40).map(frame).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let plain = write(&take, Compression::UNCOMPRESSED).unwrap();
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::BROTLI(BrotliLevel::default()),
            Compression::LZ4,
            Compression::LZ4_RAW,
            Compression::ZSTD(ZstdLevel::default()),
        ] {
            let bytes = write(&take, compression).unwrap();
            let is_small = compression == Compression::UNCOMPRESSED || bytes.len() < plain.len();
            assert!(is_small, "{compression} took no effect");
            std::fs::write(&path, bytes).unwrap();
            let back = read(&path, &ImportOptions::default());
            assert_eq!(back.unwrap(), std::slice::from_ref(&take), "{compression}");
        }
    }
}
