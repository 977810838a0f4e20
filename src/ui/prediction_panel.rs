//! The right panel: the answer, the ranking with the gate's decision, and the last half minute.

use crate::gate::GateMode;
use crate::phrases::motion::ATTRIBUTES;
use crate::recognizer::{Activity, Prediction, Ranked};
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::files::Request;
use crate::ui::followed::Whom;
use crate::ui::history::{CURVES, HISTORY_SECONDS};
use crate::ui::motion_chips::spelled;
use crate::ui::state::{BodyTrack, Overlay, Play, State};
use crate::ui::theme::{self, GAP};
use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui, Vec2};
use egui_plot::{Line, LineStyle, Plot, PlotPoints};

/// Height of one line of the ranking with the space under it, points.
const ROW_HEIGHT: f32 = 38.0;
/// The least height of the plot, points.
const PLOT_HEIGHT: f32 = 92.0;

/// Everything on the right.
pub(crate) fn prediction_panel_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    bodies_ui(ui, state, actions);
    let Some((body, track)) = state.focus() else {
        nobody_ui(ui, state, actions);
        return;
    };
    let bottom = ui.max_rect().bottom();
    // In a window with no room for all of it, or with the greatest text, the rest is scrolled to.
    let area = ScrollArea::vertical().id_salt("predictions");
    area.auto_shrink(false).show(ui, |ui| {
        answer_ui(ui, state, body, &track.prediction);
        if let Some((partner, track)) = state.partner() {
            answer_ui(ui, state, partner, &track.prediction);
        }
        gate_ui(ui, state, &track.prediction);
        movement_ui(ui, &track.prediction, actions);
        ui.add_space(4.0);
        ranking_ui(ui, track, bottom);
        ui.add_space(4.0);
        history_ui(ui, state, track, bottom);
    });
}

/// How much room is left above that height, as if nothing was scrolled.
fn room_above(ui: &Ui, bottom: f32) -> f32 {
    let scrolled = ui.clip_rect().top() - ui.min_rect().top();
    bottom - ui.cursor().top() - scrolled.max(0.0)
}

fn bodies_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let bodies: Vec<u64> = state.present().map(|(id, _)| id).collect();
    if bodies.len() < 2 {
        return;
    }
    let p = theme::palette(ui);
    let focus = state.focus().map(|(id, _)| id);
    ui.horizontal_wrapped(|ui| {
        for (index, id) in bodies.into_iter().enumerate() {
            let colour = p.series[state.colour_of(id) % p.series.len()];
            let text = RichText::new(format!("Body {}", index + 1)).color(colour);
            if ui
                .add(Button::selectable(focus == Some(id), text))
                .on_hover_text("Show this body's predictions (N for the next)")
                .clicked()
            {
                actions.push(Action::ChooseBody(id));
            }
        }
    });
    // One body that was chosen is looked at whoever came first or is nearest.
    let is_chosen = state.chosen_body.is_some() && state.chosen_body == focus;
    let whom = state.settings.whom;
    segments_ui(
        ui,
        (!is_chosen || whom == Whom::Pair).then_some(whom),
        actions,
    );
}

/// Whose predictions are shown when nobody has been chosen.
pub(crate) fn whom_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    segments_ui(ui, Some(state.settings.whom), actions);
}

fn segments_ui(ui: &mut Ui, whom: Option<Whom>, actions: &mut Vec<Action>) {
    let ways = [
        (Whom::First, "First", "Who has been in view for longest"),
        (Whom::Nearest, "Nearest", "Who is nearest to the camera"),
        (Whom::Pair, "Pair", "The two nearest, side by side"),
    ];
    if let Some(whom) = chip::segments(ui, "Look at", whom, &ways) {
        actions.push(Action::Follow(whom));
    }
}

fn nobody_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let (title, hint) = match (&state.bundle, state.source.play) {
        (None, _) if state.bundle_asked.is_some() => {
            ("Loading the model …", "Predictions begin when it is there.")
        }
        (None, _) => (
            "No model",
            "Load a model bundle to have actions recognised.",
        ),
        (_, Play::Nothing) => ("No source", "Start the demo or open a recording."),
        (_, Play::Opening) => ("Opening …", "Predictions begin with the first frames."),
        (_, Play::Paused)
            if state
                .frame
                .as_ref()
                .is_some_and(|frame| !frame.bodies.is_empty()) =>
        {
            (
                "Not answered here",
                "Somebody is in view, and what is paused is not answered anew. Go on from here with Space.",
            )
        }
        (_, Play::Ended) => ("The recording has ended", "Play it again with Space."),
        (_, Play::Playing | Play::Paused) => (
            "Nobody in view",
            "Predictions begin when somebody is seen for a moment.",
        ),
    };
    ui.label(theme::strong(title, 22.0));
    ui.label(RichText::new(hint).color(theme::palette(ui).quiet));
    if state.bundle.is_none() && state.bundle_asked.is_none() {
        ui.add_space(GAP);
        if ui.button("Load a model…").clicked() {
            actions.push(Action::Ask(Request::PickBundle));
        }
    }
}

