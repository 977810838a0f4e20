//! The windows over the others: help, and the classes that the encoder was trained on.

use crate::phrases::motion::ATTRIBUTES;
use crate::ui::action::Action;
use crate::ui::camera_panel::camera_panel_ui;
use crate::ui::motion_chips::spelled;
use crate::ui::settings_page::settings_ui;
use crate::ui::state::{Overlay, State};
use crate::ui::theme;
use crate::ui::welcome::welcome_ui;
use egui::{Align2, Context, Id, RichText, ScrollArea, Ui, Vec2};

/// The width of the names in the help's lists, points.
const NAMES: f32 = 160.0;

/// Every shortcut, and what it does.
pub(crate) const SHORTCUTS: &[(&str, &str)] = &[
    ("Space", "Pause, go on, play again"),
    ("/", "Type a new phrase"),
    (
        "Ctrl+Z, Ctrl+Shift+Z",
        "Undo and redo edits of phrases, settings and segments",
    ),
    ("Ctrl+O", "Open a recording"),
    ("Ctrl+B", "Load a model bundle"),
    ("Ctrl+L, Ctrl+S", "Load and save the phrase list"),
    ("Ctrl+R", "Record, or end the recording"),
    ("K", "Begin a segment, and end it"),
    (", and .", "A recording: one frame back, one on"),
    ("← and →", "A recording: five seconds back, five on"),
    ("D", "Play the demo"),
    ("N", "Show the next body's predictions"),
    ("E", "What the model sees: map, motion, similarity"),
    ("R", "Reset the 3D view"),
    ("F", "Follow the bodies, or stay"),
    ("C", "Set up the camera: who is tracked, distance, tilt"),
    ("M", "Mirror the 3D view"),
    ("+ and −", "Zoom the 3D view"),
    ("Ctrl++, Ctrl+−, Ctrl+0", "Greater, smaller, usual text"),
    ("Ctrl+,", "Settings"),
    ("F11", "Present to an audience; hold Esc to come back"),
    ("T", "Light or dark"),
    ("F1", "This help"),
    ("Esc", "Close what is open"),
];

/// The window that is open, if one is.
pub(crate) fn overlay_ui(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    let title = match state.overlay {
        Overlay::Nothing | Overlay::Insight => return,
        Overlay::Help => "Help",
        Overlay::SeenClasses => "Seen classes",
        Overlay::Camera => "Camera",
        Overlay::Welcome => "Welcome",
        Overlay::Settings => "Settings",
    };
    let mut open = true;
    let room = ctx.content_rect().size();
    let size = Vec2::new(760.0, 560.0).min(room - Vec2::splat(80.0));
    let window = egui::Window::new(title)
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .fixed_size(size);
    window
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .show(ctx, |ui| {
            let mut area = ScrollArea::vertical().auto_shrink(false);
            if just_opened(ctx, title) {
                // What it says first is what it was opened for.
                area = area.vertical_scroll_offset(0.0);
            }
            area.show(ui, |ui| content_ui(ui, state, actions));
        });
    if !open {
        actions.push(Action::Show(Overlay::Nothing));
    }
}

/// Whether a window is shown that was not shown a moment ago.
fn just_opened(ctx: &Context, title: &str) -> bool {
    let now = ctx.cumulative_frame_nr();
    let shown = Id::unique(("shown in frame", title));
    let before = ctx.data_mut(|data| {
        let before = data.get_temp::<u64>(shown);
        data.insert_temp(shown, now);
        before
    });
    before.is_none_or(|before| before + 1 < now)
}

fn content_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    // The scroll bar lies over the right end.
    ui.set_max_width(ui.available_width() - 20.0);
    match state.overlay {
        Overlay::Nothing | Overlay::Insight => {}
        Overlay::Help => help_ui(ui),
        Overlay::SeenClasses => seen_classes_ui(ui, state),
        Overlay::Camera => camera_panel_ui(ui, state, actions),
        Overlay::Welcome => welcome_ui(ui, state, actions),
        Overlay::Settings => settings_ui(ui, state, actions),
    }
}

fn help_ui(ui: &mut Ui) {
    ui.label(
        "Type an action and press Enter: the program reads its verb and its noun, works out how a body would move, and lets it \
         compete with the classes that the encoder was trained on. Nothing is trained for it.",
    );
    ui.label("Words after a dash describe the movement: swat a fly - one arm, fast, sideways, at head height.");
    theme::section(ui, "Predictions");
    ui.label(
        "SEEN is a class of the encoder, UNSEEN is a phrase of yours. The gate weighs the two sides. Bars are smoothed over the \
         action so far, the upright line is this moment alone. Below the threshold the answer is “not sure”; without movement \
         it is “standing still”.",
    );
    theme::section(ui, "The 3D view");
    ui.label("Click on a body to see its predictions. Drag to orbit, drag with the right button to pan, scroll to zoom. Hollow joints and dashed bones were guessed by the sensor.");
    theme::section(ui, "What the model sees");
    ui.label(
        "The map shows the latent space in two dimensions: each phrase's cloud of generated latents, and the performers moving through \
         it. Beside it are the motion attributes that the model reads off the performer, over time, next to a phrase's card: where \
         they differ, the card can be mended, or taken from the performance.",
    );
    theme::section(ui, "Presenting");
    ui.label(
        "Fills the screen for an audience. Visitors may type phrases, which leave the list after five minutes; nothing of yours can be \
         changed from there. The source starts again by itself. Hold Esc for two seconds to come back.",
    );
    theme::section(ui, "Shortcuts");
    pairs_ui(
        ui,
        SHORTCUTS
            .iter()
            .map(|(keys, what)| ((*keys).to_owned(), (*what).to_owned())),
    );
    theme::section(ui, "Motion attributes");
    ui.label(theme::quiet(ui, "A chip's fill is the attribute's weight. A click changes it, a right-click takes it off. Dashed chips are a guess."));
    pairs_ui(
        ui,
        ATTRIBUTES
            .iter()
            .map(|a| (spelled(a.name), a.help.to_owned())),
    );
}

/// Two columns, every other row on a ground of its own.
fn pairs_ui(ui: &mut Ui, pairs: impl Iterator<Item = (String, String)>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, (left, right)) in pairs.enumerate() {
            pair_ui(ui, index, left, right);
        }
    });
}

fn pair_ui(ui: &mut Ui, index: usize, left: String, right: String) {
    let ground = if index % 2 == 1 {
        ui.visuals().faint_bg_color
    } else {
        egui::Color32::TRANSPARENT
    };
    let row = egui::Frame::new()
        .fill(ground)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(6, 4));
    row.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            let down = egui::Layout::top_down(egui::Align::Min);
            ui.allocate_ui_with_layout(Vec2::new(NAMES, 16.0), down, |ui| {
                ui.set_width(NAMES);
                ui.add(egui::Label::new(theme::strong(left, 12.5)).wrap());
            });
            ui.vertical(|ui| ui.add(egui::Label::new(right).wrap()));
        });
    });
}

fn seen_classes_ui(ui: &mut Ui, state: &State) {
    let Some(bundle) = &state.bundle else {
        ui.label("No model is loaded.");
        return;
    };
    ui.label(RichText::new(format!(
        "{} was trained on these {} actions.",
        bundle.name,
        bundle.seen.len()
    )));
    ui.add_space(theme::GAP);
    ui.columns(3, |columns| {
        let rows = bundle.seen.len().div_ceil(3).max(1);
        for (column, classes) in columns.iter_mut().zip(bundle.seen.chunks(rows)) {
            for class in classes {
                column.label(class);
            }
        }
    });
}
