//! Writes a stream, one system call a record.

use super::{
    HEADER_BYTES, LONGEST_TEXT, MAGIC, MARK, MOST_BODIES, Record, SentFrame, UNKNOWN_DELAY,
    VERSION, kind,
};
use crate::skeleton::{Body, Hands};
use std::io::{self, Write};

/// Writes records; each is flushed, since somebody waits for it.
#[derive(Debug)]
pub struct StreamWriter<W> {
    out: W,
    buffer: Vec<u8>,
}

impl<W: Write> StreamWriter<W> {
    /// Begins a stream.
    pub fn begin(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSION.to_le_bytes())?;
        out.flush()?;
        Ok(Self {
            out,
            buffer: Vec::new(),
        })
    }

    /// Writes one record. Bodies with a coordinate that is no number are left out, and so are those beyond the most that
    /// a frame holds; a text that is too long is cut.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.extend(MARK);
        self.buffer.extend([kind_of(record), 0, 0, 0, 0, 0]);
        match record {
            Record::Hello(hello) => {
                self.buffer.extend(hello.fps.to_le_bytes());
                self.buffer.push(u8::from(hello.live));
                self.text(&hello.name);
                self.text(hello.lasting.as_deref().unwrap_or_default());
            }
            Record::Frame(sent) => self.frame(sent),
            Record::Notice(notice) => {
                self.buffer.push(notice.kind as u8);
                self.text(&notice.text);
            }
            Record::Up(up) => {
                for value in up {
                    self.buffer.extend(value.to_le_bytes());
                }
            }
            Record::Error(text) | Record::Absent(text) => self.text(text),
            Record::Heartbeat | Record::End => {}
        }
        let length = (self.buffer.len() - HEADER_BYTES) as u32;
        self.buffer[4..HEADER_BYTES].copy_from_slice(&length.to_le_bytes());
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }

    /// What it is written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn frame(&mut self, sent: &SentFrame) {
        self.buffer
            .extend(sent.frame.timestamp_micros.to_le_bytes());
        self.buffer
            .extend(sent.delay_micros.unwrap_or(UNKNOWN_DELAY).to_le_bytes());
        self.buffer.extend(sent.dropped.to_le_bytes());
        let whole = |plane: &[f32; 4]| plane.iter().all(|value| value.is_finite());
        for value in sent.floor.filter(whole).unwrap_or_default() {
            self.buffer.extend(value.to_le_bytes());
        }
        let bodies = || {
            let whole = sent.frame.bodies.iter().filter(|body| body.is_finite());
            whole.take(MOST_BODIES)
        };
        self.buffer.push(bodies().count() as u8);
        for body in bodies() {
            let hands = sent.hands.iter().find(|hands| hands.body == body.id);
            self.body(body, hands.copied().unwrap_or_default());
        }
    }

    fn body(&mut self, body: &Body, hands: Hands) {
        self.buffer.extend(body.id.to_le_bytes());
        for value in body.joints.as_flattened() {
            self.buffer.extend(value.to_le_bytes());
        }
        self.buffer
            .extend(body.tracking.iter().map(|state| *state as u8));
        self.buffer.extend([hands.left as u8, hands.right as u8]);
    }

    fn text(&mut self, text: &str) {
        let mut end = text.len().min(LONGEST_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.buffer.extend((end as u16).to_le_bytes());
        self.buffer.extend(&text.as_bytes()[..end]);
    }
}

fn kind_of(record: &Record) -> u8 {
    match record {
        Record::Hello(_) => kind::HELLO,
        Record::Frame(_) => kind::FRAME,
        Record::Notice(_) => kind::NOTICE,
        Record::Heartbeat => kind::HEARTBEAT,
        Record::Up(_) => kind::UP,
        Record::Error(_) => kind::ERROR,
        Record::End => kind::END,
        Record::Absent(_) => kind::ABSENT,
    }
}
