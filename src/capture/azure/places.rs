//! Where the Azure Kinect SDKs lie on this machine, whose they are, and which versions.

use crate::capture::CaptureError;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the sensor SDK, Microsoft's or Orbbec's, if it is not to be looked for.
pub const SENSOR_FOLDER: &str = "SYNSE_K4A_DIR";
/// The folder of the body tracker, if it is not to be looked for.
pub const TRACKER_FOLDER: &str = "SYNSE_K4ABT_DIR";

/// A library of the SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `k4a`: cameras.
    Sensor,
    /// `k4abt`: bodies.
    Tracker,
    /// `k4arecord`: recordings. It comes with the sensor SDK.
    Recording,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sensor, Self::Tracker, Self::Recording];

    /// What its maker calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sensor => "Azure Kinect Sensor SDK (k4a)",
            Self::Tracker => "Azure Kinect Body Tracking SDK (k4abt)",
            Self::Recording => "Azure Kinect recording library (k4arecord)",
        }
    }

    /// The library's name without what each system puts around it.
    fn stem(self) -> &'static str {
        match self {
            Self::Sensor => "k4a",
            Self::Tracker => "k4abt",
            Self::Recording => "k4arecord",
        }
    }

    /// Where a user is told to get it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Sensor if cfg!(windows) => {
                "for an Azure Kinect install Microsoft's \"Azure Kinect SDK 1.4.1\", for an Orbbec Femto unpack \
                 Orbbec's \"OrbbecSDK K4A Wrapper\" and name its bin folder in SYNSE_K4A_DIR"
            }
            Self::Sensor => {
                "for an Azure Kinect install Microsoft's package libk4a1.4, for an Orbbec Femto unpack Orbbec's \
                 \"OrbbecSDK K4A Wrapper\" and name its lib folder in SYNSE_K4A_DIR"
            }
            Self::Tracker if cfg!(windows) => {
                "install Microsoft's \"Azure Kinect Body Tracking SDK 1.1.2\" (Orbbec cameras need it too), or name \
                 its tools folder in SYNSE_K4ABT_DIR"
            }
            Self::Tracker => {
                "install Microsoft's package libk4abt1.1 (Orbbec cameras need it too), or name its folder in \
                 SYNSE_K4ABT_DIR"
            }
            Self::Recording => "it comes with the sensor SDK and lies beside its k4a library",
        }
    }

    /// The oldest version whose functions and structs are those that we declare.
    fn oldest(self) -> (u16, u16) {
        match self {
            // 1.0 takes a shorter configuration, by value: calling it with ours ends the process.
            Self::Tracker => (1, 1),
            Self::Sensor | Self::Recording => (1, 4),
        }
    }
}

/// Who made a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// It opens Azure Kinects.
    Microsoft,
    /// It opens Femtos, by the same functions.
    Orbbec,
}

impl fmt::Display for Maker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Microsoft => "Microsoft",
            Self::Orbbec => "Orbbec",
        })
    }
}

/// A library that was found. Nothing of it has been run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Who made it.
    pub maker: Maker,
    /// Its version, as far as the file tells.
    pub version: Option<String>,
    /// Why it is not used.
    pub refused: Option<String>,
}

impl fmt::Display for Library {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        write!(out, "{} ({}, {version})", self.path.display(), self.maker)
    }
}

/// Folders that SDKs may lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Where the user says that the sensor SDK lies.
    pub sensor: Option<PathBuf>,
    /// Where the user says that the tracker lies.
    pub tracker: Option<PathBuf>,
    /// Where to look otherwise, in this order.
    pub folders: Vec<PathBuf>,
}

impl Places {
    /// What the environment says, and the makers' default places.
    pub fn of_this_machine() -> Self {
        let set = |name| {
            env::var_os(name)
                .filter(|text| !text.is_empty())
                .map(PathBuf::from)
        };
        Self {
            sensor: set(SENSOR_FOLDER),
            tracker: set(TRACKER_FOLDER),
            folders: default_folders(),
        }
    }

    /// The folders that a part is looked for in, in this order.
    fn folders_of(&self, part: Part) -> Vec<PathBuf> {
        let named = match part {
            Part::Sensor | Part::Recording => &self.sensor,
            Part::Tracker => &self.tracker,
        };
        match named {
            // Whoever names a folder wants no other; the one that an SDK was unpacked to will do.
            Some(folder) => INSIDE.iter().map(|inside| folder.join(inside)).collect(),
            None => self.folders.clone(),
        }
    }

    /// Every library of a part, the one that would be loaded first among those not refused.
    pub fn find(&self, part: Part) -> Vec<Library> {
        let mut found = Vec::new();
        let mut seen = Vec::new();
        for folder in self.folders_of(part) {
            let Some(path) = library_in(&folder, part) else {
                continue;
            };
            // One file is often reached by several ways.
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            if seen.contains(&real) {
                continue;
            }
            found.push(look_at(path, &real, part));
            seen.push(real);
        }
        found
    }

