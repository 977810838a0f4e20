//! Clips against what the original preparation code makes of the same files, and activity of people real and made.

use ndarray::Array5;
use proptest::prelude::*;
use std::path::PathBuf;
use synse::capture::clip_store::ClipStore;
use synse::capture::demo::Demo;
use synse::capture::ntu_skeleton;
use synse::skeleton::{Body, Frame, JOINT_COUNT, Tracking};
use synse::window::RULES;
use synse::window::activity::{Activity, ActivityDetector};
use synse::window::clip::{Clip, ClipConfig, Stream};
use synse::window::sliding::{Identities, Pushed, SlidingWindow};

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

#[test]
fn the_demo_performers_actions_are_found_and_its_pauses_are_idle() {
    let mut demo = Demo::new(7);
    let mut detector = ActivityDetector::default();
    // The action that is performed, its first frame's time, and when the detector says that it began.
    let mut now: Option<(&str, u64, Option<u64>)> = None;
    let (mut actions, mut still_micros) = (0, 0);
    for _ in 0..6000 {
        let frame = demo.perform();
        let state = detector.push(&frame.bodies[0], frame.timestamp_micros);
        let acting = state.activity == Activity::Acting;
        match (&mut now, demo.performing()) {
            (None, Some(phrase)) => now = Some((phrase, frame.timestamp_micros, None)),
            (Some((.., found)), Some(_)) => *found = found.or(acting.then_some(state.since_micros)),
            (Some((phrase, began, found)), None) => {
                let found = found.unwrap_or_else(|| panic!("{phrase} was not noticed"));
                let late = (found as f64 - *began as f64) * 1e-6;
                assert!(
                    (-0.2..1.0).contains(&late),
                    "{phrase} was noticed {late} s after it began"
                );
                actions += 1;
                (now, still_micros) = (None, frame.timestamp_micros);
            }
            (None, None) => {
                let still = frame.timestamp_micros - still_micros;
                assert!(still < 900_000 || !acting, "acting {still} us into a pause");
            }
        }
    }
    assert!(actions > 30);
}

#[test]
fn every_real_clip_holds_an_action_that_begins_early() {
    let Some(store) = shared("data/kinect/actions.csv") else {
        return;
    };
    let store = ClipStore::open(store).unwrap();
    let (mut clips, mut found, mut segments) = (0, 0, 0);
    for entry in store.clips.iter().step_by(25) {
        let mut detector = ActivityDetector::default();
        let mut before = Activity::Idle;
        let mut begins = 0;
        for frame in store.frames_of(entry).unwrap() {
            for body in &frame.bodies {
                let state = detector.push(body, frame.timestamp_micros);
                begins +=
                    usize::from(before == Activity::Idle && state.activity == Activity::Acting);
                before = state.activity;
            }
        }
        clips += 1;
        found += usize::from(begins > 0);
        segments += begins;
    }
    assert_eq!(found, clips, "each clip shows an action");
    assert!(
        segments * 10 < clips * 17,
        "{segments} actions found in {clips} clips"
    );
}

#[test]
fn a_window_of_the_demo_makes_clips() {
    let mut demo = Demo::new(1);
    let mut window = SlidingWindow::new(3.0);
    for index in 0..200 {
        let frame = demo.perform();
        let pushed = window.push(&frame.bodies[0], frame.timestamp_micros);
        assert_eq!(pushed == Pushed::Restarted, index == 0);
    }
    let clip = window.clip(&ClipConfig::default()).unwrap();
    assert!((2.9..=3.0).contains(&window.seconds()));
    let motion = clip.stream(Stream::JointMotion);
    assert!(motion.iter().any(|x| x.abs() > 0.01) && motion.iter().all(|x| x.abs() < 1.0));
}

#[test]
fn real_recordings_open() {
    let Some(path) = shared("data/kinect/actions.csv") else {
        return;
    };
    let store = ClipStore::open(path).unwrap();
    assert_eq!(store.clips.len(), 2475);
    // The performers face the sensor: their left is where x is smaller, their head above the feet.
    let mut facing = 0;
    let mut frames = 0;
    for entry in store.clips.iter().step_by(50) {
        for joints in store.joints_of(entry).unwrap() {
            frames += 1;
            facing += usize::from(joints[4][0] < joints[8][0] && joints[3][1] > joints[15][1]);
        }
    }
    assert!(facing * 10 > frames * 8, "{facing} of {frames}");
}

