//! The program and odd input: files that are something else, phrases that no one would type, a stdout that takes nothing.

use crate::cli::{Place, expect, lines, text_encoder};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands in each line's ranking: phrase and whether it is seen, in the order of the names.
fn labels(line: &Value) -> Vec<(&str, bool)> {
    let ranking = line["ranking"].as_array().unwrap();
    let label = |ranked: &'_ Value| ranked["seen"].as_bool().unwrap();
    let mut labels: Vec<_> = ranking
        .iter()
        .map(|ranked| (ranked["phrase"].as_str().unwrap(), label(ranked)))
        .collect();
    labels.sort_unstable();
    labels
}

#[test]
fn files_of_other_kinds_are_named_with_what_was_expected() {
    let place = Place::new();
    let bundle = place.text("bundle");
    std::fs::write(place.path("notes.txt"), "kick\n").unwrap();
    std::fs::write(place.path("empty.skeleton"), "").unwrap();
    std::fs::create_dir(place.path("folder.skeleton")).unwrap();
    std::fs::write(place.path("none.safetensors"), "").unwrap();
    for (name, reason) in [
        ("notes.txt", "expected"),
        ("bundle", "a folder"),
        ("empty.skeleton", "expected the number of frames"),
        ("folder.skeleton", "folder.skeleton"),
        ("none.safetensors", "0 bytes in all"),
    ] {
        let (file, source) = (place.text(name), format!("replay:{}", place.text(name)));
        for args in [
            &["info", &file][..],
            &["classify", &file, "--bundle", &bundle],
            &["watch", "--fast", "--source", &source, "--bundle", &bundle],
        ] {
            let (_, err) = expect(1, args);
            assert!(
                err.contains(name) && err.contains(reason),
                "{args:?}: {err}"
            );
        }
    }
}

#[test]
fn an_ending_in_capitals_is_the_same_ending() {
    let place = Place::new();
    let capital = place.path("A.SKELETON");
    std::fs::copy(place.path("S001C001P001R001A023.skeleton"), &capital).unwrap();
    let (capital, bundle) = (capital.display().to_string(), place.text("bundle"));
    let (out, _) = expect(0, ["info", &capital, "--json"]);
    assert_eq!(lines(&out)[0]["frames"], 90);
    let (out, _) = expect(0, ["classify", &capital, "--bundle", &bundle, "--json"]);
    assert_eq!(lines(&out)[0]["clip"], "A");
}

#[test]
fn what_was_found_before_an_error_is_printed() {
    let place = Place::new();
    let good = place.text("S001C001P001R001A023.skeleton");
    let bad = place.path("bad.skeleton");
    std::fs::write(&bad, "3\n1\n").unwrap();
    let (bad, bundle) = (bad.display().to_string(), place.text("bundle"));
    for files in [[&good, &bad], [&bad, &good]] {
        let args = [
            "classify", files[0], files[1], "--bundle", &bundle, "--json",
        ];
        let (out, err) = expect(1, args);
        assert_eq!(lines(&out).len(), 1, "{out}");
        assert!(err.contains("bad.skeleton"), "{err}");
    }
}

