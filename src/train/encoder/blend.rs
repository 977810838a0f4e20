//! The mean of a trained encoder's weights and of those that it began with.
//!
//! What is trained on gets surer of its classes and worse at what it never saw. A point between both sets of weights
//! keeps most of either (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).

use super::{TrainError, folder};
use crate::encoder::stream_files;
use crate::encoder::weights::StreamWeights;
use crate::window::clip::Stream;
use std::path::Path;

/// Writes the encoder whose weights lie `part` of the way from those of the folder `start` to those of the run folder
/// `trained`, 0 to 1. Head, classes and the training's record are the trained one's.
pub fn blend(trained: &Path, start: &Path, part: f32, out: &Path) -> Result<(), TrainError> {
    if !(0.0..=1.0).contains(&part) {
        return Err(TrainError::Setting {
            setting: "part",
            expected: "0 to 1",
            got: part.to_string(),
        });
    }
    folder::check(out)?;
    let mut mixed = Vec::with_capacity(Stream::ALL.len());
    let (ends, begins) = (stream_files(trained)?, stream_files(start)?);
    for (end, begin) in ends.iter().zip(&begins) {
        let end = StreamWeights::read(end)?;
        let mut begin = StreamWeights::read(begin)?;
        if end.config().bodies == 1 {
            begin = begin.for_one_body();
        }
        let (to, from) = (end.config(), begin.config());
        if (to.widths, to.feature, to.bodies) != (from.widths, from.feature, from.bodies) {
            return Err(TrainError::Setting {
                setting: "start",
                expected: "the encoder that the training began with",
                got: format!(
                    "widths {:?}, feature {} and bodies {} where the trained one has {:?}, {} and {}",
                    from.widths, from.feature, from.bodies, to.widths, to.feature, to.bodies
                ),
            });
        }
        mixed.push(end.towards(&begin, part));
    }
    folder::write(&mixed, trained, out)
}

#[cfg(test)]
mod tests {
    use super::blend;
    use crate::encoder::ShiftGcnConfig;
    use crate::encoder::weights::{PlainTensor, StreamWeights};
    use crate::encoder::{stream_files, stream_name};
    use crate::window::clip::Stream;
    use std::path::Path;

    /// An encoder with one value everywhere.
    fn write(folder: &Path, value: f32, classes: usize, bodies: usize, width: usize) {
        std::fs::create_dir_all(folder).unwrap();
        let config = ShiftGcnConfig {
            classes,
            widths: [width, width, width],
            feature: 8,
            bodies,
        };
        let tensors = config.tensors().into_iter().map(|(name, shape)| {
            let values = vec![value; shape.iter().product()];
            (name, PlainTensor { shape, values })
        });
        let weights = StreamWeights::new(config, tensors.collect(), Some(16)).unwrap();
        for stream in Stream::ALL {
            let name = format!("{}.safetensors", stream_name(stream));
            weights.write(&folder.join(name)).unwrap();
        }
    }

    #[test]
    fn weights_lie_between_and_the_head_is_the_trained_ones() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("start"), 1.0, 5, 2, 8);
        write(&at("trained"), 3.0, 4, 1, 8);
        std::fs::write(at("trained").join("classes.txt"), "a\nb\nc\nd\n").unwrap();
        blend(&at("trained"), &at("start"), 0.25, &at("out")).unwrap();
        let files = stream_files(&at("out")).unwrap();
        let mixed = StreamWeights::read(&files[2]).unwrap();
        assert_eq!((mixed.config().classes, mixed.frames), (4, Some(16)));
        for (name, expected) in [
            ("data_bn.weight", 1.5),
            ("fc.weight", 3.0),
            ("fc.bias", 3.0),
        ] {
            let values = mixed.values(name);
            assert!(
                !values.is_empty() && values.iter().all(|v| *v == expected),
                "{name}"
            );
        }
        assert!(at("out").join("classes.txt").is_file());
    }

    #[test]
    fn what_cannot_be_blended_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("narrow"), 1.0, 4, 1, 4);
        write(&at("trained"), 3.0, 4, 1, 8);
        let refused = |start: &str, part| {
            let error = blend(&at("trained"), &at(start), part, &at("out"));
            error.unwrap_err().to_string()
        };
        assert!(refused("trained", 1.5).contains("0 to 1"));
        assert!(refused("narrow", 0.5).contains("[4, 4, 4]"));
        assert!(refused("nowhere", 0.5).contains("nowhere"));
    }
}
