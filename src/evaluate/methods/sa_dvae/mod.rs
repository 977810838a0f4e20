//! SA-DVAE: `SynSE`'s blocks, with room in the skeleton's latent space for what words do not say.
//!
//! "Improving zero-shot skeleton-based action recognition by disentangled variational autoencoders", Li et al., ECCV 2024.
//!
//! From the paper: the skeleton's latent vector has a part that words share and one of its own; the skeleton is
//! rebuilt from both, the words from the shared part, and across, the skeleton from the words' latent vector and its
//! own part; every latent vector has a KL term; a discriminator learns to tell true pairs of shared and own part from
//! shuffled ones, every tenth step, and the encoders learn to keep it from calling a pair true, so that neither part
//! tells of the other; unseen phrases are decided by the shared part alone.
//!
//! Our reading: inputs, linear decoders, independent noise, balanced batches, weight decay, schedule and the head by
//! cosine are those of our SynSE, so that the two differ by the disentanglement only; the text KL term comes in with
//! the cross-modal terms, as in CADA-VAE; the discriminator's term counts 0.1 from then on (in the authors' code its
//! weight grows with the text KL term's, to 0.01 at most); the own part has 20 dimensions.

mod step;

use self::step::{Batch, Network, discriminate, sample, step};
use super::Method;
use super::lesson::{LINEAR, Lesson, balanced, check_loss};
use crate::align::layers::{Layer, Layers};
use crate::align::network::Activation::Relu;
use crate::align::network::{Dense, Network as Autoencoders, Vae};
use crate::align::part::Part;
use crate::align::standard::Standard;
use crate::align::synse::{Profile, Synse, TextPart};
use crate::align::towers::{Reading, Words};
use crate::align::{Aligner, Head};
use crate::language::PhraseVectors;
use crate::train::align::FitError;
use crate::train::align::chain::{Chain, Descent};
use crate::train::align::schedule::Schedule;
use ndarray::{Array2, Axis, concatenate, s};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// SA-DVAE with its settings.
#[derive(Clone, Debug)]
pub struct SaDvae {
    /// What is read of a phrase, and how it decides.
    pub variant: &'static str,
    /// What is read.
    pub part: Part,
    /// The latent dimensions that words share.
    pub shared: usize,
    /// The latent dimensions that only the skeleton has.
    pub own: usize,
    /// When each term of the loss comes in.
    pub schedule: Schedule,
    /// Samples in a step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Weight decay of the skeleton's autoencoder and of the words'.
    pub decays: [f32; 2],
    /// The weight of the discriminator's term.
    pub independence: f32,
    /// The discriminator learns once in so many steps.
    pub discriminator_stride: usize,
    /// How it decides.
    pub head: Head,
}

impl SaDvae {
    /// What the tables use.
    pub fn ours(variant: &'static str, part: Part, head: Head) -> Self {
        Self {
            variant,
            part,
            shared: 100,
            own: 20,
            schedule: Schedule::cada_vae(1_700),
            batch: 64,
            learning_rate: 1e-4,
            decays: [1e-3, 1e-2],
            independence: 0.1,
            discriminator_stride: 10,
            head,
        }
    }
}

/// The variants: the whole phrase under both heads.
pub(super) fn variants() -> Vec<Box<dyn Method>> {
    vec![
        Box::new(SaDvae::ours("phrase, cosine", Part::Phrase, Head::Cosine)),
        Box::new(SaDvae::ours("phrase, trained", Part::Phrase, Head::Trained)),
    ]
}

/// A training under way.
struct Course<'a> {
    settings: &'a SaDvae,
    samples: Array2<f32>,
    texts: Array2<f32>,
    rows: &'a [usize],
    groups: Vec<Vec<usize>>,
    network: Network,
    discriminator: Chain,
    rng: ChaCha8Rng,
}

