//! NTU trees become clip stores: thousands of files, their faults, kills, and the original's own preparation.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use crate::cli::{expect, lines};
use crate::ntu_tree::{Tree, files};
use ndarray::Array5;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use synse::capture::clip_store::ClipStore;
use synse::capture::ntu_skeleton;
use synse::prepare::{Facts, Identity, Ntu, PrepareError, Settings, run};
use synse::skeleton::JOINT_COUNT;
use synse::window::bodies::choose;
use synse::window::clip::{Clip, ClipConfig, Stream};

fn settings(tree: &Tree, out: &Path) -> Settings {
    Settings {
        dataset: Ntu::Sixty,
        folder: tree.raw(),
        out: out.join("ntu60"),
        missing: Some(tree.missing_list()),
        frames: None,
        identity: Identity::Tracker,
        stop_after: None,
    }
}

fn quiet(_more: usize, _of: usize) {}

/// The program's arguments for the same.
fn arguments(settings: &Settings) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let missing = settings.missing.as_deref().unwrap();
    [
        "prepare",
        "ntu60",
        &text(&settings.folder),
        "--out",
        &text(&settings.out),
        "--missing",
        &text(missing),
    ]
    .map(str::to_owned)
    .to_vec()
}

#[test]
fn thousands_of_files_stopped_and_killed_give_the_same_bytes() {
    let tree = Tree::new(4_000, 11);
    let straight = tree.beside("straight");
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    let summary = run(&settings(&tree, &straight), &|more, of| {
        done.fetch_add(more, Ordering::Relaxed);
        assert_eq!(of, summary_files(&tree));
    })
    .unwrap();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} files in {seconds:.2} s: {:.0} files per second",
        summary.files,
        summary.files as f64 / seconds
    );
    assert_eq!(done.into_inner(), summary.files);
    assert!(summary.complete);
    assert_eq!(
        (summary.clips, summary.of_two, summary.left_out),
        (tree.clips, tree.of_two, tree.left_out)
    );
    assert_eq!(
        (
            summary.ghosts,
            summary.held,
            summary.missing,
            summary.of_other_setups
        ),
        (tree.ghosts, tree.held, tree.missing, tree.of_other_setups)
    );
    check_report(&straight, summary.losses.len());

    let stopped = tree.beside("stopped");
    let few = Settings {
        stop_after: Some(700),
        ..settings(&tree, &stopped)
    };
    let mut calls = 0;
    while !run(&few, &quiet).unwrap().complete {
        calls += 1;
        assert!(ClipStore::open(&few.out).is_err(), "nothing looks whole");
    }
    assert_eq!(calls, 5);
    assert_eq!(files(&straight), files(&stopped));

    let killed = tree.beside("killed");
    kill_again_and_again(&settings(&tree, &killed));
    assert_eq!(files(&straight), files(&killed));
}

fn summary_files(tree: &Tree) -> usize {
    // Three strangers are never opened, and the copy is not either.
    tree.clips + tree.left_out - 4
}

/// Every loss has a line with its reason, and the real faults their own reasons.
fn check_report(folder: &Path, losses: usize) {
    let report = fs::read_to_string(folder.join("ntu60.report.csv")).unwrap();
    let lost = report.lines().filter(|line| line.contains(",left out,"));
    let held = report.lines().filter(|line| line.contains("held at that"));
    assert_eq!(lost.count() + held.count(), losses);
    for reason in [
        "the same sample as s001/S001C001P001R001A002.skeleton",
        "expected a name like",
        "camera 1 to 3, found 4",
        "action 1 to 60, found 61",
        "the end of the file",
        "nobody is in view in any of its",
        "expected 25 joints, found 20",
        "found \"\"NaN",
        "bytes that are none",
        "at most 6 bodies, found 7",
        "it has no frames",
        "1 ghosts left out",
    ] {
        assert!(report.contains(reason), "no {reason:?} in\n{report}");
    }
}

