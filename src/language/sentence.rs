//! Texts to unit vectors: tokenizer, BERT, mean pooling, or the mean of word vectors; every text is computed once and
//! then remembered.

use super::bert::{Bert, BertConfig, Packed};
use super::error::{LanguageError, read_file};
use super::weights::WeightFile;
use super::word2vec::WordVectors;
use crate::phrases::shortened;
use burn::tensor::Device;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use tokenizers::{Tokenizer, TruncationParams};

/// Word pieces that go through the model together: a few phrases' parts, while attention between texts stays cheap.
const PACKED_WORDS: usize = 96;
/// Word pieces kept of one text, as sentence-transformers does for `MiniLM`.
const TEXT_WORDS: usize = 256;
/// Vectors remembered: 12 MB of 384 numbers each.
const REMEMBERED: usize = 8_192;

/// A sentence encoder of the BERT family with its tokenizer, or word vectors.
#[derive(Debug)]
pub struct SentenceEncoder {
    id: String,
    width: usize,
    model: Model,
    remembered: RefCell<HashMap<String, Arc<[f32]>>>,
}

/// What computes the vectors.
#[derive(Debug)]
enum Model {
    /// Mean of the last layer's vectors.
    Bert {
        tokenizer: Box<Tokenizer>,
        bert: Box<Bert>,
    },
    /// Mean of the words' vectors.
    Words(WordVectors),
}

impl SentenceEncoder {
    /// Loads a folder ([`Self::load`]), or word vectors from a file in word2vec's binary format.
    pub fn open(path: &Path, device: &Device) -> Result<Self, LanguageError> {
        if path.is_dir() {
            return Self::load(path, device);
        }
        let words = WordVectors::open(path)?;
        Ok(Self {
            id: path.display().to_string(),
            width: words.width(),
            model: Model::Words(words),
            remembered: RefCell::default(),
        })
    }

    /// Loads `config.json`, `tokenizer.json` and `model.safetensors` of a folder.
    pub fn load(folder: &Path, device: &Device) -> Result<Self, LanguageError> {
        let path = folder.join("config.json");
        let malformed = |reason: String| LanguageError::Malformed {
            path: path.clone(),
            expected: "config.json of a BERT model",
            reason,
        };
        let config: BertConfig = serde_json::from_slice(&read_file(&path)?)
            .map_err(|error| malformed(error.to_string()))?;
        if let Some(fault) = config.fault() {
            return Err(malformed(fault));
        }
        let tokenizer = tokenizer(
            &folder.join("tokenizer.json"),
            config.max_position_embeddings,
        )?;
        let pieces = tokenizer.get_vocab_size(true);
        if pieces > config.vocab_size {
            return Err(malformed(format!(
                "vocab_size is {}, but the tokenizer has {pieces} word pieces",
                config.vocab_size
            )));
        }
        let file = WeightFile::read(&folder.join("model.safetensors"))?;
        Ok(Self {
            id: file
                .origin()
                .unwrap_or_else(|| folder.display().to_string()),
            width: config.hidden_size,
            model: Model::Bert {
                bert: Box::new(Bert::load(&file.weights(device)?, &config, device)?),
                tokenizer: Box::new(tokenizer),
            },
            remembered: RefCell::default(),
        })
    }

    /// Names the encoder: vectors of two encoders must never be compared.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One unit vector per text, in order.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, LanguageError> {
        let mut remembered = self.remembered.borrow_mut();
        let mut asked = HashSet::new();
        let new: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|text| !remembered.contains_key(*text) && asked.insert(*text))
            .collect();
        if remembered.len() + new.len() > REMEMBERED {
            // A full memory starts anew, less what is asked for now.
            remembered.retain(|text, _| texts.contains(&text.as_str()));
        }
        for (text, vector) in new.iter().zip(self.compute(&new)?) {
            remembered.insert((*text).to_owned(), vector);
        }
        texts
            .iter()
            .map(|text| {
                remembered
                    .get(*text)
                    .cloned()
                    .ok_or_else(|| failed(text, "it has no vector"))
            })
            .collect()
    }

    fn compute(&self, texts: &[&str]) -> Result<Vec<Arc<[f32]>>, LanguageError> {
        let (tokenizer, bert) = match &self.model {
            Model::Bert { tokenizer, bert } => (tokenizer, bert),
            Model::Words(words) => return texts.iter().map(|text| words.embed(text)).collect(),
        };
        let mut vectors = Vec::with_capacity(texts.len());
        let mut packed = Packed::default();
        for text in texts {
            let encoding = tokenizer
                .encode(*text, true)
                .map_err(|error| failed(text, &error.to_string()))?;
            let ids = encoding.get_ids();
            if packed.texts() > 0 && packed.words() + ids.len() > PACKED_WORDS {
                self.forward(bert, &packed, &mut vectors, text)?;
                packed = Packed::default();
            }
            packed.push(ids);
        }
        if packed.texts() > 0 {
            self.forward(
                bert,
                &packed,
                &mut vectors,
                texts.last().copied().unwrap_or(""),
            )?;
        }
        Ok(vectors)
    }

    fn forward(
        &self,
        bert: &Bert,
        packed: &Packed,
        vectors: &mut Vec<Arc<[f32]>>,
        text: &str,
    ) -> Result<(), LanguageError> {
        let means: Vec<f32> = bert
            .forward(packed)
            .into_data()
            .try_to_vec()
            .map_err(|error| failed(text, &format!("{error:?}")))?;
        for mean in means.chunks_exact(self.width) {
            vectors.push(unit(mean, text)?);
        }
        Ok(())
    }
}

/// A text's vector at length 1.
pub(super) fn unit(mean: &[f32], text: &str) -> Result<Arc<[f32]>, LanguageError> {
    let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() {
        return Err(failed(text, "the model gave numbers that are not finite"));
    }
    Ok(mean.iter().map(|x| x / length.max(1e-12)).collect())
}

pub(super) fn failed(text: &str, reason: &str) -> LanguageError {
    LanguageError::Embed {
        text: shortened(text),
        reason: reason.to_owned(),
    }
}

fn tokenizer(path: &Path, positions: usize) -> Result<Tokenizer, LanguageError> {
    let malformed = |error: Box<dyn std::error::Error + Send + Sync>| LanguageError::Malformed {
        path: path.to_owned(),
        expected: "tokenizer.json",
        reason: error.to_string(),
    };
    let mut tokenizer = Tokenizer::from_bytes(read_file(path)?).map_err(malformed)?;
    // The published file pads every text to 128 pieces; the packed model needs no padding at all.
    tokenizer.with_padding(None);
    tokenizer
        .with_truncation(Some(TruncationParams {
            max_length: TEXT_WORDS.min(positions),
            ..TruncationParams::default()
        }))
        .map_err(malformed)?;
    Ok(tokenizer)
}
