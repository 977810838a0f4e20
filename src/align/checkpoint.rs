//! The checkpoints that the authors' scripts write: a PyTorch file for each network, `se_1699.pth.tar` and so on.

use super::AlignError;
use super::network::{Dense, Network};
use super::original::{classifier_of, network_of};
use super::tensor_file::TensorFile;
use burn_store::pytorch_reader::{DType, PytorchReader};
use safetensors::serialize;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Encoders and decoders of skeleton, noun and verb, as the files are called.
const NETWORKS: [&str; 6] = ["se", "sd", "tne", "tnd", "tve", "tvd"];

/// The classifier's file, as the release spells it, and as one would.
const CLASSIFIERS: [&str; 2] = ["clasifier.pth.tar", "classifier.pth.tar"];

/// What a name of a checkpoint ends in.
const ENDING: &str = ".pth.tar";

/// Reads the six networks of a folder of checkpoints, of the epoch asked for or the only one there.
pub fn network_from_checkpoints(
    folder: &Path,
    epoch: Option<usize>,
) -> Result<Network, AlignError> {
    let epoch = match epoch {
        Some(epoch) => epoch,
        None => only_epoch(folder)?,
    };
    let mut tensors = BTreeMap::new();
    for network in NETWORKS {
        let path = folder.join(format!("{network}_{epoch}{ENDING}"));
        for (name, tensor) in state(&path)? {
            tensors.insert(format!("{network}.{name}"), tensor);
        }
    }
    let bytes = packed(folder, &tensors)?;
    network_of(&TensorFile::new(folder, &bytes)?)
}

/// Reads the classifier of a folder of checkpoints; `None` where there is none.
pub fn classifier_from_checkpoints(folder: &Path) -> Result<Option<Dense>, AlignError> {
    let Some(path) = CLASSIFIERS
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
    else {
        return Ok(None);
    };
    let bytes = packed(&path, &state(&path)?)?;
    classifier_of(&TensorFile::new(&path, &bytes)?).map(Some)
}

fn only_epoch(folder: &Path) -> Result<usize, AlignError> {
    let file = |source| AlignError::File {
        path: folder.to_owned(),
        source,
    };
    let mut epochs: Vec<usize> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file)? {
        let name = entry.map_err(file)?.file_name();
        let name = name.to_string_lossy();
        let epoch = name
            .strip_prefix("se_")
            .and_then(|rest| rest.strip_suffix(ENDING));
        epochs.extend(epoch.and_then(|epoch| epoch.parse::<usize>().ok()));
    }
    epochs.sort_unstable();
    match epochs[..] {
        [epoch] => Ok(epoch),
        [] => Err(AlignError::Unsolvable(format!(
            "{}: expected checkpoints se_EPOCH.pth.tar, sd_, tne_, tnd_, tve_ and tvd_; there is no se_",
            folder.display()
        ))),
        _ => Err(AlignError::Unsolvable(format!(
            "{}: there are checkpoints of the epochs {epochs:?}; say which",
            folder.display()
        ))),
    }
}

/// Shape and values of each tensor.
type State = BTreeMap<String, (Vec<usize>, Vec<u8>)>;

/// The tensors below `state_dict` of one file. A pickle is never executed.
fn state(path: &Path) -> Result<State, AlignError> {
    std::fs::File::open(path).map_err(|source| AlignError::File {
        path: path.to_owned(),
        source,
    })?;
    let wrong = |name: &str, reason: String| AlignError::Tensor {
        path: PathBuf::from(path),
        name: name.to_owned(),
        reason,
    };
    let reader = PytorchReader::with_top_level_key(path, "state_dict")
        .map_err(|error| wrong("state_dict", error.to_string()))?;
    let mut found = State::new();
    let tensors: BTreeMap<_, _> = reader.into_tensors().into_iter().collect();
    for (name, tensor) in tensors {
        if tensor.dtype() != DType::F32 {
            return Err(wrong(
                &name,
                format!("expected F32, found {:?}", tensor.dtype()),
            ));
        }
        let bytes = tensor
            .read()
            .map_err(|error| wrong(&name, error.to_string()))?;
        found.insert(name, (tensor.shape().to_vec(), bytes));
    }
    Ok(found)
}

/// The tensors as a safetensors file in memory, to be checked as those on disk are.
fn packed(path: &Path, state: &State) -> Result<Vec<u8>, AlignError> {
    let wrong = |source| AlignError::Format {
        path: path.to_owned(),
        source,
    };
    let mut views = Vec::with_capacity(state.len());
    for (name, (shape, bytes)) in state {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(wrong)?;
        views.push((name.as_str(), view));
    }
    serialize(views, None).map_err(wrong)
}
