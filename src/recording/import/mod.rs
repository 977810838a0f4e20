//! Takes from files, as this program and others write them.
//!
//! | ending | what is read |
//! |---|---|
//! | `.skeleton` | NTU RGB+D's, with any line ends, blank lines and blanks |
//! | `.csv`, `.tsv`, `.txt` | a row per joint (any order of columns and rows), or a row per frame as Kinect v1 tools write it; comma, semicolon or tab; decimal commas; times as numbers or as ISO 8601; with or without a byte-order mark |
//! | `.parquet` | a row per joint or a row per frame; not compressed, or with Snappy, gzip, Brotli, LZ4 or Zstandard |
//! | `.json` | this program's takes; the Azure Kinect body tracker's `offline_processor` |
//! | `.bvh` | any tree with the joints of a body, channels in any order, y or z up |
//! | clip store | all of its clips |
//! | `.mcap` | a session, whole, as one take |
//!
//! Metres, centimetres, millimetres, inches, feet and CMU's unit are told apart by the size of the performer, which is
//! told where it is not metres; seconds, milliseconds, microseconds and ticks by the rate that they would mean. Joints that a
//! format has not are put where they must be, and say so: [`Tracking::Inferred`](crate::skeleton::Tracking::Inferred).

mod bodies;
mod bvh;
mod bvh_syntax;
mod cells;
mod joint_names;
mod json_file;
mod parquet_file;
mod scale;
mod session_take;
mod source;
mod table;
mod tidy;
mod wide;

use crate::capture::clip_store::ClipStore;
use crate::capture::ntu_skeleton;
use crate::recording::ExchangeError;
use crate::recording::session::ENDING;
use crate::recording::take::{Take, TakeFacts};
use std::path::Path;

pub use self::scale::Unit;
pub use self::source::TakeSource;

/// What the user says of files that do not say it themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// The unit of lengths; `None` finds it by the performer's size.
    pub unit: Option<Unit>,
    /// Frames per second where the file has no times; `None` stands for 30.
    pub fps: Option<f32>,
}

/// No file beyond this is read, bytes: it would not fit in memory as frames.
const MAX_BYTES: u64 = 4 << 30;

/// The rate of files without times.
const DEFAULT_FPS: f32 = 30.0;

/// Whether a file's name says that [`read`] may read it.
pub fn is_one(path: &Path) -> bool {
    kind(path).is_some()
}

/// Whether a file's name says that [`read`] may read it, and that no source of [`capture`](crate::capture) does.
pub fn is_foreign(path: &Path) -> bool {
    kind(path).is_some_and(|kind| !matches!(kind, Kind::Skeleton | Kind::Clips | Kind::Session))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Skeleton,
    Text,
    Parquet,
    Json,
    Bvh,
    Clips,
    Session,
}

fn kind(path: &Path) -> Option<Kind> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match ending.as_str() {
        "skeleton" => Kind::Skeleton,
        // A clip store's csv is beside its joints.
        "csv" if path.with_extension("safetensors").exists() => Kind::Clips,
        "csv" | "tsv" | "txt" => Kind::Text,
        "parquet" => Kind::Parquet,
        "json" => Kind::Json,
        "bvh" => Kind::Bvh,
        "safetensors" => Kind::Clips,
        ENDING => Kind::Session,
        _ => return None,
    })
}

/// Reads all takes of a file; at least one, each with at least one frame.
pub fn read(path: &Path, options: &ImportOptions) -> Result<Vec<Take>, ExchangeError> {
    read_telling(path, options, &mut Vec::new())
}

/// As [`read`]; notes in words what was lost of a session. Units that were guessed are told in the log.
pub fn read_telling(
    path: &Path,
    options: &ImportOptions,
    lost: &mut Vec<String>,
) -> Result<Vec<Take>, ExchangeError> {
    let mut guessed = Vec::new();
    let takes = read_guessing(path, options, lost, &mut guessed)?;
    for note in guessed {
        tracing::warn!("{note}");
    }
    Ok(takes)
}

