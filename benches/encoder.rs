//! Time of the encoder on the CPU, and how far it is from the matrix products alone.
//!
//! `cargo bench --bench encoder`. The ratio that is printed compares process time of one stream with the same products
//! by the `gemm` crate, which is what burn's own CPU backend computes with.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run should stop"
)]

use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gemm::Parallelism;
use synse::capture::clip_store::{ClipEntry, ClipStoreWriter};
use synse::device::{self, DeviceChoice};
use synse::encoder::config::{JOINTS, Residual};
use synse::encoder::cpu::CpuStream;
use synse::encoder::weights::{PlainTensor, StreamWeights};
use synse::encoder::{Encoder, ShiftGcnConfig};
use synse::train::encoder::{EncoderTraining, OptimizerKind, run as train};
use synse::window::clip::Clip;

/// Weights of no meaning: times do not depend on the values, as long as shifts are as far as trained ones.
fn weights(config: ShiftGcnConfig) -> Option<StreamWeights> {
    let tensors = config
        .tensors()
        .into_iter()
        .map(|(name, shape)| {
            let length: usize = shape.iter().product();
            let spread = if name.ends_with("ypos") { 6.0 } else { 0.1 };
            let value = |i: usize| {
                let number = ((i * 7919) % 201) as f32 / 100.0 - 1.0;
                if name.ends_with("running_var") {
                    1.0
                } else {
                    number * spread
                }
            };
            let values = (0..length).map(value).collect();
            (name.clone(), PlainTensor { shape, values })
        })
        .collect();
    StreamWeights::new(config, tensors, None).ok()
}

fn numbers(length: usize) -> Vec<f32> {
    (0..length).map(|i| (i as f32 * 0.37).sin() * 0.4).collect()
}

/// One product's memory.
struct Product {
    size: [usize; 3],
    left: Vec<f32>,
    right: Vec<f32>,
    out: Vec<f32>,
}

/// The products of one stream and one body, in their order.
fn products(config: &ShiftGcnConfig, frames: usize) -> Vec<Product> {
    let mut products = Vec::new();
    let mut rows = frames * JOINTS;
    let mut push = |rows: usize, depth: usize, columns: usize| {
        products.push(Product {
            size: [rows, depth, columns],
            left: numbers(rows * depth),
            right: numbers(depth * columns),
            out: vec![0.0; rows * columns],
        });
    };
    for block in config.blocks() {
        push(rows, block.input, block.output);
        if block.has_down() {
            push(rows, block.input, block.output);
        }
        push(rows, block.output, block.output);
        rows /= block.stride;
        if block.residual == Residual::Product {
            push(rows, block.input, block.output);
        }
    }
    products
}

fn multiply(product: &mut Product) {
    let [rows, depth, columns] = product.size;
    // SAFETY: the three vectors were made for these sizes, row-major.
    #[expect(unsafe_code, reason = "the gemm crate takes pointers")]
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            product.out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            product.left.as_ptr(),
            1,
            depth as isize,
            product.right.as_ptr(),
            1,
            columns as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// Seconds that this thread has computed, where the system tells; else seconds that have passed.
fn seconds(began: Instant) -> f64 {
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| began.elapsed().as_secs_f64(), |nanos| nanos * 1e-9)
}

/// Seconds that the work takes; the system counts in ticks of milliseconds, so many turns are taken together.
fn timed(turns: usize, mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let before = seconds(began);
    for _ in 0..turns {
        work();
    }
    seconds(began) - before
}

/// Prints what one stream and four take, beside the products alone; rounds alternate so that both see the same load.
fn print_ratios() {
    const ROUNDS: usize = 6;
    const TURNS: usize = 6;
    const COUNT: f64 = (ROUNDS * TURNS) as f64;
    let mut out = std::io::stderr();
    for widths in [[64, 128, 256], [32, 64, 128]] {
        let config = ShiftGcnConfig {
            widths,
            ..ShiftGcnConfig::published(60, 1)
        };
        let Some(weights) = weights(config) else {
            continue;
        };
        let mut stream = CpuStream::new(&weights);
        for frames in [64, 300] {
            let clip = numbers(frames * JOINTS * 3);
            let mut products = products(&config, frames);
            let (mut ours, mut bound) = (0.0, 0.0);
            for _ in 0..ROUNDS {
                ours += timed(TURNS, || {
                    black_box(stream.encode(&clip, 1, frames)).ok();
                });
                bound += timed(TURNS, || products.iter_mut().for_each(multiply));
            }
            let (ours, bound) = (ours / COUNT, bound / COUNT);
            writeln!(
                out,
                "widths {widths:?} T {frames}: one stream {:.2} ms, four {:.2} ms, products alone {:.2} ms, ratio {:.2}",
                ours * 1e3,
                ours * 4e3,
                bound * 1e3,
                ours / bound
            )
            .ok();
        }
    }
}

