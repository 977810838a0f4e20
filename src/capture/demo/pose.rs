//! Poses of the demo performer as a choreographer would say them, and how one eases into another.

use glam::Vec3;

/// An arm. Lengths in metres, directions as (outwards, up, ahead) of the chest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arm {
    /// Where the wrist is, from the arm's own shoulder.
    pub(super) hand: Vec3,
    /// Where the elbow points.
    pub(super) elbow: Vec3,
    /// How far the hand is bent back against the forearm, away from the elbow, degrees.
    pub(super) flex: f32,
}

impl Arm {
    /// Hanging, a little bent.
    pub(super) const REST: Self = Self {
        hand: Vec3::new(0.07, -0.485, 0.06),
        elbow: Vec3::new(0.45, -0.1, -1.0),
        flex: 0.0,
    };

    /// Seated, the hand on the thigh.
    pub(super) const ON_THIGH: Self = Self {
        hand: Vec3::new(-0.01, -0.36, 0.27),
        elbow: Vec3::new(0.6, -0.2, -1.0),
        flex: 0.0,
    };

    /// An arm whose hand and elbow are at `[outwards, up, ahead]`.
    pub(super) const fn to(hand: [f32; 3], elbow: [f32; 3]) -> Self {
        Self {
            hand: Vec3::from_array(hand),
            elbow: Vec3::from_array(elbow),
            flex: 0.0,
        }
    }

    /// Part of the way to another arm; the hand swings on an arc about the shoulder.
    pub(super) fn towards(&self, other: &Self, part: f32) -> Self {
        Self {
            hand: arc(self.hand, other.hand, part),
            elbow: self
                .elbow
                .normalize_or_zero()
                .lerp(other.elbow.normalize_or_zero(), part),
            flex: mix(self.flex, other.flex, part),
        }
    }
}

/// A foot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Foot {
    /// From where it stands at rest: outwards, up, ahead, metres.
    pub(super) at: Vec3,
    /// How far the toes point down, degrees.
    pub(super) toes: f32,
}

/// A whole pose, seen by the performer: right, up and ahead are positive; metres and degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    /// The hips, from where they are at rest: right, up, ahead.
    pub(super) hips: Vec3,
    /// The whole body's turn to the left.
    pub(super) turn: f32,
    /// The hips' tilt ahead.
    pub(super) tilt: f32,
    /// The hips' drop to the right.
    pub(super) sway: f32,
    /// The spine's bend ahead.
    pub(super) bend: f32,
    /// The spine's lean to the right.
    pub(super) lean: f32,
    /// The chest's turn to the left against the hips.
    pub(super) twist: f32,
    /// The head's nod ahead against the chest.
    pub(super) nod: f32,
    /// The head's turn to the left against the chest.
    pub(super) look: f32,
    /// How far both shoulders are drawn up, metres.
    pub(super) shrug: f32,
    /// Left and right arm.
    pub(super) arms: [Arm; 2],
    /// Left and right foot.
    pub(super) feet: [Foot; 2],
    /// How far the left hand holds what the right one holds, 0 to 1.
    pub(super) grip: f32,
}

/// The left of a pair.
pub(super) const LEFT: usize = 0;
/// The right of a pair.
pub(super) const RIGHT: usize = 1;

impl Pose {
    /// Standing at ease.
    pub(super) const STANDING: Self = Self {
        hips: Vec3::ZERO,
        turn: 0.0,
        tilt: 0.0,
        sway: 0.0,
        bend: 3.0,
        lean: 0.0,
        twist: 0.0,
        nod: 0.0,
        look: 0.0,
        shrug: 0.0,
        arms: [Arm::REST; 2],
        feet: [Foot {
            at: Vec3::ZERO,
            toes: 0.0,
        }; 2],
        grip: 0.0,
    };

    /// Seated on a chair.
    pub(super) const SEATED: Self = Self {
        hips: Vec3::new(0.0, -0.42, -0.34),
        tilt: -4.0,
        bend: 8.0,
        arms: [Arm::ON_THIGH; 2],
        ..Self::STANDING
    };

    /// Part of the way to another pose.
    pub(super) fn towards(&self, other: &Self, part: f32) -> Self {
        let foot = |side: usize| Foot {
            at: self.feet[side].at.lerp(other.feet[side].at, part),
            toes: mix(self.feet[side].toes, other.feet[side].toes, part),
        };
        Self {
            hips: self.hips.lerp(other.hips, part),
            turn: mix(self.turn, other.turn, part),
            tilt: mix(self.tilt, other.tilt, part),
            sway: mix(self.sway, other.sway, part),
            bend: mix(self.bend, other.bend, part),
            lean: mix(self.lean, other.lean, part),
            twist: mix(self.twist, other.twist, part),
            nod: mix(self.nod, other.nod, part),
            look: mix(self.look, other.look, part),
            shrug: mix(self.shrug, other.shrug, part),
            arms: [LEFT, RIGHT].map(|side| self.arms[side].towards(&other.arms[side], part)),
            feet: [foot(LEFT), foot(RIGHT)],
            grip: mix(self.grip, other.grip, part),
        }
    }

    /// The same with left and right exchanged, all but the grip: what is held in both hands is led by the right.
    pub(super) fn mirrored(mut self) -> Self {
        self.hips.x = -self.hips.x;
        for angle in [
            &mut self.turn,
            &mut self.sway,
            &mut self.lean,
            &mut self.twist,
            &mut self.look,
        ] {
            *angle = -*angle;
        }
        self.arms.swap(LEFT, RIGHT);
        self.feet.swap(LEFT, RIGHT);
        self
    }
}

