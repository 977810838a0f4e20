//! A safetensors file of numbers: read with errors that name the file and the tensor, written whole or not at all.

use super::AlignError;
use super::network::{Dense, Vae};
use super::standard::Standard;
use crate::whole_file::{self, Readers};
use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::path::Path;

/// A safetensors file in memory, with errors that name the file and the tensor.
pub(super) struct TensorFile<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> TensorFile<'a> {
    /// Reads the header; `bytes` is the file's content.
    pub(super) fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Self, AlignError> {
        let wrong = |source| AlignError::Format {
            path: path.to_owned(),
            source,
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
        Ok(Self {
            path,
            tensors: SafeTensors::deserialize(bytes).map_err(wrong)?,
            metadata: header.metadata().clone().unwrap_or_default(),
        })
    }

    /// What is wrong with a tensor.
    pub(super) fn wrong(&self, name: &str, reason: String) -> AlignError {
        AlignError::Tensor {
            path: self.path.to_owned(),
            name: name.to_owned(),
            reason,
        }
    }

    /// What is wrong with a metadata string.
    pub(super) fn wrong_metadata(&self, key: &'static str, reason: String) -> AlignError {
        AlignError::Metadata {
            path: self.path.to_owned(),
            key,
            reason,
        }
    }

    /// A metadata string.
    pub(super) fn metadata(&self, key: &'static str) -> Result<&str, AlignError> {
        let value = self.metadata.get(key).map(String::as_str);
        value.ok_or_else(|| self.wrong_metadata(key, "missing".to_owned()))
    }

    /// Whether there is a tensor of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// Whether the metadata has a key.
    pub(super) fn says(&self, key: &'static str) -> bool {
        self.metadata.contains_key(key)
    }

    /// A metadata string read as a positive number.
    pub(super) fn number(&self, key: &'static str, text: &str) -> Result<f32, AlignError> {
        let number = text
            .trim()
            .parse::<f32>()
            .ok()
            .filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| {
            self.wrong_metadata(key, format!("`{text}` is not a number of at least 0"))
        })
    }

    /// Shape and finite values of a tensor.
    fn values(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), AlignError> {
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|error| self.wrong(name, error.to_string()))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(self.wrong(name, format!("expected F32, found {:?}", tensor.dtype())));
        }
        let read = |bytes: &[u8]| bytes.try_into().map_or(f32::NAN, f32::from_le_bytes);
        let values: Vec<f32> = tensor.data().chunks_exact(4).map(read).collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(self.wrong(name, format!("value {index} is not a finite number"))),
            None => Ok((tensor.shape().to_vec(), values)),
        }
    }

    /// A matrix of any shape.
    pub(super) fn matrix(&self, name: &str) -> Result<Array2<f32>, AlignError> {
        let (shape, values) = self.values(name)?;
        let &[rows, columns] = &shape[..] else {
            return Err(self.wrong(name, format!("expected a matrix, found shape {shape:?}")));
        };
        Array2::from_shape_vec((rows, columns), values)
            .map_err(|error| self.wrong(name, error.to_string()))
    }

    /// A vector of any length.
    pub(super) fn vector(&self, name: &str) -> Result<Vec<f32>, AlignError> {
        let (shape, values) = self.values(name)?;
        match shape[..] {
            [_] => Ok(values),
            _ => Err(self.wrong(name, format!("expected a vector, found shape {shape:?}"))),
        }
    }

    /// A dense layer; its bias must fit its weight.
    pub(super) fn dense(&self, weight: &str, bias: &str) -> Result<Dense, AlignError> {
        let dense = Dense {
            weight: self.matrix(weight)?,
            bias: Array1::from(self.vector(bias)?),
        };
        self.expect(bias, "length", dense.weight.nrows(), dense.bias.len())?;
        Ok(dense)
    }

    /// An error unless a size is as expected.
    pub(super) fn expect(
        &self,
        name: &str,
        what: &str,
        expected: usize,
        got: usize,
    ) -> Result<(), AlignError> {
        if expected == got {
            return Ok(());
        }
        Err(self.wrong(name, format!("{what} {got}, expected {expected}")))
    }

    /// `NAME.encoder` and `NAME.decoder`.
    pub(super) fn vae(&self, name: &str) -> Result<Vae, AlignError> {
        let dense = |side: &str| {
            let name = format!("{name}.{side}");
            self.dense(&format!("{name}.weight"), &format!("{name}.bias"))
        };
        let vae = Vae {
            encoder: dense("encoder")?,
            decoder: dense("decoder")?,
        };
        let encoder = format!("{name}.encoder.weight");
        self.expect(
            &encoder,
            "rows",
            2 * vae.latent(),
            vae.encoder.weight.nrows(),
        )?;
        self.expect(&encoder, "columns", vae.width(), vae.encoder.weight.ncols())?;
        Ok(vae)
    }

    /// `NAME.mean` and `NAME.scale`.
    pub(super) fn standard(&self, name: &str, width: usize) -> Result<Standard, AlignError> {
        let (mean, scale) = (format!("{name}.mean"), format!("{name}.scale"));
        let standard = Standard {
            mean: self.vector(&mean)?,
            scale: self.above_zero(&scale)?,
            limit: f32::INFINITY,
        };
        self.expect(&mean, "length", width, standard.mean.len())?;
        self.expect(&scale, "length", width, standard.scale.len())?;
        Ok(standard)
    }

    /// A vector of values that are above 0.
    pub(super) fn above_zero(&self, name: &str) -> Result<Vec<f32>, AlignError> {
        let values = self.vector(name)?;
        match values.iter().position(|&value| value <= 0.0) {
            Some(index) => Err(self.wrong(name, format!("value {index} is not above 0"))),
            None => Ok(values),
        }
    }
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, AlignError> {
    std::fs::read(path).map_err(|source| AlignError::File {
        path: path.to_owned(),
        source,
    })
}

