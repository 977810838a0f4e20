//! The capture host's stream: what is written comes back, and anything else is an error that names its byte.

use crate::fakes::waving;
use proptest::prelude::*;
use synse::capture::CaptureError;
use synse::capture::wire::{
    Hello, LONGEST_RECORD, MAGIC, MOST_BODIES, Notice, NoticeKind, Record, SentFrame, StreamReader,
    StreamWriter,
};
use synse::skeleton::{Body, Frame, Hand, Hands, Tracking};

pub(crate) fn hello(live: bool) -> Record {
    Record::Hello(Hello {
        name: "Azure Kinect".into(),
        lasting: Some("azure-kinect:serial=000123".into()),
        fps: 30.0,
        live,
    })
}

/// Frame `index` of so many people.
pub(crate) fn crowd(index: u64, people: u64) -> Record {
    let bodies = (0..people)
        .map(|id| waving(id + 1, id as f32, index as f32 / 30.0))
        .collect();
    Record::Frame(SentFrame {
        frame: Frame {
            timestamp_micros: index * 33_333,
            bodies,
        },
        delay_micros: Some(21_000),
        dropped: index / 10,
        ..SentFrame::default()
    })
}

pub(crate) fn written(records: &[Record]) -> Vec<u8> {
    let mut stream = StreamWriter::begin(Vec::new()).unwrap();
    for record in records {
        stream.write(record).unwrap();
    }
    stream.into_inner()
}

fn read(bytes: &[u8]) -> (Vec<Record>, Option<CaptureError>) {
    let mut reader = StreamReader::new(bytes);
    let mut records = Vec::new();
    loop {
        match reader.read() {
            Ok(Some(record)) => records.push(record),
            Ok(None) => return (records, None),
            Err(error) => return (records, Some(error)),
        }
    }
}

fn everything() -> Vec<Record> {
    let mut guessed = waving(u64::MAX, 0.5, 0.3);
    guessed.tracking[3] = Tracking::Inferred;
    guessed.tracking[24] = Tracking::NotTracked;
    let notice = |kind, text: &str| {
        let text = text.into();
        Record::Notice(Notice { kind, text })
    };
    vec![
        hello(true),
        crowd(0, 0),
        crowd(1, 6),
        Record::Heartbeat,
        notice(NoticeKind::Lost, "unplugged"),
        notice(NoticeKind::Back, "wieder da – ja"),
        notice(NoticeKind::Said, ""),
        notice(NoticeKind::Preparing, "building"),
        Record::Up([0.0, 0.99, -0.1]),
        Record::Frame(SentFrame {
            frame: Frame {
                timestamp_micros: u64::MAX,
                bodies: vec![guessed],
            },
            delay_micros: None,
            dropped: u64::MAX,
            floor: Some([0.0, 0.8, -0.6, 1.1]),
            hands: vec![Hands {
                body: u64::MAX,
                left: Hand::Lasso,
                right: Hand::Unknown,
            }],
        }),
        Record::Error("no device".into()),
        Record::Absent("none is plugged in".into()),
        Record::End,
    ]
}

#[test]
fn records_come_back_as_written() {
    let (records, error) = read(&written(&everything()));
    assert!(error.is_none(), "{error:?}");
    assert_eq!(records, everything());
}

#[test]
fn what_a_stream_cannot_hold_is_left_out_by_its_writer() {
    let mut broken = waving(1, 0.0, 0.0);
    broken.joints[7][1] = f32::NEG_INFINITY;
    let mut bodies: Vec<Body> = (0..40).map(|id| waving(id, 0.0, 0.0)).collect();
    bodies.insert(0, broken);
    let sent = SentFrame {
        frame: Frame {
            timestamp_micros: 5,
            bodies,
        },
        ..SentFrame::default()
    };
    let long = Record::Error("ä".repeat(5000));
    let (records, error) = read(&written(&[hello(true), Record::Frame(sent), long]));
    assert!(error.is_none(), "{error:?}");
    let Record::Frame(got) = &records[1] else {
        panic!("{records:?}")
    };
    assert_eq!(got.frame.bodies.len(), MOST_BODIES);
    assert_eq!(got.frame.bodies[0].id, 0);
    let Record::Error(text) = &records[2] else {
        panic!("{records:?}")
    };
    assert_eq!(text.len(), 4000);
}

