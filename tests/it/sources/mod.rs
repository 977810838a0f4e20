//! What every kind of source must do, in one test that all of them pass.

mod kinect_v2;

use crate::fakes::{clip_entry, waving_frame, write_store};
use crate::hosts::{Stream, hosted, shell};
use crate::wire::{crowd, hello};
use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use synse::capture::osc::OscBodies;
use synse::capture::wire::{MOST_BODIES, Record};
use synse::capture::{Source, Step, ntu_skeleton};
use synse::live::host::HostLimits;
use synse::live::stages::open_source;
use synse::recording::export::{Format, export};
use synse::recording::import::TakeSource;
use synse::recording::session::{SessionWriter, SettingsRecord};
use synse::recording::take::Take;
use synse::skeleton::Frame;

/// Frames after which an endless source has shown what it does.
const ENOUGH: usize = 120;

/// A source's answer comes within its patience and this, whatever it does.
const SLACK: Duration = Duration::from_millis(1500);

/// Opens a source as a session does.
fn open(text: &str) -> Box<dyn Source> {
    let source = open_source(&text.parse().unwrap());
    source.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What a session opens for `exec:LINE`.
fn command(line: String) -> Box<dyn Source> {
    Box::new(hosted(shell(line), HostLimits::default()))
}

/// Holds a source against the trait's promises; `ends` after so many frames, or never.
pub(crate) fn conforms(what: &str, mut source: Box<dyn Source>, ends: Option<usize>) {
    let patience = Duration::from_millis(50);
    let begin = Instant::now();
    let (mut frames, mut newest, mut people) = (0, 0, 0);
    let mut lasting = None;
    let mut ended = false;
    while !ended && (ends.is_some() || frames < ENOUGH) {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{what}: {frames} frames only"
        );
        let asked = Instant::now();
        let step = source
            .step(patience)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let took = asked.elapsed();
        assert!(took < patience + SLACK, "{what}: waited {took:?}");
        match step {
            Step::Frame(frame) => {
                assert!(source.is_open(), "{what}: a frame before it is open");
                let time = frame.timestamp_micros;
                assert!(
                    frames == 0 || time > newest,
                    "{what}: {time} after {newest}"
                );
                newest = time;
                frames += 1;
                people += frame.bodies.len();
                check_bodies(what, &frame.bodies);
                // A camera is one and the same for as long as it is open.
                let known = lasting.get_or_insert_with(|| source.lasting_spec());
                assert_eq!(*known, source.lasting_spec(), "{what}");
            }
            Step::End => ended = true,
            Step::Waiting | Step::Notice(_) => {}
        }
    }
    assert!(!source.name().is_empty(), "{what}");
    assert!((1.0..=120.0).contains(&source.fps()), "{what}");
    assert!(people > 0, "{what}: nobody was seen");
    if let Some(count) = ends {
        assert_eq!(frames, count, "{what}");
        for _ in 0..3 {
            assert_eq!(source.step(patience).unwrap(), Step::End, "{what}");
            assert_eq!(source.next_frame().unwrap(), None, "{what}");
        }
    }
    if let Some([x, y, z, w]) = source.floor() {
        let normal = x * x + y * y + z * z;
        assert!((0.9..1.1).contains(&normal) && w.abs() < 10.0, "{what}");
    }
    let journey = source.journey();
    let tracker = journey.tracker.unwrap_or_default();
    assert!(tracker < Duration::from_secs(5), "{what}: {journey:?}");
    assert!(journey.link < Duration::from_secs(5), "{what}: {journey:?}");
    let closing = Instant::now();
    drop(source);
    assert!(closing.elapsed() < SLACK, "{what}: closing took long");
}

fn check_bodies(what: &str, bodies: &[synse::skeleton::Body]) {
    assert!(bodies.len() <= MOST_BODIES, "{what}");
    let ids: BTreeSet<u64> = bodies.iter().map(|body| body.id).collect();
    assert_eq!(ids.len(), bodies.len(), "{what}: one id for two bodies");
    for body in bodies {
        assert!(body.is_finite(), "{what}");
        // Metres, not millimetres: nobody is farther than a room from the sensor, or as small as a doll.
        let values = body.joints.as_flattened();
        assert!(values.iter().all(|value| value.abs() < 15.0), "{what}");
        let (low, high) = body
            .joints
            .iter()
            .fold((f32::MAX, f32::MIN), |range, joint| {
                (range.0.min(joint[1]), range.1.max(joint[1]))
            });
        assert!(
            (0.3..3.0).contains(&(high - low)),
            "{what}: {low} to {high}"
        );
    }
}

