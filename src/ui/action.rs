//! What a user can do: panels say it, the state changes, and effects are left for the app to carry out.

use crate::align::Head;
use crate::gate::GateMode;
use crate::live::Command;
use crate::ui::files::{Answer, Request};
use crate::ui::followed::Whom;
use crate::ui::insight::Insight;
use crate::ui::marks::SessionView;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::sdk_folders::SdkRequest;
use crate::ui::settings::{Following, Settings, Sides, ThemeChoice, bounded_text_size};
use crate::ui::source_name::{file_name, same_store, store_of};
use crate::ui::state::{Overlay, State};
use crate::ui::study::Study;
use crate::ui::tape::{TapeAction, session_of};
use crate::ui::undo::RECENT;
use std::path::{Path, PathBuf};

/// Something that a user does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Plays a source, named as on the command line.
    OpenSource(String),
    /// Opens a file: a recording, a phrase list or a bundle, by its ending.
    OpenFile(PathBuf),
    /// Plays a clip of the store that was opened last.
    OpenClip(String),
    /// Holds the source, or goes on; starts it again where it has ended.
    TogglePlay,
    /// Loads a model bundle.
    LoadBundle(PathBuf),
    /// Shows a file dialog or reads or writes a file.
    Ask(Request),
    /// Writes the phrase list where the user will say.
    SavePhrases,
    /// Uses another decision head.
    SetHead(Head),
    /// Lets the phrases' examples take part, or their words alone.
    SetByExamples(bool),
    /// Uses the gate otherwise.
    SetGate(GateMode),
    /// Moves the threshold below which there is no answer.
    SetThreshold(f32),
    /// Light or dark.
    SetTheme(ThemeChoice),
    /// Left and right in the 3D view.
    SetSides(Sides),
    /// What the 3D view follows.
    SetFollowing(Following),
    /// Makes text and controls greater or smaller: 1 is as the desktop has it.
    SetTextSize(f32),
    /// Forgets which sources and lists were opened.
    ForgetRecent,
    /// Puts every setting back to what it was at first.
    ResetSettings,
    /// Fills the screen for an audience, or comes back.
    Present(bool),
    /// A visitor's phrase, while presenting.
    Guest(String),
    /// Whether the key that leaves is held, while presenting.
    HoldToLeave(bool),
    /// Edits the phrase list.
    Phrase(PhraseEdit),
    /// Records, or moves within a recording, or marks it.
    Tape(TapeAction),
    /// Looks at another body.
    ChooseBody(u64),
    /// Looks at whoever this is.
    Follow(Whom),
    /// Turns bodies upright, or leaves them as the camera sees them.
    SetLevelled(bool),
    /// Shows a window over the others, or none.
    Show(Overlay),
    /// Looks at another page of what the model sees, or at another phrase's card.
    Inspect(Insight),
    /// Takes a problem off the screen.
    Dismiss(usize),
    /// Turns the view: yaw and pitch in radians.
    Orbit(f32, f32),
    /// Moves the view: right and up in shares of the picture's height.
    Pan(f32, f32),
    /// Moves the eye nearer (above 1) or farther.
    Zoom(f32),
    /// Puts the eye back.
    ResetView,
}

/// What the app has to do for the state.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send to the session.
    Send(Command),
    /// Ask of the desk.
    Ask(Request),
    /// Use this theme.
    UseTheme(ThemeChoice),
    /// Use text of this size.
    UseTextSize(f32),
    /// Fill the screen, or do not.
    FullScreen(bool),
}

