//! Which of the four streams speak for a clip.

use super::{Encoding, StreamEncoding, fused};
use crate::window::clip::Stream;

/// Which of the encoder's four streams a clip's feature and logits come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StreamView {
    /// The weighted mean of all four, as everywhere else.
    #[default]
    Fused,
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

impl StreamView {
    /// What is seen of a clip's four streams.
    pub fn of(self, streams: &[StreamEncoding; 4]) -> Encoding {
        let alone = |stream: Stream| Encoding {
            feature: streams[stream as usize].feature.clone(),
            seen_logits: streams[stream as usize].logits.clone(),
        };
        match self {
            Self::Fused => fused(streams),
            Self::Joint => alone(Stream::Joint),
            Self::Bone => alone(Stream::Bone),
            Self::JointMotion => alone(Stream::JointMotion),
            Self::BoneMotion => alone(Stream::BoneMotion),
            Self::SideBySide => Encoding {
                feature: streams
                    .iter()
                    .flat_map(|stream| stream.feature.iter().copied())
                    .collect(),
                seen_logits: fused(streams).seen_logits,
            },
        }
    }
}