/// `part` of the way from `a` to `b`.
pub(super) fn mix(a: f32, b: f32, part: f32) -> f32 {
    a + (b - a) * part
}

/// From 0 at `from` to 1 at `to` with no jerk at either end, as hands move (minimum jerk).
pub(super) fn ease(t: f32, from: f32, to: f32) -> f32 {
    let x = ((t - from) / (to - from)).clamp(0.0, 1.0);
    x * x * x * (x * (6.0 * x - 15.0) + 10.0)
}

/// Eases up from `rise` to `top`, stays, and down from `leave` to `end`.
pub(super) fn plateau(t: f32, rise: f32, top: f32, leave: f32, end: f32) -> f32 {
    ease(t, rise, top) - ease(t, leave, end)
}

/// A smooth line through points of `(time, value)`, flat at the ends and at every turning point, so that it never
/// overshoots (monotone cubic interpolation, Fritsch and Butland).
pub(super) fn through(t: f32, points: &[(f32, f32)]) -> f32 {
    let Some(&(first, start)) = points.first() else {
        return 0.0;
    };
    if t <= first {
        return start;
    }
    let slope = |index: usize| -> f32 {
        let chord = |from: usize| {
            (points[from + 1].1 - points[from].1) / (points[from + 1].0 - points[from].0)
        };
        if index == 0 || index + 1 >= points.len() {
            return 0.0;
        }
        let (before, after) = (chord(index - 1), chord(index));
        if before * after <= 0.0 {
            return 0.0;
        }
        2.0 * before * after / (before + after)
    };
    for index in 1..points.len() {
        let ((t0, v0), (t1, v1)) = (points[index - 1], points[index]);
        if t < t1 {
            let (span, x) = (t1 - t0, (t - t0) / (t1 - t0));
            let (m0, m1) = (slope(index - 1) * span, slope(index) * span);
            let (x2, x3) = (x * x, x * x * x);
            return (2.0 * x3 - 3.0 * x2 + 1.0) * v0
                + (x3 - 2.0 * x2 + x) * m0
                + (3.0 * x2 - 2.0 * x3) * v1
                + (x3 - x2) * m1;
        }
    }
    points[points.len() - 1].1
}

/// As [`through`], for hands: `(time, arm)`, each stretch on an arc about the shoulder.
pub(super) fn arm_through(t: f32, points: &[(f32, Arm)]) -> Arm {
    let polar: Vec<(f32, [f32; 3])> = points
        .iter()
        .map(|(time, arm)| (*time, polar(arm.hand)))
        .collect();
    let axis = |pick: &dyn Fn(usize) -> f32| {
        let line: Vec<(f32, f32)> = points
            .iter()
            .enumerate()
            .map(|(at, (time, _))| (*time, pick(at)))
            .collect();
        through(t, &line)
    };
    let [height, side, reach] = [0, 1, 2].map(|axis_of| axis(&|at| polar[at].1[axis_of]));
    Arm {
        hand: cartesian([height, side, reach]),
        elbow: Vec3::new(
            axis(&|at| points[at].1.elbow.normalize_or_zero().x),
            axis(&|at| points[at].1.elbow.normalize_or_zero().y),
            axis(&|at| points[at].1.elbow.normalize_or_zero().z),
        ),
        flex: axis(&|at| points[at].1.flex),
    }
}

/// An arc about the origin from `a` to `b`.
fn arc(a: Vec3, b: Vec3, part: f32) -> Vec3 {
    let (a, b) = (polar(a), polar(b));
    cartesian([0, 1, 2].map(|axis| mix(a[axis], b[axis], part)))
}

/// How far it is raised from hanging, where to (0 ahead, a quarter turn outwards), and the distance; radians and metres.
fn polar(v: Vec3) -> [f32; 3] {
    let reach = v.length().max(1e-6);
    [
        (-v.y / reach).clamp(-1.0, 1.0).acos(),
        v.x.atan2(v.z),
        reach,
    ]
}

fn cartesian([raise, side, reach]: [f32; 3]) -> Vec3 {
    Vec3::new(
        raise.sin() * side.sin(),
        -raise.cos(),
        raise.sin() * side.cos(),
    ) * reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_pass_their_points_and_stay_between_them() {
        let points = [(0.0, 0.0), (1.0, 2.0), (1.5, 2.5), (3.0, -1.0)];
        for (time, value) in points {
            assert!((through(time, &points) - value).abs() < 1e-5);
        }
        for step in 0..=400 {
            let value = through(step as f32 * 0.01 - 0.5, &points);
            assert!((-1.0..=2.5).contains(&value));
        }
    }

    #[test]
    fn mirroring_twice_is_nothing() {
        let mut pose = Pose::SEATED;
        pose.arms[RIGHT] = Arm::to([0.1, 0.2, 0.3], [1.0, 0.0, 0.0]);
        (pose.lean, pose.hips.x, pose.feet[LEFT].toes) = (5.0, 0.1, 9.0);
        assert_ne!(pose.mirrored(), pose);
        assert_eq!(pose.mirrored().mirrored(), pose);
    }

    #[test]
    fn an_arm_swings_past_the_shoulder_at_full_length() {
        let up = Arm::to([0.1, 0.48, 0.1], [1.0, 0.0, 0.0]);
        for step in 0..=10 {
            let hand = Arm::REST.towards(&up, step as f32 * 0.1).hand;
            assert!((0.45..0.53).contains(&hand.length()), "{hand}");
        }
    }
}
