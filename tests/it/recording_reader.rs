//! Session files as others read them: PyPI's `mcap`, the reference.

use crate::recording::{frame, temporary, write};
use std::path::Path;
use std::process::Command;

/// With `SYNSE_MCAP_PYTHON` naming a Python that has PyPI's `mcap`, its reference reader reads a session whole.
#[test]
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
fn the_reference_reader_agrees() {
    let Some(python) = std::env::var_os("SYNSE_MCAP_PYTHON") else {
        println!("SYNSE_MCAP_PYTHON is not set: passed over");
        return;
    };
    let (_folder, path) = temporary();
    write(&path, 200);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/recording.py");
    let output = Command::new(python)
        .arg(script)
        .arg(&path)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    let last = frame(198);
    let told = format!(
        "frames 200 predictions 50 last {} {:.6}",
        last.timestamp_micros, last.bodies[0].joints[4][1]
    );
    assert!(out.contains(&told), "{out} expected {told}");
}
