//! A model on disk: what is written comes back, and what is damaged is refused by name.

use crate::align_ours::{config, made};
use synse::align::accuracy::highest;
use synse::align::part::Part;
use synse::align::synse::Synse;
use synse::align::{Aligner as _, Head};
use synse::train::align::schedule::Schedule;
use synse::train::align::{FitConfig, fit};
use synse::window::READ;

/// Features that end with the card of their phrase, and a model that reads it.
#[test]
fn a_model_that_reads_cards_survives_its_file_and_decides_by_them() {
    let made = made(4);
    let mut phrases = made.phrases.clone();
    for (class, phrase) in phrases.iter_mut().enumerate() {
        // Every phrase shows two attributes of its own.
        phrase.motion = vec![0.0; READ.len()];
        phrase.motion[class] = 1.0;
        phrase.motion[class + 20] = 0.5;
    }
    let mut features = made.features.clone();
    for (feature, &label) in features.iter_mut().zip(&made.labels) {
        feature.extend(phrases[label].motion.iter().map(|value| 0.9 * value));
    }
    // The last class is there to be guessed: nobody shows its attributes in training.
    let strange = phrases.len() - 1;
    let taught: Vec<usize> = (0..features.len())
        .filter(|&row| made.labels[row] != strange)
        .collect();
    let rows: Vec<Vec<f32>> = taught.iter().map(|&row| features[row].clone()).collect();
    let labels: Vec<usize> = taught.iter().map(|&row| made.labels[row]).collect();
    let short = FitConfig {
        schedule: Schedule {
            cycle_steps: 5,
            ..config().schedule
        },
        ..config().with_card(true)
    };
    let synse = fit(&rows, &labels, &phrases, &short, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("synse.safetensors");
    synse.save(&path).unwrap();
    let loaded = Synse::load(&path).unwrap();
    assert_eq!(loaded, synse);

    let row = made
        .labels
        .iter()
        .position(|&label| label == strange)
        .unwrap();
    let decision = loaded.decide(&phrases, Head::Cosine, 1).unwrap();
    let scores = decision.scores(&features[row]);
    assert_eq!(highest(&scores), strange, "{scores:?}");
    // The model sees the attributes, although hardly anything else was learned in five steps.
    let seen = decision.decoded_motion(&features[row]);
    assert!(seen[strange] > 0.7 && seen[strange + 20] > 0.3, "{seen:?}");
    let parts = decision.part_scores(&features[row]);
    let named: Vec<Option<Part>> = parts.iter().map(|part| part.part).collect();
    assert!(named.ends_with(&[Part::Bilinear, Part::Card, Part::Sides].map(Some)));
    // With words that count for nothing an example is as near to itself as can be, in every part; of sides words alone speak.
    let mut examples = vec![Vec::new(); phrases.len()];
    examples[strange] = vec![features[row].clone()];
    let shown = loaded.decide_worth(&phrases, &examples, 0.0, Head::Cosine, 1);
    let parts = shown.unwrap().part_scores(&features[row]);
    assert_eq!(parts.len(), named.len());
    for part in parts.iter().filter(|part| part.part != Some(Part::Sides)) {
        assert!(part.cosines[strange] > 0.999, "{part:?}");
    }
    let mut light = loaded.clone();
    light.bilinear.as_mut().unwrap().weight = 0.0;
    let without = light.decide(&phrases, Head::Cosine, 1).unwrap();
    assert_ne!(without.scores(&features[row]), scores);
    // The trained head is shown cards too: its latents have room for them.
    let trained = loaded.decide(&phrases, Head::Trained, 1).unwrap();
    assert_eq!(
        trained.latent(&features[row]),
        decision.latent(&features[row])
    );
    assert!(trained.classifier().is_some());
    assert!(
        trained
            .scores(&features[row])
            .iter()
            .all(|score| score.is_finite())
    );

    let refused = |model: &Synse| {
        let saved = model.save(&path).and_then(|()| Synse::load(&path));
        saved.unwrap_err().to_string()
    };
    let mut model = synse.clone();
    model.card.as_mut().unwrap().deviation.pop();
    let expected = "`card.deviation`: length 46, expected 47";
    assert!(refused(&model).contains(expected), "{}", refused(&model));
    let mut model = synse.clone();
    model.card.as_mut().unwrap().map.weight[[3, 2]] = f32::NAN;
    assert!(
        refused(&model).contains("`card.map.weight`"),
        "{}",
        refused(&model)
    );

    let mut model = synse.clone();
    model.bilinear.as_mut().unwrap().deviation.pop();
    let expected = "`bilinear.visual.weight`: rows";
    assert!(refused(&model).contains(expected), "{}", refused(&model));
    let mut model = synse.clone();
    let text = &mut model.bilinear.as_mut().unwrap().text;
    text.weight = text.weight.slice(ndarray::s![.., 1..]).to_owned();
    let expected = "`bilinear.text.weight`: columns";
    assert!(refused(&model).contains(expected), "{}", refused(&model));

    // A model of the format before, which has no bilinear part, is read as ever.
    let before = Synse {
        bilinear: None,
        ..synse.clone()
    };
    before.save(&path).unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    assert!(text.contains("synse-align-3") && !text.contains("bilinear"));
    assert_eq!(Synse::load(&path).unwrap(), before);

    let narrow: Vec<Vec<f32>> = rows.iter().map(|row| row[..20].to_vec()).collect();
    let error = fit(&narrow, &labels, &phrases, &short, 1)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a feature that ends with a card has 20 values, expected 55"),
        "{error}"
    );
}

