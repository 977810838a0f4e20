//! Brings recordings of any length to a clip's: by interpolation in time, or by playing them again.

use crate::skeleton::Joints;
use crate::window::normalize::{ABSENT, is_absent};

/// Samples every track at `length` even distances between the first and the last frame in which the first track is
/// present. `times` has one rising value per frame.
///
/// A body that is absent at one end of an interval holds the pose of the other end; absent at both, it stays absent.
pub(super) fn uniform(times: &[f64], tracks: &[Vec<Joints>], length: usize) -> Vec<Vec<Joints>> {
    let Some(main) = tracks.first() else {
        return Vec::new();
    };
    let present: Vec<usize> = (0..main.len().min(times.len()))
        .filter(|&frame| !is_absent(&main[frame]))
        .collect();
    let (Some(&first), Some(&last)) = (present.first(), present.last()) else {
        return vec![vec![ABSENT; length]; tracks.len()];
    };
    let step = (times[last] - times[first]) / (length.max(2) - 1) as f64;
    let mut sampled = vec![Vec::with_capacity(length); tracks.len()];
    let mut at = 0;
    for index in 0..length {
        let time = times[first] + step * index as f64;
        while at + 2 < present.len() && times[present[at + 1]] <= time {
            at += 1;
        }
        let before = present[at];
        let after = present[(at + 1).min(present.len() - 1)];
        let span = times[after] - times[before];
        let part = if span > 0.0 {
            ((time - times[before]) / span).clamp(0.0, 1.0) as f32
        } else {
            0.0
        };
        for (sampled, track) in sampled.iter_mut().zip(tracks) {
            sampled.push(between(&track[before], &track[after], part));
        }
    }
    sampled
}

fn between(before: &Joints, after: &Joints, part: f32) -> Joints {
    match (is_absent(before), is_absent(after)) {
        (true, _) => *after,
        (_, true) => *before,
        _ => {
            let mut joints = *before;
            for (value, next) in joints
                .as_flattened_mut()
                .iter_mut()
                .zip(after.as_flattened())
            {
                *value += (next - *value) * part;
            }
            joints
        }
    }
}

/// The released code's filling (`preprocess.py`, "pad the null frames with the previous frames"): absent frames before
/// the first pose make all absent frames be left out; the tail is filled by playing the track again.
pub(super) fn looped(track: &[Joints], length: usize) -> Vec<Joints> {
    let starts_absent = track.first().is_none_or(is_absent);
    let mut frames: Vec<Joints> = track
        .iter()
        .filter(|joints| !(starts_absent && is_absent(joints)))
        .take(length)
        .copied()
        .collect();
    let filled = frames
        .iter()
        .rposition(|joints| !is_absent(joints))
        .map_or(0, |last| last + 1);
    frames.truncate(filled);
    if frames.is_empty() {
        return vec![ABSENT; length];
    }
    frames.iter().cycle().take(length).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn pose(value: f32) -> Joints {
        [[value; 3]; JOINT_COUNT]
    }

    fn values(track: &[Joints]) -> Vec<f32> {
        track.iter().map(|joints| joints[0][0]).collect()
    }

    #[test]
    fn uniform_interpolates_and_skips_where_nobody_is() {
        let track = vec![ABSENT, pose(1.0), ABSENT, pose(3.0), pose(4.0), ABSENT];
        let times = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let sampled = uniform(&times, &[track], 7);
        assert_eq!(values(&sampled[0]), [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]);
    }

    #[test]
    fn uniform_holds_a_single_frame_and_a_body_that_leaves() {
        let single = uniform(&[0.0], &[vec![pose(2.0)]], 3);
        assert_eq!(values(&single[0]), [2.0, 2.0, 2.0]);
        let main = vec![pose(1.0), pose(2.0), pose(3.0)];
        let other = vec![pose(5.0), ABSENT, ABSENT];
        let sampled = uniform(&[0.0, 1.0, 2.0], &[main, other], 5);
        assert_eq!(values(&sampled[1]), [5.0, 5.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn looped_plays_again_and_keeps_holes_inside() {
        let track = [pose(1.0), ABSENT, pose(3.0), ABSENT];
        assert_eq!(
            values(&looped(&track, 7)),
            [1.0, 0.0, 3.0, 1.0, 0.0, 3.0, 1.0]
        );
        let late = [ABSENT, pose(1.0), ABSENT, pose(3.0)];
        assert_eq!(values(&looped(&late, 5)), [1.0, 3.0, 1.0, 3.0, 1.0]);
        assert_eq!(
            values(&looped(&[pose(1.0), pose(2.0), pose(3.0)], 2)),
            [1.0, 2.0]
        );
        assert_eq!(values(&looped(&[], 2)), [0.0, 0.0]);
    }
}
