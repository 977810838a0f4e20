//! Bundles on disk: whole ones are taken, everything else is refused with the reason.

use crate::fakes::{SEEN, random_bundle, random_parts, random_synse};
use burn::tensor::Device;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use synse::bundle::{Bundle, Manifest, Parts, assemble};
use synse::encoder::{EncoderError, FeatureView, MEASURES_FILE, MeasuresHead};
use synse::skeleton::JOINT_COUNT;
use synse::window::clip::{Clip, ClipConfig};
use synse::window::{KINEMATIC_MEASURES, READ, RULES};

fn refusal(folder: &Path) -> String {
    Bundle::load(folder, &Device::flex())
        .unwrap_err()
        .to_string()
}

/// A random bundle whose manifest had this text replaced.
fn with_manifest(from: &str, to: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("bundle");
    random_bundle(&folder);
    let path = folder.join("bundle.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    refusal(&folder)
}

#[test]
fn what_was_assembled_loads_and_works() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("deep/er/bundle");
    let manifest = random_bundle(&folder);
    let mut bundle = Bundle::load(&folder, &Device::flex()).unwrap();
    assert_eq!(bundle.manifest, manifest);
    assert_eq!(bundle.manifest.seen, SEEN);
    let config = bundle.manifest.clip_config();
    assert_eq!(config, ClipConfig::uniform(1, 16));
    let values = (0..16 * 25 * 3).map(|index| (index as f32).sin()).collect();
    let clip = Clip::from_values(values, 1, 16).unwrap();
    let encoding = bundle.encoder.encode(&[clip]).unwrap().remove(0);
    assert_eq!(
        (encoding.feature.len(), encoding.seen_logits.len()),
        (32, 3)
    );
    // Assembling again replaces it, and leaves nothing beside it.
    random_bundle(&folder);
    assert!(Bundle::check(&folder).is_ok());
    assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn whatever_changes_an_answer_changes_the_fingerprint() {
    let place = tempfile::tempdir().unwrap();
    let manifest = random_bundle(&place.path().join("bundle"));
    let fingerprint = manifest.fingerprint();
    assert_eq!(fingerprint.len(), 64);
    let changes: [fn(&mut Manifest); 9] = [
        |other| other.frames = 32,
        |other| other.bodies = 2,
        |other| other.sampling = "loop".into(),
        |other| other.view = FeatureView::Joint,
        |other| other.seen.swap(0, 1),
        |other| other.attributes.swap(0, 1),
        |other| other.rules += 1,
        |other| other.text_encoder.push('2'),
        |other| {
            let sum = other.files.get_mut("gate.toml").unwrap();
            *sum = "0".repeat(64);
        },
    ];
    let changed = changes.map(|change| {
        let mut other = manifest.clone();
        change(&mut other);
        other.fingerprint()
    });
    let all: BTreeSet<&String> = changed.iter().chain([&fingerprint]).collect();
    assert_eq!(all.len(), 10, "each is another one");
    let mut renamed = manifest;
    renamed.name = "other".into();
    renamed.about = "the same under another name".into();
    assert_eq!(renamed.fingerprint(), fingerprint);
}

#[test]
fn the_card_that_is_read_from_a_movement_stands_last() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("bundle");
    let mut parts = random_parts(place.path());
    parts.view = FeatureView::Read;
    let before = 32 + KINEMATIC_MEASURES;
    let synse = random_synse(before + READ.len(), 384, true);
    synse.save(&parts.synse).unwrap();
    assemble(&folder, &parts).unwrap();
    let mut bundle = Bundle::load(&folder, &Device::flex()).unwrap();
    // Somebody who falls from where he stands to the floor.
    let joints: Vec<_> = (0..20)
        .map(|t| {
            let height = |joint: usize| 0.1 * (joint % 7) as f32 * (1.0 - 0.04 * t as f32);
            std::array::from_fn(|joint| [0.05 * (joint % 5) as f32, height(joint), 2.0])
        })
        .collect();
    let clip = Clip::from_joints(&joints, &ClipConfig::uniform(1, 16)).unwrap();
    let (measures, card) = (clip.measures.clone().unwrap(), clip.card.clone().unwrap());
    let encoding = bundle.encoder.encode(&[clip]).unwrap().remove(0);
    assert_eq!(encoding.feature[32..before], measures);
    assert_eq!(encoding.feature[before..], card);
    assert!(card.iter().any(|value| *value > 0.5), "{card:?}");

    // Values that came normalised say nothing of the room that they were in.
    let normalised = Clip::from_values(vec![0.1; 16 * 75], 1, 16).unwrap();
    let error = bundle.encoder.encode(&[normalised]).unwrap_err();
    assert!(matches!(error, EncoderError::NotMeasured), "{error}");
}

