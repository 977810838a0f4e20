//! Each fault of the fakes a hundred times in a row, at random moments, while the rest of the program goes on: a session
//! that edits phrases and predicts, of which nothing is left behind.

use super::program::Program;
use super::{Fakes, Play, fakes};
use crate::alone::passes_alone;
use crate::fakes::{entry, events_until, stages};
use crate::hosts::{holdings, hosted, runs};
use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use synse::capture::{NoticeKind, Source as _, Step};
use synse::live::host::HostLimits;
use synse::live::{Command, Event, Session, SessionOptions};
use tempfile::TempDir;

/// How often each fault happens.
const TIMES: usize = 100;

/// Restarts without delay. A host that is well is never silent for so long, however busy the machine.
const LIMITS: HostLimits = HostLimits {
    open: Duration::from_secs(30),
    prepare: Duration::from_secs(40),
    silence: Duration::from_secs(20),
    absent: Duration::ZERO,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
    grace: Duration::from_millis(300),
};

/// What goes wrong with a camera.
struct Fault {
    name: &'static str,
    /// What the fakes do whenever the camera is there.
    script: &'static str,
    /// What they do every second time that it is opened, if that is something else.
    second: Option<&'static str>,
    /// Whether the sensor SDK is Orbbec's.
    orbbec: bool,
    limits: HostLimits,
    /// What is said of it; each of these must have been said, and nothing else.
    words: &'static [&'static str],
}

impl Fault {
    const fn new(name: &'static str, script: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            script,
            second: None,
            orbbec: false,
            limits: LIMITS,
            words,
        }
    }
}

fn faults() -> Vec<Fault> {
    const UNPLUG: &str = "unplug_after=2-15";
    let second = |name, second, words| Fault {
        second: Some(second),
        ..Fault::new(name, UNPLUG, words)
    };
    vec![
        second(
            "no device",
            "serials=none",
            &["stopped streaming", "no Azure Kinect is plugged in"],
        ),
        second(
            "busy device",
            "busy=0",
            &["stopped streaming", "another program may have it"],
        ),
        second(
            "no way of tracking works",
            "modes=none",
            &["stopped streaming", "CUDA failed"],
        ),
        Fault::new("unplugged, Microsoft", UNPLUG, &["stopped streaming"]),
        Fault {
            orbbec: true,
            ..Fault::new(
                "unplugged, Orbbec",
                "silent_after=2-15 clock=100",
                &["no image came for 2 s"],
            )
        },
        Fault::new(
            "queue full",
            "full_after=2-15 period_us=100",
            &["queue stays full"],
        ),
        Fault::new(
            "pop_result fails",
            "stop_after=2-15",
            &["it gives out no more bodies"],
        ),
        Fault::new(
            "pop_result gives nothing",
            "deaf_after=2-15 clock=500",
            &["no bodies came for 10 s"],
        ),
        Fault::new("segfault", "crash_after=2-15", &["segmentation fault"]),
        Fault {
            limits: HostLimits {
                silence: Duration::from_millis(60),
                grace: Duration::from_millis(5),
                ..LIMITS
            },
            ..Fault::new(
                "hang in pop_result",
                "hang_after=2-15",
                &["no sign of life"],
            )
        },
    ]
}

/// A host with that fault.
fn program(fakes: &Fakes, fault: &Fault) -> Program {
    let sensor = if fault.orbbec {
        &fakes.orbbec
    } else {
        &fakes.microsoft
    };
    // Of a word that stands there twice the first counts.
    let script = format!("{} period_us=2000 bodies=6", fault.script);
    let second = fault.second.map(|second| format!("{second} {script}"));
    Program::new(fakes, sensor, &script, second.as_deref())
}

/// Plays the camera in a session until it was lost so many times, with an edit of the phrases at each loss.
fn suffered(fakes: &Fakes, fault: &Fault) -> usize {
    let program = program(fakes, fault);
    let command = program.playing("azure-kinect");
    let limits = fault.limits;
    let mut fake_stages = stages(Duration::ZERO, Duration::ZERO);
    fake_stages.source = Box::new(move |_| Ok(Box::new(hosted(command.clone(), limits))));
    let options = SessionOptions {
        source: Some("azure-kinect".to_owned()),
        ..SessionOptions::default()
    };
    let session = Session::start(fake_stages, options, Arc::new(|| {})).unwrap();
    let end = Instant::now() + Duration::from_mins(2);
    let (mut losses, mut read, mut predictions) = (Vec::new(), 0, 0);
    while losses.len() < TIMES {
        assert!(Instant::now() < end, "{}: {losses:?}", fault.name);
        match session.wait_event(Duration::from_secs(20)) {
            Some(Event::Source(notice)) if notice.kind == NoticeKind::Lost => {
                losses.push(notice.text);
                let phrases = vec![entry(1, &format!("wave {}", losses.len()))];
                session.send(Command::SetPhrases(phrases)).unwrap();
            }
            Some(Event::Phrases { took, .. }) => read += usize::from(took.is_some()),
            Some(Event::Prediction(..)) => predictions += 1,
            Some(Event::Problem(problem)) => panic!("{}: {problem}", fault.name),
            Some(_) => {}
            None => panic!("{}: nothing happens after {losses:?}", fault.name),
        }
    }
    // Every edit was read, but for those that a newer one overtook.
    assert!(read > TIMES / 4, "{}: {read} edits of {TIMES}", fault.name);
    let edit = Command::SetPhrases(vec![entry(2, "kick ball")]);
    session.send(edit).unwrap();
    let is_read = |event: &Event| matches!(event, Event::Phrases { phrases, .. } if phrases.iter().any(|(_, phrase)| phrase.text == "kick ball"));
    events_until(&session, Duration::from_secs(10), is_read);
    let closing = Instant::now();
    drop(session);
    let closed = closing.elapsed();
    assert!(
        closed < Duration::from_secs(3),
        "{}: {closed:?}",
        fault.name
    );
    for loss in &losses {
        let known = fault.words.iter().any(|words| loss.contains(words));
        assert!(known, "{}: {loss}", fault.name);
    }
    for words in fault.words {
        let count = losses.iter().filter(|loss| loss.contains(words)).count();
        let least = TIMES / fault.words.len() - 1;
        assert!(count >= least, "{}: {words} {count} times", fault.name);
    }
    assert!(
        !runs(&program.program().display().to_string()),
        "{}",
        fault.name
    );
    predictions
}

