//! On which side it is done, and which way it goes: what mirrors turn around.

use super::body::Movement;
use super::manner::Figure;
use super::{Seen, soft};
use crate::skeleton::Joint;
use crate::window::geometry::{Pose, at, unwrapped};
use crate::window::statistics::{mean, median, quantile};

impl Movement {
    /// Left or right, clockwise or not, forward or backward.
    pub(super) fn sides(&self, seen: &mut Seen) {
        let busy = self.busy().max(soft(self.legs[0].room, 0.5, 0.08));
        let lead = self.lead();
        let figures = self.arms.each_ref().map(|arm| Figure::of(arm, self.rate));
        let (lean, hands, head) = (self.leans(), self.hands_go(&figures), self.head_tilts());
        let (aside, ahead, turned) = (self.goes(0), self.goes(2), farthest(&self.yaw));
        // Beside a leaning trunk hands go to that side too, seen from the shoulders, or stay behind.
        let upright = 1.0 - soft(lean.abs(), 0.25, 0.05);
        let to_left = |way: f64| {
            [
                soft(way * hands, 0.3, 0.08) * upright,
                soft(way * head, 0.3, 0.05) * upright,
                soft(way * lean, 0.25, 0.05) * (1.0 - self.bends),
                soft(way * aside, 0.6, 0.12),
                soft(-way * turned, 0.8, 0.15),
            ]
            .into_iter()
            .fold(0.0, f64::max)
        };
        let (drawn, wheel) = (self.drawn(&figures), self.wheel());
        let clockwise = |way: f64| {
            soft(way * drawn, 0.7, 0.1)
                .max(soft(way * wheel, 0.6, 0.1))
                .max(soft(way * turned, 2.6, 0.25))
        };
        seen.extend([
            ("left_limb", busy * soft(lead, 0.12, 0.04)),
            ("right_limb", busy * soft(-lead, 0.12, 0.04)),
            ("to_the_left", to_left(1.0)),
            ("to_the_right", to_left(-1.0)),
            ("clockwise", clockwise(1.0)),
            ("counterclockwise", clockwise(-1.0)),
            ("goes_forward", soft(ahead, 0.6, 0.12)),
            ("goes_backward", soft(-ahead, 0.6, 0.12)),
        ]);
    }

    /// How much more the left limb does than the right one, -1 to 1: the arm, or the leg where legs do it.
    fn lead(&self) -> f64 {
        let [arm, other] = &self.arms;
        let (most, least) = (arm.work, other.work);
        let of_arms = arm.outward * (most - least) / (most + least + 1e-6);
        let [leg, second] = &self.legs;
        let of_legs = leg.outward * (leg.room - second.room) / (leg.room + second.room + 0.2);
        // Whoever throws steps too, and whoever kicks swings the arms.
        let share = leg.room / (leg.room + arm.room + 1e-6);
        let legs = soft(share, 0.33, 0.04) * (1.0 - self.travels);
        legs * of_legs + (1.0 - legs) * of_arms
    }

    /// How far the hand ends to the left of where it began, while it is raised, or where it is held if that is aside; of two
    /// hands that work, both: what they do as in a mirror is nothing.
    fn hands_go(&self, figures: &[Figure; 2]) -> f64 {
        let ways = [0, 1].map(|which| {
            let (arm, figure) = (&self.arms[which], &figures[which]);
            let aside: Vec<f64> = figure.reach.iter().map(|reach| reach.x).collect();
            let (goes, held) = (net(&aside), median(aside));
            // A hand that only hangs out a little points nowhere.
            let held = held.signum() * (held.abs() - 0.55).max(0.0);
            arm.outward * if goes.abs() > 0.3 { goes } else { held }
        });
        self.of_hands(ways)
    }

    /// How often the hand goes around clockwise, as the performer sees it.
    fn drawn(&self, figures: &[Figure; 2]) -> f64 {
        let ways = [0, 1].map(|which| {
            let (rounds, even) = figures[which].turns();
            // From outward to up is clockwise of a left hand, and the other way of a right one.
            self.arms[which].outward * rounds * even
        });
        self.of_hands(ways)
    }

