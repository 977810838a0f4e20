//! Training of the four streams: clips, teacher, losses, schedule and the run folder.
//!
//! The network's forward and backward passes are written by hand (`network`, `block`, and `device` for a GPU); each
//! stream trains on one processor, and as many streams at once as there are processors.

mod augment;
mod blend;
mod block;
mod checkpoint;
mod data;
mod device_passes;
mod folder;
mod head;
mod kernels;
mod loss;
mod metrics;
mod network;
#[cfg(test)]
mod network_tests;
mod norm;
mod optimizer;
mod param;
mod settings;
mod stream;
mod teacher;
mod temporal;

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

pub use self::augment::Augmentation;
pub use self::blend::blend;
pub use self::data::HeldOut;
pub(crate) use self::data::splits_beside;
use self::data::{Clips, LabelledClip, write_classes};
pub use self::head::{HeadReport, HeadTraining, refit};
pub use self::optimizer::OptimizerKind;
pub use self::settings::{EncoderTraining, Report, TrainError};
use self::settings::{check, claim_folder};
use self::stream::{EpochReport, StreamTraining};
use self::teacher::Teacher;
use crate::capture::clip_store::ClipStore;
use crate::device;
use crate::encoder::cpu::CpuStream;
use crate::encoder::{Encoder, FeatureView, STREAM_WEIGHTS, ShiftGcnConfig};
use crate::train::corpus::CLASSES_FILE;
use crate::window::clip::{Clip, ClipConfig, Stream};

