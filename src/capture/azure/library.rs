//! A library of the SDKs before anything of it is run: whose it is, which version, and whether that one will do.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A library of the SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `k4a`: cameras.
    Sensor,
    /// `k4abt`: bodies.
    Tracker,
    /// `k4arecord`: recordings. It comes with the sensor SDK.
    Recording,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sensor, Self::Tracker, Self::Recording];

    /// What its maker calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sensor => "Azure Kinect Sensor SDK (k4a)",
            Self::Tracker => "Azure Kinect Body Tracking SDK (k4abt)",
            Self::Recording => "Azure Kinect recording library (k4arecord)",
        }
    }

    /// The library's name without what each system puts around it.
    pub(super) fn stem(self) -> &'static str {
        match self {
            Self::Sensor => "k4a",
            Self::Tracker => "k4abt",
            Self::Recording => "k4arecord",
        }
    }

    /// Where a user is told to get it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Sensor if cfg!(windows) => {
                "for an Azure Kinect install Microsoft's \"Azure Kinect SDK 1.4.1\", for an Orbbec Femto unpack \
                 Orbbec's \"OrbbecSDK K4A Wrapper\" and choose its bin folder in the camera's window or in SYNSE_K4A_DIR"
            }
            Self::Sensor => {
                "for an Azure Kinect install Microsoft's package libk4a1.4, for an Orbbec Femto unpack Orbbec's \
                 \"OrbbecSDK K4A Wrapper\" and choose its lib folder in the camera's window or in SYNSE_K4A_DIR"
            }
            Self::Tracker if cfg!(windows) => {
                "install Microsoft's \"Azure Kinect Body Tracking SDK 1.1.2\" (Orbbec cameras need it too), or choose \
                 its tools folder in the camera's window or in SYNSE_K4ABT_DIR"
            }
            Self::Tracker => {
                "install Microsoft's package libk4abt1.1 (Orbbec cameras need it too), or choose its folder in \
                 the camera's window or in SYNSE_K4ABT_DIR"
            }
            Self::Recording => "it comes with the sensor SDK and lies beside its k4a library",
        }
    }

    /// The oldest version whose functions and structs are those that we declare.
    pub(super) fn oldest(self) -> (u16, u16) {
        match self {
            // 1.0 takes a shorter configuration, by value: calling it with ours ends the process.
            Self::Tracker => (1, 1),
            Self::Sensor | Self::Recording => (1, 4),
        }
    }
}

/// Who made a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// It opens Azure Kinects.
    Microsoft,
    /// It opens Femtos, by the same functions.
    Orbbec,
}

impl fmt::Display for Maker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Microsoft => "Microsoft",
            Self::Orbbec => "Orbbec",
        })
    }
}

/// A library that was found. Nothing of it has been run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The file.
    pub path: PathBuf,
    /// Who made it.
    pub maker: Maker,
    /// Its version, as far as the file tells.
    pub version: Option<String>,
    /// Why it is not used.
    pub refused: Option<String>,
}

impl fmt::Display for Library {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        write!(out, "{} ({}, {version})", self.path.display(), self.maker)
    }
}

/// Tells maker and version from the file's bytes, without running anything of it.
pub(super) fn look_at(path: PathBuf, real: &Path, part: Part) -> Library {
    let bytes = fs::read(real).unwrap_or_default();
    let version = version_in(&bytes, part).or_else(|| {
        let name = real.file_name()?.to_string_lossy().into_owned();
        name.split_once(".so.")
            .map(|(_, version)| version.to_owned())
    });
    let (major, minor) = part.oldest();
    let processor = made_for(&bytes);
    let refused = if bytes.is_empty() {
        Some("it cannot be read".to_owned())
    } else if let (Some(theirs), Some(ours)) = (processor, OURS)
        && theirs != ours
    {
        Some(format!(
            "it is made for {theirs} processors, and this program for {ours}"
        ))
    } else {
        match version.as_deref().map(|text| (text, parts_of(text))) {
            Some((_, Some(version))) if version.0 == major && version.1 >= minor => None,
            Some((text, _)) => Some(format!(
                "it is version {text}, and this program works with {major}.{minor} and later {major}.x"
            )),
            // The wrong tracker would end the process; the other libraries only lack functions, which is found out.
            None if part == Part::Tracker => Some("its version cannot be told".to_owned()),
            None => None,
        }
    };
    let maker = if holds(&bytes, b"k4a_depth_engine_helper_create\0") {
        Maker::Orbbec
    } else {
        Maker::Microsoft
    };
    Library {
        path,
        maker: if part == Part::Tracker {
            Maker::Microsoft
        } else {
            maker
        },
        version,
        refused,
    }
}

