//! The screen for an audience: the skeleton, one big answer, the three next, and a field for the visitor.

use crate::phrases::{shortened, split_description};
use crate::recognizer::Activity;
use crate::ui::action::Action;
use crate::ui::draft::{self, Field};
use crate::ui::presenting::Presenting;
use crate::ui::stage::{Graphics, scene_ui};
use crate::ui::state::{BodyTrack, State};
use crate::ui::theme::{self, Palette};
use egui::{
    Align, Color32, CornerRadius, FontId, Id, Key, Label, Layout, Rect, RichText, Role, Sense, Ui,
    UiBuilder, Vec2, WidgetInfo,
};

/// Letters of the answer, in hundredths of the screen's height: 6 cm on a screen of half a metre, as is read from five
/// metres and more.
const ANSWER: f32 = 12.0;

/// Letters of the three next.
const NEXT: f32 = 4.4;

/// Letters of the field and of what is asked for.
const FIELD: f32 = 4.2;

/// Between two phrases, of which the second may begin a line.
const BETWEEN: &str = "\u{a0}· ";

/// The visitor's field.
pub(crate) fn visitor_id() -> Id {
    Id::unique("visitor's phrase")
}

/// Everything on the screen.
pub(crate) fn audience_ui(
    ui: &mut Ui,
    state: &State,
    presenting: &Presenting,
    graphics: Graphics,
    actions: &mut Vec<Action>,
) {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Presenting"));
    ui.painter().rect_filled(rect, CornerRadius::ZERO, p.stage);
    let unit = (rect.height() / 100.0).min(rect.width() / 140.0);
    let band = rect.with_min_y(rect.bottom() - 40.0 * unit);
    // The performer stands above what is written.
    let above = rect.with_max_y(band.top() + 4.0 * unit);
    scene_ui(ui, state, graphics, above);
    ui.painter()
        .rect_filled(band, CornerRadius::ZERO, theme::faded(p.panel, 0.94));
    let inner = band.shrink2(Vec2::new(4.0 * unit, 2.5 * unit));
    let left = inner.with_max_x(inner.left() + inner.width() * 0.64);
    let right = inner.with_min_x(left.right() + 3.0 * unit);
    let down = Layout::top_down(Align::Min);
    ui.scope_builder(UiBuilder::new().max_rect(left).layout(down), |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(unit);
        answer_ui(ui, state, presenting, unit, &p);
    });
    ui.scope_builder(UiBuilder::new().max_rect(right).layout(down), |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(unit);
        visitor_ui(ui, state, unit, &p, actions);
    });
    leaving_ui(ui, state, presenting, rect, unit, &p);
}

/// What is said in the biggest letters, and in which colour.
fn headline(state: &State, presenting: &Presenting, p: &Palette) -> (String, Color32) {
    let invited = presenting.invited(state.now);
    let Some((body, track)) = state.focus() else {
        return ("Step in front of the camera".to_owned(), p.quiet);
    };
    let prediction = &track.prediction;
    match (prediction.activity, &prediction.answer, invited) {
        (Activity::Acting, Some(answer), _) => {
            let colour = p.series[state.colour_of(body) % p.series.len()];
            (capitalised(bare(&answer.phrase)), colour)
        }
        (Activity::Acting, None, _) => ("Not sure …".to_owned(), p.quiet),
        (Activity::Idle, _, Some(text)) => (format!("Now show me: {}", bare(text)), p.unseen),
        (Activity::Idle, _, None) => ("Do something!".to_owned(), p.quiet),
    }
}

fn answer_ui(ui: &mut Ui, state: &State, presenting: &Presenting, unit: f32, p: &Palette) {
    let (text, colour) = headline(state, presenting, p);
    let size = theme::fitting(ui, &text, ANSWER * unit);
    let room = Vec2::new(ui.available_width(), ANSWER * unit * 1.25);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(room);
        ui.add(Label::new(theme::strong(text, size).color(colour)).truncate());
    });
    match state.focus() {
        Some((_, track)) if track.prediction.activity == Activity::Acting => {
            next_ui(ui, track, unit, p);
        }
        _ => examples_ui(ui, state, unit, p),
    }
}

