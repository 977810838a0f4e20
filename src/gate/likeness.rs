//! What our gate looks at: numbers of a clip that no list's length changes.
//!
//! A probability among the typed phrases says how the phrases compare with each other: ten that nobody performs still
//! have a surest one. Cosines say how near the clip is to a phrase, and the same alignment's cosines to the seen
//! classes say how near it could be.

use crate::align::Nearness;
use crate::align::decision::softmax;

/// The names of the inputs, in the order of [`Likeness::inputs`]; a gate's file names the ones that it was made for.
pub const INPUTS: [&str; 7] = [
    "phrase_cosine",
    "phrase_motion_cosine",
    "seen_cosine",
    "seen_motion_cosine",
    "named_cosine",
    "seen_probability",
    "seen_margin",
];

/// What the alignment says of one clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// Of the phrase that the clip is nearest to.
    pub phrase: Nearness,
    /// Of the seen class that the clip is nearest to.
    pub seen: Nearness,
    /// Of the seen class with the highest logit: whether encoder and alignment mean the same.
    pub named: Nearness,
}

impl Default for Likeness {
    /// Like nothing at all.
    fn default() -> Self {
        Self {
            phrase: FAR,
            seen: FAR,
            named: FAR,
        }
    }
}

/// As far as can be.
const FAR: Nearness = Nearness {
    whole: -1.0,
    motion: -1.0,
};

impl Likeness {
    /// Picks the nearest of each side; `named` is of the seen class with the highest logit.
    ///
    /// Only the nearest phrase counts, so further ones that are farther from the clip change nothing.
    pub fn of(
        phrases: impl IntoIterator<Item = Nearness>,
        seen: impl IntoIterator<Item = Nearness>,
        named: Option<Nearness>,
    ) -> Self {
        Self {
            phrase: nearest(phrases),
            seen: nearest(seen),
            named: named.unwrap_or(FAR),
        }
    }

    /// What the regression sees, named by [`INPUTS`]: cosines from -1 to 1, the highest probability of the seen logits
    /// over `temperature`, and the distance of the two highest logits.
    ///
    /// Nothing that a constant added to all logits would change: no training determines it, so it differs between the
    /// encoders that a gate learns from and the one that it works with.
    pub fn inputs(&self, seen_logits: &[f32], temperature: f32) -> [f32; INPUTS.len()] {
        let surest = softmax(seen_logits, temperature)
            .into_iter()
            .fold(0.0, f32::max);
        let (first, second) = two_highest(seen_logits);
        [
            self.phrase.whole,
            self.phrase.motion,
            self.seen.whole,
            self.seen.motion,
            self.named.whole,
            surest,
            first - second,
        ]
    }
}

fn nearest(all: impl IntoIterator<Item = Nearness>) -> Nearness {
    all.into_iter().fold(
        FAR,
        |best, next| if next.whole > best.whole { next } else { best },
    )
}

/// The two highest values; a single one is both, and of none both are 0.
fn two_highest(values: &[f32]) -> (f32, f32) {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let first = sorted.first().copied().unwrap_or_default();
    (first, sorted.get(1).copied().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::{FAR, INPUTS, Likeness};
    use crate::align::Nearness;

    fn near(whole: f32, motion: f32) -> Nearness {
        Nearness { whole, motion }
    }

    #[test]
    fn phrases_that_are_farther_change_nothing() {
        let seen = [near(0.9, 0.8), near(0.1, 0.95)];
        let short = Likeness::of([near(0.4, 0.3)], seen, Some(seen[1]));
        let absurd = (0..40).map(|i| near(0.39 - 0.02 * i as f32, 0.99));
        let long = Likeness::of(absurd.chain([near(0.4, 0.3)]), seen, Some(seen[1]));
        assert_eq!(short, long);
        let logits = [3.0, 1.0, 0.0];
        assert_eq!(short.inputs(&logits, 2.0), long.inputs(&logits, 2.0));
        assert_eq!((short.seen, short.named), (seen[0], seen[1]));
    }

    #[test]
    fn inputs_stand_in_the_order_of_their_names() {
        let likeness = Likeness::of([near(0.1, 0.2)], [near(0.3, 0.4)], Some(near(0.5, 0.6)));
        let inputs = likeness.inputs(&[0.0, 4.0], 4.0);
        let of = |name: &str| inputs[INPUTS.iter().position(|other| *other == name).unwrap()];
        assert_eq!(of("phrase_motion_cosine"), 0.2);
        assert_eq!(of("seen_cosine"), 0.3);
        assert_eq!(of("named_cosine"), 0.5);
        assert!((of("seen_probability") - 1.0 / (1.0 + (-1.0_f32).exp())).abs() < 1e-6);
        assert_eq!(of("seen_margin"), 4.0);
        let shifted = likeness.inputs(&[100.0, 104.0], 4.0);
        assert_eq!(shifted, inputs, "a constant says nothing");
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert_eq!(Likeness::of([], [], None), Likeness::default());
        assert_eq!(Likeness::default().named, FAR);
        assert!(
            Likeness::default()
                .inputs(&[1.0], 1.0)
                .iter()
                .all(|x| x.is_finite())
        );
    }
}