/// An epoch of training, four streams on one processor, in clips of one stream; beside it the products alone, each of the
/// forward pass', for its input's gradient and for its weights'.
fn epochs(criterion: &mut Criterion) {
    const CLIPS: usize = 64;
    const FRAMES: usize = 48;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = made_store(folder.path(), CLIPS).expect("clips can be written");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.expect("a thread can be started");
    let config = |run: usize| EncoderTraining {
        data: store.clone(),
        splits: None,
        split: None,
        without_validation: false,
        all_subjects: false,
        gate_subjects: Vec::new(),
        teacher: None,
        teacher_frames: FRAMES,
        teacher_cache: None,
        start_from: None,
        out: folder.path().join(format!("run-{run}")),
        bodies: 1,
        widths: [32, 64, 128],
        feature: 256,
        frames: FRAMES,
        epochs: 1,
        batch: 16,
        rate: 0.002,
        weight_decay: 0.01,
        optimizer: OptimizerKind::AdamW,
        feature_weight: 0.0,
        cosine_weight: 0.0,
        smoothing: 0.05,
        mirror: 0.5,
        no_augment: Vec::new(),
        seed: 1,
        test_every: 1,
        stop_after: None,
        device: DeviceChoice::Cpu,
    };
    let mut group = criterion.benchmark_group("an epoch of training");
    group.sample_size(10);
    group.throughput(Throughput::Elements((4 * CLIPS) as u64));
    // A run that is done is not done again: each has a folder of its own.
    let mut runs = 0..;
    group.bench_function("four streams, T 48", |bencher| {
        bencher.iter(|| {
            let config = config(runs.next().unwrap_or_default());
            pool.install(|| train(&config).expect("made clips can be learned"))
        });
    });
    let size = ShiftGcnConfig {
        widths: [32, 64, 128],
        ..ShiftGcnConfig::published(2, 1)
    };
    let mut products = products(&size, FRAMES);
    group.bench_function("their products alone", |bencher| {
        let passes = 0..3 * 4 * CLIPS;
        bencher.iter(|| {
            (passes.clone()).for_each(|_| products.iter_mut().for_each(multiply));
        });
    });
    group.finish();
}

/// A store of two made movements.
fn made_store(folder: &Path, clips: usize) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let store = folder.join("made");
    let mut writer = ClipStoreWriter::create(&store)?;
    for number in 0..clips {
        let phrase = ["wave hand", "bow"][number % 2].to_owned();
        let entry = ClipEntry {
            clip: format!("clip-{number}"),
            dataset: "made".to_owned(),
            subject: format!("{}", number % 4),
            label: phrase.clone(),
            phrase,
            verb: "move".to_owned(),
            noun: String::new(),
            fps: 30.0,
            start: 0,
            frames: 0,
            bodies: 1,
        };
        let place = |t: usize, joint: usize| ((t * 25 + joint + number) as f32 * 0.37).sin();
        let joints =
            |t: usize| std::array::from_fn(|joint| [place(t, joint), joint as f32 * 0.07, 2.5]);
        writer.push(&entry, &(0..60).map(joints).collect::<Vec<_>>())?;
    }
    writer.finish()?;
    let splits = "split,role,values\n*,test-subjects,made:nobody\n";
    fs::write(folder.join("splits.csv"), splits)?;
    Ok(store)
}

fn encoder(criterion: &mut Criterion) {
    print_ratios();
    let config = ShiftGcnConfig::published(60, 1);
    let Some(weights) = weights(config) else {
        return;
    };
    let mut one = CpuStream::new(&weights);
    let mut four = Encoder::from_weights([&weights; 4], &Device::flex());
    let mut group = criterion.benchmark_group("encoder");
    group.sample_size(10);
    for frames in [64, 300] {
        let values = numbers(frames * JOINTS * 3);
        let Ok(clip) = Clip::from_values(values.clone(), 1, frames) else {
            continue;
        };
        let mut products = products(&config, frames);
        group.bench_function(BenchmarkId::new("products alone", frames), |b| {
            b.iter(|| products.iter_mut().for_each(multiply));
        });
        for batch in [1, 16] {
            let name = format!("T {frames}, batch {batch}");
            group.bench_function(BenchmarkId::new("one stream", &name), |b| {
                b.iter(|| {
                    for _ in 0..batch {
                        black_box(one.encode(&values, 1, frames)).ok();
                    }
                });
            });
            let clips = vec![clip.clone(); batch];
            group.bench_function(BenchmarkId::new("four streams", &name), |b| {
                b.iter(|| black_box(four.encode(&clips)));
            });
        }
    }
    group.finish();
    on_a_gpu(criterion, &weights);
}

/// Four streams on the first real GPU, where there is one.
fn on_a_gpu(criterion: &mut Criterion, weights: &StreamWeights) {
    let open = match device::open(&DeviceChoice::Gpu(0)) {
        Ok(open) => open,
        Err(error) => {
            writeln!(std::io::stderr(), "nothing is timed on a GPU: {error}").ok();
            return;
        }
    };
    writeln!(std::io::stderr(), "on the GPU {}", open.name).ok();
    let mut four = Encoder::from_weights([weights; 4], &open.device);
    let mut group = criterion.benchmark_group("encoder on a GPU");
    group.sample_size(10);
    for frames in [64, 300] {
        let Ok(clip) = Clip::from_values(numbers(frames * JOINTS * 3), 1, frames) else {
            continue;
        };
        for batch in [1, 16] {
            let clips = vec![clip.clone(); batch];
            let name = format!("T {frames}, batch {batch}");
            group.bench_function(BenchmarkId::new("four streams", &name), |b| {
                b.iter(|| black_box(four.encode(&clips)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, encoder, epochs);
criterion_main!(benches);
