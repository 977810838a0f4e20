//! What every baseline learns from: checked samples, their classes, and batches of them.

use crate::align::accuracy::{Accuracy, highest};
use crate::align::layers::Layers;
use crate::align::network::{Activation, Dense};
use crate::align::towers::{Towers, Words};
use crate::align::{Aligner as _, Decision, Head};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::batches::{check_counts, check_samples};
use crate::train::align::calibration::best_temperature;
use ndarray::Array2;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

/// Samples on which a temperature is calibrated: enough, and quick.
const CALIBRATED_ON: usize = 500;

/// How many batches the published training has in an epoch: NTU-60's 36,000 or so training samples, 1,024 at once.
const PUBLISHED_BATCHES: usize = 36;

/// Samples that have been checked, and the phrases of their classes.
#[derive(Clone, Debug)]
pub struct Lesson<'a> {
    features: Vec<&'a [f32]>,
    /// Each sample's row in `phrases`.
    pub rows: Vec<usize>,
    /// The classes that have samples, by their places in the whole list.
    pub classes: Vec<usize>,
    /// Those classes' phrases.
    pub phrases: Vec<&'a PhraseVectors>,
}

impl<'a> Lesson<'a> {
    /// Checks the samples; see [`super::Method::train`] for what is refused.
    pub fn new(
        features: &'a [Vec<f32>],
        labels: &[usize],
        phrases: &'a [PhraseVectors],
    ) -> Result<Self, FitError> {
        check_samples(features, labels, phrases.len())?;
        let mut counts = vec![0; phrases.len()];
        for &label in labels {
            counts[label] += 1;
        }
        check_counts(&counts)?;
        let mut row_of_class = vec![0; phrases.len()];
        let mut classes = Vec::new();
        for (class, _) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            row_of_class[class] = classes.len();
            classes.push(class);
        }
        Ok(Self {
            features: features.iter().map(Vec::as_slice).collect(),
            rows: labels.iter().map(|&label| row_of_class[label]).collect(),
            phrases: classes.iter().map(|&class| &phrases[class]).collect(),
            classes,
        })
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.rows.len()
    }

    /// All features, one after the other.
    pub fn features(&self) -> &[&'a [f32]] {
        &self.features
    }

    /// The width of the features.
    pub fn width(&self) -> usize {
        self.features.first().map_or(0, |feature| feature.len())
    }

    /// The features as layers give them, `[samples, width]`.
    pub fn features_through(&self, layers: &Layers) -> Result<Array2<f32>, FitError> {
        matrix(self.features.iter().map(|feature| layers.apply(feature)))
    }

    /// The words of the classes as layers give them, `[classes, width]`.
    pub fn words_through(&self, words: &Words, layers: &Layers) -> Result<Array2<f32>, FitError> {
        let mut rows = Vec::with_capacity(self.classes.len());
        for (&class, phrase) in self.classes.iter().zip(&self.phrases) {
            rows.push(layers.apply(&words.read(class, phrase)?));
        }
        matrix(rows.into_iter())
    }

    /// The samples of some classes only, given by their rows.
    #[must_use]
    pub fn of_classes(&self, kept: &[usize]) -> Self {
        let place = |row: &usize| kept.iter().position(|kept| kept == row);
        let samples = self.rows.iter().zip(&self.features);
        let (rows, features) = samples
            .filter_map(|(row, &feature)| Some((place(row)?, feature)))
            .unzip();
        Self {
            features,
            rows,
            classes: kept.iter().map(|&row| self.classes[row]).collect(),
            phrases: kept.iter().map(|&row| self.phrases[row]).collect(),
        }
    }

    /// A batch size with as many batches in an epoch as the published training has, between 128 and its 1,024.
    pub fn batch(&self) -> usize {
        (self.samples() / PUBLISHED_BATCHES).clamp(128, 1_024)
    }

    /// All samples once, in batches, in a random order.
    pub fn epoch(&self, batch: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.samples()).collect();
        order.shuffle(rng);
        order.chunks(batch.max(1)).map(<[usize]>::to_vec).collect()
    }

    /// The samples of each class, by the classes' rows.
    pub fn samples_of_classes(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.classes.len()];
        for (sample, &row) in self.rows.iter().enumerate() {
            groups[row].push(sample);
        }
        groups
    }

    /// The classes' rows of samples.
    pub fn rows_of(&self, samples: &[usize]) -> Vec<usize> {
        samples.iter().map(|&sample| self.rows[sample]).collect()
    }

    /// A method with the temperature under which it is calibrated on the samples that it learned from.
    pub fn calibrated(&self, mut towers: Towers) -> Result<Towers, FitError> {
        towers.temperature = 1.0;
        let decision = towers.decide(&self.phrase_list(), Head::Cosine, 0)?;
        towers.temperature = self.temperature(&decision);
        Ok(towers)
    }

    /// The classes' phrases, as decisions are made from.
    pub fn phrase_list(&self) -> Vec<PhraseVectors> {
        self.phrases.iter().map(|&phrase| phrase.clone()).collect()
    }

    /// The temperature under which a decision among the classes' phrases is calibrated, where it has temperature 1.
    pub fn temperature(&self, decision: &Decision) -> f32 {
        let stride = self.samples().div_ceil(CALIBRATED_ON).max(1);
        let samples = (0..self.samples()).step_by(stride);
        let (scores, targets): (Vec<_>, Vec<_>) = samples
            .map(|sample| (decision.scores(self.features[sample]), self.rows[sample]))
            .unzip();
        best_temperature(&scores, &targets)
    }

    /// How often a decision among the classes' phrases is right, every class alike.
    pub fn accuracy(&self, decision: &Decision) -> f64 {
        let answers = self
            .features
            .iter()
            .map(|feature| highest(&decision.scores(feature)));
        Accuracy::of(&answers.collect::<Vec<_>>(), &self.rows).per_class
    }
}

