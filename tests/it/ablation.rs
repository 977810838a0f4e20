//! Features and words from elsewhere, and tables of rows.

use crate::align_ours::made;
use crate::cli::expect;
use ndarray::Array2;
use synse::language::{Language, SentenceEncoder};
use synse::train::corpus::{Corpus, read_descriptions};

/// A corpus of phrases that mean something, each performed once.
fn corpus(language: &Language, phrases: &[&str]) -> Corpus {
    let read: Vec<_> = phrases.iter().map(|phrase| language.read(phrase)).collect();
    let count = phrases.len();
    Corpus {
        phrases: phrases.iter().map(|&phrase| phrase.to_owned()).collect(),
        seen: count,
        vectors: language.embed(&read).unwrap(),
        seen_logits: vec![vec![0.0; count]; count],
        features: vec![vec![1.0; 4]; count],
        gate: vec![false; count],
        labels: (0..count).collect(),
        test: vec![false; count],
        distractors: made(1).phrases,
        all_subjects: false,
        same: (0..count).map(Some).collect(),
        is_foreign: false,
        reads_cards: false,
    }
}

fn language() -> Language {
    let device = synse::device::open(&synse::device::DeviceChoice::Cpu).unwrap();
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    Language::load(&models, &device.device).unwrap()
}

#[test]
fn features_come_from_a_table_of_the_stores_clips() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("features.npy");
    let mut corpus = corpus(&language(), &["jump up", "wave hand"]);
    ndarray_npy::write_npy(&path, &Array2::from_elem((2, 7), 0.25_f64)).unwrap();
    corpus.read_features(&path).unwrap();
    assert_eq!(corpus.features, vec![vec![0.25; 7]; 2]);

    let mut broken = Array2::from_elem((2, 7), 0.25_f32);
    broken[(1, 3)] = f32::NAN;
    ndarray_npy::write_npy(&path, &broken).unwrap();
    let error = corpus.read_features(&path).unwrap_err().to_string();
    assert!(
        error.contains("row 1, column 3 is NaN") && error.contains("features.npy"),
        "{error}"
    );
    ndarray_npy::write_npy(&path, &Array2::from_elem((5, 7), 0.25_f32)).unwrap();
    let error = corpus.read_features(&path).unwrap_err().to_string();
    assert!(
        error.contains("5 rows") && error.contains("2 clips"),
        "{error}"
    );
    ndarray_npy::write_npy(&path, &Array2::<f32>::zeros((2, 0))).unwrap();
    let error = corpus.read_features(&path).unwrap_err().to_string();
    assert!(error.contains("of no values"), "{error}");
    std::fs::write(&path, "no array").unwrap();
    assert!(corpus.read_features(&path).is_err());
    assert_eq!(
        corpus.features[0].len(),
        7,
        "what is refused changes nothing"
    );
}

#[test]
fn a_description_gives_the_card_and_stands_for_the_phrase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("descriptions.csv");
    let text = "phrase,note,description\nsign the word rain,x,both hands move down repeatedly\n";
    std::fs::write(&path, text).unwrap();
    let descriptions = read_descriptions(&path).unwrap();
    let language = language();
    let mut corpus = corpus(&language, &["sign the word rain", "wave hand"]);
    let before = corpus.vectors.clone();
    corpus
        .reword(&language, language.encoder(), &descriptions)
        .unwrap();
    assert_ne!(corpus.vectors[0].motion, before[0].motion);
    assert_eq!(corpus.vectors[0].verb, before[0].verb);
    let spoken = language
        .encoder()
        .embed(&["both hands move down repeatedly"])
        .unwrap();
    assert_eq!(corpus.vectors[0].phrase, spoken[0].to_vec());
    assert_eq!(corpus.vectors[1].phrase, before[1].phrase);

    for (text, told) in [
        ("phrase,note\n", "no column `description`"),
        ("phrase,description\nrun,\n", "`run` has no description"),
        ("phrase,description\nrun\n", "1 fields"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = read_descriptions(&path).unwrap_err().to_string();
        assert!(
            error.contains(told) && error.contains("descriptions.csv"),
            "{error}"
        );
    }
}

#[test]
fn words_are_embedded_by_word_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.bin");
    let mut bytes = b"400 3\n".to_vec();
    // The distractors' words too, each at a place of its own.
    let language = language();
    let words = ["jump", "up", "wave", "hand"].map(str::to_owned);
    let letters = (0..396).map(|index| format!("filler{index}"));
    for (index, word) in words.into_iter().chain(letters).enumerate() {
        bytes.extend(word.as_bytes());
        bytes.push(b' ');
        let vector = [1.0, index as f32, -(index as f32)];
        bytes.extend(vector.iter().flat_map(|value: &f32| value.to_le_bytes()));
    }
    std::fs::write(&path, bytes).unwrap();
    let device = synse::device::open(&synse::device::DeviceChoice::Cpu).unwrap();
    let words = SentenceEncoder::open(&path, &device.device).unwrap();
    let phrases = [language.read("jump up"), language.read("wave hand")];
    let vectors = language.embed_by(&words, &phrases).unwrap();
    assert_eq!(vectors[0].verb.len(), 3);
    assert_ne!(vectors[0].verb, vectors[1].verb);
    let unknown = language.embed_by(&words, &[language.read("knit a scarf")]);
    assert!(unknown.unwrap_err().to_string().contains("words.bin"));
}

#[test]
fn rows_become_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.json");
    let row = r#"{"method":"ridge","split":"A","setting":"zsl","variant":"noun+verb","seeds":5,"zsl":0.287,"seen":null,"unseen":null,"harmonic":null,"deviation":0.0,"seconds":0.4,"clips":129,"encoder_saw_unseen":false}"#;
    std::fs::write(&path, format!("{row}\n\n")).unwrap();
    let file = path.to_str().unwrap();
    let (out, _) = expect(0, ["evaluate", "tables", file]);
    assert!(
        out.contains("| ridge | noun+verb | 28.7 | 28.7 | 0 |"),
        "{out}"
    );
    std::fs::write(&path, format!("{row}\n{{\"method\":1}}\n")).unwrap();
    let (_, err) = expect(1, ["evaluate", "tables", file]);
    assert!(
        err.contains("rows.json:2") && err.contains("synse evaluate` prints"),
        "{err}"
    );
}
