//! A small folder in the authors' layout: what is trained on it, and what is refused of it when it is damaged.

use crate::cli::{expect, lines, text_encoder};
use ndarray::{Array1, Array2};
use ndarray_npy::{read_npy, write_npy};
use std::fs;
use std::path::Path;
use synse::evaluate::table1::resources::{Layout, Resources, SPLITS};

fn layout(folder: &Path) -> Layout {
    Layout {
        folder: folder.to_owned(),
        visual: "shift".to_owned(),
        text: "bert".to_owned(),
        draw: "r".to_owned(),
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A small folder in the authors' layout: each class at a place of its own, words at random.
pub(crate) fn made(folder: &Path) {
    let words = folder.join("resources");
    fs::create_dir_all(words.join("label_splits")).unwrap();
    let list = |name: &str, classes: &[i64]| {
        let path = words.join("label_splits").join(name).with_extension("npy");
        write_npy(path, &Array1::from(classes.to_vec())).unwrap();
    };
    let unseen = [10, 11, 19, 26, 56];
    let held = [14, 37, 42, 43, 47];
    let without = |left: &[&[i64]]| -> Vec<i64> {
        (0..60)
            .filter(|class| !left.iter().any(|list| list.contains(class)))
            .collect()
    };
    let (seen, kept) = (without(&[&unseen]), without(&[&unseen, &held]));
    list("ru5", &unseen);
    list("rs55", &seen);
    list("rv5_0", &held);
    list("rs50_0", &kept);
    for (part, seed) in [("noun", 1.0_f32), ("verb", 2.0), ("labels", 3.0)] {
        let vectors = Array2::from_shape_fn((60, 12), |(class, i)| {
            ((class * 12 + i) as f32 * seed).sin()
        });
        write_npy(words.join(format!("ntu60_bert_{part}.npy")), &vectors).unwrap();
    }
    let phase = |name: &str, samples: &[(&str, &str, Option<&str>, &[i64], usize)]| {
        let place = folder.join(name);
        fs::create_dir_all(&place).unwrap();
        for &(features, labels, logits, classes, each) in samples {
            let all: Vec<i64> = (0..each).flat_map(|_| classes.iter().copied()).collect();
            let values = |(row, i): (usize, usize)| {
                let (class, noise) = (all[row] as f32, ((row * 8 + i) as f32 * 0.7).sin() * 0.05);
                (class * (0.3 + i as f32)).sin() + noise
            };
            let matrix = Array2::from_shape_fn((all.len(), 8), values);
            write_npy(place.join(features).with_extension("npy"), &matrix).unwrap();
            if let Some(logits) = logits {
                let sure = |(row, class): (usize, usize)| {
                    let own = all[row] as usize == class && classes.len() > 5;
                    if own {
                        6.0_f32
                    } else {
                        ((row + class) as f32).sin()
                    }
                };
                let matrix = Array2::from_shape_fn((all.len(), 60), sure);
                write_npy(place.join(logits).with_extension("npy"), &matrix).unwrap();
            }
            write_npy(place.join(labels).with_extension("npy"), &Array1::from(all)).unwrap();
        }
    };
    let everyone: Vec<i64> = (0..60).collect();
    phase(
        "shift_5_r",
        &[
            ("train", "train_label", None, &seen, 2),
            ("ztest", "z_label", None, &unseen, 3),
            ("gtest", "g_label", Some("gtest_out"), &everyone, 2),
        ],
    );
    phase(
        "shift_val_5_r",
        &[
            ("train", "train_label", None, &kept, 2),
            ("val", "val_label", Some("val_out"), &kept, 9),
            ("ztest", "z_label", Some("ztest_out"), &held, 70),
        ],
    );
}

#[test]
fn trains_where_there_are_no_checkpoints() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let place = text(folder.path());
    let arguments = [
        "evaluate",
        "table1",
        "--resources",
        &place,
        "--train",
        "--cycles",
        "1",
        "--seeds",
        "1",
    ];
    let (out, _) = expect(0, arguments);
    let rows = lines(&out);
    assert_eq!(rows.len(), 7);
    for row in &rows {
        let named = if row["setting"] == "zsl" {
            "zsl"
        } else {
            "harmonic"
        };
        assert!((0.0..=1.0).contains(&row[named].as_f64().unwrap()), "{row}");
        assert_eq!(
            (&row["seeds"], &row["method"]),
            (&1.into(), &"synse".into())
        );
    }
    // Which is what happens where nothing else is asked for.
    let (again, _) = expect(0, arguments.into_iter().filter(|word| *word != "--train"));
    let without_time = |out: &str| {
        let mut rows = lines(out);
        for row in &mut rows {
            row["seconds"] = 0.into();
        }
        rows
    };
    assert_eq!(
        without_time(&out),
        without_time(&again),
        "the same seed, the same scores"
    );
    let rows = folder.path().join("rows.json");
    fs::write(&rows, &out).unwrap();
    let (tables, _) = expect(0, ["evaluate", "tables", &text(&rows)]);
    assert!(tables.contains("| 55/5 |"), "{tables}");
    assert!(
        tables.contains("| synse | trained here; hard gate |"),
        "{tables}"
    );
}

#[test]
fn methods_of_other_tables_are_trained_on_the_authors_resources() {
    if !text_encoder() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let place = text(folder.path());
    let fixed = [
        "evaluate",
        "table1",
        "--resources",
        &place,
        "--seeds",
        "1",
        "--method",
        "ridge",
        "--method",
        "devise",
    ];
    let (out, _) = expect(0, fixed);
    let rows = lines(&out);
    let of = |method: &str, variant: &str| {
        let rows = rows.iter().filter(|row| row["method"] == method);
        let rows = rows.filter(|row| row["variant"].as_str().unwrap().starts_with(variant));
        rows.count()
    };
    // Unseen ones alone, and six ways to join both.
    assert_eq!(of("ridge", "noun+verb"), 2 * 7);
    assert_eq!(of("ridge", "motion"), 7);
    assert_eq!(of("devise", "mean of verb and noun"), 7);
    assert!(rows.iter().all(|row| row["clips"].as_u64().unwrap() > 0));
    let (one, _) = expect(0, fixed.into_iter().chain(["--variant", "motion"]));
    assert_eq!(lines(&one).len(), 7);

    // Features of another encoder lie in folders of their own.
    for phase in ["5_r", "val_5_r"] {
        let from = folder.path().join(format!("shift_{phase}"));
        fs::rename(from, folder.path().join(format!("msg3d_{phase}"))).unwrap();
    }
    let (_, errors) = expect(1, fixed);
    assert!(errors.contains("shift_5_r"), "{errors}");
    let fixed = fixed.into_iter().chain(["--visual", "msg3d"]);
    let (other, _) = expect(0, fixed.clone().chain(["--variant", "motion"]));
    assert_eq!(lines(&other).len(), 7);

    fs::remove_file(folder.path().join("resources/ntu60_bert_labels.npy")).unwrap();
    let (_, errors) = expect(1, fixed);
    assert!(errors.contains("ntu60_bert_labels.npy"), "{errors}");
}

#[test]
fn damaged_resources_are_refused_with_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let read = || -> Result<Resources, String> {
        layout(folder.path())
            .read(SPLITS[0])
            .map_err(|error| error.to_string())
    };
    read().unwrap();
    let damaged = |file: &str, damage: &dyn Fn(&Path), words: &[&str]| {
        let path = folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        damage(&path);
        let error = read().unwrap_err();
        for word in words.iter().chain([&file]) {
            assert!(error.contains(word), "{file}: no {word:?} in: {error}");
        }
        fs::write(&path, whole).unwrap();
    };
    let matrix = |change: fn(&mut Array2<f32>)| {
        move |path: &Path| {
            let mut values: Array2<f32> = read_npy(path).unwrap();
            change(&mut values);
            write_npy(path, &values).unwrap();
        }
    };
    let list = |change: fn(&mut Array1<i64>)| {
        move |path: &Path| {
            let mut values: Array1<i64> = read_npy(path).unwrap();
            change(&mut values);
            write_npy(path, &values).unwrap();
        }
    };
    let narrow = matrix(|values| *values = values.slice(ndarray::s![.., ..7]).to_owned());
    let nan = matrix(|values| values[[2, 3]] = f32::NAN);
    let short = matrix(|values| *values = values.slice(ndarray::s![..5, ..]).to_owned());
    damaged(
        "shift_5_r/ztest.npy",
        &narrow,
        &["rows of 8 values", "rows of 7"],
    );
    damaged(
        "shift_val_5_r/train.npy",
        &narrow,
        &["rows of 8 values", "rows of 7"],
    );
    damaged(
        "shift_5_r/train.npy",
        &nan,
        &["row 2, column 3", "not a finite number"],
    );
    damaged("shift_val_5_r/val_out.npy", &nan, &["row 2, column 3"]);
    damaged("shift_5_r/train.npy", &short, &["110 rows", "5 rows"]);
    damaged("shift_5_r/gtest_out.npy", &narrow, &["rows of 60 values"]);
    damaged(
        "resources/ntu60_bert_verb.npy",
        &narrow,
        &["12 values", "7 values"],
    );
    damaged(
        "resources/ntu60_bert_noun.npy",
        &short,
        &["each of 60 classes", "[5, 12]"],
    );
    damaged(
        "shift_5_r/train_label.npy",
        &list(|values| values[4] = 60),
        &["row 4 is class 60", "60 classes"],
    );
    damaged(
        "shift_5_r/train_label.npy",
        &list(|values| values[4] = -1),
        &["row 4 is -1"],
    );
    damaged(
        "shift_5_r/train_label.npy",
        &list(|values| values[4] = 26),
        &["row 4 is class 26", "seen classes"],
    );
    damaged(
        "shift_5_r/z_label.npy",
        &list(|values| values[0] = 3),
        &["row 0 is class 3", "unseen classes"],
    );
    damaged(
        "resources/label_splits/ru5.npy",
        &list(|values| values[1] = 77),
        &["class 77", "60 classes"],
    );
    damaged(
        "resources/label_splits/ru5.npy",
        &list(|values| values[1] = 10),
        &["class 10", "twice"],
    );
    damaged(
        "resources/label_splits/ru5.npy",
        &list(|values| values[1] = 12),
        &["class 12 is in both", "rs55.npy"],
    );
    damaged(
        "resources/label_splits/rv5_0.npy",
        &list(|values| values[1] = 10),
        &["class 10 is in both", "ru5.npy"],
    );
    damaged(
        "shift_5_r/gtest.npy",
        &|path| fs::write(path, "no numpy").unwrap(),
        &[],
    );
    damaged(
        "shift_5_r/g_label.npy",
        &|path| fs::remove_file(path).unwrap(),
        &[],
    );
    damaged(
        "shift_5_r/train_label.npy",
        &|path| {
            write_npy(path, &Array1::from(vec![1.5_f64])).unwrap();
        },
        &[],
    );

    // And from outside: nothing is trained, one sentence says why.
    let path = folder.path().join("shift_5_r/train.npy");
    nan(&path);
    let place = text(folder.path());
    let (out, errors) = expect(1, ["evaluate", "table1", "--resources", &place, "--train"]);
    assert!(out.is_empty() && errors.contains("train.npy"), "{errors}");
    expect(
        2,
        [
            "evaluate",
            "table1",
            "--resources",
            &place,
            "--train",
            "--split",
            "50/10",
        ],
    );
    let (_, errors) = expect(
        1,
        [
            "evaluate",
            "table1",
            "--resources",
            &place,
            "--train",
            "--split",
            "96/24",
        ],
    );
    assert!(errors.contains("shift_24_r"), "{errors}");
}
