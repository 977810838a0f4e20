//! Work on recordings: what is asked for, and what comes of it.

use super::*;
use crate::recording::session::Overview;
use crate::ui::marks::SessionView;

fn example(name: &str, height: f32) -> Example {
    let joints = [[0.1, height, 2.0]; crate::skeleton::JOINT_COUNT];
    Example::new(name, 30.0, vec![vec![joints; 30]]).unwrap()
}

fn listing(texts: &[&str]) -> State {
    let mut state = State::default();
    for text in texts {
        state.apply(Action::Phrase(PhraseEdit::Add((*text).to_owned())));
    }
    state
}

#[test]
fn segments_become_examples_of_the_phrases_that_they_are_labelled_with() {
    let mut state = listing(&["wave", "swat a fly - one arm"]);
    state.examples_home = Some("home".into());
    let examples = vec![
        ("Wave".to_owned(), example("a", 1.0)),
        ("swat a fly".to_owned(), example("b", 1.1)),
        ("juggle".to_owned(), example("c", 1.2)),
    ];
    let effects = state.studied(Studied::Examples(examples.clone(), Vec::new()));
    assert!(effects.iter().any(|effect| matches!(
        effect,
        Effect::Ask(Request::Study(Study::Keep(home, kept))) if home.ends_with("home") && kept.len() == 2
    )));
    let counts = |state: &State| -> Vec<usize> {
        let entries = state.phrases.entries().iter();
        entries.map(|entry| entry.examples.len()).collect()
    };
    assert_eq!(counts(&state), [1, 1]);
    assert!(
        state
            .notice
            .as_ref()
            .is_some_and(|(words, _)| words.contains("juggle"))
    );
    // The same again changes nothing, and is no edit.
    let before = state.phrases.entries().to_vec();
    state.studied(Studied::Examples(examples, Vec::new()));
    assert_eq!(state.phrases.entries(), before);
    state.apply(Action::Phrase(PhraseEdit::Undo));
    assert_eq!(counts(&state), [0, 0]);
    state.apply(Action::Phrase(PhraseEdit::Redo));
    assert_eq!(counts(&state), [1, 1]);
}

#[test]
fn a_card_of_a_segment_is_marked_as_performed() {
    let mut state = listing(&["wave"]);
    let mut seen = vec![0.0; crate::phrases::motion::ATTRIBUTE_COUNT];
    seen[0] = 0.91;
    state.studied(Studied::Card("wave".to_owned(), seen.clone()));
    let motion = state.phrases.entries()[0].motion.clone();
    assert!(motion.is_some_and(|words| words.starts_with("performed: ") && words.contains("=0.9")));
    state.studied(Studied::Card("juggle".to_owned(), seen));
    assert_eq!(state.phrases.entries().len(), 1);
}

#[test]
fn a_round_as_recorded_asks_for_nothing_of_its_own_and_says_what_is_missing() {
    let mut state = listing(&["wave"]);
    assert!(state.again_as_recorded().is_empty(), "nothing plays");
    let path = PathBuf::from("s.mcap");
    state.tape.session = Some(SessionView {
        path: path.clone(),
        ..SessionView::default()
    });
    let effects = state.apply(Action::Tape(crate::ui::tape::TapeAction::AgainAsRecorded));
    let Some(Effect::Ask(Request::Study(Study::Again(again, stop)))) = effects.first() else {
        panic!("{effects:?}")
    };
    let plain = Again {
        session: path,
        ..Again::default()
    };
    assert_eq!(**again, plain);
    let view = AgainView {
        notes: vec!["another model answers".to_owned()],
        ..AgainView::default()
    };
    state.studied(Studied::Again(stop.clone(), Ok(Box::new(view))));
    assert_eq!(state.problems.len(), 1);
}

#[test]
fn rounds_stand_below_each_other_and_the_oldest_makes_room() {
    let mut state = listing(&["wave"]);
    assert!(state.again(None).is_empty(), "nothing plays");
    state.tape.session = Some(SessionView::default());
    for _ in 0..3 {
        assert_eq!(state.again(None).len(), 1);
    }
    assert_eq!(state.tape.rounds.len(), MOST_ROUNDS);
    let stop = state.tape.rounds[1].stop.clone();
    let view = AgainView {
        bundle: "other".to_owned(),
        overview: Overview::default(),
        done: 0.5,
        ..AgainView::default()
    };
    state.studied(Studied::Again(stop.clone(), Ok(Box::new(view))));
    assert_eq!(state.tape.rounds[1].view.bundle, "other");
    state.studied(Studied::Again(Stop::default(), Err("late".to_owned())));
    assert!(state.problems.is_empty(), "nobody waits for it");
    state.studied(Studied::Again(stop, Err("no such model".to_owned())));
    assert_eq!((state.tape.rounds.len(), state.problems.len()), (1, 1));
}

#[test]
fn what_was_kept_is_found_again_and_what_is_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let one = example("a", 1.0);
    let kept = Study::Keep(folder.path().join("new"), vec![one.clone(), one.clone()]);
    assert_eq!(kept.perform(&mut |_| true), Answer::Nothing);
    let mut entries = listing(&["wave"]).phrases.entries().to_vec();
    let wanted = vec![vec![
        one.fingerprint().to_owned(),
        "0123456789abcdef".to_owned(),
    ]];
    let problems = restore(&folder.path().join("new"), &mut entries, &wanted);
    assert_eq!(entries[0].examples, std::slice::from_ref(&one));
    assert_eq!(entries[0].examples[0].name(), "a");
    assert!(
        problems.len() == 1 && problems[0].contains("wave"),
        "{problems:?}"
    );
}
