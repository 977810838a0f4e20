//! The SDKs' folders that a user chose. They stand in a file of their own, so that the window, the hosts that it starts and
//! the terminal's commands all go by them.

use super::library::Part;
use crate::capture::CaptureError;
use crate::whole_file::{self, Readers};
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the user says that SDKs lie; elsewhere they are looked for in the makers' default places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SdkFolders {
    /// The sensor SDK, Microsoft's or Orbbec's.
    pub sensor: Option<PathBuf>,
    /// The body tracker.
    pub tracker: Option<PathBuf>,
}

impl SdkFolders {
    /// The file that holds them, such as `~/.config/synse/cameras.json`; `None` where the system has no place for it.
    pub fn file() -> Option<PathBuf> {
        ProjectDirs::from("", "", "synse").map(|folders| folders.config_dir().join("cameras.json"))
    }

    /// What the user chose on this machine.
    pub fn chosen() -> Result<Self, CaptureError> {
        Self::file().map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    /// Reads a file of them; where there is none, nothing was chosen.
    pub fn read(path: &Path) -> Result<Self, CaptureError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(CaptureError::file("read", path)(error)),
        };
        serde_json::from_str(&text).map_err(|error| CaptureError::Format {
            path: path.to_path_buf(),
            place: format!("line {}", error.line()),
            expected: "the folders of the camera SDKs, {\"sensor\": FOLDER, \"tracker\": FOLDER}"
                .to_owned(),
            found: error.to_string(),
        })
    }

    /// Writes a file of them, and the folder that it lies in.
    pub fn write(&self, path: &Path) -> Result<(), CaptureError> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| CaptureError::Unwritable {
                path: path.to_path_buf(),
                place: "the folders of the camera SDKs".to_owned(),
                problem: error.to_string(),
            })?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(CaptureError::file("make", folder))?;
        }
        whole_file::write(path, text, Readers::User).map_err(CaptureError::file("write", path))
    }

    /// The folder of a part; recordings are read by the sensor SDK's.
    pub fn of(&self, part: Part) -> Option<&Path> {
        match part {
            Part::Sensor | Part::Recording => self.sensor.as_deref(),
            Part::Tracker => self.tracker.as_deref(),
        }
    }

    /// Has a part looked for in a folder, or in the default places.
    pub fn set(&mut self, part: Part, folder: Option<PathBuf>) {
        match part {
            Part::Sensor | Part::Recording => self.sensor = folder,
            Part::Tracker => self.tracker = folder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_read_back() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("not/yet/cameras.json");
        assert_eq!(SdkFolders::read(&path).unwrap(), SdkFolders::default());
        let mut folders = SdkFolders::default();
        folders.set(Part::Sensor, Some("C:\\Orbbec \"K4A\"\\bin".into()));
        folders.write(&path).unwrap();
        assert_eq!(SdkFolders::read(&path).unwrap(), folders);
        folders.set(Part::Tracker, Some("/opt/tracker".into()));
        folders.set(Part::Sensor, None);
        folders.write(&path).unwrap();
        let read = SdkFolders::read(&path).unwrap();
        assert_eq!(read.of(Part::Tracker), Some(Path::new("/opt/tracker")));
        assert_eq!(read.of(Part::Recording), None);
    }

    #[test]
    fn a_damaged_file_names_itself_and_its_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("cameras.json");
        fs::write(&path, "{\n\"sensor\": 7}").unwrap();
        let error = SdkFolders::read(&path).unwrap_err().to_string();
        assert!(
            error.contains("cameras.json, line 2: expected the folders") && error.contains('7'),
            "{error}"
        );
    }
}