/// The processors that this program is made for, as [`made_for`] calls them.
const OURS: Option<&str> = if cfg!(target_arch = "x86_64") {
    Some("x86-64")
} else if cfg!(target_arch = "aarch64") {
    Some("64-bit ARM")
} else {
    None
};

/// The processors that a library is made for, as far as the header of its file tells.
fn made_for(bytes: &[u8]) -> Option<&'static str> {
    let word = |at: usize| {
        let bytes = bytes.get(at..at.checked_add(2)?)?;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    // ELF's class (32 or 64 bits), byte order (little) and `e_machine`, or the `Machine` of a PE file.
    let elf = bytes.starts_with(b"\x7fELF") && matches!(bytes.get(4..6), Some([1 | 2, 1]));
    let machine = if elf {
        word(18)?
    } else if bytes.starts_with(b"MZ") {
        let at = usize::from(word(0x3c)?);
        (bytes.get(at..at + 4)? == b"PE\0\0").then(|| word(at + 4))??
    } else {
        return None;
    };
    match machine {
        62 | 0x8664 => Some("x86-64"),
        183 | 0xaa64 => Some("64-bit ARM"),
        3 | 0x014c => Some("32-bit x86"),
        40 | 0x01c4 => Some("32-bit ARM"),
        _ => None,
    }
}

fn parts_of(version: &str) -> Option<(u16, u16)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The version that a library carries: on Linux in its own name (`DT_SONAME`), on Windows in its version resource.
fn version_in(bytes: &[u8], part: Part) -> Option<String> {
    if bytes.starts_with(b"MZ") {
        return file_version(bytes);
    }
    let name = format!("lib{}.so.", part.stem());
    let at = bytes
        .windows(name.len())
        .position(|window| window == name.as_bytes())?;
    let rest = &bytes[at + name.len()..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let version = std::str::from_utf8(&rest[..end]).ok()?;
    parts_of(version).map(|_| version.to_owned())
}

/// The file version of `VS_FIXEDFILEINFO`, which begins with `0xFEEF04BD` and its own version, 1.0.
fn file_version(bytes: &[u8]) -> Option<String> {
    const BEGINNING: [u8; 8] = [0xBD, 0x04, 0xEF, 0xFE, 0, 0, 1, 0];
    let at = bytes.windows(8).position(|window| window == BEGINNING)?;
    let word = |offset: usize| {
        let bytes = bytes.get(at + offset..at + offset + 2)?;
        Some(u16::from_le_bytes([bytes[0], bytes[1]]))
    };
    // dwFileVersionMS and dwFileVersionLS, each with its low half first.
    Some(format!("{}.{}.{}", word(10)?, word(8)?, word(14)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_tells_which_processors_it_is_made_for() {
        let elf = |machine: u8| {
            let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
            bytes.resize(18, 0);
            bytes.extend([machine, 0]);
            bytes
        };
        assert_eq!(made_for(&elf(62)), Some("x86-64"));
        assert_eq!(made_for(&elf(183)), Some("64-bit ARM"));
        let mut pe = b"MZ".to_vec();
        pe.resize(0x3c, 0);
        pe.extend([0x40, 0, 0, 0]);
        pe.extend(b"PE\0\0\x4c\x01");
        assert_eq!(made_for(&pe), Some("32-bit x86"));
        // What tells nothing is not refused for that.
        for end in 0..pe.len() {
            assert_eq!(made_for(&pe[..end]), None);
        }
        assert_eq!(made_for(b"\x7fELF\0libk4a.so.1.4\0"), None);
    }

    #[test]
    fn a_windows_library_tells_its_version() {
        let mut bytes = b"MZ and so on".to_vec();
        bytes.extend([0xBD, 0x04, 0xEF, 0xFE, 0, 0, 1, 0]);
        bytes.extend([1, 0, 1, 0, 9, 0, 2, 0]);
        assert_eq!(version_in(&bytes, Part::Tracker).unwrap(), "1.1.2");
        bytes.truncate(26);
        assert_eq!(version_in(&bytes, Part::Tracker), None);
    }
}
