//! Files that are there whole or not at all: whatever happens while one is written, the one before it stays.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// How the names of files in the making begin: what is left of one where the program was killed.
pub const UNFINISHED: &str = ".unfinished-";

/// Who may read a file that was not there before. One that was keeps its permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever the user's own new files are for.
    Everybody,
    /// The user alone, where the platform knows such a thing.
    User,
}

/// A file in the making. It stands in its place only after [`Self::put_in_place`]; dropped before, nothing is left of it.
#[derive(Debug)]
pub struct WholeFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl WholeFile {
    /// Begins a file beside its place, in the folder that it will lie in, which must be there. Through a link the file that
    /// it leads to is written.
    pub fn begin(place: &Path, readers: Readers) -> io::Result<Self> {
        let is_link = fs::symlink_metadata(place).is_ok_and(|known| known.is_symlink());
        let target = if is_link {
            fs::canonicalize(place)?
        } else {
            place.to_owned()
        };
        let mut new = Builder::new();
        new.prefix(UNFINISHED);
        permit(&mut new, readers);
        let file = new.tempfile_in(folder_of(&target))?;
        if let Ok(before) = fs::metadata(&target) {
            let before = before.permissions();
            if file.as_file().metadata()?.permissions() != before {
                file.as_file().set_permissions(before)?;
            }
        }
        Ok(Self { file, target })
    }

    /// Puts it in its place, over what stood there, once it is on disk for good.
    pub fn put_in_place(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.as_file().sync_all()?;
        let folder = folder_of(&self.target).to_owned();
        self.file
            .persist(&self.target)
            .map_err(|refused| refused.error)?;
        sync_folder(&folder);
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Writes a file whole or not at all.
pub fn write(place: &Path, bytes: impl AsRef<[u8]>, readers: Readers) -> io::Result<()> {
    let mut file = WholeFile::begin(place, readers)?;
    file.write_all(bytes.as_ref())?;
    file.put_in_place()
}

fn folder_of(target: &Path) -> &Path {
    target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn permit(new: &mut Builder<'_, '_>, readers: Readers) {
    use std::os::unix::fs::PermissionsExt as _;
    // The system takes away what the user's mask says.
    let mode = match readers {
        Readers::Everybody => 0o666,
        Readers::User => 0o600,
    };
    new.permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn permit(_: &mut Builder<'_, '_>, _: Readers) {}

/// Puts a folder's names on disk for good, where the platform opens folders. A file system that cannot do so has the file
/// under its new name all the same, as far as it ever promises.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!("{} is not synced: {error}", folder.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_file_before_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("list.txt");
        write(&place, "before", Readers::Everybody).unwrap();
        let mut begun = WholeFile::begin(&place, Readers::Everybody).unwrap();
        begun.write_all(b"half of").unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "before");
        drop(begun);
        assert_eq!(fs::read_to_string(&place).unwrap(), "before");
        write(&place, "after", Readers::User).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "after");
        assert_eq!(names(folder.path()), ["list.txt"], "nothing is left over");
        assert!(write(&folder.path().join("no/such"), "x", Readers::User).is_err());
        assert!(write(folder.path(), "x", Readers::User).is_err());
        assert_eq!(names(folder.path()), ["list.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept_and_links_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        fs::write(at("as the system makes them"), "").unwrap();
        write(&at("open"), "1", Readers::Everybody).unwrap();
        assert_eq!(mode("open"), mode("as the system makes them"));
        write(&at("own"), "1", Readers::User).unwrap();
        assert_eq!(mode("own"), 0o600);
        // Whoever lets others read it, or takes that from them, is not overruled by the next write.
        for kept in [0o640, 0o604] {
            fs::set_permissions(at("own"), fs::Permissions::from_mode(kept)).unwrap();
            for readers in [Readers::User, Readers::Everybody] {
                write(&at("own"), "2", readers).unwrap();
                assert_eq!(mode("own"), kept);
            }
        }
        symlink(at("own"), at("link")).unwrap();
        write(&at("link"), "3", Readers::User).unwrap();
        assert_eq!(fs::read_to_string(at("own")).unwrap(), "3");
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    }
}
