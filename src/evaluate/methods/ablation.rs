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
    /// The latent space of each part: 25, 50 and 100 dimensions (paper, table 3: 50, 100 and 200 of noun and verb together).
    Latent,
    /// Features generated of each phrase for the trained head: 250, 500 and 1,000 (paper, table 3).
    Generated,
    /// The weight of motion in the sum of cosines, where a word weighs 1 and there is no other part.
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
    let ours = |head| default(reads_cards, head);
    match ablation {
        Ablation::Parts => parts(reads_cards),
        Ablation::Latent => [words(Head::Cosine), ours(Head::Cosine)]
            .iter()
            .flat_map(|synse| boxed([25, 50, 100].map(|size| sized(synse, size))))
            .collect(),
        Ablation::Generated => [words(Head::Trained), ours(Head::Trained)]
            .iter()
            .flat_map(|synse| boxed([250, 500, 1_000].map(|count| generating(synse, count))))
            .collect(),
        Ablation::Weight => boxed([0.0, 1.0, 2.0, 4.0, 8.0].map(|weight| {
            let what = format!("motion x {weight}");
            but(default(false, Head::Cosine), &what, |synse| {
                for part in &mut synse.config.parts {
                    if part.part == Part::Motion {
                        part.weight = weight;
                    }
                }
            })
        })),
        Ablation::Card if reads_cards => boxed([0.0, 8.0, 16.0, 32.0, 64.0].map(|weight| {
            let what = format!("card x {weight}");
            but(ours(Head::Cosine), &what, |synse| {
                synse.config.card = Some(weight);
            })
        })),
        Ablation::Bilinear if reads_cards => boxed([0.0, 12.0, 24.0, 48.0, 96.0].map(|weight| {
            let what = format!("bilinear x {weight}");
            but(ours(Head::Cosine), &what, |synse| {
                synse.config.bilinear = Some(weight);
            })
        })),
        Ablation::Limit => limits(&ours(Head::Cosine)),
        Ablation::Profile => profiles(),
        Ablation::Card | Ablation::Bilinear | Ablation::Examples | Ablation::Worth => Vec::new(),
    }
}

/// Noun and verb, as in the paper.
fn words(head: Head) -> Synse {
    Synse::ours(&[Part::Noun, Part::Verb], head)
}

/// Noun, verb and motion, and with cards all parts that are used unless something else is said.
fn default(reads_cards: bool, head: Head) -> Synse {
    let synse = Synse::ours(&[Part::Noun, Part::Verb, Part::Motion], head);
    if reads_cards { synse.whole() } else { synse }
}

/// The same but for one setting, and named by it.
fn but(mut synse: Synse, what: &str, change: impl FnOnce(&mut Synse)) -> Synse {
    change(&mut synse);
    synse.variant = format!("{}, {what}", synse.variant);
    synse
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

fn sized(synse: &Synse, size: usize) -> Synse {
    let parts: Vec<Part> = synse.config.parts.iter().map(|part| part.part).collect();
    let what = format!("latent {} x {size}", parts.len());
    but(synse.clone(), &what, |synse| {
        synse.config.parts = FitConfig::parts(&parts, size);
    })
}

fn generating(synse: &Synse, count: usize) -> Synse {
    but(synse.clone(), &format!("{count} features"), |synse| {
        synse.generated = count;
    })
}

/// Ridge stands beside: what helps SynSE on another sensor may help everybody.
fn limits(synse: &Synse) -> Vec<Box<dyn Method>> {
    let ridge = Ridge::reading(&[Part::Noun, Part::Verb, Part::Motion]);
    let limits = [f32::INFINITY, 4.0, 2.0, 1.0].map(|limit| {
        let what = if limit.is_finite() {
            format!("within {limit} deviations")
        } else {
            "no limit".to_owned()
        };
        (limit, what)
    });
    let of_synse = |(limit, what): &(f32, String)| {
        but(synse.clone(), what, |synse| synse.config.limit = *limit)
    };
    let of_ridge = |(limit, what): &(f32, String)| Ridge {
        variant: format!("{}, {what}", ridge.variant),
        limit: *limit,
        ..ridge.clone()
    };
    let mut methods = boxed(limits.each_ref().map(of_synse));
    methods.extend(boxed(limits.each_ref().map(of_ridge)));
    methods
}

fn profiles() -> Vec<Box<dyn Method>> {
    let released = |head: Head| {
        but(words(head), "released code", |synse| {
            synse.config = FitConfig::reference(100, 1_700, 1);
        })
    };
    boxed([
        released(Head::Trained),
        released(Head::Cosine),
        words(Head::Trained),
        words(Head::Cosine),
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
