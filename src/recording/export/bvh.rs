//! Takes as BVH: a tree of bones at rest, then each frame's places and turns.
//!
//! Lengths are metres. A depth camera's bones change their length from frame to frame, which turns alone cannot show,
//! so every joint has channels of position beside those of rotation: readers that use them, as Blender does, show every
//! joint where it was, others a performer of the median lengths.

use super::bvh_pose::{Local, TREE, in_file, pose};
use super::table::check_finite;
use super::{Exported, free_path, put};
use crate::recording::ExchangeError;
use crate::recording::take::Take;
use crate::skeleton::{JOINT_COUNT, Joint, Joints};
use glam::{DVec3, EulerRot};
use std::fmt::Write as _;
use std::path::Path;

/// Bones end somewhere: this much beyond their last joint, metres.
const END_METRES: f64 = 0.05;

/// Writes a file per body.
pub(super) fn write(
    take: &Take,
    folder: &Path,
    exported: &mut Exported,
) -> Result<(), ExchangeError> {
    let ids = take.bodies();
    if ids.is_empty() {
        exported.lost.push(format!(
            "{}: nobody is in view, so there is no BVH of it",
            take.facts.name
        ));
    }
    for (index, id) in ids.iter().enumerate() {
        let name = match index {
            0 => take.facts.name.clone(),
            n => format!("{}-body{}", take.facts.name, n + 1),
        };
        let path = free_path(folder, &name, "bvh");
        check_finite(take, &path)?;
        let track = take.track(*id);
        let missing = track.iter().filter(|joints| joints.is_none()).count();
        if missing > 0 {
            exported.lost.push(format!(
                "{name}: out of view in {missing} of {} frames, where the pose is held",
                track.len()
            ));
        }
        put(&path, text(&held(&track), take.fps).as_bytes())?;
        exported.paths.push(path);
    }
    Ok(())
}

/// A pose for every frame: the last one where the body is out of view, the first one before it came.
fn held<'a>(track: &[Option<&'a Joints>]) -> Vec<&'a Joints> {
    let mut last = track.iter().copied().flatten().next();
    let poses = track.iter().map(|joints| {
        last = joints.or(last);
        last
    });
    poses.flatten().collect()
}

/// The file.
fn text(track: &[&Joints], fps: f32) -> String {
    let mut out = String::from("HIERARCHY\n");
    let offsets = offsets(track);
    joint_text(&mut out, Joint::SpineBase, &offsets, 0);
    line(&mut out, 0, format_args!("MOTION"));
    line(&mut out, 0, format_args!("Frames: {}", track.len()));
    let period = 1.0 / f64::from(fps);
    line(&mut out, 0, format_args!("Frame Time: {period:.8}"));
    let order = file_order();
    for joints in track {
        let locals = pose(joints);
        let of = |joint: Joint| {
            let place = TREE.iter().position(|(other, ..)| *other == joint);
            place.map(|place| locals[place])
        };
        let numbers: Vec<String> = order
            .iter()
            .filter_map(|joint| of(*joint))
            .map(channels)
            .collect();
        line(&mut out, 0, format_args!("{}", numbers.join(" ")));
    }
    out
}

fn channels(local: Local) -> String {
    let (z, x, y) = local.turn.to_euler(EulerRot::ZXY);
    let at = local.at;
    format!(
        "{:.6} {:.6} {:.6} {:.6} {:.6} {:.6}",
        at.x,
        at.y,
        at.z,
        z.to_degrees(),
        x.to_degrees(),
        y.to_degrees()
    )
}

/// The bones at rest, in the order of [`TREE`], metres: median lengths in the directions of the tree.
fn offsets(track: &[&Joints]) -> [DVec3; JOINT_COUNT] {
    TREE.map(|(joint, parent, direction)| {
        let Some(parent) = parent else {
            return DVec3::ZERO;
        };
        let mut lengths: Vec<f64> = track
            .iter()
            .map(|joints| {
                in_file(joints[joint as usize]).distance(in_file(joints[parent as usize]))
            })
            .collect();
        lengths.sort_by(f64::total_cmp);
        let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0.0);
        DVec3::from_array(direction) * median
    })
}

fn children(joint: Joint) -> impl Iterator<Item = Joint> {
    TREE.into_iter()
        .filter(move |(_, parent, _)| *parent == Some(joint))
        .map(|(child, ..)| child)
}

/// The joints in the order of the file: a joint, then all below its first child, then those below its second.
fn file_order() -> Vec<Joint> {
    let (mut order, mut waiting) = (Vec::with_capacity(JOINT_COUNT), vec![Joint::SpineBase]);
    while let Some(joint) = waiting.pop() {
        order.push(joint);
        let mut below: Vec<Joint> = children(joint).collect();
        below.reverse();
        waiting.extend(below);
    }
    order
}

/// A joint with all below it; the tree is nine joints deep.
fn joint_text(out: &mut String, joint: Joint, offsets: &[DVec3; JOINT_COUNT], depth: usize) {
    let kind = if depth == 0 { "ROOT" } else { "JOINT" };
    let place = TREE.iter().position(|(other, ..)| *other == joint);
    let (offset, direction) = place.map_or((DVec3::ZERO, DVec3::Y), |place| {
        (offsets[place], DVec3::from_array(TREE[place].2))
    });
    line(out, depth, format_args!("{kind} {joint:?}"));
    line(out, depth, format_args!("{{"));
    offset_text(out, depth + 1, offset);
    let channels = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation";
    line(out, depth + 1, format_args!("{channels}"));
    let mut is_leaf = true;
    for child in children(joint) {
        is_leaf = false;
        joint_text(out, child, offsets, depth + 1);
    }
    if is_leaf {
        line(out, depth + 1, format_args!("End Site"));
        line(out, depth + 1, format_args!("{{"));
        offset_text(out, depth + 2, direction * END_METRES);
        line(out, depth + 1, format_args!("}}"));
    }
    line(out, depth, format_args!("}}"));
}

fn offset_text(out: &mut String, depth: usize, at: DVec3) {
    let [x, y, z] = at.to_array();
    line(out, depth, format_args!("OFFSET {x:.6} {y:.6} {z:.6}"));
}

fn line(out: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    for _ in 0..depth {
        out.push('\t');
    }
    // Writing to a string cannot fail.
    out.write_fmt(text).ok();
    out.push('\n');
}
