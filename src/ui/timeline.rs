//! Below the 3D view while a recording plays: buttons, and the whole session as a strip to seek and mark on.

use crate::live::{FASTEST, Playback, SLOWEST, Transport};
use crate::recording::session::Overview;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::recorder_panel::clock;
use crate::ui::state::State;
use crate::ui::strip::strip_ui;
use crate::ui::study_view::{mark_items_ui, rounds_ui, session_menus_ui};
use crate::ui::tape::TapeAction;
use crate::ui::theme;
use egui::{Button, ComboBox, DragValue, Id, ProgressBar, ScrollArea, Ui};

/// Everything about what plays.
pub(crate) fn timeline_ui(ui: &mut Ui, state: &State, at: &Playback, actions: &mut Vec<Action>) {
    transport_ui(ui, state, at, actions);
    strip_ui(ui, state, at, actions);
    rounds_ui(ui, state, at, actions);
    if state.tape.session.is_some() {
        marks_ui(ui, state, actions);
    }
}

fn transport_ui(ui: &mut Ui, state: &State, at: &Playback, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        let mut go = |transport| actions.push(Action::Tape(TapeAction::Move(transport)));
        let (start, end) = at.range_micros;
        let range = |start, end, looping| Transport::Range {
            start,
            end,
            looping,
        };
        let here = at.position_micros;
        let buttons = [
            ("«", "To the begin", Transport::Seek(start)),
            ("‹", "One frame back", Transport::Step(-1)),
            ("›", "One frame on", Transport::Step(1)),
            (
                "In",
                "Play from here",
                range(here, end.filter(|end| *end > here), at.is_looping),
            ),
            (
                "Out",
                "Play up to here",
                range(start.min(here), Some(here), at.is_looping),
            ),
            ("All", "Play everything", range(0, None, at.is_looping)),
        ];
        for (text, help, transport) in buttons {
            let button = ui.add(Button::new(text));
            chip::named(ui, button.id, help);
            if button.on_hover_text(help).clicked() {
                go(transport);
            }
        }
        let mut looping = at.is_looping;
        if ui
            .checkbox(&mut looping, "Loop")
            .on_hover_text("Begin again at the end")
            .changed()
        {
            go(range(start, end, looping));
        }
        let mut speed = at.speed;
        let value = DragValue::new(&mut speed)
            .range(SLOWEST..=FASTEST)
            .speed(0.02)
            .suffix("×");
        let value = ui.add(value.max_decimals(2));
        chip::named(ui, value.id, "Speed");
        if value
            .on_hover_text("How many times faster than it was captured")
            .changed()
        {
            go(Transport::Speed(speed));
        }
        for speed in [0.25, 1.0, 4.0] {
            if ui
                .selectable_label(at.speed == speed, format!("{speed}×"))
                .clicked()
            {
                go(Transport::Speed(speed));
            }
        }
        let seconds = |micros: u64| micros as f64 * 1e-6;
        let tenth = at.position_micros / 100_000 % 10;
        let place = clock(seconds(at.position_micros));
        ui.label(format!(
            "{place}.{tenth} of {}",
            clock(seconds(at.length_micros))
        ));
    });
    // A line of its own, always as high: what is said there comes and goes, and must not move what is around it.
    ui.horizontal(|ui| {
        ui.set_min_height(ui.spacing().interact_size.y);
        compared_ui(ui, state, at);
    });
}

/// What was answered here when it was recorded, and what is now.
fn compared_ui(ui: &mut Ui, state: &State, at: &Playback) {
    let session = state.tape.session.as_ref();
    let recorded = session.and_then(|session| said(&session.overview, at));
    let recorded = recorded.map(|words| format!("recorded: {words}"));
    let again = said(&state.tape.again, at).map(|words| format!("now: {words}"));
    let half = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
    for words in recorded.into_iter().chain(again) {
        ui.scope(|ui| {
            ui.set_max_width(half);
            ui.add(egui::Label::new(theme::quiet(ui, words)).truncate());
        });
    }
}

/// What was answered at that moment.
pub(crate) fn said(overview: &Overview, at: &Playback) -> Option<String> {
    let moment = overview
        .moments
        .get((at.position_micros / 1_000_000) as usize)?;
    let phrase = overview.phrases.get(moment.answer? as usize)?;
    Some(format!("{phrase} {:.0} %", moment.probability * 100.0))
}

