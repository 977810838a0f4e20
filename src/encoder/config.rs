//! The size of a Shift-GCN: widths, classes and bodies, and the names and shapes of its tensors.

use std::collections::BTreeMap;

/// Coordinates of a joint: what the first block reads.
pub const COORDINATES: usize = 3;

/// Joints of a body: the released graph knows the 25 of Kinect v2.
pub const JOINTS: usize = 25;

/// Blocks of the network, `l1` to `l10` in PyTorch's names.
pub const BLOCK_COUNT: usize = 10;

/// The size of one stream's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftGcnConfig {
    /// Classes of the last layer.
    pub classes: usize,
    /// Channels of blocks 1-4, 5-7 and 8-10. Published: 64, 128, 256.
    pub widths: [usize; 3],
    /// Width of the feature: that of block 10 as published, else a linear layer of ours makes it so.
    pub feature: usize,
    /// Bodies that the input's batch norm was made for, 1 or 2.
    pub bodies: usize,
}

/// What a block adds to its temporal part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residual {
    /// Nothing: block 1.
    None,
    /// Its input.
    Identity,
    /// Its input through a strided 1x1 convolution and batch norm.
    Product,
}

/// The size of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockConfig {
    /// Channels read.
    pub input: usize,
    /// Channels written.
    pub output: usize,
    /// Temporal stride, 1 or 2.
    pub stride: usize,
    /// What is added to the temporal part.
    pub residual: Residual,
}

impl BlockConfig {
    /// Whether the spatial part needs a product (`down`) before its input can be added.
    pub fn has_down(&self) -> bool {
        self.input != self.output
    }
}

impl ShiftGcnConfig {
    /// The published size: 64, 128 and 256 channels.
    pub fn published(classes: usize, bodies: usize) -> Self {
        Self {
            classes,
            widths: [64, 128, 256],
            feature: 256,
            bodies,
        }
    }

    /// Whether a linear layer of ours lies between block 10 and the feature: a narrow network that learns from a
    /// wide one speaks in features of the wide one's width.
    pub fn has_projection(&self) -> bool {
        self.feature != self.widths[2]
    }

    /// The ten blocks (Shift-GCN, `model/shift_gcn.py`, `Model.__init__`).
    pub fn blocks(&self) -> [BlockConfig; BLOCK_COUNT] {
        let [first, second, third] = self.widths;
        let plain = |width| BlockConfig {
            input: width,
            output: width,
            stride: 1,
            residual: Residual::Identity,
        };
        let strided = |input, output| BlockConfig {
            input,
            output,
            stride: 2,
            residual: Residual::Product,
        };
        let opening = BlockConfig {
            input: COORDINATES,
            output: first,
            stride: 1,
            residual: Residual::None,
        };
        [
            opening,
            plain(first),
            plain(first),
            plain(first),
            strided(first, second),
            plain(second),
            plain(second),
            strided(second, third),
            plain(third),
            plain(third),
        ]
    }

    /// PyTorch's names and shapes of all tensors that the network computes with.
    ///
    /// Left out are those that carry no information: `xpos` (a no-op in the released code),
    /// the spatial shifts' index tables and the batch norms' counters.
    pub fn tensors(&self) -> BTreeMap<String, Vec<usize>> {
        let mut tensors = BTreeMap::new();
        let norm = |tensors: &mut BTreeMap<_, _>, name: &str, width: usize| {
            for part in ["weight", "bias", "running_mean", "running_var"] {
                tensors.insert(format!("{name}.{part}"), vec![width]);
            }
        };
        norm(&mut tensors, "data_bn", self.bodies * JOINTS * COORDINATES);
        for (index, block) in self.blocks().iter().enumerate() {
            let name = format!("l{}", index + 1);
            let (input, output) = (block.input, block.output);
            let mut insert = |part: &str, shape: &[usize]| {
                tensors.insert(format!("{name}.{part}"), shape.to_vec());
            };
            insert("gcn1.Linear_weight", &[input, output]);
            insert("gcn1.Linear_bias", &[1, 1, output]);
            insert("gcn1.Feature_Mask", &[1, JOINTS, input]);
            if block.has_down() {
                insert("gcn1.down.0.weight", &[output, input, 1, 1]);
                insert("gcn1.down.0.bias", &[output]);
            }
            insert("tcn1.shift_in.ypos", &[output]);
            insert("tcn1.shift_out.ypos", &[output]);
            insert("tcn1.temporal_linear.weight", &[output, output, 1, 1]);
            insert("tcn1.temporal_linear.bias", &[output]);
            if block.residual == Residual::Product {
                insert("residual.conv.weight", &[output, input, 1, 1]);
                insert("residual.conv.bias", &[output]);
                norm(&mut tensors, &format!("{name}.residual.bn"), output);
            }
            if block.has_down() {
                norm(&mut tensors, &format!("{name}.gcn1.down.1"), output);
            }
            norm(&mut tensors, &format!("{name}.gcn1.bn"), JOINTS * output);
            norm(&mut tensors, &format!("{name}.tcn1.bn"), output);
            norm(&mut tensors, &format!("{name}.tcn1.bn2"), output);
        }
        if self.has_projection() {
            tensors.insert(
                "feature.weight".to_owned(),
                vec![self.feature, self.widths[2]],
            );
            tensors.insert("feature.bias".to_owned(), vec![self.feature]);
        }
        tensors.insert("fc.weight".to_owned(), vec![self.classes, self.feature]);
        tensors.insert("fc.bias".to_owned(), vec![self.classes]);
        tensors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_size_has_the_published_parameters() {
        let shapes = ShiftGcnConfig::published(60, 2).tensors();
        let trained: usize = shapes
            .iter()
            .filter(|(name, _)| !name.contains("running"))
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        // 693,107 (synse-notes) counts the xpos tensors too: 2 per block, as wide as the block.
        let xpos: usize = ShiftGcnConfig::published(60, 2)
            .blocks()
            .iter()
            .map(|block| 2 * block.output)
            .sum();
        assert_eq!(trained + xpos, 693_107);
    }
}
