//! How well the phrase list names what was marked, as a matrix on the screen.

use crate::evaluate::Confusion;
use crate::phrases::shortened;
use crate::ui::action::Action;
use crate::ui::files::Request;
use crate::ui::state::State;
use crate::ui::tape::TapeAction;
use crate::ui::theme;
use egui::{Align2, Context, FontId, Grid, Label, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

/// A cell of the matrix, points.
const CELL: Vec2 = Vec2::new(40.0, 26.0);

/// The matrix, while it is looked at.
pub(crate) fn confusion_ui(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    let Some(table) = &state.tape.confusion else {
        return;
    };
    let mut open = true;
    // Each size of a matrix has a window of its own: it is not to be as small as the one before needed to be.
    let size = (table.labels.len(), table.answers.len());
    let window = egui::Window::new("What was performed, what was answered")
        .id(egui::Id::unique(("confusion", size)))
        .open(&mut open)
        .collapsible(false)
        .default_size(whole_size(table))
        .max_size(ctx.content_rect().size() - Vec2::splat(80.0))
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO);
    window.show(ctx, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme::strong(
                format!("{:.0} % right", table.accuracy() * 100.0),
                16.0,
            ));
            ui.label(theme::quiet(ui, "the mean of all phrases"));
            for (name, ending, help) in [
                (
                    "Save table…",
                    "csv",
                    "A line for each phrase that was performed",
                ),
                (
                    "Save picture…",
                    "png",
                    "As a PNG, or as an SVG where the name ends with .svg",
                ),
            ] {
                if ui.button(name).on_hover_text(help).clicked() {
                    actions.push(Action::Ask(Request::PickConfusionTarget(ending)));
                }
            }
        });
        ScrollArea::both().show(ui, |ui| table_ui(ui, table));
        for problem in &table.problems {
            ui.label(theme::quiet(ui, problem.as_str()));
        }
    });
    if !open {
        actions.push(Action::Tape(TapeAction::CloseConfusion));
    }
}

/// The size at which everything is seen, as far as the screen has room.
fn whole_size(table: &Confusion) -> Vec2 {
    let longest = table.labels.iter().map(|label| label.chars().count()).max();
    let names = 40.0 + 7.5 * longest.unwrap_or(0).min(44) as f32;
    let more = table.answers.len() - table.labels.len();
    Vec2::new(
        (names + (CELL.x + 4.0) * table.answers.len() as f32 + 120.0).max(400.0),
        (CELL.y + 6.0) * (table.labels.len() + 2) as f32
            + 24.0 * (more + table.problems.len()) as f32
            + 90.0,
    )
}

/// A row for what was performed, a column for what was answered; columns are numbered as the rows are.
fn table_ui(ui: &mut Ui, table: &Confusion) {
    Grid::new("confusion").spacing([4.0, 4.0]).show(ui, |ui| {
        ui.label(theme::quiet(ui, "performed, answered"));
        for (column, answer) in table.answers.iter().enumerate() {
            let number = Label::new(theme::quiet(ui, (column + 1).to_string()));
            ui.add_sized([CELL.x, ui.spacing().interact_size.y], number)
                .on_hover_text(answer);
        }
        ui.label(theme::quiet(ui, "right"));
        ui.end_row();
        for (row, label) in table.labels.iter().enumerate() {
            ui.label(format!("{}  {}", row + 1, shortened(label)))
                .on_hover_text(label);
            for column in 0..table.answers.len() {
                cell_ui(ui, table, row, column);
            }
            let (right, all) = table.right(row);
            ui.label(format!("{right} of {all}"));
            ui.end_row();
        }
    });
    for (column, answer) in table.answers.iter().enumerate().skip(table.labels.len()) {
        ui.label(theme::quiet(ui, format!("{}  {answer}", column + 1)));
    }
}

fn cell_ui(ui: &mut Ui, table: &Confusion, row: usize, column: usize) {
    let p = theme::palette(ui);
    let counts = table.counts.get(row).map_or(&[][..], Vec::as_slice);
    let count = counts.get(column).copied().unwrap_or(0);
    let share = count as f32 / table.right(row).1.max(1) as f32;
    let (rect, response) = ui.allocate_exact_size(CELL, Sense::hover());
    let over = if row == column { p.accent } else { p.warning };
    let fill = theme::mixed(p.card, over, share);
    ui.painter().rect_filled(rect, 3, fill);
    let ink = match (count, share > 0.55) {
        (0, _) => p.quiet,
        (_, true) => p.panel,
        (_, false) => p.text,
    };
    let font = FontId::proportional(13.0);
    let number = count.to_string();
    ui.painter()
        .text(rect.center(), Align2::CENTER_CENTER, number, font, ink);
    let words = format!(
        "{} was performed, {} answered: {count}",
        table.labels.get(row).map_or("", String::as_str),
        table.answers.get(column).map_or("", String::as_str)
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, words.clone()));
    response.on_hover_text(words);
}
