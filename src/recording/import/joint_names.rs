//! What tools call the joints of a body.
//!
//! Two families: Kinect v1, v2, Azure Kinect and `OpenNI` name points (`WristLeft`, `WRIST_LEFT`, `left_hand`), motion
//! capture names bones by the point where they begin (`LeftForeArm` begins at the elbow, `LeftHand` at the wrist).

use crate::skeleton::{JOINT_COUNT, Joint};

/// A joint of the Kinect v2 skeleton by its index, or one of three more points from which others follow.
pub(super) type Slot = usize;

/// The points of a body that are looked for: the joints, both clavicles, the chest.
pub(super) const SLOTS: usize = JOINT_COUNT + 3;
/// Where the left clavicle begins.
pub(super) const CLAVICLE_LEFT: Slot = JOINT_COUNT;
/// Where the right clavicle begins.
pub(super) const CLAVICLE_RIGHT: Slot = JOINT_COUNT + 1;
/// The spine at the chest.
pub(super) const CHEST: Slot = JOINT_COUNT + 2;

/// Which family of names a file uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Points.
    Points,
    /// Bones, by where they begin.
    Bones,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A point of the body.
    Point(Slot),
    /// A part that no skeleton here has: eyes, fingers, twist bones.
    Other,
    /// Nothing that is known.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The family of a file's names: bones where any name is one that only bones have.
pub(super) fn naming<'a>(names: impl IntoIterator<Item = &'a str>) -> Naming {
    let only_bones = [
        "forearm", "lowarm", "lowerarm", "upleg", "upperleg", "lowleg", "lowerleg", "thigh",
        "shin", "uparm", "upperarm", "calf",
    ];
    let is_bone = |name: &str| {
        let (part, side) = sided(&plain(name));
        side.is_some() && only_bones.contains(&part.as_str())
    };
    if names.into_iter().any(is_bone) {
        Naming::Bones
    } else {
        Naming::Points
    }
}

/// What a name stands for in a family of names.
pub(super) fn named(name: &str, naming: Naming) -> Named {
    let plain = plain(name);
    if let Some(slot) = central(&plain) {
        return Named::Point(slot);
    }
    let (part, side) = sided(&plain);
    let Some(side) = side else {
        let parts = ["nose", "end", "site", "root", "reference", "jaw"];
        return if naming == Naming::Bones || parts.contains(&plain.as_str()) {
            Named::Other
        } else {
            Named::Unknown
        };
    };
    let (left, right) = match (naming, part.as_str()) {
        (_, "clavicle" | "collar" | "clav") | (Naming::Bones, "shoulder") => {
            (CLAVICLE_LEFT, CLAVICLE_RIGHT)
        }
        (Naming::Points, "shoulder") | (Naming::Bones, "arm" | "uparm" | "upperarm" | "shldr") => {
            pair(Joint::ShoulderLeft, Joint::ShoulderRight)
        }
        (_, "elbow") | (Naming::Bones, "forearm" | "lowarm" | "lowerarm") => {
            pair(Joint::ElbowLeft, Joint::ElbowRight)
        }
        (_, "wrist") | (Naming::Bones, "hand") => pair(Joint::WristLeft, Joint::WristRight),
        (Naming::Points, "hand" | "palm") => pair(Joint::HandLeft, Joint::HandRight),
        (Naming::Points, "handtip" | "fingertip" | "tip") => {
            pair(Joint::HandTipLeft, Joint::HandTipRight)
        }
        (Naming::Points, "thumb") => pair(Joint::ThumbLeft, Joint::ThumbRight),
        (_, "hip") | (Naming::Bones, "upleg" | "thigh" | "upperleg") => {
            pair(Joint::HipLeft, Joint::HipRight)
        }
        (_, "knee") | (Naming::Bones, "leg" | "shin" | "calf" | "lowleg" | "lowerleg") => {
            pair(Joint::KneeLeft, Joint::KneeRight)
        }
        (_, "ankle") | (Naming::Bones, "foot") => pair(Joint::AnkleLeft, Joint::AnkleRight),
        (Naming::Points, "foot") | (Naming::Bones, "toebase" | "toe" | "toes" | "ball") => {
            pair(Joint::FootLeft, Joint::FootRight)
        }
        (_, "eye" | "ear") | (Naming::Bones, _) => return Named::Other,
        _ => return Named::Unknown,
    };
    Named::Point(if side == Side::Left { left } else { right })
}

/// The point of a joint's number in Kinect v2 order.
pub(super) fn numbered(text: &str) -> Option<Slot> {
    text.parse().ok().filter(|index| *index < JOINT_COUNT)
}

fn pair(left: Joint, right: Joint) -> (Slot, Slot) {
    (left as Slot, right as Slot)
}

