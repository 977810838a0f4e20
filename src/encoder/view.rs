//! What speaks for a clip: the four streams, some of them, and what was measured without them.

use super::{EncoderError, Encoding, StreamEncoding, fused};
use crate::window::KINEMATIC_MEASURES;
use crate::window::clip::{Clip, Stream};
use serde::{Deserialize, Serialize};

/// What a clip's feature is made of; the logits are the streams' in any case.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureView {
    /// The weighted mean of all four streams, as published.
    #[default]
    Fused,
    /// The weighted mean of all four streams, and beside it the kinematic measures.
    Measured,
    /// The kinematic measures alone.
    Measures,
    /// Joint positions alone.
    Joint,
    /// Bones alone.
    Bone,
    /// The joints' motion alone.
    JointMotion,
    /// The bones' motion alone.
    BoneMotion,
    /// All four features one after the other, with the fused logits.
    SideBySide,
}

impl FeatureView {
    /// The length of the feature, of streams whose own features are `stream` long.
    pub fn width(self, stream: usize) -> usize {
        match self {
            Self::Measured => stream + KINEMATIC_MEASURES,
            Self::Measures => KINEMATIC_MEASURES,
            Self::SideBySide => 4 * stream,
            Self::Fused | Self::Joint | Self::Bone | Self::JointMotion | Self::BoneMotion => stream,
        }
    }

    /// What is seen of a clip and its four streams.
    pub fn of(self, streams: &[StreamEncoding; 4], clip: &Clip) -> Result<Encoding, EncoderError> {
        let measures = || clip.measures.as_deref().ok_or(EncoderError::NotMeasured);
        let alone = |stream: Stream| Encoding {
            feature: streams[stream as usize].feature.clone(),
            seen_logits: streams[stream as usize].logits.clone(),
        };
        let fused = fused(streams);
        Ok(match self {
            Self::Fused => fused,
            Self::Measured => Encoding {
                feature: [fused.feature.as_slice(), measures()?].concat(),
                ..fused
            },
            Self::Measures => Encoding {
                feature: measures()?.to_vec(),
                ..fused
            },
            Self::Joint => alone(Stream::Joint),
            Self::Bone => alone(Stream::Bone),
            Self::JointMotion => alone(Stream::JointMotion),
            Self::BoneMotion => alone(Stream::BoneMotion),
            Self::SideBySide => Encoding {
                feature: streams
                    .iter()
                    .flat_map(|stream| stream.feature.iter().copied())
                    .collect(),
                ..fused
            },
        })
    }
}
