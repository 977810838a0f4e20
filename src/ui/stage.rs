//! The 3D view in the middle: the picture, the pointer on it, and buttons.

use crate::skeleton::{BONES, Body, Frame, Joint};
use crate::ui::action::Action;
use crate::ui::camera::sided;
use crate::ui::name_tags::name_tags_ui;
use crate::ui::scene::{Scene, SceneStyle};
use crate::ui::settings::{Following, Sides};
use crate::ui::stage_renderer::StageCallback;
use crate::ui::state::{Overlay, Play, State};
use crate::ui::theme::{self, GAP};
use egui::{
    Align2, Button, CornerRadius, FontId, PointerButton, Pos2, Rect, Response, Role, Sense, Ui,
    UiBuilder, Vec2, WidgetInfo,
};
use glam::{Mat4, Vec3};

/// A click farther than this from a body is none on it, points.
const CLICK_POINTS: f32 = 30.0;

/// Whether pictures can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Graphics {
    /// The renderer is there.
    Ready,
    /// There is no graphics device for 3D.
    Missing,
}

/// Everything in the middle.
pub(crate) fn stage_ui(ui: &mut Ui, state: &State, graphics: Graphics, actions: &mut Vec<Action>) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, describe(state)));
    pointer_ui(ui, &response, actions);
    let p = theme::palette(ui);
    ui.painter().rect_filled(rect, CornerRadius::ZERO, p.stage);
    if let (Some(place), Some(frame)) = (response.interact_pointer_pos(), &state.frame)
        && response.clicked()
    {
        let view = state.camera.clip_from_camera(aspect(rect));
        let at = |joint: [f32; 3]| on_screen(rect, view, sided(joint, state.settings.sides));
        actions.extend(body_at(frame, place, at).map(Action::ChooseBody));
    }
    let shown = scene_ui(ui, state, graphics, rect);
    if shown == Some(Shown::Nobody) {
        empty_ui(ui, state, rect);
    }
    buttons_ui(ui, state, rect, actions);
    if shown.is_some() {
        hint_ui(ui, rect);
    }
}

/// Who is in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Somebody.
    Bodies,
    /// Nobody.
    Nobody,
}

/// The bodies with their tags; `None` where no picture can be drawn, which is said.
pub(crate) fn scene_ui(ui: &Ui, state: &State, graphics: Graphics, rect: Rect) -> Option<Shown> {
    let p = theme::palette(ui);
    let style = SceneStyle {
        sides: state.settings.sides,
        floor: state.camera.floor_height(),
        palette: p,
    };
    let scene = state.frame.as_ref().map_or_else(Scene::default, |f| {
        Scene::from_frame(f, &style, |id| state.colour_of(id))
    });
    let tags = scene.tags.clone();
    let empty = scene.tags.is_empty();
    match graphics {
        Graphics::Ready => {
            let callback = StageCallback::new(
                scene,
                state,
                rect,
                ui.ctx().pixels_per_point(),
                ui.visuals().dark_mode,
            );
            ui.painter()
                .add(egui_wgpu::Callback::new_paint_callback(rect, callback));
        }
        Graphics::Missing => {
            message(
                ui,
                rect,
                "No graphics device",
                "The skeleton cannot be drawn without one; predictions go on.",
            );
            return None;
        }
    }
    let view = state.camera.clip_from_camera(aspect(rect));
    let places: Vec<(u64, Pos2)> = tags
        .into_iter()
        .filter_map(|(id, place)| Some((id, on_screen(rect, view, place)?)))
        .collect();
    name_tags_ui(ui, state, rect, &places);
    Some(if empty { Shown::Nobody } else { Shown::Bodies })
}

fn pointer_ui(ui: &Ui, response: &Response, actions: &mut Vec<Action>) {
    let delta = response.drag_delta();
    let height = response.rect.height().max(1.0);
    let shifted = ui.input(|input| input.modifiers.shift);
    if response.dragged_by(PointerButton::Primary) && !shifted {
        actions.push(Action::Orbit(-delta.x * 0.008, delta.y * 0.008));
    } else if response.dragged() {
        actions.push(Action::Pan(-delta.x / height, delta.y / height));
    }
    if response.hovered() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (scroll * 0.0025).exp() * pinch;
        if (factor - 1.0).abs() > 1e-4 {
            actions.push(Action::Zoom(factor));
        }
    }
    if response.double_clicked() {
        actions.push(Action::ResetView);
    }
}

fn describe(state: &State) -> String {
    let bodies = state.frame.as_ref().map_or(0, |frame| frame.bodies.len());
    let count = match bodies {
        0 => "nobody".to_owned(),
        1 => "one body".to_owned(),
        n => format!("{n} bodies"),
    };
    format!("3D view: {count}")
}

fn aspect(rect: Rect) -> f32 {
    rect.width().max(1.0) / rect.height().max(1.0)
}

/// Where a point is drawn; `None` of one behind the eye.
fn on_screen(rect: Rect, clip_from_scene: Mat4, place: Vec3) -> Option<Pos2> {
    let clip = clip_from_scene * place.extend(1.0);
    (clip.w > 0.0).then(|| {
        Pos2::new(
            rect.center().x + clip.x / clip.w * rect.width() / 2.0,
            rect.center().y - clip.y / clip.w * rect.height() / 2.0,
        )
    })
}

