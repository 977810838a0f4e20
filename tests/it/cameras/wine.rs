//! The Kinect v2's client as it runs on Windows, against a fake Kinect20.dll, by wine; and whether a command for frames ends
//! there with who started it. Both are built for that, which takes minutes, so that only who sets `SYNSE_TEST_WINE=1` runs it. It needs mingw-w64's C compiler, wine, and
//! `rustup target add x86_64-pc-windows-gnu`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// What the rooms `capture` and `skeleton` and the hosts of `live` use, and for Windows.
const NEEDS: &[&str] = &[
    "crossbeam-channel",
    "crossbeam-queue",
    "csv",
    "directories",
    "glam",
    "half",
    "libloading",
    "rand",
    "rand_chacha",
    "rand_distr",
    "rosc",
    "safetensors",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "tempfile",
    "thiserror",
    "tracing",
    "win32job",
    "windows-core",
];

fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

/// The clients, built by the project's own dependencies and nothing else of it.
fn clients(root: &Path, folder: &Path) -> PathBuf {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let needs: Vec<&str> = manifest
        .lines()
        .filter(|line| {
            line.split_once(" = ")
                .is_some_and(|(name, _)| NEEDS.contains(&name))
        })
        .collect();
    let package =
        "[package]\nname = \"client\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n";
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    fs::write(
        folder.join("Cargo.toml"),
        format!("{package}{}\n", needs.join("\n")),
    )
    .unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    for (source, file) in [
        ("kinect_v2_client.rs", "client.rs"),
        ("host_client.rs", "host.rs"),
    ] {
        let text = fs::read_to_string(root.join("tests/sdk").join(source)).unwrap();
        let text = text.replace("SOURCES", &root.join("src").display().to_string());
        fs::write(folder.join("src/bin").join(file), text).unwrap();
    }
    // Of an earlier build.
    fs::remove_file(folder.join("src/main.rs")).ok();
    let built = folder.join("target");
    run(Command::new(env!("CARGO"))
        .args(["build", "--target", TARGET])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", &built));
    built.join(TARGET).join("debug")
}

/// Wine with a system of its own, in which the fake is installed.
struct Wine {
    folder: PathBuf,
    /// Where the clients lie.
    built: PathBuf,
}

impl Wine {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine");
        let built = clients(root, &folder.join("client"));
        let wine = Self { folder, built };
        run(wine.command("wineboot").arg("--init"));
        let system = wine.folder.join("prefix/drive_c/windows/system32");
        for (source, library) in [
            ("fake_kinect20.c", "Kinect20.dll"),
            ("bcryptprimitives.c", "bcryptprimitives.dll"),
        ] {
            run(Command::new("x86_64-w64-mingw32-gcc")
                .args(["-shared", "-O1", "-o"])
                .arg(system.join(library))
                .arg(root.join("tests/sdk").join(source))
                .arg("-ladvapi32"));
        }
        wine
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", self.folder.join("prefix"))
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        command
    }

    /// What the client says, and the objects that the fake gave out and got back.
    fn play(&self, script: &str, frames: u32) -> (Vec<String>, (u32, u32)) {
        let ledger = self.folder.join("ledger");
        fs::remove_file(&ledger).ok();
        let output = run(self
            .command("wine")
            .arg(self.built.join("client.exe"))
            .arg(frames.to_string())
            .env("SYNSE_FAKE", script)
            .env("SYNSE_FAKE_LEDGER", format!("Z:{}", ledger.display())));
        let said = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| line.trim().to_owned())
            .collect();
        let ledger = fs::read_to_string(ledger).unwrap();
        let (given, taken) = ledger.split_once(' ').unwrap();
        (said, (given.parse().unwrap(), taken.parse().unwrap()))
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
fn the_kinect_v2_is_played_on_windows() {
    if std::env::var_os("SYNSE_TEST_WINE").is_none() {
        println!("passed over: SYNSE_TEST_WINE is not set");
        return;
    }
    let wine = Wine::new();
    let (said, (given, taken)) = wine.play("", 20);
    assert_eq!(said[0], "opened Kinect v2 091506243047");
    assert_eq!(said.len(), 21, "{said:?}");
    let body = |index: u32| {
        format!(
            "{} [0.24, -0.48, {:.1}] Tracked",
            72_057_594_037_927_936 + u64::from(index),
            2.5 + f64::from(index)
        )
    };
    let last = format!(
        "frame 666660 Some([0.0, 0.8, -0.6]) {} {} height Some(1.1) hands open and open, open and open",
        body(1),
        body(3)
    );
    assert_eq!(said[20], last);
    // A frame and six bodies each, the sensor, its source and reader, and the events.
    assert!(given >= 143 && given == taken, "{given} {taken}");

    let (said, (given, taken)) = wine.play("unplug_after=5 replug_after=2", 9);
    let lost = "lost Kinect v2 091506243047 was lost after 5 frames: it was unplugged";
    assert_eq!(said[6], lost);
    assert!(said[9].starts_with("frame ") && given == taken, "{said:?}");

    // A hundred times; that it is gone is said as long as it is.
    let script = "unplug_every=3 replug_after=1 hurried=1";
    let (said, (given, taken)) = wine.play(script, 301);
    let unplugged = said.iter().filter(|line| line.ends_with("unplugged"));
    assert_eq!(unplugged.count(), 100, "{said:?}");
    assert!(given > 301 * 8 && given == taken, "{given} {taken}");

    let (said, (given, taken)) = wine.play("absent=1", 1);
    assert!(
        said[0].starts_with("error Kinect v2: none is plugged in") && given == taken,
        "{said:?}"
    );
    let (said, (given, taken)) = wine.play("fails=1", 1);
    assert!(
        said[0].contains("error 0x80004005") && given == taken,
        "{said:?}"
    );
    a_command_ends_with_who_started_it(&wine);
    // Nothing of it is left running.
    run(wine.command("wineserver").arg("-w"));
}

/// A command that takes notice of nothing is started, and who started it is killed.
fn a_command_ends_with_who_started_it(wine: &Wine) {
    let place = tempfile::tempdir().unwrap();
    let count = place.path().join("count");
    let host = wine.built.join("host.exe");
    let counting = format!("Z:{} --count Z:{}", host.display(), count.display()).replace('/', "\\");
    let mut watching = wine
        .command("wine")
        .arg(&host)
        .arg(format!("{counting} & {counting}"))
        .spawn()
        .unwrap();
    let counted = || fs::read_to_string(&count).ok()?.parse::<u32>().ok();
    let end = Instant::now() + Duration::from_mins(1);
    while counted().is_none_or(|count| count < 5) {
        assert!(Instant::now() < end, "it does not count");
        sleep(Duration::from_millis(100));
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    sleep(Duration::from_secs(1));
    let stopped = counted();
    sleep(Duration::from_secs(1));
    assert_eq!(counted(), stopped, "it counts on");
}
