//! Changes a recording as another take, another person or another camera would.

use std::ops::Range;

use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::skeleton::{Frame, JOINT_COUNT, Joint};
use crate::window::WindowError;
use crate::window::clip::{Clip, ClipConfig};

/// What is done to a clip by chance; the mirror has a share of its own, [`EncoderTraining::mirror`](super::EncoderTraining::mirror).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Augmentation {
    /// A part of the recording is taken for the whole: another beginning, another end, another speed.
    Part,
    /// Turned about the spine, leaned, and grown or shrunk, as by another camera and another person.
    View,
    /// Every joint misplaced throughout and jumping from frame to frame.
    Noise,
    /// A limb's end lost for the whole clip.
    Loss,
}

/// Pairs of joints that a mirror swaps.
const PAIRS: [(Joint, Joint); 10] = [
    (Joint::ShoulderLeft, Joint::ShoulderRight),
    (Joint::ElbowLeft, Joint::ElbowRight),
    (Joint::WristLeft, Joint::WristRight),
    (Joint::HandLeft, Joint::HandRight),
    (Joint::HipLeft, Joint::HipRight),
    (Joint::KneeLeft, Joint::KneeRight),
    (Joint::AnkleLeft, Joint::AnkleRight),
    (Joint::FootLeft, Joint::FootRight),
    (Joint::HandTipLeft, Joint::HandTipRight),
    (Joint::ThumbLeft, Joint::ThumbRight),
];

/// Shortest part of a recording that is taken for the whole.
const SHORTEST_PART: f32 = 0.7;
/// How often a part is a beginning: live, an action is named while it still goes on.
const BEGINNING: f32 = 0.3;
/// Shortest beginning.
const SHORTEST_BEGINNING: f32 = 0.4;
/// Turn about the spine, radians, either way.
const TURN: f32 = 0.4;
/// Lean, radians, either way.
const LEAN: f32 = 0.2;
/// Change of size, either way.
const GROWTH: f32 = 0.15;
/// How far a joint is misplaced throughout, standard deviation in metres.
const BIAS: f32 = 0.01;
/// How far a joint jumps from frame to frame, standard deviation in metres.
const JITTER: f32 = 0.004;
/// How often a limb's end is lost for the whole clip.
const LOSS: f32 = 0.1;

/// The recording seen in a mirror, left and right exchanged.
pub(crate) fn mirrored(frames: &[Frame]) -> Vec<Frame> {
    let mut frames = frames.to_vec();
    for body in frames.iter_mut().flat_map(|frame| &mut frame.bodies) {
        for (left, right) in PAIRS {
            body.joints.swap(left as usize, right as usize);
            body.tracking.swap(left as usize, right as usize);
        }
        for position in &mut body.joints {
            position[0] = -position[0];
        }
    }
    frames
}

/// A part of the recording as a clip, turned, leaned, grown and noisy; but for the augmentations `without`.
pub(crate) fn augmented(
    frames: &[Frame],
    config: &ClipConfig,
    without: &[Augmentation],
    random: &mut impl Rng,
) -> Result<Clip, WindowError> {
    let has = |augmentation| !without.contains(&augmentation);
    let part = if has(Augmentation::Part) {
        random_part(frames.len(), random)
    } else {
        0..frames.len()
    };
    let mut clip = Clip::from_frames(&frames[part], config)?;
    let axes = has(Augmentation::View).then(|| random_axes(random));
    let [bias, jitter] = if has(Augmentation::Noise) {
        [BIAS, JITTER]
    } else {
        [0.0; 2]
    };
    let mut normal = || -> f32 { StandardNormal.sample(random) };
    for body in clip.joints.chunks_mut(config.frames * JOINT_COUNT * 3) {
        let bias: [[f32; 3]; JOINT_COUNT] =
            std::array::from_fn(|_| std::array::from_fn(|_| normal() * bias));
        for frame in body.as_chunks_mut::<3>().0.chunks_mut(JOINT_COUNT) {
            // Somebody who is not there stays so.
            if frame.as_flattened().iter().all(|value| *value == 0.0) {
                continue;
            }
            for (position, bias) in frame.iter_mut().zip(&bias) {
                let moved: [f32; 3] =
                    std::array::from_fn(|axis| position[axis] + bias[axis] + normal() * jitter);
                *position = match axes {
                    Some(axes) => axes.map(|row| row.iter().zip(moved).map(|(a, b)| a * b).sum()),
                    None => moved,
                };
            }
        }
    }
    if has(Augmentation::Loss) && random.random_bool(f64::from(LOSS)) {
        lose_a_joint(&mut clip, random);
    }
    Ok(clip)
}

/// Which frames stand for the whole.
fn random_part(length: usize, random: &mut impl Rng) -> Range<usize> {
    let is_beginning = random.random_bool(f64::from(BEGINNING));
    let shortest = if is_beginning {
        SHORTEST_BEGINNING
    } else {
        SHORTEST_PART
    };
    let part = random.random_range(shortest..=1.0) * length as f32;
    let part = (part.round() as usize).clamp(1, length);
    let start = if is_beginning {
        0
    } else {
        random.random_range(0..=length - part)
    };
    start..start + part
}