#[test]
fn a_model_survives_its_file_and_damage_is_named() {
    let made = made(4);
    let short = FitConfig {
        schedule: Schedule {
            cycle_steps: 20,
            ..config().schedule
        },
        ..config()
    };
    let synse = fit(&made.features, &made.labels, &made.phrases, &short, 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("synse.safetensors");
    synse.save(&path).unwrap();
    assert_eq!(Synse::load(&path).unwrap(), synse);
    let refused = |model: &Synse| {
        let wrong = folder.path().join("wrong.safetensors");
        model
            .save(&wrong)
            .and_then(|()| Synse::load(&wrong))
            .unwrap_err()
            .to_string()
    };
    let mut model = synse.clone();
    model.network.texts[1].decoder.weight[[3, 2]] = f32::NAN;
    assert!(
        refused(&model).contains("`verb.decoder.weight`"),
        "{}",
        refused(&model)
    );
    let mut model = synse.clone();
    model.standard.mean.pop();
    assert!(
        refused(&model).contains("`visual.mean`: length 39, expected 40"),
        "{}",
        refused(&model)
    );
    let mut model = synse.clone();
    model.standard.scale[2] = 0.0;
    assert!(
        refused(&model).contains("`visual.scale`: value 2 is not above 0"),
        "{}",
        refused(&model)
    );
    let mut model = synse.clone();
    model.network.texts[0].encoder = model.network.texts[2].encoder.clone();
    assert!(
        refused(&model).contains("`noun.encoder.weight`"),
        "{}",
        refused(&model)
    );
    let mut model = synse.clone();
    model.standard.limit = -1.0;
    assert!(refused(&model).contains("`limit`"), "{}", refused(&model));
    // As models were written before features had a limit.
    let mut model = synse.clone();
    model.standard.limit = f32::INFINITY;
    model.save(&path).unwrap();
    assert!(
        std::fs::read(&path).unwrap()[..400]
            .windows(13)
            .any(|bytes| bytes == b"synse-align-1")
    );
    assert_eq!(Synse::load(&path).unwrap(), model);
    let mut model = synse.clone();
    model.temperature = 0.0;
    assert!(
        refused(&model).contains("`temperature`"),
        "{}",
        refused(&model)
    );
    let mut model = synse.clone();
    model.parts.pop();
    assert!(
        refused(&model).contains("`visual.decoder.weight`: columns 150, expected 100"),
        "{}",
        refused(&model)
    );
    let bytes = std::fs::read(&path).unwrap();
    for cut in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let error = Synse::load(&path).unwrap_err().to_string();
        assert!(error.contains("synse.safetensors"), "{error}");
    }
    assert!(Synse::load(&folder.path().join("none.safetensors")).is_err());
}
