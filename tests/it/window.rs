//! Clips against what the original preparation code makes of the same files.

use ndarray::Array5;
use std::path::PathBuf;
use synse::capture::clip_store::ClipStore;
use synse::capture::ntu_skeleton;
use synse::skeleton::JOINT_COUNT;
use synse::window::clip::{Clip, ClipConfig, Stream};

/// The shared data, where it is at hand.
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
fn shared(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

/// Largest difference of one stream from the reference, laid out `[clip][axis][frame][joint][body]`.
fn largest_difference(clip: &Clip, stream: Stream, reference: &Array5<f32>, index: usize) -> f32 {
    let values = clip.stream(stream);
    let mut largest = 0.0_f32;
    for body in 0..clip.bodies {
        for frame in 0..clip.frames {
            for joint in 0..JOINT_COUNT {
                for axis in 0..3 {
                    let ours =
                        values[((body * clip.frames + frame) * JOINT_COUNT + joint) * 3 + axis];
                    largest =
                        largest.max((ours - reference[[index, axis, frame, joint, body]]).abs());
                }
            }
        }
    }
    largest
}

#[test]
fn streams_are_those_of_the_original() {
    let Some(folder) = shared("reference/shift-gcn/preprocess") else {
        return;
    };
    let files = [
        "S001C001P001R001A011",
        "S001C001P004R001A055",
        "S001C002P002R001A050",
        "S001C003P003R001A027",
    ];
    let clips: Vec<Clip> = files
        .iter()
        .map(|file| {
            let frames = ntu_skeleton::read(folder.join(file).with_extension("skeleton")).unwrap();
            Clip::from_frames(&frames, &ClipConfig::ntu()).unwrap()
        })
        .collect();
    for (stream, name) in
        Stream::ALL
            .into_iter()
            .zip(["joint", "bone", "joint_motion", "bone_motion"])
    {
        let reference: Array5<f32> =
            ndarray_npy::read_npy(folder.join(name).with_extension("npy")).unwrap();
        for (index, (clip, file)) in clips.iter().zip(files).enumerate() {
            let largest = largest_difference(clip, stream, &reference, index);
            assert!(largest < 1e-5, "{file} {name}: {largest}");
        }
    }
}

#[test]
fn real_clips_become_the_networks_input() {
    let Some(store) = shared("data/kinect/actions.csv") else {
        return;
    };
    let store = ClipStore::open(store).unwrap();
    for entry in store.clips.iter().step_by(97) {
        let frames = store.frames_of(entry).unwrap();
        let clip = Clip::from_frames(&frames, &ClipConfig::default()).unwrap();
        let from_joints =
            Clip::from_joints(&store.joints_of(entry).unwrap(), &ClipConfig::default()).unwrap();
        for (a, b) in clip.joints.iter().zip(&from_joints.joints) {
            assert!((a - b).abs() < 1e-3, "{}: {a} {b}", entry.clip);
        }
        assert!(clip.joints.iter().all(|x| x.abs() < 4.0), "{}", entry.clip);
    }
}