#[test]
fn damage_names_its_byte() {
    let good = written(&[hello(true), crowd(0, 1)]);
    let hello_length = written(&[hello(true)]).len();
    let frame = hello_length + 8;
    let with = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        bad
    };
    let long = (LONGEST_RECORD as u32 + 1).to_le_bytes();
    for (bytes, words) in [
        (
            b"bash: synse: command not found\n".to_vec(),
            ["byte 0", "bash: synse: command not found"],
        ),
        (b"\x00\xff\x00".to_vec(), ["byte 0", "[00, ff, 00]"]),
        (MAGIC[..5].to_vec(), ["byte 5", "the end of the stream"]),
        (with(8, &[9, 0]), ["byte 8", "version 9"]),
        (with(hello_length, b"Ab"), ["mark", "41, 62"]),
        (with(hello_length + 4, &long), ["at most 8192", "8193"]),
        (with(hello_length + 4, &[1, 0, 0, 0]), ["8 bytes", "1 left"]),
        (with(frame + 36, &[200]), ["at most 16 bodies", "200"]),
        (with(frame + 36, &[2]), ["frame of 2 bodies", "372"]),
        (
            with(frame + 45, &f32::NAN.to_le_bytes()),
            ["finite number", "NaN"],
        ),
        (
            with(frame + 32, &f32::INFINITY.to_le_bytes()),
            ["finite number", "inf"],
        ),
        (with(good.len() - 3, &[3]), ["tracking state", "found 3"]),
        (with(good.len() - 1, &[5]), ["hand's state", "found 5"]),
        (with(22, &[7]), ["recording or 1 live", "7"]),
        (with(24, &[0xff]), ["a text of", "left in the record"]),
        (with(28, &[0xff]), ["UTF-8", "byte 28"]),
        (
            good[..good.len() - 1].to_vec(),
            ["record of 372", "the end"],
        ),
        (good[..hello_length + 3].to_vec(), ["header", "the end"]),
        (
            written(&[crowd(0, 1)]),
            ["a hello before all else", "kind 2"],
        ),
        (
            written(&[hello(true), hello(true)]),
            ["one hello", "second"],
        ),
    ] {
        let (_, error) = read(&bytes);
        let error = error.unwrap_or_else(|| panic!("no error where {words:?}"));
        let text = error.to_string();
        for word in words {
            assert!(text.contains(word), "{text}: {word}");
        }
        assert!(text.starts_with("byte "), "{text}");
    }
}

#[test]
fn nothing_at_all_is_no_error() {
    let (records, error) = read(&[]);
    assert!(records.is_empty() && error.is_none());
}

#[test]
fn kinds_of_later_versions_are_passed_over() {
    let mut bytes = written(&[hello(false)]);
    bytes.extend([0xB5, 0x5E, 200, 0, 3, 0, 0, 0, 1, 2, 3]);
    let end = written(&[Record::End]);
    bytes.extend(&end[MAGIC.len() + 2..]);
    let (records, error) = read(&bytes);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(records, [hello(false), Record::End]);
}

/// Gives one byte at a time, as the slowest pipe might.
struct Dribble<'a>(&'a [u8]);

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let some = buffer.len().min(1);
        std::io::Read::read(&mut self.0, &mut buffer[..some])
    }
}

#[test]
fn it_does_not_matter_how_the_bytes_come() {
    let bytes = written(&everything());
    let mut reader = StreamReader::new(Dribble(&bytes));
    let mut records = Vec::new();
    while let Some(record) = reader.read().unwrap() {
        records.push(record);
    }
    assert_eq!(records, everything());
}

proptest! {
    #[test]
    fn anything_at_all_ends_in_records_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..3000), begun in any::<bool>()) {
        let mut stream = if begun { written(&[hello(true)]) } else { Vec::new() };
        stream.extend(bytes);
        let (records, error) = read(&stream);
        prop_assert!(records.len() <= stream.len() / 8);
        if let Some(error) = error {
            prop_assert!(error.to_string().starts_with("byte "));
        }
    }

    #[test]
    fn a_bent_stream_gives_only_sound_frames(places in prop::collection::vec((0_usize..4000, any::<u8>()), 1..6), cut in 0_usize..4000) {
        let mut bytes = written(&everything());
        for (at, byte) in places {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        bytes.truncate(bytes.len().min(cut + 1));
        let (records, _) = read(&bytes);
        for record in records {
            if let Record::Frame(sent) = record {
                prop_assert!(sent.frame.bodies.len() <= MOST_BODIES);
                prop_assert!(sent.frame.bodies.iter().all(Body::is_finite));
            }
        }
    }
}
