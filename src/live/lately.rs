//! The last seconds: what a recognizer has in mind when a recording begins, so that its first answers can be given again too.

use super::written::Open;
use crate::recording::session::{Change, EventRecord, PredictionRecord, SessionError};
use crate::skeleton::Frame;
use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::{Duration, Instant};

/// So far back a frame may bear on an answer: twice the longest clip.
const SPAN: Duration = Duration::from_secs(10);

/// Where an action is under way, a frame may bear on when it began; the frames of so long before its first answer say that.
const LEAD: Duration = Duration::from_secs(5);

/// No action is followed back any farther.
const LONGEST: Duration = Duration::from_mins(1);

/// Frames that are kept at most: ten seconds at 400 a second.
const MOST_FRAMES: usize = 4096;

/// Changes, and answers, that are kept at most.
const MOST_SAID: usize = 4096;

/// An answer: when its frame came, whose it was, and what it was, where a recording that begins may need it.
#[derive(Debug)]
struct Answer {
    at: Instant,
    body: u64,
    record: Option<Box<PredictionRecord>>,
}

/// An action of the last seconds.
#[derive(Clone, Copy, Debug)]
struct Action {
    body: u64,
    /// The moments of its first answer, and of its last one so far.
    first: Instant,
    last: Instant,
    /// Whether it is under way.
    goes_on: bool,
}

/// The frames of the last seconds, and by what they were answered.
#[derive(Debug, Default)]
pub(super) struct Lately {
    /// With the moments at which they came, in their order.
    frames: VecDeque<(Frame, Instant)>,
    /// When the last one came, kept or not.
    newest: Option<Instant>,
    /// What holds for all of them, each kind once.
    held: Vec<Change>,
    /// What holds for the frames after a moment.
    changes: VecDeque<(Option<Instant>, Change)>,
    /// Between which moments frames were answered for by nobody.
    unseen: VecDeque<(Option<Instant>, Instant)>,
    answers: VecDeque<Answer>,
    /// In the order of their begins.
    actions: Vec<Action>,
    /// The moment of the newest frame that is kept no more.
    gone: Option<Instant>,
}

impl Lately {
    /// A frame came; what is too old for it is let go of.
    pub(super) fn frame(&mut self, frame: Frame, at: Instant) {
        self.frames.push_back((frame, at));
        self.newest = Some(at);
        self.actions
            .retain(|action| at.saturating_duration_since(action.last) <= SPAN);
        let needed = self
            .actions
            .iter()
            .map(|action| at.saturating_duration_since(action.first) + LEAD);
        let span = needed.fold(SPAN, Duration::max).min(LONGEST);
        self.forget(|first| at.saturating_duration_since(first) > span);
        if self.frames.len() > MOST_FRAMES
            && let Some((_, first)) = self.frames.pop_front()
        {
            self.gone = Some(first);
        }
        self.let_go();
    }

    /// Some frames were lost on their way here: those before have nothing to do with those to come.
    pub(super) fn break_off(&mut self) {
        self.forget(|_| true);
    }

    /// Something holds for the frames after the one that came then; for all of them where there was none.
    pub(super) fn change(&mut self, after: Option<Instant>, change: Change) {
        self.changes.push_back((after, change));
        if self.changes.len() > MOST_SAID
            && let Some((after, change)) = self.changes.pop_front()
        {
            self.hold(change);
            self.forget_until(after);
        }
        self.let_go();
    }

    /// The frames between two that came then were answered for by nobody.
    pub(super) fn unseen(&mut self, after: Option<Instant>, until: Instant) {
        self.unseen.push_back((after, until));
        if self.unseen.len() > MOST_SAID
            && let Some((_, until)) = self.unseen.pop_front()
        {
            self.forget_until(Some(until));
        }
        self.let_go();
    }

    /// Whether somebody was in the middle of an action at the frame that came then.
    pub(super) fn acted(&mut self, at: Instant, body: u64, is_acting: bool) {
        let has_room = self.actions.len() < MOST_SAID;
        let under_way = self
            .actions
            .iter_mut()
            .find(|action| action.body == body && action.goes_on);
        match under_way {
            Some(action) if is_acting => action.last = at,
            Some(action) => action.goes_on = false,
            None if is_acting && has_room => self.actions.push(Action {
                body,
                first: at,
                last: at,
                goes_on: true,
            }),
            None => {}
        }
    }

    /// Whether an action of the last seconds had begun before the frames that are kept.
    fn misses_a_begin(&self) -> bool {
        let gone = self.gone;
        self.actions
            .iter()
            .any(|action| gone.is_some_and(|gone| gone + LEAD > action.first))
    }

