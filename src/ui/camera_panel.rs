//! The camera's window: which camera, whether it works, and who stands where in front of it.

use crate::skeleton::{Frame, Hand, Joint};
use crate::ui::action::Action;
use crate::ui::advice::{self, Check, Standing};
use crate::ui::sdk_folders::sdk_folders_ui;
use crate::ui::settings::Sides;
use crate::ui::state::{Play, State};
use crate::ui::theme::{self, Palette};
use egui::{Align2, Button, FontId, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2};

/// Height of the map, points.
const MAP_HEIGHT: f32 = 190.0;

/// From this width on the test stands beside the map, so that both are seen at once, points.
const SIDE_BY_SIDE: f32 = 560.0;

/// How far the map reaches, metres.
const MAP_METRES: f32 = 5.0;

/// Half of what a Kinect sees to the sides, as a slope.
const SIDE_SLOPE: f32 = 0.7;

/// Cameras to choose from: source, name, what is needed.
const CAMERAS: [(&str, &str, &str); 3] = [
    (
        "azure-kinect",
        "Azure Kinect or Femto",
        "Azure Kinect, Orbbec Femto Bolt or Mega; needs the body tracking SDK",
    ),
    (
        "kinect-v2",
        "Kinect v2",
        "Kinect for Xbox One or for Windows v2; needs Windows and the Kinect SDK 2.0",
    ),
    (
        "osc:12345",
        "KinectV2-OSC",
        "Bodies that KinectV2-OSC sends to port 12345 of this computer",
    ),
];

/// Everything about the camera.
pub(crate) fn camera_panel_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    theme::section(ui, "Camera");
    ui.horizontal_wrapped(|ui| {
        for (source, name, help) in CAMERAS {
            let chosen = state.source.spec.starts_with(source);
            let button = Button::selectable(chosen, name).frame_when_inactive(true);
            if ui.add(button).on_hover_text(help).clicked() {
                actions.push(Action::OpenSource(source.to_owned()));
            }
        }
    });
    ui.label(theme::quiet(
        ui,
        "A camera on another computer: type exec:ssh OTHER-PC synse capture-host kinect-v2 as the source's name.",
    ));
    if ui.available_width() > SIDE_BY_SIDE {
        ui.columns(2, |columns| {
            test_ui(&mut columns[0], state, actions);
            seen_ui(&mut columns[1], state, actions);
        });
        sdk_folders_ui(ui, state, actions);
        return;
    }
    test_ui(ui, state, actions);
    // Where no camera plays, it is the SDKs that are looked for first.
    let plays = state.source.play == Play::Playing && state.source.trouble.is_none();
    if plays {
        seen_ui(ui, state, actions);
        sdk_folders_ui(ui, state, actions);
    } else {
        sdk_folders_ui(ui, state, actions);
        seen_ui(ui, state, actions);
    }
}

/// Whether all is well, and how the room is shown.
fn test_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    theme::section(ui, "Test");
    checks_ui(ui, &advice::checks(state));
    view_ui(ui, state, actions);
}

/// Who stands where, and what to do about it.
fn seen_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    theme::section(ui, "Who is seen");
    let standings: Vec<Standing> = state.frame.as_ref().map_or_else(Vec::new, |frame| {
        let whole = frame.bodies.iter().filter(|body| body.is_finite());
        whole.map(advice::standing).collect()
    });
    map_ui(ui, state);
    for standing in &standings {
        standing_ui(ui, state, standing, actions);
    }
}

fn view_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    theme::section(ui, "View");
    let mut levelled = state.settings.levelled;
    let tilt = state.tilt_degrees().map_or_else(
        || "this source cannot tell how it hangs".to_owned(),
        |tilt| format!("the camera leans by {tilt:.1}°"),
    );
    if ui
        .checkbox(&mut levelled, format!("Turn bodies upright ({tilt})"))
        .changed()
    {
        actions.push(Action::SetLevelled(levelled));
    }
    if let Some([.., height]) = state.floor {
        let words = format!(
            "The camera sees the floor {height:.2} m below itself, and tells by it how it leans."
        );
        ui.label(theme::quiet(ui, words));
    }
    let mut mirrored = state.settings.sides == Sides::Mirrored;
    if ui
        .checkbox(&mut mirrored, "Show the room as a mirror does")
        .changed()
    {
        actions.push(Action::SetSides(if mirrored {
            Sides::Mirrored
        } else {
            Sides::AsSeen
        }));
    }
}

