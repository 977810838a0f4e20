//! What the model sees: the motion attributes decoded from the performer's latent, over time, beside a phrase's card.

use crate::phrases::motion::{ATTRIBUTES, opposite};
use crate::recognizer::decisions::PhraseMap;
use crate::ui::action::Action;
use crate::ui::history::HISTORY_SECONDS;
use crate::ui::insight::Insight;
use crate::ui::motion_chips::spelled;
use crate::ui::motion_words::taken;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::state::State;
use crate::ui::theme::{self, GAP, Palette};
use crate::ui::trail::Trail;
use egui::{
    Button, ComboBox, CornerRadius, Rect, Role, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

/// Where performance and card differ by this much, the row says so.
const DIFFERENT: f32 = 0.4;

/// Attributes that are below this in both are not listed.
const LEAST: f32 = 0.12;

/// An attribute as it is listed.
struct Row {
    attribute: usize,
    /// Seen in the last performance, 0 to 1.
    seen: f32,
    /// On the phrase's card, 0 to 1.
    card: f32,
    /// Whether the phrase leaves open on which side, and so is met by either.
    open: bool,
}

/// The list, and the button that mends the card.
pub(crate) fn motion_view_ui(
    ui: &mut Ui,
    state: &State,
    map: &PhraseMap,
    actions: &mut Vec<Action>,
) {
    let chosen = chosen(state, map);
    phrase_ui(ui, state, map, chosen, actions);
    let Some((_, track)) = state.focus() else {
        ui.label(theme::quiet(ui, "Nobody is in view."));
        return;
    };
    let performed = track.trail.performed();
    take_ui(ui, chosen, performed.as_deref(), actions);
    let newest = track.trail.newest().map(|point| point.motion.clone());
    let seen = performed.or(newest).unwrap_or_default();
    let card = chosen.map_or_else(Vec::new, |id| card_of(state, id));
    if seen.is_empty() {
        ui.label(theme::quiet(
            ui,
            "This model has no motion part, or no phrase is in play.",
        ));
        return;
    }
    heads_ui(ui);
    let p = theme::palette(ui);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for row in rows(&seen, &card) {
            row_ui(ui, &row, &track.trail, state.played, &p);
        }
    });
}

/// The entry whose card is shown: the user's choice, or the phrase that the answer names, or the nearest one.
fn chosen(state: &State, map: &PhraseMap) -> Option<u64> {
    let known = |id: &u64| state.phrases.entries().iter().any(|entry| entry.id == *id);
    state
        .insight
        .phrase
        .filter(known)
        .or_else(|| {
            let (_, track) = state.focus()?;
            let answer = track.prediction.answer.as_ref()?;
            let index = map
                .labels
                .iter()
                .position(|label| *label == answer.phrase)?;
            map.ids.get(index).copied()
        })
        .or_else(|| {
            let (_, track) = state.focus()?;
            let distances = map.map.distances(&track.trail.newest()?.latent);
            let nearest = distances
                .iter()
                .enumerate()
                .min_by(|a, b| a.1.total_cmp(b.1))?;
            map.ids.get(nearest.0).copied()
        })
        .or_else(|| map.ids.first().copied())
}

fn card_of(state: &State, id: u64) -> Vec<f32> {
    let entry = state.phrases.entries().iter().find(|entry| entry.id == id);
    entry.map_or_else(Vec::new, |entry| state.phrases.view(entry).weights)
}

fn phrase_ui(
    ui: &mut Ui,
    state: &State,
    map: &PhraseMap,
    chosen: Option<u64>,
    actions: &mut Vec<Action>,
) {
    let label = |id: u64| {
        let index = map.ids.iter().position(|other| *other == id);
        index.map_or("a phrase", |index| &*map.labels[index])
    };
    let pick = |phrase: Option<u64>| {
        Action::Inspect(Insight {
            phrase,
            ..state.insight
        })
    };
    ui.horizontal(|ui| {
        let name = ui.label(theme::strong("Card of", 13.0));
        let text = chosen.map_or("no phrase", label);
        let automatic = state.insight.phrase.is_none();
        let combo = ComboBox::from_id_salt("card of")
            .width((ui.available_width() - 20.0).clamp(100.0, 300.0))
            .selected_text(text)
            .show_ui(ui, |ui| {
                if ui
                    .selectable_label(automatic, "The answer's, or the nearest")
                    .clicked()
                {
                    actions.push(pick(None));
                }
                for id in &map.ids {
                    let is_it = state.insight.phrase == Some(*id);
                    if ui.selectable_label(is_it, label(*id)).clicked() {
                        actions.push(pick(Some(*id)));
                    }
                }
            });
        combo.response.labelled_by(name.id);
    });
}

fn take_ui(ui: &mut Ui, chosen: Option<u64>, performed: Option<&[f32]>, actions: &mut Vec<Action>) {
    let button = Button::new("Take the card from this performance");
    let ready = chosen.is_some() && performed.is_some();
    let help = "Sets the card to what the model saw in the last action, and marks it as performed; this can be undone";
    if ui.add_enabled(ready, button).on_hover_text(help).clicked()
        && let (Some(id), Some(performed)) = (chosen, performed)
    {
        let weights = performed.iter().map(|weight| taken(*weight)).collect();
        actions.push(Action::Phrase(PhraseEdit::SetCard { id, weights }));
    }
}

