//! Reads a stream that may be anything: every fault is an error that names its byte, and no more than one record is held.

use super::{
    BODY_BYTES, FRAME_BYTES, HEADER_BYTES, Hello, LONGEST_RECORD, MAGIC, MARK, MOST_BODIES, Notice,
    NoticeKind, Record, SentFrame, UNKNOWN_DELAY, VERSION, kind,
};
use crate::capture::CaptureError;
use crate::skeleton::{Body, Frame, Hand, Hands, JOINT_COUNT, Joints, Tracking};
use std::io::{ErrorKind, Read};

/// Reads records in turn.
#[derive(Debug)]
pub struct StreamReader<R> {
    input: R,
    /// Bytes taken from the input so far.
    at: u64,
    begun: bool,
    greeted: bool,
    record: Vec<u8>,
}

impl<R: Read> StreamReader<R> {
    /// A reader of a stream from its first byte on. Nothing is read yet.
    pub fn new(input: R) -> Self {
        Self {
            input,
            at: 0,
            begun: false,
            greeted: false,
            record: Vec::new(),
        }
    }

    /// The next record, or `None` where the stream stops between two records, or before it begins. Waits for it as the input does.
    pub fn read(&mut self) -> Result<Option<Record>, CaptureError> {
        if !self.begun && !self.begin()? {
            return Ok(None);
        }
        loop {
            let start = self.at;
            let mut header = [0; HEADER_BYTES];
            let got = self.fill(&mut header)?;
            if got == 0 {
                return Ok(None);
            }
            if got < HEADER_BYTES {
                return Err(cut(self.at, "a record's header"));
            }
            if header[..2] != MARK || header[3] != 0 {
                return Err(wrong(start, "a record's mark", shown(&header)));
            }
            let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
            if length > LONGEST_RECORD {
                let expected = format!("a record of at most {LONGEST_RECORD} bytes");
                return Err(wrong(start + 4, &expected, format!("one of {length}")));
            }
            let body_at = self.at;
            let mut record = std::mem::take(&mut self.record);
            record.resize(length, 0);
            let got = self.fill(&mut record);
            let parsed = got.and_then(|got| {
                if got < length {
                    return Err(cut(self.at, &format!("a record of {length} bytes")));
                }
                Cursor::new(&record, body_at).record(header[2])
            });
            self.record = record;
            let Some(record) = parsed? else { continue };
            match (&record, self.greeted) {
                (Record::Hello(_), false) => self.greeted = true,
                (Record::Hello(_), true) => {
                    return Err(wrong(start, "one hello", "a second one".into()));
                }
                // Why there is nothing to greet from is told without a greeting, and so is being at work.
                (
                    Record::Error(_) | Record::Absent(_) | Record::Notice(_) | Record::Heartbeat,
                    _,
                )
                | (_, true) => {}
                (_, false) => {
                    let found = format!("a record of kind {}", header[2]);
                    return Err(wrong(start, "a hello before all else", found));
                }
            }
            return Ok(Some(record));
        }
    }

    /// Reads the stream's beginning; `false` where there is nothing at all.
    fn begin(&mut self) -> Result<bool, CaptureError> {
        let mut start = [0; MAGIC.len() + 2];
        let got = self.fill(&mut start)?;
        let given = &start[..got];
        if got == 0 {
            return Ok(false);
        }
        if !given.starts_with(&MAGIC[..got.min(MAGIC.len())]) {
            let expected = "a capture host's stream, which begins with SYNSECAP";
            let mut words = given.to_vec();
            // What comes instead is often a shell's complaint, of which more is worth showing.
            let mut more = [0; 120];
            let got = self.input.read(&mut more).unwrap_or(0);
            words.extend(&more[..got]);
            return Err(wrong(0, expected, shown(&words)));
        }
        if got < start.len() {
            return Err(cut(self.at, "a stream's version"));
        }
        let version = u16::from_le_bytes([start[8], start[9]]);
        if version != VERSION {
            let expected = format!("version {VERSION} of the stream's format");
            let found = format!("version {version}: use the same release on both machines");
            return Err(wrong(MAGIC.len() as u64, &expected, found));
        }
        self.begun = true;
        Ok(true)
    }

    /// Reads until the buffer is full or the input ends; how much it was.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, CaptureError> {
        let mut got = 0;
        while got < buffer.len() {
            match self.input.read(&mut buffer[got..]) {
                Ok(0) => break,
                Ok(more) => {
                    got += more;
                    self.at += more as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(wrong(self.at, "more of the stream", error.to_string())),
            }
        }
        Ok(got)
    }
}

/// What is left of one record.
struct Cursor<'a> {
    left: &'a [u8],
    /// Where in the stream that is.
    at: u64,
}

impl<'a> Cursor<'a> {
    fn new(left: &'a [u8], at: u64) -> Self {
        Self { left, at }
    }

    /// The record of that kind; `None` of a kind that this version does not know.
    fn record(mut self, kind: u8) -> Result<Option<Record>, CaptureError> {
        let record = match kind {
            kind::HELLO => Record::Hello(self.hello()?),
            kind::FRAME => Record::Frame(self.frame()?),
            kind::NOTICE => Record::Notice(self.notice()?),
            kind::HEARTBEAT => Record::Heartbeat,
            kind::UP => Record::Up([self.f32()?, self.f32()?, self.f32()?]),
            kind::ERROR => Record::Error(self.text()?),
            kind::END => Record::End,
            kind::ABSENT => Record::Absent(self.text()?),
            _ => return Ok(None),
        };
        if self.left.is_empty() {
            Ok(Some(record))
        } else {
            let found = format!("{} bytes more", self.left.len());
            Err(wrong(self.at, "the end of the record", found))
        }
    }

