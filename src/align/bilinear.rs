//! The bilinear part: features against words and motion together, in closed form.
//!
//! ESZSL's form ("An embarrassingly simple approach to zero-shot learning", Romera-Paredes and Torr, ICML 2015): what a feature `x`
//! and a phrase `s` have to do with each other is `x' V s`. `V` has the rank of the training phrases' vectors and no more, so both
//! are brought into the space that these span, where they are compared by their cosine as other parts are. It is the only part
//! that is learned to tell phrases apart rather than to rebuild them, and with it words help that mislead by themselves.

use super::AlignError;
use super::balance::{Balance, Map};
use super::decision::ScoredPart;
use super::network::Dense;
use super::part::Part;
use super::synse::Latents;
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use ndarray::{Array1, Array2, ArrayView2};
use std::ops::Range;

/// ESZSL's gamma, by the mean over classes, with features of variance 1. The best of 0.3, 1, 3 and 10 on held-out phrases.
const FEATURE_PENALTY: f64 = 1.0;

/// ESZSL's lambda, by the mean over classes, with phrases of a squared length of about 2. The middle of what is best on held-out
/// phrases, 0.003 to 0.02. Where only words or only motion are read they are half as long, and it counts twice as much.
const TEXT_PENALTY: f64 = 0.01;

/// Directions in which phrases differ less than this, beside the one in which they differ most, are none.
const RANK: f64 = 1e-6;

/// How features are compared with all that is known of a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct BilinearPart {
    /// Its weight in the sum of cosines.
    pub weight: f32,
    /// From a standardised feature, `[size, feature width]`.
    pub visual: Dense,
    /// From a phrase's standardised vectors side by side, `[size, width of all text parts]`.
    pub text: Dense,
    /// How far features of one phrase lie around it, `[size]`.
    pub deviation: Vec<f32>,
}

/// What is learned from: standardised features with labels that point into the rows of the texts.
pub struct Samples<'a> {
    /// `[samples, feature width]`.
    pub features: ArrayView2<'a, f32>,
    /// One per sample.
    pub labels: &'a [usize],
    /// The phrases' standardised vectors, `[phrases, part width]` for each part.
    pub texts: &'a [(Part, Array2<f32>)],
}

impl BilinearPart {
    /// `V = (X' X + gamma)^-1 X' Y S (S' S + lambda)^-1`, with a row of `X` for each sample and of `S` for each class that has
    /// some, both centred; every class counts the same, whatever its samples. Words together are as long as motion is.
    ///
    /// What a feature comes to is divided by `S' S + lambda`, what a phrase comes to is not.
    pub fn fit(samples: &Samples<'_>, weight: f32) -> Result<Self, AlignError> {
        let phrases = samples.texts.first().map_or(0, |(_, text)| text.nrows());
        let balance = Balance::of(samples.labels, phrases)?;
        let scales = scales(samples.texts);
        let classes = signatures(samples.texts, &scales, &balance.classes);
        let middle = classes.row_mean().transpose();
        let Span { axes, variances } = Span::of(&classes, &middle)?;
        let origin = axes.transpose() * middle;
        let latents = axes.transpose() * classes.transpose();
        let said = |class: usize| latents.column(class) - &origin;
        let each = || {
            let rows = samples.features.outer_iter().zip(samples.labels);
            rows.filter_map(|(row, &label)| {
                let feature = DVector::from_iterator(row.len(), row.iter().map(|&x| f64::from(x)));
                let (class, share) = balance.place(label)?;
                Some((feature, said(class), share))
            })
        };
        let none = DMatrix::zeros(axes.ncols(), samples.features.ncols());
        let what = "features of the bilinear part";
        let mut form = Map::learned(each, FEATURE_PENALTY, &none, what)?;
        for (mut row, variance) in form.weights.row_iter_mut().zip(variances.iter()) {
            row /= variance + TEXT_PENALTY;
        }
        // The form is given but for its length; phrases and features of one length can be drawn around each other.
        let (mut along, mut own) = (0.0, 0.0);
        for (feature, said, share) in each() {
            let shown = form.of(&feature);
            along += share * shown.dot(&said);
            own += share * shown.norm_squared();
        }
        form.weights *= along.max(f64::MIN_POSITIVE) / own.max(f64::MIN_POSITIVE);
        let text = axes.transpose() * DMatrix::from_diagonal(&DVector::from_vec(scales));
        Ok(Self {
            weight,
            visual: form.layer(),
            text: Dense::solved(&text, &-&origin),
            deviation: form.deviations(each()),
        })
    }

