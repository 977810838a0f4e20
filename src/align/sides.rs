//! The sides part: left against right, one way against the other, for phrases that say it.
//!
//! Nothing of it is learned: of a phrase that leaves a side open nobody can say which one is wrong. What speaks for one of a pair
//! of opposites ([`SIDES`]) less what speaks for the other is -1 to 1, of a movement as of a phrase. Of a movement these
//! differences, and a rest that makes their length 1, are a latent like those of other parts, so that whoever shows no side clearly
//! is near to none. A phrase's latent has no rest, and is nothing at all where it leaves everything open: its cosine is 0
//! whatever is performed.

use crate::phrases::motion::SIDES;

/// How long a latent is: the pairs, and the rest.
pub(super) const WIDTH: usize = (SIDES.end - SIDES.start) / 2 + 1;

/// Below this a phrase says next to nothing of a pair: it leaves it open.
const SAID: f32 = 0.25;

/// How far readings of a pair lie around what a phrase says of it, and around nothing where it says nothing.
const DEVIATION: f32 = 0.3;
const OPEN_DEVIATION: f32 = 0.6;

/// The latent of a movement, by the sides of the card that was read from it.
pub(super) fn read(sides: &[f32]) -> [f32; WIDTH] {
    let differences = differences(sides);
    let length = differences.iter().map(|x| x * x).sum::<f32>().sqrt();
    let mut latent = differences.map(|x| x / length.max(1.0));
    latent[WIDTH - 1] = (1.0 - length.min(1.0).powi(2)).sqrt();
    latent
}

/// The latent of a phrase, by the sides of its card, and how far movements lie around it. Who says both of a pair says neither.
pub(super) fn said(sides: &[f32]) -> ([f32; WIDTH], [f32; WIDTH]) {
    let said = differences(sides).map(|x| if x.abs() < SAID { 0.0 } else { x });
    let deviation = said.map(|x| if x == 0.0 { OPEN_DEVIATION } else { DEVIATION });
    (said, deviation)
}

/// From latents back to attributes, `[SIDES.len(), WIDTH]`: what is below 0 speaks for the other one.
pub(super) fn weight_back(side: usize, value: usize) -> f32 {
    match (side / 2 == value, side % 2) {
        (true, 0) => 1.0,
        (true, _) => -1.0,
        _ => 0.0,
    }
}

fn differences(sides: &[f32]) -> [f32; WIDTH] {
    let mut differences = [0.0; WIDTH];
    for (difference, pair) in differences.iter_mut().zip(sides.chunks_exact(2)) {
        *difference = pair[0] - pair[1];
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: [f32; WIDTH], b: [f32; WIDTH]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn a_movement_is_near_to_its_own_side_and_an_open_phrase_to_none() {
        let right = read(&[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!((dot(right, right) - 1.0).abs() < 1e-6);
        let of = |card: [f32; 8]| dot(said(&card).0, right);
        assert!(of([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]) > 0.9);
        assert!(of([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]) < -0.9);
        for open in [
            [0.0; 8],
            [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.7, 0.7, 0.0, 0.0, 1.0, 1.0],
        ] {
            assert_eq!(said(&open).0, [0.0; WIDTH]);
        }
    }

    #[test]
    fn every_movement_has_a_length_of_one() {
        for sides in [[0.0; 8], [1.0; 8], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]] {
            let latent = read(&sides);
            assert!((dot(latent, latent) - 1.0).abs() < 1e-6, "{latent:?}");
        }
    }

    #[test]
    fn attributes_come_back() {
        let latent = read(&[0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let back = |side: usize| -> f32 {
            let values = latent.iter().enumerate();
            values.map(|(value, x)| weight_back(side, value) * x).sum()
        };
        assert!((back(1) - 0.6).abs() < 1e-6 && back(0) < 0.0);
        assert!((back(2) - 0.8).abs() < 1e-6);
    }
}
