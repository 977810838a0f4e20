//! What is found of the cameras' SDKs on this machine: which of them would be loaded, and what to install. None is run.

use super::azure::{Library, Maker, NETWORK, Part, Places, TRACKER_MODEL};

/// How a part of an SDK is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there, or is not needed here.
    Fine,
    /// It is there and will not do.
    Refused,
    /// It is not there.
    Absent,
}

/// What was found of a part of an SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub state: State,
    /// Which it is, where it lies, its version; or what is wrong with it, and what to do.
    pub words: String,
}

/// Everything that is found of the cameras' SDKs.
pub fn look(places: &Places) -> Vec<Finding> {
    let mut found: Vec<Finding> = Part::ALL
        .iter()
        .flat_map(|part| look_for(*part, places))
        .collect();
    found.push(kinect_v2());
    found
}

fn finding(state: State, words: String) -> Finding {
    Finding { state, words }
}

/// A part of the Azure Kinect's SDKs.
fn look_for(part: Part, places: &Places) -> Vec<Finding> {
    let name = part.name();
    let (refused, usable): (Vec<Library>, Vec<Library>) = places
        .find(part)
        .into_iter()
        .partition(|library| library.refused.is_some());
    let mut found = Vec::new();
    for library in &refused {
        let why = library.refused.as_deref().unwrap_or_default();
        let words = format!("{name}: {}: {why}", library.path.display());
        found.push(finding(State::Refused, words));
    }
    let Some((first, others)) = usable.split_first() else {
        let place = places.named(part);
        let place = place.map_or_else(String::new, |folder| {
            format!("none that can be used in {}; ", folder.display())
        });
        let words = format!("{name}: {place}{}", part.advice());
        found.push(finding(State::Absent, words));
        return found;
    };
    found.push(finding(State::Fine, format!("{name}: {first} is loaded")));
    if part == Part::Tracker && !first.has_network() {
        let words = format!(
            "{name}: the network that it tracks by, {NETWORK}, is not found beside it; install its SDK anew, or set \
             {TRACKER_MODEL} to where it lies"
        );
        found.push(finding(State::Absent, words));
    }
    for other in others {
        let words = format!("{name}: {other} is there too; {}", how_to(other, part));
        found.push(finding(State::Fine, words));
    }
    found
}

/// How another library than the first is chosen.
fn how_to(library: &Library, part: Part) -> String {
    let folder = library.path.parent().unwrap_or(&library.path).display();
    let (camera, variable) = match (part, library.maker) {
        (Part::Tracker, _) => ("to use it", "SYNSE_K4ABT_DIR"),
        (_, Maker::Orbbec) => ("for an Orbbec Femto", "SYNSE_K4A_DIR"),
        (_, Maker::Microsoft) => ("for an Azure Kinect", "SYNSE_K4A_DIR"),
    };
    format!("{camera}, choose {folder} in the camera's window or set {variable} to it")
}

fn kinect_v2() -> Finding {
    if !cfg!(windows) {
        let words = "Kinect v2: works on Windows only; from another machine play \"exec:ssh PC synse capture-host \
                     kinect-v2\"";
        return finding(State::Fine, words.to_owned());
    }
    let system = std::env::var_os("SystemRoot").map(std::path::PathBuf::from);
    if system.is_some_and(|root| root.join("System32").join("Kinect20.dll").is_file()) {
        finding(State::Fine, "Kinect v2: Kinect20.dll is there".to_owned())
    } else {
        let words =
            "Kinect v2: install Microsoft's \"Kinect for Windows Runtime 2.0\" (or the SDK 2.0)";
        finding(State::Absent, words.to_owned())
    }
}
