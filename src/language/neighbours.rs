//! The lexicon's entries by meaning: a vector of each key, made beforehand, so that words that the lexicon lacks find
//! those nearest to them.

use super::error::LanguageError;
use super::motion::MotionLexicon;
use super::sentence::SentenceEncoder;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// The vectors that come with the program: `vectors` I8 [entries, width], each row the entry's unit vector times a number
/// of its own. `synse lexicon` makes the file.
const VECTORS: &[u8] = include_bytes!("../../assets/motion/vectors.safetensors");

/// The tensor's name.
const NAME: &str = "vectors";

/// The metadata that says of which keys and by which encoder the vectors are.
const MADE_OF: &str = "made_of";

/// How many neighbours are given.
const FOUND: usize = 8;

/// The largest value of a row.
const LARGEST: f32 = 127.0;

/// The vectors of the lexicon's entries, in their order.
#[derive(Clone, Debug)]
pub(super) struct Neighbours<'a> {
    width: usize,
    rows: &'a [u8],
}

impl Neighbours<'static> {
    /// Those that come with the program; refused where they are not of this lexicon's keys or of another encoder.
    pub(super) fn builtin(
        lexicon: &MotionLexicon,
        encoder: &SentenceEncoder,
    ) -> Result<Self, LanguageError> {
        Self::from_bytes(VECTORS, &keys(lexicon), encoder)
    }
}

impl<'a> Neighbours<'a> {
    fn from_bytes(
        bytes: &'a [u8],
        keys: &[&str],
        encoder: &SentenceEncoder,
    ) -> Result<Self, LanguageError> {
        let wrong = |reason: String| LanguageError::Neighbours { reason };
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| wrong(error.to_string()))?;
        let found = header
            .metadata()
            .as_ref()
            .and_then(|data| data.get(MADE_OF));
        let expected = made_of(keys, encoder);
        if found != Some(&expected) {
            return Err(wrong(format!(
                "they are of {}, expected {expected}",
                found.map_or("nothing that they name", String::as_str)
            )));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| wrong(error.to_string()))?;
        let view = tensors
            .tensor(NAME)
            .map_err(|error| wrong(error.to_string()))?;
        let shape = [keys.len(), encoder.width()];
        if view.dtype() != Dtype::I8 || view.shape() != shape {
            return Err(wrong(format!(
                "{NAME} is {:?} {:?}, expected I8 {shape:?}",
                view.dtype(),
                view.shape()
            )));
        }
        Ok(Self {
            width: encoder.width(),
            rows: view.data(),
        })
    }

    /// The entries nearest to a vector: their places with their cosine, best first.
    pub(super) fn nearest(&self, vector: &[f32]) -> Vec<(usize, f32)> {
        let wanted: Vec<u8> = row(vector);
        let length = |row: &[u8]| (dot(row, row) as f32).sqrt().max(1.0);
        let own = length(&wanted);
        let mut found: Vec<(usize, f32)> = self
            .rows
            .chunks_exact(self.width.max(1))
            .map(|row| dot(row, &wanted) as f32 / (own * length(row)))
            .enumerate()
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found.truncate(FOUND);
        found
    }
}

/// The file of vectors of a lexicon's keys, as the program is built with.
pub fn lexicon_vectors(
    lexicon: &MotionLexicon,
    encoder: &SentenceEncoder,
) -> Result<Vec<u8>, LanguageError> {
    vectors_of(&keys(lexicon), encoder)
}

fn vectors_of(keys: &[&str], encoder: &SentenceEncoder) -> Result<Vec<u8>, LanguageError> {
    let wrong = |error: safetensors::SafeTensorError| LanguageError::Neighbours {
        reason: error.to_string(),
    };
    let rows: Vec<u8> = encoder
        .embed(keys)?
        .iter()
        .flat_map(|vector| row(vector))
        .collect();
    let view =
        TensorView::new(Dtype::I8, vec![keys.len(), encoder.width()], &rows).map_err(wrong)?;
    let metadata = HashMap::from([(MADE_OF.to_owned(), made_of(keys, encoder))]);
    safetensors::serialize([(NAME, view)], Some(metadata)).map_err(wrong)
}

fn keys(lexicon: &MotionLexicon) -> Vec<&str> {
    let entries = lexicon.entries().iter();
    entries.map(|entry| entry.key.as_str()).collect()
}

