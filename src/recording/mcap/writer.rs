//! Writes an MCAP file: chunks as they fill, the indexes at the end.

use super::wire::{put_map, put_record, put_sized, put_text};
use super::{COMPRESSION, ChunkRef, MAGIC, op};
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};

/// A chunk that has grown to this is written without waiting for the next flush, bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// Where a session goes.
pub(crate) trait Sink: Write {
    /// Returns when everything written so far will outlive a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts what was written after so many bytes.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)?;
        self.seek(SeekFrom::Start(bytes)).map(|_| ())
    }
}

/// A channel and its schema. Ids are the channel's for both, since each channel has a schema of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelKind {
    /// Names it in messages; from 1.
    pub(crate) id: u16,
    /// What readers call it.
    pub(crate) topic: &'static str,
    /// The schema's name.
    pub(crate) schema: &'static str,
    /// The schema's language: `ros1msg` or `jsonschema`.
    pub(crate) schema_encoding: &'static str,
    /// The schema.
    pub(crate) schema_text: &'static str,
    /// How messages are written: `ros1` or `json`.
    pub(crate) encoding: &'static str,
}

/// A file in the making.
#[derive(Debug)]
pub(crate) struct Writer<S> {
    sink: S,
    /// Bytes of whole records.
    position: u64,
    channels: &'static [ChannelKind],
    chunk: OpenChunk,
    chunks: Vec<IndexedChunk>,
    /// Messages of each channel.
    counts: BTreeMap<u16, u64>,
    /// Those of them that are in chunks which were written.
    written: BTreeMap<u16, u64>,
    metadata: Vec<(u64, u64, String)>,
}

#[derive(Debug, Default)]
struct OpenChunk {
    records: Vec<u8>,
    start_nanos: u64,
    end_nanos: u64,
    index: BTreeMap<u16, Vec<(u64, u64)>>,
}

#[derive(Debug)]
struct IndexedChunk {
    chunk: ChunkRef,
    /// Where the message index of each channel lies.
    indexes: BTreeMap<u16, u64>,
    index_bytes: u64,
}

impl<S: Sink> Writer<S> {
    /// Begins a file: header, schemas and channels, and what it is about.
    pub(crate) fn create(
        sink: S,
        profile: &str,
        channels: &'static [ChannelKind],
        about: (&str, &BTreeMap<String, String>),
    ) -> io::Result<Self> {
        let mut writer = Self {
            sink,
            position: 0,
            channels,
            chunk: OpenChunk::default(),
            chunks: Vec::new(),
            counts: BTreeMap::new(),
            written: BTreeMap::new(),
            metadata: Vec::new(),
        };
        let mut out = MAGIC.to_vec();
        put_record(&mut out, op::HEADER, |out| {
            put_text(out, profile);
            put_text(out, concat!("synse ", env!("CARGO_PKG_VERSION")));
        });
        put_channels(&mut out, channels);
        let (name, map) = about;
        let begin = out.len() as u64;
        put_record(&mut out, op::METADATA, |out| {
            put_text(out, name);
            put_map(out, map);
        });
        let length = out.len() as u64 - begin;
        writer.metadata.push((begin, length, name.to_owned()));
        writer.put(&out)?;
        writer.sink.sync()?;
        Ok(writer)
    }

    /// Bytes written, and those that wait in the open chunk, unpacked.
    pub(crate) fn bytes(&self) -> u64 {
        self.position + self.chunk.records.len() as u64
    }

    /// Messages of a channel that the file holds: those of a chunk that could not be written are not among them.
    pub(crate) fn written(&self, channel: u16) -> u64 {
        self.written.get(&channel).copied().unwrap_or_default()
    }

    /// Adds a message of the moment at which it is noted; it is on disk after the next [`Self::flush`].
    pub(crate) fn push(&mut self, channel: u16, log_nanos: u64, data: &[u8]) -> io::Result<()> {
        self.push_late(channel, log_nanos, log_nanos, data)
    }

