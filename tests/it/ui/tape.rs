//! Recording, replay, marking and judging in the window, driven by labels.

use super::performer::{Script, acting, opened, opening_state, waving};
use super::{Answered, type_phrase, window, window_at};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::path::{Path, PathBuf};
use synse::live::{Command, Event, Judged, Playback, Recorded, Transport};
use synse::recording::session::{MarkerRecord, SessionWriter};
use synse::skeleton::Frame;
use synse::ui::App;
use synse::ui::files::Answer;
use synse::ui::marks::Mark;
use synse::ui::settings::Settings;
use synse::ui::tape::Recorder;

fn stopped(path: &Path, problem: Option<&str>) -> Event {
    let recorded = Recorded {
        path: path.to_owned(),
        seconds: 61.0,
        frames: 1830,
        bytes: 2_345_678,
        free_bytes: Some(9_000_000_000),
        dropped: 0,
    };
    Event::RecordingStopped(recorded, problem.map(str::to_owned))
}

#[test]
fn a_recording_is_begun_watched_and_ended() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("Record").click();
    window.run();
    assert!(
        matches!(script.last_sent(), Some(Command::StartRecording(folder)) if folder.ends_with("SynSE sessions"))
    );
    let path = PathBuf::from("somewhere/session-1.mcap");
    script.push(Event::RecordingStarted(path.clone()));
    script.push(Event::Recording(Recorded {
        path: path.clone(),
        seconds: 61.0,
        bytes: 2_345_678,
        free_bytes: Some(9_000_000_000),
        ..Recorded::default()
    }));
    window.run();
    window.get_by_label_contains("1:01 · 2.3 MB");
    window.get_by_label("9.0 GB free");
    window.get_by_label("Stop recording").click();
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::StopRecording)));
    script.push(stopped(&path, None));
    window.run();
    window.get_by_label("Replay it").click();
    window.run();
    assert!(
        matches!(script.last_sent(), Some(Command::OpenSource(source)) if source == "replay:somewhere/session-1.mcap")
    );
}

#[test]
fn a_key_records_and_a_countdown_can_be_cancelled() {
    let script = Script::default();
    let mut window = window(&script);
    window.run();
    window.get_by_label("In 5 seconds").click();
    window.run_steps(2);
    assert!(matches!(
        window.state().state().tape.recorder,
        Recorder::Counting(_)
    ));
    window.get_by_label_contains("Recording begins in");
    window.get_by_label("Cancel").click();
    window.run_steps(2);
    assert_eq!(window.state().state().tape.recorder, Recorder::Off);
    assert_eq!(script.sent(), 0);
    window.get_by_label("In 5 seconds").click();
    window.run_steps(2);
    for _ in 0..60 {
        window.run_steps(10);
        if script.sent() > 0 {
            break;
        }
    }
    assert!(matches!(
        script.last_sent(),
        Some(Command::StartRecording(_))
    ));
    script.push(Event::RecordingStarted("a.mcap".into()));
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::R);
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::StopRecording)));
    window.get_by_label("Record from the start").click();
    window.run();
    assert!(window.state().state().settings.record_at_start);
}

#[test]
fn a_stray_letter_brings_no_other_performer_into_a_recording() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(Event::RecordingStarted("a.mcap".into()));
    window.run();
    let sent = script.sent();
    window.key_press(egui::Key::D);
    window.run();
    assert_eq!(script.sent(), sent);
    script.push(stopped(Path::new("a.mcap"), None));
    window.run();
    window.key_press(egui::Key::D);
    window.run();
    assert!(matches!(script.last_sent(), Some(Command::OpenSource(source)) if source == "demo"));
}

#[test]
fn a_recording_that_breaks_off_says_why_and_another_can_begin() {
    let script = Script::default();
    let mut window = window(&script);
    script.push(Event::RecordingStarted("a.mcap".into()));
    let why = "recording has stopped: the disk is nearly full";
    script.push(stopped(Path::new("a.mcap"), Some(why)));
    script.push(Event::Problem(why.to_owned()));
    window.run();
    window.get_by_label(why);
    window.get_by_label("Record");
}

