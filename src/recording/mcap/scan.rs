//! Reads a file from its front, record by record, past whatever is damaged: for files that nobody finished.

use super::index::{CHUNK_HEAD, ChunkHead, ChunkRef};
use super::wire::{RECORD_HEAD, Taker, messages};
use super::{COMPRESSION, MAGIC, op};
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes that a search for the next chunk reads at a time.
const WINDOW: usize = 1 << 20;

/// The longest record that is no chunk: schemas, indexes.
const LONGEST_RECORD: u64 = 16 << 20;

/// How many whole chunks lie before a stretch that could not be read, and the times that its head names.
type Stretch = (usize, Option<(u64, u64)>);

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scan {
    /// The whole chunks, in the order of the file.
    pub(crate) chunks: Vec<ChunkRef>,
    /// The stretches that could not be read.
    pub(crate) damage: Vec<Stretch>,
    /// Whether the data came to its proper end.
    pub(crate) ended: bool,
    /// The profile in the header.
    pub(crate) profile: String,
    /// The metadata records.
    pub(crate) metadata: BTreeMap<String, BTreeMap<String, String>>,
}

/// Scans a whole file; every chunk is unpacked and checked.
pub(crate) fn scan(file: &mut (impl Read + Seek)) -> io::Result<Scan> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(WINDOW, file);
    let mut found = Scan::default();
    let mut magic = [0; MAGIC.len()];
    let mut at = 0;
    if size >= magic.len() as u64 {
        reader.read_exact(&mut magic)?;
        at = magic.len() as u64;
        if magic != MAGIC {
            found.damage.push((0, None));
        }
    }
    while !found.ended && at < size {
        match next(&mut reader, at, size, &mut found)? {
            Some(length) => at += length,
            None => match find_chunk(&mut reader, at + 1, size)? {
                Some(next) => at = next,
                None => break,
            },
        }
        // One flipped bit makes a message index's kind that of the data's end, which no chunk follows.
        if found.ended
            && let Some(next) = find_chunk(&mut reader, at, size)?
        {
            found.ended = false;
            found.damage.push((found.chunks.len(), None));
            at = next;
        }
        // Where nothing was skipped, the buffer is kept.
        if reader.stream_position()? != at {
            reader.seek(SeekFrom::Start(at))?;
        }
    }
    Ok(found)
}

/// Reads the record at `at` and says how long it is; `None` where none can begin there.
fn next<R: Read + Seek>(
    reader: &mut BufReader<R>,
    at: u64,
    size: u64,
    found: &mut Scan,
) -> io::Result<Option<u64>> {
    let left = size - at;
    let mut head = [0; RECORD_HEAD];
    if left < RECORD_HEAD as u64 {
        found.damage.push((found.chunks.len(), None));
        return Ok(None);
    }
    reader.read_exact(&mut head)?;
    let mut taker = Taker(&head);
    let (kind, length) = (taker.u8().unwrap_or(0), taker.u64().unwrap_or(u64::MAX));
    if kind == op::CHUNK {
        return chunk(reader, at, left, &head, found);
    }
    let whole = length.saturating_add(RECORD_HEAD as u64);
    if !(op::HEADER..=op::DATA_END).contains(&kind) || whole > left || length > LONGEST_RECORD {
        found.damage.push((found.chunks.len(), None));
        return Ok(None);
    }
    let mut bytes = head.to_vec();
    bytes.resize(whole as usize, 0);
    reader.read_exact(&mut bytes[RECORD_HEAD..])?;
    // No checksum covers a record's head: one flipped bit of it hides a chunk under another kind, or behind a length.
    bytes[0] = op::CHUNK;
    if find_head(&bytes).is_some() {
        found.damage.push((found.chunks.len(), None));
        return Ok(None);
    }
    let mut record = Taker(&bytes[RECORD_HEAD..]);
    match kind {
        op::HEADER => record
            .text()
            .unwrap_or_default()
            .clone_into(&mut found.profile),
        op::METADATA => {
            if let (Some(name), Some(map)) = (record.text(), record.map()) {
                found.metadata.insert(name.to_owned(), map);
            }
        }
        op::DATA_END => found.ended = true,
        _ => {}
    }
    Ok(Some(whole))
}

fn chunk<R: Read + Seek>(
    reader: &mut BufReader<R>,
    at: u64,
    left: u64,
    head: &[u8; RECORD_HEAD],
    found: &mut Scan,
) -> io::Result<Option<u64>> {
    let mut bytes = head.to_vec();
    bytes.resize(CHUNK_HEAD.min(left as usize), 0);
    reader.read_exact(&mut bytes[RECORD_HEAD..])?;
    let Some(head) = ChunkHead::read(&bytes) else {
        found.damage.push((found.chunks.len(), None));
        return Ok(None);
    };
    let times = Some((head.start_nanos, head.end_nanos));
    let length = CHUNK_HEAD as u64 + head.packed;
    if length > left {
        found.damage.push((found.chunks.len(), times));
        return Ok(None);
    }
    let mut packed = vec![0; head.packed as usize];
    reader.read_exact(&mut packed)?;
    let Some(records) = head.unpack(&packed) else {
        found.damage.push((found.chunks.len(), times));
        return Ok(None);
    };
    // No checksum covers the head's times: the messages' own are right.
    let logged = || messages(&records).map(|message| message.log_nanos);
    found.chunks.push(ChunkRef {
        start_nanos: logged().min().unwrap_or(head.start_nanos),
        end_nanos: logged().max().unwrap_or(head.end_nanos),
        offset: at,
        length,
        packed: head.packed,
        unpacked: head.unpacked,
    });
    Ok(Some(length))
}

/// Where the next chunk may begin, at `from` or behind it.
fn find_chunk<R: Read + Seek>(
    reader: &mut BufReader<R>,
    from: u64,
    size: u64,
) -> io::Result<Option<u64>> {
    let mut at = from;
    let mut window = Vec::new();
    while at < size {
        reader.seek(SeekFrom::Start(at))?;
        window.clear();
        reader
            .by_ref()
            .take((WINDOW + CHUNK_HEAD) as u64)
            .read_to_end(&mut window)?;
        if let Some(hit) = find_head(&window) {
            return Ok(Some(at + hit as u64));
        }
        at += WINDOW as u64;
    }
    Ok(None)
}

/// Where among some bytes a chunk's head stands.
fn find_head(bytes: &[u8]) -> Option<usize> {
    let mut mark = (COMPRESSION.len() as u32).to_le_bytes().to_vec();
    mark.extend(COMPRESSION.bytes());
    // The mark stands this far behind a chunk's first byte.
    let inside = CHUNK_HEAD - 8 - mark.len();
    bytes.windows(CHUNK_HEAD).position(|head| {
        head[0] == op::CHUNK && head[inside..].starts_with(&mark) && ChunkHead::read(head).is_some()
    })
}
