//! The session as a strip: what was answered along it, its segments; to seek on, to mark and to move segments.

use crate::live::{Playback, Transport};
use crate::recording::session::{Moment, Overview};
use crate::ui::action::Action;
use crate::ui::marks::Mark;
use crate::ui::state::State;
use crate::ui::tape::TapeAction;
use crate::ui::theme::{self, Palette};
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    CornerRadius, CursorIcon, FontId, Id, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Ui,
    Vec2, WidgetInfo,
};

/// Heights of the strip's parts: the ruler, the two lines of answers, the segments.
const RULER: f32 = 16.0;
const ANSWERS: f32 = 12.0;
const MARKS: f32 = 16.0;

/// So near to a segment's begin or end it is that which is dragged, points.
const EDGE: f32 = 5.0;

/// Between a segment's edges and its label, points.
const LABEL_MARGIN: f32 = 3.0;

/// Where there is less room than for a letter and the dots there is no label, points.
const LEAST_LABEL: f32 = 14.0;

/// What a drag on the strip does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drag {
    /// Seeks.
    Seek,
    /// Marks from this moment on, microseconds.
    New(u64),
    /// Moves a segment that was taken so far behind its begin, microseconds.
    Move(usize, u64),
    /// Moves its begin.
    Begin(usize),
    /// Moves its end.
    End(usize),
}

/// The session as a picture on which to seek and mark.
pub(crate) fn strip_ui(ui: &mut Ui, state: &State, at: &Playback, actions: &mut Vec<Action>) {
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
    marks_of(state, &place, &painter, p);
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
    pointer_ui(ui, state, &response, &place, actions);
}

/// The session's segments, each with as much of its label as there is room for before the next one.
fn marks_of(state: &State, place: &Place, painter: &Painter, p: Palette) {
    let marks = &state.tape.marks;
    for (index, mark) in marks.iter().enumerate() {
        let segment = place.of(mark.start_micros, mark.end_micros);
        painter.rect_filled(segment, CornerRadius::same(3), theme::faded(p.accent, 0.45));
        // They stand in the order of their begins.
        let next = marks.get(index + 1);
        let next = next.map_or(f32::INFINITY, |next| place.x(next.start_micros));
        let room = segment.right().min(next) - segment.left() - 2.0 * LABEL_MARGIN;
        if room < LEAST_LABEL {
            continue;
        }
        let font = FontId::proportional(11.0);
        let mut label = LayoutJob::simple_singleline(mark.label.clone(), font, p.text);
        label.wrap = TextWrapping::truncate_at_width(room);
        let label = painter.layout_job(label);
        let left = segment.left_center() + Vec2::new(LABEL_MARGIN, -label.size().y / 2.0);
        painter.galley(left, label, p.text);
    }
}

impl Drag {
    /// What a drag does that begins there: the ruler seeks, a segment is moved, everything else marks a new one.
    fn from(at: Pos2, place: &Place, marks: &[Mark]) -> Self {
        if at.y <= place.rect.top() + RULER {
            return Self::Seek;
        }
        let here = place.micros(at.x);
        // The newest lies above the others.
        let mut around = marks.iter().enumerate().rev();
        let hit = around.find(|(_, mark)| {
            let segment = place.of(mark.start_micros, mark.end_micros);
            segment.expand2(Vec2::new(EDGE, 0.0)).contains(at)
        });
        let Some((index, mark)) = hit else {
            return Self::New(here);
        };
        let segment = place.of(mark.start_micros, mark.end_micros);
        // A segment that is shorter than its edges is moved as a whole.
        let wide = segment.width() > 3.0 * EDGE;
        if wide && (at.x - segment.left()).abs() <= EDGE {
            Self::Begin(index)
        } else if wide && (at.x - segment.right()).abs() <= EDGE {
            Self::End(index)
        } else {
            Self::Move(index, here.saturating_sub(mark.start_micros))
        }
    }

    /// From where to where a segment would go if it was let go here; its index where it is one that is there already.
    fn segment(self, here: u64, length: u64, marks: &[Mark]) -> Option<(Option<usize>, u64, u64)> {
        match self {
            Self::Seek => None,
            Self::New(from) => Some((None, from.min(here), from.max(here))),
            Self::Move(index, grip) => {
                let mark = marks.get(index)?;
                let long = mark.end_micros - mark.start_micros;
                let start = here.saturating_sub(grip).min(length.saturating_sub(long));
                Some((Some(index), start, start + long))
            }
            Self::Begin(index) => {
                let end = marks.get(index)?.end_micros;
                Some((Some(index), here.min(end), end))
            }
            Self::End(index) => {
                let start = marks.get(index)?.start_micros;
                Some((Some(index), start, here.max(start)))
            }
        }
    }
}

/// The ruler seeks; below it a click seeks, a drag marks, and a segment is moved.
fn pointer_ui(
    ui: &Ui,
    state: &State,
    response: &Response,
    place: &Place,
    actions: &mut Vec<Action>,
) {
    let id = Id::unique("timeline drag");
    let marks = &state.tape.marks;
    if let Some(at) = response.hover_pos() {
        let icon = match Drag::from(at, place, marks) {
            Drag::Seek | Drag::New(_) => CursorIcon::Default,
            Drag::Move(..) => CursorIcon::Grab,
            Drag::Begin(_) | Drag::End(_) => CursorIcon::ResizeHorizontal,
        };
        ui.ctx().set_cursor_icon(icon);
    }
    let Some(pointer) = response.interact_pointer_pos() else {
        return;
    };
    let here = place.micros(pointer.x);
    if response.drag_started() {
        let origin = ui
            .input(|input| input.pointer.press_origin())
            .unwrap_or(pointer);
        let drag = Drag::from(origin, place, marks);
        ui.data_mut(|data| data.insert_temp(id, drag));
    }
    let seek = Action::Tape(TapeAction::Move(Transport::Seek(here)));
    if let Some(drag) = ui.data(|data| data.get_temp::<Drag>(id)) {
        match drag.segment(here, place.length, marks) {
            None if response.dragged() => actions.push(seek.clone()),
            Some((_, start, end)) if response.dragged() => {
                let fill = theme::faded(theme::palette(ui).warning, 0.4);
                ui.painter()
                    .rect_filled(place.of(start, end), CornerRadius::same(3), fill);
            }
            Some((index, start, end)) if response.drag_stopped() => {
                actions.push(Action::Tape(match index {
                    Some(index) => TapeAction::Adjust(index, start, end),
                    None => TapeAction::Mark(start, end),
                }));
            }
            _ => {}
        }
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<Drag>(id));
    }
    if response.clicked() {
        actions.push(seek);
    }
}

/// Where and in which colours answers are drawn.
pub(crate) struct Strip<'a> {
    pub(crate) painter: &'a Painter,
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

    /// Where a segment is drawn.
    fn of(&self, start: u64, end: u64) -> Rect {
        self.span(start, end, RULER + 2.0 * ANSWERS, MARKS)
    }

    fn span(&self, start: u64, end: u64, top: f32, height: f32) -> Rect {
        let top = self.rect.top() + top;
        Rect::from_min_max(
            Pos2::new(self.x(start), top),
            Pos2::new(self.x(end).max(self.x(start) + 1.0), top + height),
        )
    }
}
