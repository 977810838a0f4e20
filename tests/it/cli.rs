//! The program from outside: arguments, exit codes, what stands on stdout and what on stderr.

use crate::fakes::{clip_entry, random_bundle, waving_frame, write_store};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use synse::capture::ntu_skeleton;

/// The program, with neither display nor log settings of whoever runs the tests.
pub(crate) fn synse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synse"));
    for name in [
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "WAYLAND_SOCKET",
        "RUST_LOG",
        "SYNSE_MODELS",
    ] {
        command.env_remove(name);
    }
    // Where it is not set, Vulkan's own layers complain on stderr, which is none of our business.
    command.env("XDG_RUNTIME_DIR", env!("CARGO_TARGET_TMPDIR"));
    // Nor are bundles that whoever runs the tests has imported.
    command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null());
    command
}

fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    synse().args(args).output().unwrap()
}

/// Runs, expects this exit code and no panic, and gives stdout and stderr.
pub(crate) fn expect<S: AsRef<OsStr>>(
    code: i32,
    args: impl IntoIterator<Item = S>,
) -> (String, String) {
    let output = run(args);
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn fields(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// The names without their order.
pub(crate) fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

/// A folder with a random bundle, a `.skeleton` file and a clip store of three clips.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        random_bundle(&place.path("bundle"));
        let frames: Vec<_> = (0..90).map(waving_frame).collect();
        ntu_skeleton::write(place.path("S001C001P001R001A023.skeleton"), &frames).unwrap();
        let joints: Vec<_> = frames.iter().map(|frame| frame.bodies[0].joints).collect();
        let entry = |index: usize| clip_entry(&format!("c-{index}"));
        let clips: Vec<_> = (0..3).map(|index| (entry(index), joints.clone())).collect();
        write_store(place.path("clips"), &clips);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

/// Whether the text encoder is in this clone; it says so where it is not.
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
pub(crate) fn text_encoder() -> bool {
    let there = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models/minilm/model.safetensors")
        .exists();
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
        &[
            "classify", "x", "--phrase", "jump", "--among", "all", "--gate", "off",
        ],
        &["embed"],
        &["info"],
        &["evaluate"],
        &["record"],
    ] {
        let (out, err) = expect(2, args);
        assert!(out.is_empty() && !err.is_empty(), "{args:?}");
    }
    for args in [
        &["--help"][..],
        &["--version"],
        &["watch", "--help"],
        &["help", "classify"],
    ] {
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
        (
            vec![
                "watch",
                "--bundle",
                &bundle,
                "--source",
                "replay:/no/such.skeleton",
            ],
            "/no/such.skeleton",
        ),
        (
            vec!["watch", "--bundle", &bundle, "--source", "azure-kinect"],
            "azure-kinect",
        ),
        (
            vec!["watch", "--bundle", &bundle, "--phrases", "/no/such.txt"],
            "/no/such.txt",
        ),
        (
            vec!["watch", "--bundle", &bundle, "--device", "gpu:15"],
            "gpu",
        ),
        (
            vec!["classify", "/no/such.skeleton", "--bundle", &bundle],
            "/no/such.skeleton",
        ),
        (
            vec!["classify", "/no/such", "--bundle", &bundle],
            "/no/such",
        ),
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
        assert!(
            text.contains("SYNSE_MODELS") && !text.contains("panicked"),
            "{args:?}: {text}"
        );
    }
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
