//! Ridge regression from words to features: the honest baseline, in closed form.

use super::decision::{Calibration, Decision, ScoredPart, View};
use super::layers::{Layer, Layers};
use super::part::Part;
use super::standard::Standard;
use super::{AlignError, Aligner, Head, check_vector};
use crate::language::PhraseVectors;
use nalgebra::{Cholesky, DMatrix};
use std::sync::Arc;

/// Predicts a phrase's mean feature from its vectors; a feature goes to the phrase whose prediction is nearest
/// by cosine.
#[derive(Clone, Debug)]
pub struct Ridge {
    features: Standard,
    texts: Vec<RidgeText>,
    /// `[text width, feature width]`, on standardised vectors.
    weight: DMatrix<f32>,
    /// Divides the cosine before the softmax.
    pub temperature: f32,
}

/// One part of the input.
#[derive(Clone, Debug)]
struct RidgeText {
    part: Part,
    standard: Standard,
    placeholder: Vec<f32>,
}

impl Ridge {
    /// Solves `(T T' + lambda I) A = F`, `W = T' A`, with a row of `T` and of `F` for each class that has samples:
    /// its standardised vectors and its mean standardised feature.
    pub fn fit(
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        parts: &[Part],
        lambda: f32,
    ) -> Result<Self, AlignError> {
        let means = class_means(features, labels, phrases.len())?;
        let classes: Vec<usize> = (0..phrases.len())
            .filter(|&class| means[class].is_some())
            .collect();
        if classes.len() < 2 || parts.is_empty() {
            let found = format!(
                "ridge regression needs two classes and one part, found {} and {}",
                classes.len(),
                parts.len()
            );
            return Err(AlignError::Unsolvable(found));
        }
        let all: Vec<&[f32]> = features.iter().map(Vec::as_slice).collect();
        let standard = Standard::z_score(&all);
        let seen: Vec<&PhraseVectors> = classes.iter().map(|&class| &phrases[class]).collect();
        let texts = parts
            .iter()
            .map(|&part| RidgeText::new(part, &seen))
            .collect::<Result<Vec<_>, _>>()?;
        let inputs =
            (classes.iter().zip(&seen)).map(|(&class, phrase)| input(&texts, class, phrase));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let targets: Vec<Vec<f32>> = means
            .iter()
            .flatten()
            .map(|mean| standard.apply(mean))
            .collect();
        let text = DMatrix::from_fn(inputs.len(), inputs[0].len(), |i, j| inputs[i][j]);
        let target = DMatrix::from_fn(targets.len(), standard.width(), |i, j| targets[i][j]);
        let mut kernel = &text * text.transpose();
        (0..kernel.nrows()).for_each(|i| kernel[(i, i)] += lambda);
        let solved = Cholesky::new(kernel).ok_or_else(|| {
            AlignError::Unsolvable(format!(
                "ridge regression has no solution at lambda {lambda}; it must be above 0"
            ))
        })?;
        Ok(Self {
            features: standard,
            texts,
            weight: text.transpose() * solved.solve(&target),
            temperature: 0.1,
        })
    }

    /// The same, with features held within so many standard deviations of their mean ([`Standard::limit`]).
    #[must_use]
    pub fn within(mut self, limit: f32) -> Self {
        self.features = self.features.within(limit);
        self
    }
}

impl RidgeText {
    fn new(part: Part, seen: &[&PhraseVectors]) -> Result<Self, AlignError> {
        let (placeholder, standard) = text_statistics(part, seen)?;
        Ok(Self {
            part,
            standard,
            placeholder,
        })
    }
}

/// The mean of the vectors that are there, and the standardisation of all, the mean standing in where one is missing.
pub(crate) fn text_statistics(
    part: Part,
    seen: &[&PhraseVectors],
) -> Result<(Vec<f32>, Standard), AlignError> {
    let present: Vec<&[f32]> = seen
        .iter()
        .filter_map(|phrase| part.vector(phrase))
        .collect();
    let Some(first) = present.first() else {
        return Err(AlignError::Unsolvable(format!(
            "no training phrase has a {} vector",
            part.name()
        )));
    };
    for (index, vector) in present.iter().enumerate() {
        check_vector(
            || format!("the {} vector of training phrase {index}", part.name()),
            vector,
            first.len(),
        )?;
    }
    let placeholder = Standard::z_score(&present).mean;
    let all: Vec<&[f32]> = seen
        .iter()
        .map(|phrase| part.vector(phrase).unwrap_or(&placeholder))
        .collect();
    let standard = Standard::centred(&all);
    Ok((placeholder, standard))
}

/// All parts of a phrase side by side, standardised.
fn input(
    texts: &[RidgeText],
    index: usize,
    phrase: &PhraseVectors,
) -> Result<Vec<f32>, AlignError> {
    let mut all = Vec::new();
    for text in texts {
        let vector = text.part.vector(phrase).unwrap_or(&text.placeholder);
        let what = || format!("the {} vector of phrase {index}", text.part.name());
        check_vector(what, vector, text.standard.width())?;
        all.extend(text.standard.apply(vector));
    }
    Ok(all)
}

/// The mean feature of each class; `None` for a class without samples.
fn class_means(
    features: &[Vec<f32>],
    labels: &[usize],
    classes: usize,
) -> Result<Vec<Option<Vec<f32>>>, AlignError> {
    let width = features.first().map_or(0, Vec::len);
    let mut sums: Vec<Option<(Vec<f32>, f32)>> = vec![None; classes];
    for (index, (feature, &label)) in features.iter().zip(labels).enumerate() {
        check_vector(|| format!("feature {index}"), feature, width)?;
        let Some(sum) = sums.get_mut(label) else {
            let wrong =
                format!("sample {index} has label {label}, but there are {classes} classes");
            return Err(AlignError::Unsolvable(wrong));
        };
        let (sum, count) = sum.get_or_insert_with(|| (vec![0.0; width], 0.0));
        sum.iter_mut().zip(feature).for_each(|(sum, x)| *sum += x);
        *count += 1.0;
    }
    let mean = |(sum, count): (Vec<f32>, f32)| sum.into_iter().map(|x| x / count).collect();
    Ok(sums.into_iter().map(|sum| sum.map(mean)).collect())
}

impl Aligner for Ridge {
    fn decide(
        &self,
        phrases: &[PhraseVectors],
        head: Head,
        _seed: u64,
    ) -> Result<Decision, AlignError> {
        Head::Cosine.is_only_one_of("ridge regression", head)?;
        let mut prototypes = Vec::new();
        for (index, phrase) in phrases.iter().enumerate() {
            let row = DMatrix::from_row_slice(
                1,
                self.weight.nrows(),
                &input(&self.texts, index, phrase)?,
            );
            prototypes.push((row * &self.weight).iter().copied().collect());
        }
        let view = View {
            layers: Layers::new(self.features.width()).then(Layer::Standard(self.features.clone())),
            motion: None,
            card: None,
        };
        let part = ScoredPart::new(None, 1.0, 0..self.features.width(), prototypes);
        let calibration = Calibration {
            temperature: self.temperature,
            scorer: None,
        };
        Ok(Decision::new(
            Arc::new(view),
            vec![part],
            phrases.len(),
            calibration,
        ))
    }

    fn feature_width(&self) -> usize {
        self.features.width()
    }
}