/// As [`read_telling`]; notes in words the unit that was guessed, where it is not metres, and leaves the log alone.
pub fn read_guessing(
    path: &Path,
    options: &ImportOptions,
    lost: &mut Vec<String>,
    guessed: &mut Vec<String>,
) -> Result<Vec<Take>, ExchangeError> {
    let store_without_ending = || {
        let mut name = path.as_os_str().to_owned();
        name.push(".safetensors");
        (!path.exists() && Path::new(&name).exists()).then_some(Kind::Clips)
    };
    let Some(kind) = kind(path).or_else(store_without_ending) else {
        return Err(ExchangeError::Unknown {
            path: path.to_path_buf(),
        });
    };
    let takes = match kind {
        Kind::Skeleton => vec![Take {
            facts: TakeFacts {
                name: stem(path),
                ..TakeFacts::default()
            },
            fps: ntu_skeleton::FPS,
            frames: ntu_skeleton::read(path)?,
        }],
        Kind::Clips => clips(path)?,
        Kind::Session => vec![session_take::read(path, lost)?],
        Kind::Text => table::read(path, &bytes(path)?, options, guessed)?,
        Kind::Parquet => parquet_file::read(path, options, guessed)?,
        Kind::Json => json_file::read(path, &bytes(path)?, options)?,
        Kind::Bvh => vec![bvh::read(path, &bytes(path)?, options, guessed)?],
    };
    if takes.is_empty() || takes.iter().any(|take| take.frames.is_empty()) {
        let found = "none".to_owned();
        return Err(ExchangeError::at(
            path,
            "the whole file".to_owned(),
            "frames",
            found,
        ));
    }
    Ok(takes)
}

fn clips(path: &Path) -> Result<Vec<Take>, ExchangeError> {
    let store = ClipStore::open(path)?;
    let with_frames = store.clips.iter().filter(|entry| entry.frames > 0);
    with_frames
        .map(|entry| Ok(Take::from_clip(entry, store.frames_of(entry)?)))
        .collect()
}

fn bytes(path: &Path) -> Result<Vec<u8>, ExchangeError> {
    let size = std::fs::metadata(path)
        .map_err(ExchangeError::file("open", path))?
        .len();
    if size > MAX_BYTES {
        let found = format!("{size}");
        return Err(ExchangeError::at(
            path,
            "its size".to_owned(),
            "at most 4 GiB",
            found,
        ));
    }
    std::fs::read(path).map_err(ExchangeError::file("read", path))
}