#[test]
fn every_kind_of_source_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let skeleton = folder.path().join("a.skeleton");
    let frames: Vec<_> = (0..40).map(waving_frame).collect();
    ntu_skeleton::write(&skeleton, &frames).unwrap();
    let store = folder.path().join("clips");
    let joints: Vec<_> = frames.iter().map(|frame| frame.bodies[0].joints).collect();
    let clip = |name: &str| (clip_entry(name), joints.clone());
    write_store(&store, &[clip("one"), clip("two")]);
    let synse = env!("CARGO_BIN_EXE_synse");
    let replay = format!("replay:{}", skeleton.display());
    let store = store.display();

    conforms("demo", open("demo"), None);
    conforms(".skeleton", open(&replay), Some(40));
    conforms("clip", open(&format!("replay:{store}#two")), Some(40));
    // Before each clip an empty frame.
    conforms("store", open(&format!("replay:{store}")), Some(82));
    let session = folder.path().join("a.mcap");
    write_session(&session, &frames);
    let session = format!("replay:{}", session.display());
    conforms("session", open(&session), Some(40));
    let tables = folder.path().join("tables");
    let taken = Take::from_clip(&clip_entry("three"), frames.clone());
    let written = export(&[taken], Format::Csv, &tables).unwrap();
    let table = TakeSource::open(&written.paths[0], None).unwrap();
    conforms("table of another tool", Box::new(table), Some(40));
    conforms("kinect-v2", kinect_v2::source(), None);
    let host = |source: &str| command(format!("'{synse}' capture-host {source}"));
    conforms(
        "paced recording in a host",
        host(&format!("'{replay}'")),
        Some(40),
    );
    conforms(
        "recording in a host",
        host(&format!("--fast '{replay}'")),
        Some(40),
    );
    conforms("demo in a host", host("demo"), None);
    conforms("camera that crashes", crashing(), None);
    osc(|source| conforms("osc", source, None));
    #[cfg(target_os = "linux")]
    cameras(folder.path());
}

/// Cameras, played against fakes of their SDKs in a host of ours.
#[cfg(target_os = "linux")]
fn cameras(folder: &std::path::Path) {
    let Some(fakes) = crate::cameras::fakes() else {
        return;
    };
    let mkv = folder.join("a.mkv");
    std::fs::write(&mkv, "fake mkv captures=60 fps=1 ").unwrap();
    let synse = env!("CARGO_BIN_EXE_synse");
    let sdk = fakes.microsoft.display();
    let open = |source: &str, script: &str| {
        command(format!(
            "SYNSE_K4A_DIR='{sdk}' SYNSE_K4ABT_DIR='{sdk}' SYNSE_FAKE='{script}' exec '{synse}' capture-host --fast \
             '{source}'"
        ))
    };
    let live = "period_us=8000 bodies=3";
    conforms("azure-kinect", open("azure-kinect", live), None);
    let crash = format!("{live} crash_after=70");
    conforms("a crash", open("azure-kinect", &crash), None);
    let unplugged = format!("{live} unplug_after=70");
    conforms("unplugged", open("azure-kinect", &unplugged), None);
    let restart = format!("{live} restart_after=50");
    conforms(
        "a clock that restarts",
        open("azure-kinect", &restart),
        None,
    );
    conforms("mkv", open(&format!("mkv:{}", mkv.display()), ""), Some(60));
}

fn write_session(path: &std::path::Path, frames: &[Frame]) {
    const START: u64 = 1_700_000_000_000_000_000;
    let mut writer = SessionWriter::create(path, START).unwrap();
    let settings = SettingsRecord {
        source: "made".to_owned(),
        fps: 30.0,
        ..SettingsRecord::default()
    };
    writer.settings(START, &settings).unwrap();
    for frame in frames {
        let at = START + frame.timestamp_micros * 1000;
        writer.frame(at, frame).unwrap();
    }
    writer.finish(START + 2_000_000_000).unwrap();
}

