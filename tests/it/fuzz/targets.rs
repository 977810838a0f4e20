//! What is read, from which real bytes, and what must hold of what comes out.

use super::{Seed, fuzz};
use crate::exchange::{exported, take};
use crate::fakes::{clip_entry, random_bundle, waving_frame, write_store};
use crate::table1_made::made;
use crate::wire::{crowd, hello, written};
use std::fs;
use std::path::Path;
use synse::align::synse::Synse;
use synse::bundle::Bundle;
use synse::capture::clip_store::{ClipEntry, ClipStore};
use synse::capture::ntu_skeleton;
use synse::capture::wire::{MOST_BODIES, Record, StreamReader};
use synse::device::{self, DeviceChoice};
use synse::encoder::weights::StreamWeights;
use synse::evaluate::table1::resources::{Layout, Resources, SPLITS};
use synse::gate::Gate;
use synse::language::SentenceEncoder;
use synse::phrases::list;
use synse::phrases::splits::Splits;
use synse::recording::export::Format;
use synse::recording::import::{ImportOptions, read};
use synse::recording::session::{MarkerRecord, SessionFile, SessionWriter, Walk};
use synse::recording::take::Take;
use synse::skeleton::{Body, Frame};

/// In words, and with the file's name.
fn named<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String + '_ {
    move |error| {
        let (words, name) = (error.to_string(), path.file_name().unwrap());
        assert!(
            words.contains(&*name.to_string_lossy()),
            "{words} does not name {}",
            name.display()
        );
        words
    }
}

fn sound<'a>(frames: impl IntoIterator<Item = &'a Frame>) {
    let mut bodies = frames.into_iter().flat_map(|frame| &frame.bodies);
    assert!(bodies.all(Body::is_finite), "a joint is no number");
}

fn short() -> Take {
    Take {
        frames: take().frames[2..5].to_vec(),
        ..take()
    }
}

fn written_as(format: Format, name: &str) -> Seed {
    let (_folder, written) = exported(&[short()], format);
    Seed::new(name, fs::read(&written.paths[0]).unwrap())
}

fn read_takes(path: &Path) -> Result<(), String> {
    let takes = read(path, &ImportOptions::default()).map_err(named(path))?;
    sound(takes.iter().flat_map(|take| &take.frames));
    Ok(())
}

#[test]
fn tables() {
    let pandas = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pandas.parquet");
    let seeds = [
        written_as(Format::Csv, "a.csv"),
        written_as(Format::Parquet, "a.parquet"),
        Seed::new("pandas.parquet", fs::read(pandas).unwrap()),
    ];
    fuzz("tables", &seeds, 250, read_takes);
}

#[test]
fn trees_and_takes() {
    let seeds = [
        written_as(Format::Bvh, "a.bvh"),
        written_as(Format::Json, "a.json"),
    ];
    fuzz("trees", &seeds, 250, read_takes);
}

#[test]
fn skeleton_files() {
    let seeds = [written_as(Format::Skeleton, "a.skeleton")];
    fuzz("skeleton", &seeds, 150, |path| {
        let frames = ntu_skeleton::read(path).map_err(named(path))?;
        sound(&frames);
        Ok(())
    });
}

#[test]
fn clip_stores() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clips");
    let entry = |index: usize| ClipEntry {
        label: "wave, \"high\"".into(),
        ..clip_entry(&format!("c-{index}"))
    };
    let joints: Vec<_> = (0..9).map(|i| waving_frame(i).bodies[0].joints).collect();
    let clips: Vec<_> = (0..3).map(|index| (entry(index), joints.clone())).collect();
    write_store(&path, &clips);
    let seeds = ["csv", "safetensors"].map(|ending| {
        let bytes = fs::read(path.with_extension(ending)).unwrap();
        Seed::new(&format!("clips.{ending}"), bytes).hot(0..400)
    });
    // Only one of the two is damaged.
    let whole = seeds.clone();
    fuzz("clips", &seeds, 250, |path| {
        for seed in &whole {
            let other = path.with_file_name(&seed.name);
            if other != path {
                fs::write(other, &seed.bytes).unwrap();
            }
        }
        let store = ClipStore::open(path).map_err(|error| error.to_string())?;
        for clip in &store.clips {
            let frames = store.frames_of(clip).map_err(|error| error.to_string())?;
            sound(&frames);
        }
        Ok(())
    });
}