#[test]
fn what_is_measured_of_a_movement_stands_beside_the_streams() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("bundle");
    let mut parts = random_parts(place.path());
    parts.view = FeatureView::Measured;
    assemble(&folder, &parts).unwrap();
    let expected = format!(
        "{} values of the alignment's features expected, got 32",
        32 + KINEMATIC_MEASURES
    );
    assert!(refusal(&folder).contains(&expected), "{}", refusal(&folder));

    let synse = random_synse(32 + KINEMATIC_MEASURES, 384, true);
    synse.save(&parts.synse).unwrap();
    assemble(&folder, &parts).unwrap();
    let mut bundle = Bundle::load(&folder, &Device::flex()).unwrap();
    let joints: Vec<_> = (0..20)
        .map(|t| [[0.1 * t as f32, 1.0, 2.0]; JOINT_COUNT])
        .collect();
    let clip = Clip::from_joints(&joints, &ClipConfig::uniform(1, 16)).unwrap();
    let measures = clip.measures.clone().unwrap();
    let encoding = bundle.encoder.encode(&[clip]).unwrap().remove(0);
    assert_eq!(encoding.feature[32..], measures);
    assert_eq!(encoding.seen_logits.len(), 3);

    // A head beside the streams has a say where the manifest vouches for it.
    let clip = || Clip::from_joints(&joints, &ClipConfig::uniform(1, 16)).unwrap();
    let head = MeasuresHead::new(&[0.0; 3 * KINEMATIC_MEASURES], &[1.0, 2.0, 3.0], 1.0);
    head.write(&folder.join(MEASURES_FILE)).unwrap();
    let mut unlisted = Bundle::load(&folder, &Device::flex()).unwrap();
    assert_eq!(unlisted.encoder.encode(&[clip()]).unwrap()[0], encoding);
    let file = place.path().join(MEASURES_FILE);
    head.write(&file).unwrap();
    parts.measures = Some(file);
    assemble(&folder, &parts).unwrap();
    let mut listed = Bundle::load(&folder, &Device::flex()).unwrap();
    let louder = listed.encoder.encode(&[clip()]).unwrap().remove(0);
    for (index, (before, after)) in encoding
        .seen_logits
        .iter()
        .zip(&louder.seen_logits)
        .enumerate()
    {
        assert!((after - before - (index + 1) as f32).abs() < 1e-5);
    }
    let normalised = Clip::from_values(vec![0.1; 16 * 75], 1, 16).unwrap();
    let error = bundle.encoder.encode(&[normalised]).unwrap_err();
    assert!(error.to_string().contains("normalised"), "{error}");

    // Other rules give other measures; who measures nothing does not mind.
    let path = folder.join("bundle.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    let ours = format!("rules = {RULES}");
    for (other, what_helps) in [
        (RULES - 1, "train the bundle again"),
        (RULES + 1, "a newer program"),
    ] {
        let changed = manifest.replace(&ours, &format!("rules = {other}"));
        assert_ne!(changed, manifest);
        fs::write(&path, &changed).unwrap();
        let text = refusal(&folder);
        assert!(text.contains(&format!("rules {other}")), "{text}");
        assert!(text.contains(what_helps), "{text}");
    }
    let (folder, path) = (
        place.path().join("plain"),
        place.path().join("plain/bundle.toml"),
    );
    random_bundle(&folder);
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(&path, manifest.replace(&ours, "rules = 77")).unwrap();
    assert!(Bundle::load(&folder, &Device::flex()).is_ok());
    fs::write(&path, manifest.replace(&format!("{ours}\n"), "")).unwrap();
    assert!(Bundle::load(&folder, &Device::flex()).is_ok());
}

