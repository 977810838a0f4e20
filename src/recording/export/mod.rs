//! Takes to files.
//!
//! | format | holds exactly | loses |
//! |---|---|---|
//! | NTU `.skeleton` | positions, tracking, ids | times (30 a second), what it shows |
//! | CSV, Parquet | all | - |
//! | JSON | all | - |
//! | BVH | positions to a micrometre, one body a file | tracking, empty frames, what it shows |
//! | clip store | what it shows; positions to 0.1 mm | tracking, ids, uneven times, third bodies |

mod bvh;
mod bvh_pose;
mod csv_file;
mod json_file;
mod parquet_file;
mod store;
mod table;

pub use self::store::{free_store, write_store};
pub(super) use self::table::COLUMNS;

use crate::capture::ntu_skeleton;
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The name of the clip store that an export writes.
pub const STORE_NAME: &str = "takes";

/// A file format for takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// NTU RGB+D's `.skeleton`.
    Skeleton,
    /// A tidy table: a row per joint, body and frame.
    Csv,
    /// The same table, typed and small.
    Parquet,
    /// One object a take.
    Json,
    /// Motion capture for Blender and its like.
    Bvh,
    /// All takes in one clip store.
    Clips,
}

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Skeleton,
        Self::Csv,
        Self::Parquet,
        Self::Json,
        Self::Bvh,
        Self::Clips,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Skeleton => "skeleton",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Json => "json",
            Self::Bvh => "bvh",
            Self::Clips => "clips",
        }
    }

    /// What it is, for people.
    pub fn help(self) -> &'static str {
        match self {
            Self::Skeleton => "NTU RGB+D .skeleton",
            Self::Csv => "CSV, a row per joint",
            Self::Parquet => "Parquet, a row per joint",
            Self::Json => "JSON",
            Self::Bvh => "BVH for Blender",
            Self::Clips => "Clip store",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |format: &Self| text.trim().eq_ignore_ascii_case(format.name());
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("expected one of {names}")
        })
    }
}

/// What an export wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The files, each whole.
    pub paths: Vec<PathBuf>,
    /// What the format could not hold, in plain words; empty where nothing of substance was lost.
    pub lost: Vec<String>,
}

/// Writes takes into a folder, which is made where it is missing; no file that is there is written over.
///
/// Every take becomes a file of its own name, BVH a file per body, and a clip store holds all of them.
pub fn export(takes: &[Take], format: Format, folder: &Path) -> Result<Exported, ExchangeError> {
    std::fs::create_dir_all(folder).map_err(ExchangeError::file("make", folder))?;
    let mut exported = Exported::default();
    if format == Format::Clips {
        store::write(takes, folder, &mut exported)?;
        return Ok(exported);
    }
    for take in takes {
        if format == Format::Bvh {
            bvh::write(take, folder, &mut exported)?;
            continue;
        }
        let path = free_path(folder, &take.facts.name, format.name());
        match format {
            Format::Skeleton => {
                ntu_skeleton::write(&path, &take.frames)?;
            }
            Format::Csv => put(&path, &csv_file::bytes(take, &path)?)?,
            Format::Parquet => put(&path, &parquet_file::bytes(take, &path)?)?,
            _ => put(&path, &json_file::bytes(take, &path)?)?,
        }
        exported.paths.push(path);
    }
    Ok(exported)
}

/// Puts a file in place whole, or not at all.
fn put(path: &Path, bytes: &[u8]) -> Result<(), ExchangeError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = || ExchangeError::file("write", path);
    // Made as any file is, so that others may read it where the user's files can be read.
    let mut file = tempfile::Builder::new()
        .make_in(folder, |path| File::create_new(path))
        .map_err(failed())?;
    file.write_all(bytes).map_err(failed())?;
    file.persist(path).map_err(|error| failed()(error.error))?;
    Ok(())
}

/// A path in a folder that nothing lies at: `name.ending`, or `name-2.ending` and so on.
fn free_path(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let name = file_name(name);
    let plain = folder.join(format!("{name}.{ending}"));
    if !plain.exists() {
        return plain;
    }
    let mut number = 2_u32;
    loop {
        let path = folder.join(format!("{name}-{number}.{ending}"));
        if !path.exists() || number == u32::MAX {
            return path;
        }
        number += 1;
    }
}

/// A take's name as every system takes it for a file's.
fn file_name(name: &str) -> String {
    let mut safe: String = name
        .trim()
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .take(80)
        .collect();
    safe.truncate(safe.trim_end_matches(['.', ' ']).len());
    if safe.is_empty() {
        "take".to_owned()
    } else {
        safe
    }
}

/// Names that differ, made of names that may not.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .map(|name| {
            let mut own = name.clone();
            let mut number = 2_u32;
            while !taken.insert(own.clone()) {
                own = format!("{name}-{number}");
                number += 1;
            }
            own
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_takes_become_names_of_files() {
        assert_eq!(file_name("a/b\\c: d?"), "a_b_c_ d_");
        assert_eq!(file_name(" .. "), "take");
        assert_eq!(file_name("手を振る."), "手を振る");
        let names = ["a", "a", "b", "a"].map(str::to_owned).into_iter();
        assert_eq!(distinct(names), ["a", "a-2", "b", "a-3"]);
    }

    #[test]
    fn formats_are_read_by_the_names_they_print() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert!("fbx".parse::<Format>().is_err_and(|e| e.contains("bvh")));
    }
}
