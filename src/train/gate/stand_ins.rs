//! Samples for the gate: classes that the alignment has not learned stand in for what people will type.

use super::{GateSample, Truth};
use crate::align::accuracy::highest;
use crate::align::decision::softmax;
use crate::align::{AlignError, Aligner, Decision, Head, Nearness};
use crate::gate::likeness::Likeness;
use crate::language::PhraseVectors;
use crate::train::corpus::Corpus;
use rand::SeedableRng as _;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// As many as there are.
const ALL: usize = usize::MAX;

/// The lists that every clip is judged with: how many stand-ins are typed, and how many phrases that nobody performs.
/// Short ones, long ones, and ones in which nothing fits.
const LISTS: [(usize, usize); 8] = [
    (1, 0),
    (3, 0),
    (ALL, 0),
    (0, 3),
    (0, 10),
    (3, 7),
    (ALL, 10),
    (ALL, ALL),
];

/// Classes that stand in for unseen phrases, and the clips that tell the gate about them.
#[derive(Clone, Debug)]
pub struct StandIns<'a> {
    corpus: &'a Corpus,
    /// Places in the corpus' phrases.
    absent: Vec<usize>,
    /// The encoder's other classes.
    seen: Vec<usize>,
}

/// What an alignment says of the clips.
struct Sides {
    /// Among the stand-ins, then the phrases that nobody performs.
    phrases: Decision,
    /// Among all classes of the encoder.
    seen: Decision,
}

impl<'a> StandIns<'a> {
    /// Lets the `absent` classes, places in the corpus' phrases, stand in.
    pub fn new(corpus: &'a Corpus, absent: Vec<usize>) -> Self {
        let seen = (0..corpus.seen)
            .filter(|class| !absent.contains(class))
            .collect();
        Self {
            corpus,
            absent,
            seen,
        }
    }

