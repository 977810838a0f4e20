//! A text field whose value is committed by Enter or by leaving it; until then the draft is the screen's own.

use crate::ui::chip;
use egui::{Id, Key, Response, TextEdit, Ui};

/// How a field looks and what it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Names the field on the screen.
    pub id: Id,
    /// Read out by screen readers, and how tests find it.
    pub label: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// Points.
    pub width: f32,
}

/// A field that shows `value` and returns another one once the user commits it; Escape gives it up.
pub(crate) fn committed(ui: &mut Ui, field: &Field<'_>, value: &str) -> Option<String> {
    let (text, response) = show(ui, field, value);
    if response.lost_focus() {
        forget(ui, field.id);
        let given_up = ui.input(|input| input.key_pressed(Key::Escape));
        let trimmed = text.trim();
        return (!given_up && trimmed != value).then(|| trimmed.to_owned());
    }
    None
}

/// A field that is emptied and stays in focus when Enter takes its text.
pub(crate) fn entered(ui: &mut Ui, field: &Field<'_>) -> Option<String> {
    let (text, response) = show(ui, field, "");
    let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if !enter || text.trim().is_empty() {
        return None;
    }
    forget(ui, field.id);
    response.request_focus();
    Some(text)
}

/// Whether a field holds a draft.
pub(crate) fn is_begun(ctx: &egui::Context, id: Id) -> bool {
    ctx.data(|data| data.get_temp::<String>(id))
        .is_some_and(|text| !text.is_empty())
}

fn show(ui: &mut Ui, field: &Field<'_>, value: &str) -> (String, Response) {
    let draft = ui.data(|data| data.get_temp::<String>(field.id));
    let mut text = draft.unwrap_or_else(|| value.to_owned());
    let edit = TextEdit::singleline(&mut text)
        .id(field.id)
        .hint_text(field.hint)
        .desired_width(field.width)
        .char_limit(20_000);
    let response = ui.add(edit);
    chip::named(ui, field.id, field.label);
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(field.id, text.clone()));
    }
    (text, response)
}

/// Empties a field.
pub(crate) fn forget(ui: &Ui, id: Id) {
    ui.data_mut(|data| data.remove::<String>(id));
}
