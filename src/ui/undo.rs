//! One undo for everything that can be edited: the phrase list, the settings and a session's segments, in the order of
//! the edits.

use crate::live::Command;
use crate::ui::action::Effect;
use crate::ui::marks::Mark;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::settings::Settings;
use crate::ui::state::State;

/// How many edits can be undone.
const DEPTH: usize = 200;

/// Changes of one setting that follow each other as fast as this are one edit: a slider that is dragged, seconds.
const ONE_EDIT_SECONDS: f64 = 1.0;

/// What was opened lately, as something that was set: forgotten, or come back.
pub(crate) const RECENT: &str = "recent";

/// Something that was edited.
#[derive(Clone, Debug)]
enum Step {
    /// The phrase list, which keeps its own past.
    Phrases,
    /// The settings, as they were before; what was set, and when.
    Settings(Box<Settings>, &'static str, f64),
    /// The segments of the session that plays, as they were before.
    Marks(Vec<Mark>),
}

/// The order of all edits.
#[derive(Clone, Debug, Default)]
pub struct Undo {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl Undo {
    fn push(&mut self, step: Step) {
        self.undone.clear();
        self.done.push(step);
        if self.done.len() > DEPTH {
            self.done.remove(0);
        }
    }

    /// Takes note of an edit of the phrase list.
    pub(crate) fn phrases_edited(&mut self) {
        self.push(Step::Phrases);
    }

    /// Takes note of segments that were changed.
    pub(crate) fn marks_changed(&mut self, before: Vec<Mark>) {
        self.push(Step::Marks(before));
    }

    /// Another source plays: segments of the one before are not there to be edited.
    pub(crate) fn forget_marks(&mut self) {
        let others = |step: &Step| !matches!(step, Step::Marks(_));
        self.done.retain(others);
        self.undone.retain(others);
    }

    /// Takes note of a setting that was changed at a time.
    pub(crate) fn setting_changed(&mut self, before: Settings, what: &'static str, now: f64) {
        if let Some(Step::Settings(_, last, at)) = self.done.last_mut()
            && *last == what
            && (0.0..ONE_EDIT_SECONDS).contains(&(now - *at))
        {
            *at = now;
            self.undone.clear();
            return;
        }
        self.push(Step::Settings(Box::new(before), what, now));
    }
}

impl State {
    /// Whether there is an edit to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.done.is_empty()
    }

    /// Whether there is an edit to do again.
    pub fn can_redo(&self) -> bool {
        !self.undo.undone.is_empty()
    }

    /// Takes the last edit back, or does the last one taken back again.
    pub(crate) fn step(&mut self, edit: &PhraseEdit) -> Vec<Effect> {
        let back = *edit == PhraseEdit::Undo;
        let undo = &mut self.undo;
        let from = if back {
            &mut undo.done
        } else {
            &mut undo.undone
        };
        let Some(step) = from.pop() else {
            return Vec::new();
        };
        let (opposite, effects) = match step {
            Step::Phrases => {
                let changed = self.phrases.apply(edit.clone()) == Ok(true);
                self.phrases_took = None;
                let list = || Effect::Send(Command::SetPhrases(self.phrases.entries().to_vec()));
                (Step::Phrases, changed.then(list).into_iter().collect())
            }
            Step::Marks(other) => {
                let now = std::mem::replace(&mut self.tape.marks, other);
                (Step::Marks(now), self.keep_marks())
            }
            Step::Settings(other, what, _) => {
                let mut other = *other;
                // What was opened since is no setting that was edited.
                if what != RECENT {
                    other.recent.clone_from(&self.settings.recent);
                    other.recent_lists.clone_from(&self.settings.recent_lists);
                }
                let now = std::mem::replace(&mut self.settings, other);
                if now.sides != self.settings.sides {
                    self.camera.turn_sides();
                }
                if now.levelled != self.settings.levelled {
                    self.camera.forget_floor();
                }
                let effects = self.settings.effects();
                (
                    Step::Settings(Box::new(now), what, f64::NEG_INFINITY),
                    effects,
                )
            }
        };
        let to = if back {
            &mut self.undo.undone
        } else {
            &mut self.undo.done
        };
        to.push(opposite);
        effects
    }
}

impl Settings {
    /// Everything that puts these settings into effect.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        vec![
            Effect::Send(Command::SetHead(self.head)),
            Effect::Send(Command::SetByExamples(self.by_examples)),
            Effect::Send(Command::SetGate(self.gate)),
            Effect::Send(Command::SetThreshold(self.threshold)),
            Effect::Send(Command::SetLevelled(self.levelled)),
            Effect::UseTheme(self.theme),
            Effect::UseTextSize(self.text_size),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::align::Head;
    use crate::gate::GateMode;
    use crate::ui::action::Action;
    use crate::ui::followed::Whom;
    use crate::ui::phrase_edit::PhraseEdit;
    use crate::ui::settings::{Following, Settings, Sides, ThemeChoice};
    use crate::ui::state::State;
    use crate::ui::tape::TapeAction;