/// A batch in which every class is as likely as any other: a class at random, then one of its samples.
pub fn balanced(groups: &[Vec<usize>], batch: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut draw = || groups.choose(rng)?.choose(rng).copied();
    (0..batch).filter_map(|_| draw()).collect()
}

/// The share of each of `classes` classes among samples' rows.
pub fn shares(rows: &[usize], classes: usize) -> Vec<f32> {
    let mut shares = vec![0.0; classes];
    for &row in rows {
        shares[row] += 1.0 / rows.len() as f32;
    }
    shares
}

/// Rows of equal width as a matrix.
fn matrix(rows: impl ExactSizeIterator<Item = Vec<f32>>) -> Result<Array2<f32>, FitError> {
    let count = rows.len();
    let values: Vec<f32> = rows.flatten().collect();
    let width = values.len() / count.max(1);
    Array2::from_shape_vec((count, width), values)
        .map_err(|error| FitError::Config(error.to_string()))
}

/// An error where a loss is not a finite number.
pub fn check_loss(loss: f32, step: usize) -> Result<(), FitError> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(FitError::Diverged { step })
}

/// Two layers of one input as one, the first one's outputs first.
pub fn stacked(first: &Dense, second: &Dense) -> Dense {
    let (rows, columns) = first.weight.dim();
    let mut both = Dense::zeros(columns, rows + second.weight.nrows());
    let (mut upper, mut lower) = both.weight.view_mut().split_at(ndarray::Axis(0), rows);
    upper.assign(&first.weight);
    lower.assign(&second.weight);
    both.bias = first.bias.iter().chain(&second.bias).copied().collect();
    both
}

/// Two layers of two inputs that stand side by side, as one.
pub fn side_by_side(first: &Dense, second: &Dense) -> Dense {
    let ((rows, columns), (more_rows, more_columns)) = (first.weight.dim(), second.weight.dim());
    let mut both = Dense::zeros(columns + more_columns, rows + more_rows);
    let mut corner = both.weight.slice_mut(ndarray::s![..rows, ..columns]);
    corner.assign(&first.weight);
    let mut corner = both.weight.slice_mut(ndarray::s![rows.., columns..]);
    corner.assign(&second.weight);
    both.bias = first.bias.iter().chain(&second.bias).copied().collect();
    both
}

/// The activation that changes nothing, for layers that stand alone.
pub const LINEAR: Activation = Activation::Linear;

#[cfg(test)]
mod tests {
    use super::{side_by_side, stacked};
    use crate::align::network::Dense;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn two_layers_act_as_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (a, b) = (
            Dense::uniform(2, 3, &mut rng),
            Dense::uniform(2, 1, &mut rng),
        );
        let (x, y) = ([0.5, -1.0], [2.0, 0.1]);
        let expected = [a.forward_one(&x), b.forward_one(&x)].concat();
        assert_eq!(stacked(&a, &b).forward_one(&x), expected);
        let expected = [a.forward_one(&x), b.forward_one(&y)].concat();
        let got = side_by_side(&a, &b).forward_one(&[x, y].concat());
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
