//! The page of all settings, each with its meaning.

use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::prediction_panel::whom_ui;
use crate::ui::settings::{Following, Settings, Sides, TEXT_SIZES, ThemeChoice, record_folder};
use crate::ui::source_panel::{gate_ui, head_ui, threshold_ui};
use crate::ui::state::{Overlay, State};
use crate::ui::study_view::switch_ui;
use crate::ui::tape::TapeAction;
use crate::ui::theme::{self, GAP};
use egui::{Slider, Ui, Vec2};

/// Everything on the page.
pub(crate) fn settings_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.add(
        egui::Label::new(
            "All of this is remembered. Every change on this page can be undone with Ctrl+Z, in the order of all edits. Where the 3D \
             view is seen from (drag, scroll) is no edit: R puts it back.",
        )
        .wrap(),
    );
    theme::section(ui, "How answers come about");
    answers_ui(ui, state, actions);
    theme::section(ui, "Who is looked at");
    people_ui(ui, state, actions);
    theme::section(ui, "How it looks");
    look_ui(ui, state, actions);
    theme::section(ui, "What is kept");
    kept_ui(ui, state, actions);
    ui.add_space(2.0 * GAP);
    let reset = ui.button("Put all settings back");
    let help = "As they were when the program was first started; phrases and recent files stay";
    if reset.on_hover_text(help).clicked() {
        actions.push(Action::ResetSettings);
    }
}

/// A setting: its name, its control, and what it means.
fn setting(ui: &mut Ui, name: &str, meaning: &str, control: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    let name_width = (width * 0.2).clamp(96.0, 130.0);
    ui.horizontal_top(|ui| {
        let down = egui::Layout::top_down(egui::Align::Min);
        ui.allocate_ui_with_layout(Vec2::new(name_width, 26.0), down, |ui| {
            ui.set_width(name_width);
            ui.add_space(4.0);
            ui.label(theme::strong(name, 13.0));
        });
        ui.vertical(|ui| {
            control(ui);
            ui.add(egui::Label::new(theme::quiet(ui, meaning)).wrap());
        });
    });
    ui.add_space(GAP / 2.0);
}

fn answers_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    setting(
        ui,
        "Head",
        "How a performance is compared with phrases. Cosine adds up how alike it is to each phrase's noun, verb and motion, and knows \
         a new phrase at once. Trained fits the paper's classifier to generated examples at each edit.",
        |ui| head_ui(ui, state, actions),
    );
    setting(
        ui,
        "Gate",
        "Whether it is an action that the model was trained on or one of your phrases. Hard lets one side win whole, soft weighs \
         both, off asks your phrases only.",
        |ui| gate_ui(ui, state, actions),
    );
    setting(
        ui,
        "Answer only from",
        "With less probability than this the answer is “not sure”. Higher is more careful.",
        |ui| threshold_ui(ui, state, actions),
    );
    setting(
        ui,
        "Examples",
        "Phrases may carry performances that you marked in a recording. With them on, such a phrase is compared with its examples \
         too; its words count as much as one of them.",
        |ui| switch_ui(ui, state, actions),
    );
}

fn people_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    setting(
        ui,
        "Look at",
        "Whose predictions are shown where several people are in view. A click on a body shows that one until it leaves.",
        |ui| whom_ui(ui, state, actions),
    );
    let mut levelled = state.settings.levelled;
    setting(
        ui,
        "Level",
        "Where the camera tells how it hangs, bodies are turned as if it hung upright. Off shows and recognises them as it sees them.",
        |ui| {
            if ui.checkbox(&mut levelled, "Turn bodies upright").changed() {
                actions.push(Action::SetLevelled(levelled));
            }
        },
    );
}

fn look_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let settings = &state.settings;
    setting(
        ui,
        "Colours",
        "For a dark or a bright room. Who is colour blind tells both apart.",
        |ui| {
            let themes = [
                (ThemeChoice::System, "System", "As the desktop is"),
                (ThemeChoice::Light, "Light", "Dark text on light"),
                (ThemeChoice::Dark, "Dark", "Light text on dark"),
            ];
            if let Some(theme) = chip::segments(ui, "Colours", settings.theme, &themes) {
                actions.push(Action::SetTheme(theme));
            }
        },
    );
    setting(
        ui,
        "Text size",
        "Everything grows with it, as far as the window has room (Ctrl++ and Ctrl+−).",
        |ui| text_size_ui(ui, settings, actions),
    );
    setting(
        ui,
        "Sides",
        "A mirror shows the performer's right hand on the right, as visitors expect; a camera shows it on the left.",
        |ui| {
            let sides = [
                (Sides::Mirrored, "Mirror", "The right hand is on the right"),
                (Sides::AsSeen, "Camera", "The right hand is on the left"),
            ];
            if let Some(sides) = chip::segments(ui, "Sides", settings.sides, &sides) {
                actions.push(Action::SetSides(sides));
            }
        },
    );
    setting(
        ui,
        "View",
        "Whether the 3D view goes with the bodies or stays where you put it. Moving it aside by hand makes it stay.",
        |ui| {
            let views = [
                (
                    Following::Bodies,
                    "Follows",
                    "Keeps the bodies in the middle",
                ),
                (Following::Nothing, "Stays", "Stays where you put it"),
            ];
            if let Some(following) = chip::segments(ui, "View", settings.following, &views) {
                actions.push(Action::SetFollowing(following));
            }
        },
    );
}

fn text_size_ui(ui: &mut Ui, settings: &Settings, actions: &mut Vec<Action>) {
    let mut percent = settings.text_size * 100.0;
    let range = TEXT_SIZES.start() * 100.0..=TEXT_SIZES.end() * 100.0;
    ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
    let slider = Slider::new(&mut percent, range)
        .suffix(" %")
        .step_by(10.0)
        .fixed_decimals(0);
    let slider = ui.add(slider);
    chip::named(ui, slider.id, "Text size");
    // While it is dragged the slider would run away from the pointer.
    if slider.drag_stopped() || (slider.changed() && !slider.dragged()) {
        actions.push(Action::SetTextSize(percent / 100.0));
    }
}

fn kept_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let settings = &state.settings;
    let mut at_start = settings.record_at_start;
    let meaning = format!(
        "Whether a recording begins whenever the program starts. Recordings go to {}.",
        record_folder().display()
    );
    setting(ui, "Recording", &meaning, |ui| {
        if ui
            .checkbox(&mut at_start, "Record from the start")
            .changed()
        {
            actions.push(Action::Tape(TapeAction::AtStart(at_start)));
        }
    });
    let recent = format!(
        "Remembered for the menus: {} and {}. The files themselves stay.",
        count(settings.recent.len(), "source"),
        count(settings.recent_lists.len(), "phrase list")
    );
    setting(ui, "Recent files", &recent, |ui| {
        let any = !settings.recent.is_empty() || !settings.recent_lists.is_empty();
        let forget = ui.add_enabled(any, egui::Button::new("Forget them"));
        if forget.clicked() {
            actions.push(Action::ForgetRecent);
        }
    });
    setting(
        ui,
        "Cameras",
        "Where the makers' software for cameras lies is chosen in the camera's window and kept for all programs of this user. The \
         model is chosen at each start (Load…, or --bundle).",
        |ui| {
            if ui.button("Camera…").clicked() {
                actions.push(Action::Show(Overlay::Camera));
            }
        },
    );
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
