//! Examples of a phrase, what can be made of segments, and rounds of answers to a whole session, as they are shown.

use crate::live::{Playback, Transport};
use crate::phrases::PhraseEntry;
use crate::recording::export::Format;
use crate::recording::session::Overview;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::files::{ExportJob, Request};
use crate::ui::phrase_edit::PhraseEdit;
use crate::ui::state::State;
use crate::ui::strip::{Place, Strip};
use crate::ui::study::Round;
use crate::ui::tape::TapeAction;
use crate::ui::theme;
use crate::ui::timeline::said;
use egui::{Button, CornerRadius, Sense, Stroke, Ui, Vec2};

/// How high a round's line of answers is.
const HEIGHT: f32 = 12.0;

/// What a phrase has of examples: how many, and behind a click which ones.
pub(crate) fn examples_ui(ui: &mut Ui, entry: &PhraseEntry, actions: &mut Vec<Action>) {
    let text = match entry.examples.len() {
        0 => return,
        1 => "1 example".to_owned(),
        count => format!("{count} examples"),
    };
    let menu = ui.menu_button(theme::strong(&text, 11.5), |ui| {
        for example in &entry.examples {
            ui.horizontal(|ui| {
                ui.label(format!("{} · {:.1} s", example.name(), example.seconds()));
                let forget = ui.small_button("×");
                chip::named(ui, forget.id, format!("Forget example {}", example.name()));
                if forget.clicked() {
                    let fingerprint = example.fingerprint().to_owned();
                    let edit = PhraseEdit::ForgetExample(entry.id, fingerprint);
                    actions.push(Action::Phrase(edit));
                }
            });
        }
        if ui.button("Forget all").clicked() {
            actions.push(Action::Phrase(PhraseEdit::ForgetExamples(entry.id)));
            ui.close();
        }
    });
    chip::named(ui, menu.response.id, format!("{text} of {}", entry.text));
    menu.response.on_hover_text(
        "Recorded performances that stand beside the phrase's words, while “Use examples” is on",
    );
}

/// The switch for all of them, where any phrase has one.
pub(crate) fn use_examples_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let any = |entry: &PhraseEntry| !entry.examples.is_empty();
    if state.phrases.entries().iter().any(any) {
        switch_ui(ui, state, actions);
    }
}

/// The switch itself.
pub(crate) fn switch_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut on = state.settings.by_examples;
    let switch = ui.checkbox(&mut on, "Use examples").on_hover_text(
        "Phrases with examples are compared with these too, and not with their words alone; can be undone",
    );
    if switch.changed() {
        actions.push(Action::SetByExamples(on));
    }
}

/// What can be made of one segment.
pub(crate) fn mark_items_ui(ui: &mut Ui, index: usize, actions: &mut Vec<Action>) {
    let example = ui.button("Use as example");
    let example = example.on_hover_text("Of the phrase that it is labelled with");
    if example.clicked() {
        actions.push(Action::Tape(TapeAction::Exemplify(Some(index))));
        ui.close();
    }
    let card = ui.button("Take the card from it");
    let help = "The phrase's motion card becomes what the model sees in this segment, and is marked as performed";
    if card.on_hover_text(help).clicked() {
        actions.push(Action::Tape(TapeAction::TakeCard(index)));
        ui.close();
    }
}

/// What can be made of all segments and of the whole session.
pub(crate) fn session_menus_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let any = !state.tape.marks.is_empty();
    let all = ui.add_enabled(any, Button::new("As examples"));
    let help = "Every segment becomes an example of the phrase that it is labelled with";
    if all.on_hover_text(help).clicked() {
        actions.push(Action::Tape(TapeAction::Exemplify(None)));
    }
    ui.add_enabled_ui(any, |ui| export_segments_ui(ui, state, actions));
    let menu = ui.menu_button("Answer again", |ui| {
        if ui.button("By this model and these phrases").clicked() {
            actions.push(Action::Tape(TapeAction::Again(None)));
            ui.close();
        }
        let as_recorded = ui.button("As it was recorded");
        let help = "By the model, phrases and settings of each moment: what comes out otherwise is the model's or the machine's";
        if as_recorded.on_hover_text(help).clicked() {
            actions.push(Action::Tape(TapeAction::AgainAsRecorded));
            ui.close();
        }
        if ui.button("By another model…").clicked() {
            actions.push(Action::Ask(Request::PickAgainBundle));
            ui.close();
        }
    });
    menu.response.on_hover_text(
        "Answers the whole session at once beside whatever plays, by the phrases and settings of now or as it was",
    );
}