/// The text of a file, without a byte-order mark; UTF-8, or Latin-1 where it is none, as old tools write it, or UTF-16
/// where its mark says so.
fn decoded(bytes: &[u8]) -> String {
    let units = |pair: fn([u8; 2]) -> u16| -> String {
        let units = bytes[2..].chunks_exact(2).map(|two| pair([two[0], two[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => {
            let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            std::str::from_utf8(plain).map_or_else(
                |_| plain.iter().map(|byte| char::from(*byte)).collect(),
                str::to_owned,
            )
        }
    }
}

/// A file's name without its ending: what a take is called that has no other name.
fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::{Joint, Tracking};
    use std::fs;

    /// What reading it gives, and which units were guessed.
    fn read_as(name: &str, text: &str, unit: Option<&str>) -> (Take, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let options = ImportOptions {
            unit: unit.map(|unit| unit.parse().unwrap()),
            fps: None,
        };
        let mut guessed = Vec::new();
        let takes = read_guessing(&path, &options, &mut Vec::new(), &mut guessed);
        (takes.unwrap().remove(0), guessed)
    }

    /// A person of 1.7 m, metres.
    const PERSON: [(Joint, [f32; 3]); 12] = [
        (Joint::SpineBase, [0.0, 0.9, 2.5]),
        (Joint::Head, [0.0, 1.55, 2.5]),
        (Joint::ShoulderLeft, [-0.2, 1.35, 2.5]),
        (Joint::ShoulderRight, [0.2, 1.35, 2.5]),
        (Joint::ElbowLeft, [-0.25, 1.1, 2.5]),
        (Joint::ElbowRight, [0.25, 1.1, 2.5]),
        (Joint::WristLeft, [-0.25, 0.85, 2.4]),
        (Joint::WristRight, [0.25, 0.85, 2.4]),
        (Joint::KneeLeft, [-0.1, 0.5, 2.5]),
        (Joint::KneeRight, [0.1, 0.5, 2.5]),
        (Joint::AnkleLeft, [-0.1, 0.1, 2.5]),
        (Joint::AnkleRight, [0.1, 0.1, 2.5]),
    ];

    /// A person, a row per joint, in a unit of so many metres; `axes` are the names of x, y and z.
    fn table(axes: [&str; 3], metres: f32) -> String {
        let rows = PERSON.map(|(joint, at)| {
            let [x, y, z] = at.map(|value: f32| value / metres);
            format!("{joint:?},{x},{y},{z}\n")
        });
        let frames = (0..2).flat_map(|frame| rows.iter().map(move |row| format!("{frame},{row}")));
        let header = format!("frame,joint,{}\n", axes.join(","));
        header + &frames.collect::<String>()
    }

    fn head_over_feet(take: &Take) -> f32 {
        let body = &take.frames[0].bodies[0];
        body.joint(Joint::Head)[1] - body.joint(Joint::AnkleLeft)[1]
    }

    #[test]
    fn a_person_has_a_persons_size_whatever_the_unit_and_the_unit_is_told() {
        for (metres, word) in [
            (1.0, None),
            (0.01, Some("centimetres")),
            (0.001, Some("millimetres")),
            (0.0254, Some("inches")),
            (0.3048, Some("feet")),
            (0.056_444, Some("CMU")),
        ] {
            let (take, guessed) = read_as("a.csv", &table(["x", "y", "z"], metres), None);
            let height = head_over_feet(&take);
            assert!((height - 1.45).abs() < 1e-3, "{height} m for {metres}");
            assert_eq!(guessed.len(), usize::from(word.is_some()), "{guessed:?}");
            if let (Some(word), Some(note)) = (word, guessed.first()) {
                assert!(note.contains(word) && note.contains("a.csv"), "{note}");
            }
        }
    }

    #[test]
    fn instants_are_times_and_half_a_position_is_none() {
        let plain = table(["x", "y", "z"], 1.0);
        let with_instants: Vec<String> = plain
            .lines()
            .map(|line| match line.split_once(',') {
                Some(("frame", rest)) => format!("time_ms,{rest}"),
                Some(("0", rest)) => format!("2026-11-30T23:59:59.990Z,{rest}"),
                // The hand is lost in the second frame, but for one number.
                Some((_, rest)) if rest.starts_with("WristLeft") => {
                    "2026-12-01T00:00:00.010Z,WristLeft,3,,NaN".to_owned()
                }
                Some((_, rest)) => format!("2026-12-01T00:00:00.010Z,{rest}"),
                None => line.to_owned(),
            })
            .collect();
        let (take, _) = read_as("a.csv", &with_instants.join("\n"), None);
        assert!((take.fps - 50.0).abs() < 0.01, "{}", take.fps);
        let [first, second] = take.frames.as_slice() else {
            panic!("{} frames", take.frames.len())
        };
        assert_eq!(second.timestamp_micros - first.timestamp_micros, 20_000);
        let (before, after) = (&first.bodies[0], &second.bodies[0]);
        let wrist = Joint::WristLeft as usize;
        assert_eq!(before.tracking[wrist], Tracking::Tracked);
        assert_eq!(after.tracking[wrist], Tracking::NotTracked);
        assert_eq!(after.joints[wrist], before.joints[wrist], "where it was");
    }

    #[test]
    fn a_row_per_frame_may_have_instants_and_halves_too() {
        let person: Vec<String> = table(["x", "y", "z"], 1.0)
            .lines()
            .skip(1)
            .take(12)
            .map(str::to_owned)
            .collect();
        let cells = || person.iter().map(|row| row.split(',').collect::<Vec<_>>());
        let header: Vec<String> = cells()
            .flat_map(|row| ["X", "Y", "Z"].map(|axis| format!("{}{axis}", row[1])))
            .collect();
        let row = |second: &str, lost: &str| {
            let numbers = cells().flat_map(|row| {
                let is_lost = row[1] == lost;
                [row[2], if is_lost { "" } else { row[3] }, row[4]].map(str::to_owned)
            });
            let numbers: Vec<String> = numbers.collect();
            format!("2026-11-30 08:48:{second}+01:00,{}\n", numbers.join(","))
        };
        let text = format!(
            "Timestamp,{}\n{}{}",
            header.join(","),
            row("44.00", ""),
            row("44.04", "ElbowRight")
        );
        let (take, _) = read_as("a.csv", &text, None);
        assert!((take.fps - 25.0).abs() < 0.01, "{}", take.fps);
        let body = &take.frames[1].bodies[0];
        let tracking = |joint: Joint| body.tracking[joint as usize];
        assert_eq!(tracking(Joint::ElbowRight), Tracking::NotTracked);
        assert_eq!(tracking(Joint::ElbowLeft), Tracking::Tracked);
    }

    #[test]
    fn a_unit_that_is_said_is_not_guessed() {
        // A giant: only the word tells that.
        let text = table(["x", "y", "z"], 0.001);
        let (take, guessed) = read_as("a.csv", &text, Some("in"));
        assert!((head_over_feet(&take) - 1450.0 * 0.0254).abs() < 0.1);
        assert!(guessed.is_empty(), "{guessed:?}");
        for axes in [
            ["x (in)", "y (in)", "z (in)"],
            ["x_in", "y_in", "z_in"],
            ["x [inch]", "y [inch]", "z [inch]"],
        ] {
            let (take, guessed) = read_as("a.csv", &table(axes, 0.0254), None);
            let height = head_over_feet(&take);
            assert!((height - 1.45).abs() < 1e-3, "{height} m by {axes:?}");
            assert!(guessed.is_empty(), "{guessed:?}");
        }
    }
}
