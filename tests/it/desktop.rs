//! The real window from outside: a screen of its own, keys as a person strokes them, a kill, and what is seen after it.
//!
//! It needs `Xvfb`, `xdotool` and a Vulkan driver in software, which `.ci/run` installs, and is passed over without them.

use crate::cli::{lines, synse};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use synse::recording::session::{LOST_AT_MOST_SECONDS, SessionFile};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};
use x11rb::rust_connection::RustConnection;

const WIDTH: usize = 1280;
const HEIGHT: usize = 800;

/// What a machine that does ten other things may take for anything here.
const LONG: Duration = Duration::from_secs(180);

const PHRASE: &str = "swing a golf club";

/// Polls until there is something.
fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < LONG, "{what}: not after {LONG:?}");
        std::thread::sleep(Duration::from_millis(150));
    }
}

/// A process that does not outlive the test.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A screen that nobody sees, and a home for who works at it.
struct Screen {
    display: String,
    driver: PathBuf,
    home: tempfile::TempDir,
    connection: RustConnection,
    root: u32,
    _server: Guarded,
}

impl Screen {
    /// Or why there is none.
    fn new() -> Result<Self, String> {
        let drivers = std::fs::read_dir("/usr/share/vulkan/icd.d").into_iter();
        let driver = drivers
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.to_string_lossy().contains("/lvp_icd"))
            .ok_or("no Vulkan driver in software (mesa-vulkan-drivers)")?;
        let missing = |tool: &str| format!("{tool} is not installed");
        Command::new("xdotool")
            .arg("version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|_| missing("xdotool"))?;
        // It takes a display number that is free, and says which.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(["-screen", "0", &format!("{WIDTH}x{HEIGHT}x24")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map(Guarded)
            .map_err(|_| missing("Xvfb"))?;
        let mut number = String::new();
        BufReader::new(server.0.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        let display = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&display)).unwrap();
        let root = connection.setup().roots[screen].root;
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("run")).unwrap();
        Ok(Self {
            display,
            driver,
            home,
            connection,
            root,
            _server: server,
        })
    }

    fn window(&self, args: &[&str]) -> Guarded {
        let mut command = synse();
        for name in ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_DOCUMENTS_DIR"] {
            command.env_remove(name);
        }
        command
            .args(args)
            .env("DISPLAY", &self.display)
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path().join("run"))
            .env("VK_DRIVER_FILES", &self.driver)
            .env("VK_ICD_FILENAMES", &self.driver)
            .env(
                "SYNSE_MODELS",
                Path::new(env!("CARGO_MANIFEST_DIR")).join("models"),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let window = Guarded(command.spawn().unwrap());
        let id = wait("the window", || {
            let found = self.xdotool(&["search", "--name", "^SynSE Live$"]);
            found.lines().next().map(str::to_owned)
        });
        wait("the keyboard", || {
            // It is refused as long as the window is not on the screen.
            self.xdotool(&["windowfocus", &id]);
            (self.xdotool(&["getwindowfocus"]).trim() == id).then_some(())
        });
        window
    }

    fn xdotool(&self, args: &[&str]) -> String {
        let output = Command::new("xdotool")
            .args(args)
            .env("DISPLAY", &self.display)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn picture(&self) -> Picture {
        let (width, height) = (WIDTH as u16, HEIGHT as u16);
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0)
            .unwrap()
            .reply()
            .unwrap();
        // Blue, green, red and nothing, as every X server of a small-endian machine has them at depth 24.
        let pixels = image.data.chunks_exact(4);
        Picture(pixels.map(|p| [p[2], p[1], p[0]]).collect())
    }

    /// Whether the window has put this text among what it keeps.
    fn is_kept(&self, text: &str) -> bool {
        let mut files = self.files("json").into_iter();
        files.any(|file| std::fs::read_to_string(file).is_ok_and(|kept| kept.contains(text)))
    }

    /// Files of this ending in the home.
    fn files(&self, ending: &str) -> Vec<PathBuf> {
        walkdir::WalkDir::new(self.home.path())
            .into_iter()
            .flatten()
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .collect()
    }
}

/// What is on the screen.
struct Picture(Vec<[u8; 3]>);

impl Picture {
    /// Whether a pixel has a colour that is no grey.
    fn coloured(&self, x: usize, y: usize) -> bool {
        let pixel = self.0[y * WIDTH + x];
        let (least, most) = (pixel.iter().min(), pixel.iter().max());
        most.zip(least)
            .is_some_and(|(most, least)| most - least > 60)
    }

