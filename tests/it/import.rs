//! Bundles whose encoder is somebody else's: completed from downloaded files, whole or not at all.

use crate::cli::synse as program;
use crate::fakes::{random_parts, waving_frame};
use burn::tensor::Device;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use synse::bundle::{Bundle, Download, Manifest, assemble, import};
use synse::encoder::stream_name;
use synse::recognizer::Recognizer;
use synse::window::clip::Stream;

const SOURCE: &str = "its encoder is another's: get it from the moon";

/// An incomplete bundle, and a folder with the files that it lacks, under other names.
struct Place {
    folder: tempfile::TempDir,
    manifest: Manifest,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let parts = tempfile::tempdir().unwrap();
        let mut parts = random_parts(parts.path());
        let download = folder.path().join("download/by/them");
        fs::create_dir_all(&download).unwrap();
        let mut names = BTreeMap::new();
        for (stream, path) in Stream::ALL.into_iter().zip(&parts.streams) {
            let theirs = format!("Epoch-{}.safetensors", stream_name(stream));
            fs::copy(path, download.join(&theirs)).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            names.insert(
                name,
                vec!["other.safetensors".into(), theirs.to_lowercase()],
            );
        }
        parts.download = Some(Download {
            source: SOURCE.into(),
            names,
        });
        let manifest = assemble(&folder.path().join("bundle"), &parts).unwrap();
        Self { folder, manifest }
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    fn downloaded(&self, name: &str) -> PathBuf {
        self.folder.path().join("download/by/them").join(name)
    }

    fn import(&self) -> Result<PathBuf, String> {
        let from = self.folder.path().join("download");
        import(&self.bundle(), &from, None).map_err(|error| error.to_string())
    }

    /// Imports, which must fail and leave the bundle as it was.
    fn refusal(&self) -> String {
        let before = listing(&self.bundle());
        let text = self.import().unwrap_err();
        assert_eq!(listing(&self.bundle()), before, "{text}");
        text
    }
}

