//! What the model sees, the screen for an audience, and what makes the window comfortable, driven by their labels.

use super::performer::{self, Script, acting_at, opening_state};
use super::{Answered, playing, texts, type_phrase, window, window_at};
use crate::latent_map::made;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::sync::Arc;
use synse::align::latent_map::LatentMap;
use synse::live::{Command, Event};
use synse::phrases::PhraseEntry;
use synse::recognizer::decisions::PhraseMap;
use synse::ui::App;
use synse::ui::insight::Page;
use synse::ui::presenting::HOLD_SECONDS;
use synse::ui::settings::Settings;
use synse::ui::state::{Overlay, Play, State};

/// The map of a window's phrases, and each phrase's own latent.
pub(super) fn map_of(window: &Harness<'_, App>) -> (Arc<PhraseMap>, Vec<Vec<f32>>) {
    map_of_entries(window.state().state().phrases.entries())
}

/// The map of these phrases, and each phrase's own latent.
pub(super) fn map_of_entries(entries: &[PhraseEntry]) -> (Arc<PhraseMap>, Vec<Vec<f32>>) {
    let (decision, generated) = made(entries.len());
    let map = PhraseMap {
        ids: entries.iter().map(|entry| entry.id).collect(),
        labels: entries
            .iter()
            .map(|entry| entry.text.as_str().into())
            .collect(),
        map: LatentMap::new(&decision, &generated).expect("a map"),
    };
    let latents = generated.iter().map(|latents| latents[0].clone()).collect();
    (Arc::new(map), latents)
}

/// A window with three phrases, a map of them, and somebody who performs the second.
fn explained(script: &Script) -> Harness<'static, App> {
    let mut window = playing(script);
    for text in ["wave", "swing a golf club", "swat a fly"] {
        type_phrase(&mut window, text);
    }
    // The field would take the letters that follow.
    window.get_by_label("New phrase").focus();
    window.key_press(Key::Escape);
    window.run_steps(2);
    let (map, latents) = map_of(&window);
    script.push(Event::Map(Some(map)));
    script.push(acting_at(1, 0.7, &latents[1]));
    window.run_steps(2);
    window
}

#[test]
fn the_map_says_who_is_near_to_what() {
    let script = Script::default();
    let mut window = explained(&script);
    window.key_press(Key::E);
    window.run_steps(2);
    assert_eq!(window.state().state().overlay, Overlay::Insight);
    assert!(window.query_by_label("Latent map: 3 phrases").is_some());
    let near = "Body 1 is nearest to swing a golf club 0.00";
    assert!(window.query_by_label_contains(near).is_some());
    // What is seen beside the card: the first attribute is seen, and not on a card that was not read yet.
    let name = synse::phrases::motion::ATTRIBUTES[0].name.replace('_', " ");
    let row = format!("{name}: seen 90 %, card 0 %, not on the card");
    assert!(window.query_by_label(&row).is_some());
    window.key_press(Key::Escape);
    window.run_steps(2);
    assert_eq!(window.state().state().overlay, Overlay::Nothing);
}

#[test]
fn the_map_keeps_its_size() {
    let script = Script::default();
    let mut window = explained(&script);
    window.key_press(Key::E);
    window.run_steps(4);
    let rect = |window: &Harness<'_, App>| window.get_by_label("Latent map: 3 phrases").rect();
    let first = rect(&window);
    window.run_steps(8);
    assert_eq!(rect(&window), first);
}

#[test]
fn a_card_is_taken_from_a_performance_and_given_back() {
    let script = Script::default();
    let mut window = explained(&script);
    window.get_by_label("Explain").click();
    window.run_steps(4);
    let (_, latents) = map_of(&window);
    script.push(acting_at(1, 0.7, &latents[1]));
    window.run_steps(1);
    window
        .get_by_label("Take the card from this performance")
        .click();
    window.run_steps(2);
    // The answer names the first phrase.
    let motion =
        |window: &Harness<'_, App>| window.state().state().phrases.entries()[0].motion.clone();
    let name = synse::phrases::motion::ATTRIBUTES[0].name;
    assert!(motion(&window).is_some_and(|words| words.contains(&format!("{name}=0.9"))));
    assert!(
        matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list[0].motion.is_some())
    );
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(motion(&window), None);
}

