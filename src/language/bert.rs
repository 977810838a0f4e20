//! BERT, the encoder under `MiniLM` and its kin, over texts packed one after the other without padding.

use super::error::LanguageError;
use super::weights::Weights;
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::module::layer_norm;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;

/// Added to the score of a word of another text, so that its share after the softmax is 0.
const OTHER_TEXT: f32 = -1e9;

/// `config.json` of a BERT checkpoint, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct BertConfig {
    pub model_type: String,
    pub hidden_act: String,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_attention_heads: usize,
    pub num_hidden_layers: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
}

impl BertConfig {
    /// What makes these settings impossible or unknown to us, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        if self.model_type != "bert" {
            return Some(format!(
                "model_type is {:?}, expected \"bert\"",
                self.model_type
            ));
        }
        if self.hidden_act != "gelu" {
            return Some(format!(
                "hidden_act is {:?}, expected \"gelu\"",
                self.hidden_act
            ));
        }
        let sizes = [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_attention_heads", self.num_attention_heads),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((name, size)) = sizes
            .into_iter()
            .find(|(_, size)| *size == 0 || *size > 1_000_000)
        {
            return Some(format!("{name} is {size}"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Some(format!(
                "hidden_size {} is no multiple of num_attention_heads {}",
                self.hidden_size, self.num_attention_heads
            ));
        }
        None
    }
}

/// Scale and shift after normalising each row.
#[derive(Debug)]
struct Norm {
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
}

impl Norm {
    fn load(weights: &Weights<'_>, name: &str, config: &BertConfig) -> Result<Self, LanguageError> {
        Ok(Self {
            scale: weights.vector(&format!("{name}.weight"), config.hidden_size)?,
            shift: weights.vector(&format!("{name}.bias"), config.hidden_size)?,
            epsilon: config.layer_norm_eps,
        })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        layer_norm(
            x,
            self.scale.clone(),
            Some(self.shift.clone()),
            self.epsilon,
        )
    }
}

/// A dense layer, weight [inputs, outputs].
#[derive(Debug)]
struct Dense {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl Dense {
    fn load(
        weights: &Weights<'_>,
        names: &[String],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, LanguageError> {
        let (weight, bias) = weights.dense(names, inputs, outputs)?;
        Ok(Self {
            weight,
            bias: bias.unsqueeze(),
        })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.clone()) + self.bias.clone()
    }
}

/// One transformer block.
#[derive(Debug)]
struct Block {
    query_key_value: Dense,
    attended: Dense,
    attended_norm: Norm,
    widen: Dense,
    narrow: Dense,
    output_norm: Norm,
    heads: usize,
}

impl Block {
    fn load(
        weights: &Weights<'_>,
        index: usize,
        config: &BertConfig,
    ) -> Result<Self, LanguageError> {
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let projections =
            ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Self {
            query_key_value: Dense::load(weights, &projections, hidden, hidden)?,
            attended: Dense::load(weights, &[name("attention.output.dense")], hidden, hidden)?,
            attended_norm: Norm::load(weights, &name("attention.output.LayerNorm"), config)?,
            widen: Dense::load(weights, &[name("intermediate.dense")], hidden, wide)?,
            narrow: Dense::load(weights, &[name("output.dense")], wide, hidden)?,
            output_norm: Norm::load(weights, &name("output.LayerNorm"), config)?,
            heads: config.num_attention_heads,
        })
    }

    /// x: [words, hidden]; mask: [1, words, words], added to the attention scores.
    fn forward(&self, x: Tensor<2>, mask: Option<&Tensor<3>>) -> Tensor<2> {
        let [words, hidden] = x.dims();
        let width = hidden / self.heads;
        let projected = self.query_key_value.forward(x.clone()); // [words, 3 * hidden]
        let part = |index: usize| {
            projected
                .clone()
                .narrow(1, index * hidden, hidden)
                .reshape([words, self.heads, width])
                .swap_dims(0, 1) // [heads, words, width]
        };
        let scale = 1.0 / (width as f32).sqrt();
        let mut scores = part(0).matmul(part(1).swap_dims(1, 2)) * scale; // [heads, words, words]
        if let Some(mask) = mask {
            scores = scores + mask.clone();
        }
        let mixed = softmax(scores, 2)
            .matmul(part(2)) // [heads, words, width]
            .swap_dims(0, 1)
            .reshape([words, hidden]); // [words, hidden]
        let x = self.attended_norm.forward(x + self.attended.forward(mixed));
        let inner = gelu(self.widen.forward(x.clone())); // [words, intermediate]
        self.output_norm.forward(x + self.narrow.forward(inner))
    }
}

/// The word pieces of several texts, one text after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    ids: Vec<i32>,
    positions: Vec<i32>,
    lengths: Vec<usize>,
}