/// The three next, each with its probability.
fn next_ui(ui: &mut Ui, track: &BodyTrack, unit: f32, p: &Palette) {
    let prediction = &track.prediction;
    let answer = prediction.answer.as_ref().map(|answer| &answer.phrase);
    let others = prediction
        .smoothed
        .iter()
        .filter(|ranked| Some(&ranked.phrase) != answer);
    for ranked in others.take(3) {
        let height = NEXT * unit;
        let row = Vec2::new(ui.available_width(), height * 1.25);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(row);
            let (bar, _) =
                ui.allocate_exact_size(Vec2::new(26.0 * unit, height * 0.5), Sense::hover());
            let radius = CornerRadius::same((height * 0.25) as u8);
            ui.painter().rect_filled(bar, radius, p.card);
            let share = ranked.probability.clamp(0.0, 1.0);
            let filled = Rect::from_min_size(bar.min, Vec2::new(bar.width() * share, bar.height()));
            ui.painter().rect_filled(filled, radius, p.quiet);
            let share = format!("{:.0} %", ranked.probability * 100.0);
            for text in [share, bare(&ranked.phrase).to_owned()] {
                let text = RichText::new(text).size(height).color(p.text);
                ui.add(Label::new(text).truncate());
            }
        });
    }
}

/// What can be done: the phrases in play, the newest first.
fn examples_ui(ui: &mut Ui, state: &State, unit: f32, p: &Palette) {
    let entries = state.phrases.entries().iter().rev();
    let texts: Vec<String> = entries
        .filter(|entry| entry.enabled)
        .map(|entry| shortened(bare(&entry.text)))
        .take(5)
        .collect();
    if !texts.is_empty() {
        let text = format!("I know: {}", texts.join(BETWEEN));
        ui.add(Label::new(RichText::new(text).size(NEXT * unit).color(p.text)).wrap());
    }
}

fn visitor_ui(ui: &mut Ui, state: &State, unit: f32, p: &Palette, actions: &mut Vec<Action>) {
    let text = RichText::new("Think of an action, type it, do it").size(FIELD * unit * 0.8);
    ui.add(Label::new(text.color(p.text)).wrap());
    ui.scope(|ui| {
        ui.style_mut().override_font_id = Some(FontId::proportional(FIELD * unit));
        let field = Field {
            id: visitor_id(),
            label: "Your action",
            hint: "play the violin",
            width: ui.available_width() - 2.0 * unit,
        };
        // Whoever comes begins to type: there is nothing else here that keys could be meant for.
        if ui.memory(|memory| memory.focused().is_none()) {
            ui.memory_mut(|memory| memory.request_focus(field.id));
        }
        // What somebody has given up is nothing for the next.
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            draft::forget(ui, field.id);
        }
        if let Some(text) = draft::entered(ui, &field) {
            actions.push(Action::Guest(text));
        }
    });
    if let Some((notice, _)) = &state.notice {
        let text = RichText::new(notice)
            .size(FIELD * unit * 0.7)
            .color(p.warning);
        ui.add(Label::new(text).wrap());
    }
}

/// How to leave, in letters for the operator, and how far that has got.
fn leaving_ui(ui: &Ui, state: &State, presenting: &Presenting, rect: Rect, unit: f32, p: &Palette) {
    let share = presenting.leaving(state.now);
    let at = rect.right_top() + Vec2::new(-2.0 * unit, 2.0 * unit);
    let (text, colour) = if share > 0.0 {
        ("Leaving …", p.text)
    } else {
        ("Hold Esc to leave", theme::faded(p.quiet, 0.6))
    };
    let font = FontId::proportional((1.8 * unit).max(10.0));
    let painter = ui.painter();
    let drawn = painter.text(at, egui::Align2::RIGHT_TOP, text, font, colour);
    if share > 0.0 {
        let line = Rect::from_min_size(
            drawn.left_bottom() + Vec2::new(0.0, 3.0),
            Vec2::new(drawn.width() * share, 3.0),
        );
        painter.rect_filled(line, CornerRadius::ZERO, p.accent);
    }
}

/// A phrase without its description, which is for the model.
fn bare(phrase: &str) -> &str {
    split_description(phrase).0
}

fn capitalised(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
