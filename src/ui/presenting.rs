//! Presenting to an audience: visitors' phrases, a source that never stays at its end, and no key that loses anything.

use crate::live::Command;
use crate::ui::action::Effect;
use crate::ui::state::{Overlay, Play, State};

/// A visitor's phrase leaves the list after this long, seconds.
const GUEST_SECONDS: f64 = 300.0;

/// With more phrases of visitors than this the oldest leaves.
const MOST_GUESTS: usize = 6;

/// Escape must be held for this long to leave, seconds: a child at the keyboard does not.
pub const HOLD_SECONDS: f64 = 2.0;

/// A source that ended or failed is opened again after this long, seconds.
const RETRY_SECONDS: f64 = 5.0;

/// How long a new phrase is asked for, seconds.
const INVITE_SECONDS: f64 = 20.0;

/// A visitor's phrase.
#[derive(Clone, Debug, PartialEq)]
struct Guest {
    id: u64,
    text: String,
    at: f64,
}

/// What is known while presenting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presenting {
    guests: Vec<Guest>,
    /// Since when Escape is held.
    held_since: Option<f64>,
    /// Since when the source has not played.
    silent_since: Option<f64>,
}

impl Presenting {
    /// How far Escape has been held towards leaving, 0 to 1.
    pub fn leaving(&self, now: f64) -> f32 {
        self.held_since.map_or(0.0, |since| {
            ((now - since) / HOLD_SECONDS).clamp(0.0, 1.0) as f32
        })
    }

    /// The phrase that a visitor has just typed, to be asked for.
    pub fn invited(&self, now: f64) -> Option<&str> {
        let newest = self.guests.last()?;
        (now - newest.at < INVITE_SECONDS).then_some(newest.text.as_str())
    }
}

impl State {
    /// Begins to present, or ends: then visitors' phrases go.
    pub(crate) fn present_or_not(&mut self, presenting: bool) -> Vec<Effect> {
        if presenting == self.presenting.is_some() {
            return Vec::new();
        }
        self.overlay = Overlay::Nothing;
        let mut effects = vec![Effect::FullScreen(presenting)];
        if presenting {
            self.presenting = Some(Presenting::default());
        } else if let Some(before) = self.presenting.take()
            && !before.guests.is_empty()
        {
            for guest in &before.guests {
                self.phrases.remove_guest(guest.id);
            }
            effects.push(self.list());
        }
        effects
    }

    /// A visitor's phrase: in play at once, and gone after a while.
    pub(crate) fn welcome_guest(&mut self, text: &str) -> Vec<Effect> {
        let Some(presenting) = &mut self.presenting else {
            return Vec::new();
        };
        match self.phrases.add_guest(text) {
            Ok(id) => {
                presenting.guests.push(Guest {
                    id,
                    text: text.trim().to_owned(),
                    at: self.now,
                });
                if presenting.guests.len() > MOST_GUESTS {
                    let oldest = presenting.guests.remove(0);
                    self.phrases.remove_guest(oldest.id);
                }
                vec![self.list()]
            }
            Err(why) => {
                self.say(why);
                Vec::new()
            }
        }
    }

    /// Takes note of whether Escape is held; held for long, it ends presenting.
    pub(crate) fn hold_to_leave(&mut self, held: bool) -> Vec<Effect> {
        let now = self.now;
        let Some(presenting) = &mut self.presenting else {
            return Vec::new();
        };
        if !held {
            presenting.held_since = None;
            return Vec::new();
        }
        let since = *presenting.held_since.get_or_insert(now);
        if now - since >= HOLD_SECONDS {
            return self.present_or_not(false);
        }
        Vec::new()
    }

    /// Sees to it that something plays, and that visitors' phrases do not pile up.
    pub(crate) fn keep_presenting(&mut self) -> Vec<Effect> {
        let now = self.now;
        let Some(presenting) = &mut self.presenting else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        let (gone, stay): (Vec<Guest>, Vec<Guest>) = presenting
            .guests
            .drain(..)
            .partition(|guest| now - guest.at > GUEST_SECONDS);
        presenting.guests = stay;
        if self.source.play == Play::Playing {
            presenting.silent_since = None;
        }
        let silent = self.source.play != Play::Playing && self.source.play != Play::Opening;
        let since = *presenting.silent_since.get_or_insert(now);
        let retry = silent && now - since >= RETRY_SECONDS;
        if retry {
            presenting.silent_since = Some(now);
        }
        for guest in &gone {
            self.phrases.remove_guest(guest.id);
        }
        if !gone.is_empty() {
            effects.push(self.list());
        }
        if retry {
            effects.extend(self.toggle_play());
        }
        effects
    }

    fn list(&mut self) -> Effect {
        self.phrases_took = None;
        Effect::Send(Command::SetPhrases(self.phrases.entries().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::action::Action;
    use crate::ui::phrase_edit::PhraseEdit;

    fn presenting() -> State {
        let mut state = State::default();
        state.apply(Action::Phrase(PhraseEdit::Add("wave".to_owned())));
        state.apply(Action::Present(true));
        state
    }

    #[test]
    fn visitors_phrases_leave_by_themselves_and_at_the_end() {
        let mut state = presenting();
        for index in 0..9 {
            state.now = f64::from(index);
            let effects = state.apply(Action::Guest(format!("dance number {index}")));
            assert!(matches!(
                effects[..],
                [Effect::Send(Command::SetPhrases(_))]
            ));
        }
        assert_eq!(state.phrases.entries().len(), 1 + MOST_GUESTS);
        state.now = 7.0 + GUEST_SECONDS + 0.5;
        assert!(!state.keep_presenting().is_empty());
        assert_eq!(
            state.phrases.entries().len(),
            2,
            "only the newest is young enough"
        );
        state.apply(Action::Present(false));
        assert_eq!(state.phrases.entries().len(), 1);
        state.apply(Action::Phrase(PhraseEdit::Undo));
        assert!(
            state.phrases.entries().is_empty(),
            "the operator's own edit"
        );
    }

    #[test]
    fn only_a_long_escape_leaves() {
        let mut state = presenting();
        state.apply(Action::HoldToLeave(true));
        state.now = HOLD_SECONDS - 0.1;
        state.apply(Action::HoldToLeave(true));
        state.apply(Action::HoldToLeave(false));
        state.now = HOLD_SECONDS + 1.0;
        state.apply(Action::HoldToLeave(true));
        assert!(state.presenting.is_some());
        state.now += HOLD_SECONDS;
        let effects = state.apply(Action::HoldToLeave(true));
        assert!(matches!(effects[..], [Effect::FullScreen(false)]));
        assert!(state.presenting.is_none());
    }

    #[test]
    fn what_ended_plays_again() {
        let mut state = presenting();
        state.settings.remember("replay:a.skeleton");
        state.source.play = Play::Ended;
        assert!(state.keep_presenting().is_empty());
        state.now = RETRY_SECONDS;
        let effects = state.keep_presenting();
        assert!(
            matches!(&effects[0], Effect::Send(Command::OpenSource(s)) if s == "replay:a.skeleton")
        );
    }

    #[test]
    fn guests_are_welcome_only_while_presenting() {
        let mut state = State::default();
        assert!(state.apply(Action::Guest("wave".to_owned())).is_empty());
        assert!(state.phrases.entries().is_empty());
    }
}
