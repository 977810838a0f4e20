//! `synse doctor`: what works on this machine, and what to do about the rest.

use super::Outcome;
use super::doctor_cameras;
use super::window::display_problem;
use crate::bundle::{self, Bundle, BundleError, Manifest};
use crate::capture::azure::Places;
use crate::device::{self, DeviceChoice};
use crate::recognizer::decisions::load_reader;
use anyhow::bail;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

/// The bundle that is loaded whenever none is named.
const DEFAULT: &str = "default";

/// Checks everything, tells of each, and fails when something needed is missing.
pub(super) fn run(out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut sick = 0;
    let mut check = |out: &mut dyn Write, what: &str, state: Result<String, String>| {
        let (mark, text) = match state {
            Ok(text) => ("ok     ", text),
            Err(text) => {
                sick += 1;
                ("PROBLEM", text)
            }
        };
        writeln!(out, "{mark}  {what}: {text}")
    };
    check(
        out,
        "program",
        Ok(format!("synse {}", env!("CARGO_PKG_VERSION"))),
    )?;
    let models = bundle::models_folder();
    check(
        out,
        "models",
        models
            .as_ref()
            .map(|path| path.display().to_string())
            .map_err(text),
    )?;
    if let Ok(models) = &models {
        let device = device::open(&DeviceChoice::Cpu)?.device;
        let reader = load_reader(models, &device);
        check(
            out,
            "text encoder",
            reader.map(|_| bundle::TEXT_ENCODER.into()).map_err(text),
        )?;
        let loaded = Bundle::load(&models.join(DEFAULT), &device);
        check(
            out,
            "default bundle",
            loaded
                .map(|bundle| describe(&bundle.manifest))
                .map_err(text),
        )?;
    }
    for name in bundle::names().iter().filter(|name| *name != DEFAULT) {
        let what = format!("bundle {name}");
        let folder = bundle::find(Some(Path::new(name)))?;
        match Bundle::check(&folder) {
            // Nobody has to download what is optional.
            Err(error) if is_optional(&error) => {
                writeln!(out, "partial  {what}: {error}")?;
            }
            checked => check(
                out,
                &what,
                checked
                    .map(|manifest| format!("whole, {}", describe(&manifest)))
                    .map_err(text),
            )?,
        }
    }
    devices(out)?;
    let display = display_problem().map_or_else(
        || "there is one".to_owned(),
        |problem| format!("{problem} (`synse watch` needs none)"),
    );
    writeln!(out, "ok       display: {display}")?;
    doctor_cameras::run(out, &Places::of_this_machine())?;
    writeln!(
        out,
        "ok       sources: demo, replay:FILE, replay:STORE#CLIP, azure-kinect, kinect-v2, mkv:FILE, exec:COMMAND, osc:PORT"
    )?;
    out.flush()?;
    match sick {
        0 => Ok(Outcome::Done),
        1 => bail!("one thing is missing"),
        count => bail!("{count} things are missing"),
    }
}

/// Whether the bundle's own manifest says how to complete it.
fn is_optional(error: &BundleError) -> bool {
    matches!(error, BundleError::Incomplete { download, .. } if download.is_some())
}

/// A bundle in a line.
fn describe(manifest: &Manifest) -> String {
    format!(
        "{}, {} seen classes, clips of {} frames",
        manifest.name,
        manifest.seen.len(),
        manifest.frames
    )
}

fn devices(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "ok       device: CPU")?;
    for adapter in device::adapters() {
        if adapter.software {
            // Asking for its name would start it, which takes seconds.
            writeln!(
                out,
                "ok       device: {} (only used with --device software)",
                adapter.kind
            )?;
            continue;
        }
        match adapter.name() {
            Ok(name) => writeln!(out, "ok       device: {name} ({})", adapter.kind)?,
            Err(error) => writeln!(out, "ignored  device: {error}")?,
        }
    }
    Ok(())
}

fn text(error: impl Display) -> String {
    error.to_string()
}
