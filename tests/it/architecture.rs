//! The house rules: which room may use which, and what each tool may touch.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and all that it may import from this crate. Rows stand in the order of the flow.
const ROOMS: &[(&str, &[&str])] = &[
    // Whatever is kept on disk is written whole or not at all: the lowest room, for all who write.
    ("whole_file", &[]),
    ("skeleton", &[]),
    // A phrase may carry examples, which are joints over time.
    ("phrases", &["whole_file", "skeleton"]),
    ("device", &[]),
    ("capture", &["whole_file", "skeleton"]),
    // Takes come from clip stores and `.skeleton` files, which `capture` reads and writes.
    (
        "recording",
        &["whole_file", "skeleton", "phrases", "capture"],
    ),
    ("window", &["skeleton"]),
    (
        "prepare",
        &["whole_file", "skeleton", "phrases", "capture", "window"],
    ),
    ("encoder", &["whole_file", "window"]),
    ("language", &["phrases"]),
    (
        "align",
        &["whole_file", "window", "encoder", "language", "phrases"],
    ),
    ("gate", &["whole_file", "align"]),
    (
        "bundle",
        &["window", "encoder", "language", "phrases", "align", "gate"],
    ),
    (
        "recognizer",
        &[
            "skeleton", "phrases", "window", "encoder", "language", "align", "gate", "bundle",
        ],
    ),
    (
        "train",
        &[
            "whole_file",
            "skeleton",
            "phrases",
            "device",
            "capture",
            "window",
            "encoder",
            "language",
            "align",
            "gate",
            "bundle",
            "recognizer",
        ],
    ),
    (
        "evaluate",
        &[
            "skeleton",
            "phrases",
            "device",
            "capture",
            "window",
            "encoder",
            "language",
            "align",
            "gate",
            "bundle",
            "recognizer",
            "train",
        ],
    ),
    (
        "live",
        &[
            "skeleton",
            "phrases",
            "device",
            "capture",
            "recording",
            "align",
            "gate",
            "bundle",
            "recognizer",
            "recording",
        ],
    ),
    (
        "ui",
        &[
            "whole_file",
            "skeleton",
            "phrases",
            "device",
            "capture",
            "recording",
            "align",
            "gate",
            "recognizer",
            "recording",
            "live",
            "evaluate",
        ],
    ),
];

/// The faces, which may use everything.
const FACES: &[&str] = &["main", "lib", "cli"];

/// A word, and the files or folders of `src/` in which alone it may stand.
const FENCES: &[(&str, &[&str])] = &[
    ("egui", &["ui/"]),
    (
        "burn::",
        &[
            "device.rs",
            "encoder/",
            "language/",
            "align/",
            "train/",
            "bundle",
            "recognizer",
            "live/",
            "cli/",
        ],
    ),
    ("crossbeam", &["live/", "ui/"]),
    ("std::thread", &["live/", "ui/"]),
    // OSC bodies carry no time of their own: that of their arrival stands for it.
    (
        "Instant",
        &[
            "live/",
            "ui/",
            "cli/",
            "train/",
            "evaluate/",
            "capture/osc/",
        ],
    ),
    // A recording says when it was made, and its recorder is the one thread of `live` that asks.
    ("SystemTime", &["cli/", "train/", "live/recorder.rs"]),
    ("anyhow", &["main.rs", "cli/"]),
    // The SDKs; and the encoder's kernels, where vector instructions are chosen at run time.
    (
        "unsafe {",
        &[
            "capture/k4a_sys/",
            "capture/kinect20_sys.rs",
            "encoder/product.rs",
            "encoder/simd.rs",
            "encoder/wide.rs",
        ],
    ),
    ("super::super", &[]),
    ("use crate::{", &[]),
];
#[test]
fn every_import_runs_with_the_flow() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        let room = room_of(&file);
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            if !FACES.contains(&room) {
                faults.push(format!("{file}: room `{room}` is not in ROOMS"));
            }
            continue;
        };
        for (number, line) in code_lines(&text) {
            for other in line.split("crate::").skip(1).map(first_word) {
                if other != room && !allowed.contains(&other) {
                    faults.push(format!("{file}:{number}: `{room}` may not use `{other}`"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_tool_stays_behind_its_fence() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        for (word, homes) in FENCES {
            if homes.iter().any(|home| file.starts_with(home)) {
                continue;
            }
            for (number, line) in code_lines(&text).filter(|(_, line)| line.contains(word)) {
                faults.push(format!(
                    "{file}:{number}: `{word}` belongs in {homes:?}: {line}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        if !text.starts_with("//! ") {
            faults.push(format!("{file}: the first line must be a `//!` sentence"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap_or(text)
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .map(|(i, line)| (i + 1, line));
    lines.filter(|(_, line)| !line.starts_with("//"))
}

/// Every source file: its path below `src/`, and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let name = |path: &Path| {
        path.strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/")
    };
    files
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
}
