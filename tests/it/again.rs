//! Sessions answered again, and whatever `import` reads classified from the command line.

use crate::cli::{Place, expect, lines, text_encoder};
use crate::fakes::{entry, events_until, stages, waving_frame};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use synse::live::again::{Again, Answers, Before, go_through, motion_of};
use synse::live::stages::Stages;
use synse::live::{Command, Event, Session, SessionOptions};
use synse::phrases::motion::ATTRIBUTE_COUNT;
use synse::recording::session::{MarkerRecord, SessionWriter};

const LONG: Duration = Duration::from_secs(20);

/// A session of so many frames, recorded as fast as it goes by the fake bundle.
fn recorded(folder: &Path, frames: u64) -> PathBuf {
    let none = Duration::ZERO;
    recorded_by(stages(none, none), folder, frames)
}

/// The same by these stages.
pub(crate) fn recorded_by(stages: Stages, folder: &Path, frames: u64) -> PathBuf {
    let path = folder.join("s.mcap");
    let options = SessionOptions {
        source: Some(frames.to_string()),
        record: Some(path.clone()),
        phrases: vec![entry(1, "swing club")],
        fast: true,
        ..SessionOptions::default()
    };
    let session = Session::start(stages, options, Arc::new(|| {})).unwrap();
    events_until(&session, LONG, |event| matches!(event, Event::SourceEnded));
    session.send(Command::StopRecording).unwrap();
    events_until(&session, LONG, |event| {
        matches!(event, Event::RecordingStopped(..))
    });
    path
}

/// A session answered again as it was, by the fake bundle, which takes that long for each answer.
fn answers(session: &Path, encoding: Duration) -> Answers {
    let again = Again {
        session: session.to_owned(),
        ..Again::default()
    };
    let before = Before::read(session).unwrap();
    Answers::new(&again, &before, stages(encoding, Duration::ZERO)).unwrap()
}

#[test]
fn what_was_predicted_live_is_predicted_again_frame_by_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded(folder.path(), 600);
    let before = Before::read(&path).unwrap();
    assert_eq!(before.entries()[0].text, "swing club");
    assert_eq!(before.settings.bundle, "fake");
    let mut answers = answers(&path, Duration::ZERO);
    let (mut again, mut last) = (Vec::new(), 0);
    while let Some((at, predictions)) = answers.next_answers().unwrap() {
        assert!(at >= last, "{at} after {last}");
        last = at;
        again.extend(predictions.into_iter().map(|now| (at, now)));
    }
    let times = |at: u64| before.predictions.iter().any(|was| was.at_micros == at);
    assert_eq!(again.len(), before.predictions.len());
    assert!(again.len() > 140 && again.iter().all(|(at, _)| times(*at)));
}

#[test]
fn a_round_tells_how_far_it_is_and_ends_when_nobody_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = recorded(folder.path(), 600);
    let before = Before::read(&path).unwrap();
    let whole = go_through(answers(&path, Duration::ZERO), &before, &mut |_| true).unwrap();
    assert_eq!(whole.bundle, "fake");
    assert_eq!(whole.done, 1.0);
    assert_eq!(whole.agreement.predictions, before.predictions.len());
    assert_eq!(whole.agreement.compared, before.predictions.len());
    assert!(!whole.overview.moments.is_empty() && whole.overview.start_nanos == 1);

    // Slow enough that somebody hears of it on the way.
    let slow = answers(&path, Duration::from_millis(30));
    let mut heard = Vec::new();
    let cut = go_through(slow, &before, &mut |view| {
        heard.push(view.done);
        heard.len() < 2
    });
    let cut = cut.unwrap();
    assert!(
        heard.len() == 2 && heard[0] > 0.0 && heard[0] < heard[1],
        "{heard:?}"
    );
    assert!(cut.done < 1.0 && cut.agreement.predictions < whole.agreement.predictions);

    let error = Before::read(&folder.path().join("none.mcap")).unwrap_err();
    assert!(error.contains("none.mcap"), "{error}");
}

#[test]
fn the_default_model_sees_motion_in_some_frames() {
    let frames: Vec<_> = (0..90).map(waving_frame).collect();
    let motion = motion_of(None, &frames).unwrap();
    assert_eq!(motion.len(), ATTRIBUTE_COUNT);
    assert!(motion.iter().any(|weight| *weight > 0.2));
    assert!(motion_of(None, &[]).is_err());
    let error = motion_of(Some(Path::new("no/such/model")), &frames).unwrap_err();
    assert!(error.contains("no/such/model"), "{error}");
}

