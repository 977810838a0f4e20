//! Verb and noun of known phrases, and sentence vectors against those of sentence-transformers.

use burn::tensor::Device;
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use synse::language::split::split;
use synse::language::{Language, LanguageError, SentenceEncoder};
use synse::phrases::PhraseEntry;
use synse::phrases::list;
use synse::phrases::motion::MotionSource;
use synse::phrases::splits::Splits;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Data that is not part of the repository; tests that need it say so and pass where it is absent.
#[expect(clippy::print_stdout, reason = "a test that skips must say so")]
fn shared(path: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

fn language() -> Language {
    Language::load(&root().join("models"), &Device::flex()).expect("models/minilm")
}

fn entry(text: &str) -> PhraseEntry {
    PhraseEntry {
        text: text.to_owned(),
        enabled: true,
        ..PhraseEntry::default()
    }
}

/// Both right: any of the accepted `verb,noun` pairs; a filled verb counts as none, for that is what the phrase holds.
fn is_accepted(accepted: &str, text: &str) -> bool {
    let found = split(text);
    let verb = if found.verb_filled { "" } else { &found.verb };
    let pair = format!("{verb},{}", found.noun.unwrap_or_default());
    accepted
        .to_lowercase()
        .split(';')
        .any(|one| one.trim() == pair)
}

#[test]
#[expect(clippy::print_stdout, reason = "the misses are what one looks at")]
fn verb_and_noun_of_known_phrases() {
    let (mut right, mut all) = (0, 0);
    for name in ["ntu120", "everyday"] {
        let Some(path) = shared(&format!("data/phrases/{name}.tsv")) else {
            return;
        };
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((phrase, accepted)) = line.split_once('\t') else {
                continue;
            };
            all += 1;
            if is_accepted(accepted, phrase) {
                right += 1;
            } else {
                println!("{phrase:?}: expected {accepted}, read {:?}", split(phrase));
            }
        }
    }
    println!("verb and noun both right: {right} of {all}");
    assert!(all > 200, "the lists hold {all} phrases");
    assert!(right * 100 >= all * 97, "{right} of {all}");
}

