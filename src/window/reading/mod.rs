//! The motion card that is read from a movement: how far each attribute of a card (`phrases::motion`) is to be seen.
//!
//! Nothing here was trained. Whoever types a phrase of jumping is understood although nobody among the training clips
//! jumps: that both feet leave the floor can be measured. What can not be told well, such as how round a hand's path is, comes
//! out as well as it can; `align::card` learns which attributes deserve trust, and how they hang together.
//!
//! Lengths are in trunks, times in seconds, and axes the performer's own, averaged over the better part of a second, so that
//! somebody who turns around is read as well as somebody who faces the camera. Thresholds were set by what the attributes
//! say, and looked over on the training subjects' clips of those 32 Kinect phrases that are unseen in no split; those of
//! sides on what Kinder-Gator's children did with one hand and with the other, which no phrase of ours tells apart.

mod arms;
mod body;
mod legs;
mod manner;
mod rhythm;
mod sides;

use self::body::Movement;
use crate::skeleton::Joints;
use crate::window::normalize::is_absent;
use crate::window::resample;

/// The attributes that are read, in the order of [`read`]: those of `phrases::motion::ATTRIBUTES`.
pub const READ: [&str; 55] = [
    "one_arm",
    "both_arms",
    "hands_overhead",
    "hands_at_shoulder_height",
    "hands_low",
    "reaches_forward",
    "circular",
    "sideways",
    "up_and_down",
    "repeated",
    "torso_bends_forward",
    "torso_twists",
    "torso_leans_sideways",
    "hips_lower",
    "hips_rise",
    "jumps",
    "travels",
    "steps",
    "leg_forward",
    "leg_sideways",
    "knee_lifts",
    "hands_together",
    "hand_to_head",
    "hands_on_own_body",
    "fast",
    "draws_in_the_air",
    "arms_outstretched",
    "held_still",
    "crosses_midline",
    "slow",
    "leg_backward",
    "arms_bent",
    "legs_apart",
    "hand_to_mouth",
    "hand_behind",
    "pulls_in",
    "body_on_floor",
    "hips_low",
    "head_moves",
    "turns_around",
    "small_motion",
    "symmetric",
    "hands_to_legs",
    "torso_leans_back",
    "wide_swing",
    "hands_rise",
    "hands_fall",
    "left_limb",
    "right_limb",
    "to_the_left",
    "to_the_right",
    "clockwise",
    "counterclockwise",
    "goes_forward",
    "goes_backward",
];

/// Frames a second at which a movement is looked at: cameras differ, and speeds must not.
const RATE: f64 = 20.0;

/// A movement is looked at in so many frames at least and at most; one of more than two minutes at a lower rate, at which what
/// is done quickly is lost.
const FRAMES: std::ops::RangeInclusive<f64> = 8.0..=2_400.0;

/// Seconds between frames that a camera may have; others come from clips that say nothing of time.
const CREDIBLE: std::ops::RangeInclusive<f64> = 0.002..=0.5;

/// Seconds between the frames of a clip that says nothing of time.
const USUAL: f64 = 1.0 / 30.0;

/// What has been seen of attributes, each 0 to 1, by its name.
type Seen = Vec<(&'static str, f64)>;

/// The card of one body's movement, 0 to 1, in the order of [`READ`]; frames in which it is out of view are bridged.
///
/// `track` is in metres with y up, `times` in seconds, one for each of its frames. Of nobody, all are 0.
pub(super) fn read(times: &[f64], track: &[Joints]) -> Vec<f32> {
    let Some(movement) = movement(times, track) else {
        return vec![0.0; READ.len()];
    };
    let mut seen = Seen::new();
    movement.trunk(&mut seen);
    movement.way(&mut seen);
    movement.arms(&mut seen);
    movement.legs(&mut seen);
    movement.manner(&mut seen);
    movement.sides(&mut seen);
    let of = |name: &&str| {
        let found = seen.iter().find(|(seen, _)| seen == name);
        found.map_or(0.0, |(_, value)| value.clamp(0.0, 1.0) as f32)
    };
    READ.iter().map(of).collect()
}

/// The movement at [`RATE`], from the first frame to the last in which somebody is in view.
fn movement(times: &[f64], track: &[Joints]) -> Option<Movement> {
    let here = |joints: &Joints| !is_absent(joints);
    let (first, last) = (track.iter().position(here)?, track.iter().rposition(here)?);
    let track = held(track);
    let steps = (last - first).max(1) as f64;
    let timed = times.get(last)? - times.get(first)?;
    let (times, seconds) = if CREDIBLE.contains(&(timed / steps)) {
        (times.to_vec(), timed)
    } else {
        let usual = |frame: usize| frame as f64 * USUAL;
        ((0..track.len()).map(usual).collect(), steps * USUAL)
    };
    let frames = (seconds * RATE).round() + 1.0;
    let frames = frames.clamp(*FRAMES.start(), *FRAMES.end());
    let even = resample::uniform(&times, &[track], frames as usize);
    Movement::of(even.first()?, (frames - 1.0) / seconds)
}

/// A track in which a joint that was lost, at the origin of a body that is elsewhere, stays where it was last seen.
fn held(track: &[Joints]) -> Vec<Joints> {
    let mut held = track.to_vec();
    let mut before: Option<Joints> = None;
    for joints in held.iter_mut().filter(|joints| !is_absent(joints)) {
        for (joint, before) in joints.iter_mut().zip(before.iter().flatten()) {
            if *joint == [0.0; 3] {
                *joint = *before;
            }
        }
        before = Some(*joints);
    }
    held
}

/// From 0 well below a threshold to 1 well above it, one half at it; the other way round with a width below zero.
fn soft(value: f64, threshold: f64, width: f64) -> f64 {
    1.0 / (1.0 + (-(value - threshold) / width).clamp(-30.0, 30.0).exp())
}

#[cfg(test)]
mod tests;
