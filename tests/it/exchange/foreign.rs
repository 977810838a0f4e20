//! Files as other tools write them.

use super::{apart, exported, person, read_text, take};
use std::fs;
use std::path::Path;
use std::time::Duration;
use synse::capture::{Source as _, Step};
use synse::recording::export::Format;
use synse::recording::import::{ImportOptions, TakeSource, read};
use synse::recording::take::Take;
use synse::skeleton::{Joint, Tracking};

/// The take's CSV, its lines changed.
fn csv_with(change: impl Fn(usize, &str) -> String) -> String {
    let (_folder, written) = exported(&[take()], Format::Csv);
    let text = fs::read_to_string(&written.paths[0]).unwrap();
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| change(i, line))
        .collect();
    lines.join("\n")
}

/// A plain table: a frame's number, time, joint, x, y, z.
pub(super) fn plain_rows(
    order: &[usize],
    separator: &str,
    number: impl Fn(f32) -> String,
) -> String {
    let header = ["Frame No", "Timestamp", "Joint Name", "X", "Y", "Z"];
    let pick = |cells: &[String]| {
        order
            .iter()
            .map(|i| cells[*i].clone())
            .collect::<Vec<_>>()
            .join(separator)
    };
    let mut text = pick(&header.map(str::to_owned)) + "\r\n";
    for frame in 0..5_u32 {
        let joints = person(frame as f32);
        for joint in Joint::ALL {
            let [x, y, z] = joints[joint as usize];
            let time = number(frame as f32 * 33.25);
            let cells = [
                frame.to_string(),
                time,
                format!("{joint:?}"),
                number(x),
                number(y),
                number(z),
            ];
            text += &(pick(&cells) + "\r\n");
        }
    }
    text
}

fn is_person(take: &Take, tolerance: f32) {
    assert_eq!(take.frames.len(), 5);
    for (index, frame) in take.frames.iter().enumerate() {
        let expected = person(index as f32);
        for (a, b) in frame.bodies[0]
            .joints
            .as_flattened()
            .iter()
            .zip(expected.as_flattened())
        {
            assert!((a - b).abs() <= tolerance, "{a} for {b} in frame {index}");
        }
    }
}

#[test]
fn a_guessed_unit_is_told_before_the_first_frame() {
    let folder = tempfile::tempdir().unwrap();
    let steps = |factor: f32| {
        let path = folder.path().join("take.csv");
        let rows = plain_rows(&[0, 2, 3, 4, 5], ",", |v| (v * factor).to_string());
        fs::write(&path, rows).unwrap();
        let mut source = TakeSource::open(&path, None).unwrap();
        let mut step = || source.step(Duration::ZERO).unwrap();
        [step(), step()]
    };
    let [told, frame] = steps(1000.0);
    assert!(
        matches!(&told, Step::Notice(notice) if notice.text.contains("read as millimetres")),
        "{told:?}"
    );
    assert!(matches!(frame, Step::Frame(_)));
    assert!(matches!(steps(1.0), [Step::Frame(_), Step::Frame(_)]));
}

