//! Segments of a session as they are seen by whoever answers for them, and as they are handed on.

use crate::cli::expect;
use crate::fakes::{waving, waving_frame};
use std::path::{Path, PathBuf};
use synse::capture::clip_store::ClipStore;
use synse::recording::export::Format;
use synse::recording::import::{self, ImportOptions, Unit};
use synse::recording::marks::{self, Mark};
use synse::recording::session::{
    Change, ChangeRecord, MarkerRecord, SessionWriter, SettingsRecord,
};
use synse::skeleton::{Body, Frame, JOINT_COUNT, Joints};
use synse::ui::files::{Answer, ExportJob, Request, perform};
use synse::ui::marks::Cut;
use synse::ui::study::{Studied, Study};

const BEGIN: u64 = 1_000_000_000;

fn nanos(index: u64) -> u64 {
    BEGIN + index * 33_333_000
}

/// What a camera that leans forward by 25 degrees sees of a frame, and beside it a body that is nowhere.
fn leaning(frame: Frame) -> Frame {
    let mut frame = leaning_by(25.0, frame);
    frame
        .bodies
        .push(Body::tracked(9, [[f32::NAN; 3]; JOINT_COUNT]));
    frame
}

/// A session of a camera that leans, with a segment marked live from frame 60 to 150; between 90 and 96 nobody is in view, and
/// who comes back has another number.
fn session(folder: &Path) -> PathBuf {
    let path = folder.join("s.mcap");
    let mut writer = SessionWriter::create(&path, BEGIN).unwrap();
    let settings = SettingsRecord {
        fps: 30.0,
        up: Some(up(25.0)),
        ..SettingsRecord::default()
    };
    writer.settings(BEGIN, &settings).unwrap();
    for index in 0..200 {
        let mut frame = leaning(seen(index));
        if (90..96).contains(&index) {
            frame.bodies.clear();
        }
        if index >= 96 {
            frame.bodies[0].id = 2;
        }
        writer.frame(nanos(index), &frame).unwrap();
        if index % 30 == 29 {
            writer.flush().unwrap();
        }
    }
    let segment = MarkerRecord {
        label: "wave hand".to_owned(),
        start_nanos: nanos(60),
        end_nanos: nanos(150),
    };
    writer.marker(nanos(150), &segment).unwrap();
    writer.finish(nanos(200)).unwrap();
    path
}

/// A frame as it would be seen upright.
fn seen(index: u64) -> Frame {
    Frame {
        bodies: vec![waving(1, 0.0, index as f32 / 30.0)],
        ..waving_frame(index)
    }
}

fn cut(session: &Path, levelled: bool) -> Cut {
    let mark = Mark {
        label: "wave hand".to_owned(),
        start_micros: 60 * 33_333,
        end_micros: 150 * 33_333,
    };
    Cut {
        session: session.to_owned(),
        marks: vec![mark],
        levelled,
    }
}

fn farthest(a: &Joints, b: &Joints) -> f32 {
    let pairs = a.as_flattened().iter().zip(b.as_flattened());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn what_is_judged_is_what_the_live_recognizer_sees() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let takes = |levelled| match perform(Request::ReadTakes(cut(&path, levelled))) {
        Answer::Takes(takes) => takes,
        other => panic!("{other:?}"),
    };
    let upright = &takes(true)[0].frames;
    assert_eq!(upright.len(), 91);
    for (frame, index) in upright.iter().zip(60..) {
        let in_view = usize::from(!(90..96).contains(&index));
        assert_eq!(
            frame.bodies.len(),
            in_view,
            "{index}: nobody who is nowhere"
        );
        for body in &frame.bodies {
            assert_eq!(body.id, 1, "{index}: whoever comes back is the same");
            let off = farthest(&body.joints, &seen(index).bodies[0].joints);
            assert!(off < 1e-4, "{index}: {off}");
        }
    }
    let as_seen = &takes(false)[0].frames[0].bodies[0].joints;
    assert!(farthest(as_seen, &seen(60).bodies[0].joints) > 0.5);
}

/// Where is up for a camera that leans forward by so many degrees.
fn up(degrees: f32) -> [f32; 3] {
    let (sin, cos) = degrees.to_radians().sin_cos();
    [0.0, cos, sin]
}

/// What such a camera sees of a frame.
fn leaning_by(degrees: f32, mut frame: Frame) -> Frame {
    let [_, cos, sin] = up(degrees);
    for joint in frame.bodies.iter_mut().flat_map(|body| &mut body.joints) {
        let [x, y, z] = *joint;
        *joint = [x, y * cos - z * sin, y * sin + z * cos];
    }
    frame
}

