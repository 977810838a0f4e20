//! What the demo performer does when: every action once in each round, pauses between them, nothing twice in a row.

use crate::capture::demo::actions::{ACTIONS, Stance};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;

/// The performer stands this long before anything happens, seconds.
const OPENING_SECONDS: f64 = 1.2;

/// What happens at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Index into [`ACTIONS`]; none in a pause.
    pub(super) action: Option<usize>,
    /// The action's own time.
    pub(super) seconds: f32,
    /// Whether left and right are exchanged.
    pub(super) mirrored: bool,
    /// How the performer waits in a pause.
    pub(super) stance: Stance,
}

impl Default for Moment {
    fn default() -> Self {
        Self {
            action: None,
            seconds: 0.0,
            mirrored: false,
            stance: Stance::Standing,
        }
    }
}

/// An action with the pause after it.
#[derive(Clone, Copy, Debug)]
struct Turn {
    action: usize,
    start: f64,
    /// 1 is the normal pace.
    pace: f64,
    mirrored: bool,
    pause: f64,
}

impl Turn {
    fn seconds(&self) -> f64 {
        f64::from(ACTIONS[self.action].seconds) / self.pace
    }
}

/// A performance without end, made up as it goes.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    rng: ChaCha8Rng,
    turn: Turn,
    coming: VecDeque<usize>,
}

impl Schedule {
    pub(super) fn new(seed: u64) -> Self {
        let mut schedule = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            turn: Turn {
                action: 0,
                start: OPENING_SECONDS,
                pace: 1.0,
                mirrored: false,
                pause: 1.5,
            },
            coming: (1..ACTIONS.len()).collect(),
        };
        schedule.turn.pause = schedule.pause();
        schedule
    }

    /// What happens at a time, seconds from the beginning; times must not go back.
    pub(super) fn at(&mut self, seconds: f64) -> Moment {
        while seconds >= self.turn.start + self.turn.seconds() + self.turn.pause {
            self.next_turn();
        }
        let action = &ACTIONS[self.turn.action];
        let into = seconds - self.turn.start;
        let over = into >= self.turn.seconds();
        Moment {
            action: (into >= 0.0 && !over).then_some(self.turn.action),
            seconds: (into * self.turn.pace) as f32,
            mirrored: self.turn.mirrored,
            stance: if over { action.to } else { action.from },
        }
    }

    fn next_turn(&mut self) {
        let last = self.turn.action;
        let action = self.coming.pop_front().unwrap_or(0);
        if self.coming.is_empty() {
            self.coming = self.round(action);
        }
        let start = self.turn.start + self.turn.seconds() + self.turn.pause;
        let other_side: bool = self.rng.random_bool(0.35);
        self.turn = Turn {
            action,
            start,
            pace: self.rng.random_range(0.93..1.08),
            // Who sits has no side to change.
            mirrored: ACTIONS[action].either_side
                && ACTIONS[last].to == Stance::Standing
                && other_side,
            pause: self.pause(),
        };
    }

    fn pause(&mut self) -> f64 {
        self.rng.random_range(1.3..2.2)
    }

    /// All actions in a new order that does not begin with the last one; who sits down stands up next.
    fn round(&mut self, last: usize) -> VecDeque<usize> {
        let mut starts: Vec<usize> = (0..ACTIONS.len())
            .filter(|&action| ACTIONS[action].from == Stance::Standing)
            .collect();
        starts.shuffle(&mut self.rng);
        if starts.first() == Some(&last) {
            starts.rotate_left(1);
        }
        let seated = (0..ACTIONS.len()).filter(|&action| ACTIONS[action].from == Stance::Seated);
        let seated: Vec<usize> = seated.collect();
        let follow = |action: usize| {
            let sits = ACTIONS[action].to == Stance::Seated;
            std::iter::once(action).chain(if sits { seated.clone() } else { Vec::new() })
        };
        starts.into_iter().flat_map(follow).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stances_follow_each_other_and_everything_has_its_turn() {
        for seed in 0..5 {
            let mut schedule = Schedule::new(seed);
            let mut seen = vec![0; ACTIONS.len()];
            let mut stance = Stance::Standing;
            let mut last = None;
            for tenth in 0..3_000 * ACTIONS.len() / 10 {
                let moment = schedule.at(tenth as f64 * 0.1);
                let Some(action) = moment.action else {
                    assert_eq!(moment.stance, stance);
                    last = None;
                    continue;
                };
                if last.is_none() {
                    assert_eq!(ACTIONS[action].from, stance);
                    stance = ACTIONS[action].to;
                    seen[action] += 1;
                }
                last = Some(action);
            }
            let (fewest, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
            assert!(*fewest >= 3 && most - fewest <= 1, "{seen:?}");
        }
    }
}