    /// Adds a message that is noted later than what it says was so.
    pub(crate) fn push_late(
        &mut self,
        channel: u16,
        log_nanos: u64,
        publish_nanos: u64,
        data: &[u8],
    ) -> io::Result<()> {
        let chunk = &mut self.chunk;
        if chunk.records.is_empty() {
            chunk.start_nanos = log_nanos;
            chunk.end_nanos = log_nanos;
        }
        chunk.start_nanos = chunk.start_nanos.min(log_nanos);
        chunk.end_nanos = chunk.end_nanos.max(log_nanos);
        let offset = chunk.records.len() as u64;
        let count = self.counts.entry(channel).or_default();
        let sequence = *count as u32;
        *count += 1;
        put_record(&mut chunk.records, op::MESSAGE, |out| {
            out.extend(channel.to_le_bytes());
            out.extend(sequence.to_le_bytes());
            out.extend(log_nanos.to_le_bytes());
            out.extend(publish_nanos.to_le_bytes());
            out.extend(data);
        });
        let index = chunk.index.entry(channel).or_default();
        index.push((log_nanos, offset));
        if chunk.records.len() >= CHUNK_BYTES {
            self.write_chunk()?;
        }
        Ok(())
    }

    /// Writes the open chunk and waits until it would outlive a power cut.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.write_chunk()?;
        self.sink.sync()
    }

    /// Writes what is left, and the indexes; nothing can come after. Where that fails, the file still ends with its last whole
    /// record.
    pub(crate) fn finish(&mut self) -> io::Result<u64> {
        let flushed = self.write_chunk();
        let summary = self.summary();
        let written = flushed.and_then(|()| self.put(&summary));
        written.and_then(|()| self.sink.sync())?;
        Ok(self.position)
    }

    /// Writes whole records, or nothing of them.
    fn put(&mut self, records: &[u8]) -> io::Result<()> {
        if let Err(error) = self
            .sink
            .write_all(records)
            .and_then(|()| self.sink.flush())
        {
            // Half a record would only be in the way of what reads the rest.
            if let Err(cut) = self.sink.cut(self.position) {
                tracing::warn!("half a record stays at the end of a session: {cut}");
            }
            return Err(error);
        }
        self.position += records.len() as u64;
        Ok(())
    }

    fn write_chunk(&mut self) -> io::Result<()> {
        if self.chunk.records.is_empty() {
            return Ok(());
        }
        let OpenChunk {
            records,
            start_nanos,
            end_nanos,
            index,
        } = std::mem::take(&mut self.chunk);
        let packed = pack(&records)?;
        let unpacked = records.len() as u64;
        let mut out = Vec::with_capacity(packed.len() + 1024);
        put_record(&mut out, op::CHUNK, |out| {
            out.extend(start_nanos.to_le_bytes());
            out.extend(end_nanos.to_le_bytes());
            out.extend(unpacked.to_le_bytes());
            out.extend(crc32fast::hash(&records).to_le_bytes());
            put_text(out, COMPRESSION);
            out.extend((packed.len() as u64).to_le_bytes());
            out.extend(&packed);
        });
        let chunk = ChunkRef {
            start_nanos,
            end_nanos,
            offset: self.position,
            length: out.len() as u64,
            packed: packed.len() as u64,
            unpacked,
        };
        let mut indexes = BTreeMap::new();
        for (channel, entries) in &index {
            indexes.insert(*channel, self.position + out.len() as u64);
            put_record(&mut out, op::MESSAGE_INDEX, |out| {
                out.extend(channel.to_le_bytes());
                put_sized(out, |out| put_offsets(out, entries));
            });
        }
        let index_bytes = out.len() as u64 - chunk.length;
        self.put(&out)?;
        for (channel, entries) in &index {
            *self.written.entry(*channel).or_default() += entries.len() as u64;
        }
        self.chunks.push(IndexedChunk {
            chunk,
            indexes,
            index_bytes,
        });
        // The buffer is used again.
        self.chunk.records = records;
        self.chunk.records.clear();
        Ok(())
    }

    /// The end of the data, the summary and the footer.
    fn summary(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // The data's checksum is 0: it is not kept, since every chunk has its own.
        put_record(&mut out, op::DATA_END, |out| out.extend([0; 4]));
        let begin = out.len();
        let at = |out: &Vec<u8>| self.position + out.len() as u64;
        let mut groups = Vec::new();
        let group = |out: &mut Vec<u8>, kind: u8, put: &dyn Fn(&mut Vec<u8>)| {
            let start = at(out);
            put(out);
            (kind, start, at(out) - start)
        };
        groups.push(group(&mut out, op::SCHEMA, &|out| {
            put_schemas(out, self.channels);
        }));
        groups.push(group(&mut out, op::CHANNEL, &|out| {
            put_topics(out, self.channels);
        }));
        groups.push(group(&mut out, op::STATISTICS, &|out| {
            self.put_statistics(out);
        }));
        groups.push(group(&mut out, op::CHUNK_INDEX, &|out| {
            self.put_chunk_indexes(out);
        }));
        groups.push(group(&mut out, op::METADATA_INDEX, &|out| {
            for (offset, length, name) in &self.metadata {
                put_record(out, op::METADATA_INDEX, |out| {
                    out.extend(offset.to_le_bytes());
                    out.extend(length.to_le_bytes());
                    put_text(out, name);
                });
            }
        }));
        let offsets_at = at(&out);
        for (kind, start, length) in groups {
            put_record(&mut out, op::SUMMARY_OFFSET, |out| {
                out.push(kind);
                out.extend(start.to_le_bytes());
                out.extend(length.to_le_bytes());
            });
        }
        out.push(op::FOOTER);
        out.extend(20_u64.to_le_bytes());
        out.extend((self.position + begin as u64).to_le_bytes());
        out.extend(offsets_at.to_le_bytes());
        let checksum = crc32fast::hash(&out[begin..]);
        out.extend(checksum.to_le_bytes());
        out.extend(MAGIC);
        out
    }

    fn put_statistics(&self, out: &mut Vec<u8>) {
        let chunks = || self.chunks.iter().map(|indexed| &indexed.chunk);
        put_record(out, op::STATISTICS, |out| {
            out.extend(self.written.values().sum::<u64>().to_le_bytes());
            out.extend((self.channels.len() as u16).to_le_bytes());
            out.extend((self.channels.len() as u32).to_le_bytes());
            out.extend(0_u32.to_le_bytes());
            out.extend((self.metadata.len() as u32).to_le_bytes());
            out.extend((self.chunks.len() as u32).to_le_bytes());
            let start = chunks().map(|chunk| chunk.start_nanos).min();
            let end = chunks().map(|chunk| chunk.end_nanos).max();
            out.extend(start.unwrap_or(0).to_le_bytes());
            out.extend(end.unwrap_or(0).to_le_bytes());
            put_sized(out, |out| {
                for (channel, count) in &self.written {
                    out.extend(channel.to_le_bytes());
                    out.extend(count.to_le_bytes());
                }
            });
        });
    }

    fn put_chunk_indexes(&self, out: &mut Vec<u8>) {
        for IndexedChunk {
            chunk,
            indexes,
            index_bytes,
        } in &self.chunks
        {
            put_record(out, op::CHUNK_INDEX, |out| {
                out.extend(chunk.start_nanos.to_le_bytes());
                out.extend(chunk.end_nanos.to_le_bytes());
                out.extend(chunk.offset.to_le_bytes());
                out.extend(chunk.length.to_le_bytes());
                put_sized(out, |out| put_places(out, indexes));
                out.extend(index_bytes.to_le_bytes());
                put_text(out, COMPRESSION);
                out.extend(chunk.packed.to_le_bytes());
                out.extend(chunk.unpacked.to_le_bytes());
            });
        }
    }
}