#[test]
fn no_fault_a_hundred_times_in_a_row_leaves_anything_behind() {
    if fakes().is_some() {
        // Other tests open files and start threads beside this one, so it counts in a process of its own.
        passes_alone("cameras::endurance::each_fault_a_hundred_times");
    }
}

#[test]
#[ignore = "started by no_fault_a_hundred_times_in_a_row_leaves_anything_behind"]
#[expect(clippy::print_stdout, reason = "how long each fault takes")]
fn each_fault_a_hundred_times() {
    let Some(fakes) = fakes() else { return };
    let before = holdings();
    let suffer = |fault: Fault| {
        let start = Instant::now();
        let predictions = suffered(fakes, &fault);
        println!(
            "{}: {TIMES} times in {:.1} s, {predictions} predictions meanwhile",
            fault.name,
            start.elapsed().as_secs_f32()
        );
    };
    if std::env::var_os("SYNSE_TEST_ONE_BY_ONE").is_some() {
        // Slower; and it tells of which fault something is left.
        for fault in faults() {
            let name = fault.name;
            suffer(fault);
            assert_eq!(holdings(), before, "{name}: files, threads, children");
        }
        return;
    }
    // All at once, each in a session of its own: most of a fault is waiting.
    thread::scope(|threads| {
        for fault in faults() {
            threads.spawn(|| suffer(fault));
        }
    });
    // A thread that has been waited for takes a moment more to be gone.
    let end = Instant::now() + Duration::from_secs(5);
    while holdings() != before && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(holdings(), before, "files, threads, children");
}

#[test]
fn each_way_of_tracking_may_fail_a_hundred_times() {
    let Some(fakes) = fakes() else { return };
    for mode in ["DirectML", "CUDA", "TensorRT", "CPU"] {
        let played = Play::new(fakes, "azure-kinect")
            .script("modes=none")
            .env("SYNSE_K4ABT_MODE", mode)
            .frames(1, TIMES)
            .run();
        played.is_clean();
        let words = format!("{mode} failed");
        let told = played.errors();
        assert!(told.len() == TIMES && told.iter().all(|error| error.contains(&words)));
        let tries = u32::try_from(TIMES).unwrap();
        assert_eq!(
            (played.count("tries"), played.count("device")),
            (tries, tries)
        );
        let held = played.holdings();
        assert_eq!(held.first(), held.last(), "{mode}: files and threads");
    }
}

#[test]
fn clocks_restart_and_people_come_and_go_a_hundred_times_and_nothing_is_lost() {
    let Some(fakes) = fakes() else { return };
    let fault = Fault::new("restarts", "restart_every=7 churn=1 period_us=1500", &[]);
    let program = program(fakes, &fault);
    let mut host = hosted(program.playing("azure-kinect"), LIMITS);
    let (mut frames, mut newest, mut people) = (0, None, std::collections::BTreeSet::new());
    let end = Instant::now() + Duration::from_mins(1);
    while frames < 7 * TIMES {
        assert!(Instant::now() < end, "{frames} frames only");
        match host.step(Duration::from_secs(1)).unwrap() {
            Step::Frame(frame) => {
                assert!(Some(frame.timestamp_micros) > newest, "time runs on");
                newest = Some(frame.timestamp_micros);
                people.extend(frame.bodies.iter().map(|body| body.id));
                frames += 1;
            }
            Step::Waiting => {}
            step => panic!("{step:?}"),
        }
    }
    // A third of the people leave for good at each turn of the fake's.
    assert!(people.len() >= TIMES, "{} people", people.len());
}

/// Memory that a process holds, KiB.
fn resident(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    let pages: u64 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4
}

#[test]
#[expect(clippy::print_stdout, reason = "memory is what one looks at")]
fn an_hour_of_a_recording_through_the_host_leaves_memory_flat_in_it() {
    /// An hour at 30 frames a second.
    const HOUR: usize = 108_000;
    let Some(fakes) = fakes() else { return };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hour.mkv");
    fs::write(&path, format!("fake mkv captures={HOUR} ")).unwrap();
    let fault = Fault::new("an hour", "", &[]);
    let program = program(fakes, &fault);
    let mut host = hosted(program.playing(&format!("mkv:{}", path.display())), LIMITS);
    let (mut frames, mut early, mut late) = (0, 0, 0);
    let start = Instant::now();
    while let Some(frame) = host.next_frame().unwrap() {
        assert_eq!(frame.bodies.len(), 6);
        frames += 1;
        if frames == HOUR / 10 {
            early = resident(host.process().unwrap());
        } else if frames == HOUR - 1000 {
            late = resident(host.process().unwrap());
        }
    }
    assert_eq!(frames, HOUR);
    println!(
        "{frames} frames of six people from a recording through tracker, host and pipe in {:.1} s; the host held {early} \
         KiB after a tenth of them, {late} KiB at the end",
        start.elapsed().as_secs_f32()
    );
    assert!(late < early + 1024, "{early} KiB grew to {late} KiB");
}
