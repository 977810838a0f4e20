//! Generalised zero-shot learning: seen classes and unseen phrases together, joined in several ways.

mod both;

use self::both::{Both, Measure};
use super::Method;
use super::row::{Row, Scored};
use crate::align::AlignError;
use crate::align::accuracy::{Accuracy, harmonic_mean, highest};
use crate::gate::{Gate, GateError, GateMode};
use crate::phrases::splits::Split;
use crate::train::align::FitError;
use crate::train::corpus::Corpus;
use crate::train::gate::stand_ins::StandIns;
use crate::train::gate::{self, GateConfig};
use std::borrow::Cow;
use std::time::Instant;

/// How both sides are joined, in the order of the rows: those of the paper's table 2 and calibrated stacking.
///
/// A method that compares by cosines has our gate, which looks at them; any other the paper's, which looks at the
/// highest probabilities of both sides.
pub const VARIANTS: [&str; 5] = [
    "hard gate",
    "soft gate",
    "hard gate, temperature 1",
    "one softmax",
    "calibrated stacking",
];

/// Why there are no scores.
#[derive(Debug, thiserror::Error)]
pub enum GzslError {
    /// The method cannot be trained.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A decision.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The gate.
    #[error(transparent)]
    Gate(#[from] GateError),
}

/// Why a split has no generalised score with this encoder; `None` where it has.
pub fn obstacle(corpus: &Corpus, split: &Split) -> Option<String> {
    let known = &corpus.phrases[..corpus.seen];
    if let Some(phrase) = split.unseen.iter().find(|phrase| known.contains(phrase)) {
        return Some(format!(
            "the encoder was trained on `{phrase}`, which the split calls unseen; train one with --split {}",
            split.name
        ));
    }
    let tested = |class: usize| {
        let mut clips = corpus.labels.iter().zip(&corpus.test);
        clips.any(|(&label, &test)| test && label == class)
    };
    if !corpus.places(&split.unseen).into_iter().any(tested) {
        return Some("no test subject performs an unseen phrase".to_owned());
    }
    let withheld = StandIns::new(corpus, corpus.places(&split.validation_unseen)).withheld();
    if withheld.is_empty() {
        return Some(
            "no training subject performs a validation-unseen phrase to choose by".to_owned(),
        );
    }
    None
}

/// Scores one method on one split in all [`VARIANTS`].
///
/// Trained as for a zero-shot score, tested on the test subjects' clips of both sides: the encoder's logits speak for
/// the seen classes, the method for the unseen. Gate and constant are chosen with the validation-unseen phrases as
/// stand-ins, on subjects that the encoder set aside if it did.
pub fn score(
    corpus: &Corpus,
    split: &Split,
    method: &dyn Method,
    seeds: u64,
) -> Result<Vec<Scored>, GzslError> {
    let started = Instant::now();
    let mut joined = vec![Vec::new(); VARIANTS.len()];
    for seed in 1..=seeds {
        for (joined, both) in joined
            .iter_mut()
            .zip(score_once(corpus, split, method, seed)?)
        {
            joined.push(both);
        }
    }
    let unseen = corpus.places(&split.unseen);
    let clips = tested(corpus, &unseen).len();
    let seconds = started.elapsed().as_secs_f64();
    let scored = |(how, both): (&str, Vec<[Accuracy; 2]>)| {
        let row = Row {
            method: Cow::Borrowed(method.name()),
            split: split.name.clone(),
            setting: Cow::Borrowed("gzsl"),
            variant: Cow::Owned(format!("{}; {how}", method.variant())),
            seconds,
            clips,
            ..Row::default()
        };
        Scored::gzsl(row, &both)
    };
    Ok(VARIANTS.into_iter().zip(joined).map(scored).collect())
}

/// The test subjects' clips of the encoder's classes and of the unseen ones.
fn tested(corpus: &Corpus, unseen: &[usize]) -> Vec<usize> {
    let is_tested = |&row: &usize| {
        let label = corpus.labels[row];
        corpus.test[row] && (label < corpus.seen || unseen.contains(&label))
    };
    (0..corpus.labels.len()).filter(is_tested).collect()
}

/// What joins both sides, chosen without unseen phrases and test subjects.
struct Choice {
    gate: Gate,
    unscaled: Gate,
    /// Subtracted from what speaks for the seen classes.
    handicap: f32,
}

fn score_once(
    corpus: &Corpus,
    split: &Split,
    how: &dyn Method,
    seed: u64,
) -> Result<Vec<[Accuracy; 2]>, GzslError> {
    let choice = choose(corpus, split, how, seed)?;
    let (features, labels) = corpus.rows(&corpus.training_rows());
    let aligner = how.train(&features, &labels, &corpus.vectors, seed)?;
    let unseen = corpus.places(&split.unseen);
    let rows = tested(corpus, &unseen);
    let classes = [(0..corpus.seen).collect(), unseen];
    let both = Both::new(corpus, aligner.as_ref(), classes, how.head(), seed)?;
    let answers: Vec<[usize; VARIANTS.len()]> = rows
        .iter()
        .map(|&row| choice.answers(corpus, row, &both))
        .collect();
    let actual: Vec<usize> = rows.iter().map(|&row| corpus.labels[row]).collect();
    let of = |variant: usize| {
        let predicted: Vec<usize> = answers.iter().map(|answer| answer[variant]).collect();
        accuracies(&predicted, &actual, |class| class < corpus.seen)
    };
    Ok((0..VARIANTS.len()).map(of).collect())
}

impl Choice {
    /// The class that each variant names.
    fn answers(&self, corpus: &Corpus, row: usize, both: &Both) -> [usize; VARIANTS.len()] {
        let (feature, logits) = (&corpus.features[row], &corpus.seen_logits[row]);
        let probabilities = both.phrases.probabilities(feature);
        let likeness = both.likeness(feature, logits);
        let gated = |gate: &Gate, mode: GateMode| {
            let joined = gate.join(mode, logits, &probabilities, &likeness);
            let all: Vec<f32> = joined.seen.into_iter().chain(joined.unseen).collect();
            let best = highest(&all);
            match best.checked_sub(logits.len()) {
                Some(place) => both.unseen[place],
                None => best,
            }
        };
        let [seen, unseen] = both.best(feature);
        let stacked = |handicap: f32| {
            if seen.1 - handicap >= unseen.1 {
                seen.0
            } else {
                unseen.0
            }
        };
        [
            gated(&self.gate, GateMode::Hard),
            gated(&self.gate, GateMode::Soft),
            gated(&self.unscaled, GateMode::Hard),
            stacked(0.0),
            stacked(self.handicap),
        ]
    }
}

/// Gate and constant, with the validation-unseen phrases in the place of the unseen ones.
fn choose(
    corpus: &Corpus,
    split: &Split,
    how: &dyn Method,
    seed: u64,
) -> Result<Choice, GzslError> {
    let stand_ins = StandIns::new(corpus, corpus.places(&split.validation_unseen));
    let (features, labels) = corpus.rows(&stand_ins.taught());
    let aligner = how.train(&features, &labels, &corpus.vectors, seed)?;
    let classes = [stand_ins.seen().to_vec(), stand_ins.absent().to_vec()];
    let both = Both::new(corpus, aligner.as_ref(), classes, how.head(), seed)?;
    let samples = match both.measure {
        Measure::Cosine => stand_ins.samples(aligner.as_ref(), 0, seed)?,
        Measure::Logit => stand_ins.plain_samples(&both.phrases),
    };
    let config = both.measure.gate(corpus.places(&split.unseen).len());
    let unscaled = GateConfig {
        temperatures: vec![1.0],
        ..config.clone()
    };
    let rows = [stand_ins.known(), stand_ins.withheld()].concat();
    let best: Vec<Best> = rows
        .iter()
        .map(|&row| (both.best(&corpus.features[row]), corpus.labels[row]))
        .collect();
    let is_seen = |class| stand_ins.seen().contains(&class);
    Ok(Choice {
        gate: gate::fit(&samples, &config, seed)?,
        unscaled: gate::fit(&samples, &unscaled, seed)?,
        handicap: best_handicap(&best, both.measure.unit(), is_seen),
    })
}

/// The best class of each side with what speaks for it, and the clip's class.
type Best = ([(usize, f32); 2], usize);

/// The constant between -0.5 and 1.5 of a unit with the highest harmonic mean; of equal ones the middle one.
fn best_handicap(best: &[Best], unit: f32, is_seen: impl Fn(usize) -> bool) -> f32 {
    let actual: Vec<usize> = best.iter().map(|(_, label)| *label).collect();
    let score = |handicap: f32| {
        let predicted: Vec<usize> = best
            .iter()
            .map(|([seen, unseen], _)| {
                if seen.1 - handicap >= unseen.1 {
                    seen.0
                } else {
                    unseen.0
                }
            })
            .collect();
        let [seen, unseen] = accuracies(&predicted, &actual, &is_seen);
        harmonic_mean(seen.per_class, unseen.per_class)
    };
    let scored: Vec<(f32, f64)> = (-50..=150)
        .map(|percent| percent as f32 / 100.0 * unit)
        .map(|handicap| (handicap, score(handicap)))
        .collect();
    let most = scored.iter().map(|scored| scored.1).fold(0.0, f64::max);
    let equals: Vec<f32> = scored
        .iter()
        .filter(|scored| scored.1 >= most)
        .map(|scored| scored.0)
        .collect();
    equals.get(equals.len() / 2).copied().unwrap_or_default()
}

/// The accuracies among all classes: on samples of seen ones, and of unseen ones.
fn accuracies(
    predicted: &[usize],
    actual: &[usize],
    is_seen: impl Fn(usize) -> bool,
) -> [Accuracy; 2] {
    let side = |seen: bool| {
        let (predicted, actual): (Vec<usize>, Vec<usize>) = predicted
            .iter()
            .zip(actual)
            .filter(|(_, actual)| is_seen(**actual) == seen)
            .unzip();
        Accuracy::of(&predicted, &actual)
    };
    [side(true), side(false)]
}

#[cfg(test)]
mod tests {
    use super::{accuracies, best_handicap};

    #[test]
    fn each_side_is_judged_on_its_own_classes() {
        let [seen, unseen] = accuracies(&[0, 1, 1, 2, 3], &[0, 0, 1, 2, 2], |class| class < 2);
        assert!((seen.per_class - 0.75).abs() < 1e-12);
        assert!((unseen.per_class - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_handicap_makes_up_for_the_seen_sides_advantage() {
        // Seen classes score 0.4 higher than they should.
        let near: Vec<_> = (0..20)
            .map(|i| {
                let wobble = i as f32 * 0.005;
                if i % 2 == 0 {
                    ([(0, 0.9 - wobble), (5, 0.3)], 0)
                } else {
                    ([(1, 0.7), (5, 0.55 - wobble)], 5)
                }
            })
            .collect();
        let handicap = best_handicap(&near, 1.0, |class| class < 5);
        assert!((0.25..0.5).contains(&handicap), "{handicap}");
    }
}
