//! The Kinect v2's client over a sensor that answers what a test says.

use super::*;
use crate::capture::kinect_v2::{Hresult, V2Joint};
use crate::skeleton::Joint;
use std::collections::VecDeque;

/// A sensor that answers what it was told to, and then that nothing is new.
#[derive(Debug, Default)]
struct Fake {
    answers: VecDeque<Result<V2Frame, Hresult>>,
    unavailable_for: u32,
    waits: u32,
}

impl Kinect20 for Fake {
    fn is_available(&mut self) -> Result<bool, Hresult> {
        self.unavailable_for = self.unavailable_for.saturating_sub(1);
        Ok(self.unavailable_for == 0)
    }

    fn unique_id(&mut self) -> Option<String> {
        Some("091506243047".to_owned())
    }

    fn wait_for_frame(&mut self, timeout_millis: u32) {
        assert_eq!(timeout_millis, WAIT_MILLIS);
        self.waits += 1;
    }

    fn acquire_latest_frame(&mut self) -> Result<V2Frame, Hresult> {
        self.answers.pop_front().unwrap_or(Err(E_PENDING))
    }
}

fn person(id: u64) -> V2Body {
    let mut body = V2Body {
        is_tracked: 1,
        tracking_id: id,
        hand_left: 2,
        hand_right: 4,
        ..V2Body::default()
    };
    for (index, joint) in (0_i32..).zip(&mut body.joints) {
        *joint = V2Joint {
            // In another order than ours, as nothing promises one.
            joint_type: 24 - index,
            position: [index as f32, -1.0, 2.5],
            tracking_state: index % 3,
        };
    }
    body
}

#[expect(clippy::unnecessary_wraps, reason = "it is an answer of the fake's")]
fn frame(bodies: Vec<V2Body>) -> Result<V2Frame, Hresult> {
    Ok(V2Frame {
        relative_time: 12_345_678,
        floor_clip_plane: [0.0, 0.8, -0.6, 1.1],
        bodies,
    })
}

fn start(answers: Vec<Result<V2Frame, Hresult>>) -> KinectV2<Fake> {
    KinectV2::start(Fake {
        answers: answers.into(),
        ..Fake::default()
    })
    .unwrap()
}

#[test]
fn tracked_bodies_come_with_joints_hands_and_floor() {
    let empty = V2Body::default();
    let mut lost = person(9);
    lost.joints[3].position[1] = f32::NEG_INFINITY;
    let id = 72_057_594_037_931_102;
    let mut source = start(vec![
        frame(vec![empty, person(id), empty, lost, empty, empty]),
        frame(vec![]),
    ]);
    assert_eq!(
        (source.name().as_str(), source.floor()),
        ("Kinect v2 091506243047", None)
    );
    let seen = source.next_frame().unwrap().unwrap();
    assert_eq!((seen.timestamp_micros, seen.bodies.len()), (1_234_567, 1));
    let body = &seen.bodies[0];
    assert_eq!(body.id, id);
    assert_eq!(body.joint(Joint::SpineBase), [24.0, -1.0, 2.5]);
    assert_eq!(body.joint(Joint::ThumbRight), [0.0, -1.0, 2.5]);
    let states = [Joint::ThumbRight, Joint::HandTipRight, Joint::ThumbLeft]
        .map(|joint| body.tracking[joint as usize]);
    assert_eq!(
        states,
        [Tracking::NotTracked, Tracking::Inferred, Tracking::Tracked]
    );
    let hands = |body: u64| Hands {
        body,
        left: Hand::Open,
        right: Hand::Lasso,
    };
    assert_eq!(source.hands(), [hands(id), hands(9)]);
    assert_eq!(source.floor(), Some([0.0, 0.8, -0.6, 1.1]));
    let up = source.up().unwrap();
    assert!((up[1] - 0.8).abs() < 1e-6 && (up[2] + 0.6).abs() < 1e-6);
    assert!(source.next_frame().unwrap().unwrap().bodies.is_empty());
    assert!(source.hands().is_empty());
}

