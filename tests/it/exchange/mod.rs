//! Takes to files and back: exact to each format's precision, and readable where other tools differ.

mod blender;
mod bvh;
mod damage;
mod foreign;
mod round_trips;

use self::foreign::v1_rows;
use crate::cli::expect;
use std::fs;
use std::path::{Path, PathBuf};
use synse::capture::clip_store::ClipStore;
use synse::recording::export::{Exported, Format, export};
use synse::recording::import::{ImportOptions, read};
use synse::recording::take::{Take, TakeFacts};
use synse::skeleton::{Body, Frame, JOINT_COUNT, Joint, Joints, Tracking};
use tempfile::TempDir;

/// A person of 1.7 m who faces the sensor and waves.
pub(super) fn person(phase: f32) -> Joints {
    let mut at = [[0.0_f32; 3]; JOINT_COUNT];
    let mut put = |joint: Joint, x: f32, y: f32, z: f32| at[joint as usize] = [x, y, z + 2.5];
    put(Joint::SpineBase, 0.0, -0.1, 0.0);
    put(Joint::SpineMid, 0.0, 0.2, 0.01);
    put(Joint::SpineShoulder, 0.01, 0.45, 0.0);
    put(Joint::Neck, 0.01, 0.52, 0.0);
    put(Joint::Head, 0.02, 0.68, -0.02);
    for (side, x) in [(0, -1.0_f32), (1, 1.0)] {
        let of = |left: Joint, right: Joint| if side == 0 { left } else { right };
        let swing = if side == 1 { phase.sin() * 0.2 } else { 0.0 };
        put(
            of(Joint::ShoulderLeft, Joint::ShoulderRight),
            0.18 * x,
            0.4,
            0.0,
        );
        put(
            of(Joint::ElbowLeft, Joint::ElbowRight),
            0.25 * x,
            0.15 + swing,
            -0.05,
        );
        put(
            of(Joint::WristLeft, Joint::WristRight),
            0.28 * x,
            0.1 + 2.0 * swing,
            -0.25,
        );
        put(
            of(Joint::HandLeft, Joint::HandRight),
            0.28 * x,
            0.1 + 2.4 * swing,
            -0.32,
        );
        put(
            of(Joint::HandTipLeft, Joint::HandTipRight),
            0.29 * x,
            0.1 + 2.6 * swing,
            -0.4,
        );
        put(
            of(Joint::ThumbLeft, Joint::ThumbRight),
            0.24 * x,
            0.12 + 2.5 * swing,
            -0.35,
        );
        put(of(Joint::HipLeft, Joint::HipRight), 0.09 * x, -0.12, 0.0);
        put(
            of(Joint::KneeLeft, Joint::KneeRight),
            0.1 * x,
            -0.5,
            -0.02 + 0.3 * swing,
        );
        put(of(Joint::AnkleLeft, Joint::AnkleRight), 0.1 * x, -0.9, 0.0);
        put(
            of(Joint::FootLeft, Joint::FootRight),
            0.11 * x,
            -0.95,
            -0.12,
        );
    }
    at
}

/// Two bodies, one of them for a while; empty frames at both ends; uneven times; joints that were guessed.
pub(super) fn take() -> Take {
    let frame = |index: usize| {
        let mut bodies = Vec::new();
        if (1..9).contains(&index) {
            let mut body = Body::tracked(72_057_594_037_931_102, person(index as f32 * 0.4));
            body.tracking[5] = Tracking::Inferred;
            body.tracking[6] = Tracking::NotTracked;
            bodies.push(body);
        }
        if (3..6).contains(&index) {
            let moved = person(1.0 + index as f32).map(|[x, y, z]| [x + 1.0 / 3.0, y, z]);
            bodies.push(Body::tracked(3, moved));
        }
        Frame {
            timestamp_micros: 5_000_000 + index as u64 * 33_366 + index as u64 % 3,
            bodies,
        }
    };
    Take {
        facts: TakeFacts {
            name: "a wave, with a comma".into(),
            dataset: "made".into(),
            subject: "Zoë".into(),
            label: "waving \"hello\"".into(),
            phrase: "wave hand".into(),
            verb: "wave".into(),
            noun: "hand".into(),
        },
        fps: 29.97,
        frames: (0..10).map(frame).collect(),
    }
}