    /// The corpus.
    pub fn corpus(&self) -> &'a Corpus {
        self.corpus
    }

    /// The classes that stand in.
    pub fn absent(&self) -> &[usize] {
        &self.absent
    }

    /// The encoder's other classes.
    pub fn seen(&self) -> &[usize] {
        &self.seen
    }

    /// The clips that an alignment for these stand-ins may learn from: training subjects' clips of the classes that are
    /// still seen, without the gate's subjects. With an encoder of somebody else's, of all classes but the stand-ins.
    pub fn taught(&self) -> Vec<usize> {
        self.rows(|row| {
            let label = self.corpus.labels[row];
            let is_seen = self.seen.contains(&label);
            let is_ours = self.corpus.is_foreign && !self.absent.contains(&label);
            !self.corpus.gate[row] && (is_seen || is_ours)
        })
    }

    /// The clips of the stand-ins, test subjects apart.
    pub fn withheld(&self) -> Vec<usize> {
        self.rows(|row| self.absent.contains(&self.corpus.labels[row]))
    }

    /// The clips of seen classes that the gate learns from: by its own subjects, whom the encoder does not know. Where
    /// there are none, by all training subjects, of which the encoder is surer than it will be of anybody else.
    pub fn known(&self) -> Vec<usize> {
        let own = self.corpus.gate.contains(&true);
        self.rows(|row| {
            let class = self.corpus.same[self.corpus.labels[row]];
            class.is_some_and(|class| self.seen.contains(&class)) && (self.corpus.gate[row] || !own)
        })
    }

    /// Clips of which `kept` holds; never a test subject's.
    fn rows(&self, kept: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.corpus.labels.len())
            .filter(|&row| !self.corpus.test[row] && kept(row))
            .collect()
    }

    /// What both sides say of each clip, once for every kind of list. Clips are numbered from `first_clip`.
    pub fn samples(
        &self,
        aligner: &dyn Aligner,
        first_clip: usize,
        seed: u64,
    ) -> Result<Vec<GateSample>, AlignError> {
        let vectors = |classes: &[usize]| -> Vec<PhraseVectors> {
            let vector = |&class: &usize| self.corpus.vectors[class].clone();
            classes.iter().map(vector).collect()
        };
        let mut phrases = vectors(&self.absent);
        phrases.extend(self.corpus.distractors.iter().cloned());
        let all: Vec<usize> = (0..self.corpus.seen).collect();
        let sides = Sides {
            phrases: aligner.decide(&phrases, Head::Cosine, seed)?,
            seen: aligner.decide(&vectors(&all), Head::Cosine, seed)?,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut samples = Vec::new();
        let rows = self.known().into_iter().chain(self.withheld());
        for (clip, row) in rows.enumerate() {
            self.sample(&sides, row, first_clip + clip, &mut rng, &mut samples);
        }
        Ok(samples)
    }

    /// What the encoder says of each clip, and a decision among all stand-ins and no other phrase: for a gate that looks
    /// at probabilities alone.
    pub fn plain_samples(&self, phrases: &Decision) -> Vec<GateSample> {
        let rows = self.known().into_iter().chain(self.withheld());
        let sample = |(clip, row): (usize, usize)| {
            let label = self.corpus.labels[row];
            let right = self.absent.iter().position(|&class| class == label);
            let class = self.corpus.same[label].unwrap_or(label);
            GateSample {
                unseen: phrases.probabilities(&self.corpus.features[row]),
                likeness: Likeness::default(),
                truth: right.map_or(Truth::Seen(class), Truth::Unseen),
                seen_logits: silenced(&self.corpus.seen_logits[row], &self.seen),
                clip,
            }
        };
        rows.enumerate().map(sample).collect()
    }

    fn sample(
        &self,
        sides: &Sides,
        row: usize,
        clip: usize,
        rng: &mut ChaCha8Rng,
        samples: &mut Vec<GateSample>,
    ) {
        let label = self.corpus.labels[row];
        let feature = &self.corpus.features[row];
        let seen_logits = silenced(&self.corpus.seen_logits[row], &self.seen);
        let scores = sides.phrases.scores(feature);
        let phrases = sides.phrases.nearness(feature);
        let classes = sides.seen.nearness(feature);
        let named = classes.get(highest(&seen_logits)).copied();
        let seen: Vec<Nearness> = (self.seen.iter())
            .filter_map(|&class| classes.get(class).copied())
            .collect();
        let right = self.absent.iter().position(|&class| class == label);
        for counts in LISTS {
            let list = self.list(counts, right, rng);
            if list.is_empty() {
                continue;
            }
            let chosen: Vec<f32> = list.iter().map(|&phrase| scores[phrase]).collect();
            let near = list
                .iter()
                .filter_map(|&phrase| phrases.get(phrase).copied());
            let place = right.and_then(|right| list.iter().position(|&phrase| phrase == right));
            let class = self.corpus.same[label].unwrap_or(label);
            samples.push(GateSample {
                unseen: softmax(&chosen, 1.0),
                likeness: Likeness::of(near, seen.iter().copied(), named),
                truth: place.map_or(Truth::Seen(class), Truth::Unseen),
                seen_logits: seen_logits.clone(),
                clip,
            });
        }
    }

    /// A list of so many stand-ins and so many others at random, the right phrase among them if there is one.
    fn list(
        &self,
        (stand_ins, others): (usize, usize),
        right: Option<usize>,
        rng: &mut ChaCha8Rng,
    ) -> Vec<usize> {
        let absent = self.absent.len();
        let mut draw = |first: usize, of: usize, count: usize| -> Vec<usize> {
            let drawn = index::sample(rng, of, count.min(of));
            drawn.into_iter().map(|place| first + place).collect()
        };
        let mut list = draw(0, absent, stand_ins);
        list.extend(draw(absent, self.corpus.distractors.len(), others));
        if let Some(right) = right
            && !list.contains(&right)
        {
            match list.first_mut() {
                Some(first) => *first = right,
                None => list.push(right),
            }
        }
        list
    }
}

