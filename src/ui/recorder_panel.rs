//! The left panel's recording: begin, end, countdown, how large it is and how much room is left.

use crate::ui::action::Action;
use crate::ui::settings::record_folder;
use crate::ui::state::State;
use crate::ui::tape::{Recorder, TapeAction};
use crate::ui::theme::{self, GAP};
use crate::ui::timeline::label_ui;
use egui::{Button, RichText, Ui, Vec2};

/// Everything about recording.
pub(crate) fn recorder_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let tape = &state.tape;
    let mut act = |action| actions.push(Action::Tape(action));
    ui.horizontal(|ui| {
        let half = Vec2::new((ui.available_width() - GAP) / 2.0, 26.0);
        let (verb, help) = match tape.recorder {
            Recorder::Off => ("Record", "Record frames, predictions and phrases (Ctrl+R)"),
            Recorder::Counting(_) => ("Cancel", "End the countdown"),
            Recorder::Starting | Recorder::On => ("Stop recording", "End the recording (Ctrl+R)"),
            Recorder::Ending => ("Ending …", "The file is being ended"),
        };
        let ready = !matches!(tape.recorder, Recorder::Starting | Recorder::Ending);
        let button = ui.add_enabled_ui(ready, |ui| ui.add_sized(half, Button::new(verb)));
        if button.inner.on_hover_text(help).clicked() {
            act(TapeAction::Record);
        }
        if tape.recorder == Recorder::Off {
            let countdown = ui.add_sized(half, Button::new("In 5 seconds"));
            if countdown
                .on_hover_text("Record after a countdown")
                .clicked()
            {
                act(TapeAction::CountDown);
            }
        }
    });
    let warning = theme::palette(ui).warning;
    match tape.recorder {
        Recorder::Counting(until) => {
            let left = (until - state.now).ceil().max(0.0);
            ui.label(theme::strong(
                format!("Recording begins in {left:.0} s"),
                14.0,
            ));
            ui.ctx().request_repaint_after_secs(0.1);
        }
        Recorder::On | Recorder::Ending => {
            let recorded = &tape.recorded;
            let text = format!("● {} · {}", clock(recorded.seconds), size(recorded.bytes));
            ui.horizontal(|ui| {
                ui.label(RichText::new(text).color(warning));
                free_ui(ui, recorded.free_bytes);
            });
            if recorded.dropped > 0 {
                ui.label(theme::quiet(
                    ui,
                    format!("{} frames lost to a slow disk", recorded.dropped),
                ));
            }
        }
        Recorder::Off | Recorder::Starting => {}
    }
    // Where a session plays, its timeline has the same below it.
    if tape.recorder == Recorder::On && tape.session.is_none() {
        segment_ui(ui, state, &mut act);
    }
    if matches!(tape.recorder, Recorder::Off) {
        free_ui(ui, tape.recorded.free_bytes);
    }
    if !tape.recorded.path.as_os_str().is_empty() {
        let path = tape.recorded.path.display().to_string();
        let file = crate::ui::source_name::file_name(&tape.recorded.path);
        ui.add(egui::Label::new(theme::quiet(ui, file)).truncate())
            .on_hover_text(&path);
        let is_there = tape.recorder == Recorder::Off && tape.recorded.bytes > 0;
        if is_there && ui.button("Replay it").clicked() {
            actions.push(Action::OpenSource(format!("replay:{path}")));
        }
    }
    let mut at_start = state.settings.record_at_start;
    let at_start = ui
        .checkbox(&mut at_start, "Record from the start")
        .on_hover_ui(|ui| {
            let folder = record_folder();
            ui.label(format!(
                "Begins a recording in {} whenever the program starts",
                folder.display()
            ));
        })
        .changed()
        .then_some(at_start);
    actions.extend(at_start.map(|at_start| Action::Tape(TapeAction::AtStart(at_start))));
}

/// How much room is left on the disk.
fn free_ui(ui: &mut Ui, free: Option<u64>) {
    if let Some(free) = free {
        ui.label(theme::quiet(ui, format!("{} free", size(free))));
    }
}

/// Marks what is performed while it is recorded.
fn segment_ui(ui: &mut Ui, state: &State, act: &mut impl FnMut(TapeAction)) {
    let begun = state.tape.segment.as_ref();
    ui.add_enabled_ui(begun.is_none(), |ui| {
        let width = ui.available_width();
        label_ui(ui, state, width, act);
    });
    let (text, help) = match begun {
        Some((label, _)) => (format!("End “{label}”"), "It ends here (K)"),
        None => (
            "Begin segment".to_owned(),
            "From here on it is performed, until K or this button is pressed again (K)",
        ),
    };
    let size = Vec2::new(ui.available_width(), 26.0);
    let button = ui.add_sized(size, Button::new(text).truncate());
    if button.on_hover_text(help).clicked() {
        act(TapeAction::Segment);
    }
}

/// `1:05:09` or `5:09`.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes < 1e6 {
        format!("{:.0} kB", bytes * 1e-3)
    } else if bytes < 1e9 {
        format!("{:.1} MB", bytes * 1e-6)
    } else {
        format!("{:.1} GB", bytes * 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(
            (clock(309.9), clock(3909.0)),
            ("5:09".to_owned(), "1:05:09".to_owned())
        );
        assert_eq!(size(12_345), "12 kB");
        assert_eq!(size(12_345_678), "12.3 MB");
        assert_eq!(size(4_200_000_000), "4.2 GB");
    }
}
