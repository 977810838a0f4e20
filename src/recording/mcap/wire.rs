//! Records as bytes: little-endian numbers, strings and maps with their lengths before them.

use super::op;
use std::collections::BTreeMap;

/// Bytes before a record's own: its kind and its length.
pub(super) const RECORD_HEAD: usize = 9;

/// Appends a record: its kind, its length, its content.
pub(super) fn put_record(out: &mut Vec<u8>, kind: u8, content: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let length_at = out.len();
    out.extend([0; 8]);
    content(out);
    let length = (out.len() - length_at - 8) as u64;
    out[length_at..length_at + 8].copy_from_slice(&length.to_le_bytes());
}

/// Appends a text with its length.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Appends something whose length in bytes stands before it.
pub(super) fn put_sized(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let length_at = out.len();
    out.extend([0; 4]);
    content(out);
    let length = (out.len() - length_at - 4) as u32;
    out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Appends a map of texts.
pub(super) fn put_map(out: &mut Vec<u8>, map: &BTreeMap<String, String>) {
    put_sized(out, |out| {
        for (key, value) in map {
            put_text(out, key);
            put_text(out, value);
        }
    });
}

/// Takes numbers and texts off the front of some bytes; everything is `None` once they are used up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker<'a>(pub(super) &'a [u8]);

impl<'a> Taker<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.u32()?;
        std::str::from_utf8(self.bytes(length as usize)?).ok()
    }

    pub(super) fn map(&mut self) -> Option<BTreeMap<String, String>> {
        let length = self.u32()?;
        let mut inside = Self(self.bytes(length as usize)?);
        let mut map = BTreeMap::new();
        while !inside.0.is_empty() {
            map.insert(inside.text()?.to_owned(), inside.text()?.to_owned());
        }
        Some(map)
    }

    /// The next record: its kind and its content.
    pub(super) fn record(&mut self) -> Option<(u8, Self)> {
        let kind = self.u8()?;
        let length = usize::try_from(self.u64()?).ok()?;
        Some((kind, Self(self.bytes(length)?)))
    }
}

/// A message in a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// Which channel it is of.
    pub(crate) channel: u16,
    /// When it was noted, nanoseconds since 1970.
    pub(crate) log_nanos: u64,
    /// When what it says was so, nanoseconds since 1970.
    pub(crate) publish_nanos: u64,
    /// What it says.
    pub(crate) data: &'a [u8],
}

/// The messages of an unpacked chunk, up to the first record that makes no sense.
pub(crate) fn messages(chunk: &[u8]) -> impl Iterator<Item = Message<'_>> {
    let mut rest = Taker(chunk);
    std::iter::from_fn(move || rest.record())
        .filter(|(kind, _)| *kind == op::MESSAGE)
        .map_while(|(_, mut record)| {
            let channel = record.u16()?;
            record.u32()?;
            let log_nanos = record.u64()?;
            let publish_nanos = record.u64()?;
            Some(Message {
                channel,
                log_nanos,
                publish_nanos,
                data: record.0,
            })
        })
}
