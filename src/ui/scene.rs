//! From a frame to what is drawn of it: capsules, shadows and name tags.

use crate::skeleton::{BONES, Body, Frame, JOINT_COUNT, Joint, Tracking};
use crate::ui::camera::sided;
use crate::ui::floor::gpu_data::Shadow;
use crate::ui::settings::Sides;
use crate::ui::skeleton::gpu_data::{Capsule, STYLE_DASHED, STYLE_HOLLOW, STYLE_SOLID};
use crate::ui::theme::{self, Palette};
use egui::Color32;
use glam::Vec3;

/// A shadow is this much wider for each metre between it and what casts it.
const SHADOW_SPREAD: f32 = 0.28;

/// What is drawn of a frame, in camera axes with the chosen sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scene {
    /// Bones and joints.
    pub capsules: Vec<Capsule>,
    /// Their shadows.
    pub shadows: Vec<Shadow>,
    /// For each body its id and a point above its head.
    pub tags: Vec<(u64, Vec3)>,
}

/// What a scene is made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SceneStyle {
    /// Left and right.
    pub sides: Sides,
    /// Height of the floor, metres.
    pub floor: f32,
    /// Colours.
    pub palette: Palette,
}

impl Scene {
    /// Everything to draw of `frame`; `colour_of` gives a body's place in the palette.
    pub(crate) fn from_frame(
        frame: &Frame,
        style: &SceneStyle,
        colour_of: impl Fn(u64) -> usize,
    ) -> Self {
        let mut scene = Self::default();
        for body in frame.bodies.iter().filter(|body| body.is_finite()) {
            let series = &style.palette.series;
            scene.add(body, style, series[colour_of(body.id) % series.len()]);
        }
        scene
    }

    fn add(&mut self, body: &Body, style: &SceneStyle, colour: Color32) {
        let place: [Vec3; JOINT_COUNT] = body.joints.map(|joint| sided(joint, style.sides));
        let dim = theme::mixed(colour, style.palette.stage, 0.35);
        let light = theme::mixed(colour, Color32::WHITE, 0.30);
        for (child, parent) in BONES {
            let (a, b) = (child as usize, parent as usize);
            let (first, second) = (place[a], place[b]);
            let thickness = [radius(child), radius(parent)].map(|r| r * 0.72);
            let capsule = match body.tracking[a].min(body.tracking[b]) {
                Tracking::NotTracked => continue,
                Tracking::Inferred => capsule(
                    first,
                    second,
                    thickness.map(|r| r * 0.55),
                    dim,
                    STYLE_DASHED,
                ),
                Tracking::Tracked => capsule(first, second, thickness, colour, STYLE_SOLID),
            };
            self.capsules.push(capsule);
            self.cast(
                (first + second) / 2.0,
                thickness[0] + first.distance(second) * 0.22,
                style.floor,
            );
        }
        for (index, joint) in JOINTS.into_iter().enumerate() {
            let r = radius(joint);
            let capsule = match body.tracking[index] {
                Tracking::NotTracked => continue,
                Tracking::Inferred => {
                    capsule(place[index], place[index], [r; 2], dim, STYLE_HOLLOW)
                }
                Tracking::Tracked => {
                    capsule(place[index], place[index], [r; 2], light, STYLE_SOLID)
                }
            };
            self.capsules.push(capsule);
            self.cast(place[index], r * 1.3, style.floor);
        }
        self.tags
            .push((body.id, place[Joint::Head as usize] + Vec3::Y * 0.2));
    }

    fn cast(&mut self, place: Vec3, radius: f32, floor: f32) {
        let height = (place.y - floor).max(0.0);
        let radius = radius + SHADOW_SPREAD * height + 0.02;
        // The same darkness over a larger disc is fainter.
        let strength = (0.34 / (1.0 + 5.0 * height * height)).min(0.34);
        self.shadows.push(Shadow {
            place: [place.x, place.z],
            radius,
            strength,
        });
    }
}

fn capsule(first: Vec3, second: Vec3, radius: [f32; 2], colour: Color32, style: f32) -> Capsule {
    let [r, g, b, _] = colour.to_array().map(|value| f32::from(value) / 255.0);
    Capsule {
        first: first.extend(radius[0]).to_array(),
        second: second.extend(radius[1]).to_array(),
        colour: [r, g, b, style],
    }
}

