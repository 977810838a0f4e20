//! One stream's training: its network, optimiser, random numbers and checkpoint.

use burn::tensor::Device;
use indicatif::ProgressBar;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::augment::{augmented, mirrored};
use super::checkpoint;
use super::data::LabelledClip;
use super::loss::{BatchLoss, FeatureScale};
use super::network::Network;
use super::optimizer::Optimizer;
use super::teacher::Teacher;
use super::{EncoderTraining, TrainError};
use crate::encoder::weights::StreamWeights;
use crate::encoder::{EncoderError, ShiftGcnConfig, stream_files, stream_name};
use crate::window::clip::{ClipConfig, Stream};

/// How much faster a new head learns than the trained network below it.
const NEW_HEAD_FACTOR: f32 = 10.0;

/// One stream in training.
#[derive(Debug)]
pub(crate) struct StreamTraining {
    stream: Stream,
    network: Network,
    optimizer: Optimizer,
    epochs: usize,
    scale: Option<FeatureScale>,
    /// What the last epoch reported, where that is known.
    last: Option<EpochReport>,
}

/// Means over an epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EpochReport {
    pub(crate) loss: f32,
    pub(crate) class_loss: f32,
    pub(crate) feature_loss: f32,
    pub(crate) accuracy: f32,
}

/// A batch's input and targets.
struct Batch {
    values: Vec<f32>,
    labels: Vec<usize>,
    /// The clips' places in the list, and whether they are mirrored.
    views: Vec<(usize, bool)>,
}

/// A generator for one purpose of a run, so that a run that was stopped draws the same.
fn random(seed: u64, stream: Stream, epoch: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(((stream as u64) << 32) | epoch as u64);
    random
}

impl StreamTraining {
    /// Goes on from the run folder's checkpoint, or begins; a device other than the CPU takes the network's passes.
    pub(crate) fn start(
        config: &EncoderTraining,
        size: &ShiftGcnConfig,
        stream: Stream,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let head_factor = match config.start_from {
            Some(_) => NEW_HEAD_FACTOR,
            None => 1.0,
        };
        let mut optimizer = Optimizer::new(config.optimizer, config.weight_decay, head_factor);
        let placed = |network: Network| {
            if *device == Device::flex() {
                network
            } else {
                network.on(device)
            }
        };
        let file = config.out.join(checkpoint_name(stream));
        if file.is_file() {
            let saved = checkpoint::read(&file, size)?;
            optimizer.steps = saved.steps;
            optimizer.first = saved.first;
            optimizer.second = saved.second;
            return Ok(Self {
                stream,
                network: placed(Network::new(&saved.weights)),
                optimizer,
                epochs: saved.epochs,
                scale: None,
                last: saved.report,
            });
        }
        Ok(Self {
            stream,
            network: placed(beginning(config, size, stream)?),
            optimizer,
            epochs: 0,
            scale: None,
            last: None,
        })
    }

    pub(crate) fn stream(&self) -> Stream {
        self.stream
    }

    /// Epochs behind it.
    pub(crate) fn epochs(&self) -> usize {
        self.epochs
    }

    /// Whether it is at this epoch and can tell how that went.
    pub(crate) fn can_tell(&self, epoch: usize) -> bool {
        self.epochs == epoch && self.last.is_some()
    }

    /// The weights as they are.
    pub(crate) fn weights(&mut self, frames: usize) -> Result<StreamWeights, EncoderError> {
        self.network.weights(frames)
    }

    /// Trains up to an epoch and keeps a checkpoint of it.
    pub(crate) fn reach(
        &mut self,
        epoch: usize,
        config: &EncoderTraining,
        clips: &[LabelledClip],
        teacher: Option<&Teacher>,
        bar: &ProgressBar,
    ) -> Result<EpochReport, TrainError> {
        if self.epochs >= epoch {
            bar.inc(clips.len() as u64);
            return Ok(self.last.unwrap_or_default());
        }
        if let (Some(teacher), None) = (teacher, &self.scale) {
            let stream = self.stream as usize;
            let features = (0..clips.len()).map(|clip| teacher.feature(clip, false, stream));
            self.scale = Some(FeatureScale::of(features));
        }
        let mut random = random(config.seed, self.stream, epoch);
        let mut order: Vec<usize> = (0..clips.len()).collect();
        order.shuffle(&mut random);
        let mut sums = EpochReport::default();
        let steps = order.len().div_ceil(config.batch);
        for (step, part) in order.chunks(config.batch).enumerate() {
            // Batch statistics of one clip would be no statistics.
            if part.len() < 2 {
                continue;
            }
            let batch = self.batch(part, config, clips, &mut random)?;
            let rate = rate(config, (epoch - 1) * steps + step, steps);
            let loss = self.step(&batch, config, teacher, rate)?;
            let total = loss.class_loss + loss.feature_loss;
            if !total.is_finite() {
                return Err(TrainError::Diverged {
                    stream: stream_name(self.stream),
                    epoch,
                    loss: total,
                });
            }
            let share = part.len() as f32 / order.len() as f32;
            sums.loss += total * share;
            sums.class_loss += loss.class_loss * share;
            sums.feature_loss += loss.feature_loss * share;
            sums.accuracy += loss.right as f32 / order.len() as f32;
            bar.inc(part.len() as u64);
        }
        self.epochs = epoch;
        self.last = Some(sums);
        let weights = self.network.weights(config.frames)?;
        // Before the checkpoint: whoever is killed between them takes the epoch again, to the same weights.
        let name = format!("{}.safetensors", stream_name(self.stream));
        weights.write(&config.out.join(name))?;
        checkpoint::write(
            &config.out.join(checkpoint_name(self.stream)),
            &weights,
            &self.optimizer,
            epoch,
            sums,
        )?;
        Ok(sums)
    }

