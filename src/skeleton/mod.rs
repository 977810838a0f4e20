//! Joints, bodies and frames: what every camera is turned into before anything looks at it.

/// Joints of a body, in Kinect v2 order.
pub const JOINT_COUNT: usize = 25;

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
    pub joints: [[f32; 3]; JOINT_COUNT],
    /// How each position came about.
    pub tracking: [Tracking; JOINT_COUNT],
}

impl Body {
    /// A body of which every joint is tracked.
    pub fn tracked(id: u64, joints: [[f32; 3]; JOINT_COUNT]) -> Self {
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

/// The bones of the Kinect v2 skeleton, each as `(child, parent)`, towards [`Joint::SpineShoulder`].
///
/// The same pairs that the NTU bone stream is made of (Shift-GCN, `gen_bone_data.py`), less the centre's own.
pub const BONES: [(Joint, Joint); JOINT_COUNT - 1] = [
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
    (Joint::HandTipLeft, Joint::HandLeft),
    (Joint::ThumbLeft, Joint::HandLeft),
    (Joint::HandTipRight, Joint::HandRight),
    (Joint::ThumbRight, Joint::HandRight),
];
