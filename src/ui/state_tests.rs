//! What events make of the window's state.

use super::*;
use crate::capture::{Notice, NoticeKind};
use crate::live::Command;
use crate::recognizer::{Activity, Ranked};
use crate::skeleton::{Body, JOINT_COUNT};
use crate::ui::action::Effect;
use crate::ui::advice::checks;
use crate::ui::files::Answer;
use crate::ui::history::CURVES;
use crate::ui::marks::SessionView;
use crate::ui::tape::Recorder;

fn prediction(body: u64) -> Event {
    let ranked = Ranked {
        phrase: "wave".into(),
        probability: 0.9,
        seen: true,
    };
    let prediction = Prediction {
        timestamp_micros: 0,
        body,
        activity: Activity::Acting,
        ranking: vec![ranked.clone()],
        smoothed: vec![ranked.clone()],
        p_seen: 0.8,
        motion: Vec::new(),
        latent: Vec::new(),
        answer: Some(ranked),
    };
    Event::Prediction(prediction, Duration::from_millis(20))
}

fn opened() -> Event {
    Event::SourceOpened {
        name: "demo".to_owned(),
        fps: 30.0,
    }
}

#[test]
fn a_body_that_is_predicted_no_more_leaves() {
    let mut state = State::default();
    state.receive(opened());
    state.receive(prediction(7));
    state.tick(1.0);
    assert_eq!(state.focus().map(|(id, _)| id), Some(7));
    state.tick(BODY_GONE_SECONDS + 0.1);
    assert!(state.focus().is_none());
    state.tick(HISTORY_SECONDS + 1.0);
    assert!(state.bodies.is_empty());
}

#[test]
fn a_paused_body_stays() {
    let mut state = State::default();
    state.receive(opened());
    state.receive(prediction(7));
    state.source.play = Play::Paused;
    // For longer than the history is, and then another second and a half of playing.
    state.tick(20.0);
    state.tick(60.0);
    assert!(state.focus().is_some());
    state.source.play = Play::Playing;
    state.tick(61.0);
    assert!(state.focus().is_some());
    state.tick(62.0);
    assert!(state.focus().is_none());
}

#[test]
fn who_had_left_is_not_there_when_it_is_paused() {
    let mut state = State::default();
    state.receive(opened());
    state.receive(prediction(7));
    state.tick(BODY_GONE_SECONDS + 0.1);
    state.receive(prediction(8));
    state.source.play = Play::Paused;
    state.tick(30.0);
    let present: Vec<u64> = state.present().map(|(id, _)| id).collect();
    assert_eq!(present, [8]);
}

fn frame_at(seconds: u64, ids: &[u64]) -> Frame {
    let bodies = ids
        .iter()
        .map(|id| Body::tracked(*id, [[1.0; 3]; JOINT_COUNT]));
    Frame {
        timestamp_micros: seconds * 1_000_000,
        bodies: bodies.collect(),
    }
}

#[test]
fn an_answer_is_not_shown_beside_another_moment_that_is_sought() {
    let mut state = State::default();
    state.receive(opened());
    state.see(frame_at(0, &[7]));
    state.receive(prediction(7));
    state.source.play = Play::Paused;
    state.tick(60.0);
    assert!(state.focus().is_some());
    state.see(frame_at(5, &[7]));
    assert!(state.focus().is_none());
    state.see(frame_at(1, &[7]));
    assert!(state.focus().is_some(), "it is of this moment again");
}

#[test]
fn a_source_that_fails_is_not_held_and_no_audience_waits_before_one_that_ended() {
    let left_after = |ending: Event, presenting: bool| {
        let mut state = State::default();
        state.receive(opened());
        state.receive(prediction(7));
        state.present_or_not(presenting);
        state.receive(ending);
        state.tick(BODY_GONE_SECONDS + 0.1);
        state.focus().is_none()
    };
    assert!(!left_after(Event::SourceEnded, false));
    assert!(left_after(Event::SourceEnded, true));
    assert!(left_after(Event::SourceFailed("gone".to_owned()), false));
}

#[test]
fn nobody_in_view_has_the_colour_of_another_however_many_came_before() {
    let mut state = State::default();
    state.receive(opened());
    for id in 0..20 {
        state.see(frame_at(0, &[id, id + 100]));
        state.receive(prediction(id));
        let colours = [id, id + 100].map(|id| state.colour_of(id) % CURVES);
        assert_ne!(colours[0], colours[1], "{id}");
    }
}

#[test]
fn a_body_keeps_its_colour_when_another_is_forgotten() {
    let mut state = State::default();
    state.receive(opened());
    for id in [3, 5] {
        state.receive(prediction(id));
    }
    assert_eq!([3, 5].map(|id| state.colour_of(id)), [0, 1]);
    state.tick(HISTORY_SECONDS + 1.0);
    assert!(state.bodies.is_empty());
    // The one is still seen, and predicted again; the other makes room for somebody new.
    state.see(frame_at(0, &[5, 1]));
    state.receive(prediction(5));
    assert_eq!([5, 1].map(|id| state.colour_of(id)), [1, 0]);
}

#[test]
fn the_users_choice_holds_while_it_is_there() {
    let mut state = State::default();
    state.receive(opened());
    state.receive(prediction(1));
    state.receive(prediction(2));
    state.chosen_body = Some(2);
    assert_eq!(state.focus().map(|(id, _)| id), Some(2));
    state.bodies.remove(&2);
    assert_eq!(state.focus().map(|(id, _)| id), Some(1));
}