/// Runs the program and kills it after every other part, until it is done.
fn kill_again_and_again(settings: &Settings) {
    let journal = settings.out.with_extension("unfinished").join("journal");
    let parts = || {
        let text = fs::read(&journal).unwrap_or_default();
        text.iter().filter(|byte| **byte == b'\n').count()
    };
    let mut kills = 0;
    loop {
        let before = parts();
        let mut child = Command::new(env!("CARGO_BIN_EXE_synse"))
            .args(arguments(settings))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            // Not at the very end: whether a kill comes before the last step or after it cannot be told from outside.
            if (before.max(1) + 2..14).contains(&parts()) {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        match ended {
            Some(status) => {
                assert_eq!(status.code(), Some(3), "files were lost");
                break;
            }
            None => {
                kills += 1;
                assert!(!settings.out.with_extension("csv").exists());
            }
        }
    }
    println!("killed {kills} times");
    assert!(kills >= 2);
}

#[test]
fn what_is_made_is_a_clip_store_for_training_and_info() {
    let tree = Tree::new(360, 24);
    let out = tree.beside("out");
    let settings = settings(&tree, &out);
    let (said, errors) = expect(3, arguments(&settings));
    assert!(said.contains("clips of"), "{said}");
    assert!(errors.contains(".skeleton: "), "{errors}");
    let store = settings.out.display().to_string();
    let (info, _) = expect(0, ["info", &store, "--json"]);
    let info = &lines(&info)[0];
    assert_eq!(
        (&info["kind"], &info["bodies"]),
        (&"clip-store".into(), &2.into())
    );
    let opened = ClipStore::open(&settings.out).unwrap();
    let entry = &opened.clips[7];
    let facts = Facts::of(Ntu::Sixty).unwrap();
    let action: usize = entry.clip[17..].parse().unwrap();
    assert_eq!(entry.phrase, facts.classes[action - 1].phrase);
    assert_eq!(entry.subject, entry.clip[8..12]);
    let (again, errors) = expect(1, arguments(&settings));
    assert!(again.is_empty() && errors.contains("already"), "{errors}");

    // P001 is a training subject, and so are all of so small a tree: only what 55/5 calls unseen is left out.
    let run = out.join("run").display().to_string();
    let train = [
        "train",
        "encoder",
        "--data",
        &store,
        "--out",
        &run,
        "--split",
        "55/5",
        "--widths",
        "16,16,16",
        "--feature",
        "16",
        "--frames",
        "8",
        "--epochs",
        "1",
    ];
    expect(0, train);
    let classes = fs::read_to_string(out.join("run/classes.txt")).unwrap();
    let splits = facts.splits().unwrap();
    let unseen = &splits.get("55/5").unwrap().unseen;
    assert_eq!(classes.lines().count(), 55);
    assert!(
        classes
            .lines()
            .all(|class| !unseen.iter().any(|other| other == class))
    );
}

#[test]
fn what_cannot_be_prepared_is_refused_before_anything_is_written() {
    let tree = Tree::new(60, 20);
    let out = tree.beside("out");
    let good = settings(&tree, &out);
    let refused = |settings: &Settings| run(settings, &quiet).unwrap_err();
    let empty = Settings {
        folder: tree.beside("empty"),
        ..good.clone()
    };
    assert!(matches!(
        refused(&empty),
        PrepareError::Nothing { others: 0, .. }
    ));
    let absent = Settings {
        folder: out.join("nowhere"),
        ..good.clone()
    };
    assert!(refused(&absent).to_string().contains("nowhere"));
    let list = out.join("list.txt");
    fs::write(&list, "these\nare no names\n").unwrap();
    let bad_list = Settings {
        missing: Some(list.clone()),
        ..good.clone()
    };
    assert!(matches!(
        refused(&bad_list),
        PrepareError::MissingList { lines: 2, .. }
    ));
    fs::remove_file(list).unwrap();
    fs::write(out.join("splits.csv"), "split,role,values\nA,unseen,bow\n").unwrap();
    assert!(matches!(refused(&good), PrepareError::OtherSplits { .. }));
    fs::remove_file(out.join("splits.csv")).unwrap();
    assert!(files(&out).is_empty(), "nothing is written");

    let begun = Settings {
        stop_after: Some(0),
        ..good.clone()
    };
    assert!(!run(&begun, &quiet).unwrap().complete);
    let other = Settings {
        identity: Identity::Place,
        ..good.clone()
    };
    let error = refused(&other).to_string();
    assert!(
        error.contains("told apart by tracker") && error.contains("delete"),
        "{error}"
    );
    assert!(run(&good, &quiet).unwrap().complete);
}

/// The shared files of the original preparation, where they are at hand.
fn original() -> Option<PathBuf> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/shift-gcn/preprocess");
    if !folder.exists() {
        println!("skipped: {} is not here", folder.display());
        return None;
    }
    Some(folder)
}

