//! What a decision may use in place of cosines: a trained classifier, products, or a relation network.

use super::classifier::Classifier;

/// Logits of the phrases, from a feature's place in the space of a method.
#[derive(Clone, Debug)]
pub(super) enum Scorer {
    /// The paper's classifier.
    Classifier(Classifier),
    /// The product with each phrase's vector.
    Products(Vec<Vec<f32>>),
    /// What a relation network says of the pair of a feature and a phrase.
    Relation(Relation),
}

/// The end of a relation network: both sides' halves of its hidden layer are summed, rectified and weighed.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// Each phrase's half of the hidden layer.
    pub(super) phrases: Vec<Vec<f32>>,
    /// The weight of each hidden unit.
    pub(super) weight: Vec<f32>,
    /// The bias of the answer.
    pub(super) bias: f32,
}

impl Scorer {
    /// One logit per phrase; those of the classifier are calibrated in themselves.
    pub(super) fn logits(&self, latent: &[f32], temperature: f32) -> Vec<f32> {
        match self {
            Self::Classifier(classifier) => classifier.logits(latent),
            Self::Products(phrases) => {
                let product = |phrase: &Vec<f32>| {
                    phrase.iter().zip(latent).map(|(a, b)| a * b).sum::<f32>() / temperature
                };
                phrases.iter().map(product).collect()
            }
            Self::Relation(relation) => {
                let logit = |phrase: &Vec<f32>| relation.of(phrase, latent) / temperature;
                relation.phrases.iter().map(logit).collect()
            }
        }
    }
}

impl Relation {
    fn of(&self, phrase: &[f32], latent: &[f32]) -> f32 {
        let hidden = phrase.iter().zip(latent).map(|(a, b)| (a + b).max(0.0));
        let weighed = hidden
            .zip(&self.weight)
            .map(|(hidden, weight)| hidden * weight);
        weighed.sum::<f32>() + self.bias
    }
}
