//! CADA-VAE (Schönfeld et al., CVPR 2019), as the authors of SynSE ran it: `SynSE`'s blocks on the whole phrase.
//!
//! One autoencoder for the skeleton and one for the words share a latent space, which cross-modal reconstruction
//! aligns; the paper on SynSE drops the alignment of distributions, and so does its code. Features are read raw and
//! decoders are rectified, as released.

use super::Method;
use crate::align::part::Part;
use crate::align::{Aligner, Head};
use crate::language::PhraseVectors;
use crate::train::align::schedule::Schedule;
use crate::train::align::{FitConfig, FitError, fit};

/// CADA-VAE with its settings.
#[derive(Clone, Debug)]
pub struct CadaVae {
    /// How it is trained.
    pub config: FitConfig,
}

impl CadaVae {
    /// As released for NTU-60: a latent space of 100, one cycle of 1,700 steps with 64 samples each.
    pub fn published() -> Self {
        Self {
            config: FitConfig {
                parts: FitConfig::parts(&[Part::Phrase], 100),
                schedule: Schedule::cada_vae(1_700),
                ..FitConfig::reference(100, 1_700, 1)
            },
        }
    }
}

/// The only variant.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![Box::new(CadaVae::published())]
}

impl Method for CadaVae {
    fn name(&self) -> &'static str {
        "cada-vae"
    }

    fn variant(&self) -> &'static str {
        "phrase, trained"
    }

    /// A classifier trained on generated latents, as in the paper.
    fn head(&self) -> Head {
        Head::Trained
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
