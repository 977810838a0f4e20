//! A phrase as a user keeps it, what makes two of them the same, and how its text is cut up.

use super::Example;

/// Opens a motion that was taken from a performance: `performed: one_arm=1 fast=0.5`.
pub const PERFORMED: &str = "performed:";

/// A phrase as a user keeps it in a list: the text and whatever they set themselves.
///
/// One line of a phrase list: `phrase | verb | noun | motion words`; empty fields are filled by reading the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhraseEntry {
    /// Names the entry while the program runs; not stored.
    pub id: u64,
    /// What was typed, with the description after a dash if there is one.
    pub text: String,
    /// The user's own verb.
    pub verb: Option<String>,
    /// The user's own noun; `Some("")` says that there is none.
    pub noun: Option<String>,
    /// The user's own motion: words (`one arm, fast`) or weights (`one_arm=1 fast=0.5`), after [`PERFORMED`] where they were
    /// taken from a performance.
    pub motion: Option<String>,
    /// Whether it takes part.
    pub enabled: bool,
    /// Recorded performances of it; kept beside the list, and no part of what makes it this phrase.
    pub examples: Vec<Example>,
}

/// What two entries must share to be the same phrase: the text with its description, and the user's own fields, all of
/// them whatever their case and spacing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryKey {
    text: String,
    verb: String,
    noun: Option<String>,
    motion: String,
}

impl PhraseEntry {
    /// What makes this entry the same phrase as another one.
    pub fn key(&self) -> EntryKey {
        let own = |field: &Option<String>| field.as_deref().map(folded);
        EntryKey {
            text: folded(&self.text),
            verb: own(&self.verb).unwrap_or_default(),
            noun: own(&self.noun),
            motion: own(&self.motion_words()).unwrap_or_default(),
        }
    }

    /// The user's own motion, wherever it came from.
    fn motion_words(&self) -> Option<String> {
        let motion = self.motion.as_deref();
        motion.map(|motion| split_performed(motion).0.to_owned())
    }

    /// Whether nothing but a phrase was typed: no description, and no verb, noun or motion of the user's own.
    ///
    /// Only such a phrase can be one of the classes that the encoder was trained on: anything that the user adds says
    /// which movement is meant, and it need not be that of the class.
    pub fn is_bare(&self) -> bool {
        split_description(&self.text).1.is_none() && self.own_words().is_none()
    }

