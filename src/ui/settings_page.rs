//! The page of all settings, each with its meaning.

use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::settings::{Following, Sides, TEXT_SIZES, ThemeChoice};
use crate::ui::source_panel::decision_ui;
use crate::ui::state::State;
use crate::ui::study_view::switch_ui;
use crate::ui::theme::{self, GAP};
use egui::{Slider, Ui};

/// Everything on the page.
pub(crate) fn settings_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.label("All of this is remembered, and every change can be undone with Ctrl+Z.");
    theme::section(ui, "How answers come about");
    meaning(
        ui,
        "Head: how a performance is compared with phrases. Cosine adds up how alike it is to each phrase's noun, verb and motion, and \
         knows a new phrase at once. Trained fits the paper's classifier to generated latents at each edit.",
    );
    meaning(
        ui,
        "Gate: whether it is an action that the encoder was trained on or one of your phrases. Hard lets one side win whole, soft \
         weighs both, off asks your phrases only.",
    );
    meaning(
        ui,
        "Answer only from: below this smoothed probability the answer is “not sure”. Higher is more careful.",
    );
    decision_ui(ui, state, actions);
    meaning(
        ui,
        "Examples: phrases may carry performances that you marked in a recording. With them on, such a phrase is compared with its \
         examples too; its words count as much as one of them.",
    );
    switch_ui(ui, state, actions);
    theme::section(ui, "How it looks");
    look_ui(ui, state, actions);
    ui.add_space(GAP);
    let reset = ui.button("Put all settings back");
    let help = "As they were when the program was first started; phrases and recent files stay";
    if reset.on_hover_text(help).clicked() {
        actions.push(Action::ResetSettings);
    }
}

fn meaning(ui: &mut Ui, text: &str) {
    ui.add(egui::Label::new(theme::quiet(ui, text)).wrap());
}

fn look_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let settings = &state.settings;
    meaning(
        ui,
        "Colours: for a dark or a bright room. Both are told apart by people who are colour blind.",
    );
    let themes = [
        (ThemeChoice::System, "System", "As the desktop is"),
        (ThemeChoice::Light, "Light", "Dark text on light"),
        (ThemeChoice::Dark, "Dark", "Light text on dark"),
    ];
    if let Some(theme) = chip::segments(ui, "Colours", settings.theme, &themes) {
        actions.push(Action::SetTheme(theme));
    }
    meaning(
        ui,
        "Text size: everything grows with it (Ctrl++ and Ctrl+−).",
    );
    let mut percent = settings.text_size * 100.0;
    let range = TEXT_SIZES.start() * 100.0..=TEXT_SIZES.end() * 100.0;
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
    meaning(
        ui,
        "Sides: a mirror shows the performer's right hand on the right, as visitors expect; a camera shows it on the left.",
    );
    let sides = [
        (Sides::Mirrored, "Mirror", "The right hand is on the right"),
        (Sides::AsSeen, "Camera", "The right hand is on the left"),
    ];
    if let Some(sides) = chip::segments(ui, "Sides", settings.sides, &sides) {
        actions.push(Action::SetSides(sides));
    }
    meaning(
        ui,
        "View: whether the 3D view goes with the bodies or stays where you put it.",
    );
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
}