fn checks_ui(ui: &mut Ui, checks: &[Check]) {
    let p = theme::palette(ui);
    let all = checks.iter().all(|check| check.fine);
    let (verdict, ink) = if all {
        ("OK", p.accent)
    } else {
        ("Not yet", p.warning)
    };
    ui.label(theme::strong(verdict, 16.0).color(ink));
    for check in checks {
        let ink = if check.fine { p.text } else { p.warning };
        let mark = if check.fine { "ok" } else { "!" };
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::strong(mark, 12.5).color(ink));
            ui.label(RichText::new(&check.words).color(ink));
        });
    }
}

fn standing_ui(ui: &mut Ui, state: &State, standing: &Standing, actions: &mut Vec<Action>) {
    let p = theme::palette(ui);
    let colour = p.series[state.colour_of(standing.id) % p.series.len()];
    ui.horizontal_wrapped(|ui| {
        let looked_at = state.focus().is_some_and(|(id, _)| id == standing.id);
        let text = RichText::new(format!("{:.1} m away", standing.distance)).color(colour);
        let button = Button::selectable(looked_at, text).frame_when_inactive(true);
        if ui
            .add(button)
            .on_hover_text("Show this body's predictions")
            .clicked()
        {
            actions.push(Action::ChooseBody(standing.id));
        }
        if standing.advice.is_empty() {
            ui.label(theme::quiet(ui, "stands well, all is seen"));
        } else {
            ui.label(RichText::new(standing.advice.join("; ")).color(p.warning));
        }
        if let Some(hands) = state.hands.iter().find(|hands| hands.body == standing.id) {
            let words = [("left", hands.left), ("right", hands.right)]
                .into_iter()
                .filter(|(_, hand)| !matches!(hand, Hand::Unknown))
                .map(|(side, hand)| format!("{side} hand {hand}"));
            ui.label(theme::quiet(ui, words.collect::<Vec<_>>().join(", ")));
        }
    });
}

/// The room from above, the sensor at the bottom.
fn map_ui(ui: &mut Ui, state: &State) {
    let p = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), MAP_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "The room from above"));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 6, p.card);
    let side = if state.settings.sides == Sides::Mirrored {
        1.0
    } else {
        -1.0
    };
    let at = |x: f32, z: f32| on_map(rect, side * x, z);
    let stroke = Stroke::new(1.0, p.quiet);
    for slope in [-SIDE_SLOPE, SIDE_SLOPE] {
        painter.line_segment([at(0.0, 0.0), at(slope * MAP_METRES, MAP_METRES)], stroke);
    }
    for metres in 1..MAP_METRES as u8 {
        let place = at(-side * 0.05, f32::from(metres));
        let text = format!("{metres} m");
        let font = FontId::proportional(10.0);
        painter.text(place, Align2::CENTER_CENTER, text, font, p.quiet);
    }
    people_on_map(&painter, state, &p, at);
}

fn people_on_map(
    painter: &egui::Painter,
    state: &State,
    p: &Palette,
    at: impl Fn(f32, f32) -> Pos2,
) {
    let bodies = |frame: &Frame| frame.bodies.clone();
    for body in state.frame.as_ref().map_or_else(Vec::new, bodies) {
        let [x, _, z] = body.joint(Joint::SpineBase);
        if !(x.is_finite() && z.is_finite()) {
            continue;
        }
        let colour = p.series[state.colour_of(body.id) % p.series.len()];
        painter.circle_filled(at(x, z), 7.0, colour);
    }
}

/// A place of the room on the map: metres to the right and away from the sensor.
fn on_map(rect: Rect, right: f32, away: f32) -> Pos2 {
    let scale = rect.height() / MAP_METRES;
    Pos2::new(
        rect.center().x + right * scale,
        rect.bottom() - away * scale,
    )
}
