//! The gate's own runs: learned from encoders that are strangers to some phrases, and from nobody whom we measure on.

use crate::align_ours::{config, made};
use crate::cli::{Place, expect, lines, text_encoder};
use crate::fakes::{SEEN, clip_entry, waving, write_store};
use std::path::Path;
use synse::align::part::Part;
use synse::align::{Aligner as _, Head};
use synse::bundle::Bundle;
use synse::capture::clip_store::ClipEntry;
use synse::evaluate::methods::ridge::Ridge;
use synse::evaluate::methods::synse::Synse;
use synse::evaluate::{Scored, gzsl};
use synse::gate::likeness::Likeness;
use synse::phrases::splits::{Split, Splits};
use synse::skeleton::Joints;
use synse::train::bundle::{Alignment, GateRun, align};
use synse::train::corpus::Corpus;

/// Classes of the run's encoder; the rest of the made 24 is strange to it.
const KNOWN: usize = 18;

/// Made clips, of each phrase a third by test subjects and a third by the gate's; an encoder of the first `seen`
/// classes, which is sure of those.
fn corpus(seen: usize) -> Corpus {
    let made = made(12);
    let logits = |(row, &label): (usize, &usize)| {
        (0..seen)
            .map(|class| {
                let wobble = ((row * 31 + class * 17) % 13) as f32 * 0.2;
                if class == label { 7.0 - wobble } else { wobble }
            })
            .collect()
    };
    Corpus {
        phrases: (0..24).map(|class| format!("phrase {class}")).collect(),
        seen,
        vectors: made.phrases,
        seen_logits: made.labels.iter().enumerate().map(logits).collect(),
        features: made.features,
        gate: (0..made.labels.len()).map(|row| row % 3 == 1).collect(),
        labels: made.labels,
        test: made.test,
        distractors: made_distractors(),
        all_subjects: false,
        same: (0..24)
            .map(|class| (class < seen).then_some(class))
            .collect(),
        is_foreign: false,
        reads_cards: false,
    }
}

/// Phrases that move like none of the made ones.
fn made_distractors() -> Vec<synse::language::PhraseVectors> {
    let mut vectors = made(1).phrases;
    for (place, vector) in vectors.iter_mut().enumerate() {
        let words = vector.verb.len();
        vector.verb = (0..words).map(|i| ((place * 7 + i) as f32).sin()).collect();
        let attributes = vector.motion.len();
        vector.motion = (0..attributes)
            .map(|i| if (place + i) % 4 == 0 { 0.7 } else { 0.1 })
            .collect();
    }
    vectors
}

fn splits() -> Splits {
    let name = |class: usize| format!("phrase {class}");
    Splits {
        splits: vec![Split {
            name: "A".into(),
            unseen: (KNOWN..24).map(name).collect(),
            validation_unseen: (12..KNOWN).map(name).collect(),
        }],
        test_subjects: Vec::new(),
    }
}

fn run(corpus: Corpus) -> GateRun {
    GateRun {
        split: "A".into(),
        corpus,
    }
}

#[test]
fn a_gate_of_its_own_run_tells_seen_from_unseen_and_ignores_absurd_phrases() {
    let stranger = corpus(KNOWN);
    let learned = align(
        &corpus(24),
        &splits(),
        &[run(stranger.clone())],
        &config(),
        1,
    );
    let Alignment { synse, gate } = learned.unwrap();
    let absurd = synse
        .decide(&stranger.distractors[..10], Head::Cosine, 1)
        .unwrap();
    let seen = synse
        .decide(&stranger.vectors[..KNOWN], Head::Cosine, 1)
        .unwrap();
    let (mut kept, mut clips) = (0, 0);
    for row in (0..stranger.labels.len()).filter(|&row| stranger.test[row]) {
        let label = stranger.labels[row];
        if label >= KNOWN {
            continue;
        }
        let feature = &stranger.features[row];
        let near = seen.nearness(feature);
        let likeness = Likeness::of(
            absurd.nearness(feature),
            near.clone(),
            near.get(label).copied(),
        );
        let probabilities = absurd.probabilities(feature);
        let p_seen = gate.p_seen(&stranger.seen_logits[row], &probabilities, &likeness);
        kept += usize::from(gate.is_seen(p_seen));
        clips += 1;
    }
    assert!(
        kept * 10 >= clips * 9,
        "{kept} of {clips} seen clips are kept"
    );
}