/// The logits with those of all but the `present` classes at the middle of the present ones: there must be as many
/// as in the finished model, because softened probabilities depend on their number.
fn silenced(logits: &[f32], present: &[usize]) -> Vec<f32> {
    let mut sorted: Vec<f32> = present.iter().map(|&class| logits[class]).collect();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let kept = |(class, &logit): (usize, &f32)| {
        if present.contains(&class) {
            logit
        } else {
            middle
        }
    };
    logits.iter().enumerate().map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::{LISTS, StandIns, silenced};
    use crate::align::part::Part;
    use crate::align::ridge::Ridge;
    use crate::language::PhraseVectors;
    use crate::train::corpus::Corpus;
    use crate::train::gate::Truth;

    #[test]
    fn silenced_classes_say_nothing_and_keep_their_place() {
        assert_eq!(
            silenced(&[5.0, 1.0, 2.0, 9.0, 3.0], &[0, 1, 4]),
            [5.0, 1.0, 3.0, 3.0, 3.0]
        );
    }

    /// Six classes, four of them the encoder's, each performed by a training, a gate and a test subject, whose clip is
    /// the class's own axis.
    fn corpus() -> Corpus {
        let axis = |class: usize| {
            let mut values = vec![0.1; 6];
            values[class] = 1.0;
            values
        };
        let vectors = |class: usize| PhraseVectors {
            verb: axis(class),
            noun: Some(axis(class)),
            phrase: axis(class),
            motion: axis(class),
        };
        let rows: Vec<(usize, usize)> = (0..6)
            .flat_map(|class| (0..3).map(move |who| (class, who)))
            .collect();
        Corpus {
            phrases: (0..6).map(|class| format!("phrase {class}")).collect(),
            seen: 4,
            vectors: (0..6).map(vectors).collect(),
            features: rows.iter().map(|&(class, _)| axis(class)).collect(),
            seen_logits: rows
                .iter()
                .map(|&(class, _)| axis(class)[..4].to_vec())
                .collect(),
            labels: rows.iter().map(|row| row.0).collect(),
            test: rows.iter().map(|row| row.1 == 2).collect(),
            gate: rows.iter().map(|row| row.1 == 1).collect(),
            distractors: vec![vectors(0), vectors(5)],
            all_subjects: false,
            same: (0..6).map(|class| (class < 4).then_some(class)).collect(),
            is_foreign: false,
            reads_cards: false,
        }
    }

    #[test]
    fn nobody_is_learned_from_who_must_not_be() {
        let corpus = corpus();
        let stand_ins = StandIns::new(&corpus, vec![4, 5]);
        let who = |rows: Vec<usize>| -> Vec<(usize, usize)> {
            rows.into_iter().map(|row| (row / 3, row % 3)).collect()
        };
        assert_eq!(who(stand_ins.taught()), [(0, 0), (1, 0), (2, 0), (3, 0)]);
        assert_eq!(who(stand_ins.known()), [(0, 1), (1, 1), (2, 1), (3, 1)]);
        assert_eq!(who(stand_ins.withheld()), [(4, 0), (4, 1), (5, 0), (5, 1)]);
        // A class of the encoder that stands in is no longer seen.
        let stand_ins = StandIns::new(&corpus, vec![3]);
        assert_eq!(who(stand_ins.taught()), [(0, 0), (1, 0), (2, 0)]);
        // Without subjects of its own the gate learns from all training subjects.
        let nobody = Corpus {
            gate: vec![false; 18],
            ..corpus
        };
        assert_eq!(StandIns::new(&nobody, vec![4, 5]).known().len(), 8);
    }

    #[test]
    fn every_list_holds_the_right_phrase_if_there_is_one() {
        let corpus = corpus();
        let stand_ins = StandIns::new(&corpus, vec![4, 5]);
        let rows = stand_ins.taught();
        let features: Vec<_> = rows
            .iter()
            .map(|&row| corpus.features[row].clone())
            .collect();
        let labels: Vec<_> = rows.iter().map(|&row| corpus.labels[row]).collect();
        let ridge = Ridge::fit(&features, &labels, &corpus.vectors, &[Part::Motion], 1.0).unwrap();
        let samples = stand_ins.samples(&ridge, 100, 1).unwrap();
        assert_eq!(samples.len(), 8 * LISTS.len());
        for sample in &samples {
            let sum: f32 = sample.unseen.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5);
            match sample.truth {
                Truth::Seen(class) => assert!(class < 4 && sample.clip < 104),
                Truth::Unseen(place) => assert!(place < sample.unseen.len() && sample.clip >= 104),
            }
        }
        let longest = samples.iter().map(|sample| sample.unseen.len()).max();
        assert_eq!(longest, Some(4), "two stand-ins and two others");
    }
}
