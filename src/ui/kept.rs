//! The one file that settings and phrases are kept in, and the older places where they may still be.

use crate::ui::settings::Stored;
use crate::whole_file::{self, Readers};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The file in the folder where the window keeps what it remembers.
pub(crate) fn file_in(home: &Path) -> PathBuf {
    home.join("kept.json")
}

/// The right to write the file: one window's, for as long as this lives. `None` where another window has it.
///
/// Makes the folder, without which nothing could be kept.
pub(crate) fn claim(home: &Path) -> Result<Option<File>, String> {
    let wrong = |error: io::Error| {
        format!(
            "Settings and phrases are not kept: {} cannot be written to ({error}).",
            home.display()
        )
    };
    std::fs::create_dir_all(home).map_err(wrong)?;
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true);
    let file = file.open(home.join("kept.lock")).map_err(wrong)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // On a disk that knows no locks nobody can be asked.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Where a file goes that cannot be read, for whoever may mend it.
fn aside(path: &Path) -> PathBuf {
    path.with_extension("damaged.json")
}

/// What the window begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// Settings and phrases, where any were kept.
    pub stored: Option<Stored>,
    /// What went wrong, in plain words.
    pub problem: Option<String>,
}

/// Looks in the file, and in what older versions left with the toolkit: they kept the list there, and of late a copy of it
/// in this file, which may be older by an edit.
pub(crate) fn find(path: Option<&Path>, older: Option<Stored>) -> Found {
    match path.map_or(Ok(None), read) {
        Ok(Some(kept)) if kept.is_alone() => Found {
            stored: Some(kept),
            problem: None,
        },
        Ok(kept) => Found {
            stored: older.or(kept),
            problem: None,
        },
        Err(why) => {
            let path = path.unwrap_or(Path::new(""));
            let moved = std::fs::rename(path, aside(path));
            let place = moved.map_or_else(
                |error| format!("it could not be put aside ({error})"),
                |()| format!("it is kept as {}", aside(path).display()),
            );
            let begun = match older {
                Some(_) => "settings and phrases are those of an older version",
                None => "settings and phrases begin anew",
            };
            Found {
                stored: older,
                problem: Some(format!(
                    "{} cannot be read: {why}; {begun}, and {place}.",
                    path.display()
                )),
            }
        }
    }
}

/// What a file holds; nothing where there is none, and otherwise why it cannot be read.
fn read(path: &Path) -> Result<Option<Stored>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| error.to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The file's text.
pub(crate) fn text(stored: &Stored) -> Option<String> {
    serde_json::to_string(stored).ok()
}

/// Writes the file in the place of the one before; it is for the user alone.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    whole_file::write(path, text, Readers::User)
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::PhraseEntry;
    use crate::ui::settings::Settings;

    fn listing(phrase: &str) -> Stored {
        let entry = PhraseEntry {
            text: phrase.to_owned(),
            enabled: true,
            ..PhraseEntry::default()
        };
        Stored::from_state(&Settings::default(), &[entry])
    }

    fn found(path: &Path, older: Option<Stored>) -> (Vec<String>, bool) {
        let Found { stored, problem } = find(Some(path), older);
        let (_, phrases) = stored.map(Stored::into_state).unwrap_or_default();
        let texts = phrases.into_iter().map(|entry| entry.text);
        (texts.collect(), problem.is_some())
    }

    #[test]
    fn the_file_alone_counts_once_it_is_written_by_this_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = file_in(folder.path());
        assert_eq!(found(&path, None), (Vec::new(), false));
        let newest = text(&listing("newest")).unwrap();
        // An older version left the list with the toolkit, alone or beside a copy that may be older by an edit.
        assert_eq!(
            found(&path, Some(listing("older"))),
            (vec!["older".to_owned()], false)
        );
        let copy = newest.replace(r#""alone":true,"#, "");
        assert_ne!(copy, newest);
        write(&path, &copy).unwrap();
        assert_eq!(found(&path, Some(listing("older"))).0, ["older"]);
        assert_eq!(
            found(&path, None).0,
            ["newest"],
            "the toolkit's file was torn"
        );
        write(&path, &newest).unwrap();
        assert_eq!(found(&path, Some(listing("older"))).0, ["newest"]);
        assert!(write(&folder.path().join("no/such/kept.json"), &newest).is_err());
    }

    #[test]
    fn one_window_writes_the_file_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("made");
        let first = claim(&home).unwrap();
        assert!(first.is_some());
        assert!(claim(&home).unwrap().is_none());
        drop(first);
        assert!(claim(&home).unwrap().is_some());
        std::fs::write(folder.path().join("file"), "").unwrap();
        let problem = claim(&folder.path().join("file/home")).unwrap_err();
        assert!(problem.contains("are not kept"), "{problem}");
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_nothing_is_lost_of_what_is_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = file_in(folder.path());
        let newest = text(&listing("newest")).unwrap();
        let torn = &newest[..newest.len() / 2];
        std::fs::write(&path, torn).unwrap();
        assert_eq!(
            found(&path, Some(listing("older"))),
            (vec!["older".to_owned()], true)
        );
        assert_eq!(std::fs::read_to_string(aside(&path)).unwrap(), torn);
        assert!(!path.exists());
    }
}
