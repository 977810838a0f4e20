//! A trained encoder's classifier, fitted anew on its features.
//!
//! A classifier that is trained with the features stops where the schedule stops, and one of blended weights stands
//! before features that it was not trained on. Fitting it to the end on features that stay (Kumar et al., "Fine-tuning
//! can distort pretrained features", ICLR 2022, do so before fine-tuning) costs two passes over the clips.

use std::fs;
use std::path::PathBuf;

use indicatif::ProgressBar;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use serde::Serialize;

use super::data::{Clips, HeldOut, LabelledClip, splits_beside};
use super::settings::{EncoderTraining, TrainError};
use super::teacher::{ClipFeatures, clip_features, stream_weights};
use super::{bar_style, folder, fused, loss};
use crate::align::adam::{Adam, AdamConfig};
use crate::align::decision::softmax;
use crate::align::standard::Standard;
use crate::capture::clip_store::ClipStore;
use crate::encoder::weights::StreamWeights;
use crate::encoder::{MEASURES_FILE, MeasuresHead, STREAM_WEIGHTS};
use crate::skeleton::Frame;
use crate::train::corpus::RECORD_FILE;
use crate::window::clip::{ClipConfig, Stream};

/// Steps until the weights hardly change, and their size on features of unit variance.
const STEPS: usize = 400;
const RATE: f64 = 0.03;

/// What to fit, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadTraining {
    /// The clip store.
    pub data: PathBuf,
    /// `splits.csv`; beside the store where it is not given.
    pub splits: Option<PathBuf>,
    /// The encoder's folder with the record of its training, which says whom and what it has not seen.
    pub encoder: PathBuf,
    /// Folder of the result.
    pub out: PathBuf,
    /// Penalty of the squared weights per clip, on features of unit variance.
    pub penalty: f32,
    /// What a classifier of the kinematic measures weighs beside [`STREAM_WEIGHTS`]; with 0 there is none.
    pub measures: f32,
}

/// Shares of clips whose class comes first, streams fused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "these are the names in the command's JSON"
)]
pub struct HeadReport {
    /// Of the clips that it is fitted on.
    pub training_accuracy: f32,
    /// Of the subjects whom the encoder's training kept back for a gate: by this the penalty may be chosen.
    pub kept_back_accuracy: Option<f32>,
    /// Of the test subjects.
    pub test_accuracy: Option<f32>,
}

/// Fits the four streams' classifiers, and one of the kinematic measures beside them, and writes the encoder with them.
///
/// By softmax regression on the features of the clips that the encoder was trained on, as recorded. (Views drawn as in
/// training, beside them or mirrored, gained nothing on the subjects who are kept back.)
///
/// # Errors
///
/// Where the encoder has no record of its training or other classes than the clips, and where no file can be written.
pub fn refit(config: &HeadTraining) -> Result<HeadReport, TrainError> {
    check(config)?;
    folder::check(&config.out)?;
    let (record, clips) = read(config)?;
    let weights = stream_weights(&config.encoder)?;
    let size = weights.first().map_or(0, |stream| stream.config().classes);
    if size != clips.classes.len() {
        return Err(TrainError::Setting {
            setting: "data",
            expected: "the clips that the encoder was trained on",
            got: format!(
                "{} classes where the encoder has {size}",
                clips.classes.len()
            ),
        });
    }
    let recordings: Vec<&[Frame]> = [&clips.training, &clips.kept_back, &clips.test]
        .into_iter()
        .flatten()
        .map(|clip| clip.frames.as_slice())
        .collect();
    let bar = ProgressBar::new(recordings.len() as u64).with_message("features");
    bar.set_style(bar_style());
    let shape = ClipConfig::uniform(record.bodies, record.frames);
    let features = clip_features(&weights, &recordings, shape, &bar)?;
    bar.finish();

    let (streams, measures) = fit_all(weights, &clips, &features, config)?;
    folder::write(&streams, &config.encoder, &config.out)?;
    let file = config.out.join(MEASURES_FILE);
    if config.measures > 0.0 {
        measures.write(&file)?;
    } else if file.is_file() {
        fs::remove_file(&file).map_err(|source| TrainError::File { file, source })?;
    }

    let mut rows = features.iter();
    let mut right = |clips: &[LabelledClip]| {
        let rows = rows.by_ref().take(clips.len());
        let right = rows.zip(clips).filter(|(row, clip)| {
            let mut logits = logits(&streams, &row.streams);
            measures.add_to(&mut logits, &row.measures);
            loss::best(&logits) == clip.class
        });
        let right = right.count();
        (!clips.is_empty()).then(|| right as f32 / clips.len() as f32)
    };
    Ok(HeadReport {
        training_accuracy: right(&clips.training).unwrap_or_default(),
        kept_back_accuracy: right(&clips.kept_back),
        test_accuracy: right(&clips.test),
    })
}