    /// The library of a part that is loaded.
    pub fn choose(&self, part: Part) -> Result<Library, CaptureError> {
        let found = self.find(part);
        if let Some(library) = found.iter().find(|library| library.refused.is_none()) {
            return Ok(library.clone());
        }
        if let Some(Library {
            path,
            refused: Some(problem),
            ..
        }) = found.into_iter().next()
        {
            return Err(CaptureError::Sdk {
                path,
                problem: format!("{problem}; {}", part.advice()),
            });
        }
        let folders = self.folders_of(part);
        let looked: Vec<String> = folders
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        Err(CaptureError::NoSdk {
            what: part.name(),
            looked: looked.join(", "),
            advice: part.advice(),
        })
    }
}

/// Where a library may lie inside a folder that a user names.
const INSIDE: [&str; 5] = [
    "",
    "bin",
    "lib",
    "tools",
    "sdk/windows-desktop/amd64/release/bin",
];

/// The file of a part in a folder: the name that the SDK gives it, or any of its other names.
fn library_in(folder: &Path, part: Part) -> Option<PathBuf> {
    if cfg!(windows) {
        let path = folder.join(format!("{}.dll", part.stem()));
        return path.is_file().then_some(path);
    }
    let name = format!("lib{}.so", part.stem());
    let (major, minor) = part.oldest();
    let exact = folder.join(format!("{name}.{major}.{minor}"));
    if exact.is_file() {
        return Some(exact);
    }
    let mut others: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            file.strip_prefix(&name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
        .filter(|path| path.is_file())
        .collect();
    // The newest; and with a version in its name rather than without.
    others.sort();
    others.pop()
}

/// Tells maker and version from the file's bytes, without running anything of it.
fn look_at(path: PathBuf, real: &Path, part: Part) -> Library {
    let bytes = fs::read(real).unwrap_or_default();
    let version = version_in(&bytes, part).or_else(|| {
        let name = real.file_name()?.to_string_lossy().into_owned();
        name.split_once(".so.")
            .map(|(_, version)| version.to_owned())
    });
    let (major, minor) = part.oldest();
    let refused = if bytes.is_empty() {
        Some("it cannot be read".to_owned())
    } else {
        match version.as_deref().map(|text| (text, parts_of(text))) {
            Some((_, Some(version))) if version.0 == major && version.1 >= minor => None,
            Some((text, _)) => Some(format!(
                "it is version {text}, and this program works with {major}.{minor} and later {major}.x"
            )),
            // The wrong tracker would end the process; the other libraries only lack functions, which is found out.
            None if part == Part::Tracker => Some("its version cannot be told".to_owned()),
            None => None,
        }
    };
    let maker = if holds(&bytes, b"k4a_depth_engine_helper_create\0") {
        Maker::Orbbec
    } else {
        Maker::Microsoft
    };
    Library {
        path,
        maker: if part == Part::Tracker {
            Maker::Microsoft
        } else {
            maker
        },
        version,
        refused,
    }
}

fn parts_of(version: &str) -> Option<(u16, u16)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The version that a library carries: on Linux in its own name (`DT_SONAME`), on Windows in its version resource.
fn version_in(bytes: &[u8], part: Part) -> Option<String> {
    if bytes.starts_with(b"MZ") {
        return file_version(bytes);
    }
    let name = format!("lib{}.so.", part.stem());
    let at = bytes
        .windows(name.len())
        .position(|window| window == name.as_bytes())?;
    let rest = &bytes[at + name.len()..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let version = std::str::from_utf8(&rest[..end]).ok()?;
    parts_of(version).map(|_| version.to_owned())
}

/// The file version of `VS_FIXEDFILEINFO`, which begins with `0xFEEF04BD` and its own version, 1.0.
fn file_version(bytes: &[u8]) -> Option<String> {
    const BEGINNING: [u8; 8] = [0xBD, 0x04, 0xEF, 0xFE, 0, 0, 1, 0];
    let at = bytes.windows(8).position(|window| window == BEGINNING)?;
    let word = |offset: usize| {
        let bytes = bytes.get(at + offset..at + offset + 2)?;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    // dwFileVersionMS and dwFileVersionLS, each with its low half first.
    Some(format!("{}.{}.{}", word(10)?, word(8)?, word(14)?))
}

/// The makers' default places, and the folder of the program itself before them.
fn default_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Ok(program) = env::current_exe() {
        folders.extend(program.parent().map(Path::to_path_buf));
    }
    if cfg!(windows) {
        let programs = ["ProgramFiles", "ProgramW6432"]
            .into_iter()
            .filter_map(env::var_os);
        for programs in programs.map(PathBuf::from) {
            folders.extend(
                ["tools", "sdk/windows-desktop/amd64/release/bin"]
                    .map(|inside| programs.join("Azure Kinect Body Tracking SDK").join(inside)),
            );
            folders.extend(unpacked_in(&programs, "Azure Kinect SDK v"));
            folders.extend(unpacked_in(&programs, "Orbbec"));
        }
        return folders;
    }
    let loader = env::var_os("LD_LIBRARY_PATH").unwrap_or_else(OsString::new);
    folders.extend(env::split_paths(&loader).filter(|path| path.is_absolute()));
    folders.extend(
        [
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib",
            "/usr/local/lib/x86_64-linux-gnu",
            "/usr/local/lib",
            "/usr/lib64",
        ]
        .map(PathBuf::from),
    );
    let home = env::var_os("HOME").map(PathBuf::from);
    for parent in [
        Some(PathBuf::from("/opt")),
        Some(PathBuf::from("/usr/local")),
        home,
    ] {
        folders.extend(
            parent
                .iter()
                .flat_map(|parent| unpacked_in(parent, "Orbbec")),
        );
    }
    folders
}

/// Where libraries lie in folders whose names begin so, the newest version first.
fn unpacked_in(parent: &Path, beginning: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(beginning)
        })
        .collect();
    folders.sort();
    folders.reverse();
    folders
        .iter()
        .flat_map(|folder| INSIDE.iter().map(|inside| folder.join(inside)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soname(part: Part, version: &str) -> Vec<u8> {
        [
            b"\x7fELF ...\0lib",
            part.stem().as_bytes(),
            b".so.",
            version.as_bytes(),
            b"\0\0",
        ]
        .concat()
    }

    fn places(folder: &Path) -> Places {
        Places {
            sensor: None,
            tracker: None,
            folders: vec![folder.to_path_buf()],
        }
    }

    #[test]
    fn a_windows_library_tells_its_version() {
        let mut bytes = b"MZ and so on".to_vec();
        bytes.extend([0xBD, 0x04, 0xEF, 0xFE, 0, 0, 1, 0]);
        bytes.extend([1, 0, 1, 0, 9, 0, 2, 0]);
        assert_eq!(version_in(&bytes, Part::Tracker).unwrap(), "1.1.2");
        bytes.truncate(26);
        assert_eq!(version_in(&bytes, Part::Tracker), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_first_library_of_a_fitting_version_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::create_dir_all(&old).unwrap();
        fs::create_dir_all(&new).unwrap();
        // It says 1.0 inside, whatever it is called.
        fs::write(old.join("libk4abt.so.1.1"), soname(Part::Tracker, "1.0")).unwrap();
        let mut both = places(&old);
        let error = both.choose(Part::Tracker).unwrap_err().to_string();
        assert!(
            error.contains("version 1.0") && error.contains("libk4abt1.1"),
            "{error}"
        );
        both.folders.push(new.clone());
        fs::write(new.join("libk4abt.so.1.1.2"), soname(Part::Tracker, "1.1")).unwrap();
        let found = both.find(Part::Tracker);
        assert_eq!(found.len(), 2);
        assert!(found[0].refused.is_some());
        assert_eq!(
            both.choose(Part::Tracker).unwrap().path,
            new.join("libk4abt.so.1.1.2")
        );
        // A user's own folder is the only one.
        both.tracker = Some(old);
        assert!(both.choose(Part::Tracker).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn orbbecs_library_is_told_from_microsofts() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("lib");
        fs::create_dir_all(&inside).unwrap();
        let mut bytes = soname(Part::Sensor, "1.4");
        let file = inside.join("libk4a.so.1.4");
        fs::write(&file, &bytes).unwrap();
        let named = Places {
            sensor: Some(folder.path().into()),
            ..places(Path::new("nowhere"))
        };
        assert_eq!(named.choose(Part::Sensor).unwrap().maker, Maker::Microsoft);
        bytes.extend(b"k4a_depth_engine_helper_create\0");
        fs::write(&file, &bytes).unwrap();
        assert_eq!(named.choose(Part::Sensor).unwrap().maker, Maker::Orbbec);
        let error = named.choose(Part::Recording).unwrap_err().to_string();
        assert!(
            error.contains("beside its k4a") && error.contains(&inside.display().to_string()),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_tells_no_version_is_no_tracker() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("libk4abt.so"), b"\x7fELF").unwrap();
        let error = places(folder.path())
            .choose(Part::Tracker)
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot be told"), "{error}");
        let error = places(Path::new("no/such"))
            .choose(Part::Sensor)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no/such") && error.contains("SYNSE_K4A_DIR"),
            "{error}"
        );
    }
}
