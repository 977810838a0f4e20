//! When each term of the loss comes in: cyclical annealing (paper, section 2.6; numbers of the released code).

use super::step::Coefficients;

/// Cycles of equal length, each with the same ramp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Steps in a cycle.
    pub cycle_steps: usize,
    /// The skeleton's KL term grows from this step of the cycle.
    pub kl_from: usize,
    /// The cross-modal terms count fully after this step of the cycle, and no text KL term counts before.
    pub cross_after: usize,
    /// The step of the cycle from which the text KL terms' ramp is counted.
    pub text_kl_from: usize,
    /// The first cycle, counted from 0, with text KL terms.
    pub text_kl_from_cycle: usize,
}

impl Schedule {
    /// The released code's: cross-modal terms after 1,400 steps where a cycle has 1,700 (NTU-60), else after 1,500.
    pub fn original(cycle_steps: usize) -> Self {
        let cross_after = if cycle_steps == 1_700 { 1_400 } else { 1_500 };
        Self {
            cycle_steps,
            kl_from: 1_000,
            cross_after,
            text_kl_from: cross_after,
            text_kl_from_cycle: 2,
        }
    }

    /// CADA-VAE's, as released with SynSE: the text KL term comes in with the cross-modal terms, in every cycle, and
    /// then counts as much as the skeleton's.
    pub fn cada_vae(cycle_steps: usize) -> Self {
        let original = Self::original(cycle_steps);
        Self {
            text_kl_from: original.kl_from,
            text_kl_from_cycle: 0,
            ..original
        }
    }

    /// The terms' weights at a step, counted from the start of training.
    pub fn at(&self, step: usize) -> Coefficients {
        let (cycle, step) = (
            step / self.cycle_steps.max(1),
            step % self.cycle_steps.max(1),
        );
        let ramp = |from: usize| (0.1 * step.saturating_sub(from) as f64 / 3_000.0) as f32;
        Coefficients {
            kl: ramp(self.kl_from),
            text_kl: if cycle >= self.text_kl_from_cycle && step > self.cross_after {
                ramp(self.text_kl_from)
            } else {
                0.0
            },
            cross: if step > self.cross_after { 1.0 } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn terms_come_in_one_after_the_other() {
        let schedule = Schedule::original(1_700);
        assert_eq!(schedule.at(1_000).kl, 0.0);
        assert!((schedule.at(1_200).kl - 0.2 / 30.0).abs() < 1e-7);
        assert_eq!(
            (schedule.at(1_400).cross, schedule.at(1_401).cross),
            (0.0, 1.0)
        );
        assert_eq!(
            schedule.at(1_700 + 1_600).text_kl,
            0.0,
            "text KL waits for the third cycle"
        );
        assert!((schedule.at(2 * 1_700 + 1_600).text_kl - 0.2 / 30.0).abs() < 1e-7);
        assert_eq!(
            schedule.at(1_700).kl,
            0.0,
            "a new cycle starts from nothing"
        );
        assert_eq!(Schedule::original(1_900).at(1_500).cross, 0.0);
    }

    #[test]
    fn the_text_kl_term_of_cada_vae_jumps_in() {
        let schedule = Schedule::cada_vae(1_700);
        assert_eq!(
            (schedule.at(1_400).text_kl, schedule.at(1_400).cross),
            (0.0, 0.0)
        );
        let weights = schedule.at(1_600);
        assert_eq!(
            (weights.kl, weights.text_kl, weights.cross),
            (0.02, 0.02, 1.0)
        );
    }
}
