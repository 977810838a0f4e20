//! Damaged files: every reader of the program gets real bytes that were cut, bent and mixed, and answers with values that
//! make sense or with an error in words; it never panics, hangs or asks for all memory.
//!
//! A few seconds in all by default. `SYNSE_FUZZ_MINUTES=N` lets each target go on for `N` minutes, with other damage each
//! time: `SYNSE_FUZZ_MINUTES=10 cargo test --release --test it fuzz::`. The file that is being read lies in
//! `target/tmp/fuzz`, named by its target, so that one that kills the process can be found. OSC packets are bent in
//! `src/capture/osc/assembly.rs`, for longer with `PROPTEST_CASES=1000000`.

mod targets;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longer than this no reader may take for a file of some kilobytes, on a machine that does other things.
const SLOWEST: Duration = Duration::from_secs(20);

/// One thing that happens to a file.
#[derive(Clone, Debug)]
enum Damage {
    /// Everything from there on is gone.
    Cut(Index),
    /// One bit is wrong.
    Flip(Index, u8),
    /// Something else stands there.
    Write(Index, Vec<u8>),
    /// Something stands there as well.
    Insert(Index, Vec<u8>),
    /// A piece is gone.
    Remove(Index, usize),
    /// A piece of this file or of another one of its kind stands there too.
    Splice(Index, Index, usize, Index),
    /// A number is as large or as odd as numbers get.
    Number(Index, u8),
}

/// Words that mean something to one of the readers, and numbers at the ends of what there is.
const WORDS: [&str; 22] = [
    "NaN",
    "-1",
    "1e39",
    "18446744073709551616",
    "4294967295",
    "0",
    "\n",
    "\r\n",
    ",",
    ";",
    "\"",
    "|",
    "{",
    "}",
    "[",
    "]",
    "..",
    "/",
    "\u{FEFF}",
    "é",
    "\0",
    " ",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..12),
        prop::sample::select(WORDS.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        1 => at().prop_map(Damage::Cut),
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        3 => (at(), bytes()).prop_map(|(at, bytes)| Damage::Write(at, bytes)),
        2 => (at(), bytes()).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        2 => (at(), 1_usize..200).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (at(), at(), 1_usize..400, at())
            .prop_map(|(at, from, length, seed)| Damage::Splice(at, from, length, seed)),
        3 => (at(), any::<u8>()).prop_map(|(at, kind)| Damage::Number(at, kind)),
    ]
}

