//! Whether a movement comes again: waving, clapping, walking.

use super::body::averaged;

/// The longest that a swing may take, seconds: what is slower is done once and then undone.
const LONGEST: f64 = 1.5;

/// How many times as wide, and how many times as long, the largest swing of a row may be as its smallest.
const ALIKE: f64 = 2.0;

/// One way to and fro.
#[derive(Clone, Copy, Debug)]
struct Swing {
    width: f64,
    frames: usize,
}

/// How many swings in a row are alike, each wider than `least`, times the share of the movement that they take.
///
/// `rate` is in frames a second. A hand that waves five times comes to ten times that share, one that is raised and taken down
/// to two at most.
pub(super) fn comes_again(values: &[f64], least: f64, rate: f64) -> f64 {
    let swings = swings(&averaged(values, 1), least);
    let longest = (LONGEST * rate) as usize;
    let row = |first: usize| {
        let (mut length, mut taken) = (0, 0);
        let [mut widths, mut times] = [Range::default(), Range::default()];
        for swing in &swings[first..] {
            (widths, times) = (widths.with(swing.width), times.with(swing.frames as f64));
            if swing.frames > longest || !widths.is_alike() || !times.is_alike() {
                break;
            }
            taken += swing.frames;
            length += 1;
        }
        f64::from(length) * taken as f64
    };
    let most = (0..swings.len()).map(row).fold(0.0, f64::max);
    most / values.len().max(1) as f64
}

/// The least and the most of a row.
#[derive(Clone, Copy, Debug)]
struct Range {
    least: f64,
    most: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            least: f64::INFINITY,
            most: 0.0,
        }
    }
}

impl Range {
    fn with(self, value: f64) -> Self {
        Self {
            least: self.least.min(value),
            most: self.most.max(value),
        }
    }

    fn is_alike(self) -> bool {
        self.most <= ALIKE * self.least
    }
}

/// The swings between turning points, where turning back by no more than `least` is none.
fn swings(values: &[f64], least: f64) -> Vec<Swing> {
    let Some(&start) = values.first() else {
        return Vec::new();
    };
    let mut turns = vec![(0, start)];
    // Up, down, or nowhere yet; and how far it has come that way.
    let (mut way, mut farthest) = (0.0, (0, start));
    for (frame, &value) in values.iter().enumerate() {
        let by = value - farthest.1;
        if way == 0.0 {
            if by.abs() > least {
                (way, farthest) = (by.signum(), (frame, value));
            }
        } else if by * way > 0.0 {
            farthest = (frame, value);
        } else if by.abs() > least {
            turns.push(farthest);
            (way, farthest) = (-way, (frame, value));
        }
    }
    if way != 0.0 {
        turns.push(farthest);
    }
    let swing = |ends: &[(usize, f64)]| Swing {
        width: (ends[1].1 - ends[0].1).abs(),
        frames: ends[1].0 - ends[0].0,
    };
    turns.windows(2).map(swing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// Four seconds at 20 frames a second.
    fn over(value: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..80)
            .map(|frame| value(f64::from(frame) / 20.0))
            .collect()
    }

    fn again(values: &[f64]) -> f64 {
        comes_again(values, 0.1, 20.0)
    }

    /// Raised within a second, held, and taken down within the last.
    fn raised(time: f64) -> f64 {
        time.min(4.0 - time).min(1.0)
    }

    #[test]
    fn what_swings_all_the_time_comes_again_by_the_number_of_its_swings() {
        let seen = again(&over(|time| (TAU * time).sin()));
        assert!((6.0..9.0).contains(&seen), "{seen}");
        let twice = again(&over(|time| (2.0 * TAU * time).sin()));
        assert!(twice > 1.6 * seen, "{twice} {seen}");
    }

    #[test]
    fn raising_and_taking_down_is_no_repetition_and_hides_none() {
        let once = again(&over(raised));
        assert!(once <= 1.0, "{once}");
        let waved = again(&over(|time| {
            let still = (time - 1.0).clamp(0.0, 2.0);
            raised(time) + 0.2 * (2.0 * TAU * still).sin()
        }));
        assert!(waved > 3.0, "{waved}");
    }

    #[test]
    fn trembling_slowness_and_swings_unlike_each_other_do_not_count() {
        for values in [
            over(|time| 0.04 * (3.0 * TAU * time).sin()),
            over(|time| (0.25 * TAU * time).sin()),
            over(|time| time.powi(3) * (TAU * time / 1.3).sin()),
            over(|_| 1.0),
            vec![1.0],
            Vec::new(),
        ] {
            assert!(again(&values) < 2.0, "{}", again(&values));
        }
    }
}
