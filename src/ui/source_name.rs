//! Reads what a source's name says: `demo`, `replay:FILE#CLIP`.

use std::path::{Path, PathBuf};

/// A source's name without the folders that all of them share.
pub(crate) fn short_source(source: &str) -> String {
    let (kind, rest) = source.split_once(':').unwrap_or(("", source));
    let file = rest.rsplit(['/', '\\']).next().unwrap_or(rest);
    match kind {
        "" | "replay" => file.to_owned(),
        kind => format!("{kind}: {file}"),
    }
}

/// A path's last part.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The clip store that a source plays from, if it does.
pub(crate) fn store_of(source: &str) -> Option<PathBuf> {
    let file = source.strip_prefix("replay:")?;
    let file = Path::new(file.split_once('#').map_or(file, |(file, _)| file));
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let is_store = matches!(ending.as_deref(), None | Some("safetensors" | "csv"));
    is_store.then(|| file.to_owned())
}

/// Whether two paths name the same store, by either of its files or by neither's ending.
pub(crate) fn same_store(a: &Path, b: &Path) -> bool {
    a.with_extension("") == b.with_extension("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_its_file() {
        assert_eq!(
            short_source("replay:/data/kinect/actions#clip-7"),
            "actions#clip-7"
        );
        assert_eq!(short_source("demo"), "demo");
        assert_eq!(short_source("azure-kinect:1"), "azure-kinect: 1");
    }

    #[test]
    fn only_a_store_has_clips() {
        let store = |source: &str| store_of(source).map(|path| path.display().to_string());
        assert_eq!(store("replay:a/actions#7").as_deref(), Some("a/actions"));
        assert_eq!(
            store("replay:a/actions.csv").as_deref(),
            Some("a/actions.csv")
        );
        assert_eq!(store("replay:a/b.skeleton"), None);
        assert_eq!(store("demo"), None);
        assert!(same_store(
            Path::new("a/actions"),
            Path::new("a/actions.safetensors")
        ));
        assert!(!same_store(Path::new("a/actions"), Path::new("b/actions")));
    }
}
