//! BVH as Blender opens it, and as it writes it.

use super::{apart, exported};
use std::path::Path;
use std::process::Command;
use synse::capture::clip_store::ClipStore;
use synse::recording::export::Format;
use synse::recording::import::{ImportOptions, read};
use synse::recording::take::Take;

/// With `SYNSE_BLENDER_PYTHON` naming a Python that has PyPI's `bpy`, which is Blender (500 MB, so that nothing installs it by
/// itself: `pip install bpy==4.2.0` in a Python 3.11), clips of every data set are opened there, their bones are compared with
/// the joints in every frame, and what Blender then writes is read again.
#[test]
fn blender_shows_every_joint_where_it_was_and_what_it_writes_is_read() {
    let Some(python) = std::env::var_os("SYNSE_BLENDER_PYTHON") else {
        println!("SYNSE_BLENDER_PYTHON is not set: passed over");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(store) = ClipStore::open(root.join("../shared/data/kinect/actions")) else {
        println!("skipped: ../shared/data/kinect is not here");
        return;
    };
    for entry in store.clips.iter().step_by(store.clips.len() / 6) {
        let take = Take::from_clip(entry, store.frames_of(entry).unwrap());
        let [(_bvh, bvh), (csv_folder, csv)] = [Format::Bvh, Format::Csv].map(|format| {
            let (folder, exported) = exported(std::slice::from_ref(&take), format);
            (folder, exported.paths[0].clone())
        });
        let again = csv_folder.path().join("again.bvh");
        let output = Command::new(&python)
            .arg(root.join("tests/it/exchange/blender.py"))
            .args([&bvh, &csv, &again])
            .output()
            .unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{}: {out}\n{err}", entry.clip);
        let told = out.lines().rfind(|line| line.ends_with(" mm")).unwrap();
        println!("{}: {told}", entry.clip);
        let back = read(&again, &ImportOptions::default()).unwrap().remove(0);
        let off = apart(&back, &take);
        assert!(off < 1e-4, "{}: {off} m", entry.clip);
        assert!((back.fps - take.fps).abs() < 0.01, "{}", back.fps);
    }
}
