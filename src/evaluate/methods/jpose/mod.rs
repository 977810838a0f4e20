//! JPoSE ("Fine-grained action retrieval through multiple parts-of-speech embeddings", Wray et al., ICCV 2019), as
//! released with SynSE.
//!
//! Features and verbs share one space, features and nouns another; both spaces side by side, verb first, lead to a
//! joint one, in which cosines decide.

mod step;

pub use self::step::{Batch, Losses, Network, Space, Step, Way};

use self::step::SPACE;
use super::Method;
use super::lesson::{Lesson, check_loss, side_by_side, stacked};
use crate::align::layers::{Layer, Layers};
use crate::align::part::Part;
use crate::align::towers::{Comparison, Reading, Towers, Words};
use crate::align::{Aligner, Head};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::chain::{Chain, Descent};
use ndarray::{Array2, ArrayView1, Axis, s};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// The share of the seen classes that is held out to find out how long to train.
const HELD_OUT: usize = 6;

/// JPoSE with its settings.
#[derive(Clone, Debug)]
pub struct Jpose {
    /// Times that all samples are seen, at most.
    pub epochs: usize,
    /// Training stops after so many epochs without gain on held-out classes.
    pub patience: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The weight decay of the joint space's layers.
    pub joint_decay: f32,
}

impl Jpose {
    /// As released.
    pub fn published() -> Self {
        Self {
            epochs: 2_000,
            patience: 40,
            learning_rate: 1e-4,
            joint_decay: 1e-3,
        }
    }
}

/// The only variant.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![Box::new(Jpose::published())]
}

/// The trained network as towers that read verb and noun.
pub fn towers(network: &Network, words: Words) -> Towers {
    let Network { verb, noun, joint } = network;
    let layers = |chain: &Chain| chain.layers.clone();
    let width = verb.visual.layers[0].0.weight.ncols();
    let mut visual = Layers::new(width).then(Layer::Unit(width));
    for ((a, activation), (b, _)) in layers(&verb.visual).into_iter().zip(layers(&noun.visual)) {
        visual = visual.then(Layer::Dense(stacked(&a, &b), activation));
    }
    let mut text = Layers::new(words.width()).then(Layer::Unit(words.width() / 2));
    for ((a, activation), (b, _)) in layers(&verb.text).into_iter().zip(layers(&noun.text)) {
        text = text.then(Layer::Dense(side_by_side(&a, &b), activation));
    }
    Towers {
        method: "JPoSE",
        words,
        visual: joint.visual.after(visual.then(Layer::Unit(SPACE))),
        text: joint.text.after(text.then(Layer::Unit(SPACE))),
        comparison: Comparison::Cosine,
        temperature: 1.0,
    }
}

/// A training under way.
struct Course<'a> {
    lesson: &'a Lesson<'a>,
    words: Words,
    samples: Array2<f32>,
    texts: [Array2<f32>; 2],
    /// Each class's verb and noun, as numbers.
    word_of_class: [Vec<usize>; 2],
    network: Network,
    descent: Descent,
    rng: ChaCha8Rng,
}

impl<'a> Course<'a> {
    fn new(lesson: &'a Lesson<'a>, settings: &Jpose, seed: u64) -> Result<Self, FitError> {
        let both = [Part::Verb, Part::Noun];
        let words = Words::learn(&both, Reading::SideBySide, &lesson.phrases)?;
        let [verb, noun] = words.widths()[..] else {
            return Err(FitError::Config("JPoSE reads verb and noun".to_owned()));
        };
        if verb != noun {
            let reason =
                format!("JPoSE needs verbs and nouns of one width, found {verb} and {noun}");
            return Err(FitError::Config(reason));
        }
        let width = lesson.width();
        let units = Layers::new(words.width()).then(Layer::Unit(verb));
        let all = lesson.words_through(&words, &units)?;
        let texts = [s![.., ..verb], s![.., verb..]].map(|part| all.slice(part).to_owned());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut network = Network::new(width, verb, &mut rng);
        Ok(Self {
            lesson,
            samples: lesson.features_through(&Layers::new(width).then(Layer::Unit(width)))?,
            word_of_class: [numbers(&texts[0]), numbers(&texts[1])],
            texts,
            words,
            descent: Descent::new(settings.learning_rate, network.chains_mut()),
            network,
            rng,
        })
    }

    /// All samples once.
    fn epoch(&mut self, settings: &Jpose) -> Result<(), FitError> {
        let decay = settings.joint_decay;
        for samples in self.lesson.epoch(self.lesson.batch(), &mut self.rng) {
            let rows = self.lesson.rows_of(&samples);
            let word = |i: usize| rows.iter().map(|&row| self.word_of_class[i][row]).collect();
            let batch = Batch {
                features: self.samples.select(Axis(0), &samples),
                texts: [&self.texts[0], &self.texts[1]],
                words: [word(0), word(1)],
                rows,
            };
            let mut step = Step::run(&self.network, &batch);
            check_loss(step.losses.total, self.descent.steps())?;
            let decays = [0.0, 0.0, 0.0, 0.0, decay, decay];
            let chains = self.network.chains_mut().into_iter().zip(decays).collect();
            self.descent.step(chains, step.gradient.chains_mut());
        }
        Ok(())
    }

    fn towers(&self) -> Towers {
        towers(&self.network, self.words.clone())
    }
}

/// Numbers of the rows: equal rows have the same.
fn numbers(rows: &Array2<f32>) -> Vec<usize> {
    let first = |row: ArrayView1<'_, f32>| rows.outer_iter().position(|other| other == row);
    rows.outer_iter()
        .map(|row| first(row).unwrap_or_default())
        .collect()
}

impl Jpose {
    /// After how many epochs classes that were held out are told apart best.
    fn best_epochs(&self, lesson: &Lesson<'_>, seed: u64) -> Result<usize, FitError> {
        let mut classes: Vec<usize> = (0..lesson.classes.len()).collect();
        classes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (held_out, kept) = classes.split_at(classes.len() / HELD_OUT);
        // Fewer say too little to choose by.
        if held_out.len() < 2 {
            return Ok(self.patience.min(self.epochs));
        }
        let (judge, kept) = (lesson.of_classes(held_out), lesson.of_classes(kept));
        let phrases = judge.phrase_list();
        let mut course = Course::new(&kept, self, seed)?;
        let (mut best, mut highest) = (0, f64::NEG_INFINITY);
        for epoch in 1..=self.epochs {
            course.epoch(self)?;
            let accuracy = judge.accuracy(&course.towers().decide(&phrases, Head::Cosine, seed)?);
            if accuracy > highest {
                (best, highest) = (epoch, accuracy);
            } else if epoch - best >= self.patience {
                break;
            }
        }
        Ok(best)
    }
}

impl Method for Jpose {
    fn name(&self) -> &'static str {
        "jpose"
    }

    fn variant(&self) -> &'static str {
        "verb+noun"
    }

    /// The released code stops by its scores on the unseen classes. Here a sixth of the seen classes is held out to
    /// find the number of epochs, and then all are learned from for as long.
    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let epochs = self.best_epochs(&lesson, seed)?;
        let mut course = Course::new(&lesson, self, seed)?;
        for _ in 0..epochs {
            course.epoch(self)?;
        }
        Ok(Box::new(lesson.calibrated(course.towers())?))
    }
}