impl Course<'_> {
    fn batch(&mut self) -> Batch {
        let drawn = balanced(&self.groups, self.settings.batch, &mut self.rng);
        let rng = &mut self.rng;
        let mut noise = |width| {
            Array2::from_shape_simple_fn((drawn.len(), width), || rng.sample(StandardNormal))
        };
        let SaDvae { shared, own, .. } = *self.settings;
        Batch {
            visual_noise: noise(shared + own),
            text_noise: noise(shared),
            features: self.samples.select(Axis(0), &drawn),
            texts: self.texts.clone(),
            rows: drawn.iter().map(|&sample| self.rows[sample]).collect(),
        }
    }

    /// True pairs of a shared and an own part, of both sides, then as many shuffled ones.
    fn pairs(&mut self) -> Array2<f32> {
        let batch = self.batch();
        let (count, shared) = (batch.rows.len(), self.settings.shared);
        let every: Vec<usize> = (0..count).collect();
        let seen = self.network.visual_encoder.forward(batch.features);
        let read = self.network.text_encoder.forward(batch.texts);
        let (latent, _) = sample(seen.output(), &every, &batch.visual_noise);
        let (words, _) = sample(read.output(), &batch.rows, &batch.text_noise);
        let own = latent.slice(s![.., shared..]);
        let crossed = concatenate![Axis(1), words.view(), own];
        let mut order = every;
        order.shuffle(&mut self.rng);
        let shuffled = own.select(Axis(0), &order);
        let from_seen = latent.slice(s![.., ..shared]);
        let mixed = concatenate![Axis(1), from_seen, shuffled.view()];
        let mixed_words = concatenate![Axis(1), words.view(), shuffled.view()];
        concatenate![Axis(0), latent, crossed, mixed, mixed_words]
    }

    fn run(&mut self) -> Result<(), FitError> {
        let SaDvae {
            schedule,
            learning_rate,
            decays: [visual, text],
            ..
        } = *self.settings;
        let mut descent = Descent::new(learning_rate, self.network.chains_mut());
        let mut adversary = Descent::new(learning_rate, vec![&mut self.discriminator]);
        for at in 0..schedule.cycle_steps {
            let weights = schedule.at(at);
            let independence = self.settings.independence * weights.cross;
            if independence > 0.0 && at % self.settings.discriminator_stride.max(1) == 0 {
                let pairs = self.pairs();
                let (_, mut gradient) = discriminate(&self.discriminator, pairs);
                adversary.step(vec![(&mut self.discriminator, 0.0)], vec![&mut gradient]);
            }
            let batch = self.batch();
            let (loss, mut gradient) = step(
                &self.network,
                &self.discriminator,
                &batch,
                weights,
                independence,
            );
            check_loss(loss, at)?;
            let decays = [visual, visual, text, text];
            let chains = self.network.chains_mut().into_iter().zip(decays).collect();
            descent.step(chains, gradient.chains_mut());
        }
        Ok(())
    }
}

/// The shared part alone, as a model of `SynSE`'s form with one text part.
fn shared_part(network: &Network, standard: Standard, text: TextPart) -> Synse {
    let shared = network.shared();
    let (encoder, _) = &network.visual_encoder.layers[0];
    let (decoder, _) = &network.visual_decoder.layers[0];
    let both = decoder.weight.ncols();
    let kept: Vec<usize> = (0..shared).chain(both..both + shared).collect();
    let visual = Vae {
        encoder: Dense {
            weight: encoder.weight.select(Axis(0), &kept),
            bias: encoder.bias.select(Axis(0), &kept),
        },
        decoder: Dense {
            weight: decoder.weight.slice(s![.., ..shared]).to_owned(),
            bias: decoder.bias.clone(),
        },
    };
    let words = Vae {
        encoder: network.text_encoder.layers[0].0.clone(),
        decoder: network.text_decoder.layers[0].0.clone(),
    };
    Synse {
        bilinear: None,
        card: None,
        profile: Profile::Ours,
        temperature: 1.0,
        standard,
        parts: vec![text],
        network: Autoencoders {
            visual,
            texts: vec![words],
        },
    }
}

impl Method for SaDvae {
    fn name(&self) -> &'static str {
        "sa-dvae"
    }

    fn variant(&self) -> &str {
        self.variant
    }

    fn head(&self) -> Head {
        self.head
    }

    fn train(
        &self,
        features: &[Vec<f32>],
        labels: &[usize],
        phrases: &[PhraseVectors],
        seed: u64,
    ) -> Result<Box<dyn Aligner>, FitError> {
        let lesson = Lesson::new(features, labels, phrases)?;
        let words = Words::learn(&[self.part], Reading::SideBySide, &lesson.phrases)?;
        let standard = Standard::z_score(lesson.features());
        let visual = Layers::new(lesson.width()).then(Layer::Standard(standard.clone()));
        let text = Layers::new(words.width()).then(Layer::Standard(words.standard()));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let both = self.shared + self.own;
        let widths = [lesson.width(), words.width()];
        let mut course = Course {
            settings: self,
            samples: lesson.features_through(&visual)?,
            texts: lesson.words_through(&words, &text)?,
            rows: &lesson.rows,
            groups: lesson.samples_of_classes(),
            network: Network::new(widths, self.shared, self.own, &mut rng),
            discriminator: Chain::uniform(&[both, both.div_ceil(4), 1], &[Relu, LINEAR], &mut rng),
            rng,
        };
        course.run()?;
        let text = TextPart {
            part: self.part,
            weight: 1.0,
            standard: words.standard(),
            placeholder: words.standard().mean,
        };
        let mut trained = shared_part(&course.network, standard, text);
        let decision = trained.decide(&lesson.phrase_list(), Head::Cosine, seed)?;
        trained.temperature = lesson.temperature(&decision);
        Ok(Box::new(trained))
    }
}