#[test]
fn missing_folders_and_files_are_named() {
    let place = tempfile::tempdir().unwrap();
    assert!(refusal(&place.path().join("none")).contains("expected a folder with bundle.toml"));
    let folder = place.path().join("bundle");
    random_bundle(&folder);
    fs::remove_file(folder.join("bone_motion.safetensors")).unwrap();
    let text = refusal(&folder);
    assert!(
        text.contains("bone_motion.safetensors") && text.contains("missing"),
        "{text}"
    );
}

#[test]
fn every_changed_file_is_noticed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("bundle");
    let manifest = random_bundle(&folder);
    for name in manifest.files.keys() {
        let path = folder.join(name);
        let whole = fs::read(&path).unwrap();
        for damaged in [
            &[][..],
            &whole[..whole.len() / 2],
            &[&whole[..], b" "].concat()[..],
        ] {
            fs::write(&path, damaged).unwrap();
            let text = refusal(&folder);
            assert!(
                text.contains(name.as_str()) && text.contains("sha256"),
                "{text}"
            );
        }
        fs::write(&path, whole).unwrap();
    }
    assert!(Bundle::check(&folder).is_ok());
}

#[test]
fn manifests_for_something_else_are_refused_with_the_reason() {
    for (from, to, reason) in [
        (
            "format = 1",
            "format = 2",
            "format 2, but this program reads format 1",
        ),
        ("format = 1", "", "format"),
        ("frames = 16", "frames = 15", "multiple of 4"),
        ("frames = 16", "frames = 18446744073709551615", "frames"),
        ("bodies = 1", "bodies = 3", "bodies = 3, expected 1 or 2"),
        ("bodies = 1", "bodies = 2", "bodies of the encoder"),
        ("\"uniform\"", "\"odd\"", "sampling = \"odd\""),
        (
            "text_encoder = \"",
            "text_encoder = \"other-",
            "text encoder",
        ),
        ("\"kick ball\"", "\"wave hand\"", "stands twice"),
        ("\"kick ball\"", "\" \"", "is empty"),
        ("    \"kick ball\",\n", "", "seen classes of the encoder"),
        (
            "\"joint.safetensors\"",
            "\"../joint.safetensors\"",
            "plain file name",
        ),
        ("\"gate.toml\"", "\"gait.toml\"", "lacks `gate.toml`"),
        ("name = ", "nome = ", "nome"),
    ] {
        let text = with_manifest(from, to);
        assert!(text.contains(reason), "{from} -> {to}: {text}");
    }
}

#[test]
fn other_motion_attributes_are_refused_and_the_first_difference_is_named() {
    let first = synse::phrases::motion::ATTRIBUTES[0].name;
    let text = with_manifest(&format!("    \"{first}\",\n"), "    \"flying\",\n");
    assert!(
        text.contains("number 0 is `flying`") && text.contains(first),
        "{text}"
    );
}

#[test]
fn manifests_that_are_none_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("bundle.toml");
    for bytes in [
        &b""[..],
        b"\0\0\0",
        b"format = 1",
        b"[[[",
        "ä = 1".as_bytes(),
        &[0xff; 64],
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(refusal(place.path()).contains("bundle.toml"));
    }
    fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
    assert!(refusal(place.path()).contains("larger"));
}

#[test]
fn a_folder_that_is_no_bundle_is_not_overwritten() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("precious.txt"), "keep").unwrap();
    let parts = Parts {
        name: "x".into(),
        about: String::new(),
        seen: Vec::new(),
        clip: ClipConfig::uniform(1, 16),
        view: FeatureView::Fused,
        measures: None,
        streams: std::array::from_fn(|_| "none.safetensors".into()),
        synse: "none".into(),
        gate: "none".into(),
        download: None,
    };
    let text = assemble(place.path(), &parts).unwrap_err().to_string();
    assert!(text.contains("is no bundle"), "{text}");
    assert!(place.path().join("precious.txt").exists());
    // A part that is missing leaves nothing behind.
    let text = assemble(&place.path().join("new"), &parts)
        .unwrap_err()
        .to_string();
    assert!(text.contains("none.safetensors"), "{text}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}
