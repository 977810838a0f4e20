//! The MCAP container: records, chunks, indexes (<https://mcap.dev/spec>); what the messages mean is the session's business.
//!
//! Written here rather than taken from crate `mcap` 0.26, for three reasons: its reader wants a whole file in memory, its
//! writer panics when it is used after a full disk, and it skips no damage; and it draws in `binrw`, whose features make
//! every procedural macro of the program build anew. The Python reference reader checks our files
//! (`tests/it/recording.py`).

mod index;
mod scan;
mod wire;
mod writer;

pub(crate) use self::index::{ChunkRef, ReadChunkError, read_chunk, read_index};
pub(crate) use self::scan::{Scan, scan};
pub(crate) use self::wire::{Message, messages};
pub(crate) use self::writer::{ChannelKind, Sink, Writer};

/// The first and the last eight bytes of a file.
pub(crate) const MAGIC: [u8; 8] = [0x89, b'M', b'C', b'A', b'P', 0x30, b'\r', b'\n'];

/// How chunks are packed: the LZ4 frame format.
pub(crate) const COMPRESSION: &str = "lz4";

/// No chunk of ours unpacks to more; what claims to is damaged.
pub(crate) const LARGEST_CHUNK: u64 = 64 << 20;

/// Record kinds.
pub(crate) mod op {
    pub(crate) const HEADER: u8 = 0x01;
    pub(crate) const FOOTER: u8 = 0x02;
    pub(crate) const SCHEMA: u8 = 0x03;
    pub(crate) const CHANNEL: u8 = 0x04;
    pub(crate) const MESSAGE: u8 = 0x05;
    pub(crate) const CHUNK: u8 = 0x06;
    pub(crate) const MESSAGE_INDEX: u8 = 0x07;
    pub(crate) const CHUNK_INDEX: u8 = 0x08;
    pub(crate) const STATISTICS: u8 = 0x0B;
    pub(crate) const METADATA: u8 = 0x0C;
    pub(crate) const METADATA_INDEX: u8 = 0x0D;
    pub(crate) const SUMMARY_OFFSET: u8 = 0x0E;
    pub(crate) const DATA_END: u8 = 0x0F;
}