impl State {
    /// Does what the user did; settings that changed by it can be undone.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        let what = match &action {
            Action::SetHead(_) => "head",
            Action::SetByExamples(_) => "examples",
            Action::SetGate(_) => "gate",
            Action::SetThreshold(_) => "threshold",
            Action::SetTheme(_) => "theme",
            Action::SetTextSize(_) => "text size",
            Action::SetSides(_) => "sides",
            // A view that is pushed aside stays there, and one that is put back follows again.
            Action::SetFollowing(_) | Action::Pan(..) | Action::ResetView => "view",
            Action::Follow(_) => "whom",
            Action::ForgetRecent => RECENT,
            Action::ResetSettings => "all",
            Action::SetLevelled(_) => "levelled",
            Action::Tape(TapeAction::AtStart(_)) => "record at start",
            _ => return self.carry_out(action),
        };
        let before = self.settings.clone();
        let effects = self.carry_out(action);
        if before != self.settings {
            self.undo.setting_changed(before, what, self.now);
        }
        effects
    }

    fn carry_out(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::OpenSource(source) => self.open_source(&source),
            Action::OpenFile(path) => self.open_file(path),
            Action::OpenClip(clip) => self.open_clip(&clip),
            Action::TogglePlay => self.toggle_play(),
            Action::LoadBundle(path) => {
                self.bundle_asked = Some(path.clone());
                vec![Effect::Send(Command::LoadBundle(path))]
            }
            Action::Ask(request) => vec![Effect::Ask(request)],
            Action::SavePhrases => vec![Effect::Ask(Request::PickPhrasesTarget)],
            Action::SetHead(head) => {
                self.settings.head = head;
                vec![Effect::Send(Command::SetHead(head))]
            }
            Action::SetByExamples(on) => {
                self.settings.by_examples = on;
                vec![Effect::Send(Command::SetByExamples(on))]
            }
            Action::SetGate(gate) => {
                self.settings.gate = gate;
                vec![Effect::Send(Command::SetGate(gate))]
            }
            Action::SetThreshold(threshold) => {
                self.settings.threshold = threshold.clamp(0.0, 1.0);
                vec![Effect::Send(Command::SetThreshold(self.settings.threshold))]
            }
            Action::SetTheme(theme) => {
                self.settings.theme = theme;
                vec![Effect::UseTheme(theme)]
            }
            Action::SetLevelled(levelled) => {
                self.settings.levelled = levelled;
                self.camera.forget_floor();
                vec![Effect::Send(Command::SetLevelled(levelled))]
            }
            Action::SetTextSize(size) => {
                self.settings.text_size = bounded_text_size(size);
                vec![Effect::UseTextSize(self.settings.text_size)]
            }
            Action::ForgetRecent => {
                self.settings.recent.clear();
                self.settings.recent_lists.clear();
                Vec::new()
            }
            Action::ResetSettings => {
                let recent = std::mem::take(&mut self.settings.recent);
                let recent_lists = std::mem::take(&mut self.settings.recent_lists);
                self.settings = Settings {
                    recent,
                    recent_lists,
                    ..Settings::default()
                };
                self.settings.effects()
            }
            Action::Present(presenting) => self.present_or_not(presenting),
            Action::Guest(text) => self.welcome_guest(&text),
            Action::HoldToLeave(held) => self.hold_to_leave(held),
            Action::Phrase(edit @ (PhraseEdit::Undo | PhraseEdit::Redo)) => self.step(&edit),
            Action::Phrase(edit) => self.edit_phrases(edit),
            Action::Tape(action) => self.tape(action),
            other => self.look(&other),
        }
    }

    /// Takes note of what came of a dialog or a file.
    pub fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Picked(path) => self.open_file(path),
            Answer::Bundle(path) => self.apply(Action::LoadBundle(path)),
            Answer::PhrasesTarget(path) => {
                vec![Effect::Ask(Request::WritePhrases(
                    path,
                    self.phrases.entries().to_vec(),
                ))]
            }
            Answer::Clips(list) => {
                let playing =
                    store_of(&self.source.spec).is_some_and(|store| same_store(&store, &list.path));
                let first = list
                    .clips
                    .first()
                    .filter(|_| !playing)
                    .map(|line| line.clip.clone());
                self.clips = Some(list);
                first.map_or_else(Vec::new, |clip| self.open_clip(&clip))
            }
            Answer::Phrases {
                path,
                entries,
                left_out,
            } => {
                let mut words = format!(
                    "Loaded {} from {}",
                    phrases(entries.len()),
                    file_name(&path)
                );
                if left_out > 0 {
                    words.push_str("; ");
                    words.push_str(&left_out.to_string());
                    words.push_str(" stood there twice");
                }
                self.settings.remember_list(&path);
                let effects = self.edit_phrases(PhraseEdit::Replace(entries));
                self.say(words);
                effects
            }
            Answer::ExportFolder(job, folder) => vec![Effect::Ask(Request::Export(job, folder))],
            Answer::Exported {
                folder,
                files,
                lost,
            } => {
                self.exported(&folder, files, lost);
                Vec::new()
            }
            Answer::Written(path, count) => {
                self.settings.remember_list(&path);
                self.say(format!("Saved {} to {}", phrases(count), file_name(&path)));
                Vec::new()
            }
            Answer::Session(view) => self.show_session(*view),
            Answer::Studied(studied) => self.studied(studied),
            Answer::AgainBundle(folder) => self.again(Some(folder)),
            Answer::Takes(takes) => vec![Effect::Send(Command::Judge(takes))],
            Answer::ClipsTarget(target) => self.clips_to(target),
            Answer::ConfusionTarget(target) => {
                self.tape.confusion.as_ref().map_or_else(Vec::new, |table| {
                    vec![Effect::Ask(Request::WriteConfusion(target, table.clone()))]
                })
            }
            Answer::Sdk(answer) => self.hear_of_sdks(answer),
            Answer::Saved(words) => {
                self.say(words);
                Vec::new()
            }
            Answer::Failed(problem) => {
                self.tape.reading_failed();
                self.complain(problem);
                Vec::new()
            }
            Answer::Kept(Err(problem)) => {
                self.complain(problem);
                Vec::new()
            }
            Answer::Kept(Ok(())) | Answer::Nothing => Vec::new(),
        }
    }

    /// Shows the timeline of a session, unless reading it took so long that something else plays by now.
    fn show_session(&mut self, view: SessionView) -> Vec<Effect> {
        if session_of(&self.source.spec).as_ref() == Some(&view.path) {
            for note in &view.lost {
                self.complain(format!("{}: {note}", file_name(&view.path)));
            }
            // An hour takes longer to be read than anybody waits for its timeline.
            let check = Study::Check(view.path.clone());
            self.tape.show(view);
            return vec![Effect::Ask(Request::Study(check))];
        }
        Vec::new()
    }

    fn exported(&mut self, folder: &Path, files: usize, lost: Vec<String>) {
        let files = if files == 1 {
            "1 file".to_owned()
        } else {
            format!("{files} files")
        };
        self.say(format!("Exported {files} to {}", file_name(folder)));
        for line in lost {
            self.complain(format!("Exported, but {line}"));
        }
    }

    /// What to ask for so that there is something to choose from what plays: a session's timeline, a store's clips.
    pub(crate) fn to_read(&self) -> Option<Request> {
        if let Some(path) = session_of(&self.source.spec) {
            return Some(Request::ReadSession(path));
        }
        let store = store_of(&self.source.spec)?;
        let listed = self
            .clips
            .as_ref()
            .is_some_and(|list| same_store(&list.path, &store));
        (!listed).then_some(Request::ReadClips(store))
    }

    /// Actions that concern only the window.
    fn look(&mut self, action: &Action) -> Vec<Effect> {
        match *action {
            Action::SetSides(sides) => {
                if sides != self.settings.sides {
                    self.camera.turn_sides();
                }
                self.settings.sides = sides;
            }
            Action::SetFollowing(following) => self.settings.following = following,
            Action::ChooseBody(id) => self.chosen_body = Some(id),
            Action::Follow(whom) => {
                self.settings.whom = whom;
                self.chosen_body = None;
            }
            Action::Show(overlay) => {
                self.overlay = overlay;
                if overlay == Overlay::Camera {
                    return vec![Effect::Ask(Request::Sdk(SdkRequest::Look))];
                }
            }
            Action::Inspect(insight) => self.insight = insight,
            Action::Dismiss(index) => {
                self.problems.remove(index);
            }
            Action::Orbit(yaw, pitch) => self.camera.orbit(yaw, pitch),
            Action::Pan(right, up) => {
                // A view that is pushed aside by hand stays there.
                self.settings.following = Following::Nothing;
                self.camera.pan(right, up);
            }
            Action::Zoom(factor) => self.camera.zoom(factor),
            Action::ResetView => {
                self.settings.following = Following::Bodies;
                self.camera.reset();
            }
            _ => {}
        }
        Vec::new()
    }

    fn edit_phrases(&mut self, edit: PhraseEdit) -> Vec<Effect> {
        let keep = self.to_keep(&edit);
        match self.phrases.apply(edit) {
            Ok(true) => {
                self.undo.phrases_edited();
                self.phrases_took = None;
                let list = self.phrases.entries().to_vec();
                let mut effects = vec![Effect::Send(Command::SetPhrases(list))];
                effects.extend(keep);
                effects
            }
            Ok(false) => Vec::new(),
            Err(why) => {
                self.say(why);
                Vec::new()
            }
        }
    }
}

fn phrases(count: usize) -> String {
    if count == 1 {
        "1 phrase".to_owned()
    } else {
        format!("{count} phrases")
    }
}

#[cfg(test)]
#[path = "action_tests.rs"]
mod tests;
