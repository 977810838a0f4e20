//! Below the 3D view while a recording plays: buttons, and the whole session as a strip to seek and mark on.

use crate::live::{FASTEST, Playback, SLOWEST, Transport};
use crate::recording::session::{Moment, Overview};
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::recorder_panel::clock;
use crate::ui::state::State;
use crate::ui::study_view::{mark_menu_ui, rounds_ui, session_menus_ui};
use crate::ui::tape::TapeAction;
use crate::ui::theme::{self, Palette};
use egui::{
    Align2, Button, ComboBox, CornerRadius, DragValue, FontId, Id, Pos2, Rect, Response, Role,
    ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

/// Heights of the strip's parts: the ruler, the two lines of answers, the segments.
const RULER: f32 = 16.0;
const ANSWERS: f32 = 12.0;
const MARKS: f32 = 16.0;

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
        compared_ui(ui, state, at);
    });
}

/// What was answered here when it was recorded, and what is now.
fn compared_ui(ui: &mut Ui, state: &State, at: &Playback) {
    let session = state.tape.session.as_ref();
    if let Some(recorded) = session.and_then(|session| said(&session.overview, at)) {
        ui.label(theme::quiet(ui, format!("recorded: {recorded}")));
    }
    if let Some(again) = said(&state.tape.again, at) {
        ui.label(theme::quiet(ui, format!("now: {again}")));
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

/// The session as a picture on which to seek and mark.
fn strip_ui(ui: &mut Ui, state: &State, at: &Playback, actions: &mut Vec<Action>) {
    let size = Vec2::new(ui.available_width(), RULER + 2.0 * ANSWERS + MARKS);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let name = format!("Timeline, {} marked", state.tape.marks.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, name.clone()));
    let p = theme::palette(ui);
    let place = Place {
        rect,
        length: at.length_micros.max(1),
    };
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(4), p.card);
    // One answer has one colour, recorded and now.
    let recorded = state.tape.session.as_ref().map(|session| &session.overview);
    let answers = Strip::answers(recorded.into_iter().chain([&state.tape.again]));
    let strip = Strip {
        painter: &painter,
        place: &place,
        answers: &answers,
    };
    if let Some(session) = &state.tape.session {
        strip.density(&session.overview, RULER, p);
        for (_, micros) in &session.moments {
            painter.vline(
                place.x(*micros),
                rect.y_range(),
                Stroke::new(1.0, p.warning),
            );
        }
    }
    strip.density(&state.tape.again, RULER + ANSWERS, p);
    for mark in &state.tape.marks {
        let segment = place.span(
            mark.start_micros,
            mark.end_micros,
            RULER + 2.0 * ANSWERS,
            MARKS,
        );
        painter.rect_filled(segment, CornerRadius::same(3), theme::faded(p.accent, 0.45));
        let font = FontId::proportional(11.0);
        let within = painter.with_clip_rect(segment);
        within.text(
            segment.left_center() + Vec2::new(3.0, 0.0),
            Align2::LEFT_CENTER,
            &mark.label,
            font,
            p.text,
        );
    }
    let (start, end) = at.range_micros;
    if (start, end) != (0, None) {
        let inside = place.span(start, end.unwrap_or(at.length_micros), 0.0, RULER);
        painter.rect_filled(inside, CornerRadius::ZERO, theme::faded(p.accent, 0.2));
    }
    painter.vline(
        place.x(at.position_micros),
        rect.y_range(),
        Stroke::new(2.0, p.text),
    );
    pointer_ui(ui, &response, &place, p, actions);
}

/// The ruler seeks; below it a click seeks and a drag marks.
fn pointer_ui(ui: &Ui, response: &Response, place: &Place, p: Palette, actions: &mut Vec<Action>) {
    let id = Id::unique("timeline drag");
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    let here = place.micros(pointer.x);
    if response.drag_started() {
        let origin = ui
            .input(|input| input.pointer.press_origin())
            .unwrap_or(pointer);
        let marks = origin.y > place.rect.top() + RULER;
        ui.data_mut(|data| data.insert_temp(id, (place.micros(origin.x), marks)));
    }
    let drag = ui.data(|data| data.get_temp::<(u64, bool)>(id));
    match drag {
        Some((from, true)) if response.dragged() => {
            let span = place.span(from.min(here), from.max(here), RULER + 2.0 * ANSWERS, MARKS);
            ui.painter()
                .rect_filled(span, CornerRadius::same(3), theme::faded(p.warning, 0.4));
        }
        Some((from, true)) if response.drag_stopped() => {
            actions.push(Action::Tape(TapeAction::Mark(
                from.min(here),
                from.max(here),
            )));
        }
        Some((_, false)) if response.dragged() => {
            actions.push(Action::Tape(TapeAction::Move(Transport::Seek(here))));
        }
        _ => {}
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<(u64, bool)>(id));
    }
    if response.clicked() {
        actions.push(Action::Tape(TapeAction::Move(Transport::Seek(here))));
    }
}

