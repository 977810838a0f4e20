//! A phrase's motion card as chips: a click changes a weight, a menu adds an attribute.

use crate::phrases::PhraseEntry;
use crate::phrases::motion::{ATTRIBUTES, MotionSource};
use crate::ui::action::Action;
use crate::ui::chip::{self, Certainty};
use crate::ui::phrase_book::PhraseView;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::study_view::examples_ui;
use crate::ui::theme;
use egui::{Button, Id, ScrollArea, TextEdit, Ui, Vec2};

/// Weights below this are not shown.
const LEAST_SHOWN: f32 = 0.05;

/// Above and below the menu's list at least, with the field in which one searches it, points.
const MENU_MARGIN: f32 = 40.0;

/// The chips of one phrase.
pub(crate) fn motion_chips_ui(
    ui: &mut Ui,
    entry: &PhraseEntry,
    view: &PhraseView,
    actions: &mut Vec<Action>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(4.0, 4.0);
        // In front: in a narrow window the chips take many lines, of which the last are out of sight.
        add_ui(ui, entry, view, actions);
        examples_ui(ui, entry, actions);
        let certainty = if view.source == Some(MotionSource::Guess) {
            Certainty::Guess
        } else {
            Certainty::Known
        };
        if certainty == Certainty::Guess {
            let p = theme::palette(ui);
            chip::badge(ui, "GUESS", p.unseen).on_hover_text(
                "No word of this phrase is in the lexicon: this is how its nearest entries move",
            );
        }
        if view.source == Some(MotionSource::Performance) {
            let p = theme::palette(ui);
            chip::badge(ui, "PERFORMED", p.accent).on_hover_text(
                "This card was taken from a performance: it is what the model saw. A click on a chip makes it your own",
            );
        }
        if view.source.is_none() {
            ui.label(theme::quiet(ui, "not read yet"));
        } else if shown(&view.weights).is_empty() {
            ui.label(theme::quiet(ui, "nothing known: add what the body does"));
        }
        for (index, weight) in shown(&view.weights) {
            let Some(attribute) = ATTRIBUTES.get(index) else {
                continue;
            };
            let response = chip::weight_chip(ui, &spelled(attribute.name), weight, certainty);
            let help = format!(
                "{}\n{:.0} %: click for more or less, right-click to take it off",
                attribute.help,
                weight * 100.0
            );
            let response = response.on_hover_text(help);
            let next = if response.clicked() {
                Some(next_weight(weight))
            } else {
                response.secondary_clicked().then_some(0.0)
            };
            if let Some(weight) = next {
                actions.push(Action::Phrase(PhraseEdit::SetWeight {
                    id: entry.id,
                    attribute: index,
                    weight,
                }));
            }
        }
    });
}

fn add_ui(ui: &mut Ui, entry: &PhraseEntry, view: &PhraseView, actions: &mut Vec<Action>) {
    let button = Button::new("+")
        .min_size(Vec2::new(24.0, 20.0))
        .corner_radius(10);
    let config = egui::containers::menu::MenuConfig::new()
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| menu_ui(ui, entry, view, actions));
    chip::named(ui, response.id, format!("Add motion to {}", entry.text));
    response.on_hover_text("Add what the body does");
}

/// Every attribute that has the words that are typed; a click puts it on or takes it off.
fn menu_ui(ui: &mut Ui, entry: &PhraseEntry, view: &PhraseView, actions: &mut Vec<Action>) {
    let id = Id::unique("attribute filter");
    let mut filter = ui
        .data(|data| data.get_temp::<String>(id))
        .unwrap_or_default();
    let edit = TextEdit::singleline(&mut filter)
        .id(id)
        .hint_text("Find an attribute")
        .desired_width(240.0);
    if ui.add(edit).changed() {
        ui.data_mut(|data| data.insert_temp(id, filter.clone()));
    }
    let filter = filter.to_lowercase();
    let found = ATTRIBUTES
        .iter()
        .enumerate()
        .filter(|(_, attribute)| spelled(attribute.name).contains(&filter));
    let room = ui.ctx().content_rect().height() - 2.0 * MENU_MARGIN;
    let list = ScrollArea::vertical().max_height(room.clamp(100.0, 300.0));
    list.show(ui, |ui| {
        ui.set_width(260.0);
        for (index, attribute) in found {
            let set = view
                .weights
                .get(index)
                .is_some_and(|weight| *weight >= LEAST_SHOWN);
            let size = Vec2::new(ui.available_width(), 22.0);
            let button = Button::selectable(set, spelled(attribute.name)).min_size(size);
            if ui.add(button).on_hover_text(attribute.help).clicked() {
                let weight = if set { 0.0 } else { 1.0 };
                actions.push(Action::Phrase(PhraseEdit::SetWeight {
                    id: entry.id,
                    attribute: index,
                    weight,
                }));
            }
        }
    });
}

/// The attributes to show with their weights, always in the same order so that no chip jumps from under the pointer.
fn shown(weights: &[f32]) -> Vec<(usize, f32)> {
    weights
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, weight)| *weight >= LEAST_SHOWN)
        .collect()
}

/// A click goes from full to half to a quarter to none.
fn next_weight(weight: f32) -> f32 {
    match weight {
        w if w > 0.75 => 0.5,
        w if w > 0.25 => 0.25,
        w if w > 0.1 => 0.0,
        _ => 1.0,
    }
}

/// An attribute's name as it is read.
pub(crate) fn spelled(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicking_goes_round_every_weight_and_off() {
        let mut weight = 1.0;
        let mut seen = vec![weight];
        while weight > 0.0 {
            weight = next_weight(weight);
            seen.push(weight);
            assert!(seen.len() < 10);
        }
        assert_eq!(seen, [1.0, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn faint_weights_are_not_shown() {
        assert_eq!(shown(&[0.0, 0.9, 0.04, 0.3]), [(1, 0.9), (3, 0.3)]);
    }
}