pub(super) fn exported(takes: &[Take], format: Format) -> (TempDir, Exported) {
    let folder = TempDir::new().unwrap();
    let exported = export(takes, format, &folder.path().join("new")).unwrap();
    assert!(
        exported.paths.iter().all(|path| path.is_file()),
        "{exported:?}"
    );
    (folder, exported)
}

pub(super) fn read_text(name: &str, text: impl AsRef<[u8]>) -> Result<Vec<Take>, String> {
    read_with(name, text, &ImportOptions::default())
}

pub(super) fn read_with(
    name: &str,
    text: impl AsRef<[u8]>,
    options: &ImportOptions,
) -> Result<Vec<Take>, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    read(&path, options).map_err(|error| error.to_string())
}

pub(super) fn back(format: Format, take: &Take) -> Take {
    let (_folder, exported) = exported(std::slice::from_ref(take), format);
    read(&exported.paths[0], &ImportOptions::default())
        .unwrap()
        .remove(0)
}

/// The farthest that any joint of the two is apart, metres; both have the same bodies in the same frames.
pub(super) fn apart(a: &Take, b: &Take) -> f32 {
    assert_eq!(a.frames.len(), b.frames.len());
    let mut most = 0.0_f32;
    for (a, b) in a.frames.iter().zip(&b.frames) {
        assert_eq!(a.bodies.len(), b.bodies.len(), "at {}", a.timestamp_micros);
        for (a, b) in a.bodies.iter().zip(&b.bodies) {
            for (a, b) in a.joints.as_flattened().iter().zip(b.joints.as_flattened()) {
                most = most.max((a - b).abs());
            }
        }
    }
    most
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let folder = TempDir::new().unwrap();
    let mut paths: Vec<PathBuf> = Vec::new();
    for _ in 0..2 {
        for format in Format::ALL {
            paths.extend(export(&[take()], format, folder.path()).unwrap().paths);
        }
    }
    let mut different = paths.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), paths.len());
    let mut broken = take();
    broken.frames[2].bodies[0].joints[4][1] = f32::NAN;
    for format in Format::ALL {
        assert!(
            export(&[broken.clone()], format, folder.path()).is_err(),
            "{format}"
        );
    }
}

#[test]
fn the_command_line_exports_and_imports() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(folder.path().join("v1.csv"), v1_rows(true, 1000.0, ",")).unwrap();
    let (out, _) = expect(
        0,
        [
            "import",
            &at("v1.csv"),
            "--out",
            &at("store"),
            "--phrase",
            "swing a golf club",
        ],
    );
    assert!(out.contains("1 clip, 5 frames"), "{out}");
    let store = ClipStore::open(folder.path().join("store")).unwrap();
    assert_eq!(
        (store.clips[0].verb.as_str(), store.clips[0].noun.as_str()),
        ("swing", "golf club")
    );
    let (_, err) = expect(1, ["import", &at("v1.csv"), "--out", &at("store")]);
    assert!(err.contains("there is one already"), "{err}");
    let clip = format!("{}#v1", at("store"));
    let (out, _) = expect(0, ["export", &clip, "--format", "bvh", "--out", &at("out")]);
    assert!(Path::new(out.trim()).is_file(), "{out}");
    let (out, _) = expect(
        0,
        [
            "export",
            &at("store"),
            out.trim(),
            "--format",
            "parquet",
            "--out",
            &at("out"),
        ],
    );
    assert_eq!(out.lines().count(), 2);
    let (info, _) = expect(0, ["info", out.lines().last().unwrap(), "--json"]);
    assert!(
        info.contains("\"frames\":5") && info.contains("\"kind\":\"parquet\""),
        "{info}"
    );
    let (_, err) = expect(
        1,
        [
            "export",
            &format!("{}#v2", at("store")),
            "--format",
            "csv",
            "--out",
            &at("out"),
        ],
    );
    assert!(err.contains("no clip \"v2\""), "{err}");
    let (_, err) = expect(2, ["export", &clip, "--format", "fbx", "--out", &at("out")]);
    assert!(err.contains("parquet"), "{err}");
    expect(2, ["import", &at("v1.csv")]);
}
