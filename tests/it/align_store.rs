//! A model on disk: what is written comes back, and what is damaged is refused by name.

use crate::align_ours::{config, made};
use synse::align::synse::Synse;
use synse::train::align::schedule::Schedule;
use synse::train::align::{FitConfig, fit};

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
