//! What a teacher says of every clip, and of its mirror image: computed once and kept in a file.

use std::path::Path;

use indicatif::ProgressBar;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use super::TrainError;
use super::augment::mirrored;
use super::data::LabelledClip;
use crate::encoder::cpu::CpuStream;
use crate::encoder::stream_files;
use crate::encoder::weights::StreamWeights;
use crate::skeleton::{Frame, JOINT_COUNT};
use crate::whole_file::{self, Readers};
use crate::window::clip::{Clip, ClipConfig, Stream};

/// Features of a teacher, `[clip][as recorded, mirrored][stream][feature]`.
#[derive(Clone, Debug)]
pub(crate) struct Teacher {
    pub(crate) width: usize,
    features: Vec<f32>,
}

/// Views per clip: as recorded, and mirrored.
const VIEWS: usize = 2;

impl Teacher {
    /// A clip's feature, by its place in the list that the teacher was made for.
    pub(crate) fn feature(&self, clip: usize, is_mirrored: bool, stream: usize) -> &[f32] {
        let at = ((clip * VIEWS + usize::from(is_mirrored)) * 4 + stream) * self.width;
        &self.features[at..at + self.width]
    }

    /// Reads what an earlier run kept for these clips, or asks the teacher and keeps it.
    pub(crate) fn read_or_make(
        cache: &Path,
        folder: &Path,
        shape: ClipConfig,
        clips: &[LabelledClip],
    ) -> Result<Self, TrainError> {
        if let Some(teacher) = Self::read(cache, clips.len(), shape) {
            tracing::info!("the teacher's features come from {}", cache.display());
            return Ok(teacher);
        }
        let teacher = Self::make(folder, shape, clips)?;
        teacher.write(cache, clips.len(), shape)?;
        Ok(teacher)
    }

    fn read(cache: &Path, clips: usize, shape: ClipConfig) -> Option<Self> {
        let bytes = std::fs::read(cache).ok()?;
        let whole = SafeTensors::deserialize(&bytes).ok()?;
        let view = whole.tensor(&tensor_name(shape)).ok()?;
        let width = *view.shape().last()?;
        if view.shape() != [clips, VIEWS, 4, width] || view.dtype() != Dtype::F32 {
            return None;
        }
        let (values, _) = view.data().as_chunks();
        Some(Self {
            width,
            features: values.iter().map(|x| f32::from_le_bytes(*x)).collect(),
        })
    }

    fn write(&self, cache: &Path, clips: usize, shape: ClipConfig) -> Result<(), TrainError> {
        let bytes: Vec<u8> = self.features.iter().flat_map(|x| x.to_le_bytes()).collect();
        let size = vec![clips, VIEWS, 4, self.width];
        let not_written = |source| TrainError::File {
            file: cache.to_owned(),
            source,
        };
        let other = |error: safetensors::SafeTensorError| {
            not_written(std::io::Error::other(error.to_string()))
        };
        let view = TensorView::new(Dtype::F32, size, &bytes).map_err(other)?;
        let whole = serialize([(tensor_name(shape), view)], None).map_err(other)?;
        whole_file::write(cache, whole, Readers::Everybody).map_err(not_written)
    }

    fn make(folder: &Path, shape: ClipConfig, clips: &[LabelledClip]) -> Result<Self, TrainError> {
        let mut weights = stream_weights(folder)?;
        if shape.bodies == 1 {
            // An absent second body would only add a constant to every feature.
            weights = weights
                .into_iter()
                .map(StreamWeights::for_one_body)
                .collect();
        }
        let bar = ProgressBar::new((clips.len() * VIEWS) as u64).with_message("teacher's features");
        bar.set_style(super::bar_style());
        let both = |clip: &LabelledClip| vec![clip.frames.clone(), mirrored(&clip.frames)];
        let views: Vec<Vec<Frame>> = clips.iter().flat_map(both).collect();
        let rows = clip_features(&weights, &views, shape, &bar)?;
        bar.finish();
        Ok(Self {
            width: weights
                .first()
                .map_or(0, |weights| weights.config().feature),
            features: rows.into_iter().flat_map(|row| row.streams).collect(),
        })
    }
}

/// What the features of clips of a shape are called in the file.
fn tensor_name(shape: ClipConfig) -> String {
    match shape.bodies {
        1 => format!("features-{}", shape.frames),
        bodies => format!("features-{}-{bodies}", shape.frames),
    }
}

/// What is known of one clip.
#[derive(Clone, Debug)]
pub(crate) struct ClipFeatures {
    /// The four streams' features, `[stream][feature]`.
    pub(crate) streams: Vec<f32>,
    /// The kinematic measures.
    pub(crate) measures: Vec<f32>,
}

/// The four streams' weights of a folder.
pub(crate) fn stream_weights(folder: &Path) -> Result<Vec<StreamWeights>, TrainError> {
    let files = stream_files(folder)?;
    let read = files.iter().map(|file| Ok(StreamWeights::read(file)?));
    read.collect()
}

/// The features and measures of recordings as clips of a shape; every processor works on some.
pub(crate) fn clip_features<R: AsRef<[Frame]> + Sync>(
    weights: &[StreamWeights],
    recordings: &[R],
    shape: ClipConfig,
    bar: &ProgressBar,
) -> Result<Vec<ClipFeatures>, TrainError> {
    let ClipConfig { bodies, frames, .. } = shape;
    let mut streams: Vec<CpuStream> = weights.iter().map(CpuStream::new).collect();
    // What an absent second body looks like is worked out here once, before the streams are copied.
    let still = vec![0.0; frames * JOINT_COUNT * 3];
    for network in &mut streams {
        network.encode(&still, 1, frames)?;
    }
    let parts: Vec<Vec<ClipFeatures>> = recordings
        .par_chunks(16)
        .map(|part| {
            let mut networks = streams.clone();
            part.iter()
                .map(|recording| {
                    let clip = Clip::from_frames(recording.as_ref(), &shape)?;
                    let mut streams = Vec::new();
                    for (network, stream) in networks.iter_mut().zip(Stream::ALL) {
                        let values = clip.stream(stream);
                        streams.extend(network.encode(&values, bodies, frames)?.feature);
                    }
                    bar.inc(1);
                    let measures = clip.measures.unwrap_or_default();
                    Ok(ClipFeatures { streams, measures })
                })
                .collect::<Result<_, TrainError>>()
        })
        .collect::<Result<_, TrainError>>()?;
    Ok(parts.into_iter().flatten().collect())
}
