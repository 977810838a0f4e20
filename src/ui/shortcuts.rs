//! Keys that do something anywhere in the window; `help.rs` lists them for the user.

use crate::live::Transport;
use crate::ui::action::Action;
use crate::ui::draft;
use crate::ui::files::Request;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::phrase_panel::new_phrase_id;
use crate::ui::settings::ThemeChoice;
use crate::ui::stage::{toggled_following, toggled_sides};
use crate::ui::state::{Overlay, State};
use crate::ui::tape::{Recorder, TapeAction};
use egui::{Context, Key, KeyboardShortcut, Modifiers};

/// How far an arrow key leaps in a recording, microseconds.
const LEAP_MICROS: u64 = 5_000_000;

/// Takes the keys that were pressed out of the input and says what they ask for.
pub(crate) fn take(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    if state.presenting.is_some() {
        // No other key means anything to the program now: what a visitor presses is typed or lost.
        let held = ctx.input(|input| input.key_down(Key::Escape));
        actions.push(Action::HoldToLeave(held));
        return;
    }
    let focused = ctx.memory(egui::Memory::focused);
    // In an empty field for a new phrase there is nothing of its own to undo.
    let idle_entry = focused == Some(new_phrase_id()) && !draft::is_begun(ctx, new_phrase_id());
    let writing = ctx.text_edit_focused();
    commands(ctx, state, !writing || idle_entry, actions);
    if !writing {
        letters(ctx, state, actions);
    }
    if state.overlay != Overlay::Nothing && pressed(ctx, Modifiers::NONE, Key::Escape) {
        actions.push(Action::Show(Overlay::Nothing));
    }
}

fn commands(ctx: &Context, state: &State, undo: bool, actions: &mut Vec<Action>) {
    let files = [
        (Key::O, Action::Ask(Request::PickRecording)),
        (Key::B, Action::Ask(Request::PickBundle)),
        (Key::L, Action::Ask(Request::PickPhrases)),
        (Key::S, Action::SavePhrases),
    ];
    if pressed(ctx, Modifiers::COMMAND, Key::R) {
        actions.push(Action::Tape(TapeAction::Record));
    }
    for (key, action) in files {
        if pressed(ctx, Modifiers::COMMAND, key) {
            actions.push(action);
        }
    }
    for (key, action) in [
        (Key::F1, Action::Show(Overlay::Help)),
        (Key::F11, Action::Present(true)),
    ] {
        if pressed(ctx, Modifiers::NONE, key) {
            actions.push(action);
        }
    }
    let size = state.settings.text_size;
    for (key, size) in [
        (Key::Plus, size + 0.1),
        (Key::Equals, size + 0.1),
        (Key::Minus, size - 0.1),
        (Key::Num0, 1.0),
    ] {
        if pressed(ctx, Modifiers::COMMAND, key) {
            actions.push(Action::SetTextSize(size));
        }
    }
    if pressed(ctx, Modifiers::COMMAND, Key::Comma) {
        actions.push(Action::Show(Overlay::Settings));
    }
    // The one with more modifiers first: the other would take it too.
    if undo && pressed(ctx, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) {
        actions.push(Action::Phrase(PhraseEdit::Redo));
    }
    if undo && pressed(ctx, Modifiers::COMMAND, Key::Z) {
        actions.push(Action::Phrase(PhraseEdit::Undo));
    }
}

fn letters(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    let dark = ctx.theme() == egui::Theme::Dark;
    // A letter that was meant for a field must not bring another performer into a recording.
    if state.tape.recorder == Recorder::Off && pressed(ctx, Modifiers::NONE, Key::D) {
        actions.push(Action::OpenSource("demo".to_owned()));
    }
    let keys = [
        (Key::E, Action::Show(Overlay::Insight)),
        (Key::R, Action::ResetView),
        (Key::C, Action::Show(Overlay::Camera)),
        (
            Key::F,
            Action::SetFollowing(toggled_following(state.settings.following)),
        ),
        (
            Key::M,
            Action::SetSides(toggled_sides(state.settings.sides)),
        ),
        (
            Key::T,
            Action::SetTheme(if dark {
                ThemeChoice::Light
            } else {
                ThemeChoice::Dark
            }),
        ),
        (Key::Plus, Action::Zoom(1.15)),
        (Key::Equals, Action::Zoom(1.15)),
        (Key::Minus, Action::Zoom(1.0 / 1.15)),
    ];
    for (key, action) in keys {
        if pressed(ctx, Modifiers::NONE, key) {
            actions.push(action);
        }
    }
    if pressed(ctx, Modifiers::NONE, Key::K) {
        actions.push(Action::Tape(TapeAction::Segment));
    }
    if let Some(at) = &state.tape.playback {
        let here = at.position_micros;
        let moves = [
            (Key::Comma, Transport::Step(-1)),
            (Key::Period, Transport::Step(1)),
            (
                Key::ArrowLeft,
                Transport::Seek(here.saturating_sub(LEAP_MICROS)),
            ),
            (
                Key::ArrowRight,
                Transport::Seek((here + LEAP_MICROS).min(at.length_micros)),
            ),
        ];
        let free = ctx.memory(egui::Memory::focused).is_none();
        for (key, transport) in moves {
            if free && pressed(ctx, Modifiers::NONE, key) {
                actions.push(Action::Tape(TapeAction::Move(transport)));
            }
        }
    }
    // A focused button is clicked by the space bar; then it is not ours.
    if ctx.memory(egui::Memory::focused).is_none() && pressed(ctx, Modifiers::NONE, Key::Space) {
        actions.push(Action::TogglePlay);
    }
    if pressed(ctx, Modifiers::NONE, Key::N)
        && let Some(next) = next_body(state)
    {
        actions.push(Action::ChooseBody(next));
    }
    if pressed(ctx, Modifiers::NONE, Key::Slash) {
        ctx.memory_mut(|memory| memory.request_focus(new_phrase_id()));
        // The stroke that goes to the field is not its first letter.
        ctx.input_mut(|input| {
            input
                .events
                .retain(|event| !matches!(event, egui::Event::Text(text) if text == "/"));
        });
    }
}

fn next_body(state: &State) -> Option<u64> {
    let focus = state.focus().map(|(id, _)| id)?;
    let after = state.present().map(|(id, _)| id).find(|id| *id > focus);
    after.or_else(|| state.present().next().map(|(id, _)| id))
}

fn pressed(ctx: &Context, modifiers: Modifiers, key: Key) -> bool {
    ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
}
