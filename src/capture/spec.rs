//! Names of sources, as they are written on the command line, and how a name becomes a source.

use crate::capture::azure::{AzureKinect, MkvRecording};
use crate::capture::demo::Demo;
use crate::capture::osc::OscBodies;
use crate::capture::replay::Replay;
use crate::capture::{CaptureError, Notice, Source, kinect_v2};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The seed of the performance that `demo` plays.
pub const DEMO_SEED: u64 = 1;

/// Which of several cameras.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By its place in the SDK's list, from 0, which may change when one is plugged in.
    Index(u32),
    /// By the number on it.
    Serial(String),
}

impl Which {
    /// Reads what stands after the colon: a number, or `serial=TEXT`.
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('=') {
            Some((key, serial)) if key.trim() == "serial" => {
                let serial = serial.trim();
                (!serial.is_empty()).then(|| Self::Serial(serial.to_owned()))
            }
            Some(_) => None,
            None => text.parse().ok().map(Self::Index),
        }
    }
}

/// Which source to play. Parses from, and prints as, what the user writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// `demo`: the built-in performer.
    Demo,
    /// `replay:FILE.skeleton`, `replay:STORE` or `replay:STORE#CLIP`.
    Replay {
        /// The file, or a clip store with or without its ending.
        path: PathBuf,
        /// One clip of a store by name; without it, all of them in turn.
        clip: Option<String>,
    },
    /// `azure-kinect`, `azure-kinect:INDEX` or `azure-kinect:serial=SERIAL`; an Orbbec Femto is one too.
    AzureKinect {
        /// Which of several.
        which: Which,
    },
    /// `kinect-v2`.
    KinectV2,
    /// `exec:COMMAND`: frames from a command's output.
    Exec {
        /// The command line.
        command: String,
    },
    /// `mkv:FILE`: an Azure Kinect recording.
    Mkv {
        /// The file.
        path: PathBuf,
    },
    /// `osc:PORT` or `osc:ADDRESS:PORT`: bodies that KinectV2-OSC sends.
    Osc {
        /// Where to listen; the loopback interface unless another address is named.
        address: SocketAddr,
    },
}

impl SourceSpec {
    /// Whether a camera's SDK is at work in it, which is let into no process that must live.
    pub fn needs_host(&self) -> bool {
        matches!(
            self,
            Self::AzureKinect { .. } | Self::KinectV2 | Self::Mkv { .. }
        )
    }
}

impl FromStr for SourceSpec {
    type Err = CaptureError;

    fn from_str(text: &str) -> Result<Self, CaptureError> {
        let wrong = |problem: &str| CaptureError::Spec {
            text: text.chars().take(200).collect(),
            problem: problem.to_owned(),
        };
        let (kind, rest) = match text.trim().split_once(':') {
            Some((kind, rest)) => (kind, Some(rest.trim())),
            None => (text.trim(), None),
        };
        let given = |what: &str| {
            rest.filter(|rest| !rest.is_empty())
                .ok_or_else(|| wrong(&format!("{kind}: needs {what} after the colon")))
        };
        match (kind, rest) {
            ("demo", None) => Ok(Self::Demo),
            ("kinect-v2", None) => Ok(Self::KinectV2),
            ("demo" | "kinect-v2", Some(_)) => {
                Err(wrong(&format!("{kind} takes nothing after a colon")))
            }
            ("replay", _) => {
                let (path, clip) = match given("a file")?.rsplit_once('#') {
                    // A file of that whole name is what is meant.
                    _ if Path::new(given("a file")?).is_file() => (given("a file")?, None),
                    Some((_, "")) => return Err(wrong("the clip's name is missing after #")),
                    Some(("", _)) => return Err(wrong("the file is missing before #")),
                    Some((path, clip)) => (path, Some(clip.to_owned())),
                    None => (given("a file")?, None),
                };
                Ok(Self::Replay {
                    path: PathBuf::from(path),
                    clip,
                })
            }
            ("azure-kinect", None) => Ok(Self::AzureKinect {
                which: Which::Index(0),
            }),
            ("azure-kinect", Some(which)) => Which::parse(which)
                .map(|which| Self::AzureKinect { which })
                .ok_or_else(|| {
                    wrong("azure-kinect: takes the camera's number, from 0, or serial=SERIAL")
                }),
            ("exec", _) => Ok(Self::Exec {
                command: given("a command")?.to_owned(),
            }),
            ("osc", _) => {
                let rest = given("a port")?;
                let address = match rest.parse::<u16>() {
                    Ok(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port),
                    Err(_) => rest
                        .parse()
                        .map_err(|_error| wrong("osc: takes a port, or ADDRESS:PORT"))?,
                };
                Ok(Self::Osc { address })
            }
            ("mkv", _) => Ok(Self::Mkv {
                path: PathBuf::from(given("a file")?),
            }),
            _ if Path::new(text.trim()).extension().is_some() => {
                Err(wrong("a recording is played with replay: before its path"))
            }
            _ => Err(wrong("there is no such kind of source")),
        }
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo => write!(out, "demo"),
            Self::Replay { path, clip: None } => write!(out, "replay:{}", path.display()),
            Self::Replay {
                path,
                clip: Some(clip),
            } => write!(out, "replay:{}#{clip}", path.display()),
            Self::AzureKinect {
                which: Which::Index(0),
            } => write!(out, "azure-kinect"),
            Self::AzureKinect {
                which: Which::Index(index),
            } => write!(out, "azure-kinect:{index}"),
            Self::AzureKinect {
                which: Which::Serial(serial),
            } => write!(out, "azure-kinect:serial={serial}"),
            Self::KinectV2 => write!(out, "kinect-v2"),
            Self::Exec { command } => write!(out, "exec:{command}"),
            Self::Mkv { path } => write!(out, "mkv:{}", path.display()),
            Self::Osc { address } if address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) => {
                write!(out, "osc:{}", address.port())
            }
            Self::Osc { address } => write!(out, "osc:{address}"),
        }
    }
}

