//! Joints, bodies and frames: what every camera is turned into before anything looks at it.

mod upright;

pub use self::upright::Upright;

use std::fmt;

/// Joints of a body, in Kinect v2 order.
pub const JOINT_COUNT: usize = 25;

/// One body's joint positions, `[joint][x, y, z]`, metres.
pub type Joints = [[f32; 3]; JOINT_COUNT];

/// A joint of the Kinect v2 skeleton; its value is its index in every array of joints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum Joint {
    SpineBase,
    SpineMid,
    Neck,
    Head,
    ShoulderLeft,
    ElbowLeft,
    WristLeft,
    HandLeft,
    ShoulderRight,
    ElbowRight,
    WristRight,
    HandRight,
    HipLeft,
    KneeLeft,
    AnkleLeft,
    FootLeft,
    HipRight,
    KneeRight,
    AnkleRight,
    FootRight,
    SpineShoulder,
    HandTipLeft,
    ThumbLeft,
    HandTipRight,
    ThumbRight,
}

impl Joint {
    /// All joints, each at its own index.
    pub const ALL: [Self; JOINT_COUNT] = [
        Self::SpineBase,
        Self::SpineMid,
        Self::Neck,
        Self::Head,
        Self::ShoulderLeft,
        Self::ElbowLeft,
        Self::WristLeft,
        Self::HandLeft,
        Self::ShoulderRight,
        Self::ElbowRight,
        Self::WristRight,
        Self::HandRight,
        Self::HipLeft,
        Self::KneeLeft,
        Self::AnkleLeft,
        Self::FootLeft,
        Self::HipRight,
        Self::KneeRight,
        Self::AnkleRight,
        Self::FootRight,
        Self::SpineShoulder,
        Self::HandTipLeft,
        Self::ThumbLeft,
        Self::HandTipRight,
        Self::ThumbRight,
    ];
}

/// How a joint's position came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tracking {
    /// The sensor has no idea; the position is a placeholder.
    NotTracked,
    /// The sensor guessed it from other joints.
    Inferred,
    /// The sensor saw it.
    #[default]
    Tracked,
}

/// One body in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The tracker's id, stable while the body stays in view.
    pub id: u64,
    /// Positions `[joint][x, y, z]` in metres, Kinect v2 axes: x to the sensor's left, y up, z away from it.
    pub joints: Joints,
    /// How each position came about.
    pub tracking: [Tracking; JOINT_COUNT],
}

impl Body {
    /// A body of which every joint is tracked.
    #[expect(clippy::large_types_passed_by_value, reason = "the body keeps them")]
    pub fn tracked(id: u64, joints: Joints) -> Self {
        Self {
            id,
            joints,
            tracking: [Tracking::Tracked; JOINT_COUNT],
        }
    }

    /// Where a joint is, in metres.
    pub fn joint(&self, joint: Joint) -> [f32; 3] {
        self.joints[joint as usize]
    }

    /// Whether every coordinate is a number.
    pub fn is_finite(&self) -> bool {
        self.joints.as_flattened().iter().all(|x| x.is_finite())
    }
}

/// All bodies that a camera saw at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The device's clock in microseconds; it starts anywhere and may restart.
    pub timestamp_micros: u64,
    /// The bodies, in the tracker's order; none when nobody is in view.
    pub bodies: Vec<Body>,
}

impl Frame {
    /// Height of the lowest foot or ankle of all, metres; `None` where nobody is in view.
    pub fn lowest_foot(&self) -> Option<f32> {
        const FEET: [Joint; 4] = [
            Joint::FootLeft,
            Joint::FootRight,
            Joint::AnkleLeft,
            Joint::AnkleRight,
        ];
        let whole = self.bodies.iter().filter(|body| body.is_finite());
        let heights = whole.flat_map(|body| FEET.map(|foot| body.joint(foot)[1]));
        heights.min_by(f32::total_cmp)
    }
}