    /// How long its latents are.
    pub fn size(&self) -> usize {
        self.deviation.len()
    }

    /// The latent of a phrase, by its standardised vectors, and how far features lie around it.
    pub(super) fn latents(&self, inputs: &[Vec<f32>]) -> Latents {
        let said = self.text.weight.dot(&Array1::from(inputs.concat())) + &self.text.bias;
        (said.to_vec(), self.deviation.clone())
    }

    /// The part of a decision, whose share of the latents begins at `from`.
    pub(super) fn scored(&self, from: usize, latents: &[Latents]) -> ScoredPart {
        ScoredPart::of_latents(Part::Bilinear, self.weight, self.share(from), latents)
    }

    /// Its share of the latents, where that begins at `from`.
    pub(super) fn share(&self, from: usize) -> Range<usize> {
        from..from + self.size()
    }
}

/// What each value of a phrase is multiplied by, so that motion has a squared length of 1 in the mean, and all words together.
fn scales(texts: &[(Part, Array2<f32>)]) -> Vec<f64> {
    let kin = |part: Part| {
        let same =
            |(other, _): &&(Part, Array2<f32>)| (*other == Part::Motion) == (part == Part::Motion);
        texts.iter().filter(same).count()
    };
    let scales = texts.iter().flat_map(|(part, text)| {
        let width = text.ncols();
        std::iter::repeat_n(1.0 / ((kin(*part) * width) as f64).sqrt(), width)
    });
    scales.collect()
}

/// Some phrases' vectors side by side, scaled, a row per phrase.
fn signatures(texts: &[(Part, Array2<f32>)], scales: &[f64], phrases: &[usize]) -> DMatrix<f64> {
    let rows = phrases.iter().map(|&phrase| {
        let values = texts.iter().flat_map(|(_, text)| text.row(phrase).to_vec());
        let scaled = values.zip(scales).map(|(x, scale)| f64::from(x) * scale);
        nalgebra::RowDVector::from_iterator(scales.len(), scaled)
    });
    DMatrix::from_rows(&rows.collect::<Vec<_>>())
}

/// What rows span around their mean.
struct Span {
    /// Of length 1, a column each.
    axes: DMatrix<f64>,
    /// The rows' variance along each.
    variances: DVector<f64>,
}