fn answer_ui(ui: &mut Ui, state: &State, body: u64, prediction: &Prediction) {
    let p = theme::palette(ui);
    let colour = p.series[state.colour_of(body) % p.series.len()];
    let (text, ink, state_word) = match (&prediction.activity, &prediction.answer) {
        (Activity::Idle, _) => ("Standing still".to_owned(), p.quiet, "idle"),
        (Activity::Acting, Some(answer)) => (capitalised(&answer.phrase), p.text, "acting"),
        (Activity::Acting, None) => ("Not sure".to_owned(), p.warning, "acting"),
    };
    let probability = prediction
        .answer
        .as_ref()
        .filter(|_| prediction.activity == Activity::Acting)
        .map(|a| a.probability);
    ui.horizontal(|ui| {
        let (dot, _) = ui.allocate_exact_size(Vec2::splat(10.0), egui::Sense::hover());
        ui.painter().circle_filled(
            dot.center(),
            4.5,
            if prediction.activity == Activity::Acting {
                colour
            } else {
                p.quiet
            },
        );
        let explained = match (prediction.activity, probability) {
            (Activity::Idle, _) => "idle: nothing is happening".to_owned(),
            (Activity::Acting, None) => format!(
                "{state_word}, but no phrase reaches {:.0} %",
                state.settings.threshold * 100.0
            ),
            (Activity::Acting, Some(_)) => state_word.to_owned(),
        };
        ui.label(theme::quiet(ui, explained));
    });
    ui.horizontal(|ui| {
        let width = ui.available_width() - if probability.is_some() { 80.0 } else { 0.0 };
        ui.allocate_ui_with_layout(
            Vec2::new(width, 32.0),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(width);
                let size = theme::fitting(ui, &text, 25.0);
                ui.add(Label::new(theme::strong(&text, size).color(ink)).truncate())
                    .on_hover_text(&text);
            },
        );
        if let Some(probability) = probability {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::strong(percent(probability), 25.0).color(colour));
            });
        }
    });
}

fn gate_ui(ui: &mut Ui, state: &State, prediction: &Prediction) {
    let p = theme::palette(ui);
    let p_seen = prediction.p_seen.clamp(0.0, 1.0);
    let words = match state.settings.gate {
        GateMode::Off => "off: your phrases only",
        GateMode::Soft => "soft: both sides take part",
        GateMode::Hard if p_seen >= 0.5 => "a class it was trained on",
        GateMode::Hard => "one of your phrases",
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new("Gate").small().color(p.text));
        // The share first, so that the words end before it.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(theme::quiet(ui, format!("seen {}", percent(p_seen))));
            ui.add_space(GAP);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(theme::quiet(ui, words)).truncate());
            });
        });
    });
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), 5.0), egui::Sense::hover());
    let split = rect.left() + rect.width() * p_seen;
    let (seen, unseen) = (rect.with_max_x(split), rect.with_min_x(split));
    let strength = if state.settings.gate == GateMode::Off {
        0.35
    } else {
        0.9
    };
    ui.painter()
        .rect_filled(seen, 2, theme::faded(p.accent, strength));
    ui.painter()
        .rect_filled(unseen, 2, theme::faded(p.unseen, strength));
    response.on_hover_text("How sure the gate is that this is a seen class (left) rather than one of your phrases (right)");
}

/// What the model makes out of the movement, in the words of a motion card.
fn movement_ui(ui: &mut Ui, prediction: &Prediction, actions: &mut Vec<Action>) {
    let mut seen: Vec<(&str, f32)> = ATTRIBUTES
        .iter()
        .map(|a| a.name)
        .zip(prediction.motion.iter().copied())
        .collect();
    if seen.is_empty() {
        return;
    }
    seen.sort_by(|a, b| b.1.total_cmp(&a.1));
    seen.truncate(8);
    let words = |shown: &[(&str, f32)]| {
        shown
            .iter()
            .map(|(name, _)| spelled(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let all: Vec<String> = seen
        .iter()
        .map(|(name, weight)| format!("{}: {}", spelled(name), percent(*weight)))
        .collect();
    ui.horizontal(|ui| {
        ui.label(RichText::new("Sees").small().color(theme::palette(ui).text));
        let sure: Vec<(&str, f32)> = seen
            .iter()
            .copied()
            .filter(|(_, weight)| *weight >= 0.5)
            .collect();
        let text = if sure.is_empty() {
            "nothing in particular".to_owned()
        } else {
            words(&sure)
        };
        // The button first, so that the words end before it.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let why = ui.add(Button::new("Why?").small());
            let help = "The latent map, what the model sees, and how alike the phrases are (E)";
            if why.on_hover_text(help).clicked() {
                actions.push(Action::Show(Overlay::Insight));
            }
            ui.add_space(GAP);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = ui.add(Label::new(theme::quiet(ui, text)).truncate());
                label.on_hover_text(format!(
                    "What the model makes out of the movement\n{}",
                    all.join("\n")
                ));
            });
        });
    });
}

