//! Examples, cards of performances and rounds of answers in the window, driven by labels.

use super::performer::{Script, acting, bundle, opened};
use super::tape::{opening, playback, replaying, short_session};
use super::{Answered, type_phrase};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use synse::live::Command;
use synse::live::again::{AgainView, Agreement};
use synse::recording::examples::are_beside;
use synse::recording::session::{Overview, PredictionRecord, RankedRecord};
use synse::ui::App;
use synse::ui::files::Answer;
use synse::ui::study::Studied;

/// How many examples each phrase has.
fn examples(window: &Harness<'_, App>) -> Vec<usize> {
    let entries = window.state().state().phrases.entries().iter();
    entries.map(|entry| entry.examples.len()).collect()
}

fn settle(window: &mut Harness<'_, App>) {
    window.run_steps(4);
}

#[test]
fn segments_become_examples_that_can_be_used_forgotten_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    type_phrase(&mut window, "wave");
    type_phrase(&mut window, "swing a golf club");
    assert!(
        window.query_by_label("Use examples").is_none(),
        "there are none"
    );
    // A second segment, of a phrase that is not in the list.
    window.get_by_label("New label").focus();
    window.run();
    window.get_by_label("New label").type_text("juggle");
    window.run();
    window.key_press(Key::Enter);
    window.run();
    window.get_by_label("Begin segment").click();
    window.run();
    script.push(playback(24));
    window.run();
    window.get_by_label("End segment").click();
    window.run();

    window.get_by_label("As examples").click();
    settle(&mut window);
    assert_eq!(examples(&window), [1, 0]);
    assert!(
        window
            .query_by_label_contains("“juggle” is not in the list")
            .is_some()
    );
    assert!(
        matches!(script.last_sent(), Some(Command::SetPhrases(list)) if list[0].examples.len() == 1)
    );
    window.get_by_label("1 example of wave").click();
    settle(&mut window);
    assert!(
        window
            .query_by_label_contains("minute 0:09.9 wave · 2.0 s")
            .is_some()
    );
    window
        .get_by_label("Forget example minute 0:09.9 wave")
        .click();
    settle(&mut window);
    assert_eq!(examples(&window), [0, 0]);
    window.key_press(Key::Escape);
    settle(&mut window);
    window.get_by_label("Undo").click();
    settle(&mut window);
    assert_eq!(examples(&window), [1, 0]);

    // Off by default; the switch is sent, and can be undone.
    assert!(!window.state().state().settings.by_examples);
    window.get_by_label("Use examples").click();
    settle(&mut window);
    assert!(matches!(
        script.last_sent(),
        Some(Command::SetByExamples(true))
    ));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert!(!window.state().state().settings.by_examples);

    // Saved beside the list, and there again after it is loaded.
    let list = folder.path().join("phrases.txt");
    let dialog = |answer| desk.dialogs.borrow_mut().push(answer);
    dialog(Answer::PhrasesTarget(list.clone()));
    window.get_by_label("Save…").click();
    settle(&mut window);
    assert!(are_beside(&list));
    window.get_by_label("Delete wave").click();
    settle(&mut window);
    dialog(Answer::Picked(list));
    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    settle(&mut window);
    assert_eq!(examples(&window), [1, 0]);
    window.get_by_label("1 example of wave").click();
    settle(&mut window);
    window.get_by_label("Forget all").click();
    settle(&mut window);
    assert_eq!(examples(&window), [0, 0]);
}

#[test]
fn one_segment_becomes_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    type_phrase(&mut window, "wave");
    window.get_by_label("Change 0:09 wave").click();
    settle(&mut window);
    window.get_by_label("Use as example").click();
    settle(&mut window);
    assert_eq!(examples(&window), [1]);
    assert!(window.query_by_label_contains("1 example added").is_some());
}

