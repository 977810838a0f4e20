//! Where models are looked for.

use super::{BundleError, MANIFEST_FILE, Manifest};
use directories::ProjectDirs;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Names the models folder in place of the usual ones.
pub const MODELS_VARIABLE: &str = "SYNSE_MODELS";

/// The text encoder's folder and the default bundle's: a models folder has one of them.
const CONTENTS: [&str; 2] = ["minilm", "default"];

/// The folder of models: `SYNSE_MODELS`, else `models` beside the program, in the current folder, or where it was built.
pub fn models_folder() -> Result<PathBuf, BundleError> {
    let (places, named) = match env::var_os(MODELS_VARIABLE) {
        Some(named) => (vec![PathBuf::from(named)], true),
        None => (usual_places(), false),
    };
    search(&places, named)
}

fn search(places: &[PathBuf], named: bool) -> Result<PathBuf, BundleError> {
    let holds = |place: &&PathBuf| {
        CONTENTS.iter().any(|name| place.join(name).is_dir()) || (named && place.is_dir())
    };
    places.iter().find(holds).cloned().ok_or_else(|| {
        let looked: Vec<String> = places
            .iter()
            .map(|place| place.display().to_string())
            .collect();
        BundleError::NoModels {
            looked: looked.join(", "),
        }
    })
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Ok(program) = env::current_exe()
        && let Some(folder) = program.parent()
    {
        places.push(folder.join("models"));
    }
    places.push(PathBuf::from("models"));
    places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    places
}

/// The default bundle's folder.
pub fn default_folder() -> Result<PathBuf, BundleError> {
    Ok(models_folder()?.join("default"))
}

/// The user's own folder of bundles: imported ones lie there where the folder of models cannot be written to.
pub fn user_models_folder() -> Option<PathBuf> {
    ProjectDirs::from("", "", "synse").map(|folders| folders.data_dir().join("models"))
}

/// The folders in which a bundle's name is looked for.
fn places() -> Vec<PathBuf> {
    models_folder()
        .into_iter()
        .chain(user_models_folder())
        .collect()
}

/// The names of all bundles that [`find`] knows, whole or not.
pub fn names() -> Vec<String> {
    names_in(&places())
}

fn names_in(places: &[PathBuf]) -> Vec<String> {
    let entries = places.iter().flat_map(fs::read_dir).flatten().flatten();
    let bundles = entries.filter(|entry| entry.path().join(MANIFEST_FILE).is_file());
    let names: BTreeSet<String> = bundles
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.into_iter().collect()
}

/// The folder of the bundle that calls itself by this name, as a recording notes it, and of several the one with this
/// [fingerprint](Manifest::fingerprint); `None` where no folder of models has the name.
pub fn called(name: &str, fingerprint: &str) -> Option<PathBuf> {
    called_in(name, fingerprint, &places())
}

fn called_in(name: &str, fingerprint: &str, places: &[PathBuf]) -> Option<PathBuf> {
    let folders = names_in(places).into_iter();
    let folders = folders.filter_map(|folder| named(Path::new(&folder), places));
    let of_the_name = folders.filter_map(|folder| {
        let manifest = Manifest::read(&folder.join(MANIFEST_FILE)).ok()?;
        (manifest.name == name).then(|| (manifest.fingerprint() == fingerprint, folder))
    });
    // Of those that are alike the first, in the order of their folders' names.
    let found: Vec<(bool, PathBuf)> = of_the_name.collect();
    let same = found.iter().find(|(is_same, _)| *is_same);
    same.or(found.first()).map(|(_, folder)| folder.clone())
}

/// The folder of a bundle as a user names it: a path, or the name of one in the models folder or the user's own; `None`
/// is the default.
pub fn find(wanted: Option<&Path>) -> Result<PathBuf, BundleError> {
    let Some(wanted) = wanted else {
        return default_folder();
    };
    if !wanted.join(MANIFEST_FILE).exists()
        && wanted.components().count() == 1
        && let Some(folder) = named(wanted, &places())
    {
        return Ok(folder);
    }
    // A path to the manifest itself means its folder.
    if wanted.file_name().is_some_and(|name| name == MANIFEST_FILE)
        && let Some(folder) = wanted.parent()
    {
        return Ok(folder.to_owned());
    }
    Ok(wanted.to_owned())
}

