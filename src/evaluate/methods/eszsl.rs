//! ESZSL ("An embarrassingly simple approach to zero-shot learning", Romera-Paredes and Torr, ICML 2015): a bilinear
//! form between features and words, in closed form.

use super::Method;
use super::lesson::{LINEAR, Lesson};
use crate::align::layers::{Layer, Layers};
use crate::align::network::Dense;
use crate::align::part::Part;
use crate::align::standard::Standard;
use crate::align::towers::{Comparison, Reading, Towers, Words};
use crate::align::{AlignError, Aligner};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use nalgebra::{Cholesky, DMatrix};
use ndarray::{Array1, Array2};

/// ESZSL with its settings.
#[derive(Clone, Debug)]
pub struct Eszsl {
    /// The text parts.
    pub variant: &'static str,
    /// The same, one by one.
    pub parts: Vec<Part>,
    /// The paper's gamma, in parts of the number of samples.
    pub feature_penalty: f32,
    /// The paper's lambda, in parts of the number of classes.
    pub text_penalty: f32,
}

/// The variants: words alone, and with motion.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    let eszsl = |variant, parts: &[Part]| -> Box<dyn Method> {
        Box::new(Eszsl {
            variant,
            parts: parts.to_vec(),
            feature_penalty: 1.0,
            text_penalty: 1.0,
        })
    };
    vec![
        eszsl("noun+verb", &[Part::Noun, Part::Verb]),
        eszsl("noun+verb+motion", &[Part::Noun, Part::Verb, Part::Motion]),
    ]
}

impl Method for Eszsl {
    fn name(&self) -> &'static str {
        "eszsl"
    }

    fn variant(&self) -> &str {
        self.variant
    }

    /// `V = (X X' + gamma I)^-1 X Y S' (S S' + lambda I)^-1`, where a sample's row of `Y` is 1 for its own class and
    /// -1 for the others; a feature goes to the phrase with the highest `x' V s`. Features are z-scored and words
    /// centred, as for ridge regression, and both sums are means here, so that one penalty fits corpora of any size.
    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        _seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let words = Words::learn(&self.parts, Reading::SideBySide, &lesson.phrases)?;
        let standard = Standard::z_score(lesson.features());
        let visual = Layers::new(lesson.width()).then(Layer::Standard(standard));
        let text = Layers::new(words.width()).then(Layer::Standard(words.standard()));
        let samples = columns(&lesson.features_through(&visual)?);
        let classes = columns(&lesson.words_through(&words, &text)?);
        // X Y without a matrix of ones: twice the sum of each class's samples, less the sum of all.
        let mut sums = DMatrix::zeros(samples.nrows(), classes.ncols());
        for (sample, &row) in samples.column_iter().zip(&lesson.rows) {
            sums.column_mut(row).axpy(2.0, &sample, 1.0);
        }
        let all = samples.column_sum();
        for mut column in sums.column_iter_mut() {
            column -= &all;
        }
        let middle = sums * classes.transpose();
        let left = solved(&samples, self.feature_penalty, &middle, "feature")?;
        let form = solved(&classes, self.text_penalty, &left.transpose(), "text")?;
        // `form` is V', [words, features].
        let (rows, columns) = form.shape();
        let dense = Dense {
            weight: Array2::from_shape_fn((rows, columns), |at| form[at]),
            bias: Array1::zeros(rows),
        };
        Ok(Box::new(lesson.calibrated(Towers {
            method: "ESZSL",
            words,
            visual: visual.then(Layer::Dense(dense, LINEAR)),
            text,
            comparison: Comparison::Product,
            temperature: 1.0,
        })?))
    }
}

/// The rows of a table as columns of a matrix.
fn columns(rows: &Array2<f32>) -> DMatrix<f32> {
    DMatrix::from_fn(rows.ncols(), rows.nrows(), |i, j| rows[[j, i]])
}

/// `(P P' / n + penalty I)^-1 right / n`, for the `n` columns of `P`.
fn solved(
    points: &DMatrix<f32>,
    penalty: f32,
    right: &DMatrix<f32>,
    what: &str,
) -> Result<DMatrix<f32>, AlignError> {
    let share = 1.0 / points.ncols().max(1) as f32;
    let mut moments = points * points.transpose() * share;
    (0..moments.nrows()).for_each(|i| moments[(i, i)] += penalty);
    let factored = Cholesky::new(moments).ok_or_else(|| {
        AlignError::Unsolvable(format!(
            "ESZSL has no solution at a {what} penalty of {penalty}; it must be above 0"
        ))
    })?;
    Ok(factored.solve(right) * share)
}