/// Texts and their vectors as the original computes them.
fn golden(name: &str) -> Vec<(String, Vec<f32>)> {
    let folder = root().join("tests/golden");
    let texts = std::fs::read_to_string(folder.join("minilm.txt")).unwrap();
    let bytes = std::fs::read(folder.join("minilm.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let view = tensors.tensor(name).unwrap();
    let values: Vec<f32> = view
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let width = view.shape()[1];
    assert_eq!(view.shape()[0], texts.lines().count());
    texts
        .lines()
        .map(str::to_owned)
        .zip(values.chunks_exact(width).map(<[f32]>::to_vec))
        .collect()
}

/// The largest difference, and the text where it is.
fn largest_difference(encoder: &SentenceEncoder, golden: &[(String, Vec<f32>)]) -> (f32, String) {
    let texts: Vec<&str> = golden.iter().map(|(text, _)| text.as_str()).collect();
    let together = encoder.embed(&texts).unwrap();
    let differences = golden.iter().zip(&together).map(|((text, wanted), found)| {
        let difference = wanted
            .iter()
            .zip(found.iter())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        (difference, text.clone())
    });
    differences.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what one looks at")]
fn vectors_are_those_of_sentence_transformers() {
    let language = language();
    let encoder = language.encoder();
    assert_eq!(encoder.width(), 384);
    assert_eq!(encoder.id(), "sentence-transformers/all-MiniLM-L6-v2");
    let same_weights = largest_difference(encoder, &golden("vectors_f16"));
    let published = largest_difference(encoder, &golden("vectors_f32"));
    println!(
        "against the same rounded weights {same_weights:?}, against the published weights {published:?}"
    );
    assert!(same_weights.0 < 1e-5, "{same_weights:?}");
    assert!(published.0 < 3e-4, "{published:?}");
}

#[test]
fn company_and_order_do_not_change_a_vector() {
    let alone = language();
    let together = language();
    let texts = ["throw", "a much longer phrase about a golf club", "ball"];
    let packed = together.encoder().embed(&texts).unwrap();
    for (text, packed) in texts.iter().zip(&packed) {
        let single = &alone.encoder().embed(&[text]).unwrap()[0];
        let length: f32 = single.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!(
            single
                .iter()
                .zip(packed.iter())
                .all(|(a, b)| (a - b).abs() < 1e-6)
        );
    }
}

#[test]
fn phrases_are_read_and_embedded() {
    let language = language();
    let own = PhraseEntry {
        verb: Some("Hit".to_owned()),
        noun: Some(String::new()),
        ..entry("swat a fly - one arm, fast")
    };
    let phrases: Vec<_> = [entry("swing a golf club"), own, entry("headache")]
        .iter()
        .map(|entry| language.read_entry(entry).unwrap())
        .collect();
    assert_eq!(
        (phrases[0].verb.as_str(), phrases[0].noun.as_deref()),
        ("swing", Some("golf club"))
    );
    assert_eq!(
        (phrases[1].verb.as_str(), phrases[1].noun.as_deref()),
        ("hit", None)
    );
    assert_eq!(phrases[1].text, "swat a fly");
    assert_eq!(phrases[1].confidence, 1.0);
    assert_eq!(
        (phrases[2].verb.as_str(), phrases[2].noun.as_deref()),
        ("have", Some("headache"))
    );
    let vectors = language.embed(&phrases).unwrap();
    assert_eq!(vectors.len(), 3);
    assert_eq!(vectors[1].noun, None);
    let swing = language
        .encoder()
        .embed(&["swing", "golf club", "swing a golf club"])
        .unwrap();
    assert_eq!(vectors[0].verb, swing[0].to_vec());
    assert_eq!(vectors[0].noun.as_deref(), Some(&swing[1][..]));
    assert_eq!(vectors[0].phrase, swing[2].to_vec());
    assert!(language.embed(&[]).unwrap().is_empty());
}

#[test]
fn motion_comes_from_the_phrase_its_description_or_the_user() {
    let language = language();
    let weight = |entry: &PhraseEntry, name: &str| {
        let phrase = language.read_entry(entry).unwrap();
        let found = phrase.motion.weight(name).unwrap();
        assert_eq!(
            language.embed(std::slice::from_ref(&phrase)).unwrap()[0].motion,
            phrase.motion.weights
        );
        (found, phrase.motion.source)
    };
    assert!(weight(&entry("jump up"), "jumps").0 > 0.5);
    let plain = weight(&entry("swat a fly"), "both_arms").0;
    let described = weight(&entry("swat a fly - both arms"), "both_arms").0;
    assert!(described > plain, "{described} {plain}");
    let own = PhraseEntry {
        motion: Some("one_arm=1 fast=0.5".to_owned()),
        ..entry("jump up")
    };
    assert_eq!(weight(&own, "jumps"), (0.0, MotionSource::User));
    assert_eq!(weight(&own, "fast").0, 0.5);
    let wrong = PhraseEntry {
        motion: Some("one_arm=7".to_owned()),
        ..entry("jump up")
    };
    let message = language.read_entry(&wrong).unwrap_err().to_string();
    assert!(
        message.contains("jump up") && message.contains("one_arm"),
        "{message}"
    );
}

#[test]
fn bad_phrases_get_an_error_or_a_sensible_reading() {
    let language = language();
    let refused = |text: &str| language.read_entry(&entry(text)).unwrap_err();
    assert!(matches!(refused(""), LanguageError::Empty));
    assert!(matches!(refused(" \t"), LanguageError::Empty));
    assert!(matches!(refused("123"), LanguageError::NoLetters { .. }));
    assert!(matches!(refused("🏌️‍♂️"), LanguageError::NoLetters { .. }));
    assert!(matches!(
        refused(&"kick ".repeat(2_000)),
        LanguageError::TooLong { .. }
    ));
    for text in [
        "踢球",
        "бросить мяч",
        "ارقص",
        "patear una pelota",
        "🏌️ swing",
        "kick kick",
        "a",
        "the",
        "360 spin",
    ] {
        let phrase = language.read_entry(&entry(text)).unwrap();
        assert!(!phrase.verb.is_empty(), "{text}");
        let vectors = language.embed(&[phrase.clone(), phrase]).unwrap();
        assert_eq!(vectors[0], vectors[1], "{text}");
        assert!(vectors[0].verb.iter().all(|x| x.is_finite()), "{text}");
    }
    let empty = language.read("");
    assert_eq!(empty.confidence, 0.0);
    assert!(matches!(
        language.embed(&[empty]),
        Err(LanguageError::NoVerb { .. })
    ));
    assert_eq!(language.read(&"kick the ball ".repeat(1_000)).verb, "kick");
}

/// A copy of the model's small files, and the weights' tensors as `change` leaves them.
fn changed_model(
    change: impl Fn(&mut HashMap<String, (Vec<usize>, Vec<u8>)>),
) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/minilm");
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(model.join(name), folder.path().join(name)).unwrap();
    }
    let bytes = std::fs::read(model.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut parts = tensors
        .iter()
        .map(|(name, view)| {
            (
                name.to_owned(),
                (view.shape().to_vec(), view.data().to_vec()),
            )
        })
        .collect();
    change(&mut parts);
    let views = parts.iter().map(|(name, (shape, data))| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F16, shape.clone(), data);
        (name.clone(), view.unwrap())
    });
    safetensors::serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

fn refusal(folder: &Path) -> String {
    SentenceEncoder::load(folder, &Device::flex())
        .unwrap_err()
        .to_string()
}

#[test]
fn wrong_weights_are_refused_with_the_reason() {
    let bias = "encoder.layer.3.output.dense.bias";
    let lacking = changed_model(|parts| {
        parts.remove(bias);
    });
    assert!(refusal(lacking.path()).contains(&format!("lacks the tensor {bias}")));
    let short = changed_model(|parts| {
        parts.insert(bias.to_owned(), (vec![2], vec![0; 4]));
    });
    let message = refusal(short.path());
    assert!(
        message.contains("has shape [2], expected [384]"),
        "{message}"
    );
    let infinite = changed_model(|parts| {
        parts.get_mut(bias).unwrap().1[..2].copy_from_slice(&[0x00, 0x7e]);
    });
    assert!(refusal(infinite.path()).contains("not finite"));
}

#[test]
fn broken_model_files_are_refused() {
    let folder = changed_model(|_| {});
    let path = folder.path();
    let weights = path.join("model.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    for broken in [
        &whole[..whole.len() / 2],
        &whole[..4],
        b"",
        b"not weights at all",
    ] {
        std::fs::write(&weights, broken).unwrap();
        let message = refusal(path);
        assert!(
            message.contains("not a usable safetensors file")
                && message.contains("model.safetensors"),
            "{message}"
        );
    }
    let config = std::fs::read_to_string(path.join("config.json")).unwrap();
    for (from, to, reason) in [
        ("\"bert\"", "\"gpt\"", "expected \"bert\""),
        (
            "\"num_attention_heads\": 12",
            "\"num_attention_heads\": 7",
            "no multiple",
        ),
        (
            "\"num_attention_heads\": 12",
            "\"num_attention_heads\": 0",
            "num_attention_heads is 0",
        ),
        ("\"vocab_size\": 30522", "\"vocab_size\": 30", "word pieces"),
        ("\"hidden_size\"", "\"other\"", "missing field"),
        ("{", "", "config.json"),
    ] {
        std::fs::write(path.join("config.json"), config.replacen(from, to, 1)).unwrap();
        let message = refusal(path);
        assert!(message.contains(reason), "{from}: {message}");
    }
    std::fs::write(path.join("config.json"), &config).unwrap();
    std::fs::write(path.join("tokenizer.json"), "{}").unwrap();
    assert!(refusal(path).contains("tokenizer.json"));
    let absent = refusal(&path.join("absent"));
    assert!(
        absent.contains("cannot read") && absent.contains("absent"),
        "{absent}"
    );
}

#[test]
fn the_shared_splits_can_be_read() {
    let Some(path) = shared("data/kinect/splits.csv") else {
        return;
    };
    let splits = Splits::read(&path).unwrap();
    assert_eq!(splits.splits.len(), 3);
    assert!(
        splits
            .splits
            .iter()
            .all(|split| split.unseen.len() == 10 && split.validation_unseen.len() == 6)
    );
    assert_eq!(splits.test_subjects.len(), 8);
}

#[test]
fn a_list_survives_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phrases.txt");
    std::fs::write(
        &path,
        "kick a ball\nswat a fly - one arm | swat\n#off bow\n",
    )
    .unwrap();
    let read = list::read(&path).unwrap();
    list::write(&path, &read.entries).unwrap();
    assert_eq!(list::read(&path).unwrap(), read);
}