#[test]
fn a_new_source_forgets_the_bodies_of_the_old() {
    let mut state = State::default();
    state.receive(prediction(7));
    state.receive(opened());
    assert!(state.bodies.is_empty());
    assert_eq!(state.source.play, Play::Playing);
    state.receive(Event::SourceEnded);
    assert_eq!(state.source.play, Play::Ended);
}

#[test]
fn the_same_problem_is_counted_and_the_oldest_go() {
    let mut state = State::default();
    for _ in 0..3 {
        state.receive(Event::Problem("The camera is gone.".to_owned()));
    }
    assert_eq!(state.problems.len(), 1);
    assert_eq!(state.problems[0].times, 3);
    for i in 0..10 {
        state.receive(Event::Problem(format!("problem {i}")));
    }
    assert_eq!(state.problems.len(), PROBLEMS_KEPT);
    assert_eq!(state.problems[PROBLEMS_KEPT - 1].text, "problem 9");
}

#[test]
fn a_list_that_is_not_in_effect_is_not_said_to_be() {
    let mut state = State::default();
    let listed = |took| Event::Phrases {
        phrases: Vec::new(),
        took,
    };
    state.receive(listed(Some(Duration::from_millis(5))));
    assert_eq!(state.phrases_took, Some(Duration::from_millis(5)));
    state.receive(listed(None));
    assert_eq!(state.phrases_took, None);
}

#[test]
fn a_source_that_fails_to_open_is_not_waited_for() {
    let mut state = State::default();
    state.source.play = Play::Opening;
    state.receive(Event::Problem("No such file.".to_owned()));
    assert_eq!(state.source.play, Play::Nothing);
}

#[test]
fn a_camera_that_is_waited_for_is_not_given_up_for_another_problem() {
    let mut state = State::default();
    state.open_source("azure-kinect");
    for kind in [NoticeKind::Lost, NoticeKind::Preparing] {
        let text = "waiting for azure-kinect: none is plugged in".to_owned();
        state.receive(Event::Source(Notice { kind, text }));
        state.receive(Event::Problem("No such list.".to_owned()));
        assert_eq!(state.source.play, Play::Opening);
        let shown = checks(&state);
        assert!(shown[0].words.starts_with("waiting for") && shown.len() == 1);
    }
    state.receive(opened());
    assert_eq!(
        (state.source.play, state.source.trouble),
        (Play::Playing, None)
    );
}

#[test]
fn a_source_that_opened_is_among_the_recent_ones_and_no_other() {
    let mut state = State::default();
    state.open_source("replay:none.mcap");
    state.receive(Event::SourceFailed("No such file.".to_owned()));
    assert!(state.settings.recent.is_empty());
    for source in ["demo", "replay:a.mcap"] {
        state.open_source(source);
        state.receive(opened());
    }
    // The camera of another source comes back.
    state.source.spec = "kinect-v2".to_owned();
    state.receive(opened());
    assert_eq!(state.settings.recent, ["replay:a.mcap", "demo"]);
}

#[test]
fn a_source_that_fails_leaves_nothing_of_the_session_before_it() {
    let mut state = State::default();
    let stands = |has_ended| {
        Event::Playback(Playback {
            has_ended,
            length_micros: 9,
            ..Playback::default()
        })
    };
    state.receive(opened());
    state.receive(stands(true));
    state.open_source("replay:broken.mcap");
    // The session before it may still tell where it stands.
    state.receive(stands(false));
    state.receive(Event::Problem("broken.mcap is none".to_owned()));
    let why = "broken.mcap is none".to_owned();
    state.receive(Event::SourceFailed(why));
    state.receive(Event::SourceEnded);
    assert_eq!(state.source.play, Play::Ended);
    assert_eq!(state.tape.playback, None);
    let reopens = |effects: &[Effect]| matches!(&effects[0], Effect::Send(Command::OpenSource(source)) if source == "replay:broken.mcap");
    // A show tries it again, and so does the space bar.
    let mut show = state.clone();
    show.present_or_not(true);
    show.keep_presenting();
    show.now += 6.0;
    assert!(reopens(&show.keep_presenting()));
    assert!(reopens(&state.toggle_play()));
}

#[test]
fn a_session_that_was_read_too_late_is_not_shown() {
    let mut state = State::default();
    state.open_source("replay:b.mcap");
    let read = |name: &str| {
        Answer::Session(Box::new(SessionView {
            path: name.into(),
            ..SessionView::default()
        }))
    };
    state.answered(read("b.mcap"));
    state.answered(read("a.mcap"));
    let shown = state.tape.session.map(|session| session.path);
    assert_eq!(shown, Some(PathBuf::from("b.mcap")));
}

#[test]
fn the_recorder_is_what_reports_say_where_other_news_was_lost() {
    let mut state = State::default();
    let report = |is_recording| {
        Event::Stats(Stats {
            is_recording,
            ..Stats::default()
        })
    };
    for (asked, is_recording, then) in [
        (Recorder::Starting, true, Recorder::On),
        (Recorder::Ending, false, Recorder::Off),
        (Recorder::Starting, false, Recorder::Off),
    ] {
        state.tape.recorder = asked;
        for _ in 0..2 {
            state.receive(report(is_recording));
            assert_eq!(state.tape.recorder, asked, "it may still be told");
        }
        state.receive(report(is_recording));
        assert_eq!(state.tape.recorder, then);
    }
}
