//! An encoder's training that is killed at any moment comes to the same, and goes on only with what it began with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::cli::synse;
use crate::encoder_training::{made_store, performed, small_training};
use crate::fakes::write_store;
use safetensors::SafeTensors;
use synse::skeleton::{JOINT_COUNT, Joints};
use synse::train::encoder::{EncoderTraining, HeadTraining, TrainError, blend, refit, run};

/// What a run leaves: its weights and checkpoints to the byte, and its table but for the time that it took.
fn left(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("safetensors") => {
                // The header's remarks come in any order.
                let bytes = fs::read(&path).unwrap();
                let tensors = SafeTensors::deserialize(&bytes).unwrap();
                let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
                let remarks: BTreeMap<_, _> = header.metadata().iter().flatten().collect();
                let mut content = format!("{remarks:?}").into_bytes();
                for (tensor, view) in tensors.iter().collect::<BTreeMap<_, _>>() {
                    content.extend(tensor.bytes().chain(view.data().iter().copied()));
                }
                found.insert(name, content)
            }
            Some("txt") => found.insert(name, fs::read(&path).unwrap()),
            Some("csv") => {
                let table = fs::read_to_string(&path).unwrap();
                let rows = table.lines().map(|row| row.rsplit_once(',').unwrap().0);
                found.insert(name, rows.collect::<Vec<_>>().join("\n").into_bytes())
            }
            _ => None,
        };
    }
    found
}

#[track_caller]
fn same(one: &Path, other: &Path) {
    let (one, other) = (left(one), left(other));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (name, content) in &one {
        assert!(*content == other[name], "{name} differs");
    }
}

/// The program at work on a run of [`small_training`]'s settings.
fn begun(config: &EncoderTraining) -> Child {
    let mut command = synse();
    command
        .args(["train", "encoder", "--data"])
        .arg(&config.data);
    command.arg("--out").arg(&config.out);
    let numbers = [
        ("--widths", "16,16,16".to_owned()),
        ("--feature", config.feature.to_string()),
        ("--frames", config.frames.to_string()),
        ("--teacher-frames", config.teacher_frames.to_string()),
        ("--epochs", config.epochs.to_string()),
        ("--batch", config.batch.to_string()),
        ("--feature-weight", config.feature_weight.to_string()),
        ("--cosine-weight", config.cosine_weight.to_string()),
        ("--seed", config.seed.to_string()),
        ("--test-every", config.test_every.to_string()),
    ];
    for (option, value) in numbers {
        command.arg(option).arg(value);
    }
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_training_that_is_killed_again_and_again_comes_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = made_store(folder.path());
    let config = |name: &str| EncoderTraining {
        epochs: 12,
        ..small_training(&store, &folder.path().join(name))
    };
    let (whole, killed) = (config("whole"), config("killed"));
    run(&whole).unwrap();
    // Kills come when the first checkpoint of an epoch is new, and some moments later: in the midst of the others, of the
    // table and of the next epoch.
    let checkpoint = killed.out.join("checkpoint-joint.safetensors");
    let written = || {
        fs::metadata(&checkpoint)
            .and_then(|about| about.modified())
            .ok()
    };
    let mut kills = 0;
    loop {
        let before = written();
        let mut child = begun(&killed);
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if written() != before {
                sleep(Duration::from_millis(kills * 3 % 17));
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            sleep(Duration::from_micros(300));
        };
        match ended {
            Some(status) => {
                assert!(status.success(), "{status}");
                break;
            }
            None => kills += 1,
        }
    }
    assert!(kills >= 6, "killed {kills} times only");
    same(&whole.out, &killed.out);
}

#[test]
fn whatever_a_kill_leaves_of_the_last_epoch_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let store = made_store(folder.path());
    let whole = small_training(&store, &folder.path().join("whole"));
    run(&whole).unwrap();
    let mut config = small_training(&store, &folder.path().join("parts"));
    config.stop_after = Some(2);
    run(&config).unwrap();
    config.stop_after = None;
    let at = |name: &str| config.out.join(name);
    let keep = |name: &str| fs::read(at(name)).unwrap();
    let (checkpoint, stream) = ("checkpoint-bone.safetensors", "bone.safetensors");
    let before = [checkpoint, stream, "metrics.csv"].map(|name| (name, keep(name)));
    run(&config).unwrap();
    same(&whole.out, &config.out);
    let [(_, old_checkpoint), (_, old_stream), (_, old_table)] = before;
    // Killed between a stream's weights and its checkpoint, before either, and before the table.
    for files in [
        vec![(checkpoint, &old_checkpoint), ("metrics.csv", &old_table)],
        vec![
            (checkpoint, &old_checkpoint),
            (stream, &old_stream),
            ("metrics.csv", &old_table),
        ],
        vec![("metrics.csv", &old_table)],
    ] {
        for (name, content) in &files {
            fs::write(at(name), content).unwrap();
        }
        run(&config).unwrap();
        same(&whole.out, &config.out);
    }
    // A table that was torn, as older versions could leave it.
    let table = fs::read_to_string(at("metrics.csv")).unwrap();
    fs::write(at("metrics.csv"), &table[..table.len() - 20]).unwrap();
    run(&config).unwrap();
    same(&whole.out, &config.out);
}