fn check(config: &HeadTraining) -> Result<(), TrainError> {
    for (setting, value) in [("penalty", config.penalty), ("measures", config.measures)] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(TrainError::Setting {
                setting,
                expected: "0 or more",
                got: value.to_string(),
            });
        }
    }
    Ok(())
}

/// The streams with classifiers of the training clips, whose features come first, and the classifier of the measures.
fn fit_all(
    weights: Vec<StreamWeights>,
    clips: &Clips,
    features: &[ClipFeatures],
    config: &HeadTraining,
) -> Result<(Vec<StreamWeights>, MeasuresHead), TrainError> {
    let classes: Vec<usize> = clips.training.iter().map(|x| x.class).collect();
    let count = clips.classes.len();
    let training = &features[..classes.len()];
    let streams = weights
        .into_par_iter()
        .zip(Stream::ALL)
        .map(|(weights, stream)| {
            let width = weights.config().feature;
            let at = stream as usize * width;
            let rows = training.iter().map(|row| &row.streams[at..at + width]);
            let rows: Vec<&[f32]> = rows.collect();
            let (weight, bias) = fit(&rows, &classes, count, config.penalty)?;
            Ok(weights.with_head(weight, bias))
        })
        .collect::<Result<_, TrainError>>()?;
    let rows: Vec<&[f32]> = training.iter().map(|row| row.measures.as_slice()).collect();
    let (weight, bias) = fit(&rows, &classes, count, config.penalty)?;
    Ok((streams, MeasuresHead::new(&weight, &bias, config.measures)))
}

/// The record of the encoder's training, and the clips less what it held out.
fn read(config: &HeadTraining) -> Result<(EncoderTraining, Clips), TrainError> {
    let file = config.encoder.join(RECORD_FILE);
    let failed = |source| TrainError::File {
        file: file.clone(),
        source,
    };
    let text = fs::read_to_string(&file).map_err(failed)?;
    let record: EncoderTraining =
        toml::from_str(&text).map_err(|error| failed(std::io::Error::other(error)))?;
    let store = ClipStore::open(&config.data)?;
    let splits = config.splits.clone();
    let splits = splits.unwrap_or_else(|| splits_beside(&config.data));
    let mut held = HeldOut::read(
        &splits,
        record.split.as_deref(),
        record.without_validation,
        &store,
    )?;
    held.keep_back(&record.gate_subjects, &store)?;
    let clips = Clips::read(&store, &held, record.all_subjects)?;
    Ok((record, clips))
}