/// Name, shape and values.
pub(super) type Named = (String, Vec<usize>, Vec<f32>);

pub(super) fn add_vae(tensors: &mut Vec<Named>, name: &str, vae: &Vae) {
    for (side, dense) in [("encoder", &vae.encoder), ("decoder", &vae.decoder)] {
        add_dense(tensors, &format!("{name}.{side}"), dense);
    }
}

pub(super) fn add_dense(tensors: &mut Vec<Named>, name: &str, dense: &Dense) {
    let weight = dense.weight.iter().copied().collect();
    let shape = dense.weight.shape().to_vec();
    tensors.push((format!("{name}.weight"), shape, weight));
    add_vector(tensors, &format!("{name}.bias"), &dense.bias.to_vec());
}

pub(super) fn add_vector(tensors: &mut Vec<Named>, name: &str, values: &[f32]) {
    tensors.push((name.to_owned(), vec![values.len()], values.to_vec()));
}

pub(super) fn add_standard(tensors: &mut Vec<Named>, name: &str, standard: &Standard) {
    add_vector(tensors, &format!("{name}.mean"), &standard.mean);
    add_vector(tensors, &format!("{name}.scale"), &standard.scale);
}

/// Writes beside the target and then renames, so that a stop half-way leaves the old file.
pub(super) fn write(
    path: &Path,
    tensors: &[Named],
    metadata: HashMap<String, String>,
) -> Result<(), AlignError> {
    let wrong = |source| AlignError::Format {
        path: path.to_owned(),
        source,
    };
    let bytes = |values: &Vec<f32>| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let bytes: Vec<_> = tensors.iter().map(|(_, _, values)| bytes(values)).collect();
    let mut views = Vec::with_capacity(tensors.len());
    for ((name, shape, _), bytes) in tensors.iter().zip(&bytes) {
        views.push((
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(wrong)?,
        ));
    }
    let content = safetensors::serialize(views, Some(metadata)).map_err(wrong)?;
    let failed = |source| AlignError::File {
        path: path.to_owned(),
        source,
    };
    whole_file::write(path, content, Readers::Everybody).map_err(failed)
}