/// The four made files in the order of the reference's arrays.
const FILES: [&str; 4] = [
    "S001C001P001R001A011",
    "S001C001P004R001A055",
    "S001C002P002R001A050",
    "S001C003P003R001A027",
];

#[test]
fn the_originals_preparation_comes_out() {
    let Some(folder) = original() else { return };
    let out = tempfile::tempdir().unwrap();
    let settings = Settings {
        dataset: Ntu::Sixty,
        folder: folder.clone(),
        out: out.path().join("four"),
        missing: None,
        frames: Some(300),
        identity: Identity::Place,
        stop_after: None,
    };
    let summary = run(&settings, &quiet).unwrap();
    assert_eq!((summary.clips, summary.left_out, summary.held), (4, 0, 0));
    let store = ClipStore::open(&settings.out).unwrap();
    let read = |name: &str| -> Array5<f32> { ndarray_npy::read_npy(folder.join(name)).unwrap() };
    let (raw, joint) = (read("raw_joint.npy"), read("joint.npy"));
    let (mut off_raw, mut off_stored, mut off) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (index, file) in FILES.into_iter().enumerate() {
        let tracks = store.tracks_of(store.find(file).unwrap()).unwrap();
        for body in 0..2 {
            for (frame, values) in
                (0..300).map(|frame| (frame, raw.slice(ndarray::s![index, .., frame, .., body])))
            {
                for number in 0..JOINT_COUNT {
                    let stored = tracks.get(body).and_then(|track| track.get(frame));
                    for axis in 0..3 {
                        let stored = stored.map_or(0.0, |joints| joints[number][axis]);
                        off_raw = off_raw.max((stored - values[[axis, number]]).abs());
                    }
                }
            }
        }
        let largest = |clip: &Clip| {
            let values = clip.stream(Stream::Joint);
            let mut largest = 0.0_f32;
            for (at, value) in values.iter().enumerate() {
                let (axis, number) = (at % 3, at / 3 % JOINT_COUNT);
                let (frame, body) = (at / 75 % 300, at / 75 / 300);
                largest = largest.max((value - joint[[index, axis, frame, number, body]]).abs());
            }
            largest
        };
        off_stored = off_stored.max(largest(
            &Clip::from_bodies(&tracks, &ClipConfig::ntu()).unwrap(),
        ));
        let frames = ntu_skeleton::read(folder.join(file).with_extension("skeleton")).unwrap();
        let chosen = choose(&frames, 2, Identity::Place).tracks;
        off = off.max(largest(
            &Clip::from_bodies(&chosen, &ClipConfig::ntu()).unwrap(),
        ));
        let by_tracker = choose(&frames, 2, Identity::Tracker);
        println!(
            "{file}: {} bodies, by tracker {} and {} ghosts",
            chosen.len(),
            by_tracker.tracks.len(),
            by_tracker.ghosts
        );
    }
    println!(
        "off by {off_raw:.1e} m as stored, {off:.1e} normalised, {off_stored:.1e} normalised from the store"
    );
    assert!(
        off_raw <= 1.01e-4,
        "half a step of the store, not {off_raw}"
    );
    assert!(off < 1e-5, "{off}");
    // Half a step at both ends of the first frame's spine turns all of it by up to a milliradian, and these made
    // bodies reach more than three metres from their middle.
    assert!(off_stored < 6e-3, "{off_stored}");
}