/// When a frame of a session was taken.
fn nanos(index: u64) -> u64 {
    1_000_000_000 + index * 33_333_000
}

/// A session of somebody who waves, so many frames long.
fn waved(path: &Path, frames: u64) -> SessionWriter {
    let mut writer = SessionWriter::create(path, nanos(0)).unwrap();
    for index in 0..frames {
        let frame = Frame {
            timestamp_micros: index * 33_333,
            bodies: vec![waving(4, 0.0, 2.0, index as f32 * 0.1)],
        };
        writer.frame(nanos(index), &frame).unwrap();
    }
    writer
}

/// Three seconds of somebody who waves.
pub(super) fn short_session(folder: &Path) -> PathBuf {
    let path = folder.join("short.mcap");
    waved(&path, 90).finish(nanos(90)).unwrap();
    path
}

/// A minute of somebody who waves, with a segment that was marked live.
pub(super) fn session(folder: &Path) -> PathBuf {
    let path = folder.join("minute.mcap");
    let mut writer = waved(&path, 1800);
    let marker = MarkerRecord {
        label: "wave".to_owned(),
        start_nanos: nanos(300),
        end_nanos: nanos(360),
    };
    writer.marker(nanos(1800), &marker).unwrap();
    writer.finish(nanos(1800)).unwrap();
    path
}

pub(super) fn playback(seconds: u64) -> Event {
    Event::Playback(Playback {
        position_micros: seconds * 1_000_000,
        length_micros: 60_000_000,
        speed: 1.0,
        ..Playback::default()
    })
}

fn last_move(script: &Script) -> Transport {
    match script.last_sent() {
        Some(Command::Move(transport)) => transport,
        other => panic!("{other:?}"),
    }
}

pub(super) fn replaying(folder: &Path, script: &Script, desk: &Answered) -> Harness<'static, App> {
    let mut window = opening(session(folder), script, desk);
    script.push(opened("minute"));
    script.push(playback(20));
    window.run();
    window
}

/// A window in which a session was picked, of which nothing has come yet.
pub(super) fn opening(path: PathBuf, script: &Script, desk: &Answered) -> Harness<'static, App> {
    let state = opening_state(Settings::default(), &[]);
    let mut window = window_at([1400.0, 900.0], state, script, desk);
    window.run();
    desk.dialogs.borrow_mut().push(Answer::Picked(path));
    window.get_by_label("Open file…").click();
    window.run();
    window
}

#[test]
fn a_session_is_sought_stepped_and_sped_up() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    window.get_by_label("0:20.0 of 1:00");
    let strip = window.get_by_label("Timeline, 1 marked").rect();
    window.get_by_label("Timeline, 1 marked").click();
    window.run();
    let Transport::Seek(micros) = last_move(&script) else {
        panic!("{:?}", script.last_sent())
    };
    assert!(
        (29_000_000..31_000_000).contains(&micros),
        "{micros} of {strip:?}"
    );
    for (label, expected) in [
        ("One frame back", Transport::Step(-1)),
        ("One frame on", Transport::Step(1)),
        ("To the begin", Transport::Seek(0)),
        ("4×", Transport::Speed(4.0)),
        ("0:09 wave", Transport::Seek(9_999_900)),
    ] {
        window.get_by_label(label).click();
        window.run();
        assert_eq!(last_move(&script), expected, "{label}");
    }
    window.get_by_label("Play up to here").click();
    window.run();
    let range = Transport::Range {
        start: 0,
        end: Some(20_000_000),
        looping: false,
    };
    assert_eq!(last_move(&script), range);
    window.key_press(egui::Key::ArrowLeft);
    window.run();
    assert!(matches!(
        last_move(&script),
        Transport::Seek(_) | Transport::Range { .. }
    ));
}

