//! What users do, and what the app is left to carry out.

use super::*;
use crate::phrases::PhraseEntry;
use crate::ui::state::Play;
use crate::ui::state::{ClipLine, ClipList};

fn sent(effects: &[Effect]) -> Vec<String> {
    effects.iter().map(|effect| format!("{effect:?}")).collect()
}

#[test]
fn an_edit_sends_the_whole_list_once() {
    let mut state = State::default();
    let effects = state.apply(Action::Phrase(PhraseEdit::Add("wave".to_owned())));
    assert!(matches!(&effects[..], [Effect::Send(Command::SetPhrases(list))] if list.len() == 1));
    assert!(
        state
            .apply(Action::Phrase(PhraseEdit::Add("wave".to_owned())))
            .is_empty()
    );
    assert!(state.notice.is_some());
}

#[test]
fn play_pause_and_again() {
    let mut state = State::default();
    assert!(sent(&state.apply(Action::TogglePlay))[0].contains("demo"));
    assert_eq!(state.source.play, Play::Opening);
    assert!(state.apply(Action::TogglePlay).is_empty());
    state.source.play = Play::Playing;
    assert!(matches!(
        state.apply(Action::TogglePlay)[..],
        [Effect::Send(Command::Pause)]
    ));
    assert!(matches!(
        state.apply(Action::TogglePlay)[..],
        [Effect::Send(Command::Resume)]
    ));
    state.source.play = Play::Ended;
    assert!(matches!(
        state.apply(Action::TogglePlay)[..],
        [Effect::Send(Command::OpenSource(_))]
    ));
}

#[test]
fn a_store_is_listed_and_its_first_clip_plays() {
    let mut state = State::default();
    let path = PathBuf::from("data/actions.safetensors");
    let effects = state.apply(Action::OpenFile(path.clone()));
    assert!(matches!(&effects[..], [Effect::Ask(Request::ReadClips(p))] if *p == path));
    let clips = vec![ClipLine {
        clip: "a-1".to_owned(),
        phrase: "wave".to_owned(),
        seconds: 3.0,
    }];
    let effects = state.answered(Answer::Clips(ClipList { path, clips }));
    assert!(sent(&effects)[0].contains("replay:data/actions.safetensors#a-1"));
}

#[test]
fn a_file_of_no_known_kind_is_named_in_the_complaint() {
    let mut state = State::default();
    assert!(
        state
            .apply(Action::OpenFile(PathBuf::from("holiday.jpg")))
            .is_empty()
    );
    assert!(state.problems[0].text.contains("holiday.jpg"));
}

#[test]
fn panning_by_hand_stops_following() {
    let mut state = State::default();
    state.apply(Action::Pan(0.1, 0.0));
    assert_eq!(state.settings.following, Following::Nothing);
    state.apply(Action::ResetView);
    assert_eq!(state.settings.following, Following::Bodies);
}

#[test]
fn a_loaded_list_can_be_undone() {
    let mut state = State::default();
    state.apply(Action::Phrase(PhraseEdit::Add("wave".to_owned())));
    let clap = PhraseEntry {
        text: "clap".to_owned(),
        ..PhraseEntry::default()
    };
    state.answered(Answer::Phrases {
        path: PathBuf::from("list.txt"),
        entries: vec![clap],
        left_out: 1,
    });
    assert_eq!(state.phrases.entries()[0].text, "clap");
    assert!(
        state
            .notice
            .as_ref()
            .is_some_and(|(text, _)| text.contains("twice"))
    );
    state.apply(Action::Phrase(PhraseEdit::Undo));
    assert_eq!(state.phrases.entries()[0].text, "wave");
}

#[test]
fn a_recording_at_its_end_begins_again_where_it_is() {
    let at = |has_ended, is_held| {
        crate::live::Event::Playback(crate::live::Playback {
            is_held,
            has_ended,
            ..crate::live::Playback::default()
        })
    };
    let mut state = State::default();
    state.receive(at(true, false));
    assert_eq!(state.source.play, Play::Ended);
    let effects = state.apply(Action::TogglePlay);
    assert!(matches!(effects[..], [Effect::Send(Command::Resume)]));
    state.receive(at(false, true));
    assert_eq!(state.source.play, Play::Paused);
}
