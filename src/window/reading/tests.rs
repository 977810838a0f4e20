//! Movements that leave no doubt, and what is read of them.

use super::{READ, read};
use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use crate::window::geometry::standing;
use std::f32::consts::{PI, TAU};

/// Two seconds and a half of a camera's frames.
const FRAMES: usize = 75;

/// A movement from `t` = 0 to 1.
fn track(pose: impl Fn(f32) -> Joints) -> Vec<Joints> {
    let at = |frame: usize| pose(frame as f32 / (FRAMES - 1) as f32);
    (0..FRAMES).map(at).collect()
}

fn seconds(frames: usize) -> Vec<f64> {
    (0..frames).map(|frame| frame as f64 / 30.0).collect()
}

pub(super) fn card(track: &[Joints]) -> Vec<f32> {
    read(&seconds(track.len()), track)
}

fn of(card: &[f32], name: &str) -> f32 {
    card[READ.iter().position(|read| *read == name).unwrap()]
}

/// There and back once.
fn once(t: f32) -> f32 {
    (1.0 - (TAU * t).cos()) / 2.0
}

fn moved(mut joints: Joints, joint: Joint, by: [f32; 3]) -> Joints {
    for (value, by) in joints[joint as usize].iter_mut().zip(by) {
        *value += by;
    }
    joints
}

/// Everything but what is below the hips.
fn upper(joint: usize) -> bool {
    !(Joint::HipLeft as usize..=Joint::FootRight as usize).contains(&joint)
}

fn lifted(joints: Joints, by: f32, which: impl Fn(usize) -> bool) -> Joints {
    std::array::from_fn(|joint| {
        let [x, y, z] = joints[joint];
        [x, if which(joint) { y + by } else { y }, z]
    })
}

fn turned(joints: Joints, angle: f32) -> Joints {
    let (sin, cos) = angle.sin_cos();
    joints.map(|[x, y, z]| {
        let z = z - 2.5;
        [cos * x + sin * z, y, 2.5 + cos * z - sin * x]
    })
}

fn jumping() -> Vec<Joints> {
    track(|t| lifted(standing(), 0.3 * once(t).powi(4), |_| true))
}

/// A hand to and fro, once while `t` goes from one whole number to the next.
fn waving(t: f32) -> Joints {
    let joints = moved(standing(), Joint::ElbowRight, [0.15, 0.3, 0.0]);
    let swing = 0.25 * (TAU * t).sin();
    moved(joints, Joint::WristRight, [0.15 + swing, 0.75, 0.0])
}

fn raising() -> Vec<Joints> {
    track(|t| {
        let up = once(t);
        let joints = moved(standing(), Joint::ElbowRight, [0.05 * up, 0.5 * up, 0.0]);
        moved(joints, Joint::WristRight, [0.05 * up, up, 0.0])
    })
}

/// Each movement, what must be seen of it, and what must not.
pub(super) type Case = (
    &'static str,
    Vec<Joints>,
    &'static [&'static str],
    &'static [&'static str],
);

