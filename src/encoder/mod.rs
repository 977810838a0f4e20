//! 4s-Shift-GCN: a clip becomes a 256-d feature and the logits of the seen classes.

pub mod config;
pub mod cpu;
pub mod error;
pub(crate) mod fold;
pub(crate) mod gather;
mod measures;
pub(crate) mod product;
pub(crate) mod shift;
pub mod shift_gcn;
pub(crate) mod simd;
mod view;
pub mod weights;
pub(crate) mod wide;

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefMutIterator as _, ParallelIterator as _,
};

pub use self::config::ShiftGcnConfig;
use self::cpu::CpuStream;
pub use self::cpu::StreamEncoding;
pub use self::error::EncoderError;
pub use self::measures::{MEASURES_FILE, MeasuresHead};
use self::shift_gcn::ShiftGcn;
pub use self::view::FeatureView;
use self::weights::StreamWeights;
use crate::encoder::config::{COORDINATES, JOINTS};
use crate::window::clip::{Clip, ClipConfig, Stream};

/// Weights of the streams in a fused score, in the order of [`Stream::ALL`] (released code, `ensemble.py`).
pub const STREAM_WEIGHTS: [f32; 4] = [0.6, 0.6, 0.4, 0.4];

/// Frames of a clip where the weights do not say what they were trained on.
const DEFAULT_FRAMES: usize = 64;

/// What the encoder says of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The fused penultimate feature, 256 wide in the published size, or what else the encoder's view makes of a clip.
    pub feature: Vec<f32>,
    /// Logits of the seen classes: the four streams' weighted sum.
    pub seen_logits: Vec<f32>,
}

/// The four streams, ready to run.
#[derive(Clone, Debug)]
pub struct Encoder {
    streams: [StreamNetwork; 4],
    config: ShiftGcnConfig,
    frames: usize,
    view: FeatureView,
    measures: Option<MeasuresHead>,
}

/// A stream where it runs: our own loops on the CPU, burn on a GPU.
#[derive(Clone, Debug)]
enum StreamNetwork {
    Cpu(Box<CpuStream>),
    Device(Box<ShiftGcn>),
}

/// A stream's name in file names.
pub fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Joint => "joint",
        Stream::Bone => "bone",
        Stream::JointMotion => "joint_motion",
        Stream::BoneMotion => "bone_motion",
    }
}

/// The four files of a folder: `joint.safetensors` ..., else the same as `.pt`, else NTU's `xsub-joint.pt` ....
pub fn stream_files(folder: &Path) -> Result<[PathBuf; 4], EncoderError> {
    let mut files = [const { PathBuf::new() }; 4];
    for (file, stream) in files.iter_mut().zip(Stream::ALL) {
        let name = stream_name(stream);
        let dashed = name.replace('_', "-");
        let names = [
            format!("{name}.safetensors"),
            format!("{name}.pt"),
            format!("xsub-{dashed}.safetensors"),
            format!("xsub-{dashed}.pt"),
        ];
        let found = names.iter().find(|name| folder.join(name).is_file());
        let Some(found) = found else {
            return Err(EncoderError::NoStream {
                folder: folder.to_owned(),
                stream: name.replace('_', " "),
                expected: names.to_vec(),
            });
        };
        *file = folder.join(found);
    }
    Ok(files)
}