/// What is seen or asked for, the strongest first.
fn rows(seen: &[f32], card: &[f32]) -> Vec<Row> {
    let on_card = |attribute: usize| card.get(attribute).copied().unwrap_or(0.0);
    let mut rows: Vec<Row> = seen
        .iter()
        .enumerate()
        .map(|(attribute, seen)| Row {
            attribute,
            seen: *seen,
            card: on_card(attribute),
            open: opposite(attribute)
                .is_some_and(|other| on_card(attribute).max(on_card(other)) < LEAST),
        })
        .filter(|row| row.seen.max(row.card) >= LEAST)
        .collect();
    rows.sort_by(|a, b| b.seen.max(b.card).total_cmp(&a.seen.max(a.card)));
    rows
}

/// Widths of the columns, points: name and card; the time takes what is left.
const NAME: f32 = 148.0;
const CARD: f32 = 52.0;

fn heads_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        let width = ui.available_width();
        ui.allocate_ui(Vec2::new(NAME, 14.0), |ui| {
            ui.set_width(NAME);
            ui.label(theme::quiet(ui, "Attribute"));
        });
        let time = width - NAME - CARD - 3.0 * GAP;
        ui.allocate_ui(Vec2::new(time, 14.0), |ui| {
            ui.set_width(time);
            ui.label(theme::quiet(ui, "seen, last 30 s"));
        });
        ui.label(theme::quiet(ui, "card"));
    });
}

fn row_ui(ui: &mut Ui, row: &Row, trail: &Trail, now: f64, p: &Palette) {
    let Some(attribute) = ATTRIBUTES.get(row.attribute) else {
        return;
    };
    let (more, less) = (
        row.seen - row.card > DIFFERENT && !row.open,
        row.card - row.seen > DIFFERENT,
    );
    let said = if more {
        ", not on the card"
    } else if less {
        ", hardly seen"
    } else if row.open {
        ", left open by the phrase"
    } else {
        ""
    };
    let name = spelled(attribute.name);
    let height = 20.0;
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new(ui.available_width() - 8.0, height),
        Sense::hover(),
    );
    let label = format!(
        "{name}: seen {:.0} %, card {:.0} %{said}",
        row.seen * 100.0,
        row.card * 100.0
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label.clone()));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let ink = if more || less { p.warning } else { p.text };
    let mark = if more {
        "▲ "
    } else if less {
        "▼ "
    } else {
        ""
    };
    painter.text(
        rect.left_center(),
        egui::Align2::LEFT_CENTER,
        format!("{mark}{name}"),
        egui::FontId::proportional(12.0),
        ink,
    );
    let time = Rect::from_min_max(
        rect.min + Vec2::new(NAME + GAP, 0.0),
        rect.max - Vec2::new(CARD + GAP, 0.0),
    );
    painter.rect_filled(time, CornerRadius::same(2), p.card);
    painter.add(bars(trail, row.attribute, now, time, p));
    let level = time.bottom() - time.height() * row.card;
    painter.hline(time.x_range(), level, Stroke::new(1.2, p.unseen));
    let card = Rect::from_min_max(
        egui::pos2(rect.right() - CARD, rect.top() + 5.0),
        rect.max - Vec2::new(0.0, 5.0),
    );
    painter.rect_filled(card, CornerRadius::same(3), p.card);
    let filled = Rect::from_min_size(card.min, Vec2::new(card.width() * row.card, card.height()));
    painter.rect_filled(filled, CornerRadius::same(3), p.unseen);
    response.on_hover_text(format!("{label}\n{}", attribute.help));
}

/// An attribute over time: as one shape, for there are hundreds of bars in each of some forty rows.
fn bars(trail: &Trail, attribute: usize, now: f64, time: Rect, p: &Palette) -> egui::Mesh {
    let width = (time.width() / 200.0).max(1.5);
    let colour = theme::faded(p.accent, 0.85);
    let mut bars = egui::Mesh::default();
    let mut last = f32::NEG_INFINITY;
    for point in trail.points() {
        let Some(weight) = point.motion.get(attribute) else {
            continue;
        };
        let x = time.right() - ((now - point.at) / HISTORY_SECONDS) as f32 * time.width();
        // Closer than half a bar they would only cover each other.
        if x - last < width / 2.0 || x < time.left() {
            continue;
        }
        last = x;
        let top = time.bottom() - time.height() * weight.clamp(0.0, 1.0);
        let bar = Rect::from_min_max(egui::pos2(x - width, top), egui::pos2(x, time.bottom()));
        bars.add_colored_rect(bar.intersect(time), colour);
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::motion::SIDES;

    #[test]
    fn what_is_seen_or_asked_for_is_listed() {
        let listed = rows(&[0.9, 0.05, 0.0, 0.3], &[0.0, 0.0, 1.0]);
        let attributes: Vec<usize> = listed.iter().map(|row| row.attribute).collect();
        assert_eq!(attributes, [2, 0, 3]);
        assert!(listed.iter().all(|row| !row.open));
    }

    #[test]
    fn a_side_is_open_where_the_phrase_says_neither() {
        let [left, right] = [SIDES.start, SIDES.start + 1];
        let mut seen = vec![0.0; ATTRIBUTES.len()];
        seen[right] = 1.0;
        let open = |card: &[f32]| rows(&seen, card).iter().any(|row| row.open);
        let mut card = vec![0.0; ATTRIBUTES.len()];
        assert!(open(&card));
        card[left] = 1.0;
        assert!(!open(&card));
    }
}
