//! The sensor as a source: which of its answers are frames, and when it counts as gone.

use super::{E_PENDING, Kinect20, V2Body, V2Frame};
use crate::capture::gaps::Gaps;
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
    gaps: Gaps,
    /// Frames that the SDK dropped, which gives out the newest only.
    dropped: u64,
}

impl<S: Kinect20> KinectV2<S> {
    /// Waits for a sensor whose SDK has been opened.
    pub fn start(mut sensor: S) -> Result<Self, CaptureError> {
        let camera = "Kinect v2".to_owned();
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
                        gaps: Gaps::slowing(FPS),
                        dropped: 0,
                    });
                }
                Ok(false) => sensor.wait_for_frame(WAIT_MILLIS),
                Err(error) => {
                    let problem = format!("its SDK fails with {error}");
                    return Err(CaptureError::Camera { camera, problem });
                }
            }
        }
        let problem = "none is plugged in; it needs USB 3 and its own power adapter".to_owned();
        Err(CaptureError::NoCamera { camera, problem })
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
        // Negative before the SDK's service has set its clock.
        let timestamp_micros = (seen.relative_time.max(0) / 10).cast_unsigned();
        self.dropped += self.gaps.before(timestamp_micros);
        Frame {
            timestamp_micros,
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

    fn dropped(&self) -> u64 {
        self.dropped
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
#[path = "source_tests.rs"]
mod tests;