    fn hello(&mut self) -> Result<Hello, CaptureError> {
        let at = self.at;
        let fps = self.f32()?;
        if !(0.0..=10_000.0).contains(&fps) {
            return Err(wrong(at, "frames per second", fps.to_string()));
        }
        let at = self.at;
        let live = match self.u8()? {
            0 => false,
            1 => true,
            other => return Err(wrong(at, "0 recording or 1 live", other.to_string())),
        };
        Ok(Hello {
            fps,
            live,
            name: self.text()?,
            lasting: Some(self.text()?).filter(|name| !name.is_empty()),
        })
    }

    fn frame(&mut self) -> Result<SentFrame, CaptureError> {
        let (start, length) = (self.at, self.left.len());
        let timestamp_micros = u64::from_le_bytes(self.take()?);
        let delay = u32::from_le_bytes(self.take()?);
        let dropped = u64::from_le_bytes(self.take()?);
        let floor = [self.f32()?, self.f32()?, self.f32()?, self.f32()?];
        let at = self.at;
        let count = usize::from(self.u8()?);
        if count > MOST_BODIES {
            let expected = format!("at most {MOST_BODIES} bodies");
            return Err(wrong(at, &expected, count.to_string()));
        }
        let whole = FRAME_BYTES + count * BODY_BYTES;
        if length != whole {
            let expected = format!("{whole} bytes of a frame of {count} bodies");
            return Err(wrong(start, &expected, length.to_string()));
        }
        let mut bodies = Vec::with_capacity(count);
        let mut hands = Vec::new();
        for _ in 0..count {
            let body = self.body()?;
            let known = Hands {
                body: body.id,
                left: self.hand()?,
                right: self.hand()?,
            };
            if (known.left, known.right) != (Hand::Unknown, Hand::Unknown) {
                hands.push(known);
            }
            bodies.push(body);
        }
        Ok(SentFrame {
            frame: Frame {
                timestamp_micros,
                bodies,
            },
            delay_micros: (delay != UNKNOWN_DELAY).then_some(delay),
            dropped,
            floor: (floor != [0.0; 4]).then_some(floor),
            hands,
        })
    }

    fn body(&mut self) -> Result<Body, CaptureError> {
        let id = u64::from_le_bytes(self.take()?);
        let mut joints: Joints = [[0.0; 3]; JOINT_COUNT];
        for value in joints.as_flattened_mut() {
            *value = self.f32()?;
        }
        let mut body = Body::tracked(id, joints);
        for state in &mut body.tracking {
            let at = self.at;
            *state = match self.u8()? {
                0 => Tracking::NotTracked,
                1 => Tracking::Inferred,
                2 => Tracking::Tracked,
                other => return Err(wrong(at, "a tracking state 0 to 2", other.to_string())),
            };
        }
        Ok(body)
    }

    fn hand(&mut self) -> Result<Hand, CaptureError> {
        let at = self.at;
        match self.u8()? {
            value @ 0..=4 => Ok(Hand::of_value(value.into())),
            other => Err(wrong(at, "a hand's state 0 to 4", other.to_string())),
        }
    }

    fn notice(&mut self) -> Result<Notice, CaptureError> {
        let at = self.at;
        let kind = match self.u8()? {
            0 => NoticeKind::Lost,
            1 => NoticeKind::Back,
            2 => NoticeKind::Said,
            3 => NoticeKind::Preparing,
            other => return Err(wrong(at, "a notice of kind 0 to 3", other.to_string())),
        };
        let text = self.text()?;
        Ok(Notice { kind, text })
    }

    fn text(&mut self) -> Result<String, CaptureError> {
        let at = self.at;
        let length = usize::from(u16::from_le_bytes(self.take()?));
        let Some((bytes, left)) = self.left.split_at_checked(length) else {
            let found = format!("{} left in the record", self.left.len());
            return Err(wrong(at, &format!("a text of {length} bytes"), found));
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let place = self.at + error.valid_up_to() as u64;
            wrong(place, "text in UTF-8", "bytes that are none".into())
        })?;
        self.left = left;
        self.at += length as u64;
        // It is shown in terminals, to which control characters are orders.
        Ok(text.replace(char::is_control, " "))
    }

    fn u8(&mut self) -> Result<u8, CaptureError> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// A number that is one.
    fn f32(&mut self) -> Result<f32, CaptureError> {
        let at = self.at;
        let value = f32::from_le_bytes(self.take()?);
        if value.is_finite() {
            Ok(value)
        } else {
            Err(wrong(at, "a finite number", value.to_string()))
        }
    }

    fn take<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], CaptureError> {
        let Some((bytes, left)) = self.left.split_first_chunk::<COUNT>() else {
            let found = format!("{} left in the record", self.left.len());
            return Err(wrong(self.at, &format!("{COUNT} bytes"), found));
        };
        self.left = left;
        self.at += COUNT as u64;
        Ok(*bytes)
    }
}

fn wrong(at: u64, expected: &str, found: String) -> CaptureError {
    CaptureError::Stream {
        at,
        expected: expected.to_owned(),
        found,
    }
}

fn cut(at: u64, expected: &str) -> CaptureError {
    wrong(at, expected, "the end of the stream".into())
}

/// Bytes as they read in a message: as text where they are text, such as a shell's own complaint.
fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            format!("{text:?}")
        }
        _ => format!("{bytes:02x?}"),
    }
}
