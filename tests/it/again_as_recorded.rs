//! A session answered again as it was: the same models, phrases, settings and ways up at the same frames.

use crate::cli::text_encoder;
use crate::fakes::{
    Script, entry, events_until, predictions, random_bundle, stages, stop_recording, waving_frame,
};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synse::capture::{CaptureError, Source};
use synse::device::{self, DeviceChoice};
use synse::gate::GateMode;
use synse::live::again::{Again, Answers, Before};
use synse::live::stages::Stages;
use synse::live::{Command, Event, Session, SessionOptions};
use synse::phrases::{Example, PhraseEntry};
use synse::recognizer::{Activity, Prediction};
use synse::recording::session::{
    Change, ChangeRecord, Entry, PredictionRecord, RankedRecord, SessionFile,
};
use synse::skeleton::Frame;

const LONG: Duration = Duration::from_secs(120);

/// What was recorded is rounded to this, and a little more where many values are added up.
const CLOSE: f32 = 1e-3;

pub(crate) fn recorded_predictions(path: &Path) -> Vec<(u64, PredictionRecord)> {
    let mut file = SessionFile::open(path).unwrap();
    let chunks = 0..file.chunks();
    let entries = chunks.flat_map(|chunk| file.entries(chunk).unwrap().unwrap());
    entries
        .filter_map(|(at, entry)| match entry {
            Entry::Prediction(record) => Some((at, record)),
            _ => None,
        })
        .collect()
}

/// All answers, by the frame's time and the body, and what could not be as it was.
pub(crate) fn again(
    again: &Again,
    stages: Stages,
) -> (HashMap<(u64, u64), Prediction>, Vec<String>) {
    again_after(again, &Before::read(&again.session).unwrap(), stages)
}

/// The same, after what is given here.
pub(crate) fn again_after(
    again: &Again,
    before: &Before,
    stages: Stages,
) -> (HashMap<(u64, u64), Prediction>, Vec<String>) {
    let mut answers = Answers::new(again, before, stages).unwrap();
    let mut all = HashMap::new();
    while let Some((at, predictions)) = answers.next_noted().unwrap() {
        all.extend(predictions.into_iter().map(|now| ((at, now.body), now)));
    }
    (all, answers.notes().to_vec())
}

pub(crate) fn as_recorded(path: &Path) -> Again {
    Again {
        session: path.to_owned(),
        ..Again::default()
    }
}

/// Whether two answers are the same.
fn is_same(was: &PredictionRecord, now: &Prediction) -> bool {
    let state = match now.activity {
        Activity::Idle => "idle",
        Activity::Acting => "acting",
    };
    let lines = |was: &[RankedRecord], now: &[synse::recognizer::Ranked]| {
        was.len() == now.len().min(10)
            && was.iter().all(|was| {
                now.iter().any(|now| {
                    *was.phrase == *now.phrase
                        && was.seen == now.seen
                        && (was.probability - now.probability).abs() < CLOSE
                })
            })
    };
    was.state == state
        && (was.p_seen - now.p_seen).abs() < CLOSE
        && lines(&was.ranking, &now.ranking)
        && lines(&was.smoothed, &now.smoothed)
        && was.answer.as_deref() == now.answer.as_ref().map(|answer| &*answer.phrase)
}

/// Of how many recorded predictions there are so many now, and so many are the same.
pub(crate) fn compare(
    was: &[(u64, PredictionRecord)],
    now: &HashMap<(u64, u64), Prediction>,
) -> (usize, usize) {
    let found = was
        .iter()
        .filter_map(|(at, was)| Some((was, now.get(&(*at, was.body))?)));
    let found: Vec<_> = found.collect();
    for (was, now) in found.iter().filter(|(was, now)| !is_same(was, now)).take(2) {
        println!("was {was:?}\nnow {now:?}");
    }
    let same = found.iter().filter(|(was, now)| is_same(was, now)).count();
    (found.len(), same)
}

/// A camera that leans, and is as slow as its frames are.
struct Leaning(Script);

impl Source for Leaning {
    fn name(&self) -> String {
        "leaning".into()
    }

    fn fps(&self) -> f32 {
        30.0
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        self.0.next_frame()
    }

    fn up(&self) -> Option<[f32; 3]> {
        let (sin, cos) = 25_f32.to_radians().sin_cos();
        Some([0.0, cos, sin])
    }
}

/// Fakes that see everything a little late, with a model that takes its time to load.
pub(crate) fn late_stages() -> Stages {
    let mut stages = stages(Duration::from_millis(20), Duration::from_millis(30));
    stages.source = Box::new(|_| {
        // Nobody stands still, so that each frame is answered for differently.
        let frames = (0..u64::MAX).map(|index| {
            let mut frame = waving_frame(index);
            for (place, value) in frame.bodies[0]
                .joints
                .as_flattened_mut()
                .iter_mut()
                .enumerate()
            {
                *value += ((index * 75 + place as u64) as f32 * 0.37).sin() * 0.05;
            }
            frame
        });
        Ok(Box::new(Leaning(Script {
            frames: Box::new(frames),
            fails: false,
        })))
    });
    let load = std::mem::replace(&mut stages.bundle, Box::new(|_| Err(String::new())));
    stages.bundle = Box::new(move |folder| {
        // Longer than the frames wait.
        std::thread::sleep(Duration::from_millis(2600));
        load(folder)
    });
    stages
}