#[test]
fn phrase_lists_and_splits() {
    let text = "# mine\nwave\nswat a fly - one arm, fast\n#off jump | jump | - | legs=1\nplay violin | play | violin | arms=0.5 fast\n";
    let splits = "split,phrase,dataset,subject\ntest,wave,ntu,P001\ntrain,jump,ntu,P002\n";
    let kinect = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kinect/splits.csv");
    let mut seeds = vec![Seed::new("phrases.txt", text.as_bytes().to_vec())];
    if let Ok(bytes) = fs::read(kinect) {
        seeds.push(Seed::new(
            "splits.csv",
            bytes[..bytes.len().min(3000)].to_vec(),
        ));
    } else {
        seeds.push(Seed::new("other.txt", splits.as_bytes().to_vec()));
    }
    fuzz("phrases", &seeds, 250, |path| {
        if path.extension().is_some_and(|ending| ending == "csv") {
            // What is cut from a real file need not be one.
            Splits::read(path).err().map(|error| error.to_string());
            return Ok(());
        }
        let list = list::read(path).map_err(named(path))?;
        // What was read can be written and read again.
        let again = list::text_from_entries(&list.entries);
        let copy = path.with_file_name("copy.txt");
        fs::write(&copy, &again).unwrap();
        let read = list::read(&copy).map_err(|error| format!("{error}: {again:?}"));
        let keys = |entries: &[synse::phrases::PhraseEntry]| -> Vec<_> {
            entries
                .iter()
                .map(synse::phrases::PhraseEntry::key)
                .collect()
        };
        assert_eq!(
            keys(&read.unwrap().entries),
            keys(&list.entries),
            "{again:?}"
        );
        Ok(())
    });
}

#[test]
fn camera_streams() {
    let records = [hello(true), crowd(0, 2), Record::Heartbeat, crowd(1, 6)];
    let seeds = [Seed::new("stream", written(&records))];
    fuzz("wire", &seeds, 400, |path| {
        let bytes = fs::read(path).unwrap();
        let mut reader = StreamReader::new(bytes.as_slice());
        while let Some(record) = reader.read().map_err(|error| error.to_string())? {
            if let Record::Frame(sent) = record {
                assert!(sent.frame.bodies.len() <= MOST_BODIES);
                sound([&sent.frame]);
            }
        }
        Ok(())
    });
}

#[test]
fn sessions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.mcap");
    let mut writer = SessionWriter::create(&path, 1_000_000_000).unwrap();
    for index in 0..40 {
        let nanos = 1_000_000_000 + index * 33_333_000;
        writer.frame(nanos, &waving_frame(index)).unwrap();
        if index % 10 == 9 {
            writer.flush().unwrap();
        }
    }
    let marker = MarkerRecord {
        label: "wave".to_owned(),
        start_nanos: 1_000_000_000,
        end_nanos: 1_500_000_000,
    };
    writer.marker(2_300_000_000, &marker).unwrap();
    writer.finish(2_400_000_000).unwrap();
    let bytes = fs::read(&path).unwrap();
    let (length, ends) = (bytes.len(), 4000.min(bytes.len()));
    let seeds = [
        Seed::new("s.mcap", bytes.clone()).hot(length - ends..length),
        Seed::new("t.mcap", bytes).hot(0..2000),
    ];
    fuzz("sessions", &seeds, 250, |path| {
        let mut file = SessionFile::open(path).map_err(named(path))?;
        file.overview().map_err(named(path))?;
        let info = file.info().map_err(named(path))?;
        let mut walk = Walk::new(file).map_err(named(path))?;
        let mut frames = 0;
        while let Some((_, frame)) = walk.next_frame().map_err(named(path))? {
            sound([&frame]);
            frames += 1;
        }
        assert_eq!(info.frames, frames);
        walk.seek(500_000).map_err(named(path))?;
        Ok(())
    });
}

