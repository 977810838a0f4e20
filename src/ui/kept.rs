//! A copy of settings and phrases that is written in full or not at all.

use crate::ui::settings::Stored;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The copy's file in the folder where the window keeps what it remembers.
pub(crate) fn copy_in(home: &Path) -> PathBuf {
    home.join("kept.json")
}

/// What a copy holds; `None` where there is none that can be read.
pub(crate) fn read(path: &Path) -> Option<Stored> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// The copy's text.
pub(crate) fn text(stored: &Stored) -> Option<String> {
    serde_json::to_string(stored).ok()
}

/// Writes the copy in the place of the one before.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let place = path.parent().unwrap_or(Path::new("."));
    NamedTempFile::new_in(place)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            Ok(file.persist(path)?)
        })
        .map(drop)
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{copy_in, read, text, write};
    use crate::ui::settings::{Settings, Stored};

    #[test]
    fn what_is_kept_is_read_again_and_a_torn_copy_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = copy_in(folder.path());
        assert_eq!(read(&path), None);
        let settings = Settings {
            threshold: 0.25,
            ..Settings::default()
        };
        let stored = Stored::from_state(&settings, &[]);
        let text = text(&stored).unwrap();
        write(&path, &text).unwrap();
        assert_eq!(read(&path), Some(stored));
        std::fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(read(&path), None);
        assert!(write(&folder.path().join("no/such/kept.json"), &text).is_err());
    }
}
