//! Every method that is compared, behind one trait.
//!
//! A new method is one file here with a type for which [`Method`] is implemented, its `mod` line, and its line in
//! [`methods`]. Tests and tables take it from there.

pub mod ablation;
pub mod cada_vae;
pub mod card;
pub mod devise;
pub mod eszsl;
pub mod jpose;
pub mod lesson;
pub mod relation;
pub mod revise;
pub mod ridge;
pub mod sa_dvae;
pub mod synse;

use crate::align::{Aligner, Head};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use std::fmt::Debug;

/// A way to learn from seen phrases how features of unseen ones look.
pub trait Method: Debug + Send + Sync {
    /// Its name in tables.
    fn name(&self) -> &'static str;

    /// What it reads of the phrases and how it decides; no two methods share name and variant.
    fn variant(&self) -> &str;

    /// With which head its decisions are made.
    fn head(&self) -> Head {
        Head::Cosine
    }

    /// Learns from features with labels that point into `phrases`; the same input and seed give the same result.
    ///
    /// Phrases without samples may be in the list; they are not used in any way. Refuses features of different
    /// widths or with values that are not finite, labels outside the list, classes of one sample, and fewer than two
    /// classes.
    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError>;
}

/// Variants of one method as methods among others.
fn boxed<M: Method + 'static>(variants: impl IntoIterator<Item = M>) -> Vec<Box<dyn Method>> {
    let boxed = |variant| -> Box<dyn Method> { Box::new(variant) };
    variants.into_iter().map(boxed).collect()
}

/// The methods that are compared, in the order of the tables; some read the card at the end of features that have one.
pub fn methods(reads_cards: bool) -> Vec<Box<dyn Method>> {
    let families = [
        synse::variants(reads_cards),
        card::variants(reads_cards),
        ridge::variants(),
        eszsl::variants(),
        cada_vae::variants(),
        revise::variants(),
        jpose::variants(),
        devise::variants(),
        relation::variants(),
        sa_dvae::variants(),
    ];
    families.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::methods;

    #[test]
    fn no_two_methods_share_a_name() {
        let methods = methods(true);
        let mut names: Vec<_> = methods
            .iter()
            .map(|method| (method.name(), method.variant()))
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), methods.len());
    }
}
