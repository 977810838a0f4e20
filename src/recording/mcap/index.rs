//! Reads a finished file by its summary, and chunks one at a time.

use super::wire::Taker;
use super::{COMPRESSION, LARGEST_CHUNK, MAGIC, op};
use lz4_flex::frame::FrameDecoder;
use std::io::{self, Read, Seek, SeekFrom};

/// Footer and closing magic, bytes.
const TAIL: u64 = 9 + 20 + 8;

/// No summary of ours is larger; what claims to be is damaged.
const LARGEST_SUMMARY: u64 = 256 << 20;

/// Where a chunk lies, and what time it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkRef {
    /// The time of its earliest message, nanoseconds since 1970.
    pub(crate) start_nanos: u64,
    /// The time of its latest message.
    pub(crate) end_nanos: u64,
    /// Where its record begins.
    pub(crate) offset: u64,
    /// Bytes of its record.
    pub(crate) length: u64,
    /// Bytes of its messages, packed.
    pub(crate) packed: u64,
    /// Bytes of its messages, unpacked.
    pub(crate) unpacked: u64,
}

/// Why a chunk is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadChunkError {
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    File(#[from] io::Error),
    /// The chunk is not what was written.
    #[error("the chunk at byte {offset} is damaged: {problem}")]
    Damaged {
        /// Where it begins.
        offset: u64,
        /// What shows it.
        problem: &'static str,
    },
}

/// A chunk's header, as it stands at the front of its record.
pub(super) struct ChunkHead {
    pub(super) start_nanos: u64,
    pub(super) end_nanos: u64,
    pub(super) unpacked: u64,
    checksum: u32,
    pub(super) packed: u64,
}

/// Bytes of a chunk record before its messages: kind and length, times, size, checksum, "lz4", packed size.
pub(super) const CHUNK_HEAD: usize = 9 + 8 + 8 + 8 + 4 + 4 + COMPRESSION.len() + 8;

impl ChunkHead {
    /// Reads a chunk record's head, its kind and length included; `None` where it cannot be one of ours.
    pub(super) fn read(record: &[u8]) -> Option<Self> {
        let mut taker = Taker(record);
        let (kind, length) = (taker.u8()?, taker.u64()?);
        let (start_nanos, end_nanos) = (taker.u64()?, taker.u64()?);
        let (unpacked, checksum) = (taker.u64()?, taker.u32()?);
        let compression = taker.text()?;
        let packed = taker.u64()?;
        let whole = packed.checked_add(CHUNK_HEAD as u64 - 9) == Some(length);
        let plausible = kind == op::CHUNK
            && compression == COMPRESSION
            && whole
            && unpacked <= LARGEST_CHUNK
            && packed <= LARGEST_CHUNK
            && start_nanos <= end_nanos;
        plausible.then_some(Self {
            start_nanos,
            end_nanos,
            unpacked,
            checksum,
            packed,
        })
    }

    /// Unpacks and checks the messages behind this head.
    pub(super) fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let mut records = Vec::with_capacity(self.unpacked as usize);
        let mut decoder = FrameDecoder::new(packed).take(self.unpacked + 1);
        decoder.read_to_end(&mut records).ok()?;
        let whole = records.len() as u64 == self.unpacked;
        (whole && crc32fast::hash(&records) == self.checksum).then_some(records)
    }
}

/// The chunks of a finished file, in the order of the file; `None` where there is no sound summary.
pub(crate) fn read_index(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<ChunkRef>>> {
    let size = file.seek(SeekFrom::End(0))?;
    let Some(tail_at) = size.checked_sub(TAIL) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(tail_at))?;
    let mut tail = [0; TAIL as usize];
    file.read_exact(&mut tail)?;
    let mut taker = Taker(&tail);
    let sound = taker.u8() == Some(op::FOOTER) && taker.u64() == Some(20) && tail[29..] == MAGIC;
    let (Some(start), Some(_), Some(checksum)) = (taker.u64(), taker.u64(), taker.u32()) else {
        return Ok(None);
    };
    let length = tail_at
        .checked_sub(start)
        .filter(|length| *length <= LARGEST_SUMMARY);
    let (true, Some(length), true) = (sound, length, start > 0) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(start))?;
    let mut summary = vec![0; length as usize];
    file.read_exact(&mut summary)?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&summary);
    hasher.update(&tail[..25]);
    // Zero says that no checksum was made.
    if checksum != 0 && hasher.finalize() != checksum {
        return Ok(None);
    }
    let mut rest = Taker(&summary);
    let mut chunks = Vec::new();
    while let Some((kind, record)) = rest.record() {
        if kind == op::CHUNK_INDEX {
            let Some(chunk) = chunk_ref(record).filter(|chunk| chunk.offset < start) else {
                return Ok(None);
            };
            chunks.push(chunk);
        }
    }
    Ok(rest.0.is_empty().then_some(chunks))
}

fn chunk_ref(mut record: Taker<'_>) -> Option<ChunkRef> {
    let (start_nanos, end_nanos) = (record.u64()?, record.u64()?);
    let (offset, length) = (record.u64()?, record.u64()?);
    let map = record.u32()?;
    record.bytes(map as usize)?;
    record.u64()?;
    record.text()?;
    let (packed, unpacked) = (record.u64()?, record.u64()?);
    Some(ChunkRef {
        start_nanos,
        end_nanos,
        offset,
        length,
        packed,
        unpacked,
    })
}

/// The unpacked messages of a chunk, checked against its checksum.
pub(crate) fn read_chunk(
    file: &mut (impl Read + Seek),
    chunk: &ChunkRef,
) -> Result<Vec<u8>, ReadChunkError> {
    let damaged = |problem| ReadChunkError::Damaged {
        offset: chunk.offset,
        problem,
    };
    if chunk.length > LARGEST_CHUNK + CHUNK_HEAD as u64 || chunk.length < CHUNK_HEAD as u64 {
        return Err(damaged("its size in the index is impossible"));
    }
    file.seek(SeekFrom::Start(chunk.offset))?;
    let mut record = vec![0; chunk.length as usize];
    file.read_exact(&mut record).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            damaged("the file ends before it")
        } else {
            error.into()
        }
    })?;
    let head = ChunkHead::read(&record).ok_or_else(|| damaged("its head makes no sense"))?;
    head.unpack(&record[CHUNK_HEAD..])
        .ok_or_else(|| damaged("its checksum is another"))
}
