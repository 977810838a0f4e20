//! Takes from BVH: every joint's place by forward kinematics.

use super::bodies::{Point, RawBody, RawFrame, RawTake, between};
use super::bvh_syntax::{Channel, Motion, Node, parse};
use super::joint_names::{Named, Naming, Slot, named, naming};
use super::{ImportOptions, decoded, stem};
use crate::recording::ExchangeError;
use crate::recording::take::{Take, TakeFacts};
use crate::skeleton::{Joint, Tracking};
use glam::{DQuat, DVec3};
use std::path::Path;

/// Where a performer is put that has no place before a camera, metres: where a Kinect sees a whole body.
const STAND_METRES: f32 = 2.5;

/// Who is nearer to the sensor than this was not recorded by one.
const NEAREST_METRES: f32 = 0.5;

/// Frames by which it is told which way is up.
const UP_FRAMES: usize = 100;

/// Reads the take of a file.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    options: &ImportOptions,
    guessed: &mut Vec<String>,
) -> Result<Take, ExchangeError> {
    let motion = parse(path, &decoded(bytes))?;
    let sources = sources(&motion.nodes);
    let up = up(&motion, &sources);
    let mut take = RawTake {
        facts: TakeFacts {
            name: stem(path),
            ..TakeFacts::default()
        },
        fps: Some((1.0 / motion.period) as f32),
        ..RawTake::default()
    };
    for index in 0..motion.count {
        let places = places(&motion, index);
        let mut body = RawBody::new(1);
        for (slot, from) in &sources {
            let at = from.place(&places, up);
            if at.iter().all(|value| value.is_finite()) {
                let tracking = Tracking::Tracked;
                body.points[*slot] = Some(Point { at, tracking });
            }
        }
        take.frames.push(RawFrame {
            time: None,
            bodies: vec![body],
        });
    }
    let mut take = take.finish(path, None, options, guessed)?;
    step_back(&mut take);
    Ok(take)
}

/// From which nodes a point comes: one, or the middle of two.
#[derive(Clone, Copy, Debug)]
struct From {
    node: usize,
    and: usize,
}

impl From {
    /// In the axes of Kinect v2: who faces +z in the file, or -y where z is up, faces the sensor.
    fn place(self, places: &[DVec3], up: Up) -> [f32; 3] {
        let kinect = |at: DVec3| match up {
            Up::Y => [-at.x as f32, at.y as f32, -at.z as f32],
            Up::Z => [-at.x as f32, at.z as f32, at.y as f32],
        };
        between(kinect(places[self.node]), kinect(places[self.and]), 0.5)
    }
}

/// Which axis of a file points up: y, as BVH has it, or z, as Blender writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Up {
    Y,
    Z,
}

/// The axis along which the performer stands, both at rest and over the frames: at rest some rigs lie, and in the frames
/// some performers do.
fn up(motion: &Motion, sources: &[(Slot, From)]) -> Up {
    let node = |joint: Joint| {
        let mut found = sources.iter().filter(|(slot, _)| *slot == joint as Slot);
        found.next().map(|(_, from)| from.node)
    };
    let (Some(head), Some(hips)) = (node(Joint::Head), node(Joint::SpineBase)) else {
        return Up::Y;
    };
    let spine = |places: &[DVec3]| places[head] - places[hips];
    let stands_along_z = |spine: DVec3| spine.z > spine.truncate().length();
    let mut at_rest: Vec<DVec3> = Vec::with_capacity(motion.nodes.len());
    for node in &motion.nodes {
        let above = node.parent.map_or(DVec3::ZERO, |parent| at_rest[parent]);
        at_rest.push(above + DVec3::from_array(node.offset));
    }
    let step = motion.count.div_ceil(UP_FRAMES).max(1);
    let over_frames = (0..motion.count).step_by(step);
    let over_frames: DVec3 = over_frames.map(|frame| spine(&places(motion, frame))).sum();
    if stands_along_z(spine(&at_rest)) && stands_along_z(over_frames) {
        Up::Z
    } else {
        Up::Y
    }
}

/// Which points the file has, each by its first node.
fn sources(nodes: &[Node]) -> Vec<(Slot, From)> {
    let names = nodes.iter().filter(|node| !node.is_end);
    let naming = naming(names.map(|node| node.name.as_str()));
    let mut found: Vec<(Slot, From)> = Vec::new();
    for (index, node) in nodes.iter().enumerate().filter(|(_, node)| !node.is_end) {
        let Named::Point(slot) = named(&node.name, naming) else {
            continue;
        };
        let mut add = |slot: Slot, node: usize, and: usize| {
            if !found.iter().any(|(other, _)| *other == slot) {
                found.push((slot, From { node, and }));
            }
        };
        if naming == Naming::Points {
            add(slot, index, index);
            continue;
        }
        // A bone begins where its name says; a Kinect's head and hands are in the middle of theirs.
        let below = nodes.iter().position(|other| other.parent == Some(index));
        let below = below.unwrap_or(index);
        let is = |joint: Joint| slot == joint as Slot;
        if is(Joint::Head) {
            add(slot, index, below);
            continue;
        }
        add(slot, index, index);
        if is(Joint::WristLeft) {
            add(Joint::HandLeft as Slot, below, below);
        } else if is(Joint::WristRight) {
            add(Joint::HandRight as Slot, below, below);
        }
    }
    found
}

/// Where every node is in a frame, in the file's axes and unit.
fn places(motion: &Motion, frame: usize) -> Vec<DVec3> {
    let per_frame = motion.values.len() / motion.count.max(1);
    let mut values = motion.values[frame * per_frame..].iter().copied();
    let mut places: Vec<DVec3> = Vec::with_capacity(motion.nodes.len());
    let mut turns: Vec<DQuat> = Vec::with_capacity(motion.nodes.len());
    for node in &motion.nodes {
        let mut at = node.offset;
        let mut turn = DQuat::IDENTITY;
        for channel in &node.channels {
            let value = values.next().unwrap_or(0.0);
            match channel {
                // A place takes the offset's place, as Blender and most others read it.
                Channel::Position(axis) => at[*axis] = value,
                Channel::Rotation(axis) => {
                    let about = DVec3::AXES[*axis];
                    turn *= DQuat::from_axis_angle(about, value.to_radians());
                }
            }
        }
        let (above, parent_turn) = node
            .parent
            .map_or((DVec3::ZERO, DQuat::IDENTITY), |parent| {
                (places[parent], turns[parent])
            });
        places.push(above + parent_turn * DVec3::from_array(at));
        turns.push((parent_turn * turn).normalize());
    }
    places
}

/// Moves who stands where a camera would be to where it sees a whole body.
fn step_back(take: &mut Take) {
    let hips = || {
        let bodies = take.frames.iter().flat_map(|frame| &frame.bodies);
        bodies.map(|body| body.joint(Joint::SpineBase)[2])
    };
    let nearest = hips().fold(f32::INFINITY, f32::min);
    if nearest >= NEAREST_METRES {
        return;
    }
    let mean = hips().sum::<f32>() / hips().count().max(1) as f32;
    for body in take.frames.iter_mut().flat_map(|frame| &mut frame.bodies) {
        for joint in &mut body.joints {
            joint[2] += STAND_METRES - mean;
        }
    }
}
