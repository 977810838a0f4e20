//! The body tracker's network, a file that the tracker looks for in the working folder if nobody tells it where it lies.

use super::library::Library;
use super::tracking::TRACKER_MODEL;
use crate::capture::CaptureError;
use std::path::{Path, PathBuf, absolute};

/// Microsoft's larger network.
pub(in crate::capture) const NETWORK: &str = "dnn_model_2_0_op11.onnx";

/// Folders that a tracker's networks may lie in: on Windows its own, on Linux, where packages put the library in `lib` or in
/// a folder of that, the `bin` beside it.
fn network_folders(library: &Path) -> Vec<PathBuf> {
    let above = library.ancestors().skip(1).take(3);
    let mut folders: Vec<PathBuf> = above.clone().take(1).map(Path::to_path_buf).collect();
    folders.extend(above.skip(1).map(|folder| folder.join("bin")));
    folders
}

/// The network that a tracker is given: the one that the user names by its path or, where it lies beside the tracker, by
/// its name; otherwise Microsoft's larger one. `None` where that is not found, so that the tracker looks for it itself.
pub(super) fn network(
    library: &Path,
    named: Option<&Path>,
) -> Result<Option<PathBuf>, CaptureError> {
    let folders = network_folders(library);
    let found = |name: &Path| {
        let mut paths = folders.iter().map(|folder| folder.join(name));
        paths.find(|path| path.is_file())
    };
    let Some(named) = named else {
        return Ok(found(Path::new(NETWORK)));
    };
    if named.is_file() {
        return Ok(Some(absolute(named).unwrap_or(named.to_path_buf())));
    }
    let looked: Vec<String> = folders
        .iter()
        .map(|folder| folder.display().to_string())
        .collect();
    found(named).map(Some).ok_or_else(|| CaptureError::Setting {
        setting: format!("{TRACKER_MODEL}={}", named.display()),
        problem: format!(
            "there is no such file, nor one of that name in {}",
            looked.join(", ")
        ),
    })
}

impl Library {
    /// Whether there is a network for it, which is a tracker: the one that the user names, or one that comes with it.
    pub(in crate::capture) fn has_network(&self) -> bool {
        let named = std::env::var_os(TRACKER_MODEL).filter(|name| !name.is_empty());
        network(&self.path, named.as_deref().map(Path::new)).is_ok_and(|found| found.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_network_lies_beside_the_tracker_or_where_packages_put_it() {
        let place = tempfile::tempdir().unwrap();
        for (library, network_in) in [
            ("tools/k4abt.dll", "tools"),
            ("usr/lib/libk4abt.so.1.1", "usr/bin"),
            ("usr2/lib/x86_64-linux-gnu/libk4abt.so.1.1", "usr2/bin"),
        ] {
            let library = place.path().join(library);
            assert_eq!(network(&library, None).unwrap(), None);
            let folder = place.path().join(network_in);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(NETWORK), "").unwrap();
            assert_eq!(network(&library, None).unwrap(), Some(folder.join(NETWORK)));
            let lite = folder.join("lite.onnx");
            fs::write(&lite, "").unwrap();
            for named in [lite.as_path(), Path::new("lite.onnx")] {
                assert_eq!(
                    network(&library, Some(named)).unwrap().as_ref(),
                    Some(&lite)
                );
            }
            let error = network(&library, Some(Path::new("large.onnx")))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("SYNSE_K4ABT_MODEL=large.onnx")
                    && error.contains(&folder.display().to_string()),
                "{error}"
            );
        }
    }
}