fn listing(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn an_incomplete_bundle_is_refused_with_what_to_do() {
    let place = Place::new();
    assert_eq!(
        listing(&place.bundle()).len(),
        3,
        "manifest, alignment, gate"
    );
    let text = Bundle::load(&place.bundle(), &Device::flex())
        .unwrap_err()
        .to_string();
    for said in [
        "bone_motion.safetensors",
        "joint.safetensors",
        "are missing",
        SOURCE,
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn downloaded_files_complete_it_under_any_of_their_names() {
    let place = Place::new();
    let whole = place.import().unwrap();
    assert_eq!(whole, place.bundle());
    assert_eq!(Bundle::check(&whole).unwrap(), place.manifest);
    assert_eq!(listing(&whole).len(), 7, "and nothing beside them");
    Bundle::load(&whole, &Device::flex()).unwrap();
    // A second time, over a file that was damaged since.
    fs::write(whole.join("joint.safetensors"), "damaged").unwrap();
    place.import().unwrap();
    assert!(Bundle::check(&whole).is_ok());
    assert_eq!(listing(&whole).len(), 7);
}

#[test]
fn what_is_missing_or_another_file_is_named_and_nothing_is_written() {
    let place = Place::new();
    let bone = place.downloaded("Epoch-bone.safetensors");
    let weights = fs::read(&bone).unwrap();
    for (bytes, kind) in [
        (&b""[..], "empty"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (
            b"version https://git-lfs.github.com/spec/v1",
            "large-file store",
        ),
        (&weights[1..], "not the file that is needed"),
    ] {
        fs::write(&bone, bytes).unwrap();
        let text = place.refusal();
        let expected = &place.manifest.files["bone.safetensors"];
        for said in ["Epoch-bone.safetensors", kind, "sha256", expected.as_str()] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("joint"), "the others are right: {text}");
    }
    fs::write(&bone, &weights[1..]).unwrap();
    fs::remove_file(place.downloaded("Epoch-joint.safetensors")).unwrap();
    let text = place.refusal();
    assert!(
        text.contains("joint.safetensors is missing") && text.contains("Epoch-bone"),
        "{text}"
    );
    assert!(
        text.contains("epoch-joint.safetensors"),
        "the names looked for: {text}"
    );
    // A folder of that name is no file.
    fs::remove_file(&bone).unwrap();
    fs::create_dir(&bone).unwrap();
    assert!(place.refusal().contains("bone.safetensors is missing"));
}

#[test]
fn a_right_file_among_wrong_ones_is_taken() {
    let place = Place::new();
    fs::write(place.downloaded("bone.safetensors"), "an older one").unwrap();
    fs::write(place.folder.path().join("download/BONE.safetensors"), "").unwrap();
    place.import().unwrap();
    assert!(Bundle::check(&place.bundle()).is_ok());
}

#[test]
fn only_incomplete_bundles_and_folders_are_imported() {
    let place = Place::new();
    let refused = |bundle: &Path, from: &Path| import(bundle, from, None).unwrap_err().to_string();
    let file = place.downloaded("Epoch-bone.safetensors");
    assert!(refused(&place.bundle(), &file).contains("is no folder"));
    assert!(refused(&place.bundle(), Path::new("/no/such")).contains("/no/such"));
    assert!(refused(Path::new("/no/such"), place.folder.path()).contains("no model bundle"));
    fs::write(place.bundle().join("gate.toml"), "").unwrap();
    assert!(place.refusal().contains("gate.toml is damaged"));
    let parts = tempfile::tempdir().unwrap();
    let whole = place.folder.path().join("whole");
    assemble(&whole, &random_parts(parts.path())).unwrap();
    assert!(refused(&whole, place.folder.path()).contains("nothing to import"));
}

#[test]
fn downloads_that_no_import_can_follow_are_refused() {
    let place = Place::new();
    let path = place.bundle().join("bundle.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, reason) in [
        (SOURCE, "", "source is empty"),
        (
            "epoch-bone.safetensors",
            "../bone.safetensors",
            "not a plain file name",
        ),
        (
            "\"bone.safetensors\" = [",
            "\"bean.safetensors\" = [",
            "`bean.safetensors` is not in [files]",
        ),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let refusal = place.refusal();
        assert!(refusal.contains(reason), "{from} -> {to}: {refusal}");
    }
}

#[cfg(unix)]
#[test]
fn where_the_bundle_cannot_be_written_to_a_whole_one_is_put_elsewhere() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let bundle = place.bundle();
    fs::set_permissions(&bundle, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(bundle.join("probe"), "").is_ok() {
        println!("who runs this may write everywhere: passed over");
        return;
    }
    let from = place.folder.path().join("download");
    let target = place.folder.path().join("data/models/bundle");
    // Running it twice is fine.
    for _ in 0..2 {
        assert_eq!(import(&bundle, &from, Some(&target)).unwrap(), target);
        assert_eq!(Bundle::check(&target).unwrap(), place.manifest);
        assert_eq!(listing(target.parent().unwrap()).len(), 1);
    }
    assert_eq!(listing(&bundle).len(), 3, "the program's own is as it was");
    assert!(
        import(&bundle, &from, None)
            .unwrap_err()
            .to_string()
            .contains("cannot write")
    );
    fs::remove_file(target.join("bundle.toml")).unwrap();
    let text = import(&bundle, &from, Some(&target))
        .unwrap_err()
        .to_string();
    assert!(text.contains("is no bundle"), "{text}");
}

/// A models folder with the second bundle alone, and nothing that was imported into the clone; it says so where the
/// clone has none.
fn second_bundle() -> Option<tempfile::TempDir> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ntu120");
    if !ours.is_dir() {
        println!("passed over: {} is not here", ours.display());
        return None;
    }
    let models = tempfile::tempdir().unwrap();
    let copy = models.path().join("ntu120");
    fs::create_dir(&copy).unwrap();
    for name in ["bundle.toml", "synse.safetensors", "gate.toml"] {
        fs::copy(ours.join(name), copy.join(name)).unwrap();
    }
    Some(models)
}

fn said(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn the_second_bundle_says_how_to_complete_it() {
    let Some(models) = second_bundle() else {
        return;
    };
    let program = || {
        let mut command = program();
        command.env("SYNSE_MODELS", models.path());
        command
    };
    for args in [&["watch", "--bundle", "ntu120"][..], &["doctor"]] {
        let text = said(program().args(args), 1);
        assert!(
            text.contains("bone.pt, bone_motion.pt, joint.pt, joint_motion.pt are missing"),
            "{text}"
        );
        assert!(text.contains("synse import ntu120 PATH"), "{text}");
    }
    let text = said(program().arg("doctor"), 1);
    assert!(text.contains("partial  bundle ntu120: "), "{text}");
    let empty = tempfile::tempdir().unwrap();
    let text = said(program().args(["import", "ntu120"]).arg(empty.path()), 1);
    for name in [
        "joint.pt",
        "xsub-bone.pt",
        "ntu_xsub_ShiftGCN_bone-motion_epoch_98.pt",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
}

#[test]
fn the_second_bundle_works_with_the_released_streams() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/ntu120-shift-gcn");
    if !from.is_dir() {
        println!("passed over: {} is not here", from.display());
        return;
    }
    let Some(models) = second_bundle() else {
        return;
    };
    let program = || {
        let mut command = program();
        command.env("SYNSE_MODELS", models.path());
        command
    };
    for _ in 0..2 {
        let text = said(program().args(["import", "ntu120"]).arg(&from), 0);
        assert!(text.contains("ntu120 is complete"), "{text}");
    }
    let text = said(program().arg("doctor"), 1);
    assert!(
        text.contains("ok       bundle ntu120: whole, ntu120, 120 seen classes"),
        "{text}"
    );

    let bundle = Bundle::load(&models.path().join("ntu120"), &Device::flex()).unwrap();
    assert_eq!(bundle.manifest.bodies, 2);
    let (mut recognizer, _) = Recognizer::from_bundle(bundle);
    // One body in view of a network of two: the other is absent, not an error.
    for index in 0..60 {
        recognizer.push(waving_frame(index));
    }
    let predictions = recognizer.predict().unwrap();
    assert_eq!(predictions.len(), 1);
    let ranking = &predictions[0].ranking;
    let sum: f32 = ranking.iter().map(|ranked| ranked.probability).sum();
    assert!(
        ranking.len() == 120 && (sum - 1.0).abs() < 1e-3,
        "{sum} {ranking:?}"
    );
    assert!(ranking.iter().all(|ranked| ranked.seen));
}
