//! DeViSE-style embedding, the first of the baselines of Jasani and Mazagonwalla (2019).
//!
//! "Skeleton based zero shot action recognition in joint pose-language semantic space", after Frome et al. (NeurIPS 2013).
//! One matrix maps features among the words, where the mean of the phrase's word vectors, verb and noun, waits at
//! unit length; a hinge holds each sample's own phrase against all others, and cosines decide. Margin and form of the
//! loss are Frome's; the optimiser and its settings are ours.

use super::Method;
use super::lesson::{LINEAR, Lesson, check_loss};
use crate::align::Aligner;
use crate::align::layers::{Layer, Layers};
use crate::align::part::Part;
use crate::align::standard::Standard;
use crate::align::towers::{Comparison, Reading, Towers, Words};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::chain::{Chain, Descent};
use crate::train::align::losses::hinge;
use ndarray::Axis;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// DeViSE with its settings.
#[derive(Clone, Debug)]
pub struct Devise {
    /// Times that all samples are seen.
    pub epochs: usize,
    /// The hinge's margin.
    pub margin: f32,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The matrix's weight decay.
    pub decay: f32,
}

impl Devise {
    /// What the tables use.
    pub fn ours() -> Self {
        Self {
            epochs: 100,
            margin: 0.1,
            learning_rate: 1e-4,
            decay: 1e-3,
        }
    }
}

/// The only variant.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![Box::new(Devise::ours())]
}

impl Method for Devise {
    fn name(&self) -> &'static str {
        "devise"
    }

    fn variant(&self) -> &'static str {
        "mean of verb and noun"
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let words = Words::learn(&[Part::Verb, Part::Noun], Reading::Mean, &lesson.phrases)?;
        let standard = Standard::z_score(lesson.features());
        let visual = Layers::new(lesson.width()).then(Layer::Standard(standard));
        let text = Layers::new(words.width()).then(Layer::Unit(words.width()));
        let samples = lesson.features_through(&visual)?;
        let classes = lesson.words_through(&words, &text)?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut map = Chain::uniform(&[lesson.width(), words.width()], &[LINEAR], &mut rng);
        let mut gradient = Chain::zeros_like(&map);
        let mut descent = Descent::new(self.learning_rate, vec![&mut map]);
        for _ in 0..self.epochs {
            for batch in lesson.epoch(lesson.batch(), &mut rng) {
                let trace = map.forward(samples.select(Axis(0), &batch));
                let rows = lesson.rows_of(&batch);
                let compared = hinge(trace.output(), &classes, &rows, self.margin);
                check_loss(compared.loss, descent.steps())?;
                map.backward(&trace, compared.visual, &mut gradient);
                descent.step(vec![(&mut map, self.decay)], vec![&mut gradient]);
            }
        }
        Ok(Box::new(lesson.calibrated(Towers {
            method: "DeViSE",
            words,
            visual: map.after(visual),
            text,
            comparison: Comparison::Cosine,
            temperature: 1.0,
        })?))
    }
}