pub(super) fn cases() -> Vec<Case> {
    vec![
        (
            "jump",
            jumping(),
            &["jumps"],
            &["travels", "body_on_floor", "one_arm", "turns_around"],
        ),
        (
            "stand",
            track(|_| standing()),
            &["small_motion"],
            &[
                "jumps",
                "fast",
                "both_arms",
                "one_arm",
                "repeated",
                "travels",
            ],
        ),
        (
            "raise a hand",
            raising(),
            &["one_arm", "hands_overhead", "right_limb"],
            &[
                "both_arms",
                "jumps",
                "hips_lower",
                "leg_forward",
                "clockwise",
            ],
        ),
        (
            "wave a hand",
            track(|t| waving(5.0 * t)),
            &["one_arm", "repeated", "sideways"],
            &["both_arms", "travels", "circular", "up_and_down"],
        ),
        (
            "draw a circle",
            track(|t| {
                let (sin, cos) = (TAU * t).sin_cos();
                let joints = moved(standing(), Joint::ElbowRight, [0.0, 0.2, -0.2]);
                moved(
                    joints,
                    Joint::WristRight,
                    [0.25 * cos, 0.5 + 0.25 * sin, -0.6],
                )
            }),
            &[
                "circular",
                "one_arm",
                "reaches_forward",
                "draws_in_the_air",
                "right_limb",
                "counterclockwise",
            ],
            &["both_arms", "hands_low", "repeated", "to_the_left"],
        ),
        (
            "turn around",
            track(|t| turned(standing(), TAU * t)),
            &["turns_around", "to_the_left", "counterclockwise"],
            &["travels", "torso_twists", "one_arm", "goes_forward"],
        ),
        (
            "walk",
            track(|t| {
                let swing = 0.25 * (3.0 * TAU * t).sin();
                let mut joints = standing();
                for (joint, by) in [
                    (Joint::AnkleLeft, swing),
                    (Joint::KneeLeft, swing / 2.0),
                    (Joint::AnkleRight, -swing),
                    (Joint::KneeRight, -swing / 2.0),
                ] {
                    joints = moved(joints, joint, [0.0, 0.1 * by.max(0.0), by]);
                }
                joints.map(|[x, y, z]| [x, y, z - 2.0 * t])
            }),
            &["travels", "steps", "goes_forward"],
            &["jumps", "turns_around", "hips_lower", "left_limb"],
        ),
        (
            "sit down",
            track(|t| lifted(standing(), -0.35 * t, upper)),
            &["hips_lower"],
            &["hips_rise", "jumps", "travels"],
        ),
        (
            "stand up",
            track(|t| lifted(standing(), -0.35 * (1.0 - t), upper)),
            &["hips_rise"],
            &["hips_lower", "jumps", "travels"],
        ),
        (
            "kick",
            track(|t| {
                let joints = moved(
                    standing(),
                    Joint::KneeRight,
                    [0.0, 0.1 * once(t), -0.3 * once(t)],
                );
                moved(
                    joints,
                    Joint::AnkleRight,
                    [0.0, 0.3 * once(t), -0.65 * once(t)],
                )
            }),
            &["leg_forward", "right_limb"],
            &["leg_sideways", "leg_backward", "travels", "both_arms"],
        ),
        (
            "bow",
            track(|t| {
                let (sin, cos) = (once(t) * PI / 3.0).sin_cos();
                let mut joints = standing();
                for joint in (0..JOINT_COUNT).filter(|&joint| upper(joint)) {
                    let [x, y, _] = joints[joint];
                    joints[joint] = [x, y * cos, 2.5 - y * sin];
                }
                joints
            }),
            &["torso_bends_forward"],
            &[
                "torso_leans_back",
                "torso_leans_sideways",
                "jumps",
                "travels",
            ],
        ),
        (
            "swipe",
            // A hand is raised, goes from right to left, and is taken down.
            track(|t| {
                let raised = (3.0 * t.min(1.0 - t)).min(1.0);
                let along = 0.35 - 0.7 * ((t - 0.4) / 0.2).clamp(0.0, 1.0);
                let joints = moved(standing(), Joint::ElbowRight, [0.0, 0.2 * raised, -0.2]);
                moved(
                    joints,
                    Joint::WristRight,
                    [along, 0.5 * raised, -0.5 * raised],
                )
            }),
            &["one_arm", "right_limb", "to_the_left"],
            &["both_arms", "to_the_right", "left_limb"],
        ),
        (
            "lean to the right",
            track(|t| {
                let (sin, cos) = (0.5 * once(t)).sin_cos();
                let mut joints = standing();
                for joint in (0..JOINT_COUNT).filter(|&joint| upper(joint)) {
                    let [x, y, z] = joints[joint];
                    joints[joint] = [x * cos + y * sin, y * cos - x * sin, z];
                }
                joints
            }),
            &["torso_leans_sideways", "to_the_right"],
            &["travels", "left_limb", "right_limb", "goes_backward"],
        ),
        (
            "step back",
            track(|t| standing().map(|[x, y, z]| [x, y, z + 0.6 * t])),
            &["goes_backward"],
            &["to_the_left", "to_the_right", "jumps"],
        ),
        (
            "stand like a T",
            track(|_| {
                let mut joints = standing();
                for (elbow, wrist, x) in [
                    (Joint::ElbowLeft, Joint::WristLeft, -1.0),
                    (Joint::ElbowRight, Joint::WristRight, 1.0),
                ] {
                    joints[elbow as usize] = [0.45 * x, 0.5, 2.5];
                    joints[wrist as usize] = [0.7 * x, 0.5, 2.5];
                }
                joints
            }),
            &[
                "arms_outstretched",
                "both_arms",
                "symmetric",
                "hands_at_shoulder_height",
            ],
            &["hands_overhead", "jumps", "one_arm", "fast"],
        ),
        (
            "lie",
            // On a side, where the lines across the body point up and down, and no tracker is still.
            track(|t| {
                let mut tremble = (1_000.0 * t) as u32;
                standing().map(|[x, y, z]| {
                    tremble = tremble.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let by = (tremble >> 16) as f32 / 65_536.0 * 0.01 - 0.005;
                    [y + by, x - 0.8 - by, z + by]
                })
            }),
            &["body_on_floor"],
            &["jumps", "travels", "turns_around", "torso_twists"],
        ),
    ]
}

