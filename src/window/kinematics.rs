//! What can be measured of a movement without training: how high, how far, how bent, how round, how often.
//!
//! A network that was trained on sixty actions tells those apart, and forgets what only others would need. These
//! measures forget nothing that a motion card speaks of: they are what its attributes (`phrases::motion`) would be
//! read from. Lengths are in trunks (spine base to the shoulders' middle), so that a child counts as an adult, axes are
//! the performer's own (out to the side, up, forward), and of a pair of limbs the livelier one comes first, so that
//! left and right handers look alike.

use crate::skeleton::{Joint, Joints};
use crate::window::geometry::{
    LEFT, Pose, RIGHT, Side, angle, at, in_view, lengths, room, shoulders, slopes, travelled,
    unwrapped, velocities, within_half_turn,
};
use crate::window::statistics::{deviation, extent, mean, median, quantile, spread};
use glam::{DMat3, DVec3};

/// Measures of a clip: 34 of each arm, 7 of both, 18 of each leg, 5 of both, 21 of the trunk, 15 of the way through the
/// room, 3 of how arms and legs share the motion.
pub const KINEMATIC_MEASURES: usize = 155;

/// Below every length, duration and speed that is divided by: trunks, seconds.
const LITTLE: f64 = 1e-3;

/// No measure is larger: that of a body whose trunk collapsed must not outweigh everything else. People stay below 11.
const FARTHEST: f64 = 50.0;

/// Beside this part of its greatest speed a limb that turns back has not turned back.
const TREMBLE: f64 = 0.2;

/// The measures of one body, `[KINEMATIC_MEASURES]`; frames in which it is out of view are passed over.
///
/// `track` is in metres with y up, at an even rate. Time is counted in clips and not in seconds, as the network counts it.
pub(super) fn measure(track: &[Joints]) -> Vec<f32> {
    let movement = Movement::of(track);
    let mut measures = Vec::with_capacity(KINEMATIC_MEASURES);
    movement.arms(&mut measures);
    movement.legs(&mut measures);
    movement.trunk(&mut measures);
    movement.way(&mut measures);
    let bounded = |measure: &f64| measure.clamp(-FARTHEST, FARTHEST) as f32;
    measures.iter().map(bounded).collect()
}

/// A body in its own axes: x to its left, y up, z forward, in trunks.
struct Movement {
    places: Vec<Pose>,
    /// How fast each joint moves beside the shoulders' middle, trunks per clip.
    speeds: Vec<Pose>,
}

impl Movement {
    fn of(track: &[Joints]) -> Self {
        let (mut places, size) = in_view(track);
        let size = size.max(LITTLE);
        let across = |axis: fn(DVec3) -> f64| {
            let lean = |pose: &Pose| axis(shoulders(pose));
            median(places.iter().map(lean).collect())
        };
        let left = DVec3::new(across(|line| line.x), 0.0, across(|line| line.z))
            .try_normalize()
            .unwrap_or(DVec3::NEG_X);
        let own = DMat3::from_cols(left, DVec3::Y, left.cross(DVec3::Y)).transpose();
        for place in places.iter_mut().flatten() {
            *place = own * *place / size;
        }
        let beside: Vec<Pose> = places
            .iter()
            .map(|pose| pose.map(|place| place - at(pose, Joint::SpineShoulder)))
            .collect();
        // Per clip, as all of time here.
        let speeds = slopes(&beside, beside.len().saturating_sub(1) as f64);
        Self { places, speeds }
    }

    /// A value of every frame.
    fn each(&self, value: impl Fn(&Pose) -> f64) -> Vec<f64> {
        self.places.iter().map(value).collect()
    }

    fn speed(&self, joint: Joint) -> Vec<f64> {
        let speed = |speeds: &Pose| at(speeds, joint).length();
        self.speeds.iter().map(speed).collect()
    }

