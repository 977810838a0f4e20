//! The sensor as a source: which of its answers are frames, and when it counts as gone.

use super::{E_PENDING, Kinect20, V2Body, V2Frame};
use crate::capture::{CaptureError, Source, SourceSpec, Step, frame_by_steps};
use crate::skeleton::{Body, Frame, Hand, Hands, JOINT_COUNT, Plane, Tracking};
use glam::Vec3;
use std::time::Duration;

/// The sensor's rate in good light; in the dark it halves.
const FPS: f32 = 30.0;
/// How long one wait for a frame is, milliseconds.
const WAIT_MILLIS: u32 = 100;
/// Waiting in vain after which the sensor counts as gone, milliseconds. It sends frames whether or not anybody is in view.
const GONE_MILLIS: u32 = 2_000;
/// Waits for the sensor after the SDK was opened: 10 s, which its service needs when it starts.
const FIRST_WAITS: u32 = 100;

/// How much of a floor that is seen anew goes into which way is up: the plane trembles from frame to frame.
const NEW_SHARE: f32 = 0.05;
/// Up is told anew when it has turned by this, radians: a quarter of a degree.
const TURNED_RADIANS: f32 = 0.0044;

/// A live Kinect v2. After it was lost, asking for frames goes on with it as soon as it is plugged in again.
#[derive(Debug)]
pub struct KinectV2<S> {
    sensor: S,
    name: String,
    frames: u64,
    /// How long the next frame has been waited for.
    waited_millis: u32,
    floor: Option<Plane>,
    /// The floor's normal, smoothed.
    normal: Option<Vec3>,
    /// Which way is up, as it was told last. A sensor whose floor is hidden for a while hangs as before.
    up: Option<[f32; 3]>,
    hands: Vec<Hands>,
}

impl<S: Kinect20> KinectV2<S> {
    /// Waits for a sensor whose SDK has been opened.
    pub fn start(mut sensor: S) -> Result<Self, CaptureError> {
        let failed = |problem: String| CaptureError::Camera {
            camera: "Kinect v2".to_owned(),
            problem,
        };
        for _ in 0..FIRST_WAITS {
            match sensor.is_available() {
                Ok(true) => {
                    let name = match sensor.unique_id() {
                        Some(id) => format!("Kinect v2 {id}"),
                        None => "Kinect v2".to_owned(),
                    };
                    return Ok(Self {
                        sensor,
                        name,
                        frames: 0,
                        waited_millis: 0,
                        floor: None,
                        normal: None,
                        up: None,
                        hands: Vec::new(),
                    });
                }
                Ok(false) => sensor.wait_for_frame(WAIT_MILLIS),
                Err(error) => return Err(failed(format!("its SDK fails with {error}"))),
            }
        }
        Err(failed(
            "none is plugged in; it needs USB 3 and its own power adapter".to_owned(),
        ))
    }

    fn frame(&mut self, seen: &V2Frame) -> Frame {
        self.frames += 1;
        let [x, y, z, _] = seen.floor_clip_plane;
        let is_plane = (0.5..2.0).contains(&(x * x + y * y + z * z));
        self.floor = is_plane.then_some(seen.floor_clip_plane);
        if is_plane {
            self.lean(Vec3::new(x, y, z).normalize_or(Vec3::Y));
        }
        let tracked = || seen.bodies.iter().filter(|body| body.is_tracked != 0);
        self.hands = tracked()
            .map(|body| Hands {
                body: body.tracking_id,
                left: Hand::of_value(body.hand_left),
                right: Hand::of_value(body.hand_right),
            })
            .collect();
        Frame {
            // Negative before the SDK's service has set its clock.
            timestamp_micros: (seen.relative_time.max(0) / 10).cast_unsigned(),
            // The SDK has been seen to place joints at infinity.
            bodies: tracked().map(body).filter(Body::is_finite).collect(),
        }
    }

    /// Takes note of the normal of a floor that is seen.
    fn lean(&mut self, seen: Vec3) {
        let normal = self.normal.map_or(seen, |known| {
            known.lerp(seen, NEW_SHARE).normalize_or(known)
        });
        self.normal = Some(normal);
        let told = self.up.map(Vec3::from);
        if told.is_none_or(|told| told.angle_between(normal) > TURNED_RADIANS) {
            self.up = Some(normal.to_array());
        }
    }

    fn lost(&self, how: String) -> CaptureError {
        CaptureError::CameraLost {
            camera: self.name.clone(),
            frames: self.frames,
            how,
        }
    }
}

/// The axes are ours already, and so are the joints.
fn body(seen: &V2Body) -> Body {
    let mut body = Body {
        id: seen.tracking_id,
        joints: [[0.0; 3]; JOINT_COUNT],
        tracking: [Tracking::NotTracked; JOINT_COUNT],
    };
    for joint in &seen.joints {
        let index = usize::try_from(joint.joint_type).unwrap_or(JOINT_COUNT);
        let (Some(place), Some(tracking)) =
            (body.joints.get_mut(index), body.tracking.get_mut(index))
        else {
            continue;
        };
        *place = joint.position;
        *tracking = match joint.tracking_state {
            ..=0 => Tracking::NotTracked,
            1 => Tracking::Inferred,
            _ => Tracking::Tracked,
        };
    }
    body
}

impl<S: Kinect20> Source for KinectV2<S> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn fps(&self) -> f32 {
        FPS
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        frame_by_steps(self, Duration::from_secs(1))
    }

    fn step(&mut self, patience: Duration) -> Result<Step, CaptureError> {
        let mut left = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        loop {
            match self.sensor.acquire_latest_frame() {
                Ok(seen) => {
                    self.waited_millis = 0;
                    return Ok(Step::Frame(self.frame(&seen)));
                }
                Err(E_PENDING) => {}
                Err(error) => return Err(self.lost(format!("its SDK fails with {error}"))),
            }
            if self.waited_millis >= GONE_MILLIS {
                // It may come back, and is then waited for as long again.
                self.waited_millis = 0;
                let how = match self.sensor.is_available() {
                    Ok(false) => "it was unplugged".to_owned(),
                    _ => format!("no frame came for {} s", GONE_MILLIS / 1000),
                };
                return Err(self.lost(how));
            }
            if left == 0 {
                return Ok(Step::Waiting);
            }
            let wait = left.min(WAIT_MILLIS);
            self.sensor.wait_for_frame(wait);
            self.waited_millis += wait;
            left -= wait;
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn up(&self) -> Option<[f32; 3]> {
        self.up
    }

    fn floor(&self) -> Option<Plane> {
        self.floor
    }

    fn hands(&self) -> &[Hands] {
        &self.hands
    }

    fn lasting_spec(&self) -> Option<SourceSpec> {
        // The SDK knows one sensor only, whichever it is.
        Some(SourceSpec::KinectV2)
    }
}

#[cfg(test)]
mod tests {
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
    fn unplugged_and_plugged_in_again() {
        let mut source = start(vec![frame(vec![person(1)])]);
        source.next_frame().unwrap();
        source.sensor.unavailable_for = 5;
        let error = source.next_frame().unwrap_err().to_string();
        assert_eq!(
            error,
            "Kinect v2 091506243047 was lost after 1 frames: it was unplugged"
        );
        source.sensor.unavailable_for = 0;
        let error = source.next_frame().unwrap_err().to_string();
        assert!(error.contains("no frame came for 2 s"), "{error}");
        source.sensor.answers.push_back(frame(vec![person(2)]));
        assert_eq!(source.next_frame().unwrap().unwrap().bodies[0].id, 2);
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
}