#[test]
fn what_a_body_does_is_read_from_its_joints() {
    for (name, track, seen, unseen) in cases() {
        let card = card(&track);
        for attribute in seen {
            assert!(
                of(&card, attribute) > 0.5,
                "{name}: {attribute} {}",
                of(&card, attribute)
            );
        }
        for attribute in unseen {
            assert!(
                of(&card, attribute) < 0.4,
                "{name}: {attribute} {}",
                of(&card, attribute)
            );
        }
    }
}

#[test]
fn where_the_camera_stands_how_large_one_is_and_how_often_it_looks_change_little() {
    // Who lies faces nowhere.
    for (name, track, ..) in cases().into_iter().filter(|case| case.0 != "lie") {
        let seen = card(&track);
        let alike = |what: &str, other: &[f32], most: f32| {
            for (attribute, (a, b)) in READ.iter().zip(seen.iter().zip(other)) {
                assert!((a - b).abs() < most, "{name}, {what}: {attribute} {a} {b}");
            }
        };
        let elsewhere: Vec<Joints> = (track.iter())
            .map(|joints| turned(*joints, 0.7).map(|[x, y, z]| [x + 1.0, y - 0.6, z]))
            .collect();
        // The path of a hand that hardly moves has hardly a form.
        alike("turned", &card(&elsewhere), 0.02);
        let child: Vec<Joints> = track
            .iter()
            .map(|joints| joints.map(|place| place.map(|x| 0.6 * x)))
            .collect();
        alike("a child", &card(&child), 0.02);
        // Every second frame, at half the rate.
        let sparse: Vec<Joints> = track.iter().step_by(2).copied().collect();
        let times: Vec<f64> = seconds(FRAMES).into_iter().step_by(2).collect();
        alike("half the frames", &read(&times, &sparse), 0.15);
    }
}

#[test]
fn a_slow_camera_is_no_slow_movement() {
    let track = raising();
    let slowly: Vec<f64> = seconds(FRAMES).iter().map(|time| 4.0 * time).collect();
    let (usual, slow) = (card(&track), read(&slowly, &track));
    assert!(
        of(&slow, "slow") > of(&usual, "slow") + 0.3,
        "{} {}",
        of(&slow, "slow"),
        of(&usual, "slow")
    );
    // Without times that anybody could believe, a camera's usual rate is meant.
    let counted: Vec<f64> = (0..FRAMES).map(|frame| frame as f64).collect();
    assert_eq!(read(&counted, &track), usual);
    assert_eq!(read(&vec![0.0; FRAMES], &track), usual);
}

#[test]
fn what_goes_on_for_a_minute_is_what_it_is_for_a_moment() {
    let minute: Vec<Joints> = (0..1_800)
        .map(|frame| waving(frame as f32 / 15.0))
        .collect();
    let (long, short) = (card(&minute), card(&minute[..FRAMES]));
    for name in ["repeated", "sideways", "one_arm", "fast"] {
        let (long, short) = (of(&long, name), of(&short, name));
        assert!((long - short).abs() < 0.15, "{name}: {long} {short}");
    }
    assert!(of(&long, "repeated") > 0.9);
}

#[test]
fn there_is_a_card_of_everything_and_all_of_it_are_shares() {
    let nowhere = [[0.0; 3]; JOINT_COUNT];
    let mut gone = jumping();
    gone[7] = nowhere;
    let mut late = jumping();
    late[..20].fill(nowhere);
    for track in [
        Vec::new(),
        vec![nowhere; 5],
        vec![standing()],
        vec![standing(); 2],
        vec![[[1.0, 2.0, 3.0]; JOINT_COUNT]; 9],
        vec![[[-1000.0, 1000.0, 1000.0]; JOINT_COUNT]; 2],
        gone,
        late,
        vec![standing(); 6_000],
    ] {
        let card = card(&track);
        assert_eq!(card.len(), READ.len());
        assert!(
            card.iter().all(|value| (0.0..=1.0).contains(value)),
            "{card:?}"
        );
    }
    assert!(card(&[]).iter().all(|value| *value == 0.0));
    assert!(read(&[], &jumping()).iter().all(|value| *value == 0.0));
}

#[test]
fn a_joint_that_was_lost_for_a_moment_does_nothing() {
    let track = vec![standing(); FRAMES];
    let mut lost = track.clone();
    for joints in &mut lost[30..33] {
        joints[Joint::WristRight as usize] = [0.0; 3];
    }
    assert_eq!(card(&lost), card(&track));
}
