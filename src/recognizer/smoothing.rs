//! A ranking smoothed over the action so far.

use super::Ranked;

/// How fast older rankings fade, seconds.
const MEMORY_SECONDS: f32 = 0.6;

/// The running mean of rankings: plain at first, then with fading memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Smoother {
    mean: Vec<Ranked>,
    seen: u32,
}

impl Smoother {
    /// Forgets: another action begins.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes a ranking in, `seconds` after the last one, and gives the mean, best first.
    ///
    /// Phrases that are new since then begin with their present probability; those that are gone are forgotten.
    pub(super) fn update(&mut self, ranking: &[Ranked], seconds: f32) -> Vec<Ranked> {
        self.seen = self.seen.saturating_add(1);
        let fading = 1.0 - (-seconds.max(0.0) / MEMORY_SECONDS).exp();
        let share = fading.max(1.0 / self.seen as f32);
        let mut mean: Vec<Ranked> = ranking
            .iter()
            .map(|now| {
                let before = self
                    .mean
                    .iter()
                    .find(|before| before.phrase == now.phrase)
                    .map_or(now.probability, |before| before.probability);
                Ranked {
                    probability: before + share * (now.probability - before),
                    ..now.clone()
                }
            })
            .collect();
        let sum: f32 = mean.iter().map(|ranked| ranked.probability).sum();
        if sum > 0.0 {
            mean.iter_mut().for_each(|ranked| ranked.probability /= sum);
        }
        super::sort(&mut mean);
        self.mean.clone_from(&mean);
        mean
    }
}

#[cfg(test)]
mod tests {
    use super::{Ranked, Smoother};
    use std::sync::Arc;

    fn ranking(values: &[(&str, f32)]) -> Vec<Ranked> {
        values
            .iter()
            .map(|&(phrase, probability)| Ranked {
                phrase: Arc::from(phrase),
                probability,
                seen: false,
            })
            .collect()
    }

    #[test]
    fn one_outlier_does_not_change_the_answer() {
        let mut smoother = Smoother::default();
        for _ in 0..8 {
            smoother.update(&ranking(&[("wave", 0.9), ("kick", 0.1)]), 0.13);
        }
        let mean = smoother.update(&ranking(&[("kick", 1.0), ("wave", 0.0)]), 0.13);
        assert_eq!(&*mean[0].phrase, "wave");
        for _ in 0..8 {
            smoother.update(&ranking(&[("kick", 1.0), ("wave", 0.0)]), 0.13);
        }
        let mean = smoother.update(&ranking(&[("kick", 1.0), ("wave", 0.0)]), 0.13);
        assert!(&*mean[0].phrase == "kick" && mean[0].probability > 0.75);
    }

    #[test]
    fn the_list_may_change_at_any_time() {
        let mut smoother = Smoother::default();
        smoother.update(&ranking(&[("wave", 0.6), ("kick", 0.4)]), 0.13);
        let mean = smoother.update(&ranking(&[("jump", 0.7), ("wave", 0.3)]), 0.13);
        assert_eq!(mean.len(), 2);
        assert_eq!(&*mean[0].phrase, "jump");
        assert!((mean.iter().map(|ranked| ranked.probability).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(smoother.update(&[], 0.13).is_empty());
        smoother.reset();
        let mean = smoother.update(&ranking(&[("kick", 1.0)]), f32::NAN);
        assert_eq!(mean[0].probability, 1.0);
    }
}
