//! The window, driven by a scripted session: what is shown, what is clicked, what is sent.

mod day;
mod dropped;
mod files;
mod insight;
mod marking;
mod painted;
mod people;
mod performer;
mod pictures;
mod said;
mod sdks;
mod small;
mod speed;
mod study;
mod tape;

use self::performer::{Script, opening_state};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;
use synse::align::Head;
use synse::gate::GateMode;
use synse::live::Command;
use synse::phrases::PhraseEntry;
use synse::recording::export::Format;
use synse::ui::App;
use synse::ui::files::{Answer, Desk, ExportJob, Request, perform};
use synse::ui::followed::Whom;
use synse::ui::sdk_folders::SdkRequest;
use synse::ui::settings::{Settings, Sides, ThemeChoice};
use synse::ui::state::{Overlay, Play, State};

/// A desk at which dialogs are answered beforehand and files are read at once.
#[derive(Clone, Default)]
struct Answered {
    dialogs: Rc<RefCell<Vec<Answer>>>,
    ready: Rc<RefCell<Vec<Answer>>>,
}

impl Desk for Answered {
    fn ask(&mut self, request: Request) {
        let dialog = matches!(
            request,
            Request::PickRecording
                | Request::PickBundle
                | Request::PickAgainBundle
                | Request::PickPhrases
                | Request::PickPhrasesTarget
                | Request::PickClipsTarget
                | Request::PickConfusionTarget(_)
                | Request::PickExportFolder(_)
                | Request::Sdk(SdkRequest::Pick(_))
        );
        let answer = if dialog {
            self.dialogs.borrow_mut().pop().unwrap_or(Answer::Nothing)
        } else {
            perform(request)
        };
        self.ready.borrow_mut().push(answer);
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.ready.borrow_mut().pop()
    }
}

fn window_at(
    size: [f32; 2],
    state: State,
    script: &Script,
    desk: &Answered,
) -> Harness<'static, App> {
    let (backend, desk) = (script.clone(), desk.clone());
    let builder = Harness::builder().with_size(size).with_max_steps(12);
    builder.build_eframe(move |cc| App::new(cc, state, Box::new(backend), Box::new(desk)))
}

fn window(script: &Script) -> Harness<'static, App> {
    window_at(
        [1280.0, 800.0],
        opening_state(Settings::default(), &[]),
        script,
        &Answered::default(),
    )
}

/// A window with a bundle, in which the demo plays.
fn playing(script: &Script) -> Harness<'static, App> {
    let mut window = window(script);
    script.push(performer::bundle());
    script.push(performer::opened("demo"));
    window.run_steps(2);
    window
}

fn texts(window: &Harness<'_, App>) -> Vec<String> {
    window
        .state()
        .state()
        .phrases
        .entries()
        .iter()
        .map(|e| e.text.clone())
        .collect()
}

fn type_phrase(window: &mut Harness<'_, App>, text: &str) {
    window.get_by_label("New phrase").focus();
    window.run();
    window.get_by_label("New phrase").type_text(text);
    window.run();
    window.key_press(egui::Key::Enter);
    window.run();
}

/// Replaces what stands in the field with this label, and leaves it.
fn retype(window: &mut Harness<'_, App>, label: &str, text: &str) {
    window.get_by_label(label).focus();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.run();
    window.get_by_label(label).type_text(text);
    window.run();
    window.key_press(egui::Key::Enter);
    window.run();
}

#[test]
fn a_phrase_is_typed_edited_switched_deleted_and_brought_back() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    type_phrase(&mut window, "swing a golf club");
    assert_eq!(texts(&window), ["swing a golf club"]);
    assert!(
        matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list.len() == 1 && list[0].enabled)
    );

    retype(&mut window, "Verb of swing a golf club", "hit");
    assert!(
        matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list[0].verb.as_deref() == Some("hit"))
    );

    window.get_by_label("Use swing a golf club").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::SetPhrases(list)) if !list[0].enabled));

    window.get_by_label("Delete swing a golf club").click();
    window.run();
    assert!(texts(&window).is_empty());

    window.get_by_label("Undo").click();
    window.run();
    assert_eq!(texts(&window), ["swing a golf club"]);
    window.get_by_label("Redo").click();
    window.run();
    assert!(texts(&window).is_empty());
}

#[test]
fn enter_keeps_the_field_for_the_next_phrase_and_undo_works_there() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    type_phrase(&mut window, "wave");
    assert!(window.get_by_label("New phrase").is_focused());
    window.get_by_label("New phrase").type_text("clap");
    window.run();
    window.key_press(egui::Key::Enter);
    window.run();
    assert_eq!(texts(&window), ["wave", "clap"]);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
    assert_eq!(texts(&window), ["wave"]);
    window.key_press_modifiers(
        egui::Modifiers::COMMAND | egui::Modifiers::SHIFT,
        egui::Key::Z,
    );
    window.run();
    assert_eq!(texts(&window), ["wave", "clap"]);
}