/// The first bundle of a name, or, where that lacks files, the copy of it that was completed elsewhere.
fn named(name: &Path, places: &[PathBuf]) -> Option<PathBuf> {
    let folders = places.iter().map(|place| place.join(name));
    let found: Vec<PathBuf> = folders
        .filter(|folder| folder.join(MANIFEST_FILE).is_file())
        .collect();
    let first = found.first()?;
    let Ok(wanted) = Manifest::read(&first.join(MANIFEST_FILE)) else {
        // Who loads it says what is wrong with it.
        return Some(first.clone());
    };
    // One that was completed before the program was renewed is another bundle.
    let is_its_completion = |folder: &&PathBuf| {
        wanted.absent(folder).is_empty()
            && Manifest::read(&folder.join(MANIFEST_FILE)).is_ok_and(|other| other == wanted)
    };
    let whole = found.iter().find(is_its_completion);
    Some(whole.unwrap_or(first).clone())
}

#[cfg(test)]
mod tests {
    use super::{MANIFEST_FILE, Manifest, called_in, find, named, names_in, search};
    use crate::window::clip::ClipConfig;
    use std::fs;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_first_place_that_holds_models_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (empty, full) = (folder.path().join("a"), folder.path().join("b"));
        fs::create_dir_all(&empty).unwrap();
        fs::create_dir_all(full.join("minilm")).unwrap();
        let places = [folder.path().join("absent"), empty.clone(), full.clone()];
        assert_eq!(search(&places, false).unwrap(), full);
        assert_eq!(search(std::slice::from_ref(&empty), true).unwrap(), empty);
        let error = search(&places[..2], false).unwrap_err().to_string();
        assert!(
            error.contains("absent") && error.contains("SYNSE_MODELS"),
            "{error}"
        );
    }

    #[test]
    fn a_path_stays_a_path() {
        assert_eq!(
            find(Some(Path::new("/no/such"))).unwrap(),
            PathBuf::from("/no/such")
        );
        assert_eq!(
            find(Some(Path::new("some/bundle.toml"))).unwrap(),
            PathBuf::from("some")
        );
    }

    #[test]
    fn the_completed_copy_of_an_incomplete_bundle_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let places = ["program", "user"].map(|name| folder.path().join(name));
        let write = |place: &Path, name: &str, about: &str| {
            let clip = ClipConfig::uniform(1, 16);
            let mut manifest = Manifest::new(name, vec!["wave".into()], &clip);
            manifest.about = about.into();
            manifest.files.insert("joint.pt".into(), "0".into());
            fs::create_dir_all(place.join(name)).unwrap();
            let text = toml::to_string(&manifest).unwrap();
            fs::write(place.join(name).join(MANIFEST_FILE), text).unwrap();
        };
        let name = Path::new("theirs");
        assert_eq!(named(name, &places), None);
        write(&places[0], "theirs", "new");
        assert_eq!(named(name, &places), Some(places[0].join(name)));
        write(&places[1], "theirs", "old");
        fs::write(places[1].join("theirs/joint.pt"), "weights").unwrap();
        let found = named(name, &places);
        assert_eq!(found, Some(places[0].join(name)), "an older one is not it");
        write(&places[1], "theirs", "new");
        assert_eq!(named(name, &places), Some(places[1].join(name)));
        fs::write(places[0].join("theirs/joint.pt"), "weights").unwrap();
        assert_eq!(named(name, &places), Some(places[0].join(name)));
        write(&places[1], "mine", "");
        assert_eq!(names_in(&places), ["mine", "theirs"]);
        fs::rename(places[1].join("mine"), places[1].join("moved")).unwrap();
        assert_eq!(
            called_in("mine", "", &places),
            Some(places[1].join("moved"))
        );
        assert_eq!(called_in("moved", "", &places), None);
        // Of two that call themselves the same, the one that answered.
        write(&places[0], "mine", "");
        fs::rename(places[0].join("mine"), places[0].join("newer")).unwrap();
        let manifest = places[0].join("newer").join(MANIFEST_FILE);
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace("frames = 16", "frames = 32")).unwrap();
        let fingerprint = Manifest::read(&manifest).unwrap().fingerprint();
        let newer = Some(places[0].join("newer"));
        assert_eq!(called_in("mine", &fingerprint, &places), newer);
        let moved = Some(places[1].join("moved"));
        assert_eq!(called_in("mine", "of neither", &places), moved);
    }
}