#[test]
fn test_subjects_have_no_say() {
    let learned = |stranger: Corpus, own: Corpus| {
        let learned = align(&own, &splits(), &[run(stranger)], &config(), 1).unwrap();
        (learned.synse, learned.gate)
    };
    let honest = learned(corpus(KNOWN), corpus(24));
    let spoiled = |mut corpus: Corpus| {
        for row in (0..corpus.labels.len()).filter(|&row| corpus.test[row]) {
            corpus.features[row].fill(1e6);
            corpus.seen_logits[row].fill(-40.0);
        }
        corpus
    };
    assert!(honest == learned(spoiled(corpus(KNOWN)), spoiled(corpus(24))));
}

#[test]
fn runs_that_know_too_much_are_refused() {
    let refusal = |run: GateRun| {
        let refused = align(&corpus(24), &splits(), &[run], &config(), 1);
        refused.unwrap_err().to_string()
    };
    let text = refusal(run(corpus(KNOWN + 1)));
    assert!(
        text.contains("`phrase 18`") && text.contains("--split A"),
        "{text}"
    );
    let everyone = Corpus {
        all_subjects: true,
        ..corpus(KNOWN)
    };
    assert!(refusal(run(everyone)).contains("--all-subjects"));
    let elsewhere = GateRun {
        split: "Z".into(),
        corpus: corpus(KNOWN),
    };
    assert!(refusal(elsewhere).contains("no split `Z`"));
    let mut nothing = corpus(KNOWN);
    nothing.phrases[KNOWN..].fill("something else".into());
    assert!(refusal(run(nothing)).contains("no clip"));
}

#[test]
fn generalised_scores_have_every_variant_and_the_gate_is_no_worse_than_one_softmax() {
    let (corpus, splits) = (corpus(KNOWN), splits());
    let split = &splits.splits[0];
    assert_eq!(gzsl::obstacle(&corpus, split), None);
    let method = Ridge {
        variant: "motion".to_owned(),
        parts: vec![Part::Motion],
        penalty: 1.0,
        limit: f32::INFINITY,
    };
    let rows = gzsl::score(&corpus, split, &method, 1).unwrap();
    assert_eq!(rows.len(), gzsl::VARIANTS.len());
    for (Scored { row, accuracies }, variant) in rows.iter().zip(gzsl::VARIANTS) {
        assert_eq!(row.variant, format!("motion; {variant}"));
        assert_eq!((row.setting.as_ref(), row.zsl), ("gzsl", None));
        let (seen, unseen) = (row.seen.unwrap(), row.unseen.unwrap());
        let harmonic = row.harmonic.unwrap();
        assert!(harmonic <= seen.max(unseen) + 1e-9 && harmonic >= seen.min(unseen) - 1e-9);
        let [on_seen, on_unseen] = [&accuracies[0], &accuracies[1]];
        assert_eq!(row.per_sample.seen, Some(on_seen.per_sample));
        assert_eq!(row.per_sample.unseen, Some(on_unseen.per_sample));
        let answered: usize = accuracies.iter().flat_map(|one| one.answers.values()).sum();
        assert_eq!(answered, row.clips);
    }
    let harmonic = |variant: usize| rows[variant].row.harmonic.unwrap();
    assert!(harmonic(0) > 0.6, "{rows:?}");
    assert!(harmonic(0) >= harmonic(3), "{rows:?}");
    let trained = Synse {
        variant: "trained".to_owned(),
        config: config(),
        head: Head::Trained,
        generated: 500,
    };
    // A method without cosines has the paper's gate.
    let rows = gzsl::score(&corpus, split, &trained, 1).unwrap();
    let harmonic = |variant: usize| rows[variant].row.harmonic.unwrap();
    assert_eq!(rows.len(), gzsl::VARIANTS.len());
    assert!(harmonic(0) > 0.5 && harmonic(4) > 0.5, "{rows:?}");
}

#[test]
fn an_encoder_that_saw_the_unseen_has_no_generalised_score() {
    let reason = gzsl::obstacle(&corpus(24), &splits().splits[0]).unwrap();
    assert!(reason.contains("`phrase 18`"), "{reason}");
}