    /// A way of the livelier hand, or of both where both work.
    fn of_hands(&self, [lively, other]: [f64; 2]) -> f64 {
        let (both, one) = self.sharing();
        one * lively + both * f64::midpoint(lively, other)
    }

    /// How far two hands that work turn about each other, as at a wheel, radians clockwise as the performer sees it.
    fn wheel(&self) -> f64 {
        let line = |pose: &Pose| at(pose, Joint::WristLeft) - at(pose, Joint::WristRight);
        let angles = self.each(|pose| line(pose).y.atan2(line(pose).x));
        self.sharing().0 * farthest(&unwrapped(angles))
    }

    /// How far the upper body leans to the left at most, radians, less what it leans to the right.
    fn leans(&self) -> f64 {
        let most = |part| quantile(self.sideways.clone(), part);
        most(0.95) + most(0.05)
    }

    /// How far the head tilts to the left beside the trunk, radians.
    fn head_tilts(&self) -> f64 {
        let tilt = |pose: &Pose| {
            let line = at(pose, Joint::Head) - at(pose, Joint::Neck);
            line.x.atan2(line.y.max(0.05))
        };
        let beside = self.each(tilt).into_iter().zip(&self.sideways);
        let beside: Vec<f64> = beside.map(|(head, trunk)| head - trunk).collect();
        quantile(beside.clone(), 0.95) + quantile(beside, 0.05)
    }

    /// How far the body goes on one of its own axes, trunks; whoever comes back has been there.
    fn goes(&self, axis: usize) -> f64 {
        farthest(&self.gone.iter().map(|gone| gone[axis]).collect::<Vec<_>>())
    }
}

/// How far values come from where they begin, to above less to below.
fn farthest(values: &[f64]) -> f64 {
    let ends = (values.len() / 10).max(1).min(values.len());
    let start = mean(&values[..ends]);
    quantile(values.to_vec(), 0.95) + quantile(values.to_vec(), 0.05) - 2.0 * start
}

/// From the first fifth to the last.
fn net(values: &[f64]) -> f64 {
    let ends = (values.len() / 5).max(1).min(values.len());
    mean(&values[values.len() - ends..]) - mean(&values[..ends])
}

#[cfg(test)]
mod tests {
    use crate::skeleton::Joints;
    use crate::window::geometry::{LEFT, RIGHT, Side};
    use crate::window::reading::READ;
    use crate::window::reading::tests::{card, cases};

    #[test]
    fn a_mirror_turns_sides_around_and_nothing_else() {
        for (name, track, ..) in cases().into_iter().filter(|case| case.0 != "lie") {
            let seen = card(&track);
            let turned: Vec<Joints> = track.iter().map(mirrored).collect();
            let turned = card(&turned);
            for (index, attribute) in READ.iter().enumerate() {
                let other = match *attribute {
                    "left_limb" => "right_limb",
                    "right_limb" => "left_limb",
                    "to_the_left" => "to_the_right",
                    "to_the_right" => "to_the_left",
                    "clockwise" => "counterclockwise",
                    "counterclockwise" => "clockwise",
                    same => same,
                };
                let pair = READ.iter().position(|read| *read == other).unwrap();
                let (a, b) = (seen[index], turned[pair]);
                assert!((a - b).abs() < 0.02, "{name}: {attribute} {a} {b}");
            }
        }
    }

    fn mirrored(joints: &Joints) -> Joints {
        let mut mirrored = joints.map(|[x, y, z]| [-x, y, z]);
        for joint in [
            |side: &Side| side.shoulder,
            |side: &Side| side.elbow,
            |side: &Side| side.wrist,
            |side: &Side| side.hip,
            |side: &Side| side.knee,
            |side: &Side| side.ankle,
        ] {
            mirrored.swap(joint(&LEFT) as usize, joint(&RIGHT) as usize);
        }
        mirrored
    }
}