impl Packed {
    /// Appends a text.
    pub(super) fn push(&mut self, ids: &[u32]) {
        // A vocabulary and a text are far smaller than 2^31.
        self.ids.extend(ids.iter().map(|id| id.cast_signed()));
        self.positions.extend((0_i32..).take(ids.len()));
        self.lengths.push(ids.len());
    }

    /// How many word pieces there are in all.
    pub(super) fn words(&self) -> usize {
        self.ids.len()
    }

    /// How many texts there are.
    pub(super) fn texts(&self) -> usize {
        self.lengths.len()
    }

    /// [1, words, words]: 0 within a text, a large negative number between texts; nothing for one text.
    fn mask(&self, device: &Device) -> Option<Tensor<3>> {
        if self.lengths.len() < 2 {
            return None;
        }
        let words = self.words();
        let mut mask = vec![OTHER_TEXT; words * words];
        let mut start = 0;
        for &length in &self.lengths {
            for row in start..start + length {
                mask[row * words + start..row * words + start + length].fill(0.0);
            }
            start += length;
        }
        Some(Tensor::from_data(
            TensorData::new(mask, [1, words, words]),
            device,
        ))
    }

    /// [texts, words]: each row takes the mean over its text.
    fn pooling(&self, device: &Device) -> Tensor<2> {
        let words = self.words();
        let mut pool = vec![0.0; self.texts() * words];
        let mut start = 0;
        for (text, &length) in self.lengths.iter().enumerate() {
            let row = &mut pool[text * words..][start..start + length];
            row.fill(1.0 / length as f32);
            start += length;
        }
        Tensor::from_data(TensorData::new(pool, [self.texts(), words]), device)
    }
}

/// Embeddings and blocks, without the pooler.
#[derive(Debug)]
pub(super) struct Bert {
    words: Tensor<2>,
    /// Position embeddings, to which the embedding of the first segment is added: there is no second.
    positions: Tensor<2>,
    norm: Norm,
    blocks: Vec<Block>,
    device: Device,
}

impl Bert {
    pub(super) fn load(
        weights: &Weights<'_>,
        config: &BertConfig,
        device: &Device,
    ) -> Result<Self, LanguageError> {
        let table = |name: &str, rows| {
            weights.matrix(
                &format!("embeddings.{name}.weight"),
                rows,
                config.hidden_size,
            )
        };
        let segments = table("token_type_embeddings", config.type_vocab_size)?;
        Ok(Self {
            words: table("word_embeddings", config.vocab_size)?,
            positions: table("position_embeddings", config.max_position_embeddings)?
                + segments.narrow(0, 0, 1),
            norm: Norm::load(weights, "embeddings.LayerNorm", config)?,
            blocks: (0..config.num_hidden_layers)
                .map(|index| Block::load(weights, index, config))
                .collect::<Result<_, _>>()?,
            device: device.clone(),
        })
    }

    /// The mean of the last block's rows over each text: [texts, hidden].
    pub(super) fn forward(&self, packed: &Packed) -> Tensor<2> {
        let words = packed.words();
        let index = |values: &[i32]| {
            Tensor::<1, Int>::from_data(TensorData::new(values.to_vec(), [words]), &self.device)
        };
        let x = self.words.clone().select(0, index(&packed.ids))
            + self.positions.clone().select(0, index(&packed.positions)); // [words, hidden]
        let mask = packed.mask(&self.device);
        let x = self.blocks.iter().fold(self.norm.forward(x), |x, block| {
            block.forward(x, mask.as_ref())
        });
        packed.pooling(&self.device).matmul(x) // [texts, hidden]
    }
}
