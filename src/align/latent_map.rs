//! The latent space as a plane: where phrases and performers lie in it, and how alike two phrases are to the model.
//!
//! A decision adds up one cosine per part, by weight. So before anything is measured each part of a latent is brought to
//! unit length and scaled by the root of its weight's share: the product of two such vectors is the weighted mean of
//! cosines that the decision goes by, and what lies near on the map is near to the model. The plane is spanned by the
//! first two principal components of the phrases' generated latents.

use super::decision::{Decision, normalise};
use nalgebra::{DMatrix, SymmetricEigen};
use std::ops::Range;

/// A phrase's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Where its mean lies.
    pub centre: [f32; 2],
    /// Where generated latents lie.
    pub points: Vec<[f32; 2]>,
}

/// A plane through the latent space, fixed for one list of phrases.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentMap {
    scales: Vec<(Range<usize>, f32)>,
    mean: Vec<f32>,
    axes: [Vec<f32>; 2],
    /// Each phrase's mean, as it is measured: of unit length, and a little more where it says on which side.
    prototypes: Vec<Vec<f32>>,
    temperature: f32,
    /// How much of the clouds' variance lies along each axis, 0 to 1.
    pub explained: [f32; 2],
    /// The phrases, in the decision's order.
    pub clouds: Vec<Cloud>,
}

impl LatentMap {
    /// The map of a decision's phrases; `generated` is `[phrase][latent][value]`, each phrase's mean first. `None` where
    /// there is nothing to span a plane, or where the latents are none of this decision.
    pub fn new(decision: &Decision, generated: &[Vec<Vec<f32>>]) -> Option<Self> {
        let scales = decision.scales();
        let width = scales.iter().map(|(share, _)| share.end).max()?;
        let all = || generated.iter().flatten();
        let fits =
            all().all(|latent| latent.len() >= width && latent.iter().all(|x| x.is_finite()));
        if generated.len() != decision.phrase_count() || !fits || all().count() < 2 {
            return None;
        }
        let measured: Vec<Vec<Vec<f32>>> = generated
            .iter()
            .map(|latents| {
                latents
                    .iter()
                    .map(|latent| measured(&scales, latent))
                    .collect()
            })
            .collect();
        let (mean, axes, explained) = principal_plane(&measured)?;
        let prototypes = measured
            .iter()
            .map(|latents| latents.first().cloned())
            .collect::<Option<_>>()?;
        let mut map = Self {
            scales,
            mean,
            axes,
            prototypes,
            temperature: decision.mean_temperature(),
            explained,
            clouds: Vec::new(),
        };
        let cloud = |latents: &Vec<Vec<f32>>| {
            let mut points = latents.iter().map(|latent| map.project(latent));
            Some(Cloud {
                centre: points.next()?,
                points: points.collect(),
            })
        };
        map.clouds = measured.iter().map(cloud).collect::<Option<_>>()?;
        Some(map)
    }

    /// Where a latent lies; `None` for one that is not of this space.
    pub fn place(&self, latent: &[f32]) -> Option<[f32; 2]> {
        self.measured(latent)
            .map(|measured| self.project(&measured))
    }

    /// How far a latent is from each phrase: 0 for the phrase itself, 1 for nothing in common, 2 for the opposite. Empty for
    /// one that is not of this space.
    pub fn distances(&self, latent: &[f32]) -> Vec<f32> {
        let Some(own) = self.measured(latent) else {
            return Vec::new();
        };
        let distance = |prototype: &Vec<f32>| (1.0 - dot(prototype, &own)).max(0.0);
        self.prototypes.iter().map(distance).collect()
    }

    /// How alike two phrases are to the model, -1 to 1: the weighted mean of the parts' cosines between their means, and what
    /// their sides add or take.
    pub fn similarity(&self, a: usize, b: usize) -> f32 {
        match (self.prototypes.get(a), self.prototypes.get(b)) {
            (Some(a), Some(b)) => dot(a, b).min(1.0),
            _ => 0.0,
        }
    }

