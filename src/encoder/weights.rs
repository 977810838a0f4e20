//! One stream's weights as plain numbers under PyTorch's names, read from `.pt` or safetensors and checked.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use burn_store::pytorch_reader::{DType, PytorchReader};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use crate::encoder::config::{COORDINATES, JOINTS, ShiftGcnConfig};
use crate::encoder::error::EncoderError;
use crate::whole_file::{self, Readers};

/// A tensor as plain numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainTensor {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// All tensors of one stream, complete and finite for their configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamWeights {
    config: ShiftGcnConfig,
    tensors: BTreeMap<String, PlainTensor>,
    /// Frames of the clips that the stream was trained on, where the file says so.
    pub frames: Option<usize>,
}

/// What a checkpoint file holds before it is checked.
pub(super) struct Raw {
    pub(super) tensors: BTreeMap<String, PlainTensor>,
    frames: Option<usize>,
}

impl StreamWeights {
    /// Reads a checkpoint; its ending says which kind it is, everything but `.safetensors` is taken for PyTorch's.
    ///
    /// A pickle is never executed. A `state_dict` below the top and a `module.` before every name are understood.
    pub fn read(file: &Path) -> Result<Self, EncoderError> {
        let is_safetensors = file
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"));
        let raw = if is_safetensors {
            read_safetensors(file)?
        } else {
            read_pytorch(file)?
        };
        let config = config_of(file, &raw.tensors)?;
        Self::check(file, config, raw)
    }

    /// Puts tensors together that were made here; they are checked as those of a file are.
    pub fn new(
        config: ShiftGcnConfig,
        tensors: BTreeMap<String, PlainTensor>,
        frames: Option<usize>,
    ) -> Result<Self, EncoderError> {
        Self::check(
            Path::new("(weights in memory)"),
            config,
            Raw { tensors, frames },
        )
    }

    fn check(file: &Path, config: ShiftGcnConfig, mut raw: Raw) -> Result<Self, EncoderError> {
        let mut tensors = BTreeMap::new();
        for (name, expected) in config.tensors() {
            let Some(tensor) = raw.tensors.remove(&name) else {
                return Err(EncoderError::MissingTensor {
                    file: file.to_owned(),
                    tensor: name,
                    expected,
                });
            };
            if tensor.shape != expected || tensor.values.len() != expected.iter().product::<usize>()
            {
                return Err(EncoderError::WrongShape {
                    file: file.to_owned(),
                    tensor: name,
                    expected,
                    got: tensor.shape,
                });
            }
            if let Some(index) = tensor.values.iter().position(|x| !x.is_finite()) {
                return Err(EncoderError::NotFinite {
                    file: file.to_owned(),
                    tensor: name,
                    index,
                    value: tensor.values[index],
                });
            }
            tensors.insert(name, tensor);
        }
        Ok(Self {
            config,
            tensors,
            frames: raw.frames,
        })
    }

    /// The same stream for clips of one body: the input norm keeps the first body's part.
    ///
    /// Its feature is that of the first body alone, where the released code averages an absent second one in.
    #[must_use]
    pub fn for_one_body(mut self) -> Self {
        self.config.bodies = 1;
        let length = JOINTS * COORDINATES;
        for (name, tensor) in &mut self.tensors {
            if name.starts_with("data_bn.") {
                tensor.values.truncate(length);
                tensor.shape = vec![length];
            }
        }
        self
    }

    /// The same stream with a head for other classes that knows nothing yet: every logit is 0.
    #[must_use]
    pub fn with_blank_head(self, classes: usize) -> Self {
        let weight = vec![0.0; classes * self.config.feature];
        self.with_head(weight, vec![0.0; classes])
    }

    /// The same stream with another head: weight `[classes][feature]` and bias `[classes]`.
    #[must_use]
    pub fn with_head(mut self, weight: Vec<f32>, bias: Vec<f32>) -> Self {
        let classes = bias.len();
        self.config.classes = classes;
        for (name, shape, values) in [
            ("fc.weight", vec![classes, self.config.feature], weight),
            ("fc.bias", vec![classes], bias),
        ] {
            self.tensors
                .insert(name.to_owned(), PlainTensor { shape, values });
        }
        self
    }

