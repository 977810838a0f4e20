//! The skeletons as `foxglove.SceneUpdate`, and the floor below them as `foxglove.FrameTransform`, so that a session shows in
//! Foxglove's 3D panel.

use crate::skeleton::{BONES, Body, Frame, Joint, Upright};
use std::fmt::Write as _;

/// Foxglove's own schema, without its descriptions, which are at <https://docs.foxglove.dev/docs/sdk/schemas/scene-update>.
pub(super) const SCENE_SCHEMA: &str = include_str!("../../../assets/scene_update.schema.json");

/// The same of frames of reference: <https://docs.foxglove.dev/docs/sdk/schemas/frame-transform>.
pub(super) const TRANSFORM_SCHEMA: &str =
    include_str!("../../../assets/frame_transform.schema.json");

/// How long a skeleton stays when no newer one comes, nanoseconds.
const LIFETIME_NANOS: u32 = 300_000_000;

/// How high cameras mostly stand, metres: until feet have shown where the floor is.
const CAMERA_METRES: f32 = 1.0;

/// From an ankle or a foot's joint down to the floor, metres.
const SOLE_METRES: f32 = 0.03;

/// How much nearer the floor comes to feet above it with each look, as a share: a jump does not lift it.
const RISE: f32 = 0.02;

/// A floor that is elsewhere by less than this is not told of, metres.
const LEAST_METRES: f32 = 0.03;

/// Bodies are told apart by these colours (Okabe and Ito's, which colour-blind people can tell apart too).
const COLOURS: [[f32; 3]; 6] = [
    [0.34, 0.71, 0.91],
    [0.90, 0.62, 0.0],
    [0.0, 0.62, 0.45],
    [0.80, 0.47, 0.65],
    [0.94, 0.89, 0.26],
    [0.84, 0.37, 0.0],
];

/// Where the floor is, as far as feet have shown.
#[derive(Debug, Default)]
pub(super) struct Ground {
    upright: Upright,
    /// Height in the camera's axes, turned upright, metres.
    floor: Option<f32>,
    told: Option<(Upright, f32)>,
}

impl Ground {
    /// Takes note of which way is up in the camera's axes.
    pub(super) fn lean(&mut self, up: Option<[f32; 3]>) {
        let upright = Upright::new(up);
        if upright != self.upright {
            self.upright = upright;
            self.floor = None;
        }
    }

    /// Takes note of where feet are.
    pub(super) fn see(&mut self, frame: &Frame) {
        let mut frame = frame.clone();
        self.upright.turn(&mut frame);
        if let Some(foot) = frame.lowest_foot() {
            let seen = foot - SOLE_METRES;
            // Feet never go under the floor.
            self.floor = Some(match self.floor {
                Some(floor) if seen > floor => floor + (seen - floor) * RISE,
                _ => seen,
            });
        }
    }

    /// Writes the camera's place above the floor in place of whatever is in `out`, where it is not what was written last.
    pub(super) fn news_into_text(&mut self, log_nanos: u64, out: &mut String) -> bool {
        let floor = self.floor.unwrap_or(-CAMERA_METRES);
        let is_known = self.told.is_some_and(|(upright, told)| {
            upright == self.upright && (floor - told).abs() < LEAST_METRES
        });
        if is_known {
            return false;
        }
        self.told = Some((self.upright, floor));
        let (sec, nsec) = (log_nanos / 1_000_000_000, log_nanos % 1_000_000_000);
        let [x, y, z, w] = self.upright.quaternion();
        out.clear();
        // Writing into a string cannot fail.
        write!(
            out,
            r#"{{"timestamp":{{"sec":{sec},"nsec":{nsec}}},"parent_frame_id":"floor","child_frame_id":"camera","translation":{{"x":0,"y":0,"z":{:.3}}},"rotation":{{"x":{z},"y":{x},"z":{y},"w":{w}}}}}"#,
            -floor
        )
        .ok();
        true
    }
}

