//! Examples on disk: beside a phrase list as a clip store, and each on its own by its fingerprint.

use crate::capture::CaptureError;
use crate::capture::clip_store::{ClipEntry, ClipStore, ClipStoreWriter};
use crate::phrases::list::text_from_entries;
use crate::phrases::{Example, PhraseEntry, folded, undescribed};
use crate::recording::ExchangeError;
use crate::skeleton::Joints;
use crate::whole_file::Readers;
use std::path::{Path, PathBuf};

/// The store of a list's examples: `NAME.examples.safetensors` and `.csv` beside `NAME.txt`; its name without an ending.
pub fn beside(list: &Path) -> PathBuf {
    list.with_extension("examples")
}

/// The two files of a store of this name.
fn files(store: &Path) -> [PathBuf; 2] {
    ["safetensors", "csv"].map(|ending| {
        let mut name = store.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Whether a list has a store of examples beside it.
pub fn are_beside(list: &Path) -> bool {
    files(&beside(list)).iter().all(|file| file.is_file())
}

/// Writes the examples of a list beside it, whole or not at all, and says how many there are. Where there are none, those of
/// an older list of that name go.
pub fn write_beside(list: &Path, entries: &[PhraseEntry]) -> Result<usize, ExchangeError> {
    let store = beside(list);
    let count: usize = entries.iter().map(|entry| entry.examples.len()).sum();
    if count == 0 {
        for file in files(&store).iter().filter(|file| file.exists()) {
            std::fs::remove_file(file).map_err(ExchangeError::file("remove", file))?;
        }
        return Ok(0);
    }
    let mut writer = ClipStoreWriter::create_for(&store, Readers::User)?;
    for (row, entry) in entries.iter().enumerate() {
        for (index, example) in entry.examples.iter().enumerate() {
            push(
                &mut writer,
                &format!("{}-{}", row + 1, index + 1),
                entry,
                example,
            )?;
        }
    }
    writer.finish()?;
    Ok(count)
}

fn push(
    writer: &mut ClipStoreWriter,
    clip: &str,
    entry: &PhraseEntry,
    example: &Example,
) -> Result<(), CaptureError> {
    let tracks: Vec<&[Joints]> = example.tracks().iter().map(Vec::as_slice).collect();
    let row = ClipEntry {
        clip: clip.to_owned(),
        dataset: example.name().to_owned(),
        subject: String::new(),
        label: line(entry),
        phrase: entry.text.clone(),
        verb: entry.verb.clone().unwrap_or_default(),
        noun: entry.noun.clone().unwrap_or_default(),
        fps: example.fps(),
        start: 0,
        frames: 0,
        bodies: 1,
    };
    writer.push_tracks(&row, &tracks)
}

/// An entry as it stands in a list, switched on: tells two of one text apart.
fn line(entry: &PhraseEntry) -> String {
    let entry = PhraseEntry {
        enabled: true,
        ..entry.clone()
    };
    text_from_entries(&[entry]).trim_end().to_owned()
}

/// What came of reading a store of examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// Clips that became examples.
    pub count: usize,
    /// Clips of other phrases than those of the list.
    pub others: usize,
    /// Clips that cannot be examples, and why.
    pub problems: Vec<String>,
}

/// Gives each phrase of a list the clips of a store that show it.
///
/// Clips are matched by the list's own line where the store was written beside a list, otherwise by the phrase, with or
/// without its description. An example that a phrase has already is not taken twice.
pub fn attach(store: &Path, entries: &mut [PhraseEntry]) -> Result<Attached, ExchangeError> {
    let store = ClipStore::open(store)?;
    let lines: Vec<String> = entries.iter().map(line).collect();
    let mut attached = Attached::default();
    for clip in &store.clips {
        let wanted = folded(&clip.phrase);
        let by_line = lines.iter().position(|line| *line == clip.label);
        let by_text = || {
            let same = |entry: &PhraseEntry| folded(&entry.text) == wanted;
            let bare = |entry: &PhraseEntry| undescribed(&entry.text) == wanted;
            let place = |is: &dyn Fn(&PhraseEntry) -> bool| entries.iter().position(is);
            place(&same).or_else(|| place(&bare))
        };
        let Some(place) = by_line.or_else(by_text) else {
            attached.others += 1;
            continue;
        };
        // A store that was written beside a list keeps where its clips came from.
        let name = if by_line.is_some() && !clip.dataset.is_empty() {
            &clip.dataset
        } else {
            &clip.clip
        };
        match Example::new(name, clip.fps, store.tracks_of(clip)?) {
            Ok(example) => {
                attached.count += 1;
                let examples = &mut entries[place].examples;
                if !examples.contains(&example) {
                    examples.push(example);
                }
            }
            Err(error) => attached.problems.push(error.to_string()),
        }
    }
    Ok(attached)
}

/// Keeps an example in a folder by its fingerprint; one that is there stays as it is.
pub fn keep(folder: &Path, example: &Example) -> Result<(), ExchangeError> {
    let store = folder.join(example.fingerprint());
    if files(&store).iter().all(|file| file.is_file()) {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(ExchangeError::file("make", folder))?;
    let mut writer = ClipStoreWriter::create_for(&store, Readers::User)?;
    push(
        &mut writer,
        example.fingerprint(),
        &PhraseEntry::default(),
        example,
    )?;
    writer.finish()?;
    Ok(())
}

/// The example of a fingerprint that was [kept](keep) in a folder.
pub fn kept(folder: &Path, fingerprint: &str) -> Result<Example, ExchangeError> {
    let path = folder.join(fingerprint);
    let store = ClipStore::open(&path)?;
    let clip = store.find(fingerprint)?;
    let wrong = |found: String| {
        let expected = "the example of that fingerprint";
        ExchangeError::at(&path, "its clip".to_owned(), expected, found)
    };
    let example = Example::new(&clip.dataset, clip.fps, store.tracks_of(clip)?)
        .map_err(|error| wrong(error.to_string()))?;
    if example.fingerprint() == fingerprint {
        Ok(example)
    } else {
        Err(wrong(format!("that of {}", example.fingerprint())))
    }
}
