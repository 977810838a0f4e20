//! What the window says of predictions, bodies, models and rates.

use super::performer::{self, Script};
use super::{playing, window};
use egui_kittest::kittest::Queryable as _;
use synse::live::{Event, Stats};

#[test]
fn predictions_idle_and_nobody_are_said_in_words() {
    let script = Script::default();
    let mut window = playing(&script);
    assert!(window.query_by_label("Nobody in view").is_some());
    script.push(performer::acting(1, 0.71));
    window.run_steps(1);
    assert!(window.query_by_label("Wave").is_some());
    assert!(window.query_all_by_label("UNSEEN").count() >= 1);
    assert!(
        window
            .query_by_label_contains("one of your phrases")
            .is_some()
    );
    script.push(performer::unsure(1));
    window.run_steps(1);
    assert!(window.query_by_label("Not sure").is_some());
    script.push(performer::idle(1));
    window.run_steps(1);
    assert!(window.query_by_label("Standing still").is_some());
}

#[test]
fn two_bodies_can_be_chosen_between() {
    let script = Script::default();
    let mut window = playing(&script);
    script.push(performer::acting(4, 0.7));
    script.push(performer::acting(9, 0.6));
    window.run_steps(2);
    window.get_by_label("Body 2").click();
    window.run_steps(2);
    assert_eq!(window.state().state().focus().map(|(id, _)| id), Some(9));
}

#[test]
fn without_a_model_the_window_says_so() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    assert!(window.query_by_label("No model").is_some());
    assert!(window.query_by_label("No model is loaded.").is_some());
    script.push(Event::Problem(
        "models/default: bundle.toml is missing".to_owned(),
    ));
    window.run();
    assert!(
        window
            .query_by_label("models/default: bundle.toml is missing")
            .is_some()
    );
}

#[test]
fn the_status_line_shows_rates() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(performer::opened("demo"));
    let stats = Stats {
        capture_hz: 30.0,
        inference_hz: 15.0,
        dropped_frames: 3,
        latency_median_millis: 41.0,
        latency_p95_millis: 66.0,
        ..Stats::default()
    };
    script.push(Event::Stats(stats));
    window.run();
    for text in ["30 Hz", "15 Hz", "41 ms / 66 ms", "3"] {
        assert!(window.query_by_label(text).is_some(), "{text}");
    }
}