/// The look of progress on a terminal.
pub(crate) fn bar_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed} left {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Trains until all epochs are done; a run that was stopped goes on where it was.
pub fn run(config: &EncoderTraining) -> Result<Report, TrainError> {
    check(config)?;
    let splits = config.splits.clone();
    let splits = splits.unwrap_or_else(|| splits_beside(&config.data));
    let store = ClipStore::open(&config.data)?;
    let mut held = HeldOut::read(
        &splits,
        config.split.as_deref(),
        config.without_validation,
        &store,
    )?;
    held.keep_back(&config.gate_subjects, &store)?;
    let clips = Clips::read(&store, &held, config.all_subjects)?;
    claim_folder(config, &clips.fingerprint)?;
    write_classes(&config.out.join(CLASSES_FILE), &clips.classes)?;
    tracing::info!(
        "{} training clips, {} test clips, {} classes",
        clips.training.len(),
        clips.test.len(),
        clips.classes.len()
    );
    let teacher = match &config.teacher {
        Some(folder) => Some(read_teacher(config, folder, &clips.training)?),
        None => None,
    };
    let network = ShiftGcnConfig {
        classes: clips.classes.len(),
        widths: config.widths,
        feature: config.feature,
        bodies: config.bodies,
    };
    let open = device::open(&config.device)?;
    tracing::info!("training on {}", open.name);
    let mut streams = Vec::new();
    for stream in Stream::ALL {
        streams.push(StreamTraining::start(
            config,
            &network,
            stream,
            &open.device,
        )?);
    }
    train(config, &clips, teacher.as_ref(), &mut streams)
}

fn read_teacher(
    config: &EncoderTraining,
    folder: &Path,
    clips: &[LabelledClip],
) -> Result<Teacher, TrainError> {
    let cache = config.teacher_cache.clone();
    let cache = cache.unwrap_or_else(|| config.out.join("teacher.safetensors"));
    let teacher = Teacher::read_or_make(
        &cache,
        folder,
        ClipConfig::uniform(config.bodies, config.teacher_frames),
        clips,
    )?;
    if teacher.width == config.feature {
        return Ok(teacher);
    }
    Err(TrainError::TeacherWidth {
        expected: config.feature,
        got: teacher.width,
    })
}

fn train(
    config: &EncoderTraining,
    clips: &Clips,
    teacher: Option<&Teacher>,
    streams: &mut [StreamTraining],
) -> Result<Report, TrainError> {
    let behind = streams
        .iter()
        .map(StreamTraining::epochs)
        .min()
        .unwrap_or(0);
    let last = config
        .stop_after
        .map_or(config.epochs, |more| config.epochs.min(behind + more));
    let per_epoch = (clips.training.len() * streams.len()) as u64;
    // Whoever was killed between the last stream's checkpoint and the table has not been told of that epoch.
    let can_tell = streams.iter().all(|stream| stream.can_tell(behind));
    let told = metrics::keep_until(&config.out, behind, can_tell)?;
    let epochs =
        |streams: &[StreamTraining]| -> usize { streams.iter().map(StreamTraining::epochs).sum() };
    let before = epochs(streams);
    let bar = ProgressBar::new(per_epoch * (last.saturating_sub(told)) as u64);
    bar.set_style(bar_style());
    bar.set_message("training");
    let began = Instant::now();
    let mut tested = None;
    for epoch in told + 1..=last {
        let reports: Vec<EpochReport> = streams
            .par_iter_mut()
            .map(|stream| stream.reach(epoch, config, &clips.training, teacher, &bar))
            .collect::<Result<_, TrainError>>()?;
        let is_test = epoch == last || epoch.is_multiple_of(config.test_every.max(1));
        tested = if is_test && !clips.test.is_empty() {
            Some(test(config, &clips.test, streams)?)
        } else {
            None
        };
        let seconds = began.elapsed().as_secs_f32();
        metrics::write(config, epoch, &reports, tested, seconds)?;
        let losses: Vec<String> = reports.iter().map(|r| format!("{:.3}", r.loss)).collect();
        tracing::info!(
            "epoch {epoch}/{}: loss {} test {:?} after {seconds:.0} s",
            config.epochs,
            losses.join(" "),
            tested.map(|t| t.0)
        );
    }
    bar.finish();
    if tested.is_none() && !clips.test.is_empty() {
        tested = Some(test(config, &clips.test, streams)?);
    }
    Ok(Report {
        epochs: last.max(behind),
        clips_per_second: ((epochs(streams) - before) * clips.training.len()) as f32
            / began.elapsed().as_secs_f32().max(1e-6),
        test_accuracy: tested.map(|t| t.0),
        stream_accuracies: tested.map(|t| t.1),
    })
}

/// Top-1 accuracy of the streams' fused logits, and of each stream's.
fn test(
    config: &EncoderTraining,
    clips: &[LabelledClip],
    streams: &mut [StreamTraining],
) -> Result<(f32, [f32; 4]), TrainError> {
    let shape = ClipConfig::uniform(config.bodies, config.frames);
    let prepared: Vec<Clip> = clips
        .iter()
        .map(|clip| Clip::from_frames(&clip.frames, &shape))
        .collect::<Result<_, _>>()?;
    let logits: Vec<Vec<Vec<f32>>> = streams
        .par_iter_mut()
        .map(|stream| {
            let mut network = CpuStream::new(&stream.weights(config.frames)?);
            prepared
                .iter()
                .map(|clip| {
                    let values = clip.stream(stream.stream());
                    Ok(network
                        .encode(&values, config.bodies, config.frames)?
                        .logits)
                })
                .collect::<Result<_, TrainError>>()
        })
        .collect::<Result<_, TrainError>>()?;
    let share = |right: usize| right as f32 / clips.len().max(1) as f32;
    let mut alone = [0.0; 4];
    for (share_of, logits) in alone.iter_mut().zip(&logits) {
        let right = clips
            .iter()
            .zip(logits)
            .filter(|(clip, row)| loss::best(row) == clip.class);
        *share_of = share(right.count());
    }
    let is_right = |(index, clip): &(usize, &LabelledClip)| {
        let rows = logits.iter().map(|rows| rows[*index].as_slice());
        loss::best(&fused(rows)) == clip.class
    };
    Ok((
        share(clips.iter().enumerate().filter(is_right).count()),
        alone,
    ))
}

/// Features of every clip of a store by a trained encoder, `[clips, width]`, the width being the view's.
pub fn store_features(
    store: &Path,
    encoder: &Path,
    frames: Option<usize>,
    view: FeatureView,
) -> Result<Vec<Vec<f32>>, TrainError> {
    let store = ClipStore::open(store)?;
    let mut encoder = Encoder::load(encoder, &Device::flex())?;
    encoder.set_view(view);
    let frames = frames.unwrap_or_else(|| encoder.frames());
    let shape = ClipConfig::uniform(encoder.bodies(), frames);
    let bar = ProgressBar::new(store.clips.len() as u64).with_message("features");
    bar.set_style(bar_style());
    let mut rows = Vec::with_capacity(store.clips.len());
    for entry in &store.clips {
        let clip = Clip::from_frames(&store.frames_of(entry)?, &shape)?;
        let encodings = encoder.encode(&[clip])?;
        rows.extend(encodings.into_iter().map(|encoding| encoding.feature));
        bar.inc(1);
    }
    bar.finish();
    Ok(rows)
}

/// The streams' weighted mean, of features or of logits.
fn fused<'a>(streams: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let total: f32 = STREAM_WEIGHTS.iter().sum();
    let mut mean = Vec::new();
    for (row, weight) in streams.zip(STREAM_WEIGHTS) {
        mean.resize(row.len(), 0.0);
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += weight / total * value;
        }
    }
    mean
}
