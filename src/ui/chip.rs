//! Small painted controls: chips filled by weight, bars, badges and switches of a few values.

use crate::ui::theme::{self, Palette};
use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo,
};

const CHIP_HEIGHT: f32 = 20.0;
const CHIP_MARGIN: f32 = 7.0;

/// How sure a chip's weight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// Known.
    Known,
    /// Guessed: its outline is dashed.
    Guess,
}

/// A chip filled from the left by `weight`; a click asks for the next weight.
pub(crate) fn weight_chip(ui: &mut Ui, name: &str, weight: f32, certainty: Certainty) -> Response {
    let p = theme::palette(ui);
    let font = FontId::proportional(11.5);
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, p.text);
    let size = Vec2::new(galley.size().x + 2.0 * CHIP_MARGIN, CHIP_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let radius = CornerRadius::same(10);
        let hovered = response.hovered() || response.has_focus();
        painter.rect_filled(
            rect,
            radius,
            if hovered {
                theme::mixed(p.card, p.text, 0.10)
            } else {
                p.card
            },
        );
        let filled = Rect::from_min_max(
            rect.min,
            egui::pos2(
                rect.left() + rect.width() * weight.clamp(0.0, 1.0),
                rect.bottom(),
            ),
        );
        painter
            .with_clip_rect(filled.intersect(ui.clip_rect()))
            .rect_filled(rect, radius, theme::mixed(p.card, p.accent, 0.34));
        let outline = Stroke::new(
            1.0,
            if hovered {
                p.accent
            } else {
                theme::mixed(p.card, p.accent, 0.5)
            },
        );
        match certainty {
            Certainty::Known => {
                painter.rect_stroke(rect, radius, outline, StrokeKind::Inside);
            }
            Certainty::Guess => dashed_outline(ui, rect, Stroke::new(1.0, p.unseen)),
        }
        ui.painter()
            .galley(rect.center() - galley.size() / 2.0, galley, p.text);
    }
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("{name} {:.0} %", weight * 100.0),
        )
    });
    response
}

fn dashed_outline(ui: &Ui, rect: Rect, stroke: Stroke) {
    let rect = rect.shrink(0.5);
    let radius = rect.height() / 2.0;
    let arc = |centre: egui::Pos2, from: f32| {
        (0..=8_u8).map(move |i| {
            centre + radius * Vec2::angled(from + std::f32::consts::PI * f32::from(i) / 8.0)
        })
    };
    let quarter = std::f32::consts::FRAC_PI_2;
    let mut outline: Vec<egui::Pos2> =
        arc(egui::pos2(rect.right() - radius, rect.center().y), -quarter).collect();
    outline.extend(arc(
        egui::pos2(rect.left() + radius, rect.center().y),
        quarter,
    ));
    outline.extend(outline.first().copied());
    ui.painter()
        .extend(egui::Shape::dashed_line(&outline, stroke, 3.0, 2.5));
}

/// A bar of probability: the fill is the smoothed value, the upright line the raw one.
pub(crate) fn probability_bar(
    ui: &mut Ui,
    smoothed: f32,
    raw: f32,
    colour: Color32,
    height: f32,
) -> Response {
    let p = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let painter = ui.painter();
    let radius = CornerRadius::same((height / 2.0) as u8);
    painter.rect_filled(rect, radius, p.card);
    let filled = Rect::from_min_size(
        rect.min,
        Vec2::new(rect.width() * smoothed.clamp(0.0, 1.0), height),
    );
    if filled.width() >= 1.0 {
        painter
            .with_clip_rect(
                filled
                    .expand2(Vec2::new(0.0, 1.0))
                    .intersect(ui.clip_rect()),
            )
            .rect_filled(rect, radius, colour);
    }
    let x = rect.left() + rect.width() * raw.clamp(0.0, 1.0);
    painter.vline(
        x.clamp(rect.left() + 1.0, rect.right() - 1.0),
        rect.expand(2.0).y_range(),
        Stroke::new(2.0, p.text),
    );
    response
}

/// A short word on a tinted ground.
pub(crate) fn badge(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let p = theme::palette(ui);
    let galley = ui.painter().layout_no_wrap(
        text.to_owned(),
        FontId::new(10.0, theme::strong_family()),
        colour,
    );
    let size = galley.size() + Vec2::new(10.0, 4.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(
        rect,
        CornerRadius::same(4),
        theme::mixed(p.panel, colour, 0.16),
    );
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, colour);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// A row of values of which one is chosen, or none, as wide as the panel. Returns the value clicked.
pub(crate) fn segments<T: Copy + PartialEq>(
    ui: &mut Ui,
    label: &str,
    chosen: impl Into<Option<T>>,
    values: &[(T, &str, &str)],
) -> Option<T> {
    let chosen = chosen.into();
    let p = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), 26.0);
    let (frame, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(
        frame,
        CornerRadius::same(7),
        p.card,
        Stroke::new(1.0, p.line),
        StrokeKind::Inside,
    );
    let width = frame.width() / values.len().max(1) as f32;
    let mut clicked = None;
    for (index, (value, name, help)) in values.iter().enumerate() {
        let min = frame.min + Vec2::new(width * index as f32, 0.0);
        let rect = Rect::from_min_size(min, Vec2::new(width, frame.height())).shrink(2.0);
        let response = ui.interact(rect, ui.scope_id().with((label, *name)), Sense::click());
        segment(ui, rect, &response, name, Some(*value) == chosen, &p);
        response.widget_info(|| {
            WidgetInfo::selected(
                Role::RadioButton,
                true,
                Some(*value) == chosen,
                format!("{label}: {name}"),
            )
        });
        if response.on_hover_text(*help).clicked() {
            clicked = Some(*value);
        }
    }
    clicked
}

fn segment(ui: &Ui, rect: Rect, response: &Response, name: &str, chosen: bool, p: &Palette) {
    let painter = ui.painter();
    if chosen {
        painter.rect_filled(
            rect,
            CornerRadius::same(5),
            theme::mixed(p.card, p.accent, 0.30),
        );
    } else if response.hovered() {
        painter.rect_filled(
            rect,
            CornerRadius::same(5),
            theme::mixed(p.card, p.text, 0.07),
        );
    }
    if response.has_focus() {
        painter.rect_stroke(
            rect,
            CornerRadius::same(5),
            Stroke::new(1.0, p.accent),
            StrokeKind::Inside,
        );
    }
    let colour = if chosen { p.text } else { p.quiet };
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        name,
        FontId::proportional(12.5),
        colour,
    );
}

/// Gives a control the name that screen readers read out, where its face has none.
pub(crate) fn named(ui: &Ui, id: egui::Id, name: impl Into<String>) {
    let name = name.into();
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_label(name.as_str()));
}