impl Span {
    fn of(rows: &DMatrix<f64>, mean: &DVector<f64>) -> Result<Self, AlignError> {
        let mut centred = rows.clone();
        for mut row in centred.row_iter_mut() {
            row -= mean.transpose();
        }
        let eigen = SymmetricEigen::new(&centred * centred.transpose());
        let most = eigen.eigenvalues.max();
        if !(most.is_finite() && most > 0.0) {
            let reason = "the training phrases of the bilinear part do not differ";
            return Err(AlignError::Unsolvable(reason.to_owned()));
        }
        let kept = (0..rows.nrows()).filter(|&axis| eigen.eigenvalues[axis] > RANK * most);
        let kept: Vec<usize> = kept.collect();
        let back = centred.transpose();
        let axis = |&axis: &usize| {
            &back * eigen.eigenvectors.column(axis) / eigen.eigenvalues[axis].sqrt()
        };
        let axes: Vec<DVector<f64>> = kept.iter().map(axis).collect();
        let variance = |&axis: &usize| eigen.eigenvalues[axis] / rows.nrows() as f64;
        Ok(Self {
            axes: DMatrix::from_columns(&axes),
            variances: DVector::from_iterator(kept.len(), kept.iter().map(variance)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::decision::normalise;

    /// Six phrases of one word and two attributes; the last one is shown to nobody.
    fn texts() -> Vec<(Part, Array2<f32>)> {
        let words = [
            [1.0, 0.0],
            [-1.0, 0.0],
            [0.0, 1.0],
            [0.0, -1.0],
            [1.0, 0.0],
            [-1.0, 0.0],
        ];
        let motion = [
            [1.0, 0.0],
            [1.0, 0.0],
            [-1.0, 0.0],
            [0.0, 1.0],
            [0.0, 1.0],
            [0.0, -1.0],
        ];
        vec![
            (Part::Verb, Array2::from(words.to_vec())),
            (Part::Motion, Array2::from(motion.to_vec())),
        ]
    }

    /// Whoever moves shows words and attributes along other axes, with a little noise; classes differ in how often they are
    /// performed.
    fn taught(texts: &[(Part, Array2<f32>)], classes: usize) -> (Array2<f32>, Vec<usize>) {
        let (mut rows, mut labels) = (Vec::new(), Vec::new());
        for class in 0..classes {
            for clip in 0..8 * (class + 1) {
                let [word, motion] = [0, 1].map(|part: usize| texts[part].1.row(class).to_vec());
                let noise = 0.1 * ((clip % 5) as f32 - 2.0);
                rows.push([
                    word[0] + motion[1] + noise,
                    motion[0] - word[1],
                    motion[0] + word[1] - noise,
                    motion[1] - word[0],
                    3.0,
                ]);
                labels.push(class);
            }
        }
        (Array2::from(rows), labels)
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        let (mut a, mut b) = (a.to_vec(), b.to_vec());
        normalise(&mut a);
        normalise(&mut b);
        a.iter().zip(&b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn a_phrase_that_nobody_showed_is_recognised_by_what_others_share_with_it() {
        let texts = texts();
        let (features, labels) = taught(&texts, 5);
        let part = BilinearPart::fit(
            &Samples {
                features: features.view(),
                labels: &labels,
                texts: &texts,
            },
            1.0,
        )
        .unwrap();
        // The word of the second phrase with the opposite of the motion of the fourth.
        let unseen = [-1.0 - 1.0, 0.0, 0.0, -1.0 + 1.0, 3.0];
        let seen = part.visual.forward_one(&unseen);
        let cosines: Vec<f32> = (0..6)
            .map(|phrase| {
                let inputs: Vec<Vec<f32>> = texts
                    .iter()
                    .map(|(_, text)| text.row(phrase).to_vec())
                    .collect();
                cosine(&seen, &part.latents(&inputs).0)
            })
            .collect();
        let best = (0..6).max_by(|&a, &b| cosines[a].total_cmp(&cosines[b]));
        assert_eq!(best, Some(5), "{cosines:?}");
        assert_eq!(
            part.size(),
            part.latents(&[vec![0.0; 2], vec![0.0; 2]]).0.len()
        );
    }

    #[test]
    fn features_lie_around_their_phrase_as_far_as_they_say() {
        let texts = texts();
        let (features, labels) = taught(&texts, 5);
        let taught = Samples {
            features: features.view(),
            labels: &labels,
            texts: &texts,
        };
        let part = BilinearPart::fit(&taught, 1.0).unwrap();
        assert!(
            part.size() <= 4,
            "four values span no more: {}",
            part.size()
        );
        let inputs = |phrase: usize| -> Vec<Vec<f32>> {
            let rows = texts.iter().map(|(_, text)| text.row(phrase).to_vec());
            rows.collect()
        };
        let mut off = vec![0.0_f32; part.size()];
        for (row, &label) in features.outer_iter().zip(&labels) {
            let seen = part.visual.forward_one(&row.to_vec());
            let said = part.latents(&inputs(label)).0;
            let count = labels.iter().filter(|&&other| other == label).count();
            for ((off, seen), said) in off.iter_mut().zip(seen).zip(said) {
                *off += (seen - said).powi(2) / (5 * count) as f32;
            }
        }
        for (off, deviation) in off.iter().zip(&part.deviation) {
            assert!((off.sqrt() - deviation).abs() < 1e-3, "{off} {deviation}");
        }
    }

    #[test]
    fn words_together_are_as_long_as_motion() {
        let text = |width| Array2::zeros((1, width));
        let texts = [
            (Part::Noun, text(3)),
            (Part::Verb, text(3)),
            (Part::Motion, text(2)),
        ];
        let squares: Vec<f64> = scales(&texts).iter().map(|x| x * x).collect();
        assert!((squares[..6].iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!((squares[6..].iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn phrases_that_do_not_differ_are_refused() {
        let texts = [(Part::Verb, Array2::ones((2, 3)))];
        let taught = Samples {
            features: ArrayView2::from_shape((2, 1), &[1.0, 2.0]).unwrap(),
            labels: &[0, 1],
            texts: &texts,
        };
        let error = BilinearPart::fit(&taught, 1.0).unwrap_err();
        assert!(error.to_string().contains("do not differ"), "{error}");
        let nobody = Samples {
            features: ArrayView2::from_shape((0, 1), &[]).unwrap(),
            labels: &[],
            ..taught
        };
        assert!(BilinearPart::fit(&nobody, 1.0).is_err());
    }
}