/// The times of messages, and where in their chunk they begin.
fn put_offsets(out: &mut Vec<u8>, entries: &[(u64, u64)]) {
    for (log_nanos, offset) in entries {
        out.extend(log_nanos.to_le_bytes());
        out.extend(offset.to_le_bytes());
    }
}

/// Where each channel's message index lies.
fn put_places(out: &mut Vec<u8>, indexes: &BTreeMap<u16, u64>) {
    for (channel, offset) in indexes {
        out.extend(channel.to_le_bytes());
        out.extend(offset.to_le_bytes());
    }
}

fn put_channels(out: &mut Vec<u8>, channels: &[ChannelKind]) {
    put_schemas(out, channels);
    put_topics(out, channels);
}

fn put_schemas(out: &mut Vec<u8>, channels: &[ChannelKind]) {
    for channel in channels {
        put_record(out, op::SCHEMA, |out| {
            out.extend(channel.id.to_le_bytes());
            put_text(out, channel.schema);
            put_text(out, channel.schema_encoding);
            put_text(out, channel.schema_text);
        });
    }
}

fn put_topics(out: &mut Vec<u8>, channels: &[ChannelKind]) {
    for channel in channels {
        put_record(out, op::CHANNEL, |out| {
            out.extend(channel.id.to_le_bytes());
            out.extend(channel.id.to_le_bytes());
            put_text(out, channel.topic);
            put_text(out, channel.encoding);
            put_map(out, &BTreeMap::new());
        });
    }
}

fn pack(records: &[u8]) -> io::Result<Vec<u8>> {
    let info = FrameInfo::new().block_size(BlockSize::Max1MB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::with_capacity(records.len()));
    encoder.write_all(records)?;
    encoder.finish().map_err(io::Error::other)
}