#[test]
fn tables_of_other_tools_are_read_as_they_are() {
    // Excel in a country of decimal commas: a mark, semicolons, other columns first, milliseconds, no last line end.
    let excel = plain_rows(&[5, 4, 3, 2, 1, 0], ";", |v| {
        v.to_string().replace('.', ",")
    });
    let takes = read_text("a.csv", format!("\u{feff}{}", excel.trim_end())).unwrap();
    is_person(&takes[0], 0.0);
    assert!(
        (takes[0].fps - 1000.0 / 33.25).abs() < 0.01,
        "{}",
        takes[0].fps
    );
    assert_eq!(takes[0].facts.name, "a");
    let named = format!("sep=;\r\n{excel}");
    is_person(&read_text("a.csv", named).unwrap()[0], 0.0);
    // Centimetres and millimetres; tabs.
    let centimetres = plain_rows(&[0, 1, 2, 3, 4, 5], "\t", |v| (v * 100.0).to_string());
    is_person(&read_text("a.tsv", centimetres).unwrap()[0], 1e-5);
    let millimetres = plain_rows(&[0, 2, 3, 4, 5], ",", |v| (v * 1000.0).to_string());
    let takes = read_text("a.csv", millimetres).unwrap();
    is_person(&takes[0], 1e-5);
    assert_eq!(takes[0].fps, 30.0);
    // UTF-16, as PowerShell writes it.
    let plain = plain_rows(&[0, 1, 2, 3, 4, 5], ",", |v| v.to_string());
    let utf16 = [0xff, 0xfe]
        .into_iter()
        .chain(plain.encode_utf16().flat_map(u16::to_le_bytes));
    is_person(
        &read_text("a.csv", utf16.collect::<Vec<u8>>()).unwrap()[0],
        0.0,
    );
    // Rows sorted by joint, as melted tables are.
    let mut lines: Vec<&str> = plain.lines().collect();
    lines[1..].sort_by_key(|line| line.split(',').nth(2).map(str::to_owned));
    is_person(&read_text("a.csv", lines.join("\n")).unwrap()[0], 0.0);
    // Columns of ours that somebody dropped, and one that somebody added.
    let dropped = csv_with(|i, line| {
        let cells: Vec<&str> = line.rsplitn(7, ',').take(6).collect();
        format!(
            "{},{}",
            if i == 0 { "note" } else { "x" },
            cells.into_iter().rev().collect::<Vec<_>>().join(",")
        )
    });
    assert!(
        read_text("a.csv", dropped)
            .unwrap_err()
            .contains("expected"),
        "no frame and no time is left"
    );
}

/// A row per frame of Kinect v1's twenty joints.
pub(super) fn v1_rows(header: bool, unit: f32, separator: &str) -> String {
    let names = "HipCenter Spine ShoulderCenter Head ShoulderLeft ElbowLeft WristLeft HandLeft ShoulderRight ElbowRight \
                 WristRight HandRight HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight";
    let joints = [
        0, 1, 20, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ];
    let mut text = String::new();
    if header {
        let columns = names
            .split_whitespace()
            .flat_map(|name| ["X", "Y", "Z"].map(|axis| format!("{name}_{axis}")));
        text += &format!(
            "timestamp{separator}{}\n",
            columns.collect::<Vec<_>>().join(separator)
        );
    }
    for frame in 0..5_usize {
        let person = person(frame as f32);
        let numbers = joints
            .iter()
            .flat_map(|joint| person[*joint])
            .map(|v| (v * unit).to_string());
        text += &format!(
            "{}{separator}{}\n",
            frame * 333_333,
            numbers.collect::<Vec<_>>().join(separator)
        );
    }
    text
}

#[test]
fn kinect_v1_rows_become_whole_bodies() {
    for text in [
        v1_rows(true, 1.0, ","),
        v1_rows(true, 1000.0, ";"),
        v1_rows(false, 1.0, ","),
        v1_rows(false, 100.0, " "),
    ] {
        let take = read_text("v1.csv", text).unwrap().remove(0);
        assert!((take.fps - 30.0).abs() < 0.01, "{}", take.fps);
        assert_eq!(take.frames[3].timestamp_micros, 100_000, "ticks of 100 ns");
        let (body, expected) = (&take.frames[2].bodies[0], person(2.0));
        for joint in [
            Joint::SpineBase,
            Joint::SpineShoulder,
            Joint::Head,
            Joint::HandRight,
            Joint::FootLeft,
        ] {
            for (a, b) in body.joint(joint).iter().zip(expected[joint as usize]) {
                assert!((a - b).abs() < 1e-5, "{joint:?}");
            }
            assert_eq!(body.tracking[joint as usize], Tracking::Tracked);
        }
        let (neck, hand) = (body.joint(Joint::Neck), body.joint(Joint::HandRight));
        assert!(neck[1] > 0.45 && neck[1] < 0.6, "{neck:?}");
        assert_eq!(body.joint(Joint::HandTipRight), hand);
        assert_eq!(body.tracking[Joint::Neck as usize], Tracking::Inferred);
    }
}

