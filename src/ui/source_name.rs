//! Reads what a source's name says: `demo`, `replay:FILE#CLIP`.

use crate::recording::import::is_one;
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
    let file = Path::new(parts(file, file.split_once('#')).0);
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let is_store = matches!(ending.as_deref(), None | Some("safetensors" | "csv"));
    (is_store && !is_table(file)).then(|| file.to_owned())
}

/// Whether a file is a table of joints by its name: a csv with no joints of a clip store beside it.
pub(crate) fn is_table(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
        && path.exists()
        && !path.with_extension("safetensors").exists()
}

/// The recording that a source plays, if it does, and the clip of it.
pub(crate) fn recording_of(source: &str) -> Option<(PathBuf, Option<String>)> {
    let file = source.strip_prefix("replay:")?;
    let (file, clip) = parts(file, file.rsplit_once('#'));
    let clip = clip.map(str::to_owned);
    let path = PathBuf::from(file);
    let known = path.extension().is_none() || is_one(&path);
    known.then_some((path, clip))
}

/// The file and the clip of it, as they were split; a file of the whole name has no clip.
fn parts<'a>(whole: &'a str, split: Option<(&'a str, &'a str)>) -> (&'a str, Option<&'a str>) {
    match split {
        Some((file, clip)) if !Path::new(whole).exists() => (file, Some(clip)),
        _ => (whole, None),
    }
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
        let clip = (PathBuf::from("a/actions"), Some("7".to_owned()));
        assert_eq!(recording_of("replay:a/actions#7"), Some(clip));
        let whole = (PathBuf::from("a/b.bvh"), None);
        assert_eq!(recording_of("replay:a/b.bvh"), Some(whole));
        let session = (PathBuf::from("a/b.mcap"), None);
        assert_eq!(recording_of("replay:a/b.mcap"), Some(session));
        assert_eq!(recording_of("replay:a/b.mp4"), None);
        assert!(same_store(
            Path::new("a/actions"),
            Path::new("a/actions.safetensors")
        ));
        assert!(!same_store(Path::new("a/actions"), Path::new("b/actions")));
    }
}
