//! The left panel: what plays, which model listens, and how it decides.

use crate::align::Head;
use crate::gate::GateMode;
use crate::recording::export::Format;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::draft::{self, Field};
use crate::ui::files::{ExportJob, Request};
use crate::ui::recorder_panel::recorder_ui;
use crate::ui::settings::ThemeChoice;
use crate::ui::source_name::{recording_of, short_source};
use crate::ui::state::{ClipList, Overlay, Play, State};
use crate::ui::theme::{self, GAP};
use egui::containers::menu::MenuButton;
use egui::{Align, Button, Id, Layout, Margin, RichText, ScrollArea, Slider, Ui, Vec2};
use std::path::Path;

/// Height of one line of the clip list, points.
const CLIP_LINE_HEIGHT: f32 = 22.0;

/// Room for a scroll bar on the right of everything, points: it lies over no button.
pub(crate) const BAR_ROOM: i8 = 8;

/// Everything on the left.
pub(crate) fn source_panel_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let beside_bar = Margin {
        right: BAR_ROOM,
        ..Margin::ZERO
    };
    egui::Panel::bottom("left foot")
        .frame(egui::Frame::NONE.inner_margin(beside_bar))
        .show_separator_line(false)
        .resizable(false)
        .show(ui, |ui| {
            ui.separator();
            foot_ui(ui, state, actions);
        });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - f32::from(BAR_ROOM));
        ui.horizontal(|ui| {
            ui.label(theme::strong("SynSE", 19.0));
            ui.label(
                RichText::new("Live")
                    .size(19.0)
                    .color(theme::palette(ui).accent),
            );
        });
        theme::section(ui, "Source");
        playing_ui(ui, state, actions);
        open_ui(ui, state, actions);
        clips_ui(ui, state, actions);
        recent_ui(ui, state, actions);
        theme::section(ui, "Recording");
        recorder_ui(ui, state, actions);
        theme::section(ui, "Model");
        bundle_ui(ui, state, actions);
        theme::section(ui, "Decision");
        decision_ui(ui, state, actions);
    });
}

fn playing_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let p = theme::palette(ui);
    egui::Frame::new()
        .fill(p.card)
        .corner_radius(8)
        .inner_margin(10)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let (verb, help) = match state.source.play {
                Play::Playing | Play::Opening => ("Pause", "Hold the source (Space)"),
                Play::Paused => ("Resume", "Go on (Space)"),
                Play::Ended => ("Play again", "Play the source from its start (Space)"),
                Play::Nothing => ("Play", "Play the newest source (Space)"),
            };
            let name = if state.source.name.is_empty() {
                "Nothing plays"
            } else {
                &state.source.name
            };
            ui.add(egui::Label::new(theme::strong(short_source(name), 13.0)).truncate())
                .on_hover_text(name);
            let status = match state.source.play {
                _ if state.source.trouble.is_some() => "Waiting for the camera".to_owned(),
                Play::Nothing => "Open a recording or the demo".to_owned(),
                Play::Opening => "Opening …".to_owned(),
                Play::Playing => format!("Playing, {:.0} frames a second", state.source.fps),
                Play::Paused => "Paused".to_owned(),
                Play::Ended => "It came to its end".to_owned(),
            };
            ui.label(theme::quiet(ui, status));
            let size = Vec2::new(ui.available_width(), 26.0);
            let ready = state.source.play != Play::Opening;
            let button = ui.add_enabled_ui(ready, |ui| ui.add_sized(size, Button::new(verb)));
            if button.inner.on_hover_text(help).clicked() {
                actions.push(Action::TogglePlay);
            }
        });
}

fn open_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let half = Vec2::new((ui.available_width() - GAP) / 2.0, 26.0);
        let demo = ui.add_sized(half, Button::new("Demo"));
        if demo.on_hover_text("A performer of the program's own, through a dozen actions").clicked() {
            actions.push(Action::OpenSource("demo".to_owned()));
        }
        let open = ui.add_sized(half, Button::new("Open file…"));
        if open.on_hover_text("A session (.mcap), a clip store (.safetensors) or an NTU .skeleton file (Ctrl+O); also .bvh, .csv, .parquet, .json; files can also be dropped on the window").clicked() {
            actions.push(Action::Ask(Request::PickRecording));
        }
    });
    export_ui(ui, state, actions);
    let size = Vec2::new(ui.available_width(), 26.0);
    let camera = ui.add_sized(size, Button::new("Camera…"));
    if camera
        .on_hover_text("Choose a camera, see how it sees the room, and test it (C)")
        .clicked()
    {
        actions.push(Action::Show(Overlay::Camera));
    }
    let field = Field {
        id: Id::unique("source by name"),
        label: "Source by name",
        hint: "or type: replay:FILE#CLIP",
        width: ui.available_width(),
    };
    if let Some(source) = draft::entered(ui, &field) {
        actions.push(Action::OpenSource(source));
    }
}

