//! Stages that cost nothing, and a bundle of random weights: what the tests of threads, bundles and commands run on.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use synse::align::network::Network;
use synse::align::part::Part;
use synse::align::standard::Standard;
use synse::align::synse::{Profile, Synse, TextPart};
use synse::bundle::{Manifest, Parts, assemble};
use synse::capture::clip_store::{ClipEntry, ClipStoreWriter};
use synse::capture::{CaptureError, Source};
use synse::encoder::weights::{PlainTensor, StreamWeights};
use synse::encoder::{EncoderError, Encoding, FeatureView, ShiftGcnConfig, stream_name};
use synse::gate::likeness::INPUTS;
use synse::gate::{Gate, GateProfile};
use synse::language::{LanguageError, PhraseVectors};
use synse::live::stages::{Loaded, Stages};
use synse::live::{BundleInfo, Command, Event, Recorded, Session};
use synse::phrases::motion::{ATTRIBUTES, MotionCard, MotionSource, SIDES};
use synse::phrases::{Phrase, PhraseEntry};
use synse::recognizer::decisions::PhraseReader;
use synse::recognizer::{ClipEncoder, Recognizer};
use synse::recording::session::SessionWriter;
use synse::skeleton::{Body, Frame, JOINT_COUNT, Joint, Joints};
use synse::window::clip::{Clip, ClipConfig, Stream};

/// Values of the fake features.
const FEATURE_WIDTH: usize = 8;

/// Values of the fake text vectors.
const TEXT_WIDTH: usize = 6;

/// A body that waves its right hand, somewhere along x; `seconds` is its moment.
pub(crate) fn waving(id: u64, x: f32, seconds: f32) -> Body {
    let mut joints: [[f32; 3]; JOINT_COUNT] = std::array::from_fn(|joint| {
        let height = joint as f32;
        [
            x + (height * 1.7).sin() * 0.2,
            (height * 0.9).cos() * 0.7,
            2.5 + height.sin() * 0.1,
        ]
    });
    let reach = (seconds * 9.0).sin() * 0.3;
    for joint in [
        Joint::ElbowRight,
        Joint::WristRight,
        Joint::HandRight,
        Joint::HandTipRight,
    ] {
        joints[joint as usize][0] += reach;
    }
    Body::tracked(id, joints)
}

/// A frame of one waving body, `index` frames of 30 per second after the start.
pub(crate) fn waving_frame(index: u64) -> Frame {
    Frame {
        timestamp_micros: index * 33_333,
        bodies: vec![waving(1, 0.0, index as f32 / 30.0)],
    }
}

/// A clip of this name in which somebody waves a hand; how long it is shows when it is written.
pub(crate) fn clip_entry(clip: &str) -> ClipEntry {
    ClipEntry {
        clip: clip.to_owned(),
        dataset: "made".to_owned(),
        subject: "1".to_owned(),
        label: "wave".to_owned(),
        phrase: "wave hand".to_owned(),
        verb: "wave".to_owned(),
        noun: "hand".to_owned(),
        fps: 30.0,
        start: 0,
        frames: 0,
        bodies: 1,
    }
}

/// Plays frames, then ends or fails.
pub(crate) struct Script {
    pub(crate) frames: Box<dyn Iterator<Item = Frame> + Send>,
    pub(crate) fails: bool,
}

impl Source for Script {
    fn name(&self) -> String {
        "script".into()
    }

    fn fps(&self) -> f32 {
        30.0
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, CaptureError> {
        match self.frames.next() {
            None if self.fails => Err("bad source"
                .parse::<synse::capture::SourceSpec>()
                .unwrap_err()),
            next => Ok(next),
        }
    }
}

/// Encodes in no time, or in that time.
pub(crate) struct FakeEncoder {
    pub(crate) takes: Duration,
}

impl ClipEncoder for FakeEncoder {
    fn encode(&mut self, clips: &[Clip]) -> Result<Vec<Encoding>, EncoderError> {
        sleep(self.takes);
        let encode = |clip: &Clip| Encoding {
            feature: clip.joints.iter().take(FEATURE_WIDTH).copied().collect(),
            seen_logits: vec![clip.joints[0], 1.0],
        };
        Ok(clips.iter().map(encode).collect())
    }

