//! Several people in view, and the camera's window.

use super::performer::{self, Script};
use super::{playing, window};
use egui::accesskit::Toggled;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use synse::capture::{Notice, NoticeKind};
use synse::live::{Command, Delays, Event, Stats};
use synse::skeleton::{Frame, Hand, Hands, Joint, Tracking};
use synse::ui::followed::Whom;
use synse::ui::state::Overlay;

fn three(script: &Script) {
    let person = |id, x, z| performer::waving(id, x, z, 0.0);
    script.show(Frame {
        timestamp_micros: 1,
        bodies: vec![
            person(4, -1.0, 3.0),
            person(9, 0.0, 2.0),
            person(5, 1.0, 2.6),
        ],
    });
    for (id, probability) in [(4, 0.71), (9, 0.62), (5, 0.53)] {
        script.push(performer::acting(id, probability));
    }
}

#[test]
fn whom_to_look_at_is_chosen_and_each_has_predictions_of_their_own() {
    let script = Script::default();
    let mut window = playing(&script);
    three(&script);
    window.run_steps(2);
    let focus = |window: &egui_kittest::Harness<'_, synse::ui::App>| {
        window.state().state().focus().map(|(id, _)| id)
    };
    assert_eq!(focus(&window), Some(4), "the first of those who came");
    assert_eq!(window.state().state().present().count(), 3);
    window.get_by_label("Look at: Nearest").click();
    window.run_steps(2);
    three(&script);
    window.run_steps(2);
    assert_eq!(focus(&window), Some(9));
    assert!(window.query_all_by_label("62 %").count() >= 1);
    window.get_by_label("Look at: Pair").click();
    window.run_steps(2);
    three(&script);
    window.run_steps(2);
    let state = window.state().state();
    assert_eq!(state.settings.whom, Whom::Pair);
    assert_eq!(state.focus().map(|(id, _)| id), Some(9));
    assert_eq!(state.partner().map(|(id, _)| id), Some(5));
    let answers = window.query_all_by_label("53 %").count();
    assert!(answers >= 1, "the partner's answer");
}

#[test]
fn who_was_chosen_by_a_click_is_not_called_the_first() {
    let script = Script::default();
    let mut window = playing(&script);
    three(&script);
    window.run_steps(2);
    let is_marked = |window: &egui_kittest::Harness<'_, synse::ui::App>| {
        let first = window.get_by_label("Look at: First");
        first.accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(is_marked(&window));
    window.get_by_label("Body 2").click();
    window.run_steps(2);
    three(&script);
    window.run_steps(2);
    assert!(!is_marked(&window));
    window.get_by_label("Look at: First").click();
    window.run_steps(2);
    three(&script);
    window.run_steps(2);
    assert!(is_marked(&window));
    assert_eq!(window.state().state().chosen_body, None);
}

#[test]
fn who_was_chosen_is_kept_when_the_tracker_gives_another_number() {
    let script = Script::default();
    let mut window = playing(&script);
    three(&script);
    window.run_steps(2);
    window.get_by_label("Body 2").click();
    window.run_steps(2);
    assert_eq!(window.state().state().chosen_body, Some(5));
    script.show(Frame {
        timestamp_micros: 2,
        bodies: vec![
            performer::waving(4, -1.0, 3.0, 0.0),
            performer::waving(77, 1.1, 2.5, 0.0),
        ],
    });
    script.push(performer::acting(77, 0.8));
    window.run_steps(2);
    assert_eq!(window.state().state().chosen_body, Some(77));
    assert_eq!(window.state().state().focus().map(|(id, _)| id), Some(77));
}