/// Hears what takes long while a source is being opened.
pub type Tell<'a> = &'a mut dyn FnMut(Notice);

/// Opens a source in this process; a file is checked to its first frame, a camera's absence is an error.
///
/// A command's output is read by a session, which has the threads for it: `live::stages::open_source`.
pub fn open(spec: &SourceSpec) -> Result<Box<dyn Source>, CaptureError> {
    open_telling(spec, &mut |_| {})
}

/// The same, and tells before anything that takes minutes.
pub fn open_telling(spec: &SourceSpec, tell: Tell<'_>) -> Result<Box<dyn Source>, CaptureError> {
    match spec {
        SourceSpec::Demo => Ok(Box::new(Demo::new(DEMO_SEED))),
        SourceSpec::Replay { path, .. }
            if path.extension().is_some_and(|ending| ending == "mcap") =>
        {
            Err(CaptureError::SessionInHost { spec: spec.clone() })
        }
        SourceSpec::Replay { path, clip } => Ok(Box::new(Replay::open(path, clip.as_deref())?)),
        SourceSpec::AzureKinect { which } => Ok(Box::new(AzureKinect::open(which, tell)?)),
        SourceSpec::Mkv { path } => Ok(Box::new(MkvRecording::open(path, tell)?)),
        SourceSpec::KinectV2 => kinect_v2::open(),
        SourceSpec::Osc { address } => Ok(Box::new(OscBodies::listen(*address)?)),
        SourceSpec::Exec { .. } => Err(CaptureError::Host {
            host: spec.to_string(),
            problem: "a capture host plays what is connected to it, and no other program's frames"
                .to_owned(),
            said: String::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_prints_as_it_is_written() {
        for text in [
            "demo",
            "replay:a/b.skeleton",
            "replay:a#b/store#clip 7",
            "azure-kinect",
            "azure-kinect:2",
            "azure-kinect:serial=000123412112",
            "kinect-v2",
            "exec:ssh pc synse capture-host kinect-v2",
            "mkv:x.mkv",
            "osc:12345",
            "osc:0.0.0.0:7000",
            "osc:[::1]:7000",
        ] {
            let spec: SourceSpec = text.parse().unwrap();
            assert_eq!(spec.to_string(), text);
        }
        let spec: SourceSpec = "replay:a#b/store#clip 7".parse().unwrap();
        let (path, clip) = (PathBuf::from("a#b/store"), Some("clip 7".to_owned()));
        assert_eq!(spec, SourceSpec::Replay { path, clip });
    }

    #[test]
    fn a_file_of_the_whole_name_is_no_clip() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sitzung ü#1.mcap");
        let text = format!("replay:{}", path.display());
        let spec = || text.parse::<SourceSpec>().unwrap();
        assert!(matches!(spec(), SourceSpec::Replay { clip: Some(clip), .. } if clip == "1.mcap"));
        std::fs::write(&path, "").unwrap();
        assert_eq!(spec(), SourceSpec::Replay { path, clip: None });
    }

    #[test]
    fn what_is_no_source_says_why() {
        for (text, why) in [
            ("", "no such kind"),
            ("webcam", "no such kind"),
            ("dance.skeleton", "replay: before"),
            ("replay:", "needs a file"),
            ("replay", "needs a file"),
            ("replay:store#", "missing after #"),
            ("replay:#clip", "missing before #"),
            ("azure-kinect:left", "number"),
            ("azure-kinect:serial=", "serial=SERIAL"),
            ("demo:3", "nothing after"),
            ("exec:  ", "needs a command"),
            ("osc:", "needs a port"),
            ("osc:kinect-pc", "ADDRESS:PORT"),
            ("osc:70000", "ADDRESS:PORT"),
        ] {
            let error = text.parse::<SourceSpec>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_opened_here_is_named() {
        for text in ["exec:true", "replay:a.mcap"] {
            let error = open(&text.parse().unwrap()).err().unwrap().to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}
