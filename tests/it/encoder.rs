//! The encoder against the released code's own numbers, its checkpoints, and bad files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use ndarray::ArrayD;
use safetensors::tensor::{Dtype, TensorView};
use synse::device;
use synse::encoder::cpu::CpuStream;
use synse::encoder::shift_gcn::ShiftGcn;
use synse::encoder::weights::{PlainTensor, StreamWeights};
use synse::encoder::{Encoder, EncoderError, ShiftGcnConfig};
use synse::window::clip::Clip;

/// A folder of the shared data, or `None` with a sentence where it is absent.
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
fn shared(part: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(part);
    if folder.exists() {
        return Some(folder);
    }
    println!("{} is not there: nothing to compare with", folder.display());
    None
}

/// The device that `SYNSE_TEST_DEVICE` names, such as `gpu`; without it burn on the CPU.
fn device() -> Device {
    std::env::var("SYNSE_TEST_DEVICE").map_or_else(
        |_| Device::flex(),
        |choice| device::open(&choice.parse().unwrap()).unwrap().device,
    )
}

fn npy(file: &Path) -> ArrayD<f32> {
    ndarray_npy::read_npy(file).unwrap()
}

/// PyTorch's `[clip, xyz, frame, joint, body]` as one `[body][frame][joint][xyz]` per clip.
fn clips(x: &ArrayD<f32>) -> Vec<Vec<f32>> {
    let clip = |clip: ndarray::ArrayViewD<'_, f32>| {
        let order = clip.permuted_axes(vec![3, 1, 2, 0]);
        order.iter().copied().collect::<Vec<f32>>()
    };
    x.outer_iter().map(clip).collect()
}

/// Within 1e-4 of the reference, and 4e-4 where values are large: the random networks' features reach 150, of which
/// single precision keeps no more.
fn assert_close(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1.0_f32, |largest, x| largest.max(x.abs()));
    let tolerance = 1e-4 * largest.min(4.0);
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (got - expected).abs() <= tolerance,
            "{what}[{index}]: {got} for {expected}"
        );
    }
}

#[test]
fn features_and_logits_are_the_references_for_all_lengths_and_bodies() {
    let Some(folder) = shared("reference/shift-gcn") else {
        return;
    };
    for (name, bodies) in [("M1_rand", 1), ("M2_rand", 2)] {
        let folder = folder.join(name);
        let weights = StreamWeights::read(&folder.join("state_dict.safetensors")).unwrap();
        let mut cpu = CpuStream::new(&weights);
        let mut device = ShiftGcn::new(&weights, &device());
        for frames in [64, 300] {
            let file = |what: &str| folder.join(format!("{what}_T{frames}.npy"));
            let (features, logits) = (npy(&file("features")), npy(&file("logits")));
            let clips = clips(&npy(&file("x")));
            let views: Vec<&[f32]> = clips.iter().map(Vec::as_slice).collect();
            let batch = device.encode(&views, bodies, frames).unwrap();
            for (index, clip) in clips.iter().enumerate() {
                let what = format!("{name} T{frames} clip {index}");
                let rows = [&features, &logits].map(|table| {
                    table
                        .outer_iter()
                        .nth(index)
                        .unwrap()
                        .iter()
                        .copied()
                        .collect::<Vec<f32>>()
                });
                for got in [&cpu.encode(clip, bodies, frames).unwrap(), &batch[index]] {
                    assert_close(&got.feature, &rows[0], &what);
                    assert_close(&got.logits, &rows[1], &what);
                }
            }
        }
    }
}

#[test]
fn every_layer_is_the_references_on_both_paths() {
    let Some(folder) = shared("reference/shift-gcn/M1_rand") else {
        return;
    };
    let weights = StreamWeights::read(&folder.join("state_dict.safetensors")).unwrap();
    let clip = clips(&npy(&folder.join("x_T64.npy"))).remove(0);
    let ours = CpuStream::new(&weights).layers(&clip, 0, 64).unwrap();
    let burns = ShiftGcn::new(&weights, &device())
        .layers(&clip, 64)
        .unwrap();
    for (layer, name) in [(0, "data_bn"), (1, "l1"), (5, "l5"), (8, "l8"), (10, "l10")] {
        let file = folder.join(format!("inter_T64_{name}.npy"));
        let expected = npy(&file);
        // [channel, frame, joint] of the first clip to [frame][joint][channel].
        let first = expected.outer_iter().next().unwrap();
        let expected: Vec<f32> = first.permuted_axes(vec![1, 2, 0]).iter().copied().collect();
        assert_close(&ours[layer], &expected, name);
        assert_close(&burns[layer], &expected, name);
    }
    for (layer, (a, b)) in ours.iter().zip(&burns).enumerate() {
        assert_close(a, b, &format!("layer {layer}, CPU against burn"));
    }
}

#[test]
fn a_pickle_and_a_safetensors_file_of_one_network_are_equal() {
    let Some(folder) = shared("reference/shift-gcn/M2_rand") else {
        return;
    };
    let pickle = StreamWeights::read(&folder.join("state_dict.pt")).unwrap();
    let tensors = StreamWeights::read(&folder.join("state_dict.safetensors")).unwrap();
    assert_eq!(pickle, tensors);
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join("joint.safetensors");
    pickle.write(&file).unwrap();
    assert_eq!(StreamWeights::read(&file).unwrap(), pickle);
}

