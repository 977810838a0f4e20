//! What one choice is worth: methods that differ in a single setting.

use super::ridge::Ridge;
use super::synse::Synse;
use super::{Method, boxed, card};
use crate::align::Head;
use crate::align::part::Part;
use crate::evaluate::examples::{self, Shown};
use crate::train::align::FitConfig;

/// Which setting is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ablation {
    /// Which parts of a phrase are read, each alone and together, in SynSE and in ridge regression.
    Parts,
    /// The latent space of noun and verb together: 50, 100 and 200 dimensions (paper, table 3).
    Latent,
    /// Features generated of each phrase for the trained head: 250, 500 and 1,000 (paper, table 3).
    Generated,
    /// The weight of motion in the sum of cosines, where a word weighs 1.
    Weight,
    /// The weight of the card that is read from the movement, where a word weighs 1, motion 4 and the bilinear part 24.
    Card,
    /// The weight of the bilinear part, where a word weighs 1, motion 4 and the card 32.
    Bilinear,
    /// How many standard deviations from their mean features come at most.
    Limit,
    /// The released code's choices beside ours, and phrases that are not split into verb and noun.
    Profile,
    /// 0, 1 and 5 examples of each unseen phrase, by people who are not tested on; and examples without their words.
    Examples,
    /// How many examples a phrase's words are worth.
    Worth,
}

impl Ablation {
    /// How examples are shown, where that is what is varied; there are no methods of their own for it.
    pub fn shown(self) -> Option<Vec<Shown>> {
        match self {
            Self::Examples => Some(examples::examples()),
            Self::Worth => Some(examples::worths()),
            _ => None,
        }
    }
}

/// The methods of an ablation, in the order of its table; those with the card part only where features end with a card.
pub fn methods(ablation: Ablation, reads_cards: bool) -> Vec<Box<dyn Method>> {
    match ablation {
        Ablation::Parts => parts(reads_cards),
        Ablation::Latent => boxed([50, 100, 200].map(|size| sized(size / 2))),
        Ablation::Generated => boxed([250, 500, 1_000].map(generating)),
        Ablation::Weight => boxed([0.0, 1.0, 2.0, 4.0, 8.0].map(weighing)),
        Ablation::Card if reads_cards => boxed([0.0, 8.0, 16.0, 32.0, 64.0].map(trusting)),
        Ablation::Bilinear if reads_cards => boxed([0.0, 12.0, 24.0, 48.0, 96.0].map(learning)),
        Ablation::Limit => limits(),
        Ablation::Profile => profiles(),
        Ablation::Card | Ablation::Bilinear | Ablation::Examples | Ablation::Worth => Vec::new(),
    }
}

fn parts(reads_cards: bool) -> Vec<Box<dyn Method>> {
    use Part::{Motion, Noun, Phrase, Verb};
    let sets: [&[Part]; 9] = [
        &[Noun],
        &[Verb],
        &[Phrase],
        &[Motion],
        &[Noun, Verb],
        &[Noun, Verb, Phrase],
        &[Phrase, Motion],
        &[Noun, Verb, Motion],
        &[Noun, Verb, Phrase, Motion],
    ];
    let mut methods = boxed(sets.map(|parts| Synse::ours(parts, Head::Cosine)));
    if reads_cards {
        let sets: [&[Part]; 3] = [&[Noun, Verb], &[Motion], &[Noun, Verb, Motion]];
        methods.extend(card::variants(reads_cards));
        for with_card in [Synse::with_card, Synse::whole] {
            methods.extend(boxed(
                sets.map(|parts| with_card(Synse::ours(parts, Head::Cosine))),
            ));
        }
    }
    methods.extend(boxed(sets.map(Ridge::reading)));
    methods
}

fn sized(part: usize) -> Synse {
    let parts = [Part::Noun, Part::Verb];
    let mut synse = Synse::ours(&parts, Head::Cosine);
    synse.config.parts = FitConfig::parts(&parts, part);
    synse.variant = format!("{}, latent {}", synse.variant, 2 * part);
    synse
}

fn generating(generated: usize) -> Synse {
    let mut synse = Synse::ours(&[Part::Noun, Part::Verb, Part::Motion], Head::Trained);
    synse.generated = generated;
    synse.variant = format!("{}, {generated} features", synse.variant);
    synse
}

fn weighing(weight: f32) -> Synse {
    let mut synse = Synse::ours(&[Part::Noun, Part::Verb, Part::Motion], Head::Cosine);
    for part in &mut synse.config.parts {
        if part.part == Part::Motion {
            part.weight = weight;
        }
    }
    synse.variant = format!("{}, motion x {weight}", synse.variant);
    synse
}

fn trusting(weight: f32) -> Synse {
    let mut synse = Synse::ours(&[Part::Noun, Part::Verb, Part::Motion], Head::Cosine).whole();
    synse.config.card = Some(weight);
    synse.variant = format!("{}, card x {weight}", synse.variant);
    synse
}

fn learning(weight: f32) -> Synse {
    let mut synse = Synse::ours(&[Part::Noun, Part::Verb, Part::Motion], Head::Cosine).whole();
    synse.config.bilinear = Some(weight);
    synse.variant = format!("{}, bilinear x {weight}", synse.variant);
    synse
}

/// Ridge stands beside: what helps SynSE on another sensor may help everybody.
fn limits() -> Vec<Box<dyn Method>> {
    let parts = [Part::Noun, Part::Verb, Part::Motion];
    let said = |variant: &str, limit: f32| {
        if limit.is_finite() {
            format!("{variant}, within {limit} deviations")
        } else {
            format!("{variant}, no limit")
        }
    };
    let synse = |limit| {
        let mut synse = Synse::ours(&parts, Head::Cosine);
        synse.config.limit = limit;
        synse.variant = said(&synse.variant, limit);
        synse
    };
    let ridge = |limit| {
        let ridge = Ridge::reading(&parts);
        Ridge {
            variant: said(&ridge.variant, limit),
            limit,
            ..ridge
        }
    };
    let limits = [f32::INFINITY, 4.0, 2.0, 1.0];
    let mut methods = boxed(limits.map(synse));
    methods.extend(boxed(limits.map(ridge)));
    methods
}

fn profiles() -> Vec<Box<dyn Method>> {
    let words = [Part::Noun, Part::Verb];
    let released = |head: Head| Synse {
        config: FitConfig::reference(100, 1_700, 1),
        variant: format!("{}, {}, released code", Part::joined(&words), head.name()),
        ..Synse::ours(&words, head)
    };
    boxed([
        released(Head::Trained),
        released(Head::Cosine),
        Synse::ours(&words, Head::Trained),
        Synse::ours(&words, Head::Cosine),
        Synse::ours(&[Part::Phrase], Head::Trained),
        Synse::ours(&[Part::Phrase], Head::Cosine),
    ])
}

#[cfg(test)]
mod tests {
    use super::{Ablation, methods};
    use clap::ValueEnum as _;

    #[test]
    fn no_two_variants_of_an_ablation_share_a_name() {
        for ablation in Ablation::value_variants() {
            if let Some(shown) = ablation.shown() {
                assert!(shown.len() > 2, "{ablation:?}");
                continue;
            }
            let methods = methods(*ablation, true);
            let mut names: Vec<_> = methods
                .iter()
                .map(|method| (method.name(), method.variant().to_owned()))
                .collect();
            assert!(names.len() > 2, "{ablation:?}");
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), methods.len(), "{ablation:?}");
        }
    }
}