#[test]
fn segments_beside_a_session() {
    use synse::ui::files::{Answer, Request, perform};
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s.mcap");
    let mut writer = SessionWriter::create(&session, 1_000_000_000).unwrap();
    writer.frame(1_000_000_000, &waving_frame(0)).unwrap();
    writer.finish(1_100_000_000).unwrap();
    let bytes = fs::read(&session).unwrap();
    let text = "label,start_micros,end_micros\nwave,100,20000\n\"a, b\",30000,40000\n";
    let seeds = [Seed::new("s.marks.csv", text.as_bytes().to_vec())];
    fuzz("marks", &seeds, 100, |path| {
        let session = path.with_file_name("s.mcap");
        fs::write(&session, &bytes).unwrap();
        match perform(Request::ReadSession(session)) {
            Answer::Session(view) => {
                let marks = &view.marks;
                assert!(marks.iter().all(|mark| mark.start_micros < mark.end_micros));
                Ok(())
            }
            Answer::Failed(problem) => Err(problem),
            other => Err(format!("{other:?}")),
        }
    });
}

/// Where a stretch of bytes begins.
fn find(bytes: &[u8], what: &[u8]) -> usize {
    let mut places = bytes.windows(what.len());
    places.position(|place| place == what).unwrap_or(0)
}

#[test]
fn weights() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("bundle");
    random_bundle(&folder);
    let file = |name: &str| fs::read(folder.join(name)).unwrap();
    let mut seeds = vec![
        Seed::new("joint.safetensors", file("joint.safetensors")).hot(0..9000),
        Seed::new("synse.safetensors", file("synse.safetensors")).hot(0..4000),
        Seed::new("gate.toml", file("gate.toml")),
    ];
    let published = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/models/ntu120-shift-gcn/xsub-joint.pt");
    if let Ok(bytes) = fs::read(published) {
        let pickle = find(&bytes, b"data.pkl");
        seeds.push(Seed::new("joint.pt", bytes).hot(pickle..pickle + 30_000));
    }
    fuzz("weights", &seeds, 120, |path| {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("synse.safetensors") => Synse::load(path).map(drop).map_err(named(path)),
            Some("gate.toml") => Gate::load(path).map(drop).map_err(named(path)),
            _ => StreamWeights::read(path).map(drop).map_err(named(path)),
        }
    });
}

#[test]
fn bundles() {
    let place = tempfile::tempdir().unwrap();
    let parts = place.path().join("bundle");
    random_bundle(&parts);
    let manifest = fs::read(parts.join("bundle.toml")).unwrap();
    let device = device::open(&DeviceChoice::Cpu).unwrap().device;
    let seeds = [Seed::new("bundle.toml", manifest)];
    fuzz("bundles", &seeds, 80, |path| {
        fs::copy(path, parts.join("bundle.toml")).unwrap();
        let bundle = Bundle::load(&parts, &device);
        bundle.map(drop).map_err(|error| error.to_string())
    });
}

#[test]
fn word_vectors() {
    let mut bytes = b"3 4\n".to_vec();
    for (word, start) in [("wave", 0.5_f32), ("hand", -1.0), ("été", 2.0)] {
        bytes.extend(word.as_bytes());
        bytes.push(b' ');
        for value in 0..4 {
            bytes.extend((start + value as f32).to_le_bytes());
        }
        bytes.push(b'\n');
    }
    let device = device::open(&DeviceChoice::Cpu).unwrap().device;
    let seeds = [Seed::new("words.bin", bytes)];
    fuzz("word2vec", &seeds, 250, |path| {
        let words = SentenceEncoder::open(path, &device).map_err(named(path))?;
        words
            .embed(&["wave hand"])
            .map_err(|error| error.to_string())?;
        Ok(())
    });
}

#[test]
fn arrays_of_the_paper() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path());
    let layout = Layout {
        folder: folder.path().to_owned(),
        visual: "shift".to_owned(),
        text: "bert".to_owned(),
        draw: "r".to_owned(),
    };
    let places = [
        "resources/label_splits/ru5.npy",
        "resources/ntu60_bert_verb.npy",
        "shift_5_r/train.npy",
        "shift_5_r/g_label.npy",
    ];
    let seeds = places.map(|place| {
        let bytes = fs::read(folder.path().join(place)).unwrap();
        Seed::new(&place.replace('/', "-"), bytes).hot(0..160)
    });
    let whole = seeds.clone();
    fuzz("npy", &seeds, 60, |path| {
        for (seed, place) in whole.iter().zip(places) {
            let target = layout.folder.join(place);
            if path.file_name().is_some_and(|name| *name == *seed.name) {
                fs::copy(path, target).unwrap();
            } else {
                fs::write(target, &seed.bytes).unwrap();
            }
        }
        let read: Result<Resources, _> = layout.read(SPLITS[0]);
        read.map(drop).map_err(|error| error.to_string())
    });
}