/// A session of a camera that is tilted from 25 degrees to -15 with frame 100, and is not turned upright from frame 160 on; each
/// with its course or, as before that was kept, without.
fn tilted(folder: &Path, has_course: bool) -> PathBuf {
    let path = folder.join("tilted.mcap");
    let mut writer = SessionWriter::create(&path, BEGIN).unwrap();
    let turned = |writer: &mut SessionWriter, first: u64, levelled: bool, degrees: f32| {
        let settings = SettingsRecord {
            fps: 30.0,
            up: Some(up(degrees)),
            levelled,
            ..SettingsRecord::default()
        };
        // Between the frame before and this one.
        let after_nanos = nanos(first) - 1_000_000;
        writer.settings(after_nanos.max(BEGIN), &settings).unwrap();
        if has_course {
            let up = settings.up;
            let change = Change::Upright { levelled, up };
            let record = ChangeRecord {
                after_nanos,
                change,
            };
            writer.change(after_nanos.max(BEGIN), &record).unwrap();
        }
    };
    for index in 0..200 {
        let degrees = if index < 100 { 25.0 } else { -15.0 };
        match index {
            0 => turned(&mut writer, 0, true, degrees),
            100 => turned(&mut writer, 100, true, degrees),
            160 => turned(&mut writer, 160, false, degrees),
            _ => {}
        }
        let frame = leaning_by(degrees, seen(index));
        writer.frame(nanos(index), &frame).unwrap();
        if index % 30 == 29 {
            writer.flush().unwrap();
        }
    }
    writer.finish(nanos(200)).unwrap();
    path
}

#[test]
fn each_segment_is_turned_by_the_way_that_was_up_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let segment = |from: u64, to: u64| Mark {
        label: "wave".to_owned(),
        start_micros: from * 33_333,
        end_micros: to * 33_333,
    };
    // Not in the order of their times, and one while the camera is tilted.
    let segments = [
        segment(110, 140),
        segment(20, 50),
        segment(90, 110),
        segment(170, 190),
    ];
    for has_course in [true, false] {
        let path = tilted(folder.path(), has_course);
        let off = |levelled: Option<bool>| -> Vec<f32> {
            let cut = marks::frames_of(&path, &segments, levelled).unwrap();
            let firsts = [110, 20, 90, 170];
            let farthest = |(frames, first): (&Vec<Frame>, u64)| {
                let each = frames.iter().zip(first..).map(|(frame, index)| {
                    farthest(&frame.bodies[0].joints, &seen(index).bodies[0].joints)
                });
                each.fold(0.0, f32::max)
            };
            cut.iter().zip(firsts).map(farthest).collect()
        };
        let now = off(Some(true));
        assert!(now.iter().all(|off| *off < 1e-4), "{has_course}: {now:?}");
        // As it was at its time: the last one was not turned.
        let then = off(None);
        assert!(
            then[..3].iter().all(|off| *off < 1e-4) && then[3] > 0.3,
            "{has_course}: {then:?}"
        );
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_example_is_what_the_live_recognizer_sees() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let examples = perform(Request::Study(Study::Examples(cut(&path, true))));
    let Answer::Studied(Studied::Examples(examples, left_out)) = examples else {
        panic!("{examples:?}")
    };
    assert!(left_out.is_empty() && examples[0].0 == "wave hand");
    let track = &examples[0].1.tracks()[0];
    assert_eq!(track.len(), 85, "both parts of the performance");
    assert!(farthest(&track[0], &seen(60).bodies[0].joints) < 2e-4);
}

#[test]
fn clips_are_saved_beside_what_is_there_and_never_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let target = folder.path().join("clips.safetensors");
    // Not the file that a dialog asks about, but its other half.
    let table = folder.path().join("clips.csv");
    std::fs::write(&table, "of somebody else\n").unwrap();
    for name in ["clips-2", "clips-3"] {
        let saved = perform(Request::WriteClips(cut(&path, true), target.clone()));
        let Answer::Saved(words) = saved else {
            panic!("{saved:?}")
        };
        assert_eq!(words, format!("Saved 1 clips to {name}"));
        let store = ClipStore::open(folder.path().join(name)).unwrap();
        assert_eq!((store.clips.len(), store.clips[0].frames), (1, 85));
        let joints = &store.tracks_of(&store.clips[0]).unwrap()[0];
        assert!(farthest(&joints[0], &seen(60).bodies[0].joints) < 2e-4);
    }
    assert_eq!(
        std::fs::read_to_string(table).unwrap(),
        "of somebody else\n"
    );
    assert!(!target.exists());
}