fn marks_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut more = Vec::new();
    let mut act = |action| actions.push(Action::Tape(action));
    ui.horizontal_wrapped(|ui| {
        let mut label = state.label();
        let combo = ComboBox::from_id_salt("label")
            .width(150.0)
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
        let any = !state.tape.marks.is_empty();
        ui.add_enabled_ui(any, |ui| {
            if ui
                .button("Judge")
                .on_hover_text("How well the phrase list names the segments")
                .clicked()
            {
                act(TapeAction::Judge);
            }
            if ui
                .button("Save clips…")
                .on_hover_text("The segments as a clip store, to evaluate or to train with")
                .clicked()
            {
                act(TapeAction::SaveClips);
            }
        });
    });
    if !state.tape.marks.is_empty() {
        ui.horizontal(|ui| {
            ScrollArea::horizontal().show(ui, |ui| {
                for (index, mark) in state.tape.marks.iter().enumerate() {
                    let text = format!("{} {}", clock(mark.start_micros as f64 * 1e-6), mark.label);
                    if ui.button(&text).on_hover_text("Go there").clicked() {
                        act(TapeAction::Move(Transport::Seek(mark.start_micros)));
                    }
                    mark_menu_ui(ui, index, &text, &mut more);
                    let remove = ui.small_button("×");
                    chip::named(ui, remove.id, format!("Remove {text}"));
                    if remove.clicked() {
                        act(TapeAction::Unmark(index));
                    }
                }
            })
        });
    }
    actions.append(&mut more);
}

/// Where and in which colours answers are drawn.
pub(crate) struct Strip<'a> {
    pub(crate) painter: &'a egui::Painter,
    pub(crate) place: &'a Place,
    /// Every answer; its place is its colour's.
    pub(crate) answers: &'a [&'a str],
}

impl Strip<'_> {
    /// Every answer of some overviews, once.
    pub(crate) fn answers<'b>(overviews: impl Iterator<Item = &'b Overview>) -> Vec<&'b str> {
        let mut answers: Vec<&str> = Vec::new();
        for phrase in overviews.flat_map(|overview| &overview.phrases) {
            if !answers.contains(&phrase.as_str()) {
                answers.push(phrase);
            }
        }
        answers
    }

    /// A line of one colour per answer, as high as it was sure; grey where somebody only was there.
    pub(crate) fn density(&self, overview: &Overview, top: f32, p: Palette) {
        for (second, moment) in overview.moments.iter().enumerate() {
            let start = second as u64 * 1_000_000;
            let (height, colour) = self.look(moment, overview, p);
            if height > 0.0 {
                let span = self.place.span(
                    start,
                    start + 1_000_000,
                    top + ANSWERS * (1.0 - height),
                    ANSWERS * height,
                );
                self.painter.rect_filled(span, CornerRadius::ZERO, colour);
            }
        }
    }

    fn look(&self, moment: &Moment, overview: &Overview, p: Palette) -> (f32, egui::Color32) {
        let answer = moment
            .answer
            .and_then(|answer| overview.phrases.get(answer as usize))
            .and_then(|phrase| self.answers.iter().position(|known| known == phrase));
        match answer {
            Some(answer) => (
                moment.probability.clamp(0.2, 1.0),
                p.series[answer % p.series.len()],
            ),
            None if moment.acting => (0.4, theme::faded(p.quiet, 0.6)),
            None if moment.bodies > 0 => (0.15, theme::faded(p.quiet, 0.35)),
            None => (0.0, p.quiet),
        }
    }
}

/// Where moments lie on the strip.
pub(crate) struct Place {
    pub(crate) rect: Rect,
    pub(crate) length: u64,
}

impl Place {
    pub(crate) fn x(&self, micros: u64) -> f32 {
        self.rect.left() + (micros as f64 / self.length as f64) as f32 * self.rect.width()
    }

    pub(crate) fn micros(&self, x: f32) -> u64 {
        let share = (x - self.rect.left()) / self.rect.width().max(1.0);
        (f64::from(share.clamp(0.0, 1.0)) * self.length as f64) as u64
    }

    fn span(&self, start: u64, end: u64, top: f32, height: f32) -> Rect {
        let top = self.rect.top() + top;
        Rect::from_min_max(
            Pos2::new(self.x(start), top),
            Pos2::new(self.x(end).max(self.x(start) + 1.0), top + height),
        )
    }
}