    /// The weights that lie `part` of the way from those of `start`, a stream of the same widths and bodies, to these;
    /// the head stays as it is.
    #[must_use]
    pub fn towards(mut self, start: &Self, part: f32) -> Self {
        for (name, tensor) in &mut self.tensors {
            if name.starts_with("fc.") {
                continue;
            }
            for (end, begin) in tensor.values.iter_mut().zip(start.values(name)) {
                *end = part * *end + (1.0 - part) * begin;
            }
        }
        self
    }

    /// The network's size.
    pub fn config(&self) -> &ShiftGcnConfig {
        &self.config
    }

    /// A tensor's values; empty for a name that [`ShiftGcnConfig::tensors`] does not list.
    pub fn values(&self, name: &str) -> &[f32] {
        self.tensors
            .get(name)
            .map_or(&[], |tensor| tensor.values.as_slice())
    }

    /// Writes safetensors (f32), whole or not at all.
    pub fn write(&self, file: &Path) -> Result<(), EncoderError> {
        let about = self
            .frames
            .map(|frames| HashMap::from([("frames".to_owned(), frames.to_string())]));
        write_tensors(file, &self.tensors, about)
    }
}

/// Writes tensors as safetensors (f32), whole or not at all.
pub(super) fn write_tensors(
    file: &Path,
    tensors: &BTreeMap<String, PlainTensor>,
    about: Option<HashMap<String, String>>,
) -> Result<(), EncoderError> {
    let bytes: BTreeMap<&str, Vec<u8>> = tensors
        .iter()
        .map(|(name, tensor)| {
            let values = tensor.values.iter().flat_map(|x| x.to_le_bytes());
            (name.as_str(), values.collect())
        })
        .collect();
    let not_written = |reason: String| EncoderError::NotCheckpoint {
        file: file.to_owned(),
        reason,
    };
    let mut views = Vec::with_capacity(bytes.len());
    for (name, bytes) in &bytes {
        let shape = tensors[*name].shape.clone();
        let view = TensorView::new(Dtype::F32, shape, bytes)
            .map_err(|error| not_written(error.to_string()))?;
        views.push((*name, view));
    }
    let whole = serialize(views, about).map_err(|error| not_written(error.to_string()))?;
    whole_file::write(file, whole, Readers::Everybody).map_err(|source| EncoderError::File {
        file: file.to_owned(),
        source,
    })
}

/// Reads the network's size from the shapes of a few tensors.
fn config_of(
    file: &Path,
    tensors: &BTreeMap<String, PlainTensor>,
) -> Result<ShiftGcnConfig, EncoderError> {
    let shape = |name: &str, rank: usize| {
        let Some(tensor) = tensors.get(name) else {
            return Err(EncoderError::MissingTensor {
                file: file.to_owned(),
                tensor: name.to_owned(),
                expected: Vec::new(),
            });
        };
        if tensor.shape.len() == rank && tensor.shape.iter().all(|&extent| extent > 0) {
            return Ok(tensor.shape.clone());
        }
        Err(EncoderError::WrongShape {
            file: file.to_owned(),
            tensor: name.to_owned(),
            expected: vec![1; rank],
            got: tensor.shape.clone(),
        })
    };
    let first = shape("l1.gcn1.Linear_weight", 2)?[1];
    let second = shape("l5.gcn1.Linear_weight", 2)?[1];
    let third = shape("l8.gcn1.Linear_weight", 2)?[1];
    let head = shape("fc.weight", 2)?;
    let per_body = JOINTS * COORDINATES;
    let inputs = shape("data_bn.weight", 1)?[0];
    if inputs != per_body && inputs != 2 * per_body {
        return Err(EncoderError::WrongShape {
            file: file.to_owned(),
            tensor: "data_bn.weight".to_owned(),
            expected: vec![2 * per_body],
            got: vec![inputs],
        });
    }
    Ok(ShiftGcnConfig {
        classes: head[0],
        widths: [first, second, third],
        feature: head[1],
        bodies: inputs / per_body,
    })
}

