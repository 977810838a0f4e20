//! Writes clip stores clip by clip: a data set of gigabytes needs no more memory than its longest clip.

use crate::capture::CaptureError;
use crate::capture::clip_store::{
    ClipEntry, FRAME_BYTES, METRES_PER_STEP, check_entry, csv_error, paths,
};
use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Room for the header, which is known last: padded with blanks, as the format allows.
const HEADER_BYTES: usize = 248;

/// A clip store in the making. Nothing is seen of it before [`Self::finish`], nor where it is dropped.
#[derive(Debug)]
pub struct ClipStoreWriter {
    joints_path: PathBuf,
    csv_path: PathBuf,
    joints: BufWriter<NamedTempFile>,
    rows: csv::Writer<NamedTempFile>,
    names: HashSet<String>,
    frames: usize,
}

impl ClipStoreWriter {
    /// Begins a store; `path` is `NAME`, `NAME.safetensors` or `NAME.csv`, in a folder that exists.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        let (joints_path, csv_path) = paths(path.as_ref());
        let folder = joints_path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let new =
            |path: &Path| NamedTempFile::new_in(folder).map_err(CaptureError::file("write", path));
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

    /// Appends a clip; its `start` and `frames` are set from what is written.
    ///
    /// A clip that is refused leaves no trace, and the store can go on with the next.
    pub fn push(&mut self, entry: &ClipEntry, joints: &[Joints]) -> Result<(), CaptureError> {
        let entry = ClipEntry {
            start: self.frames,
            frames: joints.len(),
            ..entry.clone()
        };
        let unwritable = |place: String, problem: String| CaptureError::Unwritable {
            path: self.joints_path.clone(),
            place,
            problem,
        };
        check_entry(&entry)
            .map_err(|problem| unwritable(format!("clip {}", entry.clip), problem))?;
        if self.names.contains(&entry.clip) {
            let problem = "there is a clip of this name already".to_owned();
            return Err(unwritable(format!("clip {}", entry.clip), problem));
        }
        let mut bytes = Vec::with_capacity(joints.len() * FRAME_BYTES as usize);
        for (index, joints) in joints.iter().enumerate() {
            push_joints(&mut bytes, joints).map_err(|(joint, problem)| {
                unwritable(
                    format!("clip {}, frame {index}, joint {joint:?}", entry.clip),
                    problem,
                )
            })?;
        }
        self.joints
            .write_all(&bytes)
            .map_err(CaptureError::file("write", &self.joints_path))?;
        self.rows
            .serialize(&entry)
            .map_err(csv_error("write", &self.csv_path))?;
        self.frames += joints.len();
        self.names.insert(entry.clip);
        Ok(())
    }

    /// Completes both files and puts them in place of any that are there; returns how many frames they hold.
    pub fn finish(self) -> Result<usize, CaptureError> {
        let frames = self.frames;
        let bytes = frames as u64 * FRAME_BYTES;
        let shape = format!("[{frames},{JOINT_COUNT},3]");
        let header =
            format!(r#"{{"joints":{{"dtype":"I16","shape":{shape},"data_offsets":[0,{bytes}]}}}}"#);
        let joints_failed = || CaptureError::file("write", &self.joints_path);
        let mut joints = self
            .joints
            .into_inner()
            .map_err(|error| joints_failed()(error.into_error()))?;
        let file: &mut File = joints.as_file_mut();
        file.rewind()
            .and_then(|()| file.write_all(&(HEADER_BYTES as u64).to_le_bytes()))
            .and_then(|()| file.write_all(header.as_bytes()))
            .map_err(joints_failed())?;
        let rows_failed = || CaptureError::file("write", &self.csv_path);
        let rows = self
            .rows
            .into_inner()
            .map_err(|error| rows_failed()(error.into_error()))?;
        joints
            .persist(&self.joints_path)
            .map_err(|error| joints_failed()(error.error))?;
        rows.persist(&self.csv_path)
            .map_err(|error| rows_failed()(error.error))?;
        Ok(frames)
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
