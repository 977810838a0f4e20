//! SynSE itself, in the variants that the tables compare.

use super::Method;
use crate::align::part::Part;
use crate::align::{Aligner, Head};
use crate::language::PhraseVectors;
use crate::train::align::{FitConfig, FitError, fit};

/// SynSE with its settings.
#[derive(Clone, Debug)]
pub struct Synse {
    /// Text parts and head.
    pub variant: &'static str,
    /// How it is trained.
    pub config: FitConfig,
    /// How it decides.
    pub head: Head,
}

/// The variants: all parts under both heads, and fewer parts.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    let synse = |variant, parts: &[Part], head| -> Box<dyn Method> {
        let config = FitConfig {
            parts: FitConfig::parts(parts, 50),
            ..FitConfig::ours()
        };
        Box::new(Synse {
            variant,
            config,
            head,
        })
    };
    let all = [Part::Noun, Part::Verb, Part::Motion];
    vec![
        synse("noun+verb+motion, cosine", &all, Head::Cosine),
        synse("noun+verb+motion, trained", &all, Head::Trained),
        synse("noun+verb, cosine", &[Part::Noun, Part::Verb], Head::Cosine),
        synse("motion, cosine", &[Part::Motion], Head::Cosine),
    ]
}

impl Method for Synse {
    fn name(&self) -> &'static str {
        "synse"
    }

    fn variant(&self) -> &'static str {
        self.variant
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
        Ok(Box::new(fit(
            features,
            labels,
            phrases,
            &self.config,
            seed,
        )?))
    }
}
