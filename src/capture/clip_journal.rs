//! A clip store in the making that a stop at any moment cannot spoil: what was committed stays, and work goes on there.

use crate::capture::CaptureError;
use crate::capture::clip_store::{ClipEntry, FRAME_BYTES, csv_error, paths};
use crate::capture::clip_writer::{HEADER_BYTES, header, named_twice, stored};
use crate::skeleton::Joints;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Says what kind of file the journal is.
const FORMAT: &str = "clip-store-journal-1";

/// Begins the store's own file: the header, with the number that says how long it is.
const JOINTS_AT: u64 = 8 + HEADER_BYTES as u64;

/// A clip and its bodies' tracks, `[body][frame]`, metres.
pub type TrackedClip = (ClipEntry, Vec<Vec<Joints>>);

/// Work on a clip store, part by part, with whatever else is to be remembered of a part (`N`).
///
/// All of it lies in a folder `NAME.unfinished` until [`Self::finish`]: the joints so far, and a journal with a line per
/// part. A line is written when the part's joints are safely on disk; what lies behind the last whole line is cut off
/// when work goes on, so a killed run and an uninterrupted one leave the same bytes.
#[derive(Debug)]
pub struct StoreJournal<N> {
    joints_path: PathBuf,
    csv_path: PathBuf,
    folder: PathBuf,
    /// `None` where a run was stopped after it had put the joints in their place.
    joints: Option<File>,
    /// Locked for as long as this lives.
    journal: File,
    parts: Vec<Part<N>>,
    names: HashSet<String>,
    rows: usize,
}

/// One line of the journal.
#[derive(Debug, Serialize, Deserialize)]
struct Part<N> {
    clips: Vec<ClipEntry>,
    notes: Vec<N>,
}

/// The first line of the journal.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    format: String,
    work: String,
}

impl<N: Serialize + DeserializeOwned> StoreJournal<N> {
    /// Whether there is unfinished work on a store.
    pub fn exists(store: &Path) -> bool {
        folder(&paths(store).0).join("journal").exists()
    }

