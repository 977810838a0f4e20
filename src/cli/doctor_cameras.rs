//! `synse doctor` on cameras: which SDKs are here, which would be loaded, and what to install. None of them is run.

use crate::capture::azure::{Library, Maker, Part, Places};
use std::io::{self, Write};

/// Tells of each SDK. Nobody needs one who plays recordings, so that nothing missing here is a problem.
pub(super) fn run(out: &mut dyn Write, places: &Places) -> io::Result<()> {
    for part in Part::ALL {
        let (refused, usable): (Vec<Library>, Vec<Library>) = places
            .find(part)
            .into_iter()
            .partition(|library| library.refused.is_some());
        for library in &refused {
            let why = library.refused.as_deref().unwrap_or_default();
            writeln!(
                out,
                "ignored  camera: {}: {}: {why}",
                part.name(),
                library.path.display()
            )?;
        }
        match usable.split_first() {
            Some((first, others)) => {
                writeln!(out, "ok       camera: {}: {first} is loaded", part.name())?;
                for other in others {
                    writeln!(
                        out,
                        "ok       camera: {}: {other} is there too; {}",
                        part.name(),
                        how_to(other, part)
                    )?;
                }
            }
            None => writeln!(out, "absent   camera: {}: {}", part.name(), part.advice())?,
        }
    }
    let kinect_v2 = if !cfg!(windows) {
        "ok       camera: Kinect v2: works on Windows only; from another machine play \
         \"exec:ssh PC synse capture-host kinect-v2\""
    } else if kinect20_is_there() {
        "ok       camera: Kinect v2: Kinect20.dll is there"
    } else {
        "absent   camera: Kinect v2: install Microsoft's \"Kinect for Windows Runtime 2.0\""
    };
    writeln!(out, "{kinect_v2}")
}

/// How another library than the first is chosen.
fn how_to(library: &Library, part: Part) -> String {
    let folder = library.path.parent().unwrap_or(&library.path).display();
    match (part, library.maker) {
        (Part::Tracker, _) => format!("to use it, set SYNSE_K4ABT_DIR to {folder}"),
        (_, Maker::Orbbec) => format!("for an Orbbec Femto, set SYNSE_K4A_DIR to {folder}"),
        (_, Maker::Microsoft) => format!("for an Azure Kinect, set SYNSE_K4A_DIR to {folder}"),
    }
}

fn kinect20_is_there() -> bool {
    let system = std::env::var_os("SystemRoot").map(std::path::PathBuf::from);
    system.is_some_and(|root| root.join("System32").join("Kinect20.dll").is_file())
}