    /// Width and height of what is coloured in the 3D view, between the panels, and how many pixels of it are.
    fn body(&self) -> (usize, usize, usize) {
        let stage = (60..440).flat_map(|y| (310..830).map(move |x| (x, y)));
        let found: Vec<(usize, usize)> = stage.filter(|&(x, y)| self.coloured(x, y)).collect();
        let span = |of: fn(&(usize, usize)) -> usize| {
            let ends = (found.iter().map(of).min(), found.iter().map(of).max());
            ends.0.zip(ends.1).map_or(0, |(first, last)| last - first)
        };
        (span(|at| at.0), span(|at| at.1), found.len())
    }

    /// Bars in the panel of predictions: stretches of one colour, some pixels high.
    fn bars(&self) -> usize {
        let is_bar = |y: usize| {
            let mut run = 0;
            (960..WIDTH - 8).any(|x| {
                let same = self.0[y * WIDTH + x] == self.0[y * WIDTH + x - 1];
                run = if same && self.coloured(x, y) {
                    run + 1
                } else {
                    0
                };
                run >= 14
            })
        };
        let lines: Vec<bool> = (60..HEIGHT - 30).map(is_bar).collect();
        let stretches = lines.split(|is_bar| !is_bar);
        stretches.filter(|stretch| stretch.len() >= 3).count()
    }

    /// Keeps the picture to look at.
    fn save(&self, name: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut encoder = png::Encoder::new(file, WIDTH as u32, HEIGHT as u32);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(self.0.as_flattened()).unwrap();
        path
    }
}

/// Waits until a body stands in the 3D view, and with `bars` until it is named too; strikes a key now and then.
fn wait_for_body(screen: &Screen, name: &str, bars: bool, key: &str) {
    let (begin, mut looks) = (Instant::now(), 0);
    loop {
        let picture = screen.picture();
        let ((wide, high, pixels), named) = (picture.body(), picture.bars());
        if wide >= 25 && high >= 100 && pixels >= 500 && (!bars || named >= 2) {
            picture.save(name);
            return;
        }
        if begin.elapsed() > LONG {
            let path = picture.save(name);
            panic!(
                "a body of {wide} x {high}, {pixels} pixels, {named} bars: see {}",
                path.display()
            );
        }
        looks += 1;
        if looks % 60 == 0 {
            screen.xdotool(&["key", key]);
        }
        std::thread::sleep(Duration::from_millis(150));
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
fn a_session_is_played_named_recorded_killed_and_replayed() {
    let screen = match Screen::new() {
        Ok(screen) => screen,
        Err(why) => return eprintln!("passed over: {why}"),
    };
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kinect/actions");
    let source = if store.with_extension("csv").is_file() {
        format!("replay:{}", store.display())
    } else {
        "demo".to_owned()
    };
    let mut window = screen.window(&["--source", &source, "--device", "cpu"]);
    // The first start greets; behind that stands the body.
    wait_for_body(&screen, "desktop-first.png", false, "Escape");

    // A phrase is typed, more slowly each time that nothing came of it: a window whose pictures are drawn in software on a
    // busy machine hears a key now and then only. What is kept of the phrase says that it has arrived.
    for patience in [1, 3, 9, 20, 40] {
        let pause = Duration::from_millis(700 * patience);
        for keys in [
            ["key", "Escape"].as_slice(),
            &["key", "slash"],
            &["type", "--delay", "80", PHRASE],
            &["key", "Return"],
        ] {
            screen.xdotool(keys);
            std::thread::sleep(pause);
        }
        let arrived = |_: &usize| {
            std::thread::sleep(Duration::from_millis(500));
            screen.is_kept(PHRASE)
        };
        if (0..20).find(arrived).is_some() {
            break;
        }
    }
    assert!(screen.is_kept(PHRASE), "the phrase was not heard");
    screen.xdotool(&["key", "ctrl+r"]);
    let path = wait("a recording", || screen.files("mcap").pop());
    wait("eight seconds of it", || {
        let info = SessionFile::open(&path).and_then(|mut file| file.info());
        info.is_ok_and(|info| info.frames >= 60 && info.seconds > 8.0)
            .then_some(())
    });
    // SIGKILL: nothing is put in order.
    window.0.kill().unwrap();
    window.0.wait().unwrap();

    let output = synse()
        .args(["info", "--json"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = lines(&String::from_utf8(output.stdout).unwrap()).remove(0);
    assert_eq!(told["recovered"], true, "{told}");
    assert!(told["frames"].as_u64() >= Some(60), "{told}");
    assert!(
        told["lost_seconds"].as_f64().unwrap() <= LOST_AT_MOST_SECONDS,
        "{told}"
    );
    assert!(told["phrases"].to_string().contains(PHRASE), "{told}");

    let _window = screen.window(&["replay", &path.display().to_string(), "--device", "cpu"]);
    // Where it has come to its end before all was seen, it plays again.
    wait_for_body(&screen, "desktop.png", true, "space");
}