    /// Begins a store, or goes on with it where a run was stopped. `work` says of what and how it is made: work of
    /// another kind is refused.
    pub fn open(store: &Path, work: &str) -> Result<Self, CaptureError> {
        let (joints_path, csv_path) = paths(store);
        let folder = folder(&joints_path);
        let path = folder.join("journal");
        fs::create_dir_all(&folder).map_err(CaptureError::file("write", &folder))?;
        let journal = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(CaptureError::file("open", &path))?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let problem = "another run is at work on it".to_owned();
                return Err(CaptureError::Unfinished { folder, problem });
            }
            Err(TryLockError::Error(source)) => {
                return Err(CaptureError::file("lock", &path)(source));
            }
        }
        let head = Head {
            format: FORMAT.to_owned(),
            work: work.to_owned(),
        };
        let mut opened = Self {
            joints_path,
            csv_path,
            folder,
            joints: None,
            journal,
            parts: Vec::new(),
            names: HashSet::new(),
            rows: 0,
        };
        opened.recall(&head)?;
        opened.joints = opened.open_joints()?;
        Ok(opened)
    }

    /// How many parts are committed.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The csv rows of all committed clips.
    pub fn clips(&self) -> impl Iterator<Item = &ClipEntry> {
        self.parts.iter().flat_map(|part| &part.clips)
    }

    /// What was noted with the committed parts.
    pub fn notes(&self) -> impl Iterator<Item = &N> {
        self.parts.iter().flat_map(|part| &part.notes)
    }

    /// Adds a part: all of it, or nothing of it where this fails or is stopped half-way.
    pub fn commit(&mut self, clips: &[TrackedClip], notes: Vec<N>) -> Result<(), CaptureError> {
        let (mut entries, mut bytes, mut rows) = (Vec::new(), Vec::new(), self.rows);
        let mut names = HashSet::new();
        for (entry, tracks) in clips {
            if self.names.contains(&entry.clip) || !names.insert(entry.clip.clone()) {
                return Err(named_twice(&self.joints_path, &entry.clip));
            }
            let tracks: Vec<&[Joints]> = tracks.iter().map(Vec::as_slice).collect();
            let (entry, new) = stored(&self.joints_path, entry, &tracks, rows)?;
            rows += entry.frames * entry.bodies;
            bytes.extend(new);
            entries.push(entry);
        }
        let part = Part {
            clips: entries,
            notes,
        };
        let mut line =
            serde_json::to_vec(&part).map_err(|error| self.broken(&error.to_string()))?;
        line.push(b'\n');
        let Some(joints) = &mut self.joints else {
            return Err(self.broken("its joints are in their place already"));
        };
        joints
            .write_all(&bytes)
            .and_then(|()| joints.sync_data())
            .map_err(CaptureError::file("write", &self.folder.join("joints")))?;
        self.journal
            .write_all(&line)
            .and_then(|()| self.journal.sync_data())
            .map_err(CaptureError::file("write", &self.folder.join("journal")))?;
        self.parts.push(part);
        self.names.extend(names);
        self.rows = rows;
        Ok(())
    }

    /// Puts the store's two files in their place, the csv last: without it there is no store. Then the folder of
    /// unfinished work goes.
    pub fn finish(mut self) -> Result<(), CaptureError> {
        let csv = self.folder.join("rows.csv");
        let mut rows = csv::Writer::from_path(&csv).map_err(csv_error("write", &csv))?;
        for entry in self.clips() {
            rows.serialize(entry).map_err(csv_error("write", &csv))?;
        }
        let file = rows
            .into_inner()
            .map_err(|error| CaptureError::file("write", &csv)(error.into_error()))?;
        file.sync_all().map_err(CaptureError::file("write", &csv))?;
        drop(file);
        if let Some(mut joints) = self.joints.take() {
            let path = self.folder.join("joints");
            joints
                .rewind()
                .and_then(|()| joints.write_all(&header(self.rows)))
                .and_then(|()| joints.sync_all())
                .map_err(CaptureError::file("write", &path))?;
            drop(joints);
            fs::rename(&path, &self.joints_path)
                .map_err(CaptureError::file("write", &self.joints_path))?;
        }
        fs::rename(&csv, &self.csv_path).map_err(CaptureError::file("write", &self.csv_path))?;
        drop(self.journal);
        fs::remove_dir_all(&self.folder).map_err(CaptureError::file("remove", &self.folder))
    }

    /// Reads the journal, and cuts off what a stopped run left of a line.
    fn recall(&mut self, expected: &Head) -> Result<(), CaptureError> {
        let path = self.folder.join("journal");
        let failed = || CaptureError::file("read", &path);
        let mut text = Vec::new();
        self.journal
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.journal.read_to_end(&mut text))
            .map_err(failed())?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        self.journal.set_len(whole as u64).map_err(failed())?;
        if whole == 0 {
            let mut line = serde_json::to_vec(expected)
                .map_err(|error| CaptureError::file("write", &path)(io::Error::other(error)))?;
            line.push(b'\n');
            return self.journal.write_all(&line).map_err(failed());
        }
        let lines = text[..whole - 1].split(|byte| *byte == b'\n');
        for (number, line) in lines.enumerate() {
            let wrong = |error: serde_json::Error| CaptureError::Format {
                path: path.clone(),
                place: format!("line {}", number + 1),
                expected: "a part of a clip store in the making".to_owned(),
                found: error.to_string(),
            };
            if number == 0 {
                let head: Head = serde_json::from_slice(line).map_err(wrong)?;
                if head != *expected {
                    return Err(self.broken(&format!(
                        "it is work on {}, while this run is on {}",
                        head.work, expected.work
                    )));
                }
                continue;
            }
            let part: Part<N> = serde_json::from_slice(line).map_err(wrong)?;
            for entry in &part.clips {
                self.rows += entry.frames * entry.bodies;
                self.names.insert(entry.clip.clone());
            }
            self.parts.push(part);
        }
        Ok(())
    }

    /// Opens the joints at the end of what is committed; `None` where they are in their place already.
    fn open_joints(&self) -> Result<Option<File>, CaptureError> {
        let path = self.folder.join("joints");
        let failed = || CaptureError::file("open", &path);
        let committed = JOINTS_AT + self.rows as u64 * FRAME_BYTES;
        if self.rows > 0 && !path.exists() {
            let placed = fs::metadata(&self.joints_path).is_ok_and(|file| file.len() == committed);
            return if placed {
                Ok(None)
            } else {
                Err(self.broken("its joints are gone"))
            };
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed())?;
        let length = file.metadata().map_err(failed())?.len();
        if self.rows > 0 && length < committed {
            return Err(self.broken(&format!(
                "its journal tells of {committed} bytes of joints, while there are {length}"
            )));
        }
        file.set_len(committed)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(failed())?;
        Ok(Some(file))
    }

    fn broken(&self, problem: &str) -> CaptureError {
        CaptureError::Unfinished {
            folder: self.folder.clone(),
            problem: format!("{problem}; delete this folder to begin anew"),
        }
    }
}

