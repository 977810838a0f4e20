//! Bodies turned upright: a camera that leans shows everybody leaning.

use super::Frame;
use glam::{Quat, Vec3};

/// A lean of less than this is left alone, radians: half a degree.
const LEAST_RADIANS: f32 = 0.0087;

/// A lean of more than this is nobody's camera, radians: two thirds of a right angle.
const MOST_RADIANS: f32 = 1.05;

/// How frames of a camera are turned so that its up is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Upright {
    turn: Option<Quat>,
}

impl Upright {
    /// From which way is up in the camera's axes; a direction that makes no sense turns nothing.
    pub fn new(up: Option<[f32; 3]>) -> Self {
        let up = up.and_then(|up| Vec3::from(up).try_normalize());
        let turn = up
            .filter(|up| (LEAST_RADIANS..MOST_RADIANS).contains(&up.angle_between(Vec3::Y)))
            .map(|up| Quat::from_rotation_arc(up, Vec3::Y));
        Self { turn }
    }

    /// Whether it turns anything.
    pub fn turns(self) -> bool {
        self.turn.is_some()
    }

    /// How it turns, as a quaternion x, y, z, w.
    pub fn quaternion(self) -> [f32; 4] {
        self.turn.unwrap_or(Quat::IDENTITY).to_array()
    }

    /// Turns all bodies about the sensor.
    pub fn turn(self, frame: &mut Frame) {
        let Some(turn) = self.turn else { return };
        for joint in frame.bodies.iter_mut().flat_map(|body| &mut body.joints) {
            *joint = (turn * Vec3::from(*joint)).to_array();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Upright;
    use crate::skeleton::{Body, Frame, JOINT_COUNT};

    #[test]
    fn a_camera_that_looks_down_sees_people_upright() {
        // It leans forward by 20 degrees, so that up is up and a little towards the scene.
        let (sin, cos) = 20_f32.to_radians().sin_cos();
        let upright = Upright::new(Some([0.0, cos, sin]));
        let mut joints = [[0.0; 3]; JOINT_COUNT];
        // Somebody two metres away along the floor, a metre below and a metre above the sensor's height.
        let seen =
            |height: f32, far: f32| [0.1, height * cos - far * sin, height * sin + far * cos];
        joints[0] = seen(-1.0, 2.0);
        joints[1] = seen(1.0, 2.0);
        let mut frame = Frame {
            timestamp_micros: 0,
            bodies: vec![Body::tracked(1, joints)],
        };
        upright.turn(&mut frame);
        let turned = &frame.bodies[0].joints;
        for (joint, height) in [(turned[0], -1.0), (turned[1], 1.0)] {
            for (got, wanted) in joint.into_iter().zip([0.1, height, 2.0]) {
                assert!((got - wanted).abs() < 1e-5, "{joint:?}");
            }
        }
    }

    #[test]
    fn what_is_upright_or_makes_no_sense_is_left_alone() {
        for up in [
            None,
            Some([0.0, 1.0, 0.0]),
            Some([0.0, 0.0, 0.0]),
            Some([f32::NAN, 0.0, 0.0]),
            Some([0.0, -1.0, 0.0]),
            Some([1.0, 0.0, 0.0]),
        ] {
            assert_eq!(Upright::new(up), Upright::default(), "{up:?}");
        }
    }
}
