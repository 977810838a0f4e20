//! What edits make of the phrase list.

use super::*;
use crate::phrases::motion::MotionCard;

fn book(texts: &[&str]) -> PhraseBook {
    let mut book = PhraseBook::default();
    for text in texts {
        assert_eq!(book.apply(PhraseEdit::Add((*text).to_owned())), Ok(true));
    }
    book
}

fn texts(book: &PhraseBook) -> Vec<&str> {
    book.entries().iter().map(|e| e.text.as_str()).collect()
}

#[test]
fn an_edit_is_undone_and_done_again() {
    let mut book = book(&["wave", "clap"]);
    let id = book.entries()[0].id;
    assert_eq!(book.apply(PhraseEdit::Delete(id)), Ok(true));
    assert_eq!(texts(&book), ["clap"]);
    assert_eq!(book.apply(PhraseEdit::Undo), Ok(true));
    assert_eq!(texts(&book), ["wave", "clap"]);
    assert_eq!(book.apply(PhraseEdit::Redo), Ok(true));
    assert_eq!(texts(&book), ["clap"]);
    assert_eq!(book.apply(PhraseEdit::Redo), Ok(false));
}

#[test]
fn a_new_edit_ends_the_redo() {
    let mut book = book(&["wave"]);
    assert_eq!(book.apply(PhraseEdit::Undo), Ok(true));
    assert_eq!(book.apply(PhraseEdit::Add("clap".to_owned())), Ok(true));
    assert!(!book.can_redo());
    assert_eq!(texts(&book), ["clap"]);
}

#[test]
fn empty_long_and_double_phrases_are_refused_in_words() {
    let mut book = book(&["wave"]);
    assert!(book.apply(PhraseEdit::Add("  ".to_owned())).is_err());
    assert!(
        book.apply(PhraseEdit::Add("x".repeat(10_000)))
            .is_err_and(|e| e.contains("10000"))
    );
    assert!(
        book.apply(PhraseEdit::Add(" Wave ".to_owned()))
            .is_err_and(|e| e.contains("already"))
    );
    assert_eq!(texts(&book), ["wave"]);
    assert_eq!(book.apply(PhraseEdit::Add("手を振る".to_owned())), Ok(true));
}

#[test]
fn one_text_may_stand_twice_where_something_else_differs() {
    let mut book = book(&[
        "swat a fly",
        "swat a fly - one arm",
        "swat a fly - both arms, slow",
    ]);
    assert_eq!(texts(&book).len(), 3);
    // With a verb of its own the first is another phrase, and its bare text may be added again.
    let id = book.entries()[0].id;
    assert_eq!(
        book.apply(PhraseEdit::SetVerb(id, "hit".to_owned())),
        Ok(true)
    );
    assert_eq!(
        book.apply(PhraseEdit::Add("swat a fly".to_owned())),
        Ok(true)
    );
    // Without it, it would be the one that was added.
    let before = book.entries().to_vec();
    assert!(
        book.apply(PhraseEdit::ReadAgain(id))
            .is_err_and(|e| e.contains("already"))
    );
    assert!(
        book.apply(PhraseEdit::SetVerb(id, String::new()))
            .is_err_and(|e| e.contains("already"))
    );
    let bare = book.entries()[3].id;
    assert!(
        book.apply(PhraseEdit::SetText(
            bare,
            "Swat  a fly - one arm".to_owned()
        ))
        .is_err_and(|e| e.contains("already"))
    );
    assert_eq!(book.entries(), before);
}

#[test]
fn another_description_keeps_words_and_examples_and_another_phrase_does_not() {
    let mut book = book(&["swat a fly"]);
    let id = book.entries()[0].id;
    let joints = [[0.1, 1.0, 2.0]; crate::skeleton::JOINT_COUNT];
    let example = Example::new("a", 30.0, vec![vec![joints; 30]]).unwrap();
    for edit in [
        PhraseEdit::AddExamples(vec![(id, example)]),
        PhraseEdit::SetVerb(id, "hit".to_owned()),
        PhraseEdit::SetWeight {
            id,
            attribute: 0,
            weight: 0.5,
        },
        PhraseEdit::SetText(id, "swat a fly - one arm, fast".to_owned()),
    ] {
        assert_eq!(book.apply(edit), Ok(true));
    }
    let entry = &book.entries()[0];
    assert_eq!(entry.text, "swat a fly - one arm, fast");
    assert_eq!(entry.examples.len(), 1);
    assert_eq!(entry.verb.as_deref(), Some("hit"));
    assert_eq!(entry.motion, None, "the card is the new description's");
    let other = PhraseEdit::SetText(id, "swat a bee - one arm, fast".to_owned());
    assert_eq!(book.apply(other), Ok(true));
    let entry = &book.entries()[0];
    assert!(entry.examples.is_empty() && entry.verb.is_none());
}

