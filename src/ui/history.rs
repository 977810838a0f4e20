//! What was predicted over the last half minute, as curves that keep their colours.

use crate::recognizer::Ranked;
use std::collections::VecDeque;
use std::sync::Arc;

/// How far back the history reaches, seconds.
pub const HISTORY_SECONDS: f64 = 30.0;

/// How many curves are told apart by colour.
pub const CURVES: usize = 6;

/// How many lines of each ranking are kept.
const KEPT_PER_MOMENT: usize = 6;

/// The smoothed rankings of the last [`HISTORY_SECONDS`].
#[derive(Clone, Debug, Default)]
pub struct History {
    moments: VecDeque<Moment>,
    /// Which phrase has which colour; a phrase keeps its colour while it is in the history.
    slots: [Option<Arc<str>>; CURVES],
}

#[derive(Clone, Debug)]
struct Moment {
    at: f64,
    best: Vec<(Arc<str>, f32)>,
}

/// One phrase's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The phrase.
    pub phrase: Arc<str>,
    /// Its colour, an index below [`CURVES`].
    pub slot: usize,
    /// Seconds before now (negative) and probability.
    pub points: Vec<[f64; 2]>,
}

impl History {
    /// Adds a smoothed ranking, made at `now` seconds.
    pub fn push(&mut self, now: f64, ranking: &[Ranked]) {
        if self.moments.back().is_some_and(|last| now < last.at) {
            self.moments.clear();
        }
        // Where the screen is slow several come between two pictures: the newest counts, or curves would leap up and down.
        if self.moments.back().is_some_and(|last| now <= last.at) {
            self.moments.pop_back();
        }
        let best = ranking
            .iter()
            .take(KEPT_PER_MOMENT)
            .map(|r| (Arc::clone(&r.phrase), r.probability))
            .collect();
        self.moments.push_back(Moment { at: now, best });
        while self
            .moments
            .front()
            .is_some_and(|first| first.at < now - HISTORY_SECONDS)
        {
            self.moments.pop_front();
        }
        self.assign_colours();
    }

    /// The colour of a phrase, if it has one.
    pub fn slot(&self, phrase: &str) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| slot.as_deref() == Some(phrase))
    }

    /// Whether anything was predicted lately.
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// The curves of the phrases with a colour, in the order of their colours.
    pub fn curves(&self, now: f64) -> Vec<Curve> {
        let curve = |(slot, phrase): (usize, &Option<Arc<str>>)| {
            let phrase = phrase.as_ref()?;
            let points = self
                .moments
                .iter()
                .map(|m| [m.at - now, f64::from(m.probability(phrase))])
                .collect();
            Some(Curve {
                phrase: Arc::clone(phrase),
                slot,
                points,
            })
        };
        self.slots.iter().enumerate().filter_map(curve).collect()
    }

    fn assign_colours(&mut self) {
        let mut peaks: Vec<(Arc<str>, f32)> = Vec::new();
        for (phrase, probability) in self.moments.iter().flat_map(|m| &m.best) {
            match peaks.iter_mut().find(|(known, _)| known == phrase) {
                Some((_, peak)) => *peak = peak.max(*probability),
                None => peaks.push((Arc::clone(phrase), *probability)),
            }
        }
        peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
        peaks.truncate(CURVES);
        for slot in &mut self.slots {
            if slot
                .as_ref()
                .is_some_and(|phrase| peaks.iter().all(|(kept, _)| kept != phrase))
            {
                *slot = None;
            }
        }
        for (phrase, _) in peaks {
            if self.slot(&phrase).is_none()
                && let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none())
            {
                *free = Some(phrase);
            }
        }
    }
}

impl Moment {
    fn probability(&self, phrase: &str) -> f32 {
        self.best
            .iter()
            .find(|(known, _)| &**known == phrase)
            .map_or(0.0, |(_, probability)| *probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(lines: &[(&str, f32)]) -> Vec<Ranked> {
        lines
            .iter()
            .map(|&(phrase, probability)| Ranked {
                phrase: phrase.into(),
                probability,
                seen: true,
            })
            .collect()
    }

    #[test]
    fn forgets_what_is_older_than_its_reach() {
        let mut history = History::default();
        history.push(0.0, &ranking(&[("wave", 0.9)]));
        history.push(HISTORY_SECONDS + 1.0, &ranking(&[("clap", 0.8)]));
        let curves = history.curves(HISTORY_SECONDS + 1.0);
        assert_eq!(curves.len(), 1);
        assert_eq!(&*curves[0].phrase, "clap");
        assert_eq!(curves[0].points.len(), 1);
        assert!(history.slot("wave").is_none());
    }

    #[test]
    fn a_phrase_keeps_its_colour_when_another_overtakes_it() {
        let mut history = History::default();
        history.push(0.0, &ranking(&[("wave", 0.9), ("clap", 0.1)]));
        let colour = history.slot("wave");
        for i in 1..20 {
            history.push(f64::from(i), &ranking(&[("clap", 0.99), ("wave", 0.01)]));
        }
        assert_eq!(history.slot("wave"), colour);
        assert_ne!(history.slot("clap"), colour);
    }

    #[test]
    fn a_clock_that_jumps_back_starts_anew() {
        let mut history = History::default();
        history.push(100.0, &ranking(&[("wave", 0.9)]));
        history.push(1.0, &ranking(&[("clap", 0.9)]));
        assert_eq!(history.curves(1.0).len(), 1);
    }

    #[test]
    fn of_several_between_two_pictures_the_newest_counts() {
        let mut history = History::default();
        for probability in [0.9, 0.1, 0.5] {
            history.push(1.0, &ranking(&[("wave", probability)]));
        }
        assert_eq!(history.curves(1.0)[0].points, [[0.0, 0.5]]);
    }

    #[test]
    fn no_more_curves_than_colours() {
        let mut history = History::default();
        for i in 0..40 {
            history.push(
                f64::from(i) * 0.1,
                &ranking(&[(&format!("phrase {i}"), 0.5)]),
            );
        }
        assert_eq!(history.curves(4.0).len(), CURVES);
    }
}
