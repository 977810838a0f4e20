//! Sources and readers: what is written comes back, and damaged files say what is wrong.

use crate::fakes::clip_entry;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use synse::capture::clip_store::{ClipEntry, ClipStore, ClipStoreWriter, METRES_PER_STEP};
use synse::capture::{CaptureError, SourceSpec, ntu_skeleton, open};
use synse::skeleton::{Body, Frame, JOINT_COUNT, Joints, Tracking};
use tempfile::TempDir;

/// Joints that differ from each other and from frame to frame.
fn joints(frame: usize) -> Joints {
    let mut joints = [[0.0; 3]; JOINT_COUNT];
    for (index, joint) in joints.iter_mut().enumerate() {
        *joint = [
            index as f32 * 0.02,
            frame as f32 * 0.01 - 1.0,
            2.5 + index as f32 * 0.001,
        ];
    }
    joints
}

fn entry(clip: &str) -> ClipEntry {
    ClipEntry {
        subject: "a, with a comma".to_owned(),
        fps: 15.0,
        ..clip_entry(clip)
    }
}

/// A folder with a store of two clips, 4 and 3 frames.
fn store() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("made.v1");
    let mut writer = ClipStoreWriter::create(&path).unwrap();
    writer
        .push(&entry("one"), &(0..4).map(joints).collect::<Vec<_>>())
        .unwrap();
    writer
        .push(&entry("two"), &(4..7).map(joints).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(writer.finish().unwrap(), 7);
    (folder, path)
}

fn ending(path: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}.{ending}", path.display()))
}

fn frames() -> Vec<Frame> {
    let mut second = Body::tracked(72_057_594_037_931_102, joints(9));
    second.tracking[5] = Tracking::Inferred;
    second.tracking[6] = Tracking::NotTracked;
    (0..5)
        .map(|index| Frame {
            timestamp_micros: (index as f64 * 1e6 / 30.0).round() as u64,
            bodies: match index {
                0 => Vec::new(),
                3 => vec![Body::tracked(7, joints(index)), second.clone()],
                _ => vec![Body::tracked(7, joints(index))],
            },
        })
        .collect()
}

fn skeleton_text() -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.skeleton");
    ntu_skeleton::write(&path, &frames()).unwrap();
    std::fs::read_to_string(path).unwrap()
}

fn read_text(text: impl AsRef<[u8]>) -> Result<Vec<Frame>, CaptureError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.skeleton");
    std::fs::write(&path, text).unwrap();
    ntu_skeleton::read(path)
}

fn play(spec: &str) -> Vec<Frame> {
    let mut source = open(&spec.parse::<SourceSpec>().unwrap()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        frames.push(frame);
    }
    frames
}

#[test]
fn skeleton_files_come_back_as_written() {
    assert_eq!(read_text(skeleton_text()).unwrap(), frames());
    assert_eq!(read_text("0\n").unwrap(), Vec::new());
    assert_eq!(
        read_text(skeleton_text().replace('\n', "\r\n")).unwrap(),
        frames()
    );
}

#[test]
fn damaged_skeleton_files_name_file_line_and_what_was_expected() {
    let text = skeleton_text();
    let lines: Vec<&str> = text.lines().collect();
    let replaced = |line: usize, by: &str| {
        let mut lines = lines.clone();
        lines[line - 1] = by;
        lines.join("\n")
    };
    let joint = lines[5];
    for (damaged, line, expected) in [
        (String::new(), 1, "number of frames"),
        ("five".to_owned(), 1, "number of frames"),
        ("-5".to_owned(), 1, "number of frames"),
        ("99999999999999999999999".to_owned(), 1, "number of frames"),
        (lines[..20].join("\n"), 21, "12 numbers"),
        (replaced(2, "7"), 2, "at most 6 bodies"),
        (replaced(4, "1 2 3"), 4, "nine numbers"),
        (replaced(4, "x 0 1 1 1 1 0 0 0 2"), 4, "whole number"),
        (replaced(5, "20"), 5, "25 joints"),
        (
            replaced(6, &joint.replacen('0', "NaN", 1)),
            6,
            "position in metres",
        ),
        (
            replaced(6, &joint.replacen('0', "inf", 1)),
            6,
            "position in metres",
        ),
        (replaced(6, "0 0 0"), 6, "12 numbers"),
        (replaced(6, "0 0 0 0 0 0 0 0 0 0 0 3"), 6, "tracking state"),
        (replaced(1, "4"), 114, "end of the file after 4 frames"),
        (
            replaced(1, "1000000000000"),
            lines.len() + 1,
            "number of bodies of frame 5",
        ),
    ] {
        let error = read_text(damaged).unwrap_err().to_string();
        let place = format!("a.skeleton, line {line}: expected ");
        assert!(
            error.contains(&place) && error.contains(expected),
            "{error}; wanted line {line}, {expected}"
        );
    }
    let error = read_text([b"3\n".as_slice(), &[0xff, 0xfe]].concat())
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 2"), "{error}");
    let error = ntu_skeleton::read("no/such.skeleton")
        .unwrap_err()
        .to_string();
    assert!(error.contains("cannot open no/such.skeleton"), "{error}");
}

