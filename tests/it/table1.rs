//! The authors' own resources, run as they are: their answers and scores come out.

#![expect(
    clippy::print_stdout,
    reason = "tests say what they measured and what they skipped"
)]

use crate::cli::{expect, fields, lines, sorted};
use ndarray::{Array1, Array2};
use ndarray_npy::read_npy;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use synse::align::checkpoint::{classifier_from_checkpoints, network_from_checkpoints};
use synse::align::original::{classifier_from_release, network_from_release};
use synse::evaluate::table1::gating::{GateForm, Joining, answer, released_gate};
use synse::evaluate::table1::resources::{Layout, SPLITS};
use synse::evaluate::table1::{Model, answers, decide};

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    if !shared.exists() {
        println!("skipped: ../shared/reference is not here");
        return None;
    }
    Some(shared)
}

fn layout(folder: &Path) -> Layout {
    Layout {
        folder: folder.to_owned(),
        visual: "shift".to_owned(),
        text: "bert".to_owned(),
        draw: "r".to_owned(),
    }
}

fn classes(path: &Path) -> Vec<usize> {
    let classes: Array1<i64> = read_npy(path).unwrap();
    classes.iter().map(|&class| class as usize).collect()
}

fn checkpoints(shared: &Path) -> PathBuf {
    shared.join("synse/orig_checkpoints_1cycle")
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn checkpoints_hold_what_their_safetensors_do() {
    let Some(shared) = shared() else { return };
    let run = shared.join("synse/run_5_r");
    let folder = checkpoints(&shared);
    assert_eq!(
        network_from_checkpoints(&folder, None).unwrap(),
        network_from_release(&run.join("ckpt_1699/weights.safetensors")).unwrap()
    );
    assert_eq!(
        classifier_from_checkpoints(&folder).unwrap().unwrap(),
        classifier_from_release(&run.join("classifier_1699/final.safetensors")).unwrap()
    );
    let error = network_from_checkpoints(&folder, Some(3))
        .unwrap_err()
        .to_string();
    assert!(error.contains("se_3.pth.tar"), "{error}");
    let error = network_from_checkpoints(&run, None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("se_EPOCH.pth.tar"), "{error}");
    let damaged = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()) {
        let bytes = fs::read(entry.path()).unwrap();
        let kept = if entry.file_name() == "tvd_1699.pth.tar" {
            900
        } else {
            bytes.len()
        };
        fs::write(damaged.path().join(entry.file_name()), &bytes[..kept]).unwrap();
    }
    let error = network_from_checkpoints(damaged.path(), None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("tvd_1699.pth.tar"), "{error}");
}

#[test]
fn the_authors_resources_give_the_authors_answers() {
    let Some(shared) = shared() else { return };
    let resources = layout(&shared.join("synse")).read(SPLITS[0]).unwrap();
    let model = Model::Checkpoints {
        folder: checkpoints(&shared),
        epoch: None,
    };
    let test = &resources.test;
    let decision = decide(
        &resources,
        &test.training,
        &resources.unseen,
        &model,
        1,
        &mut |_, _| {},
    )
    .unwrap();
    let zsl = answers(&decision, &test.unseen, &resources.unseen);
    assert_eq!(
        zsl,
        classes(&shared.join("synse/run_5_r/classifier_1699/ztest_pred.npy"))
    );
    let probabilities: Vec<Vec<f32>> = test
        .everyone
        .features
        .iter()
        .map(|feature| decision.probabilities(feature))
        .collect();
    let expected: Array2<f32> =
        read_npy(checkpoints(&shared).join("synse_5_r_gzsl_zs.npy")).unwrap();
    let off = probabilities
        .iter()
        .flatten()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs());
    assert!(off.fold(0.0, f32::max) < 1e-5);

    let validation = resources.validation.as_ref().unwrap();
    for (form, variant) in GateForm::ALL
        .into_iter()
        .zip(["fixed_unseen_zs", "as_shipped"])
    {
        let folder = shared.join("gating").join(variant);
        let (seen_zs, unseen_zs) = resources.saved_probabilities(&folder, validation).unwrap();
        let data = form.data(validation, &seen_zs, &unseen_zs).unwrap();
        let gate = released_gate(&data, 5).unwrap();
        let summary: Value =
            serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap();
        assert_eq!(
            f64::from(gate.temperature),
            summary["best_temp"].as_f64().unwrap()
        );
        let threshold = summary["best_thresh"].as_f64().unwrap();
        assert!((f64::from(gate.threshold) - threshold).abs() < 1e-6);
        for (joining, file) in [
            (Joining::Inverted, "eval_final_preds.npy"),
            (Joining::Soft, "eval_soft_preds.npy"),
        ] {
            let pairs = test.everyone_logits.iter().zip(&probabilities);
            let ours: Vec<usize> = pairs
                .map(|(logits, unseen)| answer(&resources, &gate, logits, unseen, joining))
                .collect();
            assert_eq!(ours, classes(&folder.join(file)), "{variant} {file}");
        }
    }
}

/// The row whose variant ends so.
fn row<'a>(rows: &'a [Value], ending: &str) -> &'a Value {
    rows.iter()
        .find(|row| row["variant"].as_str().unwrap().ends_with(ending))
        .unwrap_or_else(|| panic!("no variant {ending}: {rows:?}"))
}

#[test]
fn the_program_prints_the_recorded_scores() {
    let Some(shared) = shared() else { return };
    for (variant, suffix) in [
        ("fixed_unseen_zs", ""),
        ("as_shipped", ", gate data as shipped"),
    ] {
        let gating = shared.join("gating").join(variant);
        let [inputs, weights, saved] = [
            shared.join("synse/inputs"),
            checkpoints(&shared),
            gating.clone(),
        ]
        .map(|path| text(&path));
        let arguments = [
            "evaluate",
            "table1",
            "--split",
            "55/5",
            "--resources",
            &inputs,
            "--checkpoints",
            &weights,
            "--validation",
            &saved,
        ];
        let (out, _) = expect(0, arguments);
        let rows = lines(&out);
        assert_eq!(rows.len(), if suffix.is_empty() { 7 } else { 4 });
        assert_eq!(
            sorted(&fields(&rows[0])),
            sorted(&[
                "method",
                "split",
                "setting",
                "variant",
                "seeds",
                "zsl",
                "seen",
                "unseen",
                "harmonic",
                "deviation",
                "seconds",
                "clips",
                "encoder_saw_unseen",
                "view",
                "per_sample",
            ])
        );
        assert_eq!(
            (&rows[0]["setting"], &rows[0]["split"]),
            (&"zsl".into(), &"55/5".into())
        );
        assert!((rows[0]["per_sample"]["zsl"].as_f64().unwrap() - 0.45).abs() < 1e-9);
        let summary: Value =
            serde_json::from_slice(&fs::read(gating.join("summary.json")).unwrap()).unwrap();
        for (ending, recorded) in [
            (
                "hard gate, threshold inverted",
                "eval_semantics_p_seen_gt_th",
            ),
            ("hard gate", "train_semantics_p_unseen_gt_th"),
            ("soft gate", "soft"),
        ] {
            let row = row(&rows, &format!("{ending}{suffix}"));
            println!("{variant}: {row}");
            for (ours, theirs) in [("seen", "seen"), ("unseen", "unseen"), ("harmonic", "h")] {
                let got = row["per_sample"][ours].as_f64().unwrap();
                let recorded = summary[recorded][theirs].as_f64().unwrap();
                assert!(
                    (got - recorded).abs() < 1e-9,
                    "{ending} {ours}: {got} for {recorded}"
                );
            }
        }
    }
}
