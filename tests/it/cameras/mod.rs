//! Cameras against fakes of their SDKs: libraries in C, built here, that show bodies and every fault that the real ones have.
//!
//! A tracker is one to a process, and some faults end it, so sources play in children: this test binary, run again.

mod child;
mod doctor;
mod endurance;
mod faults;
mod hosted;
mod live;
mod mkv;
mod patience;
mod program;
mod real_sdk;
mod wine;

use child::Report;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Folders of fake SDKs.
#[derive(Clone, Debug)]
pub(crate) struct Fakes {
    /// Microsoft's: k4a, k4abt, k4arecord.
    pub(crate) microsoft: PathBuf,
    /// Orbbec's k4a, with its own way of being unplugged.
    pub(crate) orbbec: PathBuf,
    /// A tracker of version 1.0 under the name of 1.1.
    pub(crate) old_tracker: PathBuf,
}

/// The compiler that the fakes are built with.
fn compiler() -> std::ffi::OsString {
    std::env::var_os("CC").unwrap_or_else(|| "cc".into())
}

/// Builds a fake library; the sensor SDK of `beside`, if any, is what it calls.
pub(crate) fn compile(
    source: &str,
    defines: &[&str],
    soname: &str,
    out: &Path,
    beside: Option<&Path>,
) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/sdk")
        .join(source);
    let mut command = Command::new(compiler());
    command
        .args([
            "-std=gnu11",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            "-fvisibility=hidden",
        ])
        .args(defines)
        .arg(format!("-Wl,-soname,{soname}"))
        .arg("-o")
        .arg(out)
        .arg(source)
        .args(beside);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The fake SDKs, or `None` (and a word of it) where there is no C compiler.
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
pub(crate) fn fakes() -> Option<&'static Fakes> {
    static FAKES: OnceLock<Option<Fakes>> = OnceLock::new();
    let fakes = FAKES.get_or_init(|| {
        if !cfg!(target_os = "linux") || Command::new(compiler()).arg("--version").output().is_err()
        {
            return None;
        }
        let places = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Those of runs that are over.
        for entry in fs::read_dir(places).unwrap().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let run = name.strip_prefix("fake-sdks-");
            if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
                fs::remove_dir_all(entry.path()).ok();
            }
        }
        let root = places.join(format!("fake-sdks-{}", std::process::id()));
        let fakes = Fakes {
            microsoft: root.join("microsoft"),
            orbbec: root.join("orbbec"),
            old_tracker: root.join("old"),
        };
        for folder in [&fakes.microsoft, &fakes.orbbec, &fakes.old_tracker] {
            fs::create_dir_all(folder).unwrap();
        }
        let k4a = fakes.microsoft.join("libk4a.so.1.4");
        compile("fake_k4a.c", &[], "libk4a.so.1.4", &k4a, None);
        let orbbec = fakes.orbbec.join("libk4a.so.1.4");
        compile("fake_k4a.c", &["-DORBBEC"], "libk4a.so.1.4", &orbbec, None);
        let tracker = fakes.microsoft.join("libk4abt.so.1.1");
        compile("fake_k4abt.c", &[], "libk4abt.so.1.1", &tracker, Some(&k4a));
        // The fake needs none, and sees whether one that it is given is there.
        fs::write(fakes.microsoft.join("dnn_model_2_0_op11.onnx"), "").unwrap();
        let record = fakes.microsoft.join("libk4arecord.so.1.4");
        compile(
            "fake_k4arecord.c",
            &[],
            "libk4arecord.so.1.4",
            &record,
            Some(&k4a),
        );
        let old = fakes.old_tracker.join("libk4abt.so.1.1");
        compile(
            "fake_k4abt.c",
            &["-DTRACKER_1_0"],
            "libk4abt.so.1.0",
            &old,
            Some(&k4a),
        );
        Some(fakes)
    });
    if fakes.is_none() {
        println!(
            "passed over: the fake camera SDKs are built by a C compiler on Linux, and there is none"
        );
    }
    fakes.as_ref()
}

/// A source that is played in a child.
pub(crate) struct Play {
    command: Command,
    folder: TempDir,
}

