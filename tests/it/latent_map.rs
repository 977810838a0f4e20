//! The latent map: what lies near on it is near to the decision, and it comes with every change of the list.

use crate::fakes::{entry, events_until, random_synse, stages};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synse::align::latent_map::LatentMap;
use synse::align::{Aligner as _, Decision, Head};
use synse::bundle::Bundle;
use synse::language::PhraseVectors;
use synse::live::{Command, Event, Session, SessionOptions};
use synse::phrases::motion::ATTRIBUTE_COUNT;
use synse::recognizer::decisions::{
    PhraseMap, decide, decide_seen, load_reader, phrase_map, read_entries, taking_part,
};

fn vectors(seed: usize) -> PhraseVectors {
    let vector = |width: usize, turn: f32| {
        let value = |index: usize| (seed as f32 * 1.7 + index as f32 * turn).sin();
        (0..width).map(value).collect::<Vec<f32>>()
    };
    PhraseVectors {
        verb: vector(6, 0.9),
        noun: (seed % 2 == 0).then(|| vector(6, 1.3)),
        phrase: vector(6, 0.4),
        motion: vector(ATTRIBUTE_COUNT, 0.7),
    }
}

/// A decision among so many phrases, with the latents that its map is made of.
pub(crate) fn made(phrases: usize) -> (Decision, Vec<Vec<Vec<f32>>>) {
    let synse = random_synse(5, 6, true);
    let phrases: Vec<PhraseVectors> = (0..phrases).map(vectors).collect();
    let decision = synse.decide(&phrases, Head::Cosine, 1).unwrap();
    let generated = synse.generated(&phrases, 20, 1).unwrap();
    (decision, generated)
}

#[test]
fn distances_on_the_map_are_those_of_the_decision() {
    let (decision, generated) = made(5);
    let map = LatentMap::new(&decision, &generated).unwrap();
    for seed in 0..20 {
        let feature: Vec<f32> = (0..5)
            .map(|i| (seed as f32 + i as f32 * 1.1).cos())
            .collect();
        let reading = decision.read(&feature);
        let distances = map.distances(&reading.latent);
        assert_eq!(distances.len(), 5);
        for (distance, nearness) in distances.iter().zip(&reading.nearness) {
            assert!(
                (1.0 - distance - nearness.whole).abs() < 1e-5,
                "{distance} {nearness:?}"
            );
        }
    }
}

#[test]
fn a_phrase_lies_in_its_cloud_and_is_like_itself() {
    let (decision, generated) = made(4);
    let map = LatentMap::new(&decision, &generated).unwrap();
    for (index, (cloud, latents)) in map.clouds.iter().zip(&generated).enumerate() {
        assert_eq!(cloud.points.len(), 20);
        assert_eq!(map.place(&latents[0]), Some(cloud.centre));
        assert!((map.similarity(index, index) - 1.0).abs() < 1e-5);
        assert!((map.confusion(index, index) - 0.5).abs() < 1e-4);
        assert!(map.distances(&latents[0])[index].abs() < 1e-5);
        for other in 0..4 {
            assert_eq!(map.confusion(index, other), map.confusion(other, index));
        }
    }
    // Two phrases of the same vectors are one to the model.
    let synse = random_synse(5, 6, true);
    let twins = [vectors(1), vectors(2), vectors(1)];
    let decision = synse.decide(&twins, Head::Cosine, 1).unwrap();
    let map = LatentMap::new(&decision, &synse.generated(&twins, 9, 1).unwrap()).unwrap();
    assert!((map.confusion(0, 2) - 0.5).abs() < 1e-4 && map.confusion(0, 1) < 0.45);
}

#[test]
fn the_same_list_gives_the_same_picture_and_others_none() {
    let ((decision, generated), (_, again)) = (made(3), made(3));
    let map = LatentMap::new(&decision, &generated).unwrap();
    assert_eq!(Some(&map), LatentMap::new(&decision, &again).as_ref());
    assert!(map.explained[0] >= map.explained[1] && map.explained.iter().sum::<f32>() <= 1.001);
    assert!(
        LatentMap::new(&made(2).0, &generated).is_none(),
        "another list's latents"
    );
    assert!(LatentMap::new(&made(0).0, &[]).is_none());
    assert_eq!(map.place(&[1.0, 2.0]), None);
    assert_eq!(map.place(&[f32::NAN; 12]), None);
    assert!(map.distances(&[]).is_empty());
}