#[test]
fn parquet_of_other_tools_is_a_table_too() {
    // What pyarrow 26 makes of three frames of a Kinect v1 table in doubles, dictionary and Snappy on.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pandas.parquet");
    let takes = read(&path, &ImportOptions::default()).unwrap();
    assert_eq!(takes[0].frames.len(), 3);
    assert!((takes[0].fps - 30.0).abs() < 0.1);
    for (index, frame) in takes[0].frames.iter().enumerate() {
        let expected = person(index as f32)[Joint::WristRight as usize];
        for (a, b) in frame.bodies[0]
            .joint(Joint::WristRight)
            .iter()
            .zip(expected)
        {
            assert!((a - b).abs() < 1e-5);
        }
    }
}

#[test]
fn skeleton_files_of_other_tools_are_read() {
    let (_folder, written) = exported(&[take()], Format::Skeleton);
    let text = fs::read_to_string(&written.paths[0]).unwrap();
    let odd = text
        .trim_end()
        .replace('\n', " \r\n\r\n ")
        .replace(' ', "  ");
    let back = read_text("a.skeleton", format!("\u{feff}{odd}")).unwrap();
    assert_eq!(apart(&back[0], &take()), 0.0);
}

#[test]
fn azure_kinects_own_json_is_read() {
    let names = "PELVIS SPINE_NAVAL SPINE_CHEST NECK CLAVICLE_LEFT SHOULDER_LEFT ELBOW_LEFT WRIST_LEFT HAND_LEFT HANDTIP_LEFT \
                 THUMB_LEFT CLAVICLE_RIGHT SHOULDER_RIGHT ELBOW_RIGHT WRIST_RIGHT HAND_RIGHT HANDTIP_RIGHT THUMB_RIGHT \
                 HIP_LEFT KNEE_LEFT ANKLE_LEFT FOOT_LEFT HIP_RIGHT KNEE_RIGHT ANKLE_RIGHT FOOT_RIGHT HEAD NOSE";
    let names: Vec<&str> = names.split_whitespace().collect();
    let from = [
        0, 1, 20, 2, 20, 4, 5, 6, 7, 21, 22, 20, 8, 9, 10, 11, 23, 24, 12, 13, 14, 15, 16, 17, 18,
        19, 3, 3,
    ];
    let frames: Vec<_> = (0..5)
        .map(|index| {
            let person = person(index as f32);
            let positions: Vec<[f32; 3]> = from.iter().map(|j| person[*j]).map(|[x, y, z]| [-x * 1e3, -y * 1e3, z * 1e3]).collect();
            serde_json::json!({"frame_id": index, "num_bodies": 1, "timestamp_usec": 1000 + index * 33_333,
                "bodies": [{"body_id": 7, "joint_positions": positions}]})
        })
        .collect();
    let text =
        serde_json::json!({"joint_names": names, "bone_list": [], "frames": frames}).to_string();
    let take = read_text("k4a.json", text).unwrap().remove(0);
    is_person(&take, 1e-5);
    assert_eq!(
        (take.frames[1].timestamp_micros, take.frames[1].bodies[0].id),
        (34_333, 7)
    );
}

#[test]
fn a_joint_that_is_lost_for_a_while_stays_where_it_was() {
    let plain = plain_rows(&[0, 1, 2, 3, 4, 5], ",", |v| v.to_string());
    let holes: Vec<&str> = plain
        .lines()
        .filter(|line| !(line.starts_with("2,") && line.contains("ElbowLeft")))
        .collect();
    let take = read_text("a.csv", holes.join("\n")).unwrap().remove(0);
    let body = &take.frames[2].bodies[0];
    assert_eq!(
        body.joint(Joint::ElbowLeft),
        person(1.0)[Joint::ElbowLeft as usize]
    );
    assert_eq!(
        body.tracking[Joint::ElbowLeft as usize],
        Tracking::NotTracked
    );
    assert_eq!(body.tracking[Joint::ElbowRight as usize], Tracking::Tracked);
}
