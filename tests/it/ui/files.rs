//! Files read and written from the window: phrase lists, clips, exports.

use super::*;
use eframe::App as _;
use std::collections::BTreeMap;

/// What the toolkit keeps in its own file.
#[derive(Default)]
struct Drawer(BTreeMap<String, String>);

impl eframe::Storage for Drawer {
    fn get_string(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn set_string(&mut self, key: &str, value: String) {
        self.0.insert(key.to_owned(), value);
    }

    fn remove_string(&mut self, key: &str) {
        self.0.remove(key);
    }

    fn flush(&mut self) {}
}

#[test]
fn settings_and_phrases_lie_in_one_file_and_leave_the_older_place_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut state = opening_state(Settings::default(), &[]);
    state.kept_file = Some(home.join("kept.json"));
    let (script, mut drawer) = (Script::default(), Drawer::default());
    drawer.0.insert("synse".to_owned(), "of old".to_owned());
    let mut window = window_at([1280.0, 800.0], state, &script, &Answered::default());
    window.run();
    type_phrase(&mut window, "wave");
    let mut save = |window: &mut Harness<'_, App>| {
        window.state_mut().save(&mut drawer);
        window.run();
        window.state_mut().save(&mut drawer);
        drawer.0.keys().cloned().collect::<Vec<_>>()
    };
    // The folder is not there: it is told once, tried again and again, and what was kept before stays.
    for _ in 0..3 {
        assert_eq!(save(&mut window), ["synse"]);
    }
    let told = |window: &Harness<'_, App>| {
        let problems = window.state().state().problems.clone();
        problems
            .iter()
            .map(|problem| problem.times)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&window), [1]);
    std::fs::create_dir(&home).unwrap();
    // What was tried last is heard of first.
    save(&mut window);
    assert_eq!(save(&mut window), Vec::<String>::new());
    let kept = std::fs::read_to_string(home.join("kept.json")).unwrap();
    assert!(kept.contains("wave"), "{kept}");
}

#[test]
fn a_list_is_saved_and_loaded() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("phrases.txt");
    let (script, desk) = (Script::default(), Answered::default());
    let entry = |text: &str, verb: Option<&str>| PhraseEntry {
        text: text.to_owned(),
        verb: verb.map(str::to_owned),
        enabled: true,
        ..PhraseEntry::default()
    };
    let state = opening_state(
        Settings::default(),
        &[entry("wave", None), entry("swat a fly", Some("hit"))],
    );
    let mut window = window_at([1280.0, 800.0], state, &script, &desk);
    window.run();
    desk.dialogs
        .borrow_mut()
        .push(Answer::PhrasesTarget(path.clone()));
    window.get_by_label("Save…").click();
    window.run();
    let text = std::fs::read_to_string(&path).expect("the list was written");
    assert!(text.contains("wave") && text.contains("hit"), "{text}");

    window.get_by_label("Delete wave").click();
    window.run();
    desk.dialogs.borrow_mut().push(Answer::Picked(path));
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::L);
    window.run();
    assert_eq!(texts(&window), ["wave", "swat a fly"]);
    assert_eq!(
        window.state().state().phrases.entries()[1].verb.as_deref(),
        Some("hit")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_that_can_be_dismissed() {
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = window_at(
        [1280.0, 800.0],
        opening_state(Settings::default(), &[]),
        &script,
        &desk,
    );
    window.run();
    desk.dialogs
        .borrow_mut()
        .push(Answer::Picked("no/such/list.txt".into()));
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::L);
    window.run();
    let problem = window.state().state().problems[0].text.clone();
    assert!(problem.contains("list.txt"), "{problem}");
    window.get_by_label_contains("Dismiss").click();
    window.run();
    assert!(window.state().state().problems.is_empty());
}

#[test]
fn the_recording_that_plays_is_exported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.skeleton");
    let frame = |index: u64| synse::skeleton::Frame {
        timestamp_micros: index * 33_333,
        bodies: vec![performer::waving(1, 0.0, 2.5, index as f32)],
    };
    let frames: Vec<_> = (0..4).map(frame).collect();
    synse::capture::ntu_skeleton::write(&path, &frames).expect("a file");
    let (script, desk) = (Script::default(), Answered::default());
    let state = opening_state(Settings::default(), &[]);
    let mut window = window_at([1280.0, 800.0], state, &script, &desk);
    window.run();
    assert!(
        window.query_by_label("Export as…").is_none(),
        "nothing plays"
    );
    window.get_by_label("Source by name").focus();
    window.run();
    let source = format!("replay:{}", path.display());
    window.get_by_label("Source by name").type_text(&source);
    window.run();
    window.key_press(egui::Key::Enter);
    window.run();
    let job = ExportJob {
        path,
        clip: None,
        format: Format::Bvh,
        segments: None,
    };
    let answer = Answer::ExportFolder(job, folder.path().join("out"));
    desk.dialogs.borrow_mut().push(answer);
    window.get_by_label("Export as…").click();
    window.run();
    window.get_by_label("BVH for Blender").click();
    window.run();
    assert!(folder.path().join("out/a.bvh").is_file());
    assert!(window.query_by_label_contains("Exported 1 file").is_some());
}
