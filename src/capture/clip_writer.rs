//! Writes clip stores clip by clip: a data set of gigabytes needs no more memory than its longest clip.

use crate::capture::CaptureError;
use crate::capture::clip_store::{
    ClipEntry, FRAME_BYTES, METRES_PER_STEP, check_entry, csv_error, paths,
};
use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use crate::whole_file::{Readers, WholeFile};
use std::collections::HashSet;
use std::io::{BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// Room for the header, which is known last: padded with blanks, as the format allows.
pub(super) const HEADER_BYTES: usize = 248;

/// A clip store in the making. Nothing is seen of it before [`Self::finish`], nor where it is dropped.
#[derive(Debug)]
pub struct ClipStoreWriter {
    joints_path: PathBuf,
    csv_path: PathBuf,
    joints: BufWriter<WholeFile>,
    rows: csv::Writer<WholeFile>,
    names: HashSet<String>,
    frames: usize,
}

impl ClipStoreWriter {
    /// Begins a store; `path` is `NAME`, `NAME.safetensors` or `NAME.csv`, in a folder that exists.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        Self::create_for(path, Readers::Everybody)
    }

    /// [`Self::create`] for these readers, where there is no such store yet.
    pub fn create_for(path: impl AsRef<Path>, readers: Readers) -> Result<Self, CaptureError> {
        let (joints_path, csv_path) = paths(path.as_ref());
        let new = |path: &Path| {
            WholeFile::begin(path, readers).map_err(CaptureError::file("write", path))
        };
        let mut joints = BufWriter::new(new(&joints_path)?);
        joints
            .write_all(&[b' '; 8 + HEADER_BYTES])
            .map_err(CaptureError::file("write", &joints_path))?;
        Ok(Self {
            rows: csv::Writer::from_writer(new(&csv_path)?),
            joints,
            joints_path,
            csv_path,
            names: HashSet::new(),
            frames: 0,
        })
    }

    /// Appends a clip of one body; its `start`, `frames` and `bodies` are set from what is written.
    ///
    /// A clip that is refused leaves no trace, and the store can go on with the next.
    pub fn push(&mut self, entry: &ClipEntry, joints: &[Joints]) -> Result<(), CaptureError> {
        self.push_tracks(entry, &[joints])
    }

    /// [`Self::push`] with a track for each of one or two bodies, all of the same number of frames.
    pub fn push_tracks(
        &mut self,
        entry: &ClipEntry,
        tracks: &[&[Joints]],
    ) -> Result<(), CaptureError> {
        let (entry, bytes) = stored(&self.joints_path, entry, tracks, self.frames)?;
        if self.names.contains(&entry.clip) {
            return Err(named_twice(&self.joints_path, &entry.clip));
        }
        self.joints
            .write_all(&bytes)
            .map_err(CaptureError::file("write", &self.joints_path))?;
        self.rows
            .serialize(&entry)
            .map_err(csv_error("write", &self.csv_path))?;
        self.frames += entry.frames * entry.bodies;
        self.names.insert(entry.clip);
        Ok(())
    }

    /// Completes both files and puts them in place of any that are there; returns how many rows they hold: frames,
    /// those of second bodies counted too.
    pub fn finish(self) -> Result<usize, CaptureError> {
        let frames = self.frames;
        let joints_failed = || CaptureError::file("write", &self.joints_path);
        let mut joints = self
            .joints
            .into_inner()
            .map_err(|error| joints_failed()(error.into_error()))?;
        joints
            .rewind()
            .and_then(|()| joints.write_all(&header(frames)))
            .map_err(joints_failed())?;
        let rows_failed = || CaptureError::file("write", &self.csv_path);
        let rows = self
            .rows
            .into_inner()
            .map_err(|error| rows_failed()(error.into_error()))?;
        joints.put_in_place().map_err(joints_failed())?;
        rows.put_in_place().map_err(rows_failed())?;
        Ok(frames)
    }
}

/// The header of a store of so many rows, with the length before it.
pub(super) fn header(rows: usize) -> Vec<u8> {
    let bytes = rows as u64 * FRAME_BYTES;
    let shape = format!("[{rows},{JOINT_COUNT},3]");
    let text =
        format!(r#"{{"joints":{{"dtype":"I16","shape":{shape},"data_offsets":[0,{bytes}]}}}}"#);
    let mut header = (HEADER_BYTES as u64).to_le_bytes().to_vec();
    header.extend(text.bytes());
    header.resize(8 + HEADER_BYTES, b' ');
    header
}

/// A clip as it stands in the store at `path`, from row `start`: its csv row and its bytes.
pub(super) fn stored(
    path: &Path,
    entry: &ClipEntry,
    tracks: &[&[Joints]],
    start: usize,
) -> Result<(ClipEntry, Vec<u8>), CaptureError> {
    let frames = tracks.first().map_or(0, |track| track.len());
    let entry = ClipEntry {
        start,
        frames,
        bodies: tracks.len(),
        ..entry.clone()
    };
    let unwritable = |place: String, problem: String| CaptureError::Unwritable {
        path: path.to_path_buf(),
        place,
        problem,
    };
    let clip = || format!("clip {}", entry.clip);
    check_entry(&entry).map_err(|problem| unwritable(clip(), problem))?;
    if let Some(other) = tracks.iter().find(|track| track.len() != frames) {
        let problem = format!(
            "its first body has {frames} frames, the second {}",
            other.len()
        );
        return Err(unwritable(clip(), problem));
    }
    let mut bytes = Vec::with_capacity(tracks.len() * frames * FRAME_BYTES as usize);
    for (index, joints) in tracks.iter().flat_map(|track| track.iter().enumerate()) {
        push_joints(&mut bytes, joints).map_err(|(joint, problem)| {
            unwritable(
                format!("{}, frame {index}, joint {joint:?}", clip()),
                problem,
            )
        })?;
    }
    Ok((entry, bytes))
}

/// Clips are found by their names.
pub(super) fn named_twice(path: &Path, clip: &str) -> CaptureError {
    CaptureError::Unwritable {
        path: path.to_path_buf(),
        place: format!("clip {clip}"),
        problem: "there is a clip of this name already".to_owned(),
    }
}

/// Appends one frame, or says which joint is out of the format's reach.
fn push_joints(bytes: &mut Vec<u8>, joints: &Joints) -> Result<(), (Joint, String)> {
    for (joint, position) in Joint::ALL.into_iter().zip(joints) {
        for value in position {
            let step = (value / METRES_PER_STEP).round();
            if !(f32::from(i16::MIN)..=f32::from(i16::MAX)).contains(&step) {
                return Err((joint, format!("{value} m is not within -6.55 to 6.55 m")));
            }
            bytes.extend((step as i16).to_le_bytes());
        }
    }
    Ok(())
}