#[test]
fn the_cameras_window_says_who_stands_badly_and_what_to_do() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(performer::opened("Azure Kinect"));
    window.run_steps(2);
    let mut near = performer::waving(1, 0.0, 1.0, 0.0);
    for joint in [
        Joint::FootLeft,
        Joint::AnkleLeft,
        Joint::FootRight,
        Joint::AnkleRight,
    ] {
        near.tracking[joint as usize] = Tracking::NotTracked;
    }
    script.show(Frame {
        timestamp_micros: 1,
        bodies: vec![near, performer::waving(2, 0.5, 2.5, 0.0)],
    });
    script.push(Event::SourceUp([0.0, 0.966, 0.259]));
    script.push(Event::SourceFloor(Some([0.0, 0.966, 0.259, 1.234])));
    script.push(Event::SourceHands(vec![Hands {
        body: 2,
        left: Hand::Unknown,
        right: Hand::Closed,
    }]));
    script.push(Event::Stats(Stats {
        capture_hz: 29.9,
        captured_frames: 300,
        ..Stats::default()
    }));
    window.run_steps(2);
    window.key_press(egui::Key::C);
    window.run_steps(3);
    assert_eq!(window.state().state().overlay, Overlay::Camera);
    for words in [
        "step back",
        "feet not visible",
        "30 of 30 frames a second arrive",
        "2 people are tracked",
        "OK",
        "leans by 15.0°",
        "sees the floor 1.23 m below",
        "right hand closed",
    ] {
        let found = window.query_all_by_label_contains(words).count();
        assert!(found >= 1, "{words}");
    }
    window.get_by_label_contains("Turn bodies upright").click();
    window.run_steps(2);
    assert!(matches!(
        script.last_sent(),
        Some(Command::SetLevelled(false))
    ));
}

#[test]
fn a_camera_that_is_lost_is_waited_for_in_words() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(performer::opened("Azure Kinect"));
    window.run_steps(2);
    let notice = |kind, text: &str| {
        let text = text.to_owned();
        Event::Source(Notice { kind, text })
    };
    let lost = "azure-kinect: its process crashed; trying again in 0.5 s";
    script.push(notice(NoticeKind::Lost, lost));
    window.run_steps(2);
    assert!(window.query_by_label(lost).is_some());
    assert!(window.query_by_label("Waiting for the camera").is_some());
    script.push(notice(NoticeKind::Back, "Azure Kinect is back"));
    window.run_steps(2);
    assert!(window.query_by_label(lost).is_none());
    assert!(window.query_by_label("Azure Kinect is back").is_some());
}

#[test]
fn the_cameras_window_says_why_a_camera_does_not_open() {
    let script = Script::default();
    let mut window = window(&script);
    window.key_press(egui::Key::C);
    window.run_steps(3);
    window.get_by_label("Azure Kinect or Femto").click();
    window.run_steps(2);
    let why = "the Azure Kinect Body Tracking SDK (k4abt) is not installed; install it";
    script.push(Event::Problem(why.to_owned()));
    script.push(Event::SourceFailed(why.to_owned()));
    script.push(Event::SourceEnded);
    window.run_steps(3);
    let said =
        |window: &egui_kittest::Harness<'_, synse::ui::App>| window.query_all_by_label(why).count();
    assert_eq!(said(&window), 2, "in the problems' bar and in the test");
    // It is of one attempt only.
    window.get_by_label("Kinect v2").click();
    window.run_steps(3);
    assert_eq!(said(&window), 1);
}

#[test]
fn the_delay_is_split_by_stage() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(performer::opened("Azure Kinect"));
    script.push(Event::Stats(Stats {
        inference_hz: 7.5,
        delays: Delays {
            tracker_millis: Some(61.0),
            queue_millis: 1.2,
            window_millis: 2.1,
            inference_millis: 14.0,
        },
        dropped_by_tracker: 5,
        dropped_on_link: 2,
        dropped_frames: 1,
        ..Stats::default()
    }));
    window.run_steps(2);
    let split = "camera 61 + queue 1 + window 2 + inference 14 + display 0";
    assert!(window.query_by_label(split).is_some());
    assert!(window.query_by_label("8").is_some(), "all drops together");
}