#[test]
fn replay_rerun_sets_answers_beside_those_recorded() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let (bundle, session) = (place.text("bundle"), place.text("a.mcap"));
    let args = [
        "record",
        "--source",
        &format!("replay:{}#c-0", place.text("clips")),
        "--device",
        "cpu",
        "--bundle",
        &bundle,
        "--phrase",
        "swing a golf club",
        "--out",
        &session,
    ];
    expect(0, args);
    let rerun = |code: i32, more: &[&str]| {
        let mut args = vec![
            "replay", &session, "--rerun", "--bundle", &bundle, "--device", "cpu",
        ];
        args.extend(more);
        expect(code, args)
    };
    let (out, _) = rerun(0, &["--json"]);
    let mut objects = lines(&out);
    let summary = objects.pop().unwrap()["summary"].clone();
    assert_eq!(summary["phrases"], 1, "those of the session: {summary}");
    assert_eq!(summary["predictions"], objects.len());
    assert!(
        objects.len() >= 15 && summary["recorded"].as_u64() > Some(3),
        "{summary}"
    );
    assert!(summary["compared"].as_u64() > Some(3), "{summary}");
    let fields = [
        "at", "t", "body", "state", "ranking", "smoothed", "answer", "p_seen", "recorded",
    ];
    for field in fields {
        assert!(objects[3].get(field).is_some(), "{field}: {}", objects[3]);
    }
    let list = place.path("other.txt");
    std::fs::write(&list, "jump rope\nbow\n").unwrap();
    let (out, _) = rerun(
        0,
        &["--phrases", &list.display().to_string(), "--gate", "soft"],
    );
    assert!(
        out.contains("with 2 phrases") && out.contains("recorded: "),
        "{out}"
    );
    let (_, err) = expect(2, ["replay", &session, "--json"]);
    assert!(err.contains("--rerun"), "{err}");
    let clips = place.text("clips");
    let (_, err) = expect(1, ["replay", &clips, "--rerun"]);
    assert!(err.contains("is no session"), "{err}");
}

#[test]
fn classify_takes_whatever_import_reads_and_marked_segments() {
    let place = Place::new();
    let (bundle, store) = (place.text("bundle"), place.text("clips"));
    let classified = |file: &str| -> Vec<(String, f64)> {
        let (out, _) = expect(0, ["classify", file, "--bundle", &bundle, "--json"]);
        let line = |line: &serde_json::Value| {
            let clip = line["clip"].as_str().unwrap().to_owned();
            (clip, line["ranking"][0]["probability"].as_f64().unwrap())
        };
        lines(&out).iter().map(line).collect()
    };
    let truth = classified(&format!("{store}#c-1"))[0].1;
    for format in ["csv", "parquet", "json", "bvh"] {
        let folder = place.text(format);
        let clip = format!("{store}#c-1");
        let (out, _) = expect(0, ["export", &clip, "--format", format, "--out", &folder]);
        let file = out.lines().next().unwrap().trim().to_owned();
        let found = classified(&file);
        assert_eq!(found.len(), 1, "{file}");
        assert!(
            (found[0].1 - truth).abs() < 1e-2,
            "{file}: {found:?}, {truth}"
        );
        let one = classified(&format!("{file}#{}", found[0].0));
        assert_eq!(one, found);
        let (_, err) = expect(
            1,
            [
                "classify",
                &format!("{file}#no such take"),
                "--bundle",
                &bundle,
            ],
        );
        assert!(err.contains("no such take"), "{err}");
    }
    let session = place.path("marked.mcap");
    let mut writer = SessionWriter::create(&session, 1_000_000_000).unwrap();
    let nanos = |index: u64| 1_000_000_000 + index * 33_333_000;
    for index in 0..200 {
        writer.frame(nanos(index), &waving_frame(index)).unwrap();
    }
    let text = session.display().to_string();
    let segment = MarkerRecord {
        label: "wave hand".to_owned(),
        start_nanos: nanos(60),
        end_nanos: nanos(150),
    };
    writer.marker(nanos(150), &segment).unwrap();
    writer.finish(nanos(200)).unwrap();
    let found = classified(&text);
    assert_eq!(found[0].0, "0:01.9 wave hand");
    std::fs::write(
        session.with_extension("marks.csv"),
        "label,start_micros,end_micros\n",
    )
    .unwrap();
    let (_, err) = expect(1, ["classify", &text, "--bundle", &bundle]);
    assert!(err.contains("no segment is marked"), "{err}");
}
