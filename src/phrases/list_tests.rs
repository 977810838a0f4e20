//! Phrase lists as text: what is written is read again, and what is no list is refused.

use super::*;

fn parsed(text: &str) -> Result<PhraseList, ListError> {
    parse(text, Path::new("list.txt"))
}

#[test]
fn fields_comments_and_repetitions() {
    let list = parsed("# demo\r\n\r\nkick a ball\r\nclap|clap | hands |both arms\njump | jump | -\n#off bow\n  Kick  a BALL\nwave ||| fast\n").unwrap();
    let texts: Vec<&str> = list.entries.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["kick a ball", "clap", "jump", "bow", "wave"]);
    assert_eq!(list.entries[1].noun.as_deref(), Some("hands"));
    assert_eq!(list.entries[2].noun.as_deref(), Some(""));
    assert!(!list.entries[3].enabled);
    assert_eq!(list.entries[4].motion.as_deref(), Some("fast"));
    assert_eq!(list.entries[4].verb, None);
    let repeated = &list.duplicates[0];
    assert_eq!((repeated.line, repeated.first_line), (7, 3));
}

#[test]
fn what_is_described_otherwise_is_no_repetition() {
    let list = parsed("swat a fly - one arm\nswat a fly - both arms, slow\nswat a fly\nswat a fly | hit\nswat a fly || -\nswat a fly ||| fast\nSwat a fly  - One arm\nswat a fly|hit\n").unwrap();
    assert_eq!(list.entries.len(), 6);
    let repeated: Vec<(usize, usize)> = list
        .duplicates
        .iter()
        .map(|duplicate| (duplicate.line, duplicate.first_line))
        .collect();
    assert_eq!(repeated, [(7, 1), (8, 4)]);
}

#[test]
fn what_is_written_is_read_again() {
    let entry = |text: &str, verb: Option<&str>, noun: Option<&str>, enabled| PhraseEntry {
        id: 0,
        text: text.to_owned(),
        verb: verb.map(str::to_owned),
        noun: noun.map(str::to_owned),
        motion: Some("one arm, fast".to_owned()).filter(|_| enabled),
        enabled,
        examples: Vec::new(),
    };
    let mut entries = vec![
        entry("swat a fly - one arm", None, None, true),
        entry("#1 move", Some("move"), Some(""), true),
        entry("\\odd", None, Some("x"), false),
        entry("#off", None, None, false),
        entry("踢球", None, None, true),
    ];
    for (id, entry) in (1..).zip(&mut entries) {
        entry.id = id;
    }
    let text = text_from_entries(&entries);
    assert_eq!(parsed(&text).unwrap().entries, entries, "{text}");
    let odd = entry("a|b\nc", None, None, false);
    assert_eq!(text_from_entries(&[odd]), "#off a/b c\n");
}

#[test]
fn errors_name_the_line() {
    let message = |text: &str| parsed(text).unwrap_err().to_string();
    assert!(message("kick\na|b|c|d|e").starts_with("list.txt:2: 5 fields, expected at most four"));
    assert!(message("wave | - | hand").contains("list.txt:1: the verb `-` has no letters"));
    assert!(message("| kick").starts_with("list.txt:1: no phrase before the first bar"));
    assert!(
        message(&format!("kick\n\n{}", "x".repeat(10_000)))
            .starts_with("list.txt:3: a line of 10000 characters")
    );
    assert!(message("# only a comment\n").starts_with("no phrase"));
    assert!(message("").starts_with("no phrase"));
}

#[test]
fn byte_order_marks_of_lists_that_were_put_together_are_no_part_of_a_phrase() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    std::fs::write(
        &path,
        "\u{feff}\u{feff}kick\n\u{feff}wave | wave |\u{feff}hand\n",
    )
    .unwrap();
    let entries = read(&path).unwrap().entries;
    let said: Vec<_> = entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(said, ["kick", "wave"]);
    assert_eq!(entries[1].noun.as_deref(), Some("hand"));
}

#[test]
fn files_of_other_kinds_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    let message = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err().to_string()
    };
    assert!(message(b"kick\nclap\nb\xe4r").contains("list.txt:3: bytes that are not UTF-8"));
    assert!(message(b"\xff\xfek\0").contains(":1: UTF-16"));
    assert!(message(b"kick\n\0").contains(":2: a zero byte"));
    std::fs::write(&path, "\u{feff}kick\r\n").unwrap();
    assert_eq!(read(&path).unwrap().entries[0].text, "kick");
    assert!(
        read(&folder.path().join("absent.txt"))
            .unwrap_err()
            .to_string()
            .contains("cannot read")
    );
    assert!(read(folder.path()).is_err());
    assert!(write(&folder.path().join("no/such/list.txt"), &[]).is_err());
}

#[cfg(unix)]
#[test]
fn a_new_list_is_for_the_user_alone_and_one_that_is_shared_stays_shared() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    write(&path, &[]).unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    write(&path, &[]).unwrap();
    assert_eq!(mode(), 0o664);
}
