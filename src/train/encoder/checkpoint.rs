//! A stopped training in one file: weights, the optimiser's memory, how far it came and what its last epoch reported.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use super::TrainError;
use super::network::Network;
use super::optimizer::Optimizer;
use super::stream::EpochReport;
use crate::encoder::weights::{PlainTensor, StreamWeights};
use crate::encoder::{EncoderError, ShiftGcnConfig};
use crate::whole_file::{self, Readers};

/// What a checkpoint holds.
pub(crate) struct Saved {
    pub(crate) weights: StreamWeights,
    pub(crate) first: Vec<Vec<f32>>,
    pub(crate) second: Vec<Vec<f32>>,
    pub(crate) steps: u64,
    pub(crate) epochs: usize,
    /// What the last epoch reported; `None` in one of an older version.
    pub(crate) report: Option<EpochReport>,
}

/// Writes a checkpoint in full or not at all.
pub(crate) fn write(
    file: &Path,
    weights: &StreamWeights,
    optimizer: &Optimizer,
    epochs: usize,
    report: EpochReport,
) -> Result<(), TrainError> {
    let mut parts: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let bytes = |values: &[f32]| {
        values
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    for (name, shape) in weights.config().tensors() {
        let values = bytes(weights.values(&name));
        parts.insert(format!("weights/{name}"), (shape, values));
    }
    for (kind, memories) in [("first", &optimizer.first), ("second", &optimizer.second)] {
        for (index, memory) in memories.iter().enumerate() {
            parts.insert(
                format!("{kind}/{index:03}"),
                (vec![memory.len()], bytes(memory)),
            );
        }
    }
    let failed = |source| TrainError::File {
        file: file.to_owned(),
        source,
    };
    let other =
        |error: safetensors::SafeTensorError| failed(std::io::Error::other(error.to_string()));
    let mut views = Vec::with_capacity(parts.len());
    for (name, (shape, bytes)) in &parts {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(other)?;
        views.push((name.as_str(), view));
    }
    let about = HashMap::from(
        [
            ("epochs", epochs.to_string()),
            ("steps", optimizer.steps.to_string()),
            ("loss", report.loss.to_string()),
            ("class_loss", report.class_loss.to_string()),
            ("feature_loss", report.feature_loss.to_string()),
            ("accuracy", report.accuracy.to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let whole = serialize(views, Some(about)).map_err(other)?;
    whole_file::write(file, whole, Readers::Everybody).map_err(failed)
}

/// Reads a checkpoint of a network of this size.
pub(crate) fn read(file: &Path, size: &ShiftGcnConfig) -> Result<Saved, TrainError> {
    let bytes = std::fs::read(file).map_err(|source| TrainError::File {
        file: file.to_owned(),
        source,
    })?;
    let wrong = |reason: String| {
        TrainError::Encoder(EncoderError::NotCheckpoint {
            file: file.to_owned(),
            reason,
        })
    };
    let whole = SafeTensors::deserialize(&bytes).map_err(|error| wrong(error.to_string()))?;
    let (_, header) =
        SafeTensors::read_metadata(&bytes).map_err(|error| wrong(error.to_string()))?;
    let number = |key: &str| {
        let about = header.metadata().as_ref();
        let value = about.and_then(|about| about.get(key)?.parse::<u64>().ok());
        value.ok_or_else(|| wrong(format!("no number `{key}` in its header")))
    };
    let (epochs, steps) = (number("epochs")? as usize, number("steps")?);
    let reported = |key: &str| {
        let value = header.metadata().as_ref()?.get(key)?;
        value.parse::<f32>().ok()
    };
    let report = || {
        Some(EpochReport {
            loss: reported("loss")?,
            class_loss: reported("class_loss")?,
            feature_loss: reported("feature_loss")?,
            accuracy: reported("accuracy")?,
        })
    };
    let mut tensors = BTreeMap::new();
    let mut memories = [BTreeMap::new(), BTreeMap::new()];
    for (name, view) in whole.iter() {
        let (values, _) = view.data().as_chunks();
        let values: Vec<f32> = values.iter().map(|x| f32::from_le_bytes(*x)).collect();
        if let Some(name) = name.strip_prefix("weights/") {
            let shape = view.shape().to_vec();
            tensors.insert(name.to_owned(), PlainTensor { shape, values });
        } else if let Some(index) = name.strip_prefix("first/") {
            memories[0].insert(index.to_owned(), values);
        } else if let Some(index) = name.strip_prefix("second/") {
            memories[1].insert(index.to_owned(), values);
        }
    }
    let weights = StreamWeights::new(*size, tensors, None)?;
    let [first, second] = memories.map(|memory| memory.into_values().collect::<Vec<_>>());
    let mut network = Network::new(&weights);
    let lengths: Vec<usize> = network
        .params()
        .iter()
        .map(|(_, p)| p.value.len())
        .collect();
    let fits = |memory: &[Vec<f32>]| {
        memory.is_empty() || memory.iter().map(Vec::len).eq(lengths.iter().copied())
    };
    let second_fits = fits(&second) || second.iter().all(Vec::is_empty);
    if !fits(&first) || !second_fits {
        return Err(wrong(
            "the optimiser's memory fits another network".to_owned(),
        ));
    }
    Ok(Saved {
        weights,
        first,
        second,
        steps,
        epochs,
        report: report(),
    })
}
