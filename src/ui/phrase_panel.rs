//! The panel below: the list of phrases, typed, edited, switched on and off.

use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::draft::{self, Field};
use crate::ui::files::Request;
use crate::ui::insight::{Insight, Page};
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::phrase_rows::phrase_rows_ui;
use crate::ui::source_name::file_name;
use crate::ui::state::{Overlay, State};
use crate::ui::study_view::use_examples_ui;
use crate::ui::theme::{self, GAP};
use egui::{Align, Button, Id, Layout, RichText, Ui};

/// The phrases offered to somebody who has none.
const SUGGESTIONS: [&str; 4] = [
    "swing a golf club",
    "play the violin",
    "jump on one leg",
    "swat a fly - one arm, fast",
];

/// The id of the field that new phrases are typed into.
pub(crate) fn new_phrase_id() -> Id {
    Id::unique("new phrase")
}

/// The width of the buttons on the right before they were ever seen, points.
const BUTTONS: f32 = 280.0;

/// The words beside the field are as wide as this, points.
const LEAST_WORDS: f32 = 118.0;

/// Everything below.
pub(crate) fn phrase_panel_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading_ui(ui, state, actions);
    if state.phrases.entries().is_empty() {
        empty_ui(ui, actions);
        return;
    }
    phrase_rows_ui(ui, state, actions);
}

fn heading_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let place = Id::unique("width of the list's buttons");
    let buttons = ui
        .data(|data| data.get_temp::<f32>(place))
        .unwrap_or(BUTTONS);
    ui.horizontal(|ui| {
        ui.label(theme::strong("Phrases", 13.0));
        let room = ui.available_width() - buttons - GAP;
        let end = ui.cursor().left() + room;
        let field = Field {
            id: new_phrase_id(),
            label: "New phrase",
            hint: "Type an action and press Enter: swing a golf club",
            width: (ui.available_width() * 0.42).min(room).clamp(70.0, 460.0),
        };
        if let Some(text) = draft::entered(ui, &field) {
            actions.push(Action::Phrase(PhraseEdit::Add(text)));
        }
        let listed = !state.phrases.entries().is_empty();
        if let Some(took) = state.phrases_took.filter(|_| listed) {
            let words = format!("in effect after {:.0} ms", took.as_secs_f64() * 1e3);
            // Where there is no room for it, it makes room for what can be clicked.
            if end - ui.cursor().left() >= LEAST_WORDS {
                ui.label(theme::quiet(ui, words)).on_hover_text(
                    "From the last edit to a decision that knows it; predictions went on meanwhile",
                );
            }
        }
        use_examples_ui(ui, state, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let right = ui.max_rect().right();
            list_buttons_ui(ui, state, actions);
            twins_ui(ui, state, actions);
            let width = right - ui.cursor().right();
            if width != buttons {
                ui.data_mut(|data| data.insert_temp(place, width));
            }
        });
    });
}

/// A warning where phrases are nearly the same to the model; a click shows which.
fn twins_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let pairs = state.alike.twins().len();
    if pairs == 0 {
        return;
    }
    let words = match pairs {
        1 => "2 phrases are nearly the same".to_owned(),
        n => format!("{n} pairs are nearly the same"),
    };
    let text = RichText::new(format!("{pairs} alike!")).color(theme::palette(ui).warning);
    let help = format!("{words}: the model can hardly tell them apart. A click shows which");
    let button = ui.add(Button::new(text).frame(false)).on_hover_text(help);
    chip::named(ui, button.id, words);
    if button.clicked() {
        let page = Page::Similarity;
        actions.push(Action::Inspect(Insight {
            page,
            ..state.insight
        }));
        actions.push(Action::Show(Overlay::Insight));
    }
}

fn list_buttons_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let filled = !state.phrases.entries().is_empty();
    if ui
        .add_enabled(filled, Button::new("Save…"))
        .on_hover_text("Save the list as text (Ctrl+S)")
        .clicked()
    {
        actions.push(Action::SavePhrases);
    }
    if ui
        .button("Load…")
        .on_hover_text("Load a list: one phrase per line (Ctrl+L); this can be undone")
        .clicked()
    {
        actions.push(Action::Ask(Request::PickPhrases));
    }
    if !state.settings.recent_lists.is_empty() {
        recent_lists_ui(ui, state, actions);
    }
    ui.separator();
    let redo = ui.add_enabled(state.can_redo(), Button::new("Redo"));
    if redo.on_hover_text("Do it again (Ctrl+Shift+Z)").clicked() {
        actions.push(Action::Phrase(PhraseEdit::Redo));
    }
    let undo = ui.add_enabled(state.can_undo(), Button::new("Undo"));
    if undo
        .on_hover_text("Take the last edit back (Ctrl+Z)")
        .clicked()
    {
        actions.push(Action::Phrase(PhraseEdit::Undo));
    }
}

/// The lists that were loaded or saved lately.
fn recent_lists_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let menu = ui.menu_button("Recent", |ui| {
        for path in &state.settings.recent_lists {
            let button = ui.button(file_name(path));
            if button.on_hover_text(path.display().to_string()).clicked() {
                actions.push(Action::Ask(Request::ReadPhrases(path.clone())));
                ui.close();
            }
        }
    });
    chip::named(ui, menu.response.id, "Recent phrase lists");
}

fn empty_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.add_space(2.0 * GAP);
    ui.vertical_centered(|ui| {
        ui.label(theme::strong(
            "Name an action that no model was trained on",
            15.0,
        ));
        let words = "It takes part at once. Words after a dash describe the movement. For a start:";
        ui.label(RichText::new(words).color(theme::palette(ui).quiet));
    });
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let width: f32 = 640.0;
        ui.add_space(((ui.available_width() - width) / 2.0).max(0.0));
        for suggestion in SUGGESTIONS {
            if ui.button(suggestion).clicked() {
                actions.push(Action::Phrase(PhraseEdit::Add(suggestion.to_owned())));
            }
        }
    });
}