    /// There was an answer for the frame that came then.
    pub(super) fn answered(
        &mut self,
        at: Instant,
        body: u64,
        record: Option<Box<PredictionRecord>>,
    ) {
        self.answers.push_back(Answer { at, body, record });
        if self.answers.len() > MOST_SAID
            && let Some(Answer { at, .. }) = self.answers.pop_front()
        {
            self.forget_until(Some(at));
        }
        self.let_go();
    }

    /// Lets go of the frames that came until then: not all that was said of them could be kept.
    fn forget_until(&mut self, at: Option<Instant>) {
        self.forget(|first| at.is_some_and(|at| first <= at));
    }

    /// Lets go of the first frames, as long as that holds for the moments at which they came.
    fn forget(&mut self, is_over: impl Fn(Instant) -> bool) {
        while let Some((_, first)) = self.frames.pop_front_if(|(_, first)| is_over(*first)) {
            self.gone = Some(first);
        }
    }

    /// Lets go of what was said of frames that are kept no more; what holds for all that are kept has no time any more.
    fn let_go(&mut self) {
        let (first, newest) = (self.frames.front().map(|(_, first)| *first), self.newest);
        // Where none is kept, what was said may be of one that is still on its way here.
        let is_past = |at: Instant| match first {
            Some(first) => at < first,
            None => newest.is_some_and(|newest| at <= newest),
        };
        let holds = |(after, _): &mut (Option<Instant>, Change)| after.is_none_or(is_past);
        while let Some((_, change)) = self.changes.pop_front_if(holds) {
            self.hold(change);
        }
        while self
            .unseen
            .pop_front_if(|(_, until)| is_past(*until))
            .is_some()
        {}
        while self
            .answers
            .pop_front_if(|answer| is_past(answer.at))
            .is_some()
        {}
    }

    /// Takes note of what holds for all frames.
    fn hold(&mut self, change: Change) {
        // A model that was loaded knows no phrases yet.
        let is_model = matches!(change, Change::Model { .. });
        self.held.retain(|held| {
            discriminant(held) != discriminant(&change)
                && !(is_model && matches!(held, Change::Decision { .. }))
        });
        // Whoever begins knows nobody, and has missed nothing.
        let is_of_its_moment = matches!(
            change,
            Change::Stretch | Change::Unseen { .. } | Change::Unwritten { .. }
        );
        if !is_of_its_moment {
            self.held.push(change);
        }
    }

