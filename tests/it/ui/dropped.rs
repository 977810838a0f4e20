//! Files that are dropped onto the window, and files of the last time.

use super::performer::{Script, opened, opening_state};
use super::tape::session;
use super::{Answered, texts, window_at};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use synse::live::Command;
use synse::ui::App;
use synse::ui::files::Answer;
use synse::ui::settings::Settings;

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn open(script: &Script, desk: &Answered) -> Harness<'static, App> {
    let state = opening_state(Settings::default(), &[]);
    let mut window = window_at([1280.0, 800.0], state, script, desk);
    window.run();
    window
}

fn drop_onto(window: &mut Harness<'_, App>, path: &Path) {
    let file = Arc::new(Dropped(path.to_owned()));
    window.input_mut().dropped_files.push(file);
    // A spinner may turn: a bundle is loaded, a source opened.
    window.run_steps(6);
}

fn source(script: &Script) -> String {
    match script.last_sent() {
        Some(Command::OpenSource(source)) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phrase_list_that_is_dropped_is_loaded_and_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    std::fs::write(&path, "wave\nswat a fly - one arm, fast\n").unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = open(&script, &desk);
    drop_onto(&mut window, &path);
    assert_eq!(texts(&window).len(), 2);
    assert!(matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list.len() == 2));
    window.get_by_label("Undo").click();
    window.run();
    assert!(texts(&window).is_empty());
}

#[test]
fn recordings_stores_and_bundles_are_opened_where_they_are_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = open(&script, &desk);
    let recording = session(folder.path());
    drop_onto(&mut window, &recording);
    assert_eq!(source(&script), format!("replay:{}", recording.display()));
    assert_eq!(window.state().state().tape.marks.len(), 1);

    let store = folder.path().join("clips");
    let joints: Vec<_> = (0..9)
        .map(|index| super::performer::waving(1, 0.0, 2.0, index as f32).joints)
        .collect();
    let entry = crate::fakes::clip_entry("first");
    crate::fakes::write_store(&store, &[(entry, joints)]);
    drop_onto(&mut window, &store.with_extension("safetensors"));
    assert!(source(&script).ends_with("#first"), "{}", source(&script));

    let bundle = folder.path().join("bundle");
    std::fs::create_dir(&bundle).unwrap();
    drop_onto(&mut window, &bundle);
    assert!(matches!(script.last_sent(), Some(Command::LoadBundle(path)) if path == bundle));
    drop_onto(&mut window, &bundle.join("bundle.toml"));
    assert!(matches!(script.last_sent(), Some(Command::LoadBundle(path)) if path == bundle));
}

#[test]
fn several_files_at_once_are_all_opened_and_what_is_none_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "wave\n").unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = open(&script, &desk);
    for name in ["list.txt", "holiday.jpeg"] {
        let file = Arc::new(Dropped(folder.path().join(name)));
        window.input_mut().dropped_files.push(file);
    }
    window.run();
    assert_eq!(texts(&window), ["wave"]);
    let problem = &window.state().state().problems[0].text;
    assert!(problem.contains("holiday.jpeg"), "{problem}");
}

#[test]
fn while_files_are_held_over_the_window_it_says_what_may_be_dropped() {
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = open(&script, &desk);
    assert!(window.query_by_label("Drop to open").is_none());
    let hovered = &mut window.input_mut().hovered_files;
    hovered.push(egui::HoveredFile::default());
    window.run_steps(3);
    window.get_by_label("Drop to open");
}

#[test]
fn phrase_lists_and_recordings_of_the_last_time_are_one_click_away() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (
        folder.path().join("first.txt"),
        folder.path().join("second.txt"),
    );
    std::fs::write(&first, "wave\n").unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = open(&script, &desk);
    assert!(window.query_by_label("Recent phrase lists").is_none());
    drop_onto(&mut window, &first);
    // What is saved can be found again too.
    desk.dialogs
        .borrow_mut()
        .push(Answer::PhrasesTarget(second.clone()));
    window.get_by_label("Save…").click();
    window.run();
    let recent = window.state().state().settings.recent_lists.clone();
    assert_eq!(recent, [second, first]);
    window.get_by_label("Delete wave").click();
    window.run();
    window.get_by_label("Recent phrase lists").click();
    window.run();
    window.get_by_label("first.txt").click();
    window.run();
    assert_eq!(texts(&window), ["wave"]);

    let recording = session(folder.path());
    drop_onto(&mut window, &recording);
    let recent = |window: &Harness<'_, App>| window.state().state().settings.recent.clone();
    assert!(recent(&window).is_empty(), "it has not opened yet");
    script.push(opened("minute"));
    window.run();
    window.key_press(egui::Key::D);
    window.run();
    assert_eq!(source(&script), "demo");
    window.get_by_label("minute.mcap").click();
    window.run();
    assert_eq!(source(&script), format!("replay:{}", recording.display()));
}
