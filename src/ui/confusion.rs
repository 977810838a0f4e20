//! How well the phrase list names what was marked: a matrix, the share of each phrase, and both as files.

use crate::live::Judged;
use crate::ui::action::Action;
use crate::ui::files::Request;
use crate::ui::state::State;
use crate::ui::tape::TapeAction;
use crate::ui::theme;
use egui::{Align2, Context, Grid, RichText, ScrollArea, Ui, Vec2};

/// What was performed against what was answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Confusion {
    /// What was performed, in the order in which it was marked first.
    pub labels: Vec<String>,
    /// What was answered: the labels first, then whatever else came up.
    pub answers: Vec<String>,
    /// `[label][answer]`, how often.
    pub counts: Vec<Vec<u32>>,
    /// Segments that could not be judged, and why.
    pub problems: Vec<String>,
}

impl Confusion {
    /// Counts what came of judging segments.
    pub fn of(judged: &[Judged]) -> Self {
        let mut table = Self::default();
        let same = |a: &str, b: &str| crate::phrases::folded(a) == crate::phrases::folded(b);
        for take in judged {
            if !table.labels.iter().any(|label| same(label, &take.label)) {
                table.labels.push(take.label.clone());
            }
        }
        table.answers.clone_from(&table.labels);
        table.counts = vec![vec![0; table.answers.len()]; table.labels.len()];
        for take in judged {
            let answer = match &take.answer {
                Ok(answer) => answer,
                Err(problem) => {
                    table.problems.push(format!("{}: {problem}", take.label));
                    continue;
                }
            };
            let column = table.answers.iter().position(|known| same(known, answer));
            let column = column.unwrap_or_else(|| {
                table.answers.push(answer.clone());
                for row in &mut table.counts {
                    row.push(0);
                }
                table.answers.len() - 1
            });
            let row = table
                .labels
                .iter()
                .position(|label| same(label, &take.label));
            if let Some(cell) = row.and_then(|row| table.counts.get_mut(row)?.get_mut(column)) {
                *cell += 1;
            }
        }
        table
    }

    /// A label's segments that were named right, and all of them that were judged.
    pub fn right(&self, label: usize) -> (u32, u32) {
        let row = self.counts.get(label).map_or(&[][..], Vec::as_slice);
        (row.get(label).copied().unwrap_or(0), row.iter().sum())
    }

    /// The mean over labels of the share that was named right, 0 to 1.
    pub fn accuracy(&self) -> f32 {
        let shares: Vec<f32> = (0..self.labels.len())
            .map(|label| self.right(label))
            .filter(|(_, all)| *all > 0)
            .map(|(right, all)| right as f32 / all as f32)
            .collect();
        shares.iter().sum::<f32>() / shares.len().max(1) as f32
    }

    /// The matrix as a table: a line for each label, a column for each answer, then its accuracy.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let head = std::iter::once("performed").chain(self.answers.iter().map(String::as_str));
        writer.write_record(head.chain(["accuracy"]))?;
        for (index, label) in self.labels.iter().enumerate() {
            let (right, all) = self.right(index);
            let mut row = vec![label.clone()];
            row.extend(
                self.counts
                    .iter()
                    .skip(index)
                    .take(1)
                    .flatten()
                    .map(u32::to_string),
            );
            row.push(if all == 0 {
                String::new()
            } else {
                format!("{:.4}", right as f32 / all as f32)
            });
            writer.write_record(row)?;
        }
        writer
            .into_inner()
            .map_err(|error| error.into_error().into())
    }
}

/// The matrix, while it is looked at.
pub(crate) fn confusion_ui(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    let Some(table) = &state.tape.confusion else {
        return;
    };
    let mut open = true;
    let window = egui::Window::new("What was performed, what was answered")
        .open(&mut open)
        .collapsible(false)
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

fn table_ui(ui: &mut Ui, table: &Confusion) {
    let p = theme::palette(ui);
    Grid::new("confusion").striped(true).show(ui, |ui| {
        ui.label(theme::quiet(ui, "performed"));
        for answer in &table.answers {
            ui.label(theme::quiet(ui, answer.as_str()));
        }
        ui.label(theme::quiet(ui, "right"));
        ui.end_row();
        for (row, label) in table.labels.iter().enumerate() {
            let (right, all) = table.right(row);
            ui.label(label);
            for (column, count) in table.counts.iter().skip(row).take(1).flatten().enumerate() {
                let colour = match (column == row, *count > 0) {
                    (_, false) => p.quiet,
                    (true, true) => p.accent,
                    (false, true) => p.warning,
                };
                ui.label(RichText::new(count.to_string()).color(colour));
            }
            ui.label(format!("{right} of {all}"));
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(label: &str, answer: Result<&str, &str>) -> Judged {
        Judged {
            label: label.to_owned(),
            answer: answer.map(str::to_owned).map_err(str::to_owned),
        }
    }

    #[test]
    fn right_and_wrong_answers_are_counted_where_they_belong() {
        let table = Confusion::of(&[
            judged("wave", Ok("Wave")),
            judged("wave", Ok("throw")),
            judged("kick, hard", Ok("kick, hard")),
            judged("wave", Err("nobody is in view")),
        ]);
        assert_eq!(table.labels, ["wave", "kick, hard"]);
        assert_eq!(table.answers, ["wave", "kick, hard", "throw"]);
        assert_eq!(table.counts, [[1, 0, 1], [0, 1, 0]]);
        assert_eq!((table.right(0), table.right(1)), ((1, 2), (1, 1)));
        assert!((table.accuracy() - 0.75).abs() < 1e-6);
        assert_eq!(table.problems, ["wave: nobody is in view"]);
        let csv = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(
            csv,
            "performed,wave,\"kick, hard\",throw,accuracy\nwave,1,0,1,0.5000\n\"kick, hard\",0,1,0,1.0000\n"
        );
    }
}
