//! The seen classes' logits from what is measured of a movement, beside those of the four streams.

use super::error::EncoderError;
use super::weights::{PlainTensor, read_safetensors, write_tensors};
use crate::window::KINEMATIC_MEASURES;
use std::collections::BTreeMap;
use std::path::Path;

/// The head's file beside the streams', where an encoder has one.
pub const MEASURES_FILE: &str = "measures.safetensors";

/// A linear classifier of the kinematic measures; what it weighs beside the streams is in its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuresHead {
    /// `[classes][KINEMATIC_MEASURES]`.
    weight: Vec<f32>,
    /// `[classes]`.
    bias: Vec<f32>,
}

impl MeasuresHead {
    /// A head of a weight `[classes][KINEMATIC_MEASURES]` and a bias `[classes]`, `share` times as strong.
    pub fn new(weight: &[f32], bias: &[f32], share: f32) -> Self {
        let strengthen = |values: &[f32]| values.iter().map(|value| value * share).collect();
        Self {
            weight: strengthen(weight),
            bias: strengthen(bias),
        }
    }

    /// Reads a head of so many classes.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, is no safetensors file, or holds other tensors than such a head's.
    pub fn read(file: &Path, classes: usize) -> Result<Self, EncoderError> {
        let mut tensors = read_safetensors(file)?.tensors;
        let mut take = |name: &str, expected: &[usize]| {
            let Some(PlainTensor { shape, values }) = tensors.remove(name) else {
                return Err(EncoderError::MissingTensor {
                    file: file.to_owned(),
                    tensor: name.to_owned(),
                    expected: expected.to_vec(),
                });
            };
            if shape != expected {
                return Err(EncoderError::WrongShape {
                    file: file.to_owned(),
                    tensor: name.to_owned(),
                    expected: expected.to_vec(),
                    got: shape,
                });
            }
            if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                return Err(EncoderError::NotFinite {
                    file: file.to_owned(),
                    tensor: name.to_owned(),
                    index,
                    value: values[index],
                });
            }
            Ok(values)
        };
        Ok(Self {
            weight: take("weight", &[classes, KINEMATIC_MEASURES])?,
            bias: take("bias", &[classes])?,
        })
    }

    /// Writes safetensors (f32), in full or not at all.
    pub fn write(&self, file: &Path) -> Result<(), EncoderError> {
        let tensor = |shape: &[usize], values: &[f32]| PlainTensor {
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        let classes = self.bias.len();
        let tensors = BTreeMap::from([
            (
                "weight".to_owned(),
                tensor(&[classes, KINEMATIC_MEASURES], &self.weight),
            ),
            ("bias".to_owned(), tensor(&[classes], &self.bias)),
        ]);
        write_tensors(file, &tensors, None)
    }

    /// Adds what the measures say of each class to the streams' logits.
    pub fn add_to(&self, logits: &mut [f32], measures: &[f32]) {
        let rows = self.weight.chunks_exact(KINEMATIC_MEASURES);
        for ((logit, row), bias) in logits.iter_mut().zip(rows).zip(&self.bias) {
            *logit += bias + row.iter().zip(measures).map(|(w, x)| w * x).sum::<f32>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_comes_back_and_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(MEASURES_FILE);
        let weight: Vec<f32> = (0..2 * KINEMATIC_MEASURES).map(|i| i as f32).collect();
        let head = MeasuresHead::new(&weight, &[1.0, -1.0], 0.5);
        head.write(&file).unwrap();
        assert_eq!(MeasuresHead::read(&file, 2).unwrap(), head);
        let mut measures = vec![0.0; KINEMATIC_MEASURES];
        measures[3] = 2.0;
        let mut logits = [10.0, 20.0];
        head.add_to(&mut logits, &measures);
        let second = 20.0 - 0.5 + 3.0 + KINEMATIC_MEASURES as f32;
        assert_eq!(logits, [10.0 + 0.5 + 3.0, second]);

        let error = MeasuresHead::read(&file, 3).unwrap_err().to_string();
        assert!(
            error.contains("`weight` has shape [2, 155], expected [3, 155]"),
            "{error}"
        );
        MeasuresHead::new(&weight, &[f32::NAN, 0.0], 1.0)
            .write(&file)
            .unwrap();
        let error = MeasuresHead::read(&file, 2).unwrap_err().to_string();
        assert!(error.contains("`bias`, value 0 is NaN"), "{error}");
        std::fs::write(&file, b"nothing").unwrap();
        assert!(MeasuresHead::read(&file, 2).is_err());
    }
}
