//! The program from outside: arguments, exit codes, what stands on stdout and what on stderr.

use crate::fakes::{SEEN, random_bundle, waving_frame};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use synse::capture::clip_store::{self, ClipEntry};
use synse::capture::ntu_skeleton;

/// The program, with neither display nor log settings of whoever runs the tests.
fn synse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synse"));
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "RUST_LOG", "SYNSE_MODELS"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    synse().args(args).output().unwrap()
}

/// Runs, expects this exit code and no panic, and gives stdout and stderr.
fn expect<S: AsRef<OsStr>>(code: i32, args: impl IntoIterator<Item = S>) -> (String, String) {
    let output = run(args);
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The names without their order.
fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

/// A folder with a random bundle, a `.skeleton` file and a clip store of three clips.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        random_bundle(&place.path("bundle"));
        let frames: Vec<_> = (0..90).map(waving_frame).collect();
        ntu_skeleton::write(place.path("S001C001P001R001A023.skeleton"), &frames).unwrap();
        let joints: Vec<_> = frames.iter().map(|frame| frame.bodies[0].joints).collect();
        let entry = |index: usize| ClipEntry {
            clip: format!("c-{index}"),
            dataset: "made".into(),
            subject: "1".into(),
            label: "wave".into(),
            phrase: "wave hand".into(),
            verb: "wave".into(),
            noun: "hand".into(),
            fps: 30.0,
            start: 0,
            frames: 0,
        };
        let clips: Vec<_> = (0..3).map(|index| (entry(index), joints.clone())).collect();
        clip_store::write(place.path("clips"), &clips).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

/// Whether the text encoder is in this clone; it says so where it is not.
fn text_encoder() -> bool {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minilm/model.safetensors").exists();
    if !there {
        println!("models/minilm is not here: what needs phrases is passed over");
    }
    there
}

#[test]
fn bad_usage_is_2_and_help_is_0() {
    for args in [
        &["nonsense"][..],
        &["--nonsense"],
        &["watch", "--source", "telescope"],
        &["watch", "--threshold", "2"],
        &["watch", "--head", "third"],
        &["watch", "--device", "abacus"],
        &["classify"],
        &["classify", "x", "--among", "some"],
        &["classify", "x", "--among", "unseen"],
        &["classify", "x", "--phrase", "jump", "--among", "all", "--gate", "off"],
        &["embed"],
        &["info"],
        &["evaluate"],
        &["record"],
    ] {
        let (out, err) = expect(2, args);
        assert!(out.is_empty() && !err.is_empty(), "{args:?}");
    }
    for args in [&["--help"][..], &["--version"], &["watch", "--help"], &["help", "classify"]] {
        let (out, err) = expect(0, args);
        assert!(!out.is_empty() && err.is_empty(), "{args:?}");
    }
}

#[test]
fn what_is_missing_is_1_and_named() {
    let place = Place::new();
    let bundle = place.text("bundle");
    for (args, reason) in [
        (vec!["watch", "--bundle", "/no/such"], "/no/such"),
        (vec!["watch", "--bundle", &bundle, "--source", "replay:/no/such.skeleton"], "/no/such.skeleton"),
        (vec!["watch", "--bundle", &bundle, "--source", "azure-kinect"], "azure-kinect"),
        (vec!["watch", "--bundle", &bundle, "--phrases", "/no/such.txt"], "/no/such.txt"),
        (vec!["watch", "--bundle", &bundle, "--device", "gpu:15"], "gpu"),
        (vec!["classify", "/no/such.skeleton", "--bundle", &bundle], "/no/such.skeleton"),
        (vec!["classify", "/no/such", "--bundle", &bundle], "/no/such"),
        (vec!["classify", "x", "--bundle", "/no/such"], "/no/such"),
        (vec!["info", "/no/such.skeleton"], "/no/such.skeleton"),
        (vec!["info", "/no/such.safetensors"], "/no/such"),
    ] {
        let (out, err) = expect(1, &args);
        assert!(err.to_lowercase().contains(reason), "{args:?}: {err}");
        assert!(!out.contains('{'), "{args:?}: {out}");
    }
}

#[test]
fn without_models_every_command_says_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    for args in [
        &["watch"][..],
        &["classify", "x"],
        &["embed", "jump"],
        &["doctor"],
        &[],
    ] {
        let output = synse()
            .env("SYNSE_MODELS", empty.path().join("none"))
            .args(args)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert!(text.contains("SYNSE_MODELS") && !text.contains("panicked"), "{args:?}: {text}");
    }
}

#[test]
fn classify_prints_one_object_per_clip_with_the_documented_fields() {
    let place = Place::new();
    let (bundle, store) = (place.text("bundle"), place.text("clips"));
    let file = place.text("S001C001P001R001A023.skeleton");
    let (out, err) = expect(0, ["classify", &store, &file, "--bundle", &bundle, "--json"]);
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    let clips: Vec<&str> = objects.iter().map(|object| object["clip"].as_str().unwrap()).collect();
    assert_eq!(clips, ["c-0", "c-1", "c-2", "S001C001P001R001A023"]);
    for object in &objects {
        assert_eq!(fields(object), sorted(&["clip", "ranking", "p_seen", "feature_norm"]));
        let ranking = object["ranking"].as_array().unwrap();
        assert_eq!(ranking.len(), SEEN.len());
        assert_eq!(fields(&ranking[0]), sorted(&["phrase", "probability", "seen"]));
        assert_eq!(object["p_seen"], 1.0);
        assert!(object["feature_norm"].as_f64().unwrap() > 0.0);
    }
    let (out, _) = expect(0, ["classify", &format!("{store}#c-1"), "--bundle", &bundle, "--json"]);
    assert_eq!(lines(&out).len(), 1);
    let (_, err) = expect(1, ["classify", &format!("{store}#c-9"), "--bundle", &bundle]);
    assert!(err.contains("c-9"), "{err}");
}