#[test]
fn phrases_that_are_nearly_the_same_are_warned_of() {
    let script = Script::default();
    let mut window = explained(&script);
    assert!(window.query_by_label_contains("nearly the same").is_none());
    let (map, _) = map_of(&window);
    let (decision, mut generated) = made(3);
    generated[2] = generated[0].clone();
    let map = PhraseMap {
        map: LatentMap::new(&decision, &generated).expect("a map"),
        ..(*map).clone()
    };
    script.push(Event::Map(Some(Arc::new(map))));
    window.run_steps(2);
    window.get_by_label("2 phrases are nearly the same").click();
    window.run_steps(4);
    assert_eq!(window.state().state().insight.page, Page::Similarity);
    assert!(
        window
            .query_by_label("Similarity of 3 phrases; 1 pairs are nearly the same")
            .is_some()
    );
    assert!(
        window
            .query_by_label_contains("“wave” and “swat a fly” are nearly the same")
            .is_some()
    );
    window.get_by_label("Page: Map").click();
    window.run_steps(2);
    assert_eq!(window.state().state().insight.page, Page::Map);
}

#[test]
fn without_phrases_there_is_nothing_to_explain() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("Explain").click();
    window.run();
    assert!(window.query_by_label("Nothing to show yet").is_some());
}

#[test]
fn an_audience_sees_one_answer_and_can_lose_nothing() {
    let script = Script::default();
    let mut window = explained(&script);
    window.key_press(Key::F11);
    window.run_steps(2);
    assert!(window.query_by_label("Presenting").is_some());
    assert!(window.query_by_label("Wave").is_some(), "the answer");
    assert!(
        window.query_by_label("New phrase").is_none() && window.query_by_label("Undo").is_none()
    );
    let before = texts(&window);
    for (modifiers, key) in [
        (Modifiers::COMMAND, Key::Z),
        (Modifiers::COMMAND, Key::L),
        (Modifiers::COMMAND, Key::S),
        (Modifiers::NONE, Key::Delete),
        (Modifiers::NONE, Key::Space),
        (Modifiers::NONE, Key::D),
        (Modifiers::NONE, Key::Escape),
    ] {
        window.key_press_modifiers(modifiers, key);
        window.run_steps(1);
    }
    assert_eq!(texts(&window), before);
    assert_eq!(window.state().state().source.play, Play::Playing);
    // What somebody left half typed went with Escape, and whoever comes types without a click.
    window.run_steps(1);
    let begin_to_type = |window: &mut Harness<'_, App>, text: &str| {
        let visitors = window.get_by_label("Your action");
        assert!(visitors.is_focused());
        visitors.type_text(text);
        window.run_steps(1);
    };
    begin_to_type(&mut window, "jug");
    window.key_press(Key::Escape);
    window.run_steps(2);
    begin_to_type(&mut window, "juggle - both hands");
    window.key_press(Key::Enter);
    window.run_steps(2);
    assert_eq!(
        texts(&window).last().map(String::as_str),
        Some("juggle - both hands")
    );
    assert!(matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list.len() == 4));
    script.push(performer::idle(1));
    window.run_steps(2);
    assert!(window.query_by_label("Now show me: juggle").is_some());
    window.key_down(Key::Escape);
    let mut steps = 0;
    while window.state().state().presenting.is_some() && steps < 400 {
        window.run_steps(1);
        steps += 1;
    }
    window.key_up(Key::Escape);
    window.run_steps(2);
    assert!(
        f64::from(steps) * 0.26 >= HOLD_SECONDS && steps < 400,
        "{steps}"
    );
    assert_eq!(
        texts(&window),
        before,
        "the visitor's phrase went with the visitor"
    );
}

#[test]
fn every_setting_is_explained_and_can_be_undone() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("Settings").click();
    window.run();
    assert_eq!(window.state().state().overlay, Overlay::Settings);
    window.get_by_label("Sides: Camera").click();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    window.run();
    let settings = |window: &Harness<'_, App>| window.state().state().settings.clone();
    assert!((settings(&window).text_size - 1.1).abs() < 1e-6);
    assert!((window.ctx.zoom_factor() - 1.1).abs() < 1e-6);
    for _ in 0..2 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run();
    }
    assert_eq!(settings(&window), Settings::default());
    assert!((window.ctx.zoom_factor() - 1.0).abs() < 1e-6);
}

#[test]
fn the_first_screen_leads_to_an_answer() {
    let script = Script::default();
    let state = State {
        overlay: Overlay::Welcome,
        ..opening_state(Settings::default(), &[])
    };
    let mut window = window_at([1280.0, 800.0], state, &script, &Answered::default());
    window.run();
    window.get_by_label("Play the demo").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::OpenSource(source)) if source == "demo"));
    window.get_by_label("Add “wave”").click();
    window.run();
    assert_eq!(texts(&window), ["wave"]);
    script.push(performer::opened("demo"));
    script.push(performer::acting(1, 0.7));
    window.run_steps(2);
    assert!(
        window
            .query_by_label_contains("“wave”, 70 % sure")
            .is_some()
    );
    // It was the program's own performer who was recognised.
    window.get_by_label("See it recognised");
    window.get_by_label("Start").click();
    window.run_steps(2);
    assert_eq!(window.state().state().overlay, Overlay::Nothing);
}
