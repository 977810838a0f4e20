//! Where a body went in the latent space over the last half minute, and which motion the model saw.

use crate::recognizer::{Activity, Prediction};
use crate::ui::history::HISTORY_SECONDS;
use std::collections::VecDeque;

/// How far back a card is taken from, seconds: as long as an action is looked at.
const TAKE_SECONDS: f64 = 5.0;

/// One prediction's latent and motion.
#[derive(Clone, Debug, PartialEq)]
pub struct TrailPoint {
    /// When, seconds of the clock that stands while a moment is held.
    pub at: f64,
    /// Idle or acting.
    pub activity: Activity,
    /// Latent means; empty where no phrase was in play.
    pub latent: Vec<f32>,
    /// Motion attributes, 0 to 1; empty where the model cannot tell.
    pub motion: Vec<f32>,
}

/// The last [`HISTORY_SECONDS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trail {
    points: VecDeque<TrailPoint>,
}

impl Trail {
    /// Takes note of a prediction; a clock that jumps back begins anew.
    pub fn push(&mut self, at: f64, prediction: &Prediction) {
        if self.points.back().is_some_and(|newest| newest.at > at) {
            self.points.clear();
        }
        self.points.push_back(TrailPoint {
            at,
            activity: prediction.activity,
            latent: prediction.latent.clone(),
            motion: prediction.motion.clone(),
        });
        while self
            .points
            .front()
            .is_some_and(|oldest| at - oldest.at > HISTORY_SECONDS)
        {
            self.points.pop_front();
        }
    }

    /// All points, the oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &TrailPoint> {
        self.points.iter()
    }

    /// The newest point.
    pub fn newest(&self) -> Option<&TrailPoint> {
        self.points.back()
    }

    /// The motion seen in the newest performance: the mean over the last action, or over the last seconds of it; `None` where
    /// nobody acted.
    pub fn performed(&self) -> Option<Vec<f32>> {
        let acting =
            |point: &&TrailPoint| point.activity == Activity::Acting && !point.motion.is_empty();
        let mut last = self.points.iter().rev().skip_while(|point| !acting(point));
        let newest = last.next()?;
        let mut sum = newest.motion.clone();
        let mut count = 1.0;
        for point in last.take_while(|point| acting(point) && newest.at - point.at <= TAKE_SECONDS)
        {
            if point.motion.len() != sum.len() {
                break;
            }
            for (sum, weight) in sum.iter_mut().zip(&point.motion) {
                *sum += weight;
            }
            count += 1.0;
        }
        Some(sum.into_iter().map(|weight| weight / count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(activity: Activity, motion: &[f32]) -> Prediction {
        Prediction {
            timestamp_micros: 0,
            body: 1,
            activity,
            ranking: Vec::new(),
            smoothed: Vec::new(),
            p_seen: 0.0,
            motion: motion.to_vec(),
            latent: vec![1.0],
            answer: None,
        }
    }

    #[test]
    fn a_performance_is_the_last_action_less_the_rest_around_it() {
        let mut trail = Trail::default();
        assert_eq!(trail.performed(), None);
        for (at, activity, weight) in [
            (0.0, Activity::Acting, 1.0),
            (1.0, Activity::Idle, 0.9),
            (2.0, Activity::Acting, 0.2),
            (3.0, Activity::Acting, 0.4),
            (4.0, Activity::Idle, 0.9),
        ] {
            trail.push(at, &prediction(activity, &[weight]));
        }
        let performed = trail.performed().unwrap();
        assert!((performed[0] - 0.3).abs() < 1e-6, "{performed:?}");
    }

    #[test]
    fn what_is_old_goes() {
        let mut trail = Trail::default();
        for second in 0..100 {
            trail.push(f64::from(second), &prediction(Activity::Idle, &[]));
        }
        assert_eq!(trail.points().count(), HISTORY_SECONDS as usize + 1);
        trail.push(3.0, &prediction(Activity::Idle, &[]));
        assert_eq!(trail.points().count(), 1);
    }
}