#[test]
fn classify_ranks_among_what_is_asked_for() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let (bundle, clip) = (place.text("bundle"), format!("{}#c-0", place.text("clips")));
    let list = place.path("list.txt");
    std::fs::write(&list, "# two\nswing a golf club\nwave hand\n").unwrap();
    let list = list.display().to_string();
    for (among, expected) in [
        ("seen", vec!["kick ball", "sit down", "wave hand"]),
        ("unseen", vec!["jump rope", "swing a golf club", "wave hand"]),
        ("all", vec!["jump rope", "kick ball", "sit down", "swing a golf club", "wave hand"]),
    ] {
        let args = [
            "classify", &clip, "--bundle", &bundle, "--json", "--among", among, "--phrases", &list,
            "--phrase", "jump rope", "--gate", "soft",
        ];
        let objects = lines(&expect(0, args).0);
        let ranking = objects[0]["ranking"].as_array().unwrap();
        let names: Vec<&str> = ranking.iter().map(|line| line["phrase"].as_str().unwrap()).collect();
        assert_eq!(sorted(&names), expected, "{among}");
        let sum: f64 = ranking.iter().map(|line| line["probability"].as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{among}: {sum}");
        for line in ranking {
            let seen = SEEN.contains(&line["phrase"].as_str().unwrap());
            assert_eq!(line["seen"], seen, "{among}");
        }
    }
}

#[test]
fn watch_prints_one_object_per_prediction_with_the_documented_fields() {
    let place = Place::new();
    let source = format!("replay:{}", place.text("S001C001P001R001A023.skeleton"));
    let (out, err) = expect(0, ["watch", "--json", "--fast", "--source", &source, "--bundle", &place.text("bundle")]);
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    assert!(objects.len() >= 15, "{}", objects.len());
    for object in &objects {
        let names = ["t", "body", "state", "ranking", "smoothed", "p_seen", "latency_ms"];
        assert_eq!(fields(object), sorted(&names));
        assert!(["idle", "acting"].contains(&object["state"].as_str().unwrap()));
        assert!(object["latency_ms"].as_f64().unwrap() >= 0.0);
    }
    assert!(objects.is_sorted_by(|a, b| a["t"].as_f64() < b["t"].as_f64()));
    assert!(objects.iter().any(|object| object["state"] == "acting"));
}

#[test]
fn without_a_display_the_program_watches_and_says_so() {
    let place = Place::new();
    let source = format!("replay:{}", place.text("S001C001P001R001A023.skeleton"));
    let (out, err) = expect(0, ["--source", &source, "--bundle", &place.text("bundle")]);
    assert!(err.contains("display"), "{err}");
    assert!(out.contains("watching"), "{out}");
}

#[test]
fn a_reader_that_leaves_is_no_panic() {
    let place = Place::new();
    let mut child = synse()
        .args(["watch", "--json", "--fast", "--source", "demo", "--bundle"])
        .arg(place.path("bundle"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 200];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(first[0], b'{');
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(err.is_empty(), "{err}");
}

#[test]
fn info_tells_what_a_file_holds() {
    let place = Place::new();
    let names = ["kind", "frames", "bodies", "seconds", "fps", "recovered", "lost_seconds", "markers", "phrases"];
    let (out, _) = expect(0, ["info", "--json", &place.text("S001C001P001R001A023.skeleton")]);
    let object = &lines(&out)[0];
    assert_eq!(fields(object), sorted(&names));
    assert_eq!((&object["kind"], &object["frames"], &object["bodies"]), (&"ntu-skeleton".into(), &90.into(), &1.into()));
    assert!((object["seconds"].as_f64().unwrap() - 3.0).abs() < 0.01, "{object}");
    let (out, _) = expect(0, ["info", "--json", &place.text("clips.safetensors")]);
    let object = &lines(&out)[0];
    assert_eq!(fields(object), sorted(&names));
    assert_eq!((&object["kind"], &object["frames"]), (&"clip-store".into(), &270.into()));
    assert_eq!(object["phrases"], serde_json::json!(["wave hand"]));
}

#[test]
fn embed_prints_how_a_phrase_is_read() {
    if !text_encoder() {
        return;
    }
    let (out, err) = expect(0, ["embed", "--json", "swing a golf club", "jump"]);
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    assert_eq!(objects.len(), 2);
    let names = ["phrase", "verb", "noun", "confidence", "motion", "motion_source", "verb_vector", "noun_vector"];
    assert_eq!(fields(&objects[0]), sorted(&names));
    assert_eq!((&objects[0]["verb"], &objects[0]["noun"]), (&"swing".into(), &"golf club".into()));
    assert_eq!(objects[0]["verb_vector"].as_array().unwrap().len(), 384);
    assert_eq!(objects[0]["motion"].as_object().unwrap().len(), synse::phrases::motion::ATTRIBUTES.len());
    assert!(objects[1]["noun"].is_null() && objects[1]["noun_vector"].is_null());
    for (code, phrase) in [(2, ""), (2, "   "), (1, "12345"), (1, &"long ".repeat(150)), (2, &"long ".repeat(2000))] {
        let (out, err) = expect(code, ["embed", phrase]);
        assert!(out.is_empty() && !err.is_empty(), "{phrase:.20}");
    }
}