    fn another(&self) -> Option<Box<dyn ClipEncoder>> {
        let takes = self.takes;
        Some(Box::new(Self { takes }))
    }
}

/// Reads the first word as the verb and the second as the noun, in that time.
pub(crate) struct FakeReader {
    pub(crate) takes: Duration,
}

impl PhraseReader for FakeReader {
    fn read_entry(&self, entry: &PhraseEntry) -> Result<Phrase, LanguageError> {
        let mut words = entry.text.split_whitespace();
        Ok(Phrase {
            text: entry.text.clone(),
            verb: words.next().ok_or(LanguageError::Empty)?.to_owned(),
            noun: words.next().map(str::to_owned),
            confidence: 1.0,
            motion: MotionCard {
                weights: vec![0.5; ATTRIBUTES.len()],
                source: MotionSource::Lexicon,
            },
        })
    }

    fn embed(&self, phrases: &[Phrase]) -> Result<Vec<PhraseVectors>, LanguageError> {
        sleep(self.takes);
        let vector = |text: &str| {
            (0..TEXT_WIDTH)
                .map(|index| (text.len() as f32 + index as f32).sin())
                .collect::<Vec<f32>>()
        };
        let embed = |phrase: &Phrase| PhraseVectors {
            verb: vector(&phrase.verb),
            noun: phrase.noun.as_deref().map(vector),
            phrase: vector(&phrase.text),
            motion: phrase.motion.weights.clone(),
        };
        Ok(phrases.iter().map(embed).collect())
    }
}

/// An alignment of random weights: of verb and noun, and of motion where `motion` says so.
pub(crate) fn random_synse(features: usize, texts: usize, motion: bool) -> Synse {
    let mut parts = vec![(Part::Noun, texts), (Part::Verb, texts)];
    if motion {
        parts.push((Part::Motion, SIDES.start));
    }
    let widths: Vec<(usize, usize)> = parts.iter().map(|&(_, width)| (width, 4)).collect();
    let mut rng =
        <rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(3);
    Synse {
        bilinear: None,
        card: None,
        profile: Profile::Ours,
        temperature: 0.1,
        standard: Standard::identity(features),
        parts: parts
            .into_iter()
            .map(|(part, width)| TextPart {
                part,
                weight: 1.0,
                standard: Standard::identity(width),
                placeholder: vec![0.1; width],
            })
            .collect(),
        network: Network::xavier(features, &widths, &mut rng),
    }
}

pub(crate) fn gate() -> Gate {
    Gate {
        profile: GateProfile::Ours,
        top: 0,
        inputs: INPUTS.map(str::to_owned).to_vec(),
        temperature: 1.0,
        seen_temperature: 1.0,
        threshold: 0.5,
        weights: vec![-1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0],
        intercept: 0.0,
    }
}

/// A recognizer of two seen classes.
pub(crate) fn recognizer(takes: Duration) -> Recognizer {
    let seen = vec!["wave hand".to_owned(), "kick".to_owned()];
    let encoder = Box::new(FakeEncoder { takes });
    Recognizer::new(encoder, ClipConfig::uniform(1, 8), seen, gate())
}

/// Stages over fakes, `encoding` and `reading` in that time; the source's name is the number of frames that it plays.
pub(crate) fn stages(encoding: Duration, reading: Duration) -> Stages {
    Stages {
        source: Box::new(|name| {
            let (count, fails) = match name.strip_prefix("broken:") {
                Some(count) => (count, true),
                None => (name, false),
            };
            let count: u64 = count
                .parse()
                .map_err(|_error| format!("there is no {name}"))?;
            Ok(Box::new(Script {
                frames: Box::new((0..count).map(waving_frame)),
                fails,
            }))
        }),
        bundle: Box::new(move |folder| {
            if let Some(folder) = folder {
                return Err(format!("no model bundle in {}", folder.display()));
            }
            Ok(Loaded {
                recognizer: recognizer(encoding),
                aligner: std::sync::Arc::new(random_synse(FEATURE_WIDTH, TEXT_WIDTH, false)),
                info: BundleInfo {
                    name: "fake".into(),
                    fingerprint: "of the fake".into(),
                    seen: vec!["wave hand".into(), "kick".into()],
                    device: "none".into(),
                },
            })
        }),
        reader: Box::new(move || Ok(Box::new(FakeReader { takes: reading }))),
        session: Box::new(SessionWriter::create),
    }
}

/// An enabled entry.
pub(crate) fn entry(id: u64, text: &str) -> PhraseEntry {
    PhraseEntry {
        id,
        text: text.into(),
        enabled: true,
        ..PhraseEntry::default()
    }
}

/// All events until one that is the last, which must come within that time.
pub(crate) fn events_until(
    session: &Session,
    time: Duration,
    last: impl Fn(&Event) -> bool,
) -> Vec<Event> {
    let start = std::time::Instant::now();
    let mut events = Vec::new();
    loop {
        let left = time
            .checked_sub(start.elapsed())
            .unwrap_or_else(|| panic!("not in time; got {events:?}"));
        if let Some(event) = session.wait_event(left) {
            let over = last(&event);
            events.push(event);
            if over {
                return events;
            }
        }
    }
}

/// So many predictions more.
pub(crate) fn predictions(session: &Session, count: usize) {
    for _ in 0..count {
        events_until(session, Duration::from_secs(90), |event| {
            matches!(event, Event::Prediction(..))
        });
    }
}

/// Ends the recording that is under way: what was recorded.
pub(crate) fn stop_recording(session: &Session) -> Recorded {
    session.send(Command::StopRecording).unwrap();
    let events = events_until(session, Duration::from_secs(90), |event| {
        matches!(event, Event::RecordingStopped(..))
    });
    match events.last() {
        Some(Event::RecordingStopped(recorded, None)) => recorded.clone(),
        other => panic!("{other:?}"),
    }
}

/// Classes of the random bundle.
pub(crate) const SEEN: [&str; 3] = ["wave hand", "kick ball", "sit down"];

/// Writes a whole bundle of random weights, tiny but of the real formats.
pub(crate) fn random_bundle(folder: &Path) -> Manifest {
    let place = tempfile::tempdir().unwrap();
    assemble(folder, &random_parts(place.path())).unwrap()
}

/// The parts of such a bundle, their files in this folder.
pub(crate) fn random_parts(folder: &Path) -> Parts {
    let config = ShiftGcnConfig {
        classes: SEEN.len(),
        widths: [8, 16, 32],
        feature: 32,
        bodies: 1,
    };
    let streams = Stream::ALL.map(|stream| {
        let path = folder.join(format!("{}.safetensors", stream_name(stream)));
        random_stream(config, stream as u64).write(&path).unwrap();
        path
    });
    let synse = folder.join("synse.safetensors");
    random_synse(32, 384, true).save(&synse).unwrap();
    let gate_file = folder.join("gate.toml");
    gate().save(&gate_file).unwrap();
    Parts {
        name: "random".into(),
        about: "random weights, for tests".into(),
        seen: SEEN.map(str::to_owned).to_vec(),
        clip: ClipConfig::uniform(1, 16),
        view: FeatureView::Fused,
        measures: None,
        streams,
        synse,
        gate: gate_file,
        download: None,
    }
}

fn random_stream(config: ShiftGcnConfig, seed: u64) -> StreamWeights {
    let mut state = seed * 7919 + 13;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32
    };
    let tensors: BTreeMap<String, PlainTensor> = config
        .tensors()
        .into_iter()
        .map(|(name, shape)| {
            // Variances must be positive; everything else may be anything small.
            let centre = if name.ends_with("running_var") {
                0.0
            } else {
                0.5
            };
            let count: usize = shape.iter().product();
            let values = (0..count).map(|_| next() - centre + 1e-3).collect();
            (name, PlainTensor { shape, values })
        })
        .collect();
    StreamWeights::new(config, tensors, Some(16)).unwrap()
}

/// Writes a clip store of these clips, as training data comes.
pub(crate) fn write_store(path: impl AsRef<Path>, clips: &[(ClipEntry, Vec<Joints>)]) {
    let mut writer = ClipStoreWriter::create(path).unwrap();
    for (entry, joints) in clips {
        writer.push(entry, joints).unwrap();
    }
    let frames: usize = clips.iter().map(|(_, joints)| joints.len()).sum();
    assert_eq!(writer.finish().unwrap(), frames);
}
