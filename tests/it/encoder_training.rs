//! The training of an encoder: stopped and gone on with, its head fitted anew, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use synse::capture::clip_store::{ClipEntry, ClipStore, ClipStoreWriter};
use synse::device::DeviceChoice;
use synse::encoder::weights::StreamWeights;
use synse::encoder::{Encoder, FeatureView, MEASURES_FILE, MeasuresHead, stream_files};
use synse::skeleton::Joints;
use synse::train::encoder::{
    Augmentation, EncoderTraining, HeadTraining, OptimizerKind, TrainError, refit, run,
};

use synse::window::clip::{Clip, ClipConfig};

use crate::fakes::{clip_entry, write_store};

/// A clip of somebody who does something.
pub(crate) fn performed(number: usize, person: usize, phrase: &str) -> ClipEntry {
    ClipEntry {
        subject: format!("{person}"),
        label: phrase.to_owned(),
        phrase: phrase.to_owned(),
        verb: "move".to_owned(),
        noun: String::new(),
        ..clip_entry(&format!("clip-{number}"))
    }
}

/// The third person is a test subject.
fn hold_out_one(folder: &Path) {
    let splits = "split,role,values\n*,test-subjects,made:2\n";
    fs::write(folder.join("splits.csv"), splits).unwrap();
}

/// A store of two movements by three people, one of whom is held out.
pub(crate) fn made_store(folder: &Path) -> PathBuf {
    let mut clips = Vec::new();
    for number in 0..18 {
        let (phrase, person) = (["wave hand", "bow"][number % 2], number / 2 % 3);
        let joints = |t: usize| -> Joints {
            std::array::from_fn(|joint| {
                let moved = (t as f32 * 0.3 + number as f32).sin() * 0.3;
                let (high, wide) = (joint as f32 * 0.07, (joint % 5) as f32 * 0.1);
                match (number % 2, joint) {
                    (0, 8..=11) => [wide + moved, high, 2.5],
                    (1, 2..=11) => [wide, high + moved, 2.5 - moved],
                    _ => [wide, high, 2.5],
                }
            })
        };
        let entry = performed(number, person, phrase);
        clips.push((entry, (0..30).map(joints).collect()));
    }
    let store = folder.join("made");
    write_store(&store, &clips);
    hold_out_one(folder);
    store
}

pub(crate) fn small_training(store: &Path, out: &Path) -> EncoderTraining {
    EncoderTraining {
        data: store.to_owned(),
        splits: None,
        split: None,
        without_validation: false,
        all_subjects: false,
        gate_subjects: Vec::new(),
        teacher: None,
        teacher_frames: 16,
        teacher_cache: None,
        start_from: None,
        out: out.to_owned(),
        bodies: 1,
        widths: [16, 16, 16],
        feature: 8,
        frames: 16,
        epochs: 3,
        batch: 4,
        rate: 0.002,
        weight_decay: 0.01,
        optimizer: OptimizerKind::AdamW,
        feature_weight: 1.0,
        cosine_weight: 1.0,
        smoothing: 0.05,
        mirror: 0.5,
        no_augment: Vec::new(),
        seed: 7,
        test_every: 1,
        stop_after: None,
        device: DeviceChoice::Cpu,
    }
}

#[test]
fn a_stopped_training_goes_on_as_if_it_had_not_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let store = made_store(folder.path());
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let report = run(&small_training(&store, &whole)).unwrap();
    assert_eq!(report.epochs, 3);
    assert!(report.test_accuracy.is_some());

    let mut config = small_training(&store, &parts);
    config.stop_after = Some(1);
    assert_eq!(run(&config).unwrap().epochs, 1);
    config.stop_after = None;
    assert_eq!(run(&config).unwrap().epochs, 3);
    for name in ["joint", "bone", "joint_motion", "bone_motion"] {
        let weights =
            |run: &Path| StreamWeights::read(&run.join(format!("{name}.safetensors"))).unwrap();
        assert_eq!(weights(&whole), weights(&parts), "{name}");
    }
    let encoder = Encoder::load(&whole, &Device::flex()).unwrap();
    assert_eq!(
        (encoder.frames(), encoder.classes(), encoder.feature_width()),
        (16, 2, 8)
    );
    assert_eq!(
        fs::read_to_string(whole.join("classes.txt")).unwrap(),
        "bow\nwave hand\n"
    );
    assert_eq!(
        fs::read_to_string(whole.join("metrics.csv"))
            .unwrap()
            .lines()
            .count(),
        13
    );

    let fast = EncoderTraining {
        rate: 0.004,
        ..config.clone()
    };
    let unturned = EncoderTraining {
        no_augment: vec![Augmentation::View],
        ..config
    };
    for (other, differs) in [(fast, "rate"), (unturned, "no_augment")] {
        let error = run(&other).unwrap_err();
        assert!(
            matches!(&error, TrainError::OtherRun { field, .. } if field == differs),
            "{error}"
        );
    }
}

#[test]
fn settings_that_no_training_can_follow_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = made_store(folder.path());
    let mut config = small_training(&store, &folder.path().join("run"));
    config.frames = 18;
    let error = run(&config).unwrap_err().to_string();
    assert_eq!(error, "frames: expected a multiple of 4, got 18");
    config.frames = 16;
    config.split = Some("Z".to_owned());
    let error = run(&config).unwrap_err().to_string();
    assert!(error.contains("got `Z`"), "{error}");
}