/// How thick a body is at a joint, metres.
fn radius(joint: Joint) -> f32 {
    use Joint::{
        AnkleLeft, AnkleRight, ElbowLeft, ElbowRight, FootLeft, FootRight, HandLeft, HandRight,
        HandTipLeft, HandTipRight, Head, HipLeft, HipRight, KneeLeft, KneeRight, Neck,
        ShoulderLeft, ShoulderRight, SpineBase, SpineMid, SpineShoulder, ThumbLeft, ThumbRight,
        WristLeft, WristRight,
    };
    match joint {
        Head => 0.088,
        SpineBase | SpineMid => 0.052,
        HipLeft | HipRight => 0.050,
        SpineShoulder | ShoulderLeft | ShoulderRight | KneeLeft | KneeRight => 0.045,
        Neck | ElbowLeft | ElbowRight | AnkleLeft | AnkleRight => 0.036,
        HandLeft | HandRight | FootLeft | FootRight => 0.032,
        WristLeft | WristRight => 0.027,
        HandTipLeft | HandTipRight => 0.019,
        ThumbLeft | ThumbRight => 0.016,
    }
}

/// The joints in the order of their indices.
const JOINTS: [Joint; JOINT_COUNT] = [
    Joint::SpineBase,
    Joint::SpineMid,
    Joint::Neck,
    Joint::Head,
    Joint::ShoulderLeft,
    Joint::ElbowLeft,
    Joint::WristLeft,
    Joint::HandLeft,
    Joint::ShoulderRight,
    Joint::ElbowRight,
    Joint::WristRight,
    Joint::HandRight,
    Joint::HipLeft,
    Joint::KneeLeft,
    Joint::AnkleLeft,
    Joint::FootLeft,
    Joint::HipRight,
    Joint::KneeRight,
    Joint::AnkleRight,
    Joint::FootRight,
    Joint::SpineShoulder,
    Joint::HandTipLeft,
    Joint::ThumbLeft,
    Joint::HandTipRight,
    Joint::ThumbRight,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn style() -> SceneStyle {
        SceneStyle {
            sides: Sides::AsSeen,
            floor: -1.0,
            palette: theme::palette_of(true),
        }
    }

    fn body() -> Body {
        let mut joints = [[0.0; 3]; JOINT_COUNT];
        for (index, joint) in joints.iter_mut().enumerate() {
            *joint = [index as f32 * 0.1, 0.0, 2.0];
        }
        Body::tracked(1, joints)
    }

    fn scene_of(body: Body) -> Scene {
        Scene::from_frame(
            &Frame {
                timestamp_micros: 0,
                bodies: vec![body],
            },
            &style(),
            |_| 0,
        )
    }

    #[test]
    fn joints_stand_in_the_order_of_their_indices() {
        assert!(
            JOINTS
                .into_iter()
                .enumerate()
                .all(|(index, joint)| joint as usize == index)
        );
    }

    #[test]
    fn a_whole_body_has_all_its_bones_and_joints() {
        let scene = scene_of(body());
        assert_eq!(scene.capsules.len(), BONES.len() + JOINT_COUNT);
        assert!(scene.capsules.iter().all(|c| c.colour[3] == STYLE_SOLID));
        assert_eq!(scene.tags.len(), 1);
    }

    #[test]
    fn a_guessed_joint_is_hollow_and_its_bones_are_dashed_and_thinner() {
        let mut guessed = body();
        guessed.tracking[Joint::ElbowLeft as usize] = Tracking::Inferred;
        let (whole, scene) = (scene_of(body()), scene_of(guessed));
        let count = |style: f32| {
            scene
                .capsules
                .iter()
                .filter(|c| c.colour[3] == style)
                .count()
        };
        assert_eq!((count(STYLE_HOLLOW), count(STYLE_DASHED)), (1, 2));
        let changed = scene
            .capsules
            .iter()
            .zip(&whole.capsules)
            .find(|(now, before)| now.first != now.second && now.colour != before.colour);
        assert!(
            changed.is_some_and(|(dashed, solid)| dashed.first[3] < solid.first[3]
                && dashed.colour[..3] != solid.colour[..3])
        );
    }

    #[test]
    fn a_joint_that_the_sensor_does_not_know_is_left_out() {
        let mut lost = body();
        lost.tracking[Joint::HandTipLeft as usize] = Tracking::NotTracked;
        assert_eq!(scene_of(lost).capsules.len(), BONES.len() + JOINT_COUNT - 2);
    }

    #[test]
    fn a_body_of_no_numbers_is_left_out() {
        let mut broken = body();
        broken.joints[3][1] = f32::NAN;
        assert_eq!(scene_of(broken), Scene::default());
    }

    #[test]
    fn a_mirror_turns_left_and_right_around() {
        let frame = Frame {
            timestamp_micros: 0,
            bodies: vec![body()],
        };
        let mirrored = Scene::from_frame(
            &frame,
            &SceneStyle {
                sides: Sides::Mirrored,
                ..style()
            },
            |_| 0,
        );
        let seen = Scene::from_frame(&frame, &style(), |_| 0);
        assert_eq!(mirrored.capsules[0].first[0], -seen.capsules[0].first[0]);
    }
}