/// The classifier `[classes][feature]` and its bias: softmax regression on rows that are brought to unit variance for the
/// penalty's sake.
///
/// All rows in every step of Adam, whose steps do not depend on the loss's scale. (The L-BFGS of `linfa-logistic` stops
/// far from the end on some of these problems.)
fn fit(
    rows: &[&[f32]],
    classes: &[usize],
    count: usize,
    penalty: f32,
) -> Result<(Vec<f32>, Vec<f32>), TrainError> {
    if let Some(absent) = (0..count).find(|class| !classes.contains(class)) {
        return Err(TrainError::Head {
            reason: format!("class {} of {count} has no clip to learn from", absent + 1),
        });
    }
    let standard = Standard::z_score(rows);
    let width = standard.mean.len();
    let values: Vec<f32> = rows.iter().flat_map(|row| standard.apply(row)).collect();
    let values = ArrayView2::from_shape((rows.len(), width), &values).map_err(|error| {
        let reason = error.to_string();
        TrainError::Head { reason }
    })?;
    let mut weight = Array2::<f32>::zeros((width, count));
    let mut bias = Array1::<f32>::zeros(count);
    let mut adam = Adam::new(AdamConfig::new(RATE), &[width * count, count]);
    for _ in 0..STEPS {
        let mut errors = values.dot(&weight) + &bias;
        for (mut row, &class) in errors.outer_iter_mut().zip(classes) {
            let probabilities = softmax(&row.to_vec(), 1.0);
            row.assign(&ArrayView1::from(&probabilities));
            row[class] -= 1.0;
        }
        errors /= rows.len() as f32;
        let (slope, offset) = (values.t().dot(&errors), errors.sum_axis(Axis(0)));
        // Products of a transposed matrix may lie column by column.
        let slope = slope.as_standard_layout();
        let gradients = [slope.as_slice(), offset.as_slice()];
        let parameters = [weight.as_slice_mut(), bias.as_slice_mut()];
        let pairs = parameters
            .into_iter()
            .flatten()
            .zip(gradients.into_iter().flatten());
        adam.step(
            pairs
                .zip([penalty, 0.0])
                .map(|((to, by), decay)| (to, by, decay)),
        );
    }
    // The features themselves, not those of unit variance, reach the classifier.
    for (mut row, scale) in weight.outer_iter_mut().zip(&standard.scale) {
        row /= *scale;
    }
    bias -= &ArrayView1::from(&standard.mean).dot(&weight);
    Ok((weight.t().iter().copied().collect(), bias.to_vec()))
}

/// The streams' logits, summed by [`STREAM_WEIGHTS`], of features `[stream][feature]`.
fn logits(streams: &[StreamWeights], features: &[f32]) -> Vec<f32> {
    let width = features.len() / streams.len().max(1);
    let rows: Vec<Vec<f32>> = streams
        .iter()
        .zip(features.chunks_exact(width.max(1)))
        .map(|(stream, feature)| {
            let rows = stream.values("fc.weight").chunks_exact(width.max(1));
            rows.zip(stream.values("fc.bias"))
                .map(|(row, bias)| row.iter().zip(feature).map(|(w, x)| w * x).sum::<f32>() + bias)
                .collect()
        })
        .collect();
    let total: f32 = STREAM_WEIGHTS.iter().sum();
    let mut logits = fused(rows.iter().map(Vec::as_slice));
    for logit in &mut logits {
        *logit *= total;
    }
    logits
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn classes_that_a_line_parts_are_told_apart_wherever_they_lie() {
        let points: Vec<[f32; 2]> = (0..60)
            .map(|i| {
                let class = i % 3;
                let jitter = (i / 3) as f32 * 0.05;
                [1000.0 + class as f32 * 10.0 + jitter, 0.001 * class as f32]
            })
            .collect();
        let rows: Vec<&[f32]> = points.iter().map(<[f32; 2]>::as_slice).collect();
        let classes: Vec<usize> = (0..60).map(|i| i % 3).collect();
        let (weight, bias) = fit(&rows, &classes, 3, 1e-4).unwrap();
        for (row, class) in rows.iter().zip(&classes) {
            let logit = |k: usize| weight[2 * k] * row[0] + weight[2 * k + 1] * row[1] + bias[k];
            let best = (0..3)
                .max_by(|a, b| logit(*a).total_cmp(&logit(*b)))
                .unwrap();
            assert_eq!(best, *class, "{row:?}");
        }
    }

    #[test]
    fn a_class_without_clips_is_named() {
        let rows: Vec<&[f32]> = vec![&[0.0], &[1.0], &[0.1], &[0.9]];
        let error = fit(&rows, &[0, 2, 0, 2], 3, 1e-3).unwrap_err();
        assert!(error.to_string().contains("class 2 of 3"), "{error}");
    }
}