    fn undo(state: &mut State) {
        state.apply(Action::Phrase(PhraseEdit::Undo));
    }

    #[test]
    fn edits_of_phrases_and_settings_are_undone_in_their_order() {
        let mut state = State::default();
        let before = state.settings.clone();
        state.apply(Action::SetGate(GateMode::Off));
        state.apply(Action::Phrase(PhraseEdit::Add("wave".to_owned())));
        state.apply(Action::SetTextSize(1.5));
        undo(&mut state);
        assert_eq!(
            (state.settings.text_size, state.phrases.entries().len()),
            (1.0, 1)
        );
        undo(&mut state);
        assert_eq!(
            (state.settings.gate, state.phrases.entries().len()),
            (GateMode::Off, 0)
        );
        undo(&mut state);
        assert_eq!(state.settings, before);
        assert!(!state.can_undo() && state.can_redo());
        for _ in 0..3 {
            state.apply(Action::Phrase(PhraseEdit::Redo));
        }
        assert_eq!(
            (state.settings.gate, state.settings.text_size),
            (GateMode::Off, 1.5)
        );
        assert_eq!(state.phrases.entries().len(), 1);
    }

    #[test]
    fn a_slider_that_is_dragged_is_one_edit() {
        let mut state = State::default();
        let before = state.settings.threshold;
        for (at, threshold) in [(0.0, 0.3), (0.1, 0.35), (0.2, 0.4), (9.0, 0.8)] {
            state.now = at;
            state.apply(Action::SetThreshold(threshold));
        }
        undo(&mut state);
        assert_eq!(state.settings.threshold, 0.4);
        undo(&mut state);
        assert_eq!(state.settings.threshold, before);
    }

    #[test]
    fn every_setting_can_be_undone() {
        // Whoever adds a setting names here what changes it.
        let Settings {
            head: _,
            by_examples: _,
            gate: _,
            threshold: _,
            theme: _,
            sides: _,
            following: _,
            record_at_start: _,
            whom: _,
            levelled: _,
            text_size: _,
            recent: _,
            recent_lists: _,
        } = Settings::default();
        let mut state = State::default();
        state.settings.remember("demo");
        state.settings.remember_list(std::path::Path::new("a.txt"));
        let before = state.settings.clone();
        let changes = [
            Action::SetHead(Head::Trained),
            Action::SetByExamples(true),
            Action::SetGate(GateMode::Off),
            Action::SetThreshold(0.9),
            Action::SetTheme(ThemeChoice::Light),
            Action::SetSides(Sides::AsSeen),
            Action::SetFollowing(Following::Nothing),
            Action::Tape(TapeAction::AtStart(true)),
            Action::Follow(Whom::Pair),
            Action::SetLevelled(false),
            Action::SetTextSize(1.4),
            Action::ForgetRecent,
        ];
        for change in changes {
            state.apply(change.clone());
            let changed = state.settings.clone();
            assert_ne!(changed, before, "{change:?}");
            undo(&mut state);
            assert_eq!(state.settings, before, "{change:?}");
            state.apply(Action::Phrase(PhraseEdit::Redo));
            assert_eq!(state.settings, changed, "{change:?}");
            undo(&mut state);
        }
        assert!(!state.can_undo());
    }

    #[test]
    fn a_view_that_is_moved_aside_is_one_setting_and_the_rest_of_it_none() {
        let mut state = State::default();
        state.apply(Action::Orbit(0.1, 0.1));
        state.apply(Action::Zoom(1.2));
        assert!(!state.can_undo());
        for step in 0..100 {
            state.now = f64::from(step) * 0.1;
            state.apply(Action::Pan(0.01, 0.0));
        }
        undo(&mut state);
        assert_eq!(state.settings.following, Following::Bodies);
        assert!(!state.can_undo(), "it was moved aside once");
    }

    #[test]
    fn what_changes_nothing_is_no_edit() {
        let mut state = State::default();
        state.apply(Action::SetGate(state.settings.gate));
        state.apply(Action::Phrase(PhraseEdit::Delete(7)));
        assert!(!state.can_undo());
    }
}
