//! Where the Azure Kinect SDKs lie on this machine, and which of them is loaded.

use super::folders::SdkFolders;
use super::library::{Library, Part, look_at};
use crate::capture::CaptureError;
use std::env;
use std::fs;
use std::path::{Path, PathBuf, absolute};

/// The folder of the sensor SDK, Microsoft's or Orbbec's, if it is not to be looked for.
pub const SENSOR_FOLDER: &str = "SYNSE_K4A_DIR";
/// The folder of the body tracker, if it is not to be looked for.
pub const TRACKER_FOLDER: &str = "SYNSE_K4ABT_DIR";

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
    /// What the environment says, or what the user chose in the window, and the makers' default places.
    pub fn of_this_machine() -> Self {
        let set = |name| {
            let folder = env::var_os(name).filter(|text| !text.is_empty())?;
            // Windows looks for what a library needs beside it only where its path is a whole one.
            let folder = PathBuf::from(folder);
            Some(absolute(&folder).unwrap_or(folder))
        };
        let chosen = SdkFolders::chosen().unwrap_or_else(|error| {
            tracing::warn!("{error}; SDKs are looked for in their default places");
            SdkFolders::default()
        });
        Self {
            sensor: set(SENSOR_FOLDER).or(chosen.sensor),
            tracker: set(TRACKER_FOLDER).or(chosen.tracker),
            folders: default_folders(),
        }
    }

    /// The folder that the user wants a part from.
    pub fn named(&self, part: Part) -> Option<&Path> {
        match part {
            Part::Sensor | Part::Recording => self.sensor.as_deref(),
            Part::Tracker => self.tracker.as_deref(),
        }
    }

    /// The folders that a part is looked for in, in this order.
    fn folders_of(&self, part: Part) -> Vec<PathBuf> {
        let named = match part {
            Part::Sensor => self.sensor.clone(),
            Part::Tracker => self.tracker.clone(),
            // It calls the sensor SDK that it was made with: only the one beside it will do.
            Part::Recording => match self.choose(Part::Sensor) {
                Ok(sensor) => {
                    return sensor
                        .path
                        .parent()
                        .map(Path::to_path_buf)
                        .into_iter()
                        .collect();
                }
                Err(_) => self.sensor.clone(),
            },
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
    let stem = format!("lib{}", part.stem());
    let (major, minor) = part.oldest();
    let exact = folder.join(format!("{stem}.so.{major}.{minor}"));
    if exact.is_file() {
        return Some(exact);
    }
    let mut others: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            // Python's packages put a sum between name and ending: libk4a-f64cb9eb.so.1.4.2.
            let rest = file.strip_prefix(&stem).and_then(|rest| {
                let (sum, version) = rest.split_once(".so")?;
                (sum.is_empty() || sum.starts_with('-')).then_some(version)
            });
            rest.is_some_and(|version| version.is_empty() || version.starts_with('.'))
        })
        .filter(|path| path.is_file())
        .collect();
    // The newest; and with a version in its name rather than without.
    others.sort();
    others.pop()
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
    let loader = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
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
    use crate::capture::azure::library::Maker;

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

    #[cfg(all(unix, target_arch = "x86_64"))]
    #[test]
    fn a_library_for_another_processor_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let (other, good) = (folder.path().join("arm64"), folder.path().join("x64"));
        for (inside, machine) in [(&other, 183), (&good, 62)] {
            fs::create_dir_all(inside).unwrap();
            let mut bytes = b"\x7fELF\x02\x01".to_vec();
            bytes.resize(18, 0);
            bytes.extend([machine, 0]);
            bytes.extend(soname(Part::Sensor, "1.4"));
            fs::write(inside.join("libk4a.so.1.4"), bytes).unwrap();
        }
        let mut both = places(&other);
        let error = both.choose(Part::Sensor).unwrap_err().to_string();
        assert!(error.contains("made for 64-bit ARM"), "{error}");
        both.folders.push(good.clone());
        let chosen = both.choose(Part::Sensor).unwrap().path;
        assert_eq!(chosen, good.join("libk4a.so.1.4"));
        // Of a folder that is gone by now nothing is found, and where it was is told.
        drop(folder);
        let error = both.choose(Part::Sensor).unwrap_err().to_string();
        assert!(
            error.contains("not installed") && error.contains("arm64"),
            "{error}"
        );
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
