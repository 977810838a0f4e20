//! A small version of every table: each method and each ablation by its command, on a few made clips.

use crate::cli::{Place, expect, lines, text_encoder};
use crate::gate_run::run_folder;
use ndarray::Array2;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use synse::evaluate::{gzsl, methods};

/// A store of five phrases by three people, an encoder of three of them, and a split of the other two.
fn place() -> Place {
    let place = Place::new();
    run_folder(&place);
    let splits = "split,role,values\nA,unseen,clap hands;stand up\nA,validation-unseen,kick ball\n*,test-subjects,made:3\n";
    fs::write(place.path("splits.csv"), splits).unwrap();
    place
}

/// The rows of `evaluate kinect` with these options and one seed.
fn rows(place: &Place, options: &[&str]) -> Vec<Value> {
    let (store, encoder) = (place.text("store"), place.text("bundle"));
    let fixed = [
        "evaluate",
        "kinect",
        "--seeds",
        "1",
        "--data",
        &store,
        "--encoder",
        &encoder,
    ];
    let (out, _) = expect(0, fixed.iter().chain(options));
    let rows = lines(&out);
    for row in &rows {
        for score in ["zsl", "seen", "unseen", "harmonic"] {
            if let Some(score) = row[score].as_f64() {
                assert!((0.0..=1.0).contains(&score), "{row}");
            }
        }
    }
    rows
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap()
}

#[test]
fn every_method_stands_in_the_tables_of_unseen_phrases_and_of_all_phrases() {
    if !text_encoder() {
        return;
    }
    let place = place();
    // The first variant of each: what the others do differently is tested with the methods.
    let mut first: Vec<(&str, String)> = Vec::new();
    for method in &methods(true) {
        if first.iter().all(|(name, _)| *name != method.name()) {
            first.push((method.name(), method.variant().to_owned()));
        }
    }
    assert!(first.len() >= 10, "{first:?}");
    let mut all = String::new();
    for (name, variant) in &first {
        let rows = rows(&place, &["--method", name, "--variant", variant]);
        let of = |setting: &str| -> Vec<&str> {
            let rows = rows.iter().filter(|row| text(row, "method") == *name);
            rows.filter(|row| text(row, "setting") == setting)
                .map(|row| text(row, "variant"))
                .collect()
        };
        assert_eq!(of("zsl"), [variant]);
        assert_eq!(of("gzsl").len(), gzsl::VARIANTS.len(), "{name}");
        all.extend(rows.iter().map(|row| format!("{row}\n")));
    }
    fs::write(place.path("rows.json"), all).unwrap();
    let (tables, _) = expect(0, ["evaluate", "tables", &place.text("rows.json")]);
    for (name, variant) in &first {
        for end in [" |", "; soft gate |", "; one softmax |"] {
            let row = format!("| {name} | {variant}{end}");
            assert!(tables.contains(&row), "{row} in {tables}");
        }
    }
}

#[test]
fn every_ablation_has_its_rows() {
    if !text_encoder() {
        return;
    }
    let place = place();
    let all = "noun+verb+motion+bilinear+card, cosine";
    let words = "noun+verb, cosine";
    let shown = "noun+verb+motion, cosine";
    for (ablation, variant) in [
        ("parts", "phrase, cosine".to_owned()),
        ("parts", "the movement's card".to_owned()),
        ("latent", format!("{words}, latent 2 x 25")),
        ("generated", "noun+verb, trained, 250 features".to_owned()),
        ("weight", "noun+verb+motion, cosine, motion x 2".to_owned()),
        ("card", format!("{all}, card x 8")),
        ("bilinear", format!("{all}, bilinear x 12")),
        ("limit", "noun+verb+motion, no limit".to_owned()),
        ("profile", "phrase, trained".to_owned()),
        ("examples", format!("{shown}, 1 example, without words")),
        ("worth", format!("{shown}, 1 example, words worth 2")),
    ] {
        let rows = rows(
            &place,
            &["--zsl", "--ablation", ablation, "--variant", &variant],
        );
        let found: BTreeSet<&str> = rows
            .iter()
            .filter(|row| text(row, "setting") == "zsl")
            .map(|row| text(row, "variant"))
            .collect();
        assert_eq!(found, BTreeSet::from([variant.as_str()]), "{ablation}");
    }
}

#[test]
fn what_methods_read_can_come_from_elsewhere() {
    if !text_encoder() {
        return;
    }
    let place = place();
    let ridge = ["--zsl", "--method", "ridge", "--variant", "noun+verb"];
    let score = |options: &[&str]| {
        let options: Vec<&str> = ridge.iter().chain(options).copied().collect();
        let rows = rows(&place, &options);
        let row = rows.iter().find(|row| text(row, "setting") != "seen");
        row.unwrap().clone()
    };
    for view in [
        "joint",
        "bone",
        "joint-motion",
        "bone-motion",
        "fused",
        "measured",
        "measures",
    ] {
        assert_eq!(score(&["--view", view])["clips"], 4, "{view}");
    }
    assert_eq!(score(&["--validation"])["setting"], "validation");

    let clips = 30;
    let features = Array2::from_shape_fn((clips, 8), |(row, i)| ((row * 3 + i) as f32).sin());
    ndarray_npy::write_npy(place.path("features.npy"), &features).unwrap();
    score(&["--features", &place.text("features.npy")]);

    let descriptions = "phrase,description\nclap hands,both hands meet\nfly,arms out\n";
    fs::write(place.path("descriptions.csv"), descriptions).unwrap();
    let (store, encoder) = (place.text("store"), place.text("bundle"));
    let described = place.text("descriptions.csv");
    let (_, err) = expect(
        0,
        [
            "evaluate",
            "kinect",
            "--data",
            &store,
            "--encoder",
            &encoder,
            "--seeds",
            "1",
        ]
        .into_iter()
        .chain(ridge)
        .chain(["--descriptions", &described]),
    );
    assert!(err.contains("`fly` is described"), "{err}");
}

#[test]
fn splits_that_name_nobody_knows_what_are_refused_before_anything_is_encoded() {
    let place = place();
    let refused = |splits: &str, options: &[&str]| {
        fs::write(
            place.path("splits.csv"),
            format!("split,role,values\n{splits}"),
        )
        .unwrap();
        let (store, encoder) = (place.text("store"), place.text("bundle"));
        let fixed = [
            "evaluate",
            "kinect",
            "--data",
            &store,
            "--encoder",
            &encoder,
        ];
        expect(1, fixed.iter().chain(options)).1
    };
    let err = refused("A,unseen,clap hand;stand up\n", &[]);
    for told in ["splits.csv", "\"clap hand\"", "such as \"clap hands\""] {
        assert!(err.contains(told), "{err}");
    }
    let err = refused("A,unseen,clap hands\n", &["--validation"]);
    assert!(err.contains("no validation-unseen phrases"), "{err}");
    let err = refused("A,unseen,clap hands\n", &["--split", "B"]);
    assert!(err.contains("no split `B`"), "{err}");
}