/// A store in which somebody runs about, and somebody else beside them waves or bows: only the second says which.
fn store_of_two_bodies(folder: &Path) -> PathBuf {
    let store = folder.join("pairs");
    let mut writer = ClipStoreWriter::create(&store).unwrap();
    for number in 0..24 {
        let (phrase, person) = (["wave hand", "bow"][number % 2], number / 2 % 3);
        let place = |joint: usize| ((joint % 5) as f32 * 0.1, joint as f32 * 0.07);
        let swing = |t: usize, far: f32| (t as f32 * 0.5 + number as f32).sin() * far;
        let runner: Vec<Joints> = (0..30)
            .map(|t| {
                std::array::from_fn(|joint| {
                    let (wide, high) = place(joint);
                    [wide + swing(t, 0.8), high + swing(t + joint, 0.2), 2.5]
                })
            })
            .collect();
        let other: Vec<Joints> = (0..30)
            .map(|t| {
                std::array::from_fn(|joint| {
                    let (wide, high) = place(joint);
                    match (number % 2, joint) {
                        (0, 8..=11) => [1.0 + wide + swing(t, 0.3), high, 2.5],
                        (1, 2..=11) => [1.0 + wide, high + swing(t, 0.3), 2.5],
                        _ => [1.0 + wide, high, 2.5],
                    }
                })
            })
            .collect();
        let entry = performed(number, person, phrase);
        writer.push_tracks(&entry, &[&runner, &other]).unwrap();
    }
    writer.finish().unwrap();
    hold_out_one(folder);
    store
}

#[test]
fn what_a_second_body_does_is_learned_where_clips_have_two() {
    let folder = tempfile::tempdir().unwrap();
    let store = store_of_two_bodies(folder.path());
    let train = |bodies: usize| {
        let out = folder.path().join(format!("run-{bodies}"));
        let config = EncoderTraining {
            bodies,
            epochs: 30,
            test_every: 30,
            rate: 0.01,
            ..small_training(&store, &out)
        };
        (run(&config).unwrap().test_accuracy.unwrap(), out)
    };
    let (both, out) = train(2);
    assert!(both > 0.9, "{both}");
    assert_eq!(Encoder::load(&out, &Device::flex()).unwrap().bodies(), 2);
    let (alone, _) = train(1);
    assert!(alone < 0.8, "{alone}");

    let config = EncoderTraining {
        bodies: 3,
        ..small_training(&store, &folder.path().join("three"))
    };
    let error = run(&config).unwrap_err().to_string();
    assert_eq!(error, "bodies: expected 1 or 2, got 3");
}

#[test]
fn a_head_is_fitted_to_the_end_on_features_that_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = made_store(folder.path());
    let (trained, out) = (folder.path().join("run"), folder.path().join("out"));
    let mut training = small_training(&store, &trained);
    training.gate_subjects = vec!["made:1".to_owned()];
    run(&training).unwrap();
    let mut config = HeadTraining {
        data: store,
        splits: None,
        encoder: trained.clone(),
        out: out.clone(),
        penalty: 0.003,
        measures: 0.0,
    };
    let report = refit(&config).unwrap();
    assert!(report.training_accuracy > 0.9, "{report:?}");
    for share in [report.kept_back_accuracy, report.test_accuracy] {
        assert!((0.0..=1.0).contains(&share.unwrap()), "{report:?}");
    }
    for (before, after) in stream_files(&trained)
        .unwrap()
        .iter()
        .zip(stream_files(&out).unwrap())
    {
        let (before, after) = (
            StreamWeights::read(before).unwrap(),
            StreamWeights::read(&after).unwrap(),
        );
        assert_ne!(before.values("fc.weight"), after.values("fc.weight"));
        assert_eq!(before.with_blank_head(2), after.with_blank_head(2));
    }
    assert!(out.join("classes.txt").is_file() && out.join("config.toml").is_file());
    assert!(!out.join(MEASURES_FILE).exists());

    // With the measures beside them the streams stay as they are, and the encoder's logits are another sum.
    config.measures = 0.6;
    config.out = folder.path().join("measured");
    let measured = refit(&config).unwrap();
    assert!(measured.training_accuracy > 0.9, "{measured:?}");
    let joints = &ClipStore::open(&config.data).unwrap();
    let joints = joints.joints_of(&joints.clips[0]).unwrap();
    let clip = [Clip::from_joints(&joints, &ClipConfig::uniform(1, 16)).unwrap()];
    let logits = |folder: &Path, view: FeatureView| {
        let mut encoder = Encoder::load(folder, &Device::flex()).unwrap();
        encoder.set_view(view);
        encoder.encode(&clip).unwrap().remove(0).seen_logits
    };
    let plain = logits(&out, FeatureView::Measured);
    assert_eq!(plain, logits(&config.out, FeatureView::Fused));
    let mut expected = plain.clone();
    let head = MeasuresHead::read(&config.out.join(MEASURES_FILE), plain.len()).unwrap();
    head.add_to(&mut expected, clip[0].measures.as_deref().unwrap());
    assert_ne!(plain, expected);
    assert_eq!(expected, logits(&config.out, FeatureView::Measured));

    config.measures = f32::NAN;
    let error = refit(&config).unwrap_err().to_string();
    assert_eq!(error, "measures: expected 0 or more, got NaN");
    config.measures = 0.0;
    config.penalty = -1.0;
    let error = refit(&config).unwrap_err().to_string();
    assert_eq!(error, "penalty: expected 0 or more, got -1");
    config.penalty = 0.0;
    fs::remove_file(trained.join("config.toml")).unwrap();
    let error = refit(&config).unwrap_err().to_string();
    assert!(error.contains("config.toml"), "{error}");
}
