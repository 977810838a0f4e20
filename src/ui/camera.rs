//! The eye of the 3D view: orbit, pan, zoom, follow, and the floor under the feet.

use crate::skeleton::{Body, Frame, Joint};
use crate::ui::settings::Sides;
use glam::{Mat4, Vec3};

/// How far below its feet's lowest joint a person stands, metres: joints lie inside the body.
const SOLE_METRES: f32 = 0.03;
/// The height that the eye looks at, metres above the floor.
const CHEST_METRES: f32 = 0.95;
const FIELD_OF_VIEW_DEGREES: f32 = 38.0;
/// How far away the eye is to begin with, metres.
const DISTANCE_METRES: f32 = 4.2;
/// Room to each side of somebody's trunk, metres.
const ARM_METRES: f32 = 0.5;

/// A position with the chosen sides: a mirror turns x around.
pub(crate) fn sided(place: impl Into<Vec3>, sides: Sides) -> Vec3 {
    let place = place.into();
    match sides {
        Sides::Mirrored => Vec3::new(-place.x, place.y, place.z),
        Sides::AsSeen => place,
    }
}

/// Where the 3D view is seen from. Positions are in Kinect axes with the chosen sides: x to the sensor's left, or in a
/// mirror to its right; y up; z away from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Turn around the target, radians; 0 is where the sensor stands.
    pub yaw: f32,
    /// Height above the horizon, radians.
    pub pitch: f32,
    /// Distance from the target, metres.
    pub distance: f32,
    /// The point that is looked at.
    pub target: Vec3,
    /// Height of the floor in camera axes, metres; `None` until feet were seen.
    pub floor: Option<f32>,
    /// So many times as far away the eye is for all of a group to be in the picture.
    pub widened: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self {
            yaw: 0.32,
            pitch: 0.17,
            distance: DISTANCE_METRES,
            target: Vec3::new(0.0, 0.0, 2.5),
            floor: None,
            widened: 1.0,
        }
    }
}

impl Camera {
    /// Turns around the target.
    pub fn orbit(&mut self, yaw: f32, pitch: f32) {
        self.yaw += yaw;
        self.pitch = (self.pitch + pitch).clamp(-0.1, 1.5);
    }

    /// Moves nearer (above 1) or farther (below 1).
    pub fn zoom(&mut self, factor: f32) {
        if factor.is_finite() && factor > 0.0 {
            self.distance = (self.distance / factor).clamp(0.8, 20.0);
        }
    }

    /// Moves the target across the picture, in shares of the picture's height.
    pub fn pan(&mut self, right: f32, up: f32) {
        let span = 2.0 * self.away() * (FIELD_OF_VIEW_DEGREES.to_radians() / 2.0).tan();
        let forward = (self.target - self.eye()).normalize_or(Vec3::Z);
        let rightward = forward.cross(Vec3::Y).normalize_or(Vec3::NEG_X);
        self.target += (rightward * right + rightward.cross(forward) * up) * span;
    }

    /// Back to where the view started, on the same floor.
    pub fn reset(&mut self) {
        let (floor, target, widened) = (self.floor, self.target, self.widened);
        *self = Self {
            floor,
            widened,
            ..Self::default()
        };
        self.target = Vec3::new(target.x, self.chest_height(), target.z);
    }

    /// Left becomes right: the point that is looked at goes with the bodies.
    pub fn turn_sides(&mut self) {
        self.target.x = -self.target.x;
    }

    /// Another source has another floor.
    pub fn forget_floor(&mut self) {
        self.floor = None;
    }

    /// Takes note of a frame: the floor is under the feet, and the target follows the bodies where `follow` says so.
    pub fn see(&mut self, frame: &Frame, sides: Sides, seconds: f32, follow: bool) {
        let seen_before = self.floor.is_some();
        if let Some(feet) = frame.lowest_foot() {
            let feet = feet - SOLE_METRES;
            // Feet never go under the floor, so it sinks at once and rises slowly: a jump does not lift it.
            let rate: f32 = if self.floor.is_some_and(|floor| feet > floor) {
                0.6
            } else {
                8.0
            };
            self.floor = Some(
                self.floor
                    .map_or(feet, |floor| floor + (feet - floor) * eased(rate, seconds)),
            );
        }
        if let Some(centre) = centre(&frame.bodies).filter(|_| follow || !seen_before) {
            let centre = sided(centre, sides);
            let goal = Vec3::new(centre.x, self.chest_height(), centre.z);
            let share = if seen_before {
                eased(2.5, seconds)
            } else {
                1.0
            };
            self.target += (goal - self.target) * share;
            let wide = (self.reach(&frame.bodies, centre, sides) / DISTANCE_METRES).max(1.0);
            self.widened += (wide - self.widened) * share;
        }
    }

    /// How far from the middle of a group all of it is in a square picture, metres.
    fn reach(&self, bodies: &[Body], centre: Vec3, sides: Sides) -> f32 {
        let (sine, cosine) = self.yaw.sin_cos();
        let (right, forward) = (Vec3::new(cosine, 0.0, sine), Vec3::new(-sine, 0.0, cosine));
        let slope = (FIELD_OF_VIEW_DEGREES.to_radians() / 2.0).tan();
        let whole = bodies.iter().filter(|body| body.is_finite());
        let reaches = whole.map(|body| {
            let place = sided(body.joint(Joint::SpineBase), sides) - centre;
            (place.dot(right).abs() + ARM_METRES) / slope - place.dot(forward)
        });
        reaches.fold(0.0, f32::max)
    }

    /// Distance of the eye from the target, metres.
    fn away(&self) -> f32 {
        self.distance * self.widened
    }