#[test]
fn what_a_skeleton_file_cannot_hold_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.skeleton");
    let mut many = frames();
    many[1].bodies = vec![Body::tracked(1, joints(0)); 7];
    assert!(ntu_skeleton::write(&path, &many).is_err());
    let mut broken = frames();
    broken[2].bodies[0].joints[3][0] = f32::NAN;
    let error = ntu_skeleton::write(&path, &broken).unwrap_err().to_string();
    assert!(
        error.contains("frame 2") && error.contains("Head"),
        "{error}"
    );
    assert!(!path.exists());
}

#[test]
fn clip_stores_come_back_as_written() {
    let (_folder, path) = store();
    for path in [
        path.clone(),
        ending(&path, "csv"),
        ending(&path, "safetensors"),
    ] {
        let store = ClipStore::open(path).unwrap();
        assert_eq!(store.clips.len(), 2);
        assert_eq!((store.clips[1].start, store.clips[1].frames), (4, 3));
        assert_eq!(store.clips[1].subject, "a, with a comma");
        let frames = store.frames_of(store.find("two").unwrap()).unwrap();
        assert_eq!(frames[1].timestamp_micros, 66_667);
        for (got, expected) in frames[1].bodies[0]
            .joints
            .as_flattened()
            .iter()
            .zip(joints(5).as_flattened())
        {
            assert!((got - expected).abs() <= METRES_PER_STEP / 2.0 + 1e-6);
        }
    }
}

#[test]
fn damaged_clip_stores_say_what_is_wrong() {
    let (_folder, path) = store();
    let (tensors, csv) = (ending(&path, "safetensors"), ending(&path, "csv"));
    let (whole, rows) = (
        std::fs::read(&tensors).unwrap(),
        std::fs::read_to_string(&csv).unwrap(),
    );
    let header = String::from_utf8_lossy(&whole[8..]).into_owned();
    let header = &header[..header.find("}}").unwrap() + 2];
    let with_header = |new: &str| {
        [
            &(new.len() as u64).to_le_bytes()[..],
            new.as_bytes(),
            &[0; 1050],
        ]
        .concat()
    };
    for (bytes, expected) in [
        (Vec::new(), "0 bytes in all"),
        (whole[..whole.len() - 1].to_vec(), "cut off"),
        (whole[..20].to_vec(), "fits the file"),
        (vec![0xff; 64], "fits the file"),
        (with_header("not json"), "safetensors header"),
        (
            with_header(&header.replace("I16", "F16")),
            "I16 [frames, 25, 3]",
        ),
        (
            with_header(&header.replace("[7,25,3]", "[7,15,5]")),
            "I16 [frames, 25, 3]",
        ),
        (
            with_header(&header.replace("joints", "motion")),
            "tensor named joints",
        ),
    ] {
        std::fs::write(&tensors, bytes).unwrap();
        let error = ClipStore::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("made.v1.safetensors") && error.contains(expected),
            "{error}; wanted {expected}"
        );
    }
    std::fs::write(&tensors, &whole).unwrap();
    for (rows, expected) in [
        (rows.replace("15.0,4,3", "15.0,4,4"), "row 2, clip two"),
        (rows.replace("15.0,4,3", "0,4,3"), "0 frames per second"),
        (rows.replace("15.0,4,3", "NaN,4,3"), "NaN frames per second"),
        (
            rows.replace("15.0,4,3", "15,18446744073709551615,3"),
            "row 2, clip two",
        ),
        (rows.replace("15.0,4,3", "15.0,4,-3"), "line 3"),
        (rows.replace(",fps,", ",rate,"), "clip,dataset,subject"),
        (rows.replace("15.0,4,3", "15.0"), "line 3"),
    ] {
        std::fs::write(&csv, rows).unwrap();
        let error = ClipStore::open(&path).unwrap_err().to_string();
        assert!(
            error.contains("made.v1.csv") && error.contains(expected),
            "{error}; wanted {expected}"
        );
    }
    std::fs::remove_file(&csv).unwrap();
    assert!(
        ClipStore::open(&path)
            .unwrap_err()
            .to_string()
            .contains("cannot open")
    );
}