#[test]
fn a_suggestion_is_one_click() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("swing a golf club").click();
    window.run();
    assert_eq!(texts(&window), ["swing a golf club"]);
}

#[test]
fn a_refused_phrase_says_why_and_sends_nothing() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    type_phrase(&mut window, "wave");
    let sent = script.sent();
    type_phrase(&mut window, "Wave");
    assert_eq!(texts(&window), ["wave"]);
    assert_eq!(script.sent(), sent);
    assert!(
        window
            .query_by_label_contains("already in the list")
            .is_some()
    );
}

#[test]
fn a_chip_is_clicked_to_another_weight() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    type_phrase(&mut window, "wave");
    let id = window.state().state().phrases.entries()[0].id;
    script.push(performer::read_as(id, "wave", "wave", None));
    window.run();
    let name = synse::phrases::motion::ATTRIBUTES[0].name;
    window
        .get_by_label(&format!("{} 100 %", name.replace('_', " ")))
        .click();
    window.run();
    let motion = window.state().state().phrases.entries()[0].motion.clone();
    assert!(motion.is_some_and(|words| words.contains(&format!("{name}=0.5"))));
}

#[test]
fn decision_settings_are_sent() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("Head: Trained").click();
    window.run();
    assert!(matches!(
        script.last_sent(),
        Some(Command::SetHead(Head::Trained))
    ));
    window.get_by_label("Gate: Soft").click();
    window.run();
    assert!(matches!(
        script.last_sent(),
        Some(Command::SetGate(GateMode::Soft))
    ));
    window.get_by_role_and_label(egui::accesskit::Role::SpinButton, "Answer only from");
    window.get_by_label("Theme: Light").click();
    window.run();
    assert_eq!(window.state().state().settings.theme, ThemeChoice::Light);
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
}

#[test]
fn every_setting_is_on_its_page() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Comma);
    window.run();
    for label in [
        "Head: Trained",
        "Gate: Off",
        "Answer only from",
        "Use examples",
        "Look at: Nearest",
        "Turn bodies upright",
        "Colours: Light",
        "Text size",
        "Sides: Camera",
        "View: Stays",
        "Record from the start",
        "Forget them",
    ] {
        assert!(window.query_all_by_label(label).count() > 0, "{label}");
    }
    window.get_by_label("Look at: Nearest").click();
    window.run();
    assert_eq!(window.state().state().settings.whom, Whom::Nearest);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
    assert_eq!(window.state().state().settings.whom, Whom::First);
}

#[test]
fn keys_play_turn_sides_and_help() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(performer::opened("demo"));
    window.run();
    window.key_press(egui::Key::Space);
    window.run();
    assert_eq!(window.state().state().source.play, Play::Paused);
    window.key_press(egui::Key::M);
    window.run();
    assert_eq!(window.state().state().settings.sides, Sides::AsSeen);
    window.key_press(egui::Key::F1);
    window.run();
    assert_eq!(window.state().state().overlay, Overlay::Help);
    for attribute in synse::phrases::motion::ATTRIBUTES {
        assert!(
            window.query_all_by_label(attribute.help).count() >= 1,
            "{} is not explained",
            attribute.name
        );
    }
    window.key_press(egui::Key::Escape);
    window.run();
    assert_eq!(window.state().state().overlay, Overlay::Nothing);
    // While a phrase is typed, letters are letters.
    type_phrase(&mut window, "mop");
    assert_eq!(window.state().state().settings.sides, Sides::AsSeen);
    assert_eq!(texts(&window), ["mop"]);
}

#[test]
fn a_session_that_is_busy_gets_the_newest_list_later() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    script.set_full(true);
    type_phrase(&mut window, "wave");
    type_phrase(&mut window, "clap");
    assert_eq!(script.sent(), 0);
    let typed = Instant::now();
    script.set_full(false);
    window.run();
    assert_eq!(script.sent(), 1);
    let wanted = script.last_wanted();
    assert!(wanted.is_some_and(|at| at <= typed), "as of its moment");
    assert!(matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list.len() == 2));
}

#[test]
fn a_hundred_phrases_and_the_longest_fit() {
    let script = Script::default();
    let entry = |i: usize| PhraseEntry {
        text: format!("phrase number {i} {}", "word ".repeat(30)),
        enabled: true,
        ..PhraseEntry::default()
    };
    let entries: Vec<PhraseEntry> = (0..100).map(entry).collect();
    let mut window = window_at(
        [960.0, 620.0],
        opening_state(Settings::default(), &entries),
        &script,
        &Answered::default(),
    );
    window.run();
    assert!(
        window
            .query_all_by_label_contains("Delete phrase number")
            .count()
            > 1
    );
}
