//! Clip stores: many clips of one body each, joints in one safetensors file, what they show in one csv beside it.

use crate::capture::CaptureError;
use crate::skeleton::{Body, Frame, JOINT_COUNT, Joints};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

pub use crate::capture::clip_writer::ClipStoreWriter;

/// Metres of one step of the stored integers.
pub const METRES_PER_STEP: f32 = 0.0002;

/// Bytes of one frame: 25 joints of three I16.
pub(super) const FRAME_BYTES: u64 = (JOINT_COUNT * 3 * 2) as u64;

/// Headers are a few hundred bytes; more than this is no clip store.
const MAX_HEADER_BYTES: u64 = 1 << 24;

/// One row of the csv: a clip, whom and what it shows and where its frames lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipEntry {
    /// Unique name.
    pub clip: String,
    /// Where it came from.
    pub dataset: String,
    /// Who performs.
    pub subject: String,
    /// The data set's own words for the action.
    pub label: String,
    /// The action as a phrase.
    pub phrase: String,
    /// The phrase's verb.
    pub verb: String,
    /// The phrase's noun; empty where it has none.
    pub noun: String,
    /// Frames per second.
    pub fps: f32,
    /// Index of its first frame in the store.
    pub start: usize,
    /// How many frames it has.
    pub frames: usize,
}

/// An open clip store; joints stay on disk until a clip is asked for.
#[derive(Clone, Debug)]
pub struct ClipStore {
    /// All clips in the csv's order.
    pub clips: Vec<ClipEntry>,
    joints_path: PathBuf,
    joints_at: u64,
    frames: usize,
}

impl ClipStore {
    /// Opens `NAME.safetensors` with `NAME.csv`; `path` may be either of them or `NAME` alone.
    ///
    /// Reads the csv and the header only: a store of many gigabytes opens as fast as a small one.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        let path = path.as_ref();
        let (joints_path, csv_path) = paths(path);
        // Something else of that name: to miss `NAME.txt.safetensors` would puzzle whoever gave `NAME.txt`.
        if path.exists() && path != joints_path && path != csv_path && !joints_path.exists() {
            let found = if path.is_dir() {
                "a folder"
            } else {
                "another kind of file"
            };
            return Err(CaptureError::Format {
                path: path.to_path_buf(),
                place: "its name".to_owned(),
                expected: ".skeleton, or .safetensors and .csv of a clip store".to_owned(),
                found: found.to_owned(),
            });
        }
        let (joints_at, frames) = read_header(&joints_path)?;
        let clips = read_csv(&csv_path, frames)?;
        Ok(Self {
            clips,
            joints_path,
            joints_at,
            frames,
        })
    }

    /// Frames of all clips together.
    pub fn frame_count(&self) -> usize {
        self.frames
    }

    /// The store's joints file.
    pub fn path(&self) -> &Path {
        &self.joints_path
    }

    /// The clip of a name.
    pub fn find(&self, clip: &str) -> Result<&ClipEntry, CaptureError> {
        self.clips
            .iter()
            .find(|entry| entry.clip == clip)
            .ok_or_else(|| CaptureError::NoClip {
                path: self.joints_path.clone(),
                clip: clip.to_owned(),
                count: self.clips.len(),
                like: self
                    .clips
                    .iter()
                    .map(|entry| (strsim::jaro_winkler(&entry.clip, clip), &entry.clip))
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .map(|(_, name)| name.clone()),
            })
    }

    /// One clip's joints, metres, a value per frame.
    pub fn joints_of(&self, entry: &ClipEntry) -> Result<Vec<Joints>, CaptureError> {
        let end = entry.start.checked_add(entry.frames);
        if end.is_none_or(|end| end > self.frames) {
            return Err(CaptureError::Format {
                path: self.joints_path.clone(),
                place: format!("clip {}", entry.clip),
                expected: format!("frames within 0..{}", self.frames),
                found: format!("start {}, frames {}", entry.start, entry.frames),
            });
        }
        let mut file =
            File::open(&self.joints_path).map_err(CaptureError::file("open", &self.joints_path))?;
        let mut bytes = vec![0; entry.frames * FRAME_BYTES as usize];
        file.seek(SeekFrom::Start(
            self.joints_at + entry.start as u64 * FRAME_BYTES,
        ))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(CaptureError::file("read", &self.joints_path))?;
        Ok(bytes
            .chunks_exact(FRAME_BYTES as usize)
            .map(joints_from_bytes)
            .collect())
    }

    /// One clip's frames with a single body of id 1, the first at time 0, paced by the clip's own rate.
    ///
    /// Where all joints are zero nobody is in view, and the frame is empty.
    pub fn frames_of(&self, entry: &ClipEntry) -> Result<Vec<Frame>, CaptureError> {
        let joints = self.joints_of(entry)?;
        Ok(joints
            .into_iter()
            .enumerate()
            .map(|(index, joints)| Frame {
                timestamp_micros: (index as f64 * 1e6 / f64::from(entry.fps)).round() as u64,
                bodies: if joints.as_flattened().iter().all(|value| *value == 0.0) {
                    Vec::new()
                } else {
                    vec![Body::tracked(1, joints)]
                },
            })
            .collect())
    }
}

