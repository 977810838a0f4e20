//! A method's word on both sides: the seen classes and the unseen.

use crate::align::accuracy::highest;
use crate::align::{AlignError, Aligner, Decision, Head, Nearness};
use crate::gate::likeness::Likeness;
use crate::language::PhraseVectors;
use crate::train::corpus::Corpus;
use crate::train::gate::GateConfig;

/// How a method's seen and unseen classes are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// By cosines, whatever other classes there are.
    Cosine,
    /// By the logits of all of them together.
    Logit,
}

impl Measure {
    /// What the method's decisions have to offer.
    fn of(decision: &Decision, head: Head, feature: &[f32]) -> Self {
        if head == Head::Cosine && !decision.nearness(feature).is_empty() {
            Self::Cosine
        } else {
            Self::Logit
        }
    }

    /// What becomes of a handicap of 1: logits differ by more than cosines.
    pub(super) fn unit(self) -> f32 {
        match self {
            Self::Cosine => 1.0,
            Self::Logit => 10.0,
        }
    }

    /// How the gate that looks at it is trained.
    pub(super) fn gate(self, unseen: usize) -> GateConfig {
        match self {
            Self::Cosine => GateConfig::ours(),
            Self::Logit => GateConfig::reference(unseen),
        }
    }
}

/// One aligner among the seen classes and among the unseen, and which classes those are.
pub(super) struct Both {
    pub(super) measure: Measure,
    seen: Vec<usize>,
    pub(super) unseen: Vec<usize>,
    /// Among the unseen classes.
    pub(super) phrases: Decision,
    /// By cosines: among the seen classes. By logits: among the seen classes, then the unseen.
    classes: Decision,
}

impl Both {
    pub(super) fn new(
        corpus: &Corpus,
        aligner: &dyn Aligner,
        [seen, unseen]: [Vec<usize>; 2],
        head: Head,
        seed: u64,
    ) -> Result<Self, AlignError> {
        let decide = |classes: &[usize]| {
            let phrases: Vec<PhraseVectors> = classes
                .iter()
                .map(|&class| corpus.vectors[class].clone())
                .collect();
            aligner.decide(&phrases, head, seed)
        };
        let phrases = decide(&unseen)?;
        let first = corpus.features.first().map_or(&[][..], Vec::as_slice);
        let measure = Measure::of(&phrases, head, first);
        let classes = match measure {
            Measure::Cosine => decide(&seen)?,
            Measure::Logit => decide(&[seen.as_slice(), &unseen].concat())?,
        };
        Ok(Self {
            measure,
            seen,
            unseen,
            phrases,
            classes,
        })
    }

    /// The best class of each side, and what speaks for it.
    pub(super) fn best(&self, feature: &[f32]) -> [(usize, f32); 2] {
        let whole = |decision: &Decision| -> Vec<f32> {
            let near = decision.nearness(feature);
            near.iter().map(|near| near.whole).collect()
        };
        let [seen, unseen] = match self.measure {
            Measure::Cosine => [whole(&self.classes), whole(&self.phrases)],
            Measure::Logit => {
                let mut seen = self.classes.scores(feature);
                let unseen = seen.split_off(self.seen.len().min(seen.len()));
                [seen, unseen]
            }
        };
        [(seen, &self.seen), (unseen, &self.unseen)].map(|(scores, classes)| {
            let best = highest(&scores);
            let class = classes.get(best).copied().unwrap_or_default();
            (class, scores.get(best).copied().unwrap_or(-1.0))
        })
    }

    /// What our gate looks at; the paper's looks at nothing of it.
    pub(super) fn likeness(&self, feature: &[f32], logits: &[f32]) -> Likeness {
        match self.measure {
            Measure::Cosine => {
                let seen: Vec<Nearness> = self.classes.nearness(feature);
                let named = seen.get(highest(logits)).copied();
                Likeness::of(self.phrases.nearness(feature), seen, named)
            }
            Measure::Logit => Likeness::default(),
        }
    }
}