#[test]
fn the_four_ntu_checkpoints_load_and_run() {
    let Some(folder) = shared("models/ntu120-shift-gcn") else {
        return;
    };
    let mut encoder = Encoder::load(&folder, &device()).unwrap();
    assert_eq!(
        (encoder.classes(), encoder.feature_width(), encoder.bodies()),
        (120, 256, 2)
    );
    let alone: Vec<f32> = (0..64 * 75)
        .map(|i| (i as f32 * 0.37).sin() * 0.4)
        .collect();
    let mut with_absent = alone.clone();
    with_absent.resize(2 * alone.len(), 0.0);
    let batch = [
        Clip::from_values(alone, 1, 64).unwrap(),
        Clip::from_values(with_absent, 2, 64).unwrap(),
    ];
    let encodings = encoder.encode(&batch).unwrap();
    // A second body that is not there is zeros, and takes part in the mean.
    assert_eq!(encodings[0], encodings[1]);
    assert_eq!(
        (encodings[0].feature.len(), encodings[0].seen_logits.len()),
        (256, 120)
    );
    assert!(encodings[0].feature.iter().all(|x| x.is_finite()));
    let streams = encoder.encode_streams(&batch[..1]).unwrap();
    let weights = [0.3, 0.3, 0.2, 0.2];
    let mean: f32 = (0..4).map(|i| weights[i] * streams[0][i].feature[7]).sum();
    assert!((mean - encodings[0].feature[7]).abs() < 1e-5);
}

/// Tensors of a small network, all of them there.
fn small_tensors(config: &ShiftGcnConfig) -> BTreeMap<String, PlainTensor> {
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let length: usize = shape.iter().product();
        let value = |i: usize| ((i * 7919 + name.len() * 31) % 101) as f32 / 101.0 + 0.05;
        let values = (0..length).map(value).collect();
        (name.clone(), PlainTensor { shape, values })
    };
    config.tensors().into_iter().map(tensor).collect()
}

const SMALL: ShiftGcnConfig = ShiftGcnConfig {
    classes: 3,
    widths: [16, 16, 32],
    feature: 8,
    bodies: 1,
};

fn write_tensors(file: &Path, tensors: &BTreeMap<String, PlainTensor>) {
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, tensor)| {
            let bytes = tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect();
            (name.clone(), tensor.shape.clone(), bytes)
        })
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    fs::write(file, safetensors::serialize(views, None).unwrap()).unwrap();
}

#[test]
fn what_is_wrong_with_a_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("joint.safetensors");
    let tensors = small_tensors(&SMALL);
    write_tensors(&file, &tensors);
    assert_eq!(StreamWeights::read(&file).unwrap().config(), &SMALL);

    let mut without = tensors.clone();
    without.remove("l3.tcn1.bn.bias");
    write_tensors(&file, &without);
    let error = StreamWeights::read(&file).unwrap_err().to_string();
    assert!(
        error.contains("joint.safetensors") && error.contains("`l3.tcn1.bn.bias`"),
        "{error}"
    );
    assert!(error.contains("[16]"), "{error}");

    let mut wrong = tensors.clone();
    wrong.get_mut("l9.gcn1.Linear_weight").unwrap().shape = vec![16, 64];
    write_tensors(&file, &wrong);
    let error = StreamWeights::read(&file).unwrap_err().to_string();
    assert!(
        error.contains("[16, 64]") && error.contains("expected [32, 32]"),
        "{error}"
    );

    let mut broken = tensors.clone();
    broken.get_mut("fc.bias").unwrap().values[1] = f32::NAN;
    write_tensors(&file, &broken);
    let error = StreamWeights::read(&file).unwrap_err().to_string();
    assert!(error.contains("`fc.bias`, value 1 is NaN"), "{error}");

    for ending in ["safetensors", "pt"] {
        let file = folder.path().join(format!("bad.{ending}"));
        for bytes in [&b""[..], b"not a checkpoint at all", &[0xff; 300]] {
            fs::write(&file, bytes).unwrap();
            let error = StreamWeights::read(&file).unwrap_err();
            assert!(
                matches!(error, EncoderError::NotCheckpoint { .. }),
                "{error}"
            );
        }
    }
    write_tensors(&file, &tensors);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let error = StreamWeights::read(&file).unwrap_err();
    assert!(
        matches!(error, EncoderError::NotCheckpoint { .. }),
        "{error}"
    );
    let error = Encoder::load(folder.path(), &Device::flex()).unwrap_err();
    assert!(matches!(error, EncoderError::NoStream { .. }), "{error}");
    let absent = StreamWeights::read(&folder.path().join("absent.pt")).unwrap_err();
    assert!(matches!(absent, EncoderError::File { .. }), "{absent}");
}

#[test]
fn clips_that_do_not_fit_are_refused() {
    let weights = StreamWeights::new(SMALL, small_tensors(&SMALL), None).unwrap();
    let mut stream = CpuStream::new(&weights);
    for (bodies, frames, length) in [(1, 6, 450), (1, 0, 0), (2, 8, 1200), (1, 8, 599), (0, 8, 0)] {
        let error = stream
            .encode(&vec![0.1; length], bodies, frames)
            .unwrap_err();
        assert!(matches!(error, EncoderError::ClipShape { .. }), "{error}");
    }
    let mut values = vec![0.1; 600];
    values[17] = f32::INFINITY;
    let error = stream.encode(&values, 1, 8).unwrap_err();
    assert!(
        matches!(error, EncoderError::ClipNotFinite { index: 17, .. }),
        "{error}"
    );
    assert!(stream.encode(&[0.1; 600], 1, 8).is_ok());
}
