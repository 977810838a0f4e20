//! Clip stores: many clips of one or two bodies, joints in one safetensors file, what they show in one csv beside it.
//!
//! The tensor's rows are bodies in frames. A clip of two bodies has the frames of the second right after those of the
//! first, so who knows nothing of second bodies reads the first one all the same.

use crate::capture::CaptureError;
use crate::skeleton::{Body, Frame, JOINT_COUNT, Joints};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

pub use crate::capture::clip_journal::{StoreJournal, TrackedClip};
pub use crate::capture::clip_writer::ClipStoreWriter;

/// Metres of one step of the stored integers.
pub const METRES_PER_STEP: f32 = 0.0002;

/// No position beyond this can be stored, metres, on any axis.
pub const REACH_METRES: f32 = i16::MAX as f32 * METRES_PER_STEP;

/// The most bodies of a clip.
pub const MAX_BODIES: usize = 2;

/// Bytes of one body in one frame: 25 joints of three I16.
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
    /// How many bodies it shows, 1 or 2; one in a store that has no such column.
    #[serde(default = "one")]
    pub bodies: usize,
}

const fn one() -> usize {
    1
}

impl ClipEntry {
    /// Who performs it, `dataset:subject`, as splits name people.
    pub fn performer(&self) -> String {
        format!("{}:{}", self.dataset, self.subject)
    }

    /// Rows of the store's tensor that are this clip's; none where there are too many to count.
    fn rows(&self) -> Option<usize> {
        self.frames.checked_mul(self.bodies)
    }

    /// The row after this clip's last.
    fn end(&self) -> Option<usize> {
        self.start.checked_add(self.rows()?)
    }
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

    /// Rows of the tensor: the frames of all clips together, those of second bodies counted too.
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

    /// The joints of a clip's first body, metres, a value per frame.
    pub fn joints_of(&self, entry: &ClipEntry) -> Result<Vec<Joints>, CaptureError> {
        self.read(entry, entry.frames)
    }

    /// The joints of all of a clip's bodies, metres, `[body][frame]`; all zeros where a body is out of view.
    pub fn tracks_of(&self, entry: &ClipEntry) -> Result<Vec<Vec<Joints>>, CaptureError> {
        let rows = self.read(entry, entry.rows().unwrap_or(usize::MAX))?;
        if entry.frames == 0 {
            return Ok(vec![Vec::new(); entry.bodies]);
        }
        Ok(rows.chunks(entry.frames).map(<[Joints]>::to_vec).collect())
    }

    /// So many of a clip's rows, from its first.
    fn read(&self, entry: &ClipEntry, rows: usize) -> Result<Vec<Joints>, CaptureError> {
        let end = entry.start.checked_add(rows);
        if end.is_none_or(|end| end > self.frames) {
            return Err(CaptureError::Format {
                path: self.joints_path.clone(),
                place: format!("clip {}", entry.clip),
                expected: format!("frames within 0..{}", self.frames),
                found: format!("start {}, frames {}", entry.start, rows),
            });
        }
        let mut file =
            File::open(&self.joints_path).map_err(CaptureError::file("open", &self.joints_path))?;
        let mut bytes = vec![0; rows * FRAME_BYTES as usize];
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

    /// One clip's frames, its bodies by the ids 1 and 2, the first at time 0, paced by the clip's own rate.
    ///
    /// A body whose joints are all zero is not in view, and the frame is without it.
    pub fn frames_of(&self, entry: &ClipEntry) -> Result<Vec<Frame>, CaptureError> {
        let tracks = self.tracks_of(entry)?;
        let in_view = |joints: &Joints| joints.as_flattened().iter().any(|value| *value != 0.0);
        let bodies = |index: usize| {
            let shown = (1..).zip(tracks.iter().filter_map(|track| track.get(index)));
            shown
                .filter(|(_, joints)| in_view(joints))
                .map(|(id, joints)| Body::tracked(id, *joints))
                .collect()
        };
        let frame = |index: usize| Frame {
            timestamp_micros: (index as f64 * 1e6 / f64::from(entry.fps)).round() as u64,
            bodies: bodies(index),
        };
        Ok((0..entry.frames).map(frame).collect())
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
            entry.end().is_none_or(|end| end > frames).then(|| {
                format!(
                    "start {}, frames {} and bodies {}, while the store holds {frames}",
                    entry.start, entry.frames, entry.bodies
                )
            })
        });
        if let Some(found) = problem {
            return Err(CaptureError::Format {
                path: path.to_path_buf(),
                place: format!("row {}, clip {}", clips.len() + 1, entry.clip),
                expected:
                    "frames that lie in the store, at a rate of 0.1 to 1000, of 1 or 2 bodies"
                        .to_owned(),
                found,
            });
        }
        clips.push(entry);
    }
    Ok(clips)
}

pub(super) fn check_entry(entry: &ClipEntry) -> Result<(), String> {
    if !(0.1..=1000.0).contains(&entry.fps) {
        return Err(format!("{} frames per second", entry.fps));
    }
    if !(1..=MAX_BODIES).contains(&entry.bodies) {
        return Err(format!("{} bodies", entry.bodies));
    }
    Ok(())
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
                expected: "clip,dataset,subject,label,phrase,verb,noun,fps,start,frames[,bodies]"
                    .to_owned(),
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