impl Damage {
    fn to(&self, file: &mut Vec<u8>, seeds: &[Seed]) {
        let length = file.len();
        let place = |at: &Index| at.index(length + 1);
        match self {
            Self::Cut(at) => file.truncate(place(at)),
            Self::Flip(at, bit) => {
                if let Some(byte) = file.get_mut(place(at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Write(at, bytes) => overwrite(file, place(at), bytes),
            Self::Insert(at, bytes) => {
                let at = place(at);
                file.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, length) => {
                let at = place(at);
                file.drain(at..(at + length).min(file.len()));
            }
            Self::Splice(at, from, length, seed) => {
                let other = &seeds[seed.index(seeds.len())].bytes;
                let from = from.index(other.len() + 1);
                let piece = &other[from..(from + length).min(other.len())];
                let at = place(at);
                file.splice(at..at, piece.iter().copied());
            }
            Self::Number(at, kind) => {
                let extreme: u64 = match kind % 6 {
                    0 => 0,
                    1 => u64::MAX,
                    2 => i64::MAX as u64,
                    3 => u64::from(u32::MAX),
                    4 => 1 << 40,
                    _ => u64::from(*kind),
                };
                let width = 1 << (kind % 4);
                let bytes = if kind & 64 == 0 {
                    extreme.to_le_bytes()[..width].to_vec()
                } else {
                    extreme.to_be_bytes()[8 - width..].to_vec()
                };
                overwrite(file, place(at), &bytes);
            }
        }
    }
}

fn overwrite(file: &mut [u8], at: usize, bytes: &[u8]) {
    for (old, new) in file.iter_mut().skip(at).zip(bytes) {
        *old = *new;
    }
}

/// A whole file to begin with.
#[derive(Clone, Debug)]
struct Seed {
    /// What it is called on disk; its ending says how it is read.
    name: String,
    bytes: Vec<u8>,
    /// Where damage tells most, such as a header; everywhere where it is empty.
    hot: std::ops::Range<usize>,
}

impl Seed {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            bytes,
            hot: 0..0,
        }
    }

    /// Damages mostly these bytes.
    fn hot(mut self, hot: std::ops::Range<usize>) -> Self {
        self.hot = hot;
        self
    }

    fn damaged(&self, damages: &[Damage], everywhere: bool, seeds: &[Self]) -> Vec<u8> {
        let hot = self.hot.start..self.hot.end.min(self.bytes.len());
        if everywhere || hot.is_empty() {
            let mut file = self.bytes.clone();
            for damage in damages {
                damage.to(&mut file, seeds);
            }
            return file;
        }
        let mut piece = self.bytes[hot.clone()].to_vec();
        for damage in damages {
            damage.to(&mut piece, seeds);
        }
        let mut file = self.bytes[..hot.start].to_vec();
        file.extend(piece);
        file.extend(&self.bytes[hot.end..]);
        file
    }
}

/// How long each target may go on; without the variable only so many cases are tried.
fn minutes() -> Option<Duration> {
    let text = std::env::var("SYNSE_FUZZ_MINUTES").ok()?;
    let minutes: f64 = text.parse().expect("SYNSE_FUZZ_MINUTES is a number");
    Some(Duration::from_secs_f64(60.0 * minutes))
}

/// Damages the seeds and has them read, so many times or for as long as is asked for.
///
/// `read` gets the file's path. An error must name something: an empty one is a failure as a panic is.
#[expect(
    clippy::print_stdout,
    reason = "how much was tried is what one looks at"
)]
fn fuzz(target: &str, seeds: &[Seed], cases: u32, read: impl Fn(&Path) -> Result<(), String>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("fuzz")
        .join(target);
    fs::create_dir_all(&folder).unwrap();
    let paths: Vec<PathBuf> = seeds.iter().map(|seed| folder.join(&seed.name)).collect();
    for (seed, path) in seeds.iter().zip(&paths) {
        fs::write(path, &seed.bytes).unwrap();
        if let Err(error) = read(path) {
            panic!(
                "{target}: the undamaged file {} is refused: {error}",
                seed.name
            );
        }
    }
    let strategy = (
        any::<Index>(),
        prop::collection::vec(damage(), 1..5),
        prop::bool::weighted(0.3),
    );
    let (begin, until) = (Instant::now(), minutes());
    let mut tried = 0;
    loop {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let tested = runner.run(&strategy, |(seed, damages, everywhere)| {
            let index = seed.index(seeds.len());
            let file = seeds[index].damaged(&damages, everywhere, seeds);
            fs::write(&paths[index], file).unwrap();
            let begin = Instant::now();
            let answer = read(&paths[index]);
            if begin.elapsed() > SLOWEST {
                return Err(TestCaseError::fail(format!("took {:?}", begin.elapsed())));
            }
            match answer {
                Err(error) if error.trim().is_empty() => {
                    Err(TestCaseError::fail("an error without a word"))
                }
                _ => Ok(()),
            }
        });
        tried += cases;
        if let Err(error) = tested {
            let TestError::Fail(why, (seed, damages, everywhere)) = &error else {
                panic!("{target}: {error}");
            };
            let index = seed.index(seeds.len());
            let file = seeds[index].damaged(damages, *everywhere, seeds);
            let path = paths[index].with_file_name(format!("failed-{}", seeds[index].name));
            fs::write(&path, file).unwrap();
            panic!("{target}: {why}: see {}", path.display());
        }
        if until.is_none_or(|until| begin.elapsed() > until) {
            println!("{target}: {tried} damaged files");
            return;
        }
    }
}
