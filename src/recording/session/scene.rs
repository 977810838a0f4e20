//! The skeletons as `foxglove.SceneUpdate`, so that a session shows in Foxglove's 3D panel.

use crate::skeleton::{BONES, Frame, Joint};
use std::fmt::Write as _;

/// Foxglove's own schema, without its descriptions, which are at <https://docs.foxglove.dev/docs/sdk/schemas/scene-update>.
pub(super) const SCENE_SCHEMA: &str = include_str!("../../../assets/scene_update.schema.json");

/// How long a skeleton stays when no newer one comes, nanoseconds.
const LIFETIME_NANOS: u32 = 300_000_000;

/// Bodies are told apart by these colours (Okabe and Ito's, which colour-blind people can tell apart too).
const COLOURS: [[f32; 3]; 6] = [
    [0.34, 0.71, 0.91],
    [0.90, 0.62, 0.0],
    [0.0, 0.62, 0.45],
    [0.80, 0.47, 0.65],
    [0.94, 0.89, 0.26],
    [0.84, 0.37, 0.0],
];

/// Writes a frame's skeletons in place of whatever is in `out`: x forward, y left, z up, metres to the millimetre.
pub(super) fn scene_into_text(frame: &Frame, log_nanos: u64, out: &mut String) {
    out.clear();
    out.push_str(r#"{"deletions":[],"entities":["#);
    let mut first = true;
    for body in frame.bodies.iter().filter(|body| body.is_finite()) {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        let [r, g, b] = COLOURS[(body.id % COLOURS.len() as u64) as usize];
        let (sec, nsec) = (log_nanos / 1_000_000_000, log_nanos % 1_000_000_000);
        let id = body.id;
        // Writing into a string cannot fail.
        write!(
            out,
            r#"{{"timestamp":{{"sec":{sec},"nsec":{nsec}}},"frame_id":"camera","id":"body {id}","lifetime":{{"sec":0,"nsec":{LIFETIME_NANOS}}},"frame_locked":false,"metadata":[],"arrows":[],"cubes":[],"spheres":[],"cylinders":[],"triangles":[],"texts":[],"models":[],"lines":[{{"type":2,"pose":{{"position":{{"x":0,"y":0,"z":0}},"orientation":{{"x":0,"y":0,"z":0,"w":1}}}},"thickness":0.03,"scale_invariant":false,"color":{{"r":{r},"g":{g},"b":{b},"a":1}},"colors":[],"points":["#,
        )
        .ok();
        for (index, joint) in Joint::ALL.into_iter().enumerate() {
            let [x, y, z] = body.joint(joint);
            let comma = if index == 0 { "" } else { "," };
            write!(out, r#"{comma}{{"x":{z:.3},"y":{x:.3},"z":{y:.3}}}"#).ok();
        }
        out.push_str(r#"],"indices":["#);
        for (index, (child, parent)) in BONES.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}{},{}", child as u8, parent as u8).ok();
        }
        out.push_str("]}]}");
    }
    out.push_str("]}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::{Body, JOINT_COUNT};

    #[test]
    fn a_scene_is_json_with_a_line_for_each_bone() {
        let mut text = String::new();
        let joints = std::array::from_fn::<_, JOINT_COUNT, _>(|i| [i as f32, 1.0, -2.0]);
        let frame = Frame {
            timestamp_micros: 0,
            bodies: vec![Body::tracked(3, joints), Body::tracked(8, joints)],
        };
        scene_into_text(&frame, 1_500_000_000, &mut text);
        let scene: serde_json::Value = serde_json::from_str(&text).unwrap();
        let entities = scene["entities"].as_array().unwrap();
        assert_eq!(entities.len(), 2);
        let line = &entities[1]["lines"][0];
        assert_eq!(line["indices"].as_array().unwrap().len(), 2 * BONES.len());
        assert_eq!(
            line["points"][7],
            serde_json::json!({"x": -2.0, "y": 7.0, "z": 1.0})
        );
        assert!(serde_json::from_str::<serde_json::Value>(SCENE_SCHEMA).is_ok());
    }
}