/// Adds what training leaves beside the streams of a place's random bundle, and a store of three people who wave
/// under five names.
pub(crate) fn run_folder(place: &Place) {
    let bundle = place.path("bundle");
    std::fs::write(bundle.join("classes.txt"), SEEN.join("\n")).unwrap();
    let record = "seed = 1\nall_subjects = false\ngate_subjects = [\"made:2\"]\n";
    std::fs::write(bundle.join("config.toml"), record).unwrap();
    let mut clips: Vec<(ClipEntry, Vec<Joints>)> = Vec::new();
    for (number, phrase) in SEEN
        .into_iter()
        .chain(["clap hands", "stand up"])
        .enumerate()
    {
        for subject in 1..=3 {
            for take in 0..2 {
                let start = (number * 5 + subject * 2 + take) as f32 * 0.1;
                let pace = 1.0 + number as f32 * 0.4;
                let joints = (0..40).map(|i| waving(1, 0.0, start + pace * i as f32 / 30.0).joints);
                let entry = ClipEntry {
                    subject: subject.to_string(),
                    label: number.to_string(),
                    phrase: phrase.into(),
                    noun: String::new(),
                    ..clip_entry(&format!("{number}-{subject}-{take}"))
                };
                clips.push((entry, joints.collect()));
            }
        }
    }
    write_store(place.path("store"), &clips);
    let splits = "split,role,values\nA,unseen,clap hands;stand up\nB,unseen,kick ball\n*,test-subjects,made:3\n";
    std::fs::write(place.path("splits.csv"), splits).unwrap();
}

#[test]
fn the_program_trains_a_bundle_with_a_run_for_its_gate() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    run_folder(&place);
    let (encoder, out) = (place.text("bundle"), place.text("new"));
    let train = |code: i32, run: &str| {
        let store = place.text("store");
        let fixed = ["train", "bundle", "--data", &store, "--encoder", &encoder];
        let more = ["--out", &out, "--gate-run", run];
        expect(code, fixed.into_iter().chain(more))
    };
    assert!(train(2, "A").1.contains("SPLIT=FOLDER"));
    let (_, err) = train(1, &format!("B={encoder}"));
    assert!(
        err.contains("kick ball") && !Path::new(&out).exists(),
        "{err}"
    );
    let (text, _) = train(0, &format!("A={encoder}"));
    assert_eq!(lines(&text)[0]["gate_runs"], 1);
    assert_eq!(Bundle::check(Path::new(&out)).unwrap().seen, SEEN);
    std::fs::write(
        place.path("bundle").join("config.toml"),
        "gate_subjects = 7",
    )
    .unwrap();
    let (_, err) = train(1, &format!("A={encoder}"));
    assert!(
        err.contains("config.toml") && err.contains("gate_subjects"),
        "{err}"
    );
}

#[test]
fn the_program_scores_methods_and_tells_what_was_answered_to_whom() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    run_folder(&place);
    let text = "split,role,values\nA,unseen,clap hands;stand up\nA,validation-unseen,kick ball\n*,test-subjects,made:3\n";
    std::fs::write(place.path("splits.csv"), text).unwrap();
    let (store, encoder) = (place.text("store"), place.text("bundle"));
    let (answers, rows) = (place.text("answers.csv"), place.text("rows.json"));
    let fixed = [
        "evaluate",
        "kinect",
        "--data",
        &store,
        "--encoder",
        &encoder,
    ];
    let asked = ["--method", "ridge", "--method", "card", "--seeds", "2"];
    let (out, _) = expect(
        0,
        (fixed.into_iter().chain(asked)).chain(["--answers", &answers]),
    );
    std::fs::write(&rows, &out).unwrap();
    let lines = lines(&out);
    let zsl = lines.iter().filter(|line| line["setting"] == "zsl");
    assert!(zsl.clone().count() >= 3, "{out}");
    for line in zsl {
        // Both phrases were performed as often.
        assert_eq!(line["zsl"], line["per_sample"]["zsl"], "{line}");
        assert_eq!(line["clips"], 4);
    }
    let table = std::fs::read_to_string(place.path("answers.csv")).unwrap();
    assert!(table.starts_with("split,setting,method,variant,performed,answered,clips\n"));
    let clips: usize = table
        .lines()
        .filter(|line| line.starts_with("A,zsl,card,"))
        .map(|line| line.rsplit(',').next().unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(clips, 8, "four clips for each of two seeds: {table}");
    let (tables, _) = expect(0, ["evaluate", "tables", &rows]);
    assert!(tables.contains("| ridge | noun+verb |"), "{tables}");
    let one = ["--zsl", "--seeds", "1", "--variant"];
    let only = |name| {
        let asked = fixed.into_iter().chain(one);
        asked.chain([name, "--method", "ridge"])
    };
    let (out, _) = expect(0, only("noun+verb"));
    let rows = self::lines(&out);
    let variants: Vec<_> = rows.iter().map(|row| &row["variant"]).collect();
    assert_eq!(variants, ["seen classes, test subjects", "noun+verb"]);
    let (_, err) = expect(1, only("nouns"));
    assert!(err.contains("no variant `nouns`") && err.contains("noun+verb+motion"));
    let nowhere = place.text("no/answers.csv");
    let (_, err) = expect(1, fixed.into_iter().chain(["--answers", &nowhere]));
    assert!(err.contains("answers.csv"), "{err}");
}
