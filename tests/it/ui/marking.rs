//! Segments are edited, and every edit of them is undone and done again by the keys that do so for phrases.

use super::performer::Script;
use super::tape::replaying;
use super::{Answered, type_phrase};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use synse::live::{Command, Event, Judged};
use synse::ui::App;

fn marks(window: &Harness<'_, App>) -> Vec<(String, u64, u64)> {
    let marks = &window.state().state().tape.marks;
    let plain = |mark: &synse::ui::marks::Mark| {
        let tenth = |micros: u64| (micros + 50_000) / 100_000;
        (
            mark.label.clone(),
            tenth(mark.start_micros),
            tenth(mark.end_micros),
        )
    };
    marks.iter().map(plain).collect()
}

/// Drags on the band of segments, from one second of the minute to another.
fn drag(window: &mut Harness<'_, App>, from: f32, to: f32) {
    let strip = window.get_by_label_contains("Timeline, ").rect();
    let at = |second: f32| {
        let x = strip.left() + second / 60.0 * strip.width();
        egui::pos2(x, strip.bottom() - 8.0)
    };
    window.drag_at(at(from));
    window.run();
    window.hover_at(at(to));
    window.run();
    window.drop_at(at(to));
    window.run();
}

fn undo(window: &mut Harness<'_, App>) {
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
}

fn redo(window: &mut Harness<'_, App>) {
    let keys = egui::Modifiers::COMMAND | egui::Modifiers::SHIFT;
    window.key_press_modifiers(keys, egui::Key::Z);
    window.run();
}

#[test]
fn segments_are_added_moved_relabelled_removed_and_all_of_it_undone() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    type_phrase(&mut window, "clap");
    // The field of the phrase is left, or Ctrl+Z would be its own.
    window.get_by_label_contains("Timeline, ").click();
    window.run();
    let mut past = vec![marks(&window)];
    let near = |found: u64, expected: u64| found.abs_diff(expected) <= 5;

    drag(&mut window, 30.0, 36.0);
    past.push(marks(&window));
    let (label, start, end) = past[1][1].clone();
    assert!(
        label == "clap" && near(start, 300) && near(end, 360),
        "{past:?}"
    );

    // As a whole, then by its end.
    drag(&mut window, 33.0, 43.0);
    past.push(marks(&window));
    let moved = past[2][1].clone();
    assert!(near(moved.1, 400) && near(moved.2, 460), "{moved:?}");
    drag(&mut window, 46.0, 50.0);
    past.push(marks(&window));
    let longer = past[3][1].clone();
    assert!(longer.1 == moved.1 && near(longer.2, 500), "{longer:?}");

    window.get_by_label("Change 0:09 wave").click();
    window.run();
    window
        .get_by_role_and_label(egui::accesskit::Role::Button, "clap")
        .click();
    window.run();
    past.push(marks(&window));
    assert_eq!(past[4][0].0, "clap");

    window.get_by_label("Remove 0:09 clap").click();
    window.run();
    past.push(marks(&window));
    assert_eq!(past[5].len(), 1);

    for before in past.iter().rev().skip(1) {
        undo(&mut window);
        assert_eq!(marks(&window), *before);
    }
    // What is undone is undone on disk.
    let kept = || std::fs::read_to_string(folder.path().join("minute.marks.csv")).unwrap();
    assert_eq!(kept().lines().count(), 2, "{}", kept());
    for after in past.iter().skip(1) {
        redo(&mut window);
        assert_eq!(marks(&window), *after);
    }
    assert!(
        kept().contains("clap") && kept().lines().count() == 2,
        "{}",
        kept()
    );

    // One more than the segments: that is the phrase again.
    for _ in 0..past.len() {
        undo(&mut window);
    }
    assert!(window.state().state().phrases.entries().is_empty());
    assert_eq!(marks(&window), past[0]);
}

#[test]
fn another_recording_has_segments_of_its_own_to_undo() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    drag(&mut window, 30.0, 36.0);
    assert_eq!(marks(&window).len(), 2);
    window.key_press(egui::Key::D);
    window.run();
    assert!(!window.state().state().can_undo());
    undo(&mut window);
    assert!(marks(&window).is_empty());
}

#[test]
fn judging_is_watched_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    window.get_by_label("Judge").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::Judge(takes)) if takes.len() == 1));
    window.get_by_label("Judged 0 of 1");
    script.push(Event::Judging { done: 1, of: 1 });
    window.run();
    window.get_by_label("Judged 1 of 1");
    window.get_by_label("Stop judging").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::StopJudging)));
    // Progress that was on its way does not bring it back.
    script.push(Event::Judging { done: 1, of: 1 });
    window.run();
    window.get_by_label("Judge").click();
    window.run();
    script.push(Event::Judged(vec![Judged {
        label: "wave".to_owned(),
        answer: Ok("wave".to_owned()),
    }]));
    window.run();
    window.get_by_label("100 % right");
    assert!(window.query_by_label("Stop judging").is_none());
}

#[test]
fn what_is_performed_is_marked_while_it_is_recorded() {
    let script = Script::default();
    let mut window = super::window(&script);
    window.run();
    type_phrase(&mut window, "wave");
    type_phrase(&mut window, "clap");
    assert!(window.query_by_label("Begin segment").is_none());
    script.push(Event::RecordingStarted("a.mcap".into()));
    window.run();
    window.get_by_label("Label of new segments").click();
    window.run();
    window
        .get_by_role_and_label(egui::accesskit::Role::Button, "clap")
        .click();
    window.run();
    window.get_by_label("Begin segment").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::BeginSegment(label)) if label == "clap"));
    window.get_by_label("End “clap”").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::EndSegment)));
    window.get_by_label("Begin segment");
}