#[test]
fn a_card_is_taken_from_a_segment_marked_and_kept_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    type_phrase(&mut window, "wave");
    assert!(window.query_by_label("PERFORMED").is_none());
    window.get_by_label("Change 0:09 wave").click();
    settle(&mut window);
    window.get_by_label("Take the card from it").click();
    settle(&mut window);
    let motion =
        |window: &Harness<'_, App>| window.state().state().phrases.entries()[0].motion.clone();
    let taken = motion(&window).expect("a card");
    assert!(taken.starts_with("performed: "), "{taken}");
    window.get_by_label("PERFORMED");

    let list = folder.path().join("phrases.txt");
    let dialog = |answer| desk.dialogs.borrow_mut().push(answer);
    dialog(Answer::PhrasesTarget(list.clone()));
    window.get_by_label("Save…").click();
    settle(&mut window);
    assert!(std::fs::read_to_string(&list).unwrap().contains(&taken));
    window.get_by_label("Undo").click();
    settle(&mut window);
    assert_eq!(motion(&window), None);
    assert!(window.query_by_label("PERFORMED").is_none());
    dialog(Answer::Picked(list));
    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    settle(&mut window);
    assert_eq!(motion(&window), Some(taken));
    window.get_by_label("PERFORMED");

    // What the user changes is the user's own.
    let name = synse::phrases::motion::ATTRIBUTES
        .iter()
        .map(|attribute| attribute.name)
        .find(|name| motion(&window).is_some_and(|words| words.contains(&format!("{name}="))))
        .expect("an attribute on the card");
    let chip = format!("{} ", name.replace('_', " "));
    window
        .get_all_by_label_contains(&chip)
        .next()
        .unwrap()
        .click();
    settle(&mut window);
    assert!(motion(&window).is_some_and(|words| !words.contains("performed")));
    assert!(window.query_by_label("PERFORMED").is_none());
}

/// Somebody waves from the tenth to the thirtieth second.
fn waved() -> Overview {
    let mut overview = Overview {
        start_nanos: 1,
        ..Overview::default()
    };
    for second in 10..30_u64 {
        let record = PredictionRecord {
            state: "acting".to_owned(),
            smoothed: vec![RankedRecord {
                phrase: "wave".to_owned(),
                probability: 0.8,
                seen: false,
            }],
            answer: Some("wave".to_owned()),
            ..PredictionRecord::default()
        };
        overview.note_prediction(1 + second * 1_000_000_000, &record);
    }
    overview
}

#[test]
fn a_whole_session_is_answered_again_beside_what_plays() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = opening(short_session(folder.path()), &script, &desk);
    script.push(bundle());
    script.push(opened("short"));
    script.push(playback(1));
    window.run();

    // By the real default model, and no phrases: the seen classes answer.
    window.get_by_label("Answer again").click();
    settle(&mut window);
    window
        .get_by_label("By this model and these phrases")
        .click();
    settle(&mut window);
    let rounds = |window: &Harness<'_, App>| window.state().state().tape.rounds.clone();
    assert_eq!(rounds(&window).len(), 1);
    let view = &rounds(&window)[0].view;
    assert!(
        view.done == 1.0 && view.agreement.predictions > 15,
        "{view:?}"
    );
    window.get_by_label_contains("nothing to compare with");
    script.push(acting(4, 0.7));
    settle(&mut window);

    // Another model beside it, half way through.
    type_phrase(&mut window, "wave");
    desk.dialogs
        .borrow_mut()
        .push(Answer::AgainBundle("no/such/model".into()));
    window.get_by_label("Answer again").click();
    settle(&mut window);
    window.get_by_label("By another model…").click();
    settle(&mut window);
    assert_eq!(rounds(&window).len(), 1, "it cannot be loaded");
    assert!(window.query_all_by_label_contains("no/such/model").count() > 0);
    window.get_by_label_contains("Dismiss").click();
    settle(&mut window);

    let stop = rounds(&window)[0].stop.clone();
    let mut view = AgainView {
        notes: Vec::new(),
        bundle: "ntu120".to_owned(),
        overview: waved(),
        agreement: Agreement {
            predictions: 150,
            compared: 120,
            unwritten: 0,
            same: 90,
            answered: 100,
            same_answered: 80,
        },
        done: 0.5,
    };
    let told = |view: &AgainView| {
        let studied = Studied::Again(stop.clone(), Ok(Box::new(view.clone())));
        desk.ready.borrow_mut().push(Answer::Studied(studied));
    };
    told(&view);
    script.push(playback(20));
    settle(&mut window);
    window.get_by_label("ntu120, 0 phrases · 50 % done · 80 % of 100 answers as recorded");
    window.get_by_label("here: wave 80 %");
    view.done = 1.0;
    told(&view);
    settle(&mut window);
    window.get_by_label("ntu120, 0 phrases · 80 % of 100 answers as recorded");
    window.get_by_label("Put away ntu120, 0 phrases").click();
    settle(&mut window);
    assert!(rounds(&window).is_empty() && stop.is_asked());
}
