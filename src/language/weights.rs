//! Reads a sentence encoder's weights from safetensors, and refuses a file that is not what its `config.json` promises.

use super::error::{LanguageError, read_file};
use burn::tensor::{Device, Tensor, TensorData};
use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use std::path::{Path, PathBuf};

/// A weight file in memory.
#[derive(Debug)]
pub(super) struct WeightFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// The tensors of a weight file.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    /// What stands before `embeddings.` in every name.
    prefix: String,
    device: &'a Device,
}

impl WeightFile {
    pub(super) fn read(path: &Path) -> Result<Self, LanguageError> {
        Ok(Self {
            path: path.to_owned(),
            bytes: read_file(path)?,
        })
    }

    fn malformed(&self, reason: String) -> LanguageError {
        LanguageError::Malformed {
            path: self.path.clone(),
            expected: "safetensors file",
            reason,
        }
    }

    /// The name that the weights give as their origin, if any.
    pub(super) fn origin(&self) -> Option<String> {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).ok()?;
        metadata.metadata().as_ref()?.get("origin").cloned()
    }

    pub(super) fn weights<'a>(&'a self, device: &'a Device) -> Result<Weights<'a>, LanguageError> {
        let tensors = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| self.malformed(error.to_string()))?;
        let marker = "embeddings.word_embeddings.weight";
        let prefix = tensors
            .names()
            .into_iter()
            .find_map(|name| name.strip_suffix(marker))
            .unwrap_or_default()
            .to_owned();
        Ok(Weights {
            path: &self.path,
            tensors,
            prefix,
            device,
        })
    }
}

impl Weights<'_> {
    /// The values of a tensor of the given shape, widened to f32.
    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LanguageError> {
        let full_name = format!("{}{name}", self.prefix);
        let view =
            self.tensors
                .tensor(&full_name)
                .map_err(|_absent| LanguageError::MissingTensor {
                    path: self.path.to_owned(),
                    name: full_name.clone(),
                })?;
        if view.shape() != shape {
            return Err(LanguageError::WrongShape {
                path: self.path.to_owned(),
                name: full_name,
                expected: shape.to_vec(),
                found: view.shape().to_vec(),
            });
        }
        let malformed = |reason: String| LanguageError::Malformed {
            path: self.path.to_owned(),
            expected: "safetensors file of a sentence encoder",
            reason,
        };
        let bytes = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => bytes
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect(),
            Dtype::F16 => {
                let halves: Vec<f16> = bytes
                    .chunks_exact(2)
                    .map(|b| f16::from_le_bytes([b[0], b[1]]))
                    .collect();
                let mut wide = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut wide);
                wide
            }
            Dtype::BF16 => bytes
                .chunks_exact(2)
                .map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32())
                .collect(),
            other => {
                return Err(malformed(format!(
                    "{full_name} holds {other:?}, expected F32, F16 or BF16"
                )));
            }
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(malformed(format!(
                "{full_name} holds values that are not finite"
            )));
        }
        Ok(values)
    }

    /// A vector of the given length.
    pub(super) fn vector(&self, name: &str, length: usize) -> Result<Tensor<1>, LanguageError> {
        let values = self.values(name, &[length])?;
        Ok(Tensor::from_data(
            TensorData::new(values, [length]),
            self.device,
        ))
    }

    /// A matrix as it stands in the file, [rows, columns].
    pub(super) fn matrix(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Tensor<2>, LanguageError> {
        let values = self.values(name, &[rows, columns])?;
        Ok(Tensor::from_data(
            TensorData::new(values, [rows, columns]),
            self.device,
        ))
    }

    /// PyTorch keeps a dense layer as [outputs, inputs]; several of them side by side become one [inputs, outputs of all].
    ///
    /// Laid out so in memory, the product with a few rows reads the weights once and in order.
    pub(super) fn dense(
        &self,
        names: &[String],
        inputs: usize,
        outputs: usize,
    ) -> Result<(Tensor<2>, Tensor<1>), LanguageError> {
        let width = outputs * names.len();
        let mut weight = vec![0.0; inputs * width];
        let mut bias = Vec::with_capacity(width);
        for (part, name) in names.iter().enumerate() {
            let rows = self.values(&format!("{name}.weight"), &[outputs, inputs])?;
            transpose_into(&rows, inputs, &mut weight, width, part * outputs);
            bias.extend(self.values(&format!("{name}.bias"), &[outputs])?);
        }
        Ok((
            Tensor::from_data(TensorData::new(weight, [inputs, width]), self.device),
            Tensor::from_data(TensorData::new(bias, [width]), self.device),
        ))
    }
}

/// Writes a matrix of rows of the given length as columns of a wider one, from a column on.
fn transpose_into(rows: &[f32], length: usize, wide: &mut [f32], width: usize, first: usize) {
    // As many rows at a time as fill a cache line of the output.
    const TILE: usize = 16;
    for (tile, rows) in rows.chunks(TILE * length).enumerate() {
        let column = first + tile * TILE;
        for (input, line) in wide.chunks_exact_mut(width).enumerate() {
            for (value, row) in line[column..].iter_mut().zip(rows.chunks_exact(length)) {
                *value = row[input];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        // 20 rows of 3, more than one tile, beside two columns that stay.
        let rows: Vec<f32> = (0..60_u8).map(f32::from).collect();
        let mut wide = vec![-1.0; 3 * 22];
        transpose_into(&rows, 3, &mut wide, 22, 2);
        for input in 0..3 {
            assert_eq!(wide[input * 22..][..2], [-1.0, -1.0]);
            for row in 0..20 {
                assert_eq!(wide[input * 22 + 2 + row], rows[row * 3 + input]);
            }
        }
    }
}