/// Twelve clips of two phrases by two people, and so many of a third.
fn store_with(folder: &Path, rare: usize) -> PathBuf {
    let still: Vec<Joints> = vec![std::array::from_fn(|j| [0.1, j as f32 * 0.07, 2.5]); 20];
    assert_eq!(still[0].len(), JOINT_COUNT);
    let phrase = |number: usize| match number {
        0..12 => ["wave hand", "kick ball"][number % 2],
        _ => "jump up",
    };
    let clips = (0..12 + rare).map(|number| {
        let entry = performed(number, number / 2 % 2, phrase(number));
        (entry, still.clone())
    });
    let store = folder.join(format!("rare-{rare}"));
    write_store(&store, &clips.collect::<Vec<_>>());
    store
}

#[test]
fn a_split_of_unknown_phrases_and_a_class_of_one_clip_are_refused_before_there_is_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let splits = folder.path().join("splits.csv");
    fs::write(
        &splits,
        "split,role,values\nM,unseen,kick bal\nN,unseen,jump up\n",
    )
    .unwrap();
    let refused = |rare: usize, split: Option<&str>| {
        let out = folder.path().join("run");
        let config = EncoderTraining {
            split: split.map(str::to_owned),
            ..small_training(&store_with(folder.path(), rare), &out)
        };
        let refused = run(&config)
            .map(|_report| ())
            .map_err(|error| error.to_string());
        assert!(refused.is_ok() || !out.exists());
        refused
    };
    let error = refused(2, Some("M")).unwrap_err();
    for told in ["splits.csv", "\"kick bal\"", "such as \"kick ball\""] {
        assert!(error.contains(told), "{error}");
    }
    let error = refused(1, None).unwrap_err();
    assert!(
        error.starts_with("1 training clips of \"jump up\""),
        "{error}"
    );
    assert_eq!(refused(1, Some("N")), Ok(()));
}

#[test]
fn a_run_goes_on_with_the_clips_that_it_began_with_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let splits = folder.path().join("splits.csv");
    let withhold = |phrase: &str| {
        let rows = format!("split,role,values\nM,unseen,{phrase}\n");
        fs::write(&splits, rows).unwrap();
    };
    withhold("kick ball");
    let mut config = EncoderTraining {
        split: Some("M".to_owned()),
        stop_after: Some(1),
        ..small_training(&store_with(folder.path(), 2), &folder.path().join("run"))
    };
    run(&config).unwrap();
    withhold("wave hand");
    let error = run(&config).unwrap_err();
    assert!(
        matches!(&error, TrainError::OtherRun { field, .. } if field == "clips"),
        "{error}"
    );
    withhold("kick ball");
    let moved = folder.path().join("moved");
    fs::rename(&config.out, &moved).unwrap();
    config.out = moved;
    assert_eq!(run(&config).unwrap().epochs, 2);
    // Nothing else is put into its folder.
    let head = HeadTraining {
        data: config.data.clone(),
        splits: None,
        encoder: config.out.clone(),
        out: folder.path().join("head"),
        penalty: 0.003,
        measures: 0.0,
    };
    refit(&head).unwrap();
    let over = HeadTraining {
        encoder: head.out.clone(),
        out: config.out.clone(),
        ..head
    };
    for error in [
        refit(&over).unwrap_err(),
        blend(&over.encoder, &config.out, 0.5, &config.out).unwrap_err(),
    ] {
        assert!(matches!(&error, TrainError::RunFolder { .. }), "{error}");
    }
}

#[test]
fn numbers_that_are_none_and_no_epochs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |change: &dyn Fn(&mut EncoderTraining)| {
        let mut config = small_training(&folder.path().join("none"), &folder.path().join("run"));
        change(&mut config);
        run(&config).unwrap_err().to_string()
    };
    let error = refused(&|config| config.weight_decay = f32::NAN);
    assert_eq!(error, "weight-decay: expected 0 or more, got NaN");
    let error = refused(&|config| config.smoothing = f32::NAN);
    assert_eq!(error, "smoothing: expected 0 to 1, got NaN");
    let error = refused(&|config| config.epochs = 0);
    assert_eq!(error, "epochs: expected at least 1, got 0");
}
