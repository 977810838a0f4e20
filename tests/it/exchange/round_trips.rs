//! What is written comes back.

use super::{apart, back, exported, person, take};
use std::path::Path;
use synse::capture::clip_store::ClipStore;
use synse::recording::export::Format;
use synse::recording::import::{ImportOptions, read};
use synse::recording::take::{Take, TakeFacts};
use synse::skeleton::Body;

#[test]
fn tables_and_json_come_back_exactly() {
    for format in [Format::Csv, Format::Parquet, Format::Json] {
        assert_eq!(back(format, &take()), take(), "{format}");
    }
}

#[test]
fn a_skeleton_file_comes_back_less_its_times() {
    let mut expected = take();
    expected.fps = 30.0;
    expected.facts = TakeFacts {
        name: expected.facts.name,
        ..TakeFacts::default()
    };
    for (index, frame) in expected.frames.iter_mut().enumerate() {
        frame.timestamp_micros = (index as f64 * 1e6 / 30.0).round() as u64;
    }
    assert_eq!(back(Format::Skeleton, &take()), expected);
}

#[test]
fn a_clip_store_holds_all_takes_and_says_what_it_cannot() {
    let mut third = take();
    third.frames[4].bodies.push(Body::tracked(9, person(0.0)));
    let (_folder, written) = exported(&[take(), third], Format::Clips);
    assert!(
        written.lost.len() == 1 && written.lost[0].contains("1 of 3 bodies"),
        "{:?}",
        written.lost
    );
    let takes = read(&written.paths[1], &ImportOptions::default()).unwrap();
    assert_eq!(takes.len(), 2);
    assert_eq!(takes[0].facts, take().facts);
    assert_eq!(takes[1].facts.name, "a wave, with a comma-2");
    for back in &takes {
        assert!(apart(back, &take()) <= 0.000_11);
    }
}

#[test]
fn real_clips_survive_every_format() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kinect/actions");
    let Ok(store) = ClipStore::open(&store) else {
        println!("skipped: ../shared/data/kinect is not here");
        return;
    };
    // Clips of every data set in it.
    for entry in store.clips.iter().step_by(store.clips.len() / 12) {
        let take = Take::from_clip(entry, store.frames_of(entry).unwrap());
        for (format, most) in [
            (Format::Csv, 0.0),
            (Format::Parquet, 0.0),
            (Format::Json, 0.0),
            (Format::Skeleton, 0.0),
            (Format::Clips, 1e-6),
            (Format::Bvh, 4e-6),
        ] {
            let back = back(format, &take);
            let off = apart(&back, &take);
            assert!(off <= most, "{} as {format}: {off} m", entry.clip);
            if format != Format::Skeleton {
                assert!(
                    (back.fps - take.fps).abs() < 1e-3,
                    "{} as {format}",
                    entry.clip
                );
            }
        }
    }
}