#[test]
fn a_store_refuses_what_it_cannot_hold_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("far");
    let mut writer = ClipStoreWriter::create(&path).unwrap();
    for value in [7.0, f32::NAN, f32::NEG_INFINITY] {
        let mut far = joints(0);
        far[3][2] = value;
        let error = writer.push(&entry("far"), &[far]).unwrap_err().to_string();
        assert!(error.contains("clip far, frame 0, joint Head"), "{error}");
    }
    writer.push(&entry("near"), &[joints(0)]).unwrap();
    let error = writer
        .push(&entry("near"), &[joints(0)])
        .unwrap_err()
        .to_string();
    assert!(error.contains("of this name already"), "{error}");
    let error = writer
        .push(
            &ClipEntry {
                fps: 0.0,
                ..entry("slow")
            },
            &[],
        )
        .unwrap_err()
        .to_string();
    assert!(error.contains("0 frames per second"), "{error}");
    assert!(
        !ending(&path, "csv").exists(),
        "nothing is seen of it before it is whole"
    );
    assert_eq!(writer.finish().unwrap(), 1);
    assert_eq!(ClipStore::open(&path).unwrap().clips.len(), 1);
    assert!(ClipStoreWriter::create(folder.path().join("no/such")).is_err());
    drop(ClipStoreWriter::create(folder.path().join("dropped")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn replay_plays_files_clips_and_whole_stores() {
    let (folder, path) = store();
    let one = play(&format!("replay:{}#two", path.display()));
    assert_eq!(one.len(), 3);
    let all = play(&format!("replay:{}", path.display()));
    let ids: Vec<u64> = all
        .iter()
        .flat_map(|frame| &frame.bodies)
        .map(|body| body.id)
        .collect();
    assert_eq!(ids, [1, 1, 1, 1, 2, 2, 2]);
    assert!(
        all.windows(2)
            .all(|pair| pair[0].timestamp_micros < pair[1].timestamp_micros)
    );
    assert_eq!(
        all.iter().filter(|frame| frame.bodies.is_empty()).count(),
        2
    );
    let skeleton = folder.path().join("a.skeleton");
    ntu_skeleton::write(&skeleton, &frames()).unwrap();
    assert_eq!(play(&format!("replay:{}", skeleton.display())), frames());
    let spec: SourceSpec = format!("replay:{}#tow", path.display()).parse().unwrap();
    let error = open(&spec).err().unwrap().to_string();
    assert!(
        error.contains("no clip \"tow\"") && error.contains("\"two\""),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_a_skeleton_file_panics(at in 0_usize..9000, bytes in proptest::collection::vec(any::<u8>(), 0..12), cut in any::<bool>()) {
        let mut text = skeleton_text().into_bytes();
        let at = at % text.len();
        if cut {
            text.truncate(at);
        }
        let end = (at + bytes.len()).min(text.len());
        text.splice(at.min(end)..end, bytes);
        if let Ok(frames) = read_text(text) {
            prop_assert!(frames.iter().flat_map(|frame| &frame.bodies).all(Body::is_finite));
        }
    }

    #[test]
    fn no_damage_to_a_store_panics(at in 0_usize..2000, bytes in proptest::collection::vec(any::<u8>(), 0..12), cut in any::<bool>(), in_csv in any::<bool>()) {
        let (_folder, path) = store();
        let file = ending(&path, if in_csv { "csv" } else { "safetensors" });
        let mut content = std::fs::read(&file).unwrap();
        let at = at % content.len();
        if cut {
            content.truncate(at);
        }
        let end = (at + bytes.len()).min(content.len());
        content.splice(at.min(end)..end, bytes);
        std::fs::write(&file, content).unwrap();
        if let Ok(store) = ClipStore::open(&path) {
            for entry in &store.clips {
                if let Ok(frames) = store.frames_of(entry) {
                    prop_assert!(frames.iter().flat_map(|frame| &frame.bodies).all(Body::is_finite));
                }
            }
        }
    }

    #[test]
    fn no_text_makes_a_spec_panic(text in ".{0,60}") {
        if let Ok(spec) = text.parse::<SourceSpec>() {
            prop_assert_eq!(spec.to_string().parse::<SourceSpec>().unwrap(), spec);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_new_store_may_be_read_by_whoever_may_read_the_users_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clips");
    let usual = folder.path().join("usual");
    std::fs::write(&usual, "").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut writer = ClipStoreWriter::create(&path).unwrap();
    writer.push(&entry("one"), &[joints(0)]).unwrap();
    writer.finish().unwrap();
    for written in ["csv", "safetensors"] {
        assert_eq!(mode(&ending(&path, written)), mode(&usual), "{written}");
    }
}