#[test]
fn segments_are_exported_in_every_format_with_and_without_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let text = path.display().to_string();
    for format in Format::ALL {
        let out = folder.path().join(format.name());
        let (format_text, out_text) = (format.to_string(), out.display().to_string());
        let args = [
            "export",
            &text,
            "--segments",
            "--format",
            &format_text,
            "--out",
            &out_text,
        ];
        // A pose that nobody takes is held in BVH, and that is told.
        let code = if format == Format::Bvh { 3 } else { 0 };
        let (written, _) = expect(code, args);
        let file = PathBuf::from(written.lines().next().unwrap().trim());
        // By its spine of 1.3 m the made-up performer would be taken for one who is measured in feet.
        let options = ImportOptions {
            unit: (format == Format::Bvh).then_some(Unit::Metres),
            ..ImportOptions::default()
        };
        let takes = import::read(&file, &options).unwrap();
        let first = &takes[0].frames[0];
        assert_eq!((takes.len(), takes[0].frames.len()), (1, 91), "{format}");
        let off = farthest(&first.bodies[0].joints, &seen(60).bodies[0].joints);
        assert!(off < 1e-3, "{format}: {off}");
        if matches!(
            format,
            Format::Csv | Format::Json | Format::Parquet | Format::Clips
        ) {
            assert_eq!(takes[0].facts.phrase, "wave hand", "{format}");
        }
        let job = ExportJob {
            path: path.clone(),
            clip: None,
            format,
            segments: Some(cut(&path, true)),
        };
        let again = folder.path().join(format!("{format}-again"));
        match perform(Request::Export(job, again)) {
            Answer::Exported { files, .. } => {
                assert_eq!(files, written.lines().count(), "{format}")
            }
            other => panic!("{format}: {other:?}"),
        }
    }
    let out = folder.path().join("out").display().to_string();
    let export = |file: &str| {
        expect(
            1,
            [
                "export",
                file,
                "--segments",
                "--format",
                "csv",
                "--out",
                &out,
            ],
        )
        .1
    };
    let csv = folder.path().join("csv").display().to_string();
    assert!(export(&csv).contains("is no session"));
    std::fs::write(
        path.with_extension("marks.csv"),
        "label,start_micros,end_micros\n",
    )
    .unwrap();
    assert!(export(&text).contains("no segment is marked"));
}

#[test]
fn damage_is_looked_for_beside_the_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let Answer::Session(view) = perform(Request::ReadSession(path.clone())) else {
        panic!("it opens")
    };
    assert!(
        view.lost.is_empty(),
        "not all of it is read: {:?}",
        view.lost
    );
    let check = perform(Request::Study(Study::Check(path.clone())));
    let Answer::Studied(Studied::Damage(session, notes)) = check else {
        panic!("{check:?}")
    };
    assert_eq!((session, notes.len()), (path, 1));
    assert!(notes[0].contains("is damaged"), "{notes:?}");
}

#[test]
fn a_row_of_segments_that_is_none_is_told_and_the_others_are_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = session(folder.path());
    let text = path.display().to_string();
    let kept = path.with_extension("marks.csv");
    let rows = "label,start_micros,end_micros\nbow,from,to\nwave,2000000,3000000\n";
    std::fs::write(&kept, rows).unwrap();
    let out = folder.path().join("out").display().to_string();
    let args = [
        "export",
        &text,
        "--segments",
        "--format",
        "csv",
        "--out",
        &out,
    ];
    let (written, told) = expect(3, args);
    assert_eq!(written.lines().count(), 1, "the good row");
    assert!(
        told.contains("line 2") && told.contains("bow,from,to"),
        "{told}"
    );
    let Answer::Session(view) = perform(Request::ReadSession(path)) else {
        panic!("it opens")
    };
    assert_eq!((view.marks.len(), view.lost.len()), (1, 1));
    let answer = perform(Request::WriteMarks(kept.clone(), view.marks));
    assert!(matches!(answer, Answer::Saved(_)), "{answer:?}");
    let aside = folder.path().join("s.marks.damaged.csv");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), rows);
    // Nothing but damage: it is told before it is said that nothing is left.
    std::fs::write(&kept, "label,start_micros,end_micros\nbow,from,to\n").unwrap();
    let (_, told) = expect(1, args);
    assert!(
        told.contains("line 2") && told.contains("no segment is marked"),
        "{told}"
    );
}
