//! Numpy's arrays, checked as they are read.

use super::error::ResourceError;
use crate::train::corpus::read_floats;
use ndarray::{Array, Array1, Array2, ArrayD, Dimension};
use ndarray_npy::{ReadNpyError, ReadableElement, read_npy};
use std::path::Path;

fn array<T: ReadableElement, D: Dimension>(path: &Path) -> Result<Array<T, D>, ReadNpyError> {
    read_npy(path)
}

fn unreadable(path: &Path, error: &ReadNpyError) -> ResourceError {
    ResourceError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// A matrix of finite numbers, single or double precision, as rows.
pub(super) fn rows(path: &Path) -> Result<Vec<Vec<f32>>, ResourceError> {
    let matrix: Array2<f32> = read_floats(path).map_err(|error| unreadable(path, &error))?;
    finite(path, matrix.outer_iter().map(|row| row.to_vec()).collect())
}

/// One vector per class, of whatever further shape.
pub(super) fn vectors(path: &Path, classes: usize) -> Result<Vec<Vec<f32>>, ResourceError> {
    let values: ArrayD<f32> = read_floats(path).map_err(|error| unreadable(path, &error))?;
    let (shape, count) = (values.shape().to_vec(), values.len());
    if shape.first() != Some(&classes) || count == 0 {
        return Err(ResourceError::Shape {
            path: path.to_owned(),
            expected: format!("a vector for each of {classes} classes"),
            found: format!("shape {shape:?}"),
        });
    }
    let flat: Vec<f32> = values.iter().copied().collect();
    let width = count / classes;
    finite(path, flat.chunks(width).map(<[f32]>::to_vec).collect())
}

/// Whole numbers from 0: labels, or a list of classes.
pub(super) fn numbers(path: &Path) -> Result<Vec<usize>, ResourceError> {
    let numbers: Array1<i64> = match array::<i64, _>(path) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            let narrow: Array1<i32> = array(path).map_err(|error| unreadable(path, &error))?;
            narrow.mapv(i64::from)
        }
        other => other.map_err(|error| unreadable(path, &error))?,
    };
    let mut found = Vec::with_capacity(numbers.len());
    for (row, number) in numbers.into_iter().enumerate() {
        found.push(
            usize::try_from(number).map_err(|_error| ResourceError::Negative {
                path: path.to_owned(),
                row,
                number,
            })?,
        );
    }
    Ok(found)
}

fn finite(path: &Path, rows: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>, ResourceError> {
    for (row, values) in rows.iter().enumerate() {
        if let Some(column) = values.iter().position(|value| !value.is_finite()) {
            return Err(ResourceError::NotFinite {
                path: path.to_owned(),
                row,
                column,
            });
        }
    }
    Ok(rows)
}