/// A turn about z (the spine of a normalised clip), a lean about x and y, and a size.
fn random_axes(random: &mut impl Rng) -> [[f32; 3]; 3] {
    let (sin, cos) = random.random_range(-TURN..=TURN).sin_cos();
    let turn = [[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]];
    let (sin, cos) = random.random_range(-LEAN..=LEAN).sin_cos();
    let about_x = [[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]];
    let (sin, cos) = random.random_range(-LEAN..=LEAN).sin_cos();
    let about_y = [[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]];
    let size = 1.0 + random.random_range(-GROWTH..=GROWTH);
    let product = |a: [[f32; 3]; 3], b: [[f32; 3]; 3]| -> [[f32; 3]; 3] {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
    };
    product(about_y, product(about_x, turn)).map(|row| row.map(|x| x * size))
}

/// Puts one joint on its neighbour towards the body, as a tracker does that lost it.
fn lose_a_joint(clip: &mut Clip, random: &mut impl Rng) {
    const LOST: [(Joint, Joint); 8] = [
        (Joint::HandTipLeft, Joint::HandLeft),
        (Joint::ThumbLeft, Joint::HandLeft),
        (Joint::HandTipRight, Joint::HandRight),
        (Joint::ThumbRight, Joint::HandRight),
        (Joint::HandLeft, Joint::WristLeft),
        (Joint::HandRight, Joint::WristRight),
        (Joint::FootLeft, Joint::AnkleLeft),
        (Joint::FootRight, Joint::AnkleRight),
    ];
    let (lost, neighbour) = LOST[random.random_range(0..LOST.len())];
    for frame in clip.joints.as_chunks_mut::<3>().0.chunks_mut(JOINT_COUNT) {
        frame[lost as usize] = frame[neighbour as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::Body;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    fn recording(bodies: u64) -> Vec<Frame> {
        let joint = |t: u64, id: u64, j: usize| {
            let (t, j) = (t as f32 * 0.1 + id as f32, j as f32);
            [(j * 1.7 + t).sin(), (j * 0.9 - t).cos(), 2.5 + j * 0.01]
        };
        let frame = |t: u64| Frame {
            timestamp_micros: t * 33_333,
            bodies: (1..=bodies)
                .map(|id| Body::tracked(id, std::array::from_fn(|j| joint(t, id, j))))
                .collect(),
        };
        (0..40).map(frame).collect()
    }

    #[test]
    fn a_mirror_image_twice_is_the_recording() {
        let recording = recording(2);
        let once = mirrored(&recording);
        assert_ne!(once, recording);
        assert_eq!(
            once[3].bodies[1].joints[Joint::HandLeft as usize][0],
            -recording[3].bodies[1].joints[Joint::HandRight as usize][0]
        );
        assert_eq!(mirrored(&once), recording);
    }

    #[test]
    fn both_bodies_are_turned_alike_and_nobody_is_made_of_noise() {
        let config = ClipConfig::uniform(2, 16);
        let take = |bodies| {
            let mut random = ChaCha8Rng::seed_from_u64(4);
            augmented(&recording(bodies), &config, &[], &mut random).unwrap()
        };
        let both = take(2);
        assert_eq!(both.bodies, 2);
        let second = &both.joints[16 * JOINT_COUNT * 3..];
        assert!(second.iter().all(|x| x.is_finite()) && second.iter().any(|x| *x != 0.0));
        let alone = take(1);
        let second = &alone.joints[16 * JOINT_COUNT * 3..];
        assert!(second.iter().all(|x| *x == 0.0));
        assert!(
            alone.joints[..16 * JOINT_COUNT * 3]
                .iter()
                .any(|x| *x != 0.0)
        );
    }

    #[test]
    fn augmentation_follows_its_seed_and_stays_finite() {
        let config = ClipConfig::uniform(1, 16);
        let take = |seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            augmented(&recording(1), &config, &[], &mut random).unwrap()
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
        assert!(take(3).joints.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn without_any_the_clip_is_the_recording_and_each_alone_changes_it() {
        use Augmentation::{Loss, Noise, Part, View};
        let config = ClipConfig::uniform(1, 16);
        let take = |without: &[Augmentation]| -> Vec<Vec<f32>> {
            let mut random = ChaCha8Rng::seed_from_u64(9);
            (0..60)
                .map(|_| augmented(&recording(1), &config, without, &mut random).unwrap())
                .map(|clip| clip.joints)
                .collect()
        };
        let recorded = Clip::from_frames(&recording(1), &config).unwrap().joints;
        let changed = |without: &[Augmentation]| {
            let takes = take(without);
            takes.iter().filter(|joints| **joints != recorded).count()
        };
        assert_eq!(changed(&[Part, View, Noise, Loss]), 0);
        for but_one in [[View, Noise, Loss], [Part, Noise, Loss], [Part, View, Loss]] {
            assert!(changed(&but_one) > 50, "{but_one:?}");
        }
        // One of ten on average.
        let lost = changed(&[Part, View, Noise]);
        assert!((1..20).contains(&lost), "{lost}");
    }
}
