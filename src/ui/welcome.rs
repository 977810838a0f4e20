//! The first screen: from nothing to "it recognised me" in three steps, each ticked off when it is done.

use crate::recognizer::Activity;
use crate::ui::action::Action;
use crate::ui::draft::{self, Field};
use crate::ui::files::Request;
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::state::{Overlay, Play, State};
use crate::ui::theme::{self, GAP};
use egui::{Id, RichText, Ui};

/// A phrase that the demo performs, and one that it is not trained on.
const FIRST_PHRASES: [&str; 3] = ["wave", "do jumping jacks", "swing a golf club"];

/// The three steps.
pub(crate) fn welcome_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.label(theme::strong(
        "Name any action, and see it recognised.",
        20.0,
    ));
    ui.label("Nothing is trained for what you type: the program reads the words and works out how a body would move.");
    ui.add_space(GAP);
    let seen = state
        .frame
        .as_ref()
        .is_some_and(|frame| !frame.bodies.is_empty());
    step_ui(ui, 1, "See a body", seen, |ui| {
        let text = match state.source.play {
            Play::Playing if seen => format!("{} plays.", state.source.name),
            Play::Playing => format!("{} plays, but nobody is in view.", state.source.name),
            Play::Opening => "Opening …".to_owned(),
            _ => "Use a camera, or play the built-in performer or a recording.".to_owned(),
        };
        ui.label(text);
        ui.horizontal(|ui| {
            if ui.button("Use a camera…").clicked() {
                actions.push(Action::Show(Overlay::Camera));
            }
            if ui.button("Play the demo").clicked() {
                actions.push(Action::OpenSource("demo".to_owned()));
            }
            if ui.button("Open a recording…").clicked() {
                actions.push(Action::Ask(Request::PickRecording));
            }
        });
    });
    let listed = !state.phrases.entries().is_empty();
    step_ui(ui, 2, "Say what to look for", listed, |ui| {
        let field = Field {
            id: Id::unique("first phrase"),
            label: "First phrase",
            hint: "Type an action and press Enter",
            width: 320.0,
        };
        if let Some(text) = draft::entered(ui, &field) {
            actions.push(Action::Phrase(PhraseEdit::Add(text)));
        }
        ui.horizontal(|ui| {
            ui.label(theme::quiet(ui, "or"));
            for text in FIRST_PHRASES {
                if ui.button(format!("Add “{text}”")).clicked() {
                    actions.push(Action::Phrase(PhraseEdit::Add(text.to_owned())));
                }
            }
        });
    });
    let answer = state.focus().and_then(|(_, track)| {
        let acting = track.prediction.activity == Activity::Acting;
        track.prediction.answer.as_ref().filter(|_| acting)
    });
    // Who plays a recording sees it done by somebody else.
    let played = state.source.spec == "demo" || state.source.spec.starts_with("replay:");
    let title = if played {
        "See it recognised"
    } else {
        "Be recognised"
    };
    step_ui(ui, 3, title, answer.is_some(), |ui| {
        let text = answer.map_or_else(
            || "Waiting for somebody to do something …".to_owned(),
            |answer| {
                format!(
                    "“{}”, {:.0} % sure",
                    answer.phrase,
                    answer.probability * 100.0
                )
            },
        );
        ui.label(RichText::new(text).size(15.0));
        if played {
            ui.label(theme::quiet(ui, "With a camera, do it yourself."));
        }
    });
    ui.add_space(GAP);
    ui.horizontal(|ui| {
        if ui.button(theme::strong("Start", 14.0)).clicked() {
            actions.push(Action::Show(Overlay::Nothing));
        }
        if ui.button("Help and shortcuts").clicked() {
            actions.push(Action::Show(Overlay::Help));
        }
    });
}

fn step_ui(ui: &mut Ui, number: u32, title: &str, done: bool, content: impl FnOnce(&mut Ui)) {
    let p = theme::palette(ui);
    let frame = egui::Frame::new()
        .fill(p.card)
        .corner_radius(8)
        .inner_margin(12);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let (mark, colour) = if done {
            ("done".to_owned(), p.accent)
        } else {
            (format!("step {number}"), p.quiet)
        };
        ui.horizontal(|ui| {
            ui.label(theme::strong(title, 15.0));
            ui.label(RichText::new(mark).small().color(colour));
        });
        content(ui);
    });
    ui.add_space(4.0);
}