/// Keys in their order and the encoder, in so few words that a change of any shows.
fn made_of(keys: &[&str], encoder: &SentenceEncoder) -> String {
    let digest = Sha256::digest(keys.join("\n").as_bytes());
    let mut made_of = format!("{} keys ", keys.len());
    for half in digest.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        made_of.extend(char::from_digit(u32::from(half), 16));
    }
    made_of + " by " + encoder.id()
}

/// A vector as whole numbers of one byte, as long as they fit.
fn row(vector: &[f32]) -> Vec<u8> {
    let largest = vector.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let scale = LARGEST / largest.max(f32::MIN_POSITIVE);
    let value = |x: &f32| ((x * scale).round() as i8).cast_unsigned();
    vector.iter().map(value).collect()
}

fn dot(a: &[u8], b: &[u8]) -> i32 {
    let wide = |byte: &u8| i32::from(byte.cast_signed());
    a.iter().zip(b).map(|(x, y)| wide(x) * wide(y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use std::path::Path;

    fn encoder() -> SentenceEncoder {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minilm");
        SentenceEncoder::load(&folder, &Device::flex()).unwrap()
    }

    /// A stale file would let unknown words find entries that mean something else: `synse lexicon` makes it anew.
    #[test]
    fn the_vectors_are_those_of_the_lexicons_keys() {
        let (lexicon, encoder) = (MotionLexicon::builtin(), encoder());
        let neighbours = Neighbours::builtin(&lexicon, &encoder).unwrap();
        let keys = keys(&lexicon);
        assert!(keys.len() > 3_000);
        let places: Vec<usize> = (0..keys.len()).step_by(97).collect();
        let some: Vec<&str> = places.iter().map(|&place| keys[place]).collect();
        for ((place, key), vector) in places.iter().zip(&some).zip(encoder.embed(&some).unwrap()) {
            let stored = &neighbours.rows[place * neighbours.width..][..neighbours.width];
            let fresh = row(&vector);
            let cosine = dot(stored, &fresh) as f32
                / ((dot(stored, stored) as f32) * (dot(&fresh, &fresh) as f32)).sqrt();
            assert!(cosine > 0.999, "{key}: {cosine}");
            let nearest = neighbours.nearest(&vector);
            assert_eq!(nearest.len(), FOUND);
            assert!(nearest[0].1 > 0.999, "{key}: {nearest:?}");
            assert!(nearest.is_sorted_by(|a, b| a.1 >= b.1));
        }
    }

    #[test]
    fn vectors_of_other_keys_or_encoders_are_refused() {
        let encoder = encoder();
        let keys = ["throw", "walk", "eat an apple"];
        let bytes = vectors_of(&keys, &encoder).unwrap();
        let neighbours = Neighbours::from_bytes(&bytes, &keys, &encoder).unwrap();
        let hurl = &encoder.embed(&["hurl"]).unwrap()[0];
        assert_eq!(neighbours.nearest(hurl)[0].0, 0);
        for other in [
            &["throw", "walk"][..],
            &["walk", "throw", "eat an apple"],
            &["throw", "walk", "eat an apple", "run"],
            &["throw", "walk", "eat apple"],
        ] {
            let error = Neighbours::from_bytes(&bytes, other, &encoder).unwrap_err();
            assert!(error.to_string().contains("synse lexicon"), "{error}");
        }
        let half = &bytes[..bytes.len() / 2];
        assert!(Neighbours::from_bytes(half, &keys, &encoder).is_err());
        assert!(Neighbours::from_bytes(b"", &keys, &encoder).is_err());
    }

    #[test]
    fn a_vector_of_nothing_is_survived() {
        let rows = [row(&[0.5, -0.5]), row(&[0.0, 0.0])].concat();
        let neighbours = Neighbours {
            width: 2,
            rows: &rows,
        };
        let (place, cosine) = neighbours.nearest(&[0.1, -0.1])[0];
        assert!(
            place == 0 && (cosine - 1.0).abs() < 1e-5,
            "{place} {cosine}"
        );
        for wild in [[0.0, 0.0], [f32::NAN, 1.0]] {
            assert!(
                neighbours
                    .nearest(&wild)
                    .iter()
                    .all(|found| found.1.is_finite())
            );
        }
    }
}