/// Writes a frame's skeletons in place of whatever is in `out`: x forward, y left, z up, metres to the millimetre.
pub(super) fn scene_into_text(frame: &Frame, log_nanos: u64, out: &mut String) {
    out.clear();
    out.push_str(r#"{"deletions":[],"entities":["#);
    let whole = frame.bodies.iter().filter(|body| body.is_finite());
    for (index, body) in whole.enumerate() {
        if index > 0 {
            out.push(',');
        }
        entity_into_text(body, log_nanos, out);
    }
    out.push_str("]}");
}

/// A body: a line for each bone, a ball for the head, its name above.
fn entity_into_text(body: &Body, log_nanos: u64, out: &mut String) {
    let [r, g, b] = COLOURS[(body.id % COLOURS.len() as u64) as usize];
    let colour = format!(r#""color":{{"r":{r},"g":{g},"b":{b},"a":1}}"#);
    let (sec, nsec) = (log_nanos / 1_000_000_000, log_nanos % 1_000_000_000);
    let id = body.id;
    let pose = |[x, y, z]: [f32; 3]| {
        format!(
            r#""pose":{{"position":{{"x":{x:.3},"y":{y:.3},"z":{z:.3}}},"orientation":{{"x":0,"y":0,"z":0,"w":1}}}}"#
        )
    };
    let head = place(body, Joint::Head);
    let above = [head[0], head[1], head[2] + 0.25];
    // Writing into a string cannot fail.
    write!(
        out,
        r#"{{"timestamp":{{"sec":{sec},"nsec":{nsec}}},"frame_id":"camera","id":"body {id}","lifetime":{{"sec":0,"nsec":{LIFETIME_NANOS}}},"frame_locked":false,"metadata":[],"arrows":[],"cubes":[],"cylinders":[],"triangles":[],"models":[],"spheres":[{{{},"size":{{"x":0.2,"y":0.2,"z":0.2}},{colour}}}],"texts":[{{{},"billboard":true,"font_size":0.12,"scale_invariant":false,{colour},"text":"body {id}"}}],"lines":[{{"type":2,{},"thickness":0.03,"scale_invariant":false,{colour},"colors":[],"indices":[],"points":["#,
        pose(head),
        pose(above),
        pose([0.0; 3]),
    )
    .ok();
    // Each bone has points of its own, for Foxglove counts a line list's lines by its points, also where indices say which of
    // them a line is between (RenderableLines of studio 1.48).
    let ends = BONES
        .into_iter()
        .flat_map(|(child, parent)| [child, parent]);
    for (index, joint) in ends.enumerate() {
        let [x, y, z] = place(body, joint);
        let comma = if index == 0 { "" } else { "," };
        write!(out, r#"{comma}{{"x":{x:.3},"y":{y:.3},"z":{z:.3}}}"#).ok();
    }
    out.push_str("]}]}");
}

/// Where a joint is in Foxglove's axes.
fn place(body: &Body, joint: Joint) -> [f32; 3] {
    let [x, y, z] = body.joint(joint);
    [z, x, y]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;
    use serde_json::{Value, json};

    fn frame(joints: [[f32; 3]; JOINT_COUNT]) -> Frame {
        Frame {
            timestamp_micros: 0,
            bodies: vec![Body::tracked(3, joints), Body::tracked(8, joints)],
        }
    }

    #[test]
    fn a_scene_is_json_with_a_line_for_each_bone() {
        let mut text = String::new();
        let joints = std::array::from_fn::<_, JOINT_COUNT, _>(|i| [i as f32, 1.0, -2.0]);
        scene_into_text(&frame(joints), 1_500_000_000, &mut text);
        let scene: Value = serde_json::from_str(&text).unwrap();
        let entities = scene["entities"].as_array().unwrap();
        assert_eq!(entities.len(), 2);
        let line = &entities[1]["lines"][0];
        assert_eq!(line["indices"], json!([]));
        let points = line["points"].as_array().unwrap();
        assert_eq!(points.len(), 2 * BONES.len());
        for (ends, (child, parent)) in points.chunks(2).zip(BONES) {
            let at = |joint| json!({"x": -2.0, "y": f64::from(joint as u8), "z": 1.0});
            assert_eq!(ends, [at(child), at(parent)]);
        }
        let head = &entities[0]["spheres"][0]["pose"]["position"];
        assert_eq!(*head, json!({"x": -2.0, "y": 3.0, "z": 1.0}));
        assert_eq!(entities[0]["texts"][0]["text"], "body 3");
        assert!(serde_json::from_str::<Value>(SCENE_SCHEMA).is_ok());
    }

    #[test]
    fn the_camera_stands_above_the_lowest_feet() {
        let mut ground = Ground::default();
        let mut text = String::new();
        let mut told = |ground: &mut Ground| {
            let is_news = ground.news_into_text(2_000_000_000, &mut text);
            is_news.then(|| serde_json::from_str::<Value>(&text).unwrap())
        };
        let height = |told: &Value| told["translation"]["z"].as_f64().unwrap();
        assert!((height(&told(&mut ground).unwrap()) - 1.0).abs() < 1e-6);
        assert_eq!(told(&mut ground), None, "it is known");
        ground.see(&frame([[0.0, -0.8, 2.0]; JOINT_COUNT]));
        assert!((height(&told(&mut ground).unwrap()) - 0.83).abs() < 1e-3);
        // A jump.
        ground.see(&frame([[0.0, -0.4, 2.0]; JOINT_COUNT]));
        assert_eq!(told(&mut ground), None);
        // The camera looks down by 30 degrees: the same axes turn what is ahead and below to what is ahead.
        ground.lean(Some([0.0, 0.866_025_4, -0.5]));
        ground.see(&frame([[0.0, -1.0, 1.732_050_8]; JOINT_COUNT]));
        let leaning = told(&mut ground).unwrap();
        let turn = ["x", "y", "z", "w"].map(|axis| leaning["rotation"][axis].as_f64().unwrap());
        let turn = glam::DQuat::from_array(turn);
        let ahead = turn * glam::DVec3::new(1.732_050_8, 0.0, -1.0);
        let floor = glam::DVec3::new(ahead.x, 0.0, 0.03 - height(&leaning));
        assert!(ahead.distance(floor) < 1e-3, "{ahead} {floor}");
    }
}