/// A name without the prefix that data-parallel training leaves; `None` for tensors without information.
fn plain_name(name: &str) -> Option<&str> {
    let name = name.strip_prefix("state_dict.").unwrap_or(name);
    let name = name.strip_prefix("module.").unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    let carries_nothing = last == "xpos"
        || last == "num_batches_tracked"
        || name.ends_with("gcn1.shift_in")
        || name.ends_with("gcn1.shift_out");
    (!carries_nothing).then_some(name)
}

pub(super) fn read_safetensors(file: &Path) -> Result<Raw, EncoderError> {
    let bytes = fs::read(file).map_err(|source| EncoderError::File {
        file: file.to_owned(),
        source,
    })?;
    let not_checkpoint = |reason: String| EncoderError::NotCheckpoint {
        file: file.to_owned(),
        reason,
    };
    let (_, header) =
        SafeTensors::read_metadata(&bytes).map_err(|error| not_checkpoint(error.to_string()))?;
    let frames = header
        .metadata()
        .as_ref()
        .and_then(|about| about.get("frames"))
        .and_then(|frames| frames.parse().ok());
    let whole =
        SafeTensors::deserialize(&bytes).map_err(|error| not_checkpoint(error.to_string()))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in whole.iter() {
        let Some(plain) = plain_name(name) else {
            continue;
        };
        let Some(values) = floats(&view.dtype().to_string(), view.data()) else {
            return Err(EncoderError::WrongType {
                file: file.to_owned(),
                tensor: plain.to_owned(),
                got: view.dtype().to_string(),
            });
        };
        let shape = view.shape().to_vec();
        tensors.insert(plain.to_owned(), PlainTensor { shape, values });
    }
    Ok(Raw { tensors, frames })
}

fn read_pytorch(file: &Path) -> Result<Raw, EncoderError> {
    fs::File::open(file).map_err(|source| EncoderError::File {
        file: file.to_owned(),
        source,
    })?;
    let not_checkpoint = |reason: String| EncoderError::NotCheckpoint {
        file: file.to_owned(),
        reason,
    };
    let reader = PytorchReader::new(file).map_err(|error| not_checkpoint(error.to_string()))?;
    let mut tensors = BTreeMap::new();
    let found: BTreeMap<_, _> = reader.into_tensors().into_iter().collect();
    for (name, tensor) in &found {
        let Some(plain) = plain_name(name) else {
            continue;
        };
        let kind = match tensor.dtype() {
            DType::F64 => "F64",
            DType::F32 => "F32",
            DType::F16 => "F16",
            DType::BF16 => "BF16",
            other => {
                return Err(EncoderError::WrongType {
                    file: file.to_owned(),
                    tensor: plain.to_owned(),
                    got: format!("{other:?}"),
                });
            }
        };
        let bytes = tensor
            .read()
            .map_err(|error| not_checkpoint(error.to_string()))?;
        let values = floats(kind, &bytes).unwrap_or_default();
        let shape = tensor.shape().to_vec();
        tensors.insert(plain.to_owned(), PlainTensor { shape, values });
    }
    Ok(Raw {
        tensors,
        frames: None,
    })
}

/// Little-endian floats of any width as f32; `None` for other types.
fn floats(kind: &str, bytes: &[u8]) -> Option<Vec<f32>> {
    let values = match kind {
        "F64" => {
            let (wide, _) = bytes.as_chunks();
            wide.iter().map(|x| f64::from_le_bytes(*x) as f32).collect()
        }
        "F32" => {
            let (wide, _) = bytes.as_chunks();
            wide.iter().map(|x| f32::from_le_bytes(*x)).collect()
        }
        "F16" => {
            let (wide, _) = bytes.as_chunks();
            wide.iter()
                .map(|x| half::f16::from_le_bytes(*x).to_f32())
                .collect()
        }
        "BF16" => {
            let (wide, _) = bytes.as_chunks();
            wide.iter()
                .map(|x| half::bf16::from_le_bytes(*x).to_f32())
                .collect()
        }
        _ => return None,
    };
    Some(values)
}