impl Play {
    /// A source with Microsoft's fakes.
    pub(crate) fn new(fakes: &Fakes, source: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SYNSE_") {
                command.env_remove(name);
            }
        }
        command
            .args([
                "--exact",
                "cameras::child::plays_a_source",
                "--test-threads=1",
            ])
            .env(child::SOURCE, source)
            .env(child::REPORT, folder.path().join("report"))
            .env("SYNSE_FAKE_LEDGER", folder.path())
            .env("SYNSE_K4A_DIR", &fakes.microsoft)
            .env("SYNSE_K4ABT_DIR", &fakes.microsoft)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self { command, folder }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What the fakes do.
    pub(crate) fn script(self, script: &str) -> Self {
        self.env("SYNSE_FAKE", script)
    }

    /// How many frames are asked for each time that the source is opened, and how often it is.
    pub(crate) fn frames(self, frames: usize, rounds: usize) -> Self {
        self.env(child::FRAMES, frames.to_string())
            .env(child::ROUNDS, rounds.to_string())
    }

    /// How long each step may wait, milliseconds.
    pub(crate) fn patience(self, millis: u64) -> Self {
        self.env(child::PATIENCE, millis.to_string())
    }

    pub(crate) fn start(mut self) -> Playing {
        let child = self.command.spawn().unwrap();
        Playing {
            child,
            folder: self.folder,
        }
    }

    /// Plays to the end, which must come in a minute.
    pub(crate) fn run(self) -> Played {
        self.start().wait(Duration::from_mins(1))
    }
}

/// A source that plays in a child.
pub(crate) struct Playing {
    child: Child,
    folder: TempDir,
}

impl Playing {
    pub(crate) fn reports(&self) -> Vec<Report> {
        child::read(&self.folder.path().join("report"))
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn kill(mut self) -> Played {
        self.child.kill().unwrap();
        self.wait(Duration::from_secs(5))
    }

    pub(crate) fn wait(mut self, longest: Duration) -> Played {
        let end = Instant::now() + longest;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!(
                    "it still plays after {longest:?}: {:?}",
                    self.reports().last()
                );
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let mut ledger = BTreeMap::new();
        for library in ["k4a", "k4abt", "k4arecord"] {
            let text = fs::read_to_string(self.folder.path().join(library)).unwrap_or_default();
            for line in text.lines() {
                let words: Vec<&str> = line.split(' ').collect();
                let (given, taken) = (words[1].parse().unwrap(), words[2].parse().unwrap());
                ledger.insert(words[0].to_owned(), (given, taken));
            }
        }
        Played {
            status,
            reports: self.reports(),
            ledger,
        }
    }
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) status: ExitStatus,
    pub(crate) reports: Vec<Report>,
    /// Handles of each kind: how many the fakes gave out, and how many they got back.
    pub(crate) ledger: BTreeMap<String, (u32, u32)>,
}

impl Played {
    /// That the child ended by itself, and every handle was given back before what it hangs on.
    pub(crate) fn is_clean(&self) {
        assert!(
            self.status.success(),
            "{:?} {:?}",
            self.status,
            self.reports.last()
        );
        assert!(!self.ledger.is_empty(), "the fakes were not used");
        for (kind, (given, taken)) in &self.ledger {
            assert_eq!(given, taken, "{kind}: {:?}", self.ledger);
        }
    }

    pub(crate) fn count(&self, kind: &str) -> u32 {
        self.ledger.get(kind).map_or(0, |(given, _)| *given)
    }

    pub(crate) fn frames(&self) -> Vec<&synse::skeleton::Frame> {
        self.reports
            .iter()
            .filter_map(|report| match report {
                Report::Frame(frame) => Some(frame),
                _ => None,
            })
            .collect()
    }

    /// Every error, in words.
    pub(crate) fn errors(&self) -> Vec<&str> {
        self.reports
            .iter()
            .filter_map(|report| match report {
                Report::Error(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Open files and threads of the child after each time that the source was closed.
    pub(crate) fn holdings(&self) -> Vec<(usize, usize)> {
        self.reports
            .iter()
            .filter_map(|report| match report {
                Report::Closed { files, threads, .. } => Some((*files, *threads)),
                _ => None,
            })
            .collect()
    }

    /// The only error.
    pub(crate) fn error(&self) -> &str {
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{:?}", self.reports);
        errors[0]
    }
}
