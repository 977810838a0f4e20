//! The panel below: the list of phrases, typed, edited, switched on and off.

use crate::phrases::PhraseEntry;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::draft::{self, Field};
use crate::ui::files::Request;
use crate::ui::insight::{Insight, Page, twins};
use crate::ui::motion_chips::motion_chips_ui;
use crate::ui::phrase_book::PhraseView;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::source_name::file_name;
use crate::ui::state::{Overlay, State};
use crate::ui::study_view::use_examples_ui;
use crate::ui::theme::{self, GAP};
use egui::{Align, Button, Id, Layout, RichText, ScrollArea, Sense, Ui, Vec2};

/// The phrases offered to somebody who has none.
const SUGGESTIONS: [&str; 4] = [
    "swing a golf club",
    "play the violin",
    "jump on one leg",
    "swat a fly - one arm, fast",
];

/// Widths of the columns, points: switch, phrase, verb, noun, certainty; the motion card takes the rest.
struct Columns {
    switch: f32,
    phrase: f32,
    verb: f32,
    noun: f32,
    certainty: f32,
    motion: f32,
}

impl Columns {
    fn of(width: f32) -> Self {
        let (switch, certainty, delete) = (24.0, 52.0, 58.0);
        let rest = width - switch - certainty - delete - 6.0 * GAP;
        let phrase = (rest * 0.28).clamp(130.0, 340.0);
        let word = (rest * 0.115).clamp(70.0, 140.0);
        Self {
            switch,
            phrase,
            verb: word,
            noun: word,
            certainty,
            motion: (rest - phrase - 2.0 * word).max(120.0),
        }
    }
}

/// The id of the field that new phrases are typed into.
pub(crate) fn new_phrase_id() -> Id {
    Id::unique("new phrase")
}

/// Everything below.
pub(crate) fn phrase_panel_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading_ui(ui, state, actions);
    if state.phrases.entries().is_empty() {
        empty_ui(ui, actions);
        return;
    }
    let columns = Columns::of(ui.available_width());
    column_names_ui(ui, &columns);
    ScrollArea::vertical()
        .id_salt("phrases")
        .auto_shrink(false)
        .show(ui, |ui| {
            for entry in state.phrases.entries() {
                row_ui(ui, state, entry, &columns, actions);
            }
        });
}

fn heading_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(theme::strong("Phrases", 13.0));
        let field = Field {
            id: new_phrase_id(),
            label: "New phrase",
            hint: "Type an action and press Enter: swing a golf club",
            width: (ui.available_width() * 0.42).clamp(200.0, 460.0),
        };
        if let Some(text) = draft::entered(ui, &field) {
            actions.push(Action::Phrase(PhraseEdit::Add(text)));
        }
        let listed = !state.phrases.entries().is_empty();
        if let Some(took) = state.phrases_took.filter(|_| listed) {
            let words = format!("in effect after {:.0} ms", took.as_secs_f64() * 1e3);
            ui.label(theme::quiet(ui, words)).on_hover_text(
                "From the last edit to a decision that knows it; predictions went on meanwhile",
            );
        }
        use_examples_ui(ui, state, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            list_buttons_ui(ui, state, actions);
            twins_ui(ui, state, actions);
        });
    });
}

/// A warning where phrases are nearly the same to the model; a click shows which.
fn twins_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let pairs = state.map.as_ref().map_or(0, |map| twins(map).len());
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

fn column_names_ui(ui: &mut Ui, columns: &Columns) {
    ui.horizontal(|ui| {
        let names = [
            (columns.switch, "", ""),
            (columns.phrase, "Phrase", "What was typed"),
            (columns.verb, "Verb", "Read from the phrase, or your own"),
            (
                columns.noun,
                "Noun",
                "Read from the phrase, or your own; may be empty",
            ),
            (
                columns.certainty,
                "Sure",
                "How sure the split into verb and noun is",
            ),
            (
                columns.motion,
                "Motion",
                "What a skeleton shows of it: click a chip for more or less, “+” for another",
            ),
        ];
        for (width, name, help) in names {
            cell(ui, width, |ui| {
                ui.label(theme::quiet(ui, name)).on_hover_text(help)
            });
        }
    });
}