/// The body nearest to a point of the screen, if one is near; `at` says where a joint is drawn.
fn body_at(frame: &Frame, point: Pos2, at: impl Fn([f32; 3]) -> Option<Pos2>) -> Option<u64> {
    let distance = |body: &Body| {
        // Between two joints there is a bone to be hit, too.
        let joint = |joint: Joint| at(body.joint(joint));
        let ends = BONES
            .iter()
            .filter_map(|&(a, b)| Some((joint(a)?, joint(b)?)));
        ends.flat_map(|(a, b)| [a, a.lerp(b, 0.5), b])
            .map(|place| place.distance(point))
            .min_by(f32::total_cmp)
    };
    let whole = frame.bodies.iter().filter(|body| body.is_finite());
    let near = whole.filter_map(|body| Some((distance(body)?, body.id)));
    near.filter(|(distance, _)| *distance < CLICK_POINTS)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, id)| id)
}

fn empty_ui(ui: &Ui, state: &State, rect: Rect) {
    let (title, hint) = match state.source.play {
        Play::Nothing => (
            "Nothing plays",
            "Start the demo on the left, or drop a recording here.",
        ),
        Play::Opening => ("Opening …", ""),
        Play::Playing => (
            "Nobody in view",
            "Step in front of the camera, two to four metres away.",
        ),
        Play::Paused => ("Paused", "Press Space to go on."),
        Play::Ended => ("The end", "Press Space to play it again."),
    };
    message(ui, rect, title, hint);
}

fn message(ui: &Ui, rect: Rect, title: &str, hint: &str) {
    let p = theme::palette(ui);
    let at = rect.center() - Vec2::new(0.0, rect.height() * 0.12);
    let painter = ui.painter().with_clip_rect(rect);
    painter.text(
        at,
        Align2::CENTER_BOTTOM,
        title,
        FontId::new(20.0, theme::strong_family()),
        p.text,
    );
    painter.text(
        at + Vec2::new(0.0, 6.0),
        Align2::CENTER_TOP,
        hint,
        FontId::proportional(13.0),
        p.quiet,
    );
}

fn buttons_ui(ui: &mut Ui, state: &State, rect: Rect, actions: &mut Vec<Action>) {
    let area = Rect::from_min_max(
        rect.min + Vec2::splat(10.0),
        Pos2::new(rect.right() - 10.0, rect.top() + 38.0),
    );
    // Where there is no room for all in one line, the last stand below the first.
    let layout = egui::Layout::right_to_left(egui::Align::Center).with_main_wrap(true);
    ui.scope_builder(UiBuilder::new().max_rect(area).layout(layout), |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(GAP / 2.0);
        if ui
            .button("Reset")
            .on_hover_text("Put the view back (R, or a double click)")
            .clicked()
        {
            actions.push(Action::ResetView);
        }
        let present = ui.button("Present");
        let help = "Fill the screen for an audience (F11); hold Esc to come back";
        if present.on_hover_text(help).clicked() {
            actions.push(Action::Present(true));
        }
        let why = ui.button("Explain");
        let help = "The latent map, what the model sees, and how alike the phrases are (E)";
        if why.on_hover_text(help).clicked() {
            actions.push(Action::Show(Overlay::Insight));
        }
        let (following, sides) = (state.settings.following, state.settings.sides);
        let follow = ui.add(
            Button::selectable(following == Following::Bodies, "Follow").frame_when_inactive(true),
        );
        if follow
            .on_hover_text("Keep the bodies in the middle (F)")
            .clicked()
        {
            actions.push(Action::SetFollowing(toggled_following(following)));
        }
        let mirror = ui
            .add(Button::selectable(sides == Sides::Mirrored, "Mirror").frame_when_inactive(true));
        if mirror
            .on_hover_text("Show bodies as a mirror does, or as the camera sees them (M)")
            .clicked()
        {
            actions.push(Action::SetSides(toggled_sides(sides)));
        }
    });
}

fn hint_ui(ui: &Ui, rect: Rect) {
    let p = theme::palette(ui);
    let at = rect.left_bottom() + Vec2::new(12.0, -10.0);
    let text = "drag: orbit   right drag: pan   scroll: zoom";
    let colour = theme::faded(p.quiet, 0.85);
    let font = FontId::proportional(11.0);
    let hint = ui.painter().layout_no_wrap(text.to_owned(), font, colour);
    // Half of it would say the wrong thing.
    if hint.size().x <= rect.width() - 2.0 * 12.0 {
        let top = at - Vec2::new(0.0, hint.size().y);
        ui.painter().with_clip_rect(rect).galley(top, hint, colour);
    }
}

/// The other way to follow.
pub(crate) fn toggled_following(following: Following) -> Following {
    if following == Following::Bodies {
        Following::Nothing
    } else {
        Following::Bodies
    }
}

/// The other sides.
pub(crate) fn toggled_sides(sides: Sides) -> Sides {
    if sides == Sides::Mirrored {
        Sides::AsSeen
    } else {
        Sides::Mirrored
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    #[test]
    fn a_click_finds_the_body_under_it() {
        let body = |id: u64, x: f32| {
            let mut joints = [[x, 0.0, 2.0]; JOINT_COUNT];
            joints[Joint::Head as usize][1] = 100.0;
            Body::tracked(id, joints)
        };
        let frame = Frame {
            timestamp_micros: 0,
            bodies: vec![body(1, 100.0), body(2, 200.0)],
        };
        let at = |joint: [f32; 3]| Some(Pos2::new(joint[0], joint[1]));
        let clicked = |x: f32, y: f32| body_at(&frame, Pos2::new(x, y), at);
        assert_eq!(clicked(110.0, 5.0), Some(1));
        assert_eq!(clicked(190.0, 52.0), Some(2), "between neck and head");
        assert_eq!(clicked(150.0, 0.0), None);
        assert_eq!(body_at(&frame, Pos2::ZERO, |_| None), None);
    }
}