fn ranking_ui(ui: &mut Ui, track: &BodyTrack, bottom: f32) {
    let p = theme::palette(ui);
    let room = room_above(ui, bottom) - PLOT_HEIGHT - 50.0;
    let rows = ((room / ROW_HEIGHT).floor() as usize).clamp(2, 8);
    ui.horizontal(|ui| {
        ui.label(theme::strong("Predictions", 13.0));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hint = theme::quiet(ui, "bar smoothed, line this moment");
            ui.add(Label::new(hint).truncate());
        });
    });
    for ranked in track.prediction.smoothed.iter().take(rows) {
        let raw = track
            .prediction
            .ranking
            .iter()
            .find(|r| r.phrase == ranked.phrase)
            .map_or(0.0, |r| r.probability);
        let colour = track
            .history
            .slot(&ranked.phrase)
            .map_or(p.quiet, |slot| p.series[slot % CURVES]);
        row_ui(ui, ranked, raw, colour);
    }
}

fn row_ui(ui: &mut Ui, ranked: &Ranked, raw: f32, colour: egui::Color32) {
    let p = theme::palette(ui);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            let width = ui.available_width() - 148.0;
            ui.allocate_ui_with_layout(
                Vec2::new(width, 18.0),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(width);
                    ui.add(Label::new(&*ranked.phrase).truncate())
                        .on_hover_text(&*ranked.phrase);
                },
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(theme::strong(percent(ranked.probability), 13.0))
                    .on_hover_text("Smoothed over the action so far");
                ui.label(theme::quiet(ui, percent(raw)))
                    .on_hover_text("This moment alone");
                let (word, ink, help) = if ranked.seen {
                    ("SEEN", p.accent, "The encoder was trained on this class")
                } else {
                    (
                        "UNSEEN",
                        p.unseen,
                        "Nothing was trained on this phrase: it is known by its words and motion",
                    )
                };
                chip::badge(ui, word, ink).on_hover_text(help);
            });
        });
        let bar = chip::probability_bar(ui, ranked.probability, raw, colour, 7.0);
        bar.on_hover_text(format!(
            "{}: {} smoothed, {} this moment",
            ranked.phrase,
            percent(ranked.probability),
            percent(raw)
        ));
        ui.add_space(1.0);
    });
}

/// A plot that is lower says nothing, points.
const LEAST_PLOT: f32 = 72.0;

/// Half of the word below the history's right edge, points.
const NOW_ROOM: f32 = 12.0;

fn history_ui(ui: &mut Ui, state: &State, track: &BodyTrack, bottom: f32) {
    let p = theme::palette(ui);
    ui.label(theme::strong("Last 30 seconds", 13.0));
    let height = room_above(ui, bottom).max(LEAST_PLOT);
    if let Some(font) = ui.style_mut().text_styles.get_mut(&egui::TextStyle::Body) {
        font.size = 10.5;
    }
    let width = (ui.available_width() - NOW_ROOM).max(60.0);
    let plot = Plot::new("history")
        .height(height)
        .width(width)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .grid_color(theme::faded(p.quiet, 0.45))
        .show_crosshair(false)
        .default_x_bounds(-HISTORY_SECONDS, 0.0)
        .default_y_bounds(0.0, 1.02)
        .x_axis_formatter(|mark, _| moment(mark.value))
        .y_axis_formatter(|mark, _| level(mark.value))
        .x_grid_spacer(|_| marks([-30.0, -20.0, -10.0, 0.0], 10.0))
        .y_grid_spacer(|_| marks([0.0, 0.5, 1.0], 0.5))
        .label_formatter(|_| None);
    let threshold = f64::from(state.settings.threshold);
    let curves = track.history.curves(state.played);
    let response = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(-HISTORY_SECONDS..=0.0);
        plot.set_plot_bounds_y(0.0..=1.02);
        let limit = Line::new(
            "threshold",
            PlotPoints::from(vec![[-HISTORY_SECONDS, threshold], [0.0, threshold]]),
        );
        plot.line(
            limit
                .color(theme::faded(p.quiet, 0.8))
                .width(1.0)
                .style(LineStyle::dashed_loose())
                .allow_hover(false),
        );
        for curve in curves {
            let line = Line::new(curve.phrase.to_string(), PlotPoints::from(curve.points));
            plot.line(line.color(p.series[curve.slot % CURVES]).width(1.8));
        }
    });
    let label = "Smoothed probabilities over the last 30 seconds; dashed: the threshold";
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, label));
}

/// A moment on the time axis; the oldest would stand in the corner of both axes and is left out.
fn moment(seconds: f64) -> String {
    match seconds {
        s if s > -0.5 => "now".to_owned(),
        s if s < 0.5 - HISTORY_SECONDS => String::new(),
        s => format!("{:.0} s ago", -s),
    }
}

/// A level on the axis of probability; nothing at 0, for the same reason.
fn level(probability: f64) -> String {
    if probability < 0.01 {
        String::new()
    } else {
        format!("{:.0} %", probability * 100.0)
    }
}

fn marks<const N: usize>(values: [f64; N], step_size: f64) -> Vec<egui_plot::GridMark> {
    values
        .map(|value| egui_plot::GridMark { value, step_size })
        .to_vec()
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

fn capitalised(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