#[test]
fn segments_are_marked_kept_judged_and_become_clips() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    type_phrase(&mut window, "swing a golf club");
    let marks = |window: &Harness<'_, App>| window.state().state().tape.marks.clone();
    assert_eq!(marks(&window).len(), 1);

    // By the button, from the twentieth second to the twenty-fourth.
    window.get_by_label("Begin segment").click();
    window.run();
    script.push(playback(24));
    window.run();
    window.get_by_label("End segment").click();
    window.run();
    let expected = Mark {
        label: "swing a golf club".to_owned(),
        start_micros: 20_000_000,
        end_micros: 24_000_000,
    };
    assert_eq!(marks(&window)[1], expected);

    // By a drag below the ruler.
    let strip = window.get_by_label("Timeline, 2 marked").rect();
    let at = |share: f32| egui::pos2(strip.left() + share * strip.width(), strip.bottom() - 8.0);
    window.drag_at(at(0.6));
    window.run();
    window.hover_at(at(0.7));
    window.run();
    window.drop_at(at(0.7));
    window.run();
    let dragged = marks(&window)[2].clone();
    assert!(
        dragged.start_micros.abs_diff(36_000_000) < 500_000,
        "{dragged:?}"
    );
    assert!(
        dragged.end_micros.abs_diff(42_000_000) < 500_000,
        "{dragged:?}"
    );
    window.get_by_label("Remove 0:09 wave").click();
    window.run();
    let kept = std::fs::read_to_string(folder.path().join("minute.marks.csv")).unwrap();
    assert_eq!(kept.lines().count(), 3, "{kept}");
    assert!(
        kept.contains("swing a golf club,20000000,24000000"),
        "{kept}"
    );

    window.get_by_label("Judge").click();
    window.run();
    let Some(Command::Judge(takes)) = script.last_sent() else {
        panic!("{:?}", script.last_sent())
    };
    assert!(
        takes.len() == 2 && takes[0].frames.len() > 115,
        "{}",
        takes[0].frames.len()
    );
    let judged = |answer: &str| Judged {
        label: "swing a golf club".to_owned(),
        answer: Ok(answer.to_owned()),
    };
    script.push(Event::Judged(vec![
        judged("swing a golf club"),
        judged("throw"),
    ]));
    window.run();
    window.get_by_label("50 % right");
    window.get_by_label("1 of 2");
    for (button, name) in [("Save table…", "c.csv"), ("Save picture…", "c.svg")] {
        let target = folder.path().join(name);
        desk.dialogs
            .borrow_mut()
            .push(Answer::ConfusionTarget(target.clone()));
        window.get_by_label(button).click();
        window.run();
        assert!(std::fs::read_to_string(target).unwrap().contains("throw"));
    }
    let target = folder.path().join("c.png");
    desk.dialogs
        .borrow_mut()
        .push(Answer::ConfusionTarget(target.clone()));
    window.get_by_label("Save picture…").click();
    window.run();
    assert!(std::fs::read(target).unwrap().starts_with(b"\x89PNG"));

    let target = folder.path().join("clips.safetensors");
    desk.dialogs
        .borrow_mut()
        .push(Answer::ClipsTarget(target.clone()));
    window.get_by_label("Save clips…").click();
    window.run();
    let store = synse::capture::clip_store::ClipStore::open(&target).unwrap();
    assert_eq!(store.clips.len(), 2);
    assert!(
        (store.clips[0].fps - 30.0).abs() < 1.0 && store.clips[0].phrase == "swing a golf club"
    );
}

#[test]
fn what_is_predicted_now_stands_beside_what_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (script, desk) = (Script::default(), Answered::default());
    let mut window = replaying(folder.path(), &script, &desk);
    let strip = |window: &Harness<'_, App>| window.get_by_label("Timeline, 1 marked").rect();
    let before = strip(&window);
    script.push(acting(4, 0.8));
    window.run();
    window.get_by_label("now: wave 80 %");
    assert_eq!(strip(&window), before, "words come and go beside it");
}
