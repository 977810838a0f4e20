//! Session files that were cut, bent or mixed: whatever is read of one was in it, in its order.

use crate::recording::{frame, frames_of, temporary, write};
use proptest::prelude::*;
use std::fs;
use synse::recording::session::{LOST_AT_MOST_SECONDS, SessionFile};

/// A session, and where in it its frames end up: what a damaged copy may hold.
fn sample() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        let (_folder, path) = temporary();
        write(&path, 240);
        fs::read(&path).unwrap()
    })
}

/// Reads a damaged copy; whatever it yields is a part of the original, in its order.
fn assert_part(bytes: &[u8]) -> Option<(usize, synse::recording::session::SessionInfo)> {
    let (_folder, path) = temporary();
    fs::write(&path, bytes).unwrap();
    let info = SessionFile::open(&path).and_then(|mut file| {
        file.overview()?;
        file.info()
    });
    let info = info.ok()?;
    let read = frames_of(&path).unwrap();
    assert_eq!(info.frames, read.len() as u64);
    let mut original = (0..240).map(frame);
    for frame in &read {
        assert!(
            original.any(|candidate| candidate == *frame),
            "a frame that never was"
        );
    }
    Some((read.len(), info))
}

/// Flips bits, each at its share of the bytes: each costs one second, and what is lost is told.
fn assert_cost(flips: &[(f64, u8)]) {
    let mut bytes = sample().to_vec();
    for (share, bit) in flips {
        let at = (bytes.len() as f64 * share) as usize;
        bytes[at] ^= 1 << bit;
    }
    if let Some((frames, info)) = assert_part(&bytes) {
        // Unless a flip hits what finds two of the seconds.
        assert!(frames + 75 * flips.len() >= 240, "{frames} after {flips:?}");
        assert!(
            frames == 240 || info.recovery.lost_seconds > 0.0,
            "{frames} after {flips:?}"
        );
    } else {
        assert!(flips.iter().any(|(share, _)| *share < 0.2), "{flips:?}");
    }
}

/// A finished session's index is of no use, and one bit more is another in what stands between its chunks, and in
/// what stands before their messages.
#[test]
fn a_bit_outside_the_messages_hides_no_loss() {
    let bytes = sample();
    let share = |at: usize| (at as f64 + 0.5) / bytes.len() as f64;
    let index = share(bytes.len() - 20);
    let heads: Vec<usize> = (0..bytes.len() - 44)
        .filter(|at| bytes[*at] == 6 && bytes[at + 37..].starts_with(b"\x03\0\0\0lz4"))
        .collect();
    assert!(heads.len() > 3, "{heads:?}");
    for head in &heads {
        let packed = u64::from_le_bytes(bytes[head + 1..head + 9].try_into().unwrap());
        let end = head + 9 + packed as usize;
        for at in (*head..head + 52).chain(end..end + 40) {
            for bit in 0..8 {
                assert_cost(&[(index, 0), (share(at), bit)]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_file_cut_anywhere_keeps_its_whole_chunks(share in 0.0_f64..1.0) {
        let bytes = sample();
        let cut = (bytes.len() as f64 * share) as usize;
        if let Some((frames, info)) = assert_part(&bytes[..cut]) {
            prop_assert!(info.recovery.recovered);
            prop_assert!(frames == 240 || info.recovery.lost_seconds > 0.0);
            // A second of frames is what one chunk holds; messages are spread evenly over the bytes.
            let expected = 240.0 * share - 75.0;
            prop_assert!(frames as f64 > expected, "{frames} of {expected}");
        } else {
            prop_assert!(share < 0.12, "nothing is left of {share}");
        }
    }

    #[test]
    fn flipped_bits_cost_no_more_than_their_chunks(flips in prop::collection::vec((0.0_f64..1.0, 0_u8..8), 1..4)) {
        assert_cost(&flips);
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), keep in 0_usize..3000) {
        let mut file = sample()[..keep].to_vec();
        file.extend(bytes);
        assert_part(&file);
    }
}

#[test]
fn a_file_cut_between_two_chunks_has_lost_at_most_a_second() {
    let bytes = sample();
    let (_folder, path) = temporary();
    fs::write(&path, bytes).unwrap();
    // What comes before the end of the data and the summary: as after a kill just behind a flush.
    let end = bytes
        .windows(13)
        .rposition(|w| w == [0x0F, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        .unwrap();
    let (frames, info) = assert_part(&bytes[..end]).unwrap();
    assert_eq!(frames, 240);
    assert!(info.recovery.recovered);
    assert_eq!(info.recovery.lost_seconds, LOST_AT_MOST_SECONDS);
}

#[test]
fn a_session_is_one_take_in_every_format_and_tells_its_damage() {
    let (folder, path) = temporary();
    let mut bytes = sample().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    for (bytes, code) in [(sample(), 0), (&bytes[..], 3)] {
        fs::write(&path, bytes).unwrap();
        for format in ["csv", "json", "skeleton", "parquet"] {
            let (file, out) = (path.display().to_string(), folder.path().join("out"));
            let out = out.display().to_string();
            let args = ["export", &file, "--format", format, "--out", &out];
            let (out, err) = crate::cli::expect(code, args);
            assert_eq!(out.lines().count(), 1, "{out}");
            assert_eq!(err.contains("is damaged"), code == 3, "{err}");
        }
    }
}