/// Exports the recording that plays, in any format.
fn export_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some((path, clip)) = recording_of(&state.source.spec) else {
        return;
    };
    let size = Vec2::new(ui.available_width(), 26.0);
    let button = MenuButton::from_button(Button::new("Export as…"));
    // Its words in the middle, as those of the buttons around it.
    let layout = Layout::centered_and_justified(egui::Direction::TopDown);
    let shown = ui.allocate_ui_with_layout(size, layout, |ui| {
        export_menu_ui(ui, button, &path, clip.as_deref(), actions)
    });
    shown
        .inner
        .on_hover_text("Write the recording that plays in another format, into a folder");
}

/// The formats to choose from.
fn export_menu_ui(
    ui: &mut Ui,
    button: MenuButton<'_>,
    path: &Path,
    clip: Option<&str>,
    actions: &mut Vec<Action>,
) -> egui::Response {
    let (response, _) = button.ui(ui, |ui| {
        for format in Format::ALL {
            if ui.button(format.help()).clicked() {
                let (path, clip) = (path.to_owned(), clip.map(str::to_owned));
                let job = ExportJob {
                    path,
                    clip,
                    format,
                    segments: None,
                };
                actions.push(Action::Ask(Request::PickExportFolder(job)));
                ui.close();
            }
        }
    });
    response
}

fn clips_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(list) = &state.clips else { return };
    let id = Id::unique("clip filter");
    let mut filter = ui
        .data(|data| data.get_temp::<String>(id))
        .unwrap_or_default();
    let store = list
        .path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    ui.label(theme::quiet(
        ui,
        format!("{} clips in {store}", list.clips.len()),
    ));
    let edit = egui::TextEdit::singleline(&mut filter)
        .id(id)
        .hint_text("Find a clip")
        .desired_width(ui.available_width());
    let response = ui.add(edit);
    chip::named(ui, id, "Find a clip");
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, filter.clone()));
    }
    let found = clips_with(list, &filter);
    let frame = egui::Frame::new()
        .fill(theme::palette(ui).card)
        .corner_radius(8)
        .inner_margin(4);
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical()
            .id_salt("clips")
            .max_height(7.0 * CLIP_LINE_HEIGHT)
            .auto_shrink([false, true]);
        area.show_rows(ui, CLIP_LINE_HEIGHT, found.len(), |ui, rows| {
            for line in found.get(rows).unwrap_or_default() {
                let playing = state.source.spec.ends_with(&format!("#{}", line.clip));
                let text = format!("{} · {:.1} s", line.phrase, line.seconds);
                let size = Vec2::new(ui.available_width(), CLIP_LINE_HEIGHT);
                let button = Button::selectable(playing, text).truncate().min_size(size);
                if ui.add(button).on_hover_text(&line.clip).clicked() {
                    actions.push(Action::OpenClip(line.clip.clone()));
                }
            }
        });
        if found.is_empty() {
            ui.label(theme::quiet(ui, "No clip has these words."));
        }
    });
}

fn clips_with<'a>(list: &'a ClipList, words: &str) -> Vec<&'a crate::ui::state::ClipLine> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let holds = |line: &&crate::ui::state::ClipLine| {
        let text = format!("{} {}", line.clip, line.phrase).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    list.clips.iter().filter(holds).collect()
}

fn recent_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let others = state
        .settings
        .recent
        .iter()
        .filter(|source| **source != state.source.spec && *source != "demo");
    let others: Vec<&String> = others
        .take(if state.clips.is_some() { 2 } else { 4 })
        .collect();
    if others.is_empty() {
        return;
    }
    ui.label(theme::quiet(ui, "Recent"));
    for source in others {
        let button = Button::selectable(false, short_source(source)).truncate();
        if ui.add(button).on_hover_text(source).clicked() {
            actions.push(Action::OpenSource(source.clone()));
        }
    }
}

