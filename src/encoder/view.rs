//! What speaks for a clip: the four streams, some of them, and what was measured without them.

use super::measures::MeasuresHead;
use super::{EncoderError, Encoding, StreamEncoding, fused};
use crate::window::clip::{Clip, Stream};
use crate::window::{KINEMATIC_MEASURES, READ};
use serde::{Deserialize, Serialize};

/// What a clip's feature is made of, and whose its logits are.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureView {
    /// The weighted mean of all four streams, as published.
    #[default]
    Fused,
    /// The weighted mean of all four streams, and beside it the kinematic measures, with a say in the logits.
    Measured,
    /// The same, and at its end the motion card that is read from the movement.
    Read,
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
            Self::Read => stream + KINEMATIC_MEASURES + READ.len(),
            Self::Measures => KINEMATIC_MEASURES,
            Self::SideBySide => 4 * stream,
            Self::Fused | Self::Joint | Self::Bone | Self::JointMotion | Self::BoneMotion => stream,
        }
    }

    /// Whether the feature ends with the motion card that is read from the movement, [`READ`].
    pub fn reads_cards(self) -> bool {
        self == Self::Read
    }

    /// Whether anything of the feature follows rules ([`RULES`]), and not the network alone.
    ///
    /// [`RULES`]: crate::window::RULES
    pub fn follows_rules(self) -> bool {
        match self {
            Self::Measured | Self::Read | Self::Measures => true,
            Self::Fused
            | Self::Joint
            | Self::Bone
            | Self::JointMotion
            | Self::BoneMotion
            | Self::SideBySide => false,
        }
    }

    /// What is seen of a clip and its four streams; a `head` speaks for the measures where these have a say.
    pub fn of(
        self,
        streams: &[StreamEncoding; 4],
        clip: &Clip,
        head: Option<&MeasuresHead>,
    ) -> Result<Encoding, EncoderError> {
        let Encoding {
            mut feature,
            mut seen_logits,
        } = fused(streams);
        match self {
            Self::Fused => {}
            Self::Measured | Self::Read | Self::Measures => {
                let measures = clip.measures.as_deref().ok_or(EncoderError::NotMeasured)?;
                if let Some(head) = head {
                    head.add_to(&mut seen_logits, measures);
                }
                if self == Self::Measures {
                    feature.clear();
                }
                feature.extend(measures);
                if self.reads_cards() {
                    feature.extend(clip.card.as_deref().ok_or(EncoderError::NotMeasured)?);
                }
            }
            Self::Joint => return Ok(alone(streams, Stream::Joint)),
            Self::Bone => return Ok(alone(streams, Stream::Bone)),
            Self::JointMotion => return Ok(alone(streams, Stream::JointMotion)),
            Self::BoneMotion => return Ok(alone(streams, Stream::BoneMotion)),
            Self::SideBySide => {
                feature = streams.each_ref().map(|x| x.feature.as_slice()).concat();
            }
        }
        Ok(Encoding {
            feature,
            seen_logits,
        })
    }
}

fn alone(streams: &[StreamEncoding; 4], stream: Stream) -> Encoding {
    let StreamEncoding { feature, logits } = &streams[stream as usize];
    Encoding {
        feature: feature.clone(),
        seen_logits: logits.clone(),
    }
}