fn waved(name: &str) -> Example {
    let joints = |index| waving_frame(index).bodies[0].joints;
    Example::new(name, 30.0, vec![(0..60).map(joints).collect()]).unwrap()
}

#[test]
fn a_run_of_a_leaning_camera_is_answered_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let mut shown = entry(2, "jump");
    shown.examples.push(waved("shown"));
    let options = SessionOptions {
        source: Some("leaning".into()),
        record: Some(path.clone()),
        phrases: vec![entry(1, "swing club")],
        ..SessionOptions::default()
    };
    let session = Session::start(late_stages(), options, Arc::new(|| {})).unwrap();
    let send = |command| {
        session.send(command).unwrap();
        predictions(&session, 5);
    };
    predictions(&session, 5);
    send(Command::SetPhrases(vec![
        entry(1, "swing club"),
        shown.clone(),
    ]));
    send(Command::SetByExamples(true));
    send(Command::SetLevelled(false));
    send(Command::SetThreshold(0.6));
    send(Command::SetGate(GateMode::Soft));
    send(Command::OpenSource("another".into()));
    send(Command::SetGate(GateMode::Off));
    send(Command::SetLevelled(true));
    send(Command::SetPhrases(vec![shown]));
    stop_recording(&session);

    let was = recorded_predictions(&path);
    let (now, notes) = again(&as_recorded(&path), stages(Duration::ZERO, Duration::ZERO));
    assert_eq!(compare(&was, &now), (was.len(), was.len()));
    assert_eq!(now.len(), was.len(), "no answer where there was none");
    assert!(
        was.len() >= 50 && notes.is_empty(),
        "{} {notes:?}",
        was.len()
    );
    // What is asked to be otherwise is, and shows that the same is no accident.
    let others: [fn(&mut Again); 3] = [
        |asked| asked.gate = Some(GateMode::Hard),
        |asked| asked.by_examples = Some(false),
        |asked| asked.phrases = Some(vec![entry(1, "swing club"), entry(2, "jump")]),
    ];
    for other in others {
        let mut asked = as_recorded(&path);
        other(&mut asked);
        let (now, _) = again(&asked, stages(Duration::ZERO, Duration::ZERO));
        let (found, same) = compare(&was, &now);
        assert!(
            found == was.len() && same < found,
            "{asked:?}: {same} of {found}"
        );
    }
    let unseen = |record: &ChangeRecord| matches!(record.change, Change::Unseen { .. });
    let course = Before::read(&path).unwrap().course;
    // A clip is turned by its first frame, so that few answers show a lean: it is in the course.
    let ways = course.iter().filter_map(|record| match record.change {
        Change::Upright { levelled, up } => Some((levelled, up.is_some())),
        _ => None,
    });
    let ways: Vec<(bool, bool)> = ways.collect();
    assert_eq!(ways, [(true, true), (false, true), (true, true)]);
    assert!(course.iter().any(unseen), "frames were lost: {course:?}");
}

#[test]
fn a_run_of_the_demo_with_edits_and_an_example_is_answered_the_same_again() {
    if !text_encoder() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let bundle = folder.path().join("bundle");
    random_bundle(&bundle);
    // The default bundle is this one.
    let cpu = || {
        let mut stages = Stages::new(device::open(&DeviceChoice::Cpu).unwrap());
        let load = std::mem::replace(&mut stages.bundle, Box::new(|_| Err(String::new())));
        let bundle = bundle.clone();
        stages.bundle = Box::new(move |_| load(Some(&bundle)));
        stages
    };
    let list = |texts: &[&str]| -> Vec<PhraseEntry> {
        (1..).zip(texts).map(|(id, text)| entry(id, text)).collect()
    };
    let options = SessionOptions {
        source: Some("demo".into()),
        record: Some(path.clone()),
        phrases: list(&["swing a golf club", "jump rope"]),
        gate: GateMode::Soft,
        ..SessionOptions::default()
    };
    let session = Session::start(cpu(), options, Arc::new(|| {})).unwrap();
    let in_effect = || {
        events_until(&session, LONG, |event| {
            matches!(event, Event::Phrases { took: Some(_), .. })
        });
        predictions(&session, 8);
    };
    in_effect();
    let mut longer = list(&["swing a golf club", "jump rope", "wave a flag - one arm"]);
    longer[1].examples.push(waved("shown"));
    session.send(Command::SetPhrases(longer.clone())).unwrap();
    in_effect();
    session.send(Command::SetByExamples(true)).unwrap();
    in_effect();
    session.send(Command::SetThreshold(0.05)).unwrap();
    session.send(Command::SetGate(GateMode::Off)).unwrap();
    longer.remove(0);
    session.send(Command::SetPhrases(longer)).unwrap();
    in_effect();
    stop_recording(&session);
    drop(session);

    let was = recorded_predictions(&path);
    let (now, notes) = again(&as_recorded(&path), cpu());
    let lists: BTreeSet<usize> = was.iter().map(|(_, record)| record.ranking.len()).collect();
    assert!(
        lists.len() > 1 && was.len() >= 24,
        "{lists:?} {}",
        was.len()
    );
    assert_eq!(compare(&was, &now), (was.len(), was.len()), "{notes:?}");
    assert!(notes.is_empty(), "{notes:?}");
}