    /// The user's own verb, noun and motion in words that tell two entries of one text apart; `None` where there are none.
    pub fn own_words(&self) -> Option<String> {
        let filled = |field: &Option<String>| {
            let words = field.as_deref().map(str::trim).unwrap_or_default();
            (!words.is_empty()).then(|| words.to_owned())
        };
        let noun = match self.noun.as_deref().map(str::trim) {
            Some("") => Some("no noun".to_owned()),
            Some(noun) => Some(format!("noun {noun}")),
            None => None,
        };
        let words: Vec<String> = [
            filled(&self.verb).map(|verb| format!("verb {verb}")),
            noun,
            filled(&self.motion_words()).map(|motion| format!("motion {motion}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// A motion's words, and whether they were taken from a performance.
pub fn split_performed(motion: &str) -> (&str, bool) {
    let motion = motion.trim();
    match motion.split_at_checked(PERFORMED.len()) {
        Some((mark, words)) if mark.eq_ignore_ascii_case(PERFORMED) => (words.trim(), true),
        _ => (motion, false),
    }
}

/// A text in small letters with single spaces: texts that differ only so are the same to a user.
pub fn folded(text: &str) -> String {
    spaced(text).to_lowercase()
}

/// A text with single spaces.
pub fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts "swat a fly - one arm, fast" into the phrase and its description.
///
/// Only a dash with white space on both sides counts, so that push-up and t-shirt stay whole; two hyphens are a dash too.
pub fn split_description(text: &str) -> (&str, Option<&str>) {
    for (at, dash) in text.char_indices() {
        if !matches!(dash, '-' | '\u{2013}' | '\u{2014}') {
            continue;
        }
        let (before, after) = (&text[..at], &text[at + dash.len_utf8()..]);
        let after = after.strip_prefix('-').unwrap_or(after);
        if before.ends_with(char::is_whitespace)
            && after.starts_with(char::is_whitespace)
            && !before.trim().is_empty()
            && !after.trim().is_empty()
        {
            return (before.trim(), Some(after.trim()));
        }
    }
    (text.trim(), None)
}

/// A phrase without its description, [`folded`]: phrases that differ only in how they are described are named the same.
pub fn undescribed(text: &str) -> String {
    folded(split_description(text).0)
}

/// The beginning of a text, for messages: a long one would hide the rest.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> PhraseEntry {
        PhraseEntry {
            text: text.to_owned(),
            ..PhraseEntry::default()
        }
    }

    #[test]
    fn text_description_and_own_fields_make_an_entry() {
        let bare = entry("Swat  a fly ");
        let same = PhraseEntry {
            id: 7,
            enabled: true,
            verb: Some(" ".to_owned()),
            ..entry("swat a FLY")
        };
        assert_eq!(
            bare.key(),
            same.key(),
            "case, spacing, id and switch do not count"
        );
        let one_arm = entry("swat a fly - one arm");
        let verb = PhraseEntry {
            verb: Some("hit".to_owned()),
            ..bare.clone()
        };
        let no_noun = PhraseEntry {
            noun: Some(String::new()),
            ..bare.clone()
        };
        let motion = PhraseEntry {
            motion: Some("one arm".to_owned()),
            ..bare.clone()
        };
        let different = [
            bare,
            one_arm,
            entry("swat a fly - both arms"),
            verb,
            no_noun,
            motion,
        ];
        for (at, one) in different.iter().enumerate() {
            for other in &different[at + 1..] {
                assert_ne!(one.key(), other.key(), "{one:?} {other:?}");
            }
            assert_eq!(one.is_bare(), at == 0, "{one:?}");
        }
        assert_eq!(different[3].own_words().as_deref(), Some("verb hit"));
        assert_eq!(different[4].own_words().as_deref(), Some("no noun"));
        assert_eq!(different[1].own_words(), None);
    }

    #[test]
    fn a_description_follows_a_dash_between_spaces() {
        for (text, phrase, description) in [
            (
                "swat a fly - one arm, fast",
                "swat a fly",
                Some("one arm, fast"),
            ),
            ("swat a fly – one arm", "swat a fly", Some("one arm")),
            ("swat a fly -- one arm", "swat a fly", Some("one arm")),
            (
                "swat a fly — one arm - fast",
                "swat a fly",
                Some("one arm - fast"),
            ),
            ("do a push-up", "do a push-up", None),
            (
                "put on a t-shirt - both arms",
                "put on a t-shirt",
                Some("both arms"),
            ),
            ("swat -", "swat -", None),
            ("- swat", "- swat", None),
            ("—", "—", None),
            ("", "", None),
        ] {
            assert_eq!(split_description(text), (phrase, description), "{text:?}");
        }
    }

    #[test]
    fn a_motion_says_whether_it_was_performed() {
        assert_eq!(split_performed(" Performed: fast=1 "), ("fast=1", true));
        assert_eq!(split_performed("one arm, fast"), ("one arm, fast", false));
        assert_eq!(split_performed("performed"), ("performed", false));
        let of = |motion: &str| PhraseEntry {
            motion: Some(motion.to_owned()),
            ..entry("wave")
        };
        let performed = of("performed: fast=1");
        assert_eq!(performed.key(), of("fast=1").key());
        assert_eq!(performed.own_words().as_deref(), Some("motion fast=1"));
        assert!(!performed.is_bare());
    }

    #[test]
    fn messages_quote_only_the_beginning() {
        assert_eq!(shortened("wave"), "wave");
        assert_eq!(shortened(&"ä".repeat(40)).chars().count(), 40);
        assert_eq!(shortened(&"ä".repeat(10_000)).chars().count(), 41);
    }
}