#[test]
fn up_does_not_tremble_with_the_floor_and_outlives_its_sight() {
    let seen = |degrees: f32| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Ok(V2Frame {
            floor_clip_plane: [0.0, cos, -sin, 1.1],
            ..V2Frame::default()
        })
    };
    let trembling = (0..60).map(|index| seen(10.0 + 0.4 * (index % 2) as f32));
    let hidden = (0..5).map(|_| {
        frame(vec![]).map(|seen: V2Frame| V2Frame {
            floor_clip_plane: [0.0; 4],
            ..seen
        })
    });
    let moved = (0..200).map(|_| seen(20.0));
    let mut source = start(trembling.chain(hidden).chain(moved).collect());
    source.next_frame().unwrap();
    let first = source.up();
    for _ in 0..64 {
        source.next_frame().unwrap();
        assert_eq!(source.up(), first);
    }
    assert_eq!(source.floor(), None);
    let mut told = 0;
    for _ in 0..200 {
        let before = source.up();
        source.next_frame().unwrap();
        told += usize::from(source.up() != before);
    }
    let [_, y, z] = source.up().unwrap();
    let lean = (-z).atan2(y).to_degrees();
    assert!((lean - 20.0).abs() < 0.3 && told <= 41, "{lean} {told}");
}

#[test]
fn pending_frames_are_waited_for() {
    let mut source = start(vec![Err(E_PENDING), Err(E_PENDING), frame(vec![person(1)])]);
    assert_eq!(source.next_frame().unwrap().unwrap().bodies.len(), 1);
    assert_eq!(source.sensor.waits, 2);
}

#[test]
fn nobody_waits_longer_than_asked() {
    let mut source = start(vec![]);
    assert_eq!(source.step(Duration::ZERO).unwrap(), Step::Waiting);
    assert_eq!(source.sensor.waits, 0);
    assert_eq!(
        source.step(Duration::from_millis(300)).unwrap(),
        Step::Waiting
    );
    assert_eq!(source.sensor.waits, 3);
}

#[test]
fn unplugged_and_plugged_in_again_a_hundred_times() {
    let mut source = start(vec![frame(vec![person(0)])]);
    source.next_frame().unwrap();
    for times in 1..=100 {
        source.sensor.unavailable_for = 5;
        let error = source.next_frame().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("Kinect v2 091506243047 was lost after {times} frames: it was unplugged")
        );
        source.sensor.unavailable_for = 0;
        let error = source.next_frame().unwrap_err().to_string();
        assert!(error.contains("no frame came for 2 s"), "{error}");
        source.sensor.answers.push_back(frame(vec![person(times)]));
        let bodies = source.next_frame().unwrap().unwrap().bodies;
        assert_eq!(bodies[0].id, times);
    }
}

#[test]
fn a_sensor_may_take_its_time_but_not_for_ever() {
    let late = KinectV2::start(Fake {
        unavailable_for: 90,
        ..Fake::default()
    })
    .unwrap();
    assert_eq!(late.sensor.waits, 89);
    let error = KinectV2::start(Fake {
        unavailable_for: 1000,
        ..Fake::default()
    })
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("none is plugged in") && error.contains("USB 3"),
        "{error}"
    );
    let mut broken = start(vec![Err(Hresult(-2_147_467_259))]);
    let error = broken.next_frame().unwrap_err().to_string();
    assert!(error.contains("error 0x80004005"), "{error}");
}

#[test]
fn no_value_of_the_sdk_panics() {
    let mut odd = person(3);
    odd.joints[0].joint_type = -7;
    odd.joints[1].joint_type = i32::MAX;
    odd.joints[2].tracking_state = -1;
    odd.hand_left = i32::MIN;
    let mut source = start(vec![Ok(V2Frame {
        relative_time: i64::MIN,
        floor_clip_plane: [f32::NAN; 4],
        bodies: vec![odd; 40],
    })]);
    let seen = source.next_frame().unwrap().unwrap();
    assert_eq!(
        (seen.timestamp_micros, seen.bodies.len(), source.floor()),
        (0, 40, None)
    );
}

#[test]
fn frames_that_the_sdk_dropped_are_counted() {
    let at = |index: i64| {
        Ok(V2Frame {
            relative_time: 10_000_000 + index * 333_330,
            ..V2Frame::default()
        })
    };
    let mut source = start([0, 1, 2, 6, 7, 9].map(at).to_vec());
    let mut dropped = Vec::new();
    for _ in 0..6 {
        source.next_frame().unwrap();
        dropped.push(source.journey().dropped_by_tracker);
    }
    assert_eq!(dropped, [0, 0, 0, 3, 3, 4]);
}