fn marks_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut more = Vec::new();
    let mut act = |action| actions.push(Action::Tape(action));
    ui.horizontal_wrapped(|ui| {
        label_ui(ui, state, 150.0, &mut act);
        let field = crate::ui::draft::Field {
            id: Id::unique("new label"),
            label: "New label",
            hint: "or type a label",
            width: 120.0,
        };
        if let Some(label) = crate::ui::draft::entered(ui, &field) {
            act(TapeAction::Label(label));
        }
        let text = if state.tape.segment.is_some() {
            "End segment"
        } else {
            "Begin segment"
        };
        if ui
            .button(text)
            .on_hover_text("Mark from here, and press again where it ends (K)")
            .clicked()
        {
            act(TapeAction::Segment);
        }
        session_menus_ui(ui, state, &mut more);
        judge_ui(ui, state, &mut act);
        let any = !state.tape.marks.is_empty();
        let save = ui.add_enabled(any, Button::new("Save clips…"));
        if save
            .on_hover_text("The segments as a clip store, to evaluate or to train with")
            .clicked()
        {
            act(TapeAction::SaveClips);
        }
    });
    if !state.tape.marks.is_empty() {
        ui.horizontal(|ui| {
            ScrollArea::horizontal().show(ui, |ui| {
                for index in 0..state.tape.marks.len() {
                    mark_ui(ui, state, index, &mut more);
                }
            })
        });
    }
    actions.append(&mut more);
}

/// A segment: goes there, changes it, or removes it.
fn mark_ui(ui: &mut Ui, state: &State, index: usize, actions: &mut Vec<Action>) {
    let Some(mark) = state.tape.marks.get(index) else {
        return;
    };
    let text = format!("{} {}", clock(mark.start_micros as f64 * 1e-6), mark.label);
    if ui.button(&text).on_hover_text("Go there").clicked() {
        let there = Transport::Seek(mark.start_micros);
        actions.push(Action::Tape(TapeAction::Move(there)));
    }
    change_ui(ui, state, index, &text, actions);
    let remove = ui.small_button("×");
    chip::named(ui, remove.id, format!("Remove {text}"));
    if remove.clicked() {
        actions.push(Action::Tape(TapeAction::Unmark(index)));
    }
}

/// What new segments are called, out of the phrases.
pub(crate) fn label_ui(ui: &mut Ui, state: &State, width: f32, act: &mut impl FnMut(TapeAction)) {
    let mut label = state.label();
    let combo = ComboBox::from_id_salt("label")
        .width(width)
        .truncate()
        .selected_text(&label);
    let shown = combo.show_ui(ui, |ui| {
        for entry in state.phrases.entries() {
            ui.selectable_value(&mut label, entry.text.clone(), &entry.text);
        }
    });
    chip::named(ui, shown.response.id, "Label of new segments");
    if label != state.label() {
        act(TapeAction::Label(label));
    }
}

/// Judges, or says how far that is and leaves it.
fn judge_ui(ui: &mut Ui, state: &State, act: &mut impl FnMut(TapeAction)) {
    let Some((done, of)) = state.tape.judging else {
        let any = !state.tape.marks.is_empty();
        let judge = ui.add_enabled(any, Button::new("Judge"));
        if judge
            .on_hover_text("How well the phrase list names the segments")
            .clicked()
        {
            act(TapeAction::Judge);
        }
        return;
    };
    let share = done as f32 / of.max(1) as f32;
    let bar = ProgressBar::new(share).desired_width(90.0);
    let bar = ui.add(bar.text(format!("{done} of {of}")));
    chip::named(ui, bar.id, format!("Judged {done} of {of}"));
    let stop = ui.button("Stop judging");
    if stop
        .on_hover_text("Predictions go on meanwhile, either way")
        .clicked()
    {
        act(TapeAction::StopJudging);
    }
}

/// Calls a segment something else, a phrase of the list or what is typed, or makes something of it.
fn change_ui(ui: &mut Ui, state: &State, index: usize, text: &str, actions: &mut Vec<Action>) {
    let Some(mark) = state.tape.marks.get(index) else {
        return;
    };
    let menu = ui.menu_button("…", |ui| {
        ui.set_max_width(250.0);
        let mut act = |action| actions.push(Action::Tape(action));
        ui.label(theme::quiet(ui, "Call it"));
        for entry in state.phrases.entries() {
            let same = mark.label == entry.text;
            if ui.selectable_label(same, &entry.text).clicked() {
                act(TapeAction::Relabel(index, entry.text.clone()));
                ui.close();
            }
        }
        let field = crate::ui::draft::Field {
            id: Id::unique(("segment label", index)),
            label: "Label of this segment",
            hint: "another label",
            width: 160.0,
        };
        ui.scope(|ui| {
            // In a menu nothing has an outline, and a field without one is no field to look at.
            let line = theme::palette(ui).quiet;
            ui.visuals_mut().widgets.inactive.bg_stroke = egui::Stroke::new(1.0, line);
            if let Some(label) = crate::ui::draft::committed(ui, &field, &mark.label) {
                act(TapeAction::Relabel(index, label));
                ui.close();
            }
        });
        let help = "Drag it on the timeline to move it, an end of it to change its length.";
        ui.add(egui::Label::new(theme::quiet(ui, help)).wrap());
        ui.separator();
        mark_items_ui(ui, index, actions);
    });
    chip::named(ui, menu.response.id, format!("Change {text}"));
}
