//! What `--json` prints: the documented fields, and only these.

use crate::cli::{Place, expect, fields, lines, sorted, text_encoder};
use crate::fakes::SEEN;
use synse::capture::clip_store::ClipStore;

#[test]
fn classify_prints_one_object_per_clip_with_the_documented_fields() {
    let place = Place::new();
    let (bundle, store) = (place.text("bundle"), place.text("clips"));
    let file = place.text("S001C001P001R001A023.skeleton");
    let (out, err) = expect(
        0,
        ["classify", &store, &file, "--bundle", &bundle, "--json"],
    );
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    let clips: Vec<&str> = objects
        .iter()
        .map(|object| object["clip"].as_str().unwrap())
        .collect();
    assert_eq!(clips, ["c-0", "c-1", "c-2", "S001C001P001R001A023"]);
    for object in &objects {
        assert_eq!(
            fields(object),
            sorted(&["clip", "ranking", "p_seen", "feature_norm"])
        );
        let ranking = object["ranking"].as_array().unwrap();
        assert_eq!(ranking.len(), SEEN.len());
        assert_eq!(
            fields(&ranking[0]),
            sorted(&["phrase", "probability", "seen"])
        );
        assert_eq!(object["p_seen"], 1.0);
        assert!(object["feature_norm"].as_f64().unwrap() > 0.0);
    }
    let (out, _) = expect(
        0,
        [
            "classify",
            &format!("{store}#c-1"),
            "--bundle",
            &bundle,
            "--json",
        ],
    );
    assert_eq!(lines(&out).len(), 1);
    let (_, err) = expect(
        1,
        ["classify", &format!("{store}#c-9"), "--bundle", &bundle],
    );
    assert!(err.contains("c-9"), "{err}");
}

#[test]
fn evaluate_clips_compares_answers_with_what_is_performed() {
    let place = Place::new();
    let (bundle, store) = (place.text("bundle"), place.text("clips"));
    let file = place.text("S001C001P001R001A023.skeleton");
    let matrix = place.text("matrix.csv");
    let (out, err) = expect(
        0,
        [
            "evaluate", "clips", &store, &file, "--bundle", &bundle, "--json", "--matrix", &matrix,
        ],
    );
    assert!(
        err.contains("do not say what is performed: 1 of the clips"),
        "{err}"
    );
    let score = &lines(&out)[0];
    assert_eq!(
        fields(score),
        sorted(&["clips", "right", "per_class", "phrases"])
    );
    assert_eq!(score["clips"], 3);
    // The same answers as `classify` gives, each against the store's own phrase.
    let (out, _) = expect(0, ["classify", &store, "--bundle", &bundle, "--json"]);
    let answers: Vec<String> = lines(&out)
        .iter()
        .map(|line| line["ranking"][0]["phrase"].as_str().unwrap().to_owned())
        .collect();
    let performed: Vec<String> = ClipStore::open(std::path::Path::new(&store))
        .unwrap()
        .clips
        .iter()
        .map(|clip| clip.phrase.clone())
        .collect();
    let right = answers.iter().zip(&performed).filter(|(a, b)| a == b);
    assert_eq!(score["right"], right.count());
    let table = std::fs::read_to_string(&matrix).unwrap();
    let head = table.lines().next().unwrap();
    assert!(head.starts_with("performed,") && head.ends_with(",accuracy"));
    for answer in &answers {
        assert!(head.contains(answer.as_str()), "{answer} is not in {head}");
    }
    let again = [
        "evaluate", "clips", &store, "--bundle", &bundle, "--matrix", &matrix,
    ];
    let (_, err) = expect(1, again);
    assert!(err.contains("is not overwritten"), "{err}");
    assert_eq!(std::fs::read_to_string(&matrix).unwrap(), table);
    let (out, _) = expect(0, ["evaluate", "clips", &store, "--bundle", &bundle]);
    assert!(out.contains(" of 3 clips right, "), "{out}");
    let (_, err) = expect(1, ["evaluate", "clips", &file, "--bundle", &bundle]);
    assert!(err.contains("nothing to compare answers with"), "{err}");
}