/// The two files of a store, whichever of them, or their common name, is given.
pub(super) fn paths(path: &Path) -> (PathBuf, PathBuf) {
    let ending = path.extension().and_then(|ending| ending.to_str());
    if matches!(ending, Some("safetensors" | "csv")) {
        return (
            path.with_extension("safetensors"),
            path.with_extension("csv"),
        );
    }
    // A dot inside the name is no ending of ours: it stays.
    let with = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    (with(".safetensors"), with(".csv"))
}

/// Where the joints begin in the file, bytes, and how many frames there are.
fn read_header(path: &Path) -> Result<(u64, usize), CaptureError> {
    let wrong = |place: &str, expected: &str, found: String| CaptureError::Format {
        path: path.to_path_buf(),
        place: place.to_owned(),
        expected: expected.to_owned(),
        found,
    };
    let mut file = File::open(path).map_err(CaptureError::file("open", path))?;
    let size = file
        .metadata()
        .map_err(CaptureError::file("read", path))?
        .len();
    let mut length = [0; 8];
    if size < 8 {
        return Err(wrong(
            "header",
            "a safetensors header of 8 bytes and more",
            format!("{size} bytes in all"),
        ));
    }
    file.read_exact(&mut length)
        .map_err(CaptureError::file("read", path))?;
    let length = u64::from_le_bytes(length);
    if length > (size - 8).min(MAX_HEADER_BYTES) {
        let found = format!("a header of {length} bytes in a file of {size}");
        return Err(wrong(
            "header",
            "a safetensors header that fits the file",
            found,
        ));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)
        .map_err(CaptureError::file("read", path))?;
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|error| wrong("header", "a safetensors header", error.to_string()))?;
    let Some(joints) = metadata.info("joints") else {
        let mut names = metadata.offset_keys();
        names.truncate(8);
        return Err(wrong(
            "header",
            "a tensor named joints",
            format!("{names:?}"),
        ));
    };
    let frames = match (joints.dtype, joints.shape.as_slice()) {
        (Dtype::I16, &[frames, JOINT_COUNT, 3]) => frames,
        (dtype, shape) => {
            let found = format!("{dtype:?} {shape:?}");
            return Err(wrong("tensor joints", "I16 [frames, 25, 3]", found));
        }
    };
    let (from, to) = joints.data_offsets;
    let at = 8 + length + from as u64;
    let needs = 8 + length + to as u64;
    if to.checked_sub(from).map(|bytes| bytes as u64) != (frames as u64).checked_mul(FRAME_BYTES) {
        return Err(wrong(
            "tensor joints",
            "150 bytes per frame",
            format!("bytes {from}..{to} for {frames} frames"),
        ));
    }
    if size < needs {
        let expected = format!("{needs} bytes for {frames} frames");
        return Err(wrong(
            "end of file",
            &expected,
            format!("{size} bytes: the file is cut off"),
        ));
    }
    Ok((at, frames))
}

fn read_csv(path: &Path, frames: usize) -> Result<Vec<ClipEntry>, CaptureError> {
    let file = File::open(path).map_err(CaptureError::file("open", path))?;
    let mut clips = Vec::new();
    for row in csv::Reader::from_reader(file).deserialize() {
        let entry: ClipEntry = row.map_err(csv_error("read", path))?;
        let problem = check_entry(&entry).err().or_else(|| {
            let end = entry.start.checked_add(entry.frames);
            end.is_none_or(|end| end > frames).then(|| {
                format!(
                    "start {} and frames {}, while the store holds {frames}",
                    entry.start, entry.frames
                )
            })
        });
        if let Some(found) = problem {
            return Err(CaptureError::Format {
                path: path.to_path_buf(),
                place: format!("row {}, clip {}", clips.len() + 1, entry.clip),
                expected: "frames that lie in the store, at a rate of 0.1 to 1000".to_owned(),
                found,
            });
        }
        clips.push(entry);
    }
    Ok(clips)
}

pub(super) fn check_entry(entry: &ClipEntry) -> Result<(), String> {
    if (0.1..=1000.0).contains(&entry.fps) {
        return Ok(());
    }
    Err(format!("{} frames per second", entry.fps))
}

/// Tells the system's errors from a csv that is wrong inside.
pub(super) fn csv_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(csv::Error) -> CaptureError {
    let path = path.to_path_buf();
    move |error| {
        let line = error
            .position()
            .map(|position| format!("line {}", position.line()));
        let found = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(source) => CaptureError::File {
                action,
                path,
                source,
            },
            _ => CaptureError::Format {
                path,
                place: line.unwrap_or_else(|| "rows".to_owned()),
                expected: "clip,dataset,subject,label,phrase,verb,noun,fps,start,frames".to_owned(),
                found,
            },
        }
    }
}

fn joints_from_bytes(bytes: &[u8]) -> Joints {
    let mut joints = [[0.0; 3]; JOINT_COUNT];
    for (value, step) in joints
        .as_flattened_mut()
        .iter_mut()
        .zip(bytes.chunks_exact(2))
    {
        *value = f32::from(i16::from_le_bytes([step[0], step[1]])) * METRES_PER_STEP;
    }
    joints
}