/// Where work on a store lies until it is whole.
fn folder(joints_path: &Path) -> PathBuf {
    joints_path.with_extension("unfinished")
}

#[cfg(test)]
mod tests {
    use super::{ClipEntry, StoreJournal};
    use crate::capture::clip_store::ClipStore;
    use crate::skeleton::{JOINT_COUNT, Joints};
    use std::fs;
    use std::io::Write as _;
    use std::path::Path;

    fn clip(name: &str, bodies: usize) -> (ClipEntry, Vec<Vec<Joints>>) {
        let entry = ClipEntry {
            clip: name.to_owned(),
            dataset: "made".to_owned(),
            subject: "1".to_owned(),
            label: String::new(),
            phrase: "wave".to_owned(),
            verb: "wave".to_owned(),
            noun: String::new(),
            fps: 30.0,
            start: 0,
            frames: 0,
            bodies: 1,
        };
        let joints = |body: usize| [[body as f32 + 0.5; 3]; JOINT_COUNT];
        (
            entry,
            (0..bodies).map(|body| vec![joints(body); 3]).collect(),
        )
    }

    fn journal(store: &Path) -> StoreJournal<String> {
        StoreJournal::open(store, "made clips").unwrap()
    }

    #[test]
    fn goes_on_where_it_was_stopped_and_leaves_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (straight, stopped) = (folder.path().join("a"), folder.path().join("b"));
        let parts = [vec![clip("x", 2), clip("y", 1)], vec![], vec![clip("z", 1)]];
        let mut whole = journal(&straight);
        for part in &parts {
            whole.commit(part, vec![part.len().to_string()]).unwrap();
        }
        whole.finish().unwrap();
        for (done, part) in parts.iter().enumerate() {
            let mut again = journal(&stopped);
            assert_eq!(again.parts(), done);
            again.commit(part, vec![part.len().to_string()]).unwrap();
            drop(again);
            assert!(ClipStore::open(&stopped).is_err(), "nothing looks whole");
            // As a kill in the midst of the next part leaves it.
            for file in ["joints", "journal"] {
                let path = stopped.with_extension("unfinished").join(file);
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"{\"clips\":[{\"cl").unwrap();
            }
        }
        let last = journal(&stopped);
        assert_eq!(last.notes().cloned().collect::<Vec<_>>(), ["2", "0", "1"]);
        last.finish().unwrap();
        for ending in ["safetensors", "csv"] {
            let read = |path: &Path| fs::read(path.with_extension(ending)).unwrap();
            assert_eq!(read(&straight), read(&stopped), "{ending}");
        }
        assert!(!stopped.with_extension("unfinished").exists());
        let store = ClipStore::open(&stopped).unwrap();
        assert_eq!(store.frame_count(), 12);
        let tracks = store.tracks_of(store.find("x").unwrap()).unwrap();
        assert_eq!((tracks.len(), tracks[1].len()), (2, 3));
        assert!((tracks[1][2][0][0] - 1.5).abs() < 1e-6);
    }

    #[test]
    fn goes_on_between_the_joints_and_the_csv() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("made");
        let mut begun = journal(&store);
        begun.commit(&[clip("x", 1)], Vec::new()).unwrap();
        drop(begun);
        let mut file = fs::read(folder.path().join("made.unfinished/joints")).unwrap();
        let header = crate::capture::clip_writer::header(3);
        file[..header.len()].copy_from_slice(&header);
        fs::write(store.with_extension("safetensors"), file).unwrap();
        fs::remove_file(folder.path().join("made.unfinished/joints")).unwrap();
        journal(&store).finish().unwrap();
        assert_eq!(ClipStore::open(&store).unwrap().clips.len(), 1);
    }

    #[test]
    fn refuses_other_work_a_second_run_and_lost_joints() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("made");
        let mut begun = journal(&store);
        begun.commit(&[clip("x", 1)], Vec::new()).unwrap();
        let refused = |work: &str| {
            StoreJournal::<String>::open(&store, work)
                .unwrap_err()
                .to_string()
        };
        assert!(refused("made clips").contains("another run is at work"));
        assert!(
            begun.commit(&[clip("x", 1)], Vec::new()).is_err(),
            "a name twice"
        );
        drop(begun);
        assert!(refused("other clips").contains("work on made clips"));
        fs::write(folder.path().join("made.unfinished/joints"), "short").unwrap();
        assert!(refused("made clips").contains("tells of 706 bytes"));
    }
}