fn bundle_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    match (&state.bundle, &state.bundle_asked) {
        (_, Some(path)) => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(format!(
                    "Loading {}",
                    path.file_name().unwrap_or_default().to_string_lossy()
                ));
            });
        }
        (Some(bundle), None) => {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(theme::quiet(ui, format!("on {}", bundle.device)));
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.add(egui::Label::new(theme::strong(&bundle.name, 13.0)).truncate());
                    });
                });
            });
        }
        (None, None) => {
            ui.label("No model is loaded.");
            ui.label(theme::quiet(
                ui,
                "Bodies are shown, but nothing is recognised.",
            ));
        }
    }
    ui.horizontal(|ui| {
        if let Some(bundle) = &state.bundle {
            let classes = ui.button(format!("{} seen classes", bundle.seen.len()));
            if classes
                .on_hover_text("What the encoder was trained on")
                .clicked()
            {
                actions.push(Action::Show(Overlay::SeenClasses));
            }
        }
        if ui
            .button("Load…")
            .on_hover_text("Load another model bundle, a folder with a bundle.toml")
            .clicked()
        {
            actions.push(Action::Ask(Request::PickBundle));
        }
    });
}

fn decision_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.label(theme::quiet(ui, "Head"));
    head_ui(ui, state, actions);
    ui.label(theme::quiet(ui, "Gate, seen classes or your phrases"));
    gate_ui(ui, state, actions);
    ui.label(theme::quiet(ui, "Answer only from"));
    threshold_ui(ui, state, actions);
}

/// The decision head.
pub(crate) fn head_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let heads = [
        (
            Head::Cosine,
            "Cosine",
            "Similarity to each phrase's place in the latent space; needs no training",
        ),
        (
            Head::Trained,
            "Trained",
            "The paper's classifier, trained anew on generated latents at each edit",
        ),
    ];
    if let Some(head) = chip::segments(ui, "Head", state.settings.head, &heads) {
        actions.push(Action::SetHead(head));
    }
}

/// How the gate is used.
pub(crate) fn gate_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let gates = [
        (
            GateMode::Hard,
            "Hard",
            "Seen classes or your phrases: one side wins whole",
        ),
        (
            GateMode::Soft,
            "Soft",
            "Both sides, each weighted by the gate's probability",
        ),
        (GateMode::Off, "Off", "Your phrases only"),
    ];
    if let Some(gate) = chip::segments(ui, "Gate", state.settings.gate, &gates) {
        actions.push(Action::SetGate(gate));
    }
}

/// From which probability on there is an answer.
pub(crate) fn threshold_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut percent = state.settings.threshold * 100.0;
    ui.spacing_mut().slider_width = (ui.available_width() - 62.0).max(60.0);
    let slider = ui.add(
        Slider::new(&mut percent, 0.0..=100.0)
            .suffix(" %")
            .fixed_decimals(0),
    );
    chip::named(ui, slider.id, "Answer only from");
    if slider
        .on_hover_text("Below this smoothed probability the answer is “not sure”")
        .changed()
    {
        actions.push(Action::SetThreshold(percent / 100.0));
    }
}

fn foot_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let themes = [
        (ThemeChoice::System, "System", "As the desktop is"),
        (ThemeChoice::Light, "Light", "Light theme"),
        (ThemeChoice::Dark, "Dark", "Dark theme"),
    ];
    if let Some(theme) = chip::segments(ui, "Theme", state.settings.theme, &themes) {
        actions.push(Action::SetTheme(theme));
    }
    ui.horizontal(|ui| {
        let half = Vec2::new((ui.available_width() - GAP) / 2.0, 26.0);
        let settings = ui.add_sized(half, Button::new("Settings"));
        if settings
            .on_hover_text("Every setting with its meaning (Ctrl+,)")
            .clicked()
        {
            actions.push(Action::Show(Overlay::Settings));
        }
        let help = ui.add_sized(half, Button::new("Help"));
        if help
            .on_hover_text("Every motion attribute, and every shortcut (F1)")
            .clicked()
        {
            actions.push(Action::Show(Overlay::Help));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::state::ClipLine;

    #[test]
    fn clips_are_found_by_all_their_words() {
        let line = |clip: &str, phrase: &str| ClipLine {
            clip: clip.to_owned(),
            phrase: phrase.to_owned(),
            seconds: 1.0,
        };
        let list = ClipList {
            clips: vec![line("a-1", "raise hand"), line("a-2", "clap hands")],
            ..ClipList::default()
        };
        assert_eq!(clips_with(&list, "HAND raise").len(), 1);
        assert_eq!(clips_with(&list, "").len(), 2);
        assert_eq!(clips_with(&list, "a-2").len(), 1);
        assert!(clips_with(&list, "golf").is_empty());
    }
}
