//! BVH: what is written shows every joint where it was, and what others write is read.

use super::{apart, back, exported, person, read_text, take};
use std::fs;
use synse::recording::export::Format;
use synse::skeleton::{JOINT_COUNT, Joint, Tracking};

/// Positions by the plainest forward kinematics: names and places of one frame.
fn kinematics(text: &str, frame: usize) -> Vec<(String, [f64; 3])> {
    type Turn = [[f64; 3]; 3];
    let times = |a: Turn, b: Turn| -> Turn {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
    };
    let (tree, motion) = text.split_once("MOTION\n").unwrap();
    let row = motion.lines().nth(2 + frame).unwrap();
    let mut numbers = row.split(' ').map(|word| word.parse::<f64>().unwrap());
    let mut stack: Vec<([f64; 3], Turn)> = Vec::new();
    let mut places = Vec::new();
    let (mut name, mut offset) = (String::new(), [0.0; 3]);
    for line in tree.lines().map(str::trim) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "ROOT" | "JOINT" => name = words[1].to_owned(),
            "End" => name.clear(),
            "OFFSET" => {
                offset = std::array::from_fn(|axis| words[axis + 1].parse().unwrap());
                if name.is_empty() {
                    stack.push((offset, [[0.0; 3]; 3]));
                }
            }
            "CHANNELS" => {
                let still = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
                let (at, turn) = stack.last().copied().unwrap_or(([0.0; 3], still));
                let (mut moved, mut turned) = (offset, turn);
                for channel in &words[2..] {
                    let value = numbers.next().unwrap();
                    let (sin, cos) = value.to_radians().sin_cos();
                    match *channel {
                        "Xposition" => moved[0] = value,
                        "Yposition" => moved[1] = value,
                        "Zposition" => moved[2] = value,
                        "Xrotation" => {
                            turned =
                                times(turned, [[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
                        }
                        "Yrotation" => {
                            turned =
                                times(turned, [[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
                        }
                        "Zrotation" => {
                            turned =
                                times(turned, [[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
                        }
                        other => panic!("{other}"),
                    }
                }
                let place = std::array::from_fn(|i| {
                    at[i] + (0..3).map(|k| turn[i][k] * moved[k]).sum::<f64>()
                });
                places.push((name.clone(), place));
                stack.push((place, turned));
            }
            "}" => drop(stack.pop()),
            _ => {}
        }
    }
    assert!(numbers.next().is_none() && stack.is_empty());
    places
}

/// Without the channels of position beside the root's: what a reader shows that knows turns only.
fn turns_only(text: &str) -> String {
    let six = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation";
    let (tree, motion) = text.split_once("MOTION\n").unwrap();
    let tree = tree.replace(six, "CHANNELS 3 Zrotation Xrotation Yrotation");
    let tree = tree.replacen("CHANNELS 3 Zrotation Xrotation Yrotation", six, 1);
    let rows = motion.lines().enumerate().map(|(index, line)| {
        let words: Vec<&str> = line.split(' ').collect();
        if index < 2 {
            return line.to_owned();
        }
        let kept = words
            .iter()
            .enumerate()
            .filter(|(at, _)| *at < 6 || at % 6 > 2);
        kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
    });
    format!("{tree}MOTION\n{}\n", rows.collect::<Vec<_>>().join("\n"))
}

#[test]
fn bvh_shows_every_joint_where_it_was() {
    let (_folder, written) = exported(&[take()], Format::Bvh);
    assert_eq!(written.paths.len(), 2, "a file per body");
    assert!(
        written
            .lost
            .iter()
            .any(|line| line.contains("out of view in 2 of 10")),
        "{:?}",
        written.lost
    );
    let text = fs::read_to_string(&written.paths[0]).unwrap();
    let expected = person(4.0 * 0.4);
    let places = kinematics(&text, 4);
    assert_eq!(places.len(), JOINT_COUNT);
    for (name, [x, y, z]) in &places {
        let joint = Joint::ALL
            .into_iter()
            .find(|j| format!("{j:?}") == *name)
            .unwrap();
        let [ex, ey, ez] = expected[joint as usize].map(f64::from);
        for (value, wanted) in [(-x, ex), (*y, ey), (-z, ez)] {
            assert!(
                (value - wanted).abs() < 1e-5,
                "{name}: {value} for {wanted}"
            );
        }
    }
    // By its turns alone: bones point where they pointed, so wrists are off by the change of bones' lengths at most.
    let plain = kinematics(&turns_only(&text), 4);
    for (name, place) in &plain {
        let (_, exact) = places.iter().find(|(other, _)| other == name).unwrap();
        let off = (0..3)
            .map(|i| (place[i] - exact[i]).powi(2))
            .sum::<f64>()
            .sqrt();
        let limit = if name.contains("Thumb") { 0.12 } else { 0.1 };
        assert!(off < limit, "{name} is {off} m off");
    }
}

#[test]
fn bvh_comes_back_to_a_micrometre() {
    let mut whole = take();
    whole
        .frames
        .retain(|frame| frame.bodies.iter().any(|body| body.id != 3));
    for frame in &mut whole.frames {
        frame.bodies.truncate(1);
    }
    let back = back(Format::Bvh, &whole);
    assert!(apart(&back, &whole) < 3e-6, "{}", apart(&back, &whole));
    assert!((back.fps - whole.fps).abs() < 1e-3);
}

/// A rig of motion capture: bones by where they begin, turned channels, centimetres.
pub(super) fn mocap(rotations: &str, frame: &str) -> String {
    let mut text = String::from("HIERARCHY\r\nROOT mixamorig:Hips\r\n{\r\nOFFSET 0 0 0\r\n");
    text += &format!("CHANNELS 6 Xposition Yposition Zposition {rotations}\r\n");
    let mut chain = |names: &[(&str, [f32; 3])]| {
        for (name, [x, y, z]) in names {
            text += &format!(
                "JOINT mixamorig:{name} {{ OFFSET {x} {y} {z}\r\nCHANNELS 3 {rotations}\r\n"
            );
        }
        text += "End Site { OFFSET 0 8 2 }\r\n";
        text += &"}\r\n".repeat(names.len());
    };
    chain(&[
        ("LeftUpLeg", [9.0, -5.0, 0.0]),
        ("LeftLeg", [0.0, -40.0, 0.0]),
        ("LeftFoot", [0.0, -40.0, 0.0]),
    ]);
    chain(&[
        ("RightUpLeg", [-9.0, -5.0, 0.0]),
        ("RightLeg", [0.0, -40.0, 0.0]),
        ("RightFoot", [0.0, -40.0, 0.0]),
    ]);
    chain(&[
        ("LeftShoulder", [5.0, 45.0, 0.0]),
        ("LeftArm", [12.0, 0.0, 0.0]),
        ("LeftForeArm", [28.0, 0.0, 0.0]),
        ("LeftHand", [25.0, 0.0, 0.0]),
    ]);
    chain(&[
        ("RightShoulder", [-5.0, 45.0, 0.0]),
        ("RightArm", [-12.0, 0.0, 0.0]),
        ("RightForeArm", [-28.0, 0.0, 0.0]),
        ("RightHand", [-25.0, 0.0, 0.0]),
    ]);
    chain(&[
        ("Spine", [0.0, 20.0, 0.0]),
        ("Neck", [0.0, 30.0, 0.0]),
        ("Head", [0.0, 8.0, 0.0]),
    ]);
    let joints = text.matches("CHANNELS 3").count();
    let still = " 0 0 0".repeat(joints);
    text + &format!(
        "}}\r\nMOTION\r\nFrames : 2\r\nFrame Time: 0.01\r\n0 95 0 {frame}{still}\r\n0 95 0 {frame}{still}"
    )
}

#[test]
fn bvh_of_other_tools_is_read_whatever_the_order_of_its_channels() {
    for (rotations, frame) in [
        ("Zrotation Xrotation Yrotation", "0 0 90"),
        ("Yrotation Xrotation Zrotation", "90 0 0"),
        ("Xrotation Yrotation Zrotation", "0 90 0"),
    ] {
        let take = read_text("dance.bvh", mocap(rotations, frame))
            .unwrap()
            .remove(0);
        assert_eq!((take.frames.len(), take.fps), (2, 100.0));
        let body = &take.frames[0].bodies[0];
        // Who faces +z in the file and turns a quarter about y faces +x: the left arm points to the file's -z.
        let (shoulder, wrist) = (
            body.joint(Joint::ShoulderLeft),
            body.joint(Joint::WristLeft),
        );
        assert!(
            (wrist[2] - shoulder[2] - 0.53).abs() < 1e-4,
            "{shoulder:?} {wrist:?}"
        );
        assert!(
            (body.joint(Joint::SpineBase)[1] - 0.95).abs() < 1e-5,
            "centimetres"
        );
        assert!(
            (body.joint(Joint::SpineBase)[2] - 2.5).abs() < 1e-4,
            "before the camera"
        );
        assert!(body.joint(Joint::KneeLeft)[1] < 0.55 && body.joint(Joint::Head)[1] > 1.5);
        assert_eq!(
            body.tracking[Joint::SpineShoulder as usize],
            Tracking::Inferred
        );
    }
}

/// The same rig with z up, as Blender writes it.
fn with_z_up(text: &str) -> String {
    let mut parts = text.split("OFFSET ");
    let mut turned = parts.next().unwrap().to_owned();
    for part in parts {
        let words: Vec<&str> = part.splitn(4, [' ', '\r']).collect();
        let [x, y, z, rest] = words[..] else {
            panic!("{part}")
        };
        let back = -z.parse::<f32>().unwrap();
        turned += &format!(
            "OFFSET {x} {back} {y}{}{rest}",
            if z == "2" { " " } else { "\r" }
        );
    }
    turned.replace("\n0 95 0 ", "\n0 0 95 ")
}

#[test]
fn bvh_with_z_up_stands_as_with_y_up() {
    let about_y = mocap("Zrotation Xrotation Yrotation", "0 0 90");
    let about_z = with_z_up(&mocap("Zrotation Xrotation Yrotation", "90 0 0"));
    let [y_up, z_up] =
        [about_y, about_z].map(|text| read_text("dance.bvh", text).unwrap().remove(0));
    assert!(apart(&y_up, &z_up) < 1e-5, "{}", apart(&y_up, &z_up));
    // Who lies on the back in a file with y up does not stand.
    let lying = mocap("Zrotation Xrotation Yrotation", "0 90 0");
    let lying = read_text("rest.bvh", lying).unwrap().remove(0);
    let body = &lying.frames[0].bodies[0];
    let height = body.joint(Joint::Head)[1] - body.joint(Joint::SpineBase)[1];
    assert!(height.abs() < 0.01, "{height}");
}