/// What a hand does, numbered as `HandState` of Kinect.h.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Hand {
    /// The camera cannot tell.
    #[default]
    Unknown,
    /// The hand is not seen.
    NotTracked,
    /// Open.
    Open,
    /// A fist.
    Closed,
    /// Two fingers out.
    Lasso,
}

impl Hand {
    /// The hand of a number; [`Self::Unknown`] of one that stands for none.
    pub fn of_value(value: i32) -> Self {
        match value {
            1 => Self::NotTracked,
            2 => Self::Open,
            3 => Self::Closed,
            4 => Self::Lasso,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Hand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unknown => "unknown",
            Self::NotTracked => "not seen",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Lasso => "two fingers",
        })
    }
}

/// What the two hands of a body do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// The body's id.
    pub body: u64,
    /// Its left hand.
    pub left: Hand,
    /// Its right hand.
    pub right: Hand,
}

/// A plane `[x, y, z, w]` of all points with `x X + y Y + z Z + w = 0`, metres: a floor's normal points up, and `w` is the
/// sensor's height above it.
pub type Plane = [f32; 4];

/// The bones of the Kinect v2 skeleton, each as `(child, parent)`, towards [`Joint::SpineShoulder`].
///
/// These are the bones to draw. The bone stream of the released code pairs the hands' ends otherwise: [`NTU_BONES`].
pub const BONES: [(Joint, Joint); JOINT_COUNT - 1] = bones(Joint::HandLeft, Joint::HandRight);

/// The pairs that the bone stream is made of, each as `(child, parent)` (Shift-GCN, `gen_bone_data.py`), less the centre's own.
///
/// They differ from [`BONES`] at the hands: a hand's tip hangs on the thumb and the thumb on the hand.
pub const NTU_BONES: [(Joint, Joint); JOINT_COUNT - 1] = bones(Joint::ThumbLeft, Joint::ThumbRight);

/// All bones, with the joints on which the tips of the left and the right hand hang.
const fn bones(tip_left_on: Joint, tip_right_on: Joint) -> [(Joint, Joint); JOINT_COUNT - 1] {
    [
        (Joint::SpineBase, Joint::SpineMid),
        (Joint::SpineMid, Joint::SpineShoulder),
        (Joint::Neck, Joint::SpineShoulder),
        (Joint::Head, Joint::Neck),
        (Joint::ShoulderLeft, Joint::SpineShoulder),
        (Joint::ElbowLeft, Joint::ShoulderLeft),
        (Joint::WristLeft, Joint::ElbowLeft),
        (Joint::HandLeft, Joint::WristLeft),
        (Joint::ShoulderRight, Joint::SpineShoulder),
        (Joint::ElbowRight, Joint::ShoulderRight),
        (Joint::WristRight, Joint::ElbowRight),
        (Joint::HandRight, Joint::WristRight),
        (Joint::HipLeft, Joint::SpineBase),
        (Joint::KneeLeft, Joint::HipLeft),
        (Joint::AnkleLeft, Joint::KneeLeft),
        (Joint::FootLeft, Joint::AnkleLeft),
        (Joint::HipRight, Joint::SpineBase),
        (Joint::KneeRight, Joint::HipRight),
        (Joint::AnkleRight, Joint::KneeRight),
        (Joint::FootRight, Joint::AnkleRight),
        (Joint::HandTipLeft, tip_left_on),
        (Joint::ThumbLeft, Joint::HandLeft),
        (Joint::HandTipRight, tip_right_on),
        (Joint::ThumbRight, Joint::HandRight),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_joint_lies_at_its_own_index() {
        for (index, joint) in Joint::ALL.into_iter().enumerate() {
            assert_eq!(joint as usize, index);
        }
    }

    #[test]
    fn bones_reach_every_joint_from_the_centre() {
        for bones in [BONES, NTU_BONES] {
            for joint in Joint::ALL {
                let mut at = joint;
                for _ in 0..JOINT_COUNT {
                    at = bones
                        .iter()
                        .find(|(child, _)| *child == at)
                        .map_or(at, |(_, parent)| *parent);
                }
                assert_eq!(at, Joint::SpineShoulder, "{joint:?}");
            }
        }
    }
}
