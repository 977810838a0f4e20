//! Left and right, clockwise and not, from typed words to an answer, by the model that comes with the program.

use crate::cli::{expect, lines, text_encoder};
use crate::fakes::{clip_entry, write_store};
use std::f32::consts::TAU;
use synse::skeleton::{JOINT_COUNT, Joint, Joints};

/// Two seconds and a half.
const FRAMES: usize = 75;

/// Somebody who stands upright before the camera, the right hand where it is told: metres from the right shoulder to the
/// performer's left, up, and to the front.
fn performer(hand: [f32; 3]) -> Joints {
    let mut joints = [[0.0; 3]; JOINT_COUNT];
    let mut set = |joint: Joint, x: f32, y: f32, z: f32| joints[joint as usize] = [x, y, 2.5 - z];
    for (joint, y) in [
        (Joint::SpineBase, -0.1),
        (Joint::SpineMid, 0.2),
        (Joint::SpineShoulder, 0.42),
        (Joint::Neck, 0.5),
        (Joint::Head, 0.65),
    ] {
        set(joint, 0.0, y, 0.0);
    }
    for (joint, x, y, z) in [
        (Joint::ShoulderLeft, -0.18, 0.4, 0.0),
        (Joint::ElbowLeft, -0.22, 0.12, 0.0),
        (Joint::WristLeft, -0.22, -0.12, 0.05),
        (Joint::HandLeft, -0.22, -0.2, 0.06),
        (Joint::HandTipLeft, -0.22, -0.27, 0.06),
        (Joint::ThumbLeft, -0.2, -0.2, 0.09),
        (Joint::HipLeft, -0.08, -0.12, 0.0),
        (Joint::KneeLeft, -0.1, -0.5, 0.02),
        (Joint::AnkleLeft, -0.1, -0.88, 0.0),
        (Joint::FootLeft, -0.1, -0.92, 0.1),
        (Joint::ShoulderRight, 0.18, 0.4, 0.0),
        (Joint::HipRight, 0.08, -0.12, 0.0),
        (Joint::KneeRight, 0.1, -0.5, 0.02),
        (Joint::AnkleRight, 0.1, -0.88, 0.0),
        (Joint::FootRight, 0.1, -0.92, 0.1),
    ] {
        set(joint, x, y, z);
    }
    let [aside, up, front] = hand;
    // The elbow hangs below the middle of the way.
    set(
        Joint::ElbowRight,
        0.22 - aside / 2.0,
        0.4 + up / 2.0 - 0.08,
        front / 2.0,
    );
    for (joint, beyond) in [
        (Joint::WristRight, 1.0),
        (Joint::HandRight, 1.1),
        (Joint::ThumbRight, 1.1),
        (Joint::HandTipRight, 1.2),
    ] {
        set(
            joint,
            0.18 - aside * beyond,
            0.4 + up * beyond,
            front * beyond,
        );
    }
    joints
}

/// The same in a mirror.
fn mirrored(joints: &Joints) -> Joints {
    let mut mirrored = joints.map(|[x, y, z]| [-x, y, z]);
    for (left, right) in [
        (Joint::ShoulderLeft, Joint::ShoulderRight),
        (Joint::ElbowLeft, Joint::ElbowRight),
        (Joint::WristLeft, Joint::WristRight),
        (Joint::HandLeft, Joint::HandRight),
        (Joint::HandTipLeft, Joint::HandTipRight),
        (Joint::ThumbLeft, Joint::ThumbRight),
        (Joint::HipLeft, Joint::HipRight),
        (Joint::KneeLeft, Joint::KneeRight),
        (Joint::AnkleLeft, Joint::AnkleRight),
        (Joint::FootLeft, Joint::FootRight),
    ] {
        mirrored.swap(left as usize, right as usize);
    }
    mirrored
}

/// A movement of the right hand, whose parts last a share of the time each.
fn track(hand: impl Fn(f32) -> [f32; 3]) -> Vec<Joints> {
    let at = |frame: usize| performer(hand(frame as f32 / (FRAMES - 1) as f32));
    (0..FRAMES).map(at).collect()
}

/// 0 before, 1 after, and smooth between.
fn ease(t: f32, from: f32, to: f32) -> f32 {
    let t = ((t - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn raising() -> Vec<Joints> {
    track(|t| {
        let up = ease(t, 0.1, 0.4) - ease(t, 0.7, 1.0);
        [-0.05, -0.5 + 1.0 * up, 0.1 * up]
    })
}

/// A raised hand goes across, from the side of its shoulder to the other.
fn swiping() -> Vec<Joints> {
    track(|t| {
        let up = ease(t, 0.0, 0.25) - ease(t, 0.75, 1.0);
        let across = ease(t, 0.4, 0.6);
        [-0.2 + 0.55 * across, -0.5 + 0.45 * up, 0.05 + 0.4 * up]
    })
}

/// Around twice, from the side of the shoulder over the top to the other side.
fn circling() -> Vec<Joints> {
    track(|t| {
        let up = ease(t, 0.0, 0.15) - ease(t, 0.85, 1.0);
        let (sin, cos) = (2.0 * TAU * ease(t, 0.15, 0.85)).sin_cos();
        let (aside, above) = (0.08 - 0.2 * cos, 0.05 + 0.2 * sin);
        [aside * up, -0.5 + (0.5 + above) * up, 0.4 * up]
    })
}

#[test]
fn a_phrase_is_met_on_its_own_side_and_way() {
    if !text_encoder() {
        return;
    }
    let pairs = [
        ("raise the right hand", "raise the left hand", raising()),
        ("swipe left", "swipe right", swiping()),
        (
            "draw a circle counterclockwise",
            "draw a circle clockwise",
            circling(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let mut clips = Vec::new();
    for (index, (_, _, track)) in pairs.iter().enumerate() {
        let turned: Vec<Joints> = track.iter().map(mirrored).collect();
        clips.push((clip_entry(&format!("as-said-{index}")), track.clone()));
        clips.push((clip_entry(&format!("mirrored-{index}")), turned));
    }
    let store = folder.path().join("sides");
    write_store(&store, &clips);
    let store = store.with_extension("safetensors");
    let mut args = vec!["classify", store.to_str().unwrap(), "--json"];
    args.extend(["--among", "unseen", "--device", "cpu"]);
    for (said, other, _) in &pairs {
        args.extend(["--phrase", said, "--phrase", other]);
    }
    let objects = lines(&expect(0, args).0);
    assert_eq!(objects.len(), clips.len());
    for ((entry, _), object) in clips.iter().zip(&objects) {
        let (way, index) = entry.clip.rsplit_once('-').unwrap();
        let (said, other, _) = &pairs[index.parse::<usize>().unwrap()];
        let expected = if way == "mirrored" { other } else { said };
        let best = object["ranking"][0]["phrase"].as_str().unwrap();
        assert_eq!(best, *expected, "{}: {}", entry.clip, object["ranking"]);
    }
}