#[test]
fn what_changes_nothing_leaves_no_undo() {
    let mut book = book(&["wave"]);
    let id = book.entries()[0].id;
    let depth = book.undo.len();
    assert_eq!(
        book.apply(PhraseEdit::SetText(id, "wave".to_owned())),
        Ok(false)
    );
    assert_eq!(book.apply(PhraseEdit::Delete(999)), Ok(false));
    assert_eq!(book.undo.len(), depth);
}

#[test]
fn the_users_fields_win_over_what_was_read() {
    let mut book = book(&["swat a fly"]);
    let id = book.entries()[0].id;
    let weights = vec![0.5; ATTRIBUTES.len()];
    let motion = MotionCard {
        weights,
        source: MotionSource::Guess,
    };
    let phrase = Phrase {
        text: "swat a fly".to_owned(),
        verb: "swat".to_owned(),
        noun: Some("fly".to_owned()),
        confidence: 0.7,
        motion,
    };
    book.set_read(vec![(id, phrase)]);
    assert_eq!(
        book.view(&book.entries()[0]).source,
        Some(MotionSource::Guess)
    );
    assert_eq!(
        book.apply(PhraseEdit::SetVerb(id, "hit".to_owned())),
        Ok(true)
    );
    assert_eq!(
        book.apply(PhraseEdit::SetWeight {
            id,
            attribute: 0,
            weight: 1.0
        }),
        Ok(true)
    );
    let view = book.view(&book.entries()[0]);
    assert_eq!((view.verb.as_str(), view.noun.as_str()), ("hit", "fly"));
    assert_eq!(
        (view.weights[0], view.source),
        (1.0, Some(MotionSource::User))
    );
    assert_eq!(book.apply(PhraseEdit::ReadAgain(id)), Ok(true));
    assert_eq!(book.view(&book.entries()[0]).verb, "swat");
}

#[test]
fn visitors_come_and_go_and_leave_the_list_as_it_was() {
    let mut book = book(&["wave"]);
    let before = (book.entries().to_vec(), book.undo.len());
    let id = book.add_guest("juggle").unwrap();
    assert!(
        book.add_guest(" Wave")
            .is_err_and(|e| e.contains("already"))
    );
    assert!(book.add_guest("  ").is_err());
    assert_eq!(
        (texts(&book), book.own_entries().len()),
        (vec!["wave", "juggle"], 1)
    );
    let own = book.entries()[0].id;
    assert!(!book.remove_guest(own));
    assert!(book.remove_guest(id) && !book.remove_guest(id));
    assert_eq!((book.entries().to_vec(), book.undo.len()), before);
}

#[test]
fn a_card_is_set_whole_but_for_its_sides() {
    let mut book = book(&["wave"]);
    let id = book.entries()[0].id;
    let side = SIDES.start;
    assert_eq!(
        book.apply(PhraseEdit::SetWeight {
            id,
            attribute: side,
            weight: 1.0
        }),
        Ok(true)
    );
    let own = book.entries()[0].motion.clone();
    let mut weights = vec![0.0; ATTRIBUTES.len()];
    (weights[3], weights[side + 1]) = (0.5, 1.0);
    let edit = PhraseEdit::SetCard {
        id,
        weights: weights.clone(),
    };
    assert_eq!(book.apply(edit), Ok(true));
    let view = book.view(&book.entries()[0]);
    (weights[side], weights[side + 1]) = (1.0, 0.0);
    assert_eq!(
        (view.weights, view.source),
        (weights, Some(MotionSource::Performance))
    );
    assert_eq!(book.apply(PhraseEdit::Undo), Ok(true));
    assert_eq!(book.entries()[0].motion, own);
}

#[test]
fn a_loaded_list_gets_ids_of_its_own() {
    let mut book = book(&["wave"]);
    let old = book.entries()[0].id;
    let loaded = PhraseEntry {
        id: old,
        text: "clap".to_owned(),
        enabled: true,
        ..PhraseEntry::default()
    };
    assert_eq!(book.apply(PhraseEdit::Replace(vec![loaded])), Ok(true));
    assert_ne!(book.entries()[0].id, old);
}