/// A camera whose tracker crashes after every ten frames.
fn crashing() -> Box<dyn Source> {
    let frames = (0..10).map(|index| crowd(index, 2));
    let records: Vec<Record> = [hello(true)].into_iter().chain(frames).collect();
    let stream = Stream::new(&records);
    let limits = HostLimits {
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..HostLimits::default()
    };
    // It must be there for as long as it is played.
    Box::new(Kept {
        source: hosted(stream.then("kill -SEGV $$"), limits),
        _stream: stream,
    })
}

/// A source and the file that it plays.
struct Kept<S> {
    source: S,
    _stream: Stream,
}

impl<S: Source> Source for Kept<S> {
    fn name(&self) -> String {
        self.source.name()
    }
    fn fps(&self) -> f32 {
        self.source.fps()
    }
    fn next_frame(&mut self) -> Result<Option<Frame>, synse::capture::CaptureError> {
        self.source.next_frame()
    }
    fn step(&mut self, patience: Duration) -> Result<Step, synse::capture::CaptureError> {
        self.source.step(patience)
    }
    fn is_open(&self) -> bool {
        self.source.is_open()
    }
    fn journey(&self) -> synse::capture::Journey {
        self.source.journey()
    }
}

/// Two people by OSC at a camera's pace, one packet a joint, while `watch` looks at what arrives.
fn osc(watch: impl FnOnce(Box<dyn Source>)) {
    let source = OscBodies::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = source.address();
    let over = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut index = 0;
            while !over.load(Ordering::Relaxed) {
                for (id, body) in [(4, 0.0), (6, 1.0)] {
                    let body = crate::fakes::waving(id, body, index as f32 / 30.0);
                    for packet in osc_packets(&body) {
                        socket.send_to(&packet, address).unwrap();
                    }
                }
                index += 1;
                thread::sleep(Duration::from_millis(12));
            }
        });
        watch(Box::new(source));
        over.store(true, Ordering::Relaxed);
    });
}

/// A body as KinectV2-OSC sends it.
fn osc_packets(body: &synse::skeleton::Body) -> Vec<Vec<u8>> {
    use rosc::{OscMessage, OscPacket, OscType};
    let id = body.id;
    let joints = synse::skeleton::Joint::ALL.map(|joint| {
        let [x, y, z] = body.joint(joint).map(OscType::Float);
        let addr = format!("/bodies/{id}/joints/{joint:?}");
        let args = vec![x, y, z, OscType::String("Tracked".into())];
        OscMessage { addr, args }
    });
    let hands = ["Left", "Right"].map(|side| OscMessage {
        addr: format!("/bodies/{id}/hands/{side}"),
        args: ["Open", "High"]
            .map(|word| OscType::String(word.into()))
            .into(),
    });
    let messages = joints.into_iter().chain(hands);
    messages
        .map(|message| rosc::encoder::encode(&OscPacket::Message(message)).unwrap())
        .collect()
}

#[test]
fn a_port_in_use_and_an_address_of_nobody_are_told() {
    let taken = OscBodies::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    for address in [taken.address().to_string(), "192.0.2.7:9".into()] {
        let spec = format!("osc:{address}").parse().unwrap();
        let error = open_source(&spec).err().unwrap().to_string();
        assert!(
            error.contains("cannot listen on") && error.contains(&address),
            "{error}"
        );
    }
}

#[test]
fn whoever_leaves_the_osc_senders_view_leaves_ours() {
    let mut source = OscBodies::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for packet in osc_packets(&crate::fakes::waving(9, 0.0, 0.0)) {
        socket.send_to(&packet, source.address()).unwrap();
    }
    let first = source.next_frame().unwrap().unwrap();
    assert_eq!(first.bodies.len(), 1);
    let begin = Instant::now();
    let second = source.next_frame().unwrap().unwrap();
    assert!(second.bodies.is_empty() && second.timestamp_micros > first.timestamp_micros);
    assert!(begin.elapsed() < Duration::from_secs(2));
}