    /// Height of the floor, metres; a guess until feet were seen.
    pub fn floor_height(&self) -> f32 {
        self.floor.unwrap_or(-CHEST_METRES)
    }

    /// Where the eye is.
    pub fn eye(&self) -> Vec3 {
        let flat = self.pitch.cos() * self.away();
        self.target
            + Vec3::new(
                flat * self.yaw.sin(),
                self.pitch.sin() * self.away(),
                -flat * self.yaw.cos(),
            )
    }

    /// From camera axes to clip space, for a picture of this width over height.
    pub fn clip_from_camera(&self, aspect: f32) -> Mat4 {
        // A narrow picture sees as much to the sides as a square one.
        let height = (FIELD_OF_VIEW_DEGREES.to_radians() / 2.0).tan() / aspect.min(1.0);
        let projection = Mat4::perspective_rh(2.0 * height.atan(), aspect, 0.05, 60.0);
        projection * Mat4::look_at_rh(self.eye(), self.target, Vec3::Y)
    }

    fn chest_height(&self) -> f32 {
        self.floor_height() + CHEST_METRES
    }
}

/// The share of a distance covered in `seconds` at `rate` per second.
fn eased(rate: f32, seconds: f32) -> f32 {
    1.0 - (-rate * seconds.clamp(0.0, 1.0)).exp()
}

fn centre(bodies: &[Body]) -> Option<Vec3> {
    let hips: Vec<Vec3> = bodies
        .iter()
        .filter(|body| body.is_finite())
        .map(|body| Vec3::from(body.joint(Joint::SpineBase)))
        .collect();
    (!hips.is_empty()).then(|| hips.iter().copied().sum::<Vec3>() / hips.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn frame(foot: f32, x: f32) -> Frame {
        let mut joints = [[x, 0.0, 2.0]; JOINT_COUNT];
        joints[Joint::FootLeft as usize][1] = foot;
        Frame {
            timestamp_micros: 0,
            bodies: vec![Body::tracked(1, joints)],
        }
    }

    #[test]
    fn what_is_on_the_sensors_left_is_on_the_left_of_the_picture() {
        let camera = Camera {
            yaw: 0.0,
            ..Camera::default()
        };
        let left = camera
            .clip_from_camera(1.0)
            .project_point3(camera.target + Vec3::X * 0.5);
        assert!(left.x < 0.0, "{left}");
        let near = camera
            .clip_from_camera(1.0)
            .project_point3(camera.target - Vec3::Z * 0.5);
        let far = camera
            .clip_from_camera(1.0)
            .project_point3(camera.target + Vec3::Z * 0.5);
        assert!(near.z < far.z && near.z > 0.0 && far.z < 1.0);
    }

    #[test]
    fn panning_right_moves_the_picture_left() {
        let mut camera = Camera::default();
        let before = camera.target;
        camera.pan(0.25, 0.0);
        assert!(camera.clip_from_camera(1.5).project_point3(before).x < -0.1);
        camera.pan(-0.25, 0.0);
        assert!(camera.target.distance(before) < 1e-4);
    }

    #[test]
    fn the_floor_sinks_to_the_feet_and_a_jump_barely_lifts_it() {
        let mut camera = Camera::default();
        camera.see(&frame(-0.9, 0.0), Sides::AsSeen, 0.03, true);
        assert!((camera.floor_height() + 0.93).abs() < 1e-4);
        for _ in 0..10 {
            camera.see(&frame(-0.5, 0.0), Sides::AsSeen, 0.03, true);
        }
        assert!(camera.floor_height() < -0.84);
    }

    #[test]
    fn follows_only_when_asked() {
        let mut camera = Camera::default();
        camera.see(&frame(-0.9, 0.0), Sides::AsSeen, 0.03, false);
        let start = camera.target;
        for _ in 0..100 {
            camera.see(&frame(-0.9, 1.0), Sides::AsSeen, 0.03, false);
        }
        assert_eq!(camera.target.x, start.x);
        for _ in 0..200 {
            camera.see(&frame(-0.9, 1.0), Sides::AsSeen, 0.03, true);
        }
        assert!((camera.target.x - 1.0).abs() < 0.05);
    }

    #[test]
    fn everybody_of_a_group_is_in_the_picture_and_one_person_is_as_large_as_ever() {
        let mut camera = Camera::default();
        let alone = frame(-0.9, 0.0);
        camera.see(&alone, Sides::Mirrored, 0.03, true);
        assert!((camera.eye().distance(camera.target) - camera.distance).abs() < 1e-4);
        let places = [(-1.9, 2.6), (-0.4, 1.1), (0.0, 2.4), (1.5, 3.5)];
        let body =
            |(id, &(x, z)): (u64, &(f32, f32))| Body::tracked(id, [[x, 0.0, z]; JOINT_COUNT]);
        let group = Frame {
            timestamp_micros: 1,
            bodies: (1..).zip(&places).map(body).collect(),
        };
        for _ in 0..200 {
            camera.see(&group, Sides::Mirrored, 0.03, true);
        }
        let clip = camera.clip_from_camera(1.0);
        for (x, z) in places {
            let shown = clip.project_point3(sided([x, camera.target.y, z], Sides::Mirrored));
            assert!(shown.x.abs() < 1.0, "{x} {z}: {shown}");
        }
        for _ in 0..200 {
            camera.see(&alone, Sides::Mirrored, 0.03, true);
        }
        assert!(camera.widened < 1.01);
    }

    #[test]
    fn a_frame_of_no_numbers_moves_nothing() {
        let mut camera = Camera::default();
        let before = camera;
        camera.see(&frame(f32::NAN, 0.0), Sides::AsSeen, 0.03, true);
        camera.see(&Frame::default(), Sides::AsSeen, 0.03, true);
        assert_eq!(camera, before);
    }
}