    /// Writes all of it to a session that begins: what came since it was asked for is a part of it, what came before stands
    /// before it.
    pub(super) fn write(&self, open: &mut Open) -> Result<(), SessionError> {
        let begin = open.clock.instant;
        for change in &self.held {
            open.note(None, change.clone(), begin)?;
        }
        for (after, change) in &self.changes {
            open.note(*after, change.clone(), begin)?;
        }
        for (after, until) in &self.unseen {
            open.unseen(*after, *until, begin)?;
        }
        if self.misses_a_begin() {
            open.writer.event(open.clock.nanos, &EventRecord::midst())?;
        }
        for (frame, at) in &self.frames {
            open.frame(frame, *at)?;
        }
        // Together, as far as they are not written: there are some for each second before.
        let mut unwritten = Vec::new();
        for Answer { at, body, record } in &self.answers {
            match record {
                Some(record) if *at >= begin => {
                    open.prediction(PredictionRecord::clone(record), *at)?;
                }
                _ => unwritten.push((*at, *body)),
            }
        }
        if unwritten.is_empty() {
            return Ok(());
        }
        open.unwritten(&unwritten, begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    fn answering(threshold: f32) -> Change {
        Change::Answering {
            gate: "hard".to_owned(),
            threshold,
        }
    }

    fn upright(levelled: bool) -> Change {
        Change::Upright { levelled, up: None }
    }

    /// A camera of thirty frames a second: when the frame of that number comes.
    fn moment(begin: Instant, number: u32) -> Instant {
        begin + Duration::from_micros(33_333) * number
    }

    #[test]
    fn what_is_kept_is_bounded_in_time_and_in_number() {
        let (begin, mut lately) = (Instant::now(), Lately::default());
        for number in 0..1000 {
            lately.frame(Frame::default(), moment(begin, number));
            lately.answered(moment(begin, number), 1, None);
        }
        assert_eq!(lately.frames.len(), 301, "ten seconds");
        assert_eq!(lately.answers.len(), 301);
        let close = begin + Duration::from_secs(100);
        for number in 0..2 * MOST_FRAMES as u64 {
            lately.frame(Frame::default(), close + Duration::from_micros(number));
        }
        assert_eq!(lately.frames.len(), MOST_FRAMES);
        assert!(lately.answers.is_empty(), "of frames that are gone");
        lately.break_off();
        for number in 0..2 * MOST_SAID as u32 {
            lately.change(None, upright(number % 2 == 0));
            lately.change(Some(moment(close, number)), answering(0.5));
            lately.unseen(None, moment(close, number));
            lately.answered(moment(close, number), 1, None);
        }
        assert!(lately.changes.len() <= MOST_SAID && lately.held.len() <= 2);
        assert!(lately.unseen.len() <= MOST_SAID && lately.answers.len() <= MOST_SAID);
    }

    /// So many frames more, of which somebody acts in some.
    fn play(lately: &mut Lately, begin: Instant, numbers: Range<u32>, is_acting: bool) {
        for number in numbers {
            let at = moment(begin, number);
            lately.frame(Frame::default(), at);
            if number % 4 == 0 {
                lately.acted(at, 1, is_acting);
            }
        }
    }

    #[test]
    fn an_action_is_kept_from_its_begin_for_a_minute_at_most() {
        let (begin, mut lately) = (Instant::now(), Lately::default());
        let oldest = |lately: &Lately| lately.frames.front().map(|(_, at)| *at);
        play(&mut lately, begin, 0..600, false);
        assert_eq!(lately.frames.len(), 301);
        // It begins after twenty seconds, and is under way for thirty.
        play(&mut lately, begin, 600..1500, true);
        assert_eq!(oldest(&lately), Some(moment(begin, 450)));
        assert!(!lately.misses_a_begin());
        // Its answers are smoothed with those that follow: it is kept a little longer.
        play(&mut lately, begin, 1500..1700, false);
        assert_eq!(oldest(&lately), Some(moment(begin, 450)));
        play(&mut lately, begin, 1700..1900, false);
        assert_eq!(lately.frames.len(), 301);
        assert!(!lately.misses_a_begin());
        // One that goes on and on.
        play(&mut lately, begin, 1900..5000, true);
        assert_eq!(lately.frames.len(), 1801, "a minute");
        assert!(lately.misses_a_begin());
    }

    #[test]
    fn an_action_whose_begin_was_lost_on_its_way_is_told_of() {
        let (begin, mut lately) = (Instant::now(), Lately::default());
        play(&mut lately, begin, 0..30, true);
        assert!(!lately.misses_a_begin(), "the first of all is there");
        lately.break_off();
        play(&mut lately, begin, 33..60, true);
        assert!(lately.misses_a_begin());
    }

    #[test]
    fn what_changed_among_the_frames_keeps_its_time_until_they_are_gone() {
        let (begin, mut lately) = (Instant::now(), Lately::default());
        // Said before the first frame comes here, and before it was there.
        lately.change(None, answering(0.1));
        lately.change(Some(moment(begin, 5)), answering(0.2));
        for number in 0..100 {
            lately.frame(Frame::default(), moment(begin, number));
        }
        let after = |lately: &Lately| -> Vec<Option<Instant>> {
            lately.changes.iter().map(|(after, _)| *after).collect()
        };
        assert_eq!(lately.held, [answering(0.1)]);
        assert_eq!(after(&lately), [Some(moment(begin, 5))]);
        lately.change(Some(moment(begin, 98)), upright(false));
        lately.change(Some(moment(begin, 99)), Change::Stretch);
        for number in 100..310 {
            lately.frame(Frame::default(), moment(begin, number));
        }
        assert_eq!(lately.held, [answering(0.2)], "of each kind the last");
        assert_eq!(after(&lately).len(), 2);
        for number in 310..500 {
            lately.frame(Frame::default(), moment(begin, number));
        }
        assert_eq!(lately.held, [answering(0.2), upright(false)]);
        assert!(lately.changes.is_empty(), "a stretch is over");
    }

    #[test]
    fn frames_of_which_not_all_that_was_said_is_kept_are_not_kept_either() {
        let (begin, mut lately) = (Instant::now(), Lately::default());
        for number in 0..100 {
            lately.frame(Frame::default(), moment(begin, number));
        }
        for step in 0..MOST_SAID + 10 {
            let at = moment(begin, if step < 10 { 20 } else { 90 });
            lately.change(Some(at), answering(step as f32));
        }
        assert_eq!(
            lately.frames.front().map(|(_, at)| *at),
            Some(moment(begin, 21))
        );
        assert_eq!(lately.held, [answering(9.0)]);
    }

    #[test]
    fn a_model_that_is_loaded_knows_no_phrases() {
        let mut lately = Lately::default();
        let model = |name: &str| Change::Model {
            bundle: name.to_owned(),
            fingerprint: String::new(),
        };
        let decision = Change::Decision {
            head: "cosine".to_owned(),
            by_examples: false,
            phrases: Vec::new(),
        };
        lately.change(None, model("a"));
        lately.change(None, decision.clone());
        lately.change(None, model("b"));
        assert_eq!(lately.held, [model("b")]);
        lately.change(None, decision.clone());
        assert_eq!(lately.held, [model("b"), decision]);
    }
}
