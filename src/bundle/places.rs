//! Where models are looked for.

use super::{BundleError, MANIFEST_FILE};
use std::env;
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
        let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
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

/// The folder of a bundle as a user names it: a path, or the name of one in the models folder; `None` is the default.
pub fn find(wanted: Option<&Path>) -> Result<PathBuf, BundleError> {
    let Some(wanted) = wanted else {
        return default_folder();
    };
    if !wanted.join(MANIFEST_FILE).exists()
        && wanted.components().count() == 1
        && let Ok(models) = models_folder()
        && models.join(wanted).join(MANIFEST_FILE).exists()
    {
        return Ok(models.join(wanted));
    }
    // A path to the manifest itself means its folder.
    if wanted.file_name().is_some_and(|name| name == MANIFEST_FILE)
        && let Some(folder) = wanted.parent()
    {
        return Ok(folder.to_owned());
    }
    Ok(wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{find, search};
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
        assert_eq!(search(&[empty.clone()], true).unwrap(), empty);
        let error = search(&places[..2], false).unwrap_err().to_string();
        assert!(error.contains("absent") && error.contains("SYNSE_MODELS"), "{error}");
    }

    #[test]
    fn a_path_stays_a_path() {
        assert_eq!(find(Some(Path::new("/no/such"))).unwrap(), PathBuf::from("/no/such"));
        assert_eq!(find(Some(Path::new("some/bundle.toml"))).unwrap(), PathBuf::from("some"));
    }
}