impl Encoder {
    /// Loads the four streams of a folder (see [`stream_files`]) for a device, and the head of the measures beside them.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, EncoderError> {
        let measures = Some(folder.join(MEASURES_FILE)).filter(|file| file.is_file());
        Self::load_files(&stream_files(folder)?, measures.as_deref(), device)
    }

    /// Loads four files in the order of [`Stream::ALL`], and the head of the measures where there is one.
    pub fn load_files(
        files: &[PathBuf; 4],
        measures: Option<&Path>,
        device: &Device,
    ) -> Result<Self, EncoderError> {
        let mut streams = Vec::with_capacity(files.len());
        for file in files {
            streams.push(StreamWeights::read(file)?);
        }
        let first = &streams[0];
        for (file, stream) in files.iter().zip(&streams) {
            let counts = |weights: &StreamWeights| {
                let config = weights.config();
                [
                    ("classes", config.classes),
                    ("features", config.feature),
                    ("bodies", config.bodies),
                    ("frames", weights.frames.unwrap_or(DEFAULT_FRAMES)),
                ]
            };
            for ((what, expected), (_, got)) in counts(first).into_iter().zip(counts(stream)) {
                if got != expected {
                    return Err(EncoderError::StreamsDiffer {
                        file: file.clone(),
                        what,
                        expected,
                        got,
                    });
                }
            }
        }
        let weights = [&streams[0], &streams[1], &streams[2], &streams[3]];
        let mut encoder = Self::from_weights(weights, device);
        if let Some(file) = measures {
            encoder.measures = Some(MeasuresHead::read(file, encoder.classes())?);
        }
        Ok(encoder)
    }

    /// Makes an encoder of four streams of one kind, in the order of [`Stream::ALL`].
    pub fn from_weights(streams: [&StreamWeights; 4], device: &Device) -> Self {
        let on_cpu = *device == Device::flex();
        let network = |weights: &StreamWeights| {
            if on_cpu {
                StreamNetwork::Cpu(Box::new(CpuStream::new(weights)))
            } else {
                StreamNetwork::Device(Box::new(ShiftGcn::new(weights, device)))
            }
        };
        Self {
            config: *streams[0].config(),
            frames: streams[0].frames.unwrap_or(DEFAULT_FRAMES),
            view: FeatureView::Fused,
            measures: None,
            streams: streams.map(network),
        }
    }

    /// Seen classes: the length of [`Encoding::seen_logits`].
    pub fn classes(&self) -> usize {
        self.config.classes
    }

    /// The length of [`Encoding::feature`].
    pub fn feature_width(&self) -> usize {
        self.view.width(self.config.feature)
    }

    /// Bodies that the streams were trained on, 1 or 2.
    pub fn bodies(&self) -> usize {
        self.config.bodies
    }

    /// Frames of the clips that the streams were trained on.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The shape of the clips that the streams were trained on.
    pub fn clip_config(&self) -> ClipConfig {
        ClipConfig::uniform(self.config.bodies, self.frames)
    }

    /// Says what clip length to use where the files do not; clips of any length that is a multiple of 4 are encoded.
    pub fn set_frames(&mut self, frames: usize) {
        self.frames = frames;
    }

    /// Says what a clip's feature is made of; the streams' mean where nothing is said.
    pub fn set_view(&mut self, view: FeatureView) {
        self.view = view;
    }

    /// What a clip's feature is made of.
    pub fn view(&self) -> FeatureView {
        self.view
    }

    /// Encodes a blank clip where the streams run on a device, which makes its programs when they are first needed: that
    /// takes seconds, and the first frames would wait for it.
    pub fn warm_up(&mut self) -> Result<(), EncoderError> {
        let on_device = |network: &StreamNetwork| matches!(network, StreamNetwork::Device(_));
        if self.streams.iter().any(on_device) {
            self.encode_blank()?;
        }
        Ok(())
    }

    /// Encodes a clip in which one person does nothing, to see how long a clip takes.
    pub fn encode_blank(&mut self) -> Result<(), EncoderError> {
        let [bodies, frames] = [self.config.bodies, self.frames];
        let blank = Clip {
            joints: vec![0.0; bodies * frames * JOINTS * COORDINATES],
            bodies,
            frames,
            measures: None,
            card: None,
        };
        self.encode_streams(&[blank]).map(drop)
    }

    /// Encodes a batch of clips.
    pub fn encode(&mut self, clips: &[Clip]) -> Result<Vec<Encoding>, EncoderError> {
        let streams = self.encode_streams(clips)?;
        let seen = streams.iter().zip(clips);
        seen.map(|(streams, clip)| self.view.of(streams, clip, self.measures.as_ref()))
            .collect()
    }

    /// Encodes a batch of clips and keeps the streams apart, in the order of [`Stream::ALL`].
    pub fn encode_streams(
        &mut self,
        clips: &[Clip],
    ) -> Result<Vec<[StreamEncoding; 4]>, EncoderError> {
        let per_stream: Vec<Vec<StreamEncoding>> = self
            .streams
            .par_iter_mut()
            .zip(Stream::ALL)
            .map(|(network, stream)| network.encode(clips, stream))
            .collect::<Result<_, _>>()?;
        let mut columns: Vec<_> = per_stream.into_iter().map(Vec::into_iter).collect();
        let mut clips = Vec::with_capacity(clips.len());
        while let [joint, bone, joint_motion, bone_motion] = columns.as_mut_slice()
            && let (Some(joint), Some(bone)) = (joint.next(), bone.next())
            && let (Some(joint_motion), Some(bone_motion)) =
                (joint_motion.next(), bone_motion.next())
        {
            clips.push([joint, bone, joint_motion, bone_motion]);
        }
        Ok(clips)
    }
}

impl StreamNetwork {
    fn encode(
        &mut self,
        clips: &[Clip],
        stream: Stream,
    ) -> Result<Vec<StreamEncoding>, EncoderError> {
        match self {
            Self::Cpu(network) => clips
                .iter()
                .map(|clip| network.encode(&clip.stream(stream), clip.bodies, clip.frames))
                .collect(),
            Self::Device(network) => {
                // Clips of one length go together; an order of their own would have to be undone.
                let mut encodings = Vec::with_capacity(clips.len());
                let alike = |a: &Clip, b: &Clip| (a.bodies, a.frames) == (b.bodies, b.frames);
                for group in clips.chunk_by(alike) {
                    let values: Vec<Vec<f32>> =
                        group.iter().map(|clip| clip.stream(stream)).collect();
                    let values: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
                    let (bodies, frames) = (group[0].bodies, group[0].frames);
                    encodings.extend(network.encode(&values, bodies, frames)?);
                }
                Ok(encodings)
            }
        }
    }
}

/// The streams as one: features by the normalised [`STREAM_WEIGHTS`], logits by the weights themselves.
pub fn fused(streams: &[StreamEncoding; 4]) -> Encoding {
    let total: f32 = STREAM_WEIGHTS.iter().sum();
    let mut feature = vec![0.0; streams[0].feature.len()];
    let mut seen_logits = vec![0.0; streams[0].logits.len()];
    for (stream, weight) in streams.iter().zip(STREAM_WEIGHTS) {
        for (sum, value) in feature.iter_mut().zip(&stream.feature) {
            *sum += weight / total * value;
        }
        for (sum, value) in seen_logits.iter_mut().zip(&stream.logits) {
            *sum += weight * value;
        }
    }
    Encoding {
        feature,
        seen_logits,
    }
}