#[test]
fn a_rate_that_is_no_number_names_the_row() {
    let place = Place::new();
    let csv = place.path("clips.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    std::fs::write(&csv, text.replacen(",30.0,", ",NaN,", 1)).unwrap();
    let (_, err) = expect(1, ["info", &place.text("clips")]);
    assert!(err.contains("row 1") && err.contains("NaN"), "{err}");
}

#[test]
fn a_checkpoint_that_is_text_is_refused_by_name() {
    let place = Place::new();
    let folder = place.path("encoder");
    std::fs::create_dir(&folder).unwrap();
    let out = place.text("out.npy");
    let args = |encoder: &str| {
        let names = ["features", "--encoder", encoder, "--out", &out];
        let mut args: Vec<String> = names.map(str::to_owned).to_vec();
        args.insert(1, place.text("clips"));
        args
    };
    let encoder = folder.display().to_string();
    let (_, err) = expect(1, args(&encoder));
    assert!(err.contains("no file of the joint stream"), "{err}");
    for text in ["this is no checkpoint\n", ""] {
        for stream in ["joint", "bone", "joint_motion", "bone_motion"] {
            std::fs::write(folder.join(format!("{stream}.pt")), text).unwrap();
        }
        let (_, err) = expect(1, args(&encoder));
        assert!(
            err.contains("joint.pt") && err.contains("expected a PyTorch"),
            "{err}"
        );
    }
    assert!(!Path::new(&out).exists());
}

#[test]
fn what_is_described_otherwise_or_switched_off_is_known_as_such() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let (bundle, clip) = (place.text("bundle"), format!("{}#c-0", place.text("clips")));
    let list = place.path("list.txt");
    let text = "swat a fly - one arm\nswat a fly - both arms, slow\n#off jump rope\nwave hand\nkick ball | kick | - | to the side\nkick ball - backwards\n";
    std::fs::write(&list, text).unwrap();
    let list = list.display().to_string();
    let args = [
        "classify",
        &clip,
        "--bundle",
        &bundle,
        "--json",
        "--phrases",
        &list,
    ];
    let (out, err) = expect(0, args);
    assert!(err.is_empty(), "{err}");
    let expected = [
        ("kick ball", true),
        ("kick ball (verb kick, no noun, motion to the side)", false),
        ("kick ball - backwards", false),
        ("sit down", true),
        ("swat a fly - both arms, slow", false),
        ("swat a fly - one arm", false),
        ("wave hand", true),
    ];
    assert_eq!(labels(&lines(&out)[0]), expected);
    std::fs::write(&list, "#off jump rope\n").unwrap();
    for args in [
        &["classify", &clip, "--among", "unseen"][..],
        &["watch", "--gate", "off", "--fast"],
    ] {
        let rest = ["--bundle", &bundle, "--phrases", &list];
        let (_, err) = expect(1, args.iter().copied().chain(rest));
        assert!(err.contains("switched off"), "{err}");
    }
}

#[test]
fn played_at_its_own_pace_too_every_prediction_knows_the_phrases() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let source = format!("replay:{}", place.text("S001C001P001R001A023.skeleton"));
    let bundle = place.text("bundle");
    let args = [
        "watch",
        "--json",
        "--bundle",
        &bundle,
        "--source",
        &source,
        "--phrase",
        "踢球",
        "--phrase",
        "踢球",
        "--phrase",
        "swat a fly",
        "--gate",
        "soft",
    ];
    let (out, err) = expect(0, args);
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    // 90 frames, less those in which nobody is known yet.
    assert!(objects.len() > 10, "{out}");
    for object in &objects {
        let labels = labels(object);
        assert_eq!(labels.len(), 5, "{labels:?}");
        assert!(labels.contains(&("踢球", false)) && labels.contains(&("swat a fly", false)));
    }
}

#[test]
fn phrases_longer_than_any_line_are_refused() {
    let place = Place::new();
    let (bundle, long) = (place.text("bundle"), "x".repeat(10_000));
    for command in ["watch", "embed"] {
        let args = match command {
            "watch" => vec![command, "--bundle", &bundle, "--phrase", &long],
            _ => vec![command, &long],
        };
        let (out, err) = expect(2, args);
        assert!(out.is_empty() && err.contains("10000 characters"), "{err}");
        assert!(err.len() < 500, "a message, not the phrase");
    }
    let list = place.path("list.txt");
    std::fs::write(&list, format!("kick\n{long}\n")).unwrap();
    let list = list.display().to_string();
    let (_, err) = expect(1, ["watch", "--bundle", &bundle, "--phrases", &list]);
    assert!(err.contains("list.txt:2"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_takes_nothing_is_an_error_and_a_closed_one_no_panic() {
    let place = Place::new();
    let (program, store) = (env!("CARGO_BIN_EXE_synse"), place.text("clips"));
    let bundle = place.text("bundle");
    let source = format!("replay:{}", place.text("S001C001P001R001A023.skeleton"));
    for args in [
        &["info", &store][..],
        &["classify", &store, "--bundle", &bundle, "--json"],
        &["watch", "--fast", "--source", &source, "--bundle", &bundle],
    ] {
        for (redirection, codes) in [(">/dev/full", &[1][..]), (">&-", &[0, 1])] {
            let script = format!("exec \"$0\" \"$@\" {redirection}");
            let output = Command::new("sh")
                .args(["-c", &script, program])
                .args(args)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let err = String::from_utf8_lossy(&output.stderr).into_owned();
            let code = output.status.code().unwrap();
            assert!(
                codes.contains(&code),
                "{args:?} {redirection}: {code} {err}"
            );
            assert!(!err.contains("panicked"), "{args:?} {redirection}: {err}");
            assert!(
                code == 0 || err.contains("error:"),
                "{args:?} {redirection}: {err}"
            );
        }
    }
}