/// Exports the segments, in any format.
fn export_segments_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let menu = ui.menu_button("Export segments as…", |ui| {
        for format in Format::ALL {
            if ui.button(format.help()).clicked()
                && let Some(cut) = state.cut(None)
            {
                let job = ExportJob {
                    path: cut.session.clone(),
                    clip: None,
                    format,
                    segments: Some(cut),
                };
                actions.push(Action::Ask(Request::PickExportFolder(job)));
                ui.close();
            }
        }
    });
    let help = "Each segment as a recording of its own, with its label, into a folder";
    menu.response.on_hover_text(help);
}

/// The rounds of answers, below the timeline.
pub(crate) fn rounds_ui(ui: &mut Ui, state: &State, at: &Playback, actions: &mut Vec<Action>) {
    let recorded = state.tape.session.as_ref().map(|session| &session.overview);
    let overviews = recorded.into_iter().chain([&state.tape.again]);
    let rounds = state.tape.rounds.iter().map(|round| &round.view.overview);
    let answers = Strip::answers(overviews.chain(rounds));
    for (index, round) in state.tape.rounds.iter().enumerate() {
        strip_ui(ui, &round.view.overview, at, &answers, actions);
        round_ui(ui, index, round, at, actions);
    }
}

fn strip_ui(
    ui: &mut Ui,
    overview: &Overview,
    at: &Playback,
    answers: &[&str],
    actions: &mut Vec<Action>,
) {
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let p = theme::palette(ui);
    let place = Place {
        rect,
        length: at.length_micros.max(1),
    };
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(3), p.card);
    let strip = Strip {
        painter: &painter,
        place: &place,
        answers,
    };
    strip.density(overview, 0.0, p);
    let here = place.x(at.position_micros);
    painter.vline(here, rect.y_range(), Stroke::new(2.0, p.text));
    if let Some(pointer) = response
        .interact_pointer_pos()
        .filter(|_| response.clicked())
    {
        let seek = Transport::Seek(place.micros(pointer.x));
        actions.push(Action::Tape(TapeAction::Move(seek)));
    }
}

fn round_ui(ui: &mut Ui, index: usize, round: &Round, at: &Playback, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let words = words_of(round);
        ui.label(theme::quiet(ui, words));
        if let Some(answer) = said(&round.view.overview, at) {
            ui.label(theme::quiet(ui, format!("here: {answer}")));
        }
        let remove = ui.small_button("×");
        chip::named(ui, remove.id, format!("Put away {}", name_of(round)));
        if remove.clicked() {
            actions.push(Action::Tape(TapeAction::PutAway(index)));
        }
    });
}

fn name_of(round: &Round) -> String {
    let phrases = match round.phrases {
        Some(1) => "1 phrase".to_owned(),
        Some(count) => format!("{count} phrases"),
        None => "as it was recorded".to_owned(),
    };
    let bundle = if round.view.bundle.is_empty() {
        "the model"
    } else {
        &round.view.bundle
    };
    format!("{bundle}, {phrases}")
}

/// A round in words: by what, how far, and how often it agrees with what was recorded.
fn words_of(round: &Round) -> String {
    let view = &round.view;
    let name = name_of(round);
    let far = if view.done < 1.0 {
        format!(" · {:.0} % done", view.done * 100.0)
    } else {
        String::new()
    };
    match view.agreement.share() {
        Some(share) => format!(
            "{name}{far} · {:.0} % of {} answers as recorded",
            share * 100.0,
            view.agreement.answered
        ),
        None if view.done < 1.0 => format!("{name}{far}"),
        None => format!("{name} · nothing to compare with"),
    }
}