/// Points of the trunk and the head.
fn central(plain: &str) -> Option<Slot> {
    Some(match plain {
        "spinebase" | "hipcenter" | "hipcentre" | "hips" | "pelvis" | "hip" | "waist" => {
            Joint::SpineBase as Slot
        }
        "spinemid" | "spine" | "spinenavel" | "spinenaval" | "spine1" | "torso" | "abdomen"
        | "midspine" => Joint::SpineMid as Slot,
        "spineshoulder" | "shouldercenter" | "shouldercentre" => Joint::SpineShoulder as Slot,
        "neck" | "neck1" => Joint::Neck as Slot,
        "head" => Joint::Head as Slot,
        "chest" | "spinechest" | "spine2" | "spine3" | "uppertorso" => CHEST,
        _ => return None,
    })
}

/// Lower case, letters and digits only, without the prefixes that rigs and SDKs put before.
fn plain(name: &str) -> String {
    let name = name.rsplit([':', '|']).next().unwrap_or(name);
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    for prefix in ["mixamorig", "jointtype", "k4abtjoint", "bip01", "joint"] {
        if let Some(rest) = plain.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            return rest.to_owned();
        }
    }
    plain
}

/// A plain name without its side: `leftknee`, `kneeleft`, `lknee`, `kneel`.
fn sided(plain: &str) -> (String, Option<Side>) {
    for (word, side) in [("left", Side::Left), ("right", Side::Right)] {
        if let Some(at) = plain.find(word) {
            let mut rest = plain.to_owned();
            rest.replace_range(at..at + word.len(), "");
            return (rest, Some(side));
        }
    }
    let parts = [
        "clavicle",
        "collar",
        "clav",
        "shoulder",
        "arm",
        "uparm",
        "upperarm",
        "shldr",
        "elbow",
        "forearm",
        "lowarm",
        "lowerarm",
        "wrist",
        "hand",
        "palm",
        "handtip",
        "fingertip",
        "tip",
        "thumb",
        "hip",
        "upleg",
        "thigh",
        "upperleg",
        "knee",
        "leg",
        "shin",
        "calf",
        "lowleg",
        "lowerleg",
        "ankle",
        "foot",
        "toebase",
        "toe",
        "toes",
        "ball",
        "eye",
        "ear",
    ];
    for (letter, side) in [('l', Side::Left), ('r', Side::Right)] {
        for rest in [plain.strip_prefix(letter), plain.strip_suffix(letter)] {
            if let Some(part) = rest.filter(|rest| parts.contains(rest)) {
                return (part.to_owned(), Some(side));
            }
        }
    }
    (plain.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(joint: Joint) -> Named {
        Named::Point(joint as Slot)
    }

    #[test]
    fn every_joints_own_name_is_its_own() {
        for joint in Joint::ALL {
            assert_eq!(named(&format!("{joint:?}"), Naming::Points), point(joint));
        }
    }

    #[test]
    fn cameras_name_points() {
        for (name, joint) in [
            ("WRIST_LEFT", Joint::WristLeft),
            ("HipCenter", Joint::SpineBase),
            ("SPINE_NAVAL", Joint::SpineMid),
            ("left_hand", Joint::HandLeft),
            ("JointType_FootRight", Joint::FootRight),
            ("r_knee", Joint::KneeRight),
            ("HANDTIP_RIGHT", Joint::HandTipRight),
        ] {
            assert_eq!(named(name, Naming::Points), point(joint), "{name}");
        }
        assert_eq!(named("EYE_LEFT", Naming::Points), Named::Other);
        assert_eq!(named("nose", Naming::Points), Named::Other);
        assert_eq!(named("tail", Naming::Points), Named::Unknown);
        assert_eq!(
            named("CLAVICLE_RIGHT", Naming::Points),
            Named::Point(CLAVICLE_RIGHT)
        );
    }

    #[test]
    fn motion_capture_names_bones() {
        let mixamo = ["mixamorig:Hips", "mixamorig:LeftForeArm"];
        assert_eq!(naming(mixamo), Naming::Bones);
        assert_eq!(naming(["ElbowLeft", "HandLeft"]), Naming::Points);
        for (name, joint) in [
            ("mixamorig:LeftForeArm", Joint::ElbowLeft),
            ("mixamorig:LeftHand", Joint::WristLeft),
            ("lShldr", Joint::ShoulderLeft),
            ("RightUpLeg", Joint::HipRight),
            ("thigh_l", Joint::HipLeft),
            ("LeftToeBase", Joint::FootLeft),
            ("RightFoot", Joint::AnkleRight),
        ] {
            assert_eq!(named(name, Naming::Bones), point(joint), "{name}");
        }
        assert_eq!(named("LeftHandIndex1", Naming::Bones), Named::Other);
        assert_eq!(
            named("LeftShoulder", Naming::Bones),
            Named::Point(CLAVICLE_LEFT)
        );
    }
}
