//! What each body does, in a tag above its head; tags of people who stand close do not cover each other.

use crate::recognizer::Activity;
use crate::ui::state::State;
use crate::ui::theme;
use egui::{CornerRadius, FontId, Pos2, Rect, Ui, Vec2};

/// Letters of a tag, points.
const LETTERS: f32 = 13.0;

/// The same for an audience, which is far away, as a share of the view's height.
const AUDIENCE_LETTERS: f32 = 0.042;

/// Between one tag and another above it, points.
const BETWEEN: f32 = 3.0;

/// Tags of bodies inside `rect`, each above its place.
pub(crate) fn name_tags_ui(ui: &Ui, state: &State, rect: Rect, places: &[(u64, Pos2)]) {
    let p = theme::palette(ui);
    // Below the buttons of the view.
    let inside = rect.shrink(4.0).with_min_y(rect.top() + 44.0);
    let letters = match state.presenting {
        Some(_) => (rect.height() * AUDIENCE_LETTERS).max(LETTERS),
        None => LETTERS,
    };
    let scale = letters / LETTERS;
    let mut tags = Vec::new();
    for (id, at) in places {
        let Some(text) = doing(state, *id) else {
            continue;
        };
        let font = FontId::new(letters, theme::strong_family());
        let galley = ui.painter().layout_no_wrap(text, font, p.text);
        let size = galley.size() + scale * Vec2::new(26.0, 10.0);
        let pill = Rect::from_center_size(*at - Vec2::new(0.0, size.y / 2.0), size);
        tags.push((*id, pill, galley));
    }
    // Whoever keeps their place must not depend on who is a little taller in this frame.
    tags.sort_by_key(|(id, ..)| *id);
    let pills: Vec<Rect> = tags.iter().map(|(_, pill, _)| *pill).collect();
    let painter = ui.painter().with_clip_rect(rect);
    for ((id, _, galley), pill) in tags.into_iter().zip(apart(&pills, inside)) {
        let colour = p.series[state.colour_of(id) % p.series.len()];
        let radius = CornerRadius::same((pill.height() / 2.0) as u8);
        painter.rect_filled(pill, radius, theme::faded(p.panel, 0.88));
        let dot = pill.left_center() + scale * Vec2::new(12.0, 0.0);
        painter.circle_filled(dot, 4.0 * scale, colour);
        painter.galley(pill.min + scale * Vec2::new(20.0, 5.0), galley, p.text);
    }
}

/// What a body does, once that has been looked at.
fn doing(state: &State, id: u64) -> Option<String> {
    let prediction = &state.bodies.get(&id)?.prediction;
    if prediction.activity == Activity::Idle {
        return Some("idle".to_owned());
    }
    let answer = prediction.answer.as_ref();
    Some(answer.map_or_else(|| "not sure".to_owned(), |answer| answer.phrase.to_string()))
}

/// Where tags go that would be in these places: inside, and where two would cover each other the later one above the earlier
/// or, where no room is left there, below.
fn apart(pills: &[Rect], inside: Rect) -> Vec<Rect> {
    let mut placed: Vec<Rect> = Vec::new();
    for pill in pills {
        let wanted = pill.translate(Vec2::new(
            (inside.left() - pill.left()).max(0.0) - (pill.right() - inside.right()).max(0.0),
            (inside.top() - pill.top()).max(0.0),
        ));
        let clear = |up: bool| {
            let mut pill = wanted;
            // Each step goes past one of those that are placed, and never back.
            while let Some(other) = placed.iter().find(|other| other.intersects(pill)) {
                let by = if up {
                    other.top() - BETWEEN - pill.bottom()
                } else {
                    other.bottom() + BETWEEN - pill.top()
                };
                pill = pill.translate(Vec2::new(0.0, by));
            }
            pill
        };
        let above = clear(true);
        placed.push(if above.top() < inside.top() {
            clear(false)
        } else {
            above
        });
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_people_who_stand_close_do_not_cover_each_other() {
        let inside = Rect::from_min_max(Pos2::new(0.0, 44.0), Pos2::new(800.0, 600.0));
        let pill = |x: f32, y: f32| Rect::from_center_size(Pos2::new(x, y), Vec2::new(90.0, 24.0));
        for y in [300.0, 60.0, 10.0] {
            let wanted: Vec<Rect> = (0..6).map(|n| pill(400.0 + 7.0 * n as f32, y)).collect();
            let placed = apart(&wanted, inside);
            assert_eq!(placed[0].center().y, y.max(56.0), "the first stays");
            for (index, tag) in placed.iter().enumerate() {
                assert!(inside.contains_rect(*tag), "{tag:?}");
                let others = &placed[index + 1..];
                assert!(others.iter().all(|other| !other.intersects(*tag)));
            }
        }
        let far = [pill(100.0, 300.0), pill(700.0, 300.0), pill(790.0, 300.0)];
        let placed = apart(&far, inside);
        assert_eq!(placed[..1], far[..1]);
        // Inside at the side first, and then above.
        assert_eq!(placed[2].right(), 800.0);
        assert!(placed[2].bottom() < placed[1].top());
    }
}
