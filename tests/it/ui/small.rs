//! Windows with little room, and the greatest text: nothing is cut off or covered.

use super::performer::{self, Script, busy_state};
use super::{Answered, window_at};
use egui::{Pos2, Rect, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use synse::ui::App;
use synse::ui::settings::Settings;
use synse::ui::state::State;

fn busy(size: [f32; 2], state: State) -> Harness<'static, App> {
    let script = Script::default();
    let mut window = window_at(size, state, &script, &Answered::default());
    performer::perform(&script, &mut window);
    window
}

fn place(window: &Harness<'_, App>, label: &str) -> Rect {
    window.get_by_label(label).rect()
}

#[test]
fn a_small_window_cuts_nothing_off() {
    let mut window = busy([800.0, 600.0], busy_state());
    let left = place(&window, "Help").right();
    let buttons = ["Mirror", "Follow", "Explain", "Present", "Reset"];
    for label in buttons {
        let button = place(&window, label);
        assert!(
            button.left() > left && button.right() < place(&window, "Why?").left(),
            "{label} is under a panel: {button}"
        );
    }
    let ends = [
        "Read wave again",
        "Delete wave",
        "Undo",
        "Redo",
        "Save…",
        "Why?",
    ];
    for label in ends {
        let button = place(&window, label);
        assert!(
            button.right() <= 800.0 && button.bottom() <= 600.0,
            "{label} is outside: {button}"
        );
    }
    for (index, label) in ends.iter().enumerate() {
        for other in &ends[index + 1..] {
            let (one, two) = (place(&window, label), place(&window, other));
            assert!(!one.intersects(two), "{label} is on {other}");
        }
    }
    // An attribute is added without scrolling, and the menu of them lies in the window.
    let add = place(&window, "Add motion to wave");
    let list = place(&window, "Phrase wave");
    assert!(
        add.right() <= 800.0 && add.bottom() <= list.bottom(),
        "{add} beside {list}"
    );
    window.get_by_label("Add motion to wave").click();
    window.run_steps(3);
    let menu = window.get_by_label("both arms").rect();
    assert!(
        Rect::from_min_size(Pos2::ZERO, Vec2::new(800.0, 600.0)).contains_rect(menu),
        "{menu}"
    );
    // What has no room gives way.
    let words = window.query_by_label("in effect after 38 ms");
    let covered = words.is_some_and(|words| words.rect().intersects(place(&window, "Undo")));
    assert!(!covered, "words are under a button");
}

#[test]
fn text_is_as_large_as_the_window_has_room_for() {
    let sized = |size: [f32; 2], text_size: f32| {
        let settings = Settings {
            text_size,
            ..Settings::default()
        };
        let window = busy(size, performer::opening_state(settings, &[]));
        window.ctx.zoom_factor()
    };
    assert_eq!(sized([1280.0, 800.0], 1.5), 1.5);
    // A harness gives the same room in points whatever their size: here there is some for text of three quarters.
    assert!(sized([400.0, 310.0], 1.0) < 0.9);
    assert_eq!(sized([800.0, 600.0], 1.0), 1.0);
}
