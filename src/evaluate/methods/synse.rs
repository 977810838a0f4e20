//! SynSE itself, in the variants that the tables compare.

use super::{Method, boxed};
use crate::align::classifier::{ClassifierConfig, GENERATED};
use crate::align::part::Part;
use crate::align::{self, AlignError, Aligner, Decision, Head};
use crate::language::PhraseVectors;
use crate::train::align::{FitConfig, FitError, fit};

/// SynSE with its settings.
#[derive(Clone, Debug)]
pub struct Synse {
    /// Text parts and head, and what else is not as usual.
    pub variant: String,
    /// How it is trained.
    pub config: FitConfig,
    /// How it decides.
    pub head: Head,
    /// Latents that the trained head is shown of each phrase.
    pub generated: usize,
}

impl Synse {
    /// The same with all parts that features with a card at their end have: the bilinear one and the card.
    pub(super) fn whole(mut self) -> Self {
        self.config = self.config.with_card(true);
        self.named()
    }

    /// The same with the card part and no bilinear one beside it.
    pub(super) fn with_card(mut self) -> Self {
        self.config = FitConfig {
            bilinear: None,
            ..self.config.with_card(true)
        };
        self.named()
    }

    /// Named by the parts that it has.
    fn named(mut self) -> Self {
        let config = &self.config;
        let parts = (config.parts.iter().map(|part| part.part))
            .chain(config.bilinear.map(|_| Part::Bilinear))
            .chain(config.card.map(|_| Part::Card));
        let parts: Vec<Part> = parts.collect();
        self.variant = format!("{}, {}", Part::joined(&parts), self.head.name());
        self
    }

    /// Our profile with these parts, 50 latent dimensions each.
    pub(super) fn ours(parts: &[Part], head: Head) -> Self {
        let config = FitConfig {
            parts: FitConfig::parts(parts, 50),
            ..FitConfig::ours()
        };
        Self {
            variant: format!("{}, {}", Part::joined(parts), head.name()),
            config,
            head,
            generated: GENERATED,
        }
    }
}

/// The variants: all parts under both heads, with card and bilinear part where features end with a card, and fewer parts.
pub(super) fn variants(reads_cards: bool) -> Vec<Box<dyn Method>> {
    let all = [Part::Noun, Part::Verb, Part::Motion];
    let heads = [Head::Cosine, Head::Trained];
    let mut methods = Vec::new();
    if reads_cards {
        methods.extend(boxed(heads.map(|head| Synse::ours(&all, head).whole())));
        methods.extend(boxed([Synse::ours(&all, Head::Cosine).with_card()]));
    }
    methods.extend(boxed([
        Synse::ours(&all, Head::Cosine),
        Synse::ours(&all, Head::Trained),
        Synse::ours(&[Part::Noun, Part::Verb], Head::Cosine),
        Synse::ours(&[Part::Motion], Head::Cosine),
    ]));
    methods
}

impl Method for Synse {
    fn name(&self) -> &'static str {
        "synse"
    }

    fn variant(&self) -> &str {
        &self.variant
    }

    fn head(&self) -> Head {
        self.head
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let fitted = fit(features, labels, phrases, &self.config, seed)?;
        if self.generated == GENERATED {
            return Ok(Box::new(fitted));
        }
        Ok(Box::new(Generating {
            fitted,
            per_class: self.generated,
        }))
    }
}

/// A model whose trained head is shown another number of latents.
#[derive(Debug)]
struct Generating {
    fitted: align::synse::Synse,
    per_class: usize,
}

impl Aligner for Generating {
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        seed: u64,
    ) -> Result<Decision, AlignError> {
        if head == Head::Cosine {
            return self.fitted.decide(phrases, head, seed);
        }
        let config = ClassifierConfig {
            per_class: self.per_class,
            ..self.fitted.classifier_config()
        };
        self.fitted.decide_trained(phrases, &config, seed)
    }

    fn feature_width(&self) -> usize {
        self.fitted.feature_width()
    }
}