#[test]
fn classify_ranks_among_what_is_asked_for() {
    if !text_encoder() {
        return;
    }
    let place = Place::new();
    let (bundle, clip) = (place.text("bundle"), format!("{}#c-0", place.text("clips")));
    let list = place.path("list.txt");
    std::fs::write(&list, "# two\nswing a golf club\nwave hand\n").unwrap();
    let list = list.display().to_string();
    for (among, expected) in [
        ("seen", vec!["kick ball", "sit down", "wave hand"]),
        (
            "unseen",
            vec!["jump rope", "swing a golf club", "wave hand"],
        ),
        (
            "all",
            vec![
                "jump rope",
                "kick ball",
                "sit down",
                "swing a golf club",
                "wave hand",
            ],
        ),
    ] {
        let args = [
            "classify",
            &clip,
            "--bundle",
            &bundle,
            "--json",
            "--among",
            among,
            "--phrases",
            &list,
            "--phrase",
            "jump rope",
            "--gate",
            "soft",
        ];
        let objects = lines(&expect(0, args).0);
        let ranking = objects[0]["ranking"].as_array().unwrap();
        let names: Vec<&str> = ranking
            .iter()
            .map(|line| line["phrase"].as_str().unwrap())
            .collect();
        assert_eq!(sorted(&names), expected, "{among}");
        let sum: f64 = ranking
            .iter()
            .map(|line| line["probability"].as_f64().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-4, "{among}: {sum}");
        for line in ranking {
            let seen = SEEN.contains(&line["phrase"].as_str().unwrap());
            assert_eq!(line["seen"], seen, "{among}");
        }
    }
}

#[test]
fn watch_prints_one_object_per_prediction_with_the_documented_fields() {
    let place = Place::new();
    let source = format!("replay:{}", place.text("S001C001P001R001A023.skeleton"));
    let (out, err) = expect(
        0,
        [
            "watch",
            "--json",
            "--fast",
            "--source",
            &source,
            "--bundle",
            &place.text("bundle"),
        ],
    );
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    assert!(objects.len() >= 15, "{}", objects.len());
    for object in &objects {
        let names = [
            "t",
            "body",
            "state",
            "ranking",
            "smoothed",
            "answer",
            "p_seen",
            "latency_ms",
        ];
        assert_eq!(fields(object), sorted(&names));
        if !object["answer"].is_null() {
            assert_eq!(object["answer"], object["smoothed"][0]["phrase"]);
            assert_eq!(object["state"], "acting");
        }
        assert!(["idle", "acting"].contains(&object["state"].as_str().unwrap()));
        assert!(object["latency_ms"].as_f64().unwrap() >= 0.0);
    }
    assert!(objects.is_sorted_by(|a, b| a["t"].as_f64() < b["t"].as_f64()));
    assert!(objects.iter().any(|object| object["state"] == "acting"));
}

#[test]
fn info_tells_what_a_file_holds() {
    let place = Place::new();
    let names = [
        "kind",
        "frames",
        "bodies",
        "seconds",
        "fps",
        "recovered",
        "lost_seconds",
        "sources",
        "markers",
        "phrases",
    ];
    let (out, _) = expect(
        0,
        [
            "info",
            "--json",
            &place.text("S001C001P001R001A023.skeleton"),
        ],
    );
    let object = &lines(&out)[0];
    assert_eq!(fields(object), sorted(&names));
    assert_eq!(
        (&object["kind"], &object["frames"], &object["bodies"]),
        (&"ntu-skeleton".into(), &90.into(), &1.into())
    );
    assert!(
        (object["seconds"].as_f64().unwrap() - 3.0).abs() < 0.01,
        "{object}"
    );
    let (out, _) = expect(0, ["info", "--json", &place.text("clips.safetensors")]);
    let object = &lines(&out)[0];
    assert_eq!(fields(object), sorted(&names));
    assert_eq!(
        (&object["kind"], &object["frames"]),
        (&"clip-store".into(), &270.into())
    );
    assert_eq!(object["phrases"], serde_json::json!(["wave hand"]));
}

#[test]
fn embed_prints_how_a_phrase_is_read() {
    if !text_encoder() {
        return;
    }
    let (out, err) = expect(0, ["embed", "--json", "swing a golf club", "jump"]);
    assert!(err.is_empty(), "{err}");
    let objects = lines(&out);
    assert_eq!(objects.len(), 2);
    let names = [
        "phrase",
        "verb",
        "noun",
        "confidence",
        "motion",
        "motion_source",
        "verb_vector",
        "noun_vector",
    ];
    assert_eq!(fields(&objects[0]), sorted(&names));
    assert_eq!(
        (&objects[0]["verb"], &objects[0]["noun"]),
        (&"swing".into(), &"golf club".into())
    );
    assert_eq!(objects[0]["verb_vector"].as_array().unwrap().len(), 384);
    assert_eq!(
        objects[0]["motion"].as_object().unwrap().len(),
        synse::phrases::motion::ATTRIBUTES.len()
    );
    assert!(objects[1]["noun"].is_null() && objects[1]["noun_vector"].is_null());
    for (code, phrase) in [
        (2, ""),
        (2, "   "),
        (1, "12345"),
        (1, &"long ".repeat(150)),
        (2, &"long ".repeat(2000)),
    ] {
        let (out, err) = expect(code, ["embed", phrase]);
        assert!(out.is_empty() && !err.is_empty(), "{phrase:.20}");
    }
}