fn row_ui(
    ui: &mut Ui,
    state: &State,
    entry: &PhraseEntry,
    columns: &Columns,
    actions: &mut Vec<Action>,
) {
    let view = state.phrases.view(entry);
    ui.push_id(entry.id, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            cell(ui, columns.switch, |ui| switch_ui(ui, entry, actions));
            if !entry.enabled {
                ui.set_opacity(0.5);
            }
            words_ui(ui, entry, &view, columns, actions);
            cell(ui, columns.certainty, |ui| certainty_ui(ui, entry, &view));
            let size = Vec2::new(columns.motion, 24.0);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
                ui.set_width(columns.motion);
                motion_chips_ui(ui, entry, &view, actions);
            });
            ui.set_opacity(1.0);
            ends_ui(ui, entry, actions);
        });
        let line = egui::Stroke::new(1.0, theme::faded(theme::palette(ui).line, 0.7));
        let (rect, _) =
            ui.allocate_exact_size(Vec2::new(ui.available_width(), 1.0), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.center().y, line);
    });
}

fn switch_ui(ui: &mut Ui, entry: &PhraseEntry, actions: &mut Vec<Action>) {
    let mut enabled = entry.enabled;
    let response = ui.checkbox(&mut enabled, "");
    chip::named(ui, response.id, format!("Use {}", entry.text));
    if response
        .on_hover_text("Whether this phrase takes part")
        .changed()
    {
        actions.push(Action::Phrase(PhraseEdit::Toggle(entry.id)));
    }
}

fn words_ui(
    ui: &mut Ui,
    entry: &PhraseEntry,
    view: &PhraseView,
    columns: &Columns,
    actions: &mut Vec<Action>,
) {
    let id = entry.id;
    let fields = [
        ("Phrase", columns.phrase, entry.text.as_str(), ""),
        ("Verb", columns.verb, view.verb.as_str(), "verb"),
        ("Noun", columns.noun, view.noun.as_str(), "none"),
    ];
    for (name, width, value, hint) in fields {
        let label = if name == "Phrase" {
            format!("Phrase {}", entry.text)
        } else {
            format!("{name} of {}", entry.text)
        };
        let field = Field {
            id: Id::unique((name, id)),
            label: &label,
            hint,
            width: width - 8.0,
        };
        let committed = cell(ui, width, |ui| draft::committed(ui, &field, value));
        let Some(text) = committed else { continue };
        actions.push(Action::Phrase(match name {
            "Phrase" => PhraseEdit::SetText(id, text),
            "Verb" => PhraseEdit::SetVerb(id, text),
            _ => PhraseEdit::SetNoun(id, text),
        }));
    }
}

fn certainty_ui(ui: &mut Ui, entry: &PhraseEntry, view: &PhraseView) {
    let p = theme::palette(ui);
    let own = entry.verb.is_some() || entry.noun.is_some();
    let (text, ink, help) = match view.confidence {
        _ if own => ("yours".to_owned(), p.quiet, "You set the verb or the noun"),
        None => ("…".to_owned(), p.quiet, "Not read yet"),
        Some(sure) if sure < 0.6 => (
            format!("{:.0} %", sure * 100.0),
            p.warning,
            "Unsure: look at the verb and the noun",
        ),
        Some(sure) => (
            format!("{:.0} %", sure * 100.0),
            p.quiet,
            "How sure the split into verb and noun is",
        ),
    };
    ui.label(RichText::new(text).small().color(ink))
        .on_hover_text(help);
}

fn ends_ui(ui: &mut Ui, entry: &PhraseEntry, actions: &mut Vec<Action>) {
    let own = entry.verb.is_some() || entry.noun.is_some() || entry.motion.is_some();
    let again = ui.add_enabled(
        own,
        Button::new("↺")
            .min_size(Vec2::splat(24.0))
            .frame_when_inactive(false),
    );
    chip::named(ui, again.id, format!("Read {} again", entry.text));
    if again
        .on_hover_text("Forget your own verb, noun and motion, and read the phrase again")
        .clicked()
    {
        actions.push(Action::Phrase(PhraseEdit::ReadAgain(entry.id)));
    }
    let delete = ui.add(
        Button::new("×")
            .min_size(Vec2::splat(24.0))
            .frame_when_inactive(false),
    );
    chip::named(ui, delete.id, format!("Delete {}", entry.text));
    if delete
        .on_hover_text("Delete this phrase; this can be undone")
        .clicked()
    {
        actions.push(Action::Phrase(PhraseEdit::Delete(entry.id)));
    }
}

/// One cell of a row, as wide as its column.
fn cell<R>(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = Layout::left_to_right(Align::Center);
    let inner = ui.allocate_ui_with_layout(Vec2::new(width, 24.0), layout, |ui| {
        ui.set_width(width);
        content(ui)
    });
    inner.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fit_at_every_width() {
        for width in [640.0, 900.0, 1030.0, 1600.0] {
            let c = Columns::of(width);
            let sum =
                c.switch + c.phrase + c.verb + c.noun + c.certainty + c.motion + 58.0 + 6.0 * GAP;
            assert!(sum <= width + 1.0, "{width}: {sum}");
            assert!(c.motion >= 120.0);
        }
    }
}
