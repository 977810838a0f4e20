//! The line at the very bottom: rates, latency, dropped frames, device; above it, problems until they are dismissed.

use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::state::{Play, Problem, State};
use crate::ui::theme;
use egui::{Align, Layout, RichText, Ui};

/// Room that must be left of the line for the latency's parts, points.
const SPLIT_WIDTH: f32 = 640.0;

/// Problems, each with a button that takes it off the screen.
pub(crate) fn problems_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let p = theme::palette(ui);
    let fill = theme::mixed(p.panel, p.warning, 0.14);
    let frame = egui::Frame::new()
        .fill(fill)
        .inner_margin(egui::Margin::symmetric(12, 6));
    for (index, problem) in state.problems.iter().enumerate() {
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                let mark = RichText::new("!").font(egui::FontId::new(14.0, theme::strong_family()));
                ui.label(mark.color(p.warning));
                let right_to_left = Layout::right_to_left(Align::Center);
                ui.with_layout(right_to_left, |ui| problem_ui(ui, index, problem, actions));
            });
        });
    }
}

/// One problem, from its right end.
fn problem_ui(ui: &mut Ui, index: usize, problem: &Problem, actions: &mut Vec<Action>) {
    let dismiss = ui.button("Dismiss");
    let label = format!("Dismiss {}", problem.text);
    chip::named(ui, dismiss.id, label);
    if dismiss.clicked() {
        actions.push(Action::Dismiss(index));
    }
    if problem.times > 1 {
        ui.label(theme::quiet(ui, format!("{} times", problem.times)));
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add(egui::Label::new(&problem.text).wrap());
    });
}

/// The status line.
pub(crate) fn status_bar_ui(ui: &mut Ui, state: &State) {
    let s = &state.stats;
    let running = state.source.play == Play::Playing;
    let rate = |hz: f32| {
        if running {
            format!("{hz:.0} Hz")
        } else {
            "–".to_owned()
        }
    };
    let millis = |ms: f32| {
        if running && s.inference_hz > 0.0 {
            format!("{ms:.0} ms")
        } else {
            "–".to_owned()
        }
    };
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        value(
            ui,
            "Capture",
            &rate(s.capture_hz),
            "Frames that come from the source",
        );
        value(ui, "Inference", &rate(s.inference_hz), "Predictions made");
        value(
            ui,
            "Screen",
            &format!("{:.0} Hz", state.render_hz),
            "Pictures drawn",
        );
        let latency = format!(
            "{} / {}",
            millis(s.latency_median_millis),
            millis(s.latency_p95_millis)
        );
        value(ui, "Latency", &latency, &delays_in_words(state));
        if running && s.inference_hz > 0.0 && ui.available_width() > SPLIT_WIDTH {
            ui.label(theme::quiet(ui, split(state)))
                .on_hover_text(delays_in_words(state));
            ui.add_space(10.0);
        }
        let dropped = s.dropped();
        value(ui, "Dropped", &dropped.to_string(), &drops_in_words(state));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let device = state
                .bundle
                .as_ref()
                .map_or("no model", |bundle| bundle.device.as_str());
            ui.add(egui::Label::new(theme::quiet(ui, device)).truncate())
                .on_hover_text("Where inference runs");
            if let Some(trouble) = &state.source.trouble {
                let words = RichText::new(trouble)
                    .small()
                    .color(theme::palette(ui).warning);
                ui.add(egui::Label::new(words).truncate())
                    .on_hover_text(trouble);
            } else if let Some((notice, _)) = &state.notice {
                ui.add(
                    egui::Label::new(
                        RichText::new(notice)
                            .small()
                            .color(theme::palette(ui).accent),
                    )
                    .truncate(),
                );
            }
        });
    });
}

/// The latency's parts in a line, milliseconds.
fn split(state: &State) -> String {
    let delays = state.stats.delays;
    let tracker = delays
        .tracker_millis
        .map_or_else(|| "–".to_owned(), |millis| format!("{millis:.0}"));
    format!(
        "camera {tracker} + queue {:.0} + window {:.0} + inference {:.0} + display {:.0}",
        delays.queue_millis, delays.window_millis, delays.inference_millis, state.display_millis
    )
}

/// Where the time goes, a line for each stage.
fn delays_in_words(state: &State) -> String {
    let delays = state.stats.delays;
    let tracker = delays.tracker_millis.map_or_else(
        || "camera and tracker: the source does not tell".to_owned(),
        |millis| format!("camera and tracker: {millis:.0} ms"),
    );
    format!(
        "From a frame's capture to its prediction: median and 95th percentile of the last second\n{tracker}\n\
         queue: {:.1} ms\nwindow: {:.1} ms\ninference: {:.1} ms\ndisplay: {:.1} ms",
        delays.queue_millis, delays.window_millis, delays.inference_millis, state.display_millis
    )
}

/// Where frames were dropped.
fn drops_in_words(state: &State) -> String {
    let s = &state.stats;
    format!(
        "Frames dropped since the start, where they were dropped\ncamera and tracker: {}\ncamera's process to this one: \
         {}\ninference had no time: {}",
        s.dropped_by_tracker, s.dropped_on_link, s.dropped_frames
    )
}

fn value(ui: &mut Ui, name: &str, value: &str, help: &str) {
    let p = theme::palette(ui);
    ui.label(theme::quiet(ui, name)).on_hover_text(help);
    ui.label(RichText::new(value).small().color(p.text))
        .on_hover_text(help);
    ui.add_space(10.0);
}