/// Frames as no tracker should send them: any clock, ids that come and go, positions that are none.
fn wild_frames() -> impl Strategy<Value = Vec<Frame>> {
    let value = prop_oneof![
        8 => -3.0_f32..3.0,
        1 => Just(0.0),
        1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::MAX), Just(999.0)],
    ];
    let body = (
        0_u64..4,
        proptest::collection::vec(-3.0_f32..3.0, JOINT_COUNT * 3),
        value,
        0..JOINT_COUNT,
    );
    let body = body.prop_map(|(id, values, odd, at)| {
        let mut body = Body::tracked(id, [[0.0; 3]; JOINT_COUNT]);
        body.joints.as_flattened_mut().copy_from_slice(&values);
        body.joints[at][at % 3] = odd;
        body.tracking[at] = Tracking::NotTracked;
        body
    });
    let clock = prop_oneof![6 => 0_u64..2_000_000, 1 => any::<u64>()];
    let frame = (clock, proptest::collection::vec(body, 0..3));
    let frame = frame.prop_map(|(timestamp_micros, bodies)| Frame {
        timestamp_micros,
        bodies,
    });
    proptest::collection::vec(frame, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_tracker_sends_clips_are_numbers(mut frames in wild_frames(), length in 1_usize..80) {
        for config in [ClipConfig::uniform(1, length), ClipConfig::uniform(2, length), ClipConfig::ntu()] {
            if let Ok(clip) = Clip::from_frames(&frames, &config) {
                prop_assert_eq!(clip.joints.len(), config.bodies * config.frames * JOINT_COUNT * 3);
                prop_assert!(clip.joints.iter().all(|x| x.is_finite()));
            }
        }
        let mut identities = Identities::default();
        let mut window = SlidingWindow::new(1.0);
        let mut detector = ActivityDetector::default();
        for frame in &mut frames {
            identities.rename(frame);
            for body in &frame.bodies {
                window.push(body, frame.timestamp_micros);
                prop_assert!(detector.push(body, frame.timestamp_micros).speed.is_finite());
            }
        }
        if !window.is_empty() {
            prop_assert!(window.clip(&ClipConfig::uniform(1, length)).is_ok());
        }
    }
}

/// What measures and rules say of everything that the demo performs, with their version before it.
fn said_of_the_demo() -> String {
    let mut demo = Demo::new(1);
    let mut acts: Vec<(&str, Vec<Frame>)> = Demo::phrases().map(|act| (act, Vec::new())).collect();
    let mut before = None;
    let mut begun = Vec::new();
    // Ten minutes are enough for all.
    for _ in 0..18_000 {
        if acts.iter().all(|(_, frames)| !frames.is_empty()) {
            break;
        }
        let frame = demo.perform();
        let now = demo.performing();
        if now != before {
            let ended = std::mem::take(&mut begun);
            let act = acts.iter_mut().find(|(act, _)| Some(*act) == before);
            if let Some((_, frames)) = act.filter(|(_, frames)| frames.is_empty()) {
                *frames = ended;
            }
            before = now;
        }
        begun.push(frame);
    }
    let row = |(act, frames): &(&str, Vec<Frame>)| {
        let clip = Clip::from_frames(frames, &ClipConfig::uniform(1, 48)).unwrap();
        let values = [clip.measures.unwrap(), clip.card.unwrap()].concat();
        let values: Vec<String> = values.iter().map(|value| format!("{value:.4}")).collect();
        format!("{act},{}\n", values.join(","))
    };
    let rows: String = acts.iter().map(row).collect();
    format!("rules {RULES}\n{rows}")
}

/// Bundles were fitted to these numbers, and nothing else would notice that they change.
#[test]
fn measures_and_cards_are_those_that_bundles_were_fitted_to() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rules.csv");
    let said = said_of_the_demo();
    let mut golden = std::fs::read_to_string(&path).unwrap();
    if let Ok(why) = std::env::var("UPDATE_GOLDEN") {
        let raised = golden.lines().next() != said.lines().next();
        assert!(why == "demo" || raised, "raise `window::RULES` first");
        std::fs::write(&path, &said).unwrap();
        golden.clone_from(&said);
    }
    let rows = || golden.lines().zip(said.lines());
    assert_eq!(golden.lines().count(), said.lines().count());
    for (before, now) in rows() {
        let (before, now) = (before.split(','), now.split(','));
        assert_eq!(before.clone().count(), now.clone().count());
        for (column, (before, now)) in before.zip(now).enumerate() {
            let alike = match (before.parse::<f32>(), now.parse::<f32>()) {
                (Ok(before), Ok(now)) => (before - now).abs() <= 2e-3 * before.abs().max(1.0),
                _ => before == now,
            };
            assert!(
                alike,
                "column {column}: {before} was, {now} is. Where a rule or a measure changed: raise `window::RULES`, fit both \
                 bundles anew (models/README.md), and run this test with UPDATE_GOLDEN=rules; where the demo changed, UPDATE_GOLDEN=demo"
            );
        }
    }
}
