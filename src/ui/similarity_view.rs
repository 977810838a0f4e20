//! The phrases against each other: how alike they are to the model, and which of them it can hardly tell apart.

use crate::phrases::shortened;
use crate::recognizer::decisions::PhraseMap;
use crate::ui::insight::Alike;
use crate::ui::theme::{self, Palette};
use egui::{
    Align2, Color32, FontId, Pos2, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo,
};

/// The phrases' names take no more than this share of the width.
const NAMES: f32 = 0.42;

/// Sides of a cell, points: no smaller, so that it can be pointed at, and no greater than reads well.
const CELL: std::ops::RangeInclusive<f32> = 14.0..=46.0;

/// From this size on a cell has room for its number.
const NUMBERED: f32 = 30.0;

/// The warnings, then the matrix.
pub(crate) fn similarity_ui(ui: &mut Ui, map: &PhraseMap, alike: &Alike) {
    warnings_ui(ui, map, alike);
    let p = theme::palette(ui);
    let count = map.labels.len();
    let room = ui.available_size();
    let names = names_width(ui, map).min(NAMES * room.x);
    let fits =
        ((room.x - names - 24.0) / count.max(1) as f32).min((room.y - 40.0) / (count + 1) as f32);
    let cell = fits.clamp(*CELL.start(), *CELL.end());
    ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        let size = Vec2::new(names + cell * count as f32, cell * (count + 1) as f32);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Table, true, described(map, alike)));
        let origin = rect.min + Vec2::new(names, cell);
        names_ui(ui, map, origin, cell, &p);
        let shown = ui.clip_rect();
        let mut squares = egui::Mesh::default();
        for row in 0..count {
            for column in 0..count {
                let min = origin + Vec2::new(column as f32, row as f32) * cell;
                let square = Rect::from_min_size(min, Vec2::splat(cell)).shrink(1.0);
                if shown.intersects(square) {
                    squares.add_colored_rect(square, shade(alike.similarity(row, column), &p));
                }
            }
        }
        ui.painter().add(squares);
        if cell >= NUMBERED {
            numbers_ui(ui, alike, origin, cell, &p);
        }
        let pointed = response
            .hover_pos()
            .and_then(|at| under(at, origin, cell, count));
        if let Some([row, column]) = pointed.filter(|[row, column]| row != column) {
            response.on_hover_text_at_pointer(pair_words(map, row, column));
        }
    });
}

fn warnings_ui(ui: &mut Ui, map: &PhraseMap, alike: &Alike) {
    let p = theme::palette(ui);
    let twins = alike.twins();
    if twins.is_empty() {
        ui.label(theme::quiet(ui, "The model can tell all phrases apart."));
    }
    for (a, b, confusion) in twins.iter().take(4) {
        let text = format!(
            "“{}” and “{}” are nearly the same to the model: it takes one for the other {:.0} times in 100. Change the words or the \
             motion card of one of them.",
            map.labels[*a],
            map.labels[*b],
            confusion * 100.0
        );
        ui.add(egui::Label::new(RichText::new(text).color(p.warning)).wrap());
    }
    if twins.len() > 4 {
        ui.label(theme::quiet(
            ui,
            format!("and {} pairs more", twins.len() - 4),
        ));
    }
}

fn described(map: &PhraseMap, alike: &Alike) -> String {
    let twins = alike.twins().len();
    format!(
        "Similarity of {} phrases; {twins} pairs are nearly the same",
        map.labels.len()
    )
}

/// The width of the widest name.
fn names_width(ui: &Ui, map: &PhraseMap) -> f32 {
    let font = FontId::proportional(12.5);
    let widths = map.labels.iter().enumerate().map(|(index, label)| {
        let galley =
            ui.painter()
                .layout_no_wrap(numbered(index, label), font.clone(), Color32::PLACEHOLDER);
        galley.size().x
    });
    widths.fold(60.0, f32::max) + 14.0
}

fn numbered(index: usize, label: &str) -> String {
    format!("{}  {}", index + 1, shortened(label))
}

fn names_ui(ui: &Ui, map: &PhraseMap, origin: Pos2, cell: f32, p: &Palette) {
    let font = FontId::proportional(cell.clamp(9.0, 12.5));
    for (index, label) in map.labels.iter().enumerate() {
        let row = origin + Vec2::new(-6.0, (index as f32 + 0.5) * cell);
        let left = Rect::from_min_max(
            Pos2::new(ui.clip_rect().left(), row.y - cell),
            Pos2::new(origin.x, row.y + cell),
        );
        ui.painter()
            .with_clip_rect(left.intersect(ui.clip_rect()))
            .text(
                row,
                Align2::RIGHT_CENTER,
                numbered(index, label),
                font.clone(),
                p.text,
            );
        let column = origin + Vec2::new((index as f32 + 0.5) * cell, -cell / 2.0);
        let number = (index + 1).to_string();
        ui.painter()
            .text(column, Align2::CENTER_CENTER, number, font.clone(), p.quiet);
    }
}

/// What the cells' colours say, as numbers; of a phrase and itself there is nothing to say.
fn numbers_ui(ui: &Ui, alike: &Alike, origin: Pos2, cell: f32, p: &Palette) {
    let count = alike.count();
    for row in 0..count {
        for column in (0..count).filter(|column| *column != row) {
            let similarity = alike.similarity(row, column);
            let ink = if similarity > 0.55 { p.panel } else { p.text };
            let number = format!("{similarity:.2}");
            let font = FontId::proportional(10.5);
            let centre = origin + Vec2::new(column as f32 + 0.5, row as f32 + 0.5) * cell;
            ui.painter()
                .text(centre, Align2::CENTER_CENTER, number, font, ink);
        }
    }
}

/// From the ground's colour to the accent: one hue, told apart by its lightness.
fn shade(similarity: f32, p: &Palette) -> Color32 {
    theme::mixed(p.card, p.accent, similarity.max(0.0))
}

fn under(at: Pos2, origin: Pos2, cell: f32, count: usize) -> Option<[usize; 2]> {
    let place = (at - origin) / cell;
    let index = |value: f32| (value >= 0.0 && value < count as f32).then_some(value as usize);
    Some([index(place.y)?, index(place.x)?])
}

fn pair_words(map: &PhraseMap, row: usize, column: usize) -> String {
    format!(
        "{} and {}: alike {:.2}\nOf these two alone, one is taken for the other {:.0} times in 100",
        map.labels[row],
        map.labels[column],
        map.map.similarity(row, column),
        map.map.confusion(row, column) * 100.0
    )
}
