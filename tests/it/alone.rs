//! Tests that count what a process has need one of their own.

use std::process::Command;

/// Runs an ignored test, and it alone, in a process of its own.
pub(crate) fn passes_alone(test: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .args(["--ignored", "--nocapture", "--test-threads", "1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
}