    /// The two sides, the livelier first, and by how much it is the livelier: 0 alike, 1 the other at rest.
    fn sides(&self, joint: fn(&Side) -> Joint) -> ([&'static Side; 2], f64) {
        let [left, right] = [&LEFT, &RIGHT].map(|side| mean(&self.speed(joint(side))));
        let lead = (left - right).abs() / (left + right + LITTLE);
        if left > right {
            ([&LEFT, &RIGHT], lead)
        } else {
            ([&RIGHT, &LEFT], lead)
        }
    }

    fn arms(&self, out: &mut Vec<f64>) {
        let (sides, lead) = self.sides(|side| side.wrist);
        for side in sides {
            self.arm(side, out);
        }
        out.push(lead);
        let apart = |pose: &Pose| at(pose, Joint::WristLeft).distance(at(pose, Joint::WristRight));
        out.extend(spread(&self.each(apart)));
        // Whether the hands move as in a mirror, and whether side by side.
        let (mut mirrored, mut parallel, mut left, mut right) = (0.0, 0.0, 0.0, 0.0);
        for speeds in &self.speeds {
            let (a, b) = (at(speeds, Joint::WristLeft), at(speeds, Joint::WristRight));
            mirrored += (a * DVec3::new(-1.0, 1.0, 1.0)).dot(b);
            parallel += a.dot(b);
            left += a.length_squared();
            right += b.length_squared();
        }
        let both = (left * right).sqrt() + LITTLE;
        out.extend([mirrored / both, parallel / both]);
    }

    fn arm(&self, side: &Side, out: &mut Vec<f64>) {
        let outward = DVec3::new(side.outward, 1.0, 1.0);
        let reach: Vec<DVec3> = (self.places.iter())
            .map(|pose| (at(pose, side.wrist) - at(pose, side.shoulder)) * outward)
            .collect();
        offset(&reach, out);
        out.extend(spread(&lengths(&reach)));
        self.pace(side.wrist, out);
        let nearest = |joints: &[Joint]| {
            let near = |pose: &Pose| {
                let distance = |joint: &Joint| at(pose, side.wrist).distance(at(pose, *joint));
                joints.iter().map(distance).fold(f64::INFINITY, f64::min)
            };
            quantile(self.each(near), 0.05)
        };
        out.extend([
            nearest(&[Joint::Head]),
            nearest(&[Joint::SpineBase]),
            nearest(&[Joint::KneeLeft, Joint::KneeRight]),
        ]);
        let bend = |pose: &Pose| angle(pose, side.shoulder, side.elbow, side.wrist);
        out.extend(spread(&self.each(bend)));
        let speeds: Vec<DVec3> = (self.speeds.iter())
            .map(|speeds| at(speeds, side.wrist) * outward)
            .collect();
        path(&reach, &speeds, out);
    }

    fn legs(&self, out: &mut Vec<f64>) {
        let (sides, lead) = self.sides(|side| side.ankle);
        for side in sides {
            let outward = DVec3::new(side.outward, 1.0, 1.0);
            let reach: Vec<DVec3> = (self.places.iter())
                .map(|pose| (at(pose, side.ankle) - at(pose, side.hip)) * outward)
                .collect();
            offset(&reach, out);
            self.pace(side.ankle, out);
            let bend = |pose: &Pose| angle(pose, side.hip, side.knee, side.ankle);
            out.extend(spread(&self.each(bend)));
        }
        out.push(lead);
        let apart = |pose: &Pose| at(pose, Joint::AnkleLeft).distance(at(pose, Joint::AnkleRight));
        out.extend(spread(&self.each(apart)));
    }

    /// How fast a joint moves, on the whole and at its fastest. Speeds differ by orders of magnitude: as logarithms.
    fn pace(&self, joint: Joint, out: &mut Vec<f64>) {
        let speeds = self.speed(joint);
        out.extend([mean(&speeds).ln_1p(), quantile(speeds, 0.95).ln_1p()]);
    }

    fn trunk(&self, out: &mut Vec<f64>) {
        for (from, to) in [
            (Joint::SpineBase, Joint::SpineShoulder),
            (Joint::SpineShoulder, Joint::Head),
        ] {
            let lean = |axis: fn(DVec3) -> f64| {
                self.each(|pose| {
                    let line = (at(pose, to) - at(pose, from)).normalize_or_zero();
                    axis(line).atan2(line.y.max(0.05))
                })
            };
            out.extend(spread(&lean(|line| line.z)));
            out.extend(spread(&lean(|line| line.x.abs())));
        }
        let turned = |line: fn(&Pose) -> DVec3| {
            unwrapped(self.each(|pose| line(pose).z.atan2(line(pose).x)))
        };
        let yaw = turned(shoulders);
        let hips = turned(|pose| at(pose, Joint::HipLeft) - at(pose, Joint::HipRight));
        let net = yaw.last().zip(yaw.first());
        out.extend([
            deviation(&yaw),
            extent(&yaw),
            net.map_or(0.0, |(last, first)| (last - first).abs()),
        ]);
        let twist: Vec<f64> = (yaw.iter().zip(&hips))
            .map(|(shoulders, hips)| within_half_turn(shoulders - hips))
            .collect();
        let size = twist.iter().map(|angle| angle.abs()).collect();
        out.extend([deviation(&twist), quantile(size, 0.95)]);
    }

    /// Down, up and through the room, and what share arms and legs have in the motion.
    fn way(&self, out: &mut Vec<f64>) {
        let height = self.each(|pose| at(pose, Joint::SpineBase).y);
        let usual = median(height.clone());
        let least = height.iter().copied().fold(usual, f64::min);
        let most = height.iter().copied().fold(usual, f64::max);
        out.extend([
            most - least,
            deviation(&height),
            usual - least,
            most - usual,
        ]);
        let ground: Vec<DVec3> = (self.places.iter())
            .map(|pose| at(pose, Joint::SpineBase) * DVec3::new(1.0, 0.0, 1.0))
            .collect();
        let (x, z): (Vec<f64>, Vec<f64>) = ground.iter().map(|place| (place.x, place.z)).unzip();
        let net = ground.last().zip(ground.first());
        out.extend([
            extent(&x).hypot(extent(&z)),
            net.map_or(0.0, |(last, first)| last.distance(*first)),
            travelled(&ground).ln_1p(),
        ]);
        let base: Vec<DVec3> = (self.places.iter())
            .map(|pose| at(pose, Joint::SpineBase))
            .collect();
        let speeds = velocities(&base, base.len().saturating_sub(1) as f64);
        let speeds: Vec<f64> = speeds.iter().map(|speed| speed.length().ln_1p()).collect();
        out.extend(spread(&speeds));
        let stands = |pose: &Pose| {
            let ankle = |joint| at(pose, joint).y;
            at(pose, Joint::SpineBase).y - ankle(Joint::AnkleLeft).min(ankle(Joint::AnkleRight))
        };
        out.extend(spread(&self.each(stands)));
        let share = |joints: [Joint; 4]| joints.map(|joint| mean(&self.speed(joint))).iter().sum();
        let arms: f64 = share([LEFT.elbow, LEFT.wrist, RIGHT.elbow, RIGHT.wrist]);
        let legs: f64 = share([LEFT.knee, LEFT.ankle, RIGHT.knee, RIGHT.ankle]);
        out.extend([arms / (arms + legs + LITTLE), arms.ln_1p(), legs.ln_1p()]);
    }
}

/// The form of a hand's path: the share of each axis, the area that it goes around in each plane, how straight it is,
/// whether it comes back, and how often it turns back.
fn path(reach: &[DVec3], speeds: &[DVec3], out: &mut Vec<f64>) {
    let energy: DVec3 = speeds.iter().map(|speed| *speed * *speed).sum();
    out.extend((energy / (energy.element_sum() + LITTLE)).to_array());
    let middle = reach.iter().sum::<DVec3>() / reach.len().max(1) as f64;
    let around: DVec3 = (reach.windows(2))
        .map(|pair| (pair[0] - middle).cross(pair[1] - middle) / 2.0)
        .sum();
    let length = travelled(reach) + 10.0 * LITTLE;
    out.extend((around.abs() / length).to_array());
    let net = reach.last().zip(reach.first());
    let net = net.map_or(0.0, |(last, first)| last.distance(*first));
    out.extend([room(reach) / length, net / length]);
    let axis = energy.max_position();
    let along: Vec<f64> = speeds.iter().map(|speed| speed[axis]).collect();
    let fastest = along.iter().map(|speed| speed.abs()).fold(0.0, f64::max);
    let mut ways: Vec<bool> = (along.iter())
        .filter(|speed| speed.abs() > TREMBLE * fastest + LITTLE)
        .map(|speed| *speed > 0.0)
        .collect();
    ways.dedup();
    out.push((ways.len() as f64).ln_1p());
}

/// Where the end of a limb is, on each axis.
fn offset(reach: &[DVec3], out: &mut Vec<f64>) {
    for axis in 0..3 {
        let along: Vec<f64> = reach.iter().map(|offset| offset[axis]).collect();
        out.extend(spread(&along));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;
    use crate::window::geometry::standing;

    /// Somebody who faces the camera and lifts the right hand to `lifted` metres beside the shoulder, waving.
    fn waving(lifted: f32, frames: usize) -> Vec<Joints> {
        let pose = |t: f32| {
            let mut joints = standing();
            joints[RIGHT.wrist as usize] = [0.3 + 0.15 * (t * 0.8).sin(), 0.5 + lifted, 2.3];
            joints
        };
        (0..frames).map(|t| pose(t as f32)).collect()
    }

    fn assert_alike(a: &[f32], b: &[f32]) {
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            assert!((a - b).abs() < 1e-3, "measure {index}: {a} {b}");
        }
    }

    #[test]
    fn camera_size_and_hand_change_nothing() {
        let track = waving(0.4, 48);
        let measures = measure(&track);
        let changed = |change: fn([f32; 3]) -> [f32; 3]| -> Vec<Joints> {
            track.iter().map(|joints| joints.map(change)).collect()
        };
        let turned = changed(|[x, y, z]| [0.8 * x + 0.6 * z + 1.0, y - 0.7, 0.8 * z - 0.6 * x]);
        assert_alike(&measures, &measure(&turned));
        let child = changed(|place| place.map(|value| value * 0.6));
        assert_alike(&measures, &measure(&child));
        let mut left_handed = changed(|[x, y, z]| [-x, y, z]);
        for joints in &mut left_handed {
            for (left, right) in [
                (LEFT.shoulder, RIGHT.shoulder),
                (LEFT.elbow, RIGHT.elbow),
                (LEFT.wrist, RIGHT.wrist),
                (LEFT.hip, RIGHT.hip),
                (LEFT.knee, RIGHT.knee),
                (LEFT.ankle, RIGHT.ankle),
            ] {
                joints.swap(left as usize, right as usize);
            }
        }
        assert_alike(&measures, &measure(&left_handed));
    }

    #[test]
    fn the_livelier_arm_comes_first_and_is_where_it_is() {
        let measures = measure(&waving(0.4, 48));
        // Up, the second axis: its mean; a trunk is half a metre, and the other arm hangs as far down.
        assert!((measures[4] - 0.8).abs() < 0.01, "{}", measures[4]);
        assert!((measures[34 + 4] + 1.0).abs() < 0.01, "{}", measures[38]);
        // It moves to the side alone, and turns back often.
        assert!(measures[25] > 0.99, "{}", measures[25]);
        let still = measure(&vec![waving(0.4, 1)[0]; 48]);
        assert!(
            measures[33] > still[33] + 1.0,
            "{} {}",
            measures[33],
            still[33]
        );
    }

    #[test]
    fn there_are_as_many_for_every_clip_and_all_are_numbers() {
        let nowhere = [[0.0; 3]; JOINT_COUNT];
        let mut gone = waving(0.1, 20);
        gone[7] = nowhere;
        for track in [
            Vec::new(),
            vec![nowhere; 5],
            waving(0.2, 1),
            vec![[[1.0, 2.0, 3.0]; JOINT_COUNT]; 9],
            vec![[[-1000.0, 1000.0, 1000.0]; JOINT_COUNT]; 2],
            gone,
        ] {
            let measures = measure(&track);
            assert_eq!(measures.len(), KINEMATIC_MEASURES);
            assert!(measures.iter().all(|measure| measure.abs() <= 50.0));
        }
    }
}
