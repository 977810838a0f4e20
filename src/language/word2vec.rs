//! Word vectors in word2vec's binary format (Mikolov et al., 2013), as the paper's table 3 compares them.
//!
//! `COUNT WIDTH\n`, then for each word its bytes, a space, `WIDTH` little-endian floats and maybe a line end. The
//! published Google News file has 3 million words of 300 numbers, 3.6 GB: only its places are kept in memory.

use super::error::LanguageError;
use super::sentence::{failed, unit};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Words whose places are kept: files list the frequent ones first.
const MOST_WORDS: usize = 1_000_000;
/// Longest word, bytes; what is longer is no word.
const LONGEST_WORD: u64 = 1_024;
/// Widest vectors.
const WIDEST: usize = 4_096;

/// A file of word vectors.
#[derive(Debug)]
pub(super) struct WordVectors {
    path: PathBuf,
    width: usize,
    places: HashMap<String, u64>,
    file: RefCell<File>,
}

impl WordVectors {
    /// Finds the words of a file.
    pub(super) fn open(path: &Path) -> Result<Self, LanguageError> {
        let unreadable = |source| LanguageError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let malformed = |reason: String| LanguageError::Malformed {
            path: path.to_owned(),
            expected: "file of word vectors in word2vec's binary format",
            reason,
        };
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut reader = BufReader::new(file.try_clone().map_err(unreadable)?);
        let mut header = Vec::new();
        let mut start = (&mut reader).take(64);
        start.read_until(b'\n', &mut header).map_err(unreadable)?;
        let header = String::from_utf8_lossy(&header);
        let numbers: Vec<usize> = header
            .split_whitespace()
            .map_while(|field| field.parse().ok())
            .collect();
        let (&[count, width], true) = (numbers.as_slice(), header.ends_with('\n')) else {
            return Err(malformed(format!(
                "the first line is {:?}, expected the number of words and of values",
                header.trim()
            )));
        };
        if count == 0 || width == 0 || width > WIDEST {
            return Err(malformed(format!("{count} words of {width} values")));
        }
        let mut places = HashMap::new();
        for row in 0..count.min(MOST_WORDS) {
            let mut word = Vec::new();
            let mut limited = (&mut reader).take(LONGEST_WORD);
            limited.read_until(b' ', &mut word).map_err(unreadable)?;
            let place = reader.stream_position().map_err(unreadable)?;
            let end = place + 4 * width as u64;
            if word.pop() != Some(b' ') || end > bytes {
                return Err(malformed(format!(
                    "word {} of {count} ends early, at byte {place}",
                    row + 1
                )));
            }
            let word = String::from_utf8_lossy(&word).trim().to_lowercase();
            places.entry(word).or_insert(place);
            // No width is near where this would wrap: the file holds the vector, as was just seen.
            let vector = i64::try_from(4 * width).unwrap_or(i64::MAX);
            reader.seek_relative(vector).map_err(unreadable)?;
        }
        Ok(Self {
            path: path.to_owned(),
            width,
            places,
            file: RefCell::new(file),
        })
    }

    /// Numbers in a vector.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The mean of the vectors of a text's words, at length 1; words that the file lacks are passed over.
    pub(super) fn embed(&self, text: &str) -> Result<Arc<[f32]>, LanguageError> {
        let mut sum = vec![0.0; self.width];
        let mut found = 0;
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'');
        for place in words.filter_map(|word| self.places.get(word)) {
            for (sum, value) in sum.iter_mut().zip(self.vector(*place)?) {
                *sum += value;
            }
            found += 1;
        }
        if found == 0 {
            let reason = format!("none of its words is in {}", self.path.display());
            return Err(failed(text, &reason));
        }
        unit(&sum, text)
    }

    fn vector(&self, place: u64) -> Result<Vec<f32>, LanguageError> {
        let unreadable = |source| LanguageError::Unreadable {
            path: self.path.clone(),
            source,
        };
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(place)).map_err(unreadable)?;
        let mut bytes = vec![0; 4 * self.width];
        file.read_exact(&mut bytes).map_err(unreadable)?;
        let floats = bytes.chunks_exact(4);
        Ok(floats
            .map(|float| f32::from_le_bytes([float[0], float[1], float[2], float[3]]))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::WordVectors;
    use std::path::PathBuf;

    fn file(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join("words.bin");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn two_words(line_end: &[u8]) -> Vec<u8> {
        let mut bytes = b"2 2\n".to_vec();
        for (word, vector) in [("kick", [3.0_f32, 4.0]), ("Ball", [1.0, 0.0])] {
            bytes.extend(word.as_bytes());
            bytes.push(b' ');
            bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            bytes.extend(line_end);
        }
        bytes
    }

    #[test]
    fn means_of_words_with_and_without_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        for line_end in [b"\n".as_slice(), b""] {
            let words = WordVectors::open(&file(&folder, &two_words(line_end))).unwrap();
            assert_eq!(words.width(), 2);
            assert_eq!(words.embed("Kick").unwrap().as_ref(), [0.6, 0.8]);
            let both = words.embed("kick the ball").unwrap();
            let length = 32.0_f32.sqrt();
            assert!((both[0] - 4.0 / length).abs() < 1e-6 && (both[1] - 4.0 / length).abs() < 1e-6);
            let error = words.embed("yodel").unwrap_err().to_string();
            assert!(
                error.contains("yodel") && error.contains("words.bin"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_such_file_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let whole = two_words(b"\n");
        for (bytes, told) in [
            (b"".as_slice(), "first line"),
            (b"two words\n", "first line"),
            (b"0 300\n", "0 words"),
            (b"3 99999999\n", "99999999 values"),
            (&whole[..whole.len() - 4], "word 2 of 2"),
            (&whole[..6], "word 1 of 2"),
        ] {
            let error = WordVectors::open(&file(&folder, bytes)).unwrap_err();
            let error = error.to_string();
            assert!(
                error.contains(told) && error.contains("words.bin"),
                "{error}"
            );
        }
    }
}
