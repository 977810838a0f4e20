//! What is painted and has no label of its own: the mark of now on the timeline, segments' names, the words below the curves.

use super::performer::{Script, acting, busy_state, opened, perform};
use super::tape::{opening, playback, session};
use super::{Answered, window_at};
use egui::{Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::fs;
use synse::live::Event;
use synse::ui::App;

/// A text as it was painted.
struct Painted {
    text: String,
    rect: Rect,
    /// Whether it ends in dots.
    elided: bool,
}

/// All shapes of the last picture, those within others too.
fn shapes(window: &Harness<'_, App>) -> Vec<Shape> {
    fn flat(shape: &Shape, into: &mut Vec<Shape>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| flat(shape, into)),
            shape => into.push(shape.clone()),
        }
    }
    let mut all = Vec::new();
    for clipped in &window.output().shapes {
        flat(&clipped.shape, &mut all);
    }
    all
}

fn texts(window: &Harness<'_, App>) -> Vec<Painted> {
    let texts = shapes(window).into_iter().filter_map(|shape| match shape {
        Shape::Text(text) => Some(Painted {
            text: text.galley.text().to_owned(),
            rect: text.galley.rect.translate(text.pos.to_vec2()),
            elided: text.galley.elided,
        }),
        _ => None,
    });
    texts.collect()
}

#[test]
fn the_strip_shows_where_it_plays_and_names_end_before_the_next_segment() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let path = session(folder.path());
    // One has room for its name, one reaches under the next, and one is shorter than a letter.
    let marks = "label,start_micros,end_micros\n\
        wave,5000000,15000000\n\
        swing a golf club in the evening,20000000,50000000\n\
        jump rope in a hurry,24000000,26000000\n\
        sit,40000000,40100000\n";
    fs::write(folder.path().join("minute.marks.csv"), marks).unwrap();
    let mut window = opening(path, &script, &desk);
    script.push(opened("minute"));
    script.push(playback(20));
    window.run();

    let strip = window.get_by_label("Timeline, 4 marked").rect();
    let x = |seconds: f32| strip.left() + seconds / 60.0 * strip.width();
    let is_upright = |shape: &Shape| match shape {
        Shape::LineSegment { points, .. } => {
            (points[0].x - x(20.0)).abs() < 1.0
                && (points[0].y - points[1].y).abs() >= strip.height()
        }
        _ => false,
    };
    assert!(shapes(&window).iter().any(is_upright), "{strip}");

    let names: Vec<Painted> = texts(&window)
        .into_iter()
        .filter(|text| strip.contains_rect(text.rect))
        .collect();
    let name = |text: &str| names.iter().find(|name| name.text == text);
    let whole = name("wave").unwrap();
    assert!(!whole.elided && whole.rect.right() < x(15.0));
    let cut = name("swing a golf club in the evening").unwrap();
    assert!(cut.elided && cut.rect.right() <= x(24.0), "{}", cut.rect);
    let next = name("jump rope in a hurry").unwrap();
    assert!(next.elided && next.rect.left() >= x(24.0));
    assert!(name("sit").is_none(), "there is no room for it");
}

#[test]
fn the_word_below_this_moment_lies_within_the_panel() {
    for width in [1280.0, 1600.0] {
        let script = Script::default();
        let size = [width, 800.0];
        let mut window = window_at(size, busy_state(), &script, &Answered::default());
        perform(&script, &mut window);
        let texts = texts(&window);
        let now = texts.iter().find(|text| text.text == "now").unwrap();
        assert!(now.rect.right() <= width, "{} of {width}", now.rect);
        assert!(!now.elided);
    }
}

#[test]
fn a_long_answer_is_written_smaller_rather_than_cut() {
    let script = Script::default();
    let size = [1280.0, 800.0];
    let mut window = window_at(size, busy_state(), &script, &Answered::default());
    perform(&script, &mut window);
    let Event::Prediction(mut long, latency) = acting(1, 0.96) else {
        unreachable!()
    };
    if let Some(answer) = &mut long.answer {
        answer.phrase = "fly like an airplane".into();
    }
    script.push(Event::Prediction(long, latency));
    window.run();
    let texts = texts(&window);
    let mut answers = texts
        .iter()
        .filter(|text| text.text == "Fly like an airplane");
    let answer = answers.next().unwrap();
    assert!(!answer.elided, "{}", answer.rect);
    assert!(answers.next().is_none());
}
