//! The list of phrases, a row for each: switched on and off, with its words and its motion card to edit.

use crate::phrases::PhraseEntry;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::draft::{self, Field};
use crate::ui::motion_chips::motion_chips_ui;
use crate::ui::phrase_book::PhraseView;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::phrase_panel::new_phrase_id;
use crate::ui::state::State;
use crate::ui::theme::{self, GAP};
use egui::{Align, Button, Id, Layout, RichText, ScrollArea, Sense, Ui, Vec2};

/// Rows farther out of sight than this are not laid out, points: near enough for the tabulator key to go on to them.
const NEAR: f32 = 120.0;

/// The height of a row that was never in sight, points: one line of chips.
const ROW_HEIGHT: f32 = 37.0;

/// The motion card has room for the longest chip, points.
const LEAST_MOTION: f32 = 156.0;

/// In a panel that is narrower than its columns these are scrolled to, points.
const LEAST_WIDTH: f32 = 556.0;

/// A row's fields, as they are named in [`field_id`].
const FIELDS: [&str; 3] = ["Phrase", "Verb", "Noun"];

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
        let phrase = (rest * 0.28).clamp(90.0, 340.0);
        let word = (rest * 0.115).clamp(56.0, 140.0);
        Self {
            switch,
            phrase,
            verb: word,
            noun: word,
            certainty,
            motion: (rest - phrase - 2.0 * word).max(LEAST_MOTION),
        }
    }
}

/// The whole list, under the names of its columns.
pub(crate) fn phrase_rows_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let narrow = ui.available_width() < LEAST_WIDTH;
    let aside = ScrollArea::new([narrow, false]).id_salt("columns of phrases");
    let width = ui.available_width().max(LEAST_WIDTH);
    let columns = Columns::of(width);
    aside.auto_shrink(false).show(ui, |ui| {
        ui.set_width(width);
        column_names_ui(ui, &columns);
        ScrollArea::vertical()
            .id_salt("phrases")
            .auto_shrink(false)
            .show(ui, |ui| rows_ui(ui, state, &columns, actions));
    });
}

/// The rows in sight. Of those far out of it only the room is kept, as high as they were last, for a picture has no time to
/// lay out hundreds of fields; whoever has them read aloud needs them all.
fn rows_ui(ui: &mut Ui, state: &State, columns: &Columns, actions: &mut Vec<Action>) {
    let all = ui.ctx().has_accesskit_node(new_phrase_id());
    let near = ui.clip_rect().expand(NEAR);
    let focused = ui.memory(egui::Memory::focused);
    for entry in state.phrases.entries() {
        let place = Id::unique(("height of a phrase", entry.id));
        let known = ui.data(|data| data.get_temp::<f32>(place));
        let top = ui.cursor().top();
        let room = egui::Rangef::new(top, top + known.unwrap_or(ROW_HEIGHT));
        let typed = FIELDS
            .iter()
            .any(|name| focused == Some(field_id(name, entry.id)));
        if all || typed || near.y_range().intersects(room) {
            row_ui(ui, state, entry, columns, actions);
            let height = ui.cursor().top() - top - ui.spacing().item_spacing.y;
            if known != Some(height) {
                ui.data_mut(|data| data.insert_temp(place, height));
            }
        } else {
            ui.allocate_space(Vec2::new(1.0, room.span()));
        }
    }
}

/// Names a row's field on the screen.
fn field_id(name: &str, entry: u64) -> Id {
    Id::unique((name, entry))
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
            id: field_id(name, id),
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
    let (id, text) = (entry.id, &entry.text);
    let own = entry.verb.is_some() || entry.noun.is_some() || entry.motion.is_some();
    let name = format!("Read {text} again");
    let help = "Forget your own verb, noun and motion, and read the phrase again";
    if ui
        .add_enabled_ui(own, |ui| sign_ui(ui, "↺", name, help))
        .inner
    {
        actions.push(Action::Phrase(PhraseEdit::ReadAgain(id)));
    }
    let help = "Delete this phrase; this can be undone";
    if sign_ui(ui, "×", format!("Delete {text}"), help) {
        actions.push(Action::Phrase(PhraseEdit::Delete(id)));
    }
}

/// A button of a single sign at a row's end, with the name by which it is read aloud; whether it was clicked.
fn sign_ui(ui: &mut Ui, sign: &str, name: String, help: &str) -> bool {
    let button = Button::new(sign).min_size(Vec2::splat(24.0));
    let button = ui.add(button.frame_when_inactive(false));
    chip::named(ui, button.id, name);
    button.on_hover_text(help).clicked()
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
        for width in [LEAST_WIDTH, 640.0, 900.0, 1030.0, 1600.0] {
            let c = Columns::of(width);
            let sum =
                c.switch + c.phrase + c.verb + c.noun + c.certainty + c.motion + 58.0 + 6.0 * GAP;
            assert!(sum <= width + 1.0, "{width}: {sum}");
            assert!(c.motion >= LEAST_MOTION);
        }
    }
}
