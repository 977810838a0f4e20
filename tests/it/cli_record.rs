//! `synse record`, `info` and `watch` on sessions, from outside, and what a kill leaves.

use crate::cli::{Place, expect, lines, synse};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

fn record(place: &Place, name: &str, more: &[&str]) -> Child {
    let mut command = synse();
    command.args(["record", "--source", "demo", "--device", "cpu"]);
    command.args([
        "--bundle",
        &place.text("bundle"),
        "--out",
        &place.text(name),
    ]);
    let mut child = command
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Its first line says that it has begun.
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("recording demo"), "{line}");
    child
}

fn info(code: i32, place: &Place, name: &str) -> Value {
    let (out, _) = expect(code, ["info", &place.text(name), "--json"]);
    lines(&out).remove(0)
}

#[test]
fn a_recording_is_described_and_replayed() {
    let place = Place::new();
    let child = record(&place, "a.mcap", &["--seconds", "2"]);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    let told = info(0, &place, "a.mcap");
    assert_eq!(told["kind"], "session");
    assert_eq!(told["sources"], serde_json::json!(["demo"]));
    assert_eq!(
        (&told["recovered"], &told["lost_seconds"]),
        (&Value::from(false), &Value::from(0.0))
    );
    let (frames, seconds) = (
        told["frames"].as_u64().unwrap(),
        told["seconds"].as_f64().unwrap(),
    );
    assert!(
        (15..=140).contains(&frames) && (1.5..4.5).contains(&seconds),
        "{told}"
    );

    let (out, _) = expect(
        0,
        [
            "watch",
            "--fast",
            "--json",
            "--device",
            "cpu",
            "--bundle",
            &place.text("bundle"),
            "--source",
            &format!("replay:{}", place.text("a.mcap")),
        ],
    );
    assert!(lines(&out).len() > 5, "{out}");

    // A recording never overwrites.
    let bytes = std::fs::read(place.path("a.mcap")).unwrap();
    let (_, err) = expect(
        2,
        ["record", "--source", "demo", "--out", &place.text("a.mcap")],
    );
    assert!(err.contains("never overwrites"), "{err}");
    assert_eq!(std::fs::read(place.path("a.mcap")).unwrap(), bytes);
    // A recording of a recording is another file, with the same frames.
    let source = format!("replay:{}", place.text("a.mcap"));
    let bundle = place.text("bundle");
    let again = place.text("b.mcap");
    expect(
        0,
        [
            "record", "--fast", "--source", &source, "--out", &again, "--bundle", &bundle,
            "--device", "cpu",
        ],
    );
    assert_eq!(info(0, &place, "b.mcap")["frames"], frames);
}

#[test]
fn what_cannot_be_recorded_says_why() {
    let place = Place::new();
    let bundle = place.text("bundle");
    let missing = place.text("no/folder/a.mcap");
    let (_, err) = expect(
        1,
        [
            "record", "--source", "demo", "--out", &missing, "--bundle", &bundle, "--device", "cpu",
        ],
    );
    assert!(
        err.contains("a.mcap") && err.contains("No such file"),
        "{err}"
    );
    let out = place.text("c.mcap");
    let (_, err) = expect(
        1,
        [
            "record",
            "--source",
            "replay:none.mcap",
            "--out",
            &out,
            "--bundle",
            &bundle,
            "--device",
            "cpu",
        ],
    );
    assert!(err.contains("none.mcap"), "{err}");
    assert!(!place.path("c.mcap").exists());
    let text = place.text("c.txt");
    let (_, err) = expect(2, ["record", "--source", "demo", "--out", &text]);
    assert!(
        err.contains("c.txt ends with .txt, and a session with .mcap"),
        "{err}"
    );
    assert!(!place.path("c.txt").exists());
    expect(
        2,
        [
            "record",
            "--source",
            "demo",
            "--out",
            &out,
            "--seconds",
            "-1",
        ],
    );
}

#[test]
fn a_kill_costs_a_second_at_most() {
    let place = Place::new();
    let mut child = record(&place, "k.mcap", &[]);
    std::thread::sleep(Duration::from_millis(3_400));
    // SIGKILL: nothing of the program's own runs any more.
    child.kill().unwrap();
    child.wait().unwrap();
    let told = info(3, &place, "k.mcap");
    assert_eq!(told["recovered"], true);
    let lost = told["lost_seconds"].as_f64().unwrap();
    assert!(lost > 0.0 && lost <= 1.0, "{told}");
    let seconds = told["seconds"].as_f64().unwrap();
    assert!((2.4..3.6).contains(&seconds), "{told}");
    // A busy machine plays the demo slower; whatever was captured but for the last second is there.
    assert!(told["frames"].as_f64().unwrap() > 8.0 * seconds, "{told}");
    let source = format!("replay:{}", place.text("k.mcap"));
    let (out, err) = expect(
        3,
        [
            "watch",
            "--fast",
            "--json",
            "--device",
            "cpu",
            "--bundle",
            &place.text("bundle"),
            "--source",
            &source,
        ],
    );
    assert!(
        lines(&out).len() > 8 && err.contains("nobody finished it"),
        "{err}"
    );
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_it_properly() {
    let place = Place::new();
    let child = record(&place, "c.mcap", &[]);
    std::thread::sleep(Duration::from_millis(1_200));
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(info(0, &place, "c.mcap")["recovered"], false);
}

#[test]
#[cfg(unix)]
fn a_disk_that_fills_up_ends_it_and_what_came_before_is_read() {
    let place = Place::new();
    let binary = env!("CARGO_BIN_EXE_synse");
    // No file may grow beyond 64 KiB; the signal that says so is ignored, so that writing fails as on a full disk.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{binary}' record --source demo --device cpu --bundle '{}' --out '{}'",
        place.text("bundle"),
        place.text("f.mcap")
    );
    let stopped = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&stopped.stderr);
    assert_eq!(stopped.status.code(), Some(3), "{err}");
    assert!(
        err.contains("recording has stopped") && err.contains("f.mcap"),
        "{err}"
    );
    // Where the second that did not fit was longer than the index, the file is even ended properly.
    let text = place.text("f.mcap");
    let output = synse().args(["info", &text, "--json"]).output().unwrap();
    let told = lines(&String::from_utf8(output.stdout).unwrap()).remove(0);
    let expected = if told["recovered"] == true { 3 } else { 0 };
    assert_eq!(output.status.code(), Some(expected), "{told}");
    let frames = told["frames"].as_u64();
    assert!(frames > Some(30), "{told}");
    // What was said when it stopped is what is there.
    let said = String::from_utf8_lossy(&stopped.stdout);
    assert!(
        said.contains(&format!("{} frames", frames.unwrap())),
        "{said}"
    );
}