fn map_in(events: &[Event]) -> Arc<PhraseMap> {
    let map = events.iter().rev().find_map(|event| match event {
        Event::Map(map) => map.clone(),
        _ => None,
    });
    map.expect("a map")
}

#[test]
fn a_map_comes_with_every_change_of_the_list() {
    let options = SessionOptions {
        source: Some("100000".into()),
        phrases: vec![entry(7, "swing club"), entry(9, "jump")],
        ..SessionOptions::default()
    };
    let long = Duration::from_secs(20);
    let session = Session::start(
        stages(Duration::ZERO, Duration::ZERO),
        options,
        Arc::new(|| {}),
    )
    .unwrap();
    let mapped = |event: &Event| matches!(event, Event::Map(Some(_)));
    let map = map_in(&events_until(&session, long, mapped));
    assert_eq!((map.ids.as_slice(), map.map.clouds.len()), (&[7, 9][..], 2));
    let predicted =
        |event: &Event| matches!(event, Event::Prediction(p, _) if !p.latent.is_empty());
    let events = events_until(&session, long, predicted);
    let Some(Event::Prediction(prediction, _)) = events.last() else {
        panic!("{events:?}");
    };
    assert!(map.map.place(&prediction.latent).is_some());
    let mut off = entry(9, "jump");
    off.enabled = false;
    let list = vec![
        entry(7, "swing club"),
        off,
        entry(11, "kick ball"),
        entry(12, "jump"),
    ];
    session.send(Command::SetPhrases(list)).unwrap();
    let map = map_in(&events_until(&session, long, mapped));
    assert_eq!(map.ids, [7, 11, 12]);
    assert_eq!(&*map.labels[1], "kick ball");
    session.send(Command::SetPhrases(Vec::new())).unwrap();
    events_until(&session, long, |event| matches!(event, Event::Map(None)));
}

#[test]
fn the_real_model_knows_which_phrases_are_alike() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let device = burn::tensor::Device::flex();
    let bundle = Bundle::load(&models.join("default"), &device).unwrap();
    let reader = load_reader(&models, &device).unwrap();
    let texts = [
        "wave hand",
        "wave your hand",
        "wave",
        "jump up",
        "kick ball",
        "sit down",
        "swing a golf club",
        "play golf",
        "swim",
        "clap hands",
        "bow",
        "do jumping jacks",
    ];
    let entries: Vec<_> = (1..).zip(texts).map(|(id, text)| entry(id, text)).collect();
    let (phrases, _) = read_entries(reader.as_ref(), &entries);
    let part = taking_part(&entries, &phrases);
    let seen: Vec<Arc<str>> = vec!["wave hand".into()];
    let seen = decide_seen(reader.as_ref(), &bundle.synse, &seen).unwrap();
    let decision = decide(reader.as_ref(), &bundle.synse, &part, Head::Cosine, &seen).unwrap();
    let start = std::time::Instant::now();
    let map = phrase_map(reader.as_ref(), &bundle.synse, &part, &decision)
        .unwrap()
        .unwrap();
    println!("a map of {} phrases in {:?}", texts.len(), start.elapsed());
    for (a, first) in texts.iter().enumerate() {
        for (b, second) in texts.iter().enumerate().skip(a + 1) {
            println!(
                "{first} | {second}: {:.3} {:.3}",
                map.map.similarity(a, b),
                map.map.confusion(a, b)
            );
        }
    }
    println!("explained {:?}", map.map.explained);
    let alike = |a: &str, b: &str| {
        let at = |text: &str| texts.iter().position(|other| *other == text).unwrap();
        map.map.confusion(at(a), at(b))
    };
    assert!(alike("wave hand", "wave your hand") > 0.4);
    assert!(alike("wave hand", "jump up") < 0.1);
    assert!(alike("sit down", "clap hands") < 0.1);
}
