//! A made tree of `.skeleton` files with the faults that the real one has.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Good,
    Crlf,
    /// Frames without anybody, first, in the midst and last.
    Gaps,
    Two,
    /// A person, and a ghost of three frames.
    Ghost,
    Six,
    Far,
    /// From here on there is no clip of it.
    Empty,
    NoFrames,
    Nobody,
    Truncated,
    JointCount,
    NotANumber,
    Binary,
    SevenBodies,
}

const FAULTS: [Kind; 14] = [
    Kind::Crlf,
    Kind::Gaps,
    Kind::Two,
    Kind::Ghost,
    Kind::Six,
    Kind::Far,
    Kind::Empty,
    Kind::NoFrames,
    Kind::Nobody,
    Kind::Truncated,
    Kind::JointCount,
    Kind::NotANumber,
    Kind::Binary,
    Kind::SevenBodies,
];

impl Kind {
    fn is_lost(self) -> bool {
        (self as usize) >= Kind::Empty as usize
    }
}

/// The tree, and what should come of it.
pub(crate) struct Tree {
    folder: tempfile::TempDir,
    /// Clips that should be made.
    pub(crate) clips: usize,
    /// Of two bodies.
    pub(crate) of_two: usize,
    /// Files that no clip should be made of, and that are not on the list of missing skeletons.
    pub(crate) left_out: usize,
    /// Ghosts.
    pub(crate) ghosts: usize,
    /// Coordinates beyond reach.
    pub(crate) held: usize,
    /// On the list of missing skeletons.
    pub(crate) missing: usize,
    /// Of setups that NTU-60 has not.
    pub(crate) of_other_setups: usize,
}

impl Tree {
    /// Makes `files` samples in a folder per setup, one in `every` with a fault; and what else lies in such trees.
    pub(crate) fn new(files: usize, every: usize) -> Self {
        let mut tree = Self {
            folder: tempfile::tempdir().unwrap(),
            clips: 0,
            of_two: 0,
            left_out: 0,
            ghosts: 0,
            held: 0,
            missing: 0,
            of_other_setups: 0,
        };
        for setup in 1..=17 {
            fs::create_dir_all(tree.raw().join(format!("s{setup:03}"))).unwrap();
        }
        let mut missing =
            "The following samples have missing skeletons:\n\nS017C003P040R002A060\n".to_owned();
        let mut faults = FAULTS.iter().cycle();
        for index in 0..files {
            let kind = if index % every == 0 {
                *faults.next().unwrap()
            } else {
                Kind::Good
            };
            let name = name(index);
            let path = tree.raw().join(format!("s{:03}", setup(index))).join(&name);
            fs::write(path.with_extension("skeleton"), content(kind, index)).unwrap();
            if kind.is_lost() && index / (FAULTS.len() * every) % 2 == 1 {
                missing += &format!("{name}\n");
                tree.missing += 1;
            } else if kind.is_lost() {
                tree.left_out += 1;
            } else {
                tree.clips += 1;
                tree.of_two += usize::from(matches!(kind, Kind::Two | Kind::Six));
                tree.ghosts += usize::from(kind == Kind::Ghost);
                tree.held += if kind == Kind::Far { 2 } else { 0 };
            }
        }
        fs::write(tree.missing_list(), missing).unwrap();
        tree.add_strangers();
        tree
    }

    /// What is no sample of NTU-60, or one twice.
    fn add_strangers(&mut self) {
        let raw = self.raw();
        let good = content(Kind::Good, 1);
        for (file, text) in [
            ("readme.txt", "not a skeleton".as_bytes()),
            (".S001C001P001R001A001.skeleton", b"a hidden file"),
            ("S018C001P001R001A001.skeleton", &good),
            ("S020C002P050R001A090.skeleton", &good),
        ] {
            fs::write(raw.join(file), text).unwrap();
        }
        self.of_other_setups += 2;
        let twin = format!("s{:03}/copy of/{}.skeleton", setup(1), name(1));
        fs::create_dir_all(raw.join(&twin).parent().unwrap()).unwrap();
        for file in [
            twin.as_str(),
            "S001C001P001R001A061.skeleton",
            "S001C004P001R001A001.skeleton",
            "my recording.skeleton",
        ] {
            fs::write(raw.join(file), &good).unwrap();
            self.left_out += 1;
        }
    }

    pub(crate) fn raw(&self) -> PathBuf {
        self.folder.path().join("raw")
    }

    pub(crate) fn missing_list(&self) -> PathBuf {
        self.folder.path().join("missing.txt")
    }

    /// A new folder beside the tree.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }
}

fn setup(index: usize) -> usize {
    index / 60 % 17 + 1
}

/// Every index another name: actions first, then setups, people and cameras.
fn name(index: usize) -> String {
    let rest = index / (60 * 17);
    format!(
        "S{:03}C{:03}P{:03}R{:03}A{:03}",
        setup(index),
        rest / 40 % 3 + 1,
        rest % 40 + 1,
        rest / 120 % 2 + 1,
        index % 60 + 1
    )
}

/// Writes a body's lines.
fn body(text: &mut String, id: usize, index: usize, frame: usize, far: bool) {
    writeln!(
        text,
        "{} 0 1 1 1 1 0 0.01 -0.02 2\n25",
        72_057_594_037_931_101 + id
    )
    .unwrap();
    for joint in 0..25 {
        let x =
            id as f64 * 0.8 + (joint % 5) as f64 * 0.06 + (index % 60) as f64 * 1e-3 * frame as f64;
        let y = joint as f64 * 0.07 - 0.9;
        let z = if far && joint == 3 {
            7.25
        } else {
            2.5 + id as f64 * 0.3
        };
        writeln!(
            text,
            "{x:.7} {y:.7} {z:.7} 250.1 210.2 990.3 540.4 0 0 0 0 2"
        )
        .unwrap();
    }
}

fn content(kind: Kind, index: usize) -> Vec<u8> {
    let frames = match kind {
        Kind::Two | Kind::Ghost | Kind::Six => 14,
        _ => 4 + index % 3,
    };
    let mut text = format!("{frames}\n");
    for frame in 0..frames {
        let bodies: Vec<usize> = match kind {
            Kind::Nobody => Vec::new(),
            Kind::Gaps if matches!(frame, 0 | 2) => Vec::new(),
            Kind::Two => vec![1, 0],
            Kind::Ghost if frame < 3 => vec![0, 5],
            Kind::Six => (0..6).collect(),
            Kind::SevenBodies => (0..7).collect(),
            _ => vec![0],
        };
        writeln!(text, "{}", bodies.len()).unwrap();
        for id in bodies {
            body(&mut text, id, index, frame, kind == Kind::Far && frame < 2);
        }
    }
    match kind {
        Kind::Crlf => text = text.replace('\n', "\r\n"),
        Kind::Empty => text.clear(),
        Kind::NoFrames => "0\n".clone_into(&mut text),
        Kind::Truncated => text.truncate(2 * text.len() / 3),
        Kind::JointCount => text = text.replacen("\n25\n", "\n20\n", 1),
        Kind::NotANumber => text = text.replacen(" 2.5000000", " NaN", 1),
        _ => {}
    }
    let mut bytes = text.into_bytes();
    if kind == Kind::Binary {
        bytes[30] = 0xff;
    }
    bytes
}

/// All files of a folder, by name.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap_or_default())
        })
        .collect();
    found.sort();
    found
}
