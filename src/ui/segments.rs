//! The segments of a session: marked by key, changed, kept beside it, judged.

use crate::live::Command;
use crate::ui::action::Effect;
use crate::ui::files::Request;
use crate::ui::marks::{Cut, Mark, marks_path};
use crate::ui::state::State;
use crate::ui::tape::{Recorder, TapeAction};
use std::path::PathBuf;

impl State {
    /// What new segments are called: what the user chose, or else the first phrase of the list.
    pub(crate) fn label(&self) -> String {
        if !self.tape.label.is_empty() {
            return self.tape.label.clone();
        }
        let first = self.phrases.entries().first();
        first.map_or_else(|| "action".to_owned(), |entry| entry.text.clone())
    }

    /// Writes the clips of the session's segments.
    pub(crate) fn clips_to(&self, target: PathBuf) -> Vec<Effect> {
        self.cut(None).map_or_else(Vec::new, |cut| {
            vec![Effect::Ask(Request::WriteClips(cut, target))]
        })
    }

    /// A segment of the session that plays, or all of them, as they are seen by the settings of now; `None` where there is none.
    pub(crate) fn cut(&self, which: Option<usize>) -> Option<Cut> {
        let session = self.tape.session.as_ref()?;
        let marks = match which {
            Some(index) => vec![self.tape.marks.get(index)?.clone()],
            None => self.tape.marks.clone(),
        };
        (!marks.is_empty()).then(|| Cut {
            session: session.path.clone(),
            marks,
            levelled: self.settings.levelled,
        })
    }

    /// Has the session's segments read, and then judged.
    pub(super) fn judge(&mut self) -> Vec<Effect> {
        let Some(cut) = self.cut(None) else {
            return Vec::new();
        };
        self.tape.judging = Some((0, cut.marks.len()));
        vec![Effect::Ask(Request::ReadTakes(cut))]
    }

    /// Changes the session's segments, which stay in the order of their begins; it can be undone.
    pub(super) fn change_marks(&mut self, change: impl FnOnce(&mut Vec<Mark>)) -> Vec<Effect> {
        let before = self.tape.marks.clone();
        change(&mut self.tape.marks);
        self.tape.marks.sort_by_key(|mark| mark.start_micros);
        if before == self.tape.marks {
            return Vec::new();
        }
        self.undo.marks_changed(before);
        self.keep_marks()
    }

    /// Begins or ends a segment: of the recording that goes on, of the session that plays, or of both.
    pub(super) fn segment(&mut self) -> Vec<Effect> {
        let here = self.tape.playback.map(|playback| playback.position_micros);
        let recording = self.tape.recorder == Recorder::On;
        let Some((label, begun)) = self.tape.segment.take() else {
            if !recording && self.tape.session.is_none() {
                self.say("Segments are marked in a recording: begin one, or open one.");
                return Vec::new();
            }
            let label = self.label();
            self.tape.segment = Some((label.clone(), here));
            return if recording {
                vec![Effect::Send(Command::BeginSegment(label))]
            } else {
                Vec::new()
            };
        };
        let mut effects = Vec::new();
        if recording {
            effects.push(Effect::Send(Command::EndSegment));
        }
        if let (Some(begun), Some(here)) = (begun, here) {
            let chosen = std::mem::replace(&mut self.tape.label, label);
            effects.extend(self.tape(TapeAction::Mark(begun.min(here), begun.max(here))));
            self.tape.label = chosen;
        }
        effects
    }

    /// Writes the segments beside their session.
    pub(crate) fn keep_marks(&self) -> Vec<Effect> {
        self.tape.session.as_ref().map_or_else(Vec::new, |session| {
            let path = marks_path(&session.path);
            vec![Effect::Ask(Request::WriteMarks(
                path,
                self.tape.marks.clone(),
            ))]
        })
    }
}