    fn batch(
        &self,
        part: &[usize],
        config: &EncoderTraining,
        clips: &[LabelledClip],
        random: &mut ChaCha8Rng,
    ) -> Result<Batch, TrainError> {
        let shape = ClipConfig::uniform(config.bodies, config.frames);
        let mut batch = Batch {
            values: Vec::new(),
            labels: Vec::with_capacity(part.len()),
            views: Vec::with_capacity(part.len()),
        };
        for &index in part {
            let clip = &clips[index];
            let is_mirrored = clip.mirrors && random.random_bool(f64::from(config.mirror));
            let frames = if is_mirrored {
                &mirrored(&clip.frames)
            } else {
                &clip.frames
            };
            let taken = augmented(frames, &shape, &config.no_augment, random)?;
            batch.values.extend(taken.stream(self.stream));
            batch.labels.push(clip.class);
            batch.views.push((index, is_mirrored));
        }
        Ok(batch)
    }

    fn step(
        &mut self,
        batch: &Batch,
        config: &EncoderTraining,
        teacher: Option<&Teacher>,
        rate: f32,
    ) -> Result<BatchLoss, EncoderError> {
        let out = self.network.forward(&batch.values, config.frames)?;
        let mut loss = BatchLoss::of_classes(
            &out.logits,
            &batch.labels,
            config.smoothing,
            out.features.len(),
        );
        if let (Some(teacher), Some(scale)) = (teacher, &self.scale) {
            let stream = self.stream as usize;
            let targets: Vec<&[f32]> = batch
                .views
                .iter()
                .map(|&(clip, is_mirrored)| teacher.feature(clip, is_mirrored, stream))
                .collect();
            let weights = [config.feature_weight, config.cosine_weight];
            loss.add_features(&out.features, &targets, scale, weights);
        }
        self.network
            .backward(&loss.feature_grad, &loss.logit_grad)?;
        self.optimizer.step(self.network.params(), rate);
        Ok(loss)
    }
}

/// The network before its first step: of the encoder that is started from, else drawn at random.
fn beginning(
    config: &EncoderTraining,
    size: &ShiftGcnConfig,
    stream: Stream,
) -> Result<Network, TrainError> {
    let Some(folder) = &config.start_from else {
        let mut first = random(config.seed, stream, 0);
        let mut second = random(config.seed, stream, u32::MAX as usize);
        let network = Network::random(
            size,
            || first.random_range(-1.0..1.0),
            || StandardNormal.sample(&mut second),
        )?;
        return Ok(network);
    };
    let weights = StreamWeights::read(&stream_files(folder)?[stream as usize])?;
    let found = weights.config();
    if (found.widths, found.feature) != (size.widths, size.feature) {
        return Err(TrainError::Setting {
            setting: "widths and feature",
            expected: "those of the encoder that is started from",
            got: format!(
                "{:?} and {} where it has {:?} and {}",
                size.widths, size.feature, found.widths, found.feature
            ),
        });
    }
    let weights = match (size.bodies, found.bodies) {
        (1, _) => weights.for_one_body(),
        (wanted, found) if wanted == found => weights,
        (wanted, found) => {
            return Err(TrainError::Setting {
                setting: "bodies",
                expected: "1, or those of the encoder that is started from",
                got: format!("{wanted} where it has {found}"),
            });
        }
    };
    Ok(Network::new(&weights.with_blank_head(size.classes)))
}

/// The learning rate of a step: rising through the first epoch, then a cosine down to zero.
fn rate(config: &EncoderTraining, step: usize, steps_per_epoch: usize) -> f32 {
    let warm = steps_per_epoch.max(1) as f32;
    let all = (config.epochs * steps_per_epoch).max(1) as f32;
    let step = step as f32;
    if step < warm {
        return config.rate * (step + 1.0) / warm;
    }
    let part = (step - warm) / (all - warm).max(1.0);
    config.rate * 0.5 * (1.0 + (std::f32::consts::PI * part).cos())
}

/// The file of a stream's checkpoint in the run folder.
pub(crate) fn checkpoint_name(stream: Stream) -> String {
    format!("checkpoint-{}.safetensors", stream_name(stream))
}