    /// The probability with which the model takes a perfect performance of one phrase, of the more particular one, for the other
    /// where there are only these two, by its calibrated temperature: 0.5 where it cannot tell them apart.
    pub fn confusion(&self, a: usize, b: usize) -> f32 {
        let (Some(a), Some(b)) = (self.prototypes.get(a), self.prototypes.get(b)) else {
            return 0.0;
        };
        // Whoever waves with the right hand waves, and does more than that.
        let own = dot(a, a).max(dot(b, b));
        let apart = (own - dot(a, b)).max(0.0) / self.temperature;
        1.0 / (1.0 + apart.exp())
    }

    fn measured(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let fits = self
            .scales
            .iter()
            .all(|(share, _)| share.end <= latent.len());
        (fits && latent.iter().all(|x| x.is_finite())).then(|| measured(&self.scales, latent))
    }

    fn project(&self, measured: &[f32]) -> [f32; 2] {
        self.axes.each_ref().map(|axis| {
            let centred = measured.iter().zip(&self.mean).map(|(x, mean)| x - mean);
            centred.zip(axis).map(|(x, along)| x * along).sum()
        })
    }
}

/// A latent as it is measured: unit parts, scaled.
fn measured(scales: &[(Range<usize>, f32)], latent: &[f32]) -> Vec<f32> {
    let mut all = Vec::with_capacity(latent.len());
    for (share, scale) in scales {
        let mut part = latent[share.clone()].to_vec();
        normalise(&mut part);
        all.extend(part.into_iter().map(|x| x * scale));
    }
    all
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean, first two principal components and the shares of variance along them.
#[expect(
    clippy::type_complexity,
    reason = "three results, named where they are taken"
)]
fn principal_plane(clouds: &[Vec<Vec<f32>>]) -> Option<(Vec<f32>, [Vec<f32>; 2], [f32; 2])> {
    let rows: Vec<&Vec<f32>> = clouds.iter().flatten().collect();
    let (count, width) = (rows.len(), rows.first()?.len());
    if width < 2 {
        return None;
    }
    let mut mean = vec![0.0_f32; width];
    for row in &rows {
        for (sum, x) in mean.iter_mut().zip(row.iter()) {
            *sum += x / count as f32;
        }
    }
    let centred = DMatrix::from_fn(count, width, |row, column| rows[row][column] - mean[column]);
    let eigen = SymmetricEigen::new(centred.tr_mul(&centred) / count as f32);
    let total: f32 = eigen.eigenvalues.iter().map(|value| value.max(0.0)).sum();
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    let axis = |index: usize| {
        let mut axis: Vec<f32> = eigen
            .eigenvectors
            .column(order[index])
            .iter()
            .copied()
            .collect();
        // An axis has no direction of its own: the same list must give the same picture.
        let largest = axis
            .iter()
            .copied()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        if largest.is_some_and(|largest| largest < 0.0) {
            for x in &mut axis {
                *x = -*x;
            }
        }
        axis
    };
    let share = |index: usize| {
        if total > 0.0 {
            eigen.eigenvalues[order[index]].max(0.0) / total
        } else {
            0.0
        }
    };
    Some((mean, [axis(0), axis(1)], [share(0), share(1)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_lies_along_the_greatest_spread() {
        // Three groups: far apart along the second axis, a little along the third, hardly along the first.
        let group = |y: f32, z: f32| {
            (0..20)
                .map(|i| {
                    vec![
                        (i as f32 * 0.7).sin() * 0.01,
                        y,
                        z + (i as f32).cos() * 0.02,
                    ]
                })
                .collect()
        };
        let clouds: Vec<Vec<Vec<f32>>> = vec![group(-1.0, 0.0), group(0.0, 0.4), group(1.0, 0.0)];
        let (mean, [first, second], explained) = principal_plane(&clouds).unwrap();
        assert!(mean[1].abs() < 1e-5);
        assert!(
            first[1] > 0.999 && second[2] > 0.999,
            "{first:?} {second:?}"
        );
        assert!(explained[0] > 0.9 && explained[0] + explained[1] > 0.999);
    }

    #[test]
    fn equal_points_span_nothing_but_do_not_fail() {
        let clouds = vec![vec![vec![1.0, 2.0, 3.0]; 4]];
        let (_, axes, explained) = principal_plane(&clouds).unwrap();
        assert_eq!(explained, [0.0, 0.0]);
        assert!(axes.iter().flatten().all(|x| x.is_finite()));
        assert!(principal_plane(&[]).is_none());
    }
}
