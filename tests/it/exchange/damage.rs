//! Wrong and damaged files: an error with file, place and expectation, never a panic.

use super::bvh::mocap;
use super::foreign::v1_rows;
use super::{exported, read_text, take};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use synse::recording::export::Format;
use synse::recording::import::{ImportOptions, read};
use synse::recording::take::Take;
use synse::skeleton::Body;

#[test]
fn wrong_files_name_file_line_and_expectation() {
    let header = "frame,joint,x,y,z\n";
    for (name, text, place, expected) in [
        ("a.csv", String::new(), "line 1", "a table's header"),
        (
            "a.csv",
            format!("{header}0,Head,1,2,3\n1,Head,1,2,3\n0,Head,4,5,6\n"),
            "line 4",
            "each joint once",
        ),
        (
            "a.csv",
            "apples,pears\n1,2\n".into(),
            "line 1",
            "a header with joint",
        ),
        (
            "a.csv",
            format!("{header}0,Head,1,2\n"),
            "line 2",
            "a position",
        ),
        (
            "a.csv",
            format!("{header}0,Tail,1,2,3\n"),
            "line 2",
            "a joint's name",
        ),
        (
            "a.csv",
            format!("{header}one,Head,1,2,3\n"),
            "line 2",
            "a frame's number",
        ),
        (
            "a.csv",
            format!("{header}0,Head,1,2,inf\n"),
            "line 2",
            "a position",
        ),
        (
            "a.csv",
            format!("{header}0,Head,1,2,3\n"),
            "body 1",
            "knees",
        ),
        (
            "a.csv",
            "HeadX,HeadY,KneeLeftX\n1,2,3\n".into(),
            "header",
            "x, y and z of every joint",
        ),
        (
            "a.json",
            "{\n\"format\": 3".into(),
            "line 2",
            "a take as JSON",
        ),
        (
            "a.json",
            "{\"format\": \"other\"}".into(),
            "format",
            "synse-take",
        ),
        (
            "a.json",
            "{\"format\": \"synse-take\", \"version\": 9}".into(),
            "version",
            "version 1",
        ),
        ("a.bvh", "HIERARCHY\nJOINT a\n".into(), "line 2", "ROOT"),
        (
            "a.bvh",
            "HIERARCHY\nROOT a\n{\nOFFSET 0 0 x\n".into(),
            "line 4",
            "an offset",
        ),
        (
            "a.bvh",
            "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Wrotation Zrotation\n".into(),
            "line 5",
            "Xposition",
        ),
        (
            "a.bvh",
            mocap("Zrotation Xrotation Yrotation", "0 0 x"),
            "line",
            "a channel's value",
        ),
        (
            "a.bvh",
            mocap("Zrotation Xrotation Yrotation", "0 0"),
            "MOTION",
            "2 frames",
        ),
        (
            "a.parquet",
            "PAR1 but not really PAR1".into(),
            "its footer",
            "Parquet",
        ),
        ("a.xyz", "1".into(), "", "no recording that can be read"),
    ] {
        let error = read_text(name, &text).unwrap_err();
        assert!(
            error.contains(name) && error.contains(place) && error.contains(expected),
            "{name}: {error}"
        );
    }
    assert!(
        read(Path::new("no/such.csv"), &ImportOptions::default())
            .unwrap_err()
            .to_string()
            .contains("no/such.csv")
    );
}

fn seed_file(kind: usize) -> (&'static str, Vec<u8>) {
    let short = Take {
        frames: take().frames[2..5].to_vec(),
        ..take()
    };
    let written = |format: Format| {
        let (_folder, written) = exported(std::slice::from_ref(&short), format);
        fs::read(&written.paths[0]).unwrap()
    };
    match kind {
        0 => ("a.csv", written(Format::Csv)),
        1 => ("a.csv", v1_rows(true, 1.0, ";").into_bytes()),
        2 => ("a.json", written(Format::Json)),
        3 => ("a.bvh", written(Format::Bvh)),
        4 => ("a.skeleton", written(Format::Skeleton)),
        _ => ("a.parquet", written(Format::Parquet)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn no_damage_panics(
        kind in 0_usize..6,
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..8),
        cut in any::<bool>(),
    ) {
        let (name, mut file) = seed_file(kind);
        let at = at.index(file.len());
        if cut {
            file.truncate(at);
        } else {
            let end = (at + bytes.len()).min(file.len());
            file.splice(at..end, bytes);
        }
        match read_text(name, file) {
            Ok(takes) => prop_assert!(takes.iter().flat_map(|t| &t.frames).flat_map(|f| &f.bodies).all(Body::is_finite)),
            Err(error) => prop_assert!(error.contains(name), "{error}"),
        }
    }

    #[test]
    fn words_of_the_formats_in_any_order_do_not_panic(
        name in prop::sample::select(vec!["a.csv", "a.bvh", "a.json", "a.skeleton", "a.txt"]),
        words in prop::collection::vec(prop::sample::select(vec![
            "HIERARCHY", "ROOT", "JOINT", "End", "Site", "{", "}", "OFFSET", "CHANNELS", "3", "0", "-1", "1e300", "MOTION",
            "Frames:", "99999999999999", "Frame", "Time:", "Xrotation", "frame", "joint", "x", "y", "z", ",", ";", "\n", "\t",
            "HeadX", "HeadY", "HeadZ", "\"", "NaN", "Head", "time", "25", "[", "]", "body", "25\n", "é",
        ]), 0..120),
        gap in prop::sample::select(vec![" ", "", "\n", ","]),
    ) {
        read_text(name, words.join(gap)).err();
    }
}
